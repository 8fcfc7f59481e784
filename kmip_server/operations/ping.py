"""Ping (KMIP 2.1 §6.1.36): whether the server is alive; the answer itself is all there is to say."""

from __future__ import annotations

from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import payload


@payload
class PingRequest:
    """Nothing."""


@payload
class PingResponse:
    """Nothing."""


@operation(Operation.PING, PingRequest, PingResponse)
def handle(request: PingRequest, ctx: Context) -> PingResponse:
    """Answer."""
    return PingResponse()
