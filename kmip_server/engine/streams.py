"""Keeps what an operation in several parts carries from one part to the next (KMIP 1.4 §4, 2.1 §6.1).

The next part may come to any worker process, or after a restart: the state lies in the database, sealed, as it
holds input in clear or what the key made of it. The seal is bound to the Correlation Value, the client, the
operation and the key, so that neither a client nor somebody who writes the database can take it for another.

A part that fails has not happened: the savepoint of its batch item undoes what it did, and it may be sent
again. What no part comes for any more is forgotten when its time has run out; what uses a key that is
revoked or destroyed is forgotten with it, and until then every part asks the key's policy, state and usage mask.
"""

from __future__ import annotations

from typing import Any

from kmip_server.engine.rooms import Rooms
from kmip_server.errors import KmipError
from kmip_server.ports import Packed, StreamRow, Transaction
from kmip_server.spec.enums import Operation, ResultReason

_VALUE_BYTES = 16
"""Length of a Correlation Value: too many to guess one."""
_LONGEST_VALUE = 64
_NOT_AN_OBJECT = 0
"""What stands for the object type in the seal: no managed object has it."""


class ItemStreams:
    """Implements ``ports.Streams`` for one batch item."""

    __slots__ = ("_now", "_operation", "_owner", "_rooms", "_row", "_tx")

    def __init__(self, tx: Transaction, rooms: Rooms, owner: str, operation: Operation, now: int) -> None:
        self._tx = tx
        self._rooms = rooms
        self._owner = owner
        self._operation = operation
        self._now = now
        self._row: StreamRow | None = None

    def begin(self, unique_identifier: str, state: Any) -> bytes:
        """See :meth:`kmip_server.ports.Streams.begin`."""
        limits = self._rooms.facts.stream_limits
        self._tx.expire_streams(self._now)
        self._tx.hold_client(self._owner)
        if self._tx.count_streams(self._owner) >= limits.per_client:
            raise KmipError(
                f"{limits.per_client} operations in several parts are open already", ResultReason.SERVER_LIMIT_EXCEEDED
            )
        value = self._rooms.ciphers.random(_VALUE_BYTES)
        sealed = self._seal(value, unique_identifier, state)
        self._tx.insert_stream(StreamRow(value, self._owner, unique_identifier, self._now + limits.seconds, 0, sealed))
        return value

    def resume(self, correlation_value: bytes, unique_identifier: str, kind: type[Packed]) -> Packed:
        """See :meth:`kmip_server.ports.Streams.resume`."""
        row = self._tx.load_stream(correlation_value) if 0 < len(correlation_value) <= _LONGEST_VALUE else None
        if row is None or row.owner != self._owner or row.object_id != unique_identifier or row.expires <= self._now:
            raise _unknown()
        try:
            packed = self._rooms.sealer.open(
                row.sealed,
                uid=self._name(correlation_value, unique_identifier),
                object_type=_NOT_AN_OBJECT,
                owner=self._owner,
            )
        except KmipError as error:
            # Another operation's value; or somebody altered the database, which the client learns nothing of.
            raise _unknown() from error
        self._row = row
        return self._rooms.codec.unpack_structure(kind, packed)

    def keep(self, state: Any) -> bytes:
        """See :meth:`kmip_server.ports.Streams.keep`."""
        row = self._resumed()
        changed = row._replace(
            expires=self._now + self._rooms.facts.stream_limits.seconds,
            sealed=self._seal(row.correlation_value, row.object_id, state),
        )
        if not self._tx.replace_stream(changed):
            raise _unknown()
        return row.correlation_value

    def end(self) -> None:
        """See :meth:`kmip_server.ports.Streams.end`."""
        if not self._tx.delete_stream(self._resumed().correlation_value):
            raise _unknown()

    def _resumed(self) -> StreamRow:
        if self._row is None:
            raise AssertionError("no operation was resumed")
        return self._row

    def _name(self, correlation_value: bytes, unique_identifier: str) -> str:
        return f"stream {correlation_value.hex()} {self._operation.name} {unique_identifier}"

    def _seal(self, correlation_value: bytes, unique_identifier: str, state: Any) -> bytes:
        packed = self._rooms.codec.pack_structure(state)
        limits = self._rooms.facts.stream_limits
        if len(packed) > limits.size:
            raise KmipError(
                f"more than {limits.size} bytes would have to be kept until the final part",
                ResultReason.SERVER_LIMIT_EXCEEDED,
            )
        return self._rooms.sealer.seal(
            packed, uid=self._name(correlation_value, unique_identifier), object_type=_NOT_AN_OBJECT, owner=self._owner
        )


def _unknown() -> KmipError:
    return KmipError(
        "no operation in several parts is open under this Correlation Value", ResultReason.INVALID_CORRELATION_VALUE
    )
