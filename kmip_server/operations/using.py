"""What the operations that use a key share: which parameters hold."""

from __future__ import annotations

from dataclasses import fields

from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import InvalidMessage, KmipError
from kmip_server.ports import Material
from kmip_server.spec.enums import CryptographicAlgorithm, ResultReason
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag


def effective_parameters(asked: CryptographicParameters | None, key: ManagedObject) -> CryptographicParameters:
    """What the request says, else what the key's first Cryptographic Parameters say (1.4 §4.29)."""
    if asked is not None:
        return asked
    own: CryptographicParameters | None = (
        key.attributes.one(Tag.CRYPTOGRAPHIC_PARAMETERS) if key.head.parameterised else None
    )
    return own if own is not None else CryptographicParameters()


def chosen_algorithm(parameters: CryptographicParameters, key: Material) -> CryptographicAlgorithm:
    """The algorithm the parameters name, else the key's own (2.1 §4.16).

    A key of one algorithm is not used with another: an AES key under RC4 would betray itself. Raises KmipError.
    """
    asked, own = parameters.cryptographic_algorithm, key.algorithm
    if asked is None or asked is own:
        if own is None:
            raise KmipError("the key has no Cryptographic Algorithm", ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS)
        return own
    if not _fits(asked, own):
        raise KmipError(f"the key is not for {asked.title}", ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS)
    return asked


def _fits(asked: CryptographicAlgorithm, own: CryptographicAlgorithm | None) -> bool:
    """Whether a key may be used with another algorithm than its own, or one that is for nothing in particular."""
    if own is None:
        return asked is not CryptographicAlgorithm.POLY1305  # two of its codes betray the key
    return (asked in _ON_ANY_KEY and own not in _OF_PAIRS) or _KIN.get(asked, asked) is _KIN.get(own, own)


def agreeing(asked: CryptographicParameters, own: CryptographicParameters) -> bool:
    """Whether nothing that is asked contradicts the key's own parameters."""
    pairs = [(getattr(asked, each.name), getattr(own, each.name)) for each in fields(asked)]
    return all(one is None or other is None or one == other for one, other in pairs)


def key_bytes(key: Material) -> bytes:
    """The bytes of a symmetric key or a secret, raw or in a transparent format; a key of a pair has none."""
    value = key.value if isinstance(key.value, bytes) else key.value.key
    if value is None:
        raise KmipError("the key is no string of bytes", ResultReason.INVALID_OBJECT_TYPE)
    return value


_A = CryptographicAlgorithm
_ON_ANY_KEY = frozenset(code for code in CryptographicAlgorithm if code.name.startswith("HMAC_"))
"""Authentication codes that take any string of bytes as their key."""
_OF_PAIRS = frozenset(
    {
        *(_A.RSA, _A.DSA, _A.DH, _A.EC, _A.ECDSA, _A.ECDH, _A.ECMQV, _A.ED25519, _A.ED448),
        *(each for each in _A if each.name.startswith(("ML_", "SLH_"))),
    }
)
"""Algorithms of key pairs: the encoding of such a key is no key of anything else."""
_KIN = {
    CryptographicAlgorithm.CHACHA20POLY1305: CryptographicAlgorithm.CHACHA20,
    CryptographicAlgorithm.ECDSA: CryptographicAlgorithm.EC,
    CryptographicAlgorithm.ECDH: CryptographicAlgorithm.EC,
    CryptographicAlgorithm.ECMQV: CryptographicAlgorithm.EC,
}
"""Algorithms that work with the keys of another."""


def require_data(data: bytes | None, name: str = "Data") -> bytes:
    """1.3 §4.29: "Yes for single-part"."""
    if data is None:
        raise InvalidMessage(f"{name} is missing")
    return data
