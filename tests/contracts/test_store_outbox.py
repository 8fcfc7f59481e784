"""What every store promises of the outbox: memory, SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kmip_server.ports import OutboxRow, Store, StoreError
from tests.store_kit import ALL, open_backend

ROW = OutboxRow(0, "array", "key", 26, "", b"\x00changed", "[]", 1000, 1000, 0)


@pytest.fixture(params=ALL)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened.open()


def put(store: Store, *rows: OutboxRow) -> None:
    with store.transaction() as tx:
        for row in rows:
            tx.insert_message(row)


def claim(store: Store, now: int, until: int = 99_999) -> OutboxRow | None:
    with store.transaction() as tx:
        return tx.claim_message(now, until)


def claimed(store: Store, now: int, until: int = 99_999) -> OutboxRow:
    found = claim(store, now, until)
    assert found is not None
    return found


def test_a_message_is_claimed_as_it_was_written_and_by_one_only(store: Store) -> None:
    put(store, ROW)
    assert claim(store, 999) is None
    found = claimed(store, 1000, 2000)
    assert found._replace(number=0) == ROW._replace(due=2000, attempts=1)
    assert [type(one) for one in found] == [type(one) for one in ROW]
    assert claim(store, 1999) is None
    assert claimed(store, 2000, 3000).attempts == 2  # whoever had it has had its time


def test_what_is_done_to_a_message_is_done_by_its_last_claimant_only(store: Store) -> None:
    put(store, ROW)
    slow, quick = claimed(store, 1000, 2000), claimed(store, 2000, 3000)
    with store.transaction() as tx:
        assert not tx.postpone_message(slow, 1)
        assert not tx.delete_message(slow)
        assert tx.postpone_message(quick, 5000)
    assert claim(store, 4999) is None
    last = claimed(store, 5000, 6000)
    with store.transaction() as tx:
        assert not tx.delete_message(last._replace(created=7))
        assert tx.delete_message(last)
        assert not tx.delete_message(last)
        assert not tx.postpone_message(last, 1)
    assert claim(store, 99_999) is None


def test_messages_to_one_subscriber_about_one_object_stay_in_order(store: Store) -> None:
    put(store, ROW._replace(deleted="first"), ROW._replace(deleted="second"))
    put(store, ROW._replace(object_id="other", deleted="other"), ROW._replace(subscriber="b", deleted="b"))
    first = claimed(store, 1000)
    assert first.deleted == "first"
    assert {claimed(store, 1000).deleted, claimed(store, 1000).deleted} == {"other", "b"}
    assert claim(store, 1000) is None
    with store.transaction() as tx:
        assert tx.postpone_message(first, 5000)
    assert claim(store, 4999) is None
    again = claimed(store, 5000)
    assert (again.deleted, again.attempts) == ("first", 2)
    with store.transaction() as tx:
        assert tx.delete_message(again)
    assert claimed(store, 5000).deleted == "second"


def test_the_longest_due_comes_first(store: Store) -> None:
    put(store, ROW._replace(due=3000, object_id="a"), ROW._replace(due=2000, object_id="b"))
    assert claimed(store, 9000).object_id == "b"
    assert claimed(store, 9000).object_id == "a"


def test_what_is_undone_leaves_the_outbox_as_it_was(store: Store) -> None:
    put(store, ROW)
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        tx.insert_message(ROW._replace(object_id="other"))
        assert tx.claim_message(1000, 2000) is not None
        raise ZeroDivisionError
    with store.transaction() as tx:
        with pytest.raises(ZeroDivisionError), tx.savepoint():
            found = tx.claim_message(1000, 2000)
            assert found is not None and tx.delete_message(found)
            raise ZeroDivisionError
        assert tx.claim_message(1000, 2000) is not None
        assert tx.claim_message(1000, 2000) is None


def test_after_its_end_a_transaction_does_nothing(store: Store) -> None:
    with store.transaction() as tx:
        tx.insert_message(ROW)
    for late in (lambda: tx.insert_message(ROW), lambda: tx.claim_message(9000, 9999), lambda: tx.delete_message(ROW)):
        with pytest.raises(StoreError):
            late()
