"""What a connection asks of the loop that it lives in."""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kmip_server.transport.limits import Limits, Timers
from kmip_server.transport.service import Service, Work

if TYPE_CHECKING:
    from kmip_server.transport.connection import Connection


class Host(Protocol):
    """The loop, as its connections see it."""

    now: float
    """The beginning of this turn, monotonic."""
    date: float
    """The same in seconds since 1970."""
    draining: bool
    limits: Limits
    service: Service
    epoll: select.epoll
    timers: Timers[Connection]

    def enter(self, connection: Connection, work: Sequence[Work]) -> None:
        """Take ``work`` into this round; its answers come to ``connection.answer`` in one piece."""

    def run_slow(self, connection: Connection, work: Work) -> None:
        """Run ``work.slow`` beside the loop, then take the work into a round."""

    def again(self, connection: Connection) -> None:
        """Call ``connection.advance`` in the next round."""

    def established(self, connection: Connection) -> None:
        """Note that the handshake is over, well or not."""

    def gone(self, connection: Connection) -> None:
        """Forget the connection."""
