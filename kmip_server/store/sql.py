"""The store over a database: one transaction at a time on one held connection.

A transaction carries a round of requests with their audit records and is committed once. If the connection is
lost during the very COMMIT, nobody knows: the caller gets StoreError, the records may be there.

The connection is opened by the process that first uses it. After a fork the inherited one is left alone, not
closed: closing it would tear it out of the parent's hands.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

from kmip_server.domain.objects import ManagedObject
from kmip_server.ports import AuditRow, ChainHead, Codec, StoreError
from kmip_server.store.database import Database
from kmip_server.store.locate import Locator
from kmip_server.store.rows import audit_row_of
from kmip_server.store.statements import AUDIT_PAGE, Statements
from kmip_server.store.transaction import Cursor, SqlTransaction, head_of_chain


class SqlStore:
    """Implements ``ports.Store``; threads take turns."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self.database = database
        self.codec = codec
        self.statements = Statements(database)
        self.locator = Locator(database)
        self._turn = threading.Lock()
        self._owner: int | None = None
        self._connection: Any = None
        self._cursor: Cursor | None = None
        self._process = 0
        self._abandoned: list[Any] = []
        self.remembers = database.dialect.data_version is not None
        """Whether the database can tell that nobody else has written: only then is anything remembered."""
        self.seen: dict[str, ManagedObject] = {}
        """Objects as they were read, secrets sealed; proved fresh at the begin of every transaction."""
        self.head: ChainHead | None = None
        """The end of the audit chain as this store left it, proved fresh in the same way."""
        self.settings: dict[str, bytes | None] = {}
        """Settings as they were read: for as long as that is proved, else for one transaction."""
        self._version: Any = None

    def transaction(self) -> SqlTransaction:
        """Begin at ``with``; transactions of one thread do not nest."""
        return SqlTransaction(self)

    def begin(self) -> Cursor:
        """Take the turn and begin; reconnects once when the connection was lost. Raises StoreError."""
        thread = threading.get_ident()
        if self._owner == thread:
            raise StoreError("a transaction is already open in this thread")
        self._turn.acquire()
        self._owner = thread
        try:
            return self._begin()
        except BaseException:
            self.give_back(keep=self._connection is not None)
            raise

    def _begin(self) -> Cursor:
        dialect = self.database.dialect
        if self._cursor is not None and self._process == os.getpid():
            try:
                dialect.begin(self._cursor)
                self._prove_fresh(self._cursor)
                return self._cursor
            except dialect.errors as exc:
                if not dialect.lost(self._connection):
                    raise StoreError(dialect.explain(exc)) from None
                self._drop()
        if self._process != os.getpid():
            self._abandoned.append((self._connection, self._cursor))
        self._connection = self.database.connect()
        self._process = os.getpid()
        self._cursor = self._connection.cursor()
        with self.database.translated():
            dialect.hold(self._cursor)
            dialect.begin(self._cursor)
            self._version = None
            self._prove_fresh(self._cursor)
        return self._cursor

    def _prove_fresh(self, cursor: Cursor) -> None:
        """Forget every object seen when somebody else has written since: a revocation holds at the next request."""
        question = self.database.dialect.data_version
        if question is None:
            self.settings.clear()
        else:
            cursor.execute(question)
            version = cursor.fetchone()
            if version != self._version:
                self.seen.clear()
                self.settings.clear()
                self.head = None
                self._version = version

    def give_back(self, *, keep: bool) -> None:
        """End the turn; a connection in an unknown state is not kept."""
        if not keep:
            self._drop()
        self._owner = None
        self._turn.release()

    def _drop(self) -> None:
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None and self._process == os.getpid():
            try:
                connection.close()
            except self.database.dialect.errors:
                return  # it was lost before

    def audit_rows(self, first: int = 1) -> Iterator[AuditRow]:
        """Read page by page over a connection of its own; rows are never changed, so pages fit each other."""
        connection = self.database.connect()
        try:
            while True:
                with self.database.translated():
                    cursor = connection.cursor()
                    cursor.execute(self.statements.audit_page, (first,))
                    page = cursor.fetchall()
                for row in page:
                    yield audit_row_of(*row)
                if len(page) < AUDIT_PAGE:
                    return
                first = page[-1][0] + 1
        finally:
            connection.close()

    def audit_head(self) -> ChainHead:
        """The end of the audit chain, over a connection of its own."""
        connection = self.database.connect()
        try:
            with self.database.translated():
                cursor = connection.cursor()
                cursor.execute(self.statements.head)
                return head_of_chain(cursor.fetchone())
        finally:
            connection.close()

    def close(self) -> None:
        """Close the held connection; the next transaction opens another."""
        with self._turn:
            self._drop()
