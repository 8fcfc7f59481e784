"""How messages leave the house, as the engine sees it: whoever delivers them is handed one of these."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from kmip_server.domain.subscriber import Subscriber
from kmip_server.spec.enums import Operation, ResultReason, ResultStatus
from kmip_server.spec.version import Version


class Undelivered(Exception):
    """The receiver could not be reached, or did not answer in words; one sentence for the log."""


class Outcome(NamedTuple):
    """What the receiver answered."""

    status: ResultStatus
    reason: ResultReason | None = None
    message: str = ""
    payload: Any = None
    """What Discover Versions or Query was answered with, as far as it could be read."""


class Post(Protocol):
    """How messages leave the house; both raise Undelivered."""

    def reach(self, subscriber: Subscriber) -> bool:
        """Have a connection on which the receiver has proved who it is; True when it is a new one."""

    def send(self, subscriber: Subscriber, version: Version, operation: Operation, payload: Any) -> Outcome:
        """Send one request and wait for its answer."""
