"""Every attribute against its row of rules (1.4 §3, 2.1 §4): who may give, add, change and delete it.

One test for each attribute and version; what is expected is read from the table, what happens from the server.
"""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.domain.admission import GIVEN
from kmip_server.spec.attribute_rules import AttributeRow
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import ObjectType, Operation, ResultReason
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0, V2_1, Version
from tests.flows.client import Answer, Ask, Client, attributes, enumeration, raw, struct, text
from tests.flows.objects import EVERY_OBJECT
from tests.flows.requests import AddAttribute, DeleteAttribute, ModifyAttribute, Register, SetAttribute
from tests.flows.samples import object_type_for, value_of

R = ResultReason
_READ_ONLY = {V1_4: R.PERMISSION_DENIED, V2_1: R.ATTRIBUTE_READ_ONLY}

CASES = [
    pytest.param(row, version, id=f"{version}-{row.tag.name}")
    for version in (V1_4, V2_1)
    for row in ATTRIBUTES.values()
    if row.in_version(version)
]
STRANGERS = [
    pytest.param(row, version, id=f"{version}-{row.tag.name}")
    for version in (V1_4, V2_1)
    for row in ATTRIBUTES.values()
    if not row.in_version(version)
]


def _registering(client: Client, kind: ObjectType, *pairs: tuple[Any, Any]) -> Answer:
    return client.one(Register(object_type=kind, attributes=attributes(*pairs), object=EVERY_OBJECT[kind]()))


def _made(client: Client, row: AttributeRow) -> str:
    """An object in state Pre-Active that has the attribute, if a client can give it."""
    kind = object_type_for(row, client.version)
    pairs = [(row.tag, value_of(row.tag, client.version))] if row.client_may_set else []
    answer = _registering(client, kind, *pairs)
    assert answer.ok, answer.message
    return str(answer.payload.unique_identifier)


@pytest.mark.parametrize(("row", "version"), CASES)
def test_given_at_creation(client: Client, row: AttributeRow, version: Version) -> None:
    """ "Initially set by": Client. What the object itself determines may be stated, if it is true."""
    speaking = client.speaking(version)
    kind = object_type_for(row, version)
    answer = _registering(speaking, kind, (row.tag, value_of(row.tag, version)))
    if row.client_may_set:
        assert answer.ok, answer.message
        assert speaking.shown(answer.payload.unique_identifier, row.tag)[row.tag]
    elif row.tag not in GIVEN:
        # 2.1 Table 294, Attribute Read Only: "Attempt to set a Read Only Attribute"; 1.4 §11.4 has Invalid Field.
        assert answer.reason is (R.ATTRIBUTE_READ_ONLY if version >= V2_0 else R.INVALID_FIELD)


@pytest.mark.parametrize(("row", "version"), CASES)
def test_given_twice_at_creation(client: Client, row: AttributeRow, version: Version) -> None:
    """ "Multiple instances permitted"."""
    if not row.client_may_set:
        return
    speaking = client.speaking(version)
    kind = object_type_for(row, version)
    values = [(row.tag, value_of(row.tag, version, number)) for number in (1, 2)]
    answer = _registering(speaking, kind, *values)
    assert answer.ok == row.many
    if row.many:
        assert len(speaking.shown(answer.payload.unique_identifier, row.tag)[row.tag]) == 2
    else:
        assert answer.reason is (R.ATTRIBUTE_SINGLE_VALUED if version >= V2_0 else R.INVALID_FIELD)


@pytest.mark.parametrize(("row", "version"), CASES)
def test_added(client: Client, row: AttributeRow, version: Version) -> None:
    """Add Attribute: what a client may set, once, or again where several are permitted."""
    speaking = client.speaking(version)
    bare = _registering(speaking, object_type_for(row, version)).payload.unique_identifier
    has_one = bool(speaking.shown(bare, row.tag))
    answer = speaking.one(_adding(bare, row, version))
    if not row.client_may_set:
        assert answer.reason is (R.READ_ONLY_ATTRIBUTE if version >= V2_0 else R.PERMISSION_DENIED)
        return
    assert answer.ok == (row.many or not has_one), answer.message
    again = speaking.one(_adding(bare, row, version, 2))
    assert again.ok == row.many
    if not row.many:
        assert again.reason is (R.ATTRIBUTE_SINGLE_VALUED if version >= V2_0 else R.ILLEGAL_OPERATION)


def _adding(uid: str, row: AttributeRow, version: Version, number: int = 1) -> AddAttribute:
    item = AttributeItem(row.tag, value_of(row.tag, version, number))
    return AddAttribute(unique_identifier=uid, new_attribute=item)


@pytest.mark.parametrize(("row", "version"), CASES)
def test_modified(client: Client, row: AttributeRow, version: Version) -> None:
    """ "Modifiable by client": of an object in state Pre-Active, before any use."""
    speaking = client.speaking(version)
    uid = _made(speaking, row)
    before = speaking.shown(uid)
    item = AttributeItem(row.tag, value_of(row.tag, version, 2))
    answer = speaking.one(ModifyAttribute(unique_identifier=uid, new_attribute=item))
    if row.client_may_modify.ever:
        assert answer.ok, answer.message
        assert speaking.shown(uid, row.tag)[row.tag] != before[row.tag]
    else:
        assert answer.reason is _READ_ONLY[version]
        assert speaking.shown(uid) == before


