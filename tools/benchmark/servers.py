"""Starts the two servers, each in a folder of its own, fills them and stops them again."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmark import messages, processes
from kmip_server import pki

TOOLS = Path(__file__).resolve().parents[1]
START_LIMIT = 60.0
"""Seconds after which a server that does not answer is given up."""
STOP_LIMIT = 15.0
BATCH = 500
"""Objects made by one request when a database is filled over the wire."""

MODULE = ("-W", "ignore", "-m", "benchmark.pykmip_server")
"""PyKMIP's side of things; the warnings are those of libraries newer than PyKMIP 0.11.0."""
CONFIGURATION = """[server]
hostname=127.0.0.1
port={port}
certificate_path={certificates}/server.pem
key_path={certificates}/server.key
ca_path={certificates}/ca.pem
auth_suite=TLS1.2
policy_path={folder}/policies
enable_tls_client_auth=True
logging_level=INFO
database_path={folder}/pykmip.db
"""


class Client:
    """One blocking connection, for what is not measured."""

    def __init__(
        self, port: int, certificates: Path, timeout: float = 300.0, context: ssl.SSLContext | None = None
    ) -> None:
        if context is None:
            context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
            context.load_cert_chain(certificates / "client1.pem", certificates / "client1.key")
        plain = socket.create_connection(("127.0.0.1", port), timeout)
        try:
            self._socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        except BaseException:
            plain.close()
            raise

    def call(self, request: bytes) -> bytes:
        """Send a request and read its reply whole."""
        self._socket.sendall(request)
        reply = self._read(messages.HEADER)
        return reply + self._read(int.from_bytes(reply[4:8], "big"))

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            chunk = self._socket.recv(size - len(data))
            if not chunk:
                raise ConnectionError("the server closed the connection")
            data += chunk
        return data

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def free_port() -> int:
    """A TCP port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server process in its own folder; the two kinds differ in how they are made, filled and started."""

    name = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)

    @property
    def certificates(self) -> Path:
        """Where ca.pem, client1.pem and client1.key lie."""
        return self.folder / "certs"

    @property
    def pid(self) -> int:
        """The root of its process tree."""
        assert self.process is not None
        return self.process.pid

    def command(self) -> Sequence[str]:
        """What starts it."""
        raise NotImplementedError

    def fill(self, count: int) -> None:
        """Put named keys into the database of a server that does not run yet."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """Our modules can be found; proxies and the like are as they are."""
        return {**os.environ, "PYTHONPATH": f"{TOOLS}{os.pathsep}{TOOLS.parent}"}

    def start(self) -> float:
        """Start it and return the seconds until a client had its first answer."""
        with open(self.folder / "output.log", "ab") as output:
            began = time.perf_counter()
            self.process = subprocess.Popen(  # our own command line
                self.command(), stdout=output, stderr=output, env=self.environment(), start_new_session=True
            )
        while True:
            try:
                with Client(self.port, self.certificates) as client:
                    messages.identifiers(client.call(messages.locate("no such name")))
                return time.perf_counter() - began
            except (ConnectionError, ssl.SSLError, TimeoutError):
                if self.process.poll() is not None or time.perf_counter() - began > START_LIMIT:
                    self.stop()
                    raise SystemExit(f"{self.name} does not start:\n{self.log_end()}") from None
                time.sleep(0.01)

    def log_end(self) -> str:
        """The last of what it wrote to standard output and error."""
        return (self.folder / "output.log").read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """Stop it, and whatever it started."""
        if self.process is None:
            return
        family = processes.tree(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_LIMIT if self.name == "ours" else 1.0)
        except subprocess.TimeoutExpired:
            pass
        for process in family[::-1]:
            try:
                if os.getpgid(process) == self.process.pid:  # still ours: the number was not given to another
                    os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()
        self.process = None

    def keys(self, count: int) -> list[str]:
        """Make active keys over the wire, and return their Unique Identifiers."""
        with Client(self.port, self.certificates) as client:
            found = [messages.identifiers(client.call(messages.create()))[0] for _ in range(count)]
            for each in found:
                messages.identifiers(client.call(messages.activate(each)))
        return found


def _configure(folder: Path, certificates: Path, port: int) -> None:
    """Write what the server reads: its configuration with its defaults and no extra policies."""
    (folder / "policies").mkdir(parents=True, exist_ok=True)
    text = CONFIGURATION.format(port=port, certificates=certificates, folder=folder)
    (folder / "server.conf").write_text(text)


class PyKmip(Server):
    """PyKMIP's server of the installed version, TLS 1.2, SQLite, its default configuration."""

    name = "pykmip"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        pki.ensure(self.certificates, ["client1"])
        _configure(folder, self.certificates, self.port)

    def command(self) -> Sequence[str]:
        """A process that runs its KmipServer."""
        return [sys.executable, *MODULE, "serve", str(self.folder)]

    def fill(self, count: int) -> None:
        """By SQL: over the wire it would take minutes."""
        command = [sys.executable, *MODULE, "fill", str(self.folder), str(count)]
        subprocess.run(command, env=self.environment(), check=True)


class Ours(Server):
    """The server of this checkout, as ``init`` makes it: one worker, audit and durable commits, the software root."""

    name = "ours"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        made = subprocess.run(  # our own command line
            [sys.executable, "-m", "kmip_server", "init", "--state", str(folder), "--port", str(self.port)],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise SystemExit(f"kmip-server init failed:\n{made.stdout}{made.stderr}")

    def command(self) -> Sequence[str]:
        """What ``tools/serve`` runs once everything is installed."""
        return [sys.executable, "-m", "kmip_server", "serve", "--state", str(self.folder), "--port", str(self.port)]

    def fill(self, count: int) -> None:
        """Over the wire, by batches: as a client would, with audit and all."""
        self.start()
        try:
            with Client(self.port, self.certificates) as client:
                for first in range(1, count + 1, BATCH):
                    names = [messages.object_name(n) for n in range(first, min(first + BATCH, count + 1))]
                    made = messages.identifiers(client.call(messages.create_named(names)))
                    if len(made) != len(names):
                        raise SystemExit(f"{len(names)} objects were asked for, {len(made)} made")
        finally:
            self.stop()

    def worker_memory(self) -> dict[str, float]:
        """Memory of the one worker: the last process of the tree, which is the root where there is no other."""
        return processes.memory_mib(processes.tree(self.pid)[-1])
