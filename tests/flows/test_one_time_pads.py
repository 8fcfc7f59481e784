"""One-time pads: a byte of a pad encrypts once and decrypts once (1.3 §9.1.3.2.13; cases TC-OTP)."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.attribute_values import VendorName
from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    DerivationMethod,
    EncodingOption,
    KeyFormatType,
    KeyValueLocationType,
    ObjectType,
    ResultReason,
    SecretDataType,
    SplitKeyMethod,
    UsageLimitsUnit,
    WrappingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.attributes import KeyValueLocation, UsageLimits
from kmip_server.spec.structures.keys import (
    EncryptionKeyInformation,
    KeyBlock,
    KeyWrappingSpecification,
    SecretData,
)
from kmip_server.spec.structures.parameters import CryptographicParameters, DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_3, V1_4, V2_0, V2_1, Version
from tests.flows.client import Client, attributes
from tests.flows.objects import secret, symmetric
from tests.flows.requests import (
    CreateSplitKey,
    Decrypt,
    DeriveKey,
    Destroy,
    Encrypt,
    Export,
    Get,
    GetAttributeList,
    Rekey,
)
from tests.kit import BOB

R = ResultReason
PAD = CryptographicAlgorithm.ONE_TIME_PAD
BOTH = Mask.ENCRYPT | Mask.DECRYPT
VALUE = bytes.fromhex("fc932e1428bd")
"""The pad of TC-OTP-SETUP-1."""
_VERSIONS = pytest.mark.parametrize("version", [V1_3, V1_4, V2_0, V2_1], ids=str)
_USED = VendorName("y", "Pad Bytes Encrypted")


def given(mask: Mask = BOTH, *more: tuple[Any, Any]) -> Any:
    return attributes(
        (Tag.CRYPTOGRAPHIC_ALGORITHM, PAD),
        (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(mask)),
        (Tag.ACTIVATION_DATE, 1),
        *more,
    )


def pad(client: Client, value: bytes = VALUE, mask: Mask = BOTH, *more: tuple[Any, Any]) -> str:
    return client.register(secret(value), ObjectType.SECRET_DATA, given(mask, *more))


def filled(client: Client, *more: tuple[Any, Any]) -> str:
    """A pad without a value, as TC-OTP-SETUP-2 registers it."""
    block = KeyBlock(key_format_type=KeyFormatType.OPAQUE)
    empty = SecretData(secret_data_type=SecretDataType.PASSWORD, key_block=block)
    return client.register(empty, ObjectType.SECRET_DATA, given(BOTH, *more))


def encrypted(client: Client, uid: str, data: bytes) -> bytes:
    return bytes(client.do(Encrypt(unique_identifier=uid, data=data)).data)


def decrypted(client: Client, uid: str, data: bytes) -> bytes:
    return bytes(client.do(Decrypt(unique_identifier=uid, data=data)).data)


@_VERSIONS
def test_the_bytes_of_a_pad_are_used_one_after_the_other_and_never_again(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = pad(speaking)
    assert encrypted(speaking, uid, b"\x01\x02") == b"\xfd\x91"
    assert encrypted(speaking, uid, b"\x03\x04\x05") == b"\x2d\x10\x2d"
    assert decrypted(speaking, uid, b"\xfd\x91\x2d\x10\x2d") == b"\x01\x02\x03\x04\x05"
    too_much = Encrypt(unique_identifier=uid, data=b"\x06\x07")
    assert speaking.refusal(too_much) is R.PERMISSION_DENIED  # no error table of Encrypt has Usage Limit Exceeded
    assert encrypted(speaking, uid, b"\x06") == b"\xbb"
    assert decrypted(speaking, uid, b"\xbb") == b"\x06"
    assert not speaking.one(Encrypt(unique_identifier=uid, data=b"\x00")).ok
    assert not speaking.one(Decrypt(unique_identifier=uid, data=b"\x00")).ok


def test_what_both_directions_have_passed_is_no_longer_in_the_store(client: Client) -> None:
    uid = pad(client)
    sealed = lambda: client.server.store.objects[uid].body.sealed  # noqa: E731
    kept = lambda: client.server.envelope.open(sealed(), uid=uid, object_type=7, owner=client.who.name)  # noqa: E731
    encrypted(client, uid, bytes(4))
    assert kept() == VALUE
    decrypted(client, uid, bytes(3))
    assert kept() == VALUE[3:]
    assert [each.value for each in client.shown(uid, _USED)[_USED]] == [4]
    decrypted(client, uid, bytes(3))
    encrypted(client, uid, bytes(2))
    assert kept() == b""


@pytest.mark.parametrize("mask", [Mask.ENCRYPT, Mask.DECRYPT], ids=lambda mask: mask.name)
def test_a_pad_of_one_direction_loses_its_bytes_at_once(client: Client, mask: Mask) -> None:
    uid = pad(client, VALUE, mask)
    use = encrypted if mask is Mask.ENCRYPT else decrypted
    assert use(client, uid, bytes(6)) == VALUE
    assert client.do(Get(unique_identifier=uid)).object.key_block.key_value is None


@_VERSIONS
def test_a_pad_in_use_does_not_leave_and_one_used_up_has_no_value(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = pad(speaking)
    assert speaking.refusal(Get(unique_identifier=uid)) is R.PERMISSION_DENIED
    decrypted(speaking, uid, encrypted(speaking, uid, bytes(6)))
    told = speaking.do(Get(unique_identifier=uid)).object
    assert (told.key_block.key_format_type, told.key_block.key_value) == (KeyFormatType.OPAQUE, None)


def test_no_copy_is_made_of_a_pad_in_use(client: Client) -> None:
    uid = pad(client)
    assert client.refusal(Export(unique_identifier=uid)) is R.PERMISSION_DENIED
    parts = CreateSplitKey(
        object_type=ObjectType.SPLIT_KEY,
        unique_identifier=uid,
        split_key_parts=2,
        split_key_threshold=2,
        split_key_method=SplitKeyMethod.XOR,
        attributes=attributes(),
    )
    assert client.refusal(parts) is R.PERMISSION_DENIED
    stored = pad(client, VALUE, Mask.MAC_GENERATE)
    assert client.do(Get(unique_identifier=stored)).object == secret(VALUE)


@_VERSIONS
def test_a_pad_without_a_value_is_filled_by_the_server(client: Client, version: Version) -> None:
    """TC-OTP-5 after TC-OTP-SETUP-2: the same data twice, and both come back in the order of their encryption."""
    speaking = client.speaking(version)
    uid = filled(speaking)
    first, second = (encrypted(speaking, uid, b"sixteen bytes of") for _ in range(2))
    assert first != second
    assert speaking.do(Get(unique_identifier=uid)).object.key_block.key_value is None
    assert decrypted(speaking, uid, first) == decrypted(speaking, uid, second) == b"sixteen bytes of"
    assert not speaking.one(Decrypt(unique_identifier=uid, data=first)).ok
    third = encrypted(speaking, uid, b"more")
    speaking.do(Destroy(unique_identifier=filled(speaking, (Tag.DEACTIVATION_DATE, 2))))
    assert decrypted(speaking, uid, third) == b"more"


def test_a_pad_that_lies_elsewhere_cannot_be_used(client: Client) -> None:
    where = KeyValueLocation(
        key_value_location_value="safe 3", key_value_location_type=KeyValueLocationType.UNINTERPRETED_TEXT_STRING
    )
    uid = filled(client, (Tag.KEY_VALUE_LOCATION, where))
    assert client.refusal(Encrypt(unique_identifier=uid, data=b"x")) is R.KEY_VALUE_NOT_PRESENT


def test_what_waits_in_a_filled_pad_is_limited(client: Client) -> None:
    uid = filled(client)
    for _ in range(2):
        encrypted(client, uid, bytes(524_288))
    assert client.refusal(Encrypt(unique_identifier=uid, data=b"x")) is R.SERVER_LIMIT_EXCEEDED


def test_usage_limits_are_counted_too(client: Client) -> None:
    limits = UsageLimits(usage_limits_total=4, usage_limits_unit=UsageLimitsUnit.BYTE)
    uid = pad(client, VALUE, BOTH, (Tag.USAGE_LIMITS, limits))
    assert client.refusal(Encrypt(unique_identifier=uid, data=bytes(5))) is R.PERMISSION_DENIED
    assert encrypted(client, uid, bytes(4)) == VALUE[:4]  # the refused use took nothing of the pad


def test_a_pad_takes_data_alone(client: Client) -> None:
    uid = pad(client)
    for more in (
        {"iv_counter_nonce": bytes(16)},
        {"authenticated_encryption_additional_data": b"x"},
        {"cryptographic_parameters": CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.AES)},
    ):
        request = Encrypt(unique_identifier=uid, data=b"x", **more)
        assert client.refusal(request) is R.BAD_CRYPTOGRAPHIC_PARAMETERS
    mode = CryptographicParameters(block_cipher_mode=BlockCipherMode.CBC)
    assert not client.one(Encrypt(unique_identifier=uid, data=b"x", cryptographic_parameters=mode)).ok
    named = CryptographicParameters(cryptographic_algorithm=PAD)
    assert client.do(Encrypt(unique_identifier=uid, data=b"\0", cryptographic_parameters=named)).data == VALUE[:1]


def test_a_pad_neither_wraps_nor_derives(client: Client) -> None:
    """Either would use its bytes a second time."""
    mask = int(BOTH | Mask.WRAP_KEY | Mask.DERIVE_KEY)
    usable = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, mask), (Tag.ACTIVATION_DATE, 1))
    uid = client.register(symmetric(bytes(range(32)), PAD), ObjectType.SYMMETRIC_KEY, usable)
    other = client.register(symmetric(bytes(16)), ObjectType.SYMMETRIC_KEY, usable)
    wrapping = KeyWrappingSpecification(
        wrapping_method=WrappingMethod.ENCRYPT,
        encryption_key_information=EncryptionKeyInformation(
            unique_identifier=uid, cryptographic_parameters=CryptographicParameters(cryptographic_algorithm=PAD)
        ),
        encoding_option=EncodingOption.NO_ENCODING,
    )
    assert client.refusal(Get(unique_identifier=other, key_wrapping_specification=wrapping)) is R.FEATURE_NOT_SUPPORTED
    deriving = DeriveKey(
        object_type=ObjectType.SECRET_DATA,
        unique_identifier=[uid],
        derivation_method=DerivationMethod.ENCRYPT,
        derivation_parameters=DerivationParameters(derivation_data=[bytes(32)]),
        attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 256)),
    )
    assert client.refusal(deriving) is R.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS


def test_a_pad_is_used_in_parts(client: Client) -> None:
    uid = pad(client)
    first = client.do(Encrypt(unique_identifier=uid, data=bytes(2), init_indicator=True))
    last = client.do(
        Encrypt(unique_identifier=uid, data=bytes(4), correlation_value=first.correlation_value, final_indicator=True)
    )
    assert first.data + last.data == VALUE
    begun = client.do(Decrypt(unique_identifier=uid, data=VALUE[:5], init_indicator=True))
    ended = client.do(
        Decrypt(unique_identifier=uid, data=VALUE[5:], correlation_value=begun.correlation_value, final_indicator=True)
    )
    assert begun.data + ended.data == bytes(6)


def test_another_secret_encrypts_nothing(client: Client) -> None:
    uid = client.register(
        secret(),
        ObjectType.SECRET_DATA,
        attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(BOTH)), (Tag.ACTIVATION_DATE, 1)),
    )
    for request in (Encrypt(unique_identifier=uid, data=b"x"), Decrypt(unique_identifier=uid, data=b"x")):
        assert client.refusal(request) is R.INVALID_OBJECT_TYPE


def test_a_pad_that_is_a_key_is_rekeyed_with_fresh_bytes_from_the_beginning(client: Client) -> None:
    uid = client.create(given(BOTH, (Tag.CRYPTOGRAPHIC_LENGTH, 64)))
    old = encrypted(client, uid, bytes(8))
    new = str(client.do(Rekey(unique_identifier=uid)).unique_identifier)
    assert client.shown(new, _USED) == {}
    assert encrypted(client, new, bytes(8)) not in (old, bytes(8))
    assert decrypted(client, uid, old) == bytes(8)


def test_the_counters_are_the_servers_and_the_pad_its_owners(client: Client) -> None:
    uid = pad(client)
    encrypted(client, uid, bytes(3))
    names = client.speaking(V1_4).do(GetAttributeList(unique_identifier=uid)).attribute_reference
    assert VendorName("y", "Pad Bytes Erased") in names
    bob = Client(client.server, V2_1, BOB)
    assert bob.refusal(Encrypt(unique_identifier=uid, data=b"x")) is R.OBJECT_NOT_FOUND
