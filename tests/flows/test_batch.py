"""The envelope's promises: order, continuation, undo, placeholder, sizes, extensions, versions (1.4 §6; 2.1 §9)."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import (
    BatchErrorContinuationOption,
    LinkType,
    ObjectType,
    Operation,
    ResultReason,
    ResultStatus,
    State,
    UniqueIdentifierCode,
    UsageLimitsUnit,
)
from kmip_server.spec.structures.attributes import Link, UsageLimits
from kmip_server.spec.structures.envelope import MessageExtension
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_2, V1_4, V2_0, V2_1, V3_0, VERSIONS, Version
from kmip_server.wire import ttlv
from tests.flows import strict
from tests.flows.client import (
    CBC,
    Ask,
    Client,
    aes,
    attributes,
    boolean,
    data,
    enumeration,
    integer,
    name,
    raw,
    struct,
    text,
)
from tests.flows.objects import secret
from tests.flows.requests import (
    Activate,
    AddAttribute,
    Create,
    CreateKeyPair,
    Decrypt,
    Destroy,
    Encrypt,
    Get,
    GetAttributes,
    Locate,
    Query,
    Register,
    revoke,
)

STOP, CONTINUE, UNDO = (
    BatchErrorContinuationOption.STOP,
    BatchErrorContinuationOption.CONTINUE,
    BatchErrorContinuationOption.UNDO,
)
OK, FAILED, UNDONE = ResultStatus.SUCCESS, ResultStatus.OPERATION_FAILED, ResultStatus.OPERATION_UNDONE


def _create(*more: tuple[Any, Any]) -> Any:
    return Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 12, *more))


def _nothing() -> Any:
    return Get(unique_identifier="none")


# --- order and continuation ------------------------------------------------------------------------


@pytest.mark.parametrize("order", [None, True, False])
@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_items_run_and_are_answered_in_the_order_in_which_they_stand(
    client: Client, version: Version, order: bool | None
) -> None:
    speaking = client.speaking(version)
    answers = speaking.ask(_create(), Activate(), revoke(), Destroy(), batch_order_option=order)
    assert [each.operation for each in answers] == [
        Operation.CREATE,
        Operation.ACTIVATE,
        Operation.REVOKE,
        Operation.DESTROY,
    ]
    assert all(each.ok for each in answers)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize(
    ("option", "statuses", "kept"),
    [
        (None, [OK, FAILED], 1),
        (STOP, [OK, FAILED], 1),
        (CONTINUE, [OK, FAILED, OK], 2),
        (UNDO, [UNDONE, FAILED], 0),
    ],
)
def test_what_follows_a_failure(
    client: Client,
    version: Version,
    option: BatchErrorContinuationOption | None,
    statuses: list[ResultStatus],
    kept: int,
) -> None:
    speaking = client.speaking(version)
    answers = speaking.ask(_create(), _nothing(), _create(), batch_error_continuation_option=option)
    assert [each.status for each in answers] == statuses
    assert len(client.server.store.objects) == kept


def test_undo_takes_back_every_kind_of_change(client: Client) -> None:
    limits = UsageLimits(usage_limits_total=9, usage_limits_unit=UsageLimitsUnit.OBJECT)
    used = client.active(aes(256, 12, (Tag.USAGE_LIMITS, limits)))
    dying, sleeping = client.create(), client.create()
    before = dict(client.server.store.objects)
    answers = client.ask(
        Encrypt(unique_identifier=used, cryptographic_parameters=CBC, data=b"x"),
        Get(unique_identifier=sleeping),
        Activate(unique_identifier=sleeping),
        AddAttribute(unique_identifier=used, new_attribute=AttributeItem(Tag.NAME, name("new"))),
        Destroy(unique_identifier=dying),
        _create(),
        _nothing(),
        _create(),
        batch_error_continuation_option=UNDO,
    )
    assert [each.status for each in answers] == [UNDONE] * 6 + [FAILED]
    assert client.server.store.objects == before
    assert client.shown(dying, Tag.STATE) == {Tag.STATE: [State.PRE_ACTIVE]}
    assert client.do(Get(unique_identifier=dying)).object.key_block.key_value


def test_what_was_undone_names_its_object_and_gives_nothing_away(client: Client) -> None:
    """BL-M-2; a key that Get handed out before is not handed out by an answer that says it was not."""
    uid = client.create()
    asked = (Get(unique_identifier=uid), Activate(unique_identifier=uid), Destroy(unique_identifier="none"))
    got, activated, _ = client.ask(*asked, batch_error_continuation_option=UNDO)
    assert (got.status, got.payload) == (UNDONE, None)
    assert (activated.status, activated.payload.unique_identifier) == (UNDONE, uid)


def test_undo_without_a_failure_keeps_everything(client: Client) -> None:
    answers = client.ask(_create(), Activate(), batch_error_continuation_option=UNDO)
    assert [each.status for each in answers] == [OK, OK]
    assert client.shown(answers[0].payload.unique_identifier, Tag.STATE) == {Tag.STATE: [State.ACTIVE]}


def test_the_audit_trail_tells_what_was_undone(client: Client) -> None:
    client.ask(_create(), _nothing(), batch_error_continuation_option=UNDO)
    results = [row.fields for row in client.server.store.audit]
    assert "Operation Undone" in results[0] and "Operation Failed" in results[1]


# --- identifiers of batch items --------------------------------------------------------------------


@pytest.mark.parametrize("item_id", [b"\0", b"\0" * 16, b"\x01\0", bytes(range(256)), b"x" * 1000])
def test_the_batch_item_id_is_echoed_whatever_becomes_of_the_item(client: Client, item_id: bytes) -> None:
    speaking = client.speaking(V1_2)
    unserved = raw(Operation.CHECK)
    unserved.item_id = item_id
    garbled = raw(Operation.GET, integer(Tag.UNIQUE_IDENTIFIER, 1))
    garbled.item_id = item_id
    for asked in (Ask(Query(), item_id=item_id), Ask(_nothing(), item_id=item_id), unserved, garbled):
        assert speaking.one(asked).item_id == item_id
    undone = speaking.ask(Ask(_create(), item_id=item_id), _nothing(), batch_error_continuation_option=UNDO)
    assert undone[0].item_id == item_id


def test_an_item_without_id_is_answered_without(client: Client) -> None:
    assert client.one(Query()).item_id is None


# --- what an identifier may stand for --------------------------------------------------------------


def test_there_is_no_placeholder_before_something_set_it(client: Client) -> None:
    client.create()
    for version in VERSIONS:
        assert client.speaking(version).refusal(Get()) in (ResultReason.ITEM_NOT_FOUND, ResultReason.OBJECT_NOT_FOUND)


def test_locate_sets_the_placeholder_only_where_it_found_exactly_one(client: Client) -> None:
    one = client.create(aes(256, 12, (Tag.NAME, name("one")), (Tag.OBJECT_GROUP, "g")))
    client.create(aes(256, 12, (Tag.OBJECT_GROUP, "g")))
    by_name = Locate(attributes=attributes((Tag.NAME, name("one"))))
    many = Locate(attributes=attributes((Tag.OBJECT_GROUP, "g")))
    none = Locate(attributes=attributes((Tag.NAME, name("none"))))
    assert client.ask(by_name, Get())[1].payload.unique_identifier == one
    for emptying in (many, none):
        assert not client.ask(by_name, emptying, Get())[2].ok


def test_a_failed_creation_leaves_no_placeholder_to_those_who_meant_its_object(client: Client) -> None:
    bad = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 7)))
    made, failed, destroyed = client.ask(_create(), bad, Destroy(), batch_error_continuation_option=CONTINUE)
    assert (made.ok, failed.ok, destroyed.ok) == (True, False, False)
    assert client.do(Get(unique_identifier=made.payload.unique_identifier))


def test_the_placeholder_after_a_key_pair_is_the_private_key(client: Client) -> None:
    pair = CreateKeyPair(common_attributes=attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, 0x37)))
    made, got = client.ask(pair, Get())
    assert got.payload.unique_identifier == made.payload.private_key_unique_identifier


def test_codes_stand_for_what_the_batch_made(client: Client) -> None:
    pair = CreateKeyPair(common_attributes=attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, 0x37)))
    kept = Register(object_type=ObjectType.SECRET_DATA, attributes=attributes(), object=secret())
    code = UniqueIdentifierCode
    for version in (V2_0, V2_1, V3_0):
        answers = client.speaking(version).ask(
            _create(),
            pair,
            kept,
            *(
                GetAttributes(unique_identifier=each)
                for each in (
                    code.CREATE,
                    code.CREATE_KEY_PAIR_PRIVATE_KEY,
                    code.CREATE_KEY_PAIR_PUBLIC_KEY,
                    code.REGISTER,
                    code.ID_PLACEHOLDER,
                )
            ),
        )
        made, keys, secret_data, *shown = (each.payload for each in answers)
        assert [each.unique_identifier for each in shown] == [
            made.unique_identifier,
            keys.private_key_unique_identifier,
            keys.public_key_unique_identifier,
            secret_data.unique_identifier,
            secret_data.unique_identifier,
        ]
    assert client.refusal(Get(unique_identifier=code.CREATE)) is ResultReason.OBJECT_NOT_FOUND
    assert client.refusal(Get(unique_identifier=code(0x99))) is ResultReason.OBJECT_NOT_FOUND


def test_an_index_counts_the_identifiers_of_the_response(client: Client) -> None:
    """2.1 Table 145: from its beginning, or backwards from the current item."""
    pair = CreateKeyPair(common_attributes=attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, 0x37)))
    asked = [GetAttributes(unique_identifier=index) for index in (0, 1, 2, -1)]
    made, keys, *shown = (each.payload for each in client.ask(_create(), pair, *asked))
    expected = [made.unique_identifier, keys.private_key_unique_identifier, keys.public_key_unique_identifier]
    assert [each.unique_identifier for each in shown[:3]] == expected
    assert shown[3].unique_identifier == expected[2]  # the item before it answered with the third
    for index in (0, 1, -1, 7):
        assert client.refusal(Get(unique_identifier=index)) is ResultReason.OBJECT_NOT_FOUND
    found = client.ask(Locate(maximum_items=3), Get(unique_identifier=2), Get(unique_identifier=-2))
    assert [each.payload.unique_identifier for each in found[1:]] == [
        found[0].payload.unique_identifier[2],
        found[0].payload.unique_identifier[2],
    ]


def test_a_link_may_name_its_object_by_code_or_index(client: Client) -> None:
    first = client.create()
    for stands_for in (UniqueIdentifierCode.CREATE, UniqueIdentifierCode.ID_PLACEHOLDER, 0, -1):
        link = Link(link_type=LinkType.PARENT_LINK, linked_object_identifier=stands_for)  # type: ignore[arg-type]
        item = AttributeItem(Tag.LINK, link)
        made, linked = client.ask(_create(), AddAttribute(unique_identifier=first, new_attribute=item))
        assert linked.ok
        (*_, newest) = client.speaking(V1_4).shown(first, Tag.LINK)[Tag.LINK]
        assert newest.linked_object_identifier == made.payload.unique_identifier
        also = client.ask(_create(), _create((Tag.LINK, link)))
        links = client.shown(also[1].payload.unique_identifier, Tag.LINK)[Tag.LINK]
        assert links[0].linked_object_identifier == also[0].payload.unique_identifier
    dangling = Link(link_type=LinkType.PARENT_LINK, linked_object_identifier=5)  # type: ignore[arg-type]
    assert client.refusal(_create((Tag.LINK, dangling))) is ResultReason.OBJECT_NOT_FOUND


def test_1_x_knows_neither_codes_nor_indices(client: Client) -> None:
    for wrong in (integer(Tag.UNIQUE_IDENTIFIER, 0), enumeration(Tag.UNIQUE_IDENTIFIER, 1)):
        assert client.speaking(V1_4).refusal(raw(Operation.GET, wrong)) is ResultReason.INVALID_MESSAGE


# --- sizes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_an_answer_over_the_maximum_leaves_nothing_half_done(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    for asked in (_create(), Ask(_create(), item_id=None)):
        assert speaking.refusal(asked, maximum_response_size=180) is ResultReason.RESPONSE_TOO_LARGE
    assert client.server.store.objects == {}
    first, second = speaking.ask(_create(), _create(), maximum_response_size=300)
    assert (first.ok, second.reason) == (True, ResultReason.RESPONSE_TOO_LARGE)
    assert list(client.server.store.objects) == [first.payload.unique_identifier]


def test_the_maximum_is_met_to_the_byte(client: Client) -> None:
    uid = client.create()
    message = client.message(Get(unique_identifier=uid))
    size = len(client.server.send(ttlv.print_(message)))
    assert client.one(Get(unique_identifier=uid), maximum_response_size=size).ok
    assert client.refusal(Get(unique_identifier=uid), maximum_response_size=size - 1) is ResultReason.RESPONSE_TOO_LARGE


def test_undo_reaches_what_an_overlong_answer_came_after(client: Client) -> None:
    answers = client.ask(_create(), _create(), maximum_response_size=300, batch_error_continuation_option=UNDO)
    assert [each.status for each in answers] == [UNDONE, FAILED]
    assert client.server.store.objects == {}


# --- extensions, ephemeral, asynchronous -----------------------------------------------------------


def _extension(critical: bool) -> MessageExtension:
    content = (int(ItemType.STRUCTURE), [text(0x540001, "na")])
    return MessageExtension(vendor_identification="Acme", criticality_indicator=critical, vendor_extension=content)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_an_extension_nobody_needs_to_understand_is_passed_over(client: Client, version: Version) -> None:
    assert client.speaking(version).one(Ask(_create(), extensions=[_extension(False)])).ok


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_critical_extension_rejects_the_entire_message(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    asked = (_create(), Ask(_create(), extensions=[_extension(False), _extension(True)]), _create())
    reason = ResultReason.UNKNOWN_MESSAGE_EXTENSION if version >= V2_0 else ResultReason.FEATURE_NOT_SUPPORTED
    assert [each.reason for each in speaking.ask(*asked)] == [reason]
    continued = speaking.ask(*asked, batch_error_continuation_option=CONTINUE)
    assert [each.reason for each in continued] == [reason] * 3
    assert client.server.store.objects == {}


def test_ephemeral_keeps_the_data_back(client: Client) -> None:
    uid = client.active()
    sealed = client.do(Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b"x"))
    opened = Decrypt(
        unique_identifier=uid, cryptographic_parameters=CBC, data=sealed.data, iv_counter_nonce=sealed.iv_counter_nonce
    )
    assert client.do(Ask(opened, ephemeral=True)).data is None
    assert client.do(Ask(opened, ephemeral=False)).data == b"x"


# --- versions and counts ---------------------------------------------------------------------------


def _claiming(client: Client, claimed: Version, answered: Version) -> ResultReason:
    """The reason of the one item without operation that answers a request of a version not served."""
    message = client.speaking(answered).message(Query())
    header = message[2][0][2]
    header[0] = struct(
        Tag.PROTOCOL_VERSION,
        integer(Tag.PROTOCOL_VERSION_MAJOR, claimed.major),
        integer(Tag.PROTOCOL_VERSION_MINOR, claimed.minor),
    )
    reply = strict.read(client.server.send(ttlv.print_(message)), answered)
    (item,) = strict.children(reply, Tag.BATCH_ITEM)
    assert strict.child(item, Tag.OPERATION) is None
    return ResultReason(strict.value(item, Tag.RESULT_REASON))


@pytest.mark.parametrize(
    ("claimed", "answered"),
    [
        (Version(0, 9), V1_0),
        (Version(1, 5), V1_4),
        (Version(1, 10), V1_4),
        (Version(1, 99), V1_4),
        (Version(2, 2), V2_1),
        (Version(3, 1), V3_0),
        (Version(9, 0), V3_0),
        (Version(2**31 - 1, 0), V3_0),
        (Version(-1, -1), V1_0),
    ],
    ids=str,
)
def test_an_unknown_version_is_answered_in_the_nearest_older_one(
    client: Client, claimed: Version, answered: Version
) -> None:
    reason = _claiming(client, claimed, answered)
    assert reason is (ResultReason.INVALID_MESSAGE if answered < V2_0 else ResultReason.UNSUPPORTED_PROTOCOL_VERSION)


def test_a_version_that_the_configuration_leaves_out_is_not_served(make_server: Any) -> None:
    client = Client(make_server(versions=[V1_4, V2_1]), V2_1)
    assert _claiming(client, V2_0, V1_4) is ResultReason.INVALID_MESSAGE
    assert _claiming(client, V1_0, V1_4) is ResultReason.INVALID_MESSAGE
    assert _claiming(client, V3_0, V2_1) is ResultReason.UNSUPPORTED_PROTOCOL_VERSION


@pytest.mark.parametrize("count", [0, 1, 3, -1, 1 << 30])
def test_a_batch_count_that_is_not_the_number_of_items(client: Client, count: int) -> None:
    (answer,) = client.ask(_create(), _create(), batch_count=count)
    assert (answer.operation, answer.reason) == (None, ResultReason.INVALID_MESSAGE)
    assert client.server.store.objects == {}


def test_a_message_without_items_and_one_with_too_many(client: Client) -> None:
    (answer,) = client.ask(batch_count=0)
    assert answer.reason is ResultReason.INVALID_MESSAGE
    (answer,) = client.ask(*[Query()] * 1001)
    assert answer.reason is ResultReason.INVALID_MESSAGE


def test_the_time_stamp_is_the_servers(client: Client) -> None:
    client.server.clock.advance(1000)
    reply = client.server.exchange(client.message(Query(), time_stamp=5))
    assert strict.value(reply, Tag.RESPONSE_HEADER, Tag.TIME_STAMP) == client.server.clock.seconds


# --- items that fail alone -------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("code", [0x041, 0x7FFFFFFF, 0x80000001, int(Operation.NOTIFY)])
def test_an_operation_not_served_fails_alone(client: Client, version: Version, code: int) -> None:
    speaking = client.speaking(version)
    unknown, after = speaking.ask(raw(code), Query(), batch_error_continuation_option=CONTINUE)
    assert (unknown.reason, after.ok) == (ResultReason.OPERATION_NOT_SUPPORTED, True)
    assert speaking.one(Query()).ok


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (struct(Tag.REQUEST_PAYLOAD, text(Tag.UNIQUE_IDENTIFIER, "a"), text(Tag.UNIQUE_IDENTIFIER, "b")), "message"),
        (struct(Tag.REQUEST_PAYLOAD, boolean(Tag.UNIQUE_IDENTIFIER, True)), "message"),
        (struct(Tag.REQUEST_PAYLOAD, text(Tag.UNIQUE_IDENTIFIER, "a"), data(Tag.DATA, b"x")), "field"),
        (struct(Tag.REQUEST_PAYLOAD, text(0x42FFFF, "x")), "field"),
        (struct(Tag.REQUEST_PAYLOAD, text(0x540001, "x")), "field"),
        (struct(Tag.REQUEST_PAYLOAD, enumeration(Tag.KEY_FORMAT_TYPE, 0x7777)), "field"),
        (text(Tag.REQUEST_PAYLOAD, "not a structure"), "message"),
    ],
    ids=["twice", "wrong type", "field of another operation", "unknown tag", "vendor tag", "unknown value", "text"],
)
@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_payload_that_cannot_be_read_fails_alone(client: Client, version: Version, payload: Any, reason: str) -> None:
    """1.4 §11.1: repeated or ill-typed: Invalid Message; unknown to the version: Invalid Field."""
    speaking = client.speaking(version)
    broken, after = speaking.ask(Ask(payload, Operation.GET), Query(), batch_error_continuation_option=CONTINUE)
    expected = {"message": ResultReason.INVALID_MESSAGE, "field": ResultReason.INVALID_FIELD}[reason]
    assert (broken.operation, broken.reason, after.ok) == (Operation.GET, expected, True)


def test_an_item_without_payload_fails_alone(client: Client) -> None:
    message = client.message(Query(), Query(), batch_error_continuation_option=CONTINUE)
    first = message[2][1][2]
    del first[-1]
    broken, after = client.send(message)
    assert (broken.reason, after.ok) == (ResultReason.INVALID_MESSAGE, True)


def test_nothing_is_shared_between_requests(client: Client) -> None:
    client.ask(_create(), Activate())
    assert client.refusal(Destroy()) is ResultReason.OBJECT_NOT_FOUND
