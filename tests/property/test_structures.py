"""Any structure in any version in any encoding: written and read it is the same, less what the version lacks.

And the two ways of writing, straight to bytes and by the tree, agree on every byte.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.database import InMemoryExampleDatabase

from kmip_server.errors import KmipError
from kmip_server.operations import load_all
from kmip_server.spec.attribute_values import LINK_TAGS, AnyValue, AttributeItem, Attributes, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import CredentialType
from kmip_server.spec.kmip_enum import KmipEnum, KmipMask
from kmip_server.spec.schema import FieldSpec, Kind, Special, fields_of
from kmip_server.spec.structures.credentials import CREDENTIAL_VALUES, Credential
from kmip_server.spec.structures.keys import OBJECT_STRUCTURES, KeyValue, TransparentKeyMaterial
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V2_0, V3_0, VERSIONS, Version
from kmip_server.wire import json, ttlv, xml
from kmip_server.wire.binder import Binder
from kmip_server.wire.printer import Printer

BINDERS = {version: Binder(version) for version in VERSIONS}
STORAGE = Binder(None)
PRINTERS = {binder: Printer(binder) for binder in (*BINDERS.values(), STORAGE)}
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"), max_size=12)
INT32 = st.integers(-(2**31), 2**31 - 1)
INT64 = st.integers(-(2**63), 2**63 - 1)
PLAIN: dict[ItemType, st.SearchStrategy[Any]] = {
    ItemType.INTEGER: INT32,
    ItemType.LONG_INTEGER: INT64,
    ItemType.BIG_INTEGER: st.integers(-(2**130), 2**130),
    ItemType.ENUMERATION: st.integers(0x80000000, 0xFFFFFFFF),
    ItemType.BOOLEAN: st.booleans(),
    ItemType.TEXT_STRING: TEXT,
    ItemType.BYTE_STRING: st.binary(max_size=20),
    ItemType.DATE_TIME: st.integers(-(2**33), 2**33),
    ItemType.INTERVAL: st.integers(0, 2**32 - 1),
    ItemType.DATE_TIME_EXTENDED: st.integers(-(2**50), 2**50),
}
PAYLOADS = [cls for row in load_all().values() for cls in (row.request, row.response)]
ATTRIBUTE_STRUCTURES = [row.kind for row in ATTRIBUTES.values() if dataclasses.is_dataclass(row.kind)]
STRUCTURES = sorted(
    {*OBJECT_STRUCTURES.values(), *PAYLOADS, *ATTRIBUTE_STRUCTURES, Credential, KeyValue}, key=lambda cls: cls.__name__
)


def values(kind: Kind, version: Version) -> st.SearchStrategy[Any]:
    """Values of a kind that the version can express."""
    if isinstance(kind, ItemType):
        return PLAIN[kind]
    if isinstance(kind, Special):
        return special(kind, version)
    if issubclass(kind, KmipMask):
        return st.sets(st.sampled_from([m for m in kind if m.in_version(version)] or [0])).map(sum)
    if issubclass(kind, KmipEnum):
        members = [member for member in kind if member.in_version(version)]
        return st.sampled_from(members) if members else st.integers(0x80000000, 0x8000FFFF).map(kind)
    return structures(kind, version)


def special(kind: Special, version: Version) -> st.SearchStrategy[Any]:
    if kind is Special.UNIQUE_IDENTIFIER:
        return TEXT
    if kind is Special.DATA:
        return st.binary(max_size=20)
    if kind is Special.ATTRIBUTES:
        return st.lists(attribute_items(version), max_size=3).map(Attributes)
    if kind is Special.ATTRIBUTE:
        return attribute_items(version)
    if kind is Special.ATTRIBUTE_REFERENCE:
        return st.sampled_from(tags_of(version)) | vendor_names()
    if kind is Special.OBJECT:
        return st.one_of(
            [structures(cls, version) for kind, cls in OBJECT_STRUCTURES.items() if kind.in_version(version)]
        )
    if kind is Special.KEY_VALUE:
        return st.binary(max_size=16) | structures(KeyValue, version)
    if kind is Special.KEY_MATERIAL:
        return st.binary(max_size=16) | structures(TransparentKeyMaterial, version)
    if kind is Special.ANY:
        return st.tuples(st.just(int(ItemType.ENUMERATION)), st.integers(0, 0xFFFFFFFF))
    raise AssertionError(kind)


def tags_of(version: Version) -> list[Tag]:
    """Attributes that the version writes as they are; 3.0's forms of names and links have tests of their own."""
    left_out = {Tag.NAME, Tag.ROTATE_NAME, Tag.LINK, *LINK_TAGS.values()} if version >= V3_0 else set()
    return [tag for tag, row in ATTRIBUTES.items() if row.in_version(version) and tag not in left_out]


