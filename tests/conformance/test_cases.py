"""The reader of the published cases, and the comparer run over every one of them."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest

from kmip_server.spec.enums import ResultStatus
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire import json, ttlv, xml
from kmip_server.wire.tree import Item
from kmip_server.wire.value_names import name_of
from tests.conformance.cases import (
    Case,
    Placeholder,
    all_cases,
    child,
    children,
    family_of,
    fill,
    operations_of,
    unreadable,
    walk,
)
from tests.conformance.comparison import compare
from tests.conformance.dialogue import Dialogue
from tests.material import CASE_FILES, CASES, EXPECTED_CASES, NO_CASES

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


def index() -> dict[str, str]:
    """The folder's own index: the operations of every case, as its makers read them."""
    with (CASES / "INDEX.tsv").open(newline="") as file:
        return {row["case_id"]: row["operations"] for row in csv.DictReader(file, delimiter="\t")}


def test_every_case_is_read(cases: list[Case]) -> None:
    assert unreadable() == {}
    assert {case.case_id for case in cases} == index().keys()
    assert len(cases) >= EXPECTED_CASES
    assert {case.version for case in cases} == {"1.0", "1.1", "1.2", "1.3", "1.4", "2.0", "2.1", "3.0"}
    assert all(case.exchanges and case.family for case in cases)


def test_families_are_known_by_the_names_of_their_cases(cases: list[Case]) -> None:
    with (CASES / "INDEX.tsv").open(newline="") as file:
        families = {row["case_id"]: row["family"] for row in csv.DictReader(file, delimiter="\t")}
    assert families == {case.case_id: case.family for case in cases}
    assert family_of("TC-111-10") == "TC-NUM"
    assert family_of("TC-MD-24-21") == "TC-MD"


def test_every_message_has_the_version_of_its_case(cases: list[Case]) -> None:
    for case in cases:
        for exchange in case.exchanges:
            for message in (exchange.request, exchange.response):
                version = child(message[2][0], Tag.PROTOCOL_VERSION)
                assert version is not None
                assert ".".join(str(part[2]) for part in version[2]) == case.version


def test_the_operations_of_every_case_are_those_of_the_index(cases: list[Case]) -> None:
    printed = index()
    for case in cases:
        names = {part.partition("!")[0] for part in re.split(r"[;+\s]+", printed[case.case_id]) if part}
        assert {name_of(Tag.OPERATION, code) for code in operations_of(case)} == names, str(case)


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
