"""What the server sends, and what it reads of the answers."""

from __future__ import annotations

import pytest

from kmip_server.errors import InvalidMessage
from kmip_server.operations.notify import notification
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import Operation, ResultReason, ResultStatus
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
    assert answered(success(sent(V1_4))) == (ResultStatus.SUCCESS, None, "", (), ())
    more = (
        (int(Tag.RESULT_REASON), int(ItemType.ENUMERATION), int(ResultReason.PERMISSION_DENIED)),
        (int(Tag.RESULT_MESSAGE), int(ItemType.TEXT_STRING), "no"),
    )
    refused = success(sent(V2_1), ResultStatus.OPERATION_FAILED, *more)
    assert answered(refused) == (ResultStatus.OPERATION_FAILED, ResultReason.PERMISSION_DENIED, "no", (), ())


def test_versions_and_operations_told_are_read_those_we_do_not_know_too() -> None:
    assert answered(telling(sent(V1_4), [V1_4, Version(9, 9)], [1, 0x80000001]))[3:] == (
        (V1_4, Version(9, 9)), (1, 0x80000001),
    )  # fmt: skip


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
        answered(data)
