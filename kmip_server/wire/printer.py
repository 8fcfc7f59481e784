"""From the structures of the standard straight to TTLV bytes, without the tree between (KMIP 2.1 §10.1).

What the tree's way (``Binder.unbind``, then ``ttlv.print_``) writes, this writes, byte for byte, in a third of
the time; a test proves it for every structure in every version. All that does not depend on the value is
made beforehand: an enumeration is one look-up from the member to the bytes of the whole item, a number one
``struct`` call. What has a form of its own in each version (attributes) still goes by the tree.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kmip_server.spec.kmip_enum import KmipEnum, KmipMask
from kmip_server.spec.schema import FieldSpec, Kind, Special, tag_of
from kmip_server.spec.structures.keys import OBJECT_STRUCTURES
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V3_0
from kmip_server.wire import ttlv
from kmip_server.wire.compiling import FieldPrinter, function, printing

if TYPE_CHECKING:
    from kmip_server.wire.binder import Binder

Body = Callable[[Any], bytes]
"""A structure to the bytes of its fields, without its own header."""
Form = tuple[str, tuple[Any, ...]]
"""An expression for the item of ``value``, and what the ``{0}``, ``{1}`` ... in it stand for."""

_HEADER = struct.Struct(">Q").pack
_PADS = tuple(bytes(-length % 8) for length in range(8))
_STRUCTURE = int(ItemType.STRUCTURE)

_FIXED: dict[ItemType, tuple[int, Callable[..., bytes]]] = {
    ItemType.INTEGER: (4, struct.Struct(">Qi4x").pack),
    ItemType.ENUMERATION: (4, struct.Struct(">QI4x").pack),
    ItemType.INTERVAL: (4, struct.Struct(">QI4x").pack),
    ItemType.LONG_INTEGER: (8, struct.Struct(">Qq").pack),
    ItemType.DATE_TIME: (8, struct.Struct(">Qq").pack),
    ItemType.DATE_TIME_EXTENDED: (8, struct.Struct(">Qq").pack),
    ItemType.BOOLEAN: (8, struct.Struct(">QQ").pack),
}
"""Types of one word: their length, and what packs header and value at once."""

_MISFITS = (struct.error, TypeError, AttributeError, KeyError, OverflowError, ValueError)
"""What a value raises that its type cannot hold."""


def _word(tag: int, item_type: int, length: int = 0) -> int:
    """The header of an item as a number; a length that is not known yet is added later."""
    return tag << 40 | item_type << 32 | length


def _text(head: int, value: str) -> bytes:
    encoded = value.encode()
    length = len(encoded)
    return _HEADER(head | length) + encoded + _PADS[length & 7]


def _byte_string(head: int, value: bytes) -> bytes:
    length = len(value)
    return b"".join((_HEADER(head | length), value, _PADS[length & 7]))


class _Items(dict[int, bytes]):
    """An enumeration's values that the version defines, each as its item; of others only extensions are written."""

    def __init__(self, head: int, codes: list[int]) -> None:
        self._head = head
        self._pack = _FIXED[ItemType.ENUMERATION][1]
        super().__init__((code, self._pack(head, code)) for code in codes)

    def __missing__(self, code: int) -> bytes:
        return self._pack(self._head, code) if code >= 0x80000000 else b""


