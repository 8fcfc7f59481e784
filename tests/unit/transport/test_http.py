"""HTTP framing, byte for byte and without a socket: what is cut, what is refused and how, what is said."""

from __future__ import annotations

import pytest

from kmip_server.transport.http import Exchange, HttpFramer

TTLV, XML, JSON = "application/octet-stream", "text/xml", "application/json"


def framer(max_body: int = 1000) -> HttpFramer:
    return HttpFramer("/kmip", (TTLV, XML, JSON), max_body)


def post(body: bytes = b"body", *headers: str, line: str = "POST /kmip HTTP/1.1", length: bool = True) -> bytes:
    given = [*headers, "Host: here"]
    if not any(each.lower().startswith("content-type") for each in headers):
        given.append(f"Content-Type: {TTLV}")
    if length:
        given.append(f"Content-Length: {len(body)}")
    return "\r\n".join([line, *given, "", ""]).encode("latin-1") + body


def chunked(*chunks: bytes) -> bytes:
    head = post(b"", "Transfer-Encoding: chunked", length=False)
    return head + b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks) + b"0\r\n\r\n"


def parsed(response: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = response.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(first.split(" ")[1]), headers, body


def refused(data: bytes, max_body: int = 1000) -> tuple[int, dict[str, str], bytes]:
    """What a request is refused with; the connection is over then."""
    here = framer(max_body)
    (exchange,) = here.receive(data)
    assert exchange.ready is not None
    assert here.closing and not here.partial
    assert here.receive(post()) == []
    status, headers, body = parsed(exchange.ready)
    assert headers["connection"] == "close" and headers["content-length"] == str(len(body))
    return status, headers, body


def bodies(found: list[Exchange]) -> list[bytes]:
    assert all(each.ready is None for each in found)
    return [each.body for each in found]


def test_a_request_is_cut_and_answered_as_the_profile_says() -> None:
    here = framer()
    (exchange,) = here.receive(post(b"\x42", f"Content-Type: {XML}", "Cache-Control: no-cache"))
    assert (exchange.body, exchange.media_type, here.partial, here.closing) == (b"\x42", XML, False, False)
    response = exchange.answer(b"<answer/>")
    assert response.startswith(b"HTTP/1.1 200 OK\r\n")
    status, headers, body = parsed(response)
    assert (status, body) == (200, b"<answer/>")
    assert headers["content-type"] == XML
    assert headers["content-length"] == "9"
    assert headers["cache-control"] == "no-cache"
    assert "date" in headers and "connection" not in headers


def test_every_cut_gives_the_same_requests() -> None:
    stream = post(b"one") + b"\r\n" + chunked(b"t", b"wo") + post(b"three")
    for size in (1, 2, 7, 64, len(stream)):
        here = framer()
        found = [each for at in range(0, len(stream), size) for each in here.receive(stream[at : at + size])]
        assert bodies(found) == [b"one", b"two", b"three"]
        assert [parsed(each.answer(each.body))[2] for each in found] == [b"one", b"two", b"three"]
        assert not here.partial


def test_half_a_request_is_partial_from_its_first_byte_to_its_last() -> None:
    here = framer()
    data = post()
    assert not here.partial
    for at in range(len(data) - 1):
        assert here.receive(data[at : at + 1]) == []
        assert here.partial
    assert len(here.receive(data[-1:])) == 1
    assert not here.partial
    here.receive(b"\r\n")
    assert not here.partial


@pytest.mark.parametrize(
    "data", [post(line="POST /kmip HTTP/1.0"), post(b"body", "Connection: close"),
             post(b"body", "Connection: keep-alive", line="POST /kmip HTTP/1.0")],
)  # fmt: skip
def test_http_1_0_and_close_are_answered_and_closed(data: bytes) -> None:
    here = framer()
    (exchange,) = here.receive(data + post())
    assert here.closing
    status, headers, body = parsed(exchange.answer(b"answer"))
    assert (status, headers["connection"], body) == (200, "close", b"answer")


def test_the_head_of_the_published_cases_is_read() -> None:
    """MSGENC-HTTPS-M-1-10 sends this, padded length included."""
    head = (
        b"POST /kmip HTTP/1.0\r\nPragma: no-cache\r\nCache-Control: no-cache\r\nConnection: keep-alive\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Length: 4         \r\n\r\n"
    )
    assert bodies(framer().receive(head + b"body")) == [b"body"]


def test_a_client_that_waits_for_100_gets_it_once_and_only_if_it_waits() -> None:
    here = framer()
    head, body = post(b"body", "Expect: 100-continue")[:-4], b"body"
    (interim,) = here.receive(head)
    assert interim.ready == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert here.partial
    assert here.receive(body[:2]) == []
    (exchange,) = here.receive(body[2:])
    assert parsed(exchange.answer(b"x"))[0] == 200
    assert bodies(here.receive(head + body)) == [b"body"]
    (interim,) = here.receive(head)
    assert interim.ready is not None


def test_what_would_be_refused_anyway_is_refused_instead_of_100() -> None:
    head = post(b"", "Expect: 100-continue", "Content-Length: 1001", length=False)
    assert refused(head)[0] == 413


@pytest.mark.parametrize("target", ["/kmip?x=1", "https://here/kmip", "HTTP://here:1/kmip"])
def test_other_ways_to_name_the_path(target: str) -> None:
    assert bodies(framer().receive(post(line=f"POST {target} HTTP/1.1"))) == [b"body"]


@pytest.mark.parametrize(
    "target", ["/", "/kmip/", "/KMIP", "/kmip/../kmip", "kmip", "*", "ftp://here/kmip", "https://[x/kmip"]
)
def test_other_paths_are_not_there(target: str) -> None:
    assert refused(post(line=f"POST {target} HTTP/1.1"))[0] == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "post", "HEAD"])
