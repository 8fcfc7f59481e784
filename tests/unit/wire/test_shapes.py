"""Remembered shapes: a request that is read by comparing says what it says when it is parsed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmip_server.errors import KmipError
from kmip_server.spec.enums import BlockCipherMode, NameType, ObjectType, Operation
from kmip_server.spec.structures.envelope import Request, RequestBatchItem
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import VERSIONS, Version
from kmip_server.wire import ttlv
from kmip_server.wire.message import Messages
from kmip_server.wire.tree import Item
from tests.flows.client import enumeration, integer, struct, text
from tests.kit import TABLE
from tests.material import captures

PAYLOADS = {code: (row.request, row.response) for code, row in TABLE.items()}
V1_4, V2_1 = Version(1, 4), Version(2, 1)
SECRET = b"do not keep this, whoever you are"
NAME = "0192f3a0-aaaa-7bbb-8ccc-0123456789ab"


def octets(tag: int, content: bytes) -> Item:
    """A byte string."""
    return int(tag), int(ItemType.BYTE_STRING), content


def message(operation: Operation, *payload: Item, version: Version = V1_4) -> bytes:
    """A request with one batch item."""
    claimed = struct(
        Tag.PROTOCOL_VERSION,
        integer(Tag.PROTOCOL_VERSION_MAJOR, version.major),
        integer(Tag.PROTOCOL_VERSION_MINOR, version.minor),
    )
    return ttlv.print_(
        struct(
            Tag.REQUEST_MESSAGE,
            struct(Tag.REQUEST_HEADER, claimed, integer(Tag.BATCH_COUNT, 1)),
            struct(Tag.BATCH_ITEM, enumeration(Tag.OPERATION, operation), struct(Tag.REQUEST_PAYLOAD, *payload)),
        )
    )


def get(name: str = NAME) -> bytes:
    """Get of an object."""
    return message(Operation.GET, text(Tag.UNIQUE_IDENTIFIER, name))


def encrypt(data: bytes = SECRET, name: str = NAME, mode: BlockCipherMode = BlockCipherMode.GCM) -> bytes:
    """Encrypt in a mode."""
    parameters = struct(Tag.CRYPTOGRAPHIC_PARAMETERS, enumeration(Tag.BLOCK_CIPHER_MODE, mode))
    return message(Operation.ENCRYPT, text(Tag.UNIQUE_IDENTIFIER, name), parameters, octets(Tag.DATA, data))


def create(*more: Item, bits: int = 256) -> bytes:
    """Create of an AES key."""
    attributes = [
        struct(Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, "Cryptographic Algorithm"), enumeration(Tag.ATTRIBUTE_VALUE, 3)),
        struct(Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, "Cryptographic Length"), integer(Tag.ATTRIBUTE_VALUE, bits)),
        *more,
    ]
    kind = enumeration(Tag.OBJECT_TYPE, ObjectType.SYMMETRIC_KEY)
    return message(Operation.CREATE, kind, struct(Tag.TEMPLATE_ATTRIBUTE, *attributes))


def named(value: str) -> Item:
    """A Name among attributes."""
    content = struct(
        Tag.ATTRIBUTE_VALUE,
        text(Tag.NAME_VALUE, value),
        enumeration(Tag.NAME_TYPE, NameType.UNINTERPRETED_TEXT_STRING),
    )
    return struct(Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, "Name"), content)


def reader(*seen: bytes) -> Messages:
    """A reader that has read these, each often enough to know its header and its shape."""
    messages = Messages(VERSIONS, PAYLOADS)
    for data in seen:
        for _ in range(3):
            messages.read(data)
    return messages


def shaped(messages: Messages, data: bytes) -> RequestBatchItem | None:
    """What the shapes alone make of a message."""
    end = 16 + int.from_bytes(data[12:16], "big")
    return messages._shapes.read(data[8:end], data)


def said(request: Request) -> Any:
    """A request as it can be compared: errors by their words."""
    return (
        request.version,
        request.header,
        None if request.error is None else str(request.error),
        [
            (item.operation, str(item.request_payload) if isinstance(item.request_payload, KmipError) else item)
            for item in request.items
        ],
    )


@pytest.mark.parametrize("again", [encrypt(b"x" * len(SECRET), NAME[::-1]), encrypt()])
def test_another_text_and_other_data_are_read_from_a_known_shape(again: bytes) -> None:
    messages = reader(encrypt())
    assert shaped(messages, again) is not None
    assert said(messages.read(again)) == said(Messages(VERSIONS, PAYLOADS).read(again))


@pytest.mark.parametrize(
    "other", [encrypt(mode=BlockCipherMode.CBC), encrypt(SECRET + b" "), get(), message(Operation.GET)]
)
def test_what_differs_elsewhere_is_read_the_long_way(other: bytes) -> None:
    messages = reader(encrypt())
    assert shaped(messages, other) is None
    assert said(messages.read(other)) == said(Messages(VERSIONS, PAYLOADS).read(other))


def test_create_has_a_shape_until_a_client_gives_it_a_name_of_its_own() -> None:
    messages = reader(create(), create(named("a")))
    assert shaped(messages, create()) is not None
    assert shaped(messages, create(bits=128)) is None
    assert shaped(messages, create(named("a"))) is None


def test_nothing_of_the_clients_own_is_kept() -> None:
    messages = reader(encrypt(), get(), create(named("a private name")))
    for shapes in messages._shapes._known.values():
        for shape in shapes:
            for _, _, constant in shape._constant:
                assert SECRET not in constant
                assert NAME.encode() not in constant
                assert b"private" not in constant


def test_a_text_that_is_none_is_refused_as_ever() -> None:
    messages = reader(get())
    for bad in (b"\xff", b"\0"):
        spoilt = get().replace(NAME.encode(), bad * len(NAME))
        assert shaped(messages, spoilt) is None
        assert said(messages.read(spoilt)) == said(Messages(VERSIONS, PAYLOADS).read(spoilt))
        assert messages.read(spoilt).error is not None


_SAMPLES = (get(), encrypt(), create(), encrypt(b"seven b"))
_WARM = reader(*_SAMPLES)
_COLD = Messages(VERSIONS, PAYLOADS)


@given(st.sampled_from(_SAMPLES), st.integers(min_value=0), st.integers(0, 255))
def test_whatever_byte_is_changed_both_ways_say_the_same(sample: bytes, at: int, byte: int) -> None:
    spoilt = bytearray(sample)
    spoilt[at % len(spoilt)] = byte
    whole = bytes(spoilt)
    cold = _COLD.read_tree(ttlv.parse(whole)) if _parses(whole) else Messages(VERSIONS, PAYLOADS).read(whole)
    assert said(_WARM.read(whole)) == said(cold)


def _parses(data: bytes) -> bool:
    try:
        ttlv.parse(data)
    except KmipError:
        return False
    return True


def test_captured_requests_are_read_alike_each_time() -> None:
    messages = Messages(VERSIONS, PAYLOADS)
    hits = 0
    for capture in captures():
        if ttlv.parse(capture.data)[0] != Tag.REQUEST_MESSAGE:
            continue
        first = said(messages.read(capture.data))
        assert said(messages.read(capture.data)) == first
        assert said(messages.read(capture.data)) == first
        hits += shaped(messages, capture.data) is not None
    assert hits > 10


def test_the_number_of_shapes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kmip_server.wire.shapes._MOST", 8)
    messages = reader(*(encrypt(bytes(length)) for length in range(40)))
    assert sum(map(len, messages._shapes._known.values())) <= 8
