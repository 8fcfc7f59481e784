"""Get Attributes (KMIP 2.1 §6.1.20, 1.4 §4.12): the attributes asked for, or all."""

from __future__ import annotations

from typing import Any

from kmip_server.errors import InvalidMessage
from kmip_server.operations.presenting import keys_asked, presented
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeKey, Attributes
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_0


@payload
class GetAttributesRequest:
    """Of which object, and which."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    attribute_reference: list[AttributeKey] = field(
        Tag.ATTRIBUTE_REFERENCE, Special.ATTRIBUTE_REFERENCE, before_2=Tag.ATTRIBUTE_NAME, default_factory=list
    )


@payload
class GetAttributesResponse:
    """Those it has of them."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attributes: Attributes | None = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.ATTRIBUTE, default=None)
    """Always there since 2.0; in 1.x none may stand (1.4 §4.12: "No, MAY be repeated")."""


@operation(Operation.GET_ATTRIBUTES, GetAttributesRequest, GetAttributesResponse)
def handle(request: GetAttributesRequest, ctx: Context) -> GetAttributesResponse:
    """Find the object and leave out whatever it does not have: that is no error (1.4 §4.12)."""
    asked = request.attribute_reference
    if ctx.version < V2_0 and len(set(asked)) != len(asked):
        raise InvalidMessage("the same Attribute Name stands more than once")
    found = ctx.load(request.unique_identifier)
    return GetAttributesResponse(
        unique_identifier=found.unique_identifier, attributes=Attributes(presented(found, ctx, keys_asked(asked)))
    )
