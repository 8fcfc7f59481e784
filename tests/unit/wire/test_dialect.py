"""Attributes as each version writes them: the seams between 1.x, 2.x and 3.0."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.errors import InvalidField, InvalidMessage, KmipError
from kmip_server.operations.create import CreateRequest
from kmip_server.operations.locate import LocateRequest
from kmip_server.spec.attribute_values import AnyValue, AttributeItem, Attributes, VendorName
from kmip_server.spec.enums import LinkType, NameType, ObjectType, State
from kmip_server.spec.structures.attributes import Link, Name
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_2, V1_4, V2_0, V2_1, V3_0, VERSIONS, Version
from kmip_server.wire.binder import Binder
from kmip_server.wire.dialect import Dialect
from kmip_server.wire.tree import Item

DIALECTS: dict[Version, Dialect] = {version: Binder(version).dialect for version in VERSIONS}
BINDERS = {version: Binder(version) for version in VERSIONS}
E, I, T, B, S = (int(kind) for kind in (5, 2, 7, 8, 1))  # noqa: E741  # the types, as short as a table needs them
NAME = Name(name_value="n", name_type=NameType.UNINTERPRETED_TEXT_STRING)
LINK = Link(link_type=LinkType.PUBLIC_KEY_LINK, linked_object_identifier="u")
NAME_FIELDS = [(Tag.NAME_VALUE, T, "n"), (Tag.NAME_TYPE, E, 1)]


def old(name: str, kind: int, value: Any, index: int | None = None) -> list[Item]:
    indexed = [] if index is None else [(Tag.ATTRIBUTE_INDEX, I, index)]
    return [(Tag.ATTRIBUTE_NAME, T, name), *indexed, (Tag.ATTRIBUTE_VALUE, kind, value)]


def group(*items: AttributeItem) -> Attributes:
    return Attributes(list(items))


# --- 1.x ------------------------------------------------------------------------------------------------


def test_an_old_attribute_is_read_with_its_index() -> None:
    read = DIALECTS[V1_0].read_one(old("Name", S, NAME_FIELDS, 3))
    assert read == AttributeItem(Tag.NAME, NAME, 3)
    assert DIALECTS[V1_0].read_one(old("State", E, 2)).index is None


@pytest.mark.parametrize(("index", "written"), [(None, False), (0, False), (1, True)])
def test_an_index_is_written_unless_it_is_the_first(index: int | None, written: bool) -> None:
    items = next(iter(DIALECTS[V1_4].write_each(group(AttributeItem(Tag.STATE, State.ACTIVE, index)))))
    assert ((Tag.ATTRIBUTE_INDEX, I, index) in items) is written


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Cryptographic Algorithm", Tag.CRYPTOGRAPHIC_ALGORITHM),
        ("x-colour", VendorName("x", "colour")),
        ("y-a-b", VendorName("y", "a-b")),
        ("colour", VendorName("", "colour")),
        ("z-colour", VendorName("", "z-colour")),
        ("cryptographic algorithm", VendorName("", "cryptographic algorithm")),
    ],
)
def test_an_old_name_means_one_key(name: str, key: Any) -> None:
    assert DIALECTS[V1_0].key_of_name(name) == key


def test_an_attribute_younger_than_the_version_is_a_name_that_no_object_has() -> None:
    assert DIALECTS[V1_2].key_of_name("Sensitive") == VendorName("", "Sensitive")
    assert DIALECTS[V1_4].key_of_name("Sensitive") is Tag.SENSITIVE
    assert list(DIALECTS[V1_2].write_each(group(AttributeItem(Tag.SENSITIVE, True)))) == []
    assert DIALECTS[V1_2].write_reference(Tag.SENSITIVE) is None
    assert DIALECTS[V1_2].write_single(AttributeItem(Tag.SENSITIVE, True)) is None


def test_only_two_vendors_can_be_named_in_1_x() -> None:
    assert DIALECTS[V1_4].name_of_key(VendorName("x", "colour")) == "x-colour"
    assert DIALECTS[V1_4].name_of_key(VendorName("acme", "colour")) is None


@pytest.mark.parametrize(
    ("items", "error"),
    [
        ([(Tag.ATTRIBUTE_VALUE, T, "v")], InvalidMessage),
        ([(Tag.ATTRIBUTE_NAME, T, "State"), (Tag.ATTRIBUTE_NAME, T, "State")], InvalidMessage),
        ([(Tag.ATTRIBUTE_NAME, I, 1)], InvalidMessage),
        ([(Tag.ATTRIBUTE_NAME, T, "State"), (Tag.ATTRIBUTE_INDEX, T, "1")], InvalidMessage),
        ([(Tag.ATTRIBUTE_NAME, T, "State"), (Tag.VENDOR_IDENTIFICATION, T, "x")], InvalidMessage),
        (old("State", T, "Active"), InvalidField),
        (old("State", E, 77), InvalidField),
        (old("Name", S, []), InvalidMessage),
    ],
)
def test_a_broken_old_attribute_is_refused(items: list[Item], error: type[KmipError]) -> None:
    with pytest.raises(KmipError) as raised:
        DIALECTS[V1_4].read_one(items)
    assert type(raised.value) is error


def test_a_template_attribute_holds_names_and_attributes_only() -> None:
    content = [(Tag.NAME, S, NAME_FIELDS), (Tag.ATTRIBUTE, S, old("State", E, 2))]
    read = DIALECTS[V1_4].read_group(S, content)
    assert read == Attributes([AttributeItem(Tag.STATE, State.ACTIVE)], [NAME])
    assert DIALECTS[V1_4].write_group(read) == (S, content)
    with pytest.raises(InvalidField):
        DIALECTS[V1_4].read_group(S, [(Tag.STATE, S, [])])
    for broken in ((T, "x"), (S, [(Tag.STATE, E, 2)])):
        with pytest.raises(InvalidMessage):
            DIALECTS[V1_4].read_group(*broken)


def test_attributes_among_a_payload_s_own_fields_are_one_group() -> None:
    items = [
        (int(Tag.ATTRIBUTE), S, old("State", E, 2)),
        (int(Tag.MAXIMUM_ITEMS), I, 5),
        (int(Tag.ATTRIBUTE), S, old("Name", S, [(Tag.NAME_VALUE, T, "n")])),
    ]
    read = BINDERS[V1_4].bind(LocateRequest, items)
    assert [item.key for item in read.attributes.items] == [Tag.STATE, Tag.NAME]
    assert read.attributes.items[1].value.name_type is None  # 1.4 §4.9: a part of a structure is enough.
    with pytest.raises(InvalidMessage, match="Attribute is of the wrong type"):
        BINDERS[V1_4].bind(LocateRequest, [(int(Tag.ATTRIBUTE), T, "State")])
    assert BINDERS[V1_4].bind(LocateRequest, []).attributes is None


# --- 2.x ------------------------------------------------------------------------------------------------


def test_a_new_attribute_stands_under_its_own_tag() -> None:
    content = [(Tag.STATE, E, 2), (Tag.NAME, S, NAME_FIELDS)]
    read = DIALECTS[V2_1].read_group(S, content)
    assert read.items == [AttributeItem(Tag.STATE, State.ACTIVE), AttributeItem(Tag.NAME, NAME)]
    assert DIALECTS[V2_1].write_group(read) == (S, content)


def test_a_vendor_attribute_has_vendor_and_name() -> None:
    item = AttributeItem(VendorName("acme", "colour"), AnyValue(ItemType.TEXT_STRING, "red"))
    written = DIALECTS[V2_1].write_group(group(item))
    assert [tag for tag, _, _ in written[1][0][2]] == [
        Tag.VENDOR_IDENTIFICATION,
        Tag.ATTRIBUTE_NAME,
        Tag.ATTRIBUTE_VALUE,
    ]
    assert DIALECTS[V2_1].read_group(*written) == group(item)
    with pytest.raises(InvalidMessage, match="Vendor Identification is missing"):
        DIALECTS[V2_1].read_one([(Tag.ATTRIBUTE_NAME, T, "colour")])
    with pytest.raises(InvalidMessage, match="Attribute is of the wrong type"):
        DIALECTS[V2_1].read_group(S, [(Tag.ATTRIBUTE, T, "colour")])


def test_a_tag_that_is_no_attribute_of_the_version_is_a_name_that_no_object_has() -> None:
    read = DIALECTS[V2_0].read_group(S, [(int(Tag.KEY_BLOCK), S, []), (0x540001, T, "x")])
    assert [item.key for item in read.items] == [VendorName("", "Key Block"), VendorName("", "0x00540001")]


def test_exactly_one_attribute_is_wanted_where_one_is() -> None:
    assert DIALECTS[V2_1].read_single(S, [(Tag.STATE, E, 2)]) == AttributeItem(Tag.STATE, State.ACTIVE)
    for content in ([], [(Tag.STATE, E, 2), (Tag.STATE, E, 2)]):
        with pytest.raises(InvalidField, match="exactly one attribute is wanted"):
            DIALECTS[V2_1].read_single(S, content)
    for version in (V1_4, V2_1):
        with pytest.raises(InvalidMessage):
            DIALECTS[version].read_single(T, "State")


@pytest.mark.parametrize(
    ("version", "key", "written"),
    [
        (V1_4, Tag.STATE, (T, "State")),
        (V1_4, VendorName("x", "a"), (T, "x-a")),
        (V2_1, Tag.STATE, (E, Tag.STATE)),
        (V2_1, VendorName("v", "a"), (S, [(Tag.VENDOR_IDENTIFICATION, T, "v"), (Tag.ATTRIBUTE_NAME, T, "a")])),
        (V3_0, Tag.PUBLIC_KEY_LINK, (E, Tag.PUBLIC_KEY_LINK)),
    ],
)
def test_an_attribute_is_named_as_the_version_names_it(version: Version, key: Any, written: Any) -> None:
    assert DIALECTS[version].write_reference(key) == written
    assert DIALECTS[version].read_reference(*written) == key


@pytest.mark.parametrize(("version", "kind"), [(V1_4, E), (V1_4, S), (V2_1, B)])
def test_an_attribute_named_in_a_form_of_another_version_is_refused(version: Version, kind: int) -> None:
    with pytest.raises(InvalidMessage):
        DIALECTS[version].read_reference(kind, 0)


# --- 3.0 ------------------------------------------------------------------------------------------------


def test_a_name_is_plain_text_in_3_0() -> None:
    assert DIALECTS[V3_0].write_group(group(AttributeItem(Tag.NAME, NAME))) == (S, [(Tag.NAME, T, "n")])
    assert DIALECTS[V3_0].read_group(S, [(Tag.NAME, T, "n")]) == group(AttributeItem(Tag.NAME, NAME))
    for version, other in ((V3_0, (Tag.NAME, S, NAME_FIELDS)), (V2_1, (Tag.NAME, T, "n"))):
        with pytest.raises(InvalidField):
            DIALECTS[version].read_group(S, [other])


def test_a_link_is_an_attribute_of_its_own_in_3_0() -> None:
    item = AttributeItem(Tag.LINK, LINK)
    written = DIALECTS[V3_0].write_group(group(item))
    assert written == (S, [(Tag.PUBLIC_KEY_LINK, ItemType.REFERENCE, "u")])
    assert DIALECTS[V3_0].read_group(*written) == group(item)
    assert DIALECTS[V2_1].write_group(group(item))[1][0][0] == Tag.LINK


def test_each_version_reads_the_attributes_of_create_in_its_form() -> None:
    asked = CreateRequest(object_type=ObjectType.SYMMETRIC_KEY, attributes=group(AttributeItem(Tag.NAME, NAME)))
    for version, binder in BINDERS.items():
        items = binder.unbind(asked)
        assert items[1][0] == (Tag.TEMPLATE_ATTRIBUTE if version < V2_0 else Tag.ATTRIBUTES)
        assert binder.bind(CreateRequest, items) == asked
