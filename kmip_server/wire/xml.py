"""XML: text to tree and back (Additional Message Encodings 1.0 §6).

Read with expat alone, told to know UTF-8 only. A document type declaration is refused when it begins, so
that there is no entity to expand and nothing outside the message to fetch; depth and size are limited as
for TTLV.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from kmip_server.errors import InvalidMessage
from kmip_server.spec.types import ItemType
from kmip_server.wire import text_values, value_names
from kmip_server.wire.tree import DEFAULT_LIMITS, Item, Limits

_NAMESPACE = "urn:oasis:tc:kmip:xmlns"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance "
"""How attributes begin that tell a schema where the XSD lies: they say nothing of the message."""
_GENERIC = "TTLV"
_HEX_NAME = re.compile(r"x[0-9A-Fa-f]{6}")
"""How §6.1.6.5 writes a tag that has no name: no element's name begins with a digit."""
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""Before these expat forgets which encoding it was told."""

_TYPES: dict[str, int] = {kind.xml_name: int(kind) for kind in ItemType}
_TYPE_NAMES: dict[int, str] = {int(kind): kind.xml_name for kind in ItemType}


# --- values ---------------------------------------------------------------------------------------------


def _read_integer(tag: int, text: str) -> int:
    if value_names.is_mask(tag) and not text.lstrip("+-").isdecimal():
        return text_values.read_mask(tag, text)
    return text_values.read_number(text, 32, signed=True)


def _read_boolean(_tag: int, text: str) -> bool:
    # xsd:boolean also allows the digits.
    if text not in ("true", "false", "1", "0"):
        raise ValueError("neither true nor false")
    return text in ("true", "1")


_READ: dict[int, Callable[[int, str], Any]] = {
    ItemType.INTEGER: _read_integer,
    ItemType.LONG_INTEGER: lambda _tag, text: text_values.read_number(text, 64, signed=True),
    ItemType.BIG_INTEGER: lambda _tag, text: text_values.read_big_integer(text),
    ItemType.ENUMERATION: text_values.read_enumeration,
    ItemType.BOOLEAN: _read_boolean,
    ItemType.TEXT_STRING: lambda _tag, text: text_values.read_text(text),
    ItemType.BYTE_STRING: lambda _tag, text: text_values.read_bytes(text),
    ItemType.DATE_TIME: lambda _tag, text: text_values.read_date_time(text),
    ItemType.INTERVAL: lambda _tag, text: text_values.read_number(text, 32, signed=False),
    ItemType.DATE_TIME_EXTENDED: lambda _tag, text: text_values.read_date_time_extended(text),
    ItemType.IDENTIFIER: lambda _tag, text: text_values.read_text(text),
    ItemType.REFERENCE: lambda _tag, text: text_values.read_text(text),
    ItemType.NAME_REFERENCE: lambda _tag, text: text_values.read_text(text),
}


def read_value(names_of: int, kind: int, text: str) -> Any:
    """Read the ``value`` of an element that is no structure; ``names_of`` is the tag whose names it may use.

    A defect is a ValueError that does not tell the text. Blanks around all but texts do not count: the types of
    XML Schema that §6.1.6 names "collapse" them (XML Schema Part 2 §4.3.6).
    """
    return _READ[kind](names_of, text if kind in _TEXTS else text.strip(_BLANKS))


_TEXTS = frozenset({ItemType.TEXT_STRING, ItemType.IDENTIFIER, ItemType.REFERENCE, ItemType.NAME_REFERENCE})
_BLANKS = " \t\r\n"


def _write_integer(tag: int, value: int) -> str:
    names = text_values.write_mask(tag, value) if value_names.is_mask(tag) else []
    return " ".join(names) or str(value)


def _write_text(_tag: int, value: str) -> str:
    # XML 1.0 §2.2 has no form, not even an escaped one, for these: the reply shows that something stood there.
    return "".join(char if _is_xml_char(char) else "\ufffd" for char in value)


def _is_xml_char(char: str) -> bool:
    return (char >= " " and char not in "\ufffe\uffff") or char in "\t\n\r"


_WRITE: dict[int, Callable[[int, Any], str]] = {
    ItemType.INTEGER: _write_integer,
    ItemType.LONG_INTEGER: lambda _tag, value: str(value),
    ItemType.BIG_INTEGER: lambda _tag, value: text_values.write_big_integer(value),
    ItemType.ENUMERATION: text_values.write_enumeration,
    ItemType.BOOLEAN: lambda _tag, value: "true" if value else "false",
    ItemType.TEXT_STRING: _write_text,
    ItemType.BYTE_STRING: lambda _tag, value: value.hex(),
    ItemType.DATE_TIME: lambda _tag, value: text_values.write_date_time(value),
    ItemType.INTERVAL: lambda _tag, value: str(value),
    ItemType.DATE_TIME_EXTENDED: lambda _tag, value: text_values.write_date_time_extended(value),
    ItemType.IDENTIFIER: _write_text,
    ItemType.REFERENCE: _write_text,
    ItemType.NAME_REFERENCE: _write_text,
}


# --- reading --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Open:
    """An element that has begun and not ended."""

    tag: int
    children: list[Item] | None
    """None where the type is no Structure."""
    named: int | None = None
    """The attribute that the last Attribute Name among the children names."""


class _Reader:
    """Builds the tree as expat reports what it meets."""

    def __init__(self, limits: Limits) -> None:
        self._max_depth = limits.max_depth
        self._root: list[Item] = []
        self._open: list[_Open] = [_Open(0, self._root)]
        self._parser = parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction

    def read(self, data: bytes) -> Item:
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            raise InvalidMessage(f"line {error.lineno}: the XML is not well-formed") from None
        return self._root[0]

    def _refuse(self, defect: str) -> NoReturn:
        raise InvalidMessage(f"line {self._parser.CurrentLineNumber}: {defect}")

    def _doctype(self, *_: object) -> None:
        self._refuse("a document type declaration is not accepted")

    def _instruction(self, *_: object) -> None:
        self._refuse("a processing instruction is not accepted")

    def _characters(self, text: str) -> None:
        if not text.isspace():
            self._refuse("there is text between the elements")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        parent = self._open[-1]
        if parent.children is None:
            self._refuse(f"tag {value_names.tag_name(parent.tag)}: an item that is no Structure holds an element")
        tag = self._tag(name, attributes)
        kind = _TYPES.get(attributes.pop("type", "Structure"))
        text = attributes.pop("value", None)
        shown = value_names.tag_name(tag)
        if kind is None:
            self._refuse(f"tag {shown}: the type is not known")
        if not all(each.startswith(_SCHEMA) for each in attributes):
            self._refuse(f"tag {shown}: an XML attribute that the encoding does not have")
        if kind == ItemType.STRUCTURE:
            if text is not None:
                self._refuse(f"tag {shown}: a Structure with a value")
            # The first of the open elements is the document, which is no structure.
            if len(self._open) > self._max_depth:
                self._refuse(f"tag {shown}: structures are nested more than {self._max_depth} deep")
            opened = _Open(tag, [])
            parent.children.append((tag, kind, opened.children))
            self._open.append(opened)
            return
        if text is None:
            self._refuse(f"tag {shown}: there is no value")
        try:
            value = read_value(value_names.names_under(tag, parent.named), kind, text)
        except ValueError as defect:
            self._refuse(f"tag {shown}: {defect}")
        parent.named = value_names.named_after(parent.named, tag, value)
        parent.children.append((tag, kind, value))
        self._open.append(_Open(tag, None))

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _tag(self, name: str, attributes: dict[str, str]) -> int:
        """Take the tag from the element's name, or from the attributes of the general form (§6.1.6)."""
        space, _, local = name.rpartition(" ")
        if space not in ("", _NAMESPACE):
            self._refuse("an element of a foreign namespace")
        if local == _GENERIC:
            attributes.pop("name", None)
            local = attributes.pop("tag", "")
        elif _HEX_NAME.fullmatch(local):
            local = f"0{local}"
        try:
            return text_values.read_tag(local)
        except ValueError:
            self._refuse("an element whose name is no tag")


