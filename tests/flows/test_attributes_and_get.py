"""Get and the operations on attributes: formats, wrapping, what may not leave, every refusal (1.4 §11.11-§11.17)."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from kmip_server.spec.attribute_values import AttributeItem, VendorName
from kmip_server.spec.enums import (
    EncodingOption,
    KeyCompressionType,
    KeyFormatType,
    KeyWrapType,
    ObjectType,
    Operation,
    ResultReason,
    WrappingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.keys import EncryptionKeyInformation, KeyWrappingSpecification
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import Client, aes, attributes, custom, enumeration, integer, name, raw, struct, text
from tests.flows.objects import KEY_BYTES, certificate, opaque, private_key, public_key, secret, symmetric
from tests.flows.requests import (
    Activate,
    AddAttribute,
    DeleteAttribute,
    Destroy,
    Get,
    GetAttributeList,
    GetAttributes,
    ModifyAttribute,
    SetAttribute,
)
from tests.kit import BOB

R = ResultReason
NAME = Tag.NAME


# --- Get -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize(
    "wanted",
    [None, KeyFormatType.RAW, KeyFormatType.TRANSPARENT_SYMMETRIC_KEY],
)
def test_a_symmetric_key_in_each_of_its_formats(client: Client, version: Version, wanted: KeyFormatType | None) -> None:
    speaking = client.speaking(version)
    uid = speaking.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    given = speaking.do(Get(unique_identifier=uid, key_format_type=wanted)).object.key_block
    assert given.key_format_type is (wanted or KeyFormatType.RAW)
    material = given.key_value.key_material
    assert (material if isinstance(material, bytes) else material.key) == KEY_BYTES


@pytest.mark.parametrize(
    ("kind", "what", "formats"),
    [
        (
            ObjectType.PRIVATE_KEY,
            private_key,
            [KeyFormatType.PKCS_1, KeyFormatType.PKCS_8, KeyFormatType.TRANSPARENT_RSA_PRIVATE_KEY],
        ),
        (
            ObjectType.PUBLIC_KEY,
            public_key,
            [KeyFormatType.PKCS_1, KeyFormatType.X_509, KeyFormatType.TRANSPARENT_RSA_PUBLIC_KEY],
        ),
    ],
    ids=["private", "public"],
)
def test_an_rsa_key_in_each_of_its_formats_and_in_no_other(
    client: Client, kind: ObjectType, what: Any, formats: list[KeyFormatType]
) -> None:
    uid = client.register(what(), kind)
    for wanted in KeyFormatType:
        if not wanted.in_version(V2_1):
            continue
        answer = client.one(Get(unique_identifier=uid, key_format_type=wanted))
        if wanted in formats:
            assert answer.payload.object.key_block.key_format_type is wanted
        elif wanted is KeyFormatType.PKCS_12 and kind is ObjectType.PRIVATE_KEY:
            assert answer.reason is R.BAD_PASSWORD  # the key names no password to put a container under
        else:
            assert answer.reason is R.KEY_FORMAT_TYPE_NOT_SUPPORTED, wanted


def test_objects_without_a_key_have_no_format(client: Client) -> None:
    for kind, what in ((ObjectType.CERTIFICATE, certificate()), (ObjectType.OPAQUE_OBJECT, opaque())):
        uid = client.register(what, kind)
        asked = Get(unique_identifier=uid, key_format_type=KeyFormatType.PKCS_8)
        assert client.refusal(asked) is R.KEY_FORMAT_TYPE_NOT_SUPPORTED
    packed = Get(
        unique_identifier=client.register(public_key(), ObjectType.PUBLIC_KEY),
        key_compression_type=KeyCompressionType.EC_PUBLIC_KEY_TYPE_X9_62_COMPRESSED_PRIME,
    )
    assert client.refusal(packed) is R.KEY_COMPRESSION_TYPE_NOT_SUPPORTED


def _wrapping(uid: str, kek: str, option: EncodingOption | None = EncodingOption.NO_ENCODING) -> Any:
    return Get(
        unique_identifier=uid,
        key_wrapping_specification=KeyWrappingSpecification(
            wrapping_method=WrappingMethod.ENCRYPT,
            encryption_key_information=EncryptionKeyInformation(unique_identifier=kek),
            encoding_option=option,
        ),
    )


def _kek(client: Client, value: bytes = bytes(32)) -> str:
    mask = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.WRAP_KEY | Mask.UNWRAP_KEY)))
    uid = client.register(symmetric(value), ObjectType.SYMMETRIC_KEY, mask)
    client.do(Activate(unique_identifier=uid))
    return uid


@pytest.mark.parametrize("version", [version for version in VERSIONS if version >= V1_1], ids=str)
def test_a_wrapped_key_registered_again_is_the_same_key(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    kek = _kek(speaking)
    uid = speaking.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    given = speaking.do(_wrapping(uid, kek)).object
    assert aes_key_unwrap(bytes(32), given.key_block.key_value) == KEY_BYTES
    again = speaking.register(given, ObjectType.SYMMETRIC_KEY)
    assert speaking.do(Get(unique_identifier=again)).object == given
    if version >= V1_4:
        plain = speaking.do(Get(unique_identifier=again, key_wrap_type=KeyWrapType.NOT_WRAPPED)).object
        assert plain.key_block.key_value.key_material == KEY_BYTES
    asked = Get(unique_identifier=again, key_format_type=KeyFormatType.TRANSPARENT_SYMMETRIC_KEY)
    assert speaking.refusal(asked) is R.KEY_FORMAT_TYPE_NOT_SUPPORTED


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_wrapping_keys_that_will_not_do(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    new = version >= V2_0
    uid = speaking.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    unfit = speaking.active(aes(256, 12))
    asleep = speaking.create(aes(256, int(Mask.WRAP_KEY)))
    gone = speaking.create()
    speaking.do(Destroy(unique_identifier=gone))
    word = speaking.register(secret(), ObjectType.SECRET_DATA, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 16)))
    speaking.do(Activate(unique_identifier=word))
    expected = {
        "none": R.WRAPPING_OBJECT_NOT_FOUND if new else R.ITEM_NOT_FOUND,
        gone: R.WRAPPING_OBJECT_DESTROYED if new else R.ITEM_NOT_FOUND,
        unfit: R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK if new else R.PERMISSION_DENIED,
        asleep: R.WRONG_KEY_LIFECYCLE_STATE if new else R.PERMISSION_DENIED,
        word: R.INVALID_OBJECT_TYPE if new else R.ILLEGAL_OPERATION,
    }
    for kek, reason in expected.items():
        assert speaking.refusal(_wrapping(uid, kek)) is reason
    sealed = speaking.register(opaque(), ObjectType.OPAQUE_OBJECT)
    assert speaking.refusal(_wrapping(sealed, _kek(speaking))) is (
        R.INVALID_OBJECT_TYPE if new else R.ILLEGAL_OPERATION
    )


def test_sensitive_keys_leave_wrapped_and_unextractable_ones_never(client: Client) -> None:
    kek = _kek(client)
    sensitive = client.create(aes(256, 12, (Tag.SENSITIVE, True)))
    assert client.refusal(Get(unique_identifier=sensitive)) is R.SENSITIVE
    assert client.speaking(V1_2).refusal(Get(unique_identifier=sensitive)) is R.PERMISSION_DENIED
    assert client.one(_wrapping(sensitive, kek)).ok
    fixed = client.create(aes(256, 12, (Tag.EXTRACTABLE, False)))
    for asked in (Get(unique_identifier=fixed), _wrapping(fixed, kek)):
        assert client.refusal(asked) is R.NOT_EXTRACTABLE
    assert client.shown(fixed, Tag.NEVER_EXTRACTABLE) == {Tag.NEVER_EXTRACTABLE: [True]}


def test_a_flag_that_was_once_otherwise_is_remembered(client: Client) -> None:
    uid = client.create(aes(256, 12, (Tag.SENSITIVE, True), (Tag.EXTRACTABLE, False)))
    for tag, value in (
        (Tag.SENSITIVE, False),
        (Tag.SENSITIVE, True),
        (Tag.EXTRACTABLE, True),
        (Tag.EXTRACTABLE, False),
    ):
        client.do(ModifyAttribute(unique_identifier=uid, new_attribute=AttributeItem(tag, bool(value))))
    shown = client.shown(uid)
    assert (shown[Tag.SENSITIVE], shown[Tag.ALWAYS_SENSITIVE]) == ([True], [False])
    assert (shown[Tag.EXTRACTABLE], shown[Tag.NEVER_EXTRACTABLE]) == ([False], [False])


# --- attributes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_get_attributes_gives_what_is_asked_and_there(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = speaking.create(aes(256, 12, (NAME, name("a")), (NAME, name("b"))))
    assert speaking.shown(uid, NAME) == {NAME: [name("a"), name("b")]}
    assert speaking.shown(uid, NAME, Tag.CONTACT_INFORMATION) == {NAME: [name("a"), name("b")]}
    assert speaking.shown(uid, Tag.CONTACT_INFORMATION) == {}
    everything = set(speaking.shown(uid))
    assert {Tag.STATE, Tag.DIGEST, Tag.UNIQUE_IDENTIFIER, Tag.OBJECT_TYPE, NAME} <= everything


def test_a_name_asked_twice_is_an_error_in_1_x(client: Client) -> None:
    uid = text(Tag.UNIQUE_IDENTIFIER, client.create())
    twice = raw(Operation.GET_ATTRIBUTES, uid, text(Tag.ATTRIBUTE_NAME, "State"), text(Tag.ATTRIBUTE_NAME, "State"))
    assert client.speaking(V1_4).refusal(twice) is R.INVALID_MESSAGE


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_1], ids=str)
@pytest.mark.parametrize(
    "request_",
    [
        lambda uid: Get(unique_identifier=uid),
        lambda uid: GetAttributes(unique_identifier=uid),
        lambda uid: GetAttributeList(unique_identifier=uid),
        lambda uid: AddAttribute(unique_identifier=uid, new_attribute=custom("v")),
        lambda uid: ModifyAttribute(unique_identifier=uid, new_attribute=AttributeItem(NAME, name("v"))),
        lambda uid: DeleteAttribute(unique_identifier=uid, attribute_reference=NAME),
    ],
    ids=["get", "get attributes", "list", "add", "modify", "delete"],
)
def test_missing_and_foreign_objects_are_answered_in_the_same_bytes(
    client: Client, version: Version, request_: Any
) -> None:
    speaking, bob = client.speaking(version), Client(client.server, version, BOB)
    foreign = speaking.create(aes(256, 12, (NAME, name("n"))))
    missing = "0" * len(foreign)
    hidden, unknown = bob.one(request_(foreign)), bob.one(request_(missing))
    assert hidden.tree == unknown.tree
    assert hidden.reason is (R.OBJECT_NOT_FOUND if version >= V2_0 else R.ITEM_NOT_FOUND)


def test_indices_of_1_x_stay_when_others_go(client: Client) -> None:
    speaking = client.speaking(V1_4)
    uid = speaking.create(aes(256, 12, *((NAME, name(each)) for each in "abc")))
    gone = speaking.do(DeleteAttribute(unique_identifier=uid, attribute_reference=NAME, attribute_index=1))
    assert gone.attribute == AttributeItem(NAME, name("b"), 1)
    added = speaking.do(AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(NAME, name("d"))))
    assert added.attribute.index == 3
    changed = speaking.do(ModifyAttribute(unique_identifier=uid, new_attribute=AttributeItem(NAME, name("C"), 2)))
    assert changed.attribute == AttributeItem(NAME, name("C"), 2)
    items = speaking.do(GetAttributes(unique_identifier=uid, attribute_reference=[NAME])).attributes.items
    assert [(each.index or 0, each.value) for each in items] == [(0, name("a")), (2, name("C")), (3, name("d"))]
    assert client.shown(uid, NAME) == {NAME: [name("a"), name("C"), name("d")]}


def test_instances_of_2_x_are_named_by_their_value(client: Client) -> None:
    uid = client.create(aes(256, 12, *((NAME, name(each)) for each in "abc")))
    old, new = AttributeItem(NAME, name("b")), AttributeItem(NAME, name("B"))
    ambiguous = ModifyAttribute(unique_identifier=uid, new_attribute=new)
    assert client.refusal(ambiguous) is R.INVALID_FIELD
    client.do(ModifyAttribute(unique_identifier=uid, current_attribute=old, new_attribute=new))
    assert client.shown(uid, NAME) == {NAME: [name("a"), name("B"), name("c")]}
    client.do(DeleteAttribute(unique_identifier=uid, current_attribute=new))
    assert client.shown(uid, NAME) == {NAME: [name("a"), name("c")]}
    missing = ModifyAttribute(unique_identifier=uid, current_attribute=old, new_attribute=new)
    assert client.refusal(missing) is R.ATTRIBUTE_INSTANCE_NOT_FOUND
    mixed = ModifyAttribute(unique_identifier=uid, current_attribute=AttributeItem(Tag.COMMENT, "x"), new_attribute=new)
    assert client.refusal(mixed) is R.INVALID_FIELD
    client.do(DeleteAttribute(unique_identifier=uid, attribute_reference=NAME))
    assert client.shown(uid, NAME) == {}


def test_what_attribute_operations_refuse_in_1_x(client: Client) -> None:
    """1.4 Tables 341 to 343."""
    speaking = client.speaking(V1_4)
    uid = speaking.create(aes(256, 12, (NAME, name("a"))))
    cases = [
        (DeleteAttribute(unique_identifier=uid, attribute_reference=Tag.COMMENT), R.ITEM_NOT_FOUND),
        (DeleteAttribute(unique_identifier=uid, attribute_reference=NAME, attribute_index=7), R.ITEM_NOT_FOUND),
        (DeleteAttribute(unique_identifier=uid), R.INVALID_MESSAGE),
        (ModifyAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.COMMENT, "x")), R.INVALID_FIELD),
        (ModifyAttribute(unique_identifier=uid, new_attribute=AttributeItem(NAME, name("x"), 7)), R.ITEM_NOT_FOUND),
        (AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(NAME, name("a"))), R.ILLEGAL_OPERATION),
        (AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(NAME, name("b"), 3)), R.INVALID_FIELD),
        (
            AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.CERTIFICATE_TYPE, 1)),
            R.PERMISSION_DENIED,
        ),
        (AddAttribute(unique_identifier=uid, new_attribute=custom("v", "y")), R.PERMISSION_DENIED),
        (AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(VendorName("x", "n"))), R.INVALID_FIELD),
    ]
    for request, reason in cases:
        assert speaking.refusal(request) is reason, request
    assert speaking.shown(uid, NAME) == {NAME: [name("a")]}


def test_an_attribute_value_of_the_wrong_type(client: Client) -> None:
    uid = text(Tag.UNIQUE_IDENTIFIER, client.create())
    old = struct(Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, "Comment"), integer(Tag.ATTRIBUTE_VALUE, 1))
    new = struct(Tag.NEW_ATTRIBUTE, integer(Tag.COMMENT, 1))
    assert client.speaking(V1_4).refusal(raw(Operation.ADD_ATTRIBUTE, uid, old)) is R.INVALID_FIELD
    assert client.refusal(raw(Operation.ADD_ATTRIBUTE, uid, new)) is R.INVALID_FIELD
    two = struct(Tag.NEW_ATTRIBUTE, text(Tag.COMMENT, "a"), text(Tag.DESCRIPTION, "b"))
    assert client.refusal(raw(Operation.ADD_ATTRIBUTE, uid, two)) is R.INVALID_FIELD
    unknown = struct(Tag.NEW_ATTRIBUTE, enumeration(Tag.PROTECTION_LEVEL, 0x777))
    assert client.refusal(raw(Operation.ADD_ATTRIBUTE, uid, unknown)) is R.INVALID_FIELD


def test_an_attribute_has_room_for_a_thousand_instances(client: Client) -> None:
    uid = client.create()
    kept = client.server.store.objects[uid]
    attributes_ = kept.attributes.copy()
    for number in range(1000):
        attributes_.add(Tag.OBJECT_GROUP, f"g{number}")
    with client.server.store.transaction() as tx:
        assert tx.replace(kept.with_attributes(attributes_))
    one_more = AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.OBJECT_GROUP, "more"))
    assert client.refusal(one_more) is R.SERVER_LIMIT_EXCEEDED
    assert client.speaking(V1_4).refusal(one_more) is R.INDEX_OUT_OF_BOUNDS


def test_set_attribute_gives_and_changes(client: Client) -> None:
    uid = client.create()
    for value in ("first", "second"):
        client.do(SetAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.COMMENT, value)))
        assert client.shown(uid, Tag.COMMENT) == {Tag.COMMENT: [value]}


def test_last_change_date_follows_every_change_and_no_reading(client: Client) -> None:
    uid = client.create()
    made = client.shown(uid, Tag.LAST_CHANGE_DATE)
    client.server.clock.advance(10)
    client.do(Get(unique_identifier=uid))
    assert client.shown(uid, Tag.LAST_CHANGE_DATE) == made
    client.do(AddAttribute(unique_identifier=uid, new_attribute=custom("v")))
    assert client.shown(uid, Tag.LAST_CHANGE_DATE) == {Tag.LAST_CHANGE_DATE: [client.server.clock.seconds]}
