"""The reason a client is told always is one that its version defines."""

from __future__ import annotations

import pytest

from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.reasons import reason_in
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_4, V2_0, V2_1, V3_0, VERSIONS, Version

R = ResultReason


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_every_reason_ends_in_one_of_the_version(version: Version) -> None:
    for reason in ResultReason:
        assert reason_in(reason, version).in_version(version), reason
        for operation in Operation:
            assert reason_in(reason, version, operation).in_version(version), (reason, operation)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_reason_of_the_version_stands_for_itself(version: Version) -> None:
    changed = {r for r in ResultReason if r.in_version(version) and reason_in(r, version) is not r}
    # AKLC-M-2-20 and CS-BC-M-14-20 want what 1.4 said.
    assert changed == ({R.WRONG_KEY_LIFECYCLE_STATE} if version == V2_0 else set())


@pytest.mark.parametrize(
    ("reason", "version", "expected"),
    [
        (R.WRONG_KEY_LIFECYCLE_STATE, V1_2, R.PERMISSION_DENIED),
        (R.WRONG_KEY_LIFECYCLE_STATE, V2_1, R.WRONG_KEY_LIFECYCLE_STATE),
        (R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK, V1_4, R.PERMISSION_DENIED),
        (R.OBJECT_NOT_FOUND, V1_0, R.ITEM_NOT_FOUND),
        (R.ATTRIBUTE_READ_ONLY, V1_4, R.PERMISSION_DENIED),
        (R.ILLEGAL_OPERATION, V2_0, R.INVALID_OBJECT_TYPE),
        (R.ILLEGAL_OPERATION, V1_4, R.ILLEGAL_OPERATION),
        (R.INDEX_OUT_OF_BOUNDS, V3_0, R.SERVER_LIMIT_EXCEEDED),
        (R.KEY_VALUE_NOT_PRESENT, V1_1, R.ILLEGAL_OPERATION),
        (R.UNKNOWN_OBJECT_GROUP, V2_1, R.UNKNOWN_OBJECT_GROUP),
        (R.UNKNOWN_OBJECT_GROUP, V3_0, R.OBJECT_NOT_FOUND),
        (R.CIRCULAR_LINK_ERROR, V2_0, R.INVALID_ATTRIBUTE_VALUE),
        (R.CIRCULAR_LINK_ERROR, V1_0, R.INVALID_FIELD),
        (R.DUPLICATE_PROCESS_REQUEST, V1_0, R.ITEM_NOT_FOUND),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_stand_ins(reason: ResultReason, version: Version, expected: ResultReason) -> None:
    assert reason_in(reason, version) is expected


@pytest.mark.parametrize(
    ("reason", "operation", "in_1_4", "in_2_1"),
    [
        (R.OBJECT_DESTROYED, Operation.DESTROY, R.PERMISSION_DENIED, R.OBJECT_DESTROYED),
        (R.OBJECT_DESTROYED, Operation.GET, R.ITEM_NOT_FOUND, R.OBJECT_DESTROYED),
        (R.INVALID_OBJECT_TYPE, Operation.ENCRYPT, R.PERMISSION_DENIED, R.INVALID_OBJECT_TYPE),
        (R.INVALID_OBJECT_TYPE, Operation.ACTIVATE, R.ILLEGAL_OPERATION, R.INVALID_OBJECT_TYPE),
        (R.NON_UNIQUE_NAME_ATTRIBUTE, Operation.ADD_ATTRIBUTE, R.ILLEGAL_OPERATION, R.NON_UNIQUE_NAME_ATTRIBUTE),
        (R.NON_UNIQUE_NAME_ATTRIBUTE, Operation.CREATE, R.INVALID_FIELD, R.NON_UNIQUE_NAME_ATTRIBUTE),
        (R.USAGE_LIMIT_EXCEEDED, Operation.ENCRYPT, R.PERMISSION_DENIED, R.PERMISSION_DENIED),
        (R.USAGE_LIMIT_EXCEEDED, Operation.MAC, R.PERMISSION_DENIED, R.USAGE_LIMIT_EXCEEDED),
        (R.MISSING_INITIALIZATION_VECTOR, Operation.ENCRYPT, R.INVALID_MESSAGE, R.MISSING_INITIALIZATION_VECTOR),
        (R.MISSING_INITIALIZATION_VECTOR, Operation.DECRYPT, R.INVALID_MESSAGE, R.INVALID_MESSAGE),
        (R.READ_ONLY_ATTRIBUTE, Operation.CREATE, R.INVALID_FIELD, R.READ_ONLY_ATTRIBUTE),
        (R.READ_ONLY_ATTRIBUTE, Operation.REGISTER, R.INVALID_FIELD, R.ATTRIBUTE_READ_ONLY),
        (R.USAGE_LIMIT_EXCEEDED, Operation.GET_USAGE_ALLOCATION, R.PERMISSION_DENIED, R.USAGE_LIMIT_EXCEEDED),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_operations_with_a_word_of_their_own(
    reason: ResultReason, operation: Operation, in_1_4: ResultReason, in_2_1: ResultReason
) -> None:
    assert reason_in(reason, V1_4, operation) is in_1_4
    assert reason_in(reason, V2_1, operation) is in_2_1


def test_codes_without_a_row() -> None:
    assert reason_in(ResultReason(0x80000001), V1_0) == 0x80000001
    assert reason_in(ResultReason(0x7777), V2_1) is R.GENERAL_FAILURE
