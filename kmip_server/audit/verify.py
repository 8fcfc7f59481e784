"""Verifies the chain and says where it is broken and what was done there.

One pass in the order of reading, in constant memory: of what has gone by, only the last few hashes are kept.
They let the common ways of tampering be told apart:

* the hash of a row fits neither its contents nor a place nearby: the row was **changed**;
* it fits a place nearby: the row was **moved**, or its neighbours removed or inserted and all renumbered;
* a row continues from an earlier hash than the one before it: what stands between was **inserted**;
* a row continues from a hash that nobody has: the row before was **replaced** by one with a hash of its own;
* numbers are absent: those rows were **removed**; at the end, the head tells.

The words are a reading of the evidence, the evidence is that the chain is broken at that place. After a row
that cannot be trusted, the row after it is not blamed for not following.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from kmip_server.audit.chain import GENESIS, HASH_BYTES, link
from kmip_server.ports import AuditRow, ChainHead

BEGINNING = ChainHead(0, GENESIS)
"""The head of an empty chain."""

PROGRESS_EVERY = 10_000
_REMEMBERED = 64
"""Hashes of rows gone by."""
_NEARBY = 32
"""Places before and after at which a row that does not fit its own is tried."""
_PATIENCE = 10_000
"""Rows that are tried so; where more do not fit, the first ones tell enough."""


class Kind(Enum):
    """What was done."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where the chain is broken: the records ``first`` to ``last``, what was done, how it shows."""

    kind: Kind
    first: int
    last: int
    why: str

    def __str__(self) -> str:
        if self.first == self.last:
            return f"record {self.first} was {self.kind.value}: {self.why}"
        return f"records {self.first} to {self.last} were {self.kind.value}: {self.why}"


def verify(
    rows: Iterable[AuditRow],
    head: ChainHead | None,
    *,
    after: ChainHead = BEGINNING,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Finding]:
    """Give each place where the chain is broken; nothing when it is whole.

    ``rows`` come by ascending sequence, beginning behind ``after``, which is a record known to be good.
    Without ``head``, a missing end cannot be noticed. ``progress`` is told how many rows were read.
    """
    pending: Finding | None = None
    for finding in _findings(_Walk(after), rows, head, progress):
        joined = _join(pending, finding)
        if joined is None and pending is not None:
            yield pending
        pending = joined or finding
    if pending is not None:
        yield pending


def _findings(
    walk: _Walk, rows: Iterable[AuditRow], head: ChainHead | None, progress: Callable[[int], None] | None
) -> Iterator[Finding]:
    """Every finding as it is made."""
    count = 0
    for count, row in enumerate(rows, 1):
        yield from walk.step(row)
        if progress is not None and not count % PROGRESS_EVERY:
            progress(count)
    yield from walk.end(head)
    if progress is not None and (count % PROGRESS_EVERY or not count):
        progress(count)


def _join(pending: Finding | None, finding: Finding) -> Finding | None:
    """One finding for neighbours of the same fate; a record missed, then met out of its place, is the latter."""
    if pending is None:
        return None
    if pending.kind is finding.kind and pending.why == finding.why and finding.first == pending.last + 1:
        return replace(pending, last=finding.last)
    if pending.kind is Kind.REMOVED and pending.first == pending.last == finding.first == finding.last:
        return finding
    return None


