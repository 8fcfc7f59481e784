"""Managed objects and what they are made of (KMIP 2.1 §2, §3; 1.4 §2.1.3-§2.1.7, §2.2)."""

from __future__ import annotations

from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import (
    CertificateRequestType,
    CertificateType,
    CryptographicAlgorithm,
    EncodingOption,
    KeyCompressionType,
    KeyFormatType,
    ObjectType,
    RecommendedCurve,
    SecretDataType,
    SplitKeyMethod,
    WrappingMethod,
)
from kmip_server.spec.schema import Special, field, structure
from kmip_server.spec.structures.credential_objects import (
    CredentialObject,
    DeviceCredential,
    HashedPasswordCredential,
    OtpCredential,
    PasswordCredential,
)
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_1


@structure(Tag.KEY_MATERIAL)
class TransparentKeyMaterial:
    """The key material of every transparent format (2.1 §3.4-§3.12): each format uses its own fields.

    The fields of all formats fit one order, so that one class serves; which of them a format needs
    is checked where the key is read.
    """

    key: bytes | None = field(Tag.KEY, ItemType.BYTE_STRING, default=None)
    modulus: int | None = field(Tag.MODULUS, ItemType.BIG_INTEGER, default=None)
    private_exponent: int | None = field(Tag.PRIVATE_EXPONENT, ItemType.BIG_INTEGER, default=None)
    public_exponent: int | None = field(Tag.PUBLIC_EXPONENT, ItemType.BIG_INTEGER, default=None)
    p: int | None = field(Tag.P, ItemType.BIG_INTEGER, default=None)
    q: int | None = field(Tag.Q, ItemType.BIG_INTEGER, default=None)
    g: int | None = field(Tag.G, ItemType.BIG_INTEGER, default=None)
    j: int | None = field(Tag.J, ItemType.BIG_INTEGER, default=None)
    x: int | None = field(Tag.X, ItemType.BIG_INTEGER, default=None)
    y: int | None = field(Tag.Y, ItemType.BIG_INTEGER, default=None)
    prime_exponent_p: int | None = field(Tag.PRIME_EXPONENT_P, ItemType.BIG_INTEGER, default=None)
    prime_exponent_q: int | None = field(Tag.PRIME_EXPONENT_Q, ItemType.BIG_INTEGER, default=None)
    crt_coefficient: int | None = field(Tag.CRT_COEFFICIENT, ItemType.BIG_INTEGER, default=None)
    recommended_curve: RecommendedCurve | None = field(Tag.RECOMMENDED_CURVE, RecommendedCurve, default=None)
    d: int | None = field(Tag.D, ItemType.BIG_INTEGER, default=None)
    q_string: bytes | None = field(Tag.Q_STRING, ItemType.BYTE_STRING, default=None)

    def __repr__(self) -> str:
        return "TransparentKeyMaterial(<withheld>)"


@structure(Tag.KEY_VALUE)
class KeyValue:
    """Key material with the attributes that travel beside it (2.1 §3.2)."""

    key_material: bytes | TransparentKeyMaterial = field(Tag.KEY_MATERIAL, Special.KEY_MATERIAL)
    attributes: Attributes | None = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.ATTRIBUTE, default=None)

    def __repr__(self) -> str:
        return "KeyValue(<withheld>)"


@structure(Tag.ENCRYPTION_KEY_INFORMATION)
class EncryptionKeyInformation:
    """Which key encrypts a wrapped key, and how (2.1 §3.3)."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    cryptographic_parameters: CryptographicParameters | None = field(
        Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters, default=None
    )


@structure(Tag.MAC_SIGNATURE_KEY_INFORMATION)
class MacSignatureKeyInformation:
    """Which key authenticates a wrapped key, and how (2.1 §3.3)."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    cryptographic_parameters: CryptographicParameters | None = field(
        Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters, default=None
    )


