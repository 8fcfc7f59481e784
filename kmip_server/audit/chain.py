"""The chain: the hash of each record covers the record, its number, and the hash of the one before.

What it proves. Who has the hash of record N from a trustworthy place can tell whether any of the records 1
to N was changed, removed, reordered or inserted since, and where. The database keeps the number and hash of
the last record beside the records; with that a missing end is noticed as well.

What it does not prove. There is no secret in a plain chain: whoever can write every row and the head can
compute another chain that is whole in itself, or cut the end off and set the head back. Against that helps
only a hash kept where this database's writer has no hand: signed by a key in a token, stamped by a third
party, printed. ``verify`` takes such a hash as its starting point or its head. Nor does a chain prove that
what was recorded was true, or that everything was recorded; that is what the one transaction is for, which
holds the record together with the deed.

The hashed form is unambiguous: the lengths of all texts stand before the texts, so that no text can reach
over into its neighbour, and a version stands before everything.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable

from kmip_server.audit.record import FIELDS, texts
from kmip_server.ports import AuditEntry, AuditRow, ChainHead

GENESIS = hashlib.sha256(b"kmip-server audit chain 1").digest()
"""What the first record names as the hash before it."""

HASH_BYTES = 32
_VERSION = 1
_HEAD = ">B32sqqB"
"""Version, hash before, sequence, microseconds since 1970, number of texts; then the length of each text."""
_USUAL = struct.Struct(f"{_HEAD}{len(FIELDS)}I")


def link(previous: bytes, sequence: int, at: int, fields: tuple[str, ...], joined: str | None = None) -> bytes:
    """Hash a record with its place in the chain; ``previous`` has 32 bytes, lengths count characters.

    ``joined`` is all fields, one after another, where the caller has it.
    """
    if joined is None:
        joined = "".join(fields)
    count = len(fields)
    form = _USUAL if count == len(FIELDS) else struct.Struct(f"{_HEAD}{count}I")
    head = form.pack(_VERSION, previous, sequence, at, count, *map(len, fields))
    # surrogatepass: rows that somebody spoilt in the database are hashed too, not stumbled over.
    return hashlib.sha256(head + joined.encode("utf-8", "surrogatepass")).digest()


class AuditChain:
    """Implements ``ports.AuditTrail``."""

    def extend(self, head: ChainHead, entries: Iterable[AuditEntry]) -> list[AuditRow]:
        """Give the rows that continue the chain from its head, in the order of the entries."""
        sequence, previous = head
        rows: list[AuditRow] = []
        for entry in entries:
            sequence += 1
            fields, joined = texts(entry)
            digest = link(previous, sequence, entry.at, fields, joined)
            rows.append(AuditRow(sequence, entry.at, fields, previous, digest))
            previous = digest
        return rows
