"""TLS settings: every mistake in a file is one clear sentence that names it."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from OpenSSL import SSL

from kmip_server.transport import TlsConfigurationError, TlsSettings, build_context
from tests.transport_kit import Pki, settings_of

EMPTY_CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return Pki(tmp_path)


@pytest.fixture
def good(pki: Pki) -> TlsSettings:
    return settings_of(pki, pki.issue("server"), crl=(pki.revoke(),))


def encrypt(path: Path) -> Path:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    sealed = serialization.BestAvailableEncryption(b"word")
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed))
    return path


def test_good_files_make_a_context_without_a_warning(good: TlsSettings, caplog: pytest.LogCaptureFixture) -> None:
    assert build_context(good) is not build_context(good)
    assert caplog.records == []


@pytest.mark.parametrize("field", ["certificate", "private_key", "client_ca", "crl"])
@pytest.mark.parametrize(
    "content", [None, b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_missing_or_unreadable_file_is_named(
    good: TlsSettings, tmp_path: Path, field: str, content: bytes | None
) -> None:
    path = tmp_path / "broken.pem"
    if content is not None:
        path.write_bytes(content)
    value = (path,) if field in ("client_ca", "crl") else path
    with pytest.raises(TlsConfigurationError, match=str(path)) as caught:
        build_context(replace(good, **{field: value}))
    assert "\n" not in str(caught.value)
    assert content is not None or "No such file" in str(caught.value)


def test_a_key_of_another_certificate(good: TlsSettings, pki: Pki) -> None:
    other = pki.issue("other").with_suffix(".key")
    with pytest.raises(TlsConfigurationError, match="does not belong to the certificate"):
        build_context(replace(good, private_key=other))


def test_an_encrypted_key_is_refused_and_nobody_is_asked(good: TlsSettings) -> None:
    encrypt(good.private_key)
    with pytest.raises(TlsConfigurationError, match="is encrypted"):
        build_context(good)


def test_no_client_ca(good: TlsSettings) -> None:
    with pytest.raises(TlsConfigurationError, match="no client CA"):
        build_context(replace(good, client_ca=()))


def test_an_unknown_version(good: TlsSettings) -> None:
    with pytest.raises(TlsConfigurationError, match=r"'TLSv1\.1' is neither"):
        build_context(replace(good, minimum_version="TLSv1.1"))


@pytest.mark.parametrize(("days", "words"), [((-9, -2), "expired on"), ((2, 9), "valid only from")])
def test_a_server_certificate_out_of_its_time_is_a_warning(
    good: TlsSettings, pki: Pki, caplog: pytest.LogCaptureFixture, days: tuple[int, int], words: str
) -> None:
    path = pki.issue("server", days=days)
    build_context(replace(good, certificate=path))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING and words in record.getMessage() and str(path) in record.getMessage()


def test_several_crls_in_one_file_and_der(good: TlsSettings, pki: Pki, tmp_path: Path) -> None:
    pem = pki.revoke().read_bytes()
    both = tmp_path / "both.pem"
    both.write_bytes(pem + pem)
    der = tmp_path / "crl.der"
    der.write_bytes(x509.load_pem_x509_crl(pem).public_bytes(serialization.Encoding.DER))
    build_context(replace(good, crl=(both, der)))


def shown_chain(settings: TlsSettings) -> list[str]:
    """The subjects of what a server shows, in order."""
    client, server = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD)), SSL.Connection(build_context(settings))
    client.set_connect_state()
    server.set_accept_state()
    for side, other in ((client, server), (server, client), (client, server)):
        with contextlib.suppress(SSL.WantReadError):
            side.do_handshake()
        with contextlib.suppress(SSL.WantReadError):
            other.bio_write(side.bio_read(65536))
    chain = client.get_peer_cert_chain(as_cryptography=True)
    assert chain is not None
    return [certificate.subject.rfc4514_string().removeprefix("CN=") for certificate in chain]


def below(pki: Pki, tmp_path: Path) -> tuple[Path, Path]:
    """A CA below the test CA, and a server certificate that it issued."""
    folder = tmp_path / "below"
    folder.mkdir()
    lower = Pki(folder, "Lower CA")
    builder = x509.CertificateBuilder().subject_name(lower.ca.subject).issuer_name(pki.ca.subject)
    builder = builder.public_key(lower.key.public_key()).serial_number(77)
    builder = builder.not_valid_before(lower.ca.not_valid_before_utc).not_valid_after(lower.ca.not_valid_after_utc)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    crossed = builder.sign(pki.key, hashes.SHA256())
    lower.ca_path.write_bytes(crossed.public_bytes(serialization.Encoding.PEM))
    return lower.ca_path, lower.issue("server-below")


def test_the_server_shows_its_certificate_and_no_root(good: TlsSettings) -> None:
    assert shown_chain(good) == ["server"]


@pytest.mark.parametrize(
    "in_file", [True, False], ids=["intermediate-in-its-file", "intermediate-in-the-client-CA-file"]
)
def test_the_server_shows_its_intermediate(pki: Pki, tmp_path: Path, in_file: bool) -> None:
    intermediate, server = below(pki, tmp_path)
    settings = settings_of(pki, server)
    if in_file:
        server.write_bytes(server.read_bytes() + intermediate.read_bytes())
    else:
        settings = replace(settings, client_ca=(pki.ca_path, intermediate))
    assert shown_chain(settings) == ["server-below", "Lower CA"]


def test_a_ca_of_the_same_name_with_another_key_is_not_shown(pki: Pki, tmp_path: Path) -> None:
    _, server = below(pki, tmp_path)
    (tmp_path / "other").mkdir()
    impostor, _ = below(pki, tmp_path / "other")
    settings = replace(settings_of(pki, server), client_ca=(pki.ca_path, impostor))
    assert shown_chain(settings) == ["server-below"]
