"""Delegated Login (KMIP 2.1 §6.1.12): a ticket to pass on, good for what its rights name and nothing else."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.registry import operation
from kmip_server.operations.ticketing import granted, order, ticket
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.structures.credentials import Rights, Ticket
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@payload
class DelegatedLoginRequest:
    """How long, how often and for how much the ticket is to be good, and what its bearer may do."""

    lease_time: Any = field(Tag.LEASE_TIME, Special.ANY, default=None)
    request_count: int | None = field(Tag.REQUEST_COUNT, ItemType.INTEGER, default=None)
    usage_limits: UsageLimits | None = field(Tag.USAGE_LIMITS, UsageLimits, default=None)
    rights: Rights = field(Tag.RIGHTS, Rights)


@payload
class DelegatedLoginResponse:
    """The ticket."""

    ticket: Ticket = field(Tag.TICKET, Ticket)


@operation(Operation.DELEGATED_LOGIN, DelegatedLoginRequest, DelegatedLoginResponse)
def handle(request: DelegatedLoginRequest, ctx: Context) -> DelegatedLoginResponse:
    """Give out a ticket with rights."""
    rights = granted(request.rights, ctx)
    asked = order(request.lease_time, request.request_count, request.usage_limits, rights, ctx.now)
    return DelegatedLoginResponse(ticket=ticket(ctx.tickets.issue(asked)))
