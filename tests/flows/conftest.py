"""What every flow test gets: a server that counts the batch items it answers.

At the end of each test the audit trail must hold exactly one record per answered item, refusals included,
and its chain must verify.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.client import Client
from tests.flows.recording import RecordingServer


@pytest.fixture
def make_server() -> Iterator[Any]:
    """Make servers whose audit trail is held against their answers when the test ends."""
    made: list[RecordingServer] = []

    def make(**options: Any) -> RecordingServer:
        made.append(RecordingServer(**options))
        return made[-1]

    yield make
    for server in made:
        server.require_audited()


@pytest.fixture
def server(make_server: Any) -> RecordingServer:
    """A server."""
    return make_server()


@pytest.fixture
def client(server: RecordingServer) -> Client:
    """Alice, in the newest released version."""
    return Client(server)
