"""Cryptographic parameters and their kin (KMIP 2.1 §4.14-§4.16, §7.12, §7.36)."""

from __future__ import annotations

from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    DigitalSignatureAlgorithm,
    DrbgAlgorithm,
    Fips186Variation,
    HashingAlgorithm,
    KeyRoleType,
    MaskGenerator,
    PaddingMethod,
    RecommendedCurve,
    RngAlgorithm,
)
from kmip_server.spec.schema import field, structure
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_2, V1_4


@structure(Tag.CRYPTOGRAPHIC_PARAMETERS)
class CryptographicParameters:
    """How a key is to be used (2.1 §4.16, 1.4 §3.6)."""

    block_cipher_mode: BlockCipherMode | None = field(Tag.BLOCK_CIPHER_MODE, BlockCipherMode, default=None)
    padding_method: PaddingMethod | None = field(Tag.PADDING_METHOD, PaddingMethod, default=None)
    hashing_algorithm: HashingAlgorithm | None = field(Tag.HASHING_ALGORITHM, HashingAlgorithm, default=None)
    key_role_type: KeyRoleType | None = field(Tag.KEY_ROLE_TYPE, KeyRoleType, default=None)
    digital_signature_algorithm: DigitalSignatureAlgorithm | None = field(
        Tag.DIGITAL_SIGNATURE_ALGORITHM, DigitalSignatureAlgorithm, since=V1_2, default=None
    )
    cryptographic_algorithm: CryptographicAlgorithm | None = field(
        Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm, since=V1_2, default=None
    )
    random_iv: bool | None = field(Tag.RANDOM_IV, ItemType.BOOLEAN, since=V1_2, default=None)
    iv_length: int | None = field(Tag.IV_LENGTH, ItemType.INTEGER, since=V1_2, default=None)
    tag_length: int | None = field(Tag.TAG_LENGTH, ItemType.INTEGER, since=V1_2, default=None)
    fixed_field_length: int | None = field(Tag.FIXED_FIELD_LENGTH, ItemType.INTEGER, since=V1_2, default=None)
    invocation_field_length: int | None = field(Tag.INVOCATION_FIELD_LENGTH, ItemType.INTEGER, since=V1_2, default=None)
    counter_length: int | None = field(Tag.COUNTER_LENGTH, ItemType.INTEGER, since=V1_2, default=None)
    initial_counter_value: int | None = field(Tag.INITIAL_COUNTER_VALUE, ItemType.INTEGER, since=V1_2, default=None)
    salt_length: int | None = field(Tag.SALT_LENGTH, ItemType.INTEGER, since=V1_4, default=None)
    mask_generator: MaskGenerator | None = field(Tag.MASK_GENERATOR, MaskGenerator, since=V1_4, default=None)
    mask_generator_hashing_algorithm: HashingAlgorithm | None = field(
        Tag.MASK_GENERATOR_HASHING_ALGORITHM, HashingAlgorithm, since=V1_4, default=None
    )
    p_source: bytes | None = field(Tag.P_SOURCE, ItemType.BYTE_STRING, since=V1_4, default=None)
    trailer_field: int | None = field(Tag.TRAILER_FIELD, ItemType.INTEGER, since=V1_4, default=None)


@structure(Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS)
class CryptographicDomainParameters:
    """The curve, or the length of Q, of a key pair to be made (2.1 §4.14)."""

    qlength: int | None = field(Tag.QLENGTH, ItemType.INTEGER, default=None)
    recommended_curve: RecommendedCurve | None = field(Tag.RECOMMENDED_CURVE, RecommendedCurve, default=None)


@structure(Tag.RNG_PARAMETERS)
class RngParameters:
    """Which random number generator made a key (2.1 §7.36, 1.3 §2.1.18)."""

    rng_algorithm: RngAlgorithm = field(Tag.RNG_ALGORITHM, RngAlgorithm)
    cryptographic_algorithm: CryptographicAlgorithm | None = field(
        Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm, default=None
    )
    cryptographic_length: int | None = field(Tag.CRYPTOGRAPHIC_LENGTH, ItemType.INTEGER, default=None)
    hashing_algorithm: HashingAlgorithm | None = field(Tag.HASHING_ALGORITHM, HashingAlgorithm, default=None)
    drbg_algorithm: DrbgAlgorithm | None = field(Tag.DRBG_ALGORITHM, DrbgAlgorithm, default=None)
    recommended_curve: RecommendedCurve | None = field(Tag.RECOMMENDED_CURVE, RecommendedCurve, default=None)
    fips186_variation: Fips186Variation | None = field(Tag.FIPS186_VARIATION, Fips186Variation, default=None)
    prediction_resistance: bool | None = field(Tag.PREDICTION_RESISTANCE, ItemType.BOOLEAN, default=None)


@structure(Tag.DERIVATION_PARAMETERS)
class DerivationParameters:
    """What a key is derived from, beside the base key (2.1 §7.12)."""

    cryptographic_parameters: CryptographicParameters | None = field(
        Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters, default=None
    )
    initialization_vector: bytes | None = field(Tag.INITIALIZATION_VECTOR, ItemType.BYTE_STRING, default=None)
    derivation_data: list[bytes] = field(Tag.DERIVATION_DATA, ItemType.BYTE_STRING, default_factory=list)
    """Since 2.0 "May be repeated": AWS Signature Version 4 takes three."""
    salt: bytes | None = field(Tag.SALT, ItemType.BYTE_STRING, default=None)
    iteration_count: int | None = field(Tag.ITERATION_COUNT, ItemType.INTEGER, default=None)
