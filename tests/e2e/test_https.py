"""KMIP over HTTPS with real TLS, real clients (Python's http.client, curl) and several workers."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.create_key_pair import CreateKeyPairRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.query import QueryRequest
from kmip_server.spec.enums import CryptographicAlgorithm, QueryFunction, ResultReason
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1, VERSIONS, Version
from kmip_server.wire import json, ttlv, xml
from tests.e2e.server_process import ServerProcess, serving
from tests.flows.client import Client, attributes
from tests.web_client import MEDIA_TYPE_OF, carried

QUERY = QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS])
ENCODINGS = [pytest.param(each, id=each.__name__.rpartition(".")[2]) for each in (ttlv, xml, json)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Two workers on both ports."""
    settings = {
        "server": {"workers": 2, "https_port": 0, "preview_versions": ["3.0"], "drain_seconds": 5.0},
        "limits": {"message_seconds": 2.0, "max_message": 65536},
    }
    with serving(tmp_path_factory.mktemp("https"), settings) as running:
        yield running


def context_of(server: ServerProcess, name: str = "client1") -> ssl.SSLContext:
    certificate, key, authority = server.files(name)
    context = ssl.create_default_context(cafile=authority)
    context.load_cert_chain(certificate, key)
    return context


class Web:
    """Python's own HTTP client over mutual TLS; ``send`` takes and gives TTLV."""

    def __init__(self, server: ServerProcess, name: str = "client1", encoding: ModuleType = ttlv) -> None:
        self.http = http.client.HTTPSConnection(*server.https, timeout=30, context=context_of(server, name))
        self.encoding = encoding

    def post(self, body: bytes, **headers: str) -> http.client.HTTPResponse:
        given = {"Content-Type": MEDIA_TYPE_OF[self.encoding], "Cache-Control": "no-cache", **headers}
        self.http.request("POST", "/kmip", body, given)
        return self.http.getresponse()

    def send(self, data: bytes, who: object = None) -> bytes:
        return carried(self.encoding, data, self._posted)

    def _posted(self, body: bytes) -> bytes:
        response = self.post(body)
        assert (response.status, response.getheader("Content-Type")) == (200, MEDIA_TYPE_OF[self.encoding])
        assert response.getheader("Cache-Control") == "no-cache"
        return response.read()

    def client(self, version: Version = V2_1) -> Client:
        return Client(self, version)  # type: ignore[arg-type]  # all it asks of a server is send()


def message(version: Version = V2_1) -> bytes:
    return ttlv.print_(Client(None, version).message(QUERY))  # type: ignore[arg-type]


def raw_tls(server: ServerProcess) -> ssl.SSLSocket:
    return context_of(server).wrap_socket(
        socket.create_connection(server.https, timeout=30), server_hostname="127.0.0.1"
    )


def read_all(tls: ssl.SSLSocket) -> bytes:
    found = b""
    while part := tls.recv(65536):
        found += part
    return found


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_and_version_over_one_kept_connection(
    server: ServerProcess, encoding: ModuleType, version: Version
) -> None:
    web = Web(server, encoding=encoding)
    client = web.client(version)
    uid = client.create()
    kept = web.http.sock
    client.do(ActivateRequest(unique_identifier=uid))
    assert client.do(GetRequest(unique_identifier=uid)).unique_identifier == uid
    assert web.http.sock is kept
    stranger = Web(server, "client2", encoding).client(version)
    assert stranger.refusal(GetRequest(unique_identifier=uid)) in (
        ResultReason.ITEM_NOT_FOUND, ResultReason.OBJECT_NOT_FOUND
    )  # fmt: skip


def test_what_is_made_on_one_port_is_there_on_the_other(server: ServerProcess) -> None:
    uid = Web(server, encoding=json).client().create()
    connection, client = server.client()
    assert client.do(GetRequest(unique_identifier=uid)).unique_identifier == uid
    connection.close()


