"""Values as text: the forms that XML and JSON messages share (Additional Message Encodings 1.0 §4.1, §6.1).

Each ``read_`` takes one text and raises ValueError naming the defect, never the text; each ``write_`` gives
the form of which the reader makes the same value again.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from kmip_server.wire import value_names

_HEX_NUMBER = re.compile(r"0[xX]([0-9A-Fa-f]+)")
_HEX_BYTES = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}")
_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,12}))?"
    r"(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_FIRST_SECOND = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _SECOND
_LAST_SECOND = (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH) // _SECOND
_MICROS = 1_000_000


def is_hex(text: str) -> bool:
    """Whether the text is a number in hexadecimal, which begins with 0x (§4.1.1)."""
    return text[:2] in ("0x", "0X")


def read_hex(text: str, bits: int, signed: bool) -> int:
    """Read a hexadecimal number of at most so many bits; a signed one with every digit given may be negative."""
    match = _HEX_NUMBER.fullmatch(text)
    if not match:
        raise ValueError("not a hexadecimal number")
    digits = match[1]
    if len(digits) > bits // 4:
        raise ValueError(f"a hexadecimal number of more than {bits} bits")
    value = int(digits, 16)
    return value - (1 << bits) if signed and value >> (bits - 1) else value


def write_hex(value: int, bits: int) -> str:
    """Write every digit of a number of so many bits, a negative one in two's complement."""
    return f"0x{value & ((1 << bits) - 1):0{bits // 4}x}"


def require_range(value: int, bits: int, signed: bool) -> int:
    """Return the value if the type has room for it."""
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    if not low <= value <= high:
        raise ValueError(f"a number that does not fit {bits} bits")
    return value


def read_number(text: str, bits: int, signed: bool) -> int:
    """Read a decimal or hexadecimal number of so many bits."""
    if is_hex(text):
        return read_hex(text, bits, signed)
    if not _DECIMAL.fullmatch(text):
        raise ValueError("not a number")
    return require_range(int(text), bits, signed)


def read_tag(text: str) -> int:
    """Read a tag by its name, or in hexadecimal (§4.1.2)."""
    tag = read_hex(text, 24, signed=False) if is_hex(text) else value_names.tag_of(text)
    if tag is None:
        raise ValueError("not a tag")
    return tag


def read_enumeration(tag: int, text: str) -> int:
    """Read a value by its name under the tag, or in hexadecimal."""
    if is_hex(text):
        return read_hex(text, 32, signed=False)
    code = value_names.code_of(tag, text)
    if code is None:
        raise ValueError("not a value of the enumeration")
    return code


def write_enumeration(tag: int, code: int) -> str:
    """Write a value by its name, or in hexadecimal where it has none."""
    return value_names.name_of(tag, code) or write_hex(code, 32)


def read_mask(tag: int, text: str) -> int:
    """Read names and hexadecimal numbers, separated by blanks (XML) or bars (JSON), as one signed Integer."""
    bits = 0
    for part in text.replace("|", " ").split():
        bits |= read_enumeration(tag, part)
    return bits if bits < 1 << 31 else bits - (1 << 32)


def write_mask(tag: int, value: int) -> list[str]:
    """Write the name of every bit that has one, and the others together in hexadecimal."""
    rest = value & 0xFFFFFFFF
    parts: list[str] = []
    for bit in (1 << place for place in range(32)):
        name = value_names.name_of(tag, bit) if rest & bit else None
        if name:
            parts.append(name)
            rest &= ~bit
    return [*parts, write_hex(rest, 32)] if rest else parts


def read_bytes(text: str) -> bytes:
    """Read pairs of hexadecimal digits."""
    if not _HEX_BYTES.fullmatch(text):
        raise ValueError("not pairs of hexadecimal digits")
    return bytes.fromhex(text)


def read_big_integer(text: str) -> int:
    """Read the bytes of a two's complement number, which need not be a multiple of eight of them."""
    data = read_bytes(text[2:] if is_hex(text) else text)
    if not data:
        raise ValueError("a Big Integer without digits")
    return int.from_bytes(data, "big", signed=True)


def write_big_integer(value: int) -> str:
    """Write the bytes of a number, sign-extended to a multiple of eight (§4.1.6.6)."""
    bits = value.bit_length() if value >= 0 else (value + 1).bit_length()
    return value.to_bytes((bits // 64 + 1) * 8, "big", signed=True).hex()


def read_text(text: str) -> str:
    """Accept a text that TTLV can carry: nothing but characters, and no null."""
    if "\0" in text:
        raise ValueError("a null character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a surrogate that is no character") from None
    return text


def _read_moment(text: str) -> tuple[int, int]:
    """Read an ISO 8601 date and time: seconds since 1970, and microseconds after that second."""
    match = _DATE_TIME.fullmatch(text)
    if not match:
        raise ValueError("not a date and time")
    *parts, fraction, zone = match.groups()
    year, month, day, hour, minute, second = map(int, parts)
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise ValueError("not a date and time of the calendar") from None
    seconds = (local - _EPOCH) // _SECOND
    if zone and zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        seconds += offset if zone[0] == "-" else -offset
    return seconds, int((fraction or "").ljust(6, "0")[:6])


def read_date_time(text: str) -> int:
    """Read seconds since 1970; a fraction of a second is ignored (§4.1.6.11)."""
    return read_hex(text, 64, signed=True) if is_hex(text) else _read_moment(text)[0]


def read_date_time_extended(text: str) -> int:
    """Read microseconds since 1970."""
    if is_hex(text):
        return read_hex(text, 64, signed=True)
    seconds, micros = _read_moment(text)
    return seconds * _MICROS + micros


def write_date_time(value: int) -> str:
    """Write seconds since 1970; a moment outside the years 1 to 9999 in hexadecimal."""
    if not _FIRST_SECOND <= value <= _LAST_SECOND:
        return write_hex(value, 64)
    return (_EPOCH + value * _SECOND).isoformat()


def write_date_time_extended(value: int) -> str:
    """Write microseconds since 1970; a moment outside the years 1 to 9999 in hexadecimal."""
    seconds, micros = divmod(value, _MICROS)
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        return write_hex(value, 64)
    return (_EPOCH + seconds * _SECOND + timedelta(microseconds=micros)).isoformat(timespec="microseconds")
