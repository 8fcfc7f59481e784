"""New keys: Create, Create Key Pair and Re-key (KMIP 2.1 §6.1.8, §6.1.9).

RSA of 1024 bits is made for old clients that ask for it (1.4 §2.1.3: "typically 1024, 2048 or 3072"); what
may be asked for is the policy's to narrow. The library does not hold the interpreter's lock while it looks
for primes, so that a thread of an executor can do it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, mlkem, rsa, x448, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from kmip_server.crypto.curves import curve_for_length, curve_of
from kmip_server.crypto.groups import GROUP_LENGTHS, group
from kmip_server.crypto.refusals import bad_length, bad_parameters, unsupported_parameters
from kmip_server.crypto.registry import SYMMETRIC
from kmip_server.crypto.rng import random_bytes
from kmip_server.errors import CryptographicFailure
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import KeyFormatType, RecommendedCurve

_DES_BYTES = {56: 8, 64: 8, 112: 16, 128: 16, 168: 24, 192: 24}
_RSA_LENGTHS = frozenset({1024, 1536, 2048, 3072, 4096, 6144, 7680, 8192})
_DSA_LENGTHS = frozenset({1024, 2048, 3072})
_PUBLIC_EXPONENT = 65537


class GeneratedPair(NamedTuple):
    """A new key pair, each half in its format, and its Cryptographic Length in bits."""

    private: bytes
    private_format: KeyFormatType
    public: bytes
    public_format: KeyFormatType
    length: int


def generate_symmetric(algorithm: Algorithm, length: int) -> bytes:
    """Make a symmetric key of ``length`` bits; raises Invalid Attribute Value for a length that it cannot have."""
    row = SYMMETRIC.get(algorithm)
    if row is None:
        raise unsupported_parameters(f"{algorithm.title} has no symmetric keys")
    if length not in row.lengths:
        raise bad_length(f"{algorithm.title} has no key of {length} bits")
    if algorithm in (Algorithm.DES3, Algorithm.DES):
        return _with_parity(random_bytes(_DES_BYTES[length]))
    return random_bytes(length // 8)


def symmetric_bytes(algorithm: Algorithm, length: int) -> int | None:
    """How many bytes a key of ``length`` bits has, parity bits included; None for a key that cannot be."""
    row = SYMMETRIC.get(algorithm)
    if row is None or length not in row.lengths:
        return None
    return _DES_BYTES[length] if algorithm in (Algorithm.DES3, Algorithm.DES) else length // 8


def _with_parity(key: bytes) -> bytes:
    """Set the low bit of each byte to odd parity (FIPS 46-3)."""
    return bytes((byte & 0xFE) | (((byte & 0xFE).bit_count() & 1) ^ 1) for byte in key)


def generate_pair(algorithm: Algorithm, length: int | None, curve: RecommendedCurve | None) -> GeneratedPair:
    """Make a key pair of ``length`` bits or on the curve; raises where neither names one that is at hand."""
    make = _PAIRS.get(algorithm)
    if make is None:
        raise unsupported_parameters(f"Key pairs of {algorithm.title} are not supported")
    try:
        private, bits = make(length, curve)
    except (ValueError, UnsupportedAlgorithm) as cause:
        raise CryptographicFailure("The key pair cannot be made") from cause
    if isinstance(private, rsa.RSAPrivateKey):
        # 2.1 Table 81: PKCS#1 is the default of both halves.
        return GeneratedPair(
            private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
            KeyFormatType.PKCS_1,
            private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1),
            KeyFormatType.PKCS_1,
            bits,
        )
    return GeneratedPair(
        private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        KeyFormatType.PKCS_8,
        private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        KeyFormatType.X_509,
        bits,
    )


_Made = tuple[PrivateKeyTypes, int]


def _rsa(length: int | None, curve: RecommendedCurve | None) -> _Made:
    if length not in _RSA_LENGTHS:
        raise bad_length("The Cryptographic Length is none of RSA that is served")
    return rsa.generate_private_key(_PUBLIC_EXPONENT, length), length


def _dsa(length: int | None, curve: RecommendedCurve | None) -> _Made:
    if length not in _DSA_LENGTHS:
        raise bad_length("The Cryptographic Length is none of DSA that is served")
    return dsa.generate_private_key(length), length


def _elliptic(length: int | None, curve: RecommendedCurve | None) -> _Made:
    if curve is RecommendedCurve.CURVE25519:
        return x25519.X25519PrivateKey.generate(), _agreed(length, 256)
    if curve is RecommendedCurve.CURVE448:
        return x448.X448PrivateKey.generate(), _agreed(length, 448)
    chosen = curve_of(curve_for_length(length) if curve is None else curve)
    return ec.generate_private_key(chosen), _agreed(length, chosen.key_size)


def _ecdsa(length: int | None, curve: RecommendedCurve | None) -> _Made:
    if curve in (RecommendedCurve.CURVE25519, RecommendedCurve.CURVE448):
        raise bad_parameters("The curve has no ECDSA; its signatures are Ed25519 and Ed448")
    return _elliptic(length, curve)


def _dh(length: int | None, curve: RecommendedCurve | None) -> _Made:
    if length not in GROUP_LENGTHS:
        raise bad_length("The Cryptographic Length is none of the groups of RFC 7919")
    return group(length).generate_private_key(), length


def _agreed(length: int | None, bits: int) -> int:
    if length is not None and length != bits:
        raise bad_length("The Cryptographic Length is not that of the curve")
    return bits


def _fixed(make: Callable[[], PrivateKeyTypes], bits: int) -> Callable[[int | None, RecommendedCurve | None], _Made]:
    """An algorithm with one size: the length may be absent, or that of the algorithm."""

    def generate(length: int | None, curve: RecommendedCurve | None) -> _Made:
        return make(), _agreed(length, bits)

    return generate


_PAIRS: dict[Algorithm, Callable[[int | None, RecommendedCurve | None], _Made]] = {
    Algorithm.RSA: _rsa,
    Algorithm.DSA: _dsa,
    Algorithm.DH: _dh,
    Algorithm.EC: _elliptic,
    Algorithm.ECDH: _elliptic,
    Algorithm.ECDSA: _ecdsa,
    Algorithm.ECMQV: _ecdsa,
    Algorithm.ED25519: _fixed(ed25519.Ed25519PrivateKey.generate, 256),
    Algorithm.ED448: _fixed(ed448.Ed448PrivateKey.generate, 456),
    # Lengths of the public key in bits: FIPS 203 Table 3, FIPS 204 Table 2.
    Algorithm.ML_KEM_768: _fixed(mlkem.MLKEM768PrivateKey.generate, 1184 * 8),
    Algorithm.ML_KEM_1024: _fixed(mlkem.MLKEM1024PrivateKey.generate, 1568 * 8),
    Algorithm.ML_DSA_44: _fixed(mldsa.MLDSA44PrivateKey.generate, 1312 * 8),
    Algorithm.ML_DSA_65: _fixed(mldsa.MLDSA65PrivateKey.generate, 1952 * 8),
    Algorithm.ML_DSA_87: _fixed(mldsa.MLDSA87PrivateKey.generate, 2592 * 8),
}
"""Every algorithm whose key pairs are made here; the library has no ML-KEM-512, SLH-DSA, SM2 or binary curves."""
