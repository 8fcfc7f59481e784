"""The audit chain: where it ends, and the rows that continue it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kmip_server.ports import AuditRow, ChainHead, StoreError
from kmip_server.store.rows import audit_values
from kmip_server.store.transaction.held import HeldTransaction


class Chain(HeldTransaction):
    """The verbs of the audit chain."""

    __slots__ = ()

    def chain_head(self) -> ChainHead:
        """The end of the audit chain, held until this transaction ends."""
        if self._failure is None and self._head is not None:
            return self._head
        return head_of_chain(self._one(self._sql.head_held))

    def append_audit(self, rows: Sequence[AuditRow]) -> None:
        """Write audit rows and move the head; StoreError when they do not continue the chain."""
        if not rows:
            return
        self._mark()
        self._many(self._sql.append, [audit_values(row) for row in rows])
        last = rows[-1]
        if self._run(self._sql.move_head, (last.sequence, last.hash, rows[0].sequence - 1)).rowcount != 1:
            self._failure = "the audit records do not continue the chain"
            raise StoreError(self._failure)
        self._head = ChainHead(last.sequence, last.hash)


def head_of_chain(row: Any) -> ChainHead:
    """The end of the audit chain from its row; StoreError when somebody removed it."""
    if row is None:
        raise StoreError("the audit chain has lost its head")
    return ChainHead(row[0], row[1])
