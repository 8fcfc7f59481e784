"""The TLS side of the door: one OpenSSL context from the settings.

KMIP 2.1 §10 "Authentication" and the KMIP Profiles ask for TLS 1.2 or later with the client's certificate
verified. Which group is used for the key exchange is OpenSSL's default order: since OpenSSL 3.5 it begins
with the hybrid post-quantum X25519MLKEM768, then X25519 and P-256.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from OpenSSL import SSL, crypto

from kmip_server.transport.peers import certificate_bytes, verifier

log = logging.getLogger(__name__)

CIPHERS = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
)
"""TLS 1.2, in the server's order."""

LEGACY_CIPHERS = (
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "AES256-SHA256",
    "AES128-SHA256",
)
"""What the first KMIP profiles demanded and old appliances still offer: CBC, the last two without forward secrecy."""

CIPHERSUITES = b"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
"""TLS 1.3."""

_VERSIONS = {"TLSv1.2": SSL.TLS1_2_VERSION, "TLSv1.3": SSL.TLS1_3_VERSION}
_MODE_NO_AUTO_CHAIN = 0x8
"""OpenSSL's SSL_MODE_NO_AUTO_CHAIN, which pyOpenSSL has no name for."""


class TlsConfigurationError(ValueError):
    """The TLS settings cannot be used; the message says in one sentence which file and why."""


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Which files make the server's side of TLS, and which clients it believes."""

    certificate: Path
    """PEM: the server's certificate, then its intermediates."""
    private_key: Path
    """PEM, not encrypted."""
    client_ca: tuple[Path, ...]
    """PEM: CAs, intermediates or single client certificates, each trusted by itself."""
    crl: tuple[Path, ...] = ()
    """PEM (several in a file) or DER."""
    minimum_version: str = "TLSv1.2"
    legacy_ciphers: bool = False
    require_client_auth_eku: bool = False
    """Refuse client certificates without extended key usage too; see ``peers.py``."""
    session_seconds: int = 3600
    """How long a session may be resumed without a full handshake."""


def blank_context() -> SSL.Context:
    """Return a context with nothing but fresh session ticket keys: made before a fork, the processes share them."""
    return SSL.Context(SSL.TLS_SERVER_METHOD)


def build_context(settings: TlsSettings, blank: SSL.Context | None = None) -> SSL.Context:
    """Return the context for new connections, made from ``blank`` if one is given; raises TlsConfigurationError."""
    context = blank_context() if blank is None else blank
    if settings.minimum_version not in _VERSIONS:
        raise TlsConfigurationError(f"minimum_version {settings.minimum_version!r} is neither TLSv1.2 nor TLSv1.3")
    context.set_min_proto_version(_VERSIONS[settings.minimum_version])
    suites = CIPHERS + LEGACY_CIPHERS if settings.legacy_ciphers else CIPHERS
    context.set_cipher_list(":".join(suites).encode())
    context.set_tls13_ciphersuites(CIPHERSUITES)
    context.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    # Without a session id context OpenSSL refuses every resumption that carries a client certificate.
    context.set_session_id(b"kmip-server")
    # Tickets are kept by the client; a cache of our own would hold each client's chain in memory as well.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_timeout(settings.session_seconds)
    # The chain is what the files say: looked for in each handshake, it would be verified there too (0.1 ms).
    context.set_mode(_MODE_NO_AUTO_CHAIN)
    clients = [certificate for path in settings.client_ca for certificate in certificates_of(path, "client CA")]
    _load_own(context, settings, clients)
    _load_trust(context, settings, clients)
    return context


