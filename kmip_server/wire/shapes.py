"""Remembered shapes of requests: what repeats is compared, and only what is new is read.

A client sends the same few requests all day: the same header, operation and parameters, and between them
another identifier or other data. After one such request was read the long way, its *shape* is kept: the bytes
that must stand there again, and where the texts and byte strings of the payload stand. A later request of the
same header and length whose other bytes are the same can only mean the same, so that its payload is made from
the spans alone, in a fifth of the time. What differs anywhere else is read the long way, as if there were no
shapes; so is every error.

Only numbers, enumerations and the standard's own attribute names are among the bytes that are kept: of what may
be secret, or is a client's own (identifiers, data, names), nothing is. A request that has such a thing elsewhere
than as a field of its payload has no shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.attributes import by_name
from kmip_server.spec.schema import FieldSpec, Special, fields_of, is_structure
from kmip_server.spec.structures.envelope import RequestBatchItem
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire.binder import Binder

_HEADER = 8
_STRUCTURE, _TEXT, _BYTES = int(ItemType.STRUCTURE), int(ItemType.TEXT_STRING), int(ItemType.BYTE_STRING)
_ONE_WORD = frozenset(
    int(each)
    for each in (
        ItemType.INTEGER,
        ItemType.LONG_INTEGER,
        ItemType.ENUMERATION,
        ItemType.BOOLEAN,
        ItemType.DATE_TIME,
        ItemType.INTERVAL,
    )
)
_SHARED = (CryptographicParameters, Attributes)
"""Structures that nobody changes: requests of one shape share them."""
_ATTRIBUTE_NAME = int(Tag.ATTRIBUTE_NAME)
_MOST = 1024
"""How many shapes are kept; each has about half a kilobyte."""
_OF_ONE_LENGTH = 4
"""How many of them may have the same header and length."""

_NO_FIELD: tuple[str, FieldSpec | None] = "", None

Spans = list[tuple[str, int, int, bool]]
"""Field, where its value begins and ends, and whether it is text."""


class Shape:
    """One shape: what must stand where, and what is taken from where."""

    __slots__ = ("_cls", "_constant", "_item", "_kept", "_lists", "_spans")

    def __init__(self, data: bytes, start: int, item: RequestBatchItem, spans: Spans) -> None:
        payload = item.request_payload
        self._item = item.operation
        self._cls = type(payload)
        self._spans = spans
        taken = {name for name, _, _, _ in spans}
        names = [name for name, _ in fields_of(self._cls) if name not in taken]
        self._kept = [(name, getattr(payload, name)) for name in names if not isinstance(getattr(payload, name), list)]
        self._lists = [name for name in names if isinstance(getattr(payload, name), list)]
        edges = [start, *(edge for _, begin, end, _ in spans for edge in (begin, end)), len(data)]
        self._constant = [(a, b, data[a:b]) for a, b in zip(edges[::2], edges[1::2], strict=True)]

    def read(self, data: bytes) -> RequestBatchItem | None:
        """The batch item of a message of this header and length; None where it is of another shape."""
        for begin, end, constant in self._constant:
            if data[begin:end] != constant:
                return None
        payload = object.__new__(self._cls)
        for name, begin, end, text in self._spans:
            value: Any = data[begin:end]
            if text:
                try:
                    value = value.decode()
                except UnicodeDecodeError:
                    return None
                if "\0" in value:
                    return None
            setattr(payload, name, value)
        for name, value in self._kept:
            setattr(payload, name, value)
        for name in self._lists:
            setattr(payload, name, [])
        item: RequestBatchItem = object.__new__(RequestBatchItem)
        item.operation = self._item
        item.ephemeral = item.unique_batch_item_id = None
        item.request_payload = payload
        item.message_extension = []
        return item


class Shapes:
    """The shapes seen by one reader of messages."""

    def __init__(self, binders: Mapping[Any, Binder]) -> None:
        self._binders = binders
        self._known: dict[tuple[bytes, int], list[Shape]] = {}
        self._count = 0
        self._shapeless: set[tuple[type[Any], int]] = set()
        """Payloads and lengths of messages that had no shape: they are not looked at again."""

    def read(self, head: bytes, data: bytes) -> RequestBatchItem | None:
        """The one batch item of a message with this header, where its shape is known."""
        shapes = self._known.get((head, len(data)))
        if shapes is None:
            return None
        for shape in shapes:
            item = shape.read(data)
            if item is not None:
                return item
        return None

    def learn(self, head: bytes, data: bytes, start: int, version: Any, item: RequestBatchItem) -> None:
        """Keep the shape of a request that was read the long way; ``start`` is where its batch item begins."""
        if (type(item.request_payload), len(data)) in self._shapeless:
            return
        if len(self._known.get((head, len(data)), ())) >= _OF_ONE_LENGTH:
            return
        spans = _spans(data, start, item, self._binders[version])
        if spans is None:
            if len(self._shapeless) >= _MOST:
                self._shapeless.clear()
            self._shapeless.add((type(item.request_payload), len(data)))
            return
        if self._count >= _MOST:
            self._known.clear()
            self._count = 0
        self._known.setdefault((head, len(data)), []).append(Shape(data, start, item, spans))
        self._count += 1


def _spans(data: bytes, start: int, item: RequestBatchItem, binder: Binder) -> Spans | None:
    """Where a well-formed request has the strings of its payload; None where it has no shape."""
    inner = list(_items(data, start + _HEADER, len(data)))
    # An operation that is not served, and a payload in error, are not structures.
    if [each[0] for each in inner] != [Tag.OPERATION, Tag.REQUEST_PAYLOAD] or not is_structure(
        type(item.request_payload)
    ):
        return None
    fields = {int(binder.tag(spec)): (name, spec) for name, spec in binder.fields(type(item.request_payload))}
    spans: Spans = []
    for tag, kind, begin, end in _items(data, *inner[1][2:]):
        name, spec = fields.get(tag, _NO_FIELD)
        if spec is None:
            return None  # the object of a Register stands under a tag of its own
        if _taken_as_it_is(spec, kind):
            spans.append((name, begin, end, kind == _TEXT))
        elif not _is_kept(kind, spec, getattr(item.request_payload, name), data[begin:end]):
            return None
    return spans


def _is_kept(kind: int, spec: FieldSpec, value: Any, content: bytes) -> bool:
    """Whether requests may share a field's value: a number, or a structure of numbers that nobody changes."""
    if kind == _STRUCTURE:
        return type(value) in _SHARED and _is_common(content)
    return kind in _ONE_WORD and not spec.many


