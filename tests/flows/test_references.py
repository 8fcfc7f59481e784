"""What one item of a batch refers to of those before it (KMIP 2.1 §4.58, §7.9, §11.13, §11.58)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from kmip_server.spec.enums import (
    BatchErrorContinuationOption,
    BlockCipherMode,
    CryptographicAlgorithm,
    DataCode,
    HashingAlgorithm,
    ObjectType,
    PaddingMethod,
    ResultReason,
    ResultStatus,
    State,
    UniqueIdentifierCode,
)
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0, V2_1, V3_0, Version
from tests.flows.client import Ask, Client, aes, attributes, enumeration, name, raw
from tests.flows.requests import (
    Activate,
    Create,
    CreateKeyPair,
    Decrypt,
    Destroy,
    Encrypt,
    GetAttributes,
    Hash,
    Locate,
    Mac,
    MacVerify,
    RngRetrieve,
    RngSeed,
)
from tests.kit import TABLE

R = ResultReason
CODE = UniqueIdentifierCode
CONTINUE, UNDO = BatchErrorContinuationOption.CONTINUE, BatchErrorContinuationOption.UNDO
PAIR = CreateKeyPair(common_attributes=attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.ED25519)))
CREATE = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes())


# --- an operation repeated -------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V2_0, V2_1, V3_0], ids=str)
def test_an_operation_is_repeated_for_each_object_that_is_meant(client: Client, version: Version) -> None:
    """2.1 §11.58: "If multiple unique identifiers would be referenced then the operation is repeated for each"."""
    speaking = client.speaking(version)
    made, *activated = speaking.ask(PAIR, Activate(unique_identifier=CODE.CREATE_KEY_PAIR))
    both = [made.payload.private_key_unique_identifier, made.payload.public_key_unique_identifier]
    assert [each.payload.unique_identifier for each in activated] == both
    assert [speaking.shown(uid, Tag.STATE)[Tag.STATE] for uid in both] == [[State.ACTIVE]] * 2


def test_what_was_located_is_destroyed_one_by_one(client: Client) -> None:
    made = [client.create() for _ in range(3)]
    _, *gone = client.ask(Ask(Locate(), item_id=b"1"), Ask(Destroy(unique_identifier=CODE.LOCATE), item_id=b"2"))
    assert [each.payload.unique_identifier for each in gone] == made[::-1]
    # 2.1 §9.21: "responses to that request SHALL have the same Unique Batch Item ID".
    assert {each.item_id for each in gone} == {b"2"}
    assert client.located() == []


def test_a_repeated_operation_that_fails_stops_goes_on_or_is_undone(client: Client) -> None:
    active, plain = client.active(), client.create()
    asked = (Locate(), Destroy(unique_identifier=CODE.LOCATE), GetAttributes(unique_identifier=active))
    undone = client.ask(*asked, batch_error_continuation_option=UNDO)
    statuses = [each.status for each in undone]
    assert statuses == [ResultStatus.OPERATION_UNDONE] * 2 + [ResultStatus.OPERATION_FAILED]
    assert set(client.located()) == {active, plain}
    assert [each.ok for each in client.ask(*asked)] == [True, True, False]
    plain = client.create()
    older = client.create()
    assert [each.ok for each in client.ask(*asked, batch_error_continuation_option=CONTINUE)] == [
        True, True, True, False, True
    ]  # fmt: skip
    assert client.located() == [active]
    assert {plain, older}.isdisjoint(client.located())


def test_a_response_does_not_grow_without_end(client: Client) -> None:
    for _ in range(40):
        client.create()
    answers = client.ask(Locate(), *[GetAttributes(unique_identifier=CODE.LOCATE)] * 30)
    assert answers[-1].reason is R.SERVER_LIMIT_EXCEEDED
    assert len(answers) == 1 + 24 * 40 + 1


def test_what_failed_stands_for_nothing(client: Client) -> None:
    """2.1 §11.58: "If an operation appears multiple times in a request, it is the most recent that is referred to"."""
    bad = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 7)))
    made, failed, destroyed = client.ask(
        CREATE, bad, Destroy(unique_identifier=CODE.CREATE), batch_error_continuation_option=CONTINUE
    )
    assert (made.ok, failed.ok, destroyed.reason) == (True, False, R.OBJECT_NOT_FOUND)


def test_one_object_is_asked_for_once(client: Client) -> None:
    client.create(aes(256, 12, (Tag.NAME, name("n"))))
    assert len(client.ask(Locate(), GetAttributes(unique_identifier=CODE.LOCATE))) == 2


# --- Data of earlier items -------------------------------------------------------------------------

_CBC = CryptographicParameters(block_cipher_mode=BlockCipherMode.CBC, padding_method=PaddingMethod.PKCS5)
_SHA = CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
_HMAC = CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA256)
_IV = bytes(16)


def _encrypt(key: str, data: Any, **more: Any) -> Any:
    return Encrypt(unique_identifier=key, cryptographic_parameters=_CBC, data=data, iv_counter_nonce=_IV, **more)


def _decrypt(key: str, data: Any) -> Any:
    return Decrypt(unique_identifier=key, cryptographic_parameters=_CBC, data=data, iv_counter_nonce=_IV)


@pytest.mark.parametrize("version", [V2_0, V2_1, V3_0], ids=str)
@pytest.mark.parametrize("reference", [DataCode.ENCRYPT, 0, -1], ids=str)
def test_data_may_stand_for_what_an_item_before_put_out(client: Client, version: Version, reference: Any) -> None:
    """2.1 Table 360: "Data Enumeration", or "Zero based nth Data in the response ... If negative ... backwards"."""
    speaking = client.speaking(version)
    key = speaking.active()
    _, decrypted = speaking.ask(_encrypt(key, b"a secret"), _decrypt(key, reference))
    assert decrypted.payload.data == b"a secret"


def test_data_that_is_not_returned_is_used_all_the_same(client: Client) -> None:
    """2.1 §8.3: Ephemeral: "the Data output of the operation should not be returned to the client"."""
    old, new = client.active(), client.active()
    sealed = client.do(_encrypt(old, b"a secret")).data
    hidden, moved = client.ask(Ask(_decrypt(old, sealed), ephemeral=True), _encrypt(new, DataCode.DECRYPT))
    assert hidden.payload.data is None
    assert client.do(_decrypt(new, moved.payload.data)).data == b"a secret"


def test_a_mac_is_an_output_too(client: Client) -> None:
    """2.1 §11.13: "MAC MAC Data"."""
    key = client.active()
    asked = Mac(unique_identifier=key, cryptographic_parameters=_HMAC, data=b"x")
    hidden, hashed = client.ask(
        Ask(asked, ephemeral=True), Hash(cryptographic_parameters=_SHA, data=DataCode.MAC_MAC_DATA)
    )
    assert hidden.payload.mac_data is None
    assert hashed.payload.data == hashlib.sha256(client.do(asked).mac_data).digest()


def test_every_output_that_has_a_code(client: Client) -> None:
    """2.1 §11.13."""
    key = client.active()
    answers = client.ask(
        RngRetrieve(data_length=32),
        Hash(cryptographic_parameters=_SHA, data=DataCode.RNG_RETRIEVE),
        Mac(unique_identifier=key, cryptographic_parameters=_HMAC, data=DataCode.HASH),
        _encrypt(key, DataCode.MAC_MAC_DATA),
        _decrypt(key, -1),
        MacVerify(unique_identifier=key, cryptographic_parameters=_HMAC, data=1, mac_data=bytes(32)),
        RngSeed(data=0),
    )
    random, hashed, mac, _, decrypted, verified, seeded = (each.payload for each in answers)
    assert hashed.data == client.do(Hash(cryptographic_parameters=_SHA, data=random.data)).data
    assert decrypted.data == mac.mac_data
    assert verified.validity_indicator.name == "INVALID"
    assert seeded.data_length == 32


@pytest.mark.parametrize("reference", [DataCode.ENCRYPT, DataCode.SIGN_SIGNATURE_DATA, 0, 1, -1], ids=str)
def test_data_that_stands_for_nothing(client: Client, reference: Any) -> None:
    asked = Hash(cryptographic_parameters=_SHA, data=reference)
    assert client.refusal(asked) is R.INVALID_FIELD
    (refused,) = client.ask(asked, asked)
    assert refused.reason is R.INVALID_FIELD


def test_what_failed_put_nothing_out(client: Client) -> None:
    key = client.active()
    answers = client.ask(
        _encrypt(key, b"a secret"),
        _encrypt(key, None),
        _decrypt(key, DataCode.ENCRYPT),
        batch_error_continuation_option=CONTINUE,
    )
    assert [each.reason for each in answers[1:]] == [R.INVALID_MESSAGE, R.INVALID_FIELD]


def test_1_x_has_bytes_only(client: Client) -> None:
    asked = raw(next(code for code, row in TABLE.items() if row.request is RngSeed), enumeration(Tag.DATA, 1))
    assert client.speaking(V1_4).refusal(asked) is R.INVALID_MESSAGE
    assert client.refusal(asked) is R.INVALID_FIELD
