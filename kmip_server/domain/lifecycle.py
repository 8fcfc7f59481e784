"""The life of a managed object: six states, ten arrows (KMIP 2.1 §4.57, 1.4 §3.22).

"Only the transitions described above are permitted": a pair of state and cause without a row is refused. Active
to Destroyed has no row, so that nobody can write it by accident.

Two arrows follow the calendar: 4 when the Activation Date is reached, 6 when the Deactivation Date is. No
background job moves them: :func:`effective_state` tells at every read what time has done since the state was
written, and :func:`passed` tells which arrows that were, so that the next change can write them with their dates.

Every object has a state but a Template. 1.x shows it of cryptographic objects only (1.4 §3.22), since 2.0
of all. Dates are seconds since 1970, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from kmip_server.errors import IllegalOperation, InvalidField
from kmip_server.spec.enums import ObjectType, ResultReason, RevocationReasonCode, State
from kmip_server.spec.tags import Tag


class Cause(Enum):
    """What moves an object from one state to the next."""

    CREATION = "Create, Register, Derive Key, Certify, Re-key and whatever else makes an object"
    ACTIVATE = "Activate"
    ACTIVATION_DATE_REACHED = "the Activation Date is reached, or set to a date that was"
    REVOKE_COMPROMISED = "Revoke for Key Compromise or CA Compromise"
    REVOKE_OTHER = "Revoke for any other reason"
    DEACTIVATION_DATE_REACHED = "the Deactivation Date is reached, or set to a date that was"
    DEACTIVATE = "Deactivate (3.0)"
    DESTROY = "Destroy"


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow of the standard's figure."""

    number: int
    """As the standard counts them; its attribute rules refer to these numbers."""
    before: State | None
    """The state it leaves; None: the object did not exist."""
    after: State
    causes: frozenset[Cause]
    stamps: Tag
    """The date attribute that records it."""


def _row(number: int, before: State | None, after: State, stamps: Tag, *causes: Cause) -> Transition:
    return Transition(number, before, after, frozenset(causes), stamps)


_S, _C = State, Cause

# fmt: off
TRANSITIONS: tuple[Transition, ...] = (
    _row(1,  None,           _S.PRE_ACTIVE,            Tag.INITIAL_DATE,      _C.CREATION),
    _row(2,  _S.PRE_ACTIVE,  _S.DESTROYED,             Tag.DESTROY_DATE,      _C.DESTROY),
    _row(3,  _S.PRE_ACTIVE,  _S.COMPROMISED,           Tag.COMPROMISE_DATE,   _C.REVOKE_COMPROMISED),
    _row(4,  _S.PRE_ACTIVE,  _S.ACTIVE,                Tag.ACTIVATION_DATE,   _C.ACTIVATE, _C.ACTIVATION_DATE_REACHED),
    _row(5,  _S.ACTIVE,      _S.COMPROMISED,           Tag.COMPROMISE_DATE,   _C.REVOKE_COMPROMISED),
    _row(6,  _S.ACTIVE,      _S.DEACTIVATED,           Tag.DEACTIVATION_DATE, _C.REVOKE_OTHER, _C.DEACTIVATE,
                                                                              _C.DEACTIVATION_DATE_REACHED),
    _row(7,  _S.DEACTIVATED, _S.DESTROYED,             Tag.DESTROY_DATE,      _C.DESTROY),
    _row(8,  _S.DEACTIVATED, _S.COMPROMISED,           Tag.COMPROMISE_DATE,   _C.REVOKE_COMPROMISED),
    _row(9,  _S.COMPROMISED, _S.DESTROYED_COMPROMISED, Tag.DESTROY_DATE,      _C.DESTROY),
    _row(10, _S.DESTROYED,   _S.DESTROYED_COMPROMISED, Tag.COMPROMISE_DATE,   _C.REVOKE_COMPROMISED),
)
# fmt: on

_BY_CAUSE: dict[tuple[State | None, Cause], Transition] = {
    (row.before, cause): row for row in TRANSITIONS for cause in row.causes
}

DESTROYED = frozenset({State.DESTROYED, State.DESTROYED_COMPROMISED})
"""The states in which the secret is gone for good."""


class Passed(NamedTuple):
    """An arrow that the calendar took, and when."""

    transition: Transition
    date: int


