"""Operations in several parts, between two of them."""

from __future__ import annotations

from kmip_server.ports import StreamRow
from kmip_server.store.transaction.held import HeldTransaction


class Streams(HeldTransaction):
    """The verbs of streams."""

    __slots__ = ()

    def insert_stream(self, row: StreamRow) -> None:
        """Keep an operation in several parts."""
        self._mark()
        self._run(self._sql.insert_stream, row)

    def load_stream(self, correlation_value: bytes) -> StreamRow | None:
        """Read one, held until this transaction ends."""
        row = self._one(self._sql.load_stream, (correlation_value,))
        return None if row is None else StreamRow(*row)

    def replace_stream(self, row: StreamRow) -> bool:
        """Write over the revision it was read at."""
        self._mark()
        values = (row.expires, row.sealed, row.correlation_value, row.revision)
        return self._run(self._sql.replace_stream, values).rowcount == 1

    def delete_stream(self, correlation_value: bytes) -> bool:
        """Forget one."""
        self._mark()
        return self._run(self._sql.delete_stream, (correlation_value,)).rowcount == 1

    def count_streams(self, owner: str) -> int:
        """How many a client has open."""
        return int(self._one(self._sql.count_streams, (owner,))[0])

    def drop_streams(self, object_id: str) -> None:
        """Forget all that use an object."""
        self._mark()
        self._run(self._sql.drop_streams, (object_id,))

    def expire_streams(self, now: int) -> None:
        """Forget all whose time has run out."""
        self._mark()
        self._run(self._sql.expire_streams, (now,))
