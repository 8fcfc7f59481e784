"""Attributes as they stand in a message, in one form for all versions.

KMIP 1.x sends ``Attribute{Name, Index, Value}``, 2.x sends the value under the attribute's own tag.
Both become an :class:`AttributeItem`; the wire knows how each version writes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kmip_server.spec.enums import LinkType
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


class VendorName(NamedTuple):
    """The name of an attribute that is not the standard's (2.1 §4.60: Vendor Attribute).

    The 1.x custom attribute ``x-foo`` is vendor ``x``, name ``foo`` (2.1 §4.60); a 1.x name that is neither
    the standard's nor starts with ``x-`` or ``y-`` has an empty vendor: no object can have it.
    """

    vendor: str
    name: str


AttributeKey = Tag | VendorName
"""What names an attribute: the standard's tag, or vendor and name."""


@dataclass(slots=True)
class AttributeItem:
    """One attribute in a message; a value of None names the attribute only."""

    key: AttributeKey
    value: Any = None
    index: int | None = None


@dataclass(slots=True)
class Attributes:
    """The attributes a message gives, in its order; 1.x may also name templates to take more from."""

    items: list[AttributeItem] = field(default_factory=list)
    template_names: list[Any] = field(default_factory=list)
    """:class:`~kmip_server.spec.structures.attributes.Name` values (1.4 §2.1.8)."""


class AnyValue(NamedTuple):
    """The value of an attribute that is not the standard's, with the type it came in."""

    item_type: ItemType
    value: Any


LINK_TAGS: dict[LinkType, Tag] = {
    LinkType.DERIVATION_BASE_OBJECT_LINK: Tag.DERIVATION_OBJECT_LINK,
    LinkType.DERIVED_KEY_LINK: Tag.DERIVED_OBJECT_LINK,
} | {link: Tag[link.name] for link in LinkType if link.name in Tag.__members__}
"""3.0, from the test cases: a link is an attribute of its own; before, its Link Type said which."""
