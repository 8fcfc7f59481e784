"""The envelope: which version answers, what fails alone and what fails the message, headers that come again."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.errors import InvalidField, InvalidMessage, KmipError
from kmip_server.operations import load_all
from kmip_server.operations.get import GetRequest, GetResponse
from kmip_server.spec.enums import KeyFormatType, ObjectType, Operation, ResultReason, ResultStatus
from kmip_server.spec.structures.envelope import ResponseBatchItem, ResponseHeader
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, SymmetricKey
from kmip_server.spec.structures.query import ProtocolVersion
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_2, V1_4, V2_1, V3_0, VERSIONS, Version
from kmip_server.wire import json, ttlv, xml
from kmip_server.wire.message import Messages
from kmip_server.wire.tree import Item, Limits

PAYLOADS = {code: (row.request, row.response) for code, row in load_all().items()}
E, I, T, B, S = (int(kind) for kind in (5, 2, 7, 8, 1))  # noqa: E741  # the types, as short as a table needs them
UID: Item = (Tag.UNIQUE_IDENTIFIER, T, "u")


def messages(**options: Any) -> Messages:
    return Messages(VERSIONS, PAYLOADS, **options)


def structure(tag: int, *items: Item) -> Item:
    return tag, S, list(items)


def header(version: Version = V1_4, *more: Item, count: int | None = 1) -> Item:
    numbers = ((Tag.PROTOCOL_VERSION_MAJOR, I, version.major), (Tag.PROTOCOL_VERSION_MINOR, I, version.minor))
    counted = [] if count is None else [(Tag.BATCH_COUNT, I, count)]
    return structure(Tag.REQUEST_HEADER, structure(Tag.PROTOCOL_VERSION, *numbers), *more, *counted)


def item(*payload: Item, operation: int = Operation.GET) -> Item:
    return structure(Tag.BATCH_ITEM, (Tag.OPERATION, E, operation), structure(Tag.REQUEST_PAYLOAD, *payload))


def request(*parts: Item) -> bytes:
    return ttlv.print_(structure(Tag.REQUEST_MESSAGE, *parts))


# --- whole messages -------------------------------------------------------------------------------------


def test_a_request_is_read() -> None:
    read = messages().read(request(header(), item(UID)))
    assert read.error is None
    assert read.version == V1_4
    assert read.items[0].operation is Operation.GET
    assert read.items[0].request_payload == GetRequest(unique_identifier="u")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (request(header(count=2), item(UID)), "Batch Count is 2, but there are 1 batch items"),
        (request(header(count=0)), "the message has no batch item"),
        (request(header(), UID), "the message holds something else than batch items"),
        (request(item(UID)), "the request has no Protocol Version where it must stand"),
        (request(), "the request has no Protocol Version where it must stand"),
        (ttlv.print_(structure(Tag.RESPONSE_MESSAGE)), "the message is not a Request Message"),
        (request(header(Version(9, 9)), item(UID)), "protocol version 9.9 is not served"),
        (request(header(), structure(Tag.BATCH_ITEM)), "Operation is missing in Request Batch Item"),
        (request(header(V1_4, (Tag.STATE, E, 1)), item(UID)), "State is not a field of Request Header"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_whole(data: bytes, said: str) -> None:
    read = messages().read(data)
    assert isinstance(read.error, KmipError)
    assert said in str(read.error)
    assert (read.header, read.items) == (None, [])


def test_more_items_than_allowed_are_refused() -> None:
    data = request(header(count=3), *[item(UID)] * 3)
    assert len(messages(max_items=3).read(data).items) == 3
    assert "more than 2 batch items" in str(messages(max_items=2).read(data).error)


def test_no_batch_count_is_wanted() -> None:
    assert messages().read(request(header(V3_0, count=None), item())).error is None
    assert isinstance(messages().read(request(header(V3_0), item())).error, InvalidField)


# --- the version of the answer --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "answered"),
    [(V1_2, V1_2), (Version(1, 9), V1_4), (Version(9, 0), V3_0), (Version(0, 9), V1_0), (Version(-1, 0), V1_0)],
)
def test_an_answer_has_the_nearest_version_that_is_not_younger(claimed: Version, answered: Version) -> None:
    read = messages().read(request(header(claimed), item(UID)))
    assert read.version == answered
    if claimed != answered:
        assert isinstance(read.error, InvalidMessage)
        assert read.error.reason is ResultReason.UNSUPPORTED_PROTOCOL_VERSION


def test_the_version_is_salvaged_from_bytes_that_do_not_parse() -> None:
    whole = request(header(V2_1), item(UID))
    broken = whole[:-1] + b"\x01"  # the padding is not zero
    assert messages().read(broken).version == V2_1
    assert messages().read(whole[:-8]).version == V2_1
    assert messages().read(whole[:48]).version == V1_0  # The minor version is not there any more.
    assert messages().read(b"").version == V1_0
    for data in (broken, whole[:-8], whole[:48], b""):
        assert isinstance(messages().read(data).error, InvalidMessage)


def test_nothing_of_any_length_is_more_than_an_error() -> None:
    whole = request(header(), item(UID))
    for length in range(len(whole)):
        assert isinstance(messages().read(whole[:length]).error, InvalidMessage)


# --- what fails alone -----------------------------------------------------------------------------------


def test_a_broken_payload_fails_alone() -> None:
    read = messages().read(request(header(count=3), item(UID), item(UID, UID), item((Tag.STATE, E, 1))))
    assert read.error is None
    assert read.items[0].request_payload == GetRequest(unique_identifier="u")
    assert isinstance(read.items[1].request_payload, InvalidMessage)
    assert isinstance(read.items[2].request_payload, InvalidField)


def test_a_broken_item_whose_operation_is_known_fails_alone_and_keeps_its_id() -> None:
    twice = [(Tag.UNIQUE_BATCH_ITEM_ID, B, b"1"), (Tag.UNIQUE_BATCH_ITEM_ID, B, b"2")]
    read = messages().read(request(header(), structure(Tag.BATCH_ITEM, (Tag.OPERATION, E, Operation.GET), *twice)))
    assert read.error is None
    assert (read.items[0].operation, read.items[0].unique_batch_item_id) == (Operation.GET, b"1")
    assert isinstance(read.items[0].request_payload, InvalidMessage)


def test_an_operation_that_nobody_knows_is_an_item_to_be_answered() -> None:
    read = messages().read(request(header(), item(operation=0x7777)))
    assert read.error is None
    assert int(read.items[0].operation) == 0x7777
    assert isinstance(read.items[0].request_payload, InvalidField)


@pytest.mark.parametrize("payload", [[], [(Tag.REQUEST_PAYLOAD, T, "text")]], ids=["missing", "text"])
def test_a_payload_must_be_a_structure(payload: list[Item]) -> None:
    read = messages().read(request(header(), structure(Tag.BATCH_ITEM, (Tag.OPERATION, E, Operation.GET), *payload)))
    assert isinstance(read.items[0].request_payload, InvalidMessage)


# --- headers that come again ----------------------------------------------------------------------------


def test_what_follows_a_header_seen_before_is_read_and_checked_as_ever() -> None:
    reader, fresh = messages(), messages
    reader.read(request(header(), item(UID)))
    assert len(reader._headers) == 1
    whole = request(header(), item(UID))
    others = [
        whole,
        request(header(), item(UID, UID)),
        request(header(), UID),
        request(header()),
        request(header(), item(UID), item(UID)),
        whole[:-1] + b"\x01",
        whole[:-8],
        whole + bytes(8),
        ttlv.print_(structure(Tag.RESPONSE_MESSAGE, header(), item(UID))),
    ]
    for data in others:
        again, first = reader.read(data), fresh().read(data)
        assert (again.version, again.header, str(again.error)) == (first.version, first.header, str(first.error))
        assert [str(each.request_payload) for each in again.items] == [str(x.request_payload) for x in first.items]


def test_depth_and_size_hold_after_a_header_seen_before() -> None:
    deep: Item = (Tag.UNIQUE_IDENTIFIER, T, "u")
    for _ in range(4):
        deep = structure(Tag.KEY_BLOCK, deep)
    data = request(header(), item(deep))
    for limits in (Limits(max_depth=6), Limits(max_depth=7), Limits(max_size=len(data) - 8)):
        reader = messages(limits=limits)
        reader.read(request(header(), item(UID)))
        assert str(reader.read(data).error) == str(messages(limits=limits).read(data).error)
    assert messages(limits=Limits(max_depth=7)).read(data).error is None


@pytest.mark.parametrize(
    "telling",
    [
        (Tag.TIME_STAMP, ItemType.DATE_TIME, 1),
        (Tag.CLIENT_CORRELATION_VALUE, T, "c"),
        (Tag.SERVER_CORRELATION_VALUE, T, "s"),
        structure(
            Tag.AUTHENTICATION,
            structure(
                Tag.CREDENTIAL,
                (Tag.CREDENTIAL_TYPE, E, 1),
                structure(Tag.CREDENTIAL_VALUE, (Tag.USERNAME, T, "a"), (Tag.PASSWORD, T, "canary")),
            ),
        ),
    ],
    ids=["time stamp", "client correlation", "server correlation", "credentials"],
)
def test_a_header_that_is_one_request_s_own_does_not_linger(telling: Item) -> None:
    reader = messages()
    assert reader.read(request(header(V1_4, telling), item(UID))).error is None
    assert reader._headers == {}


def test_headers_are_remembered_in_bounded_number_and_size() -> None:
    reader = messages()
    for size in range(600):
        assert reader.read(request(header(V1_4, (Tag.MAXIMUM_RESPONSE_SIZE, I, size)), item(UID))).error is None
    assert 0 < len(reader._headers) <= 256
    long = header(V1_4, *[(Tag.ATTESTATION_TYPE, E, 1)] * 40)
    assert reader.read(request(long, item(UID))).error is None
    assert max(map(len, reader._headers)) < 512


# --- writing --------------------------------------------------------------------------------------------


def answer() -> ResponseBatchItem:
    key = SymmetricKey(key_block=KeyBlock(key_format_type=KeyFormatType.RAW, key_value=KeyValue(key_material=b"k")))
    payload = GetResponse(object_type=ObjectType.SYMMETRIC_KEY, unique_identifier="u", object=key)
    return ResponseBatchItem(
        operation=Operation.GET, result_status=ResultStatus.SUCCESS, response_payload=payload, unique_batch_item_id=b"1"
    )


def response_header(version: Version) -> ResponseHeader:
    numbers = ProtocolVersion(major=version.major, minor=version.minor)
    return ResponseHeader(protocol_version=numbers, time_stamp=1, batch_count=2)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_every_encoding_writes_the_same_response(version: Version) -> None:
    writer = messages().writer(version)
    pieces = [writer.piece(answer()), writer.piece(answer())]
    data = writer.message(response_header(version), pieces)
    assert writer.size(response_header(version), pieces) == len(data)
    for encoding in (ttlv, xml, json):
        other = messages().writer(version, encoding.print_)
        parts = [other.piece(answer()), other.piece(answer())]
        written = other.message(response_header(version), parts)
        assert encoding.parse(written) == ttlv.parse(data)
        # Maximum Response Size counts bytes of TTLV in every encoding, as the MSGENC cases do.
        assert other.size(response_header(version), parts) == len(data)


def test_3_0_has_neither_batch_count_nor_item_id() -> None:
    writer = messages().writer(V3_0)
    tree = ttlv.parse(writer.message(response_header(V3_0), [writer.piece(answer())]))
    assert [tag for tag, _, _ in tree[2][0][2]] == [Tag.PROTOCOL_VERSION, Tag.TIME_STAMP]
    assert Tag.UNIQUE_BATCH_ITEM_ID not in [tag for tag, _, _ in tree[2][1][2]]


def test_a_mistake_of_the_server_s_is_a_value_error() -> None:
    wrong = answer()
    wrong.result_message = 7  # type: ignore[assignment]  # the mistake
    with pytest.raises(ValueError, match="tag 0x42007D"):
        messages().writer(V1_4).piece(wrong)
