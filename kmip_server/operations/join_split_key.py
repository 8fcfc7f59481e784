"""Join Split Key (KMIP 2.1 §6.1.27, 1.4 §4.39): the parts of a key become the key."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.secret_sharing import MAXIMUM_PARTS, join
from kmip_server.errors import CryptographicFailure, InvalidField, KmipError
from kmip_server.operations.creating import asked_attributes
from kmip_server.operations.describing import describe
from kmip_server.operations.registry import Look, operation
from kmip_server.ports import Context, Derived, Prepared
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import KeyFormatType, ObjectType, Operation, ResultReason, SecretDataType
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.keys import (
    KeyBlock,
    KeyValue,
    ManagedObjectStructure,
    PrivateKey,
    SecretData,
    SplitKey,
    SymmetricKey,
)
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0


@payload
class JoinSplitKeyRequest:
    """Which parts, and what they make."""

    object_type: ObjectType = field(Tag.OBJECT_TYPE, ObjectType)
    unique_identifier: list[Any] = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default_factory=list)
    secret_data_type: SecretDataType | None = field(Tag.SECRET_DATA_TYPE, SecretDataType, default=None)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, default=None
    )
    protection_storage_masks: ProtectionStorageMasks | None = field(
        Tag.PROTECTION_STORAGE_MASKS, ProtectionStorageMasks, since=V2_0, default=None
    )


@payload
class JoinSplitKeyResponse:
    """What was made."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, until=V1_4, default=None
    )


class _Part(NamedTuple):
    found: ManagedObject
    structure: SplitKey


def foresee(request: JoinSplitKeyRequest) -> Look | None:
    """Whether the numbers of a private key agree is found out before the transaction: it takes long."""
    if request.object_type is not ObjectType.PRIVATE_KEY:
        return None

    def look(ctx: Context) -> Callable[[], Prepared]:
        parts = _parts(request, ctx)
        value, block = _joined(parts), parts[0].structure.key_block

        def check() -> Prepared:
            trusted = ctx.ciphers.check_private(value, block.key_format_type, block.cryptographic_algorithm)
            return Prepared(trusted=trusted, derived=Derived(value, b""))

        return check

    return look


@operation(Operation.JOIN_SPLIT_KEY, JoinSplitKeyRequest, JoinSplitKeyResponse, foresee=foresee)
def handle(request: JoinSplitKeyRequest, ctx: Context) -> JoinSplitKeyResponse:
    """Put the parts together, let the object in."""
    if request.object_type not in _MAKE:
        raise InvalidField(f"parts do not make a {request.object_type.title}", ResultReason.INVALID_OBJECT_TYPE)
    if request.secret_data_type is not None and request.object_type is not ObjectType.SECRET_DATA:
        raise InvalidField("a Secret Data Type goes with Secret Data only")
    attributes = asked_attributes(request.attributes, request.object_type, ctx, request.protection_storage_masks)
    parts = _parts(request, ctx)
    value = _joined(parts)
    structure = _MAKE[request.object_type](request, parts[0].structure.key_block, value)
    describe(structure, attributes, ctx)
    _guard(parts, attributes)
    for part in parts:  # 3.0; before, the standard has no such link
        attributes.add(Tag.JOINED_SPLIT_KEY_PARTS_LINK, part.found.unique_identifier)
    made = ctx.admit(request.object_type, structure, attributes, trusted=_trusted(request, value, ctx))
    ctx.note(f"joined from {len(parts)} parts")
    return JoinSplitKeyResponse(unique_identifier=made.unique_identifier)


def _parts(request: JoinSplitKeyRequest, ctx: Context) -> list[_Part]:
    if len(request.unique_identifier) > MAXIMUM_PARTS:
        raise KmipError("more parts than a key has", ResultReason.SERVER_LIMIT_EXCEEDED)
    parts = []
    for each in request.unique_identifier:
        found = ctx.load(each)
        structure = ctx.reveal(found)
        if not isinstance(structure, SplitKey):
            raise InvalidField("the object is no Split Key", ResultReason.INVALID_OBJECT_TYPE)
        parts.append(_Part(found, structure))
    if not parts:
        # 1.4 §11.40: "less than Split Key Threshold: Cryptographic Failure".
        raise CryptographicFailure("no part of a key is named")
    return parts


