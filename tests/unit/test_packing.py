"""What the database holds: attributes with their indices, forms without secrets, key material for sealing."""

from __future__ import annotations

import pytest

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.errors import InvalidMessage
from kmip_server.packing import WireCodec
from kmip_server.spec.attribute_values import AnyValue, VendorName
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    HashingAlgorithm,
    KeyFormatType,
    NameType,
    State,
    WrappingMethod,
)
from kmip_server.spec.structures.attributes import Digest, Name
from kmip_server.spec.structures.keys import (
    KeyBlock,
    KeyValue,
    KeyWrappingData,
    SymmetricKey,
    TransparentKeyMaterial,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_4, V2_1, V3_0, Version
from kmip_server.wire import ttlv

CODEC = WireCodec()
UNKNOWN_STATE = State(0x7FFFFFFF)


def name(text: str) -> Name:
    return Name(name_value=text, name_type=NameType.UNINTERPRETED_TEXT_STRING)


def form_of(length: int = 256, algorithm: CryptographicAlgorithm = CryptographicAlgorithm.AES) -> SymmetricKey:
    return SymmetricKey(
        key_block=KeyBlock(
            key_format_type=KeyFormatType.RAW,
            key_value=KeyValue(key_material=b""),
            cryptographic_algorithm=algorithm,
            cryptographic_length=length,
        )
    )


# --- attributes -----------------------------------------------------------------------------------------


def test_attributes_of_every_sort_come_back() -> None:
    attributes = AttributeMap()
    attributes.put(Tag.STATE, State.ACTIVE)
    attributes.put(Tag.CRYPTOGRAPHIC_USAGE_MASK, 12)
    attributes.put(Tag.INITIAL_DATE, -1)
    attributes.put(Tag.SENSITIVE, False)
    attributes.put(Tag.COMMENT, "Grüße")
    attributes.add(Tag.DIGEST, Digest(hashing_algorithm=HashingAlgorithm.SHA_256, digest_value=b"d" * 32))
    back = CODEC.unpack(CODEC.pack(attributes))
    assert back == attributes
    assert list(back) == list(attributes)
    assert back.one(Tag.STATE) is State.ACTIVE


def test_indices_with_gaps_come_back() -> None:
    attributes = AttributeMap()
    for text in ("a", "b", "c", "d"):
        attributes.add(Tag.NAME, name(text))
    attributes.remove(Tag.NAME, 0)
    attributes.remove(Tag.NAME, 2)
    back = CODEC.unpack(CODEC.pack(attributes))
    assert [(each.index, each.value.name_value) for each in back.instances(Tag.NAME)] == [(1, "b"), (3, "d")]
    assert back.add(Tag.NAME, name("e")) == 4


def test_vendor_attributes_come_back_with_their_types_and_indices() -> None:
    attributes = AttributeMap()
    key = VendorName("x", "colour")
    for value in (AnyValue(ItemType.TEXT_STRING, "red"), AnyValue(ItemType.INTEGER, 7)):
        attributes.add(key, value)
    attributes.add(VendorName("acme", "colour"), AnyValue(ItemType.STRUCTURE, [(Tag.COMMENT, 7, "inside")]))
    attributes.remove(key, 0)
    back = CODEC.unpack(CODEC.pack(attributes))
    assert back == attributes
    assert back.instances(key)[0].index == 1


def test_what_is_packed_is_kmip_that_any_reader_shows() -> None:
    attributes = AttributeMap()
    attributes.put(Tag.STATE, State.ACTIVE)
    assert ttlv.parse(CODEC.pack(attributes)) == (Tag.ATTRIBUTES, 1, [(Tag.STATE, ItemType.ENUMERATION, State.ACTIVE)])


def test_no_attributes_are_an_empty_structure() -> None:
    assert CODEC.unpack(CODEC.pack(AttributeMap())) == AttributeMap()


def test_a_value_that_cannot_be_written_is_an_error_and_never_left_out() -> None:
    attributes = AttributeMap()
    attributes.put(Tag.STATE, UNKNOWN_STATE)
    with pytest.raises(ValueError, match="cannot be stored"):
        CODEC.pack(attributes)


def test_a_change_of_what_was_unpacked_does_not_show_in_the_next() -> None:
    attributes = AttributeMap()
    attributes.add(Tag.NAME, name("kept"))
    packed = CODEC.pack(attributes)
    CODEC.unpack(packed).one(Tag.NAME).name_value = "changed"
    assert CODEC.unpack(packed).one(Tag.NAME).name_value == "kept"


# --- forms ----------------------------------------------------------------------------------------------


def test_a_form_comes_back() -> None:
    assert CODEC.unpack_object(CODEC.pack_object(form_of())) == form_of()


def test_a_secret_filled_into_a_form_is_in_no_other() -> None:
    packed = CODEC.pack_object(form_of())
    filled = CODEC.unpack_object(packed)
    assert isinstance(filled, SymmetricKey)
    assert isinstance(filled.key_block.key_value, KeyValue)
    filled.key_block.key_value.key_material = b"canary"
    filled.key_block.cryptographic_algorithm = CryptographicAlgorithm.DES
    filled.key_block.key_wrapping_data = KeyWrappingData(wrapping_method=WrappingMethod.ENCRYPT)
    assert CODEC.unpack_object(packed) == form_of()
    assert b"canary" not in repr(CODEC._forms).encode()


def test_forms_are_remembered_in_bounded_number_and_size() -> None:
    codec = WireCodec()
    for length in range(600):
        packed = codec.pack_object(form_of(length))
        assert codec.unpack_object(packed) == form_of(length)
    assert 0 < len(codec._forms) <= 256
    long = form_of()
    long.key_block.key_value = bytes(4096)
    packed = codec.pack_object(long)
    assert codec.unpack_object(packed) == long
    assert packed not in codec._forms


# --- key material ---------------------------------------------------------------------------------------


def test_transparent_key_material_comes_back_and_is_not_remembered() -> None:
    material = TransparentKeyMaterial(modulus=2**512 + 1, private_exponent=3, crt_coefficient=-5)
    packed = CODEC.pack_material(material)
    assert CODEC.unpack_material(packed) == material
    assert packed not in CODEC._forms


@pytest.mark.parametrize("version", [V1_4, V2_1, V3_0], ids=str)
def test_a_key_value_is_encoded_as_the_version_writes_it(version: Version) -> None:
    value = KeyValue(key_material=b"k" * 16)
    assert CODEC.decode_key_value(CODEC.encode_key_value(value, version), version) == value


@pytest.mark.parametrize("encoded", [b"", b"\0" * 16, ttlv.print_((Tag.KEY_MATERIAL, 8, b"")), b"random padded!!!"])
def test_bytes_that_are_no_key_value_are_refused(encoded: bytes) -> None:
    with pytest.raises(InvalidMessage):
        CODEC.decode_key_value(encoded, V1_4)
