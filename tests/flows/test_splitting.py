"""Create Split Key and Join Split Key: every method, every kind of key, and every refusal (1.4 §11.39, §11.40)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    DigitalSignatureAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    ResultReason,
    SecretDataType,
    UniqueIdentifierCode,
)
from kmip_server.spec.enums import SplitKeyMethod as Method
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.masks import ProtectionStorageMask
from kmip_server.spec.structures.keys import SplitKey, TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_1, V1_2, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import Client, aes, attributes, name, raw
from tests.flows.objects import AES, KEY_BYTES, RSA, opaque, private_key, rsa_pkcs8, secret, split_key, symmetric
from tests.flows.requests import CreateSplitKey, Destroy, Get, JoinSplitKey, Sign
from tests.kit import BOB

R = ResultReason
ALGORITHM, LENGTH, MASK = Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH, Tag.CRYPTOGRAPHIC_USAGE_MASK
GF8, GF16, PRIME = (
    Method.POLYNOMIAL_SHARING_GF_28,
    Method.POLYNOMIAL_SHARING_GF_216,
    Method.POLYNOMIAL_SHARING_PRIME_FIELD,
)
_LATER = tuple(version for version in VERSIONS if version >= V1_2)
_METHODS = [(Method.XOR, 3), (GF8, 2), (GF16, 2), (PRIME, 2)]


def ask(uid: Any = None, method: Method = GF8, threshold: int = 2, parts: int = 3, **more: Any) -> CreateSplitKey:
    return CreateSplitKey(
        object_type=ObjectType.SPLIT_KEY,
        unique_identifier=uid,
        split_key_parts=parts,
        split_key_threshold=threshold,
        split_key_method=method,
        **{"attributes": attributes(), **more},
    )


def parts_of(client: Client, uid: Any = None, *how: Any, **more: Any) -> list[str]:
    return list(client.do(ask(uid, *how, **more)).unique_identifier)


def join(*uids: Any, kind: ObjectType = ObjectType.SYMMETRIC_KEY, **more: Any) -> JoinSplitKey:
    return JoinSplitKey(object_type=kind, unique_identifier=list(uids), **{"attributes": attributes(), **more})


def got(client: Client, uid: str) -> Any:
    return client.do(Get(unique_identifier=uid)).object


def value(client: Client, uid: str) -> bytes:
    return bytes(got(client, uid).key_block.key_value.key_material)


# --- what is made ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", _LATER, ids=str)
@pytest.mark.parametrize(("method", "threshold"), _METHODS)
def test_a_key_in_parts_and_whole_again(client: Client, version: Version, method: Method, threshold: int) -> None:
    client = client.speaking(version)
    key = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes((MASK, 12)))
    parts = parts_of(client, key, method, threshold)
    for number, uid in enumerate(parts, 1):
        part = got(client, uid)
        assert isinstance(part, SplitKey)
        assert (part.split_key_parts, part.key_part_identifier, part.split_key_threshold) == (3, number, threshold)
        assert part.split_key_method is method
        assert part.prime_field_size == ((1 << 521) - 1 if method is PRIME else None)
        block = part.key_block
        assert (block.cryptographic_algorithm, block.cryptographic_length) == (AES, 256)
        assert block.key_format_type is KeyFormatType.RAW
        assert block.key_value.key_material != KEY_BYTES
    made = client.do(join(*reversed(parts[:threshold]))).unique_identifier
    assert value(client, made) == KEY_BYTES
    shown = client.shown(made, ALGORITHM, LENGTH, Tag.OBJECT_TYPE)
    assert shown == {ALGORITHM: [AES], LENGTH: [256], Tag.OBJECT_TYPE: [ObjectType.SYMMETRIC_KEY]}
    assert value(client, client.do(join(*parts)).unique_identifier) == KEY_BYTES


def test_the_key_stays_and_its_attributes_go_first(client: Client) -> None:
    key = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes((MASK, 12)))
    wrong = attributes((LENGTH, 128), (MASK, int(Mask.SIGN)), (Tag.NAME, name("part")))
    parts = parts_of(client, key, attributes=wrong)
    assert value(client, key) == KEY_BYTES
    for uid in parts:
        assert client.shown(uid, ALGORITHM, LENGTH, MASK) == {ALGORITHM: [AES], LENGTH: [256], MASK: [12]}
        digest = client.shown(uid, Tag.DIGEST)[Tag.DIGEST][0]
        assert digest.digest_value == hashlib.sha256(value(client, uid)).digest()
    assert sorted(client.located((Tag.NAME, name("part")))) == sorted(parts)
    assert sorted(client.located((Tag.OBJECT_TYPE, ObjectType.SPLIT_KEY))) == sorted(parts)


@pytest.mark.parametrize("version", [V1_2, V2_1], ids=str)
def test_a_new_key_that_nobody_saw(client: Client, version: Version) -> None:
    client = client.speaking(version)
    one, two = (parts_of(client, attributes=aes(128)) for _ in range(2))
    keys = [value(client, client.do(join(*parts[1:])).unique_identifier) for parts in (one, two)]
    assert len(keys[0]) == len(keys[1]) == 16
    assert keys[0] != keys[1]
    missing = R.INVALID_ATTRIBUTE_VALUE if version >= V2_0 else R.INVALID_FIELD
    assert client.refusal(ask()) is missing
    assert not client.one(ask(attributes=attributes((ALGORITHM, RSA), (LENGTH, 2048)))).ok


@pytest.mark.parametrize(("method", "threshold"), [(Method.XOR, 3), (GF8, 2), (PRIME, 2)])
def test_a_private_key(client: Client, method: Method, threshold: int) -> None:
    use = ((MASK, int(Mask.SIGN)), (Tag.ACTIVATION_DATE, 1))
    key = client.register(private_key(), ObjectType.PRIVATE_KEY, attributes(*use))
    parts = parts_of(client, key, method, threshold)
    made = client.do(join(*parts, kind=ObjectType.PRIVATE_KEY, attributes=attributes(*use))).unique_identifier
    again = got(client, made).key_block
    assert (again.key_value.key_material, again.key_format_type) == (rsa_pkcs8(), KeyFormatType.PKCS_8)
    assert client.server.store.objects[made].body.trusted  # checked once, before the round
    signed = [
        client.do(Sign(unique_identifier=uid, data=b"d", cryptographic_parameters=_SIGNING)).signature_data
        for uid in (key, made)
    ]
    assert all(signed)


def test_numbers_of_a_transparent_key_become_bytes(client: Client) -> None:
    what = symmetric()
    what.key_block.key_format_type = KeyFormatType.TRANSPARENT_SYMMETRIC_KEY
    what.key_block.key_value.key_material = TransparentKeyMaterial(key=KEY_BYTES)
    parts = parts_of(client, client.register(what, ObjectType.SYMMETRIC_KEY))
    assert value(client, client.do(join(*parts)).unique_identifier) == KEY_BYTES


_SIGNING = CryptographicParameters(digital_signature_algorithm=DigitalSignatureAlgorithm.SHA_256_WITH_RSA_ENCRYPTION)


@pytest.mark.parametrize("content", [b"correct horse", b"\0\0leading zeros"])
def test_a_secret(client: Client, content: bytes) -> None:
    key = client.register(secret(content), ObjectType.SECRET_DATA)
    for method in (GF8, PRIME):
        parts = parts_of(client, key, method)
        asked = join(*parts[:2], kind=ObjectType.SECRET_DATA, secret_data_type=SecretDataType.SEED)
        made = got(client, client.do(asked).unique_identifier)
        assert made.key_block.key_value.key_material == content
        assert made.secret_data_type is SecretDataType.SEED
    made = got(client, client.do(join(*parts[:2], kind=ObjectType.SECRET_DATA)).unique_identifier)
    assert made.secret_data_type is SecretDataType.PASSWORD


def test_registered_parts_are_joined(client: Client) -> None:
    """Parts that were made elsewhere (TC-SJ-3)."""
    shares = {
        1: bytes.fromhex("66C46A7754F94DE420C7B1A7FFF5EC56"),
        4: bytes.fromhex("803DBAD55CDD329FAD19D99AE2C5A415"),
    }
    uids = []
    for number, share in shares.items():
        part = split_key(share)
        part.split_key_parts, part.key_part_identifier, part.split_key_method = 4, number, GF8
        uids.append(client.register(part, ObjectType.SPLIT_KEY))
    assert value(client, client.do(join(*uids)).unique_identifier).hex() == "0102030405060708090a0b0c0d0e0f10"


# --- as well guarded as before ---------------------------------------------------------------------


def test_parts_of_a_guarded_key_are_guarded(client: Client) -> None:
    """Whoever might fetch the parts would have the key."""
    guarded = attributes((MASK, 12), (Tag.EXTRACTABLE, False))
    key = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, guarded)
    parts = parts_of(client, key, attributes=attributes((Tag.EXTRACTABLE, True)))
    assert {client.refusal(Get(unique_identifier=uid)) for uid in parts} == {R.NOT_EXTRACTABLE}
    made = client.do(join(*parts)).unique_identifier
    assert client.refusal(Get(unique_identifier=made)) is R.NOT_EXTRACTABLE
    sensitive = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes((Tag.SENSITIVE, True)))
    parts = parts_of(client, sensitive)
    assert {client.refusal(Get(unique_identifier=uid)) for uid in parts} == {R.SENSITIVE}
    made = client.do(join(*parts)).unique_identifier
    assert client.refusal(Get(unique_identifier=made)) is R.SENSITIVE


def test_a_stranger_splits_and_joins_nothing(client: Client) -> None:
    key = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    parts = parts_of(client, key)
    bob = Client(client.server, V2_1, BOB)
    assert bob.refusal(ask(key)) is R.ITEM_NOT_FOUND  # 2.1 Table 195
    own = parts_of(bob, bob.register(symmetric(), ObjectType.SYMMETRIC_KEY))
    assert bob.refusal(join(own[0], parts[1])) is R.OBJECT_NOT_FOUND


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_2, V1_4, V2_1], ids=str)
def test_what_cannot_be_split(client: Client, version: Version) -> None:
    client = client.speaking(version)
    newer = version >= V2_0
    key = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    before = len(client.server.store.objects)
    for asked in (
        ask(key, Method.XOR, 2),
        ask(key, threshold=1),
        ask(key, threshold=4),
        ask(key, parts=0),
        ask(key, parts=-3),
        ask(key, parts=256),
        ask(key, prime_field_size=257),
    ):
        assert client.refusal(asked) is R.INVALID_FIELD
    for size in (257, 1 << 300):
        # 2.1 Table 195; 1.4 §11.39 knows "Incorrect attribute value(s)" only.
        wanted = R.BAD_CRYPTOGRAPHIC_PARAMETERS if version >= V2_0 else R.INVALID_FIELD
        assert client.refusal(ask(key, PRIME, prime_field_size=size)) is wanted
    limit = R.SERVER_LIMIT_EXCEEDED if newer else R.INVALID_FIELD
    assert client.refusal(ask(key, GF16, parts=1001)) is limit
    assert client.refusal(ask("none")) is R.ITEM_NOT_FOUND
    wrong = R.INVALID_OBJECT_TYPE if newer else R.INVALID_FIELD
    asked = ask(key)
    asked.object_type = ObjectType.SYMMETRIC_KEY
    assert client.refusal(asked) is wrong
    assert len(client.server.store.objects) == before
    thing = client.register(opaque(), ObjectType.OPAQUE_OBJECT)
    assert client.refusal(ask(thing)) is wrong
    client.do(Destroy(unique_identifier=key))
    assert client.refusal(ask(key)) is (R.OBJECT_DESTROYED if newer else R.ITEM_NOT_FOUND)


@pytest.mark.parametrize("version", [V1_2, V2_1], ids=str)
def test_parts_that_make_no_key(client: Client, version: Version) -> None:
    client = client.speaking(version)
    newer = version >= V2_0
    key = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    parts, other = parts_of(client, key), parts_of(client, key, GF8, 3)
    short = parts_of(client, attributes=aes(128))
    before = len(client.server.store.objects)
    assert client.refusal(join()) is R.CRYPTOGRAPHIC_FAILURE
    assert client.refusal(join(parts[0])) is R.CRYPTOGRAPHIC_FAILURE
    assert client.refusal(join(parts[0], parts[0])) is R.CRYPTOGRAPHIC_FAILURE
    assert client.refusal(join(parts[0], other[1], other[2])) is R.CRYPTOGRAPHIC_FAILURE
    assert client.refusal(join(parts[0], short[1])) is R.CRYPTOGRAPHIC_FAILURE
    again = parts_of(client, key)
    assert client.refusal(join(parts[0], parts[1], again[2])) is R.CRYPTOGRAPHIC_FAILURE  # one too many, and foreign
    wrong = R.INVALID_OBJECT_TYPE if newer else R.INVALID_FIELD
    assert client.refusal(join(parts[0], key)) is wrong
    assert client.refusal(join(*parts, kind=ObjectType.CERTIFICATE)) is wrong
    assert client.refusal(join(*parts, secret_data_type=SecretDataType.SEED)) is R.INVALID_FIELD
    assert client.refusal(join(parts[0], "none")) is (R.OBJECT_NOT_FOUND if newer else R.ITEM_NOT_FOUND)
    mismatch = R.INVALID_ATTRIBUTE_VALUE if newer else R.INVALID_FIELD
    assert client.refusal(join(*parts, attributes=attributes((LENGTH, 128)))) is mismatch
    client.do(Destroy(unique_identifier=parts[2]))
    assert client.refusal(join(*parts)) is (R.OBJECT_DESTROYED if newer else R.ITEM_NOT_FOUND)
    assert len(client.server.store.objects) == before + 3
    assert value(client, client.do(join(*parts[:2])).unique_identifier) == KEY_BYTES


def test_a_part_says_which_it_is(client: Client) -> None:
    for number, parts, threshold, method in (
        (0, 3, 2, GF8),
        (4, 3, 2, GF8),
        (1, 3, 4, GF8),
        (1, 3, 0, GF8),
        (1, 3, 2, PRIME),
    ):
        part = split_key()
        part.key_part_identifier, part.split_key_parts = number, parts
        part.split_key_threshold, part.split_key_method = threshold, method
        with pytest.raises(AssertionError) as refused:
            client.register(part, ObjectType.SPLIT_KEY)
        assert refused.value.reason is R.INVALID_FIELD  # type: ignore[attr-defined]


def test_they_came_with_1_2(client: Client) -> None:
    for operation in (Operation.CREATE_SPLIT_KEY, Operation.JOIN_SPLIT_KEY):
        assert client.speaking(V1_1).one(raw(operation)).reason is R.OPERATION_NOT_SUPPORTED


def test_storage_is_software_or_nothing(client: Client) -> None:
    hardware = ProtectionStorageMasks(protection_storage_mask=[int(ProtectionStorageMask.HARDWARE)])
    parts = parts_of(client, attributes=aes())
    for asked in (
        ask(attributes=aes(), protection_storage_masks=hardware),
        join(*parts, protection_storage_masks=hardware),
    ):
        assert client.refusal(asked) is R.PROTECTION_STORAGE_UNAVAILABLE


def test_the_placeholder_is_the_first_part(client: Client) -> None:
    made, got_one, *named = client.ask(
        ask(attributes=aes()), Get(), Get(unique_identifier=UniqueIdentifierCode.CREATE_SPLIT_KEY)
    )
    parts = made.payload.unique_identifier
    assert got_one.payload.unique_identifier == parts[0]
    assert got_one.payload.object.key_part_identifier == 1
    # 2.1 §11.58: "If multiple unique identifiers would be referenced then the operation is repeated for each of them."
    assert [each.payload.unique_identifier for each in named] == list(parts)
    joined, got_key = client.ask(join(*parts), Get())
    assert got_key.payload.unique_identifier == joined.payload.unique_identifier


def test_a_wrong_algorithm_is_refused(client: Client) -> None:
    parts = parts_of(client, attributes=aes())
    asked = join(*parts, attributes=attributes((ALGORITHM, CryptographicAlgorithm.DES3)))
    assert client.refusal(asked) is R.INVALID_ATTRIBUTE_VALUE
