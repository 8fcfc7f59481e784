"""Joins the outbox to the world: what the engine wants sent, as bytes over TLS, by a thread of each worker process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from kmip_server.domain.subscriber import Subscriber
from kmip_server.engine.post import Outcome, Undelivered
from kmip_server.errors import InvalidMessage
from kmip_server.operations.discover_versions import DiscoverVersionsResponse
from kmip_server.operations.query import QueryResponse
from kmip_server.ports import StoreError
from kmip_server.spec.enums import Operation
from kmip_server.spec.version import Version
from kmip_server.transport import Outgoing, OutgoingError, OutgoingTls
from kmip_server.wire.binder import Binder
from kmip_server.wire.connection import Framer
from kmip_server.wire.outgoing import answered, request_message

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
_LARGEST_ANSWER = 65536
_ANSWERS = {Operation.DISCOVER_VERSIONS: DiscoverVersionsResponse, Operation.QUERY: QueryResponse}
"""What has a payload; Notify and Put are answered without one (1.4 §5.1)."""


class Destination(NamedTuple):
    """Where a subscriber listens."""

    host: str
    port: int
    name: str
    """What its certificate must hold."""


class Postman:
    """Keeps one connection to each subscriber for as long as it lasts; used by one thread."""

    def __init__(self, tls: OutgoingTls, destinations: Mapping[str, Destination]) -> None:
        self._tls = tls
        self._destinations = destinations
        self._open: dict[str, Outgoing] = {}
        self._binders: dict[Version, Binder] = {}

    def reach(self, subscriber: Subscriber) -> bool:
        """See :class:`kmip_server.engine.post.Post`."""
        line = self._open.get(subscriber.name)
        if line is not None:
            if line.idle():
                return False
            self._hang_up(subscriber)
        where = self._destinations[subscriber.name]
        try:
            self._open[subscriber.name] = Outgoing(self._tls, where.host, where.port, where.name)
        except OutgoingError as error:
            raise Undelivered(str(error)) from None
        return True

    def send(self, subscriber: Subscriber, version: Version, operation: Operation, payload: Any) -> Outcome:
        """See :class:`kmip_server.engine.post.Post`."""
        binder = self._binders.get(version)
        if binder is None:
            binder = self._binders[version] = Binder(version)
        data = request_message(binder, version, operation, payload)
        framer = Framer(_LARGEST_ANSWER)

        def receive(part: bytes) -> list[bytes]:
            found = framer.receive(part)
            if framer.error is not None:
                raise OutgoingError("the answer is no KMIP message")
            return found

        try:
            answer = self._open[subscriber.name].exchange(data, receive)
            return Outcome(*answered(answer, binder, _ANSWERS.get(operation)))
        except (OutgoingError, InvalidMessage) as error:
            self._hang_up(subscriber)
            raise Undelivered(str(error)) from None

    def close(self) -> None:
        """Hang up everywhere."""
        for line in self._open.values():
            line.close()
        self._open.clear()

    def _hang_up(self, subscriber: Subscriber) -> None:
        self._open.pop(subscriber.name).close()


class Deliverer:
    """The thread that empties the outbox, in every worker process: whoever claims a message first sends it."""

    def __init__(self, deliver_one: Callable[[], bool], close: Callable[[], None]) -> None:
        self._deliver_one = deliver_one
        self._close = close
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin; to be called in the process that does the work."""
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """End after the message in progress; one that takes too long is left to its lease."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            try:
                while not self._stopped.is_set() and self._deliver_one():
                    pass
            except StoreError as error:
                log.warning("the outbox waits: %s", error)
            except Exception as error:
                # Its text might quote what was to be sent.
                log.error("the outbox waits: unexpected %s", type(error).__name__)
        self._close()
