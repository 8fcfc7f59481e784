"""Every way of tampering, each told by kind and place."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmip_server.audit.chain import GENESIS, AuditChain, link
from kmip_server.audit.record import FIELDS
from kmip_server.audit.verify import BEGINNING, PROGRESS_EVERY, Kind, verify
from kmip_server.ports import AuditEntry, AuditRow, ChainHead

CHANGED, REMOVED, REORDERED, INSERTED = Kind.CHANGED, Kind.REMOVED, Kind.REORDERED, Kind.INSERTED
COUNT = 12
Rows = list[AuditRow]


def entry(number: int) -> AuditEntry:
    return AuditEntry(1_700_000_000_000_000 + number, **{name: f"{name} {number}" for name in FIELDS})


WHOLE: Rows = AuditChain().extend(BEGINNING, map(entry, range(1, COUNT + 1)))
HEAD = ChainHead(COUNT, WHOLE[-1].hash)


def told(rows: Rows, head: ChainHead | None = HEAD, after: ChainHead = BEGINNING) -> list[tuple[Kind, int, int]]:
    return [(finding.kind, finding.first, finding.last) for finding in verify(rows, head, after=after)]


def at(number: int, **change: object) -> Rows:
    """The chain with one row changed, its hash left as it was unless that is the change."""
    return [row._replace(**change) if row.sequence == number else row for row in WHOLE]


def renumbered(rows: Rows) -> Rows:
    return [row._replace(sequence=number) for number, row in enumerate(rows, 1)]


def forged(previous: bytes, sequence: int, text: str = "forged") -> AuditRow:
    """A row that somebody made by the rules, with a hash of its own."""
    fields = (text,) * len(FIELDS)
    return AuditRow(sequence, 5, fields, previous, link(previous, sequence, 5, fields))


PLACES = [1, 2, 6, COUNT - 1, COUNT]


def test_a_whole_chain_has_no_findings() -> None:
    assert told(WHOLE) == []
    assert told(WHOLE, head=None) == []
    assert told([], head=BEGINNING) == []
    assert told([], head=None) == []


@pytest.mark.parametrize("number", PLACES)
@pytest.mark.parametrize("field", range(len(FIELDS)), ids=FIELDS)
def test_each_changed_field_is_told(number: int, field: int) -> None:
    fields = list(WHOLE[number - 1].fields)
    fields[field] += " "
    assert told(at(number, fields=tuple(fields))) == [(CHANGED, number, number)]


@pytest.mark.parametrize("number", PLACES)
@pytest.mark.parametrize("change", [{"at": 0}, {"hash": b"h" * 32}, {"hash": b""}, {"fields": ()}])
def test_every_other_changed_column_is_told(number: int, change: dict[str, object]) -> None:
    assert told(at(number, **change)) == [(CHANGED, number, number)]


@pytest.mark.parametrize("number", PLACES)
def test_a_changed_link_is_told_as_such(number: int) -> None:
    for previous in (b"p" * 32, WHOLE[number - 1].previous + b"\0", b""):
        (finding,) = verify(at(number, previous=previous), HEAD)
        assert (finding.kind, finding.first, finding.last) == (CHANGED, number, number)
        assert "hash before it" in finding.why


@pytest.mark.parametrize(
    "change",
    [
        {"at": None},
        {"at": 2**70},
        {"fields": (None,) * len(FIELDS)},
        {"fields": ("\ud800",) * len(FIELDS)},
        {"fields": ("x",) * 300},
        {"hash": None},
    ],
)
def test_values_that_no_record_has_are_findings_and_not_exceptions(change: dict[str, object]) -> None:
    assert told(at(6, **change)) == [(CHANGED, 6, 6)]


@pytest.mark.parametrize("number", PLACES[:-1])
def test_a_record_replaced_with_a_hash_of_its_own_is_told(number: int) -> None:
    rows = list(WHOLE)
    rows[number - 1] = forged(rows[number - 1].previous, number)
    assert told(rows) == [(CHANGED, number, number)]


def test_the_last_record_replaced_is_told_by_the_head() -> None:
    rows = [*WHOLE[:-1], forged(WHOLE[-2].hash, COUNT)]
    assert told(rows) == [(CHANGED, COUNT, COUNT)]
    assert told(rows, head=None) == []  # what a chain without its head cannot tell


def test_neighbours_changed_are_one_finding_and_others_are_not() -> None:
    rows = [row._replace(at=0) if row.sequence in (3, 4, 5, 9) else row for row in WHOLE]
    assert told(rows) == [(CHANGED, 3, 5), (CHANGED, 9, 9)]


@pytest.mark.parametrize(("first", "last"), [(1, 1), (1, 3), (2, 2), (6, 6), (6, 9), (COUNT - 1, COUNT - 1)])
def test_removed_records_are_told(first: int, last: int) -> None:
    rows = [row for row in WHOLE if not first <= row.sequence <= last]
    assert told(rows) == [(REMOVED, first, last)]


@pytest.mark.parametrize("kept", [0, 1, COUNT - 1])
def test_an_end_cut_off_is_told_by_the_head(kept: int) -> None:
    assert told(WHOLE[:kept]) == [(REMOVED, kept + 1, COUNT)]
    assert told(WHOLE[:kept], head=None) == []


@pytest.mark.parametrize("number", [1, 2, 6, COUNT - 1])
def test_a_record_removed_and_the_rest_renumbered_is_told(number: int) -> None:
    rows = renumbered([row for row in WHOLE if row.sequence != number])
    assert told(rows, head=None) == [(REORDERED, number, COUNT - 1)]
    assert told(rows) == [(REORDERED, number, COUNT - 1), (REMOVED, COUNT, COUNT)]
    (finding, *_) = verify(rows, HEAD)
    assert "1 place later" in finding.why
    assert "removed" in finding.why


@pytest.mark.parametrize(("one", "other"), [(1, 2), (6, 7), (4, 9), (1, COUNT), (COUNT - 1, COUNT)])
def test_records_that_changed_their_numbers_are_told_and_only_they(one: int, other: int) -> None:
    rows = list(WHOLE)
    rows[one - 1], rows[other - 1] = rows[other - 1], rows[one - 1]
    findings = told(renumbered(rows))
    assert {number for kind, first, last in findings for number in range(first, last + 1)} == {one, other}
    assert {kind for kind, _, _ in findings} == {REORDERED}


@pytest.mark.parametrize("number", [2, 6, COUNT - 1])
def test_a_record_that_is_read_after_its_successor_is_told(number: int) -> None:
    rows = list(WHOLE)
    rows[number - 1], rows[number] = rows[number], rows[number - 1]
    assert told(rows) == [(REORDERED, number, number)]


@pytest.mark.parametrize("number", [1, 6, COUNT])
def test_a_duplicate_is_told(number: int) -> None:
    rows = sorted([*WHOLE, WHOLE[number - 1]], key=lambda row: row.sequence)
    assert told(rows) == [(INSERTED, number, number)]


@pytest.mark.parametrize("number", [1, 2, 6, COUNT])
def test_an_inserted_record_is_told_and_the_renumbering_after_it(number: int) -> None:
    previous = WHOLE[number - 1].previous
    rows = renumbered([*WHOLE[: number - 1], forged(previous, number), *WHOLE[number - 1 :]])
    findings = told(rows, head=None)
    assert findings == [(INSERTED, number, number), (REORDERED, number + 1, COUNT + 1)]


def test_several_inserted_records_are_one_finding() -> None:
    one = forged(WHOLE[4].hash, 6, "one")
    two = forged(one.hash, 7, "two")
    rows = renumbered([*WHOLE[:5], one, two, *WHOLE[5:]])
    assert told(rows, head=None) == [(INSERTED, 6, 7), (REORDERED, 8, COUNT + 2)]


def test_inserted_in_the_place_of_removed_ones_is_told() -> None:
    rows = [*WHOLE[:5], forged(WHOLE[4].hash, 6), *WHOLE[6:]]
    assert told(rows) == [(CHANGED, 6, 6)]


def test_records_behind_the_end_are_told_by_the_head() -> None:
    more = AuditChain().extend(HEAD, map(entry, (90, 91)))
    assert told([*WHOLE, *more]) == [(INSERTED, COUNT + 1, COUNT + 2)]


def test_a_chain_begun_anew_is_told() -> None:
    other = AuditChain().extend(ChainHead(0, b"x" * 32), map(entry, range(1, COUNT + 1)))
    assert told(other, head=None) == [(CHANGED, 1, 1)]


def test_a_whole_new_chain_is_told_by_a_head_kept_elsewhere_and_not_without() -> None:
    rewritten = AuditChain().extend(BEGINNING, map(entry, range(101, 101 + COUNT)))
    assert told(rewritten) == [(CHANGED, COUNT, COUNT)]
    assert told(rewritten, ChainHead(COUNT, rewritten[-1].hash)) == []


def test_verifying_may_begin_behind_a_record_known_to_be_good() -> None:
    known = ChainHead(5, WHOLE[4].hash)
    assert told(WHOLE[5:], after=known) == []
    assert told(WHOLE[6:], after=known) == [(REMOVED, 6, 6)]
    assert told(WHOLE[5:], after=ChainHead(5, b"x" * 32)) == [(CHANGED, 6, 6)]


def test_a_finding_is_a_sentence() -> None:
    texts = [str(finding) for finding in verify([*WHOLE[:3], *WHOLE[5:-1], WHOLE[-1]._replace(at=0)], HEAD)]
    assert texts == [
        "records 4 to 5 were removed: the numbers are absent before record 6.",
        "record 12 was changed: its hash does not fit its contents and number.",
    ]


def endless(count: int) -> Iterator[AuditRow]:
    previous = GENESIS
    for number in range(1, count + 1):
        (row,) = AuditChain().extend(ChainHead(number - 1, previous), [entry(number)])
        previous = row.hash
        yield row


def test_progress_is_told_and_at_the_end_the_whole_number() -> None:
    seen: list[int] = []
    assert list(verify(endless(PROGRESS_EVERY + 5), None, progress=seen.append)) == []
    assert seen == [PROGRESS_EVERY, PROGRESS_EVERY + 5]
    seen.clear()
    list(verify([], None, progress=seen.append))
    assert seen == [0]


def test_memory_does_not_grow_with_the_chain() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            broken = (row._replace(at=0) if not row.sequence % 50 else row for row in endless(count))
            assert sum(1 for _ in verify(broken, None)) == count // 50
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(5_000) < peak(500) + 50_000


@given(st.data())
def test_any_tampering_is_found(data: st.DataObject) -> None:
    """Whatever is done to the rows, it is either undone by chance or found."""
    rows = list(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(rows) - 1)) if rows else 0
        match data.draw(st.sampled_from(["change", "remove", "insert", "swap", "duplicate", "renumber"])):
            case "change" if rows:
                rows[place] = rows[place]._replace(at=rows[place].at + 1)
            case "remove" if rows:
                del rows[place]
            case "insert":
                rows.insert(place, forged(rows[place - 1].hash if place else GENESIS, place + 1))
            case "swap" if rows:
                other = data.draw(st.integers(0, len(rows) - 1))
                rows[place], rows[other] = rows[other], rows[place]
            case "duplicate" if rows:
                rows.insert(place, rows[place])
            case _:
                rows = renumbered(rows)
    assert bool(told(rows)) == (rows != WHOLE)


@given(st.permutations(WHOLE))
def test_any_order_but_the_right_one_is_found(rows: Rows) -> None:
    disordered = any(one.sequence > other.sequence for one, other in pairwise(rows))
    assert bool(told(rows)) == disordered
    assert bool(told(renumbered(rows))) == disordered
