"""Failed sign-ins that workers count together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kmip_server.engine.failures import Failures, SharedFailures, _key_of
from kmip_server.errors import KmipError
from kmip_server.ports import StoreError
from kmip_server.spec.enums import ResultReason
from tests.kit import FakeClock
from tests.store_kit import ALL, Backend, open_backend

MOST = 3


@pytest.fixture(params=ALL)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def workers(backend: Backend, clock: FakeClock) -> list[SharedFailures]:
    return [SharedFailures(MOST, backend.open(), clock) for _ in range(2)]


def test_what_fails_in_one_worker_counts_in_the_other(workers: list[SharedFailures]) -> None:
    one, other = workers
    for worker in (one, other, one):
        assert not any(each.too_many("mallory") for each in workers)
        worker.note("mallory")
    assert [each.too_many("mallory") for each in workers] == [True, True]
    assert not any(each.many_here("mallory") for each in workers)
    assert not any(each.too_many("alice") for each in workers)


def test_it_outlives_a_restart_and_is_forgotten_after_a_minute(
    workers: list[SharedFailures], backend: Backend, clock: FakeClock
) -> None:
    for _ in range(MOST):
        workers[0].note("mallory")
    fresh = SharedFailures(MOST, backend.open(), clock)
    clock.advance(59)
    assert fresh.too_many("mallory")
    clock.advance(1)
    assert not fresh.too_many("mallory")


def test_inside_a_round_it_belongs_to_the_round(workers: list[SharedFailures]) -> None:
    one, other = workers
    store = one._store
    with store.transaction() as tx:
        for _ in range(MOST):
            one.note_in(tx, "mallory")
        assert one.too_many_in(tx, "mallory")
    assert other.too_many("mallory")


def test_what_is_kept_of_a_minute_is_short_however_many_fail(backend: Backend, clock: FakeClock) -> None:
    store = backend.open()
    failures = SharedFailures(1_000_000, store, clock)
    for _ in range(200):
        failures.note("mallory")
        clock.advance(0.5)
    with store.transaction() as tx:
        row = tx.sign_in(_key_of("mallory"))
    assert row is not None and len(row.facts) < 1500


class Broken:
    """A store whose database has gone."""

    def transaction(self) -> object:
        raise StoreError("gone")


def test_without_a_database_nobody_is_let_in_and_this_process_still_counts(clock: FakeClock) -> None:
    failures = SharedFailures(1, Broken(), clock)  # type: ignore[arg-type]
    with pytest.raises(KmipError) as caught:
        failures.too_many("mallory")
    assert caught.value.reason is ResultReason.GENERAL_FAILURE
    failures.note("mallory")
    assert failures.too_many("mallory")


def test_a_single_process_needs_no_database() -> None:
    failures = Failures(1)
    assert not failures.too_many("mallory")
    failures.note("mallory")
    assert failures.too_many("mallory")
