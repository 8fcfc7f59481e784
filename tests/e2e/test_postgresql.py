"""A server over a real PostgreSQL: a key's life, a database that goes away and comes back, what it says without one."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from kmip_server.operations.get import GetRequest
from kmip_server.spec.enums import ResultReason
from tests.e2e.pykmip_scenario import live_one_life, require_audited
from tests.e2e.server_process import ServerProcess, serving
from tests.postgres import postgres_database, postgres_server

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def database() -> str:
    return postgres_database()


@pytest.fixture
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("postgresql")
    with serving(folder, {"database": {"url": database}}, expected_errors=["the database failed"]) as running:
        yield running


def test_a_key_lives_and_dies_in_postgresql(server: ServerProcess, database: str) -> None:
    assert not (server.state / "kmip.db").exists()
    require_audited(server, live_one_life(server))
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        version = connection.execute("SHOW server_version_num").fetchone()
        kept = connection.execute("SELECT count(*) FROM objects").fetchone()
    assert version is not None and int(version[0]) >= 150000
    assert kept is not None and kept[0] == 3


def test_keys_outlive_the_server(server: ServerProcess) -> None:
    connection, client = server.client()
    uid = client.create()
    key = client.do(GetRequest(unique_identifier=uid)).object.key_block.key_value.key_material
    connection.close()
    server.stop()
    server.start()
    connection, client = server.client()
    with connection:
        assert client.do(GetRequest(unique_identifier=uid)).object.key_block.key_value.key_material == key


def test_a_database_that_comes_back_is_used_again(server: ServerProcess) -> None:
    """While it is away each request is answered with General Failure, in a sentence that tells nothing of it."""
    connection, client = server.client()
    with connection:
        uid = client.create()
        postgres_server().stop()
        try:
            answer = client.one(GetRequest(unique_identifier=uid))
        finally:
            postgres_server().start()
        assert answer.reason is ResultReason.GENERAL_FAILURE
        assert answer.message is not None and "postgres" not in answer.message.lower()
        server.wait_for_log("the database failed")
        server.wait_for(lambda: client.one(GetRequest(unique_identifier=uid)).ok, "the database is not used again")
    require_audited(server, 2)


def test_a_database_without_tables_is_named_before_anything_is_served(database: str, server: ServerProcess) -> None:
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("ALTER TABLE alembic_version RENAME TO hidden")
    checked = server.command("check-config")
    refused = server.command("serve", "--port", "0")
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("ALTER TABLE hidden RENAME TO alembic_version")
    for done in (checked, refused):
        assert done.returncode == 1 and "Traceback" not in done.stderr
        assert "kmip-server init" in done.stderr