def _load_own(context: SSL.Context, settings: TlsSettings, known: Sequence[x509.Certificate]) -> None:
    """Load the server's chain and key; warn when the certificate has expired or is not yet valid.

    Where the file holds no intermediates, those among ``known`` which stand above the certificate are sent with it.
    """
    chain = certificates_of(settings.certificate, "server certificate")
    # An encrypted key would make OpenSSL ask at the terminal.
    if b"ENCRYPTED" in read_file(settings.private_key, "server key"):
        raise TlsConfigurationError(
            f"the server key {settings.private_key} is encrypted; store it without a passphrase"
        )
    try:
        context.use_certificate_chain_file(str(settings.certificate))
    except SSL.Error as error:
        raise TlsConfigurationError(f"OpenSSL refuses the server certificate {settings.certificate}") from error
    try:
        context.use_privatekey_file(str(settings.private_key))
        context.check_privatekey()
    except SSL.Error as error:
        if "mismatch" in str(error).lower():
            words = f"the server key {settings.private_key} does not belong to the certificate {settings.certificate}"
        else:
            words = f"the server key {settings.private_key} is no private key in PEM"
        raise TlsConfigurationError(words) from error
    if len(chain) == 1:
        for certificate in _intermediates(chain[0], known):
            context.add_extra_chain_cert(certificate)
    now = datetime.now(UTC)
    if chain[0].not_valid_after_utc < now:
        log.warning("The server certificate %s expired on %s; clients will refuse it: renew it and reload",
                    settings.certificate, chain[0].not_valid_after_utc.date())  # fmt: skip
    elif chain[0].not_valid_before_utc > now:
        log.warning("The server certificate %s is valid only from %s; check the clock",
                    settings.certificate, chain[0].not_valid_before_utc)  # fmt: skip


def _intermediates(leaf: x509.Certificate, known: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return those of ``known`` that lead from ``leaf`` upwards, without the root: a client has that or nothing."""
    found: list[x509.Certificate] = []
    below: x509.Certificate | None = leaf
    while below is not None:
        below = next((each for each in known if each not in found and _stands_between(each, below)), None)
        if below is not None:
            found.append(below)
    return found


def _stands_between(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether ``issuer`` signed ``certificate`` and is no root."""
    if issuer.subject == issuer.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _load_trust(context: SSL.Context, settings: TlsSettings, clients: Sequence[x509.Certificate]) -> None:
    """Load whom to believe: client CAs and CRLs; and demand a certificate of every client."""
    if not settings.client_ca:
        raise TlsConfigurationError("no client CA file is configured, so no client could ever be believed")
    store = context.get_cert_store()
    if store is None:  # pragma: no cover - a server context always has one
        raise TlsConfigurationError("OpenSSL gave the context no certificate store")
    pinned = set()
    for certificate in clients:
        trusted = crypto.X509.from_cryptography(certificate)
        store.add_cert(trusted)
        context.add_client_ca(certificate)
        pinned.add(certificate_bytes(trusted))
    # What stands in the file is trusted itself, be it root, intermediate or a single client.
    flags = crypto.X509StoreFlags.PARTIAL_CHAIN
    for path in settings.crl:
        for crl in revocation_lists_of(path):
            store.add_crl(crl)
        flags |= crypto.X509StoreFlags.CRL_CHECK | crypto.X509StoreFlags.CRL_CHECK_ALL
    store.set_flags(flags)
    rule = verifier(frozenset(pinned), require_eku=settings.require_client_auth_eku)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, rule)


def read_file(path: Path, what: str) -> bytes:
    """A TLS file as it stands; TlsConfigurationError names ``what`` it was to be."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise TlsConfigurationError(f"the {what} file {path} cannot be read: {error.strerror}") from error


def certificates_of(path: Path, what: str) -> list[x509.Certificate]:
    """Every certificate of a PEM file, at least one; TlsConfigurationError else."""
    try:
        return x509.load_pem_x509_certificates(read_file(path, what))
    except ValueError as error:
        if isinstance(error, TlsConfigurationError):
            raise
        raise TlsConfigurationError(f"the {what} file {path} holds no readable PEM certificate") from error


def revocation_lists_of(path: Path) -> list[x509.CertificateRevocationList]:
    """Every CRL of a file, PEM or DER; TlsConfigurationError else."""
    data = read_file(path, "CRL")
    end = b"-----END X509 CRL-----"
    try:
        if end not in data:
            return [x509.load_der_x509_crl(data)]
        return [x509.load_pem_x509_crl(part + end) for part in data.split(end)[:-1]]
    except ValueError as error:
        raise TlsConfigurationError(f"the CRL file {path} holds no readable CRL in PEM or DER") from error
