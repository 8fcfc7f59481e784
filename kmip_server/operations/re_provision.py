"""Re-Provision (KMIP 2.1 §6.1.48, 2.0 §6.1.44): another certificate for the client that asks, in place of its own.

The standard leaves open whom the new certificate may name; here it names whom the current one names: nobody becomes
somebody else by it, or gets into another group. So the subject of what the server signs is always that of the current
certificate, and a request or a certificate that names another is refused.

"The client may then subsequently retrieve the private key via a Get operation", and the current credential "cannot be
used in future KMIP requests": the Get of a key that the server made comes in the same request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import FeatureNotSupported, InvalidField, KmipError, PermissionDenied
from kmip_server.operations.certifying import link, make_certificate
from kmip_server.operations.creating import asked_attributes
from kmip_server.operations.describing import describe
from kmip_server.operations.pairing import key_block
from kmip_server.operations.registry import Look, operation
from kmip_server.ports import Context, GeneratedPair, Prepared
from kmip_server.spec.enums import (
    CertificateType,
    CryptographicAlgorithm,
    LinkType,
    ObjectType,
    Operation,
    RecommendedCurve,
    ResultReason,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.attributes import X509CertificateSubject
from kmip_server.spec.structures.keys import Certificate, CertificateRequest, PrivateKey, PublicKey
from kmip_server.spec.tags import Tag

_CURVES = frozenset({CryptographicAlgorithm.EC, CryptographicAlgorithm.ECDSA})
_LEAST_RSA = 2048
"""Bits; what is shorter no TLS library lets in any more."""


@payload
class ReProvisionRequest:
    """What is to be signed, or what is to count from now on, or neither: then the server makes a key pair."""

    certificate_request: CertificateRequest | None = field(Tag.CERTIFICATE_REQUEST, CertificateRequest, default=None)
    certificate: Certificate | None = field(Tag.CERTIFICATE, Certificate, default=None)


@payload
class ReProvisionResponse:
    """The certificate, or the private key that the server made."""

    unique_identifier: str | None = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)


def foresee(request: ReProvisionRequest) -> Look | None:
    """An RSA pair takes a tenth of a second and more: it is made before the transaction."""
    if request.certificate_request is not None or request.certificate is not None:
        return None

    def look(ctx: Context) -> Callable[[], Prepared] | None:
        algorithm, length, curve = _kind(ctx.provisioning.current(), ctx)
        if algorithm is not CryptographicAlgorithm.RSA:
            return None
        return lambda: Prepared(pair=ctx.ciphers.generate_pair(algorithm, length, curve))

    return look


@operation(Operation.RE_PROVISION, ReProvisionRequest, ReProvisionResponse, foresee=foresee)
def handle(request: ReProvisionRequest, ctx: Context) -> ReProvisionResponse:
    """Find out what is asked, make or take the certificate, put it in place of the current one."""
    provisioning = ctx.provisioning
    provisioning.authority.require()
    current = provisioning.current()
    if request.certificate_request is not None and request.certificate is not None:
        raise InvalidField("either a certificate request or a certificate is given, not both")
    answer: str | None = None
    if request.certificate_request is not None:
        made = _signed(_requested(request.certificate_request, current, ctx), current, None, ctx)
    elif request.certificate is not None:
        made = _taken(request.certificate, current, ctx)
    else:
        answer, made = _generated(current, ctx)
    structure = ctx.reveal(made)
    if not isinstance(structure, Certificate):
        raise TypeError("a certificate was made")
    _require_good_key(ctx.ciphers.describe_certificate(structure.certificate_value).key)
    provisioning.replace(structure.certificate_value, made.unique_identifier)
    ctx.note(f"{made.unique_identifier} is the client's certificate from now on")
    ctx.remember(answer or made.unique_identifier)
    return ReProvisionResponse(unique_identifier=answer or made.unique_identifier)


def _requested(request: CertificateRequest, current: bytes, ctx: Context) -> bytes:
    """The public key of a request, its proof of possession checked, its subject the client's own or none."""
    try:
        facts = ctx.ciphers.read_certificate_request(
            request.certificate_request_type, request.certificate_request_value
        )
    except KmipError as error:
        # 2.1 Table 315 has no Invalid CSR.
        raise InvalidField(error.message, ResultReason.INVALID_FIELD) from error
    if facts.subject not in ("", ctx.ciphers.describe_certificate(current).subject.text):
        raise PermissionDenied("the certificate request names another subject than the client's certificate")
    return facts.public_key


