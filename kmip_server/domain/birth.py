"""What every new object is given by the server: dates, state, digest and the flags that remember (2.1 §4).

Each attribute is set here whatever the version of the request: the wire shows a client only what its
version defines, and one object serves clients of every version.
"""

from __future__ import annotations

from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.lifecycle import CREDENTIALS, PERSONS, effective_state, has_state, require_date_order
from kmip_server.domain.usage import initial_limits
from kmip_server.errors import InvalidField
from kmip_server.spec.attribute_values import AttributeKey
from kmip_server.spec.enums import (
    CertificateRequestType,
    CertificateType,
    HashingAlgorithm,
    KeyFormatType,
    ObjectClass,
    ObjectType,
    Operation,
    ResultReason,
    RngAlgorithm,
    State,
)
from kmip_server.spec.masks import ProtectionStorageMask
from kmip_server.spec.structures.attributes import Digest
from kmip_server.spec.structures.keys import (
    Certificate,
    CertificateRequest,
    KeyBlock,
    ManagedObjectStructure,
    OpaqueObject,
)
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
    further_digest: Digest | None,
    operation: Operation,
    now: int,
    lease_time: int,
    short_unique_identifier: bytes,
) -> None:
    """Add to the client's attributes those the server sets; ``digest`` is the SHA-256 of the key value.

    ``further_digest`` is the one over another format, where there is one. Raises InvalidField where dates contradict
    each other.
    """
    values: dict[AttributeKey, Any] = {
        Tag.INITIAL_DATE: now,
        Tag.LAST_CHANGE_DATE: now,
        Tag.SHORT_UNIQUE_IDENTIFIER: short_unique_identifier,
    }
    if object_type is not ObjectType.TEMPLATE:
        values[Tag.LEASE_TIME] = lease_time
        values[Tag.OBJECT_CLASS] = ObjectClass.USER
        if Tag.CRYPTOGRAPHIC_USAGE_MASK not in attributes and object_type not in _WITHOUT_USE:
            values[Tag.CRYPTOGRAPHIC_USAGE_MASK] = 0  # No use is allowed until a mask says so.
        if Tag.PROTECTION_STORAGE_MASK not in attributes:
            values[Tag.PROTECTION_STORAGE_MASK] = _SOFTWARE
        if Tag.USAGE_LIMITS in attributes:
            values[Tag.USAGE_LIMITS] = initial_limits(attributes.one(Tag.USAGE_LIMITS))
        if has_state(object_type):
            values[Tag.STATE] = _state(attributes, now)
        if object_type in CREDENTIALS:
            attributes.put(Tag.SENSITIVE, True)
            attributes.put(Tag.EXTRACTABLE, False)
        values |= _flags(attributes, operation)
        values |= _value_facts(structure, digest)
        if operation in _GENERATING:
            values |= _origin(attributes, now)
    if operation is Operation.IMPORT:
        # 2.1 §6.1.25: "all attributes MUST be set to the supplied values rather than any server generated values".
        values = {key: value for key, value in values.items() if key not in attributes}
    attributes.fill(values)
    if further_digest is not None and Tag.DIGEST in values:
        attributes.add(Tag.DIGEST, further_digest)


_WITHOUT_USE = PERSONS | CREDENTIALS | {ObjectType.OPAQUE_OBJECT}
_SOFTWARE = int(ProtectionStorageMask.SOFTWARE)


def _value_facts(structure: ManagedObjectStructure | None, digest: bytes | None) -> dict[AttributeKey, Any]:
    """What the value tells: its format and its digest."""
    key_format = _key_format(structure)
    facts: dict[AttributeKey, Any] = {Tag.KEY_FORMAT_TYPE: key_format}
    if isinstance(structure, OpaqueObject):
        facts[Tag.OPAQUE_DATA_TYPE] = structure.opaque_data_type
    if digest is not None:
        facts[Tag.DIGEST] = Digest(
            hashing_algorithm=HashingAlgorithm.SHA_256, digest_value=digest, key_format_type=key_format
        )
    return facts


def _origin(attributes: AttributeMap, now: int) -> dict[AttributeKey, Any]:
    """When, and with which generator, the server made the value.

    2.1 §4.38: "the Original Creation Date SHALL be set by the server and SHALL be the same as the Initial Date", so
    what a client says of it does not count here.
    """
    facts: dict[AttributeKey, Any] = {Tag.ORIGINAL_CREATION_DATE: now}
    asked = attributes.one(Tag.RANDOM_NUMBER_GENERATOR)
    if asked is not None and asked != _GENERATOR:
        # 2.1 §4.46: "If the server ... is otherwise unable to use a matching random number generator then it SHALL
        # fail the request."
        raise InvalidField("the server has no such Random Number Generator", ResultReason.INVALID_ATTRIBUTE_VALUE)
    facts[Tag.RANDOM_NUMBER_GENERATOR] = _GENERATOR
    return facts


_GENERATOR = RngParameters(rng_algorithm=RngAlgorithm.UNSPECIFIED)
"""The generator of the operating system, of which no more is known than Query tells."""


def _state(attributes: AttributeMap, now: int) -> State | None:
    """The state that the dates lead to; raises InvalidField where they contradict each other."""
    one = attributes.one
    activation, deactivation = one(Tag.ACTIVATION_DATE), one(Tag.DEACTIVATION_DATE)
    require_date_order(
        activation_date=activation,
        process_start_date=one(Tag.PROCESS_START_DATE),
        protect_stop_date=one(Tag.PROTECT_STOP_DATE),
        deactivation_date=deactivation,
    )
    return effective_state(State.PRE_ACTIVE, activation, deactivation, now)


def _flags(attributes: AttributeMap, operation: Operation) -> dict[AttributeKey, Any]:
    """Sensitive and Extractable, the two that remember whether they ever were otherwise (2.1 §4.3, §4.33), and Fresh.

    2.1 §4.24: Fresh "SHALL be set to True ... unless the client provides a False value in Register or Import".
    """
    one = attributes.one
    sensitive, extractable, fresh = one(Tag.SENSITIVE), one(Tag.EXTRACTABLE), one(Tag.FRESH)
    sensitive, extractable = bool(sensitive), True if extractable is None else extractable
    return {
        Tag.SENSITIVE: sensitive,
        Tag.EXTRACTABLE: extractable,
        Tag.ALWAYS_SENSITIVE: sensitive,
        Tag.NEVER_EXTRACTABLE: not extractable,
        Tag.FRESH: fresh is not False or operation not in _MAY_BE_USED,
    }


_MAY_BE_USED = frozenset({Operation.REGISTER, Operation.IMPORT})
"""Operations whose object may have been served elsewhere before."""


def _key_format(structure: ManagedObjectStructure | None) -> KeyFormatType | None:
    """2.1 §4.26: "SHALL always have a value"; what no format has a name for is opaque."""
    if isinstance(structure, Certificate):
        return KeyFormatType.X_509 if structure.certificate_type is CertificateType.X_509 else KeyFormatType.OPAQUE
    if isinstance(structure, CertificateRequest):
        # PEM is PKCS#10 in letters (RFC 7468 §7).
        return KeyFormatType.OPAQUE if structure.certificate_request_type in _STRANGE else KeyFormatType.PKCS_10
    if isinstance(structure, OpaqueObject):
        return KeyFormatType.OPAQUE
    block = getattr(structure, "key_block", None)
    return block.key_format_type if isinstance(block, KeyBlock) else None


_STRANGE = frozenset({CertificateRequestType.CRMF, CertificateRequestType.PGP})
"""Requests of another form than PKCS#10."""
