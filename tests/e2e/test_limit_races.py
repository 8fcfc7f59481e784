"""Two workers on one database: what one client may have is never exceeded, not even by one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kmip_server.ports import PendingLimits, StreamLimits
from kmip_server.spec.attribute_values import VendorName
from kmip_server.spec.enums import AsynchronousIndicator, HashingAlgorithm, ObjectType, ResultStatus
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.version import V2_1
from kmip_server.wire import ttlv
from tests.flows.client import Client, aes, custom
from tests.flows.requests import AddAttribute, Create, Hash
from tests.kit import ALICE, Server, subject
from tests.store_kit import DATABASES, Backend, open_backend

_SHA_256 = CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
SUCCESS = bytes.fromhex("42007f 05 00000004 00000000")
"""Result Status, as every answer in TTLV has it."""
WORKERS = 3
ROUNDS = 12


@pytest.fixture(params=DATABASES)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened


def begin_a_stream(client: Client) -> bool:
    answer = client.ask(Hash(cryptographic_parameters=_SHA_256, data=b"part", init_indicator=True))[0]
    return answer.status is ResultStatus.SUCCESS


def ask_for_later(client: Client) -> bool:
    answer = client.ask(
        Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256)),
        asynchronous_indicator=(5, int(AsynchronousIndicator.MANDATORY)),
    )[0]
    return answer.status is ResultStatus.OPERATION_PENDING


@pytest.mark.parametrize("begin", [begin_a_stream, ask_for_later])
def test_of_several_workers_asked_at_once_one_lets_the_last_one_in(
    backend: Backend, begin: Callable[[Client], bool]
) -> None:
    limits: dict[str, Any] = {
        "stream_limits": StreamLimits(per_client=1),
        "pending_limits": PendingLimits(per_client=1),
    }
    servers = [Server(store=backend.open(), **limits) for _ in range(WORKERS)]
    start = threading.Barrier(WORKERS)

    def at_once(server: Server, who: str) -> bool:
        client = Client(server, V2_1, subject(who))
        start.wait(30)
        return begin(client)

    with ThreadPoolExecutor(WORKERS) as pool:
        for number in range(ROUNDS):
            let_in = list(pool.map(at_once, servers, [f"client{number}"] * WORKERS))
            assert sorted(let_in) == [False] * (WORKERS - 1) + [True]


def test_two_rounds_that_hold_the_same_clients_in_opposite_order_do_not_wait_for_each_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL would find the circle after a second, in which both rounds stand still, and end one of them."""
    with open_backend("postgres", tmp_path) as backend:
        servers = [Server(store=backend.open()) for _ in range(2)]
        orders = (["alice", "bob"], ["bob", "alice"])
        both_hold_one = threading.Barrier(2)

        def serve(server: Server, order: list[str]) -> list[bool]:
            asked = Hash(cryptographic_parameters=_SHA_256, data=b"part", init_indicator=True)
            clients = [Client(server, V2_1, subject(who)) for who in order]
            calls = [
                server.call(ttlv.print_(client.message(asked)), subject(who))
                for client, who in zip(clients, order, strict=True)
            ]
            wait_between(server, both_hold_one)
            replies = server.engine.run(calls)
            return [SUCCESS in reply for reply in replies]

        with caplog.at_level(logging.WARNING), ThreadPoolExecutor(2) as pool:
            assert list(pool.map(serve, servers, orders)) == [[True, True], [True, True]]
    said = [message for message in caplog.messages if "trying them one by one" in message]
    assert len(said) == 1
    assert "another transaction counts for this client" in said[0]


def test_two_rounds_that_change_the_same_objects_in_opposite_order_both_get_their_way(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL ends one of them after a second; its requests are then tried one by one, and nobody is refused."""
    with open_backend("postgres", tmp_path) as backend:
        maker = Server(store=backend.open())
        client = Client(maker, V2_1)
        uids = [client.create(aes(256)) for _ in range(2)]
        servers = [Server(store=backend.open()) for _ in range(2)]
        both_hold_one = threading.Barrier(2)

        def serve(server: Server, order: list[str]) -> list[bool]:
            note = custom("was here", what=f"server {servers.index(server)}")
            asked = [AddAttribute(unique_identifier=uid, new_attribute=note) for uid in order]
            calls = [server.call(ttlv.print_(Client(server, V2_1).message(each)), ALICE) for each in asked]
            wait_between(server, both_hold_one)
            return [SUCCESS in reply for reply in server.engine.run(calls)]

        with caplog.at_level(logging.WARNING), ThreadPoolExecutor(2) as pool:
            assert list(pool.map(serve, servers, [uids, uids[::-1]])) == [[True, True], [True, True]]
        for uid in uids:
            assert {VendorName("x", "server 0"), VendorName("x", "server 1")} <= client.shown(uid).keys()
    said = [message for message in caplog.messages if "trying them one by one" in message]
    assert len(said) == 1
    assert "40P01" in said[0]


def wait_between(server: Server, barrier: threading.Barrier) -> None:
    """Have the server's first round wait after its first call, until the other's has done the same."""
    answer, waited = server.engine._answer, []

    def then_wait(*arguments: Any) -> bytes:
        reply = answer(*arguments)
        if not waited:
            waited.append(True)
            barrier.wait(30)
        return reply

    server.engine._answer = then_wait  # type: ignore[method-assign]
