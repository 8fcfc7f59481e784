"""Who gets in: TLS versions, certificates, CRLs, usage, resumption, groups; and what the log says of the others."""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from OpenSSL import SSL

from kmip_server.transport import Limits, TlsSettings, build_context
from tests.transport_kit import PATIENCE, Client, LoopServer, Pki, client_context, settings_of

Serve = Callable[..., LoopServer]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def server_pem(pki: Pki) -> Path:
    return pki.issue("server")


@pytest.fixture(scope="module")
def client_pem(pki: Pki) -> Path:
    return pki.issue("client")


@pytest.fixture
def serve(pki: Pki, server_pem: Path) -> Iterator[Serve]:
    servers: list[LoopServer] = []

    def start(limits: Limits | None = None, **others: object) -> LoopServer:
        servers.append(LoopServer(settings_of(pki, server_pem, **others), limits))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def refused(server: LoopServer, pki: Pki, certificate: Path | None, **options: str) -> str:
    """Connect, expect to be refused; return the alert or error that the client saw."""
    try:
        client = Client(server.address, pki, certificate, **options)
        client.ask("E")
    except (ssl.SSLError, SSL.Error, ConnectionError, EOFError) as error:
        return str(error)
    raise AssertionError("was served")


def sentences(server: LoopServer, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged, once the server has none but settled connections."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if caplog.records:
            server.ask(lambda loop: None)
            return [record.getMessage() for record in caplog.records]
        time.sleep(0.005)
    raise AssertionError("nothing was logged")


@pytest.mark.parametrize("kind", ["ssl", "openssl"])
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_client_with_a_certificate_is_served(
    serve: Serve, pki: Pki, client_pem: Path, version: str, kind: str
) -> None:
    server = serve()
    client = Client(server.address, pki, client_pem, version=version, kind=kind)
    assert client.ask("E", b"hello") == b"hello"
    peer = server.service.peers[-1]
    assert peer.certificate == ssl.PEM_cert_to_DER_cert(client_pem.read_text())
    assert peer.tls_version == version.replace("_", ".")
    assert peer.address == "127.0.0.1"
    assert peer.cipher and "GCM" in peer.cipher


def test_hybrid_post_quantum_group_between_two_that_have_it(serve: Serve, pki: Pki, client_pem: Path) -> None:
    server = serve()
    client = Client(server.address, pki, client_pem, kind="openssl")
    assert client.ask("E", b"x") == b"x"
    assert client.tls.get_group_name() == "X25519MLKEM768"  # type: ignore[attr-defined]
    assert server.service.peers[-1].group == "X25519MLKEM768"


def test_a_client_without_the_hybrid_group_gets_one_that_it_has(serve: Serve, pki: Pki, client_pem: Path) -> None:
    server = serve()
    context = client_context(pki, client_pem)
    assert isinstance(context, ssl.SSLContext)
    # Python's ssl may be linked with an OpenSSL that has the hybrid group: pin what every one has to offer, and every
    # Python can pin.
    context.set_ecdh_curve("prime256v1")
    client = Client(server.address, pki, client_pem, context=context)
    assert client.ask("E", b"x") == b"x"
    assert server.service.peers[-1].group == "secp256r1"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_tls_1_1_is_too_old(serve: Serve, pki: Pki, client_pem: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = serve()
    context = client_context(pki, client_pem)
    assert isinstance(context, ssl.SSLContext)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        Client(server.address, pki, client_pem, context=context)
    (line,) = sentences(server, caplog)
    assert "too old" in line and "enable TLS 1.2 or 1.3" in line


def test_minimum_version_1_3_refuses_1_2(serve: Serve, pki: Pki, client_pem: Path) -> None:
    server = serve(minimum_version="TLSv1.3")
    assert "protocol version" in refused(server, pki, client_pem, version="TLSv1_2").lower().replace("_", " ")
    assert Client(server.address, pki, client_pem).ask("E", b"1") == b"1"


@pytest.mark.parametrize("cipher", ["AES128-SHA256", "AES256-SHA256"])
def test_static_rsa_only_by_opt_in(
    serve: Serve, pki: Pki, client_pem: Path, cipher: str, caplog: pytest.LogCaptureFixture
) -> None:
    rsa = pki.issue("rsa-server", rsa_key=True)
    own = {"certificate": rsa, "private_key": rsa.with_suffix(".key")}

    def context() -> ssl.SSLContext:
        made = client_context(pki, client_pem, version="TLSv1_2")
        assert isinstance(made, ssl.SSLContext)
        made.set_ciphers(cipher)
        return made

    strict = serve(**own)
    with pytest.raises(ssl.SSLError):
        Client(strict.address, pki, client_pem, context=context())
    (line,) = sentences(strict, caplog)
    assert "no cipher suite" in line and "legacy_ciphers" in line
    lenient = serve(legacy_ciphers=True, **own)
    assert Client(lenient.address, pki, client_pem, context=context()).ask("E", b"old") == b"old"
    assert lenient.service.peers[-1].cipher == cipher


REFUSALS: list[tuple[str, Callable[[Pki, Path], Path | None], list[str]]] = [
    ("none", lambda pki, folder: None, ["presented no certificate", "give it one"]),
    (
        "wrong-ca",
        lambda pki, folder: Pki(folder, "Other CA").issue("foreign"),
        ["CN=foreign", "issuer CN=Other CA", "serial", "no certificate in the client CA files vouches"],
    ),
    (
        "self-signed",
        lambda pki, folder: pki.issue("selfie", own=True),
        ["CN=selfie", "if it is self-signed and wanted"],
    ),
    ("expired", lambda pki, folder: pki.issue("late", days=(-9, -2)), ["CN=late", "it has expired", "issue a new one"]),
    ("too-early", lambda pki, folder: pki.issue("early", days=(2, 9)), ["CN=early", "not yet valid", "clocks"]),
    ("server-eku", lambda pki, folder: pki.issue("web", eku="SERVER_AUTH"), ["CN=web", "extended key usage"]),
]


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize(("make", "words"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_refused_certificate_is_explained_in_one_sentence(
    serve: Serve, pki: Pki, client_pem: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    version: str, make: Callable[[Pki, Path], Path | None], words: list[str],
) -> None:  # fmt: skip
    server = serve()
    alert = refused(server, pki, make(pki, tmp_path), version=version)
    assert "alert" in alert.lower(), "the client must be told, not cut off"
    (line,) = sentences(server, caplog)
    assert "127.0.0.1" in line
    for word in words:
        assert word in line
    assert not server.service.peers
    assert Client(server.address, pki, client_pem).ask("E", b"next") == b"next"


def test_a_client_that_does_not_trust_the_server(
    serve: Serve, pki: Pki, client_pem: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()
    with pytest.raises(ssl.SSLCertVerificationError):
        Client(server.address, Pki(tmp_path, "Somebody else"), client_pem)
    (line,) = sentences(server, caplog)
    assert "the client refused the server's certificate (subject CN=server, issuer CN=Test CA" in line
    assert "add the CA" in line


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "plain HTTP"),
        (bytes.fromhex("42007801000000a0") + bytes(40), "does not speak TLS"),
        (b"", "closed the connection before it was finished"),
    ],
    ids=["http", "kmip-without-tls", "nothing"],
)
def test_what_is_no_tls(serve: Serve, caplog: pytest.LogCaptureFixture, sent: bytes, words: str) -> None:
    caplog.set_level(logging.INFO, "kmip_server.transport")
    server = serve()
    with socket.create_connection(server.address, timeout=PATIENCE) as raw:
        raw.sendall(sent)
        if sent:
            while raw.recv(100):
                pass
    (line,) = sentences(server, caplog)
    assert words in line


def test_a_self_signed_client_listed_by_itself_is_trusted(serve: Serve, pki: Pki, client_pem: Path) -> None:
    lone = pki.issue("lone", own=True)
    server = serve(client_ca=(pki.ca_path, lone), crl=(pki.revoke(),))
    assert Client(server.address, pki, lone).ask("E", b"1") == b"1"
    assert Client(server.address, pki, client_pem).ask("E", b"2") == b"2"


@pytest.mark.parametrize(
    ("eku", "demanded", "served"),
    [
        (None, False, True),
        (None, True, False),
        ("CLIENT_AUTH", True, True),
        ("SERVER_AUTH", False, False),
        ("ANY_EXTENDED_KEY_USAGE", False, False),
    ],
)
def test_extended_key_usage(
    serve: Serve, pki: Pki, caplog: pytest.LogCaptureFixture, eku: str | None, demanded: bool, served: bool
) -> None:
    server = serve(require_client_auth_eku=demanded)
    certificate = pki.issue(f"eku-{eku}", eku=eku)
    if served:
        assert Client(server.address, pki, certificate).ask("E", b"1") == b"1"
        return
    refused(server, pki, certificate)
    (line,) = sentences(server, caplog)
    assert "clientAuth" in line


def test_a_revoked_certificate_is_refused_and_others_are_not(
    serve: Serve, pki: Pki, client_pem: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = pki.issue("bad")
    server = serve(crl=(pki.revoke(bad),))
    assert "revoked" in refused(server, pki, bad)
    (line,) = sentences(server, caplog)
    assert "CN=bad" in line and "has been revoked" in line
    assert Client(server.address, pki, client_pem).ask("E", b"1") == b"1"


def test_a_stale_crl_refuses(serve: Serve, pki: Pki, client_pem: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(crl=(pki.revoke(days=(-9, -2), name="stale.pem"),))
    refused(server, pki, client_pem)
    (line,) = sentences(server, caplog)
    assert "CRL of its issuer is out of date" in line


def test_a_ca_without_crl_is_refused_where_crls_are_in_use(
    serve: Serve, pki: Pki, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = Pki(tmp_path, "Second CA")
    stranger = other.issue("second")
    server = serve(client_ca=(pki.ca_path, other.ca_path), crl=(pki.revoke(),))
    refused(server, pki, stranger)
    (line,) = sentences(server, caplog)
    assert "no CRL of its issuer is configured" in line


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_resumption_with_a_client_certificate(serve: Serve, pki: Pki, client_pem: Path, version: str) -> None:
    server = serve()
    context = client_context(pki, client_pem, version=version)
    first = Client(server.address, pki, client_pem, context=context)
    assert first.ask("E", b"1") == b"1"
    session = first.tls.session
    first.close()
    second = Client(server.address, pki, client_pem, context=context, session=session)
    assert second.ask("E", b"2") == b"2"
    assert second.tls.session_reused
    before, after = server.service.peers[-2:]
    assert before.certificate == after.certificate


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_new_crl_ends_resumption(
    serve: Serve, pki: Pki, server_pem: Path, caplog: pytest.LogCaptureFixture, version: str
) -> None:
    leaver = pki.issue("leaver")
    server = serve(crl=(pki.revoke(name=f"leaver-{version}.pem"),))
    context = client_context(pki, leaver, version=version)
    first = Client(server.address, pki, leaver, context=context)
    assert first.ask("E", b"1") == b"1"
    pki.revoke(leaver, name=f"leaver-{version}.pem")
    server.loop.reload(build_context(server.tls))
    assert server.ask(lambda loop: server.service.reloads) == 1
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
        Client(server.address, pki, leaver, context=context, session=first.tls.session).ask("E")
    (line,) = sentences(server, caplog)
    assert "CN=leaver" in line and "revoked" in line


def test_a_service_may_refuse_a_peer(serve: Serve, pki: Pki, caplog: pytest.LogCaptureFixture) -> None:
    server = serve()
    refused(server, pki, pki.issue("stranger"))
    (line,) = sentences(server, caplog)
    assert "nobody of that name is known" in line


def test_a_handshake_that_never_goes_on_is_cut_while_others_are_served(
    serve: Serve, pki: Pki, client_pem: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(Limits(handshake_seconds=0.3))
    with socket.create_connection(server.address, timeout=PATIENCE) as silent:
        with socket.create_connection(server.address, timeout=PATIENCE) as half:
            half.sendall(b"\x16\x03\x01\x02\x00\x01")
            assert Client(server.address, pki, client_pem).ask("E", b"1") == b"1"
            assert half.recv(1) == b""
        assert silent.recv(1) == b""
    lines = sentences(server, caplog)
    assert len(lines) == 2 and all("not finished within 0.3 s" in line for line in lines)


def test_names_in_certificates_cannot_forge_log_lines(serve: Serve, pki: Pki, caplog: pytest.LogCaptureFixture) -> None:
    evil = pki.issue("evil", common_name="evil\nERROR all is lost\x1b[31m", own=True)
    server = serve()
    refused(server, pki, evil)
    (line,) = sentences(server, caplog)
    assert "\n" not in line and "\x1b" not in line and "evil" in line


def test_settings_are_frozen(pki: Pki, server_pem: Path) -> None:
    settings = settings_of(pki, server_pem)
    with pytest.raises(AttributeError):
        settings.legacy_ciphers = True  # type: ignore[misc]
    assert isinstance(settings, TlsSettings)
