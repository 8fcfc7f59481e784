"""Tickets: what stands for a signed-in user between requests (KMIP 2.1 §6.1.12, §6.1.30, §6.1.31, §7.39)."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from kmip_server.spec.enums import Operation, UsageLimitsUnit


class TicketRow(NamedTuple):
    """A ticket as the database keeps it; the engine gives the terms their meaning."""

    digest: bytes
    """SHA-256 of the Ticket Value; the value itself is known to nobody but the client."""
    expires: int
    """Seconds since 1970; from then on the ticket is as good as none."""
    terms: str


class Allowance(NamedTuple):
    """How much may still be done: operations (Object) or bytes (Byte)."""

    unit: UsageLimitsUnit
    left: int


class SignInRow(NamedTuple):
    """Something the server must remember of a credential between requests; the engine gives the facts their meaning."""

    key: bytes
    """A digest of what it is about."""
    expires: int
    """Seconds since 1970; from then on it may be forgotten."""
    facts: str


class GrantedRight(NamedTuple):
    """One Right of a delegated ticket (2.1 §7.34); None: "that aspect is unrestricted"."""

    operations: frozenset[Operation] | None = None
    objects: frozenset[str] | None = None
    object_groups: frozenset[str] | None = None
    allowance: Allowance | None = None


class TicketOrder(NamedTuple):
    """What a client asks of a new ticket."""

    expires: int | None = None
    """Seconds since 1970; None: as long as the server allows."""
    requests: int | None = None
    """How many requests; None: any number."""
    allowance: Allowance | None = None
    rights: tuple[GrantedRight, ...] | None = None
    """What its holder may do; None: whatever its user may (Login)."""


class Tickets(Protocol):
    """The desk where tickets are given out and taken back."""

    def issue(self, order: TicketOrder) -> bytes:
        """Make a ticket for the subject of the request; the Ticket Value, which is nowhere kept.

        PermissionDenied for a request that itself came with a ticket: its limits would be none.
        """

    def revoke(self, value: bytes) -> None:
        """Make a ticket useless from the next request on; Invalid Ticket for one that is not the subject's."""

    def permits(self, operation: Operation) -> bool:
        """Whether the rights of the request's ticket, if it came with one, name the operation."""
