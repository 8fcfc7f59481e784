"""Encrypt, Decrypt, Sign, Signature Verify, MAC, MAC Verify: the good path in each version, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    HashingAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    PaddingMethod,
    ResultReason,
    ValidityIndicator,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.keys import PrivateKey, PublicKey, SymmetricKey
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_2, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import CBC, Client, aes, attributes, data, raw, struct, text
from tests.flows.objects import AES, EVERY_OBJECT, RSA, block, private_key, public_key, secret, symmetric
from tests.flows.requests import (
    Activate,
    Decrypt,
    Encrypt,
    Get,
    Mac,
    MacVerify,
    Sign,
    SignatureVerify,
    revoke,
)

R = ResultReason
USING = [version for version in VERSIONS if version >= V1_2]
GCM = CryptographicParameters(block_cipher_mode=BlockCipherMode.GCM, cryptographic_algorithm=AES, tag_length=16)
HMAC = CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA256)
PKCS1 = CryptographicParameters(
    cryptographic_algorithm=RSA, padding_method=PaddingMethod.PKCS1_V1_5, hashing_algorithm=HashingAlgorithm.SHA_256
)
_NOT_THERE = {False: R.ITEM_NOT_FOUND, True: R.OBJECT_NOT_FOUND}


def _registered(client: Client, kind: ObjectType, what: Any, mask: int) -> str:
    uid = client.register(what, kind, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, mask)))
    client.do(Activate(unique_identifier=uid))
    return uid


def _rsa(client: Client) -> tuple[str, str]:
    """The two keys of an RSA pair, each fit for everything."""
    every = int(Mask.SIGN | Mask.VERIFY | Mask.ENCRYPT | Mask.DECRYPT)
    return (
        _registered(client, ObjectType.PRIVATE_KEY, private_key(), every),
        _registered(client, ObjectType.PUBLIC_KEY, public_key(), every),
    )


@pytest.mark.parametrize("version", USING, ids=str)
def test_encrypt_and_decrypt_in_every_version(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = speaking.active()
    for parameters in (CBC, GCM):
        iv = None if parameters is CBC else bytes(12)
        sealed = speaking.do(
            Encrypt(unique_identifier=uid, cryptographic_parameters=parameters, data=b"plain", iv_counter_nonce=iv)
        )
        assert sealed.unique_identifier == uid
        opening = Decrypt(
            unique_identifier=uid,
            cryptographic_parameters=parameters,
            data=sealed.data,
            iv_counter_nonce=iv or sealed.iv_counter_nonce,
        )
        if version >= V1_4 and parameters is GCM:
            opening.authenticated_encryption_tag = sealed.authenticated_encryption_tag
        assert speaking.do(opening).data == b"plain"


@pytest.mark.parametrize("version", USING, ids=str)
def test_sign_and_verify_in_every_version(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    private, public = _rsa(speaking)
    signed = speaking.do(Sign(unique_identifier=private, cryptographic_parameters=PKCS1, data=b"text"))
    for content, expected in ((b"text", ValidityIndicator.VALID), (b"other", ValidityIndicator.INVALID)):
        verified = speaking.do(
            SignatureVerify(
                unique_identifier=public,
                cryptographic_parameters=PKCS1,
                data=content,
                signature_data=signed.signature_data,
            )
        )
        assert verified.validity_indicator is expected


@pytest.mark.parametrize("version", USING, ids=str)
def test_mac_and_verify_in_every_version(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    for kind, what in ((ObjectType.SYMMETRIC_KEY, symmetric()), (ObjectType.SECRET_DATA, secret())):
        uid = _registered(speaking, kind, what, int(Mask.MAC_GENERATE | Mask.MAC_VERIFY))
        made = speaking.do(Mac(unique_identifier=uid, cryptographic_parameters=HMAC, data=b"text"))
        for content, expected in ((b"text", ValidityIndicator.VALID), (b"other", ValidityIndicator.INVALID)):
            checked = speaking.do(
                MacVerify(unique_identifier=uid, cryptographic_parameters=HMAC, data=content, mac_data=made.mac_data)
            )
            assert checked.validity_indicator is expected


def test_before_1_2_the_server_uses_no_keys(client: Client) -> None:
    uid = text(Tag.UNIQUE_IDENTIFIER, client.active())
    for operation in (Operation.ENCRYPT, Operation.DECRYPT, Operation.SIGN, Operation.MAC):
        assert client.speaking(V1_0).refusal(raw(operation, uid, data(Tag.DATA, b"x"))) is R.OPERATION_NOT_SUPPORTED


_REQUESTS: dict[Operation, Any] = {
    Operation.ENCRYPT: lambda uid: Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b"x"),
    Operation.DECRYPT: lambda uid: Decrypt(
        unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(16), iv_counter_nonce=bytes(16)
    ),
    Operation.SIGN: lambda uid: Sign(unique_identifier=uid, cryptographic_parameters=PKCS1, data=b"x"),
    Operation.SIGNATURE_VERIFY: lambda uid: SignatureVerify(
        unique_identifier=uid, cryptographic_parameters=PKCS1, data=b"x", signature_data=bytes(256)
    ),
    Operation.MAC: lambda uid: Mac(unique_identifier=uid, cryptographic_parameters=HMAC, data=b"x"),
    Operation.MAC_VERIFY: lambda uid: MacVerify(
        unique_identifier=uid, cryptographic_parameters=HMAC, data=b"x", mac_data=bytes(32)
    ),
}
_KEY_FOR: dict[Operation, ObjectType] = {
    Operation.ENCRYPT: ObjectType.SYMMETRIC_KEY,
    Operation.DECRYPT: ObjectType.SYMMETRIC_KEY,
    Operation.SIGN: ObjectType.PRIVATE_KEY,
    Operation.SIGNATURE_VERIFY: ObjectType.PUBLIC_KEY,
    Operation.MAC: ObjectType.SYMMETRIC_KEY,
    Operation.MAC_VERIFY: ObjectType.SYMMETRIC_KEY,
}
_EVERY_BIT = 0x3FF
_PROCESSING = {Operation.DECRYPT, Operation.SIGNATURE_VERIFY, Operation.MAC_VERIFY}


@pytest.mark.parametrize("operation", _REQUESTS)
@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_no_such_key(client: Client, version: Version, operation: Operation) -> None:
    assert client.speaking(version).refusal(_REQUESTS[operation]("none")) is _NOT_THERE[version >= V2_0]


@pytest.mark.parametrize("operation", _REQUESTS)
@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_state_mask_and_type_of_the_key(client: Client, version: Version, operation: Operation) -> None:
    """1.4 §11.29 and the like say Permission Denied of all three; 2.1 tells them apart."""
    new = version >= V2_0
    speaking = client.speaking(version)
    kind, request = _KEY_FOR[operation], _REQUESTS[operation]
    every = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, _EVERY_BIT))
    sleeping = speaking.register(EVERY_OBJECT[kind](), kind, every)
    assert speaking.refusal(request(sleeping)) is (R.WRONG_KEY_LIFECYCLE_STATE if new else R.PERMISSION_DENIED)
    unfit = _registered(speaking, kind, EVERY_OBJECT[kind](), 0)
    reason = R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK if new else R.PERMISSION_DENIED
    assert speaking.refusal(request(unfit)) is reason
    opaque = _registered(speaking, ObjectType.OPAQUE_OBJECT, EVERY_OBJECT[ObjectType.OPAQUE_OBJECT](), _EVERY_BIT)
    assert speaking.refusal(request(opaque)) is (R.INVALID_OBJECT_TYPE if new else R.PERMISSION_DENIED)
    retired = _registered(speaking, kind, EVERY_OBJECT[kind](), _EVERY_BIT)
    speaking.do(revoke(retired))
    answer = speaking.one(request(retired))
    if operation in _PROCESSING:
        assert answer.reason not in (R.WRONG_KEY_LIFECYCLE_STATE, R.PERMISSION_DENIED)
    else:
        assert answer.reason is (R.WRONG_KEY_LIFECYCLE_STATE if new else R.PERMISSION_DENIED)


@pytest.mark.parametrize("operation", _REQUESTS)
def test_missing_data(client: Client, operation: Operation) -> None:
    kind = _KEY_FOR[operation]
    uid = _registered(client, kind, EVERY_OBJECT[kind](), _EVERY_BIT)
    request = _REQUESTS[operation](uid)
    request.data = None
    assert not client.one(request).ok


@pytest.mark.parametrize(
    "change",
    [
        {"data": b"not a whole block"},
        {"iv_counter_nonce": b"short"},
        {"iv_counter_nonce": None},
        {"data": bytes(16)},
    ],
    ids=["length", "iv length", "no iv", "padding"],
)
def test_what_decrypt_refuses(client: Client, change: dict[str, Any]) -> None:
    uid = client.active()
    request = Decrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(32), iv_counter_nonce=bytes(16))
    for name, value in change.items():
        setattr(request, name, value)
    for version in (V1_2, V2_1):
        answer = client.speaking(version).one(request)
        assert not answer.ok and answer.reason is not R.GENERAL_FAILURE


def test_a_wrong_tag_and_a_wrong_key_are_cryptographic_failures(client: Client) -> None:
    uid, other = client.active(), client.active()
    sealed = client.do(
        Encrypt(unique_identifier=uid, cryptographic_parameters=GCM, data=b"x", iv_counter_nonce=bytes(12))
    )
    good = {"cryptographic_parameters": GCM, "data": sealed.data, "iv_counter_nonce": bytes(12)}
    for wrong in (
        Decrypt(unique_identifier=uid, authenticated_encryption_tag=bytes(16), **good),
        Decrypt(unique_identifier=other, authenticated_encryption_tag=sealed.authenticated_encryption_tag, **good),
    ):
        assert client.refusal(wrong) is R.CRYPTOGRAPHIC_FAILURE


def test_parameters_that_nobody_serves(client: Client) -> None:
    uid = client.active()
    for mode in (BlockCipherMode.XTS, BlockCipherMode.X9_102_AESKW, None):
        odd = CryptographicParameters(block_cipher_mode=mode, cryptographic_algorithm=CryptographicAlgorithm.RC4)
        answer = client.one(Encrypt(unique_identifier=uid, cryptographic_parameters=odd, data=bytes(16)))
        assert not answer.ok and answer.reason is not R.GENERAL_FAILURE


def test_malformed_key_material_is_stored_and_refused_when_it_is_used(client: Client) -> None:
    speaking = client.speaking(V1_4)
    short = SymmetricKey(key_block=block(b"short", algorithm=AES, length=40))
    broken: list[tuple[ObjectType, Any, Operation]] = [
        (
            ObjectType.PRIVATE_KEY,
            PrivateKey(key_block=block(b"no DER", KeyFormatType.PKCS_8, RSA, 2048)),
            Operation.SIGN,
        ),
        (
            ObjectType.PUBLIC_KEY,
            PublicKey(key_block=block(b"no DER", KeyFormatType.X_509, RSA, 2048)),
            Operation.SIGNATURE_VERIFY,
        ),
        (
            ObjectType.SYMMETRIC_KEY,
            short,
            Operation.ENCRYPT,
        ),
    ]
    for kind, what, operation in broken:
        uid = _registered(speaking, kind, what, _EVERY_BIT)
        assert speaking.do(Get(unique_identifier=uid)).object == what
        answer = speaking.one(_REQUESTS[operation](uid))
        assert not answer.ok and answer.reason is not R.GENERAL_FAILURE, answer.message


def test_a_key_too_short_for_what_is_asked(client: Client) -> None:
    oaep = CryptographicParameters(
        cryptographic_algorithm=RSA, padding_method=PaddingMethod.OAEP, hashing_algorithm=HashingAlgorithm.SHA_512
    )
    _, public = _rsa(client)
    too_long = Encrypt(unique_identifier=public, cryptographic_parameters=oaep, data=bytes(200))
    answer = client.one(too_long)
    assert not answer.ok and answer.reason is not R.GENERAL_FAILURE


def test_conflicting_parameters(client: Client) -> None:
    """An algorithm that is not the key's."""
    uid = client.active(aes(256, 0x3FF))
    for algorithm in (CryptographicAlgorithm.RSA, CryptographicAlgorithm.DES3):
        odd = CryptographicParameters(
            block_cipher_mode=BlockCipherMode.CBC,
            padding_method=PaddingMethod.PKCS5,
            cryptographic_algorithm=algorithm,
            random_iv=True,
        )
        answer = client.one(Encrypt(unique_identifier=uid, cryptographic_parameters=odd, data=b"x"))
        assert not answer.ok and answer.reason is not R.GENERAL_FAILURE


