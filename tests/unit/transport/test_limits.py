"""Deadlines: they come in time, move away for free, and nobody is told twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmip_server.transport.limits import NEVER, Limits, Timers


class Thing:
    def __init__(self, deadline: float = NEVER) -> None:
        self.deadline = deadline
        self.timer_at = NEVER


def armed(timers: Timers[Thing], *deadlines: float) -> list[Thing]:
    things = [Thing(deadline) for deadline in deadlines]
    for thing in things:
        timers.arm(thing)
    return things


def test_the_next_moment_is_the_earliest_deadline() -> None:
    timers: Timers[Thing] = Timers()
    assert timers.next_moment() == NEVER
    armed(timers, 5.0, 2.0, 9.0)
    assert timers.next_moment() == 2.0


def test_each_expires_once_in_order() -> None:
    timers: Timers[Thing] = Timers()
    five, two, nine = armed(timers, 5.0, 2.0, 9.0)
    assert list(timers.expired(6.0)) == [two, five]
    assert list(timers.expired(6.0)) == []
    assert list(timers.expired(9.0)) == [nine]


def test_a_deadline_moved_away_without_a_call_is_kept() -> None:
    timers: Timers[Thing] = Timers()
    (thing,) = armed(timers, 2.0)
    thing.deadline = 8.0
    assert list(timers.expired(2.0)) == []
    assert timers.next_moment() == 8.0
    assert list(timers.expired(8.0)) == [thing]


def test_a_deadline_that_comes_nearer_is_armed_anew() -> None:
    timers: Timers[Thing] = Timers()
    (thing,) = armed(timers, 100.0)
    thing.deadline = 3.0
    timers.arm(thing)
    assert list(timers.expired(3.0)) == [thing]
    assert list(timers.expired(100.0)) == []


def test_who_is_forgotten_is_never_told() -> None:
    timers: Timers[Thing] = Timers()
    (thing,) = armed(timers, 1.0)
    timers.forget(thing)
    assert list(timers.expired(1e9)) == []


def test_a_busy_owner_costs_one_entry() -> None:
    timers: Timers[Thing] = Timers()
    (thing,) = armed(timers, 10.0)
    for moment in range(1000):
        thing.deadline = moment + 10.0
        timers.arm(thing)
    assert len(timers._heap) == 1


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 50)), max_size=60))
def test_any_history_of_deadlines_is_kept(history: list[tuple[int, int]]) -> None:
    timers: Timers[Thing] = Timers()
    things = [Thing() for _ in range(5)]
    for now, (index, ahead) in enumerate(history):
        for thing in timers.expired(now):
            assert thing.deadline <= now
            thing.deadline = NEVER
        assert all(thing.deadline > now for thing in things)
        things[index].deadline = now + ahead
        timers.arm(things[index])
    due = [thing for thing in things if thing.deadline < NEVER]
    assert set(timers.expired(1e6)) == set(due)


@pytest.mark.parametrize("name", ["max_connections", "idle_seconds", "max_output_bytes"])
def test_a_limit_of_nothing_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})
