"""The reader of the published cases, and the comparer run over every one of them."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.enums import Operation, ResultStatus
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire import json, ttlv, xml
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case, Placeholder, all_cases, child, children, fill, operations_of, walk
from tests.conformance.comparison import compare
from tests.conformance.dialogue import Dialogue
from tests.material import CASE_FILES, EXPECTED_CASES, NO_CASES

pytestmark = pytest.mark.skipif(not CASE_FILES, reason=NO_CASES)
NOW = 1_700_000_000


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return all_cases()


class PerfectServer:
    """Answers as published, with values of its own for the placeholders."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._made = 0

    def answer(self, expected: Item) -> Item:
        values: dict[str, Any] = {}

        def value(placeholder: Placeholder, item: Item) -> Any:
            if placeholder.name == "NOW":
                return NOW + placeholder.offset
            if placeholder.numbered and placeholder.name in self._dialogue.bound:
                return self._dialogue.bound[placeholder.name]
            if placeholder.name not in values:
                self._made += 1
                made = f"made-{self._made}"
                values[placeholder.name] = made.encode() if item[1] == ItemType.BYTE_STRING else made
            return values[placeholder.name]

        return fill(expected, value)


def test_every_case_is_read(cases: list[Case]) -> None:
    assert len(cases) == EXPECTED_CASES
    assert {case.version for case in cases} == {"1.0", "1.1", "1.2", "1.3", "1.4", "2.0", "2.1", "3.0"}
    assert all(case.exchanges and case.family for case in cases)


def test_every_message_has_the_version_of_its_case(cases: list[Case]) -> None:
    for case in cases:
        for exchange in case.exchanges:
            for message in (exchange.request, exchange.response):
                version = child(message[2][0], Tag.PROTOCOL_VERSION)
                assert version is not None
                assert ".".join(str(part[2]) for part in version[2]) == case.version


def test_the_number_of_cases_within_the_main_operations_is_as_indexed(cases: list[Case]) -> None:
    names = (
        "QUERY DISCOVER_VERSIONS CREATE CREATE_KEY_PAIR REGISTER GET GET_ATTRIBUTES GET_ATTRIBUTE_LIST ADD_ATTRIBUTE "
        "MODIFY_ATTRIBUTE DELETE_ATTRIBUTE SET_ATTRIBUTE LOCATE ACTIVATE REVOKE DESTROY RE_KEY ENCRYPT DECRYPT SIGN "
        "SIGNATURE_VERIFY MAC MAC_VERIFY"
    )
    main = {Operation[name] for name in names.split()}
    assert sum(operations_of(case) <= main for case in cases) == 544


def test_the_published_responses_are_equal_to_themselves(cases: list[Case]) -> None:
    """Every request can be filled and sent, and a server that answers as published passes every case."""
    found: list[str] = []
    for case in cases:
        dialogue = Dialogue(case)
        server = PerfectServer(dialogue)
        for step, exchange in enumerate(case.exchanges):
            sent = dialogue.request(exchange.request, NOW)
            received = server.answer(exchange.response)
            assert ttlv.parse(ttlv.print_(sent)) == sent
            found += [f"{case} step {step}: {each}" for each in compare(exchange.response, received, sent, dialogue)]
            dialogue.answered(sent, received)
    assert found == []


def with_status(item: Item, status: int) -> Item:
    tag, kind, value = item
    if tag == Tag.RESULT_STATUS:
        return tag, kind, status
    return (tag, kind, [with_status(each, status) for each in value]) if kind == ItemType.STRUCTURE else item


def test_another_outcome_is_seen_in_every_exchange(cases: list[Case]) -> None:
    for case in cases:
        dialogue = Dialogue(case)
        server = PerfectServer(dialogue)
        for exchange in case.exchanges:
            sent = dialogue.request(exchange.request, NOW)
            received = server.answer(exchange.response)
            statuses = {item[2] for item in walk(received) if item[0] == Tag.RESULT_STATUS}
            other = next(status for status in ResultStatus if status not in statuses)
            assert compare(exchange.response, with_status(received, other), sent, dialogue), str(case)
            dialogue.answered(sent, received)


def test_every_request_survives_xml_and_json(cases: list[Case]) -> None:
    for case in cases[::7]:
        dialogue = Dialogue(case)
        server = PerfectServer(dialogue)
        for exchange in case.exchanges:
            sent = dialogue.request(exchange.request, NOW)
            assert xml.parse(xml.print_(sent)) == sent == json.parse(json.print_(sent))
            received = server.answer(exchange.response)
            compare(exchange.response, received, sent, dialogue)
            dialogue.answered(sent, received)


def test_batches_are_answered_item_by_item(cases: list[Case]) -> None:
    for case in cases:
        for exchange in case.exchanges:
            asked, given = (children(message, Tag.BATCH_ITEM) for message in (exchange.request, exchange.response))
            assert len(asked) == len(given), str(case)
