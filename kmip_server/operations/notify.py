"""Notify (KMIP 2.1 §6.2.2, 1.4 §5.1): the server tells a client which attributes of an object have changed.

The server sends it and serves it not: there is no handler here.
"""

from __future__ import annotations

from collections.abc import Sequence

from kmip_server.spec.attribute_values import AttributeItem, AttributeKey, Attributes
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_0, Version


@payload
class NotifyRequest:
    """Which object, and what of it has changed or is gone."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attributes: Attributes = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.ATTRIBUTE)
    attribute_reference: list[AttributeKey] = field(
        Tag.ATTRIBUTE_REFERENCE, Special.ATTRIBUTE_REFERENCE, since=V2_0, default_factory=list
    )


def notification(
    unique_identifier: str, changed: Sequence[AttributeItem], deleted: Sequence[AttributeItem], version: Version
) -> NotifyRequest:
    """What is sent of a change: attributes with their values, and those that are gone, named only."""
    if version < V2_0:
        # 1.4 §5.1: "In case an attribute was deleted, the Attribute structure (...) SHALL NOT contain the Attribute
        # Value field."
        named = [AttributeItem(item.key, None, item.index) for item in deleted]
        return NotifyRequest(unique_identifier=unique_identifier, attributes=Attributes([*changed, *named]))
    left = {item.key for item in changed}
    return NotifyRequest(
        unique_identifier=unique_identifier,
        attributes=Attributes(list(changed)),
        attribute_reference=list(dict.fromkeys(item.key for item in deleted if item.key not in left)),
    )
