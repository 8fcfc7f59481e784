"""Takes records out of the database for an auditor who works elsewhere, and verifies there what was taken out.

The form is text, one JSON object a line: a first line that says what was chosen and where it continues from, the
records with their hashes (``render.as_json``), a last line that says how many there are. A record is written in one
way only, so that nothing in it can be changed without the change being told.

What such a file proves. A whole range (all records between two moments) is a piece of the chain, so every change within
it shows; its ends are proved by a hash that the auditor has from elsewhere, or by the whole chain's beginning. Records
chosen by object or subject have others between them, which are needed to prove that they follow each other: each is
shown to fit its own hash, no more. Either way the file is as good as the hashes that the auditor knows of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kmip_server.audit.chain import GENESIS
from kmip_server.audit.known import Known
from kmip_server.audit.record import FIELDS, entry_of
from kmip_server.audit.render import as_json, when
from kmip_server.audit.verify import BEGINNING, PROGRESS_EVERY, fits, verify
from kmip_server.ports import AuditRow, ChainHead

FORM = "kmip-server audit export 1"
"""What the first line of a file calls itself."""

Progress = Callable[[int], None]
_COMMA = re.compile(r"(?<!\\),")


class Selection(NamedTuple):
    """Which records to take out; all of them unless something is said."""

    since: int | None = None
    """Microseconds since 1970: from this moment on."""
    until: int | None = None
    """Before this moment."""
    object_id: str | None = None
    """About this object."""
    subject: str | None = None
    """Of this client: the subject of its certificate as the records have it, or the common name in it."""

    @property
    def whole(self) -> bool:
        """Whether nothing within the range is left out."""
        return self.object_id is None and self.subject is None

    def in_time(self, row: AuditRow) -> bool:
        """Whether a record is of the time asked for."""
        return (self.since is None or row.at >= self.since) and (self.until is None or row.at < self.until)

    def takes(self, row: AuditRow) -> bool:
        """Whether a record is asked for; what is no record of this release has neither object nor subject."""
        if not self.in_time(row):
            return False
        if self.whole:
            return True
        try:
            entry = entry_of(row)
        except ValueError:
            return False
        if self.object_id is not None and entry.object_id != self.object_id:
            return False
        names = (entry.subject, *(part.strip().removeprefix("CN=") for part in _COMMA.split(entry.subject)))
        return self.subject is None or self.subject in names


# --- out ------------------------------------------------------------------------------------------------


def export(
    rows: Callable[[int], Iterator[AuditRow]], head: ChainHead, chosen: Selection, progress: Progress | None = None
) -> Iterator[str]:
    """The lines of a file; ``rows`` reads the chain from a number on, ``head`` is its end at this moment.

    Reads the chain twice for a range of time: the clocks of several workers differ by a little, and a range is to be
    without gaps. ``progress`` is told how many records were read.
    """
    first, last = 1, head.sequence
    if chosen.whole and (chosen.since is not None or chosen.until is not None):
        first, last = _range(rows(1), head, chosen, progress)
    after = _before(rows, first)
    yield _line(
        {"form": FORM, "whole": chosen.whole, "chosen": _said(chosen), "after": _place(after), "head": _place(head)}
    )
    count, end = 0, after
    for row in _read(rows(first), last, progress):
        if chosen.whole or chosen.takes(row):
            yield as_json(row)
            count, end = count + 1, ChainHead(row.sequence, row.hash)
    yield _line({"records": count, "last": _place(end)})


def _read(rows: Iterator[AuditRow], last: int, progress: Progress | None) -> Iterator[AuditRow]:
    """The rows up to a number."""
    for count, row in enumerate(rows, 1):
        if row.sequence > last:
            return
        yield row
        if progress is not None and not count % PROGRESS_EVERY:
            progress(count)


def _range(rows: Iterator[AuditRow], head: ChainHead, chosen: Selection, progress: Progress | None) -> tuple[int, int]:
    """The numbers of the first and the last record of the time; an empty range where there is none."""
    first, last = 0, 0
    for row in _read(rows, head.sequence, progress):
        if chosen.in_time(row):
            first, last = first or row.sequence, row.sequence
    return (first, last) if first else (1, 0)


def _before(rows: Callable[[int], Iterator[AuditRow]], first: int) -> ChainHead:
    """Where the record of this number continues from, as the record itself has it."""
    row = next(rows(first), None) if first > 1 else None
    return BEGINNING if row is None else ChainHead(row.sequence - 1, row.previous)


def _said(chosen: Selection) -> dict[str, str]:
    """What was chosen, in words."""
    said = {"since": chosen.since, "until": chosen.until}
    moments = {name: when(at) for name, at in said.items() if at is not None}
    names = {"object": chosen.object_id, "subject": chosen.subject}
    return {**moments, **{name: text for name, text in names.items() if text is not None}}


def _place(head: ChainHead) -> dict[str, object]:
    return {"sequence": head.sequence, "hash": head.hash.hex()}


def _line(named: Mapping[str, object]) -> str:
    return json.dumps(named, ensure_ascii=True, separators=(",", ":"))


# --- in -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Report:
    """What a file was found to be."""

    whole: bool = False
    """Whether it holds a piece of the chain without gaps."""
    records: int = 0
    first: int = 0
    last: int = 0
    findings: list[str] = field(default_factory=list)
    """What is wrong, each in one sentence; nothing where the file holds."""


def verify_lines(lines: Iterable[str], known: Known | None = None, progress: Progress | None = None) -> Report:
    """Verify a file, in constant memory but for the findings; ``known`` is what the reader has from elsewhere."""
    report = Report()
    known = known or Known()
    reader = _Reader(iter(lines), report)
    after = reader.header()
    if after is None:
        return report
    rows = known.watch(reader.rows())
    if report.whole:
        report.findings += [str(each) for each in verify(rows, None, after=after, progress=progress)]
    else:
        report.findings += _alone(rows, progress)
    reader.finish(after)
    report.findings += known.findings()
    return report


def _alone(rows: Iterator[AuditRow], progress: Progress | None) -> Iterator[str]:
    """Judge chosen records each by itself, and neighbours by each other."""
    before: AuditRow | None = None
    for count, row in enumerate(rows, 1):
        if not fits(row, row.previous, row.sequence):
            yield f"record {row.sequence} was changed: its hash does not fit its contents and number."
        if before is not None and row.sequence <= before.sequence:
            yield f"record {row.sequence} stands after record {before.sequence}."
        elif before is not None and row.sequence == before.sequence + 1 and row.previous != before.hash:
            yield f"record {row.sequence} does not continue from record {before.sequence}."
        before = row
        if progress is not None and not count % PROGRESS_EVERY:
            progress(count)


class _Reader:
    """Reads a file line by line, and says what is wrong with its form."""

    def __init__(self, lines: Iterator[str], report: Report) -> None:
        self._lines = lines
        self._report = report
        self._last: ChainHead | None = None
        self._end: dict[str, Any] | None = None

    def header(self) -> ChainHead | None:
        """Where the records continue from; None where the file is none of ours."""
        named = _parsed(next(self._lines, ""))
        after = None if named is None or named.get("form") != FORM else _head_of(named.get("after"))
        if named is None or after is None or type(named.get("whole")) is not bool:
            self._report.findings.append("this is no audit export of this release: its first line does not say so.")
            return None
        self._report.whole = named["whole"]
        if after.sequence == 0 and after.hash != GENESIS:
            self._report.findings.append("the first line does not name the beginning of the chain.")
        return after

    def rows(self) -> Iterator[AuditRow]:
        """The records, until the last line."""
        report = self._report
        for number, line in enumerate(self._lines, 2):
            if self._end is not None:
                report.findings.append(f"line {number} stands after the last line.")
                return
            line = line.rstrip("\n")
            named = _parsed(line)
            row = None if named is None else _row_of(named)
            if named is not None and "records" in named:
                self._end = named
            elif row is None or as_json(row) != line:
                report.findings.append(f"line {number} is not written as a record is.")
            if row is not None:
                self._note(row)
                yield row

    def _note(self, row: AuditRow) -> None:
        report = self._report
        report.records += 1
        report.first = report.first or row.sequence
        report.last = row.sequence
        self._last = ChainHead(row.sequence, row.hash)

    def finish(self, after: ChainHead) -> None:
        """Compare with what the last line says."""
        report = self._report
        if self._end is None:
            report.findings.append("the file is cut off: its last line is missing.")
        elif self._end.get("records") != report.records or _head_of(self._end.get("last")) != (self._last or after):
            report.findings.append("the last line names another end than the records have.")


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        named = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return named if isinstance(named, dict) else None


def _head_of(named: object) -> ChainHead | None:
    try:
        return ChainHead(int(named["sequence"]), bytes.fromhex(named["hash"]))  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        return None


def _row_of(named: dict[str, Any]) -> AuditRow | None:
    """The row of a line; None where something is missing or of another kind. More than a row is seen by its form."""
    try:
        texts = named["fields"] if "fields" in named else [named[name] for name in FIELDS]
        previous, digest = bytes.fromhex(named["previous"]), bytes.fromhex(named["hash"])
        row = AuditRow(named["sequence"], named["at"], tuple(texts), previous, digest)
    except (KeyError, TypeError, ValueError):
        return None
    good = type(row.sequence) is int and type(row.at) is int and all(type(text) is str for text in row.fields)
    return row if good else None
