"""Create Key Pair (KMIP 2.1 §6.1.9, 1.4 §4.2): two keys that point at each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.errors import InvalidMessage
from kmip_server.operations.creating import require_quantum_safe, set_security_category, told
from kmip_server.operations.defaulting import supply
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
from kmip_server.operations.registry import Look, operation
from kmip_server.ports import Ciphers, Context, Prepared
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    ObjectType,
    Operation,
    RecommendedCurve,
    UniqueIdentifierCode,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_0


@payload
class CreateKeyPairRequest:
    """What the keys have in common, and what each has alone."""

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
class CreateKeyPairResponse(PairResponse):
    """The two keys."""


def prepare(request: CreateKeyPairRequest, ciphers: Ciphers) -> Callable[[], Prepared] | None:
    """Make an RSA or DSA pair before the transaction, where the request says outright which."""
    said = _said(request)
    algorithm, length = said.get(Tag.CRYPTOGRAPHIC_ALGORITHM), said.get(Tag.CRYPTOGRAPHIC_LENGTH)
    if algorithm not in SLOW_PAIRS or length is None:
        return None
    return lambda: Prepared(pair=ciphers.generate_pair(algorithm, length, None))


def foresee(request: CreateKeyPairRequest) -> Look | None:
    """The same where a template says the rest of it."""
    if _said(request).get(Tag.CRYPTOGRAPHIC_ALGORITHM, _RSA) not in SLOW_PAIRS:
        return None

    def look(ctx: Context) -> Callable[[], Prepared] | None:
        kind = _kind(*_attributes(request, ctx))
        return None if kind.algorithm not in SLOW_PAIRS else lambda: Prepared(pair=ctx.ciphers.generate_pair(*kind))

    return look


_RSA = CryptographicAlgorithm.RSA


def _said(request: CreateKeyPairRequest) -> dict[Any, Any]:
    """Algorithm and length as the request says them outright; a template may yet say something else."""
    groups = (request.common_attributes, request.private_key_attributes, request.public_key_attributes)
    return {item.key: item.value for group in groups if group is not None for item in group.items}


def _attributes(request: CreateKeyPairRequest, ctx: Context) -> tuple[AttributeMap, AttributeMap]:
    """What is asked for the private and for the public key."""
    common = request.common_attributes
    private = pair_attributes(common, request.private_key_attributes, ObjectType.PRIVATE_KEY, ctx)
    public = pair_attributes(common, request.public_key_attributes, ObjectType.PUBLIC_KEY, ctx)
    if agreed(Tag.CRYPTOGRAPHIC_ALGORITHM, private, public) is None:
        supply(private, ObjectType.PRIVATE_KEY, ctx)
        supply(public, ObjectType.PUBLIC_KEY, ctx)
    return private, public


def _kind(private: AttributeMap, public: AttributeMap) -> PairKind:
    algorithm = agreed(Tag.CRYPTOGRAPHIC_ALGORITHM, private, public)
    if algorithm is None:
        # 1.4 Table 168: "SHALL be included"; §11.3: "REQUIRED field(s) missing: Invalid Message".
        raise InvalidMessage("Cryptographic Algorithm is missing")
    domain = agreed(Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, private, public)
    curve = domain.recommended_curve if domain is not None else None
    # 1.4 Table 168: of the length it says "REQUIRED: No".
    usual = None if curve is not None else _USUAL_BITS.get(algorithm)
    length = agreed(Tag.CRYPTOGRAPHIC_LENGTH, private, public) or usual
    require_order(algorithm, length, domain)
    return PairKind(algorithm, length, curve)


_USUAL_BITS = {
    CryptographicAlgorithm.RSA: 2048,
    CryptographicAlgorithm.DSA: 2048,
    CryptographicAlgorithm.EC: 256,
    CryptographicAlgorithm.ECDSA: 256,
    CryptographicAlgorithm.ECDH: 256,
}
"""The length of a pair whose length the client leaves to the server."""


@operation(Operation.CREATE_KEY_PAIR, CreateKeyPairRequest, CreateKeyPairResponse, prepare, foresee)
def handle(request: CreateKeyPairRequest, ctx: Context) -> CreateKeyPairResponse:
    """Make the pair, let both in, link them."""
    require_pair_storage(
        request.common_protection_storage_masks,
        request.private_protection_storage_masks,
        request.public_protection_storage_masks,
    )
    private, public = _attributes(request, ctx)
    kind = _kind(private, public)
    share(private, public)
    algorithm, pair = kind.algorithm, pair_of(kind, ctx)
    # 1.4 Table 151 wants masks; clients that send none (Barbican) get the pair's natural use.
    for attributes, natural in zip((private, public), _natural_use(kind), strict=True):
        if Tag.CRYPTOGRAPHIC_USAGE_MASK not in attributes:
            attributes.put(Tag.CRYPTOGRAPHIC_USAGE_MASK, int(natural))
    for attributes in (private, public):
        attributes.put(Tag.CRYPTOGRAPHIC_ALGORITHM, algorithm)
        attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, pair.length)
        require_quantum_safe(attributes, pair.length)
        set_security_category(attributes)
    named = linked_halves(private, public, ctx)
    admit_pair(pair, algorithm, private, public, named, _CODES, ctx)
    common = request.common_attributes
    return CreateKeyPairResponse(
        private_key_unique_identifier=named.private,
        public_key_unique_identifier=named.public,
        private_key_attributes=told(private, common, request.private_key_attributes),
        public_key_attributes=told(public, common, request.public_key_attributes),
    )


_CODES = PairCodes(
    private=UniqueIdentifierCode.CREATE_KEY_PAIR_PRIVATE_KEY, public=UniqueIdentifierCode.CREATE_KEY_PAIR_PUBLIC_KEY
)


_SIGNING = (CryptographicUsageMask.SIGN, CryptographicUsageMask.VERIFY)
_ENCAPSULATING = (CryptographicUsageMask.KEY_AGREEMENT, CryptographicUsageMask.KEY_AGREEMENT)
_AGREEING = (int(CryptographicUsageMask.KEY_AGREEMENT | CryptographicUsageMask.DERIVE_KEY),) * 2
_NATURAL_USE = {
    CryptographicAlgorithm.ML_KEM_768: _ENCAPSULATING,
    CryptographicAlgorithm.ML_KEM_1024: _ENCAPSULATING,
    CryptographicAlgorithm.DH: _AGREEING,
    CryptographicAlgorithm.ECDH: _AGREEING,
    CryptographicAlgorithm.ECMQV: _AGREEING,
}
"""What the private and the public key are for when nobody says: to sign, where not said otherwise here."""


def _natural_use(kind: PairKind) -> tuple[int, int]:
    """What a pair is for; the curves of RFC 7748 have nothing but key agreement."""
    if kind.curve in (RecommendedCurve.CURVE25519, RecommendedCurve.CURVE448):
        return _AGREEING
    return _NATURAL_USE.get(kind.algorithm, _SIGNING)
