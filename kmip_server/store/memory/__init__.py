"""The store in memory: for tests, and the plain model which the databases are compared with.

One lock, dictionaries, and a list of what to undo. Each file but ``held`` and ``matching`` holds one family of verbs,
as in ``store/transaction/``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kmip_server.ports import AuditRow, ChainHead, StoreError
from kmip_server.store.memory.chain import Chain, end_of
from kmip_server.store.memory.held import Tables
from kmip_server.store.memory.jobs import Jobs
from kmip_server.store.memory.objects import Objects
from kmip_server.store.memory.outbox import Outbox
from kmip_server.store.memory.server_wide import ServerWide
from kmip_server.store.memory.sign_ins import SignIns
from kmip_server.store.memory.tickets import Tickets

__all__ = ["MemoryStore", "MemoryTransaction"]


class MemoryTransaction(Objects, Chain, Jobs, Outbox, Tickets, SignIns, ServerWide):
    """Implements ``ports.Transaction``."""


class MemoryStore(Tables):
    """Implements ``ports.Store``; gone with the process."""

    def __init__(self) -> None:
        super().__init__()
        self._turn = threading.Lock()
        self._owner: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        """Begin; threads take turns."""
        if self._owner == threading.get_ident():
            raise StoreError("a transaction is already open in this thread")
        with self._turn:
            self._owner = threading.get_ident()
            transaction = MemoryTransaction(self)
            try:
                with transaction.savepoint():
                    yield transaction
                    transaction.require_whole()
            finally:
                transaction.end()
                self._owner = None

    def audit_rows(self, first: int = 1) -> Iterator[AuditRow]:
        """The audit chain from a sequence number on."""
        yield from [row for row in self.audit if row.sequence >= first]

    def audit_head(self) -> ChainHead:
        """The end of the audit chain."""
        return end_of(self)

    def close(self) -> None:
        """Nothing to give back."""
