"""Derive Key: every method, in every version; what belongs where, what is refused, how the objects are linked."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from kmip_server.domain.admission import MAX_INSTANCES
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    HashingAlgorithm,
    LinkType,
    ObjectType,
    Operation,
    RecommendedCurve,
    ResultReason,
    State,
    UniqueIdentifierCode,
    UsageLimitsUnit,
)
from kmip_server.spec.enums import DerivationMethod as Method
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.attributes import Link, UsageLimits
from kmip_server.spec.structures.parameters import (
    CryptographicDomainParameters,
    CryptographicParameters,
    DerivationParameters,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_3, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import Ask, Client, attributes, enumeration, name, raw, struct, text
from tests.flows.objects import AES, KEY_BYTES, opaque, secret, symmetric
from tests.flows.requests import Activate, CreateKeyPair, DeriveKey, Destroy, Get, Register, revoke
from tests.kit import BOB

R = ResultReason
ALGORITHM, LENGTH, MASK = Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH, Tag.CRYPTOGRAPHIC_USAGE_MASK
SHA_256 = CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
ECB = CryptographicParameters(block_cipher_mode=BlockCipherMode.ECB)
PASSWORD = b"correct horse"


def base(client: Client, what: Any = None, *more: tuple[Any, Any], mask: int = Mask.DERIVE_KEY) -> str:
    """An active object that keys may be derived from."""
    what = what or symmetric()
    kind = ObjectType.SECRET_DATA if type(what).__name__ == "SecretData" else ObjectType.SYMMETRIC_KEY
    return client.register(what, kind, attributes((MASK, int(mask)), (Tag.ACTIVATION_DATE, 1), *more))


def ask(
    *uids: Any, method: Method = Method.HMAC, wanted: Attributes | None = None, secret_data: bool = False, **given: Any
) -> DeriveKey:
    data = given.pop("data", None)
    return DeriveKey(
        object_type=ObjectType.SECRET_DATA if secret_data else ObjectType.SYMMETRIC_KEY,
        unique_identifier=list(uids),
        derivation_method=method,
        derivation_parameters=DerivationParameters(
            derivation_data=data if isinstance(data, list) else [] if data is None else [data], **given
        ),
        attributes=wanted or attributes((ALGORITHM, AES), (LENGTH, 128), (MASK, 12)),
    )


def value(client: Client, uid: str) -> bytes:
    return bytes(client.do(Get(unique_identifier=uid)).object.key_block.key_value.key_material)


def derived(client: Client, *uids: Any, **given: Any) -> bytes:
    return value(client, client.do(ask(*uids, **given)).unique_identifier)


# --- what is computed ------------------------------------------------------------------------------


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_methods_of_every_version(client: Client, version: Version) -> None:
    client = client.speaking(version)
    key, word = base(client), base(client, secret(PASSWORD))
    by = {"cryptographic_parameters": SHA_256}
    assert derived(client, key, method=Method.HASH, **by) == hashlib.sha256(KEY_BYTES).digest()[:16]
    assert derived(client, word, method=Method.HASH, **by) == hashlib.sha256(PASSWORD).digest()[:16]
    assert derived(client, key, data=b"data", **by) == _hmac(KEY_BYTES, b"data")[:16]
    assert derived(client, word, method=Method.PBKDF2, salt=b"salt", iteration_count=3) == hashlib.pbkdf2_hmac(
        "sha1", PASSWORD, b"salt", 3, 16
    )
    sealed = derived(client, key, method=Method.ENCRYPT, data=bytes(16), cryptographic_parameters=ECB)
    assert len(sealed) == 16
    counter = derived(client, key, method=Method.NIST800_108_C, data=b"d", **by)
    assert counter == _hmac(KEY_BYTES, b"\0\0\0\1d")[:16]
    feedback = derived(client, key, method=Method.NIST800_108_F, data=b"d", initialization_vector=b"iv", **by)
    assert feedback == _hmac(KEY_BYTES, b"iv\0\0\0\1d")[:16]
    double = derived(client, key, method=Method.NIST800_108_DPI, data=b"d", **by)
    assert double == _hmac(KEY_BYTES, _hmac(KEY_BYTES, b"d") + b"\0\0\0\1d")[:16]


@pytest.mark.parametrize("version", [V2_0, V2_1], ids=str)
def test_methods_of_2_0(client: Client, version: Version) -> None:
    client = client.speaking(version)
    word = base(client, secret(PASSWORD))
    made = derived(client, word, method=Method.HKDF, salt=b"salt", data=b"info")
    first = _hmac(_hmac(b"salt", PASSWORD), b"info\1")
    assert made == first[:16]
    dated = derived(client, word, method=Method.AWS_SIGNATURE_VERSION_4, data=[b"20120215", b"eu", b"iam"])
    key = b"AWS4" + PASSWORD
    for part in (b"20120215", b"eu", b"iam", b"aws4_request"):
        key = _hmac(key, part)
    assert dated == key[:16]


@pytest.mark.parametrize("version", [V1_0, V1_3], ids=str)
def test_a_version_has_its_own_methods_only(client: Client, version: Version) -> None:
    client = client.speaking(version)
    key = base(client)
    for method in (Method.ASYMMETRIC_KEY, Method.HKDF, Method.AWS_SIGNATURE_VERSION_4, 0x77):
        tree = raw(
            Operation.DERIVE_KEY,
            enumeration(Tag.OBJECT_TYPE, ObjectType.SYMMETRIC_KEY),
            text(Tag.UNIQUE_IDENTIFIER, key),
            enumeration(Tag.DERIVATION_METHOD, method),
            struct(Tag.DERIVATION_PARAMETERS),
            struct(Tag.TEMPLATE_ATTRIBUTE),
        )
        assert client.refusal(tree) is R.INVALID_FIELD


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_two_key_pairs_agree(client: Client, version: Version) -> None:
    client = client.speaking(version)

    def pair() -> Any:
        return client.do(
            CreateKeyPair(
                common_attributes=attributes(
                    (ALGORITHM, CryptographicAlgorithm.EC),
                    (
                        Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS,
                        CryptographicDomainParameters(recommended_curve=RecommendedCurve.P_256),
                    ),
                    (Tag.ACTIVATION_DATE, 1),
                    (MASK, int(Mask.DERIVE_KEY)),
                )
            )
        )

    one, two = pair(), pair()
    sides = (
        (one.private_key_unique_identifier, two.public_key_unique_identifier),
        (one.public_key_unique_identifier, two.private_key_unique_identifier),
    )
    wanted = attributes((ALGORITHM, AES), (LENGTH, 256), (MASK, 12))
    made = {derived(client, *side, method=Method.ASYMMETRIC_KEY, wanted=wanted) for side in sides}
    assert len(made) == 1
    long = attributes((LENGTH, 264))
    assert (
        client.refusal(ask(*sides[0], method=Method.ASYMMETRIC_KEY, wanted=long, secret_data=True))
        is R.CRYPTOGRAPHIC_FAILURE
    )
    key = base(client)
    wrong = R.INVALID_OBJECT_TYPE if version >= V2_0 else R.INVALID_FIELD
    for uids in ((sides[0][0],), (sides[0][0], key), (sides[0][0], sides[1][1])):
        assert client.refusal(ask(*uids, method=Method.ASYMMETRIC_KEY)) is wrong
    assert client.refusal(ask(sides[0][0], method=Method.HMAC, data=b"d")) is wrong
    assert client.refusal(ask(*sides[0], method=Method.ASYMMETRIC_KEY, data=b"d")) is R.INVALID_FIELD


def test_a_secret_of_any_length(client: Client) -> None:
    """1.4 §4.6: "multiple keys and IVs by requesting the creation of a Secret Data object"."""
    key = base(client)
    wanted = attributes((LENGTH, 1000), (MASK, 0))
    made = client.do(ask(key, method=Method.NIST800_108_C, data=b"d", secret_data=True, wanted=wanted, **_BY))
    assert len(value(client, made.unique_identifier)) == 125
    shown = client.shown(made.unique_identifier, LENGTH, Tag.OBJECT_TYPE)
    assert shown == {LENGTH: [1000], Tag.OBJECT_TYPE: [ObjectType.SECRET_DATA]}


_BY = {"cryptographic_parameters": SHA_256}


# --- what is made ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_objects_are_linked_both_ways(client: Client, version: Version) -> None:
    client = client.speaking(version)
    key, word = base(client), base(client, secret(b"data"))
    made = client.do(ask(key, word, **_BY)).unique_identifier
    assert value(client, made) == _hmac(KEY_BYTES, b"data")[:16]
    links = client.speaking(V2_1).shown(made, Tag.LINK)[Tag.LINK]
    assert links == [
        Link(link_type=LinkType.DERIVATION_BASE_OBJECT_LINK, linked_object_identifier=uid) for uid in (key, word)
    ]
    for uid in (key, word):
        (link,) = client.speaking(V2_1).shown(uid, Tag.LINK)[Tag.LINK]
        assert link == Link(link_type=LinkType.DERIVED_KEY_LINK, linked_object_identifier=made)


def test_what_is_derived_is_an_object_like_any_other(client: Client) -> None:
    wanted = attributes((ALGORITHM, AES), (LENGTH, 128), (MASK, 12), (Tag.NAME, name("n")), (Tag.ACTIVATION_DATE, 1))
    key = base(client)
    made = client.do(ask(key, data=b"d", wanted=wanted, **_BY)).unique_identifier
    shown = client.shown(made)
    assert shown[Tag.STATE] == [State.ACTIVE]
    assert shown[Tag.DIGEST][0].digest_value == hashlib.sha256(value(client, made)).digest()
    assert Tag.ORIGINAL_CREATION_DATE in shown
    assert client.located((Tag.NAME, name("n"))) == [made]


def test_links_outlive_what_they_point_at(client: Client) -> None:
    """Attributes survive Destroy (2.1 §6.1.15), and what a key came from stays true."""
    key = base(client)
    made = client.do(ask(key, data=b"d", **_BY)).unique_identifier
    client.do(Destroy(unique_identifier=made))
    assert client.shown(key, Tag.LINK)[Tag.LINK][0].linked_object_identifier == made
    client.do(revoke(key))
    client.do(Destroy(unique_identifier=key))
    assert client.shown(made, Tag.LINK)[Tag.LINK][0].linked_object_identifier == key


def test_the_placeholder_is_set_and_not_read(client: Client) -> None:
    key = base(client)
    made, got = client.ask(ask(key, data=b"d", **_BY), Get(unique_identifier=None))
    assert got.payload.unique_identifier == made.payload.unique_identifier
    _, refused = client.ask(Get(unique_identifier=key), ask(UniqueIdentifierCode.ID_PLACEHOLDER, data=b"d", **_BY))
    assert refused.reason is R.INVALID_FIELD
    assert client.refusal(ask(data=b"d", **_BY)) is R.INVALID_MESSAGE


def test_a_use_is_counted(client: Client) -> None:
    limits = UsageLimits(usage_limits_total=2, usage_limits_unit=UsageLimitsUnit.OBJECT)
    key = base(client, None, (Tag.USAGE_LIMITS, limits))
    for _ in range(2):
        client.do(ask(key, data=b"d", **_BY))
    assert client.refusal(ask(key, data=b"d", **_BY)) is R.USAGE_LIMIT_EXCEEDED
    assert len(client.shown(key, Tag.LINK)[Tag.LINK]) == 2


def test_a_base_that_has_all_its_links_gives_no_more(client: Client) -> None:
    key = base(client)
    with client.server.store.transaction() as tx:
        found = tx.load(key, for_change=True)
        full = found.attributes.copy()
        for number in range(MAX_INSTANCES):
            full.add(Tag.LINK, Link(link_type=LinkType.DERIVED_KEY_LINK, linked_object_identifier=str(number)))
        tx.replace(found.with_attributes(full))
    before = len(client.server.store.objects)
    assert client.refusal(ask(key, data=b"d", **_BY)) is R.SERVER_LIMIT_EXCEEDED
    assert len(client.server.store.objects) == before


# --- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_0, V2_1], ids=str)
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, R.INVALID_FIELD),
        ({"method": Method.HASH, "data": b"d", **_BY}, R.INVALID_MESSAGE),
        ({"method": Method.HASH}, R.BAD_CRYPTOGRAPHIC_PARAMETERS),
        ({"data": b"d"}, R.BAD_CRYPTOGRAPHIC_PARAMETERS),
        ({"data": b"d", "salt": b"s", **_BY}, R.INVALID_FIELD),
        ({"data": b"d", "initialization_vector": b"i", **_BY}, R.INVALID_FIELD),
        ({"data": b"d", "iteration_count": 1, **_BY}, R.INVALID_FIELD),
        ({"method": Method.PBKDF2, "salt": b"s"}, R.INVALID_FIELD),
        ({"method": Method.PBKDF2, "iteration_count": 1}, R.INVALID_FIELD),
        ({"method": Method.PBKDF2, "salt": b"s", "iteration_count": 0}, R.INVALID_FIELD),
        ({"method": Method.PBKDF2, "salt": b"s", "iteration_count": -1}, R.INVALID_FIELD),
        ({"method": Method.PBKDF2, "salt": b"s", "iteration_count": 1, "data": b"d"}, R.INVALID_MESSAGE),
        ({"method": Method.PBKDF2, "salt": b"s", "iteration_count": 2_000_001}, R.INVALID_FIELD),
        ({"method": Method.ENCRYPT, "data": bytes(16)}, R.BAD_CRYPTOGRAPHIC_PARAMETERS),
        ({"method": Method.ENCRYPT, "data": bytes(15), "cryptographic_parameters": ECB}, R.CRYPTOGRAPHIC_FAILURE),
        (
            {"method": Method.HASH, "wanted": attributes((ALGORITHM, AES), (LENGTH, 512)), **_BY},
            R.CRYPTOGRAPHIC_FAILURE,
        ),
        # 2.1 Table 207 lists no Invalid Attribute Value.
        ({"data": b"d", "wanted": attributes((ALGORITHM, AES)), **_BY}, R.INVALID_FIELD),
        ({"data": b"d", "wanted": attributes((LENGTH, 128)), **_BY}, R.INVALID_FIELD),
        ({"data": b"d", "wanted": attributes((ALGORITHM, AES), (LENGTH, 100)), **_BY}, R.INVALID_FIELD),
        ({"data": b"d", "wanted": attributes((ALGORITHM, AES), (LENGTH, 136)), **_BY}, R.INVALID_FIELD),
        # RFC 5869 §2.3: "length of output keying material in octets (<= 255*HashLen)"; SHA-512 gives 130,560 bits.
        ({"data": b"d", "secret_data": True, "wanted": attributes((LENGTH, 130_568)), **_BY}, R.INVALID_FIELD),
    ],
)
def test_bad_parameters(client: Client, version: Version, given: dict[str, Any], reason: R) -> None:
    client = client.speaking(version)
    key = base(client)
    older = {R.BAD_CRYPTOGRAPHIC_PARAMETERS: R.INVALID_FIELD}
    expected = reason if version >= V2_0 else older.get(reason, reason)
    assert client.refusal(ask(key, **given)) is expected
    assert len(client.server.store.objects) == 1


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_1], ids=str)
def test_objects_that_do_not_fit(client: Client, version: Version) -> None:
    client = client.speaking(version)
    newer = version >= V2_0
    key, other, word = base(client), base(client), base(client, secret(PASSWORD))
    assert client.refusal(ask(key, word, data=b"d", **_BY)) is R.INVALID_MESSAGE  # "Ambiguous derivation data"
    assert client.refusal(ask(key, other, **_BY)) is R.INVALID_FIELD
    assert client.refusal(ask(key, key, **_BY)) is R.INVALID_FIELD
    assert client.refusal(ask(key, word, other, **_BY)) is R.INVALID_FIELD
    assert client.refusal(ask(key, word, method=Method.HASH, **_BY)) is R.INVALID_FIELD
    missing = R.OBJECT_NOT_FOUND if newer else R.ITEM_NOT_FOUND
    assert client.refusal(ask("none", data=b"d", **_BY)) is missing
    assert client.refusal(ask(key, "none", **_BY)) is missing
    masked = base(client, mask=Mask.ENCRYPT)
    unfit = R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK if newer else R.INVALID_FIELD
    assert client.refusal(ask(masked, data=b"d", **_BY)) is unfit
    assert client.refusal(ask(key, base(client, secret(), mask=0), **_BY)) is unfit
    thing = client.register(opaque(), ObjectType.OPAQUE_OBJECT)
    assert client.refusal(ask(thing, data=b"d", **_BY)) is (R.INVALID_OBJECT_TYPE if newer else R.INVALID_FIELD)
    asked = ask(key, data=b"d", **_BY)
    asked.object_type = ObjectType.PUBLIC_KEY
    assert client.refusal(asked) is (R.INVALID_OBJECT_TYPE if newer else R.INVALID_FIELD)


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_only_an_active_object_gives_keys(client: Client, version: Version) -> None:
    client = client.speaking(version)
    key = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes((MASK, int(Mask.DERIVE_KEY))))
    wrong = R.WRONG_KEY_LIFECYCLE_STATE if version >= V2_0 else R.INVALID_FIELD
    assert client.refusal(ask(key, data=b"d", **_BY)) is wrong
    client.do(Activate(unique_identifier=key))
    client.do(ask(key, data=b"d", **_BY))
    client.do(revoke(key))
    assert client.refusal(ask(key, data=b"d", **_BY)) is wrong
    client.do(Destroy(unique_identifier=key))
    gone = R.OBJECT_DESTROYED if version >= V2_0 else R.ITEM_NOT_FOUND
    assert client.refusal(ask(key, data=b"d", **_BY)) is gone


def test_a_strangers_key_is_not_there(client: Client) -> None:
    key = base(client)
    bob = Client(client.server, V2_1, BOB)
    assert bob.refusal(ask(key, data=b"d", **_BY)) is R.OBJECT_NOT_FOUND
    slow = ask(key, method=Method.PBKDF2, salt=b"s", iteration_count=10_000)
    assert bob.refusal(slow) is R.OBJECT_NOT_FOUND
    own = base(bob)
    assert bob.refusal(ask(own, key, **_BY)) is R.OBJECT_NOT_FOUND
    assert Tag.LINK not in client.shown(key)


def test_parameters_are_the_keys_own_in_1_x(client: Client) -> None:
    """1.4 §4.6: the mode must be one of the key's; if none is asked for, its first one holds."""
    own = CryptographicParameters(block_cipher_mode=BlockCipherMode.ECB)
    key = base(client, None, (Tag.CRYPTOGRAPHIC_PARAMETERS, own))
    made = derived(client, key, method=Method.ENCRYPT, data=bytes(16))
    assert made == derived(client, key, method=Method.ENCRYPT, data=bytes(16), cryptographic_parameters=ECB)
    cbc = CryptographicParameters(block_cipher_mode=BlockCipherMode.CBC)
    asked = ask(
        key, method=Method.ENCRYPT, data=bytes(16), initialization_vector=bytes(16), cryptographic_parameters=cbc
    )
    assert client.speaking(V1_4).refusal(asked) is R.INVALID_FIELD
    assert client.do(asked)


