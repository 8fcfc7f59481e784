"""Logout (KMIP 2.1 §6.1.31): a ticket is good for nothing from the next request on, on every worker."""

from __future__ import annotations

from kmip_server.errors import KmipError
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation, ResultReason, TicketType
from kmip_server.spec.schema import field, payload
from kmip_server.spec.structures.credentials import Ticket
from kmip_server.spec.tags import Tag


@payload
class LogoutRequest:
    """Which ticket."""

    ticket: Ticket = field(Tag.TICKET, Ticket)


@payload
class LogoutResponse:
    """Nothing."""


@operation(Operation.LOGOUT, LogoutRequest, LogoutResponse)
def handle(request: LogoutRequest, ctx: Context) -> LogoutResponse:
    """Take the ticket back: one's own, or the one the request came with."""
    if request.ticket.ticket_type is not TicketType.LOGIN:
        raise KmipError("tickets of this type are not known", ResultReason.INVALID_TICKET)
    ctx.tickets.revoke(request.ticket.ticket_value)
    return LogoutResponse()
