"""HTTP/1.1 and 1.0 without a socket: bytes in, whole requests out, and what each is answered with.

Every request lives in an ``h11`` connection of its own. What a client sends behind a request (pipelining) begins
the next one's, so that requests can be handed on before those ahead of them were answered. Each gives one or two
:class:`Exchange`: the interim answer that a client waits for (Expect: 100-continue), and the request itself.

A mistake in HTTP is answered with a status and closes the connection: what the client goes on sending could not
be told from a new request. What a body means is nobody's business here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from email.message import Message
from email.utils import formatdate
from functools import lru_cache
from urllib.parse import urlsplit

import h11

MAX_HEAD = 16384
"""Bytes of a request line with its headers, and of the trailers after a chunked body."""
_CHUNK_ALLOWANCE = 64
_BYTES_PER_CHUNK = 256
"""A chunked body may have one chunk for so many bytes of the limit: each costs far more than its bytes."""
_CHARSETS = frozenset({"utf-8", "us-ascii"})
_TEXT = "text/plain"


class Refusal(Exception):
    """A request that HTTP itself forbids: the status, and a sentence for whoever reads it."""

    def __init__(self, status: int, words: str, *headers: tuple[str, str]) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.headers = headers


class Exchange:
    """One thing to be answered: a request, or where ``ready`` is set what has been answered already."""

    __slots__ = ("_http", "body", "media_type", "ready")

    def __init__(self, http: h11.Connection, media_type: str = "", body: bytes = b"", ready: bytes | None = None):
        self._http = http
        self.media_type = media_type
        self.body = body
        self.ready = ready
        """The whole answer, where the body does not matter for it."""

    def answer(self, body: bytes) -> bytes:
        """The response with this body, in the media type of the request."""
        return _response(self._http, 200, self.media_type, body)


class HttpFramer:
    """One connection: cuts what arrives into requests for ``path`` in one of ``media_types``."""

    __slots__ = (
        "_begun", "_body", "_chunks", "_http", "_max_body", "_media_type", "_media_types", "_path",
        "_to_head", "closing",
    )  # fmt: skip

    def __init__(self, path: str, media_types: Collection[str], max_body: int) -> None:
        """Accept bodies of up to ``max_body`` bytes."""
        self._path = path
        self._media_types = tuple(media_types)
        self._max_body = max_body
        self.closing = False
        """Nothing more is read: the client said so, or nothing tells any more where a request would begin."""
        self._begin()

    def _begin(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._body = bytearray()
        self._chunks = 0
        self._media_type = ""
        self._to_head = False
        self._begun = False

    @property
    def partial(self) -> bool:
        """Whether a request has begun to arrive and its end has not."""
        return self._begun and not self.closing

    def receive(self, data: bytes) -> list[Exchange]:
        """Take the bytes that came; return what they complete, in order. Never raises."""
        found: list[Exchange] = []
        self._feed(data)
        while self._begun and not self.closing:
            exchange = self._next()
            if exchange is None:
                break
            found.append(exchange)
        return found

    def _feed(self, data: bytes) -> None:
        if not self._begun:
            # RFC 9112 §2.2: "a server ... SHOULD ignore at least one empty line (CRLF) received prior to the
            # request-line"; some clients end a body with one.
            data = data.lstrip(b"\r\n")
        if data and not self.closing:
            self._begun = True
            self._http.receive_data(data)

    def _next(self) -> Exchange | None:
        """The next exchange that is complete, or None where more bytes are needed."""
        try:
            while True:
                event = self._http.next_event()
                if isinstance(event, h11.Request):
                    self._to_head = event.method == b"HEAD"
                    self._media_type = self._judge(event)
                elif isinstance(event, h11.Data):
                    self._take(event)
                elif isinstance(event, h11.EndOfMessage):
                    return self._complete()
                elif event is h11.NEED_DATA and self._http.they_are_waiting_for_100_continue:
                    return Exchange(
                        self._http,
                        ready=_send(
                            self._http, h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
                        ),
                    )
                else:
                    return None
        except h11.RemoteProtocolError as error:
            return self._refuse(Refusal(error.error_status_hint, "This is not HTTP/1.1 as RFC 9112 has it."))
        except Refusal as refusal:
            return self._refuse(refusal)

    def _take(self, event: h11.Data) -> None:
        self._body += event.data
        self._chunks += event.chunk_start
        if len(self._body) > self._max_body or self._chunks > _CHUNK_ALLOWANCE + self._max_body // _BYTES_PER_CHUNK:
            raise self._too_long()

    def _complete(self) -> Exchange:
        exchange = Exchange(self._http, self._media_type, bytes(self._body))
        if self._http.their_state is h11.MUST_CLOSE:
            self.closing = True
            return exchange
        behind, _ = self._http.trailing_data
        self._begin()
        self._feed(behind)
        return exchange

    def _refuse(self, refusal: Refusal) -> Exchange:
        self.closing = True
        self._body.clear()
        # RFC 9110 §9.3.2: the answer to HEAD has no content.
        body = b"" if self._to_head else f"{refusal.words}\n".encode()
        headers = (*refusal.headers, ("Connection", "close"))
        return Exchange(self._http, ready=_response(self._http, refusal.status, _TEXT, body, headers))

    # --- what is refused ----------------------------------------------------------------------------

    def _judge(self, request: h11.Request) -> str:
        """The media type of a request that is for us; raises Refusal for any other."""
        if request.http_version not in (b"1.0", b"1.1"):
            raise Refusal(505, "HTTP/1.1 and HTTP/1.0 are spoken here.")
        if _path_of(request.target) != self._path:
            raise Refusal(404, f"There is nothing here but {self._path}.")
        if request.method != b"POST":
            raise Refusal(405, "The method is POST.", ("Allow", "POST"))
        self._judge_length(request)
        expected = _values(request, b"expect")
        if expected and [each.lower() for each in expected] != [b"100-continue"]:
            raise Refusal(417, "The one thing that can be expected is 100-continue.")
        media_type = self._media_type_of(request)
        accepted = b",".join(_values(request, b"accept"))
        if accepted and not _accepts(accepted, media_type):
            raise Refusal(406, f"The answer to a request in {media_type} is {media_type}.")
        return media_type

    def _judge_length(self, request: h11.Request) -> None:
        length, coding = _values(request, b"content-length"), _values(request, b"transfer-encoding")
        if length and coding:
            # RFC 9112 §6.1: a server "MAY reject a request that contains both"; it "ought to be handled as an error".
            raise Refusal(400, "Content-Length and Transfer-Encoding exclude each other.")
        if not length and not coding:
            raise Refusal(411, "The request says nothing of its length.")
        if length and int(length[0]) > self._max_body:
            raise self._too_long()

    def _media_type_of(self, request: h11.Request) -> str:
        codings = b",".join(_values(request, b"content-encoding")).lower()
        if codings not in (b"", b"identity"):
            raise Refusal(415, "No content coding is understood.", ("Accept-Encoding", "identity"))
        given = _values(request, b"content-type")
        media_type, charset = _media_type(given[0]) if len(given) == 1 else ("", "")
        if media_type not in self._media_types:
            # RFC 9110 §15.5.16: the Accept header of a 415 tells what would have been taken.
            raise Refusal(
                415,
                f"The Content-Type is one of {', '.join(self._media_types)}.",
                ("Accept", ", ".join(self._media_types)),
            )
        if charset and charset not in _CHARSETS:
            raise Refusal(415, "The charset is UTF-8.")
        return media_type

    def _too_long(self) -> Refusal:
        return Refusal(413, f"The body is longer than the {self._max_body} bytes allowed.")


# --- headers --------------------------------------------------------------------------------------------


def _values(request: h11.Request, name: bytes) -> list[bytes]:
    """The values of a header, whose name is given in lower case."""
    return [value for key, value in request.headers if key == name]


def _path_of(target: bytes) -> str:
    """The path that a request target names, in its usual form or as a whole address (RFC 9112 §3.2.2)."""
    text = target.decode("latin-1")
    if text.startswith("/"):
        return text.partition("?")[0]
    try:
        address = urlsplit(text)
    except ValueError:
        return ""
    return address.path if address.scheme in ("http", "https") else ""


@lru_cache(maxsize=64)
def _media_type(value: bytes) -> tuple[str, str]:
    """Media type and charset of a Content-Type, in lower case; the charset is empty where none is named."""
    message = Message()
    message["Content-Type"] = value.decode("latin-1")
    return message.get_content_type(), message.get_content_charset() or ""


@lru_cache(maxsize=64)
def _accepts(value: bytes, media_type: str) -> bool:
    """Whether an Accept header takes a media type (RFC 9110 §12.5.1: the most exact range counts)."""
    major = media_type.partition("/")[0]
    weights: dict[str, float] = {}
    for each in value.decode("latin-1").lower().split(","):
        name, *parameters = (part.strip() for part in each.split(";"))
        weights[name] = _weight(parameters)
    return next((weights[name] for name in (media_type, f"{major}/*", "*/*") if name in weights), 0.0) > 0


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


# --- responses ------------------------------------------------------------------------------------------


def _send(http: h11.Connection, event: h11.Event) -> bytes:
    return http.send(event) or b""


def _response(
    http: h11.Connection, status: int, media_type: str, body: bytes, headers: Sequence[tuple[str, str]] = ()
) -> bytes:
    """One whole response. Encodings 1.0 §2.5: Content-Type, Content-Length and "a Cache-Control of no-cache"."""
    given = [
        ("Date", formatdate(usegmt=True)),
        ("Content-Type", media_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-cache"),
        *headers,
    ]
    head = _send(http, h11.Response(status_code=status, headers=given, reason=_REASONS.get(status, b"")))
    return head + _send(http, h11.Data(body)) + _send(http, h11.EndOfMessage())


_REASONS = {
    200: b"OK", 400: b"Bad Request", 404: b"Not Found", 405: b"Method Not Allowed", 406: b"Not Acceptable",
    411: b"Length Required", 413: b"Content Too Large", 415: b"Unsupported Media Type", 417: b"Expectation Failed",
    431: b"Request Header Fields Too Large", 501: b"Not Implemented",
    505: b"HTTP Version Not Supported",
}  # fmt: skip