@pytest.mark.parametrize("operation", _REQUESTS)
@pytest.mark.parametrize("version", [V1_2, V2_1], ids=str)
def test_fields_twice_of_the_wrong_type_and_unknown_values(
    client: Client, version: Version, operation: Operation
) -> None:
    speaking = client.speaking(version)
    uid = text(Tag.UNIQUE_IDENTIFIER, "x")
    twice = raw(operation, uid, data(Tag.DATA, b"a"), data(Tag.DATA, b"b"))
    typed = raw(operation, uid, text(Tag.DATA, "a"))
    valued = raw(operation, uid, struct(Tag.CRYPTOGRAPHIC_PARAMETERS, (int(Tag.BLOCK_CIPHER_MODE), 5, 0x777)))
    assert [speaking.refusal(each) for each in (twice, typed, valued)] == [
        R.INVALID_MESSAGE,
        R.INVALID_MESSAGE,
        R.INVALID_FIELD,
    ]


def test_a_signature_that_carries_its_data_gives_it_back(client: Client) -> None:
    """2.1 Table 338: "the OPTIONAL recovered data ... where data recovery from the signature is supported"."""
    private, public = _rsa(client)
    plain = CryptographicParameters(padding_method=PaddingMethod.PKCS1_V1_5)
    for how in (plain, None):
        asked = Sign(unique_identifier=private, cryptographic_parameters=how, digested_data=b"short data")
        signature = client.do(asked).signature_data
        request: dict[str, Any] = {"unique_identifier": public, "cryptographic_parameters": how}
        given = client.do(SignatureVerify(signature_data=signature, **request))
        assert (given.validity_indicator, given.data) == (ValidityIndicator.VALID, b"short data")
        given = client.do(SignatureVerify(signature_data=bytes(256), **request))
        assert (given.validity_indicator, given.data) == (ValidityIndicator.INVALID, None)
    request["cryptographic_parameters"] = PKCS1  # a digest is no data
    assert client.refusal(SignatureVerify(signature_data=signature, **request)) is R.INVALID_MESSAGE
