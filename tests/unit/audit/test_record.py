from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmip_server.audit.record import FIELDS, LONGEST, entry_of, printable, texts
from kmip_server.ports import AuditEntry, AuditRow

ENTRY = AuditEntry(1, **{name: f"the {name}" for name in FIELDS})


def test_the_fields_are_those_of_an_entry_in_its_order() -> None:
    assert ("at", *FIELDS) == AuditEntry._fields
    assert texts(ENTRY)[0] == tuple(f"the {name}" for name in FIELDS)


def test_a_row_gives_its_entry_back() -> None:
    assert entry_of(AuditRow(7, ENTRY.at, texts(ENTRY)[0], b"", b"")) == ENTRY


@pytest.mark.parametrize("fields", [(), ("x",) * (len(FIELDS) - 1), ("x",) * (len(FIELDS) + 1)])
def test_a_row_of_other_fields_is_refused(fields: tuple[str, ...]) -> None:
    with pytest.raises(ValueError):
        entry_of(AuditRow(7, 1, fields, b"", b""))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CN=Zoë, 東京", "CN=Zoë, 東京"),
        ("a\nb", r"a\nb"),
        ("a\x00b", r"a\x00b"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\u202eevil", r"\u202eevil"),
        ("\ud800", r"\ud800"),
        ("\u2028", r"\u2028"),
    ],
)
def test_what_does_not_print_is_written_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown
    entry = ENTRY._replace(object_id=text)
    assert texts(entry)[0][FIELDS.index("object_id")] == shown


@given(st.text() | st.text(st.characters(categories=["Cs", "Cc", "Cf"])))
def test_every_text_becomes_one_storable_line(text: str) -> None:
    (shown,) = set(texts(AuditEntry(1, *(text,) * len(FIELDS)))[0])
    assert shown.isprintable()
    shown.encode()


def test_a_long_text_is_cut_and_shows_it() -> None:
    entry = ENTRY._replace(object_id="x" * 1_000_000, detail="kept")
    fields = dict(zip(FIELDS, texts(entry)[0], strict=True))
    assert len(fields["object_id"]) == LONGEST
    assert fields["object_id"].endswith("x…")
    assert fields["detail"] == "kept"
