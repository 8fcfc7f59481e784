"""What Query answers with (KMIP 2.1 §6.1.40, §7)."""

from __future__ import annotations

from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import (
    DestroyAction,
    ObjectType,
    Operation,
    ProfileName,
    QueryFunction,
    RngMode,
    ShreddingAlgorithm,
    UnwrapMode,
    ValidationAuthorityType,
    ValidationType,
)
from kmip_server.spec.masks import ProtectionStorageMask
from kmip_server.spec.schema import Special, field, structure
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_3, V1_4, V2_0, V2_1

ASKED_OF_CLIENTS = tuple(
    each for each in QueryFunction if each.since <= V1_3 and each is not QueryFunction.QUERY_APPLICATION_NAMESPACES
)
"""What a server may ask a client (1.3 §5.3, 1.4 §5.3, 2.0 and 2.1 §6.2.4: the same list in all of them)."""


@structure(Tag.PROTOCOL_VERSION)
class ProtocolVersion:
    """A protocol version on the wire (2.1 §9.16)."""

    major: int = field(Tag.PROTOCOL_VERSION_MAJOR, ItemType.INTEGER)
    minor: int = field(Tag.PROTOCOL_VERSION_MINOR, ItemType.INTEGER)


@structure(Tag.SERVER_INFORMATION)
class ServerInformation:
    """What the server says of itself (2.1 §7.37); vendor-specific before 2.0, when it was left open."""

    server_name: str | None = field(Tag.SERVER_NAME, ItemType.TEXT_STRING, since=V2_0, default=None)
    server_serial_number: str | None = field(Tag.SERVER_SERIAL_NUMBER, ItemType.TEXT_STRING, since=V2_0, default=None)
    server_version: str | None = field(Tag.SERVER_VERSION, ItemType.TEXT_STRING, since=V2_0, default=None)
    server_load: str | None = field(Tag.SERVER_LOAD, ItemType.TEXT_STRING, since=V2_0, default=None)
    product_name: str | None = field(Tag.PRODUCT_NAME, ItemType.TEXT_STRING, since=V2_0, default=None)
    build_level: str | None = field(Tag.BUILD_LEVEL, ItemType.TEXT_STRING, since=V2_0, default=None)
    build_date: str | None = field(Tag.BUILD_DATE, ItemType.TEXT_STRING, since=V2_0, default=None)
    cluster_info: str | None = field(Tag.CLUSTER_INFO, ItemType.TEXT_STRING, since=V2_0, default=None)
    alternate_failover_endpoints: list[str] = field(
        Tag.ALTERNATE_FAILOVER_ENDPOINTS, ItemType.TEXT_STRING, since=V2_0, default_factory=list
    )


@structure(Tag.EXTENSION_INFORMATION)
class ExtensionInformation:
    """An extension the server knows (2.1 §7.13)."""

    extension_name: str = field(Tag.EXTENSION_NAME, ItemType.TEXT_STRING)
    extension_tag: int | None = field(Tag.EXTENSION_TAG, ItemType.INTEGER, default=None)
    extension_type: int | None = field(Tag.EXTENSION_TYPE, ItemType.INTEGER, default=None)
    extension_enumeration: int | None = field(Tag.EXTENSION_ENUMERATION, ItemType.INTEGER, since=V2_0, default=None)
    extension_attribute: bool | None = field(Tag.EXTENSION_ATTRIBUTE, ItemType.BOOLEAN, since=V2_0, default=None)
    extension_parent_structure_tag: int | None = field(
        Tag.EXTENSION_PARENT_STRUCTURE_TAG, ItemType.INTEGER, since=V2_0, default=None
    )
    extension_description: str | None = field(Tag.EXTENSION_DESCRIPTION, ItemType.TEXT_STRING, since=V2_0, default=None)


@structure(Tag.PROFILE_VERSION)
class ProfileVersion:
    """The version of a profile (2.1 §7.32)."""

    profile_version_major: int = field(Tag.PROFILE_VERSION_MAJOR, ItemType.INTEGER)
    profile_version_minor: int = field(Tag.PROFILE_VERSION_MINOR, ItemType.INTEGER)


@structure(Tag.PROFILE_INFORMATION)
class ProfileInformation:
    """A profile the server claims (2.1 §7.31)."""

    profile_name: ProfileName = field(Tag.PROFILE_NAME, ProfileName)
    profile_version: ProfileVersion | None = field(Tag.PROFILE_VERSION, ProfileVersion, since=V2_0, default=None)
    server_uri: str | None = field(Tag.SERVER_URI, ItemType.TEXT_STRING, default=None)
    server_port: int | None = field(Tag.SERVER_PORT, ItemType.INTEGER, default=None)


