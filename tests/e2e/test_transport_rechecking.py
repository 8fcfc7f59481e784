"""A reload ends the connections of clients that would not be let in any more, and no other."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kmip_server.transport import TlsSettings, build_context
from kmip_server.transport.rechecking import Recheck
from tests.transport_kit import PATIENCE, Client, LoopServer, Pki, client_context, message, settings_of

IN_TWO_DAYS = datetime.now(UTC) + timedelta(days=2)
Change = Callable[[Pki, TlsSettings], TlsSettings]


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return Pki(tmp_path)


@pytest.fixture
def tls(pki: Pki) -> TlsSettings:
    return settings_of(pki, pki.issue("server"), crl=(pki.revoke(),))


@pytest.fixture
def server(tls: TlsSettings) -> Iterator[LoopServer]:
    running = LoopServer(tls)
    yield running
    running.stop()


def reload(server: LoopServer, tls: TlsSettings | None = None) -> None:
    """Take up what the files say now, as a worker does after SIGHUP; return when it has been done."""
    tls = tls or server.tls
    server.loop.reload(build_context(tls), Recheck(tls))
    server.ask(lambda loop: None)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_revoked_client_loses_its_open_connections_and_others_keep_theirs(
    server: LoopServer, pki: Pki, caplog: pytest.LogCaptureFixture, version: str
) -> None:
    lost, kept = pki.issue("lost"), pki.issue("kept", rsa_key=True)
    losing = [Client(server.address, pki, lost, version=version) for _ in range(3)]
    keeping = [Client(server.address, pki, kept, version=version) for _ in range(3)]
    for client in (*losing[1:], *keeping[1:]):
        assert client.ask("E", b"before") == b"before"
    pki.revoke(lost)
    reload(server)
    assert all(client.closed_by_server() for client in losing)
    assert [client.ask("E", b"after") for client in keeping] == [b"after"] * 3
    said = [record.getMessage() for record in caplog.records if "was closed" in record.getMessage()]
    assert len(said) == 3
    assert all("CN=lost" in line and "it has been revoked by its issuer" in line for line in said)


def test_a_resumed_connection_of_a_good_client_stays(server: LoopServer, pki: Pki) -> None:
    pem = pki.issue("kept")
    context = client_context(pki, pem, version="TLSv1_2")
    first = Client(server.address, pki, pem, context=context)
    second = Client(server.address, pki, pem, context=context, session=first.tls.session)
    assert second.ask("E", b"1") == b"1" and second.tls.session_reused
    reload(server)
    assert second.ask("E", b"2") == b"2"
    pki.revoke(pem)
    reload(server)
    assert first.closed_by_server() and second.closed_by_server()


def without_ca(pki: Pki, tls: TlsSettings) -> TlsSettings:
    other = pki.issue("other-root", own=True)
    return replace(tls, client_ca=(other,), crl=())


def stale_crl(pki: Pki, tls: TlsSettings) -> TlsSettings:
    return replace(tls, crl=(pki.revoke(days=(-9, -1), name="stale.pem"),))


@pytest.mark.parametrize("change", [without_ca, stale_crl])
def test_who_is_no_longer_vouched_for_is_closed(server: LoopServer, pki: Pki, tls: TlsSettings, change: Change) -> None:
    client = Client(server.address, pki, pki.issue("client"))
    reload(server, change(pki, tls))
    assert client.closed_by_server()


def test_a_client_that_stands_in_the_files_itself_needs_no_crl(pki: Pki, tls: TlsSettings) -> None:
    own = pki.issue("own", own=True)
    server = LoopServer(replace(tls, client_ca=(*tls.client_ca, own)))
    try:
        client = Client(server.address, pki, own)
        reload(server)
        assert client.ask("E", b"stays") == b"stays"
        reload(server, tls)  # taken out of the files
        assert client.closed_by_server()
    finally:
        server.stop()


def test_an_expired_certificate_is_closed_at_the_next_reload(
    server: LoopServer, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Client(server.address, pki, pki.issue("short", days=(-1, 1)))
    long = Client(server.address, pki, pki.issue("long"))
    recheck = Recheck(server.tls)
    for store in (recheck._trust, recheck._crls):
        assert store is not None
        store.set_time(IN_TWO_DAYS)
    server.loop.reload(build_context(server.tls), recheck)
    server.ask(lambda loop: None)
    assert short.closed_by_server()
    assert long.ask("E", b"stays") == b"stays"


# --- the end of a certificate, without a reload --------------------------------------------------------------


@dataclass
class Calendar:
    """The date that a server goes by; this machine's, so many days later."""

    days: float = 0

    def __call__(self) -> float:
        return time.time() + self.days * 86_400


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def dated(tls: TlsSettings, calendar: Calendar) -> Iterator[LoopServer]:
    running = LoopServer(tls, clock=calendar)
    yield running
    running.stop()


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_an_expired_certificate_is_of_no_use_at_the_next_request(
    dated: LoopServer, pki: Pki, calendar: Calendar, caplog: pytest.LogCaptureFixture, version: str
) -> None:
    short = Client(dated.address, pki, pki.issue("short", days=(-1, 1)), version=version)
    long = Client(dated.address, pki, pki.issue("long"), version=version)
    assert short.ask("E", b"before") == b"before"
    calendar.days = 2
    assert long.ask("E", b"goes on") == b"goes on"
    rounds = sum(dated.service.rounds)
    short.send(message("E", b"after"))
    assert short.closed_by_server()
    assert long.ask("E", b"goes on") == b"goes on"
    assert sum(dated.service.rounds) == rounds + 1
    (said,) = [record.getMessage() for record in caplog.records if "was closed" in record.getMessage()]
    assert "CN=short" in said and "it has expired" in said


