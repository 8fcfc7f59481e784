"""What an X.509 certificate says: the attributes that the server sets from it (KMIP 2.1 §4.3-§4.7, §4.68-§4.70).

Names and serial number are taken from the certificate's own bytes, so that they come back exactly as the
issuer wrote them, whatever a library thinks of them (negative serial numbers, odd string types).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import NameOID, ObjectIdentifier, SignatureAlgorithmOID

from kmip_server.crypto.describe import KeyFacts, facts_of
from kmip_server.errors import InvalidField, KmipError
from kmip_server.spec.enums import DigitalSignatureAlgorithm
from kmip_server.spec.masks import CryptographicUsageMask as Mask

_SUBJECT_ALTERNATIVE_NAME = ObjectIdentifier("2.5.29.17")
_ISSUER_ALTERNATIVE_NAME = ObjectIdentifier("2.5.29.18")

NAME_PARTS: dict[ObjectIdentifier, str] = {
    NameOID.COMMON_NAME: "CN",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.EMAIL_ADDRESS: "EMAIL",
    NameOID.COUNTRY_NAME: "C",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.LOCALITY_NAME: "L",
    NameOID.USER_ID: "UID",
    NameOID.SERIAL_NUMBER: "SERIAL_NUMBER",
    NameOID.TITLE: "TITLE",
    NameOID.DOMAIN_COMPONENT: "DC",
    NameOID.DN_QUALIFIER: "DN_QUALIFIER",
}
"""The parts of a name that 1.4 made attributes; the text ends the tag ``CERTIFICATE_SUBJECT_...``."""

_SIGNATURE_OIDS: dict[ObjectIdentifier, DigitalSignatureAlgorithm] = {
    SignatureAlgorithmOID.RSA_WITH_MD5: DigitalSignatureAlgorithm.MD5_WITH_RSA_ENCRYPTION,
    SignatureAlgorithmOID.RSA_WITH_SHA1: DigitalSignatureAlgorithm.SHA_1_WITH_RSA_ENCRYPTION,
    SignatureAlgorithmOID.RSA_WITH_SHA224: DigitalSignatureAlgorithm.SHA_224_WITH_RSA_ENCRYPTION,
    SignatureAlgorithmOID.RSA_WITH_SHA256: DigitalSignatureAlgorithm.SHA_256_WITH_RSA_ENCRYPTION,
    SignatureAlgorithmOID.RSA_WITH_SHA384: DigitalSignatureAlgorithm.SHA_384_WITH_RSA_ENCRYPTION,
    SignatureAlgorithmOID.RSA_WITH_SHA512: DigitalSignatureAlgorithm.SHA_512_WITH_RSA_ENCRYPTION,
    SignatureAlgorithmOID.RSA_WITH_SHA3_256: DigitalSignatureAlgorithm.SHA3_256_WITH_RSA_ENCRYPTION,
    SignatureAlgorithmOID.RSA_WITH_SHA3_384: DigitalSignatureAlgorithm.SHA3_384_WITH_RSA_ENCRYPTION,
    SignatureAlgorithmOID.RSA_WITH_SHA3_512: DigitalSignatureAlgorithm.SHA3_512_WITH_RSA_ENCRYPTION,
    SignatureAlgorithmOID.RSASSA_PSS: DigitalSignatureAlgorithm.RSASSA_PSS,
    SignatureAlgorithmOID.DSA_WITH_SHA1: DigitalSignatureAlgorithm.DSA_WITH_SHA_1,
    SignatureAlgorithmOID.DSA_WITH_SHA224: DigitalSignatureAlgorithm.DSA_WITH_SHA224,
    SignatureAlgorithmOID.DSA_WITH_SHA256: DigitalSignatureAlgorithm.DSA_WITH_SHA256,
    SignatureAlgorithmOID.ECDSA_WITH_SHA1: DigitalSignatureAlgorithm.ECDSA_WITH_SHA_1,
    SignatureAlgorithmOID.ECDSA_WITH_SHA224: DigitalSignatureAlgorithm.ECDSA_WITH_SHA224,
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: DigitalSignatureAlgorithm.ECDSA_WITH_SHA256,
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: DigitalSignatureAlgorithm.ECDSA_WITH_SHA384,
    SignatureAlgorithmOID.ECDSA_WITH_SHA512: DigitalSignatureAlgorithm.ECDSA_WITH_SHA512,
}
MD2_WITH_RSA = ObjectIdentifier("1.2.840.113549.1.1.2")
_SIGNATURE_OIDS[MD2_WITH_RSA] = DigitalSignatureAlgorithm.MD2_WITH_RSA_ENCRYPTION


@dataclass(frozen=True, slots=True)
class NameFacts:
    """A distinguished name: its DER, its text as RFC 4514 writes it, its parts, its alternative names."""

    der: bytes
    text: str
    parts: dict[str, tuple[str, ...]]
    """By the values of NAME_PARTS, in the certificate's order."""
    alternative_der: tuple[bytes, ...]
    """Each General Name as it stands in the extension (RFC 5280 §4.2.1.6)."""
    alternative_text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What the server knows of a certificate."""

    length: int
    """Certificate Length: bytes of the certificate."""
    subject: NameFacts
    issuer: NameFacts
    serial_number_der: bytes
    """The INTEGER of the certificate, tag and length included, as the published test cases have it."""
    serial_number_text: str
    """Hexadecimal, in capitals (1.0 Certificate Identifier)."""
    key: KeyFacts | None
    """None where the key is of a kind that this server does not know."""
    digital_signature_algorithm: DigitalSignatureAlgorithm | None
    usage: int
    """What its Key Usage lets the public key in it do; no bit where it does not say."""
    not_before: datetime
    not_after: datetime


def describe_certificate(der: bytes) -> CertificateFacts:
    """Read a DER certificate; raises Invalid Field for bytes that are none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's opinion of serial numbers and encodings is no fact
            return _facts(der)
    except (ValueError, TypeError, IndexError, UnsupportedAlgorithm, OverflowError) as cause:
        raise InvalidField("The Certificate Value is not an X.509 certificate") from cause


