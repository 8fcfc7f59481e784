"""Attributes that are structures (KMIP 2.1 §4, 1.4 §3)."""

from __future__ import annotations

from kmip_server.spec.enums import (
    AlternativeNameType,
    HashingAlgorithm,
    KeyFormatType,
    KeyValueLocationType,
    LinkType,
    NameType,
    RevocationReasonCode,
    RotateNameType,
    UsageLimitsUnit,
)
from kmip_server.spec.schema import Special, field, structure
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_1


@structure(Tag.NAME)
class Name:
    """A name the client gave (2.1 §4.32)."""

    name_value: str = field(Tag.NAME_VALUE, ItemType.TEXT_STRING)
    name_type: NameType = field(Tag.NAME_TYPE, NameType)


@structure(Tag.CERTIFICATE_IDENTIFIER)
class CertificateIdentifier:
    """Issuer and serial number as text (1.0 §3.9; gone with 2.0)."""

    issuer: str = field(Tag.ISSUER, ItemType.TEXT_STRING)
    serial_number: str | None = field(Tag.SERIAL_NUMBER, ItemType.TEXT_STRING, default=None)


@structure(Tag.CERTIFICATE_SUBJECT)
class CertificateSubject:
    """The subject of a certificate as text (1.0 §3.10; gone with 2.0)."""

    certificate_subject_distinguished_name: str = field(
        Tag.CERTIFICATE_SUBJECT_DISTINGUISHED_NAME, ItemType.TEXT_STRING
    )
    certificate_subject_alternative_name: list[str] = field(
        Tag.CERTIFICATE_SUBJECT_ALTERNATIVE_NAME, ItemType.TEXT_STRING, default_factory=list
    )


@structure(Tag.CERTIFICATE_ISSUER)
class CertificateIssuer:
    """The issuer of a certificate as text (1.0 §3.11; gone with 2.0)."""

    certificate_issuer_distinguished_name: str = field(Tag.CERTIFICATE_ISSUER_DISTINGUISHED_NAME, ItemType.TEXT_STRING)
    certificate_issuer_alternative_name: list[str] = field(
        Tag.CERTIFICATE_ISSUER_ALTERNATIVE_NAME, ItemType.TEXT_STRING, default_factory=list
    )


@structure(Tag.X_509_CERTIFICATE_IDENTIFIER)
class X509CertificateIdentifier:
    """Issuer and serial number as DER (2.1 §4.61)."""

    issuer_distinguished_name: bytes = field(Tag.ISSUER_DISTINGUISHED_NAME, ItemType.BYTE_STRING)
    certificate_serial_number: bytes = field(Tag.CERTIFICATE_SERIAL_NUMBER, ItemType.BYTE_STRING)


@structure(Tag.X_509_CERTIFICATE_SUBJECT)
class X509CertificateSubject:
    """The subject of a certificate as DER (2.1 §4.63)."""

    subject_distinguished_name: bytes = field(Tag.SUBJECT_DISTINGUISHED_NAME, ItemType.BYTE_STRING)
    subject_alternative_name: list[bytes] = field(
        Tag.SUBJECT_ALTERNATIVE_NAME, ItemType.BYTE_STRING, default_factory=list
    )


@structure(Tag.X_509_CERTIFICATE_ISSUER)
class X509CertificateIssuer:
    """The issuer of a certificate as DER (2.1 §4.62)."""

    issuer_distinguished_name: bytes = field(Tag.ISSUER_DISTINGUISHED_NAME, ItemType.BYTE_STRING)
    issuer_alternative_name: list[bytes] = field(
        Tag.ISSUER_ALTERNATIVE_NAME, ItemType.BYTE_STRING, default_factory=list
    )


@structure(Tag.DIGEST)
class Digest:
    """A digest of the key value (2.1 §4.21)."""

    hashing_algorithm: HashingAlgorithm = field(Tag.HASHING_ALGORITHM, HashingAlgorithm)
    digest_value: bytes | None = field(Tag.DIGEST_VALUE, ItemType.BYTE_STRING, default=None)
    key_format_type: KeyFormatType | None = field(Tag.KEY_FORMAT_TYPE, KeyFormatType, since=V1_1, default=None)


@structure(Tag.USAGE_LIMITS)
class UsageLimits:
    """How often, or on how much, a key may still be used (2.1 §7.40)."""

    usage_limits_total: int = field(Tag.USAGE_LIMITS_TOTAL, ItemType.LONG_INTEGER)
    usage_limits_count: int | None = field(Tag.USAGE_LIMITS_COUNT, ItemType.LONG_INTEGER, default=None)
    """What is left; a client that sets the limits leaves it out (2.1 §7.40)."""
    usage_limits_unit: UsageLimitsUnit = field(Tag.USAGE_LIMITS_UNIT, UsageLimitsUnit)


@structure(Tag.REVOCATION_REASON)
class RevocationReason:
    """Why an object was revoked (2.1 §4.47)."""

    revocation_reason_code: RevocationReasonCode = field(Tag.REVOCATION_REASON_CODE, RevocationReasonCode)
    revocation_message: str | None = field(Tag.REVOCATION_MESSAGE, ItemType.TEXT_STRING, default=None)


@structure(Tag.LINK)
class Link:
    """A pointer to another managed object (2.1 §4.31)."""

    link_type: LinkType = field(Tag.LINK_TYPE, LinkType)
    linked_object_identifier: str = field(Tag.LINKED_OBJECT_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@structure(Tag.APPLICATION_SPECIFIC_INFORMATION)
class ApplicationSpecificInformation:
    """Data an application keeps at an object (2.1 §4.4)."""

    application_namespace: str = field(Tag.APPLICATION_NAMESPACE, ItemType.TEXT_STRING)
    application_data: str | None = field(Tag.APPLICATION_DATA, ItemType.TEXT_STRING, default=None)


@structure(Tag.ALTERNATIVE_NAME)
class AlternativeName:
    """Another name of an object, not unique (2.1 §4.2)."""

    alternative_name_value: str = field(Tag.ALTERNATIVE_NAME_VALUE, ItemType.TEXT_STRING)
    alternative_name_type: AlternativeNameType = field(Tag.ALTERNATIVE_NAME_TYPE, AlternativeNameType)


@structure(Tag.KEY_VALUE_LOCATION)
class KeyValueLocation:
    """Where a key value is, if it is not here (2.1 §4.27)."""

    key_value_location_value: str = field(Tag.KEY_VALUE_LOCATION_VALUE, ItemType.TEXT_STRING)
    key_value_location_type: KeyValueLocationType = field(Tag.KEY_VALUE_LOCATION_TYPE, KeyValueLocationType)


@structure(Tag.ROTATE_NAME)
class RotateName:
    """The name a rotated object takes (2.1 §4.53)."""

    rotate_name_value: str = field(Tag.ROTATE_NAME_VALUE, ItemType.TEXT_STRING)
    rotate_name_type: RotateNameType = field(Tag.ROTATE_NAME_TYPE, RotateNameType)
