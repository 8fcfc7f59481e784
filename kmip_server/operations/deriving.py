"""Which input of a derivation is what, and which of them a method needs (KMIP 2.1 §7.12, 1.4 §4.6).

A Symmetric Key is the derivation key, a Secret Data object beside it is the Derivation Data. Of two Secret Data
objects the first is the key, the second the data; a single object is the key, password or input key material.
What a method does not use is refused: a salt that is silently left out would make a weaker key than was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import InvalidField, InvalidMessage, KmipError
from kmip_server.operations.using import agreeing, chosen_algorithm, effective_parameters, key_bytes
from kmip_server.ports import Context, Derivation, Material
from kmip_server.spec.enums import CryptographicAlgorithm, DerivationMethod, ObjectType, ResultReason
from kmip_server.spec.structures.parameters import CryptographicParameters, DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_0

_BYTES = frozenset({ObjectType.SYMMETRIC_KEY, ObjectType.SECRET_DATA})


class Base(NamedTuple):
    """An object to derive from, opened."""

    found: ManagedObject
    material: Material


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a method takes beside its key: 0 to ``most`` and at least ``least`` pieces of Derivation Data."""

    least: int = 1
    most: int = 1
    takes_object: bool = True
    """Whether the data may be a Secret Data object."""
    takes_iv: bool = False
    takes_salt: bool = False


_M = DerivationMethod
_RULES: dict[DerivationMethod, _Rule] = {
    # "either a derivation key or derivation data": never both, and there is always an object.
    _M.HASH: _Rule(0, 0, takes_object=False),
    _M.PBKDF2: _Rule(0, 0, takes_object=False, takes_salt=True),
    _M.HMAC: _Rule(),
    _M.ENCRYPT: _Rule(takes_iv=True),
    _M.NIST800_108_C: _Rule(),
    _M.NIST800_108_F: _Rule(takes_iv=True),
    _M.NIST800_108_DPI: _Rule(),
    # "(in order) the Date, Region, and Service".
    _M.AWS_SIGNATURE_VERSION_4: _Rule(3, 3, takes_object=False),
    _M.HKDF: _Rule(0, 1, takes_salt=True),
}


def derivation(
    method: DerivationMethod, given: DerivationParameters, bases: Sequence[Base], length: int, ctx: Context
) -> Derivation:
    """Put every input in its place; raises where one is missing, too many, or not for this method."""
    rule = _RULES.get(method)
    if rule is None:
        raise InvalidField(
            f"the Derivation Method {method.title} is not served", ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS
        )
    key, implicit = _parts_played(bases)
    data = _data(rule, given, implicit)
    _require_beside(method, rule, given)
    parameters = _parameters(given.cryptographic_parameters, key.found, ctx)
    asked = Derivation(
        method=method,
        length=length,
        parameters=parameters,
        algorithm=_algorithm(method, parameters, key),
        key=key_bytes(key.material),
        data=b"".join(data[:1]),
        parts=tuple(data),
        iv=given.initialization_vector or None,
        salt=given.salt or b"",
        iteration_count=given.iteration_count or 0,
    )
    if ctx.ciphers.derivation_rounds(asked) > ctx.facts.maximum_derivation_rounds:
        raise InvalidField("the derivation takes more rounds of its function than this server grants")
    return asked


def _parts_played(bases: Sequence[Base]) -> tuple[Base, Base | None]:
    """The derivation key, and the Secret Data object that is the Derivation Data."""
    for base in bases:
        if base.found.object_type not in _BYTES:
            raise InvalidField("a key of a pair serves key agreement only", ResultReason.INVALID_OBJECT_TYPE)
    if len(bases) == 1:
        return bases[0], None
    first, second = bases
    if second.found.object_type is ObjectType.SYMMETRIC_KEY:
        first, second = second, first
    if second.found.object_type is ObjectType.SYMMETRIC_KEY:
        raise InvalidField("there is one derivation key; what stands beside it is Secret Data")
    return first, second


