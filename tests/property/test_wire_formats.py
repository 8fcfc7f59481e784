"""The three encodings: what is printed is read back the same, and the three agree; anything else is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kmip_server.errors import InvalidMessage
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire import json, ttlv, value_names, xml
from kmip_server.wire.connection import Framer
from kmip_server.wire.tree import Item
from tests.material import NO_CAPTURES, captures

FORMATS = {"ttlv": ttlv, "xml": xml, "json": json}

# What every format can carry: no null, no surrogates, none of the controls XML has no form for.
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r &<>'\""),
    max_size=24,
)
signed_32 = st.integers(-(2**31), 2**31 - 1)
signed_64 = st.integers(-(2**63), 2**63 - 1)
unsigned_32 = st.integers(0, 2**32 - 1)
VALUES: dict[ItemType, st.SearchStrategy[Any]] = {
    ItemType.INTEGER: signed_32,
    ItemType.LONG_INTEGER: signed_64,
    ItemType.BIG_INTEGER: st.integers() | st.integers(-(2**600), 2**600),
    ItemType.ENUMERATION: unsigned_32 | st.integers(0, 80) | st.sampled_from([int(tag) for tag in Tag]),
    ItemType.BOOLEAN: st.booleans(),
    ItemType.TEXT_STRING: texts | st.sampled_from([tag.title for tag in Tag]),
    ItemType.BYTE_STRING: st.binary(max_size=40),
    ItemType.DATE_TIME: signed_64 | st.integers(-(2**34), 2**34),
    ItemType.INTERVAL: unsigned_32,
    ItemType.DATE_TIME_EXTENDED: signed_64 | st.integers(-(2**52), 2**52),
    ItemType.IDENTIFIER: texts,
    ItemType.REFERENCE: texts,
    ItemType.NAME_REFERENCE: texts,
}
tags = st.sampled_from([int(tag) for tag in Tag]) | st.integers(0, 0xFFFFFF)
leaves = st.one_of(
    *(st.tuples(tags, st.just(int(kind)), values) for kind, values in VALUES.items()),
    # The tags whose values have names, with the types that use them.
    st.tuples(st.sampled_from(sorted(value_names._enumerations())), st.just(5), st.integers(0, 80)),
    st.tuples(st.just(int(Tag.CRYPTOGRAPHIC_USAGE_MASK)), st.just(2), signed_32),
)
attributes = st.tuples(
    st.just(int(Tag.ATTRIBUTE)),
    st.just(1),
    st.tuples(
        st.sampled_from([(int(Tag.ATTRIBUTE_NAME), 7, tag.title) for tag in Tag]),
        st.tuples(st.just(int(Tag.ATTRIBUTE_VALUE)), st.just(5), unsigned_32 | st.integers(0, 80))
        | st.tuples(st.just(int(Tag.ATTRIBUTE_VALUE)), st.just(2), signed_32),
    ).map(list),
)
trees: st.SearchStrategy[Item] = st.recursive(
    leaves | attributes,
    lambda children: st.tuples(tags, st.just(1), st.lists(children, max_size=5)),
    max_leaves=24,
)


@pytest.mark.parametrize("name", FORMATS)
@given(tree=trees)
def test_what_is_printed_is_read_back(name: str, tree: Item) -> None:
    codec = FORMATS[name]
    printed = codec.print_(tree)
    assert codec.parse(printed) == tree
    assert codec.print_(codec.parse(printed)) == printed


@given(tree=trees)
def test_the_three_formats_agree(tree: Item) -> None:
    through_xml = ttlv.print_(xml.parse(xml.print_(tree)))
    through_json = ttlv.print_(json.parse(json.print_(tree)))
    assert through_xml == through_json == ttlv.print_(tree)


def tree_or_invalid_message(codec: Any, data: bytes) -> None:
    try:
        tree = codec.parse(data)
    except InvalidMessage as refused:
        assert refused.message
    else:
        # What was read can be printed, whatever it was.
        ttlv.parse(ttlv.print_(tree))


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.binary(max_size=200))
@example(data=b"")
@example(data=b"\xff\xfe<\x00")
@example(data=b"[1e999]")
@example(data=b"NaN")
def test_any_bytes_give_a_tree_or_the_typed_error(name: str, data: bytes) -> None:
    tree_or_invalid_message(FORMATS[name], data)


@pytest.mark.parametrize("name", FORMATS)
@given(tree=trees, changes=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=9), st.integers(0, 9)), max_size=3))
@settings(max_examples=200)
def test_a_damaged_message_gives_a_tree_or_the_typed_error(
    name: str, tree: Item, changes: list[tuple[float, bytes, int]]
) -> None:
    data = FORMATS[name].print_(tree)
    for where, new, removed in changes:
        at = math.floor(where * len(data))
        data = data[:at] + new + data[at + removed :]
    tree_or_invalid_message(FORMATS[name], data)


@given(tree=trees, word=st.integers(0, 60), flipped=st.integers(1, 2**64 - 1))
def test_a_damaged_word_of_ttlv_gives_a_tree_or_the_typed_error(tree: Item, word: int, flipped: int) -> None:
    data = bytearray(ttlv.print_(tree))
    at = word * 8 % len(data)
    data[at : at + 8] = (int.from_bytes(data[at : at + 8], "big") ^ flipped).to_bytes(8, "big")
    tree_or_invalid_message(ttlv, bytes(data))


@given(tree=trees)
def test_ttlv_has_one_form_only(tree: Item) -> None:
    data = ttlv.print_(tree)
    for end in range(0, len(data), 8):
        with pytest.raises(InvalidMessage):
            ttlv.parse(data[:end])
    with pytest.raises(InvalidMessage):
        ttlv.parse(data + bytes(8))


@given(chunks=st.lists(st.binary(max_size=40), max_size=12))
def test_a_framer_never_holds_more_than_the_limit(chunks: list[bytes]) -> None:
    framer = Framer(64)
    for chunk in [b"\x42\x00\x78\x01\x00\x00", *chunks]:
        for message in framer.receive(chunk):
            assert len(message) <= 64
            assert message[0] == 0x42
        assert len(framer._held) <= 64 + len(chunk)
        assert not (framer.error and framer.partial)


@pytest.mark.skipif(not captures(), reason=NO_CAPTURES)
@pytest.mark.parametrize("name", ["xml", "json"])
def test_captured_messages_survive_the_other_encodings(name: str) -> None:
    codec = FORMATS[name]
    for capture in captures():
        tree = ttlv.parse(capture.data)
        assert codec.parse(codec.print_(tree)) == tree, f"{capture.file}:{capture.line}"