def test_both_ports_are_served_by_every_worker(server: ServerProcess) -> None:
    workers = set()
    held = []
    for _ in range(100):
        tls = raw_tls(server)
        held.append(tls)
        ours = f":{tls.getsockname()[1]:04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        sockets = {
            f"socket:[{row[9]}]" for row in rows if row[2].endswith(ours) and row[1].endswith(f":{server.https[1]:04X}")
        }
        for pid in server.workers():
            if sockets & {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_symlink()}:
                workers.add(pid)
        if len(workers) == 2:
            break
    for tls in held:
        tls.close()
    assert workers == set(server.workers())
    assert len(server.one_client_of_each_worker()) == 2


def test_without_a_certificate_there_is_nothing(server: ServerProcess) -> None:
    context = ssl.create_default_context(cafile=server.files()[2])
    web = http.client.HTTPSConnection(*server.https, timeout=30, context=context)
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
        web.request("POST", "/kmip", message(), {"Content-Type": "application/octet-stream"})
        web.getresponse()


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/kmip", {}, None, 405),
        ("HEAD", "/kmip", {}, None, 405),
        ("PUT", "/kmip", {"Content-Type": "text/xml"}, b"x", 405),
        ("POST", "/", {"Content-Type": "text/xml"}, b"x", 404),
        ("POST", "/kmip", {"Content-Type": "text/html"}, b"x", 415),
        ("POST", "/kmip", {"Content-Type": "text/xml; charset=utf-16"}, b"x", 415),
        ("POST", "/kmip", {"Content-Type": "text/xml", "Accept": "image/png"}, b"x", 406),
        ("POST", "/kmip", {"Content-Type": "text/xml"}, b" " * 65537, 413),
    ],
)  # fmt: skip
def test_mistakes_in_http_are_told_and_the_connection_is_closed(
    server: ServerProcess, method: str, path: str, headers: dict[str, str], body: bytes | None, status: int
) -> None:
    web = http.client.HTTPSConnection(*server.https, timeout=30, context=context_of(server))
    web.request(method, path, body, headers)
    response = web.getresponse()
    assert (response.status, response.getheader("Connection")) == (status, "close")
    assert b"Traceback" not in response.read()


def test_a_body_of_unknown_length(server: ServerProcess) -> None:
    tls = raw_tls(server)
    tls.sendall(b"POST /kmip HTTP/1.1\r\nHost: here\r\nContent-Type: text/xml\r\n\r\n")
    assert read_all(tls).startswith(b"HTTP/1.1 411 ")
    tls.close()


def test_a_chunked_body_and_a_client_that_waits_for_100(server: ServerProcess) -> None:
    web = Web(server)
    data = message()
    response = web.http
    response.request("POST", "/kmip", iter([data[:5], data[5:]]), {"Content-Type": "application/octet-stream"})
    assert ttlv.parse(response.getresponse().read())[0] == Tag.RESPONSE_MESSAGE
    tls = raw_tls(server)
    head = f"POST /kmip HTTP/1.1\r\nHost: h\r\nContent-Type: {MEDIA_TYPE_OF[ttlv]}\r\nContent-Length: {len(data)}\r\n"
    tls.sendall(head.encode() + b"Expect: 100-continue\r\nConnection: close\r\n\r\n")
    assert tls.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    tls.sendall(data)
    assert read_all(tls).startswith(b"HTTP/1.1 200 OK\r\n")
    tls.close()


def test_pipelined_requests_are_answered_in_order(server: ServerProcess) -> None:
    tls = raw_tls(server)
    count = 40
    for at in range(count):
        data = ttlv.print_(Client(None, VERSIONS[at % 7]).message(QUERY))  # type: ignore[arg-type]
        last = "Connection: close\r\n" if at == count - 1 else ""
        head = f"POST /kmip HTTP/1.1\r\nHost: h\r\n{last}Content-Length: {len(data)}\r\n"
        tls.sendall(f"{head}Content-Type: {MEDIA_TYPE_OF[ttlv]}\r\n\r\n".encode() + data)
    found = read_all(tls)
    tls.close()
    minors = []
    while found:
        head, _, rest = found.partition(b"\r\n\r\n")
        size = int(next(line.split(b" ")[1] for line in head.split(b"\r\n") if line.startswith(b"Content-Length")))
        versions = ttlv.parse(rest[:size])[2][0][2][0][2]
        minors.append((versions[0][2], versions[1][2]))
        found = rest[size:]
    assert minors == [(VERSIONS[at % 7].major, VERSIONS[at % 7].minor) for at in range(count)]


