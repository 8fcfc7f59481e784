"""A real PostgreSQL for tests: a server of its own in a folder of its own, reached by a Unix socket only.

PostgreSQL refuses to run as root; there it runs as the user that Debian's package made for it. One server
serves a whole test process and ends with it; each test takes a database of its own, copied from a template.

    url = postgres_database()              # empty
    url = postgres_database(upgraded=True)  # with the tables of this revision
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from kmip_server.store import upgrade

ABSENT = "PostgreSQL is absent, so the store was not tested on it; run: apt-get install postgresql"
_TEMPLATE = "upgraded"
_numbers = count(1)
_server: PostgresServer | None = None


@dataclass
class PostgresServer:
    """A running server."""

    binaries: Path
    folder: Path
    as_user: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://kmip@/{database}?host={self.folder}"

    def admin(self, statement: str) -> None:
        with psycopg.connect(f"user=kmip dbname=postgres host={self.folder}", autocommit=True) as connection:
            connection.execute(statement)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        arguments = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-c", "listen_addresses="]
        arguments += ["-c", "fsync=off", "-c", "max_connections=60", "-c", "shared_buffers=32MB"]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", *arguments], stdout=log, stderr=log, cwd="/", **self.as_user
            )
        for _ in range(300):
            try:
                self.admin("SELECT 1")
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        pytest.fail("PostgreSQL did not start:\n" + (self.folder / "log").read_text()[-2000:])

    def stop(self) -> None:
        """End it at once, as a power cut would end it for its clients."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(20)
            self.process = None


def postgres_server() -> PostgresServer:
    """The server; without PostgreSQL skip with the reason, but fail where it could be installed (root, CI)."""
    global _server
    if _server is None:
        binaries = _binaries()
        if binaries is None:
            if os.geteuid() == 0 or os.environ.get("CI"):
                pytest.fail(ABSENT)
            pytest.skip(ABSENT)
        _server = _initialised(binaries)
        _server.start()
    return _server


def postgres_database(*, upgraded: bool = False) -> str:
    """The URL of a database that no other test has."""
    server = postgres_server()
    if upgraded and not (server.folder / _TEMPLATE).exists():
        server.admin(f"CREATE DATABASE {_TEMPLATE}")
        upgrade(server.url(_TEMPLATE))
        (server.folder / _TEMPLATE).touch()
    name = f"test_{next(_numbers)}"
    server.admin(f"CREATE DATABASE {name}" + (f" TEMPLATE {_TEMPLATE}" if upgraded else ""))
    return server.url(name)


def _binaries() -> Path | None:
    """Debian keeps them outside of PATH; version 15 is the one to test where several are there."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[-3] != "15")
    on_path = shutil.which("initdb")
    if not found and on_path:
        found = [Path(on_path).resolve()]
    return found[0].parent if found else None


def _initialised(binaries: Path) -> PostgresServer:
    folder = Path(tempfile.mkdtemp(prefix="kmip-postgres-"))
    atexit.register(_remove, folder)
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    options = ["-D", folder / "data", "-U", "kmip", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run([binaries / "initdb", *options], check=True, capture_output=True, cwd="/", **as_user)
    return PostgresServer(binaries, folder, as_user)


def _remove(folder: Path) -> None:
    if _server is not None:
        _server.stop()
    shutil.rmtree(folder, ignore_errors=True)
