"""The tables behind the one sentence: complete in words, safe against what a client names itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from kmip_server.transport.explain import (
    CLIENT_ALERTS,
    HANDSHAKE_ERRORS,
    LACKS_CLIENT_AUTH,
    VERIFY_ERRORS,
    CertificateRefusal,
    describe,
    explain_handshake,
    explain_refusal,
)
from tests.transport_kit import Pki


def error(reason: str) -> SSL.Error:
    return SSL.Error([("SSL routines", "", reason)])


@pytest.fixture(scope="module")
def der(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = Pki(tmp_path_factory.mktemp("pki")).issue("array-7")
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("code", sorted(VERIFY_ERRORS))
def test_each_verify_error_names_certificate_rule_and_remedy(code: int, der: bytes) -> None:
    rule, remedy = VERIFY_ERRORS[code]
    line = explain_handshake("192.0.2.7", error("certificate verify failed"), CertificateRefusal(code, der))
    assert line.startswith("TLS handshake with 192.0.2.7 failed: ")
    assert "subject CN=array-7, issuer CN=Test CA, serial " in line
    assert rule in line and line.endswith(remedy)
    assert "\n" not in line and not line.endswith(".")


@pytest.mark.parametrize("code", [10, 23, 9, 18, 20, 26, LACKS_CLIENT_AUTH])
def test_what_users_meet_most_has_a_row(code: int) -> None:
    assert code in VERIFY_ERRORS


def test_an_unknown_verify_error_still_names_the_certificate(der: bytes) -> None:
    assert "verify error 999" in explain_refusal(CertificateRefusal(999, der))


@pytest.mark.parametrize(("part", "words"), HANDSHAKE_ERRORS)
def test_each_handshake_error(part: str, words: tuple[str, str]) -> None:
    first = next(row for row in HANDSHAKE_ERRORS if row[0] in part)
    assert first[1] == words, "a row above hides this one"
    assert all(word in explain_handshake("::1", error(part.upper())) for word in words)


@pytest.mark.parametrize(("part", "words"), CLIENT_ALERTS)
def test_each_alert_names_the_servers_certificate(part: str, words: tuple[str, str], der: bytes) -> None:
    line = explain_handshake("::1", error(f"tlsv1 alert {part}"), own=der)
    assert "the client refused the server's certificate (subject CN=array-7" in line
    assert all(word in line for word in words)


def test_other_reasons_are_quoted() -> None:
    assert "tlsv1 alert internal error" in explain_handshake("::1", error("tlsv1 alert internal error"))
    assert "something new" in explain_handshake("::1", error("something new"))
    assert "OpenSSL says: nothing" in explain_handshake("::1", SSL.Error())


def test_a_client_that_hangs_up() -> None:
    assert "closed the connection" in explain_handshake("::1", SSL.SysCallError(-1, "Unexpected EOF"))


def test_an_unreadable_certificate_is_called_so() -> None:
    assert describe(b"\x30\x00") == "unreadable"


def test_a_huge_name_is_cut(tmp_path: Path) -> None:
    path = Pki(tmp_path).issue("huge", common_name="x" * 64, own=True)
    names = describe(x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER))
    assert len(names) <= 600
