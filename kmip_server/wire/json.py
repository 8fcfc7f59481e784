"""JSON: text to tree and back (Additional Message Encodings 1.0 §4).

An item is an object with ``tag``, ``type`` (a Structure where absent) and ``value``; ``name`` is for people
and ignored. A property that stands twice, or that the encoding does not have, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from kmip_server.errors import InvalidMessage
from kmip_server.spec.types import ItemType
from kmip_server.wire import text_values, value_names
from kmip_server.wire.tree import DEFAULT_LIMITS, Item, Limits

_TYPES: dict[str, int] = {kind.xml_name: int(kind) for kind in ItemType}
_TYPE_NAMES: dict[int, str] = {int(kind): kind.xml_name for kind in ItemType}
_PROPERTIES = {"tag", "name", "type", "value"}
_EXACT = 1 << 52
"""§4.1.6.5: "any values >= 2^52 must be represented as hex strings"."""


# --- values ---------------------------------------------------------------------------------------------


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _require_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a string")
    return value


def _number_reader(bits: int, signed: bool) -> Callable[[int, Any], int]:
    def read(_tag: int, value: Any) -> int:
        if _is_number(value):
            return text_values.require_range(value, bits, signed)
        return text_values.read_hex(_require_text(value), bits, signed)

    return read


_read_int = _number_reader(32, signed=True)


def _read_integer(tag: int, value: Any) -> int:
    if isinstance(value, str) and value_names.is_mask(tag):
        return text_values.read_mask(tag, value)
    return _read_int(tag, value)


def _read_big_integer(_tag: int, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = _require_text(value)
    if not text_values.is_hex(text):
        raise ValueError("not a hexadecimal number")
    return text_values.read_big_integer(text)


def _read_enumeration(tag: int, value: Any) -> int:
    if _is_number(value):
        return text_values.require_range(value, 32, signed=False)
    return text_values.read_enumeration(tag, _require_text(value))


def _read_boolean(_tag: int, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    number = text_values.read_hex(_require_text(value), 64, signed=False)
    if number > 1:
        raise ValueError("a Boolean is neither 0 nor 1")
    return number == 1


def _text_reader(read: Callable[[str], Any]) -> Callable[[int, Any], Any]:
    return lambda _tag, value: read(_require_text(value))


_READ: dict[int, Callable[[int, Any], Any]] = {
    ItemType.INTEGER: _read_integer,
    ItemType.LONG_INTEGER: _number_reader(64, signed=True),
    ItemType.BIG_INTEGER: _read_big_integer,
    ItemType.ENUMERATION: _read_enumeration,
    ItemType.BOOLEAN: _read_boolean,
    ItemType.TEXT_STRING: _text_reader(text_values.read_text),
    ItemType.BYTE_STRING: _text_reader(text_values.read_bytes),
    ItemType.DATE_TIME: _text_reader(text_values.read_date_time),
    ItemType.INTERVAL: _number_reader(32, signed=False),
    ItemType.DATE_TIME_EXTENDED: _text_reader(text_values.read_date_time_extended),
    ItemType.IDENTIFIER: _text_reader(text_values.read_text),
    ItemType.REFERENCE: _text_reader(text_values.read_text),
    ItemType.NAME_REFERENCE: _text_reader(text_values.read_text),
}


def _write_integer(tag: int, value: int) -> int | str:
    names = text_values.write_mask(tag, value) if value_names.is_mask(tag) else []
    return "|".join(names) or value


def _write_same(_tag: int, value: Any) -> Any:
    return value


_WRITE: dict[int, Callable[[int, Any], Any]] = {
    ItemType.INTEGER: _write_integer,
    ItemType.LONG_INTEGER: lambda _tag, value: value if -_EXACT < value < _EXACT else text_values.write_hex(value, 64),
    ItemType.BIG_INTEGER: lambda _tag, value: "0x" + text_values.write_big_integer(value),
    ItemType.ENUMERATION: text_values.write_enumeration,
    ItemType.BOOLEAN: _write_same,
    ItemType.TEXT_STRING: _write_same,
    ItemType.BYTE_STRING: lambda _tag, value: value.hex(),
    ItemType.DATE_TIME: lambda _tag, value: text_values.write_date_time(value),
    ItemType.INTERVAL: _write_same,
    ItemType.DATE_TIME_EXTENDED: lambda _tag, value: text_values.write_date_time_extended(value),
    ItemType.IDENTIFIER: _write_same,
    ItemType.REFERENCE: _write_same,
    ItemType.NAME_REFERENCE: _write_same,
}


# --- reading --------------------------------------------------------------------------------------------


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    properties = dict(pairs)
    if len(properties) != len(pairs):
        raise InvalidMessage("a JSON property stands twice in one object")
    return properties


def _no_constant(_name: str) -> NoReturn:
    raise InvalidMessage("a JSON number that is not finite")


def parse(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Item:
    """Turn a JSON text, in UTF-8, into the tree of its one item.

    Anything that is not one well-formed item within the limits is an ``InvalidMessage`` that names the tag
    and the defect, and never a value.
    """
    if len(data) > limits.max_size:
        raise InvalidMessage(f"the message has {len(data)} bytes, more than the {limits.max_size} allowed")
    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except ValueError:  # also: not UTF-8, and a number of thousands of digits
        raise InvalidMessage("the message is not JSON") from None
    except RecursionError:  # the scanner's own bound, far beyond ours
        raise InvalidMessage(f"structures are nested more than {limits.max_depth} deep") from None
    return _item(found, None, limits.max_depth)


def _item(found: object, named: int | None, depth_left: int) -> Item:
    """Turn one JSON object into an item; ``named`` is the attribute an Attribute Name before it names."""
    if not isinstance(found, dict):
        raise InvalidMessage("an item is not a JSON object")
    tag = _tag(found.get("tag"))
    shown = value_names.tag_name(tag)
    if not found.keys() <= _PROPERTIES:
        raise InvalidMessage(f"tag {shown}: a property that the encoding does not have")
    type_name = found.get("type", "Structure")
    kind = _TYPES.get(type_name) if isinstance(type_name, str) else None
    if kind is None:
        raise InvalidMessage(f"tag {shown}: the type is not known")
    if kind == ItemType.STRUCTURE:
        if not depth_left:
            raise InvalidMessage(f"tag {shown}: structures are nested too deep")
        return tag, kind, _children(found.get("value"), shown, depth_left - 1)
    try:
        return tag, kind, _READ[kind](value_names.names_under(tag, named), found.get("value"))
    except ValueError as defect:
        raise InvalidMessage(f"tag {shown}: {defect}") from None


def _children(found: object, shown: str, depth_left: int) -> list[Item]:
    # §4.1.6.2: "value is an Array containing sub-items, or may be null"
    if found is None:
        return []
    if not isinstance(found, list):
        raise InvalidMessage(f"tag {shown}: the value of a Structure is not an array")
    children: list[Item] = []
    named: int | None = None
    for each in found:
        child = _item(each, named, depth_left)
        named = value_names.named_after(named, child[0], child[2])
        children.append(child)
    return children


def _tag(found: object) -> int:
    try:
        return text_values.read_tag(_require_text(found))
    except ValueError:
        raise InvalidMessage("an item whose tag is no tag") from None


# --- printing -------------------------------------------------------------------------------------------


def print_(item: Item) -> bytes:
    """Turn a tree into a JSON text without blanks."""
    return json.dumps(_object(item, None), ensure_ascii=False, separators=(",", ":")).encode()


def _object(item: Item, named: int | None) -> dict[str, Any]:
    tag, kind, value = item
    shown = value_names.tag_name(tag)
    if kind != ItemType.STRUCTURE:
        written = _WRITE[kind](value_names.names_under(tag, named), value)
        return {"tag": shown, "type": _TYPE_NAMES[kind], "value": written}
    children: list[dict[str, Any]] = []
    named = None
    for child in value:
        children.append(_object(child, named))
        named = value_names.named_after(named, child[0], child[2])
    return {"tag": shown, "value": children}