@pytest.mark.parametrize(("row", "version"), CASES)
def test_deleted(client: Client, row: AttributeRow, version: Version) -> None:
    """ "Deletable by client"."""
    speaking = client.speaking(version)
    uid = _made(speaking, row)
    before = speaking.shown(uid)
    answer = speaking.one(DeleteAttribute(unique_identifier=uid, attribute_reference=row.tag))
    if row.client_may_delete.ever:
        assert answer.ok, answer.message
        assert speaking.shown(uid, row.tag) == {}
    elif row.tag in before:
        assert answer.reason is _READ_ONLY[version]
        assert speaking.shown(uid) == before
    else:
        assert not answer.ok


@pytest.mark.parametrize(("row", "version"), [case for case in CASES if case.values[1] >= V2_0])
def test_set(client: Client, row: AttributeRow, version: Version) -> None:
    """Set Attribute (2.1 §6.1.51): as an addition if absent, as a change of the one value, never of several."""
    speaking = client.speaking(version)
    uid = _made(speaking, row)
    before = speaking.shown(uid).get(row.tag, [])
    has_one = len(before) == 1
    item = AttributeItem(row.tag, value_of(row.tag, version, 2))
    answer = speaking.one(SetAttribute(unique_identifier=uid, new_attribute=item))
    if len(before) > 1:
        assert answer.reason is R.MULTI_VALUED_ATTRIBUTE
    elif has_one:
        assert answer.ok == row.client_may_modify.ever, answer.message
        assert len(speaking.shown(uid)[row.tag]) == 1
    else:
        assert answer.ok == row.client_may_set, answer.message


def test_set_does_not_choose_among_several_values(client: Client) -> None:
    """2.1 §6.1.51: "If it has more than one instance an error is raised." """
    uid = client.create()
    for number in (1, 2):
        given = AttributeItem(Tag.NAME, value_of(Tag.NAME, V2_1, number))
        client.do(AddAttribute(unique_identifier=uid, new_attribute=given))
    third = AttributeItem(Tag.NAME, value_of(Tag.NAME, V2_1, 3))
    assert client.refusal(SetAttribute(unique_identifier=uid, new_attribute=third)) is R.MULTI_VALUED_ATTRIBUTE
    assert len(client.shown(uid, Tag.NAME)[Tag.NAME]) == 2


@pytest.mark.parametrize(("row", "version"), STRANGERS)
def test_an_attribute_of_another_version_is_none(client: Client, row: AttributeRow, version: Version) -> None:
    """It can be neither given nor added; asking for it shows nothing."""
    speaking = client.speaking(version)
    uid = speaking.create()
    if version >= V2_0:
        item = struct(Tag.NEW_ATTRIBUTE, text(row.tag, "x"))
        reference = enumeration(Tag.ATTRIBUTE_REFERENCE, int(row.tag))
    else:
        item = struct(Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, row.name), text(Tag.ATTRIBUTE_VALUE, "x"))
        reference = text(Tag.ATTRIBUTE_NAME, row.name)
    identifier = text(Tag.UNIQUE_IDENTIFIER, uid)
    adding: Ask = raw(Operation.ADD_ATTRIBUTE, identifier, item)
    assert speaking.refusal(adding) is (R.INVALID_ATTRIBUTE if version >= V2_0 else R.PERMISSION_DENIED)
    shown = speaking.do(raw(Operation.GET_ATTRIBUTES, identifier, reference)).attributes
    assert shown is None or shown.items == []


@pytest.mark.parametrize("kind", [kind for kind in EVERY_OBJECT if kind is not ObjectType.TEMPLATE])
@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_what_always_has_a_value_has_one(client: Client, version: Version, kind: ObjectType) -> None:
    """ "SHALL always have a value"."""
    speaking = client.speaking(version)
    uid = _registering(speaking, kind).payload.unique_identifier
    shown = set(speaking.shown(uid))
    missing = {
        row.tag
        for row in ATTRIBUTES.values()
        if row.in_version(version) and row.always_in(kind, version) and not row.always.if_readable
    } - shown
    assert missing - _UNKNOWABLE.get(kind, frozenset()) == set()


_UNKNOWABLE: dict[ObjectType, frozenset[Tag]] = {
    ObjectType.SECRET_DATA: frozenset({Tag.CRYPTOGRAPHIC_LENGTH}),
    # It has no key block; 2.1 §4.26 gives the attribute to all objects and tells no format of this one.
    ObjectType.OPAQUE_OBJECT: frozenset({Tag.KEY_FORMAT_TYPE}),
    ObjectType.PGP_KEY: frozenset({Tag.DIGITAL_SIGNATURE_ALGORITHM}),
}
"""What an object registered without it cannot be known to have."""


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_what_the_table_gives_to_other_objects_only_is_refused(client: Client, version: Version) -> None:
    """ "Applies to Object Types": an attribute on an object that no version lets have it."""
    speaking = client.speaking(version)
    checked = 0
    for row in ATTRIBUTES.values():
        others = [kind for kind in EVERY_OBJECT if kind not in row.objects and kind is not ObjectType.TEMPLATE]
        if not row.in_version(version) or not row.client_may_set or not others:
            continue
        answer = _registering(speaking, others[0], (row.tag, value_of(row.tag, version)))
        assert answer.reason is (R.INVALID_ATTRIBUTE if version >= V2_0 else R.INVALID_FIELD)
        checked += 1
    assert checked
