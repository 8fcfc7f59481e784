"""What only a database has: savepoints nobody pays for, connections that break, forks, secrets that stay sealed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kmip_server.domain.objects import Body
from kmip_server.ports import KekRecord, StoreError
from kmip_server.spec.tags import Tag
from kmip_server.store import dialects, open_store
from kmip_server.store.database import Database
from kmip_server.store.sql import SqlStore
from tests.postgres import postgres_server
from tests.store_kit import CODEC, DATABASES, Backend, insert, links, locate, managed, named, open_backend, search


@pytest.fixture(params=DATABASES)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def store(backend: Backend) -> SqlStore:
    opened = backend.open()
    assert isinstance(opened, SqlStore)
    return opened


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[SqlStore]:
    with open_backend("sqlite", tmp_path) as opened:
        store = opened.open()
        assert isinstance(store, SqlStore)
        yield store


class Recorder:
    """A cursor that notes the first word of every statement."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.words: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)

    def execute(self, text: str, values: Any = ()) -> Any:
        self.words.append(" ".join(text.split()[:2]))
        return self.cursor.execute(text, values)

    def executemany(self, text: str, rows: Any) -> Any:
        self.words.append(f"{text.split()[0]} {len(rows)}")
        return self.cursor.executemany(text, rows)


def recorded(store: SqlStore) -> Recorder:
    with store.transaction():
        recorder = Recorder(store._cursor)
    store._cursor = recorder
    return recorder


class TestStatements:
    def test_a_savepoint_is_asked_for_at_the_first_write_inside(self, store: SqlStore) -> None:
        insert(store, managed("1"))
        recorder = recorded(store)
        with store.transaction() as tx, tx.savepoint(), tx.savepoint():
            tx.load("1")
            tx.locate(search())
            tx.chain_head()
            assert not any("SAVEPOINT" in word for word in recorder.words)
            tx.insert(managed("2"))
            tx.insert(managed("3"))
        saved = [word for word in recorder.words if "SAVEPOINT" in word]
        assert saved == ["SAVEPOINT s0", "SAVEPOINT s1", "RELEASE SAVEPOINT", "RELEASE SAVEPOINT"]

    def test_a_round_of_audit_records_is_one_write(self, store: SqlStore) -> None:
        recorder = recorded(store)
        with store.transaction() as tx:
            tx.append_audit(links(tx.chain_head(), 32))
        assert [word for word in recorder.words if word.startswith(("INSERT", "UPDATE"))] == [
            "INSERT 32",
            "UPDATE audit_head",
        ]

    def test_only_the_terms_that_differ_are_written(self, store: SqlStore) -> None:
        insert(store, managed("1", named("a", "b"), certificate_length=128, cryptographic_usage_mask=1))
        recorder = recorded(store)
        with store.transaction() as tx:
            read = tx.load("1", for_change=True)
            assert read is not None
            attributes = read.attributes.copy()
            attributes.put(Tag.CERTIFICATE_LENGTH, 256)
            tx.replace(read.with_attributes(attributes))
        assert [word for word in recorder.words if word[0] in "DI"] == ["DELETE 1", "INSERT 1"]

    def test_attributes_that_stayed_are_not_written(self, store: SqlStore) -> None:
        insert(store, managed("1", named("a")))
        recorder = recorded(store)
        with store.transaction() as tx:
            read = tx.load("1", for_change=True)
            assert read is not None
            tx.replace(read.with_body(Body(b"f", None, True)))
        assert [word for word in recorder.words[1:-1] if "PRAGMA" not in word] == [
            "SELECT objects.unique_identifier,",
            "UPDATE objects",
        ]


