"""What was acknowledged is there after the power was cut, and one process that dies does not take the others along."""

from __future__ import annotations

import os
import resource
import signal
import threading
from functools import partial
from pathlib import Path

import pytest

from kmip_server.operations.create import CreateRequest
from kmip_server.operations.destroy import DestroyRequest
from kmip_server.operations.get import GetRequest
from kmip_server.spec.enums import ObjectType, ResultReason
from kmip_server.spec.masks import StorageStatusMask
from tests.e2e.server_process import HUNG_UP, PATIENCE, ServerProcess, gone, serving
from tests.flows.client import Client, aes

ONLINE_AND_DESTROYED = StorageStatusMask.ON_LINE_STORAGE | StorageStatusMask.DESTROYED_STORAGE
CREATE = CreateRequest(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes())


def key_of(client: Client, uid: str) -> bytes:
    return bytes(client.do(GetRequest(unique_identifier=uid)).object.key_block.key_value.key_material)


class Load:
    """Clients that make keys, and destroy some, until their server is gone; they remember what they were told."""

    def __init__(self, server: ServerProcess, clients: int = 4) -> None:
        self.made: dict[str, bytes] = {}
        self.unread: set[str] = set()
        """Acknowledged, whether or not there was time to read the key."""
        self.destroyed: set[str] = set()
        self.wrong: list[BaseException] = []
        self._enough = threading.Event()
        self._wanted = 0
        self._threads = [threading.Thread(target=self._work, args=(server,)) for _ in range(clients)]

    def run_until(self, count: int) -> None:
        """Begin, and come back when so many keys were acknowledged; the clients go on."""
        self._wanted = len(self.made) + count
        self._enough.clear()
        for thread in self._threads:
            thread.start()
        assert self._enough.wait(PATIENCE), self.wrong

    def join(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        assert self.wrong == []

    def _work(self, server: ServerProcess) -> None:
        try:
            connection, client = server.client()
            with connection:
                self._make(client)
        except HUNG_UP:
            return
        except BaseException as error:
            self.wrong.append(error)
            self._enough.set()

    def _make(self, client: Client) -> None:
        while True:
            uid = client.do(CREATE).unique_identifier
            self.unread.add(uid)
            self.made[uid] = key_of(client, uid)
            if len(self.made) % 3 == 0:
                client.do(DestroyRequest(unique_identifier=uid))
                self.destroyed.add(uid)
            if len(self.made) >= self._wanted:
                self._enough.set()


def require_kept(server: ServerProcess, load: Load) -> None:
    """Every key is there as it was, every destroyed one is gone, and the audit trail is whole and complete."""
    connection, client = server.client()
    with connection:
        for uid in load.unread:
            answer = client.one(GetRequest(unique_identifier=uid))
            assert answer.ok or answer.reason is ResultReason.OBJECT_DESTROYED
        for uid, key in load.made.items():
            answer = client.one(GetRequest(unique_identifier=uid))
            if uid in load.destroyed:
                assert answer.reason is ResultReason.OBJECT_DESTROYED
            elif answer.ok:
                assert answer.payload.object.key_block.key_value.key_material == key
            else:  # destroyed, and the power went before the answer did
                assert answer.reason is ResultReason.OBJECT_DESTROYED
    done = server.command("audit", "verify")
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.split()[-2]) >= 3 * len(load.made) + len(load.destroyed)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_acknowledged_survives_a_power_cut(tmp_path: Path, workers: int) -> None:
    with serving(tmp_path, {"server": {"workers": workers}}) as server:
        for _ in range(2):
            load = Load(server)
            load.run_until(60)
            server.kill()
            load.join()
            server.start()
            require_kept(server, load)


def test_a_server_that_is_told_to_stop_under_load_keeps_exactly_what_it_acknowledged(tmp_path: Path) -> None:
    with serving(tmp_path, {"server": {"workers": 2}}) as server:
        load = Load(server)
        load.run_until(60)
        server.stop()
        load.join()
        server.start()
        require_kept(server, load)
        connection, client = server.client()
        with connection:
            found = client.located(storage_status_mask=ONLINE_AND_DESTROYED)
        assert set(found) == load.unread


def test_a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing(tmp_path: Path) -> None:
    """The limit on file sizes stands for the disk: SQLite's writes fail in the middle of a commit."""
    with serving(tmp_path, expected_errors=["the database failed"]) as server:
        (worker,) = server.workers()
        connection, client = server.client()
        largest = max(path.stat().st_size for path in server.state.glob("kmip.db*"))
        limit = (largest + 600_000, resource.RLIM_INFINITY)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, limit)
        load = Load(server)
        refused = None
        while refused is None:
            made = client.one(CREATE)
            if made.ok:
                load.unread.add(made.payload.unique_identifier)
            else:
                refused = made
        assert refused.reason is ResultReason.GENERAL_FAILURE
        assert refused.message == "the server could not complete the request; nothing of it was kept"
        asked = GetRequest(unique_identifier=min(load.unread))
        server.wait_for(lambda: not client.one(asked).ok, "a key is given out though no record of it can be kept")
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        server.wait_for(lambda: client.one(CREATE).ok, "the server does not recover")
        connection.close()
        assert len(load.unread) > 10
        require_kept(server, load)


def test_a_worker_that_dies_is_replaced_and_the_others_go_on(tmp_path: Path) -> None:
    with serving(tmp_path, {"server": {"workers": 2}}, expected_errors=["ended unexpectedly"]) as server:
        clients = server.one_client_of_each_worker()
        uids = [client.create() for _, client in clients.values()]
        victim, survivor = server.workers()
        os.kill(victim, signal.SIGKILL)
        server.wait_for_log(f"Worker {victim} ended unexpectedly")
        with pytest.raises(HUNG_UP):
            clients[victim][1].do(GetRequest(unique_identifier=uids[0]))
        for uid in uids:
            clients[survivor][1].do(GetRequest(unique_identifier=uid))
        server.wait_for(lambda: len(server.workers()) == 2, "no worker took its place")
        assert survivor in server.workers() and victim not in server.workers()
        for connection, _ in clients.values():
            connection.close()
        for uid in uids:  # whoever answers now knows them all
            connection, client = server.client()
            with connection:
                client.do(GetRequest(unique_identifier=uid))


def test_workers_do_not_outlive_their_parent(tmp_path: Path) -> None:
    with serving(tmp_path, {"server": {"workers": 2}}) as server:
        connection, client = server.client()
        uid = client.create()
        workers = server.workers()
        server.kill_parent()
        for pid in workers:
            server.wait_for(partial(gone, pid), f"worker {pid} lives on")
        with pytest.raises(HUNG_UP):
            client.do(GetRequest(unique_identifier=uid))
        connection.close()
        server.start()
        connection, client = server.client()
        with connection:
            client.do(GetRequest(unique_identifier=uid))
