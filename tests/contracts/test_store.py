"""What every store promises: the same suite over memory, SQLite and a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kmip_server.audit.chain import GENESIS
from kmip_server.domain.objects import Body, ManagedObject
from kmip_server.errors import InvalidField
from kmip_server.ports import ChainHead, KekRecord, Store, StoreError
from kmip_server.spec.enums import CryptographicAlgorithm, State
from kmip_server.spec.tags import Tag
from tests.store_kit import (
    ALL,
    BOB,
    DATABASES,
    NOW,
    Backend,
    equal,
    insert,
    links,
    locate,
    managed,
    named,
    open_backend,
)


@pytest.fixture(params=ALL)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def store(backend: Backend) -> Store:
    return backend.open()


class Halt(Exception):
    """What a test throws into a transaction."""


def uids(store: Store) -> list[str]:
    return locate(store, on_line=True, archived=True, destroyed=True)


class TestObjects:
    def test_an_object_is_read_as_it_was_written(self, store: Store) -> None:
        written = managed(
            "1",
            named("a", "b"),
            owner=BOB,
            state=State.PRE_ACTIVE,
            archived=True,
            body=Body(b"\x00form", None, False),
            cryptographic_algorithm=CryptographicAlgorithm.AES,
            cryptographic_length=256,
            cryptographic_usage_mask=12,
            activation_date=-5,
            deactivation_date=2**40,
            process_start_date=1,
            protect_stop_date=2,
            destroy_date=3,
            sensitive=True,
            extractable=False,
            fresh=True,
        )
        insert(store, written)
        with store.transaction() as tx:
            read = tx.load("1")
        assert read is not None
        assert (read.unique_identifier, read.object_type, read.owner) == ("1", written.object_type, BOB)
        assert read.head == written.head
        assert [type(one) for one in read.head] == [type(one) for one in written.head]
        assert read.attributes == written.attributes
        assert read.body == written.body
        assert read.revision == 0

    def test_an_algorithm_nobody_knows_survives(self, store: Store) -> None:
        strange = CryptographicAlgorithm(0x80000123)
        insert(store, managed("1", cryptographic_algorithm=strange))
        with store.transaction() as tx:
            read = tx.load("1")
        assert read is not None
        assert read.head.cryptographic_algorithm == strange

    @pytest.mark.parametrize("uid", ["2", "", "1\0", "\ud800", "' OR 1=1 --"])
    def test_what_is_not_there_is_none(self, store: Store, uid: str) -> None:
        insert(store, managed("1"))
        with store.transaction() as tx:
            assert tx.load(uid) is None
            assert tx.load(uid, for_change=True) is None
            assert tx.load("1") is not None

    def test_a_text_no_database_can_hold_is_refused_and_costs_nobody_else_his_work(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.insert(managed("1"))
            with pytest.raises(InvalidField):
                tx.insert(managed("2", operation_policy_name="a\0b"))
        assert uids(store) == ["1"]

    def test_the_maps_of_readers_and_writers_are_their_own(self, store: Store) -> None:
        written = managed("1", named("a"))
        insert(store, written)
        with store.transaction() as tx:
            first = tx.load("1")
            assert first is not None
            with pytest.raises(TypeError):
                first.attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, 1)
            first.attributes.copy().put(Tag.CRYPTOGRAPHIC_LENGTH, 1)
            written.attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, 2)
            second = tx.load("1")
        assert second is not None
        assert Tag.CRYPTOGRAPHIC_LENGTH not in second.attributes

    def test_all_can_be_removed_at_once_keys_and_audit_trail_stay(self, store: Store) -> None:
        insert(store, managed("1", named("a")), managed("2", named("a"), owner=BOB))
        with store.transaction() as tx:
            tx.insert_kek(KekRecord(b"12345678", "root", b"wrapped", 1, True))
            tx.append_audit(links(tx.chain_head(), 2))
            assert tx.load("1") is not None
        with store.transaction() as tx:
            assert tx.remove_every_object() == 2
            assert tx.load("1") is None
            tx.insert(managed("1", named("b")))
        assert uids(store) == ["1"]
        wanted = managed("x", named("a")).attributes.one(Tag.NAME)
        assert locate(store, equal(Tag.NAME, wanted)) == []
        with store.transaction() as tx:
            assert len(tx.keks()) == 1
        assert store.audit_head().sequence == 2

    def test_a_removal_that_is_undone_removed_nothing(self, store: Store) -> None:
        insert(store, managed("1", named("a")), managed("2"))
        with store.transaction() as tx:
            with pytest.raises(Halt), tx.savepoint():
                tx.remove_every_object()
                raise Halt
            assert tx.load("1") is not None
        assert uids(store) == ["2", "1"]


class TestReplace:
    def test_everything_but_identity_can_change(self, store: Store) -> None:
        insert(store, managed("1", named("a", "b", "c"), cryptographic_length=128))
        with store.transaction() as tx:
            read = tx.load("1", for_change=True)
            assert read is not None
            attributes = read.attributes.copy()
            attributes.remove(Tag.NAME, 1)
            attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, 256)
            attributes.put(Tag.STATE, State.DEACTIVATED)
            changed = read.with_attributes(attributes).with_body(Body(b"other", None, False)).with_archived(True)
            assert tx.replace(changed)
        with store.transaction() as tx:
            after = tx.load("1")
        assert after is not None
        assert after.revision == 1
        assert (after.head, after.attributes, after.body) == (changed.head, attributes, Body(b"other", None, False))

    def test_locate_follows_a_change(self, store: Store) -> None:
        insert(store, managed("1", named("a", "b"), cryptographic_length=128))
        with store.transaction() as tx:
            read = tx.load("1", for_change=True)
            assert read is not None
            attributes = read.attributes.copy()
            attributes.remove(Tag.NAME, 0)
            named("c")(attributes)
            attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, None)
            assert tx.replace(read.with_attributes(attributes))
        for text in "abc":
            wanted = managed("x", named(text)).attributes.one(Tag.NAME)
            assert locate(store, equal(Tag.NAME, wanted)) == ([] if text == "a" else ["1"])
        assert locate(store, equal(Tag.CRYPTOGRAPHIC_LENGTH, 128)) == []

    def test_a_change_of_the_row_alone_keeps_attributes_and_terms(self, store: Store) -> None:
        written = managed("1", named("a"))
        insert(store, written)
        with store.transaction() as tx:
            read = tx.load("1")
            assert read is not None
            assert tx.replace(read.with_archived(True).with_body(Body(b"f", b"s", False)))
        with store.transaction() as tx:
            after = tx.load("1")
        assert after is not None
        assert after.head.archived
        assert (after.attributes, after.body.sealed, after.revision) == (written.attributes, b"s", 1)
        wanted = equal(Tag.NAME, written.attributes.one(Tag.NAME))
        assert locate(store, wanted) == []
        assert locate(store, wanted, archived=True) == ["1"]

    def test_only_the_revision_that_was_read_is_written_over(self, store: Store) -> None:
        insert(store, managed("1"))
        with store.transaction() as tx:
            read = tx.load("1")
        assert read is not None
        with store.transaction() as tx:
            assert tx.replace(read.with_attributes(managed("1", cryptographic_length=1).attributes))
            assert not tx.replace(read.with_attributes(managed("1", cryptographic_length=2).attributes))
            assert not tx.replace(read.with_archived(True))
        assert locate(store, equal(Tag.CRYPTOGRAPHIC_LENGTH, 1)) == ["1"]
        assert locate(store, equal(Tag.CRYPTOGRAPHIC_LENGTH, 2)) == []

    def test_what_is_not_there_is_not_written(self, store: Store) -> None:
        with store.transaction() as tx:
            assert not tx.replace(managed("1"))
        assert uids(store) == []


class TestTransaction:
    def test_an_exception_undoes_everything(self, store: Store) -> None:
        insert(store, managed("1"))
        with pytest.raises(Halt), store.transaction() as tx:
            tx.insert(managed("2"))
            read = tx.load("1")
            assert read is not None
            tx.replace(read.with_archived(True))
            tx.append_audit(links(tx.chain_head(), 3))
            tx.insert_kek(KekRecord(b"k", "root", b"w", 1, True))
            raise Halt
        assert uids(store) == ["1"]
        assert store.audit_head() == ChainHead(0, GENESIS)
        with store.transaction() as tx:
            assert tx.keks() == []
            assert tx.load("1").revision == 0

    def test_after_a_failure_nothing_is_kept_even_if_it_is_swallowed(self, store: Store) -> None:
        insert(store, managed("1"))
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.insert(managed("2"))
            with pytest.raises(StoreError):
                tx.insert(managed("1"))
            with pytest.raises(StoreError):
                tx.load("1")
            with pytest.raises(StoreError):
                tx.insert(managed("3"))
        assert uids(store) == ["1"]

    def test_a_failure_in_a_savepoint_is_a_failure_of_all(self, store: Store) -> None:
        insert(store, managed("1"))
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.insert(managed("2"))
            with pytest.raises(StoreError), tx.savepoint():
                tx.insert(managed("1"))
        assert uids(store) == ["1"]

    def test_the_sentence_of_a_failure_shows_no_value(self, store: Store) -> None:
        insert(store, managed("canary-uid", owner="canary-owner"))
        with pytest.raises(StoreError) as failed, store.transaction() as tx:
            tx.insert(managed("canary-uid", body=Body(b"canary-form", b"canary-sealed", True)))
        said = repr(failed.value) + repr(failed.value.__cause__) + str(failed.value)
        assert "canary" not in said
        assert str(failed.value).startswith("the database refused a row that contradicts another")
        assert failed.value.__suppress_context__ or failed.value.__context__ is None

    def test_transactions_of_a_thread_do_not_nest(self, store: Store) -> None:
        with store.transaction() as tx:
            with pytest.raises(StoreError), store.transaction():
                pytest.fail("it nested")
            tx.insert(managed("1"))
        assert uids(store) == ["1"]

    def test_what_is_over_is_over(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.insert(managed("1"))
        for call in (lambda: tx.load("1"), lambda: tx.insert(managed("2")), tx.chain_head, tx.keks):
            with pytest.raises(StoreError):
                call()
        assert uids(store) == ["1"]

    def test_threads_take_turns(self, store: Store) -> None:
        insert(store, managed("1"))

        def change() -> None:
            for _ in range(20):
                with store.transaction() as tx:
                    read = tx.load("1", for_change=True)
                    assert read is not None
                    assert tx.replace(read)

        threads = [threading.Thread(target=change) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.transaction() as tx:
            assert tx.load("1").revision == 80

    def test_a_closed_store_opens_again(self, store: Store) -> None:
        insert(store, managed("1"))
        store.close()
        assert uids(store) == ["1"]


class TestSavepoint:
    def test_an_exception_undoes_the_inside_only(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.insert(managed("1"))
            with pytest.raises(Halt), tx.savepoint():
                tx.insert(managed("2"))
                assert tx.load("2") is not None
                raise Halt
            assert tx.load("2") is None
            tx.insert(managed("3"))
        assert uids(store) == ["3", "1"]

    def test_without_an_exception_everything_stays(self, store: Store) -> None:
        with store.transaction() as tx:
            with tx.savepoint():
                tx.insert(managed("1"))
            with tx.savepoint():
                tx.insert(managed("2"))
        assert uids(store) == ["2", "1"]

    @pytest.mark.parametrize("write_first", [False, True])
    def test_they_nest(self, store: Store, write_first: bool) -> None:
        with store.transaction() as tx:
            with tx.savepoint():
                if write_first:
                    tx.insert(managed("1"))
                with pytest.raises(Halt), tx.savepoint(), tx.savepoint():
                    tx.insert(managed("2"))
                    raise Halt
                with tx.savepoint():
                    tx.insert(managed("3"))
            with pytest.raises(Halt), tx.savepoint():
                with tx.savepoint():
                    tx.insert(managed("4"))
                raise Halt
        assert uids(store) == (["3", "1"] if write_first else ["3"])

    def test_a_change_of_an_object_is_undone_with_its_terms(self, store: Store) -> None:
        insert(store, managed("1", cryptographic_length=1))
        with store.transaction() as tx:
            with pytest.raises(Halt), tx.savepoint():
                read = tx.load("1", for_change=True)
                assert read is not None
                assert tx.replace(read.with_attributes(managed("1", cryptographic_length=2).attributes))
                raise Halt
            again = tx.load("1", for_change=True)
            assert again is not None
            assert again.revision == 0
        assert locate(store, equal(Tag.CRYPTOGRAPHIC_LENGTH, 1)) == ["1"]


class TestAudit:
    def test_an_empty_chain_ends_where_the_audit_room_begins(self, store: Store) -> None:
        assert store.audit_head() == ChainHead(0, GENESIS)
        with store.transaction() as tx:
            assert tx.chain_head() == ChainHead(0, GENESIS)
        assert list(store.audit_rows()) == []

    def test_rows_are_read_as_they_were_written(self, store: Store) -> None:
        with store.transaction() as tx:
            first = links(tx.chain_head(), 2)
            tx.append_audit(first)
            second = links(tx.chain_head(), 1200, text='"nul\0 \ud800 ü 🔑')
            tx.append_audit(second)
            tx.append_audit([])
        assert list(store.audit_rows()) == first + second
        assert list(store.audit_rows(702)) == second[699:]
        assert list(store.audit_rows(1203)) == []
        assert store.audit_head() == ChainHead(1202, second[-1].hash)

    @pytest.mark.parametrize("start", [ChainHead(1, b"h" * 32), ChainHead(3, b"h" * 32), ChainHead(0, GENESIS)])
    def test_rows_that_do_not_continue_the_chain_undo_everything(self, store: Store, start: ChainHead) -> None:
        with store.transaction() as tx:
            tx.append_audit(links(tx.chain_head(), 2))
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.insert(managed("1"))
            tx.append_audit(links(start, 2))
        assert store.audit_head().sequence == 2
        assert [row.sequence for row in store.audit_rows()] == [1, 2]
        assert uids(store) == []

    @pytest.mark.parametrize("backend", DATABASES, indirect=True)
    def test_the_chain_is_read_while_a_transaction_writes(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.append_audit(links(tx.chain_head(), 2))
        with store.transaction() as tx:
            tx.append_audit(links(tx.chain_head(), 2))
            assert [row.sequence for row in store.audit_rows()] == [1, 2]
            assert store.audit_head().sequence == 2


class TestKeks:
    def test_at_most_one_is_active(self, store: Store) -> None:
        records = [KekRecord(bytes([n]) * 8, "root", b"\x00wrapped", 10 - n, n != 2) for n in range(4)]
        with store.transaction() as tx:
            for record in records:
                tx.insert_kek(record)
        with store.transaction() as tx:
            kept = tx.keks()
        assert [kek.kek_id[0] for kek in kept] == [3, 2, 1, 0]
        assert [kek.active for kek in kept] == [True, False, False, False]
        assert kept[0] == records[3]
        assert [type(field) for field in kept[0]] == [bytes, str, bytes, int, bool]

    def test_a_key_is_kept_once(self, store: Store) -> None:
        record = KekRecord(b"k" * 8, "root", b"w", 1, True)
        with store.transaction() as tx:
            tx.insert_kek(record)
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.insert_kek(record._replace(wrapped=b"other"))
        with store.transaction() as tx:
            assert tx.keks() == [record]


class TestSettings:
    def test_a_setting_is_read_as_it_was_written_until_it_is_taken_away(self, backend: Backend) -> None:
        store, other = backend.open(), backend.open()
        with store.transaction() as tx:
            assert tx.setting("a") is None
            tx.put_setting("a", b"\0one")
            assert tx.setting("a") == b"\0one"
        for value in (b"two", b"", None):
            with other.transaction() as tx:
                assert tx.setting("b") is None
                tx.put_setting("a", value)
            for reader in (store, other):
                with reader.transaction() as tx:
                    assert tx.setting("a") == value

    def test_what_is_undone_is_forgotten(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.put_setting("a", b"kept")
        with store.transaction() as tx:
            assert tx.setting("a") == b"kept"
            with suppress(Halt), tx.savepoint():
                tx.put_setting("a", b"undone")
                assert tx.setting("a") == b"undone"
                raise Halt
            assert tx.setting("a") == b"kept"
        with suppress(Halt), store.transaction() as tx:
            tx.put_setting("a", None)
            assert tx.setting("a") is None
            raise Halt
        with store.transaction() as tx:
            assert tx.setting("a") == b"kept"


class TestRotation:
    def test_what_is_due_is_told_longest_first(self, store: Store) -> None:
        def rotating(uid: str, interval: int, **more: Any) -> ManagedObject:
            return managed(uid, rotate_automatic=True, rotate_interval=interval, **more)

        insert(
            store,
            rotating("late", 20),
            rotating("early", 10),
            rotating("away", 10, archived=True),
            rotating("gone", 10, state=State.DESTROYED),
            rotating("replaced", 10, rotate_latest=False),
            managed("by hand", rotate_interval=10),
            managed("never"),
        )
        with store.transaction() as tx:
            assert tx.due_for_rotation(NOW + 9, 5) == []
            assert tx.due_for_rotation(NOW + 10, 5) == ["early"]
            assert tx.due_for_rotation(NOW + 20, 5) == ["early", "late"]
            assert tx.due_for_rotation(NOW + 20, 1) == ["early"]
            read = tx.load("early", for_change=True)
            assert read is not None and read.head.rotation_due == NOW + 10
            attributes = read.attributes.copy()
            attributes.put(Tag.ROTATE_AUTOMATIC, False)
            assert tx.replace(read.with_attributes(attributes))
            assert tx.due_for_rotation(NOW + 20, 5) == ["late"]
