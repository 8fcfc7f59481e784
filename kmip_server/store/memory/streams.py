"""Operations in several parts, between two of them."""

from __future__ import annotations

from collections.abc import Callable

from kmip_server.ports import StreamRow
from kmip_server.store.memory.held import HeldTransaction


class Streams(HeldTransaction):
    """The verbs of streams."""

    def insert_stream(self, row: StreamRow) -> None:
        """Keep an operation in several parts."""
        self.require_whole()
        if row.correlation_value in self._store.streams:
            raise self._fail("the database refused a row that contradicts another")
        self._put(self._store.streams, row.correlation_value, row)

    def load_stream(self, correlation_value: bytes) -> StreamRow | None:
        """Read one."""
        self.require_whole()
        return self._store.streams.get(correlation_value)

    def replace_stream(self, row: StreamRow) -> bool:
        """Write over the revision it was read at."""
        before = self.load_stream(row.correlation_value)
        if before is None or before.revision != row.revision:
            return False
        changed = before._replace(expires=row.expires, sealed=row.sealed, revision=row.revision + 1)
        self._put(self._store.streams, row.correlation_value, changed)
        return True

    def delete_stream(self, correlation_value: bytes) -> bool:
        """Forget one."""
        known = self.load_stream(correlation_value) is not None
        self._put(self._store.streams, correlation_value, None)
        return known

    def count_streams(self, owner: str) -> int:
        """How many a client has open."""
        self.require_whole()
        return sum(row.owner == owner for row in self._store.streams.values())

    def drop_streams(self, object_id: str) -> None:
        """Forget all that use an object."""
        self._drop_streams(lambda row: row.object_id == object_id)

    def expire_streams(self, now: int) -> None:
        """Forget all whose time has run out."""
        self._drop_streams(lambda row: row.expires <= now)

    def _drop_streams(self, doomed: Callable[[StreamRow], bool]) -> None:
        self.require_whole()
        for row in [row for row in self._store.streams.values() if doomed(row)]:
            self._put(self._store.streams, row.correlation_value, None)
