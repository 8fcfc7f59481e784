"""Changes of state and of the attributes that hang on it (KMIP 2.1 §4.57).

Whatever the calendar did since the state was last written is written first: a change never starts from
a state that is out of date.
"""

from __future__ import annotations

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.lifecycle import Cause, move, passed, require_date_order
from kmip_server.spec.tags import Tag


def settled(attributes: AttributeMap, now: int) -> AttributeMap:
    """A copy in which the state is what time has made of it."""
    copy = attributes.copy()
    settle(copy, now)
    return copy


def settle(attributes: AttributeMap, now: int) -> None:
    """Write what time has done: arrows 4 and 6, whose dates are the attributes that caused them."""
    one = attributes.one
    for arrow in passed(one(Tag.STATE), one(Tag.ACTIVATION_DATE), one(Tag.DEACTIVATION_DATE), now):
        attributes.put(Tag.STATE, arrow.transition.after)


def moved(attributes: AttributeMap, cause: Cause, now: int) -> AttributeMap:
    """A copy after the arrow that the cause takes, its date stamped; IllegalOperation where there is none."""
    copy = settled(attributes, now)
    arrow = move(copy.one(Tag.STATE), cause)
    copy.put(Tag.STATE, arrow.after)
    copy.put(arrow.stamps, now)
    return copy


def redated(attributes: AttributeMap, now: int) -> None:
    """After dates were changed: refuse contradictions, then take the arrows that the new dates cause."""
    one = attributes.one
    require_date_order(
        activation_date=one(Tag.ACTIVATION_DATE),
        process_start_date=one(Tag.PROCESS_START_DATE),
        protect_stop_date=one(Tag.PROTECT_STOP_DATE),
        deactivation_date=one(Tag.DEACTIVATION_DATE),
    )
    settle(attributes, now)
