"""The server's own certificate authority: reading what the configuration names, making one, taking one in.

Key and certificate become managed objects by the doors that clients use (Register, Activate), in one request that
is kept whole or not at all, with its audit records. They belong to a subject that no client can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from kmip_server.config import Certificates, ConfigurationError, Provisioning, Tls
from kmip_server.crypto import Ciphers
from kmip_server.domain.subject import Subject, qualified_name
from kmip_server.engine.asking import ask, operator
from kmip_server.engine.context import ItemContext
from kmip_server.engine.rooms import Rooms
from kmip_server.engine.server import Engine
from kmip_server.engine.trace import BatchMemory, Trace
from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.register import RegisterRequest
from kmip_server.ports import Authority, Certification, Prepared, Transaction
from kmip_server.spec.attribute_values import AttributeItem, Attributes
from kmip_server.spec.enums import (
    CertificateType,
    CryptographicAlgorithm,
    KeyFormatType,
    NameType,
    ObjectType,
    Operation,
    RecommendedCurve,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.structures.keys import Certificate, KeyBlock, KeyValue, PrivateKey
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1

OWNER = qualified_name("server", "authority")
"""Whose the authority's objects are: no client is authenticated by "server", so none can be it."""
_SIGNING = int(CryptographicUsageMask.CERTIFICATE_SIGN | CryptographicUsageMask.CRL_SIGN)
KINDS: dict[str, tuple[CryptographicAlgorithm, int | None, RecommendedCurve | None]] = {
    "ec": (CryptographicAlgorithm.ECDSA, None, RecommendedCurve.P_256),
    "rsa": (CryptographicAlgorithm.RSA, 3072, None),
    "ed25519": (CryptographicAlgorithm.ED25519, None, None),
}
"""The kinds of key that an authority can be made with."""


@dataclass(frozen=True, slots=True)
class AuthorityFiles:
    """An authority as bytes: key in PKCS#8, certificate, both DER."""

    key: bytes
    certificate: bytes

    def __repr__(self) -> str:
        return "AuthorityFiles(<withheld>)"


def certification_of(settings: Certificates) -> Certification:
    """What the configuration says, its files read; raises ConfigurationError where one cannot be."""
    return Certification(
        issuer_key=settings.issuer_key,
        issuer_certificate=settings.issuer_certificate,
        owner=settings.issuer_owner,
        days=settings.certificate_days,
        anchors=tuple(each for path in settings.trust_anchors for each in certificates_in(path)),
        crls=tuple(_crl(path) for path in settings.revocation_lists),
    )


def client_certification_of(settings: Provisioning, tls: Tls) -> Certification:
    """The same for the certificates of clients: what TLS trusts is what counts."""
    return Certification(
        issuer_key=settings.issuer_key,
        issuer_certificate=settings.issuer_certificate,
        owner=settings.issuer_owner,
        days=settings.certificate_days,
        anchors=tuple(each for path in tls.client_ca for each in certificates_in(path)) if settings.issuer_key else (),
        crls=tuple(_crl(path) for path in tls.crl) if settings.issuer_key else (),
    )


def certificates_in(path: Path) -> list[bytes]:
    """Every certificate of a PEM file, DER."""
    try:
        return [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(path.read_bytes())]
    except ValueError as error:
        raise ConfigurationError([f"{path} holds no certificate in PEM."]) from error
    except OSError as error:
        raise ConfigurationError([f"{path} cannot be read: {error.strerror}."]) from error


def _crl(path: Path) -> bytes:
    try:
        return x509.load_pem_x509_crl(path.read_bytes()).public_bytes(Encoding.DER)
    except ValueError as error:
        raise ConfigurationError([f"{path} holds no certificate revocation list in PEM."]) from error
    except OSError as error:
        raise ConfigurationError([f"{path} cannot be read: {error.strerror}."]) from error


def authority_in(rooms: Rooms, tx: Transaction, now_us: int) -> Authority:
    """The authority as the server finds it for a request."""
    context = ItemContext(rooms, tx, BatchMemory(), _operator(), V2_1, Operation.VALIDATE, now_us, Prepared(), Trace())
    return context.authority


