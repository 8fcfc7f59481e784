"""A real server in processes of its own, started through the command line, and real clients for it.

with serving(folder) as server:                      # init, serve, at the end SIGTERM, exit 0, a clean log
    with server.pykmip("client1") as client: ...     # PyKMIP's own client
    with server.connect("client1") as tls: ...       # bytes over TLS; flows.client.Client speaks over it too
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from kmip.core import enums
from kmip.pie.client import ProxyKmipClient
from kmip.services.kmip_client import KMIPProxy

from kmip_server.cli import main
from kmip_server.operations.query import QueryRequest
from tests.flows.client import Client

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
"""Seconds that a test waits for what must come; never a measure."""
TAKEN_UP = "ll was reloaded in this worker"
"""Of "All was" and of "NOT all was"."""
HUNG_UP = (EOFError, ConnectionError, ssl.SSLError)
"""What a client sees of a server that closed or died; one that is silent is another thing (TimeoutError)."""
Settings = Mapping[str, Mapping[str, Any]]


def command(*arguments: object, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``kmip-server`` as a person would, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "kmip_server", *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, timeout=60, env={**os.environ, **(environment or {})},
    )  # fmt: skip


def write_settings(state: Path, settings: Settings) -> None:
    """Write ``server.toml``; the revocation list that ``init`` makes is named unless the settings say otherwise."""
    sections = {"tls": {"crl": ["certs/crl.pem"]}}
    for name, values in settings.items():
        sections.setdefault(name, {}).update(values)
    lines = []
    for name, values in sorted(sections.items(), key=lambda section: section[0].count(".")):
        # JSON's texts, numbers, lists and truth values are TOML's too.
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    state.mkdir(mode=0o700, exist_ok=True)
    (state / "server.toml").write_text("\n".join(lines) + "\n")


class ServerProcess:
    """A server over a state folder; it can be started, stopped, killed and started again."""

    def __init__(self, state: Path, settings: Settings | None = None, environment: Mapping[str, str] | None = None):
        self.state = state
        self.environment = dict(environment or {})
        self.log_path = state.parent / f"{state.name}.log"
        self.address = ("", 0)
        self.https = ("", 0)
        """Where KMIP over HTTPS is served, if it is."""
        self._process: subprocess.Popen[str] | None = None
        write_settings(state, settings or {})

    # --- life -------------------------------------------------------------------------------------

    def command(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run another command over the same state folder."""
        return command(*arguments, "--state", self.state, environment=self.environment)

    def prepare(self, *arguments: str) -> None:
        """Run a command that must succeed; in this process where that makes no difference, because it is faster."""
        if self.environment:
            done = self.command(*arguments)
            assert done.returncode == 0, done.stderr
        else:
            assert main([*arguments, "--state", str(self.state)]) == 0

    def start(self) -> None:
        """Start it and wait until it says that it serves."""
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kmip_server", "serve", "--state", str(self.state), "--port", "0"],
                stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT, env={**os.environ, **self.environment},
            )  # fmt: skip
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = re.search(r"KMIP is served on (\S+):(\d+)", line)
            if found:
                self.address = (found[1], int(found[2]))
            found = re.search(r"over HTTPS   https://(\S+):(\d+)/kmip", line)
            if found:
                self.https = (found[1], int(found[2]))
            if line.startswith("  key "):
                return
        raise AssertionError(f"the server did not start:\n{self.log()}")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def workers(self) -> list[int]:
        """The processes that serve."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def stop(self) -> None:
        """End it by SIGTERM; it must end in good order and have written no word of a failure."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        status = self._end()
        assert status == 0, self.log()

    def kill(self) -> None:
        """Take the power away: the parent and all workers die at once."""
        workers = self.workers()
        for pid in (self.pid, *workers):
            os.kill(pid, signal.SIGKILL)
        self._end()
        for pid in workers:
            self.wait_for(partial(gone, pid), f"worker {pid} lives on")

    def kill_parent(self) -> None:
        """Kill the parent alone; its workers must notice."""
        os.kill(self.pid, signal.SIGKILL)
        self._end()

    def _end(self) -> int:
        assert self._process is not None and self._process.stdout is not None
        status = self._process.wait(PATIENCE)
        self._process.stdout.close()
        self._process = None
        return status

    def close(self) -> None:
        """Whatever happened, leave nothing running."""
        if self._process is not None:
            with contextlib.suppress(OSError, AssertionError):
                self.kill()

    def worker_of(self, connection: TlsConnection) -> int:
        """The process that holds the other end of a connection."""
        theirs, ours = f":{self.address[1]:04X}", f":{connection.raw_port:04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        sockets = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(theirs) and row[2].endswith(ours)}
        for pid in self.workers():
            if sockets & {os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_symlink()}:
                return pid
        raise AssertionError("no worker holds this connection")

    def one_client_of_each_worker(self, **options: Any) -> dict[int, tuple[TlsConnection, Client]]:
        """Connect until every worker has a client; give one of each, by the worker's process."""
        found: dict[int, tuple[TlsConnection, Client]] = {}
        spare = []
        for _ in range(200):
            connection, client = self.client(**options)
            client.do(QueryRequest())  # it is served
            if found.setdefault(self.worker_of(connection), (connection, client))[0] is not connection:
                spare.append(connection)
            if len(found) == len(self.workers()):
                break
        for connection in spare:
            connection.close()
        assert len(found) == len(self.workers()), "one worker takes every connection"
        return found

    # --- what it says -----------------------------------------------------------------------------

    def log(self) -> str:
        """All that it has written to standard error."""
        return self.log_path.read_text()

    def require_clean_log(self, *expected: str) -> None:
        """No failure was logged but the expected ones."""
        bad = [line for line in self.log().splitlines() if "Traceback" in line or " ERROR " in line]
        assert [line for line in bad if not any(words in line for words in expected)] == []

    def wait_for_log(self, words: str, times: int = 1) -> None:
        """Wait until it has written these words."""
        self.wait_for(lambda: self.log().count(words) >= times, f"{words!r} is not in the log")

    def reload(self, words: str = "Certificates, CAs and CRLs were read again") -> None:
        """Send SIGHUP and wait until the server and each of its workers say that it was heard."""
        before, taken_up = self.log().count(words), self.log().count(TAKEN_UP)
        os.kill(self.pid, signal.SIGHUP)
        self.wait_for_log(words, before + 1)
        self.wait_for_log(TAKEN_UP, taken_up + len(self.workers()))

    def wait_for(self, reached: Callable[[], bool], otherwise: str) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < deadline, f"{otherwise}:\n{self.log()}"
            time.sleep(0.01)

    # --- clients ----------------------------------------------------------------------------------

    def files(self, name: str = "client1", folder: Path | None = None) -> tuple[str, str, str]:
        """Certificate, key and CA of a client."""
        certs = folder or self.state / "certs"
        return str(certs / f"{name}.pem"), str(certs / f"{name}.key"), str(certs / "ca.pem")

    def pykmip(
        self, name: str = "client1", version: enums.KMIPVersion = enums.KMIPVersion.KMIP_1_4, *,
        folder: Path | None = None, config_file: Path | None = None,
    ) -> ProxyKmipClient:  # fmt: skip
        """PyKMIP's client, not yet open."""
        certificate, key, authority = self.files(name, folder)
        return ProxyKmipClient(
            self.address[0], self.address[1], certificate, key, authority, kmip_version=version,
            config_file=str(config_file) if config_file else None,
        )  # fmt: skip

    def proxy(self, name: str = "client1", version: enums.KMIPVersion = enums.KMIPVersion.KMIP_1_4) -> KMIPProxy:
        """PyKMIP's lower client, not yet open."""
        certificate, key, authority = self.files(name)
        return KMIPProxy(
            self.address[0], self.address[1], certfile=certificate, keyfile=key, ca_certs=authority,
            kmip_version=version,
        )  # fmt: skip

    def connect(self, name: str = "client1", folder: Path | None = None) -> TlsConnection:
        """A connection for bytes."""
        return TlsConnection(self.address, *self.files(name, folder))

    def client(self, name: str = "client1", **options: Any) -> tuple[TlsConnection, Client]:
        """A connection, and a client in one line a request over it, that checks each answer strictly."""
        connection = self.connect(name)
        return connection, Client(connection, **options)  # type: ignore[arg-type]  # all it asks of a server is send()


