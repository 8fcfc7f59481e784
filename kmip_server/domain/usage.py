"""May this object be used for this, now, and on how much (KMIP 2.1 §4.57, §4.17, §4.40, §4.41, §4.59).

The rows of ``spec/operations.py`` say what each operation asks; this file holds an object against them. No
handler asks "if the state is ...". The reasons raised are the most exact ones of the newest version;
``spec/reasons.py`` translates them for older clients. Dates are seconds since 1970, UTC.
"""

from __future__ import annotations

from kmip_server.domain.objects import Head
from kmip_server.errors import IllegalOperation, InvalidField, PermissionDenied
from kmip_server.spec.enums import ObjectType, ResultReason, State, UsageLimitsUnit
from kmip_server.spec.operations import OperationRow, Purpose, Use
from kmip_server.spec.structures.attributes import UsageLimits


def require_type(row: OperationRow, object_type: ObjectType) -> None:
    """Pass if the operation is for such objects; raises IllegalOperation (Invalid Object Type) else."""
    if row.object_types is not None and object_type not in row.object_types:
        message = f"{row.operation.title} is not for a {object_type.title}"
        raise IllegalOperation(message, ResultReason.INVALID_OBJECT_TYPE)


def require_use(use: Use, head: Head, state: State | None, now: int) -> None:
    """Pass if an object may serve the use now, else raise; ``state`` is the effective one.

    Raises IllegalOperation (Wrong Key Lifecycle State) or PermissionDenied (Incompatible Cryptographic Usage
    Mask). An object without a state, and one without a usage mask where a bit is asked for, may not be used.
    """
    if state not in use.states:
        where = "has no state" if state is None else f"is {state.title}"
        _refuse_state(f"the object {where}")
    if use.purpose is Purpose.APPLY:
        # 2.1 §4.41: "the date and time after which [it] SHALL NOT be used for applying cryptographic protection".
        if head.protect_stop_date is not None and now > head.protect_stop_date:
            _refuse_state("the Protect Stop Date has passed")
    # 2.1 §4.40: "SHALL NOT be used for these cryptographic purposes before the Process Start Date".
    elif head.process_start_date is not None and now < head.process_start_date:
        _refuse_state("the Process Start Date has not been reached")
    if use.needs is not None and not (head.cryptographic_usage_mask or 0) & use.needs:
        message = f"the Cryptographic Usage Mask lacks {use.needs.title}"
        raise PermissionDenied(message, ResultReason.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK)


def _refuse_state(message: str) -> None:
    raise IllegalOperation(message, ResultReason.WRONG_KEY_LIFECYCLE_STATE)


def usage_units(unit: UsageLimitsUnit, byte_count: int, *, first: bool = True) -> int:
    """How many units one application of protection to so many bytes spends: the bytes, or one object (2.1 §4.59).

    A later part (``first`` is False) of what was begun before spends its bytes, but no further object.
    Raises InvalidField for a unit the standard does not know: what cannot be counted is not granted.
    """
    if unit is UsageLimitsUnit.BYTE:
        return byte_count
    if unit is UsageLimitsUnit.OBJECT:
        return 1 if first else 0
    raise InvalidField("the Usage Limits Unit is unknown", ResultReason.INVALID_ATTRIBUTE_VALUE)


def initial_limits(limits: UsageLimits) -> UsageLimits:
    """The limits of a new object: everything is left, whatever Count the client sent (2.1 §4.59)."""
    if limits.usage_limits_total < 0:
        raise InvalidField("the Usage Limits Total is negative", ResultReason.INVALID_ATTRIBUTE_VALUE)
    return UsageLimits(
        usage_limits_total=limits.usage_limits_total,
        usage_limits_count=limits.usage_limits_total,
        usage_limits_unit=limits.usage_limits_unit,
    )


def remaining(limits: UsageLimits) -> int:
    """How many units are left."""
    return limits.usage_limits_total if limits.usage_limits_count is None else limits.usage_limits_count


def spend(limits: UsageLimits, units: int) -> UsageLimits:
    """The limits after so many units are spent or allocated; all or nothing (2.1 §4.59, §6.1.23).

    Raises InvalidField for a negative amount, PermissionDenied (Usage Limit Exceeded) if less is left.
    """
    if units < 0:
        raise InvalidField("the Usage Limits Count is negative")
    left = remaining(limits)
    if units > left:
        raise PermissionDenied("the usage limit is exceeded", ResultReason.USAGE_LIMIT_EXCEEDED)
    return UsageLimits(
        usage_limits_total=limits.usage_limits_total,
        usage_limits_count=left - units,
        usage_limits_unit=limits.usage_limits_unit,
    )
