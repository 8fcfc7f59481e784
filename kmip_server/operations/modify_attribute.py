"""Modify Attribute (KMIP 2.1 §6.1.34, 1.4 §4.15): change the value of an instance that exists."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.admission import may_modify
from kmip_server.errors import InvalidField
from kmip_server.operations.changing import (
    as_it_became,
    followed_through,
    instance_at,
    instance_of_value,
    is_many,
    title_of,
)
from kmip_server.operations.creating import resolved
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0


@payload
class ModifyAttributeRequest:
    """Of which object; in 2.x the value it has and the value it shall have."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    current_attribute: AttributeItem | None = field(Tag.CURRENT_ATTRIBUTE, Special.ATTRIBUTE, since=V2_0, default=None)
    new_attribute: AttributeItem = field(Tag.NEW_ATTRIBUTE, Special.ATTRIBUTE, before_2=Tag.ATTRIBUTE)


@payload
class ModifyAttributeResponse:
    """The object; in 1.x the attribute with its new value."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attribute: AttributeItem | None = field(Tag.ATTRIBUTE, Special.ATTRIBUTE, until=V1_4, default=None)


@operation(Operation.MODIFY_ATTRIBUTE, ModifyAttributeRequest, ModifyAttributeResponse)
def handle(request: ModifyAttributeRequest, ctx: Context) -> ModifyAttributeResponse:
    """Change it."""
    new, current = resolved(request.new_attribute, ctx), request.current_attribute
    if new.value is None:
        raise InvalidField("the attribute has no value", ResultReason.INVALID_ATTRIBUTE_VALUE)
    found = ctx.load_for_change(request.unique_identifier)
    may_modify(found.attributes, new.key, found.object_type, ctx.state_of(found), ctx.now, ctx.version)
    if ctx.version < V2_0:
        instance = instance_at(found.attributes, new.key, new.index)
    elif current is not None:
        if current.key != new.key:
            raise InvalidField("the current and the new attribute are not the same attribute")
        instance = instance_of_value(found.attributes, current)
    else:
        if is_many(new.key) and len(found.attributes.instances(new.key)) > 1:
            # 2.1 §6.1.34: without the current value it is not known which instance is meant.
            raise InvalidField(f"{title_of(new.key)} has several values; say which", ResultReason.INVALID_FIELD)
        instance = instance_at(found.attributes, new.key, 0 if not is_many(new.key) else _only(found, new))
    attributes = found.attributes.copy()
    others = [each for each in attributes.instances(new.key) if each.index != instance.index]
    if new.key is Tag.NAME and any(each.value == new.value for each in others):
        raise InvalidField("the object has another Name of this value", ResultReason.NON_UNIQUE_NAME_ATTRIBUTE)
    attributes.replace(new.key, instance.index, new.value)
    followed_through(attributes, new.key, ctx)
    ctx.save(found.with_attributes(attributes))
    return ModifyAttributeResponse(
        unique_identifier=found.unique_identifier, attribute=as_it_became(attributes, new.key, instance.index)
    )


def _only(found: Any, new: AttributeItem) -> int:
    instances = found.attributes.instances(new.key)
    return instances[0].index if instances else 0
