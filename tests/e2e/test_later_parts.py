"""What outlives a request, between processes: the next part and the pending request go to any worker, or to the next
life of the server; whatever races or dies, a part is taken once and a request is done once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kmip_server.operations.create import CreateRequest
from kmip_server.operations.create_key_pair import CreateKeyPairRequest
from kmip_server.operations.encrypt import EncryptRequest
from kmip_server.operations.poll import PollRequest
from kmip_server.operations.process import ProcessRequest
from kmip_server.operations.query import QueryRequest
from kmip_server.spec.enums import (
    AsynchronousIndicator,
    BlockCipherMode,
    CryptographicAlgorithm,
    ObjectType,
    ResultReason,
    ResultStatus,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1
from tests.e2e.server_process import PATIENCE, ServerProcess, serving
from tests.flows.client import Answer, Client, aes, attributes
from tests.postgres import postgres_database

DATABASES = ("sqlite", "postgresql")
MANDATORY = (5, int(AsynchronousIndicator.MANDATORY))
CTR = CryptographicParameters(block_cipher_mode=BlockCipherMode.CTR)
GCM = CryptographicParameters(block_cipher_mode=BlockCipherMode.GCM)
PLAIN = bytes(range(200))


def settings_for(database: str) -> dict[str, dict[str, Any]]:
    settings: dict[str, dict[str, Any]] = {"server": {"workers": 2}}
    if database == "postgresql":
        settings["database"] = {"url": postgres_database()}
    return settings


@pytest.fixture(scope="module", params=DATABASES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Two workers over one database."""
    with serving(tmp_path_factory.mktemp("later"), settings_for(request.param)) as running:
        yield running


@pytest.fixture(scope="module")
def clients(server: ServerProcess) -> Iterator[list[Client]]:
    """One client of each worker, the same person."""
    found = server.one_client_of_each_worker(version=V2_1)
    yield [client for _, client in found.values()]
    for connection, _ in found.values():
        connection.close()


def first_part(uid: str, data: bytes, parameters: CryptographicParameters = CTR) -> EncryptRequest:
    iv = bytes(16 if parameters is CTR else 12)
    return EncryptRequest(
        unique_identifier=uid, cryptographic_parameters=parameters, data=data, iv_counter_nonce=iv, init_indicator=True
    )


def next_part(uid: str, value: bytes, data: bytes, final: bool = False) -> EncryptRequest:
    return EncryptRequest(unique_identifier=uid, correlation_value=value, data=data, final_indicator=final or None)


def creation() -> CreateRequest:
    return CreateRequest(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, Mask.ENCRYPT))


def pair(length: int = 2048) -> CreateKeyPairRequest:
    return CreateKeyPairRequest(
        common_attributes=attributes(
            (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.RSA), (Tag.CRYPTOGRAPHIC_LENGTH, length)
        ),
        private_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.SIGN))),
        public_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.VERIFY))),
    )


def begun(client: Client, *asked: Any) -> list[bytes]:
    answers = client.ask(*asked, asynchronous_indicator=MANDATORY)
    assert [answer.status for answer in answers] == [ResultStatus.OPERATION_PENDING] * len(asked)
    return [answer.value for answer in answers if answer.value]


