"""Keys that leave wrapped and come back: every Wrapping Method and cipher, both ways (1.4 §2.1.5, §2.1.6)."""

from __future__ import annotations

import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap_with_padding

from kmip_server.spec.attribute_values import AttributeItem, Attributes
from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    DigitalSignatureAlgorithm,
    EncodingOption,
    HashingAlgorithm,
    KeyWrapType,
    LinkType,
    ObjectType,
    PaddingMethod,
    ResultReason,
    WrappingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.attributes import Link
from kmip_server.spec.structures.keys import (
    EncryptionKeyInformation,
    KeyWrappingSpecification,
    MacSignatureKeyInformation,
)
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0, V2_1, Version
from tests.flows.client import Client, attributes, custom, name
from tests.flows.objects import EVERY_OBJECT, KEY_BYTES, private_key, public_key, secret, symmetric
from tests.flows.requests import Get, revoke

R = ResultReason
MASK, ACTIVE = Tag.CRYPTOGRAPHIC_USAGE_MASK, (Tag.ACTIVATION_DATE, 1)
KEK, MAC_KEY = bytes(range(32)), b"m" * 32
GCM = CryptographicParameters(block_cipher_mode=BlockCipherMode.GCM, tag_length=16)
PADDED = CryptographicParameters(block_cipher_mode=BlockCipherMode.AESKEYWRAPPADDING)
OAEP = CryptographicParameters(padding_method=PaddingMethod.OAEP, hashing_algorithm=HashingAlgorithm.SHA_256)
RSA_SHA_256 = CryptographicParameters(digital_signature_algorithm=DigitalSignatureAlgorithm.SHA_256_WITH_RSA_ENCRYPTION)
METHODS = (
    WrappingMethod.MAC_SIGN,
    WrappingMethod.ENCRYPT_THEN_MAC_SIGN,
    WrappingMethod.MAC_SIGN_THEN_ENCRYPT,
)


def kek(client: Client, mask: int = Mask.WRAP_KEY | Mask.UNWRAP_KEY, *more: tuple[Any, Any]) -> str:
    return client.register(symmetric(KEK), ObjectType.SYMMETRIC_KEY, attributes((MASK, int(mask)), ACTIVE, *more))


def mac_key(client: Client, mask: int = Mask.MAC_GENERATE | Mask.MAC_VERIFY) -> str:
    what = symmetric(MAC_KEY, CryptographicAlgorithm.HMAC_SHA256)
    return client.register(what, ObjectType.SYMMETRIC_KEY, attributes((MASK, int(mask)), ACTIVE))


def pair(client: Client, private: int, public: int) -> tuple[str, str]:
    """An RSA pair whose halves know each other."""
    half = client.register(public_key(), ObjectType.PUBLIC_KEY, attributes((MASK, int(public)), ACTIVE))
    to = Link(link_type=LinkType.PUBLIC_KEY_LINK, linked_object_identifier=half)
    given = attributes((MASK, int(private)), ACTIVE, (Tag.LINK, to))
    return client.register(private_key(), ObjectType.PRIVATE_KEY, given), half


def how(
    method: WrappingMethod = WrappingMethod.ENCRYPT,
    encrypting: str | None = None,
    with_: CryptographicParameters | None = None,
    signing: str | None = None,
    by: CryptographicParameters | None = None,
    option: EncodingOption | None = EncodingOption.NO_ENCODING,
    names: tuple[str, ...] = (),
) -> KeyWrappingSpecification:
    return KeyWrappingSpecification(
        wrapping_method=method,
        encryption_key_information=None
        if encrypting is None
        else EncryptionKeyInformation(unique_identifier=encrypting, cryptographic_parameters=with_),
        mac_signature_key_information=None
        if signing is None
        else MacSignatureKeyInformation(unique_identifier=signing, cryptographic_parameters=by),
        attribute_name=list(names),
        encoding_option=option,
    )


def wrapped(client: Client, uid: str, specification: KeyWrappingSpecification) -> Any:
    return client.do(Get(unique_identifier=uid, key_wrapping_specification=specification)).object


def refusal(client: Client, uid: str, specification: KeyWrappingSpecification) -> Any:
    return client.refusal(Get(unique_identifier=uid, key_wrapping_specification=specification))


def back(client: Client, what: Any, kind: ObjectType = ObjectType.SYMMETRIC_KEY) -> Any:
    """Register what came wrapped, and have the server unwrap it."""
    uid = client.register(what, kind)
    return client.one(Get(unique_identifier=uid, key_wrap_type=KeyWrapType.NOT_WRAPPED))


def plain_of(answer: Any) -> bytes:
    assert answer.ok, answer.message
    return bytes(answer.payload.object.key_block.key_value.key_material)


