"""Two workers on one database: what one client may have is never exceeded, not even by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kmip_server.ports import PendingLimits, StreamLimits
from kmip_server.spec.enums import AsynchronousIndicator, HashingAlgorithm, ObjectType, ResultStatus
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.version import V2_1
from tests.flows.client import Client, aes
from tests.flows.requests import Create, Hash
from tests.kit import Server, subject
from tests.store_kit import DATABASES, Backend, open_backend

WORKERS = 3
ROUNDS = 12


@pytest.fixture(params=DATABASES)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened


def begin_a_stream(client: Client) -> bool:
    parameters = CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
    answer = client.ask(Hash(cryptographic_parameters=parameters, data=b"part", init_indicator=True))[0]
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