def _facts(der: bytes) -> CertificateFacts:
    certificate = x509.load_der_x509_certificate(der)
    fields = _elements(_content(certificate.tbs_certificate_bytes))
    if fields[0][0] == 0xA0:  # [0] EXPLICIT Version, absent in version 1
        fields = fields[1:]
    serial, issuer, subject = fields[0], fields[2], fields[4]
    number = int.from_bytes(_content(serial), "big", signed=True)
    text = f"{abs(number):X}"
    return CertificateFacts(
        length=len(der),
        subject=_name(subject, certificate.subject, certificate, _SUBJECT_ALTERNATIVE_NAME),
        issuer=_name(issuer, certificate.issuer, certificate, _ISSUER_ALTERNATIVE_NAME),
        serial_number_der=serial,
        serial_number_text=("-" if number < 0 else "") + text.zfill(len(text) + len(text) % 2),
        key=_key(certificate),
        digital_signature_algorithm=_SIGNATURE_OIDS.get(certificate.signature_algorithm_oid),
        usage=_usage(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


_USAGES = {
    "digital_signature": Mask.VERIFY,
    "content_commitment": Mask.CONTENT_COMMITMENT_NON_REPUDIATION,
    "key_encipherment": Mask.WRAP_KEY,
    "data_encipherment": Mask.ENCRYPT,
    "key_agreement": Mask.KEY_AGREEMENT,
    "key_cert_sign": Mask.CERTIFICATE_SIGN,
    "crl_sign": Mask.CRL_SIGN,
}
"""1.4 Table 96, of its pairs the use that a public key has."""


def _usage(certificate: x509.Certificate) -> int:
    """1.4 §3.19: "X.509 Key Usage values SHALL be mapped to Cryptographic Usage Mask values"."""
    try:
        said = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return 0
    mask = 0
    for name, bit in _USAGES.items():
        if getattr(said, name):
            mask |= bit
    if said.key_agreement:  # the two are undefined without it (RFC 5280 §4.2.1.3)
        mask |= Mask.ENCRYPT if said.encipher_only else 0
        mask |= Mask.DECRYPT if said.decipher_only else 0
    return int(mask)


def _key(certificate: x509.Certificate) -> KeyFacts | None:
    try:
        return facts_of(cast(PublicKeyTypes, certificate.public_key()))
    except (ValueError, UnsupportedAlgorithm, KmipError):
        return None


def _name(der: bytes, name: x509.Name, certificate: x509.Certificate, extension: ObjectIdentifier) -> NameFacts:
    parts: dict[str, tuple[str, ...]] = {}
    for attribute in name:
        part = NAME_PARTS.get(attribute.oid)
        if part is not None and isinstance(attribute.value, str):
            parts[part] = (*parts.get(part, ()), attribute.value)
    try:
        value = certificate.extensions.get_extension_for_oid(extension).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return NameFacts(der, text_of(name), parts, (), ())
    names = cast("x509.SubjectAlternativeName | x509.IssuerAlternativeName", value)
    return NameFacts(
        der,
        text_of(name),
        parts,
        tuple(_elements(_content(names.public_bytes()))),
        tuple(text_of(one.value) if isinstance(one.value, x509.Name) else str(one.value) for one in names),
    )


def text_of(name: x509.Name) -> str:
    """A name as RFC 4514 writes it."""
    return name.rfc4514_string({NameOID.EMAIL_ADDRESS: "E"})


def _header(der: bytes) -> tuple[int, int]:
    """Return where the content of the first element starts, and where it ends (X.690 §8.1)."""
    length, start = der[1], 2
    if length & 0x80:
        start = 2 + (length & 0x7F)
        length = int.from_bytes(der[2:start], "big")
    if start + length > len(der):
        raise ValueError("a DER element is cut short")
    return start, start + length


def _content(der: bytes) -> bytes:
    start, end = _header(der)
    return der[start:end]


def _elements(content: bytes) -> list[bytes]:
    """Split the content of a SEQUENCE into its elements; one-byte tags, as names and numbers have."""
    found = []
    while content:
        _, end = _header(content)
        found.append(content[:end])
        content = content[end:]
    return found
