"""Hashes that somebody kept where the database's writer has no hand: what fixes the chain up to their records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kmip_server.audit.chain import HASH_BYTES
from kmip_server.ports import AuditRow


class Known:
    """Compares records that go by with the hashes that are known of them."""

    def __init__(self, hashes: Mapping[int, bytes] | None = None) -> None:
        self._hashes = dict(hashes or {})
        self._met: set[int] = set()
        self._other: set[int] = set()

    def watch(self, rows: Iterator[AuditRow]) -> Iterator[AuditRow]:
        """The same rows."""
        if not self._hashes:
            yield from rows
            return
        for row in rows:
            known = self._hashes.get(row.sequence)
            if known is not None:
                (self._met if known == row.hash else self._other).add(row.sequence)
            yield row

    def findings(self) -> list[str]:
        """What does not agree, once every row has gone by."""
        other = [
            f"record {number} has another hash than the one that is known of it." for number in sorted(self._other)
        ]
        absent = sorted(self._hashes.keys() - self._met - self._other)
        return other + [f"record {number}, of which the hash is known, is not there." for number in absent]


def parse_known(text: str) -> tuple[int, bytes]:
    """Read "NUMBER:HASH"; raises ValueError with a sentence."""
    number, _, digest = text.partition(":")
    try:
        known = bytes.fromhex(digest)
    except ValueError:
        known = b""
    if not (number.isascii() and number.isdigit()) or len(known) != HASH_BYTES:
        raise ValueError(f"{text!r} is no NUMBER:HASH of a record, the hash in 64 hexadecimal digits")
    return int(number), known
