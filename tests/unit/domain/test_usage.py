"""What may be used for what, when, and how much of it is left."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import head_of
from kmip_server.domain.usage import (
    initial_limits,
    remaining,
    require_type,
    require_use,
    spend,
    usage_units,
)
from kmip_server.errors import IllegalOperation, InvalidField, KmipError, PermissionDenied
from kmip_server.spec.enums import ObjectType, Operation, ResultReason, State, UsageLimitsUnit
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.operations import OPERATIONS, UNWRAPPING, WRAPPING, Purpose
from kmip_server.spec.structures.attributes import UsageLimits

NOW = 1_700_000_000
EVERY_BIT = 0xFFFFFFFF
USING = [row for row in OPERATIONS.values() if row.use is not None]


def conditions(state: State | None = State.ACTIVE, mask: int | None = EVERY_BIT, **dates: int) -> Any:
    """The head, state and moment of an Active key with every bit and no dates, but for what the test changes."""
    head = head_of(AttributeMap())._replace(cryptographic_usage_mask=mask, **dates)
    return head, state, NOW


def outcome(operation: Operation, object_type: ObjectType, **changes: Any) -> ResultReason | None:
    """The reason of the refusal, or None if there is none."""
    try:
        row = OPERATIONS[operation]
        require_type(row, object_type)
        if row.use is not None:
            require_use(row.use, *conditions(**changes))
    except KmipError as refused:
        return refused.reason
    return None


@pytest.mark.parametrize("state", [None, *State])
@pytest.mark.parametrize("row", USING, ids=lambda row: row.operation.name)
def test_state_decides_by_purpose(row: Any, state: State | None) -> None:
    allowed = {State.ACTIVE}
    if row.use.purpose is Purpose.PROCESS:
        allowed |= {State.DEACTIVATED, State.COMPROMISED}
    object_type = min(row.object_types or ObjectType)
    got = outcome(row.operation, object_type, state=state)
    assert got is (None if state in allowed else ResultReason.WRONG_KEY_LIFECYCLE_STATE)


@pytest.mark.parametrize("row", [row for row in USING if row.needs is not None], ids=lambda row: row.operation.name)
def test_the_mask_must_have_the_very_bit(row: Any) -> None:
    object_type = min(row.object_types)
    refused = ResultReason.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK
    assert outcome(row.operation, object_type, mask=int(row.needs)) is None
    assert outcome(row.operation, object_type, mask=EVERY_BIT ^ row.needs) is refused
    assert outcome(row.operation, object_type, mask=0) is refused
    assert outcome(row.operation, object_type, mask=None) is refused


@pytest.mark.parametrize(
    ("operation", "object_type", "reason"),
    [
        (Operation.ENCRYPT, ObjectType.SYMMETRIC_KEY, None),
        (Operation.ENCRYPT, ObjectType.SECRET_DATA, None),  # a one-time pad; what is none is refused when used
        (Operation.ENCRYPT, ObjectType.OPAQUE_OBJECT, ResultReason.INVALID_OBJECT_TYPE),
        (Operation.SIGN, ObjectType.PRIVATE_KEY, None),
        (Operation.SIGN, ObjectType.PUBLIC_KEY, ResultReason.INVALID_OBJECT_TYPE),
        (Operation.SIGNATURE_VERIFY, ObjectType.CERTIFICATE, None),
        (Operation.RE_KEY, ObjectType.OPAQUE_OBJECT, ResultReason.INVALID_OBJECT_TYPE),
        (Operation.GET, ObjectType.TEMPLATE, None),
    ],
)
def test_the_kind_of_object(operation: Operation, object_type: ObjectType, reason: ResultReason | None) -> None:
    assert outcome(operation, object_type) is reason


def test_protection_ends_with_the_protect_stop_date() -> None:
    """2.1 §4.41: "the date and time after which" - the second itself is still allowed."""
    key, refused = ObjectType.SYMMETRIC_KEY, ResultReason.WRONG_KEY_LIFECYCLE_STATE
    assert outcome(Operation.ENCRYPT, key, protect_stop_date=NOW) is None
    assert outcome(Operation.ENCRYPT, key, protect_stop_date=NOW - 1) is refused
    assert outcome(Operation.DECRYPT, key, protect_stop_date=NOW - 1) is None


def test_processing_begins_with_the_process_start_date() -> None:
    """2.1 §4.40: "SHALL NOT be used for these cryptographic purposes before" - the second itself is allowed."""
    key, refused = ObjectType.SYMMETRIC_KEY, ResultReason.WRONG_KEY_LIFECYCLE_STATE
    assert outcome(Operation.DECRYPT, key, process_start_date=NOW) is None
    assert outcome(Operation.DECRYPT, key, process_start_date=NOW + 1) is refused
    assert outcome(Operation.ENCRYPT, key, process_start_date=NOW + 1) is None


def test_wrapping_keys_are_held_to_the_same() -> None:
    require_use(WRAPPING, *conditions(mask=int(CryptographicUsageMask.WRAP_KEY)))
    require_use(UNWRAPPING, *conditions(state=State.COMPROMISED))
    with pytest.raises(IllegalOperation):
        require_use(WRAPPING, *conditions(state=State.DEACTIVATED))
    with pytest.raises(PermissionDenied):
        require_use(UNWRAPPING, *conditions(mask=int(CryptographicUsageMask.WRAP_KEY)))


def limits(total: int, count: int | None = None, unit: UsageLimitsUnit = UsageLimitsUnit.BYTE) -> UsageLimits:
    return UsageLimits(usage_limits_total=total, usage_limits_count=count, usage_limits_unit=unit)


def test_units() -> None:
    assert usage_units(UsageLimitsUnit.BYTE, 48) == 48
    assert usage_units(UsageLimitsUnit.OBJECT, 48) == 1
    with pytest.raises(InvalidField):
        usage_units(UsageLimitsUnit(0x80000001), 48)


def test_a_new_object_has_everything_left_whatever_the_client_said() -> None:
    assert initial_limits(limits(100, 7)) == limits(100, 100)
    with pytest.raises(InvalidField):
        initial_limits(limits(-1))


def test_spending_is_all_or_nothing() -> None:
    once = spend(limits(16), 16)
    assert once == limits(16, 0)
    assert remaining(once) == 0
    with pytest.raises(PermissionDenied) as refused:
        spend(once, 1)
    assert refused.value.reason is ResultReason.USAGE_LIMIT_EXCEEDED
    assert spend(once, 0) == once


def test_spending_never_gives_back() -> None:
    with pytest.raises(InvalidField):
        spend(limits(16, 8), -1)


def test_spending_leaves_the_limits_it_was_given_alone() -> None:
    before = limits(16, 8)
    spend(before, 3)
    assert before == limits(16, 8)