# --- encryption ------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_4, V2_0, V2_1], ids=str)
@pytest.mark.parametrize("option", [None, EncodingOption.NO_ENCODING, EncodingOption.TTLV_ENCODING])
@pytest.mark.parametrize("parameters", [None, PADDED, GCM], ids=["RFC 3394", "RFC 5649", "GCM"])
def test_there_and_back(
    client: Client, version: Version, option: EncodingOption | None, parameters: CryptographicParameters | None
) -> None:
    client = client.speaking(version)
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    out = wrapped(client, uid, how(encrypting=kek(client), with_=parameters, option=option))
    assert KEY_BYTES not in out.key_block.key_value
    assert plain_of(back(client, out)) == KEY_BYTES


def test_others_can_unwrap_it(client: Client) -> None:
    """By the library, without this server."""
    uid, key = client.register(secret(b"odd length"), ObjectType.SECRET_DATA), kek(client)
    out = wrapped(client, uid, how(encrypting=key, with_=PADDED)).key_block
    assert aes_key_unwrap_with_padding(KEK, out.key_value) == b"odd length"
    out = wrapped(client, uid, how(encrypting=key, with_=GCM)).key_block
    assert AESGCM(KEK).decrypt(out.key_wrapping_data.iv_counter_nonce, out.key_value, None) == b"odd length"


@pytest.mark.parametrize("kind", [ObjectType.SECRET_DATA, ObjectType.PRIVATE_KEY, ObjectType.SPLIT_KEY])
def test_every_key_can_leave_wrapped(client: Client, kind: ObjectType) -> None:
    made = EVERY_OBJECT[kind]()
    uid = client.register(made, kind)
    out = wrapped(client, uid, how(encrypting=kek(client), option=None, with_=PADDED))
    answer = back(client, out, kind)
    assert plain_of(answer) == made.key_block.key_value.key_material


def test_rsa_wraps_with_the_public_and_unwraps_with_the_private_key(client: Client) -> None:
    private, public = pair(client, Mask.UNWRAP_KEY, Mask.WRAP_KEY)
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    out = wrapped(client, uid, how(encrypting=public, with_=OAEP))
    out.key_block.key_wrapping_data.encryption_key_information.unique_identifier = private
    assert plain_of(back(client, out)) == KEY_BYTES


def test_the_keys_own_parameters_decide(client: Client) -> None:
    """2.1 §7.18: what is asked must match one of the key's; nothing asked stands for the first."""
    key = kek(client, Mask.WRAP_KEY | Mask.UNWRAP_KEY, (Tag.CRYPTOGRAPHIC_PARAMETERS, PADDED))
    uid = client.register(secret(b"odd length"), ObjectType.SECRET_DATA)
    out = wrapped(client, uid, how(encrypting=key)).key_block
    assert aes_key_unwrap_with_padding(KEK, out.key_value) == b"odd length"
    assert refusal(client, uid, how(encrypting=key, with_=GCM)) is R.BAD_CRYPTOGRAPHIC_PARAMETERS
    assert refusal(client.speaking(V1_4), uid, how(encrypting=key, with_=GCM)) is R.ITEM_NOT_FOUND


# --- attributes wrapped with the key ---------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_attributes_are_wrapped_with_the_key(client: Client, version: Version) -> None:
    client = client.speaking(version)
    given = Attributes([AttributeItem(MASK, 12), AttributeItem(Tag.NAME, name("n")), custom("hello")])
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, given)
    names = ("Name", "Cryptographic Usage Mask", "x-note", "Contact Information")
    out = wrapped(client, uid, how(encrypting=kek(client), option=None, names=names))
    value = back(client, out).payload.object.key_block.key_value
    assert value.key_material == KEY_BYTES
    inside = [(item.key, item.value) for item in value.attributes.items]
    assert (MASK, 12) in inside and (Tag.NAME, name("n")) in inside
    assert len(inside) == 3  # the vendor's own one too; what the object lacks is left out
    without = how(encrypting=kek(client), option=EncodingOption.NO_ENCODING, names=names)
    assert refusal(client, uid, without) is R.ENCODING_OPTION_ERROR


