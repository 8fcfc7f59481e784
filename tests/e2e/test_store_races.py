"""Several processes on one database: of two changes one wins, no audit record is lost, nothing acknowledged either."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from kmip_server.audit import verify
from kmip_server.spec.enums import CryptographicAlgorithm, LinkType, NameType, ObjectType, UsageLimitsUnit
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.attributes import Name, UsageLimits
from kmip_server.spec.tags import Tag
from tests.e2e.store_worker import client_of
from tests.flows.client import EVERY_USE, Client, aes, attributes
from tests.flows.objects import secret
from tests.kit import Server
from tests.store_kit import DATABASES, Backend, equal, insert, locate, managed, open_backend

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=DATABASES)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened


class Worker:
    """A running ``store_worker``."""

    def __init__(self, action: str, url: str, argument: object) -> None:
        command = [sys.executable, "-m", "tests.e2e.store_worker", action, url, str(argument)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def expect_ready(self) -> None:
        assert self.line() == "ready", self.process.communicate()[1]

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self) -> None:
        said = self.process.communicate(timeout=120)
        assert self.process.returncode == 0, said


@pytest.fixture
def workers(backend: Backend) -> Iterator[list[Worker]]:
    running: list[Worker] = []
    yield running
    for worker in running:
        worker.process.kill()
        worker.process.communicate()


def start(workers: list[Worker], number: int, *arguments: object) -> list[Worker]:
    action, url, argument = arguments
    workers += [Worker(str(action), str(url), argument) for _ in range(number)]
    return workers


def test_of_several_changes_to_one_revision_exactly_one_wins(backend: Backend, workers: list[Worker]) -> None:
    rounds = 25
    insert(backend.open(), managed("contested"))
    start(workers, 3, "win", backend.url, rounds)
    for number in range(1, rounds + 1):
        for worker in workers:
            worker.expect_ready()
        for worker in workers:
            worker.go()
        assert sorted(worker.line() for worker in workers) == ["0", "0", "1"]
        assert locate(backend.open(), equal(Tag.CRYPTOGRAPHIC_LENGTH, number)) == ["contested"]
    for worker in workers:
        worker.finish()


def test_changes_of_what_is_held_for_change_all_win(backend: Backend, workers: list[Worker]) -> None:
    insert(backend.open(), managed("contested"))
    for worker in start(workers, 4, "count", backend.url, 30):
        worker.expect_ready()
    for worker in workers:
        worker.go()
    for worker in workers:
        worker.finish()
    with backend.open().transaction() as tx:
        read = tx.load("contested")
    assert read is not None
    assert (read.revision, read.attributes.one(Tag.CRYPTOGRAPHIC_LENGTH)) == (120, 120)


def test_the_audit_chain_of_several_writers_has_no_gap(backend: Backend, workers: list[Worker]) -> None:
    for worker in start(workers, 4, "audit", backend.url, 40):
        worker.expect_ready()
    for worker in workers:
        worker.go()
    for worker in workers:
        worker.finish()
    store = backend.open()
    rows = list(store.audit_rows())
    assert [row.sequence for row in rows] == list(range(1, 401))
    for before, row in pairwise(rows):
        assert row.previous == before.hash
    assert store.audit_head() == (400, rows[-1].hash)


@pytest.mark.parametrize("survivors", [0, 1])
def test_a_process_killed_at_work_takes_nothing_acknowledged_with_it(
    backend: Backend, workers: list[Worker], survivors: int
) -> None:
    acknowledged: list[str] = []
    for attempt in range(3):
        # With a survivor the log of SQLite is not brought into the file by who opens it next, but lives on.
        start(workers, survivors, "load", backend.url, f"survivor-{attempt}")
        victim = start([], 1, "load", backend.url, f"victim-{attempt}")[0]
        workers.append(victim)
        for worker in workers[attempt * (survivors + 1) :]:
            worker.expect_ready()
            worker.go()
        acknowledged += [victim.line() for _ in range(20 + attempt)]
        victim.process.kill()
        assert victim.process.stdout is not None
        acknowledged += victim.process.stdout.read().split()
    assert len(acknowledged) >= 63
    store = backend.open()
    with store.transaction() as tx:
        missing = [uid for uid in acknowledged if tx.load(uid) is None]
    assert missing == []
    for uid in acknowledged[::7]:
        name = Name(name_value=uid, name_type=NameType.UNINTERPRETED_TEXT_STRING)
        assert locate(store, equal(Tag.NAME, name)) == [uid]
    for worker in workers:
        worker.process.kill()
        worker.process.wait()
    # What is there has its record, and what has a record is there.
    recorded = {row.fields[1] for row in store.audit_rows()}
    assert recorded == set(locate(store))


def test_what_is_due_is_rotated_once_whichever_process_sees_it(backend: Backend, workers: list[Worker]) -> None:
    number = 30
    store = backend.open()
    client = Client(Server(store=store))
    given = aes(256, EVERY_USE, (Tag.ROTATE_AUTOMATIC, True), (Tag.ROTATE_INTERVAL, 86_400))
    old = [client.create(given) for _ in range(number)]
    start(workers, 4, "rotate", backend.url, 100)
    for worker in workers:
        worker.expect_ready()
    for worker in workers:
        worker.go()
    rotated = [int(worker.line()) for worker in workers]
    assert sum(rotated) == number
    for worker in workers:
        worker.finish()
    assert len(client.located()) == 2 * number
    for uid in old:
        kinds = [link.link_type for link in client.shown(uid)[Tag.LINK]]
        assert kinds == [LinkType.REPLACEMENT_OBJECT_LINK]
    deeds = [row for row in store.audit_rows() if "automatic rotation" in row.fields]
    assert len(deeds) == number
    assert not list(verify(store.audit_rows(), store.audit_head()))


def test_no_byte_of_a_one_time_pad_is_used_by_two_processes(backend: Backend, workers: list[Worker]) -> None:
    value = bytes(range(1, 81))
    client = client_of(backend.open())
    mask = int(CryptographicUsageMask.ENCRYPT | CryptographicUsageMask.DECRYPT)
    pad = CryptographicAlgorithm.ONE_TIME_PAD
    given = [(Tag.CRYPTOGRAPHIC_ALGORITHM, pad), (Tag.CRYPTOGRAPHIC_USAGE_MASK, mask), (Tag.ACTIVATION_DATE, 1)]
    uid = client.register(secret(value), ObjectType.SECRET_DATA, attributes(*given))
    for worker in start(workers, 3, "use_up", backend.url, uid):
        worker.expect_ready()
    for worker in workers:
        worker.go()
    used = [bytes.fromhex(worker.line()) for worker in workers]
    for worker in workers:
        worker.finish()
    assert sorted(b"".join(used)) == list(value)


@pytest.mark.parametrize("member", ["GROUP_MEMBER_FRESH", "GROUP_MEMBER_DEFAULT"])
def test_each_member_of_a_group_is_given_in_its_turn(backend: Backend, workers: list[Worker], member: str) -> None:
    """A fresh one once, whoever asks; the default ones by turns, none twice before every other."""
    client = client_of(backend.open())
    number = 30 if member == "GROUP_MEMBER_FRESH" else 4
    members = [client.create(aes(256, EVERY_USE, (Tag.OBJECT_GROUP, "g"))) for _ in range(number)]
    for worker in start(workers, 3, "take", backend.url, member):
        worker.expect_ready()
    for worker in workers:
        worker.go()
    given = [uid for worker in workers for uid in worker.line().split()]
    for worker in workers:
        worker.finish()
    times = Counter(given)
    assert set(times) == set(members)
    assert set(times.values()) == {1 if member == "GROUP_MEMBER_FRESH" else 60 // number}


def test_usage_limits_are_spent_to_the_last_and_not_beyond(backend: Backend, workers: list[Worker]) -> None:
    """Uses by the server and uses allocated to clients, by several processes: together exactly the total."""
    client = client_of(backend.open())
    limits = UsageLimits(usage_limits_total=100, usage_limits_unit=UsageLimitsUnit.OBJECT)
    uid = client.active(aes(256, EVERY_USE, (Tag.USAGE_LIMITS, limits)))
    for worker in start(workers, 3, "spend", backend.url, uid):
        worker.expect_ready()
    for worker in workers:
        worker.go()
    granted = [int(worker.line()) for worker in workers]
    for worker in workers:
        worker.finish()
    assert sum(granted) == 100
    assert client.shown(uid, Tag.USAGE_LIMITS)[Tag.USAGE_LIMITS][0].usage_limits_count == 0