def polled(client: Client, value: bytes) -> Answer:
    """Poll until the request is done."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = client.one(PollRequest(asynchronous_correlation_value=value))
        if answer.status is not ResultStatus.OPERATION_PENDING:
            return answer
        time.sleep(0.05)
    raise AssertionError("the request stays pending")


def together(*steps: Any) -> list[Any]:
    """Run each step in a thread, all at the same moment; their results in order."""
    results: list[Any] = [None] * len(steps)
    start = threading.Barrier(len(steps))

    def run(place: int) -> None:
        start.wait(PATIENCE)
        results[place] = steps[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return results


def test_the_parts_of_one_stream_go_to_either_worker(clients: list[Client]) -> None:
    uid = clients[0].active()
    for parameters in (CTR, GCM):
        whole = first_part(uid, PLAIN, parameters)
        whole.init_indicator = None
        expected = clients[0].do(whole).data
        answer = clients[1].do(first_part(uid, PLAIN[:7], parameters))
        value, out = answer.correlation_value, answer.data
        for turn in range(1, 12):
            part = next_part(uid, value, PLAIN[turn * 7 : turn * 7 + 7])
            out += clients[turn % 2].do(part).data
        out += clients[1].do(next_part(uid, value, PLAIN[84:], final=True)).data
        assert out == expected
        late = next_part(uid, value, b"x")
        assert clients[0].refusal(late) is ResultReason.INVALID_CORRELATION_VALUE


def test_of_many_final_parts_one_is_taken(clients: list[Client]) -> None:
    uid = clients[0].active()
    for _ in range(10):
        value = clients[0].do(first_part(uid, b"abc")).correlation_value
        final = next_part(uid, value, b"def", final=True)
        answers = together(*(lambda client=client, final=final: client.one(final) for client in clients))
        assert sorted(answer.ok for answer in answers) == [False, True]
        (lost,) = [answer for answer in answers if not answer.ok]
        assert lost.reason is ResultReason.INVALID_CORRELATION_VALUE


def test_either_worker_answers_poll(clients: list[Client]) -> None:
    for turn in range(6):
        (value,) = begun(clients[turn % 2], creation())
        answer = polled(clients[1 - turn % 2], value)
        assert answer.ok
        assert polled(clients[turn % 2], value).payload == answer.payload


def test_a_request_is_done_once_however_many_hurry_it(server: ServerProcess, clients: list[Client]) -> None:
    for _ in range(6):
        before = set(clients[0].located())
        (value,) = begun(clients[0], creation())
        asked = PollRequest(asynchronous_correlation_value=value)
        hurry = ProcessRequest(asynchronous_correlation_value=value)
        together(
            lambda asked=asked: clients[0].one(asked),
            lambda hurry=hurry: clients[1].one(hurry),
        )
        made = polled(clients[0], value).payload.unique_identifier
        assert set(clients[1].located()) - before == {made}


def test_a_request_is_done_without_a_poll(clients: list[Client]) -> None:
    before = set(clients[0].located())
    begun(clients[0], creation(), creation())
    deadline = time.monotonic() + PATIENCE
    while len(set(clients[1].located()) - before) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(set(clients[1].located()) - before) == 2


def test_others_are_served_while_a_key_pair_is_made(clients: list[Client]) -> None:
    values = [begun(clients[0], pair(4096))[0] for _ in range(2)]
    time.sleep(1.1)  # they have rested
    slowest = 0.0
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        start = time.monotonic()
        clients[0].do(QueryRequest())
        slowest = max(slowest, time.monotonic() - start)
    assert all(polled(clients[1], value).ok for value in values)
    assert slowest < 1.0  # making one such pair takes longer, on this machine or any other


@pytest.mark.parametrize("database", DATABASES)
def test_after_a_crash_the_next_life_goes_on(database: str, tmp_path: Path) -> None:
    with serving(tmp_path, settings_for(database)) as server:
        connection, client = server.client(version=V2_1)
        uid = client.active()
        answer = client.do(first_part(uid, PLAIN[:50]))
        before = set(client.located())
        values = [begun(client, creation())[0] for _ in range(3)]
        connection.close()
        server.kill()
        server.start()
        connection, client = server.client(version=V2_1)
        final = client.do(next_part(uid, answer.correlation_value, PLAIN[50:], final=True))
        whole = first_part(uid, PLAIN)
        whole.init_indicator = None
        assert answer.data + final.data == client.do(whole).data
        made = {polled(client, value).payload.unique_identifier for value in values}
        assert set(client.located()) - before == made
        assert len(made) == 3
        connection.close()


def test_killed_again_and_again_every_request_is_done_once(tmp_path: Path) -> None:
    with serving(tmp_path, settings_for("sqlite")) as server:
        values: list[bytes] = []
        for life in range(3):
            connection, client = server.client(version=V2_1)
            values += [begun(client, creation())[0] for _ in range(5)]
            time.sleep(0.8 + 0.2 * life)  # just before, at and after the moment at which they are begun
            connection.close()
            server.kill()
            server.start()
        connection, client = server.client(version=V2_1)
        # One that a dying worker had just taken up is its own until its lease ends; Process does not wait for that.
        for value in values:
            client.one(ProcessRequest(asynchronous_correlation_value=value))
        made = {polled(client, value).payload.unique_identifier for value in values}
        assert set(client.located()) == made
        assert len(made) == len(values)
        connection.close()
        assert server.command("audit", "verify").returncode == 0
