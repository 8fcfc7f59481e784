"""Making certificates (RFC 5280): what Certify and Re-certify sign, and the authority's own certificate.

A certificate from here is one of an end entity: whatever a request asks, it is no authority and may sign no
certificates. Names keep the string types in which the request or the attribute has them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes,
    CertificateIssuerPublicKeyTypes,
    CertificatePublicKeyTypes,
    PrivateKeyTypes,
)
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from kmip_server.crypto.keys import load_private
from kmip_server.crypto.subjects import alternative_names, name_of_text, subject_name
from kmip_server.errors import CryptographicFailure, InvalidField, KmipError
from kmip_server.ports.certifying import CertificatePlan, Issuer
from kmip_server.spec.enums import ResultReason
from kmip_server.spec.masks import CryptographicUsageMask as Mask

_SIGNING_KINDS = (
    rsa.RSAPrivateKey,
    ec.EllipticCurvePrivateKey,
    dsa.DSAPrivateKey,
    ed25519.Ed25519PrivateKey,
    ed448.Ed448PrivateKey,
    mldsa.MLDSA44PrivateKey,
    mldsa.MLDSA65PrivateKey,
    mldsa.MLDSA87PrivateKey,
)
_Kind = TypeVar("_Kind", bound=x509.ExtensionType)


def unusable(message: str) -> KmipError:
    """The authority of the server cannot issue: 2.1 Table 181 has no nearer reason than this."""
    return KmipError(f"the certificate authority of this server cannot issue: {message}", _UNUSABLE)


_UNUSABLE = ResultReason.FEATURE_NOT_SUPPORTED


def issue(plan: CertificatePlan, issuer: Issuer, now: int) -> bytes:
    """Make and sign the certificate of a plan, DER; raises Invalid Field for what no certificate can say."""
    key, authority = _authority(issuer, now)
    try:
        public = cast(CertificatePublicKeyTypes, load_der_public_key(plan.public_key))
        request = None if plan.request is None else x509.load_der_x509_csr(plan.request.pkcs10)
        subject = request.subject if request is not None else x509.Name([])
        if not list(subject):
            subject = subject_name(plan.subject, plan.public_key)
        begins, ends = _validity(plan, authority)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )
        for extension, critical in _extensions(plan, request, subject, public, authority):
            builder = builder.add_extension(extension, critical)
        return builder.sign(key, _hash_for(key)).public_bytes(Encoding.DER)
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.DuplicateExtension) as cause:
        raise InvalidField("No certificate can say what is asked") from cause


def self_signed(subject: str, private: bytes, days: int, now: int) -> bytes:
    """The certificate of a root authority for a key (PKCS#8, DER), whose name is as RFC 4514 writes it."""
    key = _signing_key(load_private(private, None, trusted=True))
    public = key.public_key()
    name = name_of_text(subject)
    if not list(name):
        raise InvalidField("The subject of an authority cannot be empty")
    begins = datetime.fromtimestamp(now, UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(int(Mask.CERTIFICATE_SIGN | Mask.CRL_SIGN), authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return builder.sign(key, _hash_for(key)).public_bytes(Encoding.DER)


def _require_authority(key: CertificateIssuerPrivateKeyTypes, certificate: x509.Certificate, now: int) -> None:
    """Pass if key and certificate belong together and may issue now; raises :func:`unusable`."""
    if key.public_key() != certificate.public_key():
        raise unusable("its key is not that of its certificate")
    moment = datetime.fromtimestamp(now, UTC)
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise unusable("its certificate is not valid now")
    constraints = _wanted(certificate.extensions, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise unusable("its certificate is not that of an authority")
    usage = _wanted(certificate.extensions, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise unusable("its certificate does not let its key sign certificates")


def _authority(issuer: Issuer, now: int) -> tuple[CertificateIssuerPrivateKeyTypes, x509.Certificate]:
    try:
        key = _signing_key(
            load_private(issuer.key, issuer.key_format_type, trusted=issuer.trusted, algorithm=issuer.algorithm)
        )
        certificate = x509.load_der_x509_certificate(issuer.certificate)
        _require_authority(key, certificate, now)
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as cause:
        raise unusable("its certificate cannot be read") from cause
    except CryptographicFailure as cause:
        raise unusable("its key cannot be read") from cause
    return key, certificate


def _signing_key(private: PrivateKeyTypes) -> CertificateIssuerPrivateKeyTypes:
    if not isinstance(private, _SIGNING_KINDS):
        raise unusable("its key is of a kind that signs no certificates")
    return private


def _hash_for(key: CertificateIssuerPrivateKeyTypes) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """As strong as the key (SP 800-57); None where the algorithm brings its own."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return hashes.SHA256() if key.key_size <= 256 else hashes.SHA384() if key.key_size <= 384 else hashes.SHA512()
    return hashes.SHA256() if isinstance(key, rsa.RSAPrivateKey | dsa.DSAPrivateKey) else None


def _validity(plan: CertificatePlan, authority: x509.Certificate) -> tuple[datetime, datetime]:
    begins = datetime.fromtimestamp(plan.not_before, UTC)
    limit = authority.not_valid_after_utc
    if plan.not_after is None:
        ends = min(begins + timedelta(days=plan.days), limit)
    else:
        ends = datetime.fromtimestamp(plan.not_after, UTC)
        if ends > limit:
            raise InvalidField("the certificate would outlive its authority")
    if ends < begins:
        raise InvalidField("the certificate would end before it begins")
    return begins, ends


# --- extensions -----------------------------------------------------------------------------------------


def _extensions(
    plan: CertificatePlan,
    request: x509.CertificateSigningRequest | None,
    subject: x509.Name,
    public: CertificatePublicKeyTypes,
    authority: x509.Certificate,
) -> list[tuple[x509.ExtensionType, bool]]:
    """What RFC 5280 §4.2.1 asks of a certificate of an end entity, and what the request wants besides."""
    wanted = x509.Extensions([]) if request is None else request.extensions
    found: list[tuple[x509.ExtensionType, bool]] = [(x509.BasicConstraints(ca=False, path_length=None), True)]
    usage = _wanted(wanted, x509.KeyUsage)
    if usage is not None and _says_something(usage):
        found.append((_without_signing(usage), True))
    elif plan.usage & _USAGE_BITS:
        found.append((_key_usage(plan.usage), True))
    extended = _wanted(wanted, x509.ExtendedKeyUsage)
    if plan.for_client:
        extended = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    if extended is not None:
        found.append((extended, False))
    alternatives = _wanted(wanted, x509.SubjectAlternativeName)
    if alternatives is None and (names := alternative_names(plan.subject)):
        alternatives = x509.SubjectAlternativeName(names)
    if alternatives is not None:
        # RFC 5280 §4.2.1.6: "If the subject field contains an empty sequence ... MUST mark ... as critical".
        found.append((alternatives, not list(subject)))
    elif not list(subject):
        raise InvalidField("the certificate has no subject")
    found.append((x509.SubjectKeyIdentifier.from_public_key(public), False))
    found.append((_authority_key_identifier(authority), False))
    return found


def _wanted(extensions: x509.Extensions, kind: type[_Kind]) -> _Kind | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _authority_key_identifier(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    try:
        own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(
            cast(CertificateIssuerPublicKeyTypes, authority.public_key())
        )
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


_USAGE_BITS = int(
    Mask.SIGN
    | Mask.VERIFY
    | Mask.CONTENT_COMMITMENT_NON_REPUDIATION
    | Mask.WRAP_KEY
    | Mask.UNWRAP_KEY
    | Mask.ENCRYPT
    | Mask.DECRYPT
    | Mask.KEY_AGREEMENT
)
"""The bits of a usage mask that a Key Usage extension of an end entity can say."""


def _key_usage(mask: int, *, authority: bool = False) -> x509.KeyUsage:
    """1.4 Table 96: X.509 Key Usage and Cryptographic Usage Mask."""
    return x509.KeyUsage(
        digital_signature=bool(mask & (Mask.SIGN | Mask.VERIFY)),
        content_commitment=bool(mask & Mask.CONTENT_COMMITMENT_NON_REPUDIATION),
        key_encipherment=bool(mask & (Mask.WRAP_KEY | Mask.UNWRAP_KEY)),
        data_encipherment=bool(mask & (Mask.ENCRYPT | Mask.DECRYPT)),
        key_agreement=bool(mask & Mask.KEY_AGREEMENT),
        key_cert_sign=authority and bool(mask & Mask.CERTIFICATE_SIGN),
        crl_sign=authority and bool(mask & Mask.CRL_SIGN),
        encipher_only=False,
        decipher_only=False,
    )


def _says_something(usage: x509.KeyUsage) -> bool:
    """RFC 5280 §4.2.1.3: "at least one of the bits MUST be set to 1", of those that are kept."""
    kept = (usage.digital_signature, usage.content_commitment, usage.key_encipherment, usage.data_encipherment)
    return any(kept) or usage.key_agreement


def _without_signing(usage: x509.KeyUsage) -> x509.KeyUsage:
    """The usage that a request wants, less what makes an authority."""
    return x509.KeyUsage(
        digital_signature=usage.digital_signature,
        content_commitment=usage.content_commitment,
        key_encipherment=usage.key_encipherment,
        data_encipherment=usage.data_encipherment,
        key_agreement=usage.key_agreement,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=usage.key_agreement and usage.encipher_only,
        decipher_only=usage.key_agreement and usage.decipher_only,
    )
