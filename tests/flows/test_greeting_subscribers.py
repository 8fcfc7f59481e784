"""What the server asks a subscriber before the first message, and what it makes of the answers."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from kmip_server.engine.post import Outcome, Undelivered
from kmip_server.operations.discover_versions import DiscoverVersionsResponse
from kmip_server.operations.query import QueryResponse
from kmip_server.spec.enums import (
    ObjectType,
    Operation,
    ProfileName,
    QueryFunction,
    ResultReason,
    ResultStatus,
)
from kmip_server.spec.structures.query import (
    ASKED_OF_CLIENTS,
    CapabilityInformation,
    ProfileInformation,
    ProtocolVersion,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_2, V1_4, V2_0, V2_1, V3_0, Version
from tests.flows.test_notify_put import OK, PUSHED, House

ASKED = replace(PUSHED, discover_versions=True)
QUERIED = (QueryFunction.QUERY_OPERATIONS,)
REFUSED = Outcome(ResultStatus.OPERATION_FAILED, ResultReason.OPERATION_NOT_SUPPORTED)


def speaking(*versions: Version) -> Outcome:
    """The answer to Discover Versions."""
    each = [ProtocolVersion(major=version.major, minor=version.minor) for version in versions]
    return OK._replace(payload=DiscoverVersionsResponse(protocol_version=each))


def answering(house: House, *outcomes: Outcome) -> None:
    """These answers, then Success."""
    left = list(outcomes)
    house.post.on_send = lambda: left.pop(0) if left else OK


def spoken(house: House) -> list[tuple[Operation, Version]]:
    """Operation and version of each message that was sent."""
    found = []
    for (_, operation, _), tree in zip(house.post.sent, house.post.trees, strict=True):
        header = next(each for each in tree[2] if each[0] == Tag.REQUEST_HEADER)
        version = next(each for each in header[2] if each[0] == Tag.PROTOCOL_VERSION)
        found.append((operation, Version(version[2][0][2], version[2][1][2])))
    return found


@pytest.mark.parametrize(
    ("told", "used"),
    [((V1_4, V1_2, V1_0), V1_4), ((V2_0, V3_0), V2_0), ((V1_2,), V1_2), ((Version(9, 9), V1_0), V1_0), ((), V2_1)],
)
def test_the_newest_version_that_both_know_is_spoken(told: tuple[Version, ...], used: Version) -> None:
    house = House(ASKED)
    house.client().create()
    answering(house, speaking(*told))
    house.deliver()
    assert spoken(house) == [(Operation.DISCOVER_VERSIONS, V2_1), (Operation.PUT, used)]
    assert house.outbox() == []


def test_one_that_is_older_than_discover_versions_is_not_asked() -> None:
    house = House(replace(ASKED, version=V1_0))
    house.client().create()
    house.deliver()
    assert spoken(house) == [(Operation.PUT, V1_0)]


def test_one_that_knows_no_such_operation_is_served_as_configured() -> None:
    house = House(replace(ASKED, query=QUERIED))
    house.client().create()
    answering(house, REFUSED, REFUSED)
    house.deliver()
    assert spoken(house) == [(each, V2_1) for each in (Operation.DISCOVER_VERSIONS, Operation.QUERY, Operation.PUT)]
    assert house.outbox() == []


def test_query_goes_this_way_from_1_3_on() -> None:
    house = House(replace(PUSHED, version=V1_2, query=QUERIED))
    house.client().create()
    house.deliver()
    assert spoken(house) == [(Operation.PUT, V1_2)]


def test_it_is_asked_once_for_each_connection() -> None:
    house = House(ASKED)
    for _ in range(2):
        house.client().create()
        house.deliver()
    house.post.hangs_up = True
    house.client().create()
    house.deliver()
    assert [operation for operation, _ in spoken(house)] == [
        Operation.DISCOVER_VERSIONS, Operation.PUT, Operation.PUT, Operation.DISCOVER_VERSIONS, Operation.PUT,
    ]  # fmt: skip


def test_no_key_is_opened_for_one_that_speaks_nothing_in_common_and_it_is_asked_again() -> None:
    house = House(replace(ASKED, version=V1_4))
    house.client().create()
    records = len(house.audit())
    answering(house, speaking(V2_0, V2_1))
    house.deliver()
    assert len(house.audit()) == records
    assert [operation for operation, _ in spoken(house)] == [Operation.DISCOVER_VERSIONS]
    house.server.clock.advance(1)
    house.deliver()
    assert [operation for operation, _ in spoken(house)][1:] == [Operation.DISCOVER_VERSIONS, Operation.PUT]


def test_a_question_without_an_answer_is_tried_again() -> None:
    house = House(ASKED)
    house.client().create()

    def breaks_off() -> Outcome:
        raise Undelivered("closed")

    house.post.on_send = breaks_off
    house.deliver()
    assert len(house.outbox()) == 1
    house.server.clock.advance(1)
    house.post.on_send = lambda: OK
    house.deliver()
    assert [operation for operation, _ in spoken(house)][-2:] == [Operation.DISCOVER_VERSIONS, Operation.PUT]
    assert house.outbox() == []


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ((Operation.QUERY,), "does not support Notify and Put, by its own Query"),
        ((Operation.NOTIFY,), "does not support Put, by its own Query"),
        ((Operation.NOTIFY, Operation.PUT, 0x80000001), None),
    ],
)
def test_the_log_says_once_what_it_does_not_support(
    known: tuple[int, ...], words: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(replace(PUSHED, query=QUERIED))
    house.post.hangs_up = True
    told = QueryResponse(operation=[Operation(each) for each in known])
    house.post.on_send = lambda: OK._replace(payload=told)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            house.client().create()
            house.deliver()
    assert [operation for operation, _ in spoken(house)] == [Operation.QUERY, Operation.PUT] * 2
    assert caplog.messages == ([] if words is None else [f"subscriber array {words}"])


def test_the_standard_s_list_of_what_a_client_may_be_asked() -> None:
    """1.4 §5.3 and 2.1 §6.2.4 list the same: no Application Namespaces, no Defaults, no Storage Protection Masks."""
    assert [each.title for each in ASKED_OF_CLIENTS] == [
        "Query Operations", "Query Objects", "Query Server Information", "Query Extension List", "Query Extension Map",
        "Query Attestation Types", "Query RNGs", "Query Validations", "Query Profiles", "Query Capabilities",
        "Query Client Registration Methods",
    ]  # fmt: skip


def test_it_is_asked_in_one_query_what_is_configured_in_that_order() -> None:
    asked = (QueryFunction.QUERY_PROFILES, QueryFunction.QUERY_OBJECTS)
    house = House(replace(PUSHED, query=asked))
    house.client().create()
    house.deliver()
    payload = next(payload for _, operation, payload in house.post.sent if operation is Operation.QUERY)
    assert payload.query_function == list(asked)


def test_the_log_says_once_what_it_says_of_itself_and_again_when_that_changes(caplog: pytest.LogCaptureFixture) -> None:
    house = House(replace(PUSHED, query=ASKED_OF_CLIENTS[1:]))
    house.post.hangs_up = True
    profile = ProfileInformation(profile_name=ProfileName.TAPE_LIBRARY_CLIENT_KMIP_V1_0)
    answers = [
        QueryResponse(vendor_identification="ACME" + "x" * 100, profile_information=[profile] * 101),
        QueryResponse(vendor_identification="ACME" + "x" * 100, profile_information=[profile] * 101),
        QueryResponse(capability_information=[CapabilityInformation(streaming_capability=False)]),
    ]
    with caplog.at_level(logging.INFO):
        for answer in answers:
            house.post.on_send = lambda told=answer: OK._replace(payload=told)  # type: ignore[misc]
            house.client().create()
            house.deliver()
    profiles = ", ".join(["Profile Name Tape Library Client KMIP v1.0"] * 100)
    assert [line for line in caplog.messages if "says of itself" in line] == [
        f"subscriber array says of itself: Vendor Identification: ACME{'x' * 76}...; "
        f"Profile Information: {profiles}, and 1 more",
        "subscriber array says of itself: Capability Information: Streaming Capability no",
    ]


@pytest.mark.parametrize(
    ("told", "sent"),
    [([ObjectType.SYMMETRIC_KEY], True), ([], True), ([ObjectType.SECRET_DATA, ObjectType.CERTIFICATE], False)],
)
def test_no_key_is_put_to_one_that_says_it_does_not_take_keys(told: list[ObjectType], sent: bool) -> None:
    house = House(replace(PUSHED, query=(QueryFunction.QUERY_OBJECTS,)))
    uid = house.client().create()
    answering(house, OK._replace(payload=QueryResponse(object_type=told)))
    house.deliver()
    assert (Operation.PUT in [operation for operation, _ in spoken(house)]) is sent
    assert house.outbox() == []
    ((result, detail),) = [(row[9], row[11]) for row in house.audit() if row[4] == "Put" and row[5] == uid]
    if not sent:
        assert (result, detail) == ("Operation Failed", "the receiver does not support Symmetric Key, by its own Query")
