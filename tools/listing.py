"""Asks a server as it comes, and one on which everything is set up, for its operations; in every version, over TLS."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.servers import Client as Connection
from benchmark.servers import Ours
from conforming import init_ca

from kmip_server.spec.enums import QueryFunction
from kmip_server.spec.version import Version
from tests.conformance.listing import Listing
from tests.flows.client import Client
from tests.flows.registry import VERSIONS_WITH_TEXT
from tests.flows.requests import Query


def ask_listings(folder: Path) -> list[Listing]:
    """Start the two servers in the folder, one after the other, and ask both."""
    plain = _asked(Ours(folder / "plain"))
    complete = _asked(_with_everything(folder / "complete"))
    return [Listing(version, plain[version], complete[version]) for version in VERSIONS_WITH_TEXT]


def _with_everything(folder: Path) -> Ours:
    """A server that was told all that it can be told about the operations that it serves."""
    server = Ours(folder)
    own = server.certificates / "ca.key", server.certificates / "ca.pem"
    lines = [
        "[server]",
        f"port = {server.port}",
        "interop = true",
        "[subscribers.receivers]",
        'nobody = { address = "localhost:1", owners = ["nobody"] }',
        *init_ca(server, "--subject", "CN=Authority"),
        *init_ca(server, "--for-clients", "--key", str(own[0]), "--certificate", str(own[1])),
    ]
    (folder / "server.toml").write_text("\n".join(lines) + "\n")
    return server


def _asked(server: Ours) -> dict[Version, frozenset[int]]:
    server.start()
    try:
        with Connection(server.port, server.certificates) as connection:
            return {version: _operations(connection, version) for version in VERSIONS_WITH_TEXT}
    finally:
        server.stop()


def _operations(connection: Connection, version: Version) -> frozenset[int]:
    through: Any = _Through(connection)
    return frozenset(Client(through, version).do(Query(query_function=[QueryFunction.QUERY_OPERATIONS])).operation)


@dataclass(frozen=True, slots=True)
class _Through:
    """What ``flows.client.Client`` needs of a server: bytes in, bytes out."""

    connection: Connection

    def send(self, data: bytes, who: Any = None) -> bytes:
        return self.connection.call(data)
