"""What the store in memory holds, and a transaction on it: how it fails, ends, and undoes what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from kmip_server.domain.objects import ManagedObject
from kmip_server.ports import (
    AuditRow,
    JobItemRow,
    JobRow,
    KekRecord,
    OutboxRow,
    SignInRow,
    StoreError,
    StreamRow,
    TicketRow,
)

Row = TypeVar("Row")


class Tables:
    """Everything that is kept."""

    def __init__(self) -> None:
        self.objects: dict[str, ManagedObject] = {}
        self.keks: list[KekRecord] = []
        self.audit: list[AuditRow] = []
        self.settings: dict[str, bytes] = {}
        self.streams: dict[bytes, StreamRow] = {}
        self.jobs: dict[bytes, JobRow] = {}
        self.job_items: dict[bytes, JobItemRow] = {}
        self.tickets: dict[bytes, TicketRow] = {}
        self.sign_ins: dict[bytes, SignInRow] = {}
        self.outbox: list[OutboxRow] = []


class HeldTransaction:
    """What every family of verbs stands on."""

    def __init__(self, store: Tables) -> None:
        self._store = store
        self._undo: list[Callable[[], object]] = []
        self._failure: str | None = None

    def end(self) -> None:
        """Refuse every later call."""
        self._failure = "the transaction is over"

    def require_whole(self) -> None:
        """Raise StoreError when something failed before."""
        if self._failure is not None:
            raise StoreError(self._failure)

    def _fail(self, sentence: str) -> StoreError:
        self._failure = sentence
        return StoreError(sentence)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done inside when an exception leaves it."""
        depth = len(self._undo)
        try:
            yield
        except BaseException:
            while len(self._undo) > depth:
                self._undo.pop()()
            raise

    def _put(self, rows: dict[bytes, Row], name: bytes, row: Row | None) -> None:
        """Write, or with None remove, a row; undone with its savepoint."""
        before = dict(rows)
        rows.pop(name, None)
        if row is not None:
            rows[name] = row

        def restore() -> None:
            rows.clear()
            rows.update(before)

        self._undo.append(restore)
