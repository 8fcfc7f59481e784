"""What an object tells of itself: algorithm, length, names in a certificate (KMIP 2.1 §4.13, §4.15, §4.6)."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.errors import InvalidField, KmipError
from kmip_server.ports import Context
from kmip_server.spec.enums import CertificateType, CryptographicAlgorithm, KeyFormatType, ResultReason, SplitKeyMethod
from kmip_server.spec.structures.attributes import (
    CertificateIdentifier,
    CertificateIssuer,
    CertificateSubject,
    X509CertificateIdentifier,
    X509CertificateIssuer,
    X509CertificateSubject,
)
from kmip_server.spec.structures.keys import (
    Certificate,
    CertificateRequest,
    KeyBlock,
    KeyValue,
    ManagedObjectStructure,
    PgpKey,
    PrivateKey,
    PublicKey,
    SecretData,
    SplitKey,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_0


def describe(structure: ManagedObjectStructure, attributes: AttributeMap, ctx: Context) -> None:
    """Set the attributes that the object itself determines; what contradicts it is refused."""
    if isinstance(structure, Certificate):
        attributes.put(Tag.CERTIFICATE_TYPE, structure.certificate_type)
        # 2.1 §4.8: "the length in bytes of the Certificate object", of whatever type.
        attributes.put(Tag.CERTIFICATE_LENGTH, len(structure.certificate_value))
        if structure.certificate_type is CertificateType.X_509:
            _describe_certificate(structure, attributes, ctx)
        return
    if isinstance(structure, CertificateRequest):
        _describe_request(structure, attributes, ctx)
        return
    if isinstance(structure, SplitKey):
        _require_part(structure)
    if isinstance(structure, PgpKey):
        _require_pgp(structure)
    block = getattr(structure, "key_block", None)
    if isinstance(block, KeyBlock):
        _describe_key(block, attributes, ctx, closed=_is_closed(structure, block.key_format_type))
        if isinstance(structure, SecretData) and ctx.version >= V2_0:
            _describe_secret(block, attributes)


def _is_closed(structure: ManagedObjectStructure, key_format: KeyFormatType) -> bool:
    """Whether the bytes say nothing of the key: 2.1 §2.4 wants a PGP key's "as an opaque blob"."""
    if isinstance(structure, PgpKey):
        return True
    return key_format is KeyFormatType.OPAQUE and isinstance(structure, PublicKey | PrivateKey)


def _require_pgp(key: PgpKey) -> None:
    """2.1 §2.4: "Two different versions of PGP keys, version 3 and version 4, MAY be stored"."""
    if key.pgp_key_version not in (3, 4):
        raise InvalidField("the PGP Key Version is neither 3 nor 4")


def _describe_request(structure: CertificateRequest, attributes: AttributeMap, ctx: Context) -> None:
    """Algorithm and length of the key that is to be certified; a request that proves nothing tells nothing."""
    try:
        facts = ctx.ciphers.read_certificate_request(
            structure.certificate_request_type, structure.certificate_request_value
        )
    except KmipError:
        return  # kept all the same, and refused when it is to be certified
    _put_own(*_told(KeyFormatType.X_509, facts.public_key, ctx), attributes)


def _require_part(part: SplitKey) -> None:
    """2.1 §2.8: the identifier "SHALL be at least 1 and SHALL be less than or equal to Split Key Parts"."""
    if not 1 <= part.key_part_identifier <= part.split_key_parts:
        raise InvalidField("the Key Part Identifier is none of the Split Key Parts")
    if not 1 <= part.split_key_threshold <= part.split_key_parts:
        raise InvalidField("the Split Key Threshold is none of the Split Key Parts")
    sized = part.split_key_method is SplitKeyMethod.POLYNOMIAL_SHARING_PRIME_FIELD
    if sized and (part.prime_field_size or 0) < 2:
        raise InvalidField("Polynomial Sharing Prime Field needs a Prime Field Size")


def _describe_key(block: KeyBlock, attributes: AttributeMap, ctx: Context, *, closed: bool) -> None:
    """Algorithm and length stand in the block, in the attributes, or can be read from the key (1.4 §2.1.3)."""
    algorithm, length = block.cryptographic_algorithm, block.cryptographic_length
    if (algorithm is None or length is None) and isinstance(block.key_value, KeyValue):
        if block.key_wrapping_data is None and not closed:
            told_algorithm, told_length = _told(block.key_format_type, block.key_value.key_material, ctx)
            algorithm, length = algorithm or told_algorithm, length or told_length
    _put_own(algorithm, length, attributes)