def test_http_1_0_is_answered_and_closed(server: ServerProcess) -> None:
    tls = raw_tls(server)
    data = message()
    head = f"POST /kmip HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: {len(data)}     \r\n"
    tls.sendall(f"{head}Content-Type: {MEDIA_TYPE_OF[ttlv]}\r\n\r\n".encode() + data)
    head_of, _, body = read_all(tls).partition(b"\r\n\r\n")
    assert head_of.startswith(b"HTTP/1.1 200 OK\r\n") and b"Connection: close" in head_of
    assert ttlv.parse(body)[0] == Tag.RESPONSE_MESSAGE
    tls.close()


def test_a_half_sent_request_ends_in_time_and_holds_nobody_up(server: ServerProcess) -> None:
    slow = raw_tls(server)
    began = time.monotonic()
    slow.sendall(b"POST /kmip HTTP/1.1\r\nHost: here\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<Req")
    assert Web(server).client().do(QUERY).operation
    assert read_all(slow) == b""
    assert 1.5 < time.monotonic() - began < 15
    slow.close()


def test_slow_work_over_https_lets_others_go_on(server: ServerProcess) -> None:
    asked = CreateKeyPairRequest(
        common_attributes=attributes(
            (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.RSA), (Tag.CRYPTOGRAPHIC_LENGTH, 2048)
        ),
        private_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(CryptographicUsageMask.SIGN))),
        public_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(CryptographicUsageMask.VERIFY))),
    )
    made = []
    slow = threading.Thread(target=lambda: made.append(Web(server, encoding=xml).client().do(asked)))
    slow.start()
    assert Web(server).client().do(QUERY).operation
    slow.join(30)
    assert made and made[0].private_key_unique_identifier


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("protocol", ["--http1.1", "--http1.0", "--http2"])
def test_curl(server: ServerProcess, tmp_path: Path, encoding: ModuleType, protocol: str) -> None:
    certificate, key, authority = server.files()
    (tmp_path / "request").write_bytes(encoding.print_(ttlv.parse(message())))
    done = subprocess.run(
        ["curl", "-sS", protocol, "--cert", certificate, "--key", key, "--cacert", authority, "-H",
         f"Content-Type: {MEDIA_TYPE_OF[encoding]}", "--data-binary", f"@{tmp_path / 'request'}",
         f"https://{server.https[0]}:{server.https[1]}/kmip"],
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert encoding.parse(done.stdout)[0] == Tag.RESPONSE_MESSAGE


def test_reload_keeps_connections_and_a_stop_lets_requests_end(tmp_path: Path) -> None:
    with serving(tmp_path, {"server": {"workers": 2, "https_port": 0}}) as server:
        webs = [Web(server, encoding=each) for each in (ttlv, xml, json)]
        for web in webs:
            web.client().do(QUERY)
        kept = [web.http.sock for web in webs]
        server.reload()
        for web in webs:
            web.client().do(QUERY)
        assert [web.http.sock for web in webs] == kept
        half = raw_tls(server)
        data = message()
        half.sendall(
            f"POST /kmip HTTP/1.1\r\nHost: h\r\nContent-Type: {MEDIA_TYPE_OF[ttlv]}\r\n"
            f"Content-Length: {len(data)}\r\n\r\n".encode() + data[:10]
        )  # fmt: skip
        time.sleep(0.3)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        time.sleep(0.3)
        half.sendall(data[10:])
        assert read_all(half).startswith(b"HTTP/1.1 200 OK\r\n")
        stopping.join(30)
        server.start()
        assert Web(server).client().do(QUERY).operation
