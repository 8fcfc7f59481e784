"""Why a handshake failed, in one plain sentence: which certificate, which rule, what to do.

The reader is an administrator with a storage array that "does not connect". OpenSSL's own words
("certificate verify failed", "tlsv1 alert unknown ca") are turned into what to look at, by two tables:
one for the rule of RFC 5280 that a client's certificate broke, one for everything else.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from OpenSSL import SSL

LACKS_CLIENT_AUTH = -1
"""Our own rule beside OpenSSL's codes: clientAuth is demanded and the certificate does not name it."""


@dataclass(frozen=True, slots=True)
class CertificateRefusal:
    """A certificate of the client's chain that was refused while it was verified."""

    code: int
    """OpenSSL's ``X509_V_ERR_...``, or ``LACKS_CLIENT_AUTH``."""
    certificate: bytes
    """DER."""


_UNKNOWN_CA = (
    "no certificate in the client CA files vouches for it",
    "add its issuer's certificate (or, if it is self-signed and wanted, the certificate itself) to them and reload",
)
_NOT_A_CLIENT = (
    "its extended key usage does not allow client authentication",
    "issue one with extended key usage clientAuth",
)
_WEAK = ("its key or signature is too weak", "issue a new one with RSA of 2048 bits or more, or P-256, and SHA-256")
_STALE_CRL = (
    "the CRL of its issuer is out of date or cannot be verified, so nobody can say whether it is revoked",
    "fetch the current CRL of that issuer and reload",
)

VERIFY_ERRORS: dict[int, tuple[str, str]] = {
    LACKS_CLIENT_AUTH: _NOT_A_CLIENT,
    2: _UNKNOWN_CA,  # UNABLE_TO_GET_ISSUER_CERT
    3: ("no CRL of its issuer is configured, though CRLs are in use", "add the CRL of that issuer and reload"),
    4: _STALE_CRL,  # UNABLE_TO_DECRYPT_CRL_SIGNATURE
    7: ("its signature does not fit its issuer's key", "issue it again, and check that the CA file holds the right CA"),
    8: _STALE_CRL,  # CRL_SIGNATURE_FAILURE
    9: ("it is not yet valid", "check the clocks of both machines, or wait until it is"),
    10: ("it has expired", "issue a new one for this client"),
    11: _STALE_CRL,  # CRL_NOT_YET_VALID
    12: _STALE_CRL,  # CRL_HAS_EXPIRED
    18: _UNKNOWN_CA,  # DEPTH_ZERO_SELF_SIGNED_CERT
    19: _UNKNOWN_CA,  # SELF_SIGNED_CERT_IN_CHAIN
    20: _UNKNOWN_CA,  # UNABLE_TO_GET_ISSUER_CERT_LOCALLY
    21: _UNKNOWN_CA,  # UNABLE_TO_VERIFY_LEAF_SIGNATURE
    22: ("the chain above it is too long", "have the client send fewer intermediate certificates"),
    23: ("it has been revoked by its issuer", "issue a new one, or take it off the CRL and reload"),
    25: ("it stands deeper below a CA than that CA's path length allows", "issue it from the CA above"),
    26: _NOT_A_CLIENT,  # INVALID_PURPOSE
    33: _STALE_CRL,  # UNABLE_TO_GET_CRL_ISSUER
    34: ("it holds a critical extension that nobody here knows", "issue it without that extension"),
    66: _WEAK,  # EE_KEY_TOO_SMALL
    67: _WEAK,  # CA_KEY_TOO_SMALL
    68: _WEAK,  # CA_MD_TOO_WEAK
    79: ("it signs others but is no CA certificate", "issue the CA certificate with basic constraints CA:TRUE"),
}

_REFUSED_US = "add the CA that issued it to what the client trusts"
_PLAIN_TEXT = ("it does not speak TLS", "switch TLS on in the client, and check that it is meant for this port")
_NO_CERTIFICATE = (
    "the client presented no certificate",
    "give it one (with its key) that was issued by a CA of the client CA files",
)
_NO_SHARED_CIPHER = (
    "no cipher suite is known to both sides",
    "update the client, or if it is an old appliance allow legacy_ciphers",
)
_NO_SHARED_GROUP = ("no key exchange group is known to both sides", "enable X25519 or P-256 in the client")
_NO_SHARED_SIGNATURE = (
    "the client knows no signature algorithm that fits the server's certificate",
    "update the client, or give the server a certificate with another kind of key (RSA, P-256)",
)
_TOO_OLD = ("the client speaks only a version of TLS that is too old", "enable TLS 1.2 or 1.3 in the client")
_TOO_MUCH = ("the client sent a malformed TLS record", "check that nothing between client and server changes the bytes")