def _signed(public_key: bytes, current: bytes, public_id: str | None, ctx: Context) -> ManagedObject:
    """A certificate for a public key, with the name of the current one."""
    facts = ctx.ciphers.describe_certificate(current)
    attributes = _attributes(ObjectType.CERTIFICATE, CryptographicUsageMask.VERIFY, ctx)
    attributes.put(Tag.CERTIFICATE_TYPE, CertificateType.X_509)
    own = X509CertificateSubject(
        subject_distinguished_name=facts.subject.der, subject_alternative_name=list(facts.subject.alternative_der)
    )
    attributes.put(Tag.X_509_CERTIFICATE_SUBJECT, own)
    if public_id is not None:
        attributes.add(Tag.LINK, link(LinkType.PUBLIC_KEY_LINK, public_id))
    return make_certificate(attributes, public_key, None, ctx, ctx.provisioning.authority, for_client=True)


def _taken(given: Certificate, current: bytes, ctx: Context) -> ManagedObject:
    """A certificate that the client brings: trusted in connections, and of the same name."""
    if given.certificate_type is not CertificateType.X_509:
        raise FeatureNotSupported("only X.509 certificates let clients in")
    facts = ctx.ciphers.describe_certificate(given.certificate_value)
    ctx.provisioning.require_new(given.certificate_value)
    if facts.subject.parts.get("CN") != ctx.ciphers.describe_certificate(current).subject.parts.get("CN"):
        raise PermissionDenied("the certificate names another client")
    attributes = _attributes(ObjectType.CERTIFICATE, CryptographicUsageMask.VERIFY, ctx)
    describe(given, attributes, ctx)
    return ctx.admit(ObjectType.CERTIFICATE, given, attributes, trusted=True)


def _generated(current: bytes, ctx: Context) -> tuple[str, ManagedObject]:
    """A new pair of the kind that the client has, and its certificate; the private key's identifier first."""
    algorithm, length, curve = _kind(current, ctx)
    pair = ctx.prepared.pair or ctx.ciphers.generate_pair(algorithm, length, curve)
    private_id, public_id = ctx.new_identifier(), ctx.new_identifier()
    info = ctx.ciphers.public_key_info(pair.public, pair.public_format, algorithm)
    made = _signed(info, current, public_id, ctx)
    _admit_half(ObjectType.PUBLIC_KEY, public_id, pair, algorithm, {
        LinkType.PRIVATE_KEY_LINK: private_id, LinkType.CERTIFICATE_LINK: made.unique_identifier}, ctx)  # fmt: skip
    _admit_half(ObjectType.PRIVATE_KEY, private_id, pair, algorithm, {LinkType.PUBLIC_KEY_LINK: public_id}, ctx)
    return private_id, made


def _admit_half(
    object_type: ObjectType,
    uid: str,
    pair: GeneratedPair,
    algorithm: CryptographicAlgorithm,
    links: dict[LinkType, str],
    ctx: Context,
) -> None:
    """Let one half of the pair in."""
    secret = object_type is ObjectType.PRIVATE_KEY
    attributes = _attributes(object_type, CryptographicUsageMask.SIGN if secret else CryptographicUsageMask.VERIFY, ctx)
    attributes.put(Tag.CRYPTOGRAPHIC_ALGORITHM, algorithm)
    attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, pair.length)
    for link_type, linked in links.items():
        attributes.add(Tag.LINK, link(link_type, linked))
    structure: PrivateKey | PublicKey
    if secret:
        structure = PrivateKey(key_block=key_block(pair.private_format, pair.private, algorithm, pair.length))
    else:
        structure = PublicKey(key_block=key_block(pair.public_format, pair.public, algorithm, pair.length))
    ctx.admit(object_type, structure, attributes, trusted=True, unique_identifier=uid)


def _attributes(object_type: ObjectType, usage: CryptographicUsageMask, ctx: Context) -> AttributeMap:
    """Those of what Re-Provision makes: active at once, for it is used at once."""
    attributes = asked_attributes(None, object_type, ctx)
    attributes.put(Tag.CRYPTOGRAPHIC_USAGE_MASK, int(usage))
    attributes.put(Tag.ACTIVATION_DATE, ctx.now)
    return attributes


def _kind(current: bytes, ctx: Context) -> tuple[CryptographicAlgorithm, int | None, RecommendedCurve | None]:
    """The kind of key that the client has, where it is one to make anew; else P-256."""
    key: Any = ctx.ciphers.describe_certificate(current).key
    algorithm = None if key is None else key.algorithm
    if algorithm is CryptographicAlgorithm.RSA:
        return algorithm, max(key.length, _LEAST_RSA), None
    if algorithm is CryptographicAlgorithm.ED25519:
        return algorithm, None, None
    return CryptographicAlgorithm.ECDSA, None, RecommendedCurve.P_256


def _require_good_key(key: Any) -> None:
    """Refuse a key that would lock the client out: no TLS handshake would succeed with it."""
    algorithm = None if key is None else key.algorithm
    strong = algorithm is CryptographicAlgorithm.RSA and key.length >= _LEAST_RSA
    if not strong and algorithm not in _CURVES | {CryptographicAlgorithm.ED25519}:
        raise InvalidField("a client could not connect with a key of this kind or length")
