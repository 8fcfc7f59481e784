"""Whom to let in: the rules a client's certificates are judged by, and what a finished handshake tells.

Revocation: where CRLs are configured, the leaf must be covered by one and a missing or stale one refuses
(fail closed); certificates above it are checked where a CRL of their issuer is at hand. A certificate that
stands itself in the client CA files (the self-signed client trusted one by one) needs no CRL: it is
withdrawn by taking it out of the file.

Extended key usage: RFC 5280 §4.2.1.12 lets a certificate *without* the extension be used for anything, and
one *with* it only for what it names. That is the default here: many real clients carry none. With
``require_client_auth_eku`` the extension must be there and name clientAuth.
"""

from __future__ import annotations

import time
from calendar import timegm
from collections.abc import Callable
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL, crypto

from kmip_server.transport.explain import LACKS_CLIENT_AUTH, CertificateRefusal
from kmip_server.transport.service import Peer

UNABLE_TO_GET_CRL = 3
"""OpenSSL's X509_V_ERR_UNABLE_TO_GET_CRL."""
_CERTIFICATE_EXPIRED = 10
_PARTS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
"""Year to second in ``YYYYMMDDHHMMSSZ``."""


def verifier(
    pinned: frozenset[bytes], *, require_eku: bool
) -> Callable[[SSL.Connection, crypto.X509, int, int, int], bool]:
    """Return the rule that judges each certificate of a client's chain, noting the first refusal on the connection.

    ``pinned`` are the certificates (DER) that stand in the client CA files themselves.
    """

    def verify(connection: SSL.Connection, certificate: crypto.X509, code: int, depth: int, ok: int) -> bool:
        if ok:
            if depth or not require_eku or _names_client_auth(certificate):
                return True
            code = LACKS_CLIENT_AUTH
        elif code == UNABLE_TO_GET_CRL and (depth or certificate_bytes(certificate) in pinned):
            return True
        connection.set_app_data(CertificateRefusal(code, certificate_bytes(certificate)))
        return False

    return verify


def _names_client_auth(certificate: crypto.X509) -> bool:
    try:
        extension = certificate.to_cryptography().extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in extension.value


def peer_of(connection: SSL.Connection, address: str, entrance: str, now: float) -> Peer | CertificateRefusal:
    """Say who is at the other end of a handshake that is over ``now``, or why it may not go on after all.

    A resumed session is not verified again by OpenSSL, so the end of the certificate's validity is asked here.
    (A changed CA or CRL makes a new context, whose ticket keys open no older session.)
    """
    certificate = connection.get_peer_certificate()
    if certificate is None:  # pragma: no cover - VERIFY_FAIL_IF_NO_PEER_CERT; never go on without one
        return CertificateRefusal(0, b"")
    der = certificate_bytes(certificate)
    not_after = certificate.get_notAfter()
    if has_ended(not_after, now):
        return CertificateRefusal(_CERTIFICATE_EXPIRED, der)
    return Peer(
        address=address,
        certificate=der,
        tls_version=connection.get_protocol_version_name(),
        cipher=connection.get_cipher_name() or "",
        group=connection.get_group_name() or "",
        ends=end_of(not_after),
        entrance=entrance,
    )


def has_ended(not_after: bytes | None, now: float) -> bool:
    """Whether a validity that ends at ``not_after`` is over at ``now``, in seconds since 1970.

    RFC 5280 §4.1.2.5.2 has one form, ``YYYYMMDDHHMMSSZ``, whose order is that of its characters; what has another
    form is held for over. Comparing texts takes a tenth of what parsing them would, at each new connection.
    """
    if not_after is None or len(not_after) != 15 or not not_after[:14].isdigit() or not_after[14:] != b"Z":
        return True
    return not_after < _validity_text(int(now))


def end_of(not_after: bytes | None) -> float:
    """When a validity is over that :func:`has_ended` can read, in seconds since 1970; the second named is in it."""
    year, month, day, hour, minute, second = (int((not_after or b"")[at:to]) for at, to in _PARTS)
    return timegm((year, month, day, hour, minute, second)) + 1.0


def expired(connection: SSL.Connection) -> CertificateRefusal:
    """What to say of the client of an open connection whose certificate's validity is over."""
    certificate = connection.get_peer_certificate()
    return CertificateRefusal(_CERTIFICATE_EXPIRED, b"" if certificate is None else certificate_bytes(certificate))


@lru_cache(maxsize=1)
def _validity_text(second: int) -> bytes:
    """Write a moment as a certificate does; once for all connections of a second."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(second)).encode()


def own_certificate(connection: SSL.Connection) -> bytes | None:
    """Return the certificate (DER) that the server shows on this connection."""
    certificate = connection.get_certificate()
    return None if certificate is None else certificate_bytes(certificate)


def certificate_bytes(certificate: crypto.X509) -> bytes:
    """Return the certificate in DER."""
    return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
