"""Get Attributes (KMIP 2.1 §6.1.20, 1.4 §4.12): the attributes asked for, or all."""

from __future__ import annotations

from typing import Any

from kmip_server.errors import InvalidField, InvalidMessage
from kmip_server.operations.presenting import keys_asked, presented
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeKey, Attributes, VendorName
from kmip_server.spec.attributes import is_attribute
from kmip_server.spec.enums import Operation, ResultReason
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
    if ctx.version < V2_0:
        if len(set(asked)) != len(asked):
            raise InvalidMessage("the same Attribute Name stands more than once")
    else:
        _require_attributes(asked)
    found = ctx.load(request.unique_identifier)
    return GetAttributesResponse(
        unique_identifier=found.unique_identifier, attributes=Attributes(presented(found, ctx, keys_asked(asked)))
    )


def _require_attributes(asked: list[AttributeKey]) -> None:
    """2.1 Table 225 lists Invalid Attribute: for what is none in any version; one of another has no value here."""
    for key in asked:
        if isinstance(key, VendorName) and not key.vendor and not is_attribute(key.name):
            raise InvalidField(f"there is no attribute {key.name!r}", ResultReason.INVALID_ATTRIBUTE)
