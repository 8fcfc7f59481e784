"""The audit chain: where it ends, and the rows that continue it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from kmip_server.ports import AuditRow, ChainHead
from kmip_server.store.memory.held import HeldTransaction, Tables
from kmip_server.store.tables import EMPTY_CHAIN


class Chain(HeldTransaction):
    """The verbs of the audit chain."""

    def chain_head(self) -> ChainHead:
        """The end of the audit chain."""
        self.require_whole()
        return end_of(self._store)

    def append_audit(self, rows: Sequence[AuditRow]) -> None:
        """Write audit rows; StoreError when they do not continue the chain."""
        self.require_whole()
        for row, sequence in zip(rows, count(end_of(self._store).sequence + 1), strict=False):
            if row.sequence != sequence:
                raise self._fail("the audit records do not continue the chain")
            self._store.audit.append(row)
            self._undo.append(self._store.audit.pop)


def end_of(store: Tables) -> ChainHead:
    """The end of the audit chain."""
    return ChainHead(store.audit[-1].sequence, store.audit[-1].hash) if store.audit else EMPTY_CHAIN
