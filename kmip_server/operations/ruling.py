"""What Set Defaults and Set Constraints share: the checks on types and attributes (2.1 §6.1.52.1, §6.1.53.1)."""

from __future__ import annotations

from collections.abc import Iterable

from kmip_server.domain.admission import new_attributes
from kmip_server.errors import InvalidField, KmipError
from kmip_server.operations.changing import title_of
from kmip_server.operations.creating import resolved
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import ObjectType, ResultReason
from kmip_server.spec.structures.keys import OBJECT_STRUCTURES
from kmip_server.spec.tags import Tag


def supported(types: Iterable[ObjectType], ctx: Context) -> None:
    """Refuse object types that the version's clients cannot make here."""
    for object_type in types:
        if object_type not in OBJECT_STRUCTURES or not object_type.in_version(ctx.version):
            raise KmipError(f"a {object_type.title} is not served", ResultReason.INVALID_OBJECT_TYPE)


def settable(item: AttributeItem, types: Iterable[ObjectType], ctx: Context) -> AttributeItem:
    """The attribute as it is kept; one that a client could not give to objects of these types is an Invalid Field."""
    item = resolved(item, ctx)
    try:
        for object_type in types:
            new_attributes([item], object_type, ctx.version)
    except KmipError as error:
        raise InvalidField(error.message) from error
    if item.key is Tag.UNIQUE_IDENTIFIER:
        raise InvalidField("no two objects share an identifier")
    if item.key is Tag.OPERATION_POLICY_NAME and not ctx.knows_policy(item.value):
        raise InvalidField("there is no operation policy of this name")
    return item


def possible(item: AttributeItem, types: Iterable[ObjectType], ctx: Context) -> AttributeItem:
    """The attribute as it is kept; one that objects of these types cannot have is an Invalid Field."""
    item = resolved(item, ctx)
    if item.value is None:
        raise InvalidField(f"{title_of(item.key)} has no value")
    if isinstance(item.key, Tag) and not all(object_type in ATTRIBUTES[item.key].objects for object_type in types):
        raise InvalidField(f"not every object of these types has a {title_of(item.key)}")
    return item
