"""What Certify and Re-certify share: the request and its proof, the subject that attributes give, the certificate.

KMIP 2.1 §6.1.6, §6.1.45; 1.4 §4.7, §4.8.
"""

from __future__ import annotations

from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import FeatureNotSupported, InvalidField, InvalidMessage, KmipError, PermissionDenied
from kmip_server.operations.describing import describe
from kmip_server.ports import Authority, CertificatePlan, Context, RequestFacts, SubjectAsked
from kmip_server.spec.enums import (
    CertificateRequestType,
    CertificateType,
    LinkType,
    ObjectType,
    ResultReason,
    State,
)
from kmip_server.spec.structures.attributes import CertificateSubject, Link, X509CertificateSubject
from kmip_server.spec.structures.keys import Certificate, CertificateRequest
from kmip_server.spec.tags import Tag

_PART = "CERTIFICATE_SUBJECT_"
_PARTS = tuple(
    Tag[f"{_PART}{part}"]
    for part in ("C", "ST", "L", "DC", "O", "OU", "TITLE", "CN", "UID", "SERIAL_NUMBER", "DN_QUALIFIER", "EMAIL")
)
"""In the order in which they stand in a name: from the widest to the narrowest."""
SUBJECT_TAGS = frozenset({Tag.CERTIFICATE_SUBJECT, Tag.X_509_CERTIFICATE_SUBJECT, *_PARTS})
"""Attributes by which a client may say whom the certificate is for: the server sets them on what it makes, but
"if the information in the Certificate Request conflicts with the attributes" (2.1 §6.1.6) lets them be asked for."""
_CERTIFIABLE = frozenset({State.PRE_ACTIVE, State.ACTIVE})


def request_facts(kind: CertificateRequestType | None, value: bytes | None, ctx: Context) -> RequestFacts | None:
    """The request, its proof of possession checked; None where there is none."""
    if value is None and kind is None:
        return None
    if value is None or kind is None:
        # 2.1 §6.1.6: the type "is REQUIRED if the Certificate Request is present".
        raise InvalidMessage("a certificate request has a type and a value")
    return ctx.ciphers.read_certificate_request(kind, value)


def stored_request(found: ManagedObject, ctx: Context) -> RequestFacts:
    """The request that a Certificate Request object holds (2.1 §2.2)."""
    structure = ctx.reveal(found)
    if not isinstance(structure, CertificateRequest):
        raise KmipError("the object is not a Certificate Request", ResultReason.INVALID_OBJECT_TYPE)
    return ctx.ciphers.read_certificate_request(structure.certificate_request_type, structure.certificate_request_value)


def linked(found: ManagedObject, link_type: LinkType) -> str | None:
    """The object that a link of the type points at, the first where there are several."""
    for link in found.attributes.all(Tag.LINK):
        if link.link_type is link_type:
            return str(link.linked_object_identifier)
    return None


def public_key_info(found: ManagedObject, ctx: Context) -> bytes:
    """The public key of a Public Key object or in a certificate; what is compromised or over is not certified."""
    if ctx.state_of(found) not in _CERTIFIABLE:
        raise PermissionDenied("the object is neither Pre-Active nor Active")
    material = ctx.material(found)
    return ctx.ciphers.public_key_info(material.value, material.key_format_type, material.algorithm)


def require_same_key(public_key: bytes, request: RequestFacts | None) -> None:
    """Refuse a request for another key than the one that is to be certified."""
    if request is not None and request.public_key != public_key:
        raise InvalidField("the Certificate Request is for another public key", ResultReason.INVALID_CSR)


def make_certificate(
    attributes: AttributeMap,
    public_key: bytes,
    request: RequestFacts | None,
    ctx: Context,
    authority: Authority | None = None,
    *,
    for_client: bool = False,
) -> ManagedObject:
    """Have the certificate signed, by the authority of Certify if no other is given, and let it in."""
    authority = authority or ctx.authority
    if attributes.one(Tag.CERTIFICATE_TYPE) is not CertificateType.X_509:
        raise FeatureNotSupported("only X.509 certificates are made")
    issuer = authority.issuer()
    activation = attributes.one(Tag.ACTIVATION_DATE)
    plan = CertificatePlan(
        public_key=public_key,
        request=request,
        subject=_subject_asked(attributes),
        usage=attributes.one(Tag.CRYPTOGRAPHIC_USAGE_MASK) or 0,
        not_before=ctx.now if activation is None else activation,
        not_after=attributes.one(Tag.DEACTIVATION_DATE),
        days=authority.certification.days,
        for_client=for_client,
    )
    structure = Certificate(
        certificate_type=CertificateType.X_509,
        certificate_value=ctx.ciphers.issue_certificate(plan, issuer, ctx.now),
    )
    describe(structure, attributes, ctx)
    # 2.1 §4.38: "the date and time the object was originally created"; here is where that was.
    attributes.put(Tag.ORIGINAL_CREATION_DATE, ctx.now)
    return ctx.admit(ObjectType.CERTIFICATE, structure, attributes, trusted=True)


def _subject_asked(attributes: AttributeMap) -> SubjectAsked:
    """Read the subject from the attributes and take them off: the certificate will tell them itself."""
    text: CertificateSubject | None = attributes.one(Tag.CERTIFICATE_SUBJECT)
    der: X509CertificateSubject | None = attributes.one(Tag.X_509_CERTIFICATE_SUBJECT)
    parts = tuple((tag.name.removeprefix(_PART), value) for tag in _PARTS for value in attributes.all(tag))
    for tag in SUBJECT_TAGS:
        attributes.remove_all(tag)
    return SubjectAsked(
        distinguished_name_der=None if der is None else der.subject_distinguished_name,
        distinguished_name=None if text is None else text.certificate_subject_distinguished_name,
        parts=parts,
        alternative_der=() if der is None else tuple(der.subject_alternative_name),
        alternative=() if text is None else tuple(text.certificate_subject_alternative_name),
    )


def link(link_type: LinkType, unique_identifier: str) -> Link:
    """A Link to an object."""
    return Link(link_type=link_type, linked_object_identifier=unique_identifier)


def point_at(public: ManagedObject, certificate: str, replaced: str | None, ctx: Context) -> None:
    """Have the public key's Certificate Link point at the certificate: the one at the old changes, or one is added.

    2.1 §6.1.45: "For the public key, the server SHALL change the Link attribute of Link Type Certificate".
    """
    attributes = public.attributes.copy()
    new = link(LinkType.CERTIFICATE_LINK, certificate)
    for instance in attributes.instances(Tag.LINK):
        old: Any = instance.value
        if old.link_type is LinkType.CERTIFICATE_LINK and old.linked_object_identifier == replaced:
            attributes.replace(Tag.LINK, instance.index, new)
            break
    else:
        attributes.add(Tag.LINK, new)
    ctx.save(public.with_attributes(attributes))