@structure(Tag.VALIDATION_INFORMATION)
class ValidationInformation:
    """A validation, such as FIPS 140, the server holds (2.1 §7.41)."""

    validation_authority_type: ValidationAuthorityType = field(Tag.VALIDATION_AUTHORITY_TYPE, ValidationAuthorityType)
    validation_authority_country: str | None = field(
        Tag.VALIDATION_AUTHORITY_COUNTRY, ItemType.TEXT_STRING, default=None
    )
    validation_authority_uri: str | None = field(Tag.VALIDATION_AUTHORITY_URI, ItemType.TEXT_STRING, default=None)
    validation_version_major: int = field(Tag.VALIDATION_VERSION_MAJOR, ItemType.INTEGER)
    validation_version_minor: int | None = field(Tag.VALIDATION_VERSION_MINOR, ItemType.INTEGER, default=None)
    validation_type: ValidationType = field(Tag.VALIDATION_TYPE, ValidationType)
    validation_level: int = field(Tag.VALIDATION_LEVEL, ItemType.INTEGER)
    validation_certificate_identifier: str | None = field(
        Tag.VALIDATION_CERTIFICATE_IDENTIFIER, ItemType.TEXT_STRING, default=None
    )
    validation_certificate_uri: str | None = field(Tag.VALIDATION_CERTIFICATE_URI, ItemType.TEXT_STRING, default=None)
    validation_vendor_uri: str | None = field(Tag.VALIDATION_VENDOR_URI, ItemType.TEXT_STRING, default=None)
    validation_profile: list[str] = field(Tag.VALIDATION_PROFILE, ItemType.TEXT_STRING, default_factory=list)


@structure(Tag.CAPABILITY_INFORMATION)
class CapabilityInformation:
    """What the server can do (2.1 §7.5)."""

    streaming_capability: bool | None = field(Tag.STREAMING_CAPABILITY, ItemType.BOOLEAN, default=None)
    asynchronous_capability: bool | None = field(Tag.ASYNCHRONOUS_CAPABILITY, ItemType.BOOLEAN, default=None)
    attestation_capability: bool | None = field(Tag.ATTESTATION_CAPABILITY, ItemType.BOOLEAN, default=None)
    batch_undo_capability: bool | None = field(Tag.BATCH_UNDO_CAPABILITY, ItemType.BOOLEAN, since=V1_4, default=None)
    batch_continue_capability: bool | None = field(
        Tag.BATCH_CONTINUE_CAPABILITY, ItemType.BOOLEAN, since=V1_4, default=None
    )
    unwrap_mode: UnwrapMode | None = field(Tag.UNWRAP_MODE, UnwrapMode, default=None)
    destroy_action: DestroyAction | None = field(Tag.DESTROY_ACTION, DestroyAction, default=None)
    shredding_algorithm: ShreddingAlgorithm | None = field(Tag.SHREDDING_ALGORITHM, ShreddingAlgorithm, default=None)
    rng_mode: RngMode | None = field(Tag.RNG_MODE, RngMode, default=None)
    quantum_safe_capability: bool | None = field(
        Tag.QUANTUM_SAFE_CAPABILITY, ItemType.BOOLEAN, since=V2_0, default=None
    )


@structure(Tag.OBJECT_TYPES)
class ObjectTypes:
    """A set of object types (2.1 §7.24)."""

    object_type: list[ObjectType] = field(Tag.OBJECT_TYPE, ObjectType, default_factory=list)


@structure(Tag.OPERATIONS)
class Operations:
    """A set of operations (2.1 §7.25)."""

    operation: list[Operation] = field(Tag.OPERATION, Operation, default_factory=list)


@structure(Tag.OBJECT_GROUPS)
class ObjectGroups:
    """A set of object groups (2.1 §7.23)."""

    object_group: list[str] = field(Tag.OBJECT_GROUP, ItemType.TEXT_STRING, default_factory=list)


@structure(Tag.OBJECT_DEFAULTS)
class ObjectDefaults:
    """Attributes that new objects of a kind get (2.1 §7.22)."""

    object_type: ObjectType | None = field(Tag.OBJECT_TYPE, ObjectType, default=None)
    object_types: ObjectTypes | None = field(Tag.OBJECT_TYPES, ObjectTypes, since=V2_1, default=None)
    attributes: Attributes | None = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, default=None)
    object_groups: ObjectGroups | None = field(Tag.OBJECT_GROUPS, ObjectGroups, since=V2_1, default=None)


@structure(Tag.DEFAULTS_INFORMATION)
class DefaultsInformation:
    """The defaults of every object type (2.1 §7.11)."""

    object_defaults: list[ObjectDefaults] = field(Tag.OBJECT_DEFAULTS, ObjectDefaults, default_factory=list)


@structure(Tag.CONSTRAINT)
class Constraint:
    """What the attributes of objects of some types, or in some groups, must be (2.1 §7.6)."""

    object_types: ObjectTypes | None = field(Tag.OBJECT_TYPES, ObjectTypes, default=None)
    object_groups: ObjectGroups | None = field(Tag.OBJECT_GROUPS, ObjectGroups, default=None)
    attributes: Attributes | None = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, default=None)


@structure(Tag.CONSTRAINTS)
class Constraints:
    """A set of constraints (2.1 §7.7)."""

    constraint: list[Constraint] = field(Tag.CONSTRAINT, Constraint, default_factory=list)


@structure(Tag.PROTECTION_STORAGE_MASKS)
class ProtectionStorageMasks:
    """Ways of storing, any of which will do (2.1 §7.33)."""

    protection_storage_mask: list[int] = field(Tag.PROTECTION_STORAGE_MASK, ProtectionStorageMask, default_factory=list)
