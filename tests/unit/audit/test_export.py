"""What is taken out of the trail for an auditor, and every way in which such a file may have been tampered with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from kmip_server.audit.chain import AuditChain
from kmip_server.audit.export import Report, Selection, export, verify_lines
from kmip_server.audit.known import Known, parse_known
from kmip_server.audit.record import FIELDS
from kmip_server.audit.verify import BEGINNING, PROGRESS_EVERY
from kmip_server.ports import AuditEntry, AuditRow, ChainHead

START = 1_700_000_000_000_000
COUNT = 12


def entry(number: int) -> AuditEntry:
    named = {name: f"{name} {number}" for name in FIELDS}
    named["object_id"] = f"object-{number % 3}"
    named["subject"] = "CN=alice,O=Example" if number % 2 else r"CN=bob\, the builder,O=Example"
    return AuditEntry(START + number * 1_000_000, **named)


ROWS = AuditChain().extend(BEGINNING, map(entry, range(1, COUNT + 1)))
HEAD = ChainHead(COUNT, ROWS[-1].hash)


def read(first: int) -> Iterator[AuditRow]:
    return iter([row for row in ROWS if row.sequence >= first])


def taken(chosen: Selection, head: ChainHead = HEAD) -> list[str]:
    return list(export(read, head, chosen))


def numbers(lines: list[str]) -> list[int]:
    return [json.loads(line)["sequence"] for line in lines[1:-1]]


def at(number: int) -> int:
    return START + number * 1_000_000


# --- out ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Selection(), list(range(1, 13))),
        (Selection(since=at(4)), list(range(4, 13))),
        (Selection(until=at(4)), [1, 2, 3]),
        (Selection(since=at(4), until=at(6)), [4, 5]),
        (Selection(since=at(99)), []),
        (Selection(object_id="object-1"), [1, 4, 7, 10]),
        (Selection(object_id="object"), []),
        (Selection(subject="alice"), [1, 3, 5, 7, 9, 11]),
        (Selection(subject="CN=alice,O=Example"), [1, 3, 5, 7, 9, 11]),
        (Selection(subject=r"bob\, the builder"), [2, 4, 6, 8, 10, 12]),
        (Selection(subject="ali"), []),
        (Selection(subject="alice", object_id="object-1", since=at(2)), [7]),
    ],
)
def test_what_is_chosen_is_taken_out_and_holds(chosen: Selection, expected: list[int]) -> None:
    lines = taken(chosen)
    assert numbers(lines) == expected
    report = verify_lines(lines)
    assert report.findings == []
    assert (report.records, report.whole) == (len(expected), chosen.whole)
    if expected:
        assert (report.first, report.last) == (expected[0], expected[-1])


def test_a_range_of_time_has_no_gap_where_clocks_differ() -> None:
    entries = [entry(number) for number in (1, 2, 5, 3, 4, 6)]
    rows = AuditChain().extend(BEGINNING, entries)
    head = ChainHead(6, rows[-1].hash)
    lines = list(export(lambda first: iter(rows[first - 1 :]), head, Selection(since=at(3), until=at(5))))
    assert numbers(lines) == [4, 5]
    lines = list(export(lambda first: iter(rows[first - 1 :]), head, Selection(since=at(4), until=at(6))))
    assert numbers(lines) == [3, 4, 5]
    assert verify_lines(lines).findings == []


def test_what_came_after_the_export_began_is_not_in_it() -> None:
    assert numbers(taken(Selection(), ChainHead(7, ROWS[6].hash))) == [1, 2, 3, 4, 5, 6, 7]


def test_the_first_line_says_what_was_chosen_and_where_the_chain_stood() -> None:
    first = json.loads(taken(Selection(since=at(4), object_id="object-1"))[0])
    assert first["chosen"] == {"since": "2023-11-14T22:13:24.000000Z", "object": "object-1"}
    assert first["whole"] is False
    assert first["head"] == {"sequence": 12, "hash": HEAD.hash.hex()}


def test_a_record_of_another_release_is_taken_as_it_is() -> None:
    odd = AuditRow(1, 5, ("two", "texts"), BEGINNING.hash, bytes(32))
    lines = list(export(lambda first: iter([odd]), ChainHead(1, odd.hash), Selection()))
    assert verify_lines(lines).findings == ["record 1 was changed: its hash does not fit its contents and number."]
    assert numbers(list(export(lambda first: iter([odd]), ChainHead(1, odd.hash), Selection(subject="two")))) == []


# --- in -------------------------------------------------------------------------------------------------


def changed(line: str, **fields: object) -> str:
    return json.dumps(json.loads(line) | fields, ensure_ascii=True, separators=(",", ":"))


WHOLE = taken(Selection(since=at(4), until=at(10)))
CHOSEN = taken(Selection(subject="alice"))


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda lines: lines[:3] + lines[4:], "record 6 was removed"),
        (lambda lines: [*lines[:2], *lines[3:]], "record 5 was removed"),
        (lambda lines: [lines[0], *lines[2:]], "record 4 was removed"),
        (lambda lines: [*lines[:-2], lines[-1]], "the last line names another end"),
        (lambda lines: lines[:-1], "the file is cut off"),
        (lambda lines: lines[:4], "the file is cut off"),
        (lambda lines: [*lines, lines[2]], "stands after the last line"),
        (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], "was reordered"),
        (lambda lines: [*lines[:2], changed(lines[2], operation="Locate"), *lines[3:]], "record 5 was changed"),
        (
            lambda lines: [*lines[:2], changed(lines[2], time="2023-11-14T22:13:26.000000Z"), *lines[3:]],
            "line 3 is not",
        ),
        (lambda lines: [*lines[:2], changed(lines[2], note="trust me"), *lines[3:]], "line 3 is not written"),
        (lambda lines: [*lines[:2], lines[2].replace(":", ": ", 1), *lines[3:]], "line 3 is not written"),
        (lambda lines: [*lines[:2], "nonsense", *lines[3:]], "line 3 is not written"),
        (lambda lines: [*lines[:2], "[" * 100_000, *lines[3:]], "line 3 is not written"),
        (lambda lines: [*lines[:2], changed(lines[2], at=10**40), *lines[3:]], "record 5 was changed"),
        (lambda lines: [*lines[:2], changed(lines[2], sequence="5"), *lines[3:]], "line 3 is not written"),
        (lambda lines: lines[1:], "this is no audit export"),
        (lambda lines: [], "this is no audit export"),
        (lambda lines: ['{"form":"kmip-server audit export 2"}', *lines[1:]], "this is no audit export"),
    ],
)
def test_a_range_that_was_tampered_with_is_told(tamper: Callable[[list[str]], list[str]], said: str) -> None:
    assert verify_lines(WHOLE).findings == []
    assert said in " ".join(verify_lines(tamper(list(WHOLE))).findings)


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda lines: [*lines[:2], changed(lines[2], result="Success"), *lines[3:]], "record 3 was changed"),
        (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], "record 3 stands after record 5"),
        (lambda lines: [*lines[:2], *lines[3:]], "the last line names another end"),
        (lambda lines: lines[:-1], "the file is cut off"),
    ],
)
def test_a_choice_that_was_tampered_with_is_told(tamper: Callable[[list[str]], list[str]], said: str) -> None:
    assert verify_lines(CHOSEN).findings == []
    assert said in " ".join(verify_lines(tamper(list(CHOSEN))).findings)


def test_the_beginning_of_the_chain_cannot_be_chosen() -> None:
    lines = taken(Selection())
    lines[0] = changed(lines[0], after={"sequence": 0, "hash": "00" * 32})
    assert "the first line does not name the beginning of the chain." in verify_lines(lines).findings


def test_chosen_neighbours_must_follow_each_other() -> None:
    rows = AuditChain().extend(BEGINNING, [entry(1)] * 4)
    rows += AuditChain().extend(ChainHead(4, bytes(32)), [entry(1)])
    lines = list(export(lambda first: iter(rows), ChainHead(5, rows[-1].hash), Selection(subject="alice")))
    assert verify_lines(lines).findings == ["record 5 does not continue from record 4."]


def test_a_chain_that_was_made_anew_is_told_by_a_hash_that_is_known() -> None:
    other = AuditChain().extend(BEGINNING, [entry(number)._replace(detail="never") for number in range(1, COUNT + 1)])
    lines = list(export(lambda first: iter(other[first - 1 :]), ChainHead(COUNT, other[-1].hash), Selection()))
    assert verify_lines(lines).findings == []
    found = verify_lines(lines, Known({9: ROWS[8].hash})).findings
    assert found == ["record 9 has another hash than the one that is known of it."]
    assert verify_lines(taken(Selection()), Known({9: ROWS[8].hash})).findings == []
    assert verify_lines(WHOLE, Known({2: ROWS[1].hash})).findings == [
        "record 2, of which the hash is known, is not there."
    ]


def test_progress_is_told_in_both_directions() -> None:
    many = PROGRESS_EVERY + 5
    rows = AuditChain().extend(BEGINNING, map(entry, range(1, many + 1)))
    told: list[int] = []
    lines = list(
        export(lambda first: iter(rows[first - 1 :]), ChainHead(many, rows[-1].hash), Selection(), told.append)
    )
    assert told == [PROGRESS_EVERY]
    report: Report = verify_lines(lines, progress=told.append)
    assert (report.findings, told) == ([], [PROGRESS_EVERY, PROGRESS_EVERY, many])


@pytest.mark.parametrize(
    "text", ["", "12", "12:", ":00", "x:" + "00" * 32, "12:" + "00" * 31, "12:" + "zz" * 32, "-1:0"]
)
def test_a_known_hash_is_a_number_and_a_hash(text: str) -> None:
    with pytest.raises(ValueError, match="is no NUMBER:HASH of a record"):
        parse_known(text)
    assert parse_known("12:" + "0A" * 32) == (12, b"\n" * 32)
