"""Re-key Key Pair (KMIP 2.1 §6.1.47, 1.4 §4.5): a new pair takes the place, and the names, of an old one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.rotation import end_generation
from kmip_server.errors import InvalidMessage, KmipError
from kmip_server.operations.linking import link
from kmip_server.operations.pairing import (
    SLOW_PAIRS,
    PairCodes,
    PairKind,
    PairResponse,
    admit_pair,
    agreed,
    linked_halves,
    pair_attributes,
    pair_of,
    require_order,
    require_pair_storage,
    share,
)
from kmip_server.operations.re_key import DATES, replacement_attributes, require_rekeyable
from kmip_server.operations.registry import Look, operation
from kmip_server.ports import Context, Prepared
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    LinkType,
    ObjectType,
    Operation,
    RecommendedCurve,
    ResultReason,
    UniqueIdentifierCode,
)
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.parameters import CryptographicDomainParameters
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0


@payload
class RekeyKeyPairRequest:
    """Which pair, by its private key, and what of the new one is to differ."""

    private_key_unique_identifier: Any = field(
        Tag.PRIVATE_KEY_UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None
    )
    offset: int | None = field(Tag.OFFSET, ItemType.INTERVAL, default=None)
    common_attributes: Attributes | None = field(
        Tag.COMMON_ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.COMMON_TEMPLATE_ATTRIBUTE, default=None
    )
    private_key_attributes: Attributes | None = field(
        Tag.PRIVATE_KEY_ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.PRIVATE_KEY_TEMPLATE_ATTRIBUTE, default=None
    )
    public_key_attributes: Attributes | None = field(
        Tag.PUBLIC_KEY_ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.PUBLIC_KEY_TEMPLATE_ATTRIBUTE, default=None
    )
    common_protection_storage_masks: ProtectionStorageMasks | None = field(
        Tag.COMMON_PROTECTION_STORAGE_MASKS, ProtectionStorageMasks, since=V2_0, default=None
    )
    private_protection_storage_masks: ProtectionStorageMasks | None = field(
        Tag.PRIVATE_PROTECTION_STORAGE_MASKS, ProtectionStorageMasks, since=V2_0, default=None
    )
    public_protection_storage_masks: ProtectionStorageMasks | None = field(
        Tag.PUBLIC_PROTECTION_STORAGE_MASKS, ProtectionStorageMasks, since=V2_0, default=None
    )


@payload
class RekeyKeyPairResponse(PairResponse):
    """The two new keys."""


def foresee(request: RekeyKeyPairRequest) -> Look:
    """Of what kind the new pair will be stands at the old one: an RSA or DSA pair is made before the transaction."""

    def look(ctx: Context) -> Callable[[], Prepared] | None:
        found = ctx.load(request.private_key_unique_identifier)
        private = pair_attributes(
            request.common_attributes, request.private_key_attributes, ObjectType.PRIVATE_KEY, ctx
        )
        public = pair_attributes(request.common_attributes, request.public_key_attributes, ObjectType.PUBLIC_KEY, ctx)
        kind = _kind(found, private, public, ctx)
        if kind.algorithm not in SLOW_PAIRS:
            return None
        return lambda: Prepared(pair=ctx.ciphers.generate_pair(*kind))

    return look


@operation(Operation.RE_KEY_KEY_PAIR, RekeyKeyPairRequest, RekeyKeyPairResponse, foresee=foresee)
def handle(request: RekeyKeyPairRequest, ctx: Context) -> RekeyKeyPairResponse:
    """Make the new pair, point its halves at each other and at the old ones."""
    require_pair_storage(
        request.common_protection_storage_masks,
        request.private_protection_storage_masks,
        request.public_protection_storage_masks,
    )
    private = pair_attributes(request.common_attributes, request.private_key_attributes, ObjectType.PRIVATE_KEY, ctx)
    public = pair_attributes(request.common_attributes, request.public_key_attributes, ObjectType.PUBLIC_KEY, ctx)
    if request.offset is not None and any(date in asked for date in DATES for asked in (private, public)):
        # 1.4 §11.6: the offset "is not permitted to be specified at the same time as" a date.
        raise InvalidMessage("an offset and a date contradict each other")
    found = ctx.load_for_change(request.private_key_unique_identifier)
    require_rekeyable(found, ctx)
    partner = _public_half(found, ctx)
    kind = _kind(found, private, public, ctx)
    share(private, public)
    pair = pair_of(kind, ctx)
    new = (
        replacement_attributes(found.attributes, private, request.offset, ctx.now),
        replacement_attributes(partner.attributes, public, request.offset, ctx.now),
    )
    named = linked_halves(*new, ctx)
    for attributes, old in zip(new, (found, partner), strict=True):
        attributes.put(Tag.CRYPTOGRAPHIC_ALGORITHM, kind.algorithm)
        attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, pair.length)
        link(attributes, LinkType.REPLACED_OBJECT_LINK, old.unique_identifier)
    admit_pair(pair, kind.algorithm, *new, named, _CODES, ctx)
    for old, replacement in zip((found, partner), named, strict=True):
        _replaced(old, replacement, ctx)
    return RekeyKeyPairResponse(private_key_unique_identifier=named.private, public_key_unique_identifier=named.public)


_CODES = PairCodes(
    private=UniqueIdentifierCode.RE_KEY_KEY_PAIR_PRIVATE_KEY, public=UniqueIdentifierCode.RE_KEY_KEY_PAIR_PUBLIC_KEY
)


def _public_half(private: ManagedObject, ctx: Context) -> ManagedObject:
    """The other half of the pair; 1.4 §11.6: without it the object "is not able to be re-keyed"."""
    for pointer in private.attributes.all(Tag.LINK):
        if pointer.link_type is LinkType.PUBLIC_KEY_LINK:
            partner = ctx.load_for_change(pointer.linked_object_identifier, operation=ctx.operation)
            require_rekeyable(partner, ctx)
            return partner
    raise KmipError("the private key has no public key beside it", ResultReason.PERMISSION_DENIED)


def _kind(found: ManagedObject, private: AttributeMap, public: AttributeMap, ctx: Context) -> PairKind:
    """The kind of the old pair, unless another one is asked for."""
    algorithm: CryptographicAlgorithm | None = agreed(Tag.CRYPTOGRAPHIC_ALGORITHM, private, public)
    algorithm = algorithm or found.head.cryptographic_algorithm
    if algorithm is None:
        raise KmipError("the key has no algorithm", ResultReason.INVALID_OBJECT_TYPE)
    domain: CryptographicDomainParameters | None = agreed(Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, private, public)
    length: int | None = agreed(Tag.CRYPTOGRAPHIC_LENGTH, private, public)
    require_order(algorithm, length or found.head.cryptographic_length, domain)
    if domain is not None:
        return PairKind(algorithm, length, domain.recommended_curve)
    if length is None and algorithm is found.head.cryptographic_algorithm:
        own: CryptographicDomainParameters | None = found.attributes.one(Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS)
        curve = own.recommended_curve if own is not None else None
        return PairKind(algorithm, found.head.cryptographic_length, curve or _curve(found, ctx))
    return PairKind(algorithm, length, None)


def _curve(found: ManagedObject, ctx: Context) -> RecommendedCurve | None:
    """The curve that the key itself is on: a length alone does not tell one curve from another."""
    material = ctx.material(found)
    if material.key_format_type is None or material.algorithm in SLOW_PAIRS:
        return None
    try:
        return ctx.ciphers.describe(material.value, material.key_format_type).curve
    except KmipError:
        return None


def _replaced(found: ManagedObject, replacement: str, ctx: Context) -> None:
    """The old half gives its names away and points at the new one."""
    attributes = found.attributes.copy()
    attributes.remove_all(Tag.NAME)
    link(attributes, LinkType.REPLACEMENT_OBJECT_LINK, replacement)
    end_generation(attributes, ctx.now)
    ctx.save(found.with_attributes(attributes))
