"""Adjust Attribute (KMIP 2.1 §6.1.3): count an attribute up or down, or negate it, in one step."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.adjusting import adjusted, assumed
from kmip_server.domain.admission import may_add, may_modify
from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import ItemNotFound, KmipError
from kmip_server.operations.changing import followed_through, title_of
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AnyValue, AttributeItem, AttributeKey, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import AdjustmentType, Operation, ResultReason
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@payload
class AdjustAttributeRequest:
    """Of which object, which attribute, and how."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    attribute_reference: AttributeKey = field(Tag.ATTRIBUTE_REFERENCE, Special.ATTRIBUTE_REFERENCE)
    adjustment_type: AdjustmentType = field(Tag.ADJUSTMENT_TYPE, AdjustmentType)
    adjustment_value: Any = field(Tag.ADJUSTMENT_VALUE, Special.ANY, default=None)


@payload
class AdjustAttributeResponse:
    """The object."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.ADJUST_ATTRIBUTE, AdjustAttributeRequest, AdjustAttributeResponse)
def handle(request: AdjustAttributeRequest, ctx: Context) -> AdjustAttributeResponse:
    """Adjust the one value; what has none begins at zero, or at False."""
    key = request.attribute_reference
    found = ctx.load_for_change(request.unique_identifier)
    instances = found.attributes.instances(key)
    if len(instances) > 1:
        raise KmipError(f"{title_of(key)} has several values", ResultReason.MULTI_VALUED_ATTRIBUTE)
    amount = _amount(request.adjustment_value)
    was = instances[0].value if instances else None
    item_type = _type_of(key, was, amount, ctx)
    before = was.value if isinstance(was, AnyValue) else was
    if before is None:
        before = assumed(item_type)
    after: Any = adjusted(0 if before is None else before, item_type, request.adjustment_type, amount)
    if before is None:
        raise ItemNotFound(f"the object has no {title_of(key)} that could be adjusted")
    value = AnyValue(item_type, after) if isinstance(key, VendorName) else after
    _require_may(found, AttributeItem(key, value), ctx, new=not instances)
    attributes = found.attributes.copy()
    if instances:
        attributes.replace(key, instances[0].index, value)
    else:
        attributes.add(key, value)
    followed_through(attributes, key, ctx)
    ctx.save(found.with_attributes(attributes))
    return AdjustAttributeResponse(unique_identifier=found.unique_identifier)


def _amount(given: Any) -> tuple[ItemType, int] | None:
    """The Adjustment Value with its type; one that is no number at all is of the wrong type."""
    if given is None:
        return None
    kind, value = given
    if not isinstance(value, int) or kind == ItemType.ENUMERATION:
        raise KmipError("the Adjustment Value is no number", ResultReason.INVALID_DATA_TYPE)
    return ItemType(kind), value


def _type_of(key: AttributeKey, value: Any, amount: tuple[ItemType, int] | None, ctx: Context) -> ItemType:
    """The item type of the attribute; of a vendor's own that has no value, that of the Adjustment Value."""
    if isinstance(value, AnyValue):
        return value.item_type
    if isinstance(key, VendorName):
        if not key.vendor:
            raise KmipError(f"there is no attribute {key.name!r} in this version", ResultReason.UNSUPPORTED_ATTRIBUTE)
        if amount is None:
            raise KmipError(f"of {title_of(key)} no type is known", ResultReason.INVALID_DATA_TYPE)
        return amount[0]
    row = ATTRIBUTES.get(key)
    if row is None or not row.in_version(ctx.version):
        raise KmipError(f"{title_of(key)} is no attribute", ResultReason.UNSUPPORTED_ATTRIBUTE)
    kind = row.kind_in(ctx.version)
    if not (row.client_may_set or row.client_may_modify.ever):
        raise KmipError(f"{title_of(key)} is read-only", ResultReason.READ_ONLY_ATTRIBUTE)
    if not isinstance(kind, ItemType):
        raise KmipError(f"{title_of(key)} is no number", ResultReason.INVALID_DATA_TYPE)
    return kind


def _require_may(found: ManagedObject, item: AttributeItem, ctx: Context, *, new: bool) -> None:
    """Pass if a client may give the attribute a first value, or change the one it has."""
    state = ctx.state_of(found)
    if new:
        may_add(found.attributes, item, found.object_type, state, ctx.version)
    else:
        may_modify(found.attributes, item.key, found.object_type, state, ctx.now, ctx.version)