def gone(pid: int) -> bool:
    """Whether a process has ended, buried by its new parent or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith(("Z", "X"))
    except OSError:
        return True


class TlsConnection:
    """Bytes over mutual TLS; one answer is read for each request."""

    def __init__(self, address: tuple[str, int], certificate: str, key: str, authority: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(authority)
        context.load_cert_chain(certificate, key)
        self.raw = socket.create_connection(address, timeout=PATIENCE)
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.raw_port = self.raw.getsockname()[1]
        self.tls = context.wrap_socket(self.raw, server_hostname=address[0])

    def send(self, data: bytes, who: object = None) -> bytes:
        """One request, one answer. Who asks is said by the certificate."""
        self.tls.sendall(data)
        return self.receive()

    def receive(self) -> bytes:
        """One whole answer; EOFError where the server has closed."""
        head = self._exactly(8)
        return head + self._exactly(int.from_bytes(head[4:], "big"))

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.tls.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def server_certificate(self) -> bytes:
        """What the server showed, DER."""
        shown = self.tls.getpeercert(binary_form=True)
        assert shown is not None
        return shown

    def close(self) -> None:
        """Close without a word, as many clients do."""
        self.tls.close()

    def __enter__(self) -> TlsConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def serving(
    folder: Path,
    settings: Settings | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    before_init: Sequence[Sequence[str]] = (),
    expected_errors: Sequence[str] = (),
) -> Iterator[ServerProcess]:
    """A running server in a new state folder; at the end it must stop in good order with a clean log."""
    server = ServerProcess(folder / "state", settings, environment)
    for arguments in (*before_init, ("init",)):
        server.prepare(*arguments)
    server.start()
    try:
        yield server
        server.stop()
        server.require_clean_log(*expected_errors)
    finally:
        server.close()
