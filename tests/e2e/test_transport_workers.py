"""The processes: start, several on one port, crash and restart, SIGTERM, SIGHUP."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kmip_server.transport import TlsSettings
from tests.transport_kit import PATIENCE, Client, Pki, ServerProcess, client_context, message, settings_of

Start = Callable[..., ServerProcess]


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return Pki(tmp_path)


@pytest.fixture
def client_pem(pki: Pki) -> Path:
    return pki.issue("client")


@pytest.fixture
def tls(pki: Pki) -> TlsSettings:
    return settings_of(pki, pki.issue("server"), crl=(pki.revoke(),))


@pytest.fixture
def start(tls: TlsSettings, tmp_path: Path) -> Iterator[Start]:
    servers: list[ServerProcess] = []

    def begin(**settings: object) -> ServerProcess:
        servers.append(ServerProcess(tls, tmp_path, **settings))
        return servers[-1]

    yield begin
    for server in servers:
        server.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def soon(question: Callable[[], object], seconds: float = 5.0) -> object:
    """The answer, which must come long before a client's patience ends."""
    began = time.monotonic()
    answer = question()
    assert time.monotonic() - began < seconds
    return answer


def test_a_full_worker_keeps_nobody_from_the_one_that_has_room(start: Start, pki: Pki, client_pem: Path) -> None:
    server = start(workers=2, limits={"max_connections": 4})
    kept: dict[bytes, list[Client]] = {}
    while not any(len(clients) == 2 for clients in kept.values()):
        client = Client(server.address, pki, client_pem)
        kept.setdefault(client.ask("P"), []).append(client)
    full = next(pid for pid, clients in kept.items() if len(clients) == 2)
    for pid, clients in kept.items():
        if pid != full:
            clients.pop().tls.close()
    for _ in range(8):
        client = soon(lambda: Client(server.address, pki, client_pem))  # type: ignore[assignment]
        assert client.ask("P") != full
        client.tls.close()


def test_a_worker_that_is_woken_and_does_not_come_keeps_nobody_waiting(
    start: Start, pki: Pki, client_pem: Path
) -> None:
    server = start(workers=2)
    pids: set[int] = set()
    while len(pids) < 2:
        pids.add(int(Client(server.address, pki, client_pem).ask("P")))
    for stopped in pids:
        os.kill(stopped, signal.SIGSTOP)
        try:
            for _ in range(4):
                client = soon(lambda: Client(server.address, pki, client_pem))
                assert isinstance(client, Client) and int(client.ask("P")) != stopped
        finally:
            os.kill(stopped, signal.SIGCONT)


def test_workers_share_a_port_and_the_load(start: Start, pki: Pki, client_pem: Path) -> None:
    server = start(workers=2)
    pids = [Client(server.address, pki, client_pem).ask("P") for _ in range(8)]
    assert len(set(pids)) == 2
    assert min(pids.count(pid) for pid in set(pids)) >= 2
    assert server.process.pid not in map(int, pids)
    assert server.stop() == 0


def test_ipv4_and_ipv6_and_real_ports(start: Start, pki: Pki, client_pem: Path) -> None:
    server = start(listen=[["127.0.0.1", 0], ["::1", 0]])
    assert [name[0] for name in server.addresses] == ["127.0.0.1", "::1"]
    for address in server.addresses:
        assert address[1] > 0
        assert Client(address, pki, client_pem).ask("E", b"1") == b"1"


def test_a_session_is_resumed_by_any_worker_also_after_sighup(start: Start, pki: Pki, client_pem: Path) -> None:
    server = start(workers=2)
    for reloads in range(2):
        context = client_context(pki, client_pem)
        first = Client(server.address, pki, client_pem, context=context)
        pids = {first.ask("P")}
        deadline = time.monotonic() + PATIENCE
        while len(pids) < 2:
            assert time.monotonic() < deadline
            again = Client(server.address, pki, client_pem, context=context, session=first.tls.session)
            pids.add(again.ask("P"))
            assert again.tls.session_reused
            again.close()
        if not reloads:
            server.process.send_signal(signal.SIGHUP)
            server.wait_for_log("were read again")
            until(lambda: _all_reloaded(server, pki, client_pem))


def _all_reloaded(server: ServerProcess, pki: Pki, client_pem: Path) -> bool:
    return [Client(server.address, pki, client_pem).ask("N") for _ in range(4)] == [b"1"] * 4


