"""What every store promises of an object that is taken out for good: memory, SQLite and a real PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kmip_server.spec.tags import Tag
from tests.store_kit import ALL, Backend, equal, insert, locate, managed, named, open_backend


@pytest.fixture(params=ALL)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened


class Halt(Exception):
    """What a test throws into a transaction."""


def test_an_object_is_gone_for_every_worker_and_its_name_with_it(backend: Backend) -> None:
    store, other = backend.open(), backend.open()
    insert(store, managed("1", named("a")), managed("2", named("a")))
    name = managed("x", named("a")).attributes.one(Tag.NAME)
    with other.transaction() as tx:
        assert tx.load("1") is not None
    with store.transaction() as tx:
        found = tx.load("1", for_change=True)
        assert found is not None
        assert tx.remove(found)
        assert tx.load("1") is None
        assert not tx.remove(found)
    with other.transaction() as tx:
        assert tx.load("1") is None
    assert locate(other, equal(Tag.NAME, name)) == ["2"]
    insert(other, managed("1"))
    assert locate(store, equal(Tag.NAME, name)) == ["2"]


def test_only_the_revision_that_was_read_is_taken_out(backend: Backend) -> None:
    store = backend.open()
    insert(store, managed("1"))
    with store.transaction() as tx:
        before = tx.load("1", for_change=True)
        assert before is not None
        assert tx.replace(before)
        assert not tx.remove(before)
        assert tx.load("1") is not None


def test_what_is_undone_is_there_again(backend: Backend) -> None:
    store = backend.open()
    insert(store, managed("0"), managed("1", named("a")), managed("2"))
    name = managed("x", named("a")).attributes.one(Tag.NAME)
    with store.transaction() as tx:
        found = tx.load("1", for_change=True)
        assert found is not None
        with pytest.raises(Halt), tx.savepoint():
            assert tx.remove(found)
            raise Halt
        assert tx.load("1") is not None
    assert locate(store, equal(Tag.NAME, name)) == ["1"]
    assert locate(store) == ["2", "1", "0"]
