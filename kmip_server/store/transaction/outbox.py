"""Messages to subscribers that are still to be sent."""

from __future__ import annotations

from kmip_server.ports import OutboxRow
from kmip_server.store.transaction.held import HeldTransaction


class Outbox(HeldTransaction):
    """The verbs of the outbox."""

    __slots__ = ()

    def insert_message(self, row: OutboxRow) -> None:
        """Put a message into the outbox; it gets a number of its own."""
        self._mark()
        self._run(self._sql.insert_message, row[1:])

    def claim_message(self, now: int, until: int) -> OutboxRow | None:
        """Take the next message that is due; None when there is none, or another process was faster."""
        found = self._one(self._sql.next_message, (now,))
        if found is None:
            return None
        row = OutboxRow(*found)
        if not self._move_message(row, until, 1):
            return None
        return row._replace(due=until, attempts=row.attempts + 1)

    def postpone_message(self, row: OutboxRow, due: int) -> bool:
        """Have a claimed message wait; False when it is no longer the caller's."""
        return self._move_message(row, due, 0)

    def _move_message(self, row: OutboxRow, due: int, more: int) -> bool:
        self._mark()
        values = (due, more, row.number, row.created, row.attempts)
        return self._run(self._sql.move_message, values).rowcount == 1

    def delete_message(self, row: OutboxRow) -> bool:
        """Forget a claimed message; False when it is no longer the caller's."""
        self._mark()
        return self._run(self._sql.delete_message, (row.number, row.created, row.attempts)).rowcount == 1
