"""What the server asks a subscriber before the first message (KMIP 2.1 §6.2.1, §6.2.4; 1.4 §5.3): which versions it
speaks and, where configured, which operations it knows.

Asked once for each connection. A subscriber that refuses a question, or answers it with nothing, is served as
configured; one that does not answer at all is tried again, as with every other message.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

from kmip_server.domain.subscriber import Subscriber
from kmip_server.operations.discover_versions import DiscoverVersionsRequest
from kmip_server.operations.query import QueryRequest
from kmip_server.spec.enums import Operation, QueryFunction, ResultStatus
from kmip_server.spec.version import V1_1, V1_3, VERSIONS, Version

if TYPE_CHECKING:
    from kmip_server.engine.delivery import Post

log = logging.getLogger(__name__)


class NothingInCommon(Exception):
    """The subscriber speaks no version that it may be spoken to in; one sentence."""


class Greeter:
    """Asks, and remembers the answer for as long as the connection lasts."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._agreed: dict[str, Version] = {}
        self._said: dict[str, str] = {}

    def version_for(self, subscriber: Subscriber, fresh: bool) -> Version:
        """The version to speak on the connection, which is ``fresh`` when nothing was said on it yet.

        Raises Undelivered, NothingInCommon; then it is asked again next time.
        """
        if fresh:
            self._agreed.pop(subscriber.name, None)
        agreed = self._agreed.get(subscriber.name)
        if agreed is None:
            agreed = self._newest_common(subscriber)
            if subscriber.query and agreed >= V1_3:
                self._ask_operations(subscriber, agreed)
            self._agreed[subscriber.name] = agreed
        return agreed

    def _newest_common(self, subscriber: Subscriber) -> Version:
        """Discover Versions came with 1.1; who is to be spoken to in 1.0 is not asked."""
        configured = subscriber.version
        if not subscriber.discover_versions or configured < V1_1:
            return configured
        outcome = self._post.send(subscriber, configured, Operation.DISCOVER_VERSIONS, DiscoverVersionsRequest())
        if outcome.status is not ResultStatus.SUCCESS or not outcome.versions:
            return configured
        agreed = max((each for each in VERSIONS if each <= configured and each in outcome.versions), default=None)
        if agreed is None:
            told = ", ".join(f"{major}.{minor}" for major, minor in outcome.versions)
            raise NothingInCommon(f"the receiver speaks KMIP {told} only, and is configured for {configured}")
        if agreed != configured:
            self._say(subscriber, "version", f"is spoken to in KMIP {agreed}, as it does not speak {configured}")
        return agreed

    def _ask_operations(self, subscriber: Subscriber, version: Version) -> None:
        """Query went this way from 1.3 on (1.3 §5.3)."""
        question = QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS])
        outcome = self._post.send(subscriber, version, Operation.QUERY, question)
        if outcome.status is ResultStatus.SUCCESS:
            missing = _missing(subscriber, outcome.operations)
            if missing:
                self._say(subscriber, "operations", f"does not support {' and '.join(missing)}, by its own Query")

    def _say(self, subscriber: Subscriber, about: str, words: str) -> None:
        """Once, and not again with each connection."""
        key = f"{about} {subscriber.name}"
        if self._said.get(key) != words:
            self._said[key] = words
            log.warning("subscriber %s %s", subscriber.name, words)


def _missing(subscriber: Subscriber, known: Collection[int]) -> list[str]:
    needed = [Operation.NOTIFY, Operation.PUT] if subscriber.put else [Operation.NOTIFY]
    return [each.title for each in needed if each not in known]