@structure(Tag.KEY_WRAPPING_DATA)
class KeyWrappingData:
    """How a key that is kept or sent wrapped was wrapped (2.1 §3.3)."""

    wrapping_method: WrappingMethod = field(Tag.WRAPPING_METHOD, WrappingMethod)
    encryption_key_information: EncryptionKeyInformation | None = field(
        Tag.ENCRYPTION_KEY_INFORMATION, EncryptionKeyInformation, default=None
    )
    mac_signature_key_information: MacSignatureKeyInformation | None = field(
        Tag.MAC_SIGNATURE_KEY_INFORMATION, MacSignatureKeyInformation, default=None
    )
    mac_signature: bytes | None = field(Tag.MAC_SIGNATURE, ItemType.BYTE_STRING, default=None)
    iv_counter_nonce: bytes | None = field(Tag.IV_COUNTER_NONCE, ItemType.BYTE_STRING, default=None)
    encoding_option: EncodingOption | None = field(Tag.ENCODING_OPTION, EncodingOption, since=V1_1, default=None)


@structure(Tag.KEY_WRAPPING_SPECIFICATION)
class KeyWrappingSpecification:
    """How the client wants a key wrapped (2.1 §7.18)."""

    wrapping_method: WrappingMethod = field(Tag.WRAPPING_METHOD, WrappingMethod)
    encryption_key_information: EncryptionKeyInformation | None = field(
        Tag.ENCRYPTION_KEY_INFORMATION, EncryptionKeyInformation, default=None
    )
    mac_signature_key_information: MacSignatureKeyInformation | None = field(
        Tag.MAC_SIGNATURE_KEY_INFORMATION, MacSignatureKeyInformation, default=None
    )
    attribute_name: list[str] = field(Tag.ATTRIBUTE_NAME, ItemType.TEXT_STRING, default_factory=list)
    encoding_option: EncodingOption | None = field(Tag.ENCODING_OPTION, EncodingOption, since=V1_1, default=None)


@structure(Tag.KEY_BLOCK)
class KeyBlock:
    """The key and what it is (2.1 §3.1); wrapped, the key value is a byte string."""

    key_format_type: KeyFormatType = field(Tag.KEY_FORMAT_TYPE, KeyFormatType)
    key_compression_type: KeyCompressionType | None = field(Tag.KEY_COMPRESSION_TYPE, KeyCompressionType, default=None)
    key_value: KeyValue | bytes | None = field(Tag.KEY_VALUE, Special.KEY_VALUE, default=None)
    cryptographic_algorithm: CryptographicAlgorithm | None = field(
        Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm, default=None
    )
    cryptographic_length: int | None = field(Tag.CRYPTOGRAPHIC_LENGTH, ItemType.INTEGER, default=None)
    key_wrapping_data: KeyWrappingData | None = field(Tag.KEY_WRAPPING_DATA, KeyWrappingData, default=None)

    def __repr__(self) -> str:
        return f"KeyBlock({self.key_format_type.title}, <withheld>)"


@structure(Tag.SYMMETRIC_KEY)
class SymmetricKey:
    """A symmetric key (2.1 §2.9)."""

    key_block: KeyBlock = field(Tag.KEY_BLOCK, KeyBlock)


@structure(Tag.PUBLIC_KEY)
class PublicKey:
    """The public half of a key pair (2.1 §2.6)."""

    key_block: KeyBlock = field(Tag.KEY_BLOCK, KeyBlock)


@structure(Tag.PRIVATE_KEY)
class PrivateKey:
    """The private half of a key pair (2.1 §2.5)."""

    key_block: KeyBlock = field(Tag.KEY_BLOCK, KeyBlock)


