"""Hash, RNG Retrieve, RNG Seed, Ping, Log, Interop: the good path in each version, and every refusal."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import pytest

from kmip_server.domain.policy import Permission, Policies, ServerPolicy
from kmip_server.spec.enums import HashingAlgorithm, InteropFunction, Operation, QueryFunction, ResultReason
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_1, V1_2, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import Client, aes, attributes, enumeration, integer, name, raw, text
from tests.flows.requests import Hash, Interop, Log, Ping, Query, RngRetrieve, RngSeed
from tests.kit import ALICE, BOB

R = ResultReason
SINCE_1_2 = [version for version in VERSIONS if version >= V1_2]
SINCE_2_0 = [version for version in VERSIONS if version >= V2_0]
SINCE_2_1 = [version for version in VERSIONS if version >= V2_1]


def _by(algorithm: HashingAlgorithm | None) -> CryptographicParameters:
    return CryptographicParameters(hashing_algorithm=algorithm)


def _details(server: Any) -> str:
    """What the last audit record says beside the result."""
    return " ".join(server.store.audit[-1].fields)


# --- Hash -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", SINCE_1_2, ids=str)
@pytest.mark.parametrize(
    ("algorithm", "plain"), [(HashingAlgorithm.SHA_256, "sha256"), (HashingAlgorithm.SHA_1, "sha1")]
)
def test_data_is_hashed(client: Client, version: Version, algorithm: HashingAlgorithm, plain: str) -> None:
    hashed = client.speaking(version).do(Hash(cryptographic_parameters=_by(algorithm), data=b"abc"))
    assert hashed.data == hashlib.new(plain, b"abc").digest()
    assert client.do(Hash(cryptographic_parameters=_by(algorithm), data=b"")).data == hashlib.new(plain).digest()


@pytest.mark.parametrize("version", [version for version in SINCE_1_2 if version > V1_2], ids=str)
def test_data_is_hashed_in_parts(client: Client, version: Version) -> None:
    speaking, by = client.speaking(version), _by(HashingAlgorithm.SHA_256)
    first = speaking.do(Hash(cryptographic_parameters=by, data=b"ab", init_indicator=True))
    assert first.data is None
    for piece in (b"cd", b"e"):
        middle = speaking.do(Hash(cryptographic_parameters=by, data=piece, correlation_value=first.correlation_value))
        assert (middle.data, middle.correlation_value) == (None, first.correlation_value)
    last = Hash(cryptographic_parameters=by, data=b"f", correlation_value=first.correlation_value, final_indicator=True)
    answer = speaking.do(last)
    assert (answer.data, answer.correlation_value) == (hashlib.sha256(b"abcdef").digest(), None)
    unknown = R.INVALID_CORRELATION_VALUE if version >= V2_0 else R.ITEM_NOT_FOUND
    assert speaking.refusal(last) is unknown


def test_a_hash_in_parts_is_one_clients_and_keeps_its_algorithm(client: Client) -> None:
    by = _by(HashingAlgorithm.SHA_256)
    value = client.do(Hash(cryptographic_parameters=by, data=b"ab", init_indicator=True)).correlation_value
    other = Hash(cryptographic_parameters=_by(HashingAlgorithm.SHA_512), data=b"c", correlation_value=value)
    assert client.refusal(other) is R.INVALID_FIELD
    stolen = Hash(cryptographic_parameters=by, data=b"c", correlation_value=value)
    assert Client(client.server, who=BOB).refusal(stolen) is R.INVALID_CORRELATION_VALUE
    assert client.do(stolen).correlation_value == value


def test_a_hash_that_is_not_at_hand_or_not_named_is_refused(client: Client) -> None:
    # 2.1 Table 237, "the specific Result Reasons that SHALL be returned": Feature Not Supported, Invalid Field, and
    # neither Unsupported nor Bad Cryptographic Parameters.
    for algorithm, reason in ((HashingAlgorithm.WHIRLPOOL, R.FEATURE_NOT_SUPPORTED), (None, R.INVALID_FIELD)):
        assert client.refusal(Hash(cryptographic_parameters=_by(algorithm), data=b"x")) is reason
    assert client.refusal(Hash(cryptographic_parameters=_by(HashingAlgorithm.SHA_256))) is R.INVALID_MESSAGE
    assert client.refusal(raw(Operation.HASH)) is R.INVALID_MESSAGE


# --- random numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", SINCE_1_2, ids=str)
def test_random_bytes_are_as_many_as_asked_and_never_the_same(client: Client, version: Version) -> None:
    drawn = [client.speaking(version).do(RngRetrieve(data_length=count)).data for count in (1, 32, 32, 65_536)]
    assert [len(each) for each in drawn] == [1, 32, 32, 65_536]
    assert drawn[1] != drawn[2]


@pytest.mark.parametrize("count", [0, -1, 65_537, 2**31 - 1])
def test_an_impossible_number_of_random_bytes_is_refused(client: Client, count: int) -> None:
    assert client.refusal(RngRetrieve(data_length=count)) is R.INVALID_FIELD


def test_what_was_drawn_is_in_no_record(server: Any, client: Client) -> None:
    drawn = client.do(RngRetrieve(data_length=24)).data
    assert "24 bytes" in _details(server)
    assert drawn.hex() not in _details(server)


@pytest.mark.parametrize("version", SINCE_1_2, ids=str)
def test_a_seed_is_taken_as_far_as_the_server_takes_seeds(make_server: Any, version: Version) -> None:
    for most, used in ((512, 32), (16, 16), (0, 0)):
        client = Client(make_server(maximum_seed_bytes=most)).speaking(version)
        assert client.do(RngSeed(data=bytes(range(32)))).data_length == used
        assert client.do(RngSeed(data=b"")).data_length == 0


def test_who_may_seed_is_the_policys_choice(make_server: Any) -> None:
    denied = ServerPolicy(preset={Operation.RNG_SEED: Permission.DISALLOW_ALL})
    client = Client(make_server(policies=Policies(server=denied)))
    assert client.refusal(RngSeed(data=b"seed")) is R.PERMISSION_DENIED
    assert len(client.do(RngRetrieve(data_length=8)).data) == 8


def test_before_1_2_there_are_no_such_operations(client: Client) -> None:
    old = client.speaking(V1_1)
    for operation in (Operation.HASH, Operation.RNG_RETRIEVE, Operation.RNG_SEED):
        assert old.refusal(raw(operation, integer(Tag.DATA_LENGTH, 8))) is R.OPERATION_NOT_SUPPORTED


# --- Ping and Log -----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", SINCE_2_1, ids=str)
def test_ping_answers_with_an_empty_payload(client: Client, version: Version) -> None:
    answer = client.speaking(version).one(Ping())
    assert answer.ok
    assert answer.payload is not None


def test_ping_is_no_word_of_1_4(client: Client) -> None:
    for version in (V1_4, V2_0):
        assert client.speaking(version).refusal(raw(Operation.PING)) is R.OPERATION_NOT_SUPPORTED


@pytest.mark.parametrize("version", SINCE_2_0, ids=str)
def test_a_message_stands_in_the_audit_trail_and_in_the_log(
    server: Any, client: Client, version: Version, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert client.speaking(version).one(Log(log_message="tape 7 mounted")).payload is not None
    assert "message: tape 7 mounted" in _details(server)
    assert [record.getMessage() for record in caplog.records] == [f"{ALICE.name} logs: tape 7 mounted"]


def test_a_message_can_forge_no_line_and_fill_no_disk(
    server: Any, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client.do(Log(log_message="a\nERROR b\x1b[2J\u2028c"))
        client.do(Log(log_message="x" * 5000))
    first, second = (record.getMessage() for record in caplog.records)
    assert first.endswith(r"logs: a\nERROR b\x1b[2J\u2028c")
    assert second.endswith("x... (5000 characters)")
    assert len(second) < 1200


def test_a_log_without_a_message_is_refused(client: Client) -> None:
    assert client.refusal(raw(Operation.LOG)) is R.INVALID_MESSAGE
    assert client.speaking(V1_4).refusal(raw(Operation.LOG)) is R.OPERATION_NOT_SUPPORTED


# --- Interop ----------------------------------------------------------------------------------------


def _interop(function: InteropFunction) -> Any:
    return Interop(interop_function=function, interop_identifier="TC-1")


def test_a_server_that_is_not_there_for_tests_knows_no_interop(client: Client) -> None:
    uid = client.create()
    for function in InteropFunction:
        assert client.refusal(_interop(function)) is R.OPERATION_NOT_SUPPORTED
    assert Operation.INTEROP not in client.do(Query(query_function=[QueryFunction.QUERY_OPERATIONS])).operation
    assert client.shown(uid)


@pytest.mark.parametrize("version", SINCE_2_0, ids=str)
def test_begin_and_end_change_nothing(make_server: Any, version: Version) -> None:
    server = make_server(interop=True)
    client = Client(server).speaking(version)
    assert Operation.INTEROP in client.do(Query(query_function=[QueryFunction.QUERY_OPERATIONS])).operation
    uid = client.create()
    for function in (InteropFunction.BEGIN, InteropFunction.END):
        assert client.one(_interop(function)).payload is not None
        assert f"{function.title} TC-1" in _details(server)
    assert client.shown(uid)


def test_reset_removes_every_object_of_everybody_and_no_audit_record(make_server: Any) -> None:
    server = make_server(interop=True)
    alice, bob = Client(server), Client(server, who=BOB)
    hers, his = alice.create(aes(256, 12, (Tag.NAME, name("one")))), bob.active()
    recorded = len(server.store.audit)
    alice.do(_interop(InteropFunction.RESET))
    assert "2 objects removed" in _details(server)
    assert len(server.store.audit) == recorded + 1
    for client, uid in ((alice, hers), (bob, his)):
        assert client.located() == []
        assert client.refusal(raw(Operation.GET, text(Tag.UNIQUE_IDENTIFIER, uid))) is R.OBJECT_NOT_FOUND
    assert alice.create(aes(256, 12, (Tag.NAME, name("one")))) != hers


def test_who_may_reset_is_the_policys_choice(make_server: Any) -> None:
    nobody = ServerPolicy(preset={Operation.INTEROP: Permission.DISALLOW_ALL})
    client = Client(make_server(interop=True, policies=Policies(server=nobody)))
    uid = client.create()
    assert client.refusal(_interop(InteropFunction.RESET)) is R.PERMISSION_DENIED
    assert client.shown(uid)


def test_an_interop_that_says_too_little_is_refused(make_server: Any) -> None:
    client = Client(make_server(interop=True))
    begin = enumeration(Tag.INTEROP_FUNCTION, InteropFunction.BEGIN)
    identifier = text(Tag.INTEROP_IDENTIFIER, "TC-1")
    assert client.refusal(raw(Operation.INTEROP, begin)) is R.INVALID_MESSAGE
    assert client.refusal(raw(Operation.INTEROP, identifier)) is R.INVALID_MESSAGE
    unknown = enumeration(Tag.INTEROP_FUNCTION, 9)
    assert client.refusal(raw(Operation.INTEROP, unknown, identifier)) is R.INVALID_FIELD
    assert client.speaking(V1_4).refusal(_interop(InteropFunction.RESET)) is R.OPERATION_NOT_SUPPORTED
    assert client.create(attributes(*[(item.key, item.value) for item in aes().items]))