class TestConnections:
    def test_a_connection_is_made_at_the_first_transaction_and_held(self, store: SqlStore) -> None:
        assert store._connection is None
        insert(store, managed("1"))
        held = store._connection
        insert(store, managed("2"))
        assert store._connection is held

    def test_a_lost_connection_is_replaced_once(self, tmp_path: Path) -> None:
        with open_backend("postgres", tmp_path) as backend:
            store = backend.open()
            insert(store, managed("1"))
            server = postgres_server()
            server.stop()
            with pytest.raises(StoreError, match=r"cannot be reached|was lost"), store.transaction():
                pytest.fail("there is no server")
            server.start()
            insert(store, managed("2"))
            assert locate(store) == ["2", "1"]

    def test_a_server_that_restarts_between_two_rounds_is_not_noticed(self, tmp_path: Path) -> None:
        with open_backend("postgres", tmp_path) as backend:
            store = backend.open()
            insert(store, managed("1"))
            server = postgres_server()
            server.stop()
            server.start()
            insert(store, managed("2"))
            assert locate(store) == ["2", "1"]

    def test_what_is_lost_in_the_middle_is_lost_whole(self, tmp_path: Path) -> None:
        with open_backend("postgres", tmp_path) as backend:
            store = backend.open()
            insert(store, managed("1"))
            server = postgres_server()
            with pytest.raises(StoreError), store.transaction() as tx:
                tx.insert(managed("2"))
                server.stop()
                server.start()
                tx.insert(managed("3"))
            assert locate(store) == ["1"]

    def test_a_forked_process_opens_its_own(self, store: SqlStore) -> None:
        insert(store, managed("1"))
        child = os.fork()
        if child == 0:
            status = 1
            try:
                insert(store, managed("2"))
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        insert(store, managed("3"))
        assert locate(store) == ["3", "2", "1"]


class TestFailures:
    def test_a_database_that_is_locked_too_long_says_so(
        self, sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dialects, "LOCK_SECONDS", 0.05)
        url = str(sqlite_store.database.engine.url)
        other = open_store(url, CODEC)
        with sqlite_store.transaction() as tx:
            with pytest.raises(StoreError, match="locked too long by another process"), other.transaction():
                pytest.fail("two write at once")
            tx.insert(managed("1"))
        assert locate(other) == ["1"]
        other.close()

    def test_rows_locked_too_long_say_so(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dialects, "LOCK_SECONDS", 1)
        with open_backend("postgres", tmp_path) as backend:
            store, other = backend.open(), backend.open()
            insert(store, managed("1"))
            with store.transaction() as tx:
                tx.load("1", for_change=True)
                with pytest.raises(StoreError, match="locked too long by another process"), other.transaction() as late:
                    late.load("1", for_change=True)

    def test_a_full_disk_says_so_and_keeps_nothing(self, sqlite_store: SqlStore) -> None:
        insert(sqlite_store, managed("1"))
        with pytest.raises(StoreError, match="disk of the database is full"), sqlite_store.transaction() as tx:
            tx.insert(managed("2"))
            # SQLite answers a reached page limit as it answers a full disk.
            pages = sqlite_store._connection.execute("PRAGMA page_count").fetchone()[0]
            sqlite_store._connection.execute(f"PRAGMA max_page_count = {pages}")
            tx.insert(managed("3", body=Body(b"f" * 1_000_000, None, True)))
        sqlite_store._connection.execute("PRAGMA max_page_count = 1000000")
        assert locate(sqlite_store) == ["1"]

    def test_a_database_that_cannot_be_written_says_so(self, sqlite_store: SqlStore) -> None:
        insert(sqlite_store, managed("1"))
        sqlite_store._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="cannot be written"), sqlite_store.transaction() as tx:
            tx.insert(managed("2"))
        sqlite_store._connection.execute("PRAGMA query_only = OFF")
        assert locate(sqlite_store) == ["1"]

    def test_a_damaged_file_says_so(self, tmp_path: Path) -> None:
        with open_backend("sqlite", tmp_path) as backend:
            insert(backend.open(), *(managed(str(number), named(str(number))) for number in range(200)))
            backend.close()
            with open(tmp_path / "kmip.db", "r+b") as file:
                file.seek(4096)
                file.write(b"\xff" * 4096 * 20)
            with pytest.raises(StoreError, match="damaged"):
                locate(open_store(backend.url, CODEC))

    @pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
    def test_a_number_no_column_holds_is_a_failure_and_no_crash(self, store: SqlStore, number: int) -> None:
        item = managed("1")
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.insert(item.__class__("1", item.object_type, item.owner, item.head, item.lazy, item.body, number))
        assert locate(store) == []


