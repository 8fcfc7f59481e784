"""Messages to subscribers that are still to be sent."""

from __future__ import annotations

from kmip_server.ports import OutboxRow
from kmip_server.store.memory.held import HeldTransaction


class Outbox(HeldTransaction):
    """The verbs of the outbox."""

    def insert_message(self, row: OutboxRow) -> None:
        """Put a message into the outbox; it gets a number of its own."""
        self.require_whole()
        outbox = self._store.outbox
        self._put_message(outbox[-1].number + 1 if outbox else 1, row)

    def claim_message(self, now: int, until: int) -> OutboxRow | None:
        """Take the next message that is due."""
        self.require_whole()
        first: dict[tuple[str, str], OutboxRow] = {}
        for row in self._store.outbox:
            first.setdefault((row.subscriber, row.object_id), row)
        ready = sorted((row.due, row.number, row) for row in first.values() if row.due <= now)
        if not ready:
            return None
        row = ready[0][2]
        claimed = row._replace(due=until, attempts=row.attempts + 1)
        self._put_message(row.number, claimed)
        return claimed

    def postpone_message(self, row: OutboxRow, due: int) -> bool:
        """Have a claimed message wait; False when it is no longer the caller's."""
        if not self._is_mine(row):
            return False
        self._put_message(row.number, row._replace(due=due))
        return True

    def delete_message(self, row: OutboxRow) -> bool:
        """Forget a claimed message; False when it is no longer the caller's."""
        if not self._is_mine(row):
            return False
        self._put_message(row.number, None)
        return True

    def _is_mine(self, row: OutboxRow) -> bool:
        self.require_whole()
        mine = (row.number, row.created, row.attempts)
        return any((each.number, each.created, each.attempts) == mine for each in self._store.outbox)

    def _put_message(self, number: int, row: OutboxRow | None) -> None:
        before = self._store.outbox
        others = [each for each in before if each.number != number]
        if row is not None:
            others.append(row._replace(number=number))
        self._store.outbox = sorted(others)
        self._undo.append(lambda: setattr(self._store, "outbox", before))
