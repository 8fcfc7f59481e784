"""How a structure of the standard is declared: a dataclass whose fields carry tag, kind and versions.

    @structure(Tag.DIGEST)
    class Digest:
        hashing_algorithm: HashingAlgorithm = field(Tag.HASHING_ALGORITHM, HashingAlgorithm)
        digest_value: bytes | None = field(Tag.DIGEST_VALUE, ItemType.BYTE_STRING, default=None)
        key_format_type: KeyFormatType | None = field(Tag.KEY_FORMAT_TYPE, KeyFormatType, since=V1_1, default=None)

Declaration only: how such a class becomes bytes is the wire's business. Fields stand in the order in
which the standard prints them; that is the order in which they are written (KMIP 2.1 §10.1).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar, dataclass_transform

from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V3_0, Version

_T = TypeVar("_T")


class Special(Enum):
    """Kinds whose form depends on the version or on a neighbouring field."""

    UNIQUE_IDENTIFIER = "text; since 2.0 also an enumeration or an integer (2.1 §4.58); 3.0: Identifier"
    DATA = "bytes; since 2.0 also an enumeration or an integer, of which the engine makes bytes (2.1 §7.9)"
    ATTRIBUTES = "1.x: Template-Attribute or repeated Attribute; since 2.0: a structure of tagged attributes"
    ATTRIBUTE = "1.x: Attribute; since 2.0: a structure that holds one tagged attribute"
    ATTRIBUTE_REFERENCE = "1.x: Attribute Name; since 2.0: Attribute Reference, a tag or vendor and name"
    OBJECT = "a managed object, under the tag of its Object Type"
    KEY_VALUE = "a structure, or a byte string where the key is wrapped"
    KEY_MATERIAL = "a byte string, or a structure for the transparent key formats"
    CREDENTIAL_VALUE = "a structure chosen by the Credential Type"
    ANY = "whatever stands there, kept as it came"


Kind = ItemType | type[Any] | Special
"""What a field holds: an item type, an enumeration, a mask, a structure class or a special kind."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What the standard says of one field."""

    tag: Tag
    kind: Kind
    since: Version = V1_0
    until: Version = V3_0
    many: bool = False
    required: bool = False
    before_2: Tag | None = None
    """The tag that stands here in 1.x, where the attribute form changed with 2.0."""
    partial: bool = False
    """Structures inside may lack fields that are required elsewhere (Locate, 1.4 §4.9)."""

    def in_version(self, version: Version) -> bool:
        """Whether the version defines this field."""
        return self.since <= version <= self.until

    def tag_in(self, version: Version) -> Tag:
        """The tag this field has in the version."""
        return self.before_2 if self.before_2 is not None and version.major < 2 else self.tag


_REQUIRED: Any = object()


def field(
    tag: Tag,
    kind: Kind,
    *,
    since: Version = V1_0,
    until: Version = V3_0,
    before_2: Tag | None = None,
    partial: bool = False,
    default: None = _REQUIRED,
    default_factory: type[list[Any]] | None = None,
) -> Any:
    """Declare one field, as dataclasses do: no default means required, a list that it may be repeated."""
    many = default_factory is not None
    required = default is _REQUIRED and not many
    metadata = {"kmip": FieldSpec(tag, kind, since, until, many, required, before_2, partial)}
    if default_factory is not None:
        return dataclasses.field(default_factory=default_factory, metadata=metadata)
    if required:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=None, metadata=metadata)


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def structure(tag: Tag) -> Callable[[type[_T]], type[_T]]:
    """Make a class a structure of the standard that stands under the given tag."""

    def declare(cls: type[_T]) -> type[_T]:
        made = dataclass(slots=True, kw_only=True)(cls)
        made.__kmip_tag__ = tag  # type: ignore[attr-defined]  # the one fact about a class that is no field
        return made

    return declare


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def payload(cls: type[_T]) -> type[_T]:
    """Make a class a request or response payload: a structure whose tag its direction decides."""
    made = dataclass(slots=True, kw_only=True)(cls)
    made.__kmip_tag__ = None  # type: ignore[attr-defined]
    return made


def fields_of(cls: type[Any]) -> tuple[tuple[str, FieldSpec], ...]:
    """The declared fields of a structure, in the standard's order."""
    return tuple((f.name, f.metadata["kmip"]) for f in dataclasses.fields(cls))


def tag_of(cls: type[Any]) -> Tag | None:
    """The tag a structure stands under; None for a payload."""
    tag: Tag | None = cls.__kmip_tag__
    return tag


def is_structure(kind: object) -> bool:
    """Whether a kind is a structure class."""
    return isinstance(kind, type) and hasattr(kind, "__kmip_tag__")