class TestSqlite:
    def test_commits_survive_a_power_cut_and_what_is_deleted_is_overwritten(self, sqlite_store: SqlStore) -> None:
        insert(sqlite_store, managed("1"))

        def pragma(name: str) -> Any:
            return sqlite_store._connection.execute(f"PRAGMA {name}").fetchone()[0]

        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2
        assert pragma("foreign_keys") == 1
        assert pragma("secure_delete") == 1

    def test_sealed_bytes_that_are_replaced_leave_the_file(self, tmp_path: Path) -> None:
        with open_backend("sqlite", tmp_path) as backend:
            store = backend.open()
            sealed = b"sealed-canary-" + bytes(range(256)) * 40
            insert(store, managed("1", body=Body(b"form", sealed, True)))
            with store.transaction() as tx:
                read = tx.load("1", for_change=True)
                assert read is not None
                assert tx.replace(read.with_body(Body(b"form", None, True)))
            # Closing the last connection brings the log into the file and removes it.
            store.close()
            assert [path.name for path in tmp_path.iterdir()] == ["kmip.db"]
            assert b"canary" not in (tmp_path / "kmip.db").read_bytes()


class TestSecrets:
    def test_nothing_of_a_sealed_secret_stands_in_another_column(self, backend: Backend) -> None:
        store = backend.open()
        insert(store, managed("1", named("a"), body=Body(b"form", b"CANARY-SEALED", True)))
        with store.transaction() as tx:
            tx.insert_kek(KekRecord(b"k" * 8, "root", b"CANARY-WRAPPED", 1, True))
            tx.append_audit(links(tx.chain_head(), 2))
        database = Database(backend.url)
        found: set[tuple[str, str]] = set()
        connection = database.connect()
        cursor = connection.cursor()
        for table in ("objects", "terms", "keks", "audit", "audit_head"):
            cursor.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                found |= {
                    (table, name)
                    for name, value in zip(names, row, strict=True)
                    if b"CANARY" in (value if isinstance(value, bytes) else str(value).encode())
                }
        connection.close()
        assert found == {("objects", "sealed"), ("keks", "wrapped")}


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("sqlite://", "names no file"),
            ("sqlite:///:memory:", "names no file"),
            ("mysql://user:canary@host/db", "mysql is not served"),
            ("postgresql://user:canary@host/db", "postgresql is not served: use"),
            ("canary", "cannot be read"),
        ],
    )
    def test_what_is_not_served_is_refused_without_the_password(self, url: str, said: str) -> None:
        with pytest.raises(StoreError, match=said) as refused:
            Database(url)
        assert "canary" not in str(refused.value)

    def test_a_server_that_is_not_there_is_said_to_be_so(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="cannot be reached") as refused:
            open_store(f"postgresql+psycopg://user:canary@/db?host={tmp_path}", CODEC)
        assert "canary" not in str(refused.value)

    def test_a_database_that_is_not_there_is_said_to_be_so(self) -> None:
        with pytest.raises(StoreError, match=r"there is no such database|cannot be reached"):
            open_store(postgres_server().url("absent"), CODEC)


def test_the_sentences_name_every_class_of_trouble() -> None:
    sqlite = dialects.Sqlite()
    assert (
        sqlite.explain(sqlite3.OperationalError("canary")) == "the database driver refused a value (OperationalError)"
    )
    assert sqlite.explain(UnicodeEncodeError("utf-8", "canary", 0, 1, "x")) == (
        "the database driver refused a value (UnicodeEncodeError)"
    )
