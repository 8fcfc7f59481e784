"""TTLV: bytes to tree and back, every length, padding byte and fixed value checked (KMIP 2.1 §10.1).

Every item is a whole number of 64-bit words: a header word (three bytes tag, one byte type, four bytes
length) and the value, padded to the next word. So the message is turned into words once, and an item's
header, and the value of every fixed-width type, is one index into them. Type and length together are the
low five bytes of the header: for a fixed-width type only one number is right there, and one dictionary
look-up both finds the reader and proves the length.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from kmip_server.errors import InvalidMessage
from kmip_server.spec.types import ItemType
from kmip_server.wire.tree import DEFAULT_LIMITS, Item, Limits

_STRUCTURE = int(ItemType.STRUCTURE)
_LOW_32 = 0xFFFFFFFF
_LOW_40 = 0xFFFFFFFFFF

_PAD_MASKS = tuple((1 << 8 * (-length % 8)) - 1 for length in range(8))
"""By length modulo 8: which bits of the last word of a value are padding."""
_PADS = tuple(bytes(-length % 8) for length in range(8))
"""By length modulo 8: the padding itself."""


class _DefectError(Exception):
    """What is wrong with the item at hand; ``word``, where its header stands, is added by the one who knows it."""

    word = 0


# --- values of one word, from the word ------------------------------------------------------------------


def _signed_32(word: int) -> int:
    if word & _LOW_32:
        raise _DefectError("the padding is not zero")
    value = word >> 32
    return value if value < 0x80000000 else value - 0x100000000


def _unsigned_32(word: int) -> int:
    if word & _LOW_32:
        raise _DefectError("the padding is not zero")
    return word >> 32


def _signed_64(word: int) -> int:
    return word if word < 0x8000000000000000 else word - 0x10000000000000000


def _boolean(word: int) -> bool:
    if word > 1:
        raise _DefectError("a Boolean is neither 0 nor 1")
    return word == 1


# --- values of any length, from their bytes -------------------------------------------------------------


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise _DefectError("the text is not UTF-8") from None
    # 1.4 §9.1.1.4: "There SHALL NOT be null-termination at the end of such strings." Inside a text U+0000
    # has no meaning either, and neither XML nor a database column can carry it.
    if "\0" in text:
        raise _DefectError("the text holds a null character")
    return text


def _big_integer(value: bytes) -> int:
    if not value or len(value) & 7:
        raise _DefectError("the length of a Big Integer is not a positive multiple of 8")
    return int.from_bytes(value, "big", signed=True)


_READ_WORD: dict[int, Callable[[int], Any]] = {
    ItemType.INTEGER << 32 | 4: _signed_32,
    ItemType.ENUMERATION << 32 | 4: _unsigned_32,
    ItemType.INTERVAL << 32 | 4: _unsigned_32,
    ItemType.LONG_INTEGER << 32 | 8: _signed_64,
    ItemType.DATE_TIME << 32 | 8: _signed_64,
    ItemType.DATE_TIME_EXTENDED << 32 | 8: _signed_64,
    ItemType.BOOLEAN << 32 | 8: _boolean,
}
"""Type and length, as in the header, to the reader of the value's one word."""

_READ_BYTES: dict[int, Callable[[bytes], Any]] = {
    ItemType.BIG_INTEGER: _big_integer,
    ItemType.TEXT_STRING: _text,
    ItemType.BYTE_STRING: bytes,
    ItemType.IDENTIFIER: _text,
    ItemType.REFERENCE: _text,
    ItemType.NAME_REFERENCE: _text,
}


