"""The cases in which the server speaks first, over real TLS to a subscriber, against what is published.

TC-NP: the server sends Put and Notify. TC-Q-S2C: the server asks Query or Discover Versions, and the client answers
(1.4 §5.3, §5.4). A server asks before its first message on a connection, so a key is made, for it to have a message.
"""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Protocol

from kmip_server.audit import AuditChain
from kmip_server.domain.subscriber import Event, Subscriber
from kmip_server.engine.delivery import Courier
from kmip_server.notifying import Destination, Postman
from kmip_server.spec.enums import Operation, QueryFunction
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import parse_version
from kmip_server.transport import OutgoingTls
from kmip_server.wire import ttlv, value_names
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case, Exchange, Placeholder, child, children
from tests.conformance.comparison import TOLERANCE
from tests.conformance.dialogue import Dialogue
from tests.kit import ALICE, Server
from tests.subscriber import TlsSubscriber
from tests.transport_kit import Pki

ASKING = "TC-Q-S2C-*"
"""Cases that print the server's questions as requests, and the client's answers as responses."""
SENT = frozenset({Operation.NOTIFY, Operation.PUT})
_EXTRA_IN_NOTIFY = {"Destroy Date"}
"""Changed by Destroy as well (2.1 §4.57 arrow 2), though the cases do not print it."""


def operation_of(exchange: Exchange) -> Operation | None:
    """What the first item of an exchange asks for."""
    operation = child(child(exchange.request, Tag.BATCH_ITEM), Tag.OPERATION)
    return None if operation is None else Operation(operation[2])


def subscriber_of(case: Case) -> Subscriber:
    """Alice is sent new objects, told of changes where the case shows that, and asked what the case asks."""
    operations = {operation_of(each) for each in case.exchanges}
    events = frozenset(Event) if Operation.NOTIFY in operations else frozenset({Event.CREATION})
    return Subscriber(
        "receiver",
        ALICE,
        parse_version(case.version),
        events,
        put=True,
        discover_versions=asks(case) and Operation.DISCOVER_VERSIONS in operations,
        query=tuple(_functions(case)) if asks(case) else (),
    )


def _functions(case: Case) -> Iterator[QueryFunction]:
    """What the case's request to the client asks, in its order."""
    for exchange in case.exchanges:
        for each in children(child(child(exchange.request, Tag.BATCH_ITEM), Tag.REQUEST_PAYLOAD), Tag.QUERY_FUNCTION):
            yield QueryFunction(each[2])


def asks(case: Case) -> bool:
    """Whether the server is the one who asks, and the client answers."""
    return fnmatch(case.case_id, ASKING)


def pushes(case: Case) -> bool:
    """Whether the server is to speak first somewhere in the case."""
    return asks(case) or any(operation_of(each) in SENT for each in case.exchanges)


@cache
def pki() -> tuple[Path, Path, Path]:
    """An authority for subscribers, and what it issued: its certificate, the receiver's, the one the server shows."""
    made = Pki(Path(tempfile.mkdtemp(prefix="subscriber-")))
    return made.ca_path, made.issue("receiver"), made.issue("server")


class Receiver(Protocol):
    """The case's client, where it is the one who is asked."""

    def receive(self) -> Item | None:
        """The next message of the server; None where there is none."""

    def left_over(self) -> Item | None:
        """The same at the end of a case, when none should be there."""

    def answer(self, reply: Item) -> list[Item]:
        """Answer the server's questions so from now on; they will stand in the list."""


class Delivered:
    """Implements Receiver for a server without a socket: its outbox is emptied when the case looks into it."""

    def __init__(self, server: Server, case: Case) -> None:
        authority, own, servers = pki()
        self._tls = TlsSubscriber(own, authority)
        self._postman = Postman(
            OutgoingTls(servers, servers.with_suffix(".key"), [authority]),
            {"receiver": Destination("127.0.0.1", self._tls.port, "localhost")},
        )
        self._courier = Courier(
            server.store,
            lambda: server.engine.rooms,
            AuditChain(),
            server.clock,
            [subscriber_of(case)],
            self._postman,
            60,
        )

    def receive(self) -> Item | None:
        """Have the server deliver what is due."""
        return self._tls.next() if self._courier.deliver_one() else None

    left_over = receive

    def answer(self, reply: Item) -> list[Item]:
        """See :class:`Receiver`."""
        return self._tls.answer_questions(ttlv.print_(reply))

    def close(self) -> None:
        """Hang up at both ends."""
        self._postman.close()
        self._tls.close()


