"""What the transport asks of whoever answers: three small promises, no word of KMIP in them.

The transport moves bytes. It accepts a connection, hands over who is at the other end, passes on what
arrives and writes back what it is given. All work that one poll round brought is run together, so that
the answers of a round can share one transaction: a reply is written only after ``run`` has returned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of a finished handshake."""

    address: str
    """IP address, without the port."""
    certificate: bytes
    """The verified client certificate, DER."""
    tls_version: str
    """As OpenSSL names it: ``TLSv1.3``."""
    cipher: str
    group: str
    """Key exchange group where OpenSSL tells it (``X25519MLKEM768``), else empty."""
    ends: float
    """When the certificate's validity is over, in seconds since 1970."""
    entrance: str = ""
    """What the settings call the address at which the peer came in."""


class Work(Protocol):
    """One whole message that waits for its answer."""

    @property
    def slow(self) -> Callable[[], None] | None:
        """What must be done before the round and takes over a millisecond: run once, in a thread of its own."""


class Session(Protocol):
    """One connection as the service sees it."""

    def receive(self, data: bytes) -> Sequence[Work]:
        """Take what arrived; return the messages it completed, in order. Never raises."""

    @property
    def closing(self) -> bool:
        """True when nothing more can be read (framing lost): answer what is due, then close."""

    @property
    def partial(self) -> bool:
        """True while a message has begun and not ended: the limit on half-sent messages applies."""


class Service(Protocol):
    """The server behind the transport."""

    def connect(self, peer: Peer) -> Session | str:
        """Begin a connection, or say in one sentence why it is refused."""

    def run(self, work: Sequence[Work], more: Callable[[], Sequence[Work]]) -> Sequence[bytes]:
        """Answer a round: one reply for each piece of work, in the same order. Never raises.

        ``more`` gives what has arrived meanwhile; it belongs to the round as well. It may be asked once or several
        times, before anything is final.
        """

    @property
    def wake(self) -> float:
        """When ``chore`` is to be called next, in seconds of the monotonic clock."""

    def chore(self) -> Callable[[], None] | None:
        """Do something that no connection waits for, between two rounds; never raises.

        What takes over a millisecond of it may be returned: it is run in a thread, then ``chore`` is called again.
        """

    def reload(self) -> str:
        """Take up what has changed, all of it or nothing; returns why it stays as it was, one sentence, or nothing."""

    def close(self) -> None:
        """Release what the worker holds; called once, after the last reply."""
