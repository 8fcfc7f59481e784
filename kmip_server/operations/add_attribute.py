"""Add Attribute (KMIP 2.1 §6.1.2, 1.4 §4.14): a first value, or one instance more."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.admission import may_add
from kmip_server.operations.changing import added, as_it_became, followed_through
from kmip_server.operations.creating import resolved
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4


@payload
class AddAttributeRequest:
    """To which object, and what."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    new_attribute: AttributeItem = field(Tag.NEW_ATTRIBUTE, Special.ATTRIBUTE, before_2=Tag.ATTRIBUTE)


@payload
class AddAttributeResponse:
    """The object; in 1.x the attribute as it was added, with its index."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attribute: AttributeItem | None = field(Tag.ATTRIBUTE, Special.ATTRIBUTE, until=V1_4, default=None)


@operation(Operation.ADD_ATTRIBUTE, AddAttributeRequest, AddAttributeResponse)
def handle(request: AddAttributeRequest, ctx: Context) -> AddAttributeResponse:
    """Add it."""
    item = resolved(request.new_attribute, ctx)
    found = ctx.load_for_change(request.unique_identifier)
    may_add(found.attributes, item, found.object_type, ctx.state_of(found), ctx.version)
    attributes = found.attributes.copy()
    index = added(attributes, item)
    followed_through(attributes, item.key, ctx)
    ctx.save(found.with_attributes(attributes))
    return AddAttributeResponse(
        unique_identifier=found.unique_identifier, attribute=as_it_became(attributes, item.key, index)
    )
