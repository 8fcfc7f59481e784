"""Whether a client that was let in would be let in still: asked of open connections when CAs and CRLs were read again.

OpenSSL verifies a client once, in the handshake. Its certificate may be revoked or expire, or its CA be taken out of
the files, while the connection is open; then the connection must end. The rules are those of the handshake (see
``peers``): who is no longer vouched for, revoked, out of date, or without the CRL that it needs, is refused.
"""

from __future__ import annotations

from OpenSSL import SSL, crypto

from kmip_server.transport.explain import CertificateRefusal
from kmip_server.transport.peers import UNABLE_TO_GET_CRL, certificate_bytes
from kmip_server.transport.tls import TlsSettings, certificates_of, revocation_lists_of

_UNSPECIFIED = 1
"""OpenSSL's X509_V_ERR_UNSPECIFIED: it would not even begin to verify."""
_PARTIAL = crypto.X509StoreFlags.PARTIAL_CHAIN


class Recheck:
    """Judges clients by what the TLS files say now; a chain that many connections share is judged once."""

    def __init__(self, settings: TlsSettings) -> None:
        """Read CAs and CRLs; raises TlsConfigurationError."""
        self._trust = crypto.X509Store()
        self._crls: crypto.X509Store | None = crypto.X509Store() if settings.crl else None
        self._pinned: set[bytes] = set()
        self._judged: dict[tuple[bytes, ...], CertificateRefusal | None] = {}
        stores = [store for store in (self._trust, self._crls) if store is not None]
        for path in settings.client_ca:
            for certificate in certificates_of(path, "client CA"):
                trusted = crypto.X509.from_cryptography(certificate)
                self._pinned.add(certificate_bytes(trusted))
                for store in stores:
                    store.add_cert(trusted)
        self._trust.set_flags(_PARTIAL)
        if self._crls is not None:
            # The CRL of one certificate at a time is asked for, so that each may be judged by its own rule.
            self._crls.set_flags(_PARTIAL | crypto.X509StoreFlags.CRL_CHECK)
            for path in settings.crl:
                for crl in revocation_lists_of(path):
                    self._crls.add_crl(crl)

    def refusal(self, tls: SSL.Connection) -> CertificateRefusal | None:
        """Why the client of an established connection is not believed any more; None where it is."""
        own = tls.get_peer_certificate()
        if own is None:  # pragma: no cover - nobody gets in without one
            return CertificateRefusal(_UNSPECIFIED, b"")
        # A resumed session has brought no chain: who needs one is told to come anew, and brings it.
        above = tls.get_verified_chain() or tls.get_peer_cert_chain() or []
        key = tuple(map(certificate_bytes, (own, *above)))
        if key not in self._judged:
            self._judged[key] = self._judge(own, above)
        return self._judged[key]

    def _judge(self, own: crypto.X509, above: list[crypto.X509]) -> CertificateRefusal | None:
        verified = _verified(self._trust, own, above)
        if isinstance(verified, CertificateRefusal):
            return verified
        for depth, certificate in enumerate(verified if self._crls is not None else ()):
            found = _verified(self._crls, certificate, verified)
            if not isinstance(found, CertificateRefusal):
                continue
            waived = depth or certificate_bytes(certificate) in self._pinned
            if found.code != UNABLE_TO_GET_CRL or not waived:
                return found
        return None


def _verified(
    store: crypto.X509Store | None, certificate: crypto.X509, above: list[crypto.X509]
) -> list[crypto.X509] | CertificateRefusal:
    """The chain from a certificate up to what the store trusts, or what is wrong with it."""
    try:
        return crypto.X509StoreContext(store, certificate, above).get_verified_chain()  # type: ignore[arg-type]
    except crypto.X509StoreContextError as error:
        return CertificateRefusal(error.errors[0], certificate_bytes(error.certificate))
