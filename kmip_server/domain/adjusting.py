"""Adjust Attribute's arithmetic: which types can be adjusted, by what, and how far (KMIP 2.1 §11.1, §6.1.3)."""

from __future__ import annotations

from kmip_server.errors import InvalidField, KmipError
from kmip_server.spec.enums import AdjustmentType, ResultReason
from kmip_server.spec.types import ItemType

_T = ItemType
_RANGES: dict[ItemType, tuple[int, int]] = {
    _T.INTEGER: (-(2**31), 2**31 - 1),
    _T.LONG_INTEGER: (-(2**63), 2**63 - 1),
    _T.BIG_INTEGER: (-(2**4095), 2**4095 - 1),
    _T.INTERVAL: (0, 2**32 - 1),
    _T.DATE_TIME: (-(2**63), 2**63 - 1),
    _T.DATE_TIME_EXTENDED: (-(2**63), 2**63 - 1),
}
"""What a value may be after an adjustment: all that the encoding can hold; of a Big Integer 4096 bits."""
_NEGATABLE = frozenset({_T.INTEGER, _T.LONG_INTEGER, _T.BIG_INTEGER, _T.BOOLEAN})
"""2.1 Table 428: neither an interval nor a date can be negated."""
_AMOUNTS = frozenset({_T.INTEGER, _T.LONG_INTEGER, _T.BIG_INTEGER, _T.INTERVAL})
"""The types an Adjustment Value may have beside that of the attribute: a date is moved by a number of seconds."""
_ASSUMED: dict[ItemType, int] = {
    _T.INTEGER: 0,
    _T.LONG_INTEGER: 0,
    _T.BIG_INTEGER: 0,
    _T.INTERVAL: 0,
    _T.BOOLEAN: False,
}


def assumed(item_type: ItemType) -> int | None:
    """What an attribute without a value is taken for: "0 for numeric types and intervals, or false for Boolean"."""
    return _ASSUMED.get(item_type)


def adjusted(value: int, item_type: ItemType, adjustment: AdjustmentType, amount: tuple[ItemType, int] | None) -> int:
    """The value after the adjustment; ``amount`` is the Adjustment Value with the type it came in, 1 if left out.

    Raises KmipError: Invalid Data Type where the adjustment is not for this type, Numeric Range where the result
    does not fit, Invalid Field for an unknown adjustment and a value that Negate has no use for.
    """
    if adjustment is AdjustmentType.NEGATE:
        if item_type not in _NEGATABLE:
            raise _wrong_type("negated")
        if amount is not None:
            raise InvalidField("an attribute is negated by nothing")
        return (not value) if item_type is _T.BOOLEAN else _in_range(-value, item_type)
    if adjustment not in (AdjustmentType.INCREMENT, AdjustmentType.DECREMENT):
        raise InvalidField("the Adjustment Type is not known")
    if item_type not in _RANGES:
        raise _wrong_type("counted up or down")
    by = 1
    if amount is not None:
        if amount[0] not in _AMOUNTS and amount[0] is not item_type:
            raise KmipError("the Adjustment Value is of another type", ResultReason.INVALID_DATA_TYPE)
        by = amount[1]
    return _in_range(value + by if adjustment is AdjustmentType.INCREMENT else value - by, item_type)


def _wrong_type(what: str) -> KmipError:
    return KmipError(f"an attribute of this type cannot be {what}", ResultReason.INVALID_DATA_TYPE)


def _in_range(value: int, item_type: ItemType) -> int:
    low, high = _RANGES[item_type]
    if not low <= value <= high:
        raise KmipError("the attribute would leave the range of its type", ResultReason.NUMERIC_RANGE)
    return value