def parse(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Item:
    """Turn an XML document into the tree of its one item.

    Anything that is not one well-formed item within the limits is an ``InvalidMessage`` that names the
    line, the tag and the defect, and never a value.
    """
    if len(data) > limits.max_size:
        raise InvalidMessage(f"the message has {len(data)} bytes, more than the {limits.max_size} allowed")
    if data[:2] in _UTF_16_MARKS:
        raise InvalidMessage("the XML is not UTF-8")
    return _Reader(limits).read(data)


# --- printing -------------------------------------------------------------------------------------------

_ESCAPES = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
"""Written as they are, these would be read as blanks (XML 1.0 §3.3.3)."""


def print_(item: Item) -> bytes:
    """Turn a tree into an XML document, one element a line.

    Characters that XML cannot carry (U+0001 and other controls) become U+FFFD.
    """
    lines: list[str] = []
    _print_items([item], "", lines)
    return "\n".join([*lines, ""]).encode()


def _print_items(items: list[Item], indent: str, lines: list[str]) -> None:
    named: int | None = None
    for tag, kind, value in items:
        name = value_names.tag_name(tag)
        start = name if value_names.known_tag(tag) else f'{_GENERIC} tag="{name}"'
        if kind == ItemType.STRUCTURE:
            if not value:
                lines.append(f"{indent}<{start}/>")
                continue
            lines.append(f"{indent}<{start}>")
            _print_items(value, indent + "  ", lines)
            lines.append(f"{indent}</{start.partition(' ')[0]}>")
            continue
        text = quoteattr(_WRITE[kind](value_names.names_under(tag, named), value), _ESCAPES)
        lines.append(f'{indent}<{start} type="{_TYPE_NAMES[kind]}" value={text}/>')
        named = value_names.named_after(named, tag, value)
