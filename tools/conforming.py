"""The servers that ``tools/conformance`` runs cases against, and the clients that do it: real TLS, real processes."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from benchmark.servers import Client, Ours, free_port
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kmip_server import pki
from kmip_server.engine.passwords import hash_password
from kmip_server.spec.enums import Operation
from kmip_server.wire import ttlv
from kmip_server.wire.tree import Item
from tests.authority import certificate_of, new_key
from tests.conformance.cases import Case, operations_of
from tests.conformance.pushing import Listening, Receiver, pushes, subscriber_of
from tests.conformance.pushing import pki as receivers
from tests.conformance.report import Result
from tests.conformance.run import AUTHORITY, WAITING, encoding_of, run, wants_authority
from tests.conformance.wanted import Wanted, wanted_by
from tests.web_client import MEDIA_TYPE_OF

ALONE = frozenset({Operation.SET_CONSTRAINTS, Operation.SET_DEFAULTS})
"""Operations that change what holds for every client."""
WAITING_SITE = "waiting"
LANES = 4
"""Clients that run cases on one server at the same time; cases that wait do not count."""


def site_of(case: Case) -> str:
    """Which server a case runs on: those with the same name share one."""
    wanted = wanted_by(case)
    if wanted.needs_own_server or pushes(case) or operations_of(case) & ALONE:
        return str(case)
    return WAITING_SITE if any(fnmatch(case.case_id, pattern) for pattern in WAITING) else "shared"


def run_group(cases: Sequence[Case], folder: Path, done: Callable[[Case], None]) -> list[tuple[Case, Result]]:
    """Run cases on a server that is started for them, several at once; ``done`` is told of each."""
    server = Site(folder, cases)

    def one(case: Case) -> tuple[Case, Result]:
        result = _result(case, server)
        done(case)
        return case, result

    try:
        try:
            server.start()
        except SystemExit as error:
            return [(case, Result(case.version, case.case_id, case.family, str(error))) for case in cases]
        lanes = len(cases) if site_of(cases[0]) == WAITING_SITE else LANES
        with ThreadPoolExecutor(lanes) as pool:
            return list(pool.map(one, cases))
    finally:
        server.stop()
        server.close()


def _result(case: Case, server: Site) -> Result:
    endpoint = Running(server, case)
    try:
        outcome = run(case, endpoint)
        failure, explained = str(outcome), outcome.explained
    except Exception as error:  # whatever goes wrong with one case is that case's failure
        failure, explained = f"{type(error).__name__}: {error}", False
    finally:
        endpoint.close()
    return Result(case.version, case.case_id, case.family, failure, explained)


class Site(Ours):
    """A server of this checkout with every version, with HTTPS, and with what its cases want it to know."""

    def __init__(self, folder: Path, cases: Sequence[Case]) -> None:
        case = cases[0]
        # First, or it might be given a port that the server is to have.
        self.listening = Listening() if pushes(case) else None
        super().__init__(folder)
        self.https_port = free_port()
        wanted = wanted_by(case)
        lines = _settings(self.port, self.https_port, wanted, _subscribers(case, self.listening))
        authority = self._authority() if any(map(wants_authority, cases)) else []
        (folder / "server.toml").write_text("\n".join([*lines, *authority]) + "\n")
        for name, policy in wanted.policies.items():
            (folder / "policies" / f"{name}.json").write_text(json.dumps(policy))

    def _authority(self) -> list[str]:
        """Give the server an authority of the name that cases print; the lines of its configuration."""
        key = new_key("rsa")
        files = self.folder / "authority.key", self.folder / "authority.pem"
        files[0].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        files[1].write_bytes(certificate_of(key, AUTHORITY).public_bytes(Encoding.PEM))
        return init_ca(self, "--key", str(files[0]), "--certificate", str(files[1]))

    def certificate_for(self, name: str) -> tuple[Path, Path]:
        """A client certificate of this name, and its key."""
        pki.issue_client(self.certificates, name)
        return self.certificates / f"{name}.pem", self.certificates / f"{name}.key"

    def close(self) -> None:
        """Listen no more for what the server sends."""
        if self.listening is not None:
            self.listening.close()


def init_ca(server: Ours, *options: str) -> list[str]:
    """Give an authority to a server that does not run; the lines of its configuration about it."""
    done = subprocess.run(  # our own command line
        [sys.executable, "-m", "kmip_server", "init-ca", "--state", str(server.folder), *options],
        env=server.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"kmip-server init-ca failed:\n{done.stdout}{done.stderr}")
    return done.stdout.splitlines()


def _subscribers(case: Case, listening: Listening | None) -> dict[str, dict[str, object]]:
    """The sections about whom the server speaks to by itself."""
    if listening is None:
        # Who is told of nothing is a subscriber all the same: Query lists Notify and Put.
        return {"subscribers.receivers.nobody": {"address": "localhost:1", "owners": ["nobody"]}}
    authority, _, shown = receivers()
    how = subscriber_of(case)
    return {
        "subscribers": {
            "own_certificate": str(shown),
            "own_key": str(shown.with_suffix(".key")),
            "ca": [str(authority)],
        },
        f"subscribers.receivers.{how.name}": {
            "address": f"localhost:{listening.port}",
            "client": client_of(case),
            "version": case.version,
            "put": how.put,
            "discover_versions": how.discover_versions,
            "query": [each.title for each in how.query],
            "events": sorted(each.value for each in how.events),
        },
    }


def client_of(case: Case) -> str:
    """The common name of the client that the case is run by."""
    return f"case-{case.version}-{case.case_id}".replace("_", "-")


def _settings(port: int, https_port: int, wanted: Wanted, subscribers: dict[str, dict[str, object]]) -> list[str]:
    """The configuration, as lines of TOML."""
    sections: dict[str, dict[str, object]] = {
        "server": {
            "port": port,
            "https_port": https_port,
            "preview_versions": ["3.0"],
            "interop": True,
        },
        **subscribers,
        **{name: dict(values) for name, values in wanted.settings.items() if name != "server"},
        "accounts.users": {name: hash_password(text) for name, text in wanted.users.items()},
        "accounts.devices": {name: hash_password(text) for name, text in wanted.devices.items()},
    }
    sections["server"] |= dict(wanted.settings.get("server", {}))
    lines: list[str] = []
    for name, values in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{json.dumps(key)} = {_toml(value)}" for key, value in values.items()]
    return lines


def _toml(value: object) -> str:
    """A value in TOML: as in JSON, but for inline tables."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


