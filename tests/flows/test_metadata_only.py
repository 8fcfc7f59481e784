"""Objects whose value the server does not hold (1.2 §3.41, §3.42; 2.1 §4.27, §4.28): kept, found, told, never used."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    DerivationMethod,
    EncodingOption,
    HashingAlgorithm,
    KeyFormatType,
    KeyValueLocationType,
    ObjectType,
    ResultReason,
    RevocationReasonCode,
    SecretDataType,
    SplitKeyMethod,
    WrappingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.masks import StorageStatusMask
from kmip_server.spec.structures.attributes import KeyValueLocation
from kmip_server.spec.structures.keys import (
    EncryptionKeyInformation,
    KeyBlock,
    KeyWrappingSpecification,
    PrivateKey,
    PublicKey,
    SecretData,
    SymmetricKey,
)
from kmip_server.spec.structures.parameters import CryptographicParameters, DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_3, V1_4, V2_0, V2_1, Version
from tests.flows.client import CBC, Client, aes, attributes
from tests.flows.objects import symmetric
from tests.flows.requests import (
    Activate,
    AddAttribute,
    Archive,
    CreateSplitKey,
    Decrypt,
    DeriveKey,
    Destroy,
    Encrypt,
    Export,
    Get,
    Mac,
    MacVerify,
    ModifyAttribute,
    Recover,
    Rekey,
    RekeyKeyPair,
    Sign,
    revoke,
)

R = ResultReason
_EVERY = int(
    Mask.ENCRYPT | Mask.DECRYPT | Mask.MAC_GENERATE | Mask.MAC_VERIFY | Mask.DERIVE_KEY | Mask.WRAP_KEY | Mask.SIGN
)
WHERE = KeyValueLocation(
    key_value_location_value="HSM-13345", key_value_location_type=KeyValueLocationType.UNINTERPRETED_TEXT_STRING
)
_WITH = pytest.mark.parametrize("version", [V1_2, V1_3, V1_4, V2_0, V2_1], ids=str)


def _block(algorithm: CryptographicAlgorithm | None, length: int | None) -> KeyBlock:
    return KeyBlock(key_format_type=KeyFormatType.RAW, cryptographic_algorithm=algorithm, cryptographic_length=length)


def key_elsewhere() -> SymmetricKey:
    return SymmetricKey(key_block=_block(CryptographicAlgorithm.AES, 128))


ELSEWHERE: dict[ObjectType, Any] = {
    ObjectType.SYMMETRIC_KEY: key_elsewhere(),
    ObjectType.SECRET_DATA: SecretData(secret_data_type=SecretDataType.PASSWORD, key_block=_block(None, None)),
    ObjectType.PRIVATE_KEY: PrivateKey(key_block=_block(CryptographicAlgorithm.RSA, 2048)),
}


def kept(client: Client, kind: ObjectType = ObjectType.SYMMETRIC_KEY, *more: tuple[Any, Any]) -> str:
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, _EVERY), (Tag.KEY_VALUE_LOCATION, WHERE), *more)
    return client.register(ELSEWHERE[kind], kind, given)


@_WITH
@pytest.mark.parametrize("kind", ELSEWHERE, ids=lambda kind: kind.name)
def test_it_is_registered_told_found_and_handed_out_as_it_came(
    client: Client, kind: ObjectType, version: Version
) -> None:
    speaking = client.speaking(version)
    uid = kept(speaking, kind)
    tags = (Tag.KEY_VALUE_PRESENT, Tag.KEY_VALUE_LOCATION, Tag.DIGEST, Tag.ORIGINAL_CREATION_DATE)
    assert speaking.shown(uid, *tags) == {Tag.KEY_VALUE_PRESENT: [False], Tag.KEY_VALUE_LOCATION: [WHERE]}
    assert speaking.located((Tag.KEY_VALUE_PRESENT, False)) == [uid]
    assert speaking.located((Tag.KEY_VALUE_PRESENT, True)) == []
    assert speaking.located((Tag.KEY_VALUE_LOCATION, WHERE)) == [uid]
    assert speaking.do(Get(unique_identifier=uid)).object == ELSEWHERE[kind]
    if version >= V1_4:
        assert speaking.do(Export(unique_identifier=uid)).object == ELSEWHERE[kind]


@_WITH
def test_where_it_is_need_not_be_said_and_may_be_said_later(client: Client, version: Version) -> None:
    """ "Key Value Location ... MAY be specified"; Table 144: modifiable and deletable by the client."""
    speaking = client.speaking(version)
    uid = speaking.register(key_elsewhere(), ObjectType.SYMMETRIC_KEY, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12)))
    assert speaking.shown(uid, Tag.KEY_VALUE_PRESENT) == {Tag.KEY_VALUE_PRESENT: [False]}
    speaking.do(AddAttribute(unique_identifier=uid, new_attribute=attributes((Tag.KEY_VALUE_LOCATION, WHERE)).items[0]))
    assert speaking.shown(uid, Tag.KEY_VALUE_LOCATION) == {Tag.KEY_VALUE_LOCATION: [WHERE]}


@pytest.mark.parametrize("version", [V1_0, V1_1], ids=str)
def test_before_1_2_a_key_has_a_value(client: Client, version: Version) -> None:
    """1.0, 1.1 §2.1.3: Key Value, REQUIRED Yes."""
    speaking = client.speaking(version)
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12))
    with pytest.raises(AssertionError):
        speaking.register(key_elsewhere(), ObjectType.SYMMETRIC_KEY, given)
    assert client.server.store.objects == {}


def test_a_public_key_without_a_value_came_with_2_0(client: Client) -> None:
    """1.2 §3.41: "does not apply to Templates, Certificates, Public Keys or Opaque Objects"; 2.0 says no such thing."""
    what = PublicKey(key_block=_block(CryptographicAlgorithm.RSA, 2048))
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.VERIFY)))
    with pytest.raises(AssertionError):
        client.speaking(V1_4).register(what, ObjectType.PUBLIC_KEY, given)
    uid = client.register(what, ObjectType.PUBLIC_KEY, given)
    assert client.shown(uid, Tag.KEY_VALUE_PRESENT) == {Tag.KEY_VALUE_PRESENT: [False]}


@_WITH
def test_key_value_present_is_the_servers(client: Client, version: Version) -> None:
    """ "It SHALL NOT be specified by the client in a Register request", nor "modified by either"."""
    speaking = client.speaking(version)
    with pytest.raises(AssertionError):
        kept(speaking, ObjectType.SYMMETRIC_KEY, (Tag.KEY_VALUE_PRESENT, False))
    uid = kept(speaking)
    present = attributes((Tag.KEY_VALUE_PRESENT, True)).items[0]
    assert not speaking.one(ModifyAttribute(unique_identifier=uid, new_attribute=present)).ok
    other = speaking.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12)))
    assert speaking.shown(other, Tag.KEY_VALUE_PRESENT) == {}
    assert not speaking.one(AddAttribute(unique_identifier=other, new_attribute=present)).ok


_HMAC = CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA256)


def _uses(uid: str) -> dict[str, Any]:
    """Every operation that needs the value of a symmetric key."""
    return {
        "Encrypt": Encrypt(unique_identifier=uid, data=b"x", cryptographic_parameters=CBC),
        "Decrypt": Decrypt(
            unique_identifier=uid, data=bytes(16), iv_counter_nonce=bytes(16), cryptographic_parameters=CBC
        ),
        "MAC": Mac(unique_identifier=uid, data=b"x", cryptographic_parameters=_HMAC),
        "MAC Verify": MacVerify(unique_identifier=uid, data=b"x", mac_data=bytes(32), cryptographic_parameters=_HMAC),
        "Derive Key": DeriveKey(
            object_type=ObjectType.SYMMETRIC_KEY,
            unique_identifier=[uid],
            derivation_method=DerivationMethod.HASH,
            derivation_parameters=DerivationParameters(
                cryptographic_parameters=CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
            ),
            attributes=aes(128),
        ),
        "Create Split Key": CreateSplitKey(
            object_type=ObjectType.SPLIT_KEY,
            unique_identifier=uid,
            split_key_parts=2,
            split_key_threshold=2,
            split_key_method=SplitKeyMethod.XOR,
            attributes=attributes(),
        ),
        "Re-key": Rekey(unique_identifier=uid),
    }


@_WITH
@pytest.mark.parametrize("name", _uses(""))
def test_what_needs_the_value_is_refused_with_the_reason(client: Client, name: str, version: Version) -> None:
    """ "A meta data only object. The key value is not present on the server" (2.1 §11.46); 1.2 §11 the same."""
    speaking = client.speaking(version)
    uid = kept(speaking)
    speaking.do(Activate(unique_identifier=uid))
    count = len(client.server.store.objects)
    assert speaking.refusal(_uses(uid)[name]) is R.KEY_VALUE_NOT_PRESENT
    assert len(client.server.store.objects) == count


@_WITH
def test_so_it_is_with_a_private_key(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = kept(speaking, ObjectType.PRIVATE_KEY)
    speaking.do(Activate(unique_identifier=uid))
    how = CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
    for request in (
        Sign(unique_identifier=uid, data=b"x", cryptographic_parameters=how),
        RekeyKeyPair(private_key_unique_identifier=uid),
    ):
        assert speaking.refusal(request) is R.KEY_VALUE_NOT_PRESENT


def _wrapping(uid: str) -> KeyWrappingSpecification:
    return KeyWrappingSpecification(
        wrapping_method=WrappingMethod.ENCRYPT,
        encryption_key_information=EncryptionKeyInformation(unique_identifier=uid),
        encoding_option=EncodingOption.NO_ENCODING,
    )


def test_it_neither_wraps_nor_is_wrapped(client: Client) -> None:
    elsewhere, here = kept(client), client.active(aes(256))
    client.do(Activate(unique_identifier=elsewhere))
    for uid, wrapper in ((elsewhere, here), (here, elsewhere)):
        asked = Get(unique_identifier=uid, key_wrapping_specification=_wrapping(wrapper))
        assert client.refusal(asked) is R.KEY_VALUE_NOT_PRESENT


@_WITH
def test_it_has_a_whole_life(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = kept(speaking)
    speaking.do(Archive(unique_identifier=uid))
    archived = int(StorageStatusMask.ARCHIVAL_STORAGE)
    assert speaking.located((Tag.KEY_VALUE_PRESENT, False), storage_status_mask=archived) == [uid]
    assert speaking.refusal(Get(unique_identifier=uid)) is R.OBJECT_ARCHIVED
    speaking.do(Recover(unique_identifier=uid))
    speaking.do(Activate(unique_identifier=uid))
    speaking.do(revoke(uid, RevocationReasonCode.KEY_COMPROMISE))
    speaking.do(Destroy(unique_identifier=uid))
    assert not speaking.one(Get(unique_identifier=uid)).ok
    assert speaking.shown(uid, Tag.KEY_VALUE_LOCATION, Tag.KEY_VALUE_PRESENT) == {
        Tag.KEY_VALUE_LOCATION: [WHERE],
        Tag.KEY_VALUE_PRESENT: [False],
    }