class _Walk:
    """Where the verification stands: the last place, the hash that the next row must name, a few before it."""

    def __init__(self, after: ChainHead) -> None:
        self._start = after.sequence
        self._place = after.sequence
        self._tip: bytes | None = after.hash
        """None where the row before cannot be trusted to tell."""
        self._last_hash = after.hash
        self._recent = {after.hash: after.sequence}
        self._solid = after.sequence
        """From here to the place, each row is intact and continues from the one before."""
        self._shift = 0
        self._patience = _PATIENCE

    def step(self, row: AuditRow) -> Iterator[Finding]:
        """Judge one row."""
        place = row.sequence
        if place <= self._place:
            yield self._backwards(place)
            return
        if place > self._place + 1:
            yield Finding(Kind.REMOVED, self._place + 1, place - 1, f"the numbers are absent before record {place}.")
            self._tip = None
        written = self._written_as(row)
        if written is None:
            yield self._changed(row)
        else:
            yield from self._broken_link(row)
            if written != place:
                yield _moved(place, written - place)
        if written != place or self._tip is None:
            self._solid = place
        self._tip = row.hash if written == place else None
        self._place, self._last_hash = place, row.hash
        if written is not None:
            self._remember(row.hash, place)

    def end(self, head: ChainHead | None) -> Iterator[Finding]:
        """Compare the end with what the head says."""
        if head is None:
            return
        if head.sequence > self._place:
            why = f"the chain is cut off at its end; its head names record {head.sequence} as the last."
            yield Finding(Kind.REMOVED, self._place + 1, head.sequence, why)
        elif head.sequence < self._place:
            why = f"the chain's head names record {head.sequence} as the last."
            yield Finding(Kind.INSERTED, head.sequence + 1, self._place, why)
        elif head.hash != self._last_hash and self._tip is not None:
            why = "it is not the record that the chain's head names; or the head was changed."
            yield Finding(Kind.CHANGED, self._place, self._place, why)

    def _backwards(self, place: int) -> Finding:
        if place == self._place:
            return Finding(Kind.INSERTED, place, place, "a second record has this number.")
        return Finding(Kind.REORDERED, place, place, f"it stands after record {self._place}.")

    def _written_as(self, row: AuditRow) -> int | None:
        """The number under which the row's hash was made: its own, or one nearby, or none that is found."""
        if fits(row, row.previous, row.sequence):
            return row.sequence
        if self._patience <= 0:
            return None
        self._patience -= 1
        nearby = (shift for distance in range(1, _NEARBY + 1) for shift in (distance, -distance))
        for shift in (self._shift, *nearby):
            if fits(row, row.previous, row.sequence + shift):
                self._shift, self._patience = shift, self._patience + 1
                return row.sequence + shift
        return None

    def _changed(self, row: AuditRow) -> Finding:
        place = row.sequence
        if self._tip is not None and fits(row, self._tip, place):
            return Finding(
                Kind.CHANGED, place, place, "the hash before it, as it is kept, is not the one it was made with."
            )
        return Finding(Kind.CHANGED, place, place, "its hash does not fit its contents and number.")

    def _broken_link(self, row: AuditRow) -> Iterator[Finding]:
        """Where a row does not continue from the row before, say what that makes of the row before."""
        if self._tip is None or row.previous == self._tip:
            return
        place, intact = row.sequence, fits(row, row.previous, row.sequence)
        earlier = self._recent.get(row.previous)
        if earlier is not None and (intact or self._solid <= earlier):
            why = f"record {place} continues from record {earlier}."
            yield Finding(Kind.INSERTED, earlier + 1, self._place, why)
        elif intact and place == self._start + 1:
            yield Finding(Kind.CHANGED, place, place, "it does not continue from where the chain begins.")
        elif intact:
            why = f"record {place} continues from another record than this."
            yield Finding(Kind.CHANGED, self._place, self._place, why)

    def _remember(self, digest: bytes, place: int) -> None:
        self._recent[digest] = place
        if len(self._recent) > _REMEMBERED:
            del self._recent[next(iter(self._recent))]


def _moved(place: int, shift: int) -> Finding:
    places = f"{abs(shift)} place{'s' if abs(shift) > 1 else ''}"
    where = f"{places} later" if shift > 0 else f"{places} earlier"
    why = f"written {where} in the chain; moved, or others before it were removed or inserted and the rest renumbered."
    return Finding(Kind.REORDERED, place, place, why)


def fits(row: AuditRow, previous: bytes, sequence: int) -> bool:
    """Whether the row's hash is what a record of these contents has at that place; spoilt values never fit."""
    try:
        return len(previous) == HASH_BYTES and row.hash == link(previous, sequence, row.at, row.fields)
    except (TypeError, ValueError, struct.error):
        return False
