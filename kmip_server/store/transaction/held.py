"""A transaction on the connection that its store holds: how it begins, runs statements, fails and ends.

After a failure of the database nothing of the transaction is kept: every later call fails, and so does the
end, even if somebody swallowed the first failure. The verbs, family by family, stand in the files beside this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from kmip_server.ports import ChainHead, StoreError

if TYPE_CHECKING:
    from kmip_server.store.sql import SqlStore


class Cursor(Protocol):
    """What is used of a driver's cursor."""

    rowcount: int

    def execute(self, text: str, values: Sequence[Any] = ..., /) -> Any:
        """Run a statement."""

    def executemany(self, text: str, rows: Sequence[Sequence[Any]], /) -> Any:
        """Run a statement for each row."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> Any:
        """Every row that is left."""


class HeldTransaction:
    """What every family of verbs stands on."""

    __slots__ = (
        "_changed", "_cursor", "_errors", "_failure", "_head", "_last_held", "_set", "_sql", "_store",
        "issued", "levels",
    )  # fmt: skip

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._sql = store.statements
        self._errors = store.database.dialect.errors
        self._cursor: Cursor
        self._failure: str | None = "the transaction has not begun"
        self._head: ChainHead | None = None
        """The end of the audit chain, where it is known without asking."""
        self._changed: set[str] = set()
        """Objects that this transaction has written over."""
        self._last_held = ""
        """The client that was held last, by the order of names."""
        self._set: set[str] = set()
        """Settings that this transaction has written."""
        self.levels = 0
        """How many savepoints are open."""
        self.issued = 0
        """How many of them the database knows: those inside which something was written."""

    def __enter__(self) -> Self:
        self._cursor = self._store.begin()
        self._failure = None
        # While this transaction is open, what it leaves as the end may yet be undone: then it is read again.
        self._head, self._store.head = self._store.head, None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failure, committed = self._failure, False
        try:
            if kind is None and failure is None:
                self._cursor.execute("COMMIT")
                committed = True
                if self._store.remembers:
                    self._store.head = self._head
        except self._errors as exc:
            failure = self._store.database.dialect.explain(exc)
        finally:
            self._failure = "the transaction is over"
            self._store.give_back(keep=committed or self._rolled_back())
        if failure is not None and kind is None:
            raise StoreError(failure) from None

    def _rolled_back(self) -> bool:
        try:
            self._cursor.execute("ROLLBACK")
        except self._errors:
            return False
        return True

    def _fail(self, exc: BaseException) -> StoreError:
        self._failure = self._store.database.dialect.explain(exc)
        return StoreError(self._failure)

    def _run(self, text: str, values: Sequence[Any] = ()) -> Cursor:
        if self._failure is not None:
            raise StoreError(self._failure)
        try:
            self._cursor.execute(text, values)
        except self._errors as exc:
            raise self._fail(exc) from None
        return self._cursor

    def _one(self, text: str, values: Sequence[Any] = ()) -> Any:
        if self._failure is not None:
            raise StoreError(self._failure)
        try:
            self._cursor.execute(text, values)
            return self._cursor.fetchone()
        except self._errors as exc:
            raise self._fail(exc) from None

    def _all(self, text: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            rows: list[Any] = self._run(text, values).fetchall()
        except self._errors as exc:
            raise self._fail(exc) from None
        return rows

    def _many(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        if self._failure is not None:
            raise StoreError(self._failure)
        if rows:
            try:
                self._cursor.executemany(text, rows)
            except self._errors as exc:
                raise self._fail(exc) from None

    def savepoint(self) -> SqlSavepoint:
        """Undo what is done inside when an exception leaves it; the database hears of it at the first write."""
        return SqlSavepoint(self)

    def _mark(self) -> None:
        """Before a write: make the database know every savepoint that is open."""
        while self.issued < self.levels:
            self._run(f"SAVEPOINT s{self.issued}")
            self.issued += 1

    def leave_savepoint(self, *, undo: bool) -> None:
        """End the savepoint that the database knows and nobody is in any more; undone or kept."""
        self.issued = self.levels
        if self._failure is None:
            if undo:
                self._head = None
                self._run(f"ROLLBACK TO SAVEPOINT s{self.levels}")
            self._run(f"RELEASE SAVEPOINT s{self.levels}")


class SqlSavepoint:
    """What :meth:`HeldTransaction.savepoint` gives."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: HeldTransaction) -> None:
        self._transaction = transaction

    def __enter__(self) -> None:
        self._transaction.levels += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        transaction = self._transaction
        transaction.levels -= 1
        if transaction.issued > transaction.levels:
            transaction.leave_savepoint(undo=kind is not None)
