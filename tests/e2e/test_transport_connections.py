"""What clients do once they are in: pieces, pipelines, silence, deafness, vanishing; and the limits that hold."""

from __future__ import annotations

import errno
import logging
import socket
import struct
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kmip_server.transport import Limits
from kmip_server.transport import loop as loop_module
from tests.transport_kit import PATIENCE, Client, LoopServer, Pki, message, settings_of

Serve = Callable[..., LoopServer]
Connect = Callable[[LoopServer], Client]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def files(pki: Pki) -> tuple[Path, Path]:
    return pki.issue("server"), pki.issue("client")


@pytest.fixture
def serve(pki: Pki, files: tuple[Path, Path]) -> Iterator[Serve]:
    servers: list[LoopServer] = []

    def start(limits: Limits | None = None, **options: float) -> LoopServer:
        servers.append(LoopServer(settings_of(pki, files[0]), limits, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def connect(pki: Pki, files: tuple[Path, Path]) -> Iterator[Connect]:
    clients: list[Client] = []

    def start(server: LoopServer) -> Client:
        clients.append(Client(server.address, pki, files[1]))
        return clients[-1]

    yield start
    for client in clients:
        client.close()


def settled(server: LoopServer, connections: int) -> None:
    """Wait until the server has exactly so many connections."""
    deadline = time.monotonic() + PATIENCE
    while server.ask(lambda loop: len(loop._connections)) != connections:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_one_byte_at_a_time(serve: Serve, connect: Connect) -> None:
    client = connect(serve())
    for byte in message("E", b"slowly"):
        client.send(bytes([byte]))
    assert client.receive() == ("E", b"slowly")


def test_pipelined_messages_are_answered_in_order(serve: Serve, connect: Connect) -> None:
    client = connect(serve())
    bodies = [str(number).encode() for number in range(500)]
    client.send(b"".join(message("E", body) for body in bodies))
    assert [client.receive()[1] for _ in bodies] == bodies


def test_slow_work_keeps_its_place_in_the_order(serve: Serve, connect: Connect) -> None:
    server = serve()
    client, other = connect(server), connect(server)
    client.send(message("E", b"1") + message("S", b"20000") + message("E", b"3") + message("S") + message("E", b"5"))
    assert client.receive() == ("E", b"1")
    assert server.service.slow_begun.wait(PATIENCE)
    assert other.ask("E", b"not held up") == b"not held up"
    server.service.slow_goes_on.set()
    assert [client.receive() for _ in range(4)] == [("S", b"20000"), ("E", b"3"), ("S", b""), ("E", b"5")]


def test_a_slow_job_that_fails_costs_only_its_connection(
    serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()
    client, other = connect(server), connect(server)
    client.send(message("F"))
    assert client.closed_by_server()
    assert other.ask("E", b"1") == b"1"
    assert "ArithmeticError" in warnings(caplog)[0] and "a slow job" not in warnings(caplog)[0]


def test_a_service_that_raises_costs_only_the_round(
    serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()
    client, other = connect(server), connect(server)
    client.send(message("R"))
    assert client.closed_by_server()
    assert other.ask("E", b"1") == b"1"
    assert "SECRET-BODY" not in caplog.text and "ArithmeticError" in caplog.text


def test_a_round_brings_many_connections_together(serve: Serve, connect: Connect) -> None:
    server = serve()
    clients = [connect(server) for _ in range(4)]

    def send_all(_: object) -> None:
        for number, client in enumerate(clients):  # while the loop is held in here, all of these arrive
            client.send(message("E", str(number).encode()))
        time.sleep(0.05)

    server.ask(send_all)
    assert [client.receive()[1] for client in clients] == [b"0", b"1", b"2", b"3"]
    assert 4 in server.service.rounds


def test_who_asks_while_a_round_is_worked_on_shares_it(serve: Serve, connect: Connect) -> None:
    server = serve()
    one, two, three = connect(server), connect(server), connect(server)
    settled(server, 3)

    def meanwhile() -> None:
        two.send(message("E", b"2"))
        three.send(message("E", b"3")[:5])  # not a whole request: it belongs to no round yet
        time.sleep(0.05)

    server.service.meanwhile = meanwhile
    assert one.ask("E", b"1") == b"1"
    assert two.receive() == ("E", b"2")
    assert server.service.rounds[-1] == 2
    three.send(message("E", b"3")[5:])
    assert three.receive() == ("E", b"3")


def test_answers_larger_than_every_buffer(serve: Serve, connect: Connect) -> None:
    client = connect(serve())
    assert len(client.ask("B", b"5000000")) == 5_000_000
    assert client.ask("E", b"still there") == b"still there"
    assert client.ask("E", b"x" * 300_000) == b"x" * 300_000


def test_a_client_that_never_reads_holds_no_memory_and_is_cut(
    serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(Limits(write_stall_seconds=0.3))
    deaf, other = connect(server), connect(server)
    deaf.tls.settimeout(PATIENCE)
    with pytest.raises(OSError):
        while True:  # until nobody takes it any more: our socket is full, then closed
            deaf.send(message("B", b"200000") * 50)
    waiting = server.ask(lambda loop: sum(len(c._output or b"") for c in loop._connections.values()))
    assert isinstance(waiting, int) and waiting <= 16 * 200_008
    assert other.ask("E", b"1") == b"1"
    settled(server, 1)
    assert any("did not take its answer" in line for line in warnings(caplog))


def test_more_output_than_allowed_closes(serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(Limits(max_output_bytes=100_000))
    client = connect(server)
    client.send(message("B", b"20000000"))
    settled(server, 0)
    assert any("bytes wait" in line for line in warnings(caplog))


@pytest.mark.parametrize("reset", [False, True])
def test_abrupt_close_in_the_middle_of_a_request(serve: Serve, connect: Connect, reset: bool) -> None:
    server = serve()
    client, other = connect(server), connect(server)
    client.ask("E", b"1")
    client.send(message("E", b"never whole")[:-3])
    raw = socket.socket(fileno=client.tls.detach())
    if reset:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()
    settled(server, 1)
    assert other.ask("E", b"2") == b"2"


def test_a_closed_connection_keeps_no_tls_in_memory(serve: Serve, connect: Connect) -> None:
    server = serve(Limits(handshake_seconds=3600))
    stays, goes = connect(server), connect(server)
    assert stays.ask("E", b"1") == goes.ask("E", b"1") == b"1"
    kept: list[weakref.ref[object]] = []
    server.ask(lambda loop: kept.extend(weakref.ref(each._tls) for each in loop._connections.values()))
    goes.close()
    settled(server, 1)
    assert server.ask(lambda loop: len(loop.timers._heap)) == 2, "the limit of the handshake has not passed"
    assert sorted(each() is None for each in kept) == [False, True]


def test_a_client_gone_while_its_slow_work_runs(serve: Serve, connect: Connect) -> None:
    server = serve()
    client, other = connect(server), connect(server)
    client.send(message("S", b"20000"))
    assert server.service.slow_begun.wait(PATIENCE)
    client.close()
    server.service.slow_goes_on.set()
    settled(server, 1)
    assert other.ask("E", b"1") == b"1"


def test_half_a_message_is_closed_while_others_are_served(
    serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(Limits(message_seconds=0.3))
    half, other = connect(server), connect(server)
    half.send(message("E", b"12345678")[:9])
    assert other.ask("E", b"1") == b"1"
    assert half.closed_by_server()
    assert other.ask("E", b"2") == b"2"
    assert any("did not end within 0.3 s" in line for line in warnings(caplog))


def test_progress_does_not_extend_the_limit_on_a_message(serve: Serve, connect: Connect) -> None:
    server = serve(Limits(message_seconds=0.4))
    dripping = connect(server)
    dripping.tls.settimeout(0.02)
    end = time.monotonic() + PATIENCE
    for byte in message("E", bytes(100_000)):
        try:
            dripping.send(bytes([byte]))
            if dripping.tls.recv(1) == b"":
                break
        except TimeoutError:
            assert time.monotonic() < end, "still open"
        except OSError:
            break
    else:
        raise AssertionError("the whole message was taken")


def test_an_idle_connection_is_closed_in_good_order(serve: Serve, connect: Connect) -> None:
    server = serve(Limits(idle_seconds=0.3))
    client = connect(server)
    assert client.ask("E", b"1") == b"1"
    assert client.tls.recv(1) == b"", "close_notify, not a reset"
    settled(server, 0)


def test_a_busy_connection_is_not_idle(serve: Serve, connect: Connect) -> None:
    server = serve(Limits(idle_seconds=0.4))
    client = connect(server)
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        assert client.ask("E", b"1") == b"1"
        time.sleep(0.02)


def test_a_session_that_closes_gets_its_replies_first(serve: Serve, connect: Connect) -> None:
    client = connect(serve())
    client.send(message("E", b"1") + message("C", b"2") + b"\xff" * 40_000)
    assert client.receive() == ("E", b"1")
    assert client.receive() == ("C", b"2")
    assert client.closed_by_server()


def test_connections_of_one_address_are_limited(serve: Serve, connect: Connect) -> None:
    server = serve(Limits(max_connections_per_address=2))
    first, second = connect(server), connect(server)
    with socket.create_connection(server.address, timeout=PATIENCE) as third:
        assert third.recv(1) == b""
    assert first.ask("E", b"1") == second.ask("E", b"1") == b"1"
    first.close()
    settled(server, 1)
    assert connect(server).ask("E", b"2") == b"2"


def test_beyond_all_places_callers_wait_for_one(serve: Serve, connect: Connect) -> None:
    server = serve(Limits(max_connections=2))
    first, second = connect(server), connect(server)
    first.ask("E")
    second.ask("E")
    with socket.create_connection(server.address, timeout=PATIENCE) as waiting:
        assert first.ask("E", b"1") == b"1"
        assert server.ask(lambda loop: len(loop._connections)) == 2
        first.close()
        settled(server, 2)
        waiting.close()
        assert second.ask("E", b"1") == b"1"


def test_silent_callers_without_certificate_cannot_keep_others_out(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loop_module, "HANDSHAKE_GRACE_SECONDS", 0.05)
    server = serve(Limits(max_connections=3))
    silent = [socket.create_connection(server.address, timeout=PATIENCE) for _ in range(3)]
    settled(server, 3)
    assert connect(server).ask("E", b"in") == b"in"
    assert any("it was the slowest" in line for line in warnings(caplog))
    for caller in silent:
        caller.close()


def test_out_of_descriptors_does_not_spin(serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    server = serve()
    steady = connect(server)
    steady.ask("E")
    calls: list[float] = []

    class Exhausted:
        """A listener whose process has no descriptor left, twice."""

        def __init__(self, real: socket.socket) -> None:
            self._real = real

        def accept(self) -> object:
            calls.append(time.monotonic())
            if len(calls) <= 2:
                raise OSError(errno.EMFILE, "Too many open files")
            return self._real.accept()

        def fileno(self) -> int:
            return self._real.fileno()

        def close(self) -> None:
            self._real.close()

    def exhaust(loop: loop_module.Loop) -> None:
        for fd, listener in loop._acceptor.listeners.items():
            loop._acceptor.listeners[fd] = Exhausted(listener)  # type: ignore[assignment]

    server.ask(exhaust)  # type: ignore[arg-type]
    assert connect(server).ask("E", b"late") == b"late"
    assert calls[1] - calls[0] >= 0.2 and calls[2] - calls[1] >= 0.2
    assert sum("EMFILE" in line for line in warnings(caplog)) == 2
    assert steady.ask("E", b"1") == b"1"


def test_stop_lets_slow_work_and_begun_messages_end(serve: Serve, connect: Connect) -> None:
    server = serve()
    idle, slow, half = connect(server), connect(server), connect(server)
    assert idle.ask("E", b"1") == b"1"
    half.send(message("E", b"halves")[:10])
    slow.send(message("S", b"20000"))
    assert server.service.slow_begun.wait(PATIENCE)
    server.loop.stop()
    assert idle.closed_by_server()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.address, timeout=PATIENCE)
    half.send(message("E", b"halves")[10:])
    assert half.receive() == ("E", b"halves")
    server.service.slow_goes_on.set()
    assert slow.receive() == ("S", b"20000")
    assert slow.closed_by_server()
    assert server.service.closed.wait(PATIENCE)
    server.thread.join(PATIENCE)
    assert not server.thread.is_alive()


def test_stop_ends_at_the_drain_limit(serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(drain_seconds=0.2)
    half = connect(server)
    half.send(message("E", b"halves")[:10])
    settled(server, 1)
    server.loop.stop()
    assert server.service.closed.wait(PATIENCE)
    assert half.closed_by_server()
    assert any("Drain limit" in line for line in warnings(caplog))


def test_nothing_that_clients_sent_is_logged(serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(Limits(message_seconds=0.2))
    client = connect(server)
    assert client.ask("E", b"CANARY") == b"CANARY"
    client.send(message("E", b"CANARY2" * 10)[:-1])
    assert client.closed_by_server()
    assert "CANARY" not in caplog.text
