"""Register (KMIP 2.1 §6.1.43, 1.4 §4.3): keep an object that the client made.

What is registered is stored without being believed: key material is looked at for its length and kind
where it can be read, and refused only when it is used.
"""

from __future__ import annotations

from collections.abc import Callable

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.errors import InvalidField
from kmip_server.operations.containers import is_container, opening, unpack
from kmip_server.operations.creating import asked_attributes, require_quantum_safe, set_security_category, told
from kmip_server.operations.credentialing import require_sound
from kmip_server.operations.describing import describe
from kmip_server.operations.linking import link
from kmip_server.operations.registry import Look, operation
from kmip_server.operations.wrapping import require_encoding, wrapping_key_of
from kmip_server.ports import Ciphers, Context, Prepared
from kmip_server.spec.attribute_values import AttributeItem, Attributes, VendorName
from kmip_server.spec.enums import LinkType, ObjectType, Operation, ResultReason
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.keys import (
    OBJECT_STRUCTURES,
    KeyBlock,
    KeyValue,
    ManagedObjectStructure,
    PrivateKey,
    PublicKey,
    SecretData,
    Template,
)
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_2, V1_4, V2_0


@payload
class RegisterRequest:
    """The object and its attributes; without a value, an object that lies elsewhere (Key Value Location)."""

    object_type: ObjectType = field(Tag.OBJECT_TYPE, ObjectType)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, default=None
    )
    object: ManagedObjectStructure | None = field(Tag.SYMMETRIC_KEY, Special.OBJECT, default=None)
    protection_storage_masks: ProtectionStorageMasks | None = field(
        Tag.PROTECTION_STORAGE_MASKS, ProtectionStorageMasks, since=V2_0, default=None
    )


@payload
class RegisterResponse:
    """Its identifier, and nothing else: 1.x clients stumble over an Object Type here."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, until=V1_4, default=None
    )


def prepare(request: RegisterRequest, ciphers: Ciphers) -> Callable[[], Prepared] | None:
    """Check a private key once, before the transaction: an RSA key takes tens of milliseconds."""
    structure = request.object
    if not isinstance(structure, PrivateKey) or not isinstance(structure.key_block.key_value, KeyValue):
        return None
    if is_container(structure):
        return None  # its password is a managed object: see foresee
    block, material = structure.key_block, structure.key_block.key_value.key_material
    return lambda: Prepared(
        trusted=ciphers.check_private(material, block.key_format_type, block.cryptographic_algorithm)
    )


def foresee(request: RegisterRequest) -> Look | None:
    """A container is opened before the transaction too; its password is looked up first."""
    structure = request.object
    if not isinstance(structure, PrivateKey) or not is_container(structure):
        return None
    return lambda ctx: opening(
        structure,
        asked_attributes(request.attributes, ObjectType.PRIVATE_KEY, ctx, request.protection_storage_masks),
        ctx,
    )


@operation(Operation.REGISTER, RegisterRequest, RegisterResponse, prepare, foresee)
def handle(request: RegisterRequest, ctx: Context) -> RegisterResponse:
    """Store it."""
    structure = request.object
    object_type = request.object_type
    if structure is None:
        raise InvalidField("there is no object to register", ResultReason.INVALID_FIELD)
    if not isinstance(structure, OBJECT_STRUCTURES.get(object_type, ())):
        raise InvalidField(f"the object is not a {object_type.title}", ResultReason.INVALID_OBJECT_TYPE)
    require_encoding(structure)
    attributes = asked_attributes(request.attributes, object_type, ctx, request.protection_storage_masks)
    if isinstance(structure, Template):
        _take_template_attributes(structure, attributes, ctx)
    trusted = ctx.prepared.trusted if ctx.prepared.trusted is not None else not isinstance(structure, PrivateKey)
    if isinstance(structure, PrivateKey) and is_container(structure):
        structure, trusted = unpack(structure, attributes, ctx), True  # reading a container checks its key
    require_sound(structure, ctx.ciphers)
    describe(structure, attributes, ctx)
    require_quantum_safe(attributes, attributes.one(Tag.CRYPTOGRAPHIC_LENGTH) or 0)
    set_security_category(attributes)
    require_value(structure, attributes, ctx)
    _link_wrapping_key(structure, attributes, ctx)
    made = ctx.admit(object_type, structure, attributes, trusted=trusted)
    return RegisterResponse(
        unique_identifier=made.unique_identifier, attributes=told(made.attributes, request.attributes)
    )


def _link_wrapping_key(structure: ManagedObjectStructure, attributes: AttributeMap, ctx: Context) -> None:
    """2.1 §6.1.43: "the server SHALL create a Link attribute of Link Type Wrapping Key Link"; 1.x has no such link."""
    wrapping = wrapping_key_of(structure)
    if (
        wrapping is not None and ctx.version >= LinkType.WRAPPING_KEY_LINK.since
    ):  # 3.0 has an attribute of its own for it
        link(attributes, LinkType.WRAPPING_KEY_LINK, wrapping)


def _take_template_attributes(structure: Template, attributes: AttributeMap, ctx: Context) -> None:
    """A template's own attributes are told like any object's; in 1.0 and 1.1 its Name may stand among them."""
    for item in structure.attributes.items:
        if item.value is None:
            raise InvalidField("an attribute of the template has no value", ResultReason.INVALID_ATTRIBUTE_VALUE)
        if isinstance(item.key, VendorName) and not item.key.vendor:
            raise InvalidField(f"there is no attribute {item.key.name!r}", ResultReason.INVALID_ATTRIBUTE)
        if item.key == Tag.NAME and ctx.version >= V1_2:
            # 1.2 §11.4: "a new Template object containing a Name attribute with the Template structure".
            raise InvalidField("the Name of a template stands beside it, not in it")
        if item.key == Tag.NAME and item.value not in attributes.all(Tag.NAME):
            attributes.add(Tag.NAME, item.value)
    structure.attributes.items = [
        AttributeItem(item.key, item.value, item.index) for item in structure.attributes.items
    ]


def require_value(structure: ManagedObjectStructure, attributes: AttributeMap, ctx: Context) -> None:
    """A key comes without its value since 1.2 only, and then tells what cannot be read from it (1.2 Table 7).

    Its Key Value Location "MAY be specified" (1.2 §3.42), it need not be.
    """
    block = getattr(structure, "key_block", None)
    if not isinstance(block, KeyBlock) or block.key_value is not None:
        return
    if ctx.version < V1_2:
        raise InvalidField("the key has no value", ResultReason.INVALID_FIELD)
    if isinstance(structure, PublicKey) and ctx.version < V2_0:
        # 1.2 §3.41: "does not apply to Templates, Certificates, Public Keys or Opaque Objects"; 2.0 left this out.
        raise InvalidField("a public key has a value", ResultReason.INVALID_FIELD)
    if not isinstance(structure, SecretData):
        # "MAY be omitted only if this information is available from the Key Value. Does not apply to Secret Data".
        for tag in (Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH):
            if tag not in attributes:
                raise InvalidField(f"a key without its value tells its {tag.title}", ResultReason.INVALID_FIELD)
    attributes.put(Tag.KEY_VALUE_PRESENT, False)