def test_other_methods_are_not_allowed(method: str) -> None:
    status, headers, body = (
        refused(f"{method} /kmip HTTP/1.1\r\nHost: here\r\n\r\n".encode()) if method != "HEAD" else head()
    )
    assert (status, headers["allow"]) == (405, "POST")
    assert bool(body) == (method != "HEAD")


def head() -> tuple[int, dict[str, str], bytes]:
    (exchange,) = framer().receive(b"HEAD /kmip HTTP/1.1\r\nHost: here\r\n\r\n")
    assert exchange.ready is not None
    return parsed(exchange.ready)


def test_connect_is_no_way_through() -> None:
    assert refused(b"CONNECT other:443 HTTP/1.1\r\nHost: here\r\n\r\n")[0] == 404


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (post(b"", length=False), 411),
        (post(b"x" * 1001), 413),
        (post(b"", "Content-Length: 99999999999999999999", length=False), 413),
        (chunked(b"x" * 600, b"x" * 401), 413),
        (chunked(*[b"x"] * 100), 413),
        (post(b"", "Content-Length: -1", length=False), 400),
        (post(b"", "Content-Length: 4", "Content-Length: 5", length=False), 400),
        (post(b"body", "Transfer-Encoding: chunked"), 400),
        (post(b"", "Transfer-Encoding: gzip", length=False), 501),
        (post(b"body", "Content-Type: text/html"), 415),
        (post(b"body", "Content-Type: "), 415),
        (post(b"body", f"Content-Type: {XML}", f"Content-Type: {JSON}"), 415),
        (post(b"body", f"Content-Type: {XML}; charset=utf-16"), 415),
        (post(b"body", "Content-Encoding: gzip"), 415),
        (post(b"body", "Accept: text/html"), 406),
        (post(b"body", f"Accept: */*, {TTLV};q=0"), 406),
        (post(b"body", "Expect: a miracle"), 417),
        (b"POST /kmip HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400),  # no Host
        (b"POST /kmip HTTP/2.0\r\nHost: here\r\n\r\n", 505),
        (b"\x42\x00\x78\x01\x00\x00\x00\x90\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"POST /kmip HTTP/1.1\r\nHost: here\r\nBad Header\r\n\r\n", 400),
        (b"POST /kmip HTTP/1.1\r\nHost: here\r\nX: " + b"x" * 17000, 431),
        (post(b"", "Transfer-Encoding: chunked", length=False) + b"nonsense\r\n", 400),
    ],
)  # fmt: skip
def test_mistakes_in_http_have_their_status(data: bytes, status: int) -> None:
    assert refused(data)[0] == status


def test_what_is_wrong_after_a_good_request_is_refused_after_it() -> None:
    here = framer()
    good, bad = here.receive(post() + b"nonsense\r\n\r\n")
    assert (good.ready, good.body) == (None, b"body")
    assert bad.ready is not None and parsed(bad.ready)[0] == 400
    assert parsed(good.answer(b"x"))[0] == 200


@pytest.mark.parametrize(
    ("content_type", "media_type"),
    [("TEXT/XML;Charset=UTF-8", XML), ('application/json; charset="utf-8"', JSON), ("text/xml; charset=us-ascii", XML)],
)
def test_content_types_that_are_taken(content_type: str, media_type: str) -> None:
    (exchange,) = framer().receive(post(b"x", f"Content-Type: {content_type}"))
    assert (exchange.ready, exchange.media_type) == (None, media_type)


@pytest.mark.parametrize(
    "accept", ["*/*", "application/*", f"text/html, {TTLV};q=0.1", "text/html, image/gif, *; q=.2, */*; q=.2"]
)
def test_accept_headers_that_take_the_answer(accept: str) -> None:
    assert bodies(framer().receive(post(b"x", f"Accept: {accept}"))) == [b"x"]
