"""One row for each symmetric algorithm: lengths, block, modes, and the library's class (KMIP 2.1 §11.11).

An algorithm without a cipher class can be created and kept, but not used: the library does not have it.
The legacy ciphers come from the library's ``decrepit`` module; they serve old clients and are never chosen
by the server itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers import algorithms as legacy
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, CipherAlgorithm, algorithms

from kmip_server.crypto.refusals import unsupported_parameters
from kmip_server.spec.enums import BlockCipherMode as Mode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm


@dataclass(frozen=True, slots=True)
class SymmetricRow:
    """What is known of one symmetric algorithm; lengths in bits, block in bytes."""

    algorithm: Algorithm
    lengths: frozenset[int]
    block: int = 0
    modes: frozenset[Mode] = frozenset()
    cipher: Callable[[bytes], CipherAlgorithm] | None = None


def _row(
    algorithm: Algorithm,
    lengths: int | tuple[int, ...] | range,
    block: int = 0,
    modes: frozenset[Mode] = frozenset(),
    cipher: Callable[[bytes], CipherAlgorithm] | None = None,
) -> SymmetricRow:
    bits = frozenset((lengths,) if isinstance(lengths, int) else lengths)
    return SymmetricRow(algorithm, bits, block, modes, cipher)


def triple_des(key: bytes) -> BlockCipherAlgorithm:
    """3DES with three keys, two (the third is the first) or one (all three are the same: DES).

    Raises ValueError for a key of another length.
    """
    if len(key) == 16:
        key += key[:8]
    return legacy.TripleDES(key * 3 if len(key) == 8 else key)


def _single_des(key: bytes) -> BlockCipherAlgorithm:
    if len(key) != 8:
        raise ValueError("a DES key has 8 bytes")
    return triple_des(key)


def _rc2(key: bytes) -> BlockCipherAlgorithm:
    """RC2 with an effective key length of 128 bits (RFC 2268 §3): the library has no other."""
    if len(key) != 16:
        raise unsupported_parameters("RC2 is served with keys of 128 bits only")
    return legacy.RC2(key)


_OLD = frozenset({Mode.ECB, Mode.CBC, Mode.CFB, Mode.OFB})
_SM4 = frozenset({Mode.ECB, Mode.CBC, Mode.CFB, Mode.OFB, Mode.CTR, Mode.GCM})
_AES = _SM4 | {Mode.CCM, Mode.XTS, Mode.NISTKEYWRAP, Mode.AESKEYWRAPPADDING}
_ANY = range(8, 8 * 1024 + 1, 8)
_HMAC = range(64, 4096 + 1, 8)

ROWS: tuple[SymmetricRow, ...] = (
    # An AES key of 512 bits is the pair of keys of XTS-AES-256.
    _row(Algorithm.AES, (128, 192, 256, 512), 16, _AES, algorithms.AES),
    # With parity bits (64, 128, 192) or without (56, 112, 168): the same 8, 16 or 24 bytes (1.4 §2.1.3).
    _row(Algorithm.DES, (56, 64), 8, _OLD, _single_des),
    _row(Algorithm.DES3, (112, 128, 168, 192), 8, _OLD, triple_des),
    _row(Algorithm.BLOWFISH, range(32, 448 + 1, 8), 8, _OLD, legacy.Blowfish),
    _row(Algorithm.CAMELLIA, (128, 192, 256), 16, _OLD, legacy.Camellia),
    _row(Algorithm.CAST5, range(40, 128 + 1, 8), 8, _OLD, legacy.CAST5),
    _row(Algorithm.IDEA, 128, 8, _OLD, legacy.IDEA),
    _row(Algorithm.SEED, 128, 16, _OLD, legacy.SEED),
    _row(Algorithm.SM4, 128, 16, _SM4, algorithms.SM4),
    _row(Algorithm.RC2, range(40, 1024 + 1, 8), 8, frozenset({Mode.CBC}), _rc2),
    _row(Algorithm.RC4, range(40, 256 + 1, 8), 0, frozenset(), legacy.ARC4),
    _row(Algorithm.CHACHA20, 256),
    _row(Algorithm.CHACHA20POLY1305, 256),
    _row(Algorithm.POLY1305, 256),
    _row(Algorithm.ONE_TIME_PAD, _ANY),
    _row(Algorithm.MARS, (128, 192, 256, 320, 384, 448)),
    _row(Algorithm.RC5, range(40, 2040 + 1, 8)),
    _row(Algorithm.SKIPJACK, 80),
    _row(Algorithm.TWOFISH, (128, 192, 256)),
    _row(Algorithm.ARIA, (128, 192, 256)),
    _row(Algorithm.GOST_R_34_13_2015, 256),
    _row(Algorithm.GOST_28147_89, 256),
    *(
        _row(hmac, _HMAC)
        for hmac in (
            Algorithm.HMAC_MD5,
            Algorithm.HMAC_SHA1,
            Algorithm.HMAC_SHA224,
            Algorithm.HMAC_SHA256,
            Algorithm.HMAC_SHA384,
            Algorithm.HMAC_SHA512,
            Algorithm.HMAC_SHA3_224,
            Algorithm.HMAC_SHA3_256,
            Algorithm.HMAC_SHA3_384,
            Algorithm.HMAC_SHA3_512,
        )
    ),
)
"""Every symmetric algorithm whose keys the server makes."""

SYMMETRIC: dict[Algorithm, SymmetricRow] = {row.algorithm: row for row in ROWS}
"""The rows by algorithm."""