class Running:
    """Implements ``tests.conformance.run.Endpoint`` by a running server."""

    def __init__(self, site: Site, case: Case) -> None:
        self._site = site
        self._certificate = site.certificate_for(client_of(case))
        self._open: list[Client | http.client.HTTPSConnection] = []

    def now(self) -> int:
        """This machine's clock is the server's."""
        return int(time.time())

    def pass_time(self, seconds: int) -> None:
        """Wait."""
        time.sleep(seconds)

    def asker(self, case: Case) -> Callable[[Item], Item]:
        """A connection for the case."""
        context = ssl.create_default_context(cafile=str(self._site.certificates / "ca.pem"))
        context.load_cert_chain(*self._certificate)
        encoding = encoding_of(case)
        if encoding is None:
            client = Client(self._site.port, self._site.certificates, context=context)
            self._open.append(client)
            return lambda sent: ttlv.parse(client.call(ttlv.print_(sent)))
        web = http.client.HTTPSConnection("127.0.0.1", self._site.https_port, context=context, timeout=60)
        self._open.append(web)

        def post(sent: Item) -> Item:
            web.request("POST", "/kmip", encoding.print_(sent), {"Content-Type": MEDIA_TYPE_OF[encoding]})
            response = web.getresponse()
            body = response.read()
            if response.status != 200:
                raise ConnectionError(f"HTTP status {response.status}")
            return encoding.parse(body)

        return post

    @contextmanager
    def receiver(self, case: Case) -> Iterator[Receiver | None]:
        """What the site listens with."""
        yield self._site.listening

    def close(self) -> None:
        """Close every connection."""
        for each in self._open:
            each.close()
