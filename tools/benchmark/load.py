"""The load generator: a process of its own, one epoll loop, many TLS connections, one request open on each.

It reads a job (JSON) from standard input and prints its result (JSON). It reads the server's CPU clock itself, at
the first request and after the last reply of the measured interval, so that no request is cut in two. A reply
that does not hold what it must ends the run: errors are never counted.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from OpenSSL import SSL

from benchmark.figures import percentile
from benchmark.processes import cpu_seconds

CHUNK = 65536


@dataclass
class Job:
    """What to do; every field comes from the job's JSON."""

    port: int
    server_pid: int
    """The root of the server's process tree."""
    certificates: str
    """Folder with ca.pem, client1.pem and client1.key."""
    requests: list[str]
    """In hexadecimal; connections take them in turn."""
    success: str
    """What every reply holds, in hexadecimal."""
    expected: str
    """What every reply holds exactly once, in hexadecimal."""
    connections: int = 1
    seconds: float = 3.0
    warmup: float = 0.3
    """Seconds of the same load before the measured interval."""
    most: int = 1 << 60
    """Operations after which the interval ends before its time."""
    reconnect: bool = False
    """A new connection for each request."""
    resume: bool = False
    """The new connection resumes the session of the one before."""
    timeout: float = 300.0
    """Seconds without any event after which the server counts as dead."""


@dataclass
class Phase:
    """An interval of load: when to stop sending, and what came back."""

    ends: float
    most: int
    sent: int = 0
    waiting: int = 0
    latencies: list[float] = field(default_factory=list)

    def may_send(self) -> bool:
        """Whether another request belongs to this interval."""
        return self.sent < self.most and time.perf_counter() < self.ends


class Generator:
    """The loop and what all connections share."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.requests = [bytes.fromhex(each) for each in job.requests]
        self.success = bytes.fromhex(job.success)
        self.expected = bytes.fromhex(job.expected)
        self.epoll = select.epoll()
        self.by_descriptor: dict[int, Connection] = {}
        self.phase = Phase(0.0, 0)
        self.context = _client_context(job.certificates)
        self._turn = 0

    def next_request(self) -> bytes:
        """The requests, in turn and for ever."""
        self._turn += 1
        return self.requests[self._turn % len(self.requests)]

    def check(self, reply: bytes) -> None:
        """End the run unless the reply did the work."""
        if self.success not in reply or reply.count(self.expected) != 1:
            raise SystemExit(f"the server's reply is not the one expected: {reply[:2000].hex()}")

    def run(self, connections: list[Connection], seconds: float, most: int) -> Phase:
        """Send for some seconds, then wait until everything is answered."""
        self.phase = phase = Phase(time.perf_counter() + seconds, most)
        for connection in connections:
            connection.start()
        while phase.waiting:
            events = self.epoll.poll(self.job.timeout)
            if not events:
                raise SystemExit(f"the server did not answer within {self.job.timeout} s")
            for descriptor, _ in events:
                self.by_descriptor[descriptor].ready()
        return phase


class Connection:
    """One client: connects, sends, reads, checks, and sends again."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.tls: SSL.Connection | None = None
        self.socket: socket.socket | None = None
        self.shaking = False
        self.began = 0.0
        self.session: Any = None
        self.received = b""

    def start(self) -> None:
        """Begin the next request, if the interval wants one more."""
        phase = self.generator.phase
        if not phase.may_send():
            return
        phase.sent += 1
        phase.waiting += 1
        self.began = time.perf_counter()
        if self.tls is None:
            self._connect()
        else:
            self._send()

    def ready(self) -> None:
        """The socket has something for us."""
        if self.shaking and not self._shake():
            return
        self._receive()

    def _connect(self) -> None:
        generator = self.generator
        self.socket = sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect_ex(("127.0.0.1", generator.job.port))
        self.tls = SSL.Connection(generator.context, sock)
        self.tls.set_connect_state()
        if generator.job.resume and self.session is not None:
            self.tls.set_session(self.session)
        self.shaking = True
        generator.by_descriptor[sock.fileno()] = self
        generator.epoll.register(sock, select.EPOLLOUT)

    def _shake(self) -> bool:
        """Go on with the handshake; True when it is done and the request is sent."""
        assert self.tls is not None and self.socket is not None
        try:
            self.tls.do_handshake()
        except SSL.WantReadError:
            self.generator.epoll.modify(self.socket, select.EPOLLIN)
            return False
        except SSL.WantWriteError:
            self.generator.epoll.modify(self.socket, select.EPOLLOUT)
            return False
        self.generator.epoll.modify(self.socket, select.EPOLLIN)
        self.shaking = False
        self._send()
        return True

    def _send(self) -> None:
        assert self.tls is not None
        self.tls.sendall(self.generator.next_request())

    def _receive(self) -> None:
        assert self.tls is not None
        try:
            self.received += self.tls.recv(CHUNK)
        except SSL.WantReadError:
            return
        except SSL.Error as error:
            raise SystemExit(f"the server closed the connection: {error!r}") from None
        data = self.received
        if len(data) < 8 or len(data) < 8 + int.from_bytes(data[4:8], "big"):
            if self.tls.pending():
                self._receive()
            return
        self.received = b""
        self.generator.check(data)
        phase = self.generator.phase
        phase.latencies.append(time.perf_counter() - self.began)
        phase.waiting -= 1
        if self.generator.job.reconnect:
            self.close()
        self.start()

    def close(self) -> None:
        """Say goodbye and forget the connection, but not its session."""
        if self.tls is None or self.socket is None:
            return
        if self.generator.job.resume:
            self.session = self.tls.get_session()
        self.generator.epoll.unregister(self.socket)
        del self.generator.by_descriptor[self.socket.fileno()]
        try:
            self.tls.shutdown()
        except SSL.Error:
            pass  # the server was quicker
        self.socket.close()
        self.tls = self.socket = None


def _client_context(folder: str) -> SSL.Context:
    """TLS as a client of today has it, with the development PKI's first client."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.use_certificate_chain_file(f"{folder}/client1.pem")
    context.use_privatekey_file(f"{folder}/client1.key")
    context.load_verify_locations(f"{folder}/ca.pem")
    context.set_verify(SSL.VERIFY_PEER)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    return context


def run(job: Job) -> dict[str, float]:
    """Warm up, measure, and say what was measured: see :class:`benchmark.figures.Measured`."""
    generator = Generator(job)
    connections = [Connection(generator) for _ in range(job.connections)]
    if job.warmup:
        generator.run(connections, job.warmup, job.most)
    began, cpu_began, own_began = time.perf_counter(), cpu_seconds(job.server_pid), time.process_time()
    phase = generator.run(connections, job.seconds, job.most)
    wall = time.perf_counter() - began
    cpu = cpu_seconds(job.server_pid) - cpu_began
    own = time.process_time() - own_began
    for connection in connections:
        connection.close()
    done = len(phase.latencies)
    return {
        "operations": done,
        "per_second": done / wall,
        "cpu_us": cpu / done * 1e6,
        "p50_ms": percentile(phase.latencies, 50) * 1e3,
        "p99_ms": percentile(phase.latencies, 99) * 1e3,
        "generator_load": own / wall,
    }


def main() -> int:
    """Do the job on standard input."""
    json.dump(run(Job(**json.load(sys.stdin))), sys.stdout)
    return 0
