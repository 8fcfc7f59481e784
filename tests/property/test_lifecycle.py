"""Random lives: no walk leaves the ten arrows, dates never run backwards, what is destroyed stays useless."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.lifecycle import DESTROYED, TRANSITIONS, Cause, effective_state, move, passed
from kmip_server.domain.objects import head_of
from kmip_server.domain.usage import require_use, spend
from kmip_server.errors import IllegalOperation, PermissionDenied
from kmip_server.spec.enums import State, UsageLimitsUnit
from kmip_server.spec.operations import OPERATIONS, UNWRAPPING, WRAPPING, Use
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.tags import Tag

PRINTED = {(row.before, row.after) for row in TRANSITIONS}
USES = [row.use for row in OPERATIONS.values() if row.use is not None] + [WRAPPING, UNWRAPPING]

steps = st.lists(st.tuples(st.sampled_from(list(Cause)), st.integers(0, 1000)), max_size=20)
dates = st.none() | st.integers(0, 5000)


@dataclass
class Life:
    """An object that writes down where it has been, and when."""

    state: State | None = None
    activation: int | None = None
    deactivation: int | None = None
    history: list[tuple[State | None, State, int]] = field(default_factory=list)

    def take(self, after: State, date: int) -> None:
        self.history.append((self.state, after, date))
        self.state = after

    def suffer(self, cause: Cause, now: int) -> None:
        """What an operation does: write what the calendar did, then move or be refused."""
        for arrow in passed(self.state, self.activation, self.deactivation, now):
            self.take(arrow.transition.after, arrow.date)
        try:
            transition = move(self.state, cause)
        except IllegalOperation:
            return
        self.take(transition.after, now)
        if transition.stamps is Tag.ACTIVATION_DATE:
            self.activation = now


@given(steps=steps, activation=dates, lasts=dates)
def test_no_walk_leaves_the_arrows(steps: list[tuple[Cause, int]], activation: int | None, lasts: int | None) -> None:
    life = Life(activation=activation, deactivation=None if lasts is None else (activation or 0) + lasts)
    now = 0
    life.suffer(Cause.CREATION, now)
    for cause, pause in steps:
        now += pause
        expected = effective_state(life.state, life.activation, life.deactivation, now)
        was = len(life.history)
        life.suffer(cause, now)
        written = [after for _, after, _ in life.history[was:]]
        assert expected in [life.history[was - 1][1], *written]
    assert all((before, after) in PRINTED for before, after, _ in life.history)
    moments = [date for _, _, date in life.history]
    assert moments == sorted(moments)
    states = [after for _, after, _ in life.history]
    assert len(states) == len(set(states)), "no state is ever entered twice"


@given(state=st.none() | st.sampled_from(list(State)), activation=dates, deactivation=dates, now=st.integers(0, 5000))
def test_reading_tells_what_writing_would_write(
    state: State | None, activation: int | None, deactivation: int | None, now: int
) -> None:
    arrows = passed(state, activation, deactivation, now)
    last = arrows[-1].transition.after if arrows else state
    assert effective_state(state, activation, deactivation, now) is last
    assert [a.date for a in arrows] == sorted(a.date for a in arrows)
    assert all(a.date <= now for a in arrows)
    # Once written, nothing is left to write.
    assert passed(last, activation, deactivation, now) == ()


@given(
    state=st.sampled_from([*DESTROYED, State.PRE_ACTIVE]),
    use=st.sampled_from(USES),
    mask=st.integers(0, 0xFFFFFFFF),
    start=dates,
    stop=dates,
    now=st.integers(0, 5000),
)
def test_what_is_destroyed_or_not_yet_active_is_never_usable(
    state: State, use: Use, mask: int, start: int | None, stop: int | None, now: int
) -> None:
    head = head_of(AttributeMap())._replace(
        cryptographic_usage_mask=mask, process_start_date=start, protect_stop_date=stop
    )
    try:
        require_use(use, head, state, now)
    except IllegalOperation:
        return
    raise AssertionError(f"{state.title} was usable")


@given(total=st.integers(0, 1000), amounts=st.lists(st.integers(0, 300), max_size=20))
def test_no_more_is_ever_spent_than_there_was(total: int, amounts: list[int]) -> None:
    limits = UsageLimits(usage_limits_total=total, usage_limits_count=None, usage_limits_unit=UsageLimitsUnit.BYTE)
    spent = 0
    for amount in amounts:
        try:
            limits = spend(limits, amount)
        except PermissionDenied:
            assert spent + amount > total
        else:
            spent += amount
    assert spent <= total
    assert limits.usage_limits_total == total
    assert limits.usage_limits_count in (total - spent, None if not spent else total - spent)
