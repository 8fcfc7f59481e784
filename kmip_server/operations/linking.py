"""Links between objects that the server itself sets (KMIP 2.1 §4.31)."""

from __future__ import annotations

from kmip_server.domain.admission import MAX_INSTANCES
from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.errors import KmipError
from kmip_server.ports import Context
from kmip_server.spec.enums import LinkType, ResultReason
from kmip_server.spec.structures.attributes import Link
from kmip_server.spec.tags import Tag


def link(attributes: AttributeMap, link_type: LinkType, unique_identifier: str) -> None:
    """Point at another object, beside whatever the object points at already.

    Raises Server Limit Exceeded where the object has as many links as an object may have.
    """
    if len(attributes.instances(Tag.LINK)) >= MAX_INSTANCES:
        raise KmipError(f"an object has {MAX_INSTANCES} links already", ResultReason.SERVER_LIMIT_EXCEEDED)
    attributes.add(Tag.LINK, Link(link_type=link_type, linked_object_identifier=unique_identifier))


def link_stored(found_identifier: str, link_type: LinkType, unique_identifier: str, ctx: Context) -> None:
    """Let a stored object point at another one: a change of it, held against other changes."""
    found = ctx.load_for_change(found_identifier)
    attributes = found.attributes.copy()
    link(attributes, link_type, unique_identifier)
    ctx.save(found.with_attributes(attributes))
