"""Usage Limits of every operation that applies protection, by bytes and by objects (2.1 §4.59)."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.enums import BlockCipherMode as Mode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import (
    DerivationMethod,
    EncodingOption,
    HashingAlgorithm,
    ObjectType,
    PaddingMethod,
    ResultReason,
    UsageLimitsUnit,
    WrappingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.structures.keys import EncryptionKeyInformation, KeyWrappingSpecification
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters
from kmip_server.spec.structures.parameters import DerivationParameters
from kmip_server.spec.tags import Tag
from tests.flows import objects
from tests.flows.client import CBC, Client, attributes
from tests.flows.requests import Decrypt, DeriveKey, Encrypt, Get, Mac, MacVerify, Sign, SignatureVerify

R = ResultReason
BYTE, OBJECT = UsageLimitsUnit.BYTE, UsageLimitsUnit.OBJECT
PKCS1 = Parameters(padding_method=PaddingMethod.PKCS1_V1_5, hashing_algorithm=HashingAlgorithm.SHA_256)
_EVERY = int(
    Mask.ENCRYPT
    | Mask.DECRYPT
    | Mask.SIGN
    | Mask.VERIFY
    | Mask.MAC_GENERATE
    | Mask.MAC_VERIFY
    | Mask.WRAP_KEY
    | Mask.DERIVE_KEY
)


def limited(client: Client, unit: UsageLimitsUnit, total: int, private: bool = False) -> str:
    limits = UsageLimits(usage_limits_total=total, usage_limits_count=0, usage_limits_unit=unit)
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, _EVERY), (Tag.ACTIVATION_DATE, 0), (Tag.USAGE_LIMITS, limits))
    if private:
        return client.register(objects.private_key(), ObjectType.PRIVATE_KEY, given)
    return client.register(objects.symmetric(), ObjectType.SYMMETRIC_KEY, given)


def left(client: Client, uid: str) -> int:
    return int(client.shown(uid, Tag.USAGE_LIMITS)[Tag.USAGE_LIMITS][0].usage_limits_count)


def wrapping(uid: str) -> KeyWrappingSpecification:
    return KeyWrappingSpecification(
        wrapping_method=WrappingMethod.ENCRYPT,
        encryption_key_information=EncryptionKeyInformation(
            unique_identifier=uid, cryptographic_parameters=Parameters(block_cipher_mode=Mode.NISTKEYWRAP)
        ),
        encoding_option=EncodingOption.NO_ENCODING,
    )


def deriving(uid: str, method: DerivationMethod = DerivationMethod.HMAC) -> DeriveKey:
    return DeriveKey(
        object_type=ObjectType.SECRET_DATA,
        unique_identifier=[uid],
        derivation_method=method,
        derivation_parameters=DerivationParameters(
            cryptographic_parameters=Parameters(hashing_algorithm=HashingAlgorithm.SHA_256), derivation_data=[b"data"]
        ),
        attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 128)),
    )


# What applies protection to 16 bytes, and the same in a way that must fail.
HMAC = Parameters(cryptographic_algorithm=Algorithm.HMAC_SHA256)
GOOD: dict[str, Any] = {
    "encrypt": lambda uid, other: Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(16)),
    "sign": lambda uid, other: Sign(unique_identifier=uid, cryptographic_parameters=PKCS1, data=bytes(16)),
    "mac": lambda uid, other: Mac(unique_identifier=uid, cryptographic_parameters=HMAC, data=bytes(16)),
    "derive": lambda uid, other: deriving(uid),
    "wrap": lambda uid, other: Get(unique_identifier=other, key_wrapping_specification=wrapping(uid)),
}
XTS = Parameters(block_cipher_mode=Mode.OFB)
BAD: dict[str, Any] = {
    "encrypt": lambda uid, other: Encrypt(unique_identifier=uid, cryptographic_parameters=XTS, data=bytes(16)),
    "sign": lambda uid, other: Sign(unique_identifier=uid, cryptographic_parameters=PKCS1, digested_data=bytes(16)),
    "mac": lambda uid, other: Mac(unique_identifier=uid, cryptographic_parameters=XTS, data=bytes(16)),
    "derive": lambda uid, other: deriving(uid, DerivationMethod.PBKDF2),
    "wrap": lambda uid, other: Get(unique_identifier="none", key_wrapping_specification=wrapping(uid)),
}


@pytest.mark.parametrize("unit", [BYTE, OBJECT])
@pytest.mark.parametrize("name", GOOD)
def test_a_use_counts_once_and_a_refused_one_not_at_all(client: Client, name: str, unit: UsageLimitsUnit) -> None:
    each = 16 if unit is BYTE else 1
    uid = limited(client, unit, 2 * each, private=name == "sign")
    plain = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 0))
    other = client.register(objects.symmetric(bytes(16)), ObjectType.SYMMETRIC_KEY, plain)
    assert not client.one(BAD[name](uid, other)).ok
    assert left(client, uid) == 2 * each
    for use in (1, 0):
        client.do(GOOD[name](uid, other))
        assert left(client, uid) == use * each
    assert client.refusal(GOOD[name](uid, other)) in (R.PERMISSION_DENIED, R.USAGE_LIMIT_EXCEEDED)
    assert left(client, uid) == 0


def test_processing_is_not_limited(client: Client) -> None:
    uid = limited(client, OBJECT, 2)
    sealed = client.do(GOOD["encrypt"](uid, ""))
    code = client.do(GOOD["mac"](uid, "")).mac_data
    assert left(client, uid) == 0
    for _ in range(3):
        opened = Decrypt(
            unique_identifier=uid,
            cryptographic_parameters=CBC,
            data=sealed.data,
            iv_counter_nonce=sealed.iv_counter_nonce,
        )
        assert client.do(opened).data == bytes(16)
        asked = MacVerify(unique_identifier=uid, cryptographic_parameters=HMAC, data=bytes(16), mac_data=code)
        assert client.do(asked).validity_indicator.name == "VALID"


def test_nothing_encrypted_is_one_object_and_no_byte(client: Client) -> None:
    by_object, by_byte = limited(client, OBJECT, 1), limited(client, BYTE, 1)
    for uid, after in ((by_object, 0), (by_byte, 1)):
        client.do(Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b""))
        assert left(client, uid) == after


@pytest.mark.parametrize(("unit", "spent"), [(BYTE, [10, 20, 30, 40]), (OBJECT, [1, 2, 2, 2])])
def test_streams_side_by_side_count_each(client: Client, unit: UsageLimitsUnit, spent: list[int]) -> None:
    """The first part of each counts as an object, every part its bytes; a part that is refused counts neither."""
    total = 40 if unit is BYTE else 2
    uid = limited(client, unit, total)
    given: dict[str, Any] = {"unique_identifier": uid, "cryptographic_parameters": CBC}
    values = []
    for use in range(2):
        answer = client.do(Encrypt(data=bytes(10), init_indicator=True, **given))
        values.append((answer.correlation_value, answer.iv_counter_nonce))
        assert left(client, uid) == total - spent[use]
    for use, (value, _) in enumerate(values, 2):
        client.do(Encrypt(unique_identifier=uid, data=bytes(10), correlation_value=value))
        assert left(client, uid) == total - spent[use]
    beyond = Encrypt(data=bytes(10), init_indicator=True, **given)
    assert client.refusal(beyond) is R.PERMISSION_DENIED
    if unit is BYTE:
        more = Encrypt(unique_identifier=uid, data=b"x", correlation_value=values[0][0])
        assert client.refusal(more) is R.PERMISSION_DENIED
    for value, _ in values:  # what was paid for can be finished
        client.do(Encrypt(unique_identifier=uid, data=b"", correlation_value=value, final_indicator=True))
    assert left(client, uid) == total - spent[-1]


def test_a_signature_that_does_not_hold_is_an_answer(client: Client) -> None:
    """2.1 Tables 263 and 338: "An Enumeration object indicating whether ... is valid, invalid, or unknown"."""
    uid = limited(client, OBJECT, 9)
    for code in (b"", b"x", bytes(32), bytes(33), bytes(1000)):
        asked = MacVerify(unique_identifier=uid, cryptographic_parameters=HMAC, data=b"data", mac_data=code)
        assert client.do(asked).validity_indicator.name == "INVALID"
    mask = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, _EVERY), (Tag.ACTIVATION_DATE, 0))
    public = client.register(objects.public_key(), ObjectType.PUBLIC_KEY, mask)
    for signature in (b"", b"x", bytes(255), bytes(256), bytes(257), b"\xff" * 256):
        verify = SignatureVerify(
            unique_identifier=public, cryptographic_parameters=PKCS1, data=b"data", signature_data=signature
        )
        assert client.do(verify).validity_indicator.name == "INVALID"