def vendor_names() -> st.SearchStrategy[VendorName]:
    return st.builds(VendorName, st.sampled_from(["x", "y"]), st.from_regex(r"[a-z]{1,8}", fullmatch=True))


def attribute_items(version: Version) -> st.SearchStrategy[AttributeItem]:
    index = st.sampled_from([None, 1, 2]) if version < V2_0 else st.none()
    plain = st.sampled_from(
        [ItemType.INTEGER, ItemType.LONG_INTEGER, ItemType.BOOLEAN, ItemType.TEXT_STRING, ItemType.BYTE_STRING]
    )
    other = st.builds(
        AttributeItem, vendor_names(), plain.flatmap(lambda t: PLAIN[t].map(lambda value: AnyValue(t, value))), index
    )
    standard = st.sampled_from(tags_of(version)).flatmap(
        lambda tag: st.builds(AttributeItem, st.just(tag), values(ATTRIBUTES[tag].kind, version), index)
    )
    return standard | other


def structures(cls: type[Any], version: Version) -> st.SearchStrategy[Any]:
    """Instances of a structure with fields of the version only."""
    if cls is Credential:
        known = [kind for kind in CREDENTIAL_VALUES if kind.in_version(version) and kind is not CredentialType.TICKET]
        return st.sampled_from(known).flatmap(
            lambda kind: st.builds(
                Credential,
                credential_type=st.just(kind),
                credential_value=structures(CREDENTIAL_VALUES[kind], version),
            )
        )
    return st.builds(cls, **{name: field_values(spec, version) for name, spec in fields_of(cls)})


def field_values(spec: FieldSpec, version: Version) -> st.SearchStrategy[Any]:
    if not spec.in_version(version):
        return st.just([]) if spec.many else st.none()
    one = values(spec.kind, version)
    if spec.required and spec.kind is Special.ATTRIBUTES and spec.tag_in(version) is Tag.ATTRIBUTE:
        return one.filter(lambda group: group.items)  # Repeated Attributes: none at all would be a missing field.
    if spec.many:
        return st.lists(one, max_size=2, unique=spec.kind is Special.ATTRIBUTE_REFERENCE)
    return one if spec.required else st.none() | one


def served(cls: type[Any], version: Version) -> bool:
    """Whether the version has the operation of a payload and every required field of the class."""
    for code, row in load_all().items():
        if cls in (row.request, row.response) and not code.in_version(version):
            return False
    return all(spec.in_version(version) or not spec.required for _, spec in fields_of(cls))


def same(value: Any) -> Any:
    """Without the difference between no attributes and an empty list of them, which 1.x cannot tell apart."""
    if isinstance(value, Attributes):
        return [same(item) for item in value.items] or None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: same(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return [same(each) for each in value] if isinstance(value, list) else value


# Hypothesis hangs one settings object on another for each of the thousands of calls of this function. Without a
# database, as in continuous integration, it would look for one along the whole chain and run out of stack.
@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("cls", STRUCTURES, ids=lambda cls: cls.__name__)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=InMemoryExampleDatabase())
@given(data=st.data())
def test_what_is_written_is_read(cls: type[Any], version: Version, data: st.DataObject) -> None:
    if not served(cls, version):
        return
    binder = BINDERS[version]
    value = data.draw(structures(cls, version))
    tree = (int(Tag.REQUEST_PAYLOAD), int(ItemType.STRUCTURE), binder.unbind(value))
    for encoding in (ttlv, xml, json):
        read = encoding.parse(encoding.print_(tree))
        assert same(binder.bind(cls, read[2])) == same(value), encoding.__name__
    for each in (binder, STORAGE, BINDERS[V1_0]):  # 1.0 cannot express much of it: both must leave out the same.
        by_tree = ttlv.print_((int(Tag.REQUEST_PAYLOAD), int(ItemType.STRUCTURE), each.unbind(value)))
        assert PRINTERS[each].item(Tag.REQUEST_PAYLOAD, value) == by_tree, each.version


@pytest.mark.parametrize("cls", PAYLOADS, ids=lambda cls: cls.__name__)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_tree_gives_a_payload_or_one_typed_error(cls: type[Any], data: st.DataObject) -> None:
    version = data.draw(st.sampled_from(VERSIONS))
    leaf = st.one_of([st.tuples(st.just(int(kind)), strategy) for kind, strategy in PLAIN.items()])
    tags = st.sampled_from(
        [int(spec.tag_in(version)) for _, spec in fields_of(cls)] + [int(tag) for tag in Tag][:400:7]
    )
    item = st.recursive(
        st.tuples(tags, leaf).map(lambda pair: (pair[0], *pair[1])),
        lambda inner: st.tuples(tags, st.just(int(ItemType.STRUCTURE)), st.lists(inner, max_size=3)),
        max_leaves=5,
    )
    try:
        BINDERS[version].bind(cls, data.draw(st.lists(item, max_size=4)))
    except KmipError as error:
        assert error.message
