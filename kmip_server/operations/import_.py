"""Import (KMIP 2.1 §6.1.25, 1.4 §4.41): an object under its own identifier, with the attributes it had elsewhere.

"The attribute rules ... for 'Initially set by' and 'When implicitly set' SHALL NOT be enforced as all attributes MUST
be set to the supplied values rather than any server generated values." What is not supplied the server sets as for
any object. What the object itself contradicts (its type, its identifier, its digest) is refused.
"""

from __future__ import annotations

import copy
import hmac
from collections.abc import Callable
from typing import Any

from kmip_server.domain.admission import imported_attributes
from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.lifecycle import DESTROYED
from kmip_server.errors import InvalidField, KmipError
from kmip_server.operations.containers import is_container, opening, unpack
from kmip_server.operations.creating import require_storage, resolved
from kmip_server.operations.credentialing import require_sound
from kmip_server.operations.describing import describe
from kmip_server.operations.register import require_value
from kmip_server.operations.registry import Look, operation
from kmip_server.operations.wrapping import require_encoding, unwrap
from kmip_server.ports import Ciphers, Context, Derived, Prepared
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import HashingAlgorithm, KeyWrapType, ObjectType, Operation, ResultReason, State
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.keys import (
    OBJECT_STRUCTURES,
    Certificate,
    KeyBlock,
    KeyValue,
    ManagedObjectStructure,
    OpaqueObject,
    PrivateKey,
)
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0

_LONGEST_IDENTIFIER = 255
"""Characters of an identifier that a client chooses."""


@payload
class ImportRequest:
    """The object, its identifier and its attributes; Object Type came with 2.0, before it the object tells."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    object_type: ObjectType | None = field(Tag.OBJECT_TYPE, ObjectType, since=V2_0, default=None)
    replace_existing: bool | None = field(Tag.REPLACE_EXISTING, ItemType.BOOLEAN, default=None)
    key_wrap_type: KeyWrapType | None = field(Tag.KEY_WRAP_TYPE, KeyWrapType, default=None)
    attributes: Attributes = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.ATTRIBUTE)
    object: ManagedObjectStructure | None = field(Tag.SYMMETRIC_KEY, Special.OBJECT, default=None)


@payload
class ImportResponse:
    """Its identifier."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


def prepare(request: ImportRequest, ciphers: Ciphers) -> Callable[[], Prepared] | None:
    """Check a private key once, before the transaction: an RSA key takes tens of milliseconds."""
    structure = request.object
    if not isinstance(structure, PrivateKey) or not isinstance(structure.key_block.key_value, KeyValue):
        return None
    block, material = structure.key_block, structure.key_block.key_value.key_material
    if block.key_wrapping_data is not None or is_container(structure):
        return None
    return lambda: Prepared(
        trusted=ciphers.check_private(material, block.key_format_type, block.cryptographic_algorithm)
    )


def foresee(request: ImportRequest) -> Look | None:
    """The same for a private key that is to be unwrapped first, or comes in a container."""
    structure = request.object
    if isinstance(structure, PrivateKey) and is_container(structure):
        return lambda ctx: opening(structure, _attributes(request, ObjectType.PRIVATE_KEY, ctx), ctx)
    if not isinstance(structure, PrivateKey) or request.key_wrap_type is not KeyWrapType.NOT_WRAPPED:
        return None
    if structure.key_block.key_wrapping_data is None:
        return None

    def look(ctx: Context) -> Callable[[], Prepared] | None:
        block = copy.deepcopy(structure.key_block)
        unwrap(block, ctx)
        material = _material(block)
        if material is None:
            return None
        return lambda: Prepared(
            trusted=ctx.ciphers.check_private(material, block.key_format_type, block.cryptographic_algorithm),
            derived=Derived(material, b""),
        )

    return look


def _material(block: KeyBlock) -> bytes | None:
    value = block.key_value
    return value.key_material if isinstance(value, KeyValue) and isinstance(value.key_material, bytes) else None


def _is_trusted(structure: ManagedObjectStructure, ctx: Context) -> bool:
    """A private key is believed if it was checked before the round, and is still the same."""
    if not isinstance(structure, PrivateKey):
        return True
    before, material = ctx.prepared.derived, _material(structure.key_block)
    same = before is None or (material is not None and hmac.compare_digest(before.key, material))
    return bool(ctx.prepared.trusted and same)


@operation(Operation.IMPORT, ImportRequest, ImportResponse, prepare, foresee)
def handle(request: ImportRequest, ctx: Context) -> ImportResponse:
    """Let it in, or put it in the place of what has its identifier."""
    structure, object_type = _typed(request)
    require_encoding(structure)
    uid = _identifier(request, ctx)
    attributes = _attributes(request, object_type, ctx)
    _require_own(attributes, uid, object_type)
    storage: int | None = attributes.one(Tag.PROTECTION_STORAGE_MASK)
    if storage is not None:
        # "all attributes MUST be set to the supplied values": of a storage that is none of this server's they cannot.
        require_storage(ProtectionStorageMasks(protection_storage_mask=[storage]))
    existing = ctx.existing(uid)
    if existing is not None and not request.replace_existing:
        raise KmipError("there is an object with this identifier", ResultReason.OBJECT_ALREADY_EXISTS)
    if existing is not None and existing.object_type is not object_type:
        raise InvalidField(f"the object with this identifier is a {existing.object_type.title}")
    _unwrap(request, structure, attributes, object_type, ctx)
    trusted = _is_trusted(structure, ctx)
    if isinstance(structure, PrivateKey) and is_container(structure):
        attributes.remove_all(Tag.KEY_FORMAT_TYPE)  # it is kept as what is in the container
        structure, trusted = unpack(structure, attributes, ctx), True
    describe(structure, attributes, ctx)
    require_value(structure, attributes, ctx)
    require_sound(structure, ctx.ciphers)
    _require_coherent(structure, attributes, ctx)
    ctx.admit(object_type, structure, attributes, trusted=trusted, unique_identifier=uid, replacing=existing)
    if existing is not None:
        ctx.note("in the place of the object with this identifier")
    return ImportResponse(unique_identifier=uid)


