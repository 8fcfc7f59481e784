"""Audit records for people and for programs: a sentence, or one line of JSON.

Rows are shown as the database has them, tampered or not; so every text is escaped again here, and a row
without the fields of a record is shown as what it is instead of being left out.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from kmip_server.audit.record import FIELDS, entry_of, printable
from kmip_server.ports import AuditEntry, AuditRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_json(row: AuditRow) -> str:
    """One line of JSON, ASCII only: number, time, every field by its name, both hashes in hexadecimal."""
    named: dict[str, object] = {"sequence": row.sequence, "at": row.at, "time": when(row.at)}
    if len(row.fields) == len(FIELDS):
        named |= zip(FIELDS, row.fields, strict=True)
    else:
        named["fields"] = list(row.fields)
    named |= {"previous": row.previous.hex(), "hash": row.hash.hex()}
    return json.dumps(named, ensure_ascii=True, separators=(",", ":"))


def as_sentence(row: AuditRow) -> str:
    """One line to read: when, who from where, what with which object, how it ended and by which rule."""
    try:
        entry = entry_of(row)
    except ValueError:
        shown = " | ".join(printable(text) for text in row.fields)
        return f"#{row.sequence} {when(row.at)} is no record of this release: {shown}"
    return f"#{row.sequence} {when(row.at)} {printable(_sentence(entry))}"


def when(at: int) -> str:
    """Microseconds since 1970 as ISO 8601 in UTC; a number outside the calendar stays a number."""
    try:
        return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except OverflowError:
        return f"{at}µs"


def _sentence(entry: AuditEntry) -> str:
    who = entry.subject or "an unknown client"
    known = ", ".join(
        filter(None, (entry.serial and f"certificate {entry.serial}", entry.issuer and f"of {entry.issuer}"))
    )
    what = " ".join(filter(None, (entry.operation or "nothing", entry.object_type, entry.object_id)))
    ruled = {"allow": "allowed", "deny": "denied"}.get(entry.decision, entry.decision)
    parts = (
        f"{who}{f' ({known})' if known else ''}{f' at {entry.address}' if entry.address else ''}: {what}",
        f"{entry.result}{f' ({entry.reason})' if entry.reason else ''}",
        f"{ruled}{f' by {entry.rule}' if entry.rule else ''}".strip(),
        entry.detail,
        entry.correlation and f"request {entry.correlation}",
    )
    return "; ".join(filter(None, parts))