def _joined(parts: Sequence[_Part]) -> bytes:
    """The secret; raises Cryptographic Failure where the parts are too few or are not of one key."""
    first = parts[0].structure
    shares: dict[int, bytes] = {}
    for part in parts:
        structure = part.structure
        if _shape(structure) != _shape(first):
            raise CryptographicFailure("the parts are not of one key")
        value = structure.key_block.key_value
        if not isinstance(value, KeyValue) or not isinstance(value.key_material, bytes):
            raise KmipError("a part is stored wrapped", ResultReason.KEY_VALUE_NOT_PRESENT)
        if structure.key_part_identifier in shares:
            raise CryptographicFailure("a part is named twice")
        shares[structure.key_part_identifier] = value.key_material
    length = first.key_block.cryptographic_length if _is_plain(first.key_block) else None
    return join(
        first.split_key_method, shares, first.split_key_threshold, first.prime_field_size, ((length or 0) + 7) // 8
    )


def _shape(part: SplitKey) -> tuple[Any, ...]:
    """What all parts of one key have in common."""
    block = part.key_block
    return (
        part.split_key_parts,
        part.split_key_threshold,
        part.split_key_method,
        part.prime_field_size,
        block.key_format_type,
        block.cryptographic_algorithm,
        block.cryptographic_length,
    )


def _is_plain(block: KeyBlock) -> bool:
    """Whether the Cryptographic Length tells how many bytes the key has."""
    return block.key_format_type in (KeyFormatType.RAW, KeyFormatType.OPAQUE)


def _block(block: KeyBlock, value: bytes) -> KeyBlock:
    return KeyBlock(
        key_format_type=block.key_format_type,
        key_value=KeyValue(key_material=value),
        cryptographic_algorithm=block.cryptographic_algorithm,
        cryptographic_length=block.cryptographic_length,
    )


def _symmetric_key(request: JoinSplitKeyRequest, block: KeyBlock, value: bytes) -> ManagedObjectStructure:
    return SymmetricKey(key_block=_block(block, value))


def _private_key(request: JoinSplitKeyRequest, block: KeyBlock, value: bytes) -> ManagedObjectStructure:
    return PrivateKey(key_block=_block(block, value))


def _secret_data(request: JoinSplitKeyRequest, block: KeyBlock, value: bytes) -> ManagedObjectStructure:
    return SecretData(
        secret_data_type=request.secret_data_type or SecretDataType.PASSWORD,
        key_block=KeyBlock(key_format_type=block.key_format_type, key_value=KeyValue(key_material=value)),
    )


_MAKE: dict[ObjectType, Callable[[JoinSplitKeyRequest, KeyBlock, bytes], ManagedObjectStructure]] = {
    ObjectType.SYMMETRIC_KEY: _symmetric_key,
    ObjectType.PRIVATE_KEY: _private_key,
    ObjectType.SECRET_DATA: _secret_data,
}
"""What parts can make."""


def _guard(parts: Sequence[_Part], attributes: AttributeMap) -> None:
    """The key is as well guarded as each of its parts was."""
    if any(part.found.head.sensitive for part in parts):
        attributes.put(Tag.SENSITIVE, True)
    if not all(part.found.head.extractable for part in parts):
        attributes.put(Tag.EXTRACTABLE, False)


def _trusted(request: JoinSplitKeyRequest, value: bytes, ctx: Context) -> bool:
    """A private key is believed if it was checked before the round, and is still the same."""
    if request.object_type is not ObjectType.PRIVATE_KEY:
        return True
    before = ctx.prepared.derived
    return bool(ctx.prepared.trusted and before is not None and hmac.compare_digest(before.key, value))