def _data(rule: _Rule, given: DerivationParameters, implicit: Base | None) -> list[bytes]:
    data = given.derivation_data
    if implicit is not None:
        if data:
            # 1.4 §11.7: "Ambiguous derivation data provided both with Derivation Data and Secret Data object".
            raise InvalidMessage("there are both Derivation Data and a Secret Data object that holds it")
        if not rule.takes_object:
            raise InvalidField("the Derivation Method takes one object")
        return [key_bytes(implicit.material)]
    if data and not rule.most:
        raise InvalidMessage("the Derivation Method takes either an object or Derivation Data; there are both")
    if not rule.least <= len(data) <= rule.most:
        wanted = f"{rule.most}" if rule.least == rule.most else f"at most {rule.most}"
        raise InvalidField(f"the Derivation Method takes {wanted} of Derivation Data")
    return list(data)


def _require_beside(method: DerivationMethod, rule: _Rule, given: DerivationParameters) -> None:
    """Salt, Iteration Count and Initialization Vector: there if the method needs them, absent if it has no use."""
    if given.initialization_vector and not rule.takes_iv:
        raise InvalidField("the Derivation Method takes no Initialization Vector")
    if given.salt and not rule.takes_salt:
        raise InvalidField("the Derivation Method takes no Salt")
    counts = method is DerivationMethod.PBKDF2
    if not counts and given.iteration_count is not None:
        raise InvalidField("the Derivation Method takes no Iteration Count")
    if counts and (given.salt is None or (given.iteration_count or 0) < 1):
        raise InvalidField("PBKDF2 needs a Salt and an Iteration Count of at least one")


def _algorithm(
    method: DerivationMethod, parameters: CryptographicParameters, key: Base
) -> CryptographicAlgorithm | None:
    if method is DerivationMethod.ENCRYPT:
        return chosen_algorithm(parameters, key.material)
    return key.material.algorithm


def _parameters(asked: CryptographicParameters | None, key: ManagedObject, ctx: Context) -> CryptographicParameters:
    """What is asked, else the key's first; in 1.x what is asked must be among those of the key, if it has any."""
    if asked is not None and ctx.version < V2_0 and key.head.parameterised:
        # 1.4 §4.6: "The server SHALL verify that the specified mode matches one of the instances of Cryptographic
        # Parameters set for the corresponding key"; 2.0 dropped it. A key without any is used as asked: the
        # published cases of 1.x derive from such keys (TC-DERIVEKEY-1).
        if not any(agreeing(asked, own) for own in key.attributes.all(Tag.CRYPTOGRAPHIC_PARAMETERS)):
            raise InvalidField("the Cryptographic Parameters are none of the derivation key's")
    return effective_parameters(asked, key)


def agreed(given: DerivationParameters, bases: Sequence[Base], length: int, ctx: Context) -> bytes:
    """Key agreement between a private and a public key; what is asked for is taken from the secret's beginning."""
    if given.derivation_data or given.salt or given.initialization_vector or given.iteration_count is not None:
        raise InvalidField("key agreement takes nothing but the two keys")
    by_type = {base.found.object_type: base for base in bases}
    if set(by_type) != {ObjectType.PRIVATE_KEY, ObjectType.PUBLIC_KEY}:
        raise InvalidField("key agreement takes a private and a public key", ResultReason.INVALID_OBJECT_TYPE)
    private, public = by_type[ObjectType.PRIVATE_KEY].material, by_type[ObjectType.PUBLIC_KEY].material
    parameters = given.cryptographic_parameters or CryptographicParameters()
    secret = ctx.ciphers.agree(
        private.value,
        private.key_format_type,
        public.value,
        public.key_format_type,
        algorithm=parameters.cryptographic_algorithm,
        trusted=private.trusted,
    )
    if len(secret) < length:
        raise KmipError(
            "the length asked for exceeds the secret that the keys agree on", ResultReason.CRYPTOGRAPHIC_FAILURE
        )
    return secret[:length]
