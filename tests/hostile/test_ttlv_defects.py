"""TTLV with one defect each, named by it: the typed error, quickly, and without a word of the value."""

from __future__ import annotations

import tracemalloc

import pytest

from kmip_server.errors import InvalidMessage
from kmip_server.wire import ttlv
from kmip_server.wire.tree import Limits


def item(tag: str, kind: str, length: int, value: str = "") -> bytes:
    return bytes.fromhex(tag + kind) + length.to_bytes(4, "big") + bytes.fromhex(value)


GOOD = item("420094", "07", 3, "393400" + "0000000000")[:8] + b"abc" + bytes(5)
DEFECTS: dict[str, tuple[bytes, str]] = {
    "no bytes": (b"", "0 bytes is not a positive multiple of 8"),
    "half a header": (b"\x42\x00\x78\x01", "4 bytes is not"),
    "header without its value": (item("420094", "07", 3), "ends after"),
    "truncated by one byte": (GOOD[:-1], "15 bytes is not"),
    "truncated by one word": (item("420078", "01", 16) + GOOD[:8], "ends after"),
    "a byte too many": (GOOD + b"\0", "17 bytes is not"),
    "a word too many": (GOOD + bytes(8), "after the end|not known|not the length"),
    "the message twice": (GOOD + GOOD, "after the end"),
    "huge length": (item("420094", "08", 0xFFFFFFFF, "00" * 8), "ends after"),
    "huge length of a structure": (item("420078", "01", 0xFFFFFFF8, "00" * 8), "ends after"),
    "negative length": (item("420094", "07", 0x80000000, "00" * 8), "ends after"),
    "length that wraps to nothing": (item("420094", "08", 0xFFFFFFF9, "00" * 8), "ends after"),
    "structure of odd length": (item("420078", "01", 12, "00" * 16), "not a multiple of 8"),
    "integer of length 3": (item("420094", "02", 3, "00" * 8), "3 is not the length"),
    "integer of length 0": (item("420094", "02", 0), "0 is not the length"),
    "enumeration of length 8": (item("420094", "05", 8, "00" * 8), "8 is not the length"),
    "boolean of length 1": (item("420094", "06", 1, "01" + "00" * 7), "1 is not the length"),
    "date of length 4": (item("420094", "09", 4, "00" * 8), "4 is not the length"),
    "zero-length big integer": (item("420094", "04", 0), "positive multiple of 8"),
    "unaligned big integer": (item("420094", "04", 9, "00" * 16), "positive multiple of 8"),
    "boolean 2": (item("420094", "06", 8, "0000000000000002"), "neither 0 nor 1"),
    "boolean all ones": (item("420094", "06", 8, "ff" * 8), "neither 0 nor 1"),
    "wrong pad after an integer": (item("420094", "02", 4, "0000000100000001"), "padding"),
    "wrong pad after an interval": (item("420094", "0a", 4, "0000000180000000"), "padding"),
    "wrong pad after bytes": (item("420094", "08", 1, "01" + "00" * 6 + "01"), "padding"),
    "secret in the pad": (item("420094", "07", 1, "61" + "736563726574" + "00"), "padding"),
    "type 0": (item("420094", "00", 8, "00" * 8), "type 0x00"),
    "type 0x0F": (item("420094", "0f", 8, "00" * 8), "type 0x0F"),
    "type 0xFF": (item("420094", "ff", 8, "00" * 8), "type 0xFF"),
    "bad UTF-8": (item("420094", "07", 2, "c328" + "00" * 6), "not UTF-8"),
    "overlong UTF-8": (item("420094", "07", 2, "c0af" + "00" * 6), "not UTF-8"),
    "surrogate in UTF-8": (item("420094", "07", 3, "eda080" + "00" * 5), "not UTF-8"),
    "UTF-8 cut short": (item("420094", "07", 1, "c3" + "00" * 7), "not UTF-8"),
    "null-terminated text": (item("420094", "07", 4, "61626300" + "00" * 4), "null"),
    "null inside text": (item("420094", "07", 3, "610062" + "00" * 5), "null"),
    "null in an identifier": (item("420094", "0c", 1, "00" * 8), "null"),
    "TLS instead of KMIP": (bytes.fromhex("16030100f8010000"), "not the length|not known|ends after"),
    "HTTP instead of KMIP": (b"POST /kmip HTTP/1.1\r\n\r\n "[:24], "not known|ends after"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_defect(name: str) -> None:
    data, said = DEFECTS[name]
    with pytest.raises(InvalidMessage, match=said) as refused:
        ttlv.parse(data)
    assert "secret" not in refused.value.message
    assert refused.value.__cause__ is None


def nested(depth: int) -> bytes:
    return b"".join(item("420008", "01", 8 * (depth - i - 1)) for i in range(depth))


def test_a_tower_of_structures_is_refused_at_the_limit() -> None:
    with pytest.raises(InvalidMessage, match="offset 256, tag 0x420008: structures are nested more than 32 deep"):
        ttlv.parse(nested(100_000))


def test_a_tower_that_the_limit_allows_needs_no_recursion() -> None:
    tree = ttlv.parse(nested(20_000), Limits(max_depth=20_000))
    depth = 0
    while tree[2]:
        tree = tree[2][0]
        depth += 1
    assert depth == 19_999


def test_a_mebibyte_of_empty_structures_costs_bounded_memory() -> None:
    count = (1 << 17) - 1
    data = item("420078", "01", count * 8) + item("420008", "01", 0) * count
    tracemalloc.start()
    try:
        tree = ttlv.parse(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(tree[2]) == count
    assert peak < 64 << 20


def test_a_stated_length_reserves_nothing() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(InvalidMessage):
            ttlv.parse(item("420094", "08", 0x7FFFFFF8, "00" * 8))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20