HANDSHAKE_ERRORS: tuple[tuple[str, tuple[str, str]], ...] = (
    ("did not return a certificate", _NO_CERTIFICATE),
    ("no certificate", _NO_CERTIFICATE),
    ("no shared cipher", _NO_SHARED_CIPHER),
    ("no suitable key share", _NO_SHARED_GROUP),
    ("no suitable groups", _NO_SHARED_GROUP),
    ("no shared groups", _NO_SHARED_GROUP),
    ("signature algorithm", _NO_SHARED_SIGNATURE),
    ("no suitable signature", _NO_SHARED_SIGNATURE),
    ("unsupported protocol", _TOO_OLD),
    ("version too low", _TOO_OLD),
    ("alert protocol version", ("the client refused our versions of TLS (1.2 and 1.3)", _TOO_OLD[1])),
    ("http request", ("it sent plain HTTP to a TLS port", "use https:// or the right port")),
    ("https proxy request", ("it sent a plain HTTP proxy request to a TLS port", "take the proxy out of its settings")),
    ("wrong version number", _PLAIN_TEXT),
    ("packet length too long", _PLAIN_TEXT),
    ("record layer failure", _PLAIN_TEXT),
    ("unknown protocol", _PLAIN_TEXT),
    ("decryption failed", _TOO_MUCH),
    ("bad record mac", _TOO_MUCH),
)
"""Part of OpenSSL's reason (lower case), then the rule and the remedy; the first that fits."""

CLIENT_ALERTS: tuple[tuple[str, tuple[str, str]], ...] = (
    ("unknown ca", ("the client does not know its issuer", _REFUSED_US)),
    ("bad certificate", ("the client could not verify it or its name", f"{_REFUSED_US}; and check name and address")),
    ("certificate unknown", ("the client did not accept it", f"{_REFUSED_US}; and check name and address")),
    ("certificate expired", ("the client holds it for expired", "renew it and reload, or check the client's clock")),
    ("certificate revoked", ("the client holds it for revoked", "issue a new one and reload")),
    ("unsupported certificate", ("the client cannot use its kind", "issue it with RSA or P-256 and serverAuth")),
    (
        "decrypt error",
        ("the client could not check our signature with it", "check that certificate and key belong together"),
    ),
    ("access denied", ("the client refused it by a rule of its own", "look into the client's log")),
)
"""Alerts by which a client refuses the server's certificate (RFC 8446 §6.2)."""


def describe(certificate: bytes) -> str:
    """Say which certificate (DER) it is, for a log line: subject, issuer, serial; never its key."""
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        subject, issuer = parsed.subject.rfc4514_string(), parsed.issuer.rfc4514_string()
        words = f"subject {subject or '(empty)'}, issuer {issuer or '(empty)'}, serial {parsed.serial_number:x}"
    except ValueError:
        words = "unreadable"
    # The client chose these words: they may not begin a new log line nor paint a terminal.
    return "".join(sign if sign.isprintable() else "?" for sign in words)[:600]


def explain_handshake(
    address: str, error: SSL.Error, refusal: CertificateRefusal | None = None, own: bytes | None = None
) -> str:
    """Say in one sentence why the handshake with ``address`` failed and what to do.

    ``refusal`` is what the verification of the client's chain noted; ``own`` the server's certificate (DER).
    """
    return f"TLS handshake with {address} failed: {_cause(error, refusal, own)}"


def _cause(error: SSL.Error, refusal: CertificateRefusal | None, own: bytes | None) -> str:
    if refusal is not None:
        return explain_refusal(refusal)
    if isinstance(error, SSL.SysCallError | SSL.ZeroReturnError):
        return (
            "the client closed the connection before it was finished; if it is no health check,"
            " look into the client's log: it may not trust the server's certificate"
        )
    reason = _reason(error)
    if "alert" in reason:
        for part, (rule, remedy) in CLIENT_ALERTS:
            if part in reason:
                return f"the client refused the server's certificate ({describe(own or b'')}): {rule}; {remedy}"
    for part, (rule, remedy) in HANDSHAKE_ERRORS:
        if part in reason:
            return f"{rule}; {remedy}"
    if "alert" in reason:
        return f"the client broke it off ({reason}); look into the client's log"
    return f"OpenSSL says: {reason or 'nothing'}; look into the client's log"


def explain_refusal(refusal: CertificateRefusal) -> str:
    """Say which certificate of the client's chain was refused, by which rule, and what to do."""
    unknown = (f"OpenSSL refused it (verify error {refusal.code})", "check it with openssl verify")
    rule, remedy = VERIFY_ERRORS.get(refusal.code, unknown)
    return f"the client's certificate ({describe(refusal.certificate)}) was refused: {rule}; {remedy}"


def _reason(error: SSL.Error) -> str:
    """Return OpenSSL's own words, lower case: the reason texts of its error queue."""
    queue = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return "; ".join(str(entry[-1]) for entry in queue).lower()
