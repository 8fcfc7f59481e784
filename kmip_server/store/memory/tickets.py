"""Tickets of sessions (Login, Delegated Login)."""

from __future__ import annotations

from kmip_server.ports import TicketRow
from kmip_server.store.memory.held import HeldTransaction


class Tickets(HeldTransaction):
    """The verbs of tickets."""

    def ticket(self, digest: bytes) -> TicketRow | None:
        """A ticket."""
        self.require_whole()
        return self._store.tickets.get(digest)

    def insert_ticket(self, new: TicketRow, now: int) -> None:
        """Keep a new ticket, and forget those that have expired."""
        kept = {digest: row for digest, row in self._store.tickets.items() if row.expires > now}
        if new.digest in kept:
            raise self._fail("the database refused a row that contradicts another")
        self._set_tickets({**kept, new.digest: new})

    def replace_ticket(self, changed: TicketRow) -> None:
        """Write over a ticket's terms; one that is gone stays gone."""
        if changed.digest in self._store.tickets:
            self._set_tickets({**self._store.tickets, changed.digest: changed})

    def delete_ticket(self, digest: bytes) -> None:
        """Forget a ticket."""
        self._set_tickets({key: row for key, row in self._store.tickets.items() if key != digest})

    def _set_tickets(self, tickets: dict[bytes, TicketRow]) -> None:
        self.require_whole()
        store, before = self._store, self._store.tickets
        store.tickets = tickets
        self._undo.append(lambda: setattr(store, "tickets", before))
