"""The ten arrows, what the calendar does, and the picture of it."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from kmip_server.domain.lifecycle import (
    DESTROYED,
    TRANSITIONS,
    Cause,
    effective_state,
    has_state,
    move,
    passed,
    require_date_order,
    revocation_cause,
)
from kmip_server.errors import IllegalOperation, InvalidField
from kmip_server.spec.enums import ObjectType, ResultReason, RevocationReasonCode, State
from kmip_server.spec.tags import Tag

NOW = 1_700_000_000

# KMIP 2.1 §4.57, typed from its list and not from the rows.
ARROWS = {
    (None, Cause.CREATION): (1, State.PRE_ACTIVE, Tag.INITIAL_DATE),
    (State.PRE_ACTIVE, Cause.DESTROY): (2, State.DESTROYED, Tag.DESTROY_DATE),
    (State.PRE_ACTIVE, Cause.REVOKE_COMPROMISED): (3, State.COMPROMISED, Tag.COMPROMISE_DATE),
    (State.PRE_ACTIVE, Cause.ACTIVATE): (4, State.ACTIVE, Tag.ACTIVATION_DATE),
    (State.PRE_ACTIVE, Cause.ACTIVATION_DATE_REACHED): (4, State.ACTIVE, Tag.ACTIVATION_DATE),
    (State.ACTIVE, Cause.REVOKE_COMPROMISED): (5, State.COMPROMISED, Tag.COMPROMISE_DATE),
    (State.ACTIVE, Cause.REVOKE_OTHER): (6, State.DEACTIVATED, Tag.DEACTIVATION_DATE),
    (State.ACTIVE, Cause.DEACTIVATE): (6, State.DEACTIVATED, Tag.DEACTIVATION_DATE),
    (State.ACTIVE, Cause.DEACTIVATION_DATE_REACHED): (6, State.DEACTIVATED, Tag.DEACTIVATION_DATE),
    (State.DEACTIVATED, Cause.DESTROY): (7, State.DESTROYED, Tag.DESTROY_DATE),
    (State.DEACTIVATED, Cause.REVOKE_COMPROMISED): (8, State.COMPROMISED, Tag.COMPROMISE_DATE),
    (State.COMPROMISED, Cause.DESTROY): (9, State.DESTROYED_COMPROMISED, Tag.DESTROY_DATE),
    (State.DESTROYED, Cause.REVOKE_COMPROMISED): (10, State.DESTROYED_COMPROMISED, Tag.COMPROMISE_DATE),
}


@pytest.mark.parametrize(("state", "cause"), list(itertools.product([None, *State], Cause)))
def test_only_the_printed_transitions_are_permitted(state: State | None, cause: Cause) -> None:
    if (state, cause) in ARROWS:
        transition = move(state, cause)
        assert (transition.number, transition.after, transition.stamps) == ARROWS[state, cause]
        assert transition.before is state
        return
    with pytest.raises(IllegalOperation) as refused:
        move(state, cause)
    again = state in DESTROYED and cause is Cause.DESTROY
    expected = ResultReason.OBJECT_DESTROYED if again else ResultReason.WRONG_KEY_LIFECYCLE_STATE
    assert refused.value.reason is expected


def test_the_rows_are_numbered_as_the_standard_numbers_them() -> None:
    assert [row.number for row in TRANSITIONS] == list(range(1, 11))


@pytest.mark.parametrize("code", RevocationReasonCode)
def test_only_a_compromise_compromises(code: RevocationReasonCode) -> None:
    compromise = code in (RevocationReasonCode.KEY_COMPROMISE, RevocationReasonCode.CA_COMPROMISE)
    assert revocation_cause(code) is (Cause.REVOKE_COMPROMISED if compromise else Cause.REVOKE_OTHER)


@pytest.mark.parametrize(
    ("written", "activation", "deactivation", "now_is", "numbers"),
    [
        (State.PRE_ACTIVE, None, None, State.PRE_ACTIVE, []),
        (State.PRE_ACTIVE, NOW + 1, None, State.PRE_ACTIVE, []),
        (State.PRE_ACTIVE, NOW, None, State.ACTIVE, [4]),
        (State.PRE_ACTIVE, NOW - 9, NOW + 1, State.ACTIVE, [4]),
        (State.PRE_ACTIVE, NOW - 9, NOW, State.DEACTIVATED, [4, 6]),
        (State.PRE_ACTIVE, None, NOW - 1, State.PRE_ACTIVE, []),
        (State.PRE_ACTIVE, NOW + 1, NOW - 1, State.PRE_ACTIVE, []),
        (State.ACTIVE, NOW - 9, NOW - 1, State.DEACTIVATED, [6]),
        (State.ACTIVE, None, None, State.ACTIVE, []),
        (State.COMPROMISED, NOW - 9, NOW - 1, State.COMPROMISED, []),
        (State.DESTROYED, NOW - 9, NOW - 1, State.DESTROYED, []),
        (None, NOW - 9, NOW - 1, None, []),
    ],
)
def test_the_calendar_takes_arrows_4_and_6(
    written: State | None, activation: int | None, deactivation: int | None, now_is: State | None, numbers: list[int]
) -> None:
    assert effective_state(written, activation, deactivation, NOW) is now_is
    assert [arrow.transition.number for arrow in passed(written, activation, deactivation, NOW)] == numbers


def test_what_the_calendar_did_bears_the_dates_it_happened_on() -> None:
    assert [arrow.date for arrow in passed(State.PRE_ACTIVE, NOW - 9, NOW - 4, NOW)] == [NOW - 9, NOW - 4]
    assert [arrow.date for arrow in passed(State.PRE_ACTIVE, NOW - 4, NOW - 9, NOW)] == [NOW - 4, NOW - 4]
    assert [arrow.date for arrow in passed(State.ACTIVE, NOW - 4, NOW - 9, NOW)] == [NOW - 4]


def test_everything_lives_but_a_template() -> None:
    assert {t for t in ObjectType if not has_state(t)} == {ObjectType.TEMPLATE}


@pytest.mark.parametrize(
    ("dates", "named"),
    [
        ({"activation_date": 5, "process_start_date": 4}, "Process Start Date"),
        ({"protect_stop_date": 5, "deactivation_date": 4}, "Protect Stop Date"),
        ({"activation_date": 5, "deactivation_date": 4}, "Deactivation Date"),
    ],
)
def test_dates_that_contradict_each_other_are_refused(dates: dict[str, int], named: str) -> None:
    names = ("activation_date", "process_start_date", "protect_stop_date", "deactivation_date")
    with pytest.raises(InvalidField, match=named) as refused:
        require_date_order(**{name: dates.get(name) for name in names})
    assert refused.value.reason is ResultReason.INVALID_ATTRIBUTE_VALUE


def test_equal_and_absent_dates_contradict_nothing() -> None:
    require_date_order(activation_date=5, process_start_date=5, protect_stop_date=5, deactivation_date=5)
    require_date_order(activation_date=None, process_start_date=1, protect_stop_date=9, deactivation_date=None)
    # CS-BC-M-14: protection has stopped before processing starts.
    require_date_order(activation_date=1, process_start_date=9, protect_stop_date=1, deactivation_date=None)


@pytest.mark.parametrize("form", [[], ["--dot"]])
def test_the_picture_has_every_arrow(form: list[str]) -> None:
    tool = Path(__file__).resolve().parents[3] / "tools" / "draw_lifecycle"
    drawn = subprocess.run([sys.executable, tool, *form], capture_output=True, text=True, check=True).stdout
    arrows = [line for line in drawn.splitlines() if "->" in line]
    assert len(arrows) == 10
    assert any("ACTIVE" in line and "DEACTIVATED" in line and "6 revoke other" in line for line in arrows)
