"""Export (KMIP 2.1 §6.1.18, 1.4 §4.40): an object with all of its attributes, fit for Import elsewhere."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.lifecycle import DESTROYED
from kmip_server.operations.get import released
from kmip_server.operations.presenting import presented
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import KeyCompressionType, KeyFormatType, KeyWrapType, ObjectType, Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.keys import KeyWrappingSpecification, ManagedObjectStructure
from kmip_server.spec.tags import Tag


@payload
class ExportRequest:
    """Which object, in which form: the fields of Get."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    key_format_type: KeyFormatType | None = field(Tag.KEY_FORMAT_TYPE, KeyFormatType, default=None)
    key_wrap_type: KeyWrapType | None = field(Tag.KEY_WRAP_TYPE, KeyWrapType, default=None)
    key_compression_type: KeyCompressionType | None = field(Tag.KEY_COMPRESSION_TYPE, KeyCompressionType, default=None)
    key_wrapping_specification: KeyWrappingSpecification | None = field(
        Tag.KEY_WRAPPING_SPECIFICATION, KeyWrappingSpecification, default=None
    )


@payload
class ExportResponse:
    """The object and everything that is known of it; no value where it was destroyed."""

    object_type: ObjectType = field(Tag.OBJECT_TYPE, ObjectType)
    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attributes: Attributes = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.ATTRIBUTE)
    object: ManagedObjectStructure | None = field(Tag.SYMMETRIC_KEY, Special.OBJECT, default=None)


@operation(Operation.EXPORT, ExportRequest, ExportResponse)
def handle(request: ExportRequest, ctx: Context) -> ExportResponse:
    """Give the object as Get does, and its attributes beside it."""
    found = ctx.load(request.unique_identifier)
    structure = None
    if found.head.state not in DESTROYED:
        # 2.1 §6.1.18: "If the Managed Object has been Destroyed then the key material ... SHALL not be returned".
        structure = released(found, request, ctx)
    shown = Attributes(presented(found, ctx, None))
    ctx.remember(found.unique_identifier)
    return ExportResponse(
        object_type=found.object_type,
        unique_identifier=found.unique_identifier,
        attributes=shown,
        object=structure,
    )
