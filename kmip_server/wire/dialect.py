"""How each version writes attributes: the one big seam between 1.x, 2.x and 3.0.

1.x: ``Attribute{Attribute Name, Attribute Index, Attribute Value}``, alone or in a Template-Attribute
(1.4 §2.1.1, §2.1.8). 2.x: the value under the attribute's own tag inside ``Attributes`` (2.1 §7.2), vendor
attributes as ``Attribute{Vendor Identification, Attribute Name, Attribute Value}`` (2.1 §4.58). 3.0, from the
test cases: Name is plain text and every link an attribute of its own.

An attribute that the version does not know is read as a name no object can have: Locate then finds
nothing, Get Attributes leaves it out, and whoever would set it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kmip_server.errors import InvalidField, InvalidMessage
from kmip_server.spec.attribute_rules import AttributeRow
from kmip_server.spec.attribute_values import (
    LINK_TAGS,
    AnyValue,
    AttributeItem,
    AttributeKey,
    Attributes,
    VendorName,
)
from kmip_server.spec.attributes import ATTRIBUTES, by_name
from kmip_server.spec.enums import NameType, RotateNameType
from kmip_server.spec.structures.attributes import Link, Name, RotateName
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0, V3_0
from kmip_server.wire.compiling import WrongTypeError
from kmip_server.wire.tree import Item

if TYPE_CHECKING:
    from kmip_server.wire.binder import Binder, Read, Write

_STRUCTURE = int(ItemType.STRUCTURE)
_INTEGER = int(ItemType.INTEGER)
_ENUMERATION = int(ItemType.ENUMERATION)
_TEXT = int(ItemType.TEXT_STRING)
_REFERENCE = int(ItemType.REFERENCE)
_LINKS_BY_TAG = {tag: link_type for link_type, tag in LINK_TAGS.items()}

CUSTOM_PREFIXES = ("x", "y")
"""Vendors whose attributes 1.x can name: ``x-`` the client's, ``y-`` the server's (1.4 §3.39)."""


class Dialect:
    """The attribute form of one version."""

    def __init__(self, binder: Binder) -> None:
        self._binder = binder
        version = binder.version
        self._old = version is not None and version < V2_0
        self._newest = version is not None and version >= V3_0
        self._rows: dict[int, AttributeRow] = {
            int(tag): row for tag, row in ATTRIBUTES.items() if version is None or row.in_version(version)
        }
        self._readers: dict[tuple[int, bool], Read] = {}
        self._writers: dict[int, Write] = {}

    # --- one attribute, read ------------------------------------------------------------------------

    def read_one(self, items: list[Item], partial: bool = False) -> AttributeItem:
        """Read the fields of a 1.x Attribute, or of a 2.x vendor attribute."""
        name: str | None = None
        index: int | None = None
        vendor: str | None = None
        value: tuple[int, Any] | None = None
        for tag, kind, content in items:
            if tag == Tag.ATTRIBUTE_NAME and kind == _TEXT and name is None:
                name = content
            elif tag == Tag.ATTRIBUTE_VALUE and value is None:
                value = (kind, content)
            elif self._old and tag == Tag.ATTRIBUTE_INDEX and kind == _INTEGER and index is None:
                index = content
            elif not self._old and tag == Tag.VENDOR_IDENTIFICATION and kind == _TEXT and vendor is None:
                vendor = content
            else:
                raise InvalidMessage("Attribute holds a field that is unknown, repeated or of the wrong type")
        if name is None:
            raise InvalidMessage("Attribute Name is missing in Attribute")
        if self._old:
            return self._old_attribute(name, index, value, partial)
        if vendor is None:
            raise InvalidMessage("Vendor Identification is missing in Attribute")
        return AttributeItem(VendorName(vendor, name), None if value is None else _any(*value))

    def _old_attribute(self, name: str, index: int | None, value: Any, partial: bool) -> AttributeItem:
        key = self.key_of_name(name)
        if value is None:
            return AttributeItem(key, None, index)
        if isinstance(key, VendorName):
            if value[0] == _STRUCTURE and any(kind == _STRUCTURE for _, kind, _ in value[1]):
                # 1.4 §3.39: "If a structure, then the structure SHALL NOT include sub structures"; 2.0 left this out.
                raise InvalidField(f"the structure in {name} holds structures")
            return AttributeItem(key, _any(*value), index)
        return AttributeItem(key, self._value(key, value[0], value[1], partial), index)

    def key_of_name(self, name: str) -> AttributeKey:
        """The key a 1.x Attribute Name stands for."""
        row = by_name(name)
        if row is not None and int(row.tag) in self._rows:
            return row.tag
        prefix, dash, rest = name.partition("-")
        if dash and prefix in CUSTOM_PREFIXES:
            return VendorName(prefix, rest)
        return VendorName("", name)

    def _value(self, key: Tag, kind: int, content: Any, partial: bool) -> Any:
        read = self._readers.get((key, partial))
        if read is None:
            read = self._readers[(key, partial)] = self._binder.reader(self._rows[key].kind, partial=partial)
        try:
            return read(kind, content)
        except WrongTypeError:
            raise InvalidField(f"the value of {key.title} is of the wrong type") from None

    def _tagged(self, tag: int, kind: int, content: Any, partial: bool) -> AttributeItem:
        """Read one attribute of a 2.x Attributes structure."""
        if tag == Tag.ATTRIBUTE:
            if kind != _STRUCTURE:
                raise InvalidMessage("Attribute is of the wrong type")
            return self.read_one(content)
        if self._newest:
            link_type = _LINKS_BY_TAG.get(Tag(tag))
            if link_type is not None:
                return AttributeItem(Tag.LINK, Link(link_type=link_type, linked_object_identifier=content))
            if tag == Tag.NAME and kind == _TEXT:
                return AttributeItem(Tag.NAME, Name(name_value=content, name_type=NameType.UNINTERPRETED_TEXT_STRING))
            if tag == Tag.ROTATE_NAME and kind == _TEXT:
                plain = RotateNameType.UNINTERPRETED_TEXT_STRING
                return AttributeItem(Tag.ROTATE_NAME, RotateName(rotate_name_value=content, rotate_name_type=plain))
        if tag not in self._rows:
            return AttributeItem(VendorName("", Tag(tag).title), _any(kind, content))
        key = self._rows[tag].tag
        return AttributeItem(key, self._value(key, kind, content, partial))

    # --- many attributes, read ----------------------------------------------------------------------

    def gather(self, group: Attributes | None, kind: int, content: Any) -> Attributes:
        """Add a 1.x Attribute that stands among a payload's own fields to the payload's attributes."""
        if kind != _STRUCTURE:
            raise InvalidMessage("Attribute is of the wrong type")
        if group is None:
            group = Attributes()
        group.items.append(self.read_one(content, partial=True))
        return group

    def read_group(self, kind: int, content: Any) -> Attributes:
        """Read a Template-Attribute or an Attributes structure."""
        return self._group(kind, content, False)

    def read_group_partial(self, kind: int, content: Any) -> Attributes:
        """The same for Locate, where structures may lack fields (1.4 §4.9)."""
        return self._group(kind, content, True)

    def _group(self, kind: int, content: Any, partial: bool) -> Attributes:
        if kind != _STRUCTURE:
            raise InvalidMessage("the attributes are of the wrong type")
        group = Attributes()
        for tag, item_type, value in content:
            if not self._old:
                group.items.append(self._tagged(tag, item_type, value, partial))
            elif item_type != _STRUCTURE:
                raise InvalidMessage("Template-Attribute holds something else than names and attributes")
            elif tag == Tag.ATTRIBUTE:
                group.items.append(self.read_one(value, partial))
            elif tag == Tag.NAME:
                group.template_names.append(self._binder.bind(Name, value))
            else:
                raise InvalidField("Template-Attribute holds something else than names and attributes")
        return group

    def read_single(self, kind: int, content: Any) -> AttributeItem:
        """Read the one attribute of Add, Modify, Set or Delete Attribute."""
        if kind != _STRUCTURE:
            raise InvalidMessage("the attribute is of the wrong type")
        if self._old:
            return self.read_one(content)
        if len(content) != 1:
            raise InvalidField("exactly one attribute is wanted")
        tag, item_type, value = content[0]
        return self._tagged(tag, item_type, value, False)

    def read_reference(self, kind: int, content: Any) -> AttributeKey:
        """Read an Attribute Name, or an Attribute Reference."""
        if kind == _TEXT:
            return self.key_of_name(content) if self._old else VendorName("", content)
        if kind == _ENUMERATION and not self._old:
            tag = Tag(content)
            return tag if int(tag) in self._rows or tag in _LINKS_BY_TAG else VendorName("", tag.title)
        if kind == _STRUCTURE and not self._old:
            item = self.read_one(content)
            return item.key
        raise InvalidMessage("the attribute is named in a form this protocol version does not know")

    # --- writing ------------------------------------------------------------------------------------

    def write_value(self, key: Tag, value: Any) -> tuple[int, Any] | None:
        """The item type and value of a standard attribute; None when the version cannot express it."""
        row = self._rows.get(key)
        if row is None:
            return None
        write = self._writers.get(key)
        if write is None:
            write = self._writers[key] = self._binder.writer(row.kind)
        return write(value)

    def write_each(self, group: Attributes) -> Iterable[list[Item]]:
        """The 1.x Attribute structures of a group, each as its items."""
        for item in group.items:
            written = self._old_items(item)
            if written is not None:
                yield written

    def _old_items(self, item: AttributeItem) -> list[Item] | None:
        name = self.name_of_key(item.key)
        if name is None:
            return None
        items: list[Item] = [(Tag.ATTRIBUTE_NAME, _TEXT, name)]
        if item.index:
            items.append((Tag.ATTRIBUTE_INDEX, _INTEGER, item.index))
        if item.value is None:
            return items
        if isinstance(item.key, VendorName):
            items.append((Tag.ATTRIBUTE_VALUE, item.value.item_type, item.value.value))
            return items
        written = self.write_value(item.key, item.value)
        if written is None:
            return None
        items.append((Tag.ATTRIBUTE_VALUE, written[0], written[1]))
        return items

    def name_of_key(self, key: AttributeKey) -> str | None:
        """The 1.x Attribute Name of a key; None when 1.x cannot name it."""
        if isinstance(key, VendorName):
            return f"{key.vendor}-{key.name}" if key.vendor in CUSTOM_PREFIXES else None
        row = self._rows.get(key)
        return None if row is None else row.name

    def _tagged_item(self, item: AttributeItem) -> Item | None:
        """The item of one attribute inside a 2.x Attributes structure."""
        if isinstance(item.key, VendorName):
            items: list[Item] = [
                (Tag.VENDOR_IDENTIFICATION, _TEXT, item.key.vendor),
                (Tag.ATTRIBUTE_NAME, _TEXT, item.key.name),
            ]
            if item.value is not None:
                items.append((Tag.ATTRIBUTE_VALUE, item.value.item_type, item.value.value))
            return Tag.ATTRIBUTE, _STRUCTURE, items
        if self._newest and item.key is Tag.LINK:
            return LINK_TAGS[item.value.link_type], _REFERENCE, item.value.linked_object_identifier
        if self._newest and item.key is Tag.NAME:
            return Tag.NAME, _TEXT, item.value.name_value
        if self._newest and item.key is Tag.ROTATE_NAME:
            return Tag.ROTATE_NAME, _TEXT, item.value.rotate_name_value
        written = self.write_value(item.key, item.value)
        return None if written is None else (item.key, written[0], written[1])

    def write_group(self, group: Attributes) -> tuple[int, Any]:
        """A Template-Attribute, or an Attributes structure."""
        items: list[Item] = []
        if self._old:
            items.extend((Tag.NAME, _STRUCTURE, self._binder.unbind(name)) for name in group.template_names)
            items.extend((Tag.ATTRIBUTE, _STRUCTURE, each) for each in self.write_each(group))
        else:
            for item in group.items:
                written = self._tagged_item(item)
                if written is not None:
                    items.append(written)
        return _STRUCTURE, items

    def write_single(self, item: AttributeItem) -> tuple[int, Any] | None:
        """The one attribute of an answer."""
        if self._old:
            items = self._old_items(item)
            return None if items is None else (_STRUCTURE, items)
        tagged = self._tagged_item(item)
        return None if tagged is None else (_STRUCTURE, [tagged])

    def write_reference(self, key: AttributeKey) -> tuple[int, Any] | None:
        """An Attribute Name, or an Attribute Reference."""
        if self._old:
            name = self.name_of_key(key)
            return None if name is None else (_TEXT, name)
        if isinstance(key, VendorName):
            return _STRUCTURE, [
                (Tag.VENDOR_IDENTIFICATION, _TEXT, key.vendor),
                (Tag.ATTRIBUTE_NAME, _TEXT, key.name),
            ]
        if int(key) in self._rows or (self._newest and key in _LINKS_BY_TAG):
            return _ENUMERATION, int(key)
        return None


def _any(kind: int, content: Any) -> AnyValue:
    return AnyValue(ItemType(kind), content)
