"""Derive Key (KMIP 2.1 §6.1.14, 1.4 §4.6): a key, or a secret, computed from keys and secrets that are here.

Which input is what, and which a method needs, stands in ``deriving.py``; what is computed, in ``crypto/derive.py``.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import InvalidField, InvalidMessage, KmipError
from kmip_server.operations.creating import asked_attributes, require_quantum_safe, symmetric_bytes, symmetric_key
from kmip_server.operations.deriving import Base, agreed, derivation
from kmip_server.operations.linking import link, link_stored
from kmip_server.operations.making_formats import asked_format, put_in_format
from kmip_server.operations.registry import Look, operation
from kmip_server.ports import Context, Derived, Prepared
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import (
    DerivationMethod,
    KeyFormatType,
    LinkType,
    ObjectType,
    Operation,
    ResultReason,
    SecretDataType,
    UniqueIdentifierCode,
)
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, SecretData, SymmetricKey
from kmip_server.spec.structures.parameters import DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4

_MOST_BITS = 255 * 512
"""Of what is derived at once: RFC 5869 §2.3 lets HKDF give 255 times the hash, and no other method needs more."""
_MOST_OBJECTS = 2
_INLINE_ROUNDS = 2000
"""What is computed inside the transaction: half a millisecond of PBKDF2."""
_MOST_INLINE_ROUNDS = 100_000
"""The most of it where nothing could be foreseen: some 25 ms with SHA-256, 50 with SHA-512."""


@payload
class DeriveKeyRequest:
    """What to make, from which objects, how."""

    object_type: ObjectType = field(Tag.OBJECT_TYPE, ObjectType)
    unique_identifier: list[Any] = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default_factory=list)
    derivation_method: DerivationMethod = field(Tag.DERIVATION_METHOD, DerivationMethod)
    derivation_parameters: DerivationParameters = field(Tag.DERIVATION_PARAMETERS, DerivationParameters)
    attributes: Attributes = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE)


@payload
class DeriveKeyResponse:
    """What was made."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, until=V1_4, default=None
    )


def foresee(request: DeriveKeyRequest) -> Look | None:
    """PBKDF2 with more iterations than fit into a millisecond is computed before the transaction."""
    given = request.derivation_parameters
    if request.derivation_method is not DerivationMethod.PBKDF2 or (given.iteration_count or 0) <= _INLINE_ROUNDS:
        return None

    def look(ctx: Context) -> Callable[[], Prepared]:
        attributes = asked_attributes(request.attributes, request.object_type, ctx)
        length = _length(request, attributes, ctx)
        asked = derivation(request.derivation_method, given, _bases(request, ctx), length, ctx)
        return lambda: Prepared(derived=Derived(asked.key, ctx.ciphers.derive(asked)))

    return look


@operation(Operation.DERIVE_KEY, DeriveKeyRequest, DeriveKeyResponse, foresee=foresee)
def handle(request: DeriveKeyRequest, ctx: Context) -> DeriveKeyResponse:
    """Derive, let the new object in, link it with those it came from."""
    if request.object_type not in (ObjectType.SYMMETRIC_KEY, ObjectType.SECRET_DATA):
        raise InvalidField(f"a {request.object_type.title} cannot be derived", ResultReason.INVALID_OBJECT_TYPE)
    attributes = asked_attributes(request.attributes, request.object_type, ctx)
    length = _length(request, attributes, ctx)
    bases = _bases(request, ctx)
    value = _derived(request, bases, length, ctx)
    made = admit_derived(request.object_type, attributes, value, [base.found for base in bases], ctx)
    ctx.note(f"derived by {request.derivation_method.title}")
    return DeriveKeyResponse(unique_identifier=made)


