"""Locate: every comparison the standard names, on every attribute (1.4 §4.9, 2.1 §6.1.28)."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    LinkType,
    ObjectGroupMember,
    ObjectType,
    Operation,
    ResultReason,
    State,
    UsageLimitsUnit,
)
from kmip_server.spec.structures.attributes import ApplicationSpecificInformation, Link, UsageLimits
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_2, V1_3, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import Client, aes, attributes, enumeration, name, raw, struct, text
from tests.flows.objects import EVERY_OBJECT, certificate, secret, template
from tests.flows.requests import Destroy, Get, Locate, Register
from tests.flows.samples import object_type_for, value_of
from tests.kit import BOB

R = ResultReason


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_without_conditions_everything_one_may_see_is_found(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    mine = {speaking.create(), speaking.create()}
    Client(client.server, version, BOB).create()
    assert set(speaking.located()) == mine


def test_newest_first_since_1_4_and_oldest_first_before(client: Client) -> None:
    made = [client.create() for _ in range(3)]
    for version in VERSIONS:
        assert client.speaking(version).located() == (made[::-1] if version >= V1_4 else made)


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
@pytest.mark.parametrize("row", list(ATTRIBUTES.values()), ids=lambda row: row.tag.name)
def test_every_attribute_that_an_object_shows_finds_it(client: Client, version: Version, row: Any) -> None:
    """What Get Attributes answers is what Locate takes; another value finds nothing."""
    if not row.in_version(version):
        return
    speaking = client.speaking(version)
    kind = object_type_for(row, version)
    pairs = [(row.tag, value_of(row.tag, version))] if row.client_may_set else []
    request = Register(object_type=kind, attributes=attributes(*pairs), object=EVERY_OBJECT[kind]())
    uid = speaking.do(request).unique_identifier
    client.server.clock.advance(5)
    shown = speaking.shown(uid, row.tag)
    if not shown or row.tag is Tag.LEASE_TIME:
        return
    for value in shown[row.tag]:
        assert uid in speaking.located((row.tag, value)), value


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.AES)], {"big", "small"}),
        ([(Tag.CRYPTOGRAPHIC_LENGTH, 128)], {"small"}),
        ([(Tag.OBJECT_TYPE, ObjectType.SECRET_DATA)], {"secret"}),
        ([(Tag.CRYPTOGRAPHIC_USAGE_MASK, 4)], {"big", "small"}),
        ([(Tag.CRYPTOGRAPHIC_USAGE_MASK, 12)], {"big"}),
        ([(Tag.CRYPTOGRAPHIC_USAGE_MASK, 16)], set()),
        ([(Tag.CRYPTOGRAPHIC_USAGE_MASK, 0)], {"big", "small", "secret"}),
        ([(Tag.STATE, State.ACTIVE)], {"big"}),
        ([(Tag.STATE, State.PRE_ACTIVE)], {"small", "secret"}),
        ([(Tag.OBJECT_GROUP, "one"), (Tag.OBJECT_GROUP, "two")], {"big"}),
        ([(Tag.OBJECT_GROUP, "one")], {"big", "small"}),
        ([(Tag.NAME, name("big")), (Tag.CRYPTOGRAPHIC_LENGTH, 128)], set()),
        ([(Tag.CONTACT_INFORMATION, "me")], set()),
    ],
)
@pytest.mark.parametrize("version", [V1_0, V1_4, V2_1], ids=str)
def test_conditions_are_anded_and_compared_as_the_standard_says(
    client: Client, version: Version, pairs: list[tuple[Tag, Any]], expected: set[str]
) -> None:
    speaking = client.speaking(version)
    one, two = (Tag.OBJECT_GROUP, "one"), (Tag.OBJECT_GROUP, "two")
    uids = {
        "big": speaking.active(aes(256, 12, (Tag.NAME, name("big")), one, two)),
        "small": speaking.create(aes(128, 4, (Tag.NAME, name("small")), one)),
        "secret": speaking.register(secret(), ObjectType.SECRET_DATA),
    }
    assert set(speaking.located(*pairs)) == {uids[each] for each in expected}


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_1], ids=str)
def test_dates_exact_in_a_range_and_undefined(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    start = client.server.clock.seconds
    first = speaking.create()
    client.server.clock.advance(10)
    second = speaking.active()
    tag = Tag.INITIAL_DATE
    assert speaking.located((tag, start)) == [first]
    assert set(speaking.located((tag, start), (tag, start + 10))) == {first, second}
    assert set(speaking.located((tag, start + 10), (tag, start))) == {first, second}, "the limits in either order"
    assert speaking.located((tag, start + 1), (tag, start + 10)) == [second]
    assert speaking.located((tag, start + 1), (tag, start + 9)) == []
    assert speaking.located((tag, 0), (tag, 1), (tag, 2)) == []
    undefined = 2**63 - 1
    assert speaking.located((Tag.ACTIVATION_DATE, undefined)) == [first]


def test_structures_may_lack_fields(client: Client) -> None:
    """1.4 §4.9: of a structure, only the fields that are given are compared."""
    speaking = client.speaking(V1_4)
    about = ApplicationSpecificInformation(application_namespace="ssl", application_data="www")
    uid = speaking.create(aes(256, 12, (Tag.APPLICATION_SPECIFIC_INFORMATION, about), (Tag.NAME, name("n"))))
    link = Link(link_type=LinkType.PARENT_LINK, linked_object_identifier="parent")
    child = speaking.create(aes(256, 12, (Tag.LINK, link)))

    def found(attribute: str, *fields: Any) -> list[str]:
        item = struct(Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, attribute), struct(Tag.ATTRIBUTE_VALUE, *fields))
        return list(speaking.do(raw(Operation.LOCATE, item)).unique_identifier)

    asi = "Application Specific Information"
    assert found(asi, text(Tag.APPLICATION_NAMESPACE, "ssl")) == [uid]
    assert found(asi, text(Tag.APPLICATION_DATA, "www")) == [uid]
    assert found(asi, text(Tag.APPLICATION_NAMESPACE, "ssh"), text(Tag.APPLICATION_DATA, "www")) == []
    assert found("Name", text(Tag.NAME_VALUE, "n")) == [uid]
    assert found("Link", enumeration(Tag.LINK_TYPE, LinkType.PARENT_LINK)) == [child]
    assert found("Link", text(Tag.LINKED_OBJECT_IDENTIFIER, "parent")) == [child]


def test_fields_of_one_condition_are_those_of_one_instance(client: Client) -> None:
    """Two instances that have one field each are not one instance that has both."""
    pairs = [("ssl", "a"), ("ssh", "b")]
    given = [
        (
            Tag.APPLICATION_SPECIFIC_INFORMATION,
            ApplicationSpecificInformation(application_namespace=n, application_data=d),
        )
        for n, d in pairs
    ]
    uid = client.create(aes(256, 12, *given))
    mixed = ApplicationSpecificInformation(application_namespace="ssl", application_data="b")
    assert client.located((Tag.APPLICATION_SPECIFIC_INFORMATION, mixed)) == []
    assert client.located(given[1]) == [uid]


def test_usage_limits_are_at_least_what_is_asked(client: Client) -> None:
    limits = UsageLimits(usage_limits_total=100, usage_limits_unit=UsageLimitsUnit.BYTE)
    uid = client.create(aes(256, 12, (Tag.USAGE_LIMITS, limits)))
    for total, expected in ((50, [uid]), (100, [uid]), (101, [])):
        asked = UsageLimits(usage_limits_total=total, usage_limits_unit=UsageLimitsUnit.BYTE)
        assert client.located((Tag.USAGE_LIMITS, asked)) == expected


def test_pages_and_counts(client: Client) -> None:
    made = [client.create() for _ in range(4)]
    for version in (V1_0, V1_3, V2_1):
        speaking = client.speaking(version)
        everything = speaking.located()
        assert speaking.located(maximum_items=2) == everything[:2]
        assert speaking.located(maximum_items=2, offset_items=3) == everything[3:]
        assert speaking.located(maximum_items=0) == []
        done = speaking.do(Locate(maximum_items=1))
        assert done.located_items == (len(made) if version >= V1_3 else None)
    for wrong in ({"maximum_items": -1}, {"offset_items": -1}):
        assert client.refusal(Locate(**wrong)) is R.INVALID_FIELD


def test_the_server_has_a_limit_of_its_own(make_server: Any) -> None:
    client = Client(make_server(maximum_locate_items=2), V2_1)
    made = [client.create() for _ in range(3)]
    done = client.do(Locate(maximum_items=100))
    assert (done.unique_identifier, done.located_items) == (made[:0:-1], 3)


def test_storage_status(client: Client) -> None:
    there, gone = client.create(), client.create()
    client.do(Destroy(unique_identifier=gone))
    assert client.located() == [there]
    for mask, expected in ((1, [there]), (2, []), (4, [gone]), (5, [gone, there]), (0, [])):
        assert client.located(storage_status_mask=mask) == expected


def test_members_of_groups_fresh_and_used(client: Client) -> None:
    group = (Tag.OBJECT_GROUP, "pool")
    fresh, used = client.create(aes(256, 12, group)), client.create(aes(256, 12, group))
    client.do(Get(unique_identifier=used))
    assert client.located(group, object_group_member=ObjectGroupMember.GROUP_MEMBER_FRESH) == [fresh]
    assert client.shown(used, Tag.FRESH) == {Tag.FRESH: [False]}


@pytest.mark.parametrize("version", [V1_0, V1_2, V1_4, V2_0, V2_1], ids=str)
def test_an_attribute_that_the_version_does_not_know_is_refused(client: Client, version: Version) -> None:
    """1.4 §11.10: "attributes that the server does not understand ...: Invalid Field"; 2.1 Table 249."""
    speaking = client.speaking(version)
    speaking.create()
    if version >= V2_0:
        unknown = struct(Tag.ATTRIBUTES, text(0x42FFFF, "x"))
    else:
        unknown = struct(Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, "Colour"), text(Tag.ATTRIBUTE_VALUE, "x"))
    assert speaking.refusal(raw(Operation.LOCATE, unknown)) is (
        R.INVALID_ATTRIBUTE if version >= V2_0 else R.INVALID_FIELD
    )


def test_a_template_that_is_named_says_what_to_find(client: Client) -> None:
    """1.4 §11.10: "templates that do not exist are given in the request: Invalid Field"."""
    speaking = client.speaking(V1_2)
    asked = struct(Tag.TEMPLATE_ATTRIBUTE, struct(Tag.NAME, text(Tag.NAME_VALUE, "t"), enumeration(Tag.NAME_TYPE, 1)))
    assert speaking.refusal(raw(Operation.LOCATE, asked)) is R.INVALID_FIELD
    long, _ = speaking.create(aes(256)), speaking.create(aes(128))
    given = template(AttributeItem(Tag.CRYPTOGRAPHIC_LENGTH, 256))
    speaking.register(given, ObjectType.TEMPLATE, attributes((Tag.NAME, name("t"))))
    assert speaking.do(raw(Operation.LOCATE, asked)).unique_identifier == [long]


def test_a_value_of_the_wrong_type_is_an_error(client: Client) -> None:
    wrong = struct(Tag.ATTRIBUTES, text(Tag.CRYPTOGRAPHIC_LENGTH, "256"))
    assert client.refusal(raw(Operation.LOCATE, wrong)) is R.INVALID_FIELD


def test_what_is_open_to_all_is_found_by_all(client: Client) -> None:
    """1.4 §3.18.2.2: certificates and public keys may be located by anyone."""
    bob = Client(client.server, V2_1, BOB)
    uid = client.register(certificate(), ObjectType.CERTIFICATE)
    client.create()
    assert bob.located() == [uid]
    assert bob.one(Get(unique_identifier=uid)).ok
    assert bob.refusal(Destroy(unique_identifier=uid)) is R.PERMISSION_DENIED
