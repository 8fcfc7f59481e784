"""TLS settings: every mistake in a file is one clear sentence that names it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

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
    from cryptography import x509

    pem = pki.revoke().read_bytes()
    both = tmp_path / "both.pem"
    both.write_bytes(pem + pem)
    der = tmp_path / "crl.der"
    der.write_bytes(x509.load_pem_x509_crl(pem).public_bytes(serialization.Encoding.DER))
    build_context(replace(good, crl=(both, der)))
