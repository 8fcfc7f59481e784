"""Operations in several parts: each operation and version, every wrong order, whose they are, when they end."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.ports import StreamLimits
from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    HashingAlgorithm,
    ObjectType,
    Operation,
    PaddingMethod,
    ResultReason,
    RevocationReasonCode,
    UsageLimitsUnit,
    ValidityIndicator,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_2, V1_3, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import CBC, Client, aes, attributes, data, raw, text
from tests.flows.objects import RSA, private_key, public_key
from tests.flows.requests import Activate, Decrypt, Destroy, Encrypt, Mac, MacVerify, Sign, SignatureVerify, revoke
from tests.kit import BOB

R = ResultReason
STREAMING = [version for version in VERSIONS if version >= V1_3]
PLAIN = b"The quick brown fox jumps over the lazy dog"
GCM = CryptographicParameters(block_cipher_mode=BlockCipherMode.GCM, tag_length=16)
CTR = CryptographicParameters(block_cipher_mode=BlockCipherMode.CTR)
HMAC = CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA256)
PSS = CryptographicParameters(
    cryptographic_algorithm=RSA, padding_method=PaddingMethod.PSS, hashing_algorithm=HashingAlgorithm.SHA_256
)
UNKNOWN = {True: R.INVALID_CORRELATION_VALUE, False: R.ITEM_NOT_FOUND}
"""2.1 Table 216; 1.4 §11.30: "No outstanding operation with the specified Correlation Value exists"."""


def stream(client: Client, request: Any, uid: str | None, pieces: list[bytes], **first: Any) -> list[Any]:
    """Send the pieces as one operation; the answers."""
    answers: list[Any] = []
    value = None
    for place, piece in enumerate(pieces):
        last = place == len(pieces) - 1
        given = {"unique_identifier": uid, "data": piece}
        if value is None:
            given |= {"init_indicator": True, **first}
        else:
            given |= {"correlation_value": value, "final_indicator": last or None}
        answers.append(client.do(request(**given)))
        assert (answers[-1].correlation_value is None) is last
        value = value or answers[-1].correlation_value
    return answers


def joined(answers: list[Any]) -> bytes:
    return b"".join(answer.data or b"" for answer in answers)


def begun(client: Client, uid: str, **more: Any) -> bytes:
    """The Correlation Value of an Encrypt that has begun."""
    given = {"cryptographic_parameters": CTR, "iv_counter_nonce": bytes(16), "data": b"abc", **more}
    value = client.do(Encrypt(unique_identifier=uid, init_indicator=True, **given)).correlation_value
    assert isinstance(value, bytes)
    return value


def more(uid: str | None, value: bytes, **given: Any) -> Any:
    """A later part of it."""
    return Encrypt(unique_identifier=uid, correlation_value=value, **{"data": b"def", **given})


# --- the good path ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", STREAMING, ids=str)
@pytest.mark.parametrize("pieces", [[PLAIN, b""], [b"", PLAIN], [PLAIN[:1], b"", PLAIN[1:33], PLAIN[33:]]])
def test_encrypt_and_decrypt(client: Client, version: Version, pieces: list[bytes]) -> None:
    speaking = client.speaking(version)
    uid = speaking.active()
    for parameters in (CBC, GCM, CTR):
        iv = None if parameters is CBC else bytes(12) if parameters is GCM else bytes(16)
        answers = stream(speaking, Encrypt, uid, pieces, cryptographic_parameters=parameters, iv_counter_nonce=iv)
        assert all(answer.unique_identifier == uid for answer in answers)
        assert [answer.iv_counter_nonce is not None for answer in answers] == [iv is None] + [False] * (len(pieces) - 1)
        iv = iv or answers[0].iv_counter_nonce
        tag = answers[-1].authenticated_encryption_tag if version >= V1_4 else None
        assert (tag is not None) is (parameters is GCM and version >= V1_4)
        sealed = joined(answers)
        once = Decrypt(
            unique_identifier=uid, cryptographic_parameters=parameters, data=sealed, iv_counter_nonce=iv,
            authenticated_encryption_tag=tag,
        )  # fmt: skip
        assert speaking.do(once).data == PLAIN
        halves = [sealed[:20], sealed[20:], b""]
        given = {"authenticated_encryption_tag": tag} if tag else {}
        opened = stream(
            speaking, Decrypt, uid, halves, cryptographic_parameters=parameters, iv_counter_nonce=iv, **given
        )
        assert joined(opened) == PLAIN
        if parameters is GCM:
            assert [answer.data for answer in opened] == [None, None, PLAIN]


@pytest.mark.parametrize("version", STREAMING, ids=str)
def test_mac_and_mac_verify(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = speaking.active()
    pieces = [PLAIN[:3], b"", PLAIN[3:]]
    code = stream(speaking, Mac, uid, pieces, cryptographic_parameters=HMAC)[-1].mac_data
    assert code == speaking.do(Mac(unique_identifier=uid, cryptographic_parameters=HMAC, data=PLAIN)).mac_data
    for given, holds in ((code, ValidityIndicator.VALID), (bytes(32), ValidityIndicator.INVALID)):
        answers = stream(speaking, MacVerify, uid, pieces, cryptographic_parameters=HMAC, mac_data=given)
        assert [answer.validity_indicator for answer in answers] == [None, None, holds]


@pytest.mark.parametrize("version", STREAMING, ids=str)
def test_sign_and_signature_verify(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uids = []
    for kind, key, mask in (
        (ObjectType.PRIVATE_KEY, private_key(), Mask.SIGN),
        (ObjectType.PUBLIC_KEY, public_key(), Mask.VERIFY),
    ):
        given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(mask)), (Tag.CRYPTOGRAPHIC_PARAMETERS, PSS))
        uids.append(speaking.register(key, kind, given))
        speaking.do(Activate(unique_identifier=uids[-1]))
    pieces = [PLAIN[:9], PLAIN[9:], b""]
    signature = stream(speaking, Sign, uids[0], pieces)[-1].signature_data
    once = speaking.do(SignatureVerify(unique_identifier=uids[1], data=PLAIN, signature_data=signature))
    assert once.validity_indicator is ValidityIndicator.VALID
    answers = stream(speaking, SignatureVerify, uids[1], pieces, signature_data=signature)
    assert [answer.validity_indicator for answer in answers] == [None, None, ValidityIndicator.VALID]
    # The signature may come with the end.
    value = speaking.do(SignatureVerify(unique_identifier=uids[1], data=PLAIN, init_indicator=True)).correlation_value
    late = SignatureVerify(
        unique_identifier=uids[1], correlation_value=value, final_indicator=True, signature_data=signature
    )
    assert speaking.do(late).validity_indicator is ValidityIndicator.VALID


def test_both_indicators_at_once_are_a_single_part(client: Client) -> None:
    uid = client.active()
    whole = Encrypt(
        unique_identifier=uid, cryptographic_parameters=CTR, iv_counter_nonce=bytes(16), data=PLAIN,
        init_indicator=True, final_indicator=True,
    )  # fmt: skip
    answer = client.do(whole)
    assert answer.correlation_value is None
    whole.init_indicator = whole.final_indicator = None
    assert client.do(whole).data == answer.data
    whole.init_indicator = whole.final_indicator = False
    assert client.do(whole).data == answer.data


def test_parts_of_many_streams_and_of_single_requests_mix(client: Client) -> None:
    uid = client.active()
    values = [begun(client, uid) for _ in range(3)]
    whole = client.do(
        Encrypt(unique_identifier=uid, cryptographic_parameters=CTR, iv_counter_nonce=bytes(16), data=b"abcdef")
    ).data
    assert len(set(values)) == 3
    for value in reversed(values):
        assert client.do(more(uid, value, final_indicator=True)).data == whole[3:]


def test_before_1_3_there_are_no_parts(client: Client) -> None:
    uid = text(Tag.UNIQUE_IDENTIFIER, client.active())
    for operation in (Operation.ENCRYPT, Operation.MAC, Operation.SIGN):
        part = raw(operation, uid, data(Tag.DATA, b"x"), (int(Tag.INIT_INDICATOR), 6, True))
        assert client.speaking(V1_2).refusal(part) is R.INVALID_FIELD


# --- what is wrong ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_3, V2_0, V2_1], ids=str)
def test_a_value_that_stands_for_nothing(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid, other = speaking.active(), speaking.active()
    reason = UNKNOWN[version >= V2_0]
    for value in (b"", b"x", bytes(16), bytes(1000)):
        assert speaking.refusal(more(uid, value)) is reason
    value = begun(speaking, uid)
    assert speaking.refusal(more(other, value)) is reason
    for request in (Decrypt, Mac):
        assert speaking.refusal(request(unique_identifier=uid, data=b"x", correlation_value=value)) is reason
    assert speaking.do(more(uid, value, final_indicator=True)).data
    for indicator in (None, True):
        assert speaking.refusal(more(uid, value, final_indicator=indicator)) is reason


def test_another_client_is_answered_as_if_there_were_none(client: Client) -> None:
    uid = client.create(aes())
    client.do(Activate(unique_identifier=uid))
    value = begun(client, uid)
    bob = Client(client.server, client.version, BOB)
    mine = bob.active()
    refused, unknown = bob.one(more(mine, value)), bob.one(more(mine, bytes(16)))
    assert (refused.reason, refused.message) == (unknown.reason, unknown.message)
    assert refused.reason is R.INVALID_CORRELATION_VALUE
    assert client.do(more(uid, value, final_indicator=True)).data


def test_indicators_that_contradict_each_other(client: Client) -> None:
    uid = client.active()
    value = begun(client, uid)
    assert client.refusal(more(uid, value, init_indicator=True)) is R.INVALID_FIELD
    assert client.refusal(more(uid, value, init_indicator=True, final_indicator=True)) is R.INVALID_FIELD
    assert client.refusal(Encrypt(unique_identifier=uid, data=b"x", final_indicator=True)) is R.INVALID_FIELD
    # "Data is always required ... except when either Init Indicator or Final Indicator is true."
    assert client.refusal(more(uid, value, data=None)) is R.INVALID_MESSAGE
    assert client.do(more(uid, value, data=None, final_indicator=True)).data is None


def test_what_was_said_once_cannot_be_changed(client: Client) -> None:
    uid = client.active()
    value = begun(client, uid)
    for changed in (
        {"cryptographic_parameters": CBC},
        {"iv_counter_nonce": bytes(15) + b"1"},
        {"authenticated_encryption_additional_data": b"late"},
    ):
        assert client.refusal(more(uid, value, **changed)) is R.INVALID_FIELD
    same = {"cryptographic_parameters": CTR, "iv_counter_nonce": bytes(16)}
    assert client.do(more(uid, value, final_indicator=True, **same)).data
    opening = {"cryptographic_parameters": GCM, "iv_counter_nonce": bytes(12), "data": b"x"}
    value = client.do(Decrypt(unique_identifier=uid, init_indicator=True, **opening)).correlation_value
    late = Decrypt(
        unique_identifier=uid, correlation_value=value, final_indicator=True, authenticated_encryption_tag=bytes(16)
    )
    assert client.refusal(late) is R.INVALID_FIELD


def test_a_digest_does_not_come_in_parts(client: Client) -> None:
    for request in (Sign, SignatureVerify):
        assert client.refusal(request(digested_data=bytes(32), init_indicator=True)) is R.INVALID_FIELD


def test_wrong_ciphertext_gives_nothing_and_the_part_may_be_sent_again(client: Client) -> None:
    uid = client.active()
    sealed = client.do(
        Encrypt(unique_identifier=uid, cryptographic_parameters=GCM, data=PLAIN, iv_counter_nonce=bytes(12))
    )
    given = {
        "cryptographic_parameters": GCM,
        "iv_counter_nonce": bytes(12),
        "authenticated_encryption_tag": sealed.authenticated_encryption_tag,
    }
    first = client.do(Decrypt(unique_identifier=uid, data=sealed.data[:8], init_indicator=True, **given))
    assert first.data is None
    final = Decrypt(
        unique_identifier=uid, correlation_value=first.correlation_value, data=b"forged", final_indicator=True
    )
    refused = client.one(final)
    assert (refused.reason, refused.payload) == (R.CRYPTOGRAPHIC_FAILURE, None)
    final.data = sealed.data[8:]
    assert client.do(final).data == PLAIN


# --- the key ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("compromised", [False, True])
def test_a_revoked_key_is_useless_at_the_next_part_and_nothing_is_kept(client: Client, compromised: bool) -> None:
    uid = client.active()
    value = begun(client, uid)
    opening = {"cryptographic_parameters": CTR, "iv_counter_nonce": bytes(16), "data": b"x"}
    reading = client.do(Decrypt(unique_identifier=uid, init_indicator=True, **opening)).correlation_value
    client.do(revoke(uid, RevocationReasonCode.KEY_COMPROMISE) if compromised else revoke(uid))
    assert client.refusal(more(uid, value)) is R.WRONG_KEY_LIFECYCLE_STATE
    # A deactivated key still decrypts: what is anew may begin, what was begun before is gone.
    late = Decrypt(unique_identifier=uid, correlation_value=reading, data=b"x")
    assert client.refusal(late) is R.INVALID_CORRELATION_VALUE
    assert client.do(Decrypt(unique_identifier=uid, init_indicator=True, **opening)).correlation_value
    client.do(Destroy(unique_identifier=uid))
    assert client.server.store.streams == {}


def test_the_usage_mask_is_asked_at_every_part(client: Client) -> None:
    uid = client.active(aes(256, Mask.DECRYPT))
    start = Encrypt(
        unique_identifier=uid, cryptographic_parameters=CTR, iv_counter_nonce=bytes(16), init_indicator=True
    )
    assert client.refusal(start) is R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK
    assert client.server.store.streams == {}


@pytest.mark.parametrize("unit", [UsageLimitsUnit.BYTE, UsageLimitsUnit.OBJECT])
def test_usage_limits_count_every_byte_and_one_object(client: Client, unit: UsageLimitsUnit) -> None:
    total = 7 if unit is UsageLimitsUnit.BYTE else 1
    limits = UsageLimits(usage_limits_total=total, usage_limits_unit=unit)
    uid = client.active(aes(256, Mask.ENCRYPT, (Tag.USAGE_LIMITS, limits)))
    value = begun(client, uid)
    client.do(more(uid, value))
    if unit is UsageLimitsUnit.BYTE:
        assert client.refusal(more(uid, value)) is R.PERMISSION_DENIED
        assert client.do(more(uid, value, data=b"g", final_indicator=True)).data
    else:
        assert client.do(more(uid, value, final_indicator=True)).data
        start = Encrypt(
            unique_identifier=uid, cryptographic_parameters=CTR, iv_counter_nonce=bytes(16), init_indicator=True
        )
        assert client.refusal(start) is R.PERMISSION_DENIED


# --- bounds ----------------------------------------------------------------------------------------


def test_what_no_part_comes_for_is_forgotten(make_server: Any) -> None:
    server = make_server(stream_limits=StreamLimits(seconds=60))
    client = Client(server)
    uid = client.active()
    value = begun(client, uid)
    for _ in range(3):
        server.clock.advance(59)
        assert client.do(more(uid, value)).data
    server.clock.advance(60)
    assert client.refusal(more(uid, value)) is R.INVALID_CORRELATION_VALUE
    begun(client, uid)
    assert len(server.store.streams) == 1


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_a_client_may_have_so_many_open_and_others_as_many(make_server: Any, version: Version) -> None:
    server = make_server(stream_limits=StreamLimits(per_client=2))
    client, bob = Client(server, version), Client(server, version, BOB)
    uid, other = client.active(), bob.active()
    value = begun(client, uid)
    begun(client, uid)
    start = Encrypt(
        unique_identifier=uid, cryptographic_parameters=CTR, iv_counter_nonce=bytes(16), init_indicator=True
    )
    assert client.refusal(start) is (R.SERVER_LIMIT_EXCEEDED if version >= V2_0 else R.GENERAL_FAILURE)
    begun(bob, other)
    client.do(more(uid, value, final_indicator=True))
    begun(client, uid)


def test_what_is_gathered_is_bounded_and_what_rolls_is_not(make_server: Any) -> None:
    client = Client(make_server(stream_limits=StreamLimits(size=1024)))
    uid = client.active()
    rolling = begun(client, uid, data=bytes(2000))
    assert len(client.do(more(uid, rolling, data=bytes(2000))).data) == 2000
    gathering = client.do(
        Mac(unique_identifier=uid, cryptographic_parameters=HMAC, data=bytes(600), init_indicator=True)
    )
    part = Mac(unique_identifier=uid, correlation_value=gathering.correlation_value, data=bytes(600))
    assert client.refusal(part) is R.SERVER_LIMIT_EXCEEDED
    part.final_indicator = True
    whole = Mac(unique_identifier=uid, cryptographic_parameters=HMAC, data=bytes(1200))
    assert client.do(part).mac_data == client.do(whole).mac_data


def test_nothing_of_it_lies_in_the_database_in_clear(client: Client) -> None:
    uid = client.active()
    canary = b"never in clear, canary"
    client.do(Mac(unique_identifier=uid, cryptographic_parameters=HMAC, data=canary, init_indicator=True))
    (row,) = client.server.store.streams.values()
    assert canary not in row.sealed
    assert canary[:8] not in repr(row).encode()


def test_a_state_that_was_moved_to_another_value_or_client_is_refused(client: Client) -> None:
    uid = client.active()
    one, two = begun(client, uid), begun(client, uid, data=b"other")
    streams = client.server.store.streams
    streams[two] = streams[two]._replace(sealed=streams[one].sealed)
    assert client.refusal(more(uid, two)) is R.INVALID_CORRELATION_VALUE
    assert client.do(more(uid, one)).data
