"""What a client says of itself when the server asks it (KMIP 2.1 §6.2.4, 1.4 §5.3), in words for an operator.

It is a stranger's text, so it is shown in measure: not more than so many values, nor longer ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kmip_server.domain.subscriber import Subscriber
from kmip_server.engine.post import Outcome, Post, Undelivered
from kmip_server.operations.discover_versions import DiscoverVersionsRequest, DiscoverVersionsResponse
from kmip_server.operations.query import QueryRequest, QueryResponse
from kmip_server.spec.enums import Operation, ResultStatus
from kmip_server.spec.kmip_enum import KmipEnum
from kmip_server.spec.schema import fields_of, is_structure
from kmip_server.spec.structures.query import ASKED_OF_CLIENTS
from kmip_server.spec.version import V1_1, V1_3, VERSIONS, Version

_MOST_VALUES = 100
_LONGEST = 80
"""Characters of one value."""


class SelfDescription(NamedTuple):
    """What one subscriber answered."""

    subscriber: str
    told: dict[str, list[str]]
    """Values by the names of the standard."""
    problem: str = ""
    """Why that is not all, one sentence; empty where it is."""


class Unanswered(Exception):
    """The subscriber refused a question; one sentence."""


def describe(post: Post, subscriber: Subscriber) -> SelfDescription:
    """Ask a subscriber for its versions, where they may be asked for, and for everything that Query has."""
    found: dict[str, list[str]] = {}
    problem = ""
    try:
        post.reach(subscriber)
        version = subscriber.version
        if subscriber.discover_versions and version >= V1_1:
            question = DiscoverVersionsRequest()
            outcome = _asked(post, subscriber, version, Operation.DISCOVER_VERSIONS, question)
            spoken = versions_in(outcome.payload)
            found["Protocol Version"] = [f"{major}.{minor}" for major, minor in spoken]
            version = max((each for each in VERSIONS if each <= version and each in spoken), default=version)
        if version >= V1_3:
            asking = QueryRequest(query_function=list(ASKED_OF_CLIENTS))
            found |= told(_asked(post, subscriber, version, Operation.QUERY, asking).payload)
    except (Undelivered, Unanswered) as failure:
        problem = str(failure)
    return SelfDescription(subscriber.name, found, problem)


def _asked(post: Post, subscriber: Subscriber, version: Version, operation: Operation, question: Any) -> Outcome:
    outcome = post.send(subscriber, version, operation, question)
    if outcome.status is not ResultStatus.SUCCESS:
        reason = "" if outcome.reason is None else f", {outcome.reason.title}"
        raise Unanswered(f"it answered {operation.title} with {outcome.status.title}{reason}")
    return outcome


def versions_in(answer: object) -> list[Version]:
    """The versions that an answer tells, in its order."""
    listed = answer.protocol_version if isinstance(answer, DiscoverVersionsResponse) else []
    return [Version(each.major, each.minor) for each in listed]


def told(answer: QueryResponse) -> dict[str, list[str]]:
    """Each field that was answered, by its name in the standard, and its values."""
    found = {spec.tag.title: list(_values(getattr(answer, name))) for name, spec in fields_of(QueryResponse)}
    return {name: _in_measure(values) for name, values in found.items() if values}


def _in_measure(values: list[str]) -> list[str]:
    shown = [each if len(each) <= _LONGEST else f"{each[:_LONGEST]}..." for each in values[:_MOST_VALUES]]
    return shown if len(values) <= _MOST_VALUES else [*shown, f"and {len(values) - _MOST_VALUES} more"]


def _values(value: Any) -> Iterator[str]:
    """The values of a field; a structure of several fields is one value."""
    for each in value if isinstance(value, list) else () if value is None else (value,):
        if not is_structure(type(each)):
            yield _word(each)
        elif words := _of_structure(each):
            yield words


def _of_structure(value: Any) -> str:
    parts = [(spec.tag.title, list(_values(getattr(value, name)))) for name, spec in fields_of(type(value))]
    given = [(title, " ".join(words)) for title, words in parts if words]
    return ", ".join(f"{title} {words}" for title, words in given)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.title if isinstance(value, KmipEnum) else str(value)
