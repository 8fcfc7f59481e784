"""What differs between the databases: how to connect, to begin, and to say what went wrong.

Connections stand in the driver's autocommit; the store says BEGIN and COMMIT itself. A sentence never repeats
what the driver says of values: a driver may quote the row it refused.

SQLite: one writer at a time, asked for at the begin of a transaction (BEGIN IMMEDIATE), so that no transaction
fails half-way because another one wrote first. WAL lets readers read meanwhile; synchronous FULL makes a commit
survive a power cut; secure_delete overwrites what was deleted, a destroyed key's sealed bytes for one.

PostgreSQL: READ COMMITTED, rows held by FOR UPDATE and by compare-and-set.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

from kmip_server.ports import StoreError

LOCK_SECONDS = 10
"""How long to wait for a lock that another process holds."""


_PAUSE = 0.0003
"""Seconds; about the time that a round of requests holds SQLite's one lock."""


class Dialect(Protocol):
    """One kind of database."""

    errors: tuple[type[BaseException], ...]
    """What the driver raises, and what it lets through when it cannot bind a value."""
    one_at_a_time: str | None
    """A statement by which one migration at a time is let in."""
    one_for_a_client: str | None
    """A statement that takes a name and lets one transaction at a time in under it; None where all take turns."""
    one_for_a_client_at_once: str | None
    """The same where nobody waits: it tells whether this transaction was let in."""
    data_version: str | None
    """A statement whose answer changes when another connection has written; None where there is none."""

    def engine(self, url: URL, *, create: bool) -> Engine:
        """An engine whose connections are set up; with ``create`` the database file may be made."""

    def hand_over(self, connection: Any) -> None:
        """Let the store itself say BEGIN and COMMIT."""

    def hold(self, cursor: Any) -> None:
        """Set up a connection that will begin transaction after transaction."""

    def begin(self, cursor: Any) -> None:
        """Begin a transaction that will write; waits its turn no longer than LOCK_SECONDS."""

    def explain(self, error: BaseException) -> str:
        """One sentence for the operator, free of values."""

    def lost(self, connection: Any) -> bool:
        """Whether the driver's connection is of no more use."""


