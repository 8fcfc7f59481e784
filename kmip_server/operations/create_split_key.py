"""Create Split Key (KMIP 2.1 §6.1.10, 1.4 §4.38): a key in parts, each an object of its own.

The parts are as well guarded as the key: what is sensitive stays so, what may not leave the server may not leave it
in parts.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.secret_sharing import prime_for, split
from kmip_server.errors import InvalidField, KmipError
from kmip_server.operations.creating import asked_attributes, require_quantum_safe, symmetric_length
from kmip_server.operations.making_formats import asked_format
from kmip_server.operations.pads import require_no_copy
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    ResultReason,
    SplitKeyMethod,
)
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, SplitKey
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_4, V2_0


@payload
class CreateSplitKeyRequest:
    """Which key, or what sort of new one, in how many parts."""

    object_type: ObjectType = field(Tag.OBJECT_TYPE, ObjectType)
    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    split_key_parts: int = field(Tag.SPLIT_KEY_PARTS, ItemType.INTEGER)
    split_key_threshold: int = field(Tag.SPLIT_KEY_THRESHOLD, ItemType.INTEGER)
    split_key_method: SplitKeyMethod = field(Tag.SPLIT_KEY_METHOD, SplitKeyMethod)
    prime_field_size: int | None = field(Tag.PRIME_FIELD_SIZE, ItemType.BIG_INTEGER, default=None)
    attributes: Attributes = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE)
    protection_storage_masks: ProtectionStorageMasks | None = field(
        Tag.PROTECTION_STORAGE_MASKS, ProtectionStorageMasks, since=V2_0, default=None
    )


@payload
class CreateSplitKeyResponse:
    """The parts, the one with Key Part Identifier 1 first."""

    unique_identifier: list[str] = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default_factory=list)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, until=V1_4, default=None
    )


class _Secret(NamedTuple):
    """What is split: its bytes, and what its parts say of it."""

    value: bytes
    key_format_type: KeyFormatType
    algorithm: CryptographicAlgorithm | None
    length: int | None
    """The Cryptographic Length in bits."""

    def __repr__(self) -> str:
        return "_Secret(<withheld>)"


@operation(Operation.CREATE_SPLIT_KEY, CreateSplitKeyRequest, CreateSplitKeyResponse)
def handle(request: CreateSplitKeyRequest, ctx: Context) -> CreateSplitKeyResponse:
    """Split the key, let the parts in."""
    if request.object_type is not ObjectType.SPLIT_KEY:
        raise InvalidField("what is made is a Split Key", ResultReason.INVALID_OBJECT_TYPE)
    attributes = asked_attributes(request.attributes, ObjectType.SPLIT_KEY, ctx, request.protection_storage_masks)
    secret = _new(attributes, ctx) if request.unique_identifier is None else _of(request, attributes, ctx)
    prime = None
    if request.split_key_method is SplitKeyMethod.POLYNOMIAL_SHARING_PRIME_FIELD:
        prime = prime_for(len(secret.value) * 8, request.prime_field_size)
    elif request.prime_field_size is not None:
        raise InvalidField("a Prime Field Size goes with the prime field method only")
    shares = split(
        request.split_key_method,
        secret.value,
        request.split_key_parts,
        request.split_key_threshold,
        ctx.ciphers.random,
        prime,
    )
    made = [_admit(request, secret, prime, number, share, attributes, ctx) for number, share in enumerate(shares, 1)]
    # "The ID Placeholder value SHALL be set to the Unique Identifier of the split whose Key Part Identifier is 1."
    ctx.remember(made[0])
    ctx.note(f"split into {len(made)} parts, {request.split_key_threshold} of which are the key")
    return CreateSplitKeyResponse(unique_identifier=made)


def _new(attributes: AttributeMap, ctx: Context) -> _Secret:
    """A new symmetric key, which nobody will ever have seen whole."""
    algorithm = attributes.one(Tag.CRYPTOGRAPHIC_ALGORITHM)
    if algorithm is None:
        raise InvalidField("Cryptographic Algorithm is missing", ResultReason.INVALID_ATTRIBUTE_VALUE)
    length = symmetric_length(attributes, algorithm)
    require_quantum_safe(attributes, length)
    return _Secret(ctx.ciphers.generate_symmetric(algorithm, length), KeyFormatType.RAW, algorithm, length)


def _of(request: CreateSplitKeyRequest, attributes: AttributeMap, ctx: Context) -> _Secret:
    """A key that is here; "the attributes of the key take precedence"."""
    found = ctx.load(request.unique_identifier)
    require_no_copy(found)
    material = ctx.material(found)
    value, key_format = material.value, material.key_format_type or KeyFormatType.OPAQUE
    if not isinstance(value, bytes):
        # The numbers of a transparent key are not shared one by one: it is written as bytes first.
        kind, wanted = _AS_BYTES[found.object_type]
        value, key_format = ctx.ciphers.convert(kind, material.algorithm, key_format, value, wanted), wanted
    if not isinstance(value, bytes):
        raise KmipError("the key is no string of bytes", ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED)
    _take_over(found, attributes)
    attributes.put(Tag.SPLIT_KEY_BASE_LINK, found.unique_identifier)  # 3.0; before, the standard has no such link
    return _Secret(value, key_format, found.head.cryptographic_algorithm, found.head.cryptographic_length)


_AS_BYTES: dict[ObjectType, tuple[Literal["private", "symmetric"], KeyFormatType]] = {
    ObjectType.PRIVATE_KEY: ("private", KeyFormatType.PKCS_8),
    ObjectType.SYMMETRIC_KEY: ("symmetric", KeyFormatType.RAW),
    ObjectType.SECRET_DATA: ("symmetric", KeyFormatType.RAW),
}


def _take_over(found: ManagedObject, attributes: AttributeMap) -> None:
    head = found.head
    for tag, own in (
        (Tag.CRYPTOGRAPHIC_ALGORITHM, head.cryptographic_algorithm),
        (Tag.CRYPTOGRAPHIC_LENGTH, head.cryptographic_length),
        (Tag.CRYPTOGRAPHIC_USAGE_MASK, head.cryptographic_usage_mask),
    ):
        if own is not None:
            attributes.put(tag, own)
    if head.sensitive:
        attributes.put(Tag.SENSITIVE, True)
    if not head.extractable:
        attributes.put(Tag.EXTRACTABLE, False)


def _admit(
    request: CreateSplitKeyRequest,
    secret: _Secret,
    prime: int | None,
    number: int,
    share: bytes,
    attributes: AttributeMap,
    ctx: Context,
) -> str:
    structure = SplitKey(
        split_key_parts=request.split_key_parts,
        key_part_identifier=number,
        split_key_threshold=request.split_key_threshold,
        split_key_method=request.split_key_method,
        prime_field_size=prime,
        key_block=KeyBlock(
            key_format_type=secret.key_format_type,
            key_value=KeyValue(key_material=share),
            cryptographic_algorithm=secret.algorithm,
            cryptographic_length=secret.length or len(secret.value) * 8,
        ),
    )
    own = attributes.copy()
    if asked_format(own) not in (None, secret.key_format_type):
        # A part has the format of the key that the parts make together.
        raise InvalidField("the parts have the format of the key", ResultReason.INVALID_ATTRIBUTE_VALUE)
    if Tag.CRYPTOGRAPHIC_LENGTH not in own:
        own.put(Tag.CRYPTOGRAPHIC_LENGTH, len(secret.value) * 8)
    return ctx.admit(ObjectType.SPLIT_KEY, structure, own, trusted=True).unique_identifier
