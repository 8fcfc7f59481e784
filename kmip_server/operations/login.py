"""Login (KMIP 2.1 §6.1.30): a ticket that stands for the client's credentials in later requests."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.registry import operation
from kmip_server.operations.ticketing import order, ticket
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.structures.credentials import Ticket
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@payload
class LoginRequest:
    """How long, how often and for how much the ticket is to be good."""

    lease_time: Any = field(Tag.LEASE_TIME, Special.ANY, default=None)
    request_count: int | None = field(Tag.REQUEST_COUNT, ItemType.INTEGER, default=None)
    usage_limits: UsageLimits | None = field(Tag.USAGE_LIMITS, UsageLimits, default=None)


@payload
class LoginResponse:
    """The ticket."""

    ticket: Ticket = field(Tag.TICKET, Ticket)


@operation(Operation.LOGIN, LoginRequest, LoginResponse)
def handle(request: LoginRequest, ctx: Context) -> LoginResponse:
    """Give out a ticket for whoever asks."""
    asked = order(request.lease_time, request.request_count, request.usage_limits, None, ctx.now)
    return LoginResponse(ticket=ticket(ctx.tickets.issue(asked)))
