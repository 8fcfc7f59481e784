"""What Login and Delegated Login share: the limits of a ticket, and its rights (KMIP 2.1 §6.1.12, §6.1.30, §7.34)."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.usage import remaining
from kmip_server.errors import InvalidField
from kmip_server.ports import Allowance, Context, GrantedRight, TicketOrder
from kmip_server.spec.enums import TicketType
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.structures.credentials import Right, Rights, Ticket
from kmip_server.spec.types import ItemType

_MOST_RIGHTS = 100
_MOST_NAMES = 1000
"""Operations, objects and groups that one right names: a ticket is read at every request it comes with."""


def order(
    lease_time: Any,
    request_count: int | None,
    usage_limits: UsageLimits | None,
    rights: tuple[GrantedRight, ...] | None,
    now: int,
) -> TicketOrder:
    """What is asked of a new ticket; raises InvalidField for what makes no sense."""
    if request_count is not None and request_count < 0:
        raise InvalidField("the Request Count is negative")
    # The published cases of 2.0 ask for a Lease Time of 0 and for 0 requests, and go on to use the ticket.
    return TicketOrder(_end(lease_time, now), request_count or None, _allowance(usage_limits), rights)


def _end(lease_time: Any, now: int) -> int | None:
    """2.1 §6.1.30: "The lease time Interval or Date Time for the ticket"."""
    if lease_time is None:
        return None
    kind, value = lease_time
    if kind == ItemType.INTERVAL:
        return now + value if value else None
    if kind != ItemType.DATE_TIME:
        raise InvalidField("the Lease Time is neither an Interval nor a Date Time")
    if value <= now:
        raise InvalidField("the Lease Time has passed")
    return int(value)


def _allowance(limits: UsageLimits | None) -> Allowance | None:
    if limits is None:
        return None
    left = remaining(limits)
    if left < 0 or not limits.usage_limits_unit.known:
        raise InvalidField("the Usage Limits are negative, or of an unknown unit")
    return Allowance(limits.usage_limits_unit, left)


def granted(rights: Rights, ctx: Context) -> tuple[GrantedRight, ...]:
    """The rights of a ticket; raises InvalidField where there are none, or too many."""
    if not 0 < len(rights.right) <= _MOST_RIGHTS:
        raise InvalidField(f"a delegation needs one right at least, and takes {_MOST_RIGHTS}")
    return tuple(_granted(right, ctx) for right in rights.right)


def _granted(right: Right, ctx: Context) -> GrantedRight:
    operations = None if right.operations is None else frozenset(right.operations.operation)
    # A name in words of the batch (ID Placeholder, an index) means what it means now.
    objects = None if right.objects is None else frozenset(map(ctx.resolve, right.objects.unique_identifier))
    groups = None if right.object_groups is None else frozenset(right.object_groups.object_group)
    if any(each is not None and len(each) > _MOST_NAMES for each in (operations, objects, groups)):
        raise InvalidField(f"a right names more than {_MOST_NAMES} operations, objects or groups")
    return GrantedRight(operations, objects, groups, _allowance(right.usage_limits))


def ticket(value: bytes) -> Ticket:
    """A Ticket Value as a ticket."""
    return Ticket(ticket_type=TicketType.LOGIN, ticket_value=value)
