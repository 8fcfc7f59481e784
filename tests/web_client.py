"""A client of KMIP over HTTPS without a socket: its bytes go through the server's own session and service."""

from __future__ import annotations

import http.client
import io
from types import ModuleType
from typing import Any

from kmip_server.domain.subject import Subject
from kmip_server.serving import KmipService
from kmip_server.serving_https import HttpSession
from kmip_server.wire import json, ttlv, xml
from tests.kit import ALICE, Server

MEDIA_TYPE_OF: dict[ModuleType, str] = {ttlv: "application/octet-stream", xml: "text/xml", json: "application/json"}


class WebClient:
    """One connection; ``encoding`` is what ``send`` speaks, so that ``flows.client.Client`` can speak through it."""

    def __init__(self, server: Server, who: Subject = ALICE, encoding: ModuleType = ttlv) -> None:
        self.service = KmipService(server.engine, server.messages, server.authenticator, lambda: None, lambda: None)
        self.service._web = True
        self.session = HttpSession(self.service, server.messages, who)
        self.encoding = encoding

    def raw(self, data: bytes) -> bytes:
        """Send bytes; what comes back for them."""
        work = self.session.receive(data)
        for each in work:
            if each.slow is not None:
                each.slow()
        return b"".join(self.service.run(work, tuple))

    def post(self, media_type: str, body: bytes) -> bytes:
        """Post a message; the body of the answer, whose head must be as the profile says."""
        head = f"POST /kmip HTTP/1.1\r\nHost: here\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        response = response_of(self.raw(head.encode() + body))
        assert response.status == 200
        assert response.getheader("Content-Type") == media_type
        assert response.getheader("Cache-Control") == "no-cache"
        found = response.read()
        assert response.getheader("Content-Length") == str(len(found))
        return found

    def send(self, data: bytes, who: Any = None) -> bytes:
        """A message in TTLV, sent and answered in the client's encoding."""
        return carried(self.encoding, data, lambda body: self.post(MEDIA_TYPE_OF[self.encoding], body))


def carried(encoding: ModuleType, data: bytes, post: Any) -> bytes:
    """TTLV in, TTLV out, ``encoding`` between."""
    if encoding is ttlv:
        return bytes(post(data))
    return ttlv.print_(encoding.parse(post(encoding.print_(ttlv.parse(data)))))


def response_of(data: bytes) -> http.client.HTTPResponse:
    """Read one response as Python's own client does."""

    class Source:
        def makefile(self, *_: object, **__: object) -> io.BytesIO:
            return io.BytesIO(data)

    response = http.client.HTTPResponse(Source())  # type: ignore[arg-type]
    response.begin()
    return response
