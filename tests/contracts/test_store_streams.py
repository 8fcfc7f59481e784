"""What every store promises of operations in several parts: memory, SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kmip_server.ports import Store, StoreError, StreamRow
from tests.store_kit import ALICE, ALL, BOB, NOW, open_backend

ROW = StreamRow(b"\x00value", ALICE, "key", NOW + 10, 0, b"\x00sealed")


@pytest.fixture(params=ALL)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened.open()


def keep(store: Store, *rows: StreamRow) -> None:
    with store.transaction() as tx:
        for row in rows:
            tx.insert_stream(row)


def kept(store: Store, value: bytes = ROW.correlation_value) -> StreamRow | None:
    with store.transaction() as tx:
        return tx.load_stream(value)


def test_a_row_is_read_as_it_was_written(store: Store) -> None:
    keep(store, ROW)
    read = kept(store)
    assert read == ROW
    assert [type(one) for one in read] == [type(one) for one in ROW]
    assert kept(store, b"other") is None
    assert kept(store, b"") is None


def test_a_value_is_kept_once(store: Store) -> None:
    keep(store, ROW)
    with pytest.raises(StoreError):
        keep(store, ROW._replace(owner=BOB))
    assert kept(store) == ROW


def test_each_part_writes_over_the_one_it_read(store: Store) -> None:
    keep(store, ROW)
    with store.transaction() as tx:
        assert tx.replace_stream(ROW._replace(expires=NOW + 99, sealed=b"next", owner=BOB, object_id="no"))
    assert kept(store) == ROW._replace(expires=NOW + 99, sealed=b"next", revision=1)
    with store.transaction() as tx:
        assert not tx.replace_stream(ROW)
        assert not tx.replace_stream(ROW._replace(correlation_value=b"other", revision=1))
    assert kept(store) == ROW._replace(expires=NOW + 99, sealed=b"next", revision=1)


def test_an_end_comes_once(store: Store) -> None:
    keep(store, ROW)
    with store.transaction() as tx:
        assert tx.delete_stream(ROW.correlation_value)
        assert not tx.delete_stream(ROW.correlation_value)
        assert not tx.replace_stream(ROW)
    assert kept(store) is None


def test_counting_dropping_and_expiring(store: Store) -> None:
    rows = [
        ROW,
        ROW._replace(correlation_value=b"2", object_id="other"),
        ROW._replace(correlation_value=b"3", owner=BOB, expires=NOW),
        ROW._replace(correlation_value=b"4", owner=BOB, object_id="", expires=NOW + 1),
    ]
    keep(store, *rows)
    with store.transaction() as tx:
        assert [tx.count_streams(owner) for owner in (ALICE, BOB, "nobody")] == [2, 2, 0]
        tx.expire_streams(NOW)
        assert tx.load_stream(b"3") is None
        assert tx.load_stream(b"4") == rows[3]
        tx.drop_streams("key")
        assert tx.load_stream(ROW.correlation_value) is None
        assert tx.load_stream(b"2") == rows[1]
        assert [tx.count_streams(owner) for owner in (ALICE, BOB)] == [1, 1]


def test_what_a_savepoint_undoes_has_not_happened(store: Store) -> None:
    keep(store, ROW)
    with store.transaction() as tx:
        with pytest.raises(ZeroDivisionError), tx.savepoint():
            assert tx.replace_stream(ROW._replace(sealed=b"no"))
            tx.insert_stream(ROW._replace(correlation_value=b"2"))
            tx.drop_streams("key")
            tx.expire_streams(NOW + 1000)
            raise ZeroDivisionError
        assert tx.load_stream(ROW.correlation_value) == ROW
        assert tx.load_stream(b"2") is None
    assert kept(store) == ROW
