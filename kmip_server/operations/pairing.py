"""What the operations that make key pairs share: attributes of two keys at once, their storage, how both go in."""

from __future__ import annotations

from typing import Any, NamedTuple

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.errors import InvalidField, KmipError
from kmip_server.operations.creating import asked_attributes, expanded, over, require_storage
from kmip_server.operations.linking import link
from kmip_server.operations.making_formats import asked_format, put_in_format
from kmip_server.ports import Context, GeneratedPair
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    KeyFormatType,
    LinkType,
    ObjectType,
    RecommendedCurve,
    ResultReason,
    UniqueIdentifierCode,
)
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, PrivateKey, PublicKey
from kmip_server.spec.structures.parameters import CryptographicDomainParameters
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4


@payload
class PairResponse:
    """The two new keys: the answer of Create Key Pair and of Re-key Key Pair alike."""

    private_key_unique_identifier: str = field(Tag.PRIVATE_KEY_UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    public_key_unique_identifier: str = field(Tag.PUBLIC_KEY_UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    private_key_attributes: Attributes | None = field(
        Tag.PRIVATE_KEY_ATTRIBUTES,
        Special.ATTRIBUTES,
        before_2=Tag.PRIVATE_KEY_TEMPLATE_ATTRIBUTE,
        until=V1_4,
        default=None,
    )
    public_key_attributes: Attributes | None = field(
        Tag.PUBLIC_KEY_ATTRIBUTES,
        Special.ATTRIBUTES,
        before_2=Tag.PUBLIC_KEY_TEMPLATE_ATTRIBUTE,
        until=V1_4,
        default=None,
    )


class PairIdentifiers(NamedTuple):
    """Who the two halves are."""

    private: str
    public: str


class PairCodes(NamedTuple):
    """What stands for the two halves in later items of the batch (2.1 §4.58)."""

    private: UniqueIdentifierCode
    public: UniqueIdentifierCode


def pair_attributes(
    common: Attributes | None, own: Attributes | None, object_type: ObjectType, ctx: Context
) -> AttributeMap:
    """What is common to both, under what is said of this key alone.

    1.4 §4.2: what is said of the key itself comes first, what its templates say second, then what is said of both
    keys, and their templates last.
    """
    return asked_attributes(Attributes(over(expanded(own, ctx), expanded(common, ctx))), object_type, ctx)


def agreed(tag: Tag, private: AttributeMap, public: AttributeMap) -> Any:
    """What both keys must share: said of one it holds for both, said differently it is an error."""
    one, other = private.one(tag), public.one(tag)
    if one is not None and other is not None and one != other:
        raise InvalidField(f"the keys of a pair cannot differ in {tag.title}", ResultReason.INVALID_ATTRIBUTE_VALUE)
    return one if one is not None else other


def share(private: AttributeMap, public: AttributeMap) -> None:
    """Domain and Cryptographic Parameters "SHALL contain the same value for both" keys (1.4 Table 168, 2.1 Table 191).

    As with :func:`agreed`, what is said of one holds for both, and what is said differently is an error.
    """
    domain = agreed(Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, private, public)
    one, other = private.all(Tag.CRYPTOGRAPHIC_PARAMETERS), public.all(Tag.CRYPTOGRAPHIC_PARAMETERS)
    if one and other and (len(one) != len(other) or any(value not in other for value in one)):
        raise InvalidField(
            "the keys of a pair cannot differ in Cryptographic Parameters", ResultReason.INVALID_ATTRIBUTE_VALUE
        )
    for attributes in (private, public):
        attributes.put(Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, domain)
        if Tag.CRYPTOGRAPHIC_PARAMETERS not in attributes:
            for value in one or other:
                attributes.add(Tag.CRYPTOGRAPHIC_PARAMETERS, value)


SLOW_PAIRS = frozenset({CryptographicAlgorithm.RSA, CryptographicAlgorithm.DSA})
"""Algorithms whose pairs take a tenth of a second and more: they are made before the transaction."""
_INLINE_BITS = 4096
"""The longest of them that is made inside the transaction, where nothing could be foreseen: under a second or so."""


class PairKind(NamedTuple):
    """What decides over the pair that is made."""

    algorithm: CryptographicAlgorithm
    length: int | None
    curve: RecommendedCurve | None


def pair_of(kind: PairKind, ctx: Context) -> GeneratedPair:
    """The pair made before the transaction, if it is of this kind still; else one made now."""
    before = ctx.prepared.pair
    if before is not None and before.length == kind.length and _is_rsa(before) == (kind.algorithm is _RSA):
        return before
    if kind.algorithm in SLOW_PAIRS and (kind.length or 0) > _INLINE_BITS:
        # Nothing can be foreseen of what an earlier item of the batch makes, and all others would wait for seconds.
        raise KmipError(
            "a pair of this length is made where it needs nothing of an earlier item of the batch",
            ResultReason.FEATURE_NOT_SUPPORTED,
        )
    return ctx.ciphers.generate_pair(*kind)


_RSA = CryptographicAlgorithm.RSA


def _is_rsa(pair: GeneratedPair) -> bool:
    """Only RSA keys are made in PKCS#1."""
    return pair.private_format is KeyFormatType.PKCS_1


_DSA_ORDERS = {1024: 160, 2048: 256, 3072: 256}
"""Bits of P and of Q (FIPS 186-4 §4.2) as they are made here; 2048 with 224 is not."""


def require_order(
    algorithm: CryptographicAlgorithm, length: int | None, domain: CryptographicDomainParameters | None
) -> None:
    """2.1 §4.14: "Qlength applies to algorithms such as DSA and DH": a Q of other bits is not what is wanted."""
    asked = None if domain is None else domain.qlength
    if asked is None:
        return
    # The primes of the groups of RFC 7919 are safe: Q is half of P.
    made = {
        CryptographicAlgorithm.DSA: _DSA_ORDERS.get(length or 0),
        CryptographicAlgorithm.DH: (length or 0) - 1,
    }
    if asked != made.get(algorithm, asked):
        raise InvalidField(f"no {algorithm.title} key of this Qlength is made", ResultReason.INVALID_ATTRIBUTE_VALUE)


def linked_halves(private: AttributeMap, public: AttributeMap, ctx: Context) -> PairIdentifiers:
    """Give the two halves identifiers, and let each point at the other."""
    named = PairIdentifiers(private=ctx.new_identifier(), public=ctx.new_identifier())
    link(private, LinkType.PUBLIC_KEY_LINK, named.public)
    link(public, LinkType.PRIVATE_KEY_LINK, named.private)
    return named


def admit_pair(
    pair: GeneratedPair,
    algorithm: CryptographicAlgorithm,
    private: AttributeMap,
    public: AttributeMap,
    named: PairIdentifiers,
    codes: PairCodes,
    ctx: Context,
) -> None:
    """Let both halves in; from now on the codes and the ID Placeholder stand for them."""
    block = key_block(pair.public_format, pair.public, algorithm, pair.length)
    put_in_format(block, ObjectType.PUBLIC_KEY, asked_format(public), ctx)
    ctx.admit(ObjectType.PUBLIC_KEY, PublicKey(key_block=block), public, trusted=True, unique_identifier=named.public)
    ctx.remember(named.public, codes.public)
    block = key_block(pair.private_format, pair.private, algorithm, pair.length)
    put_in_format(block, ObjectType.PRIVATE_KEY, asked_format(private), ctx)
    ctx.admit(
        ObjectType.PRIVATE_KEY, PrivateKey(key_block=block), private, trusted=True, unique_identifier=named.private
    )
    # 1.4 §4.2: the server copies the identifier of the private key into the ID Placeholder; so does 2.1 §6.1.47.
    ctx.remember(named.private, codes.private)


def key_block(key_format: KeyFormatType, value: bytes, algorithm: CryptographicAlgorithm, length: int) -> KeyBlock:
    """The block of one half of a pair."""
    return KeyBlock(
        key_format_type=key_format,
        key_value=KeyValue(key_material=value),
        cryptographic_algorithm=algorithm,
        cryptographic_length=length,
    )


def require_pair_storage(
    common: ProtectionStorageMasks | None,
    private: ProtectionStorageMasks | None,
    public: ProtectionStorageMasks | None,
) -> None:
    """2.1 §6.1.9: each key is stored in one of the ways asked for, or the pair is not made."""
    require_storage(private or common, ResultReason.PRIVATE_PROTECTION_STORAGE_UNAVAILABLE)
    require_storage(public or common, ResultReason.PUBLIC_PROTECTION_STORAGE_UNAVAILABLE)