# --- codes and signatures --------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("option", [None, EncodingOption.NO_ENCODING])
def test_a_code_over_a_key_is_made_and_verified(
    client: Client, version: Version, method: WrappingMethod, option: EncodingOption | None
) -> None:
    client = client.speaking(version)
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    out = wrapped(client, uid, how(method, kek(client), None, mac_key(client), option=option))
    data = out.key_block.key_wrapping_data
    if method is WrappingMethod.ENCRYPT_THEN_MAC_SIGN:
        assert data.mac_signature == hmac.digest(MAC_KEY, out.key_block.key_value, "sha256")
    elif option is EncodingOption.NO_ENCODING:
        assert data.mac_signature == hmac.digest(MAC_KEY, KEY_BYTES, "sha256")
    assert plain_of(back(client, out)) == KEY_BYTES
    broken = wrapped(client, uid, how(method, kek(client), None, mac_key(client), option=option))
    broken.key_block.key_wrapping_data.mac_signature = bytes(32)
    assert back(client, broken).reason is R.CRYPTOGRAPHIC_FAILURE


@pytest.mark.parametrize("method", METHODS)
def test_a_signature_over_a_key_is_made_and_verified(client: Client, method: WrappingMethod) -> None:
    private, public = pair(client, Mask.SIGN, Mask.VERIFY)
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    for named in (private, public):
        out = wrapped(client, uid, how(method, kek(client), None, private, RSA_SHA_256))
        out.key_block.key_wrapping_data.mac_signature_key_information.unique_identifier = named
        assert plain_of(back(client, out)) == KEY_BYTES
    signature = bytearray(out.key_block.key_wrapping_data.mac_signature)
    signature[-1] ^= 1
    out.key_block.key_wrapping_data.mac_signature = bytes(signature)
    assert back(client, out).reason is R.CRYPTOGRAPHIC_FAILURE


def test_the_other_keys_must_be_for_it(client: Client) -> None:
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    wrong = R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK
    method = WrappingMethod.ENCRYPT_THEN_MAC_SIGN
    idle, _ = pair(client, Mask.DECRYPT, Mask.VERIFY)
    assert refusal(client, uid, how(method, kek(client, Mask.ENCRYPT), None, mac_key(client))) is wrong
    assert refusal(client, uid, how(method, kek(client), None, mac_key(client, Mask.ENCRYPT))) is wrong
    assert refusal(client, uid, how(method, kek(client), None, idle, RSA_SHA_256)) is wrong
    assert refusal(client, uid, how(method, kek(client))) is R.INVALID_FIELD
    assert refusal(client, uid, how(method, None, None, mac_key(client))) is R.INVALID_FIELD
    key = mac_key(client, Mask.MAC_GENERATE)
    assert back(client, wrapped(client, uid, how(method, kek(client), None, key))).reason is wrong
    key = mac_key(client)
    out = wrapped(client, uid, how(method, kek(client), None, key))
    client.do(revoke(key))
    assert plain_of(back(client, out)) == KEY_BYTES  # verifying goes on after deactivation
    assert refusal(client, uid, how(method, kek(client), None, key)) is R.WRONG_KEY_LIFECYCLE_STATE
    alone = client.register(private_key(), ObjectType.PRIVATE_KEY, attributes((MASK, int(Mask.SIGN)), ACTIVE))
    out = wrapped(client, uid, how(method, kek(client), None, alone, RSA_SHA_256))
    assert back(client, out).reason is R.WRAPPING_OBJECT_NOT_FOUND


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_tr_31_is_refused(client: Client, version: Version) -> None:
    client = client.speaking(version)
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    assert refusal(client, uid, how(WrappingMethod.TR_31, kek(client))) is R.FEATURE_NOT_SUPPORTED
    out = wrapped(client, uid, how(encrypting=kek(client)))
    out.key_block.key_wrapping_data.wrapping_method = WrappingMethod.TR_31
    unknown = R.KEY_WRAP_TYPE_NOT_SUPPORTED if version >= V2_0 else R.FEATURE_NOT_SUPPORTED
    assert back(client, out).reason is unknown


# --- links -----------------------------------------------------------------------------------------


def test_a_wrapped_object_points_at_its_wrapping_key(client: Client) -> None:
    """2.1 §6.1.43; 1.x has no such link."""
    key, uid = kek(client), client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    out = wrapped(client, uid, how(encrypting=key))
    kept = client.register(out, ObjectType.SYMMETRIC_KEY)
    expected = Link(link_type=LinkType.WRAPPING_KEY_LINK, linked_object_identifier=key)
    assert client.shown(kept, Tag.LINK) == {Tag.LINK: [expected]}
    older = client.speaking(V1_4)
    assert Tag.LINK not in older.shown(older.register(out, ObjectType.SYMMETRIC_KEY))


def test_the_encoding_of_a_private_key_is_no_key_of_hmac(client: Client) -> None:
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    private, _ = pair(client, int(Mask.SIGN), int(Mask.VERIFY))
    by = CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA256)
    asked = how(WrappingMethod.MAC_SIGN, signing=private, by=by)
    assert refusal(client, uid, asked) is R.BAD_CRYPTOGRAPHIC_PARAMETERS
