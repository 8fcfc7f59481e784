"""What the database holds of an object: KMIP's own encoding, in a form that knows every version.

Attributes are one Attributes structure; an instance whose index is not its place is preceded by its
index. Neither pickles nor a private format: ``tools/decode`` reads it like any message.
"""

from __future__ import annotations

from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.errors import InvalidMessage
from kmip_server.spec.attribute_values import AnyValue, AttributeKey, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.schema import tag_of
from kmip_server.spec.structures.keys import (
    OBJECT_STRUCTURES,
    KeyValue,
    ManagedObjectStructure,
    TransparentKeyMaterial,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import Version
from kmip_server.wire import ttlv
from kmip_server.wire.binder import Binder, Read
from kmip_server.wire.tree import Item, Limits

_STRUCTURE = int(ItemType.STRUCTURE)
_INTEGER = int(ItemType.INTEGER)
_TEXT = int(ItemType.TEXT_STRING)
_LIMITS = Limits(max_size=1 << 30)
"""What the server itself has written is bounded by what it once accepted."""


class WireCodec:
    """Packs attributes, the form of objects and transparent key material for the database."""

    def __init__(self) -> None:
        self._binder = Binder(None)
        self._versions: dict[Version, Binder] = {}
        self._objects = {int(tag_of(cls) or 0): cls for cls in OBJECT_STRUCTURES.values()}
        self._readers: dict[int, tuple[Tag, Read]] = {
            int(tag): (tag, self._binder.reader(row.kind)) for tag, row in ATTRIBUTES.items()
        }

    def pack(self, attributes: AttributeMap) -> bytes:
        """Attributes to bytes."""
        items: list[Item] = []
        for key in attributes:
            for place, instance in enumerate(attributes.instances(key)):
                if instance.index != place:
                    items.append((Tag.ATTRIBUTE_INDEX, _INTEGER, instance.index))
                items.append(self._item(key, instance.value))
        return ttlv.print_((Tag.ATTRIBUTES, _STRUCTURE, items))

    def _item(self, key: AttributeKey, value: Any) -> Item:
        if isinstance(key, VendorName):
            return (
                Tag.ATTRIBUTE,
                _STRUCTURE,
                [
                    (Tag.VENDOR_IDENTIFICATION, _TEXT, key.vendor),
                    (Tag.ATTRIBUTE_NAME, _TEXT, key.name),
                    (Tag.ATTRIBUTE_VALUE, int(value.item_type), value.value),
                ],
            )
        written = self._binder.dialect.write_value(key, value)
        if written is None:
            raise ValueError(f"{key.title} cannot be stored")
        return key, written[0], written[1]

    def unpack(self, packed: bytes) -> AttributeMap:
        """Bytes to attributes."""
        attributes = AttributeMap()
        index: int | None = None
        places: dict[AttributeKey, int] = {}
        for tag, kind, value in ttlv.parse(packed, _LIMITS)[2]:
            if tag == Tag.ATTRIBUTE_INDEX:
                index = value
                continue
            key: AttributeKey
            if tag == Tag.ATTRIBUTE:
                key = VendorName(value[0][2], value[1][2])
                content: Any = AnyValue(ItemType(value[2][1]), value[2][2])
            else:
                key, read = self._readers[tag]
                content = read(kind, value)
            place = places.get(key, 0)
            places[key] = place + 1
            attributes.keep(key, place if index is None else index, content)
            index = None
        return attributes

    def pack_object(self, structure: ManagedObjectStructure) -> bytes:
        """An object's structure, its secret left out, to bytes."""
        return ttlv.print_((int(tag_of(type(structure)) or 0), _STRUCTURE, self._binder.unbind(structure)))

    def unpack_object(self, packed: bytes) -> ManagedObjectStructure:
        """Bytes to an object's structure; made anew for each caller, who may fill the secret in."""
        tag, _, items = ttlv.parse(packed, _LIMITS)
        structure: ManagedObjectStructure = self._binder.bind(self._objects[tag], items)
        return structure

    def pack_material(self, material: TransparentKeyMaterial) -> bytes:
        """Transparent key material to bytes, for sealing."""
        return ttlv.print_((Tag.KEY_MATERIAL, _STRUCTURE, self._binder.unbind(material)))

    def unpack_material(self, packed: bytes) -> TransparentKeyMaterial:
        """Unsealed bytes to transparent key material."""
        material: TransparentKeyMaterial = self._binder.bind(TransparentKeyMaterial, ttlv.parse(packed, _LIMITS)[2])
        return material

    def encode_key_value(self, value: KeyValue, version: Version) -> bytes:
        """A key value in TTLV, as the version writes it: what is wrapped with TTLV encoding (2.1 §11.21)."""
        return ttlv.print_((Tag.KEY_VALUE, _STRUCTURE, self._of(version).unbind(value)))

    def decode_key_value(self, encoded: bytes, version: Version) -> KeyValue:
        """A key value from TTLV; InvalidMessage or InvalidField where the bytes are none."""
        tag, kind, items = ttlv.parse(encoded)
        if tag != Tag.KEY_VALUE or kind != _STRUCTURE:
            raise InvalidMessage("the bytes are no Key Value")
        value: KeyValue = self._of(version).bind(KeyValue, items)
        return value

    def _of(self, version: Version) -> Binder:
        binder = self._versions.get(version)
        if binder is None:
            binder = self._versions[version] = Binder(version)
        return binder
