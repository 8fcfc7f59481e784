"""How much one client may take from the others, and the clock that enforces it.

Nothing here is in the standard: KMIP leaves timeouts and connection counts to the server. Times are in
seconds of the monotonic clock, sizes in bytes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Generic, Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection, an address and the whole server may use; raises ValueError when a limit is not positive."""

    max_connections: int = 4096
    """Open connections of all workers together; beyond it an unfinished handshake gives way, else callers wait."""
    max_connections_per_address: int = 1024
    """Open connections from one IP address in one worker; a further one is closed at once."""
    handshake_seconds: float = 10.0
    """From accept to the end of the TLS handshake; not extended by progress."""
    message_seconds: float = 30.0
    """From the first byte of a message to its last; not extended by progress."""
    idle_seconds: float = 3600.0
    """Without a message begun and without an answer due."""
    write_stall_seconds: float = 30.0
    """Without the peer taking a single byte of an answer that waits."""
    max_output_bytes: int = 16 * 1024 * 1024
    """Answers of one connection that wait to be taken; more of them close it."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) <= 0:
                raise ValueError(f"limit {field.name} must be greater than zero")


class Timed(Protocol):
    """Something with a deadline that the clock looks after."""

    deadline: float
    """When the limit in force is passed."""
    timer_at: float
    """When the clock looks next; infinite while it does not."""


T = TypeVar("T", bound=Timed)

NEVER = float("inf")


class Timers(Generic[T]):
    """Deadlines that nearly always move away before they come: a heap which is looked at lazily.

    Moving a deadline further away is one attribute store by its owner and no call at all; the clock finds
    out when the old moment comes and looks again at the new one. Only a deadline that comes nearer must be
    announced with ``arm``. So a busy connection costs the heap one entry in an idle limit, not one a request.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._count = 0

    def arm(self, timed: T) -> None:
        """See to it that ``timed`` is looked at when its deadline has come."""
        if timed.deadline < timed.timer_at:
            timed.timer_at = timed.deadline
            self._count += 1
            heapq.heappush(self._heap, (timed.deadline, self._count, timed))

    def forget(self, timed: T) -> None:
        """Look at ``timed`` no more; its entry is dropped when its moment comes."""
        timed.timer_at = timed.deadline = NEVER

    def next_moment(self) -> float:
        """When ``expired`` should be asked next; infinite when nothing is armed."""
        return self._heap[0][0] if self._heap else NEVER

    def expired(self, now: float) -> Iterator[T]:
        """Yield each one whose deadline has passed; it is disarmed and may be armed again."""
        while self._heap and self._heap[0][0] <= now:
            moment, _, timed = heapq.heappop(self._heap)
            if moment != timed.timer_at:
                continue  # superseded by a nearer entry, or forgotten
            timed.timer_at = NEVER
            if timed.deadline > now:
                self.arm(timed)
            else:
                yield timed
