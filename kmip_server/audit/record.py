"""What an audit record says, and how it becomes plain texts for the database and back.

The fields and their order are those of ``ports.AuditEntry``: the time, then texts. Many texts come from
clients (an identifier that nobody has, a certificate subject). They are kept in a form that no database
refuses and that cannot feign another line of a log: what does not print is written as an escape, and what
is too long is cut.
"""

from __future__ import annotations

from kmip_server.ports import AuditEntry, AuditRow

FIELDS: tuple[str, ...] = AuditEntry._fields[1:]
"""The text fields in the order in which a row keeps them and the chain covers them."""

LONGEST = 1000
"""Characters of one field."""


def texts(entry: AuditEntry) -> tuple[tuple[str, ...], str]:
    """Give the text fields of an entry, each fit to be stored and shown, and all of them as one text."""
    fields: tuple[str, ...] = entry[1:]
    joined = "".join(fields)
    # Nearly every record passes this one look; the fields are looked at singly only when it does not.
    if len(joined) <= LONGEST and joined.isprintable():
        return fields, joined
    fields = tuple(map(printable, fields))
    return fields, "".join(fields)


def printable(text: str) -> str:
    """Write what does not print as an escape and cut what is too long, so that a text stays one short line."""
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def entry_of(row: AuditRow) -> AuditEntry:
    """Read a row back; raises ValueError when it has not exactly the fields of a record."""
    return AuditEntry(row.at, **dict(zip(FIELDS, row.fields, strict=True)))
