"""Adjust Attribute, Set Endpoint Role, and Application Data that the server makes."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.attribute_values import AnyValue, AttributeItem, VendorName
from kmip_server.spec.enums import (
    AdjustmentType,
    EndpointRole,
    ObjectType,
    Operation,
    QueryFunction,
    ResultReason,
    State,
)
from kmip_server.spec.structures.attributes import ApplicationSpecificInformation
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_4, V2_0, VERSIONS, Version
from tests.flows.client import Client, aes, enumeration, name, raw
from tests.flows.requests import (
    AddAttribute,
    AdjustAttribute,
    Archive,
    Create,
    Get,
    ModifyAttribute,
    Query,
    SetAttribute,
    SetEndpointRole,
    revoke,
)
from tests.kit import BOB

R = ResultReason
UP, DOWN, NEGATE = AdjustmentType.INCREMENT, AdjustmentType.DECREMENT, AdjustmentType.NEGATE
SINCE_2_0 = [version for version in VERSIONS if version >= V2_0]
COUNT = VendorName("x", "count")


def adjust(uid: str, key: Any, adjustment: AdjustmentType, amount: tuple[ItemType, int] | None = None) -> Any:
    return AdjustAttribute(
        unique_identifier=uid, attribute_reference=key, adjustment_type=adjustment, adjustment_value=amount
    )


def value(client: Client, uid: str, key: Any) -> Any:
    (only,) = client.shown(uid, key)[key]
    return only


@pytest.mark.parametrize("version", SINCE_2_0, ids=str)
def test_a_vendors_number_is_counted(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = speaking.create()
    for adjustment, amount, after in (
        (UP, (ItemType.INTEGER, 5), 5),
        (UP, None, 6),
        (DOWN, (ItemType.INTEGER, 10), -4),
        (NEGATE, None, 4),
    ):
        assert speaking.do(adjust(uid, COUNT, adjustment, amount)).unique_identifier == uid
        assert value(speaking, uid, COUNT) == AnyValue(ItemType.INTEGER, after)


@pytest.mark.parametrize("version", SINCE_2_0, ids=str)
def test_an_interval_without_a_value_begins_at_zero(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = speaking.create()
    speaking.do(adjust(uid, Tag.PROTECTION_PERIOD, UP, (ItemType.INTERVAL, 60)))
    speaking.do(adjust(uid, Tag.PROTECTION_PERIOD, DOWN))
    assert value(speaking, uid, Tag.PROTECTION_PERIOD) == 59
    assert speaking.refusal(adjust(uid, Tag.PROTECTION_PERIOD, NEGATE)) is R.INVALID_DATA_TYPE
    assert speaking.refusal(adjust(uid, Tag.PROTECTION_PERIOD, DOWN, (ItemType.INTEGER, 60))) is R.NUMERIC_RANGE
    assert value(speaking, uid, Tag.PROTECTION_PERIOD) == 59


def test_a_flag_is_negated_and_remembered(client: Client) -> None:
    uid = client.create(aes(256, 12, (Tag.SENSITIVE, True)))
    assert client.refusal(Get(unique_identifier=uid)) is R.SENSITIVE
    client.do(adjust(uid, Tag.SENSITIVE, NEGATE))
    assert value(client, uid, Tag.SENSITIVE) is False
    client.do(adjust(uid, Tag.SENSITIVE, NEGATE))
    assert (value(client, uid, Tag.SENSITIVE), value(client, uid, Tag.ALWAYS_SENSITIVE)) == (True, False)


def test_a_date_is_moved_and_the_state_follows(client: Client) -> None:
    now = client.server.clock.seconds
    uid = client.create(aes(256, 12, (Tag.ACTIVATION_DATE, now + 100)))
    client.do(adjust(uid, Tag.ACTIVATION_DATE, DOWN, (ItemType.INTERVAL, 90)))
    assert (value(client, uid, Tag.ACTIVATION_DATE), value(client, uid, Tag.STATE)) == (now + 10, State.PRE_ACTIVE)
    client.do(adjust(uid, Tag.ACTIVATION_DATE, DOWN, (ItemType.LONG_INTEGER, 20)))
    assert value(client, uid, Tag.STATE) is State.ACTIVE
    assert client.refusal(adjust(uid, Tag.ACTIVATION_DATE, UP)) is R.WRONG_KEY_LIFECYCLE_STATE


def test_what_cannot_be_adjusted(client: Client) -> None:
    uid = client.active()
    two = client.create(aes(256, 12, (Tag.NAME, name("a")), (Tag.NAME, name("b"))))
    for what, asked, reason in (
        ("of the server's", adjust(uid, Tag.CRYPTOGRAPHIC_LENGTH, UP), R.READ_ONLY_ATTRIBUTE),
        ("of the server's, a date", adjust(uid, Tag.INITIAL_DATE, UP), R.READ_ONLY_ATTRIBUTE),
        ("several", adjust(two, Tag.NAME, UP), R.MULTI_VALUED_ATTRIBUTE),
        ("a text", adjust(uid, Tag.COMMENT, UP), R.INVALID_DATA_TYPE),
        ("a structure", adjust(uid, Tag.CONTACT_INFORMATION, NEGATE), R.INVALID_DATA_TYPE),
        ("a date that is not there", adjust(uid, Tag.DEACTIVATION_DATE, UP), R.ITEM_NOT_FOUND),
        ("of no known type", adjust(uid, COUNT, UP), R.INVALID_DATA_TYPE),
        ("by a text", adjust(uid, COUNT, UP, (ItemType.TEXT_STRING, "1")), R.INVALID_DATA_TYPE),  # type: ignore[arg-type]
        ("the server's vendor", adjust(uid, VendorName("y", "n"), UP, (ItemType.INTEGER, 1)), R.READ_ONLY_ATTRIBUTE),
        ("nobody", adjust("none", Tag.SENSITIVE, NEGATE), R.ITEM_NOT_FOUND),
    ):
        assert client.refusal(asked) is reason, what
    assert Client(client.server, who=BOB).refusal(adjust(uid, Tag.SENSITIVE, NEGATE)) is R.ITEM_NOT_FOUND
    client.do(revoke(uid))
    client.do(Archive(unique_identifier=uid))
    assert client.refusal(adjust(uid, Tag.SENSITIVE, NEGATE)) is R.OBJECT_ARCHIVED


def test_1_4_adjusts_nothing_and_changes_no_role(client: Client) -> None:
    old = client.speaking(V1_4)
    assert old.refusal(raw(Operation.ADJUST_ATTRIBUTE)) is R.OPERATION_NOT_SUPPORTED
    assert old.refusal(raw(Operation.SET_ENDPOINT_ROLE)) is R.OPERATION_NOT_SUPPORTED


@pytest.mark.parametrize("version", SINCE_2_0, ids=str)
def test_the_server_stays_a_server(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    assert speaking.do(SetEndpointRole(endpoint_role=EndpointRole.SERVER)).endpoint_role is EndpointRole.SERVER
    assert speaking.refusal(SetEndpointRole(endpoint_role=EndpointRole.CLIENT)) is R.FEATURE_NOT_SUPPORTED
    unknown = raw(Operation.SET_ENDPOINT_ROLE, enumeration(Tag.ENDPOINT_ROLE, 7))
    assert speaking.refusal(unknown) is R.INVALID_FIELD
    assert speaking.refusal(raw(Operation.SET_ENDPOINT_ROLE)) is R.INVALID_MESSAGE
    assert speaking.do(Query(query_function=[QueryFunction.QUERY_OPERATIONS])).operation


# --- Application Specific Information ---------------------------------------------------------------


def _told(namespace: str, application_data: str | None = None) -> ApplicationSpecificInformation:
    return ApplicationSpecificInformation(application_namespace=namespace, application_data=application_data)


_KEY = Tag.APPLICATION_SPECIFIC_INFORMATION


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_the_server_makes_the_data_of_a_namespace_it_knows(make_server: Any, version: Version) -> None:
    client = Client(make_server(application_namespaces=("tape", "ssl"))).speaking(version)
    asked = Query(query_function=[QueryFunction.QUERY_APPLICATION_NAMESPACES])
    assert client.do(asked).application_namespace == ["tape", "ssl"]
    first = value(client, client.create(aes(256, 12, (_KEY, _told("tape")))), _KEY)
    uid = client.create()
    added = client.do(AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(_KEY, _told("tape"))))
    second = value(client, uid, _KEY)
    assert (first.application_namespace, second.application_namespace) == ("tape", "tape")
    assert first.application_data and second.application_data
    assert first.application_data != second.application_data
    if version < V2_0:
        assert added.attribute.value == second
    changed = AttributeItem(_KEY, _told("ssl"))
    client.do(ModifyAttribute(unique_identifier=uid, new_attribute=changed))
    assert value(client, uid, _KEY).application_namespace == "ssl"
    assert value(client, uid, _KEY).application_data
    assert client.located((_KEY, second)) == []


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_of_an_unknown_namespace_the_client_brings_the_data(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    unknown, whole = AttributeItem(_KEY, _told("tape")), AttributeItem(_KEY, _told("tape", "here"))
    uid = speaking.create(aes(256, 12, (_KEY, _told("tape", "there"))))
    requests = [
        Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 12, (_KEY, _told("tape")))),
        AddAttribute(unique_identifier=uid, new_attribute=unknown),
        ModifyAttribute(unique_identifier=uid, new_attribute=unknown),
    ]
    if version >= V2_0:
        requests.append(SetAttribute(unique_identifier=uid, new_attribute=unknown))
    for asked in requests:
        assert speaking.refusal(asked) is R.APPLICATION_NAMESPACE_NOT_SUPPORTED
    speaking.do(ModifyAttribute(unique_identifier=uid, new_attribute=whole))
    assert value(speaking, uid, _KEY) == _told("tape", "here")
    assert len(speaking.located()) == 1


def test_a_search_may_name_the_namespace_alone(client: Client) -> None:
    uid = client.create(aes(256, 12, (_KEY, _told("tape", "there"))))
    assert client.located((_KEY, _told("tape"))) == [uid]
    assert client.located((_KEY, _told("disk"))) == []