def test_what_stood_behind_a_slow_request_when_the_certificate_expired_is_not_done(
    dated: LoopServer, pki: Pki, calendar: Calendar
) -> None:
    client = Client(dated.address, pki, pki.issue("short", days=(-1, 1)))
    client.send(message("S", b"60000") + message("E", b"behind"))
    assert dated.service.slow_begun.wait(PATIENCE)
    calendar.days = 2
    dated.service.slow_goes_on.set()
    assert client.receive()[0] == "S"
    assert client.closed_by_server()
    assert sum(dated.service.rounds) == 1


def test_an_expired_certificate_resumes_no_session(dated: LoopServer, pki: Pki, calendar: Calendar) -> None:
    pem = pki.issue("short", days=(-1, 1))
    context = client_context(pki, pem, version="TLSv1_2")
    first = Client(dated.address, pki, pem, context=context)
    calendar.days = 2
    second = Client(dated.address, pki, pem, context=context, session=first.tls.session)
    assert second.closed_by_server()


def test_what_a_revoked_client_asked_for_slowly_is_not_done(server: LoopServer, pki: Pki) -> None:
    lost = pki.issue("lost")
    client = Client(server.address, pki, lost)
    client.send(message("S", b"60000"))
    assert server.service.slow_begun.wait(PATIENCE)
    pki.revoke(lost)
    reload(server)
    rounds = list(server.service.rounds)
    server.service.slow_goes_on.set()
    assert client.closed_by_server()
    other = Client(server.address, pki, pki.issue("kept"))
    assert other.ask("E", b"1") == b"1"
    assert server.service.rounds == [*rounds, 1]


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_handshake_that_began_before_the_reload_is_judged_by_it(server: LoopServer, pki: Pki, version: str) -> None:
    lost = pki.issue("lost")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = client_context(pki, lost, version=version)
    assert isinstance(context, ssl.SSLContext)
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(server.address, timeout=PATIENCE) as raw:
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        raw.sendall(outgoing.read())
        incoming.write(raw.recv(1 << 16))  # the server's flight; ours, with the certificate, waits
        pki.revoke(lost)
        reload(server)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                raw.sendall(outgoing.read())
                incoming.write(raw.recv(1 << 16))
        tls.write(message("E", b"let in?"))
        raw.sendall(outgoing.read())
        while part := raw.recv(1 << 16):
            incoming.write(part)
        with pytest.raises((ssl.SSLError, EOFError)):
            while tls.read(1 << 16):
                raise AssertionError("it was answered")
            raise EOFError