def require_apart(certificate: bytes, client_authorities: Sequence[Path]) -> None:
    """Refuse an authority whose certificates would let their holders in as clients of this very server.

    A client may ask Certify for any subject: if what it gets were trusted in ``tls.client_ca``, any client could
    become any other. Raises ConfigurationError.
    """
    own = x509.load_der_x509_certificate(certificate)
    for path in client_authorities:
        for der in certificates_in(path):
            trusted = x509.load_der_x509_certificate(der)
            if trusted.public_key() == own.public_key() or _issued(own, trusted):
                raise ConfigurationError(
                    [
                        f"{path} trusts the certificate authority of [certificates], so that any client could have a"
                        " certificate of any other made; use an authority of its own for Certify."
                    ]
                )


def require_trusted(certificate: bytes, client_authorities: Sequence[Path]) -> None:
    """Refuse an authority whose certificates would not let anybody in; raises ConfigurationError."""
    for path in client_authorities:
        if certificate in certificates_in(path):
            return
    raise ConfigurationError(
        ["tls.client_ca lacks the certificate of the authority of [provisioning]; its certificates let nobody in."]
    )


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def make(kind: str, subject: str, days: int, now: int) -> AuthorityFiles:
    """Make a root authority: a key of the kind, and its own certificate for it."""
    ciphers = Ciphers()
    algorithm, length, curve = KINDS[kind]
    pair = ciphers.generate_pair(algorithm, length, curve)
    key = ciphers.convert("private", algorithm, pair.private_format, pair.private, KeyFormatType.PKCS_8)
    if not isinstance(key, bytes):
        raise TypeError("PKCS#8 is bytes")
    return AuthorityFiles(key, ciphers.self_signed(subject, key, days, now))


def read(key: Path, certificate: Path, passphrase: str | None) -> AuthorityFiles:
    """Read an authority from PEM files; raises ConfigurationError where they hold none."""
    (own, *_) = certificates_in(certificate)
    try:
        private = load_pem_private_key(key.read_bytes(), passphrase.encode() if passphrase else None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError([f"{key} holds no private key in PEM, or its passphrase is another one."]) from error
    except OSError as error:
        raise ConfigurationError([f"{key} cannot be read: {error.strerror}."]) from error
    if private.public_key() != x509.load_der_x509_certificate(own).public_key():
        raise ConfigurationError([f"{key} is not the key of {certificate}."])
    return AuthorityFiles(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), own)


def register(engine: Engine, files: AuthorityFiles, name: str) -> tuple[str, str] | str:
    """Register key and certificate under a name, activate the key; their identifiers, or why it was refused."""
    block = KeyBlock(key_format_type=KeyFormatType.PKCS_8, key_value=KeyValue(key_material=files.key))
    own = AttributeItem(Tag.NAME, Name(name_value=name, name_type=NameType.UNINTERPRETED_TEXT_STRING))
    key = RegisterRequest(
        object_type=ObjectType.PRIVATE_KEY,
        attributes=Attributes(
            [
                own,
                AttributeItem(Tag.CRYPTOGRAPHIC_USAGE_MASK, _SIGNING),
                # Nobody takes it out again, not even its owner: it signs here or nowhere.
                AttributeItem(Tag.SENSITIVE, True),
                AttributeItem(Tag.EXTRACTABLE, False),
            ]
        ),
        object=PrivateKey(key_block=block),
    )
    certificate = RegisterRequest(
        object_type=ObjectType.CERTIFICATE,
        attributes=Attributes([own, AttributeItem(Tag.CRYPTOGRAPHIC_USAGE_MASK, _SIGNING)]),
        object=Certificate(certificate_type=CertificateType.X_509, certificate_value=files.certificate),
    )
    asked = ((Operation.REGISTER, key), (Operation.ACTIVATE, ActivateRequest()), (Operation.REGISTER, certificate))
    made = ask(engine, asked, _operator())
    return made if isinstance(made, str) else (made[0].unique_identifier, made[2].unique_identifier)


def _operator() -> Subject:
    """The person at the terminal, as the audit trail names it."""
    return operator(OWNER, "the operator, by init-ca")