# --- slow derivation -------------------------------------------------------------------------------


def test_many_iterations_are_computed_before_the_round(client: Client) -> None:
    word = base(client, secret(PASSWORD))
    asked = ask(word, method=Method.PBKDF2, salt=b"salt", iteration_count=5000)
    counting = _Counting(client.server.engine.rooms.ciphers)
    client.server.engine.rooms.ciphers = counting
    made = client.do(asked).unique_identifier
    assert counting.derived == 1  # once, in the preparation
    assert value(client, made) == hashlib.pbkdf2_hmac("sha1", PASSWORD, b"salt", 5000, 16)


def test_an_object_made_in_the_same_batch_is_derived_from(client: Client) -> None:
    """Nothing can be foreseen of it; it is computed in its turn."""
    made = Register(
        object_type=ObjectType.SECRET_DATA,
        attributes=attributes((MASK, int(Mask.DERIVE_KEY)), (Tag.ACTIVATION_DATE, 1)),
        object=secret(PASSWORD),
    )
    asked = ask(UniqueIdentifierCode.REGISTER, method=Method.PBKDF2, salt=b"salt", iteration_count=5000)
    answers = client.ask(Ask(made, item_id=b"1"), Ask(asked, item_id=b"2"))
    expected = hashlib.pbkdf2_hmac("sha1", PASSWORD, b"salt", 5000, 16)
    assert value(client, answers[1].payload.unique_identifier) == expected


def test_output_counts_against_the_limit_too(client: Client) -> None:
    word = base(client, secret(PASSWORD))
    wanted = attributes((LENGTH, 65536))
    asked = ask(word, method=Method.PBKDF2, salt=b"s", iteration_count=5000, secret_data=True, wanted=wanted)
    assert client.refusal(asked) is R.INVALID_FIELD  # 5,000 times 410 blocks of SHA-1


class _Counting:
    """Ciphers that count derivations."""

    def __init__(self, ciphers: Any) -> None:
        self._ciphers = ciphers
        self.derived = 0

    def derive(self, asked: Any) -> bytes:
        self.derived += 1
        return bytes(self._ciphers.derive(asked))

    def __getattr__(self, wanted: str) -> Any:
        return getattr(self._ciphers, wanted)