def _put_own(algorithm: CryptographicAlgorithm | None, length: int | None, attributes: AttributeMap) -> None:
    """What the object says of itself is an attribute of it; what the client said besides must agree."""
    for tag, value in ((Tag.CRYPTOGRAPHIC_ALGORITHM, algorithm), (Tag.CRYPTOGRAPHIC_LENGTH, length)):
        if value is None:
            continue
        given = attributes.one(tag)
        if given is not None and given != value:
            raise InvalidField(f"the {tag.title} given is not the key's", ResultReason.INVALID_ATTRIBUTE_VALUE)
        attributes.put(tag, value)


def _describe_secret(block: KeyBlock, attributes: AttributeMap) -> None:
    """2.1 §4.15: a length "SHALL always" be there, "Except for Opaque Object": a secret has that of its bytes.

    1.x gave it to "Keys, Certificates, Templates" (1.4 Table 84) and to no secret that was not registered with one.
    """
    value = block.key_value
    if Tag.CRYPTOGRAPHIC_LENGTH in attributes or not isinstance(value, KeyValue):
        return
    if block.key_wrapping_data is None and isinstance(value.key_material, bytes):
        attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, len(value.key_material) * 8)


def _told(key_format: KeyFormatType, material: Any, ctx: Context) -> tuple[CryptographicAlgorithm | None, int | None]:
    """What the key says of itself; one that nobody can read says nothing and is stored all the same."""
    try:
        facts = ctx.ciphers.describe(material, key_format)
    except KmipError:
        return None, None
    return facts.algorithm, facts.length


def _describe_certificate(structure: Certificate, attributes: AttributeMap, ctx: Context) -> None:
    put = attributes.put
    try:
        facts: Any = ctx.ciphers.describe_certificate(structure.certificate_value)
    except KmipError:
        # Stored without being believed: a certificate nobody can read keeps the attributes the client gave.
        return
    if facts.key is not None:
        put(Tag.CRYPTOGRAPHIC_ALGORITHM, facts.key.algorithm)
        put(Tag.CRYPTOGRAPHIC_LENGTH, facts.key.length)
    put(Tag.DIGITAL_SIGNATURE_ALGORITHM, facts.digital_signature_algorithm)
    if Tag.CRYPTOGRAPHIC_USAGE_MASK not in attributes and facts.usage:
        put(Tag.CRYPTOGRAPHIC_USAGE_MASK, int(facts.usage))
    subject, issuer = facts.subject, facts.issuer
    put(
        Tag.X_509_CERTIFICATE_IDENTIFIER,
        X509CertificateIdentifier(
            issuer_distinguished_name=issuer.der, certificate_serial_number=facts.serial_number_der
        ),
    )
    put(
        Tag.X_509_CERTIFICATE_SUBJECT,
        X509CertificateSubject(
            subject_distinguished_name=subject.der, subject_alternative_name=list(subject.alternative_der)
        ),
    )
    put(
        Tag.X_509_CERTIFICATE_ISSUER,
        X509CertificateIssuer(
            issuer_distinguished_name=issuer.der, issuer_alternative_name=list(issuer.alternative_der)
        ),
    )
    put(Tag.CERTIFICATE_IDENTIFIER, CertificateIdentifier(issuer=issuer.text, serial_number=facts.serial_number_text))
    put(
        Tag.CERTIFICATE_SUBJECT,
        CertificateSubject(
            certificate_subject_distinguished_name=subject.text,
            certificate_subject_alternative_name=list(subject.alternative_text),
        ),
    )
    put(
        Tag.CERTIFICATE_ISSUER,
        CertificateIssuer(
            certificate_issuer_distinguished_name=issuer.text,
            certificate_issuer_alternative_name=list(issuer.alternative_text),
        ),
    )
    for who, name in (("SUBJECT", subject), ("ISSUER", issuer)):
        for part, values in name.parts.items():
            tag = Tag[f"CERTIFICATE_{who}_{part}"]
            attributes.remove_all(tag)
            for value in values:
                attributes.add(tag, value)
