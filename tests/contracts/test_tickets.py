"""What every store promises of tickets and credentials: one suite over memory, SQLite and a real PostgreSQL."""

from __future__ import annotations

import threading
import time
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
            tx.insert_sign_in(self.row(), 5)
            assert tx.sign_in(b"one") == self.row()
        with other.transaction() as tx:
            assert tx.sign_in(b"one", for_change=True) == self.row()
            assert tx.sign_in(b"two") is None

    def test_it_is_written_over_and_what_is_gone_stays_gone(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.insert_sign_in(self.row(), 5)
            tx.insert_sign_in(self.row(b"two"), 5)
        with store.transaction() as tx:
            tx.replace_sign_in(self.row(facts="other"))
            tx.drop_sign_in(b"two")
            tx.replace_sign_in(self.row(b"two"))
            tx.drop_sign_in(b"three")
        with store.transaction() as tx:
            assert tx.sign_in(b"one") == self.row(facts="other")
            assert tx.sign_in(b"two") is None

    def test_two_of_one_key_are_refused(self, store: Store) -> None:
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.insert_sign_in(self.row(), 5)
            tx.insert_sign_in(self.row(), 5)

    def test_a_new_one_sweeps_out_those_that_have_expired(self, store: Store) -> None:
        with store.transaction() as tx:
            for key, expires in ((b"1", 9), (b"2", 10), (b"3", 11)):
                tx.insert_sign_in(self.row(key, expires), 5)
        with store.transaction() as tx:
            tx.insert_sign_in(self.row(b"4"), 10)
            assert [tx.sign_in(key) is None for key in (b"1", b"2", b"3", b"4")] == [True, True, False, False]

    @pytest.mark.parametrize("known", [True, False])
    def test_of_two_that_look_at_once_the_second_sees_what_the_first_wrote(self, backend: Backend, known: bool) -> None:
        """What may be used once is used once: two workers, one one-time password."""
        first, second = backend.open(), backend.open()
        if known:
            with first.transaction() as tx:
                tx.insert_sign_in(self.row(facts="0"), 5)
        held = threading.Event()
        seen: list[str] = []

        def use(store: Store, pause: float) -> None:
            for _ in range(2):  # as a round that failed is tried once more
                try:
                    with store.transaction() as tx:
                        row = tx.sign_in(b"one", for_change=True)
                        held.set()
                        time.sleep(pause)
                        found = "0" if row is None else row.facts
                        used = self.row(facts=str(int(found) + 1))
                        if row is None:
                            tx.insert_sign_in(used, 5)
                        else:
                            tx.replace_sign_in(used)
                    seen.append(found)
                    return
                except StoreError:
                    continue

        one = threading.Thread(target=use, args=(first, 0.3))
        one.start()
        held.wait()
        use(second, 0.0)
        one.join()
        assert sorted(seen) == ["0", "1"]

    def test_what_is_undone_leaves_it(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.insert_sign_in(self.row(), 5)
        with store.transaction() as tx:
            with pytest.raises(Halt), tx.savepoint():
                tx.replace_sign_in(self.row(facts="other"))
                tx.insert_sign_in(self.row(b"two"), 5)
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
