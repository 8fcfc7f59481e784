"""KMIP over HTTPS: the same messages, one a POST, in TTLV, XML or JSON (Additional Message Encodings 1.0 §2, §4, §6).

What goes wrong in HTTP is answered by the transport's framer; what goes wrong in KMIP is a KMIP response with
status 200, in the encoding of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from kmip_server.domain.subject import Subject
from kmip_server.engine.call import Call
from kmip_server.errors import InvalidMessage
from kmip_server.spec.structures.envelope import Request
from kmip_server.transport import Exchange, HttpFramer
from kmip_server.wire import json, xml
from kmip_server.wire.message import Messages, version_in_text
from kmip_server.wire.tree import Item, Limits

HTTPS = "https"
"""What the transport calls the entrance."""
PATH = "/kmip"
"""§2.3: "KMIP servers ... SHOULD support the value /kmip as the target URI"."""
TTLV_TYPE = "application/octet-stream"
_SLOW_BYTES = 8192
"""From this size on, text is read beside the loop: XML and JSON take some 20 times the time of TTLV."""


class _Encoding(NamedTuple):
    """A text encoding: how a message is read and written."""

    parse: Callable[[bytes, Limits], Item]
    write: Callable[[Item], bytes]


_TEXTS = {"text/xml": _Encoding(xml.parse, xml.print_), "application/json": _Encoding(json.parse, json.print_)}
MEDIA_TYPES = (TTLV_TYPE, *_TEXTS)


class Caller(Protocol):
    """The service, as its sessions see it."""

    def before(self, call: Call) -> Callable[[], None] | None:
        """What must be done for a call before its round because it takes over a millisecond, or None."""


class HttpWork:
    """One request waiting for its round, or an answer that HTTP itself has given."""

    __slots__ = ("_exchange", "call", "slow")

    def __init__(self, exchange: Exchange, call: Call | None = None, slow: Callable[[], None] | None = None) -> None:
        self._exchange = exchange
        self.call = call
        self.slow = slow

    def reply(self, reply: bytes) -> bytes:
        """What goes out: an HTTP response around the KMIP message."""
        ready = self._exchange.ready
        return self._exchange.answer(reply) if ready is None else ready


class HttpSession:
    """One connection over HTTPS."""

    __slots__ = ("_caller", "_framer", "_messages", "_subject")

    def __init__(self, caller: Caller, messages: Messages, subject: Subject) -> None:
        self._caller = caller
        self._messages = messages
        self._subject = subject
        self._framer = HttpFramer(PATH, MEDIA_TYPES, messages.limits.max_size)

    @property
    def partial(self) -> bool:
        """Whether a request has begun and not ended."""
        return self._framer.partial

    @property
    def closing(self) -> bool:
        """Whether nothing more is read."""
        return self._framer.closing

    def receive(self, data: bytes) -> Sequence[HttpWork]:
        """The requests that the data completes, and the answers that HTTP gives by itself."""
        return [self._work(exchange) for exchange in self._framer.receive(data)]

    def _work(self, exchange: Exchange) -> HttpWork:
        if exchange.ready is not None:
            return HttpWork(exchange)
        work = HttpWork(exchange)
        if exchange.media_type != TTLV_TYPE and len(exchange.body) >= _SLOW_BYTES:
            work.slow = lambda: self._read_slowly(work, exchange)
        else:
            work.call = self._call(exchange)
            work.slow = self._caller.before(work.call)
        return work

    def _read_slowly(self, work: HttpWork, exchange: Exchange) -> None:
        """Read a long text and do whatever else the request needs before its round, in a thread."""
        work.call = self._call(exchange)
        before = self._caller.before(work.call)
        if before is not None:
            before()

    def _call(self, exchange: Exchange) -> Call:
        messages = self._messages
        text = _TEXTS.get(exchange.media_type)
        if text is None:
            request = messages.read(exchange.body)
            return Call(request, messages.writer(request.version), self._subject)
        try:
            request = messages.read_tree(text.parse(exchange.body, messages.limits))
        except InvalidMessage as error:
            request = Request(messages.nearest(version_in_text(exchange.body)), error=error)
        return Call(request, messages.writer(request.version, text.write), self._subject)