class Sqlite:
    """SQLite in a file."""

    data_version: str | None = "PRAGMA data_version"

    one_at_a_time: str | None = None
    one_for_a_client: str | None = None
    one_for_a_client_at_once: str | None = None
    errors: tuple[type[BaseException], ...] = (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError)

    def engine(self, url: URL, *, create: bool) -> Engine:
        """Raises StoreError for a database that would be lost with its connection, or is not there."""
        if url.database in (None, "", ":memory:"):
            raise StoreError("the database URL names no file; write sqlite:///path/to/file.db")
        path = Path(str(url.database))
        if not path.exists():
            if not create:
                raise StoreError(f"there is no database at {path}; make one with `kmip-server init`")
            self._make_private(path)
        options: dict[str, Any] = {
            "isolation_level": None,
            "timeout": LOCK_SECONDS,
            "cached_statements": 512,
            # One thread at a time uses the connection; the store sees to it.
            "check_same_thread": False,
        }
        engine = create_engine(url, poolclass=NullPool, pool_reset_on_return=None, connect_args=options)
        event.listen(engine, "connect", self._set_up)
        event.listen(engine, "begin", self._begin)
        return engine

    @staticmethod
    def _make_private(path: Path) -> None:
        # The -wal and -shm files get the permissions of the database file.
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as exc:
            raise StoreError(f"the database {path} cannot be made: {exc.strerror}") from None

    @staticmethod
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        cursor = connection.cursor()
        # A read-only database still opens: its first write is what is refused, in one sentence.
        for pragma in (
            "journal_mode = WAL",
            "wal_autocheckpoint = 4000",  # 16 MB: pages that many commits write go to the database once
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            "trusted_schema = OFF",
            "temp_store = MEMORY",
            "cache_size = -16384",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @staticmethod
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def hand_over(self, connection: Any) -> None:
        """It is so already."""

    def hold(self, cursor: Any) -> None:
        """Wait in :meth:`begin` alone: SQLite's own waiting sleeps up to 100 ms at a time.

        With that a busy neighbour could keep a worker out for a second.
        """
        cursor.execute("PRAGMA busy_timeout = 0")

    def begin(self, cursor: Any) -> None:
        """Ask again soon while another process writes."""
        until = 0.0
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as exc:
                if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                now = time.monotonic()
                until = until or now + LOCK_SECONDS
                if now > until:
                    raise
                time.sleep(_PAUSE)

    def explain(self, error: BaseException) -> str:
        """By SQLite's own error name."""
        name = getattr(error, "sqlite_errorname", None)
        if name is None:
            return f"the database driver refused a value ({type(error).__name__})"
        for prefix, sentence in _SQLITE_SENTENCES:
            if name.startswith(prefix):
                return f"{sentence} ({name})"
        return f"the database refused a statement ({name})"

    def lost(self, connection: Any) -> bool:
        """A file is not lost while the process lives."""
        return False


_SQLITE_SENTENCES = (
    ("SQLITE_BUSY", "the database was locked too long by another process"),
    ("SQLITE_LOCKED", "the database was locked too long by another process"),
    ("SQLITE_FULL", "the disk of the database is full"),
    ("SQLITE_IOERR", "the disk of the database failed"),
    ("SQLITE_READONLY", "the database cannot be written: check the permissions of its file and folder"),
    ("SQLITE_CANTOPEN", "the database cannot be opened: check the permissions of its file and folder"),
    ("SQLITE_PERM", "the database cannot be opened: check the permissions of its file and folder"),
    ("SQLITE_CORRUPT", "the database file is damaged: restore it from a backup"),
    ("SQLITE_NOTADB", "the file is no SQLite database"),
    ("SQLITE_CONSTRAINT", "the database refused a row that contradicts another"),
)


class Postgres:
    """PostgreSQL through psycopg."""

    data_version: str | None = None
    # An arbitrary number that is this program's own; given back when the transaction ends.
    one_at_a_time: str | None = "SELECT pg_advisory_xact_lock(5696142857)"
    # Two names of one hash would wait for each other, no more.
    one_for_a_client: str | None = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 5696))"
    one_for_a_client_at_once: str | None = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 5696))"

    def __init__(self) -> None:
        try:
            import psycopg
        except ImportError:
            raise StoreError("PostgreSQL needs psycopg: install kmip-server[postgresql]") from None
        self.errors: tuple[type[BaseException], ...] = (psycopg.Error, UnicodeError, OverflowError)

    def engine(self, url: URL, *, create: bool) -> Engine:
        """The database itself is made by its administrator; only its tables are ours."""
        options: dict[str, Any] = {"connect_timeout": LOCK_SECONDS, "application_name": "kmip-server"}
        options = {name: value for name, value in options.items() if name not in url.query}
        engine = create_engine(
            url, poolclass=NullPool, pool_reset_on_return=None, connect_args=options, paramstyle="format"
        )
        event.listen(engine, "connect", self._set_up)
        return engine

    @staticmethod
    def _set_up(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        # What is acknowledged must be on disk; stronger settings (remote_apply) stay.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.autocommit = False

    def hand_over(self, connection: Any) -> None:
        """Out of the transactions that the driver would begin of itself, as Alembic wants them."""
        connection.autocommit = True

    def hold(self, cursor: Any) -> None:
        """Nothing more."""

    def begin(self, cursor: Any) -> None:
        """Rows are waited for one by one, see ``lock_timeout``."""
        cursor.execute("BEGIN ISOLATION LEVEL READ COMMITTED")

    def explain(self, error: BaseException) -> str:
        """By SQLSTATE class (PostgreSQL's appendix A)."""
        state = getattr(error, "sqlstate", None)
        if state is None:
            if type(error).__name__ == "OperationalError":
                return "the database cannot be reached, or the connection to it was lost"
            return f"the database driver refused a value ({type(error).__name__})"
        for prefix, sentence in _POSTGRES_SENTENCES:
            if state.startswith(prefix):
                return f"{sentence} (SQLSTATE {state})"
        return f"the database refused a statement (SQLSTATE {state})"

    def lost(self, connection: Any) -> bool:
        """As the driver noticed it."""
        return bool(connection.closed or connection.broken)


_POSTGRES_SENTENCES = (
    ("55P03", "the database was locked too long by another process"),
    ("40", "the database ended the transaction in favour of another"),
    ("53100", "the disk of the database is full"),
    ("53", "the database is short of resources"),
    ("25006", "the database cannot be written: it is read-only"),
    ("28", "the database refused the user or the password"),
    ("3D", "there is no such database"),
    ("42501", "the database user may not do this"),
    ("08", "the connection to the database was lost"),
    ("57", "the database is shutting down or starting up"),
    ("58", "the disk of the database failed"),
    ("XX", "the database is damaged"),
    ("23", "the database refused a row that contradicts another"),
)


def dialect_of(url: URL) -> Dialect:
    """The dialect of an URL; raises StoreError for a database that is not served."""
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        return Sqlite()
    if url.drivername == "postgresql+psycopg":
        return Postgres()
    raise StoreError(f"{url.drivername} is not served: use sqlite:///FILE or postgresql+psycopg://HOST/NAME")
