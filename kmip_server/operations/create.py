"""Create (KMIP 2.1 §6.1.8, 1.4 §4.1): the server makes a symmetric key, or a secret, and keeps it."""

from __future__ import annotations

from typing import Any

from kmip_server.errors import InvalidField
from kmip_server.operations.creating import (
    asked_attributes,
    require_quantum_safe,
    symmetric_key,
    symmetric_length,
    told,
)
from kmip_server.operations.defaulting import supply
from kmip_server.operations.making_formats import asked_format, put_in_format
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    ResultReason,
    SecretDataType,
)
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, SecretData
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0

_DEFAULT_SECRET_BITS = 256


@payload
class CreateRequest:
    """What to make."""

    object_type: ObjectType = field(Tag.OBJECT_TYPE, ObjectType)
    attributes: Attributes = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE)
    protection_storage_masks: ProtectionStorageMasks | None = field(
        Tag.PROTECTION_STORAGE_MASKS, ProtectionStorageMasks, since=V2_0, default=None
    )


@payload
class CreateResponse:
    """What was made."""

    object_type: ObjectType = field(Tag.OBJECT_TYPE, ObjectType)
    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, until=V1_4, default=None
    )


@operation(Operation.CREATE, CreateRequest, CreateResponse)
def handle(request: CreateRequest, ctx: Context) -> CreateResponse:
    """Make the key and let it in."""
    make = {ObjectType.SYMMETRIC_KEY: _symmetric_key, ObjectType.SECRET_DATA: _secret_data}.get(request.object_type)
    if make is None:
        # A client that wants a key pair has an operation of its own; nothing else can be made.
        raise InvalidField(f"a {request.object_type.title} cannot be created", ResultReason.INVALID_OBJECT_TYPE)
    attributes = asked_attributes(request.attributes, request.object_type, ctx, request.protection_storage_masks)
    asked = asked_format(attributes)
    structure = make(attributes, ctx)
    put_in_format(structure.key_block, request.object_type, asked, ctx)
    made = ctx.admit(request.object_type, structure, attributes, trusted=True)
    return CreateResponse(
        object_type=request.object_type,
        unique_identifier=made.unique_identifier,
        attributes=told(made.attributes, request.attributes),
    )


def _symmetric_key(attributes: Any, ctx: Context) -> Any:
    supply(attributes, ObjectType.SYMMETRIC_KEY, ctx)
    algorithm: CryptographicAlgorithm | None = attributes.one(Tag.CRYPTOGRAPHIC_ALGORITHM)
    if algorithm is None:
        raise InvalidField("Cryptographic Algorithm is missing", ResultReason.INVALID_ATTRIBUTE_VALUE)
    length = symmetric_length(attributes, algorithm)
    require_quantum_safe(attributes, length)
    return symmetric_key(algorithm, length, ctx.ciphers.generate_symmetric(algorithm, length))


def _secret_data(attributes: Any, ctx: Context) -> Any:
    """A random secret; its length is the Cryptographic Length, in bits."""
    length = attributes.one(Tag.CRYPTOGRAPHIC_LENGTH) or _DEFAULT_SECRET_BITS
    if length <= 0 or length % 8 or length > 65536:
        raise InvalidField(
            "the length of a secret is 8 to 65536 bits, in whole bytes", ResultReason.INVALID_ATTRIBUTE_VALUE
        )
    attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, length)
    return SecretData(
        secret_data_type=SecretDataType.PASSWORD,
        key_block=KeyBlock(
            key_format_type=KeyFormatType.OPAQUE,
            key_value=KeyValue(key_material=ctx.ciphers.random(length // 8)),
        ),
    )