def test_a_port_in_use_is_refused_with_a_sentence(start: Start) -> None:
    first = start()
    second = start(listen=[list(first.address)])
    assert second.end() != 0
    assert f"cannot listen on 127.0.0.1 port {first.address[1]}" in second.log()


def test_a_service_that_cannot_be_made_stops_the_start(start: Start) -> None:
    server = start(broken=True, workers=2)
    assert server.addresses == []
    assert server.end() == 1
    assert "A worker could not start: RuntimeError: no database there" in server.log()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_dies_is_replaced(start: Start, pki: Pki, client_pem: Path, workers: int) -> None:
    server = start(workers=workers)
    victim = Client(server.address, pki, client_pem)
    pid = int(victim.ask("P"))
    victim.send(message("K"))
    assert victim.closed_by_server()
    server.wait_for_log(f"Worker {pid} ended unexpectedly (by signal 9)")
    pids = set()
    until(lambda: len(pids.add(Client(server.address, pki, client_pem).ask("P")) or pids) == workers)  # type: ignore[func-returns-value]
    assert str(pid).encode() not in pids
    assert server.stop() == 0


def test_sigterm_finishes_slow_work_in_flight(start: Start, pki: Pki, client_pem: Path) -> None:
    server = start()
    busy, idle = Client(server.address, pki, client_pem), Client(server.address, pki, client_pem)
    idle.ask("E")
    busy.ask("E")
    busy.send(message("S", b"700"))
    server.process.send_signal(signal.SIGTERM)
    assert idle.closed_by_server()
    with pytest.raises(OSError):
        socket.create_connection(server.address, timeout=PATIENCE)
    assert busy.receive() == ("S", b"700")
    assert busy.closed_by_server()
    assert server.end() == 0


def test_sigterm_ends_within_the_drain_limit(start: Start, pki: Pki, client_pem: Path) -> None:
    server = start(drain_seconds=0.3)
    half = Client(server.address, pki, client_pem)
    half.ask("E")
    half.send(message("E", b"never ends")[:-1])
    time.sleep(0.05)
    assert server.stop() == 0
    assert half.closed_by_server()


def test_workers_end_with_their_parent(start: Start, pki: Pki, client_pem: Path) -> None:
    server = start()
    client = Client(server.address, pki, client_pem)
    pid = int(client.ask("P"))
    server.process.kill()
    assert client.closed_by_server()
    until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])


def test_sighup_swaps_the_certificate_and_drops_nobody(
    start: Start, pki: Pki, client_pem: Path, tls: TlsSettings
) -> None:
    server = start()
    old = Client(server.address, pki, client_pem)
    shown = old.tls.getpeercert(True)  # type: ignore[attr-defined]
    old.send(message("E", b"begun before")[:9])
    replacement = pki.issue("server2")
    shutil.copy(replacement, tls.certificate)
    shutil.copy(replacement.with_suffix(".key"), tls.private_key)
    os.kill(server.process.pid, signal.SIGHUP)
    until(lambda: Client(server.address, pki, client_pem).tls.getpeercert(True) != shown)  # type: ignore[attr-defined]
    assert Client(server.address, pki, client_pem).ask("N") == b"1"
    old.send(message("E", b"begun before")[9:])
    assert old.receive() == ("E", b"begun before")


def test_sighup_with_a_bad_certificate_keeps_the_old_and_still_reloads_the_service(
    start: Start, pki: Pki, client_pem: Path, tls: TlsSettings
) -> None:
    server = start()
    good = tls.certificate.read_bytes()
    tls.certificate.write_bytes(b"no certificate")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log("holds no readable PEM certificate")
    until(lambda: Client(server.address, pki, client_pem).ask("N") == b"1")
    assert "the old ones stay in force" in server.log()
    tls.certificate.write_bytes(good)
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log("were read again")
    assert Client(server.address, pki, client_pem).ask("E", b"1") == b"1"


def test_sighup_takes_up_a_new_crl(start: Start, pki: Pki, client_pem: Path) -> None:
    server = start(workers=2)
    context = client_context(pki, client_pem)
    before = Client(server.address, pki, client_pem, context=context)
    assert before.ask("E", b"1") == b"1"
    pki.revoke(client_pem)
    server.process.send_signal(signal.SIGHUP)

    def refused() -> bool:
        try:
            Client(server.address, pki, client_pem, context=context, session=before.tls.session).ask("E")
        except (ssl.SSLError, ConnectionError, EOFError):
            return True
        return False

    until(refused)
    server.wait_for_log("CN=client, issuer CN=Test CA")
    assert "has been revoked by its issuer" in server.log()
    assert before.closed_by_server()
