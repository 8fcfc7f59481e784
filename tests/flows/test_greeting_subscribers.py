"""What the server asks a subscriber before the first message, and what it makes of the answers."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from kmip_server.engine.delivery import Outcome, Undelivered
from kmip_server.spec.enums import Operation, ResultReason, ResultStatus
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_2, V1_4, V2_0, V2_1, V3_0, Version
from tests.flows.test_notify_put import OK, PUSHED, House

ASKED = replace(PUSHED, discover_versions=True)
REFUSED = Outcome(ResultStatus.OPERATION_FAILED, ResultReason.OPERATION_NOT_SUPPORTED)


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
    answering(house, OK._replace(versions=told))
    house.deliver()
    assert spoken(house) == [(Operation.DISCOVER_VERSIONS, V2_1), (Operation.PUT, used)]
    assert house.outbox() == []


def test_one_that_is_older_than_discover_versions_is_not_asked() -> None:
    house = House(replace(ASKED, version=V1_0))
    house.client().create()
    house.deliver()
    assert spoken(house) == [(Operation.PUT, V1_0)]


def test_one_that_knows_no_such_operation_is_served_as_configured() -> None:
    house = House(replace(ASKED, query=True))
    house.client().create()
    answering(house, REFUSED, REFUSED)
    house.deliver()
    assert spoken(house) == [(each, V2_1) for each in (Operation.DISCOVER_VERSIONS, Operation.QUERY, Operation.PUT)]
    assert house.outbox() == []


def test_query_goes_this_way_from_1_3_on() -> None:
    house = House(replace(PUSHED, version=V1_2, query=True))
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
    answering(house, OK._replace(versions=(V2_0, V2_1)))
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
    house = House(replace(PUSHED, query=True))
    house.post.hangs_up = True
    house.post.on_send = lambda: OK._replace(operations=known)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            house.client().create()
            house.deliver()
    assert [operation for operation, _ in spoken(house)] == [Operation.QUERY, Operation.PUT] * 2
    assert caplog.messages == ([] if words is None else [f"subscriber array {words}"])