class Printer(dict[type[Any], Body]):
    """Prints every structure in its binder's version: structure class to what prints the fields, once needed."""

    def __init__(self, binder: Binder) -> None:
        super().__init__()
        self._binder = binder

    def __missing__(self, cls: type[Any]) -> Body:
        plan = [self._field(name, spec) for name, spec in self._binder.fields(cls)]
        body = self[cls] = printing(cls, str(self._binder.version), plan)
        return body

    def item(self, tag: int, structure: Any) -> bytes:
        """A structure under a tag; a value that its type cannot hold is a ValueError naming the value's tag."""
        try:
            body = self[type(structure)](structure)
        except _MISFITS:
            # The tree's way says which tag it was.
            return ttlv.print_((tag, _STRUCTURE, self._binder.unbind(structure)))
        return _HEADER(_word(tag, _STRUCTURE, len(body))) + body

    def value(self, tag: int, kind: Kind) -> Callable[[Any], bytes]:
        """What prints a value of a kind under a tag; no bytes where the version cannot express it."""
        form, held = self._form(tag, kind)
        names = {f"n_{place}": each for place, each in enumerate(held)}
        made: Callable[[Any], bytes] = function(
            "item", f"print {Tag(tag).title}", ["def item(value):", f"    return {form.format(*names)}"], names
        )
        return made

    # --- how each kind is printed -------------------------------------------------------------------

    def _field(self, name: str, spec: FieldSpec) -> FieldPrinter:
        tag = int(self._binder.tag(spec))
        if spec.kind is Special.ATTRIBUTES and tag == Tag.ATTRIBUTE:
            return FieldPrinter(name, "{0}(value)", (self._attributes_in_line,))
        form, names = self._form(tag, spec.kind)
        return FieldPrinter(name, form, names, spec.many)

    def _form(self, tag: int, kind: Kind) -> Form:
        if isinstance(kind, Special):
            return "{0}(value)", (self._special(tag, kind),)
        if isinstance(kind, ItemType):
            return _plain_form(tag, kind)
        if issubclass(kind, KmipMask):
            version = self._binder.version
            bits = 0x7FFFFFFF if version is None else kind.all_bits(version)
            return f"{{0}}({_word(tag, ItemType.INTEGER, 4):#x}, value & {bits:#x})", (_FIXED[ItemType.INTEGER][1],)
        if issubclass(kind, KmipEnum):
            codes = [int(member) for member in kind if self._binder.defines(member)]
            return "{0}[value]", (_Items(_word(tag, ItemType.ENUMERATION, 4), codes),)
        return "{0}(value)", (self._structure(tag),)

    def _structure(self, tag: int) -> Callable[[Any], bytes]:
        head = _word(tag, _STRUCTURE)

        def print_structure(value: Any) -> bytes:
            body = self[type(value)](value)
            return _HEADER(head | len(body)) + body

        return print_structure

    def _special(self, tag: int, kind: Special) -> Callable[[Any], bytes]:
        structure = self._structure(tag)
        if kind is Special.OBJECT:
            return self._object()
        if kind is Special.UNIQUE_IDENTIFIER:
            return self._unique_identifier(tag)
        if kind in (Special.KEY_VALUE, Special.KEY_MATERIAL):
            head = _word(tag, ItemType.BYTE_STRING)
            return lambda value: _byte_string(head, value) if isinstance(value, bytes) else structure(value)
        if kind is Special.CREDENTIAL_VALUE:
            return structure
        by_tree = self._by_tree(tag, kind)
        if kind is Special.ANY:
            return lambda value: by_tree(value) if isinstance(value, tuple) else structure(value)
        return by_tree

    def _object(self) -> Callable[[Any], bytes]:
        by_class = {cls: self._structure(int(tag_of(cls) or 0)) for cls in OBJECT_STRUCTURES.values()}
        return lambda value: by_class[type(value)](value)

    def _unique_identifier(self, tag: int) -> Callable[[Any], bytes]:
        version = self._binder.version
        newest = version is not None and version >= V3_0
        head = _word(tag, ItemType.IDENTIFIER if newest else ItemType.TEXT_STRING)
        by_tree = self._by_tree(tag, Special.UNIQUE_IDENTIFIER)
        return lambda value: _text(head, value) if isinstance(value, str) else by_tree(value)

    def _by_tree(self, tag: int, kind: Special) -> Callable[[Any], bytes]:
        write = self._binder.writer(kind)

        def print_by_tree(value: Any) -> bytes:
            written = write(value)
            return b"" if written is None else ttlv.print_((tag, written[0], written[1]))

        return print_by_tree

    def _attributes_in_line(self, group: Any) -> bytes:
        """1.x Attribute structures among a payload's own fields."""
        each = self._binder.dialect.write_each(group)
        return b"".join([ttlv.print_((Tag.ATTRIBUTE, _STRUCTURE, items)) for items in each])


def _plain_form(tag: int, item_type: ItemType) -> Form:
    """How a value that is written as it is becomes an item."""
    fixed = _FIXED.get(item_type)
    if fixed is not None:
        return f"{{0}}({_word(tag, item_type, fixed[0]):#x}, value)", (fixed[1],)
    if item_type is ItemType.BIG_INTEGER:
        return f"{{0}}(({tag:#x}, {int(item_type)}, value))", (ttlv.print_,)
    if item_type is ItemType.BYTE_STRING:
        head = f"{{0}}({_word(tag, item_type):#x} | len(value))"
        return f"{head} + value + {{1}}[len(value) & 7]", (_HEADER, _PADS)
    return f"{{0}}({_word(tag, item_type):#x}, value)", (_text,)
