"""Re-certify (KMIP 2.1 §6.1.45, 1.4 §4.8): a new certificate for the key takes the place, and names, of the old one.

The new one begins with the attributes of the old, what the request asks over them. Its dates are the old one's, or
are moved by an Offset (1.4 Table 186); what the old certificate said (subject, alternative names) is said again
unless a request says otherwise.
"""

from __future__ import annotations

from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.rotation import end_generation
from kmip_server.errors import InvalidMessage, KmipError
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
from kmip_server.operations.re_key import replacement_attributes
from kmip_server.operations.registry import operation
from kmip_server.ports import Context, RequestFacts
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.attributes import ATTRIBUTES, CERTIFICATES
from kmip_server.spec.enums import CertificateRequestType, LinkType, ObjectType, Operation, ResultReason
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.attributes import Link
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_2, V1_4, V2_0

_DATES = (Tag.ACTIVATION_DATE, Tag.DEACTIVATION_DATE)
_TOLD_BY_VALUE = frozenset(
    tag for tag, row in ATTRIBUTES.items() if row.objects == CERTIFICATES and tag is not Tag.CERTIFICATE_TYPE
) | {Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH, Tag.DIGITAL_SIGNATURE_ALGORITHM}
"""Attributes that the certificate itself determines: the new one tells its own."""


@payload
class ReCertifyRequest:
    """Which certificate, and what of the new one is to differ."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    certificate_request_unique_identifier: Any = field(
        Tag.CERTIFICATE_REQUEST_UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, since=V2_0, default=None
    )
    certificate_request_type: CertificateRequestType | None = field(
        Tag.CERTIFICATE_REQUEST_TYPE, CertificateRequestType, default=None
    )
    certificate_request_value: bytes | None = field(
        Tag.CERTIFICATE_REQUEST_VALUE, ItemType.BYTE_STRING, before_2=Tag.CERTIFICATE_REQUEST, default=None
    )
    offset: int | None = field(Tag.OFFSET, ItemType.INTERVAL, default=None)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, default=None
    )
    protection_storage_masks: ProtectionStorageMasks | None = field(
        Tag.PROTECTION_STORAGE_MASKS, ProtectionStorageMasks, since=V2_0, default=None
    )


@payload
class ReCertifyResponse:
    """The new certificate."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, until=V1_4, default=None
    )


@operation(Operation.RE_CERTIFY, ReCertifyRequest, ReCertifyResponse)
def handle(request: ReCertifyRequest, ctx: Context) -> ReCertifyResponse:
    """Make the new certificate, point the two at each other and the public key at the new one."""
    ctx.authority.require()
    asked = asked_attributes(
        request.attributes, ObjectType.CERTIFICATE, ctx, request.protection_storage_masks, SUBJECT_TAGS
    )
    if request.offset is not None and any(date in asked for date in _DATES):
        # 1.4 §11.9: the offset "is not permitted to be specified at the same time as" a date.
        raise InvalidMessage("an offset and a date contradict each other")
    old = ctx.load_for_change(request.unique_identifier)
    if linked(old, LinkType.REPLACEMENT_OBJECT_LINK) is not None:
        # 2.1 §11.28: "there SHALL be only one such replacement object per Managed Object".
        raise KmipError("the certificate has been replaced already", ResultReason.PERMISSION_DENIED)
    sent = _request(request, ctx)
    key_info = public_key_info(old, ctx)
    require_same_key(key_info, sent)
    attributes = _attributes(old.attributes, asked, request.offset, ctx.now)
    public = linked(old, LinkType.PUBLIC_KEY_LINK)
    links = [link(LinkType.REPLACED_OBJECT_LINK, old.unique_identifier)]
    if public is not None:
        links.append(link(LinkType.PUBLIC_KEY_LINK, public))
    _order(attributes, asked, links, ctx)
    made = make_certificate(attributes, key_info, sent, ctx)
    _replace(old, made.unique_identifier, ctx)
    if public is not None:
        key = ctx.load_for_change(public, operation=Operation.RE_CERTIFY)
        point_at(key, made.unique_identifier, old.unique_identifier, ctx)
    return ReCertifyResponse(unique_identifier=made.unique_identifier)


def _request(request: ReCertifyRequest, ctx: Context) -> RequestFacts | None:
    """The request in the message, or the managed one that it names (since 2.0)."""
    sent = request_facts(request.certificate_request_type, request.certificate_request_value, ctx)
    named = request.certificate_request_unique_identifier
    if named is None:
        if sent is None and ctx.version == V1_0:
            raise InvalidMessage("a certificate request is missing")  # 1.0 §4.7: "REQUIRED"; optional since 1.1
        return sent
    if sent is not None:
        raise InvalidMessage("the certificate request is given twice")
    return stored_request(ctx.load(named, operation=Operation.RE_CERTIFY), ctx)


def _attributes(old: AttributeMap, asked: AttributeMap, offset: int | None, now: int) -> AttributeMap:
    """Those of the old certificate, less what a new one tells by itself; the subject asked for, else the old one."""
    own = old.copy()
    for tag in _TOLD_BY_VALUE:
        own.remove_all(tag)
    attributes = replacement_attributes(own, asked, offset, now)
    if not any(tag in asked for tag in SUBJECT_TAGS):
        attributes.put(Tag.X_509_CERTIFICATE_SUBJECT, old.one(Tag.X_509_CERTIFICATE_SUBJECT))
    return attributes


def _order(attributes: AttributeMap, asked: AttributeMap, links: list[Link], ctx: Context) -> None:
    """Give links and names their indices. No version says which comes first; the published cases do, each its own.

    TC-134-11 has what comes from the old certificate first, TC-134-12 what is new.
    """
    if ctx.version >= V1_2:
        links.reverse()
        old_names = [name for name in attributes.all(Tag.NAME) if name not in asked.all(Tag.NAME)]
        names = [*asked.all(Tag.NAME), *old_names]
        attributes.remove_all(Tag.NAME)
        for name in names:
            attributes.add(Tag.NAME, name)
    for each in links:
        attributes.add(Tag.LINK, each)


def _replace(old: ManagedObject, made: str, ctx: Context) -> None:
    """1.4 Table 187: "all name attributes are removed from the existing certificate"."""
    attributes = old.attributes.copy()
    attributes.remove_all(Tag.NAME)
    attributes.add(Tag.LINK, link(LinkType.REPLACEMENT_OBJECT_LINK, made))
    end_generation(attributes, ctx.now)
    ctx.save(old.with_attributes(attributes))
