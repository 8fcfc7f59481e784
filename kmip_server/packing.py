"""What the database holds of an object: KMIP's own encoding, in a form that knows every version.

Attributes are one Attributes structure; an instance whose index is not its place is preceded by its
index. Neither pickles nor a private format: ``tools/decode`` reads it like any message.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from kmip_server.domain.attribute_map import AttributeMap, Instance
from kmip_server.errors import InvalidMessage
from kmip_server.ports import Packed
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
from kmip_server.wire.printer import Printer
from kmip_server.wire.tree import Item, Limits

_STRUCTURE = int(ItemType.STRUCTURE)
_INTEGER = int(ItemType.INTEGER)
_TEXT = int(ItemType.TEXT_STRING)
_ATTRIBUTE = int(Tag.ATTRIBUTE)
_ATTRIBUTE_INDEX = int(Tag.ATTRIBUTE_INDEX)
_ATTRIBUTES_WORD = Tag.ATTRIBUTES << 40 | _STRUCTURE << 32
"""The header of the Attributes structure, less its length."""
_LIMITS = Limits(max_size=1 << 30)
"""What the server itself has written is bounded by what it once accepted."""
_KEPT_FORMS = 256
_KEPT_FORM_SIZE = 512
"""How many forms are remembered, and how many bytes one may have."""


class WireCodec:
    """Packs attributes, the form of objects and transparent key material for the database."""

    def __init__(self) -> None:
        self._binder = Binder(None)
        self._printer = Printer(self._binder)
        self._versions: dict[Version, Binder] = {}
        self._objects = {int(tag_of(cls) or 0): cls for cls in OBJECT_STRUCTURES.values()}
        self._readers: dict[int, tuple[Tag, Read]] = {
            int(tag): (tag, self._binder.reader(row.kind)) for tag, row in ATTRIBUTES.items()
        }
        self._printers: dict[Tag, Callable[[Any], bytes]] = {
            tag: self._printer.value(tag, row.kind) for tag, row in ATTRIBUTES.items()
        }
        self._forms: dict[bytes, tuple[Item, ManagedObjectStructure]] = {}
        """Forms come again and again (AES-256, Raw ...): the tree, and what it says, for those who only read it."""

    def pack(self, attributes: AttributeMap, but: Collection[AttributeKey] = ()) -> bytes:
        """Attributes to bytes, without those of ``but`` that have just one instance."""
        chunks: list[bytes] = []
        add = chunks.append
        for key, instances in attributes.every():
            if key in but and len(instances) == 1 and not instances[0].index:
                continue
            place = 0
            print_value = _print_vendor_attribute(key) if isinstance(key, VendorName) else self._printers[key]
            for instance in instances:
                if instance.index != place:
                    add(ttlv.print_((_ATTRIBUTE_INDEX, _INTEGER, instance.index)))
                printed = print_value(instance.value)
                if not printed:
                    raise ValueError(f"{key} cannot be stored")
                add(printed)
                place += 1
        body = b"".join(chunks)
        return (_ATTRIBUTES_WORD | len(body)).to_bytes(8, "big") + body

    def unpack(self, packed: bytes) -> AttributeMap:
        """Bytes to attributes."""
        instances: dict[AttributeKey, list[Instance]] = {}
        index: int | None = None
        for tag, kind, value in ttlv.parse(packed, _LIMITS)[2]:
            if tag == _ATTRIBUTE_INDEX:
                index = value
                continue
            key: AttributeKey
            if tag == _ATTRIBUTE:
                key = VendorName(value[0][2], value[1][2])
                content: Any = AnyValue(ItemType(value[2][1]), value[2][2])
            else:
                key, read = self._readers[tag]
                content = read(kind, value)
            before = instances.get(key)
            if before is None:
                instances[key] = [Instance(0 if index is None else index, content)]
            else:
                before.append(Instance(len(before) if index is None else index, content))
            index = None
        return AttributeMap(instances)

    def pack_object(self, structure: ManagedObjectStructure) -> bytes:
        """An object's structure, its secret left out, to bytes."""
        return self._printer.item(int(tag_of(type(structure)) or 0), structure)

    def unpack_object(self, packed: bytes) -> ManagedObjectStructure:
        """Bytes to an object's structure; made anew for each caller, who may fill the secret in."""
        return self._bound(self._form(packed)[0])

    def shared_form(self, packed: bytes) -> ManagedObjectStructure:
        """The same structure for every caller: to be read, never to be filled in."""
        return self._form(packed)[1]

    def _form(self, packed: bytes) -> tuple[Item, ManagedObjectStructure]:
        form = self._forms.get(packed)
        if form is None:
            tree = ttlv.parse(packed, _LIMITS)
            form = tree, self._bound(tree)
            if len(packed) <= _KEPT_FORM_SIZE:
                if len(self._forms) >= _KEPT_FORMS:
                    self._forms.clear()
                self._forms[packed] = form
        return form

    def _bound(self, tree: Item) -> ManagedObjectStructure:
        structure: ManagedObjectStructure = self._binder.bind(self._objects[tree[0]], tree[2])
        return structure

    def pack_material(self, material: TransparentKeyMaterial) -> bytes:
        """Transparent key material to bytes, for sealing."""
        return self._printer.item(Tag.KEY_MATERIAL, material)

    def unpack_material(self, packed: bytes) -> TransparentKeyMaterial:
        """Unsealed bytes to transparent key material."""
        material: TransparentKeyMaterial = self._binder.bind(TransparentKeyMaterial, ttlv.parse(packed, _LIMITS)[2])
        return material

    def pack_structure(self, structure: Any) -> bytes:
        """Any structure or payload to bytes."""
        return self._printer.item(int(tag_of(type(structure)) or Tag.REQUEST_PAYLOAD), structure)

    def unpack_structure(self, kind: type[Packed], packed: bytes) -> Packed:
        """Bytes to a structure or payload of this class."""
        made: Packed = self._binder.bind(kind, ttlv.parse(packed, _LIMITS)[2])
        return made

    def pack_payload(self, payload: Any, version: Version) -> bytes:
        """A payload to bytes, as the version writes it."""
        return ttlv.print_((Tag.REQUEST_PAYLOAD, _STRUCTURE, self._of(version).unbind(payload)))

    def unpack_payload(self, kind: type[Packed], packed: bytes, version: Version) -> Packed:
        """Bytes to a payload of this class, as the version reads it."""
        made: Packed = self._of(version).bind(kind, ttlv.parse(packed, _LIMITS)[2])
        return made

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


def _print_vendor_attribute(key: VendorName) -> Callable[[Any], bytes]:
    """What prints the values of an attribute that is not the standard's."""

    def print_value(value: AnyValue) -> bytes:
        named: list[Item] = [
            (Tag.VENDOR_IDENTIFICATION, _TEXT, key.vendor),
            (Tag.ATTRIBUTE_NAME, _TEXT, key.name),
            (Tag.ATTRIBUTE_VALUE, int(value.item_type), value.value),
        ]
        return ttlv.print_((_ATTRIBUTE, _STRUCTURE, named))

    return print_value
