from __future__ import annotations

import hashlib
import struct
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from kmip_server.audit.chain import GENESIS, AuditChain, link
from kmip_server.audit.record import FIELDS, texts
from kmip_server.ports import AuditEntry, AuditRow, ChainHead


def entry(number: int) -> AuditEntry:
    return AuditEntry(1_700_000_000_000_000 + number, **{name: f"{name} {number}" for name in FIELDS})


def test_the_hashed_form_is_written_down() -> None:
    """The one place besides the code which says what is hashed: a verifier elsewhere can be built from it."""
    fields = ("CN=ä", "", "x")
    expected = (
        b"\x01"
        + b"p" * 32
        + struct.pack(">qq", 7, 1_700_000_000_000_000)
        + b"\x03"
        + struct.pack(">III", 4, 0, 1)
        + "CN=äx".encode()
    )
    assert link(b"p" * 32, 7, 1_700_000_000_000_000, fields) == hashlib.sha256(expected).digest()


def test_a_chain_begins_at_genesis_and_each_row_names_the_one_before() -> None:
    rows = AuditChain().extend(ChainHead(0, GENESIS), map(entry, range(3)))
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert [row.previous for row in rows] == [GENESIS, rows[0].hash, rows[1].hash]
    assert [row.fields for row in rows] == [texts(entry(number))[0] for number in range(3)]
    assert rows[2].hash == link(rows[1].hash, 3, rows[2].at, rows[2].fields)


def test_a_chain_in_pieces_is_the_chain_in_one() -> None:
    chain, entries = AuditChain(), list(map(entry, range(6)))
    pieces: list[AuditRow] = []
    for piece in (entries[:1], entries[1:4], [], entries[4:]):
        head = ChainHead(pieces[-1].sequence, pieces[-1].hash) if pieces else ChainHead(0, GENESIS)
        pieces += chain.extend(head, piece)
    assert pieces == chain.extend(ChainHead(0, GENESIS), entries)


_FIELDS = st.lists(st.text(max_size=4), max_size=5).map(tuple)
_PLACE = st.tuples(st.sampled_from([b"a" * 32, b"b" * 32]), st.integers(0, 2), st.integers(0, 2), _FIELDS)


@given(_PLACE, _PLACE)
@example((b"a" * 32, 1, 1, ("ab", "c")), (b"a" * 32, 1, 1, ("a", "bc")))
@example((b"a" * 32, 1, 1, ("a", "")), (b"a" * 32, 1, 1, ("a",)))
@example((b"a" * 32, 1, 1, ("a\x00", "b")), (b"a" * 32, 1, 1, ("a", "\x00b")))
@example((b"a" * 32, 1, 1, ("\ud800\udc00",)), (b"a" * 32, 1, 1, ("\U00010000",)))
@example((b"a" * 32, 1, 1, ("é", "")), (b"a" * 32, 1, 1, ("e", "\u0301")))
def test_different_records_have_different_hashes(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert (link(*one) == link(*other)) == (one == other)


@given(st.text(min_size=1, max_size=30), st.data())
def test_no_shift_of_a_boundary_between_fields_keeps_the_hash(text: str, data: st.DataObject) -> None:
    def cut() -> tuple[str, ...]:
        ends = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=12, max_size=12)))
        return tuple(text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True))

    one, other = cut(), cut()
    assert "".join(one) == "".join(other)
    assert (link(GENESIS, 1, 1, one) == link(GENESIS, 1, 1, other)) == (one == other)
