"""Asynchronous requests: which are deferred, when they are done, whose they are, and what a crash leaves."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.audit import AuditChain, verify
from kmip_server.engine.pending import LEASE_US, MOST_ATTEMPTS, REST_US
from kmip_server.engine.server import Engine
from kmip_server.operations.cancel import CancelRequest as Cancel
from kmip_server.operations.poll import PollRequest as Poll
from kmip_server.operations.process import ProcessRequest as Process
from kmip_server.operations.query_asynchronous_requests import (
    AsynchronousCorrelationValues,
    Operations,
    QueryAsynchronousRequestsRequest,
)
from kmip_server.ports import PendingLimits, StoreError
from kmip_server.spec.enums import (
    AsynchronousIndicator,
    BatchErrorContinuationOption,
    CancellationResult,
    CryptographicAlgorithm,
    ObjectType,
    Operation,
    ProcessingStage,
    ResultReason,
    ResultStatus,
    UniqueIdentifierCode,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.envelope import MessageExtension
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_4, V2_0, V2_1, V3_0, VERSIONS, Version
from tests.flows.client import Answer, Ask, Client, aes, attributes, boolean, enumeration, name, text
from tests.flows.requests import Activate, Create, CreateKeyPair, Destroy, Get, GetAttributes, Locate, Query
from tests.kit import BOB, TABLE, Server

R = ResultReason
PENDING = ResultStatus.OPERATION_PENDING
FAILED = ResultStatus.OPERATION_FAILED
MANDATORY = (5, int(AsynchronousIndicator.MANDATORY))
OPTIONAL = (5, int(AsynchronousIndicator.OPTIONAL))
PROHIBITED = (5, int(AsynchronousIndicator.PROHIBITED))
ALLOWED = (6, True)
REST = REST_US / 1e6
UNKNOWN = {True: R.INVALID_ASYNCHRONOUS_CORRELATION_VALUE, False: R.ITEM_NOT_FOUND}
"""2.1 Table 277; 1.4 §11.29."""


@pytest.fixture
def server() -> Any:
    made = Server()
    yield made
    assert not list(verify(made.store.audit_rows(), made.store.audit_head()))


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server)


def begun(client: Client, *asked: Any, indicator: Any = MANDATORY, **header: Any) -> list[bytes]:
    """The Asynchronous Correlation Values of items that are all pending."""
    answers = client.ask(*asked, asynchronous_indicator=indicator, **header)
    assert [answer.status for answer in answers] == [PENDING] * len(asked)
    return [answer.value for answer in answers if answer.value]


def poll(client: Client, value: bytes) -> Answer:
    return client.one(Poll(asynchronous_correlation_value=value))


def cancel(client: Client, value: bytes) -> CancellationResult:
    done = client.do(Cancel(asynchronous_correlation_value=value))
    assert done.asynchronous_correlation_value == value
    return CancellationResult(done.cancellation_result)


def create(*more: Any) -> Create:
    return Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, Mask.ENCRYPT, *more))


def pair() -> CreateKeyPair:
    common = attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.RSA), (Tag.CRYPTOGRAPHIC_LENGTH, 1024))
    return CreateKeyPair(
        common_attributes=common,
        private_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.SIGN))),
        public_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.VERIFY))),
    )


def audit(server: Server) -> list[tuple[str, str]]:
    """Operation and result of every record."""
    return [(row.fields[4], row.fields[9]) for row in server.store.audit_rows()]


def found(client: Client) -> list[str]:
    return list(client.do(Locate()).unique_identifier)


# --- what its items refer to -------------------------------------------------------------------------


def test_an_item_that_is_polled_for_has_one_object(server: Server, client: Client) -> None:
    """2.1 §11.58 has an operation repeated; §6.1.38 gives each Correlation Value one response."""
    several = Activate(unique_identifier=UniqueIdentifierCode.CREATE_KEY_PAIR)
    one = Activate(unique_identifier=UniqueIdentifierCode.CREATE_KEY_PAIR_PRIVATE_KEY)
    option = BatchErrorContinuationOption.CONTINUE
    quick = CreateKeyPair(common_attributes=attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.ED25519)))
    values = begun(client, quick, several, one, batch_error_continuation_option=option)
    server.clock.advance(REST)
    made, refused, done = (poll(client, value) for value in values)
    assert (made.status, refused.reason) == (ResultStatus.SUCCESS, R.FEATURE_NOT_SUPPORTED)
    assert done.payload.unique_identifier == made.payload.private_key_unique_identifier


# --- which requests are deferred -------------------------------------------------------------------


@pytest.mark.parametrize("version", [version for version in VERSIONS if version < V2_0], ids=str)
def test_in_1_x_what_may_take_long_is_deferred_where_the_client_allows_it(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = speaking.create()
    (value,) = begun(speaking, Locate(), indicator=ALLOWED)
    answer = poll(speaking, value)
    assert (answer.operation, answer.status) == (Operation.LOCATE, ResultStatus.SUCCESS)
    assert answer.payload.unique_identifier == [uid]
    for indicator in (None, (6, False)):
        assert speaking.one(Locate(), asynchronous_indicator=indicator).payload.unique_identifier == [uid]
    assert speaking.one(Get(unique_identifier=uid), asynchronous_indicator=ALLOWED).ok
    assert all(answer.ok for answer in speaking.ask(Locate(), Locate(), asynchronous_indicator=ALLOWED))


@pytest.mark.parametrize("version", [V2_0, V2_1, V3_0], ids=str)
def test_since_2_0_three_words_say_it(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = speaking.create()
    for asked in (Get(unique_identifier=uid), Query(), Locate()):
        (value,) = begun(speaking, asked)
        assert poll(speaking, value).ok
        assert speaking.one(asked, asynchronous_indicator=PROHIBITED).ok
    assert speaking.one(Get(unique_identifier=uid), asynchronous_indicator=OPTIONAL).ok
    begun(speaking, Locate(), indicator=OPTIONAL)


def test_the_answer_to_poll_is_the_one_that_would_have_been_given_at_once(client: Client) -> None:
    uid = client.create(aes(256, Mask.ENCRYPT, (Tag.NAME, name("one")), (Tag.NAME, name("two"))))
    for version in VERSIONS:
        speaking = client.speaking(version)
        for asked in (Get(unique_identifier=uid), GetAttributes(unique_identifier=uid), Get(unique_identifier="none")):
            at_once = speaking.one(asked)
            indicator = MANDATORY if version >= V2_0 else None
            if indicator is None:
                continue
            (value,) = begun(speaking, asked, indicator=indicator)
            later = poll(speaking, value)
            assert (later.operation, later.status, later.reason) == (asked_for(asked), at_once.status, at_once.reason)
            assert (later.payload, later.message) == (at_once.payload, at_once.message)
            assert later.tree[2][1:] == at_once.tree[2][1:]


def asked_for(request: Any) -> Operation:
    return next(code for code, handler in TABLE.items() if handler.request is type(request))


def test_what_must_be_refused_is_refused_at_once(client: Client) -> None:
    bad = [
        (Ask((int(Tag.REQUEST_PAYLOAD), 1, [text(Tag.NAME, "x")]), Operation.GET), R.INVALID_FIELD),
        (Ask((int(Tag.REQUEST_PAYLOAD), 1, []), Operation.NOTIFY), R.OPERATION_NOT_SUPPORTED),
    ]
    for asked, reason in bad:
        answer = client.one(asked, asynchronous_indicator=MANDATORY)
        assert (answer.status, answer.reason) == (FAILED, reason)


def test_a_critical_extension_refuses_the_whole_message_at_once(client: Client) -> None:
    critical = MessageExtension(vendor_identification="x", criticality_indicator=True)
    answers = client.ask(create(), Ask(create(), extensions=[critical]), asynchronous_indicator=MANDATORY)
    assert [(answer.status, answer.reason) for answer in answers] == [(FAILED, R.UNKNOWN_MESSAGE_EXTENSION)]
    assert client.server.store.jobs == {}


def test_an_undone_request_leaves_nothing_pending(client: Client) -> None:
    asked = (create(), Poll(asynchronous_correlation_value=b"none"))
    undo = BatchErrorContinuationOption.UNDO
    answers = client.ask(*asked, asynchronous_indicator=MANDATORY, batch_error_continuation_option=undo)
    assert [answer.status for answer in answers] == [ResultStatus.OPERATION_UNDONE, FAILED]
    assert client.server.store.jobs == {}


def test_undo_passes_over_what_was_canceled(client: Client) -> None:
    undo = BatchErrorContinuationOption.UNDO
    first, second, third = begun(
        client, Query(), create(), Get(unique_identifier="none"), batch_error_continuation_option=undo
    )
    cancel(client, first)
    answers = [poll(client, value) for value in (second, third)]
    assert [(answer.operation, answer.status) for answer in answers] == [
        (Operation.CREATE, ResultStatus.OPERATION_UNDONE),
        (Operation.GET, FAILED),
    ]


def test_poll_and_its_kin_are_answered_at_once_whatever_the_header_says(client: Client) -> None:
    (value,) = begun(client, create())
    answers = client.ask(
        Poll(asynchronous_correlation_value=value),
        create(),
        QueryAsynchronousRequestsRequest(),
        Cancel(asynchronous_correlation_value=value),
        asynchronous_indicator=MANDATORY,
    )
    assert [answer.status.name for answer in answers] == ["SUCCESS", "OPERATION_PENDING", "SUCCESS", "SUCCESS"]


def test_the_id_of_a_batch_item_is_that_of_the_poll(client: Client) -> None:
    (value,) = begun(client, Ask(create(), item_id=b"one"))
    asked = Ask(Poll(asynchronous_correlation_value=value), item_id=b"two")
    assert client.one(asked).item_id == b"two"


# --- when they are done ----------------------------------------------------------------------------


def test_a_request_rests_and_is_then_done_without_being_asked_for(server: Server, client: Client) -> None:
    begun(client, create())
    server.idle()
    assert found(client) == []
    server.clock.advance(REST)
    server.idle()
    assert len(found(client)) == 1
    server.idle()
    assert len(found(client)) == 1
    made = [("Create", "Operation Pending"), ("Create", "Success")]
    assert [record for record in audit(server) if record[0] == "Create"] == made


def test_what_is_slow_is_prepared_in_a_thread_and_pending_until_then(server: Server, client: Client) -> None:
    (value,) = begun(client, pair())
    answer = poll(client, value)
    assert (answer.operation, answer.status, answer.value) == (Operation.CREATE_KEY_PAIR, PENDING, value)
    slow = server.engine.pending.chore()
    assert slow is not None
    assert poll(client, value).status is PENDING
    listed = client.do(QueryAsynchronousRequestsRequest()).asynchronous_request
    assert [each.processing_stage for each in listed] == [ProcessingStage.IN_PROCESS]
    slow()
    assert server.engine.pending.chore() is None
    done = poll(client, value)
    assert done.ok
    assert sorted(found(client)) == sorted(
        [done.payload.private_key_unique_identifier, done.payload.public_key_unique_identifier]
    )


def test_items_of_one_request_run_together_and_in_order(client: Client) -> None:
    values = begun(client, create(), Activate(), Get(), Destroy())
    answers = [poll(client, value) for value in values]
    assert [answer.status.name for answer in answers] == ["SUCCESS"] * 3 + ["OPERATION_FAILED"]
    made = answers[0].payload.unique_identifier
    assert answers[1].payload.unique_identifier == answers[2].payload.unique_identifier == made
    assert answers[3].reason is R.WRONG_KEY_LIFECYCLE_STATE


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (None, ["SUCCESS", "OPERATION_FAILED", "OPERATION_FAILED"]),
        (BatchErrorContinuationOption.CONTINUE, ["SUCCESS", "OPERATION_FAILED", "SUCCESS"]),
        (BatchErrorContinuationOption.UNDO, ["OPERATION_UNDONE", "OPERATION_FAILED", "OPERATION_FAILED"]),
    ],
)
def test_what_follows_a_failure_is_as_the_request_says(client: Client, option: Any, expected: list[str]) -> None:
    values = begun(client, create(), Get(unique_identifier="none"), create(), batch_error_continuation_option=option)
    assert [poll(client, value).status.name for value in values] == expected
    assert len(found(client)) == expected.count("SUCCESS")


def test_the_policy_is_asked_when_the_request_is_done(server: Server, client: Client) -> None:
    uid = client.create()
    (value,) = begun(Client(server, V2_1, BOB), Get(unique_identifier=uid))
    answer = poll(Client(server, V2_1, BOB), value)
    assert (answer.status, answer.reason) == (FAILED, client.refusal(Get(unique_identifier="none")))
    record = [row for row in server.store.audit_rows() if row.fields[4] == "Get"][1]
    assert record.fields[0] == "CN=bob"


def test_an_answer_too_long_for_the_client_undoes_nothing_and_is_there_again(client: Client) -> None:
    uid = client.create()
    (value,) = begun(client, Get(unique_identifier=uid))
    asked = Poll(asynchronous_correlation_value=value)
    assert client.refusal(asked, maximum_response_size=200) is R.RESPONSE_TOO_LARGE
    assert client.one(asked).ok
    assert client.one(asked).ok


def test_poll_in_another_version(client: Client) -> None:
    uid = client.create()
    (value,) = begun(client, GetAttributes(unique_identifier=uid))
    old = poll(client.speaking(V1_0), value)
    assert old.ok
    assert old.payload.unique_identifier == uid


# --- cancel ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_1], ids=str)
def test_a_request_that_rests_can_be_canceled(server: Server, client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    (value,) = begun(speaking, Locate(), indicator=ALLOWED if version < V2_0 else MANDATORY)
    assert cancel(speaking, value) is CancellationResult.CANCELED
    answer = poll(speaking, value)
    assert (answer.status, answer.reason) == (FAILED, R.OPERATION_CANCELED_BY_REQUESTER)
    server.clock.advance(REST)
    server.idle()
    assert audit(server).count(("Locate", "Success")) == 0
    assert cancel(speaking, value) is CancellationResult.CANCELED
    assert server.store.jobs == {}


def test_a_request_that_is_being_prepared_can_be_canceled(server: Server, client: Client) -> None:
    (value,) = begun(client, pair())
    server.clock.advance(REST)
    slow = server.engine.pending.chore()
    assert slow is not None
    assert cancel(client, value) is CancellationResult.CANCELED
    slow()
    server.engine.pending.chore()
    assert found(client) == []


def test_one_item_of_a_request_is_canceled_alone(client: Client) -> None:
    first, second, third = begun(client, create(), create(), create())
    assert cancel(client, second) is CancellationResult.CANCELED
    assert [poll(client, value).ok for value in (first, second, third)] == [True, False, True]
    assert len(found(client)) == 2


@pytest.mark.parametrize("asked", [create(), Get(unique_identifier="none")])
def test_what_is_done_cannot_be_canceled(client: Client, asked: Any) -> None:
    (value,) = begun(client, asked)
    client.do(Process(asynchronous_correlation_value=value))
    done = isinstance(asked, Create)
    assert cancel(client, value) is (CancellationResult.COMPLETED if done else CancellationResult.FAILED)
    assert poll(client, value).ok is done


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_1], ids=str)
def test_a_value_that_stands_for_nothing(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    for value in (b"", b"x", bytes(16), bytes(1000)):
        assert cancel(speaking, value) is CancellationResult.UNAVAILABLE
        assert poll(speaking, value).reason is UNKNOWN[version >= V2_0]
        if version >= V2_1:
            assert client.refusal(Process(asynchronous_correlation_value=value)) is UNKNOWN[True]


# --- process, query --------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [create(), pair()], ids=["quick", "slow"])
def test_process_does_it_now(client: Client, asked: Any) -> None:
    (value,) = begun(client, asked)
    client.do(Process(asynchronous_correlation_value=value))
    assert poll(client, value).ok
    again = Process(asynchronous_correlation_value=value)
    assert client.refusal(again) is R.DUPLICATE_PROCESS_REQUEST
    (other,) = begun(client, create())
    cancel(client, other)
    again.asynchronous_correlation_value = other
    assert client.refusal(again) is R.INVALID_ASYNCHRONOUS_CORRELATION_VALUE


def test_process_overtakes_whoever_has_begun(server: Server, client: Client) -> None:
    (value,) = begun(client, pair())
    server.clock.advance(REST)
    slow = server.engine.pending.chore()
    assert slow is not None
    client.do(Process(asynchronous_correlation_value=value))
    slow()
    assert server.engine.pending.chore() is None
    assert len(found(client)) == 2
    assert audit(server).count(("Create Key Pair", "Success")) == 1


def test_query_lists_what_is_outstanding(server: Server, client: Client) -> None:
    first = begun(client, create())
    server.clock.advance(0.5)
    second = begun(client, Query())
    begun(Client(server, V2_1, BOB), create())
    listed = client.do(QueryAsynchronousRequestsRequest()).asynchronous_request
    assert [each.asynchronous_correlation_value for each in listed] == first + second
    assert [each.operation for each in listed] == [Operation.CREATE, Operation.QUERY]
    assert [each.submission_date for each in listed] == [server.clock.now_us - 500_000, server.clock.now_us]
    assert {each.processing_stage for each in listed} == {ProcessingStage.SUBMITTED}
    client.do(Process(asynchronous_correlation_value=first[0]))
    listed = client.do(QueryAsynchronousRequestsRequest()).asynchronous_request
    assert [each.processing_stage for each in listed] == [ProcessingStage.COMPLETED, ProcessingStage.SUBMITTED]
    for chosen, expected in (
        ({"operations": Operations(operation=[Operation.QUERY, Operation.GET])}, second),
        ({"operations": Operations(operation=[])}, []),
        (
            {"asynchronous_correlation_values": AsynchronousCorrelationValues(asynchronous_correlation_value=first)},
            first,
        ),
    ):
        listed = client.do(QueryAsynchronousRequestsRequest(**chosen)).asynchronous_request
        assert [each.asynchronous_correlation_value for each in listed] == expected
    poll(client, first[0])
    cancel(client, second[0])
    assert client.do(QueryAsynchronousRequestsRequest()).asynchronous_request == []


@pytest.mark.parametrize("version", [V1_4, V2_0], ids=str)
def test_process_and_query_came_with_2_1(client: Client, version: Version) -> None:
    for operation in (Operation.PROCESS, Operation.QUERY_ASYNCHRONOUS_REQUESTS):
        asked = Ask((int(Tag.REQUEST_PAYLOAD), 1, []), operation)
        assert client.speaking(version).refusal(asked) is R.OPERATION_NOT_SUPPORTED


# --- whose they are, and how long ------------------------------------------------------------------


def test_another_client_is_answered_as_if_there_were_none(server: Server, client: Client) -> None:
    (value,) = begun(client, create())
    bob = Client(server, V2_1, BOB)
    refused, unknown = poll(bob, value), poll(bob, bytes(16))
    assert (refused.reason, refused.message) == (unknown.reason, unknown.message)
    assert cancel(bob, value) is CancellationResult.UNAVAILABLE
    assert bob.refusal(Process(asynchronous_correlation_value=value)) is R.INVALID_ASYNCHRONOUS_CORRELATION_VALUE
    assert bob.do(QueryAsynchronousRequestsRequest()).asynchronous_request == []
    assert poll(client, value).ok


def test_results_are_sealed_and_forgotten_after_their_time() -> None:
    server = Server(pending_limits=PendingLimits(seconds=60))
    client = Client(server)
    uid = client.create()
    key = client.do(Get(unique_identifier=uid)).object.key_block.key_value.key_material
    (value,) = begun(client, Get(unique_identifier=uid))
    (job,) = server.store.jobs.values()
    assert uid.encode() not in job.sealed
    assert poll(client, value).ok
    (item,) = server.store.job_items.values()
    assert item.sealed
    assert key not in item.sealed
    server.clock.advance(59)
    assert poll(client, value).ok
    server.clock.advance(1)
    assert poll(client, value).reason is R.INVALID_ASYNCHRONOUS_CORRELATION_VALUE
    server.idle()
    assert server.store.job_items == {}


def test_a_client_may_have_so_many_and_others_as_many() -> None:
    server = Server(pending_limits=PendingLimits(per_client=3))
    client = Client(server)
    begun(client, create(), create())
    answers = client.ask(create(), create(), asynchronous_indicator=MANDATORY)
    assert [answer.status for answer in answers] == [PENDING, FAILED]
    assert answers[1].reason is R.SERVER_LIMIT_EXCEEDED
    begun(Client(server, V2_1, BOB), create(), create(), create())


# --- crashes ---------------------------------------------------------------------------------------


def another(server: Server) -> Engine:
    """A second worker over the same database."""
    return Engine(server.store, server.engine.rooms, AuditChain(), server.clock, TABLE)


def test_what_a_dead_worker_had_taken_up_is_done_by_another_when_its_lease_ends(server: Server, client: Client) -> None:
    (value,) = begun(client, pair())
    server.clock.advance(REST)
    assert server.engine.pending.chore() is not None  # and never comes back
    worker = another(server)
    assert worker.pending.chore() is None
    server.clock.advance(LEASE_US / 1e6)
    slow = worker.pending.chore()
    assert slow is not None
    slow()
    worker.pending.chore()
    assert poll(client, value).ok
    # The dead worker was only slow: it comes back, and finds that the request is another's.
    assert server.engine.pending.chore() is None
    assert len(found(client)) == 2
    assert audit(server).count(("Create Key Pair", "Success")) == 1


def test_a_request_that_nobody_finishes_fails_cleanly(server: Server, client: Client) -> None:
    (value,) = begun(client, pair())
    server.clock.advance(REST)
    for _ in range(MOST_ATTEMPTS):
        assert another(server).pending.chore() is not None
        server.clock.advance(LEASE_US / 1e6)
    assert another(server).pending.chore() is None
    answer = poll(client, value)
    assert (answer.operation, answer.status, answer.reason) == (Operation.CREATE_KEY_PAIR, FAILED, R.GENERAL_FAILURE)
    assert found(client) == []
    assert server.store.jobs == {}
    assert ("Create Key Pair", "Operation Failed") in audit(server)


def test_a_database_that_fails_costs_an_attempt_and_nothing_else(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    (value,) = begun(client, create())
    server.clock.advance(REST)
    worker = another(server)
    monkeypatch.setattr(worker.pending, "execute", lambda *given: (_ for _ in ()).throw(StoreError("gone")))
    assert worker.pending.chore() is None
    assert poll(client, value).status is PENDING
    server.clock.advance(LEASE_US / 1e6)
    server.idle()
    assert poll(client, value).ok
    assert len(found(client)) == 1


def test_the_header_of_xml_and_json_says_it_too(client: Client) -> None:
    tree = client.message(create(), asynchronous_indicator=MANDATORY)
    header = tree[2][0][2]
    assert enumeration(Tag.ASYNCHRONOUS_INDICATOR, AsynchronousIndicator.MANDATORY) in header
    old = client.speaking(V1_4).message(Locate(), asynchronous_indicator=ALLOWED)
    assert boolean(Tag.ASYNCHRONOUS_INDICATOR, True) in old[2][0][2]
