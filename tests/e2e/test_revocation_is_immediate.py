"""A revocation is true at the next request, on every connection of every worker; and of many, exactly one wins.

Nothing that one worker keeps in memory may let a key be used after another worker has acknowledged its end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.destroy import DestroyRequest
from kmip_server.operations.encrypt import EncryptRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.revoke import RevokeRequest
from kmip_server.spec.enums import (
    BlockCipherMode,
    PaddingMethod,
    ResultReason,
    RevocationReasonCode,
    UsageLimitsUnit,
)
from kmip_server.spec.structures.attributes import RevocationReason, UsageLimits
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1
from tests.e2e.server_process import PATIENCE, ServerProcess, serving
from tests.flows.client import EVERY_USE, Answer, Client, aes
from tests.postgres import postgres_database

DATABASES = ("sqlite", "postgresql")
CBC = CryptographicParameters(block_cipher_mode=BlockCipherMode.CBC, padding_method=PaddingMethod.PKCS5)
ROUNDS = 40


@pytest.fixture(scope="module", params=DATABASES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Two workers over one database."""
    settings: dict[str, dict[str, Any]] = {"server": {"workers": 2}}
    if request.param == "postgresql":
        settings["database"] = {"url": postgres_database()}
    with serving(tmp_path_factory.mktemp("two-workers"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def clients(server: ServerProcess) -> Iterator[list[Client]]:
    """One client of each worker."""
    found = server.one_client_of_each_worker(version=V2_1)
    yield [client for _, client in found.values()]
    for connection, _ in found.values():
        connection.close()


def encryption(uid: str) -> EncryptRequest:
    return EncryptRequest(unique_identifier=uid, cryptographic_parameters=CBC, data=b"text", iv_counter_nonce=bytes(16))


def encrypt(client: Client, uid: str) -> Answer:
    return client.one(encryption(uid))


def revoked(uid: str, code: RevocationReasonCode = RevocationReasonCode.CESSATION_OF_OPERATION) -> RevokeRequest:
    return RevokeRequest(unique_identifier=uid, revocation_reason=RevocationReason(revocation_reason_code=code))


def test_a_revoked_key_is_not_used_once_more(clients: list[Client]) -> None:
    for number in range(ROUNDS):
        here, there = clients[number % 2], clients[1 - number % 2]
        uid = there.active()
        assert encrypt(there, uid).ok and encrypt(here, uid).ok  # whatever a worker keeps of a key, it keeps now
        here.do(revoked(uid))
        assert encrypt(there, uid).reason is ResultReason.WRONG_KEY_LIFECYCLE_STATE
        assert encrypt(here, uid).reason is ResultReason.WRONG_KEY_LIFECYCLE_STATE


def test_a_destroyed_key_is_not_given_out_once_more(clients: list[Client]) -> None:
    for number in range(ROUNDS):
        here, there = clients[number % 2], clients[1 - number % 2]
        uid = there.create()
        assert there.one(GetRequest(unique_identifier=uid)).ok and here.one(GetRequest(unique_identifier=uid)).ok
        here.do(DestroyRequest(unique_identifier=uid))
        assert there.one(GetRequest(unique_identifier=uid)).reason is ResultReason.OBJECT_DESTROYED
        assert there.located((Tag.UNIQUE_IDENTIFIER, uid)) == []


def test_an_activated_key_is_of_use_everywhere_at_once(clients: list[Client]) -> None:
    for number in range(ROUNDS):
        here, there = clients[number % 2], clients[1 - number % 2]
        uid = there.create()
        assert encrypt(there, uid).reason is ResultReason.WRONG_KEY_LIFECYCLE_STATE
        here.do(ActivateRequest(unique_identifier=uid))
        assert encrypt(there, uid).ok


# --- races ------------------------------------------------------------------------------------------


class Race:
    """Several clients on both workers who set off together."""

    def __init__(self, server: ServerProcess, runners: int = 6) -> None:
        pairs = [server.client(version=V2_1) for _ in range(runners)]
        self.connections, self.clients = [each for each, _ in pairs], [each for _, each in pairs]

    def run(self, *asked: Any) -> list[Answer]:
        """Each client sends its own request, all at the same moment; the answers in the clients' order."""
        answers: list[Any] = [None] * len(asked)
        gate = threading.Barrier(len(asked))

        def ask(number: int) -> None:
            gate.wait(PATIENCE)
            answers[number] = self.clients[number].one(asked[number])

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(asked))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert None not in answers
        return answers

    def close(self) -> None:
        for connection in self.connections:
            connection.close()


@pytest.fixture(scope="module")
def race(server: ServerProcess) -> Iterator[Race]:
    runners = Race(server)
    yield runners
    runners.close()


def test_the_last_unit_of_a_usage_limit_is_used_once(race: Race) -> None:
    for _ in range(10):
        limits = UsageLimits(usage_limits_total=3, usage_limits_count=3, usage_limits_unit=UsageLimitsUnit.OBJECT)
        uid = race.clients[0].active(aes(256, EVERY_USE, (Tag.USAGE_LIMITS, limits)))
        for _ in range(2):
            assert encrypt(race.clients[0], uid).ok
        answers = race.run(*[encryption(uid)] * 6)
        assert sum(answer.ok for answer in answers) == 1
        assert {answer.reason for answer in answers if not answer.ok} == {ResultReason.PERMISSION_DENIED}
        left = race.clients[1].shown(uid, Tag.USAGE_LIMITS)[Tag.USAGE_LIMITS][0]
        assert left.usage_limits_count == 0


def test_a_key_is_destroyed_once(race: Race) -> None:
    for _ in range(10):
        uid = race.clients[0].create()
        answers = race.run(*[DestroyRequest(unique_identifier=uid)] * 6)
        assert sum(answer.ok for answer in answers) == 1
        assert {answer.reason for answer in answers if not answer.ok} == {ResultReason.OBJECT_DESTROYED}


def test_a_key_is_activated_once(race: Race) -> None:
    for _ in range(10):
        uid = race.clients[0].create()
        answers = race.run(*[ActivateRequest(unique_identifier=uid)] * 6)
        assert sum(answer.ok for answer in answers) == 1
        assert {answer.reason for answer in answers if not answer.ok} == {ResultReason.WRONG_KEY_LIFECYCLE_STATE}


def test_who_uses_and_who_revokes_at_once_see_one_order(race: Race) -> None:
    """Whoever asks after a revocation was acknowledged is refused, whatever was on its way at the same time."""
    for _ in range(10):
        uid = race.clients[0].active()
        answers = race.run(
            revoked(uid),
            *[encryption(uid)] * 4,
            revoked(uid, RevocationReasonCode.KEY_COMPROMISE),
        )
        assert answers[5].ok  # a compromise is always heard (2.1 §4.57: Deactivated to Compromised is a transition)
        assert {answer.reason for answer in answers[1:5]} <= {None, ResultReason.WRONG_KEY_LIFECYCLE_STATE}
        for client in race.clients:
            assert encrypt(client, uid).reason is ResultReason.WRONG_KEY_LIFECYCLE_STATE


def test_use_and_destruction_at_once_give_the_key_or_nothing(race: Race) -> None:
    for _ in range(10):
        uid = race.clients[0].create()
        before = race.clients[0].do(GetRequest(unique_identifier=uid)).object.key_block.key_value.key_material
        answers = race.run(
            DestroyRequest(unique_identifier=uid),
            *[GetRequest(unique_identifier=uid)] * 5,
        )
        assert answers[0].ok
        for answer in answers[1:]:
            if answer.ok:
                assert answer.payload.object.key_block.key_value.key_material == before
            else:
                assert answer.reason is ResultReason.OBJECT_DESTROYED
        for client in race.clients:
            assert client.one(GetRequest(unique_identifier=uid)).reason is ResultReason.OBJECT_DESTROYED


def test_the_audit_trail_of_it_all_is_whole(server: ServerProcess, clients: list[Client]) -> None:
    assert clients[0].create()
    done = server.command("audit", "verify")
    assert done.returncode == 0, done.stdout
