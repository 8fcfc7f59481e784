"""Check (KMIP 2.1 §6.1.7, 1.4 §4.10): may this object be used so, so much, and for so long.

Only what the request names is asked. What fails is answered alone: "The only attributes returned are those that
resulted in the server determining that the client is not allowed to use the object".
"""

from __future__ import annotations

from typing import Any

from kmip_server.domain.leases import allows, longest
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.usage import remaining
from kmip_server.errors import IllegalOperation, InvalidField, KmipError
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import ObjectType, Operation, ResultReason
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0


@payload
class CheckRequest:
    """Of which object: the units, the uses and the lease that the client needs."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    usage_limits_count: int | None = field(Tag.USAGE_LIMITS_COUNT, ItemType.LONG_INTEGER, default=None)
    cryptographic_usage_mask: int | None = field(Tag.CRYPTOGRAPHIC_USAGE_MASK, CryptographicUsageMask, default=None)
    lease_time: int | None = field(Tag.LEASE_TIME, ItemType.INTERVAL, default=None)


@payload
class CheckResponse:
    """The object; after a failure, instead of it, those fields of the request that fail."""

    unique_identifier: str | None = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    usage_limits_count: int | None = field(Tag.USAGE_LIMITS_COUNT, ItemType.LONG_INTEGER, default=None)
    cryptographic_usage_mask: int | None = field(Tag.CRYPTOGRAPHIC_USAGE_MASK, CryptographicUsageMask, default=None)
    lease_time: int | None = field(Tag.LEASE_TIME, ItemType.INTERVAL, default=None)


_REASONS = {
    "cryptographic_usage_mask": ResultReason.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK,
    "usage_limits_count": ResultReason.USAGE_LIMIT_EXCEEDED,
    "lease_time": ResultReason.PERMISSION_DENIED,
}
"""Why a field fails; where several do, the first of these is the Result Reason (2.1 Table 185)."""
_TITLES = {
    "cryptographic_usage_mask": Tag.CRYPTOGRAPHIC_USAGE_MASK.title,
    "usage_limits_count": Tag.USAGE_LIMITS_COUNT.title,
    "lease_time": Tag.LEASE_TIME.title,
}


@operation(Operation.CHECK, CheckRequest, CheckResponse)
def handle(request: CheckRequest, ctx: Context) -> CheckResponse:
    """Hold each field against the object; use nothing up, grant nothing."""
    found = ctx.load(request.unique_identifier)
    if found.object_type is ObjectType.TEMPLATE:
        raise IllegalOperation("a Template cannot be used, nor checked", ResultReason.ILLEGAL_OBJECT_TYPE)
    failing = {name: getattr(request, name) for name in _REASONS if not _holds(name, request, found, ctx)}
    if not failing:
        return CheckResponse(unique_identifier=found.unique_identifier)
    ctx.remember(None)
    first, *others = failing
    error = KmipError(f"not allowed: {', '.join(_TITLES[name] for name in failing)}", _REASONS[first])
    # Since 2.0 there is a reason that says "the usage mask", and the profiles' cases answer with that alone (BL-M-2).
    if ctx.version < V2_0 or others or first != "cryptographic_usage_mask":
        error.payload = CheckResponse(**failing)
    raise error


def _holds(name: str, request: CheckRequest, found: ManagedObject, ctx: Context) -> bool:
    asked: int | None = getattr(request, name)
    if asked is None:
        return True
    if asked < 0 and name != "cryptographic_usage_mask":
        raise InvalidField(f"the {_TITLES[name]} is negative")
    if name == "cryptographic_usage_mask":
        return not asked & ~(found.head.cryptographic_usage_mask or 0)
    if name == "lease_time":
        return allows(longest(found.attributes.one(Tag.LEASE_TIME), ctx.facts.lease_time), asked)
    limits = found.attributes.one(Tag.USAGE_LIMITS)
    return limits is None or asked <= remaining(limits)
