"""What a key says of itself: algorithm, length, curve, where a client leaves the attributes out (KMIP 2.1 §3.1).

"MAY be omitted only if this information is available from the Key Value".
"""

from __future__ import annotations

from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, mlkem, rsa, x448, x25519
from cryptography.hazmat.primitives.asymmetric.dh import DHPrivateKey, DHPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from kmip_server.crypto.curves import name_of
from kmip_server.crypto.keys import EC_PRIVATE_FORMATS, Material, load_private, load_public
from kmip_server.crypto.refusals import bad_key, unsupported_format
from kmip_server.errors import CryptographicFailure
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.enums import RecommendedCurve
from kmip_server.spec.structures.keys import TransparentKeyMaterial


class KeyFacts(NamedTuple):
    """What is known of a key: its algorithm where it tells, its length in bits, its curve."""

    algorithm: Algorithm | None
    length: int
    curve: RecommendedCurve | None = None


_PRIVATE = EC_PRIVATE_FORMATS | {
    Format.PKCS_8,
    Format.ECPRIVATEKEY,
    Format.TRANSPARENT_RSA_PRIVATE_KEY,
    Format.TRANSPARENT_DSA_PRIVATE_KEY,
}
_EC_NAMES = {
    Format.TRANSPARENT_ECDSA_PRIVATE_KEY: Algorithm.ECDSA,
    Format.TRANSPARENT_ECDSA_PUBLIC_KEY: Algorithm.ECDSA,
    Format.TRANSPARENT_ECDH_PRIVATE_KEY: Algorithm.ECDH,
    Format.TRANSPARENT_ECDH_PUBLIC_KEY: Algorithm.ECDH,
    Format.TRANSPARENT_ECMQV_PRIVATE_KEY: Algorithm.ECMQV,
    Format.TRANSPARENT_ECMQV_PUBLIC_KEY: Algorithm.ECMQV,
}


def describe(material: Material, key_format: Format) -> KeyFacts:
    """Read what the key says of itself; raises where the material is no key of the format.

    An elliptic curve key has the algorithm EC, unless its format says more; bytes of Raw and Opaque have a
    length only.
    """
    if key_format in (Format.RAW, Format.OPAQUE, Format.TRANSPARENT_SYMMETRIC_KEY):
        plain = material.key if isinstance(material, TransparentKeyMaterial) else material
        if plain is None:
            raise bad_key()
        return KeyFacts(None, len(plain) * 8)
    if isinstance(material, TransparentKeyMaterial) and key_format in _DH:
        if material.p is None:
            raise bad_key()
        return KeyFacts(Algorithm.DH, material.p.bit_length())
    facts = facts_of(_load(material, key_format))
    return facts._replace(algorithm=_EC_NAMES.get(key_format, facts.algorithm))


_DH = frozenset({Format.TRANSPARENT_DH_PRIVATE_KEY, Format.TRANSPARENT_DH_PUBLIC_KEY})


def _load(material: Material, key_format: Format) -> PrivateKeyTypes | PublicKeyTypes:
    if key_format in _PRIVATE:
        return load_private(material, key_format, trusted=True)
    if key_format is Format.PKCS_1:
        try:
            return load_private(material, key_format, trusted=True)
        except CryptographicFailure:
            return load_public(material, key_format)
    return load_public(material, key_format)


def facts_of(key: PrivateKeyTypes | PublicKeyTypes) -> KeyFacts:
    """Describe a key of the library."""
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return KeyFacts(Algorithm.RSA, key.key_size)
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return KeyFacts(Algorithm.EC, key.key_size, name_of(key.curve))
    if isinstance(key, dsa.DSAPrivateKey | dsa.DSAPublicKey):
        return KeyFacts(Algorithm.DSA, key.key_size)
    if isinstance(key, DHPrivateKey | DHPublicKey):
        return KeyFacts(Algorithm.DH, key.key_size)
    for kinds, facts in _FIXED:
        if isinstance(key, kinds):
            return facts
    raise unsupported_format("The key is of a kind that is not supported")


_FIXED: tuple[tuple[tuple[type, ...], KeyFacts], ...] = (
    ((ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey), KeyFacts(Algorithm.ED25519, 256)),
    ((ed448.Ed448PrivateKey, ed448.Ed448PublicKey), KeyFacts(Algorithm.ED448, 456)),
    (
        (x25519.X25519PrivateKey, x25519.X25519PublicKey),
        KeyFacts(Algorithm.ECDH, 256, RecommendedCurve.CURVE25519),
    ),
    ((x448.X448PrivateKey, x448.X448PublicKey), KeyFacts(Algorithm.ECDH, 448, RecommendedCurve.CURVE448)),
    ((mlkem.MLKEM768PrivateKey, mlkem.MLKEM768PublicKey), KeyFacts(Algorithm.ML_KEM_768, 1184 * 8)),
    ((mlkem.MLKEM1024PrivateKey, mlkem.MLKEM1024PublicKey), KeyFacts(Algorithm.ML_KEM_1024, 1568 * 8)),
    ((mldsa.MLDSA44PrivateKey, mldsa.MLDSA44PublicKey), KeyFacts(Algorithm.ML_DSA_44, 1312 * 8)),
    ((mldsa.MLDSA65PrivateKey, mldsa.MLDSA65PublicKey), KeyFacts(Algorithm.ML_DSA_65, 1952 * 8)),
    ((mldsa.MLDSA87PrivateKey, mldsa.MLDSA87PublicKey), KeyFacts(Algorithm.ML_DSA_87, 2592 * 8)),
)
"""Algorithms with one size; the post-quantum ones count the bits of the public key."""