class Listening:
    """Implements Receiver for a running server, which delivers by itself."""

    QUIET = 2.0
    """Seconds after which a server that has something to say would have said it."""

    def __init__(self) -> None:
        authority, own, _ = pki()
        self._tls = TlsSubscriber(own, authority)
        self.port = self._tls.port

    def receive(self) -> Item | None:
        """Wait for it."""
        try:
            return self._tls.next()
        except queue.Empty:
            return None

    def left_over(self) -> Item | None:
        """Wait for what should not come."""
        try:
            return self._tls.received.get(timeout=self.QUIET)
        except queue.Empty:
            return None

    def answer(self, reply: Item) -> list[Item]:
        """See :class:`Receiver`."""
        return self._tls.answer_questions(ttlv.print_(reply))

    def close(self) -> None:
        """Listen no more."""
        self._tls.close()


@contextmanager
def receiver_for(case: Case, server: Server) -> Iterator[Receiver | None]:
    """A receiver for the cases that have one."""
    if not pushes(case):
        yield None
        return
    receiver = Delivered(server, case)
    try:
        yield receiver
    finally:
        receiver.close()


def compare_question(expected: Item, questions: list[Item], next_message: Item | None) -> list[str]:
    """What of a published question the server did not ask, or asked otherwise; and whether it went on by the answer.

    The answers published name no version but the case's own as the newest: it is the one to speak afterwards.
    """
    found = [] if questions == [expected] else [f"the server asked {questions}"]
    if next_message is None:
        return [*found, "after the answer the server sent nothing"]
    return found if _version_of(next_message) == _version_of(expected) else [*found, "it went on in another version"]


def compare_sent(expected: Item, actual: Item | None, dialogue: Dialogue, now: int) -> list[str]:
    """What of a published Notify or Put the server did not send, or sent otherwise."""
    if actual is None:
        return ["the server sent nothing"]
    wanted, got = (child(each, Tag.BATCH_ITEM) for each in (expected, actual))
    found = [] if _version_of(expected) == _version_of(actual) else ["another version"]
    operation = child(wanted, Tag.OPERATION)
    if operation != child(got, Tag.OPERATION):
        return [*found, "another operation"]
    made = any(each in dialogue.made_by_server for each in dialogue.bound.values())
    ours, theirs = (child(each, Tag.REQUEST_PAYLOAD) for each in (got, wanted))
    assert ours is not None and theirs is not None and operation is not None
    plain = [[each for each in payload[2] if each[0] != Tag.ATTRIBUTE] for payload in (theirs, ours)]
    if [each[0] for each in plain[0]] != [each[0] for each in plain[1]]:
        return [*found, "other fields in the payload"]
    for one, other in zip(*plain, strict=True):
        found += _differences(one, other, dialogue, now, made)
    found += _attributes(theirs, ours, dialogue, now, made)
    names = {_name(each) for each in children(ours, Tag.ATTRIBUTE)} - {
        _name(each) for each in children(theirs, Tag.ATTRIBUTE)
    }
    if operation[2] == Operation.NOTIFY and not names <= _EXTRA_IN_NOTIFY:
        found.append(f"told of {sorted(names)}, which did not change")
    return found


def _version_of(message: Item) -> Item | None:
    return child(child(message, Tag.REQUEST_HEADER), Tag.PROTOCOL_VERSION)


def _name(attribute: Item) -> str:
    name = child(attribute, Tag.ATTRIBUTE_NAME)
    return "" if name is None else str(name[2])


def _attributes(theirs: Item, ours: Item, dialogue: Dialogue, now: int, made: bool) -> list[str]:
    found: list[str] = []
    for wanted in children(theirs, Tag.ATTRIBUTE):
        same = [each for each in children(ours, Tag.ATTRIBUTE) if _name(each) == _name(wanted)]
        value = child(wanted, Tag.ATTRIBUTE_VALUE)
        values = [child(each, Tag.ATTRIBUTE_VALUE) for each in same]
        assert value is not None
        if not any(each is not None and not _differences(value, each, dialogue, now, made) for each in values):
            found.append(f"{_name(wanted)}: expected {value[2]}, got {[each and each[2] for each in values]}")
    return found


def _differences(expected: Item, actual: Item, dialogue: Dialogue, now: int, made: bool) -> list[str]:
    """Strict but for placeholders, dates, the lease time, and the bytes of what the server made."""
    tag, kind, value = expected
    path = value_names.tag_name(tag)
    if (tag, kind) != actual[:2]:
        return [f"{path}: another tag or type"]
    if kind == ItemType.DATE_TIME:
        return [] if abs(actual[2] - now) <= TOLERANCE else [f"{path}: {actual[2]} is not now"]
    if kind == ItemType.INTERVAL or (made and tag in (Tag.KEY_MATERIAL, Tag.DIGEST_VALUE)):
        return []
    if isinstance(value, Placeholder):
        return [] if dialogue.bound.get(value.name) == actual[2] else [f"{path}: another object"]
    if kind != ItemType.STRUCTURE:
        return [] if value == actual[2] else [f"{path}: expected {value}, got {actual[2]}"]
    if [each[0] for each in value] != [each[0] for each in actual[2]]:
        return [f"{path}: other fields"]
    return [text for pair in zip(value, actual[2], strict=True) for text in _differences(*pair, dialogue, now, made)]
