"""What the server sends, and what it reads of the answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmip_server.engine.self_description import told
from kmip_server.errors import InvalidMessage
from kmip_server.operations.discover_versions import DiscoverVersionsResponse
from kmip_server.operations.notify import notification
from kmip_server.operations.query import QueryResponse
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import Operation, ResultReason, ResultStatus
from kmip_server.spec.schema import fields_of
from kmip_server.spec.structures.query import ProfileInformation, ServerInformation
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_4, V2_1, V3_0, Version
from kmip_server.wire import ttlv
from kmip_server.wire.binder import Binder
from kmip_server.wire.outgoing import answered, request_message
from tests.subscriber import success, telling

CHANGED = [AttributeItem(Tag.LAST_CHANGE_DATE, 7, 0)]
DELETED = [AttributeItem(Tag.CONTACT_INFORMATION, None, 0)]


def sent(version: Version) -> ttlv.Item:
    payload = notification("u", CHANGED, DELETED, version)
    return ttlv.parse(request_message(Binder(version), version, Operation.NOTIFY, payload))


def test_a_notify_of_1_4_is_as_printed() -> None:
    header, item = sent(V1_4)[2]
    assert [each[0] for each in header[2]] == [Tag.PROTOCOL_VERSION, Tag.BATCH_COUNT]
    assert item[2][0][2] == Operation.NOTIFY
    uid, changed, deleted = item[2][1][2]
    assert uid == (Tag.UNIQUE_IDENTIFIER, ItemType.TEXT_STRING, "u")
    assert [each[0] for each in changed[2]] == [Tag.ATTRIBUTE_NAME, Tag.ATTRIBUTE_VALUE]
    assert deleted[2] == [(Tag.ATTRIBUTE_NAME, ItemType.TEXT_STRING, "Contact Information")]


def test_a_notify_of_2_1_is_as_printed() -> None:
    _, changed, deleted = sent(V2_1)[2][1][2][1][2]
    assert changed == (Tag.ATTRIBUTES, ItemType.STRUCTURE, [(Tag.LAST_CHANGE_DATE, ItemType.DATE_TIME, 7)])
    assert deleted == (Tag.ATTRIBUTE_REFERENCE, ItemType.ENUMERATION, int(Tag.CONTACT_INFORMATION))


def test_3_0_has_no_batch_count() -> None:
    assert [each[0] for each in sent(V3_0)[2][0][2]] == [Tag.PROTOCOL_VERSION]


def test_answers_are_read() -> None:
    assert answered(success(sent(V1_4)), Binder(V1_4)) == (ResultStatus.SUCCESS, None, "", None)
    more = (
        (int(Tag.RESULT_REASON), int(ItemType.ENUMERATION), int(ResultReason.PERMISSION_DENIED)),
        (int(Tag.RESULT_MESSAGE), int(ItemType.TEXT_STRING), "no"),
    )
    refused = success(sent(V2_1), ResultStatus.OPERATION_FAILED, *more)
    status = ResultStatus.OPERATION_FAILED
    assert answered(refused, Binder(V2_1)) == (status, ResultReason.PERMISSION_DENIED, "no", None)


def test_versions_and_operations_told_are_read_those_we_do_not_know_too() -> None:
    reply = telling(sent(V1_4), [V1_4, Version(9, 9)], [1, 0x80000001])
    versions = answered(reply, Binder(V1_4), DiscoverVersionsResponse).payload.protocol_version
    assert [(each.major, each.minor) for each in versions] == [V1_4, (9, 9)]
    assert answered(reply, Binder(V1_4), QueryResponse).payload.operation == [1, 0x80000001]


@pytest.mark.parametrize(
    "odd",
    [
        (Tag.SERVER_INFORMATION, ItemType.STRUCTURE, [(0x540001, int(ItemType.INTEGER), 1)]),
        (Tag.OPERATION, ItemType.ENUMERATION, 0x7000),
        (Tag.OPERATION, ItemType.TEXT_STRING, "Get"),
        (Tag.VENDOR_IDENTIFICATION, ItemType.STRUCTURE, []),
        (Tag.PROFILE_INFORMATION, ItemType.STRUCTURE, []),
        (Tag.UNIQUE_IDENTIFIER, ItemType.TEXT_STRING, "u"),
    ],
)
def test_a_field_that_cannot_be_read_does_not_spoil_the_others(odd: tuple[int, int, object]) -> None:
    known = (int(Tag.OPERATION), int(ItemType.ENUMERATION), int(Operation.GET))
    own = (int(Tag.VENDOR_IDENTIFICATION), int(ItemType.TEXT_STRING), "ACME")
    strange = (int(odd[0]), int(odd[1]), odd[2])
    reply = success(
        sent(V1_4), ResultStatus.SUCCESS, (Tag.RESPONSE_PAYLOAD, int(ItemType.STRUCTURE), [known, strange, own])
    )
    payload = answered(reply, Binder(V1_4), QueryResponse).payload
    assert (payload.operation, payload.vendor_identification) == ([Operation.GET], "ACME")


def test_what_contradicts_itself_says_nothing() -> None:
    own = (int(Tag.VENDOR_IDENTIFICATION), int(ItemType.TEXT_STRING), "ACME")
    reply = success(sent(V1_4), ResultStatus.SUCCESS, (Tag.RESPONSE_PAYLOAD, int(ItemType.STRUCTURE), [own, own]))
    assert answered(reply, Binder(V1_4), QueryResponse).payload == QueryResponse()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        ttlv.print_(sent(V1_4)),
        ttlv.print_((int(Tag.RESPONSE_MESSAGE), int(ItemType.STRUCTURE), [])),
        success(sent(V1_4))[:-8],
    ],
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidMessage):
        answered(data, Binder(V1_4))


_VALUES: dict[int, st.SearchStrategy[Any]] = {
    int(ItemType.INTEGER): st.integers(-(2**31), 2**31 - 1),
    int(ItemType.ENUMERATION): st.integers(0, 2**32 - 1) | st.integers(0, 40),
    int(ItemType.BOOLEAN): st.booleans(),
    int(ItemType.TEXT_STRING): st.sampled_from(["", "ACME", "\n\u202e"]),
    int(ItemType.BYTE_STRING): st.binary(max_size=5),
}
_TAGS = st.sampled_from(
    [int(spec.tag) for cls in (QueryResponse, ServerInformation, ProfileInformation) for _, spec in fields_of(cls)]
)


def _items(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(_TAGS, st.just(int(ItemType.STRUCTURE)), st.lists(of, max_size=4))


_PLAIN = st.one_of(*(st.tuples(_TAGS, st.just(kind), values) for kind, values in _VALUES.items()))


@given(st.lists(st.recursive(_PLAIN, _items, max_leaves=8), max_size=6), st.sampled_from([V1_4, V2_1]))
def test_whatever_a_subscriber_answers_is_read_or_left_out(payload: list[Any], version: Version) -> None:
    reply = success(sent(version), ResultStatus.SUCCESS, (Tag.RESPONSE_PAYLOAD, int(ItemType.STRUCTURE), payload))
    found = answered(reply, Binder(version), QueryResponse).payload
    assert isinstance(found, QueryResponse)
    assert all(values for values in told(found).values())
