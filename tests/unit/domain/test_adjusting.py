"""Adjust Attribute's arithmetic, type by type (KMIP 2.1 §11.1)."""

from __future__ import annotations

import pytest

from kmip_server.domain.adjusting import adjusted, assumed
from kmip_server.errors import KmipError
from kmip_server.spec.enums import AdjustmentType, ResultReason
from kmip_server.spec.types import ItemType as T

UP, DOWN, NEGATE = AdjustmentType.INCREMENT, AdjustmentType.DECREMENT, AdjustmentType.NEGATE
COUNTED = (T.INTEGER, T.LONG_INTEGER, T.BIG_INTEGER, T.INTERVAL, T.DATE_TIME, T.DATE_TIME_EXTENDED)


@pytest.mark.parametrize("item_type", COUNTED)
def test_up_and_down_by_one_or_by_what_is_said(item_type: T) -> None:
    assert adjusted(10, item_type, UP, None) == 11
    assert adjusted(10, item_type, DOWN, None) == 9
    assert adjusted(10, item_type, UP, (T.INTEGER, 5)) == 15
    assert adjusted(10, item_type, DOWN, (item_type, 5)) == 5


@pytest.mark.parametrize("item_type", [T.INTEGER, T.LONG_INTEGER, T.BIG_INTEGER])
def test_numbers_are_negated(item_type: T) -> None:
    assert adjusted(10, item_type, NEGATE, None) == -10
    assert adjusted(-10, item_type, NEGATE, None) == 10


def test_a_boolean_is_negated_to_a_boolean() -> None:
    assert adjusted(True, T.BOOLEAN, NEGATE, None) is False
    assert adjusted(False, T.BOOLEAN, NEGATE, None) is True


@pytest.mark.parametrize(
    ("item_type", "adjustment", "amount"),
    [
        (T.INTERVAL, NEGATE, None),
        (T.DATE_TIME, NEGATE, None),
        (T.BOOLEAN, UP, None),
        (T.TEXT_STRING, UP, None),
        (T.BYTE_STRING, NEGATE, None),
        (T.ENUMERATION, DOWN, None),
        (T.INTEGER, UP, (T.BOOLEAN, 1)),
        (T.INTEGER, UP, (T.DATE_TIME, 1)),
    ],
)
def test_what_is_not_for_the_type_is_refused(
    item_type: T, adjustment: AdjustmentType, amount: tuple[T, int] | None
) -> None:
    with pytest.raises(KmipError) as refused:
        adjusted(1, item_type, adjustment, amount)
    assert refused.value.reason is ResultReason.INVALID_DATA_TYPE


@pytest.mark.parametrize(
    ("value", "item_type", "adjustment"),
    [
        (2**31 - 1, T.INTEGER, UP),
        (-(2**31), T.INTEGER, DOWN),
        (-(2**31), T.INTEGER, NEGATE),
        (2**63 - 1, T.LONG_INTEGER, UP),
        (2**4095 - 1, T.BIG_INTEGER, UP),
        (0, T.INTERVAL, DOWN),
        (2**32 - 1, T.INTERVAL, UP),
        (2**63 - 1, T.DATE_TIME, UP),
        (-(2**63), T.DATE_TIME_EXTENDED, DOWN),
    ],
)
def test_a_value_never_leaves_its_type(value: int, item_type: T, adjustment: AdjustmentType) -> None:
    with pytest.raises(KmipError) as refused:
        adjusted(value, item_type, adjustment, None)
    assert refused.value.reason is ResultReason.NUMERIC_RANGE


def test_nonsense_is_an_invalid_field() -> None:
    for adjustment, amount in ((AdjustmentType(9), None), (NEGATE, (T.INTEGER, 1))):
        with pytest.raises(KmipError) as refused:
            adjusted(1, T.INTEGER, adjustment, amount)
        assert refused.value.reason is ResultReason.INVALID_FIELD


def test_what_has_no_value_is_zero_or_false_and_a_date_is_nothing() -> None:
    assert [assumed(each) for each in (T.INTEGER, T.INTERVAL, T.BOOLEAN)] == [0, 0, False]
    assert [assumed(each) for each in (T.DATE_TIME, T.TEXT_STRING, T.ENUMERATION)] == [None] * 3
