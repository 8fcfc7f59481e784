"""What every new object is given by the server: dates, state, digest and the flags that remember (2.1 §4).

Each attribute is set here whatever the version of the request: the wire shows a client only what its
version defines, and one object serves clients of every version.
"""

from __future__ import annotations

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.lifecycle import has_state, passed, require_date_order
from kmip_server.domain.usage import initial_limits
from kmip_server.spec.enums import (
    CertificateType,
    HashingAlgorithm,
    KeyFormatType,
    ObjectClass,
    ObjectType,
    Operation,
    RngAlgorithm,
    State,
)
from kmip_server.spec.masks import ProtectionStorageMask
from kmip_server.spec.structures.attributes import Digest
from kmip_server.spec.structures.keys import Certificate, KeyBlock, ManagedObjectStructure, OpaqueObject
from kmip_server.spec.structures.parameters import RngParameters
from kmip_server.spec.tags import Tag

_GENERATING = frozenset(
    {Operation.CREATE, Operation.CREATE_KEY_PAIR, Operation.DERIVE_KEY, Operation.RE_KEY, Operation.RE_KEY_KEY_PAIR}
)
"""Operations whose key material the server itself makes: it then knows the creation date and the generator."""


def complete(
    attributes: AttributeMap,
    object_type: ObjectType,
    structure: ManagedObjectStructure | None,
    digest: bytes | None,
    operation: Operation,
    now: int,
    lease_time: int,
) -> None:
    """Add to the client's attributes those the server sets; ``digest`` is the SHA-256 of the key value.

    Raises InvalidField where dates contradict each other.
    """
    put = attributes.put
    put(Tag.INITIAL_DATE, now)
    put(Tag.LAST_CHANGE_DATE, now)
    if object_type is ObjectType.TEMPLATE:
        return
    put(Tag.LEASE_TIME, lease_time)
    put(Tag.OBJECT_CLASS, ObjectClass.USER)
    if Tag.CRYPTOGRAPHIC_USAGE_MASK not in attributes and object_type is not ObjectType.OPAQUE_OBJECT:
        put(Tag.CRYPTOGRAPHIC_USAGE_MASK, 0)  # No use is allowed until a mask says so.
    if Tag.PROTECTION_STORAGE_MASK not in attributes:
        put(Tag.PROTECTION_STORAGE_MASK, int(ProtectionStorageMask.SOFTWARE))
    if Tag.USAGE_LIMITS in attributes:
        put(Tag.USAGE_LIMITS, initial_limits(attributes.one(Tag.USAGE_LIMITS)))
    _set_state(attributes, object_type, now)
    _set_flags(attributes)
    _set_value_facts(attributes, structure, digest)
    if operation in _GENERATING:
        _set_origin(attributes, now)


def _set_value_facts(attributes: AttributeMap, structure: ManagedObjectStructure | None, digest: bytes | None) -> None:
    """What the value tells: its format and its digest."""
    key_format = _key_format(structure)
    attributes.put(Tag.KEY_FORMAT_TYPE, key_format)
    if isinstance(structure, OpaqueObject):
        attributes.put(Tag.OPAQUE_DATA_TYPE, structure.opaque_data_type)
    if digest is not None:
        sha = Digest(hashing_algorithm=HashingAlgorithm.SHA_256, digest_value=digest, key_format_type=key_format)
        attributes.put(Tag.DIGEST, sha)
        attributes.put(Tag.SHORT_UNIQUE_IDENTIFIER, digest[:32])


def _set_origin(attributes: AttributeMap, now: int) -> None:
    """When, and with which generator, the server made the value."""
    if Tag.ORIGINAL_CREATION_DATE not in attributes:
        attributes.put(Tag.ORIGINAL_CREATION_DATE, now)
    if Tag.RANDOM_NUMBER_GENERATOR not in attributes:
        attributes.put(Tag.RANDOM_NUMBER_GENERATOR, RngParameters(rng_algorithm=RngAlgorithm.UNSPECIFIED))


def _set_state(attributes: AttributeMap, object_type: ObjectType, now: int) -> None:
    if not has_state(object_type):
        return
    one = attributes.one
    require_date_order(
        activation_date=one(Tag.ACTIVATION_DATE),
        process_start_date=one(Tag.PROCESS_START_DATE),
        protect_stop_date=one(Tag.PROTECT_STOP_DATE),
        deactivation_date=one(Tag.DEACTIVATION_DATE),
    )
    state = State.PRE_ACTIVE
    for arrow in passed(state, one(Tag.ACTIVATION_DATE), one(Tag.DEACTIVATION_DATE), now):
        state = arrow.transition.after
    attributes.put(Tag.STATE, state)


def _set_flags(attributes: AttributeMap) -> None:
    """Sensitive and Extractable, and the two that remember whether they ever were otherwise (2.1 §4.3, §4.33)."""
    put, one = attributes.put, attributes.one
    if Tag.SENSITIVE not in attributes:
        put(Tag.SENSITIVE, False)
    if Tag.EXTRACTABLE not in attributes:
        put(Tag.EXTRACTABLE, True)
    put(Tag.ALWAYS_SENSITIVE, bool(one(Tag.SENSITIVE)))
    put(Tag.NEVER_EXTRACTABLE, not one(Tag.EXTRACTABLE))
    if Tag.FRESH not in attributes:
        put(Tag.FRESH, True)


def _key_format(structure: ManagedObjectStructure | None) -> KeyFormatType | None:
    if isinstance(structure, Certificate):
        return KeyFormatType.X_509 if structure.certificate_type is CertificateType.X_509 else None
    block = getattr(structure, "key_block", None)
    return block.key_format_type if isinstance(block, KeyBlock) else None
