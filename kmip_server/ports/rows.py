"""What the store keeps beside managed objects, row by row: keys above them, the audit chain, and what waits."""

from __future__ import annotations

from typing import NamedTuple


class KekRecord(NamedTuple):
    """A key-encryption key as the database keeps it: wrapped by the root key."""

    kek_id: bytes
    """Eight bytes, random."""
    root_id: str
    """Which root key wrapped it."""
    wrapped: bytes
    created: int
    """Seconds since 1970."""
    active: bool
    """New objects are sealed under the active one; there is at most one."""


class AuditRow(NamedTuple):
    """A link of the audit chain as the database keeps it; the audit room gives the fields their meaning."""

    sequence: int
    at: int
    """Microseconds since 1970."""
    fields: tuple[str, ...]
    """The record's text fields, in the audit room's order."""
    previous: bytes
    hash: bytes


class StreamRow(NamedTuple):
    """A cryptographic operation in several parts, between two of them (1.4 §4, 2.1 §6.1)."""

    correlation_value: bytes
    """By which the client names it: random."""
    owner: str
    """Who began it; nobody else can go on."""
    object_id: str
    """The key; empty for an operation that uses none."""
    expires: int
    """Seconds since 1970: when it is forgotten unless another part comes."""
    revision: int
    """Counted up by each part."""
    sealed: bytes
    """What is carried to the next part, sealed: it holds input, or what the key made of it."""


class JobRow(NamedTuple):
    """A request that is done later: all its asynchronous items, which run together (2.1 §9.2)."""

    job: bytes
    """Its name: random."""
    owner: str
    """Who asked."""
    due: int
    """Microseconds since 1970: nobody takes it up before. Whoever takes it up moves this to the end of his lease."""
    attempts: int
    """How often it was taken up."""
    token: bytes
    """Who took it up last: random; empty at first."""
    sealed: bytes
    """The request, sealed."""


class JobItemRow(NamedTuple):
    """One item of such a request, and its result once there is one."""

    correlation_value: bytes
    """By which the client names it: random."""
    job: bytes
    position: int
    owner: str
    operation: int
    submitted: int
    """Microseconds since 1970."""
    stage: int
    """A Processing Stage, or the engine's own number for an item that was canceled."""
    status: int | None
    """The Result Status, once there is one."""
    obtained: bool
    """Whether the client has had the result."""
    expires: int
    """Seconds since 1970: when the result is forgotten."""
    sealed: bytes | None
    """The result, sealed."""


class OutboxRow(NamedTuple):
    """A message to a subscriber that is still to be sent (2.1 §6.2); moments are microseconds since 1970."""

    number: int
    """Given by the store: messages about one object are sent in this order."""
    subscriber: str
    object_id: str
    operation: int
    """Notify or Put."""
    replaced: str
    """Put: the object that this one takes the place of, or empty."""
    changed: bytes
    """Notify: the attributes that changed, packed."""
    deleted: str
    """Notify: those that are gone, as JSON."""
    created: int
    due: int
    """Not before this moment: after a pause, or when whoever sends it now has had its time."""
    attempts: int
    """Counted up by each claim: what is done to a claimed message is done to this number only."""


class ChainHead(NamedTuple):
    """Where the audit chain ends."""

    sequence: int
    hash: bytes
