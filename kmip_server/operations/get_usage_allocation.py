"""Get Usage Allocation (KMIP 2.1 §6.1.23, 1.4 §4.18): take units off an object's Usage Limits, for uses outside.

"The server SHALL assume that the entire allocated amount is going to be consumed": it is gone from the count at
once, all of it or nothing. What the server itself encrypts or signs with the object is counted by that operation,
allocated or not: together they never come to more than the Usage Limits Total.
"""

from __future__ import annotations

from typing import Any

from kmip_server.domain.usage import require_use, spend
from kmip_server.errors import IllegalOperation, InvalidField, KmipError
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.masks import APPLYING
from kmip_server.spec.operations import Purpose, Use
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType

_PROTECTING = Use(Purpose.APPLY)


@payload
class GetUsageAllocationRequest:
    """Of which object, and how many Usage Limits Units."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    usage_limits_count: int = field(Tag.USAGE_LIMITS_COUNT, ItemType.LONG_INTEGER)


@payload
class GetUsageAllocationResponse:
    """The object."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.GET_USAGE_ALLOCATION, GetUsageAllocationRequest, GetUsageAllocationResponse)
def handle(request: GetUsageAllocationRequest, ctx: Context) -> GetUsageAllocationResponse:
    """Take the units off, held against everybody else who takes some."""
    count = request.usage_limits_count
    if count <= 0:
        raise InvalidField("the Usage Limits Count is not a number of units")
    found = ctx.load_for_change(request.unique_identifier)
    head = found.head
    if not (head.cryptographic_usage_mask or 0) & APPLYING:
        raise IllegalOperation("the object cannot apply protection", ResultReason.INVALID_OBJECT_TYPE)
    limits = found.attributes.one(Tag.USAGE_LIMITS)
    if limits is None:
        raise KmipError("the object has no Usage Limits", ResultReason.ATTRIBUTE_NOT_FOUND)
    require_use(_PROTECTING, head, ctx.state_of(found), ctx.now)
    attributes = found.attributes.copy()
    attributes.put(Tag.USAGE_LIMITS, spend(limits, count))
    ctx.save(found.with_attributes(attributes))
    ctx.note(f"{count} {limits.usage_limits_unit.title} allocated")
    return GetUsageAllocationResponse(unique_identifier=found.unique_identifier)
