"""Get Attribute List (KMIP 2.1 §6.1.21, 1.4 §4.13): the names of the attributes an object has."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.presenting import presented
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import LINK_TAGS, AttributeKey
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V3_0


@payload
class GetAttributeListRequest:
    """Of which object."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)


@payload
class GetAttributeListResponse:
    """The names, each once."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attribute_reference: list[AttributeKey] = field(
        Tag.ATTRIBUTE_REFERENCE, Special.ATTRIBUTE_REFERENCE, before_2=Tag.ATTRIBUTE_NAME, default_factory=list
    )


@operation(Operation.GET_ATTRIBUTE_LIST, GetAttributeListRequest, GetAttributeListResponse)
def handle(request: GetAttributeListRequest, ctx: Context) -> GetAttributeListResponse:
    """List the names of what Get Attributes would give."""
    found = ctx.load(request.unique_identifier)
    keys: dict[AttributeKey, None] = {}
    for item in presented(found, ctx, None):
        newest_link = item.key is Tag.LINK and ctx.version >= V3_0
        keys[LINK_TAGS[item.value.link_type] if newest_link else item.key] = None
    return GetAttributeListResponse(unique_identifier=found.unique_identifier, attribute_reference=list(keys))