def _attributes(request: ImportRequest, object_type: ObjectType, ctx: Context) -> AttributeMap:
    return imported_attributes([resolved(item, ctx) for item in request.attributes.items], object_type)


def _typed(request: ImportRequest) -> tuple[ManagedObjectStructure, ObjectType]:
    structure = request.object
    if structure is None:
        raise InvalidField("there is no object to import")
    object_type = next(kind for kind, cls in OBJECT_STRUCTURES.items() if isinstance(structure, cls))
    if request.object_type not in (None, object_type):
        raise InvalidField("the Object Type is not that of the object")
    return structure, object_type


def _identifier(request: ImportRequest, ctx: Context) -> str:
    """The identifier given, "or assigned by the server" where it is empty."""
    uid = request.unique_identifier
    if not isinstance(uid, str):
        raise InvalidField("an object is imported under an identifier of its own")
    if len(uid) > _LONGEST_IDENTIFIER or not uid.isprintable():
        raise InvalidField(f"an identifier has {_LONGEST_IDENTIFIER} printable characters at most")
    return uid or ctx.new_identifier()


def _require_own(attributes: AttributeMap, uid: str, object_type: ObjectType) -> None:
    """The attributes that repeat what the request says must say the same; the server keeps them elsewhere."""
    for tag, own in ((Tag.UNIQUE_IDENTIFIER, uid), (Tag.OBJECT_TYPE, object_type)):
        given = attributes.one(tag)
        if given is not None and given != own:
            raise InvalidField(f"the {tag.title} is not the object's", ResultReason.INVALID_ATTRIBUTE_VALUE)
        attributes.remove_all(tag)


def _unwrap(
    request: ImportRequest,
    structure: ManagedObjectStructure,
    attributes: AttributeMap,
    object_type: ObjectType,
    ctx: Context,
) -> None:
    """Key Wrap Type Not Wrapped: unwrap before storing; attributes that were wrapped count like those given."""
    block = getattr(structure, "key_block", None)
    if not isinstance(block, KeyBlock):
        if request.key_wrap_type is KeyWrapType.NOT_WRAPPED:
            return
        if request.key_wrap_type is not None:
            raise InvalidField("only a key can be wrapped")
        return
    if block.key_wrapping_data is None or request.key_wrap_type is not KeyWrapType.NOT_WRAPPED:
        return
    unwrap(block, ctx)
    value = block.key_value
    if isinstance(value, KeyValue) and value.attributes is not None:
        inside = imported_attributes([resolved(item, ctx) for item in value.attributes.items], object_type)
        _require_own(inside, request.unique_identifier or "", object_type)
        for key, instances in inside.every():
            if key not in attributes:
                for instance in instances:
                    attributes.keep(key, instance.index, instance.value)
        value.attributes = None


def _require_coherent(structure: ManagedObjectStructure, attributes: AttributeMap, ctx: Context) -> None:
    """Refuse what would leave an object that contradicts itself; whom it belongs to is the policy's business."""
    policy = attributes.one(Tag.OPERATION_POLICY_NAME)
    if policy is not None and not ctx.knows_policy(policy):
        raise InvalidField("there is no operation policy of this name", ResultReason.INVALID_ATTRIBUTE_VALUE)
    state: State | None = attributes.one(Tag.STATE)
    if state in DESTROYED:
        raise InvalidField("an object that is destroyed has no value to import", ResultReason.INVALID_ATTRIBUTE_VALUE)
    value, key_format = _bytes_of(structure)
    for digest in attributes.all(Tag.DIGEST):
        comparable = digest.hashing_algorithm is HashingAlgorithm.SHA_256 and digest.digest_value is not None
        if value is None or not comparable or digest.key_format_type not in (None, key_format):
            continue
        if not hmac.compare_digest(digest.digest_value, ctx.ciphers.digest(value)):
            raise InvalidField("the Digest is not that of the object", ResultReason.INVALID_ATTRIBUTE_VALUE)


def _bytes_of(structure: ManagedObjectStructure) -> tuple[bytes | None, Any]:
    """The bytes that a Digest is of, and their format; None where every server has a form of its own."""
    if isinstance(structure, Certificate):
        return structure.certificate_value, None
    if isinstance(structure, OpaqueObject):
        return structure.opaque_data_value, None
    block = getattr(structure, "key_block", None)
    value = block.key_value if isinstance(block, KeyBlock) else None
    if isinstance(block, KeyBlock) and isinstance(value, KeyValue) and isinstance(value.key_material, bytes):
        return value.key_material, block.key_format_type
    return None, None
