"""The schema: made by migrations, the same as the tables say, at one revision, by many processes at once."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from kmip_server.audit import AuditChain
from kmip_server.domain.objects import ManagedObject
from kmip_server.ports import AuditEntry, StoreError
from kmip_server.spec.enums import HashingAlgorithm, RngAlgorithm
from kmip_server.spec.structures.attributes import Digest
from kmip_server.spec.structures.parameters import RngParameters
from kmip_server.spec.tags import Tag
from kmip_server.store import check, current, migrations, open_store, upgrade
from kmip_server.store.database import Database
from kmip_server.store.tables import EMPTY_CHAIN, METADATA
from tests.postgres import postgres_database
from tests.store_kit import CODEC, DATABASES, adding, equal, managed, search


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/new.db" if request.param == "sqlite" else postgres_database()


def execute(url: str, statement: str) -> None:
    database = Database(url, create=True)
    with database.engine.begin() as connection:
        connection.execute(text(statement))
    database.engine.dispose()


def test_upgrading_brings_a_database_to_the_revision_needed_and_keeps_it_there(url: str) -> None:
    upgrade(url)
    assert current(url) == migrations.HEAD
    check(url)
    upgrade(url)
    store = open_store(url, CODEC)
    assert store.audit_head() == EMPTY_CHAIN
    store.close()


def test_the_migrations_make_what_the_tables_say(url: str) -> None:
    upgrade(url)
    database = Database(url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = [each for each in compare_metadata(context, METADATA) if "alembic_version" not in repr(each)]
    database.engine.dispose()
    assert differences == []


def test_what_an_older_program_stored_is_found_and_shown_as_before(url: str) -> None:
    upgrade(url)
    item = made()
    store = open_store(url, CODEC)
    with store.transaction() as tx:
        tx.insert(item)
        tx.append_audit(ENTRIES)
    store.close()
    _as_before_0002(url, item)
    upgrade(url)
    store = open_store(url, CODEC)
    with store.transaction() as tx:
        found = tx.load(item.unique_identifier)
        assert found is not None
        assert found.attributes == item.attributes
        for key in (Tag.DIGEST, Tag.SHORT_UNIQUE_IDENTIFIER, Tag.RANDOM_NUMBER_GENERATOR):
            assert tx.locate(search(equal(key, item.attributes.one(key)))).unique_identifiers == ["one"]
    assert list(store.audit_rows()) == ENTRIES
    store.close()


ENTRIES = AuditChain().extend(EMPTY_CHAIN, [AuditEntry(n, *["x"] * 13) for n in range(3)])


def made() -> ManagedObject:
    """An object as Create makes it."""
    return managed(
        "one",
        adding(Tag.DIGEST, Digest(hashing_algorithm=HashingAlgorithm.SHA_256, digest_value=bytes(range(32)))),
        adding(Tag.SHORT_UNIQUE_IDENTIFIER, bytes(32)),
        adding(Tag.RANDOM_NUMBER_GENERATOR, RngParameters(rng_algorithm=RngAlgorithm.DRBG, cryptographic_length=256)),
    )


def _as_before_0002(url: str, item: ManagedObject) -> None:
    """Take the steps back: terms instead of columns, everything packed, audit rows under an index."""
    terms = [
        ("420034", "hashing_algorithm", int(HashingAlgorithm.SHA_256), None),
        ("420034", "digest_value", None, "0x" + bytes(range(32)).hex()),
        ("420136", "", None, "0x" + bytes(32).hex()),
        ("4200DE", "rng_algorithm", int(RngAlgorithm.DRBG), None),
    ]
    database = Database(url)
    with database.engine.begin() as connection:
        for name in ("short_unique_identifier", "digest_value"):
            connection.execute(text(f"DROP INDEX objects_by_{name}"))
        for name in ("short_unique_identifier", "rng_algorithm", *DIGEST_COLUMNS):
            connection.execute(text(f"ALTER TABLE objects DROP COLUMN {name}"))
        for attribute, field, number, words in terms:
            place = {"attribute": attribute, "field": field, "number": number, "text": words}
            row = "((SELECT id FROM objects), :attribute, 0, :field, 0, :number, :text)"
            connection.execute(text(f"INSERT INTO terms VALUES {row}"), place)
        connection.execute(text("UPDATE objects SET attributes = :all"), {"all": CODEC.pack(item.attributes)})
        if url.startswith("sqlite"):
            connection.execute(text("ALTER TABLE audit RENAME TO now"))
            columns = "sequence BIGINT NOT NULL PRIMARY KEY, at BIGINT, fields TEXT, previous BLOB, hash BLOB"
            connection.execute(text(f"CREATE TABLE audit ({columns})"))
            connection.execute(text("INSERT INTO audit SELECT * FROM now"))
            connection.execute(text("DROP TABLE now"))
        connection.execute(text("DROP INDEX objects_by_rotation_due"))
        for name in ("rotation_due", "turn"):
            connection.execute(text(f"ALTER TABLE objects DROP COLUMN {name}"))
        for table in LATER_TABLES:
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    database.engine.dispose()


LATER_TABLES = ("settings", "streams", "jobs", "job_items", "tickets", "outbox", "sign_ins")
"""Tables that steps after the second made."""
DIGEST_COLUMNS = ("digest_hashing_algorithm", "digest_value", "digest_key_format_type")


def test_checks_and_partial_indices_are_there_too(url: str) -> None:
    upgrade(url)
    for statement in (
        "INSERT INTO audit_head (id, sequence, hash) VALUES (2, 0, '')",
        "INSERT INTO terms (object, attribute, instance, field, position) VALUES (1, 'a', 0, '', 0)",
        "INSERT INTO terms (object, attribute, instance, field, position, number) VALUES (1, 'a', 0, '', 0, 1)",
    ):
        database = Database(url)
        with pytest.raises(StoreError, match="contradicts"), database.translated(), database.engine.begin() as held:
            held.execute(text(statement))
        database.engine.dispose()


def test_the_revision_needed_is_the_last_one_packaged() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_heads() == [migrations.HEAD]
    revisions = sorted(each.revision for each in script.walk_revisions())
    assert revisions == sorted(revisions, key=int)
    for each in script.walk_revisions():
        assert Path(each.path).name.startswith(f"{each.revision}_")


@pytest.mark.parametrize("ask", [check, lambda url: open_store(url, CODEC)])
def test_an_empty_database_is_refused_with_what_to_do(url: str, ask: Callable[[str], object]) -> None:
    if url.startswith("sqlite"):
        sqlite3.connect(url.removeprefix("sqlite:///")).close()
    assert current(url) is None
    with pytest.raises(StoreError, match="has no tables yet: run `kmip-server init`"):
        ask(url)


@pytest.mark.parametrize(("revision", "advice"), [("0000", "bring it up"), ("9999", "newer program")])
def test_another_revision_is_refused_in_one_sentence(url: str, revision: str, advice: str) -> None:
    upgrade(url)
    execute(url, f"UPDATE alembic_version SET version_num = '{revision}'")
    with pytest.raises(StoreError, match=f"revision {revision}, this program needs {migrations.HEAD}.*{advice}"):
        open_store(url, CODEC)
    with pytest.raises(StoreError, match="does not know"):
        upgrade(url)
    assert current(url) == revision


def test_a_step_that_fails_leaves_nothing(url: str) -> None:
    execute(url, "CREATE TABLE audit (other INTEGER)")
    with pytest.raises(StoreError):
        upgrade(url)
    assert current(url) is None
    database = Database(url)
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["audit"]
    database.engine.dispose()


def test_several_processes_may_upgrade_at_once(url: str) -> None:
    program = "import sys; from kmip_server.store import upgrade; sys.stdin.read(1); upgrade(sys.argv[1])"
    running = [
        subprocess.Popen([sys.executable, "-c", program, url], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"!")
        process.stdin.flush()
    for process in running:
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (0, b"")
    check(url)


class TestSqliteFile:
    def test_only_its_owner_reads_it(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/private.db"
        before = os.umask(0)
        try:
            upgrade(url)
            with open_store(url, CODEC).transaction():
                modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        finally:
            os.umask(before)
        assert modes == {"private.db": 0o600, "private.db-wal": 0o600, "private.db-shm": 0o600}

    def test_a_missing_file_is_made_by_upgrading_only(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/missing.db"
        with pytest.raises(StoreError, match="there is no database at"):
            open_store(url, CODEC)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_is_not_there_is_said_to_be_so(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="cannot be made: No such file or directory"):
            upgrade(f"sqlite:///{tmp_path}/no/folder.db")

    def test_a_file_that_is_no_database_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "text.db").write_text("certainly no database " * 100)
        with pytest.raises(StoreError, match="no SQLite database"):
            upgrade(f"sqlite:///{tmp_path}/text.db")
