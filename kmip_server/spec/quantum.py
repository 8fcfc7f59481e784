"""Which algorithms withstand a quantum computer, as far as is known (KMIP 2.1 §4.45; FIPS 203, 204, 205)."""

from __future__ import annotations

from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm

NIST_SECURITY_CATEGORIES: dict[Algorithm, int] = {
    # FIPS 203 §8, FIPS 204 §4, FIPS 205 §11.
    Algorithm.ML_KEM_512: 1,
    Algorithm.ML_KEM_768: 3,
    Algorithm.ML_KEM_1024: 5,
    Algorithm.ML_DSA_44: 2,
    Algorithm.ML_DSA_65: 3,
    Algorithm.ML_DSA_87: 5,
    **{
        Algorithm[f"SLH_DSA_{family}_{bits}{speed}"]: category
        for family in ("SHA2", "SHAKE")
        for bits, category in ((128, 1), (192, 3), (256, 5))
        for speed in "SF"
    },
}
"""NIST Security Category of each algorithm that has one."""

_OTHERS = frozenset(
    {
        Algorithm.XMSS,
        Algorithm.SPHINCS_256,
        Algorithm.MCELIECE,
        Algorithm.MCELIECE_6960119,
        Algorithm.MCELIECE_8192128,
    }
)
"""Post-quantum algorithms of 2.0 without a category."""
_BROKEN = frozenset(
    {
        Algorithm.RSA,
        Algorithm.DSA,
        Algorithm.DH,
        Algorithm.ECDSA,
        Algorithm.ECDH,
        Algorithm.ECMQV,
        Algorithm.EC,
        Algorithm.ED25519,
        Algorithm.ED448,
        Algorithm.SM2,
        Algorithm.GOST_R_34_10_2012,
    }
)
"""Algorithms that rest on factoring or discrete logarithms: no length saves them."""
_SAFE_BITS = 256
"""Of a symmetric key: half of its bits are left (Grover)."""


def is_quantum_safe(algorithm: Algorithm, length: int) -> bool:
    """Whether a key of this algorithm and length (in bits) may be called quantum safe."""
    if algorithm in NIST_SECURITY_CATEGORIES or algorithm in _OTHERS:
        return True
    return algorithm not in _BROKEN and length >= _SAFE_BITS
