"""The fixtures of the flow tests: a server whose audit trail is held against its answers."""

from tests.flows.conftest import client, make_server, server

__all__ = ["client", "make_server", "server"]
