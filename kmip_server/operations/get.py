"""Get (KMIP 2.1 §6.1.19, 1.4 §4.11): hand an object out, in the format and wrapping asked for."""

from __future__ import annotations

from typing import Any, Protocol

from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import KmipError, PermissionDenied
from kmip_server.operations.containers import pack_certificate
from kmip_server.operations.converting import convert
from kmip_server.operations.pads import withhold_pad
from kmip_server.operations.registry import operation
from kmip_server.operations.wrapping import wrapped
from kmip_server.ports import Context
from kmip_server.spec.enums import (
    CertificateRequestType,
    CryptographicAlgorithm,
    KeyCompressionType,
    KeyFormatType,
    KeyWrapType,
    ObjectType,
    Operation,
    ResultReason,
)
from kmip_server.spec.key_formats import default_format
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.keys import (
    Certificate,
    CertificateRequest,
    KeyBlock,
    KeyWrappingSpecification,
    ManagedObjectStructure,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4


class Wanted(Protocol):
    """In which form an object is asked for."""

    key_format_type: KeyFormatType | None
    key_wrap_type: KeyWrapType | None
    key_compression_type: KeyCompressionType | None
    key_wrapping_specification: KeyWrappingSpecification | None


@payload
class GetRequest:
    """Which object, in which form."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    key_format_type: KeyFormatType | None = field(Tag.KEY_FORMAT_TYPE, KeyFormatType, default=None)
    key_wrap_type: KeyWrapType | None = field(Tag.KEY_WRAP_TYPE, KeyWrapType, since=V1_4, default=None)
    key_compression_type: KeyCompressionType | None = field(Tag.KEY_COMPRESSION_TYPE, KeyCompressionType, default=None)
    key_wrapping_specification: KeyWrappingSpecification | None = field(
        Tag.KEY_WRAPPING_SPECIFICATION, KeyWrappingSpecification, default=None
    )


@payload
class GetResponse:
    """The object."""

    object_type: ObjectType = field(Tag.OBJECT_TYPE, ObjectType)
    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    object: ManagedObjectStructure = field(Tag.SYMMETRIC_KEY, Special.OBJECT)


@operation(Operation.GET, GetRequest, GetResponse)
def handle(request: GetRequest, ctx: Context) -> GetResponse:
    """Open it, convert it, wrap it."""
    found = ctx.load(request.unique_identifier)
    structure = released(found, request, ctx)
    ctx.served(found)
    return GetResponse(object_type=found.object_type, unique_identifier=found.unique_identifier, object=structure)


def released(found: ManagedObject, request: Wanted, ctx: Context) -> ManagedObjectStructure:
    """The object as Get and Export hand it out, in the form that is wanted."""
    if not found.object_type.in_version(ctx.version):
        # A PGP Key for a client of 1.0, a Template for one of 2.x: there are no words for it in its version.
        raise KmipError("this protocol version has no objects of that type", ResultReason.INVALID_OBJECT_TYPE)
    specification = request.key_wrapping_specification
    _require_extractable(found, wrapping=specification is not None)
    structure = ctx.reveal(found)
    block = getattr(structure, "key_block", None)
    if isinstance(block, KeyBlock):
        if found.head.cryptographic_algorithm is CryptographicAlgorithm.ONE_TIME_PAD:
            withhold_pad(block, found)
        convert(block, found, request, ctx)
        if specification is not None:
            wrapped(block, specification, found, ctx)
    elif specification is not None:
        raise KmipError("the object is not a key and cannot be wrapped", ResultReason.INVALID_OBJECT_TYPE)
    elif request.key_format_type is KeyFormatType.PKCS_12 and isinstance(structure, Certificate):
        pack_certificate(structure, found, ctx)
    elif isinstance(structure, CertificateRequest):
        _as_pkcs_10(structure, request.key_format_type, ctx)
    elif request.key_format_type not in (None, default_format(found.object_type, None)):
        raise KmipError("the object has no such format", ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED)
    return structure


def _as_pkcs_10(structure: CertificateRequest, wanted: KeyFormatType | None, ctx: Context) -> None:
    """A request leaves as it came, or as PKCS#10 where it was that in letters (PEM)."""
    if wanted is None or (wanted, structure.certificate_request_type) == (_PKCS_10, CertificateRequestType.PKCS_10):
        return
    if wanted is not _PKCS_10 or structure.certificate_request_type is not CertificateRequestType.PEM:
        raise KmipError("the request has no such format", ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED)
    try:
        facts = ctx.ciphers.read_certificate_request(CertificateRequestType.PEM, structure.certificate_request_value)
    except KmipError as error:
        raise KmipError("the request cannot be read", ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED) from error
    structure.certificate_request_type = CertificateRequestType.PKCS_10
    structure.certificate_request_value = facts.pkcs10


_PKCS_10 = KeyFormatType.PKCS_10


def _require_extractable(found: ManagedObject, *, wrapping: bool) -> None:
    """2.1 §4.55, §4.23: a sensitive object leaves wrapped or not at all, one not extractable never.

    Both apply to "All Objects": a public key that its owner calls sensitive is one (BL-M-12).
    """
    if not found.head.extractable:
        raise PermissionDenied("the object is not extractable", ResultReason.NOT_EXTRACTABLE)
    if found.head.sensitive and not wrapping:
        raise PermissionDenied("the object is sensitive and leaves only wrapped", ResultReason.SENSITIVE)
