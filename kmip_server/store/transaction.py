"""One transaction over a database: every verb of ``ports.Transaction`` as statements on the held connection.

After a failure of the database nothing of the transaction is kept: every later call fails, and so does the
end, even if somebody swallowed the first failure.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from kmip_server.domain.objects import Lazy, ManagedObject
from kmip_server.domain.search import Found, Search
from kmip_server.ports import (
    AuditRow,
    ChainHead,
    JobItemRow,
    JobRow,
    KekRecord,
    OutboxRow,
    StoreError,
    StreamRow,
    TicketRow,
)
from kmip_server.store.rows import (
    IN_COLUMNS,
    TermRow,
    audit_values,
    column_values,
    object_of,
    object_row,
    storable,
    term_rows,
)

if TYPE_CHECKING:
    from kmip_server.store.sql import SqlStore


MOST_SEEN = 8192
"""How many objects a store remembers as it read them, sealed; a few kilobytes each."""


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


class SqlTransaction:
    """Implements ``ports.Transaction``; made by :meth:`SqlStore.transaction`."""

    __slots__ = ("_changed", "_cursor", "_errors", "_failure", "_head", "_set", "_sql", "_store", "issued", "levels")

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
        self._set: set[str] = set()
        """Settings that this transaction has written."""
        self.levels = 0
        """How many savepoints are open."""
        self.issued = 0
        """How many of them the database knows: those inside which something was written."""

    def __enter__(self) -> SqlTransaction:
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

    def load(self, unique_identifier: str, *, for_change: bool = False) -> ManagedObject | None:
        """Read an object; attributes are unpacked when first asked for."""
        if not storable(unique_identifier):
            return None
        seen = self._store.seen
        found = seen.get(unique_identifier)
        if found is not None and self._failure is None:
            return found
        row = self._one(self._sql.load_for_change if for_change else self._sql.load, (unique_identifier,))
        if row is None:
            return None
        found = object_of(row, self._store.codec.unpack)
        # What this transaction wrote may yet be undone: it is not remembered.
        if self._store.remembers and unique_identifier not in self._changed:
            if len(seen) >= MOST_SEEN:
                seen.clear()
            seen[unique_identifier] = found
        return found

    def insert(self, new: ManagedObject) -> None:
        """Write a new object and its search terms."""
        row = object_row(new)
        row.append(self._store.codec.pack(new.attributes, IN_COLUMNS))
        row += column_values(new.attributes)
        terms = term_rows(new.attributes)
        self._changed.add(new.unique_identifier)
        self._mark()
        number = self._one(self._sql.insert_object, row)[0]
        self._many(self._sql.insert_term, [(number, *term) for term in terms])

    def replace(self, changed: ManagedObject) -> bool:
        """Write over the revision the object was read at, and count it up; False when another came first.

        Attributes that nobody asked to change are not written again, and of the terms only those that differ.
        """
        row = object_row(changed)
        self._changed.add(changed.unique_identifier)
        self._store.seen.pop(changed.unique_identifier, None)
        values = [row[2], *row[4:]]
        where = (changed.unique_identifier, changed.revision)
        self._mark()
        if isinstance(changed.lazy, Lazy):
            return self._one(self._sql.replace_but_attributes, (*values, *where)) is not None
        packed = self._store.codec.pack(changed.lazy, IN_COLUMNS)
        terms = set(term_rows(changed.lazy))
        found = self._one(self._sql.replace, (*values, packed, *column_values(changed.lazy), *where))
        if found is None:
            return False
        number = found[0]
        before = {TermRow(*term) for term in self._all(self._sql.terms, (number,))}
        self._many(self._sql.delete_term, [(number, *term[:4]) for term in before - terms])
        self._many(self._sql.insert_term, [(number, *term) for term in terms - before])
        return True

    def remove(self, gone: ManagedObject) -> bool:
        """Take out the revision the object was read at, with its search terms."""
        self._changed.add(gone.unique_identifier)
        self._store.seen.pop(gone.unique_identifier, None)
        self._mark()
        found = self._one(self._sql.delete_object, (gone.unique_identifier, gone.revision))
        if found is None:
            return False
        self._run(self._sql.delete_terms, (found[0],))
        return True

    def remove_every_object(self) -> int:
        """Remove every object with its search terms; keys and audit trail stay."""
        self._mark()
        self._store.seen.clear()
        self._run(self._sql.delete_every_stream)
        self._run(self._sql.delete_every_term)
        return self._run(self._sql.delete_every_object).rowcount

    def locate(self, search: Search) -> Found:
        """Find objects with one statement; raises InvalidField for a search that is too long."""
        located = self._store.locator.statement(search)
        if located is None:
            return Found(located_items=0 if search.count else None)
        rows = self._all(*located)
        if not search.count:
            return Found([row[0] for row in rows])
        return Found([row[1] for row in rows if row[1] is not None], rows[0][0])

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

    def chain_head(self) -> ChainHead:
        """The end of the audit chain, held until this transaction ends."""
        if self._failure is None and self._head is not None:
            return self._head
        return head_of_chain(self._one(self._sql.head_held))

    def append_audit(self, rows: Sequence[AuditRow]) -> None:
        """Write audit rows and move the head; StoreError when they do not continue the chain."""
        if not rows:
            return
        self._mark()
        self._many(self._sql.append, [audit_values(row) for row in rows])
        last = rows[-1]
        if self._run(self._sql.move_head, (last.sequence, last.hash, rows[0].sequence - 1)).rowcount != 1:
            self._failure = "the audit records do not continue the chain"
            raise StoreError(self._failure)
        self._head = ChainHead(last.sequence, last.hash)

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

    def insert_job(self, job: JobRow, items: Sequence[JobItemRow]) -> None:
        """Keep a request that is done later."""
        self._mark()
        self._run(self._sql.insert_job, job)
        self._many(self._sql.insert_job_item, items)

    def load_job(self, job: bytes) -> JobRow | None:
        """Read one, held until this transaction ends."""
        row = self._one(self._sql.load_job, (job,))
        return None if row is None else JobRow(*row)

    def next_job(self) -> JobRow | None:
        """Read the one that is due first and that nobody holds."""
        row = self._one(self._sql.next_job)
        return None if row is None else JobRow(*row)

    def take_job(self, taken: JobRow) -> None:
        """Write who works on it, and until when."""
        self._mark()
        self._run(self._sql.take_job, (taken.due, taken.attempts, taken.token, taken.job))

    def delete_job(self, job: bytes) -> None:
        """Forget the request; its items stay."""
        self._mark()
        self._run(self._sql.delete_job, (job,))

    def load_job_item(self, correlation_value: bytes) -> JobItemRow | None:
        """Read one item."""
        row = self._one(self._sql.load_job_item, (correlation_value,))
        return None if row is None else job_item_of(row)

    def job_items(self, job: bytes) -> list[JobItemRow]:
        """The items of a request, in their order."""
        return [job_item_of(row) for row in self._all(self._sql.job_items, (job,))]

    def owned_job_items(self, owner: str) -> list[JobItemRow]:
        """The items of a client, oldest first."""
        return [job_item_of(row) for row in self._all(self._sql.owned_job_items, (owner,))]

    def replace_job_item(self, changed: JobItemRow) -> None:
        """Write the stage and the result of an item."""
        self._mark()
        values = (changed.stage, changed.status, changed.obtained, changed.expires, changed.sealed)
        self._run(self._sql.replace_job_item, (*values, changed.correlation_value))

    def expire_job_items(self, now: int) -> None:
        """Forget every item whose time has run out."""
        self._mark()
        self._run(self._sql.expire_job_items, (now,))

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

    def keks(self) -> list[KekRecord]:
        """Every key-encryption key, oldest first."""
        return [
            KekRecord(kek_id, root_id, wrapped, created, bool(active))
            for kek_id, root_id, wrapped, created, active in self._all(self._sql.keks)
        ]

    def insert_kek(self, record: KekRecord) -> None:
        """Keep a new key-encryption key; when it is active the others become inactive."""
        self._mark()
        if record.active:
            self._run(self._sql.retire_keks)
        self._run(self._sql.insert_kek, record)

    def due_for_rotation(self, now: int, most: int) -> list[str]:
        """Objects whose rotation is due, longest first, held until this transaction ends."""
        return [row[0] for row in self._all(self._sql.due, (now, most))]

    def setting(self, name: str) -> bytes | None:
        """What holds for the whole server under this name; None when nobody set it."""
        settings = self._store.settings
        if name in settings and self._failure is None:
            return settings[name]
        row = self._one(self._sql.setting, (name,))
        value = None if row is None else bytes(row[0])
        # What this transaction wrote may yet be undone: it is not remembered.
        if name not in self._set:
            settings[name] = value
        return value

    def put_setting(self, name: str, value: bytes | None) -> None:
        """Set it for every process and node; None takes it away."""
        self._mark()
        self._set.add(name)
        self._store.settings.pop(name, None)
        self._run(self._sql.delete_setting, (name,))
        if value is not None:
            self._run(self._sql.insert_setting, (name, value))

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


class SqlSavepoint:
    """What :meth:`SqlTransaction.savepoint` gives."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: SqlTransaction) -> None:
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


def job_item_of(row: Sequence[Any]) -> JobItemRow:
    """An item from its row; SQLite tells a boolean as a number."""
    item = JobItemRow(*row)
    return item._replace(obtained=bool(item.obtained))


def head_of_chain(row: Any) -> ChainHead:
    """The end of the audit chain from its row; StoreError when somebody removed it."""
    if row is None:
        raise StoreError("the audit chain has lost its head")
    return ChainHead(row[0], row[1])
