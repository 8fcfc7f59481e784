"""Set Attribute (KMIP 2.1 §6.1.51): give an attribute its one value, whether it had one or not."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.admission import may_add, may_modify
from kmip_server.errors import KmipError
from kmip_server.operations.changing import followed_through, title_of
from kmip_server.operations.creating import resolved
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag


@payload
class SetAttributeRequest:
    """Of which object, and what."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    new_attribute: AttributeItem = field(Tag.NEW_ATTRIBUTE, Special.ATTRIBUTE)


@payload
class SetAttributeResponse:
    """The object."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.SET_ATTRIBUTE, SetAttributeRequest, SetAttributeResponse)
def handle(request: SetAttributeRequest, ctx: Context) -> SetAttributeResponse:
    """Set it."""
    new = resolved(request.new_attribute, ctx)
    found = ctx.load_for_change(request.unique_identifier)
    state = ctx.state_of(found)
    instances = found.attributes.instances(new.key)
    if len(instances) > 1:
        # 2.1 §6.1.51: "If it has more than one instance an error is raised."
        raise KmipError(f"{title_of(new.key)} has several values", ResultReason.MULTI_VALUED_ATTRIBUTE)
    if instances:
        may_modify(found.attributes, new.key, found.object_type, state, ctx.now, ctx.version)
    else:
        may_add(found.attributes, new, found.object_type, state, ctx.version)
    attributes = found.attributes.copy()
    if instances:
        attributes.replace(new.key, instances[0].index, new.value)
    else:
        attributes.add(new.key, new.value)
    followed_through(attributes, new.key, ctx)
    ctx.save(found.with_attributes(attributes))
    return SetAttributeResponse(unique_identifier=found.unique_identifier)
