"""Certify (KMIP 2.1 §6.1.6, 1.4 §4.7): make a certificate for a public key, signed by the server's authority."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import InvalidField, InvalidMessage
from kmip_server.operations.certifying import (
    SUBJECT_TAGS,
    link,
    linked,
    make_certificate,
    point_at,
    public_key_info,
    request_facts,
    require_same_key,
    stored_request,
)
from kmip_server.operations.creating import asked_attributes
from kmip_server.operations.registry import operation
from kmip_server.ports import Context, RequestFacts
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import (
    CertificateRequestType,
    CertificateType,
    LinkType,
    ObjectType,
    Operation,
)
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_4, V2_0


@payload
class CertifyRequest:
    """Which public key, by its identifier, by a request for it, or by both that then agree."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    certificate_request_type: CertificateRequestType | None = field(
        Tag.CERTIFICATE_REQUEST_TYPE, CertificateRequestType, default=None
    )
    certificate_request_value: bytes | None = field(
        Tag.CERTIFICATE_REQUEST_VALUE, ItemType.BYTE_STRING, before_2=Tag.CERTIFICATE_REQUEST, default=None
    )
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, default=None
    )
    protection_storage_masks: ProtectionStorageMasks | None = field(
        Tag.PROTECTION_STORAGE_MASKS, ProtectionStorageMasks, since=V2_0, default=None
    )


@payload
class CertifyResponse:
    """The new certificate."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, until=V1_4, default=None
    )


@operation(Operation.CERTIFY, CertifyRequest, CertifyResponse)
def handle(request: CertifyRequest, ctx: Context) -> CertifyResponse:
    """Check the proof, have it signed, link key and certificate."""
    ctx.authority.require()
    attributes = asked_attributes(
        request.attributes, ObjectType.CERTIFICATE, ctx, request.protection_storage_masks, SUBJECT_TAGS
    )
    sent = request_facts(request.certificate_request_type, request.certificate_request_value, ctx)
    if sent is None and ctx.version == V1_0:
        raise InvalidMessage("a certificate request is missing")  # 1.0 §4.6: "REQUIRED"; optional since 1.1
    public, asked = _named(request.unique_identifier, sent, ctx)
    key_info = asked.public_key if public is None and asked is not None else _key_of(public, ctx)
    require_same_key(key_info, asked)
    if Tag.CERTIFICATE_TYPE not in attributes:
        if asked is None:
            # 2.1 §6.1.6: without a request "the Certificate Type SHALL be specified using the Attributes object".
            raise InvalidField("neither a certificate request nor a Certificate Type is given")
        attributes.put(Tag.CERTIFICATE_TYPE, CertificateType.X_509)
    if public is not None:
        attributes.add(Tag.LINK, link(LinkType.PUBLIC_KEY_LINK, public.unique_identifier))
        if Tag.CRYPTOGRAPHIC_USAGE_MASK not in attributes:
            attributes.put(Tag.CRYPTOGRAPHIC_USAGE_MASK, public.head.cryptographic_usage_mask)
    made = make_certificate(attributes, key_info, asked, ctx)
    if public is not None:
        point_at(public, made.unique_identifier, None, ctx)
    return CertifyResponse(unique_identifier=made.unique_identifier)


def _named(
    unique_identifier: Any, sent: RequestFacts | None, ctx: Context
) -> tuple[ManagedObject | None, RequestFacts | None]:
    """The public key, where one is managed here, and the request, where there is one."""
    if unique_identifier is None and sent is not None and ctx.version >= V2_0:
        # 2.1 Table 179: only "if omitted and Certificate Request is not present" is the ID Placeholder meant.
        return None, sent
    found = ctx.load_for_change(unique_identifier)
    if found.object_type is not ObjectType.CERTIFICATE_REQUEST:
        return found, sent
    if sent is not None:
        raise InvalidMessage("the certificate request is given twice")
    public = linked(found, LinkType.PUBLIC_KEY_LINK)
    stored = stored_request(found, ctx)
    return None if public is None else ctx.load_for_change(public), stored


def _key_of(public: ManagedObject | None, ctx: Context) -> bytes:
    if public is None:
        raise InvalidMessage("there is no public key to certify")
    return public_key_info(public, ctx)
