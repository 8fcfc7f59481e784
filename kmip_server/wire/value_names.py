"""Which enumeration or mask gives the values under a tag their names, in XML and JSON messages.

Additional Message Encodings 1.0 §4.1.6 and §6.1.6: tags, enumeration values and mask components may be
written by name. Nearly every tag holds the enumeration of its own name; the others stand in ``_OTHERS``.
An Attribute Value (1.x) holds that of the attribute whose name stands before it.
"""

from __future__ import annotations

from functools import cache

from kmip_server.spec import cryptoki, enums, masks
from kmip_server.spec.kmip_enum import KmipEnum, KmipMask
from kmip_server.spec.tags import Tag

_OTHERS: dict[int, type[KmipEnum]] = {
    Tag.ATTRIBUTE_REFERENCE: Tag,  # 2.1 §5.5: the tag of an attribute
    Tag.CERTIFICATE_REQUEST_UNIQUE_IDENTIFIER: enums.UniqueIdentifierCode,
    Tag.DATA: enums.DataCode,  # 2.1 §11.13 (Data Enumeration)
    Tag.EXTENSION_TYPE: enums.ItemType,  # 2.1 §7.13
    Tag.LINKED_OBJECT_IDENTIFIER: enums.UniqueIdentifierCode,
    Tag.MASK_GENERATOR_HASHING_ALGORITHM: enums.HashingAlgorithm,
    Tag.PRIVATE_KEY_UNIQUE_IDENTIFIER: enums.UniqueIdentifierCode,
    Tag.PUBLIC_KEY_UNIQUE_IDENTIFIER: enums.UniqueIdentifierCode,
    Tag.REPLACED_UNIQUE_IDENTIFIER: enums.UniqueIdentifierCode,
    Tag.UNIQUE_IDENTIFIER: enums.UniqueIdentifierCode,  # 2.1 §11.58 (Unique Identifier Enumeration)
}
"""Tags whose enumeration has another name."""

_FURTHER_NAMES: dict[int, dict[str, int]] = {
    Tag.CRYPTOGRAPHIC_USAGE_MASK: {"ContentCommitment": 0x00000400},  # so printed from 2.0 on
    Tag.MASK_GENERATOR: {"MGF1": 0x01, "MFG1": 0x01},  # 1.4 and 2.0 spell it differently
    Tag.RESULT_REASON: {"NotAuthorised": 0x39, "NotAuthorized": 0x39},
    Tag.PKCS_11_FUNCTION: cryptoki.NUMBERS,
    Tag.PKCS_11_RETURN_CODE: {code.title: int(code) for code in cryptoki.ReturnCode},
}
"""Names in use that the rows of the enumeration do not give: read, and written where no row names the code."""


@cache
def _enumerations() -> dict[int, type[KmipEnum]]:
    """Every tag that has an enumeration or a mask."""
    rows = [value for room in (enums, masks) for value in vars(room).values()]
    by_name = {
        row.__name__.lower(): row
        for row in rows
        if isinstance(row, type) and issubclass(row, KmipEnum) and row not in (KmipEnum, KmipMask)
    }
    own = {int(tag): by_name.get(tag.name.replace("_", "").lower()) for tag in Tag}
    return {**{tag: row for tag, row in own.items() if row is not None}, **_OTHERS}


@cache
def _tag_codes() -> dict[str, int]:
    return {tag.xml_name: int(tag) for tag in Tag}


@cache
def _tag_names() -> dict[int, str]:
    return {code: name for name, code in _tag_codes().items()}


@cache
def _attribute_tags() -> dict[str, int]:
    return {tag.title: int(tag) for tag in Tag}


@cache
def _codes(tag: int) -> dict[str, int]:
    """Every name that may be read under one of the tags that have names at all."""
    enumeration = _enumerations().get(tag)
    if enumeration is Tag:
        return _tag_codes()
    own = {member.xml_name: int(member) for member in enumeration} if enumeration else {}
    return {**_FURTHER_NAMES.get(tag, {}), **own}


@cache
def _names(tag: int) -> dict[int, str]:
    """The one name that is written for a code under one of the tags that have names at all."""
    names: dict[int, str] = {}
    for name, code in reversed(_codes(tag).items()):
        names.setdefault(code, name)
    return names


def _has_names(tag: int) -> bool:
    # Asked first, so that the tags a stranger makes up never fill the caches above.
    return tag in _enumerations() or tag in _FURTHER_NAMES


def tag_name(tag: int) -> str:
    """Return the tag's encoded name, or its six digits in hexadecimal where it has none."""
    return _tag_names().get(tag) or f"0x{tag:06X}"


def known_tag(tag: int) -> bool:
    """Whether the tag has a name."""
    return tag in _tag_names()


def tag_of(name: str) -> int | None:
    """Return the tag of an encoded name; None where there is none."""
    return _tag_codes().get(name)


def attribute_tag(attribute_name: str) -> int | None:
    """Return the tag whose values a 1.x attribute of this (printed) name has; None for one not the standard's."""
    return _attribute_tags().get(attribute_name)


def named_after(named: int | None, tag: int, value: object) -> int | None:
    """Follow the children of a structure: which attribute is named once this child has been met."""
    return attribute_tag(value) if tag == Tag.ATTRIBUTE_NAME and isinstance(value, str) else named


def names_under(tag: int, named: int | None) -> int:
    """Return the tag whose names a value under ``tag`` may use, where the attribute ``named`` is spoken of."""
    return named if named and tag == Tag.ATTRIBUTE_VALUE else tag


def code_of(tag: int, name: str) -> int | None:
    """Return the code that a name has under a tag; None where it has none."""
    return _codes(tag).get(name) if _has_names(tag) else None


def name_of(tag: int, code: int) -> str | None:
    """Return the name that a code has under a tag; None where it has none."""
    return _names(tag).get(code) if _has_names(tag) else None


def is_mask(tag: int) -> bool:
    """Whether the Integers under the tag are bit masks."""
    enumeration = _enumerations().get(tag)
    return enumeration is not None and issubclass(enumeration, KmipMask)