def _is_common(content: bytes) -> bool:
    """Whether the items of a structure are numbers and names of the standard's attributes, however deep."""
    for tag, kind, begin, end in _items(content, 0, len(content)):
        if kind == _STRUCTURE:
            common = _is_common(content[begin:end])
        elif kind == _TEXT and tag == _ATTRIBUTE_NAME:
            common = by_name(content[begin:end].decode()) is not None
        else:
            common = kind in _ONE_WORD
        if not common:
            return False
    return True


_PLAIN: dict[Any, int] = {Special.UNIQUE_IDENTIFIER: _TEXT, Special.DATA: _BYTES}
"""Special kinds whose usual form is a string taken as it is."""


def _taken_as_it_is(spec: FieldSpec, kind: int) -> bool:
    """Whether the field's value is the string that stands there and nothing made of it."""
    if spec.many or kind not in (_TEXT, _BYTES):
        return False
    return spec.kind == ItemType(kind) or _PLAIN.get(spec.kind) == kind


def _items(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The items between two places of a well-formed message: tag, type, where the value begins and ends."""
    while begin < end:
        length = int.from_bytes(data[begin + 4 : begin + 8], "big")
        start = begin + _HEADER
        yield int.from_bytes(data[begin : begin + 3], "big"), data[begin + 3], start, start + length
        begin = start + (length + 7 & ~7)
