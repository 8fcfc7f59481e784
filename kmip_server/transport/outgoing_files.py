"""Whether the files with which the server goes to others would do: to be asked beforehand, not at the first message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from kmip_server.transport.outgoing import OutgoingTls
from kmip_server.transport.tls import TlsConfigurationError, certificates_of, read_file, revocation_lists_of


def outgoing_problems(tls: OutgoingTls) -> list[str]:
    """Everything that is wrong with certificate, key and authorities, each in one sentence that names the file."""
    now = datetime.now(UTC)
    problems: list[str] = []
    public = own = None
    try:
        own = certificates_of(tls.certificate, "certificate for subscribers")[0]
        problems += _own_problems(own, tls.certificate, now)
    except TlsConfigurationError as error:
        problems.append(str(error))
    try:
        public = _public_half(tls.private_key)
    except TlsConfigurationError as error:
        problems.append(str(error))
    if own is not None and public is not None and public != _der(own.public_key()):
        problems.append(
            f"the key {tls.private_key} does not belong to the certificate for subscribers {tls.certificate}"
        )
    for path in tls.authorities:
        problems += _authority_problems(path, now)
    for path in tls.revocation_lists:
        problems += _revocation_problems(path, now)
    return problems


def _own_problems(own: x509.Certificate, path: Path, now: datetime) -> Iterator[str]:
    if own.not_valid_after_utc < now:
        yield f"the certificate for subscribers {path} expired on {own.not_valid_after_utc.date()}"
    if own.not_valid_before_utc > now:
        yield f"the certificate for subscribers {path} is valid only from {own.not_valid_before_utc}"
    try:
        uses = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return
    if ExtendedKeyUsageOID.CLIENT_AUTH not in uses and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in uses:
        # OpenSSL, and with it nearly everybody, refuses such a one from whoever connects (X509_PURPOSE_SSL_CLIENT).
        yield f"the certificate for subscribers {path} is not for client authentication, as which it is shown"


def _public_half(path: Path) -> bytes:
    """The public key of a private one, DER; TlsConfigurationError where there is none that can be read."""
    text = read_file(path, "key for subscribers")
    try:
        return _der(load_pem_private_key(text, None).public_key())
    except TypeError as error:
        # OpenSSL would ask for the passphrase at the terminal, and wait.
        raise TlsConfigurationError(
            f"the key for subscribers {path} is encrypted; store it without a passphrase"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise TlsConfigurationError(f"the key for subscribers {path} is no private key in PEM") from error


def _authority_problems(path: Path, now: datetime) -> Iterator[str]:
    try:
        authorities = certificates_of(path, "CA file for subscribers")
    except TlsConfigurationError as error:
        yield str(error)
        return
    if all(authority.not_valid_after_utc < now for authority in authorities):
        yield f"the CA file for subscribers {path} holds expired certificates only"


def _revocation_problems(path: Path, now: datetime) -> Iterator[str]:
    try:
        lists = revocation_lists_of(path)
    except TlsConfigurationError as error:
        yield str(error)
        return
    if b"-----BEGIN X509 CRL-----" not in read_file(path, "CRL"):
        yield f"the CRL file for subscribers {path} is not in PEM"
    for each in lists:
        if each.next_update_utc is not None and each.next_update_utc < now:
            yield f"the CRL file for subscribers {path} was to be replaced on {each.next_update_utc.date()}"


def _der(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]
