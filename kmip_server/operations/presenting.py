"""How an object's attributes are shown: what the store holds, what time has changed, what the object is."""

from __future__ import annotations

from collections.abc import Iterable

from kmip_server.domain.admission import GIVEN, link_type_of
from kmip_server.domain.objects import ManagedObject
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeItem, AttributeKey, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import ObjectType
from kmip_server.spec.tags import Tag


def keys_asked(asked: Iterable[AttributeKey]) -> set[AttributeKey] | None:
    """The attributes a client names; None when it names none and so wants all."""
    return set(asked) or None


def presented(found: ManagedObject, ctx: Context, asked: set[AttributeKey] | None) -> list[AttributeItem]:
    """The attributes to show, in the order of the table; the wire leaves out what the version does not define."""
    attributes = found.attributes
    links = {link_type_of(key) for key in asked or ()} - {None}
    items: list[AttributeItem] = []
    for key in _order(found):
        if asked is not None and key not in asked and not (links and key is Tag.LINK):
            continue
        if not isinstance(key, VendorName) and not _belongs(key, found.object_type, ctx):
            continue
        if key is Tag.UNIQUE_IDENTIFIER:
            items.append(AttributeItem(key, found.unique_identifier))
        elif key is Tag.OBJECT_TYPE:
            if found.object_type.in_version(ctx.version):
                items.append(AttributeItem(key, found.object_type))
        elif key is Tag.STATE:
            items.append(AttributeItem(key, ctx.state_of(found)))
        else:
            wanted = links if key is Tag.LINK and asked is not None and Tag.LINK not in asked else None
            for instance in attributes.instances(key):
                if wanted is None or instance.value.link_type in wanted:
                    items.append(AttributeItem(key, instance.value, instance.index))
    return items


def _order(found: ManagedObject) -> Iterable[AttributeKey]:
    attributes = found.attributes
    for key in ATTRIBUTES:
        if key in attributes or key is Tag.UNIQUE_IDENTIFIER or key is Tag.OBJECT_TYPE:
            yield key
    for other in attributes:
        if isinstance(other, VendorName):
            yield other


def _belongs(key: Tag, object_type: ObjectType, ctx: Context) -> bool:
    row = ATTRIBUTES[key]
    # 1.x narrows some attributes to fewer objects; what a client may set and has set is shown all the same.
    return row.applies_to(object_type, ctx.version) or (key is not Tag.STATE and row.client_may_set) or key in GIVEN