def parse(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Item:
    """Turn the bytes of exactly one item into its tree, in time linear in their number.

    Anything that is not one well-formed item within the limits is an ``InvalidMessage`` that names the
    offset, the tag and the defect, and never a value.
    """
    root = _parse_from(data, 0, limits, 0)
    if len(root) != 1:
        raise InvalidMessage("there are bytes after the end of the message")
    return root[0]


def parse_rest(data: bytes, start: int, limits: Limits = DEFAULT_LIMITS) -> list[Item]:
    """The items from byte ``start`` to the end of a message whose beginning is known to be well formed.

    ``start`` is where an item inside the message's own structure begins; errors are those of :func:`parse`.
    """
    return _parse_from(data, start, limits, 1)


def _parse_from(data: bytes, start: int, limits: Limits, depth: int) -> list[Item]:
    """The items from ``start`` to the end, inside ``depth`` structures."""
    size = len(data)
    if size > limits.max_size:
        raise InvalidMessage(f"the message has {size} bytes, more than the {limits.max_size} allowed")
    if not size or size & 7:
        raise InvalidMessage(f"a message of {size} bytes is not a positive multiple of 8 bytes long")
    words = _unpacker(size // 8)(data)
    items: list[Item] = []
    try:
        _read_items(data, words, start // 8, items, depth + 1, limits.max_depth)
    except _DefectError as defect:
        tag = words[defect.word] >> 40
        raise InvalidMessage(f"offset {defect.word * 8}, tag 0x{tag:06X}: {defect}") from None
    return items


@lru_cache(maxsize=256)
def _unpacker(count: int) -> Callable[[bytes], tuple[int, ...]]:
    """What turns so many times eight bytes into words; most messages have one of a few lengths."""
    return struct.Struct(f">{count}Q").unpack


def _read_items(data: bytes, words: tuple[int, ...], i: int, items: list[Item], depth: int, max_depth: int) -> None:
    """Append to ``items`` what the words hold from word ``i`` on; a structure there is ``depth`` deep."""
    end = len(words)
    outer: list[tuple[list[Item], int]] = []  # the structures around the current one, and where they end
    try:
        while True:
            while i == end:
                if not outer:
                    return
                items, end = outer.pop()
            header = words[i]
            kind = header & _LOW_40
            length = header & _LOW_32
            after = i + 1 + (length + 7 >> 3)
            if after > end:
                raise _DefectError("the item ends after the structure that holds it")
            item_type = kind >> 32
            read_word = _READ_WORD.get(kind)
            if read_word is not None:
                items.append((header >> 40, item_type, read_word(words[i + 1])))
                i = after
                continue
            if item_type == _STRUCTURE:
                _require_structure(length, len(outer) + depth, max_depth)
                outer.append((items, end))
                children: list[Item] = []
                items.append((header >> 40, _STRUCTURE, children))
                items = children
                end = after
                i += 1
                continue
            read_bytes = _READ_BYTES.get(item_type)
            if read_bytes is None:
                raise _unreadable(item_type, length)
            if words[after - 1] & _PAD_MASKS[length & 7]:
                raise _DefectError("the padding is not zero")
            start = i * 8 + 8
            items.append((header >> 40, item_type, read_bytes(data[start : start + length])))
            i = after
    except _DefectError as defect:
        defect.word = i
        raise


def _require_structure(length: int, depth: int, max_depth: int) -> None:
    """Refuse a structure of broken length or beyond the depth limit."""
    if length & 7:
        raise _DefectError("the length of a Structure is not a multiple of 8")
    if depth > max_depth:
        raise _DefectError(f"structures are nested more than {max_depth} deep")


def _unreadable(item_type: int, length: int) -> _DefectError:
    """What is wrong with an item whose type has no reader, or has one for another length."""
    fixed = any(known >> 32 == item_type for known in _READ_WORD)
    return _DefectError(
        f"{length} is not the length of its type" if fixed else f"the type 0x{item_type:02X} is not known"
    )


# --- printing -------------------------------------------------------------------------------------------

_HEADER = struct.Struct(">Q").pack


def _word_printer(kind: ItemType, length: int, layout: str) -> Callable[[int, Any], bytes]:
    pack = struct.Struct(layout).pack
    type_and_length = kind << 32 | length

    def print_word(tag: int, value: Any) -> bytes:
        return pack(tag << 40 | type_and_length, value)

    return print_word


def _text_printer(kind: ItemType) -> Callable[[int, str], bytes]:
    type_bits = kind << 32

    def print_text(tag: int, value: str) -> bytes:
        encoded = value.encode()
        length = len(encoded)
        return _HEADER(tag << 40 | type_bits | length) + encoded + _PADS[length & 7]

    return print_text


def _print_byte_string(tag: int, value: bytes) -> bytes:
    length = len(value)
    return _HEADER(tag << 40 | ItemType.BYTE_STRING << 32 | length) + value + _PADS[length & 7]


def _print_big_integer(tag: int, value: int) -> bytes:
    # 2.1 §10.1.2: "padded with the minimal number of leading sign-extended bytes"
    bits = value.bit_length() if value >= 0 else (value + 1).bit_length()
    length = (bits // 64 + 1) * 8
    return _HEADER(tag << 40 | ItemType.BIG_INTEGER << 32 | length) + value.to_bytes(length, "big", signed=True)


_PRINT: dict[int, Callable[[int, Any], bytes]] = {
    ItemType.INTEGER: _word_printer(ItemType.INTEGER, 4, ">Qi4x"),
    ItemType.ENUMERATION: _word_printer(ItemType.ENUMERATION, 4, ">QI4x"),
    ItemType.INTERVAL: _word_printer(ItemType.INTERVAL, 4, ">QI4x"),
    ItemType.LONG_INTEGER: _word_printer(ItemType.LONG_INTEGER, 8, ">Qq"),
    ItemType.DATE_TIME: _word_printer(ItemType.DATE_TIME, 8, ">Qq"),
    ItemType.DATE_TIME_EXTENDED: _word_printer(ItemType.DATE_TIME_EXTENDED, 8, ">Qq"),
    ItemType.BOOLEAN: _word_printer(ItemType.BOOLEAN, 8, ">QQ"),
    ItemType.BIG_INTEGER: _print_big_integer,
    ItemType.TEXT_STRING: _text_printer(ItemType.TEXT_STRING),
    ItemType.BYTE_STRING: _print_byte_string,
    ItemType.IDENTIFIER: _text_printer(ItemType.IDENTIFIER),
    ItemType.REFERENCE: _text_printer(ItemType.REFERENCE),
    ItemType.NAME_REFERENCE: _text_printer(ItemType.NAME_REFERENCE),
}


def print_(item: Item) -> bytes:
    """Turn a tree into the bytes of one item; a value its type cannot hold is a ValueError naming the tag.

    (Not ``InvalidMessage``: what this server prints, it has made itself.)
    """
    chunks: list[bytes] = []
    _print_items((item,), chunks)
    return b"".join(chunks)


def _print_items(items: list[Item] | tuple[Item, ...], chunks: list[bytes]) -> int:
    """Append the items' bytes to the chunks and return how many they are."""
    size = 0
    append = chunks.append
    for tag, kind, value in items:
        if kind == _STRUCTURE:
            place = len(chunks)
            append(b"")  # the header comes when the length is known
            length = _print_items(value, chunks)
            chunks[place] = _HEADER(tag << 40 | _STRUCTURE << 32 | length)
            size += length + 8
        else:
            try:
                chunk = _PRINT[kind](tag, value)
            except (struct.error, KeyError, TypeError, AttributeError, OverflowError, UnicodeEncodeError):
                raise ValueError(f"tag 0x{tag:06X}: the value does not fit type 0x{kind:02X}") from None
            append(chunk)
            size += len(chunk)
    return size
