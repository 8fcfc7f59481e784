"""What every store promises of asynchronous requests: memory, SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kmip_server.ports import JobItemRow, JobRow, Store, StoreError
from tests.store_kit import ALICE, ALL, BOB, NOW, Backend, open_backend

JOB = JobRow(b"\x00job", ALICE, NOW * 1_000_000, 0, b"", b"\x00sealed")
ITEM = JobItemRow(b"\x00one", JOB.job, 0, ALICE, 8, NOW * 1_000_000, 1, None, False, 1 << 62, None)
SECOND = ITEM._replace(correlation_value=b"two", position=1, operation=0x80000001)


@pytest.fixture(params=ALL)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def store(backend: Backend) -> Store:
    return backend.open()


def keep(store: Store, job: JobRow = JOB, *items: JobItemRow) -> None:
    with store.transaction() as tx:
        tx.insert_job(job, items or (SECOND, ITEM))


def test_rows_are_read_as_they_were_written(store: Store) -> None:
    keep(store)
    with store.transaction() as tx:
        job, items = tx.load_job(JOB.job), tx.job_items(JOB.job)
        assert (job, items) == (JOB, [ITEM, SECOND])
        assert [type(one) for one in items[0]] == [type(one) for one in ITEM]
        assert tx.load_job_item(b"two") == SECOND
        assert (tx.load_job(b"none"), tx.job_items(b"none"), tx.load_job_item(b"")) == (None, [], None)


def test_a_name_is_kept_once(store: Store) -> None:
    keep(store)
    with pytest.raises(StoreError):
        keep(store, JOB, ITEM._replace(correlation_value=b"three"))
    with pytest.raises(StoreError):
        keep(store, JOB._replace(job=b"other"), ITEM)
    with store.transaction() as tx:
        assert tx.load_job(b"other") is None
        assert tx.job_items(JOB.job) == [ITEM, SECOND]


def test_the_one_that_is_due_first_comes_first(store: Store) -> None:
    keep(store)
    keep(store, JOB._replace(job=b"early", due=5), ITEM._replace(correlation_value=b"3", job=b"early"))
    with store.transaction() as tx:
        first = tx.next_job()
        assert first is not None
        assert first.job == b"early"
        tx.take_job(first._replace(due=JOB.due + 1, attempts=1, token=b"\x00me", owner=BOB, sealed=b"no"))
    with store.transaction() as tx:
        assert tx.load_job(b"early") == first._replace(due=JOB.due + 1, attempts=1, token=b"\x00me")
        assert tx.next_job() == JOB
        tx.delete_job(JOB.job)
        tx.delete_job(b"early")
        assert tx.next_job() is None
        assert len(tx.job_items(JOB.job)) == 2


def test_results_are_written_and_expire(store: Store) -> None:
    keep(store)
    done = ITEM._replace(stage=3, status=0, obtained=True, expires=NOW, sealed=b"\x00result")
    with store.transaction() as tx:
        tx.replace_job_item(done._replace(owner=BOB, operation=1, position=9, job=b"x", submitted=0))
        tx.replace_job_item(done._replace(correlation_value=b"none"))
    with store.transaction() as tx:
        assert tx.job_items(JOB.job) == [done, SECOND]
        assert type(tx.load_job_item(ITEM.correlation_value).obtained) is bool
        tx.expire_job_items(NOW - 1)
        assert tx.load_job_item(ITEM.correlation_value) == done
        tx.expire_job_items(NOW)
        assert tx.job_items(JOB.job) == [SECOND]


def test_a_client_has_its_own_oldest_first(store: Store) -> None:
    keep(store)
    older = ITEM._replace(correlation_value=b"3", job=b"b", submitted=1)
    keep(store, JOB._replace(job=b"b"), older)
    keep(store, JOB._replace(job=b"c", owner=BOB), ITEM._replace(correlation_value=b"4", job=b"c", owner=BOB))
    with store.transaction() as tx:
        assert tx.owned_job_items(ALICE) == [older, ITEM, SECOND]
        assert [row.correlation_value for row in tx.owned_job_items(BOB)] == [b"4"]
        assert tx.owned_job_items("nobody") == []


def test_what_a_savepoint_undoes_has_not_happened(store: Store) -> None:
    keep(store)
    with store.transaction() as tx:
        with pytest.raises(ZeroDivisionError), tx.savepoint():
            tx.take_job(JOB._replace(token=b"me"))
            tx.replace_job_item(ITEM._replace(stage=3))
            tx.expire_job_items(1 << 62)
            tx.delete_job(JOB.job)
            tx.insert_job(JOB._replace(job=b"new"), [ITEM._replace(correlation_value=b"new", job=b"new")])
            raise ZeroDivisionError
        assert tx.next_job() == JOB
        assert tx.job_items(JOB.job) == [ITEM, SECOND]
        assert tx.load_job_item(b"new") is None


@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
def test_what_another_transaction_holds_is_passed_over(backend: Backend) -> None:
    one, other = backend.open(), backend.open()
    keep(one)
    keep(one, JOB._replace(job=b"late", due=JOB.due + 1), ITEM._replace(correlation_value=b"3", job=b"late"))
    with one.transaction() as tx, other.transaction() as beside:
        first, second = tx.next_job(), beside.next_job()
    assert first is not None
    assert second is not None
    assert (first.job, second.job) == (JOB.job, b"late")
