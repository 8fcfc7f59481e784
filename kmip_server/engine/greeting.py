"""What the server asks a subscriber before the first message (KMIP 2.1 §6.2.1, §6.2.4; 1.4 §5.3): which versions it
speaks and, where configured, what it says of itself.

Asked once for each connection, and known as long as that lasts. A subscriber that refuses a question, or answers it
with nothing, is served as configured; one that does not answer at all is tried again, as with every other message.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from kmip_server.domain.subscriber import Subscriber
from kmip_server.engine.post import Post
from kmip_server.engine.self_description import told, versions_in
from kmip_server.operations.discover_versions import DiscoverVersionsRequest
from kmip_server.operations.query import QueryRequest, QueryResponse
from kmip_server.spec.enums import ObjectType, Operation, QueryFunction, ResultStatus
from kmip_server.spec.version import V1_1, V1_3, VERSIONS, Version

log = logging.getLogger(__name__)


class NothingInCommon(Exception):
    """The subscriber speaks no version that it may be spoken to in; one sentence."""


class _Known(NamedTuple):
    """What a subscriber told."""

    version: Version
    takes: frozenset[ObjectType]


class Greeter:
    """Asks, and remembers the answers for as long as the connection lasts."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._known: dict[str, _Known] = {}
        self._said: dict[str, str] = {}

    def greet(self, subscriber: Subscriber, fresh: bool) -> Subscriber:
        """The subscriber as it is to be spoken to on the connection: which version, which objects it takes.

        The connection is ``fresh`` when nothing was said on it yet. Raises Undelivered, NothingInCommon; then it is
        asked again next time.
        """
        if fresh:
            self._known.pop(subscriber.name, None)
        known = self._known.get(subscriber.name)
        if known is None:
            version = self._newest_common(subscriber)
            takes = self._ask(subscriber, version) if subscriber.query and version >= V1_3 else frozenset()
            known = self._known[subscriber.name] = _Known(version, takes)
        return replace(subscriber, version=known.version, takes=known.takes)

    def _newest_common(self, subscriber: Subscriber) -> Version:
        """Discover Versions came with 1.1; who is to be spoken to in 1.0 is not asked."""
        configured = subscriber.version
        if not subscriber.discover_versions or configured < V1_1:
            return configured
        outcome = self._post.send(subscriber, configured, Operation.DISCOVER_VERSIONS, DiscoverVersionsRequest())
        spoken = versions_in(outcome.payload)
        if outcome.status is not ResultStatus.SUCCESS or not spoken:
            return configured
        agreed = max((each for each in VERSIONS if each <= configured and each in spoken), default=None)
        if agreed is None:
            words = ", ".join(f"{major}.{minor}" for major, minor in spoken)
            raise NothingInCommon(f"the receiver speaks KMIP {words} only, and is configured for {configured}")
        if agreed != configured:
            words = f"is spoken to in KMIP {agreed}, as it does not speak {configured}"
            self._say(logging.WARNING, subscriber, "version", words)
        return agreed

    def _ask(self, subscriber: Subscriber, version: Version) -> frozenset[ObjectType]:
        """Have it tell what it is, and which object types it supports. Query went this way from 1.3 on (1.3 §5.3)."""
        question = QueryRequest(query_function=list(subscriber.query))
        outcome = self._post.send(subscriber, version, Operation.QUERY, question)
        answer = outcome.payload
        if outcome.status is not ResultStatus.SUCCESS or not isinstance(answer, QueryResponse):
            return frozenset()
        description = "; ".join(f"{name}: {', '.join(values)}" for name, values in told(answer).items())
        if description:
            self._say(logging.INFO, subscriber, "itself", f"says of itself: {description}")
        if QueryFunction.QUERY_OPERATIONS in subscriber.query:
            missing = _missing(subscriber, answer.operation)
            if missing:
                words = f"does not support {' and '.join(missing)}, by its own Query"
                self._say(logging.WARNING, subscriber, "operations", words)
        return frozenset(answer.object_type)

    def _say(self, level: int, subscriber: Subscriber, about: str, words: str) -> None:
        """Once, and not again with each connection."""
        key = f"{about} {subscriber.name}"
        if self._said.get(key) != words:
            self._said[key] = words
            log.log(level, "subscriber %s %s", subscriber.name, words)


def _missing(subscriber: Subscriber, known: Collection[Operation]) -> list[str]:
    needed = [Operation.NOTIFY, Operation.PUT] if subscriber.put else [Operation.NOTIFY]
    return [each.title for each in needed if each not in known]
