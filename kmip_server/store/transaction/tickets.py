"""Tickets of sessions (Login, Delegated Login)."""

from __future__ import annotations

from kmip_server.ports import TicketRow
from kmip_server.store.transaction.held import HeldTransaction


class Tickets(HeldTransaction):
    """The verbs of tickets."""

    __slots__ = ()

    def ticket(self, digest: bytes) -> TicketRow | None:
        """A ticket, held against other changes until this transaction ends."""
        row = self._one(self._sql.ticket, (digest,))
        return None if row is None else TicketRow(*row)

    def insert_ticket(self, new: TicketRow, now: int) -> None:
        """Keep a new ticket, and forget those that have expired."""
        self._mark()
        self._run(self._sql.delete_tickets, (now,))
        self._run(self._sql.insert_ticket, new)

    def replace_ticket(self, changed: TicketRow) -> None:
        """Write over a ticket's terms; one that is gone stays gone."""
        self._mark()
        self._run(self._sql.replace_ticket, (changed.expires, changed.terms, changed.digest))

    def delete_ticket(self, digest: bytes) -> None:
        """Forget a ticket."""
        self._mark()
        self._run(self._sql.delete_ticket, (digest,))
