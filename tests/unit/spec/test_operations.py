"""The operation table: complete, and as the State section says."""

from __future__ import annotations

import pytest

from kmip_server.spec.enums import Operation, State
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.operations import (
    OPERATIONS,
    UNWRAPPING,
    WRAPPING,
    Direction,
    Purpose,
    Verb,
    operations_in,
)
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_3, V1_4, V2_0, V2_1, V3_0, Version

STILL_OPEN = {State.ACTIVE, State.DEACTIVATED, State.COMPROMISED}


def test_every_operation_has_one_row() -> None:
    assert set(OPERATIONS) == set(Operation)
    assert all(row.operation is operation for operation, row in OPERATIONS.items())


@pytest.mark.parametrize(
    ("version", "count"),
    [(V1_0, 28), (V1_1, 30), (V1_2, 41), (V1_3, 41), (V1_4, 43), (V2_0, 53), (V2_1, 59), (V3_0, 64)],
    ids=str,
)
def test_each_version_has_as_many_as_it_prints(version: Version, count: int) -> None:
    assert len(operations_in(version)) == count


@pytest.mark.parametrize(
    ("operation", "needs", "states"),
    [
        (Operation.ENCRYPT, CryptographicUsageMask.ENCRYPT, {State.ACTIVE}),
        (Operation.DECRYPT, CryptographicUsageMask.DECRYPT, STILL_OPEN),
        (Operation.SIGN, CryptographicUsageMask.SIGN, {State.ACTIVE}),
        (Operation.SIGNATURE_VERIFY, CryptographicUsageMask.VERIFY, STILL_OPEN),
        (Operation.MAC, CryptographicUsageMask.MAC_GENERATE, {State.ACTIVE}),
        (Operation.MAC_VERIFY, CryptographicUsageMask.MAC_VERIFY, STILL_OPEN),
        (Operation.DERIVE_KEY, CryptographicUsageMask.DERIVE_KEY, {State.ACTIVE}),
        (Operation.GET_USAGE_ALLOCATION, None, {State.ACTIVE}),
        (Operation.DESTROY, None, None),
        (Operation.GET, None, None),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_is_asked_of_the_object(
    operation: Operation, needs: CryptographicUsageMask | None, states: set[State] | None
) -> None:
    row = OPERATIONS[operation]
    assert row.needs is needs
    assert row.states == states


def test_no_purpose_allows_what_is_destroyed_or_not_yet_active() -> None:
    for purpose in Purpose:
        assert not purpose.value & {State.PRE_ACTIVE, State.DESTROYED, State.DESTROYED_COMPROMISED}


def test_wrapping_applies_protection_and_unwrapping_processes_it() -> None:
    assert WRAPPING.states == {State.ACTIVE}
    assert UNWRAPPING.states == STILL_OPEN


def test_only_notify_and_put_are_never_sent_to_the_server() -> None:
    to_client = {row.operation for row in OPERATIONS.values() if row.direction is Direction.TO_CLIENT}
    assert to_client == {Operation.NOTIFY, Operation.PUT}


def test_taking_a_key_out_is_a_verb_of_its_own() -> None:
    assert {row.operation for row in OPERATIONS.values() if row.verb is Verb.READ} == {Operation.GET, Operation.EXPORT}