def admit_derived(
    object_type: ObjectType, attributes: AttributeMap, value: bytes, bases: Sequence[ManagedObject], ctx: Context
) -> str:
    """Let in what was derived, linked in both directions with what it comes from; its identifier."""
    asked = asked_format(attributes)
    structure = _structure(object_type, attributes, value)
    put_in_format(structure.key_block, object_type, asked, ctx)
    for base in bases:
        link(attributes, LinkType.DERIVATION_BASE_OBJECT_LINK, base.unique_identifier)
        ctx.spend(base, len(value))
    made = ctx.admit(object_type, structure, attributes, trusted=True)
    for base in bases:
        link_stored(base.unique_identifier, LinkType.DERIVED_KEY_LINK, made.unique_identifier, ctx)
    return made.unique_identifier


def _length(request: DeriveKeyRequest, attributes: AttributeMap, ctx: Context) -> int:
    """How many bytes to derive; 1.4 §4.6: the client "SHALL specify the desired length"."""
    bits = attributes.one(Tag.CRYPTOGRAPHIC_LENGTH)
    if bits is None:
        raise InvalidField("Cryptographic Length is missing", ResultReason.INVALID_ATTRIBUTE_VALUE)
    if bits <= 0 or bits % 8 or bits > _MOST_BITS:
        raise InvalidField(
            f"what is derived has 8 to {_MOST_BITS} bits, in whole bytes", ResultReason.INVALID_ATTRIBUTE_VALUE
        )
    if request.object_type is not ObjectType.SYMMETRIC_KEY:
        return int(bits) // 8
    algorithm = attributes.one(Tag.CRYPTOGRAPHIC_ALGORITHM)
    if algorithm is None:
        raise InvalidField("Cryptographic Algorithm is missing", ResultReason.INVALID_ATTRIBUTE_VALUE)
    require_quantum_safe(attributes, bits)
    return symmetric_bytes(algorithm, bits, ctx)


def _bases(request: DeriveKeyRequest, ctx: Context) -> list[Base]:
    """The objects to derive from; each must be fit for it, whatever part it plays."""
    named = request.unique_identifier
    if not named:
        raise InvalidMessage("Unique Identifier is missing")
    if len(named) > _MOST_OBJECTS:
        raise InvalidField(f"a key is derived from {_MOST_OBJECTS} objects at most")
    if UniqueIdentifierCode.ID_PLACEHOLDER in named:
        # 2.1 §6.1.14: "the current value of the ID Placeholder SHALL NOT be used ... in this operation".
        raise InvalidField("the ID Placeholder stands for no object in Derive Key")
    found = [ctx.load(each) for each in named]
    if len({each.unique_identifier for each in found}) != len(found):
        raise InvalidField("an object is named twice")
    return [Base(each, ctx.material(each)) for each in found]


def _derived(request: DeriveKeyRequest, bases: Sequence[Base], length: int, ctx: Context) -> bytes:
    given = request.derivation_parameters
    if request.derivation_method is DerivationMethod.ASYMMETRIC_KEY:
        return agreed(given, bases, length, ctx)
    asked = derivation(request.derivation_method, given, bases, length, ctx)
    before = ctx.prepared.derived
    if before is not None and len(before.value) == length and hmac.compare_digest(before.key, asked.key):
        return before.value
    if ctx.ciphers.derivation_rounds(asked) > _MOST_INLINE_ROUNDS:
        # Nothing can be foreseen of a password that an earlier item of the batch brings, and all others would wait.
        raise KmipError(
            "so many iterations are done where the derivation needs nothing of an earlier item of the batch",
            ResultReason.FEATURE_NOT_SUPPORTED,
        )
    return ctx.ciphers.derive(asked)


def _structure(object_type: ObjectType, attributes: AttributeMap, value: bytes) -> SymmetricKey | SecretData:
    if object_type is ObjectType.SYMMETRIC_KEY:
        return symmetric_key(
            attributes.one(Tag.CRYPTOGRAPHIC_ALGORITHM), attributes.one(Tag.CRYPTOGRAPHIC_LENGTH), value
        )
    return SecretData(
        secret_data_type=SecretDataType.SEED,
        key_block=KeyBlock(key_format_type=KeyFormatType.OPAQUE, key_value=KeyValue(key_material=value)),
    )
