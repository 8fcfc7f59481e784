"""What every store promises of tickets and credentials: one suite over memory, SQLite and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kmip_server.ports import SignInRow, Store, StoreError, TicketRow
from tests.store_kit import ALL, Backend, open_backend


@pytest.fixture(params=ALL)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def store(backend: Backend) -> Store:
    return backend.open()


class Halt(Exception):
    """What a test throws into a transaction."""


class TestSignIns:
    @staticmethod
    def row(key: bytes = b"one", expires: int = 2**33, facts: str = '{"a": "\u00e4"}') -> SignInRow:
        return SignInRow(key, expires, facts)

    def test_it_is_read_as_it_was_written_by_any_worker(self, backend: Backend) -> None:
        store, other = backend.open(), backend.open()
        with store.transaction() as tx:
            assert tx.sign_in(b"one") is None
            assert tx.sign_in(b"one", for_change=True) is None
            tx.put_sign_in(self.row(), 5)
            assert tx.sign_in(b"one") == self.row()
        with other.transaction() as tx:
            assert tx.sign_in(b"one", for_change=True) == self.row()
            assert tx.sign_in(b"two") is None

    def test_a_newer_one_takes_its_place_and_one_that_is_dropped_is_gone(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.put_sign_in(self.row(), 5)
            tx.put_sign_in(self.row(b"two"), 5)
        with store.transaction() as tx:
            tx.put_sign_in(self.row(facts="other"), 5)
            tx.drop_sign_in(b"two")
            tx.drop_sign_in(b"three")
        with store.transaction() as tx:
            assert tx.sign_in(b"one") == self.row(facts="other")
            assert tx.sign_in(b"two") is None

    def test_a_new_one_sweeps_out_those_that_have_expired(self, store: Store) -> None:
        with store.transaction() as tx:
            for key, expires in ((b"1", 9), (b"2", 10), (b"3", 11)):
                tx.put_sign_in(self.row(key, expires), 5)
        with store.transaction() as tx:
            tx.put_sign_in(self.row(b"4"), 10)
            assert [tx.sign_in(key) is None for key in (b"1", b"2", b"3", b"4")] == [True, True, False, False]

    def test_what_is_undone_leaves_it(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.put_sign_in(self.row(), 5)
        with store.transaction() as tx:
            with pytest.raises(Halt), tx.savepoint():
                tx.put_sign_in(self.row(facts="other"), 5)
                tx.put_sign_in(self.row(b"two"), 5)
                tx.drop_sign_in(b"one")
                raise Halt
            assert tx.sign_in(b"one") == self.row()
            assert tx.sign_in(b"two") is None


class TestTickets:
    @staticmethod
    def row(digest: bytes = b"one", expires: int = 2**33, terms: str = '{"a": "\u00e4"}') -> TicketRow:
        return TicketRow(digest, expires, terms)

    def test_a_ticket_is_read_as_it_was_written_by_any_worker(self, backend: Backend) -> None:
        store, other = backend.open(), backend.open()
        with store.transaction() as tx:
            assert tx.ticket(b"one") is None
            tx.insert_ticket(self.row(), 5)
            assert tx.ticket(b"one") == self.row()
        with other.transaction() as tx:
            assert tx.ticket(b"one") == self.row()
            assert tx.ticket(b"two") is None
            assert tx.ticket(b"") is None

    def test_terms_are_written_over_and_a_ticket_that_is_gone_stays_gone(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.insert_ticket(self.row(), 5)
            tx.insert_ticket(self.row(b"two"), 5)
        with store.transaction() as tx:
            tx.replace_ticket(self.row(terms="other"))
            tx.delete_ticket(b"two")
            tx.replace_ticket(self.row(b"two"))
            tx.delete_ticket(b"three")
        with store.transaction() as tx:
            assert tx.ticket(b"one") == self.row(terms="other")
            assert tx.ticket(b"two") is None

    def test_a_new_one_sweeps_out_those_that_have_expired(self, store: Store) -> None:
        with store.transaction() as tx:
            for digest, expires in ((b"1", 9), (b"2", 10), (b"3", 11)):
                tx.insert_ticket(self.row(digest, expires), 5)
        with store.transaction() as tx:
            tx.insert_ticket(self.row(b"4"), 10)
            assert [tx.ticket(digest) is None for digest in (b"1", b"2", b"3", b"4")] == [True, True, False, False]

    def test_two_of_one_digest_are_refused(self, store: Store) -> None:
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.insert_ticket(self.row(), 5)
            tx.insert_ticket(self.row(), 5)

    def test_what_is_undone_leaves_the_ticket(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.insert_ticket(self.row(), 5)
        with store.transaction() as tx:
            with pytest.raises(Halt), tx.savepoint():
                tx.replace_ticket(self.row(terms="other"))
                tx.insert_ticket(self.row(b"two"), 5)
                tx.delete_ticket(b"one")
                raise Halt
            assert tx.ticket(b"one") == self.row()
            assert tx.ticket(b"two") is None
