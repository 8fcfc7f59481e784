"""Delete Attribute (KMIP 2.1 §6.1.13, 1.4 §4.16): take an instance away, or in 2.x every instance."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.admission import may_delete
from kmip_server.errors import InvalidField, InvalidMessage, KmipError
from kmip_server.operations.changing import followed_through, instance_at, instance_of_value, title_of
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeItem, AttributeKey, VendorName
from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_4, V2_0

_ALWAYS_THERE = frozenset({Tag.UNIQUE_IDENTIFIER, Tag.OBJECT_TYPE})
"""What an object is, and not among its stored attributes."""


@payload
class DeleteAttributeRequest:
    """Of which object, and which: by name and index in 1.x, by value or by reference in 2.x."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    current_attribute: AttributeItem | None = field(Tag.CURRENT_ATTRIBUTE, Special.ATTRIBUTE, since=V2_0, default=None)
    attribute_reference: AttributeKey | None = field(
        Tag.ATTRIBUTE_REFERENCE, Special.ATTRIBUTE_REFERENCE, before_2=Tag.ATTRIBUTE_NAME, default=None
    )
    attribute_index: int | None = field(Tag.ATTRIBUTE_INDEX, ItemType.INTEGER, until=V1_4, default=None)


@payload
class DeleteAttributeResponse:
    """The object; in 1.x the attribute that was."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attribute: AttributeItem | None = field(Tag.ATTRIBUTE, Special.ATTRIBUTE, until=V1_4, default=None)


@operation(Operation.DELETE_ATTRIBUTE, DeleteAttributeRequest, DeleteAttributeResponse)
def handle(request: DeleteAttributeRequest, ctx: Context) -> DeleteAttributeResponse:
    """Take it away."""
    current = request.current_attribute
    key = current.key if current is not None else request.attribute_reference
    if key is None:
        raise InvalidMessage("the attribute to delete is not named")
    if request.attribute_reference not in (None, key):
        raise InvalidField("the Current Attribute and the Attribute Reference are not of the same attribute")
    found = ctx.load_for_change(request.unique_identifier)
    if isinstance(key, VendorName) and not key.vendor:
        raise InvalidField(f"there is no attribute {key.name!r} in this version", ResultReason.INVALID_ATTRIBUTE)
    if key not in found.attributes and key not in _ALWAYS_THERE:
        raise KmipError(f"the object has no {title_of(key)}", ResultReason.ATTRIBUTE_NOT_FOUND)
    may_delete(found.attributes, key, found.object_type, ctx.state_of(found), ctx.now, ctx.version)
    attributes = found.attributes.copy()
    gone: AttributeItem | None = None
    if current is not None:
        attributes.remove(key, instance_of_value(attributes, current).index)
    elif ctx.version >= V2_0:
        # 2.1 §6.1.13: "If an Attribute Reference is specified, all instances ... are deleted".
        attributes.remove_all(key)
    else:
        index = request.attribute_index
        if index is None and ctx.version == V1_0 and len(attributes.instances(key)) > 1:
            # 1.0 §4.15: "If no Attribute Index is specified, and the Attribute ... has multiple instances, then the
            # operation is rejected"; since 1.1 the first is meant.
            raise InvalidField(f"{title_of(key)} has several values; say which")
        instance = instance_at(attributes, key, index)
        attributes.remove(key, instance.index)
        gone = AttributeItem(key, instance.value, instance.index)
    followed_through(attributes, key, ctx)
    ctx.save(found.with_attributes(attributes))
    return DeleteAttributeResponse(unique_identifier=found.unique_identifier, attribute=gone)
