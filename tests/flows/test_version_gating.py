"""An object that has every attribute of every version shows each client those of its own version, and no more.

``strict`` refuses any answer that holds a tag, a type or an enumeration value younger than the request.
"""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.attribute_values import LINK_TAGS, AttributeItem, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import LinkType, ObjectType, Operation, QueryFunction, ResultReason
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.attributes import Link
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_4, V2_0, V2_1, V3_0, VERSIONS, Version
from tests.flows.client import Client, aes, custom, enumeration, integer, raw, struct, text
from tests.flows.objects import EVERY_OBJECT
from tests.flows.requests import AddAttribute, Get, GetAttributeList, GetAttributes, ModifyAttribute, Query, Register
from tests.flows.samples import value_of


def _laden(client: Client, kind: ObjectType) -> str:
    """An object with every attribute that a client of any version may give it."""
    given: dict[Tag, Any] = {}
    uid = ""
    for version in (V1_4, V2_1, V3_0):
        speaking = client.speaking(version)
        if not uid:
            done = speaking.do(Register(object_type=kind, object=EVERY_OBJECT[kind]()))
            uid = done.unique_identifier
        for row in ATTRIBUTES.values():
            usable = row.in_version(version) and row.client_may_set and kind in row.objects and row.tag not in given
            if not usable or row.tag in LINK_TAGS.values() or row.tag is Tag.OPERATION_POLICY_NAME:
                continue
            item = AttributeItem(row.tag, value_of(row.tag, version))
            answer = speaking.one(AddAttribute(unique_identifier=uid, new_attribute=item))
            if answer.ok:
                given[row.tag] = version
        for vendor in ("x", "y", "Acme"):
            if version >= V2_0:
                speaking.one(AddAttribute(unique_identifier=uid, new_attribute=custom("v", vendor, f"{version}")))
    for link_type in LinkType:
        link = Link(link_type=link_type, linked_object_identifier="elsewhere")
        version = V2_1 if link_type.in_version(V2_1) else V3_0
        client.speaking(version).one(AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.LINK, link)))
    assert len(given) > 15
    return uid


def _known(key: Tag, version: Version) -> bool:
    """3.0 has an attribute for each type of Link; the client reads all of them as links."""
    return ATTRIBUTES[key].in_version(version) or (version >= V3_0 and key is Tag.LINK)


@pytest.mark.parametrize("kind", [kind for kind in EVERY_OBJECT if kind is not ObjectType.TEMPLATE])
def test_no_client_is_shown_what_is_younger_than_its_version(client: Client, kind: ObjectType) -> None:
    uid = _laden(client, kind)
    seen: dict[Version, set[Any]] = {}
    for version in VERSIONS:
        speaking = client.speaking(version)
        shown = speaking.do(GetAttributes(unique_identifier=uid)).attributes
        listed = speaking.do(GetAttributeList(unique_identifier=uid)).attribute_reference
        seen[version] = {item.key for item in shown.items}
        assert [key for key in seen[version] if isinstance(key, Tag) and not _known(key, version)] == []
        if version < V3_0:
            assert set(listed) >= seen[version]  # a value may be one that the version has no word for
        assert len(listed) == len(set(listed))
        if kind.in_version(version):
            assert speaking.one(Get(unique_identifier=uid)).ok
        for key in listed:
            if key in seen[version]:
                assert key in speaking.shown(uid, key)
    assert seen[V1_0] < seen[V1_4] | {Tag.OPERATION_POLICY_NAME}
    assert VendorName("Acme", "2.1") in seen[V2_1] and VendorName("Acme", "2.1") not in seen[V1_4]


def test_an_object_type_that_the_version_does_not_have_is_not_handed_out(client: Client) -> None:
    """1.0 and 1.1 know no PGP Key: such an object is there, and its value cannot be said."""
    uid = client.register(EVERY_OBJECT[ObjectType.PGP_KEY](), ObjectType.PGP_KEY)
    answer = client.speaking(V1_0).one(Get(unique_identifier=uid))
    assert not answer.ok
    assert client.speaking(V1_4).one(Get(unique_identifier=uid)).ok


def test_a_usage_mask_shows_the_bits_of_the_version_only(client: Client) -> None:
    mask = int(CryptographicUsageMask.ENCRYPT | CryptographicUsageMask.FPE_ENCRYPT)
    both = client.create(aes(256, mask))
    assert client.shown(both, Tag.CRYPTOGRAPHIC_USAGE_MASK)[Tag.CRYPTOGRAPHIC_USAGE_MASK] == [mask]
    old = client.speaking(V1_0).shown(both, Tag.CRYPTOGRAPHIC_USAGE_MASK)[Tag.CRYPTOGRAPHIC_USAGE_MASK]
    assert old == [int(CryptographicUsageMask.ENCRYPT)]


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_query_answers_every_question_of_its_version(client: Client, version: Version) -> None:
    functions = [each for each in QueryFunction if each.in_version(version)]
    told = client.speaking(version).do(Query(query_function=functions))
    assert told.operation == sorted(told.operation)
    assert all(each.in_version(version) for each in (*told.operation, *told.object_type))
    assert Operation.ENCRYPT in told.operation or version < Version(1, 2)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_query_says_of_an_operation_what_the_server_does(client: Client, version: Version) -> None:
    """What Query names is served, what it does not name is not."""
    speaking = client.speaking(version)
    named = set(speaking.do(Query(query_function=[QueryFunction.QUERY_OPERATIONS])).operation)
    for code in Operation:
        served = speaking.one(raw(code)).reason is not ResultReason.OPERATION_NOT_SUPPORTED
        assert served == (code in named)


def test_a_question_of_another_version_is_refused(client: Client) -> None:
    asked = raw(Operation.QUERY, enumeration(Tag.QUERY_FUNCTION, 0x0C))
    assert not client.speaking(V1_0).one(asked).ok
    assert client.speaking(V2_1).one(asked).ok


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_modified_attributes_are_answered_in_the_form_of_the_version(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = speaking.create()
    add = AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.CONTACT_INFORMATION, "a"))
    change = ModifyAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.CONTACT_INFORMATION, "b"))
    for request, expected in ((add, "a"), (change, "b")):
        done = speaking.do(request)
        if version < V2_0:
            assert done.attribute == AttributeItem(Tag.CONTACT_INFORMATION, expected)
        assert speaking.shown(uid, Tag.CONTACT_INFORMATION) == {Tag.CONTACT_INFORMATION: [expected]}


def test_2_x_does_not_take_the_form_of_1_x_nor_1_x_that_of_2_x(client: Client) -> None:
    old = struct(
        Tag.TEMPLATE_ATTRIBUTE,
        struct(Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, "Cryptographic Length"), integer(Tag.ATTRIBUTE_VALUE, 128)),
    )
    new = struct(Tag.ATTRIBUTES, integer(Tag.CRYPTOGRAPHIC_LENGTH, 128))
    kind = enumeration(Tag.OBJECT_TYPE, 2)
    assert not client.speaking(V2_1).one(raw(Operation.CREATE, kind, old)).ok
    assert not client.speaking(V1_4).one(raw(Operation.CREATE, kind, new)).ok