@structure(Tag.SPLIT_KEY)
class SplitKey:
    """One part of a split key (2.1 §2.8)."""

    split_key_parts: int = field(Tag.SPLIT_KEY_PARTS, ItemType.INTEGER)
    key_part_identifier: int = field(Tag.KEY_PART_IDENTIFIER, ItemType.INTEGER)
    split_key_threshold: int = field(Tag.SPLIT_KEY_THRESHOLD, ItemType.INTEGER)
    split_key_method: SplitKeyMethod = field(Tag.SPLIT_KEY_METHOD, SplitKeyMethod)
    prime_field_size: int | None = field(Tag.PRIME_FIELD_SIZE, ItemType.BIG_INTEGER, default=None)
    key_block: KeyBlock = field(Tag.KEY_BLOCK, KeyBlock)


@structure(Tag.SECRET_DATA)
class SecretData:
    """A password, a seed or another shared secret (2.1 §2.7)."""

    secret_data_type: SecretDataType = field(Tag.SECRET_DATA_TYPE, SecretDataType)
    key_block: KeyBlock = field(Tag.KEY_BLOCK, KeyBlock)


@structure(Tag.PGP_KEY)
class PgpKey:
    """A PGP key (2.1 §2.4)."""

    pgp_key_version: int = field(Tag.PGP_KEY_VERSION, ItemType.INTEGER)
    key_block: KeyBlock = field(Tag.KEY_BLOCK, KeyBlock)


@structure(Tag.CERTIFICATE)
class Certificate:
    """A certificate (2.1 §2.1)."""

    certificate_type: CertificateType = field(Tag.CERTIFICATE_TYPE, CertificateType)
    certificate_value: bytes = field(Tag.CERTIFICATE_VALUE, ItemType.BYTE_STRING)


@structure(Tag.CERTIFICATE_REQUEST)
class CertificateRequest:
    """A certificate request as an object (2.1 §2.2)."""

    certificate_request_type: CertificateRequestType = field(Tag.CERTIFICATE_REQUEST_TYPE, CertificateRequestType)
    certificate_request_value: bytes = field(Tag.CERTIFICATE_REQUEST_VALUE, ItemType.BYTE_STRING)


@structure(Tag.OPAQUE_OBJECT)
class OpaqueObject:
    """Bytes that the server keeps and does not understand (2.1 §2.3)."""

    opaque_data_type: int = field(Tag.OPAQUE_DATA_TYPE, ItemType.ENUMERATION)
    """The standard defines no value: every one is an extension (2.1 §11.35)."""
    opaque_data_value: bytes = field(Tag.OPAQUE_DATA_VALUE, ItemType.BYTE_STRING)

    def __repr__(self) -> str:
        return "OpaqueObject(<withheld>)"


@structure(Tag.TEMPLATE)
class Template:
    """Named attributes for objects to be made (1.4 §2.2.6; gone with 2.0)."""

    attributes: Attributes = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.ATTRIBUTE)


ManagedObjectStructure = (
    Certificate
    | CertificateRequest
    | CredentialObject
    | OpaqueObject
    | PgpKey
    | PrivateKey
    | PublicKey
    | SecretData
    | SplitKey
    | SymmetricKey
    | Template
)

OBJECT_STRUCTURES: dict[ObjectType, type[ManagedObjectStructure]] = {
    ObjectType.CERTIFICATE: Certificate,
    ObjectType.SYMMETRIC_KEY: SymmetricKey,
    ObjectType.PUBLIC_KEY: PublicKey,
    ObjectType.PRIVATE_KEY: PrivateKey,
    ObjectType.SPLIT_KEY: SplitKey,
    ObjectType.TEMPLATE: Template,
    ObjectType.SECRET_DATA: SecretData,
    ObjectType.OPAQUE_OBJECT: OpaqueObject,
    ObjectType.PGP_KEY: PgpKey,
    ObjectType.CERTIFICATE_REQUEST: CertificateRequest,
    ObjectType.PASSWORD_CREDENTIAL: PasswordCredential,
    ObjectType.DEVICE_CREDENTIAL: DeviceCredential,
    ObjectType.ONE_TIME_PASSWORD_CREDENTIAL: OtpCredential,
    ObjectType.HASHED_PASSWORD_CREDENTIAL: HashedPasswordCredential,
}
"""Which structure holds an object of which type."""