PERSONS = frozenset({ObjectType.USER, ObjectType.GROUP})
"""Objects without a value (3.0, from the test cases)."""
CREDENTIALS = frozenset(
    {
        ObjectType.PASSWORD_CREDENTIAL,
        ObjectType.DEVICE_CREDENTIAL,
        ObjectType.ONE_TIME_PASSWORD_CREDENTIAL,
        ObjectType.HASHED_PASSWORD_CREDENTIAL,
    }
)
"""Objects whose value proves who somebody is (3.0): it goes in and never comes out."""
USABLE_PERSONS = frozenset({None, State.PRE_ACTIVE, State.ACTIVE})
"""States in which a user, a group or a credential counts: it needs no Activate, and Deactivate, Revoke and Destroy end
it. None: it was made before such objects had states."""


def has_state(object_type: ObjectType) -> bool:
    """Whether objects of the type live through the states; a Template does not (1.4 §3.22)."""
    return object_type is not ObjectType.TEMPLATE


def revocation_cause(code: RevocationReasonCode) -> Cause:
    """What a Revoke with the reason code causes (2.1 §6.1.44)."""
    if code in (RevocationReasonCode.KEY_COMPROMISE, RevocationReasonCode.CA_COMPROMISE):
        return Cause.REVOKE_COMPROMISED
    return Cause.REVOKE_OTHER


def move(state: State | None, cause: Cause) -> Transition:
    """The arrow that leads on from the state; ``None`` is the state of what does not exist yet.

    Raises IllegalOperation where there is none: Object Destroyed if what is destroyed is destroyed again, else
    Wrong Key Lifecycle State (2.1 §6.1.15.1, §6.1.44.1, §6.1.1.1).
    """
    transition = _BY_CAUSE.get((state, cause))
    if transition is not None:
        return transition
    if state in DESTROYED and cause is Cause.DESTROY:
        raise IllegalOperation("the object has already been destroyed", ResultReason.OBJECT_DESTROYED)
    where = "does not exist" if state is None else f"is {state.title}"
    raise IllegalOperation(f"the object {where}: no {cause.value}", ResultReason.WRONG_KEY_LIFECYCLE_STATE)


def passed(
    state: State | None, activation_date: int | None, deactivation_date: int | None, now: int
) -> tuple[Passed, ...]:
    """The arrows that the calendar took since the state was written, in order: none, 4, 6, or both.

    A date is reached in its very second. A Deactivation Date alone moves nothing out of Pre-Active: there
    is no such arrow. Arrow 6 never bears an earlier date than arrow 4 did: an object that is activated after its
    Deactivation Date is deactivated in that very second.
    """
    taken: list[Passed] = []
    if state is State.PRE_ACTIVE and activation_date is not None and activation_date <= now:
        taken.append(Passed(move(state, Cause.ACTIVATION_DATE_REACHED), activation_date))
        state = State.ACTIVE
    if state is State.ACTIVE and deactivation_date is not None and deactivation_date <= now:
        date = max(deactivation_date, min(activation_date, now)) if activation_date is not None else deactivation_date
        taken.append(Passed(move(state, Cause.DEACTIVATION_DATE_REACHED), date))
    return tuple(taken)


def effective_state(
    state: State | None, activation_date: int | None, deactivation_date: int | None, now: int
) -> State | None:
    """The state an object is in now, given the one last written and its dates; None for one that has none."""
    if state is State.PRE_ACTIVE and activation_date is not None and activation_date <= now:
        state = State.ACTIVE
    if state is State.ACTIVE and deactivation_date is not None and deactivation_date <= now:
        state = State.DEACTIVATED
    return state


def require_date_order(
    *,
    activation_date: int | None,
    process_start_date: int | None,
    protect_stop_date: int | None,
    deactivation_date: int | None,
) -> None:
    """Refuse dates that contradict each other; an absent one contradicts nothing.

    Raises InvalidField with Invalid Attribute Value.
    """
    ordered = (
        # 2.1 §4.40: "MAY be equal to or later than, but SHALL NOT precede, the Activation Date".
        (Tag.ACTIVATION_DATE, activation_date, Tag.PROCESS_START_DATE, process_start_date),
        # 2.1 §4.41: "MAY be equal to or earlier than, but SHALL NOT be later than the Deactivation Date".
        (Tag.PROTECT_STOP_DATE, protect_stop_date, Tag.DEACTIVATION_DATE, deactivation_date),
        # 2.1 §4.57: what is deactivated was active before.
        (Tag.ACTIVATION_DATE, activation_date, Tag.DEACTIVATION_DATE, deactivation_date),
    )
    for first, earlier, second, later in ordered:
        if earlier is not None and later is not None and later < earlier:
            message = f"the {second.title} must not precede the {first.title}"
            raise InvalidField(message, ResultReason.INVALID_ATTRIBUTE_VALUE)
