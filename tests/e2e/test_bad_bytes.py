"""Bytes that are no request, over real TLS: a well-formed refusal or a closed connection, and nobody else notices."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

import pytest

from kmip_server.operations.create import CreateRequest
from kmip_server.operations.query import QueryRequest
from kmip_server.spec.enums import ObjectType, Operation, QueryFunction, ResultReason
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import VERSIONS, Version
from kmip_server.wire import ttlv
from tests.e2e.server_process import HUNG_UP, ServerProcess, TlsConnection
from tests.flows import strict
from tests.flows.client import Ask, Client, aes, raw, text
from tests.flows.client import struct as tree

QUERY = QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS])
HEADER_BYTES = 8
LIMIT = 1_048_576
"""limits.max_message where nothing else is configured."""
OPEN, CLOSED = True, False


@pytest.fixture(scope="module")
def bystander(server: ServerProcess) -> Iterator[Client]:
    """Somebody else, connected all the time."""
    connection, client = server.client("client2")
    yield client
    connection.close()


def request() -> bytes:
    return ttlv.print_(Client(None).message(QUERY))  # type: ignore[arg-type]  # it only writes


def nested(depth: int) -> bytes:
    """A request that holds so many structures within structures; written by hand, for no stack holds so many."""
    data = b""
    for _ in range(depth):
        data = b"\x42\x00\x40\x01" + struct.pack("!I", len(data)) + data
    inner = GOOD[HEADER_BYTES:] + data
    return GOOD[:4] + struct.pack("!I", len(inner)) + inner


GOOD = request()


def swapped(data: bytes, at: int, byte: int) -> bytes:
    return data[:at] + bytes([byte]) + data[at + 1 :]


BAD = {
    "no TTLV": (b"GET / HTTP/1.1\r\nHost: kms\r\n\r\n", CLOSED),
    "another tag": (b"\x42\x00\x7b" + GOOD[3:], OPEN),
    "another type": (swapped(GOOD, 3, ItemType.BYTE_STRING), CLOSED),
    "a length beyond the limit": (GOOD[:4] + struct.pack("!I", LIMIT + 8), CLOSED),
    "the greatest length": (GOOD[:4] + b"\xff\xff\xff\xff", CLOSED),
    "nothing in it": (GOOD[:4] + bytes(4), OPEN),
    "an unknown type within": (swapped(GOOD, 11, 0x77), OPEN),
    "a length within beyond its end": (swapped(GOOD, 13, 0xFF), OPEN),
    "a length within that is too short": (swapped(GOOD, 15, 0x08), OPEN),
    "deeper than the limit": (nested(40), OPEN),
    "deeper than any stack": (nested(5_000), OPEN),
    "random within a frame": (GOOD[:4] + struct.pack("!I", 400) + random.Random(1).randbytes(400), OPEN),
    "zeros within a frame": (GOOD[:4] + struct.pack("!I", 400) + bytes(400), OPEN),
}


def refusal(data: bytes) -> ResultReason:
    """Read an answer that must be one failed item, whatever version it is in."""
    answer = ttlv.parse(data)
    numbers = [each[2] for each in strict.value(answer, Tag.RESPONSE_HEADER, Tag.PROTOCOL_VERSION)]
    strict.read(data, Version(*numbers))
    return ResultReason(strict.value(answer, Tag.BATCH_ITEM, Tag.RESULT_REASON))


@pytest.mark.parametrize(("data", "then"), BAD.values(), ids=BAD)
def test_what_is_no_request_is_refused_and_only_a_lost_frame_closes(
    server: ServerProcess, bystander: Client, data: bytes, then: bool
) -> None:
    connection, client = server.client()
    with connection:
        assert refusal(connection.send(data)) is ResultReason.INVALID_MESSAGE
        if then is OPEN:
            assert client.one(QUERY).ok
        else:
            with pytest.raises(HUNG_UP):
                connection.receive()
    assert bystander.one(QUERY).ok


@pytest.mark.parametrize("end", [1, 7, 8, 40, len(GOOD) - 1])
def test_half_a_request_holds_nobody_up_and_nobody_misses_it(
    server: ServerProcess, bystander: Client, end: int
) -> None:
    with server.connect() as silent:
        silent.tls.sendall(GOOD[:end])
        assert bystander.one(QUERY).ok
        with server.connect() as other:
            assert other.send(GOOD)
        silent.tls.sendall(GOOD[end:])  # late, but whole
        assert strict.read(silent.receive(), VERSIONS[-2])
    with server.connect() as gone:
        gone.tls.sendall(GOOD[:end])
    assert bystander.one(QUERY).ok


def test_requests_in_pieces_and_in_one_piece_are_answered_in_order(server: ServerProcess) -> None:
    connection, client = server.client()
    with connection:
        names = [f"{number} of many" for number in range(20)]
        asked = b"".join(
            ttlv.print_(client.message(raw(Operation.GET, text(Tag.UNIQUE_IDENTIFIER, name)))) for name in names
        )
        pieces = random.Random(2)
        at = 0
        while at < len(asked):
            size = pieces.choice((1, 3, 8, 100, 1500))
            connection.tls.sendall(asked[at : at + size])
            at += size
        for _ in names:
            assert refusal(connection.receive()) is ResultReason.OBJECT_NOT_FOUND


def test_a_request_of_the_greatest_size_is_read(server: ServerProcess) -> None:
    connection, client = server.client()
    with connection:
        empty = len(ttlv.print_(client.message(raw(Operation.GET, text(Tag.UNIQUE_IDENTIFIER, "")))))
        for spare, reason in ((0, ResultReason.OBJECT_NOT_FOUND), (-8, ResultReason.INVALID_MESSAGE)):
            name = "x" * (LIMIT - empty - spare)
            data = ttlv.print_(client.message(raw(Operation.GET, text(Tag.UNIQUE_IDENTIFIER, name))))
            assert len(data) - LIMIT == -spare
            connection.tls.sendall(data[: LIMIT if spare == 0 else HEADER_BYTES])
            assert refusal(connection.receive()) in (reason, ResultReason.INVALID_FIELD if spare == 0 else reason)


@pytest.mark.parametrize("version", VERSIONS[:-1], ids=str)
def test_an_operation_that_nobody_knows_is_refused_for_its_item_alone(server: ServerProcess, version: Version) -> None:
    connection, client = server.client(version=version)
    with connection:
        for unknown in (0x00FFFFFF, 0x80000001, int(Operation.NOTIFY)):
            answer = client.one(Ask(tree(Tag.REQUEST_PAYLOAD), unknown))
            assert answer.reason is ResultReason.OPERATION_NOT_SUPPORTED
        made = client.do(CreateRequest(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()))
        assert made.unique_identifier


def test_any_flipped_byte_gets_an_answer_or_the_door(server: ServerProcess, bystander: Client) -> None:
    """A Create with one byte changed, each byte in turn: never silence, never harm to others."""
    whole = ttlv.print_(
        Client(None).message(CreateRequest(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()))  # type: ignore[arg-type]
    )
    generator = random.Random(3)
    connection = server.connect()
    for at in range(HEADER_BYTES, len(whole)):
        connection = _answered(server, connection, swapped(whole, at, generator.randrange(256)))
    connection.close()
    assert bystander.one(QUERY).ok


def _answered(server: ServerProcess, connection: TlsConnection, data: bytes) -> TlsConnection:
    """Send; require an answer that parses, or a closed connection, which is replaced."""
    try:
        answer = ttlv.parse(connection.send(data))
    except HUNG_UP:
        connection.close()
        return server.connect()
    assert answer[0] == Tag.RESPONSE_MESSAGE
    return connection
