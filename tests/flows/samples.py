"""A value for every attribute and every kind of field, made from the tables."""

from __future__ import annotations

import dataclasses
from typing import Any

from kmip_server.spec.attribute_rules import AttributeRow
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import ObjectType
from kmip_server.spec.kmip_enum import KmipEnum, KmipMask
from kmip_server.spec.schema import Kind, Special, is_structure
from kmip_server.spec.structures.attributes import ApplicationSpecificInformation
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import Version

FAR = 4_000_000_000
"""A date that no test reaches."""
_PREFERRED = (
    ObjectType.SYMMETRIC_KEY,
    ObjectType.CERTIFICATE,
    ObjectType.PRIVATE_KEY,
    ObjectType.OPAQUE_OBJECT,
)
_PLAIN: dict[ItemType, Any] = {
    ItemType.TEXT_STRING: lambda number: f"text {number}",
    ItemType.BYTE_STRING: lambda number: bytes([number]) * 4,
    ItemType.INTEGER: lambda number: 8 * number,
    ItemType.LONG_INTEGER: lambda number: 100 * number,
    ItemType.BIG_INTEGER: lambda number: 1 << (70 + number),
    ItemType.BOOLEAN: lambda number: bool(number % 2),
    ItemType.DATE_TIME: lambda number: FAR + number,
    ItemType.DATE_TIME_EXTENDED: lambda number: (FAR + number) * 1_000_000,
    ItemType.INTERVAL: lambda number: 60 * number,
    ItemType.ENUMERATION: lambda number: 0x80000000 + number,
}


_OF_OPTIONAL_FIELDS = (
    Tag.CRYPTOGRAPHIC_PARAMETERS,
    Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS,
    Tag.APPLICATION_SPECIFIC_INFORMATION,
)


def sample(kind: Kind, version: Version, number: int = 1, *, whole: bool = False) -> Any:
    """A value of a kind, another one for another number; ``whole`` fills optional fields of structures too."""
    if isinstance(kind, ItemType):
        return _PLAIN[kind](number)
    if kind is Special.UNIQUE_IDENTIFIER:
        return f"object {number}"
    if isinstance(kind, Special):
        raise TypeError(f"no sample for {kind}")
    if issubclass(kind, KmipMask):
        return number
    if issubclass(kind, KmipEnum):
        known = [member for member in kind if member.in_version(version)]
        return known[(number - 1) % len(known)]
    assert is_structure(kind)
    # Application Data left out is the server's to make: another matter, with tests of its own.
    whole = whole or kind is ApplicationSpecificInformation
    values = {}
    for each in dataclasses.fields(kind):
        spec = each.metadata["kmip"]
        if spec.in_version(version) and (spec.required or (whole and not spec.many)):
            values[each.name] = sample(spec.kind, version, number, whole=whole)
    return kind(**values)


def value_of(tag: Tag, version: Version, number: int = 1) -> Any:
    """A value of an attribute; of a structure with no required field, one that has them all."""
    if tag is Tag.OPERATION_POLICY_NAME:
        return ("default", "public")[number - 1]
    whole = tag in _OF_OPTIONAL_FIELDS
    return sample(ATTRIBUTES[tag].kind_in(version), version, number, whole=whole)


def object_type_for(row: AttributeRow, version: Version) -> ObjectType:
    """A type of object that can have the attribute."""
    return next(kind for kind in _PREFERRED if row.applies_to(kind, version) or kind in row.objects)
