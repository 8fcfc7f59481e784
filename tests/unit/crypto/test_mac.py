"""MAC, MAC Verify and Hash against their RFCs."""

from __future__ import annotations

import pytest

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.errors import CryptographicFailure, FeatureNotSupported, InvalidField
from kmip_server.spec.enums import BlockCipherMode, HashingAlgorithm
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters

ciphers = Ciphers()
AES_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
WANT = b"what do ya want for nothing?"

VECTORS = [
    # RFC 2202 case 2; RFC 4231 case 2
    (Algorithm.HMAC_MD5, b"Jefe", WANT, "750c783e6ab0b503eaa86e310a5db738"),
    (Algorithm.HMAC_SHA1, b"Jefe", WANT, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    (Algorithm.HMAC_SHA224, b"Jefe", WANT, "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"),
    (Algorithm.HMAC_SHA256, b"Jefe", WANT, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (
        Algorithm.HMAC_SHA384,
        b"Jefe",
        WANT,
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    ),
    (
        Algorithm.HMAC_SHA512,
        b"Jefe",
        WANT,
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b"
        "636e070a38bce737",
    ),
    # RFC 4493 examples 1 and 2
    (Algorithm.AES, AES_KEY, b"", "bb1d6929e95937287fa37d129b756746"),
    (
        Algorithm.AES,
        AES_KEY,
        bytes.fromhex("6bc1bee22e409f96e93d7e117393172a"),
        "070a16b46b4d4144f79bdd9dd04a287c",
    ),
    # RFC 8439 §2.5.2
    (
        Algorithm.POLY1305,
        bytes.fromhex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"),
        b"Cryptographic Forum Research Group",
        "a8061dc1305136c6c22b8baf0c0127a9",
    ),
]


@pytest.mark.parametrize(("algorithm", "key", "data", "expected"), VECTORS)
def test_published_codes(algorithm: Algorithm, key: bytes, data: bytes, expected: str) -> None:
    code = ciphers.mac(algorithm, key, Parameters(), data)

    assert code.hex() == expected
    assert ciphers.mac_verify(algorithm, key, Parameters(), data, code)
    assert not ciphers.mac_verify(algorithm, key, Parameters(), data + b"x", code)
    assert not ciphers.mac_verify(algorithm, key, Parameters(), data, code[:-1])
    assert not ciphers.mac_verify(algorithm, key, Parameters(), data, b"")


def test_the_algorithm_of_the_parameters_comes_first() -> None:
    """PyKMIP's own tests MAC with an AES key and HMAC-SHA512 in the parameters."""
    parameters = Parameters(cryptographic_algorithm=Algorithm.HMAC_SHA512)

    assert ciphers.mac(Algorithm.AES, b"Jefe", parameters, WANT).hex() == VECTORS[5][3]
    assert ciphers.mac(None, b"Jefe", parameters, WANT).hex() == VECTORS[5][3]


def test_3des_cmac_is_made() -> None:
    code = ciphers.mac(Algorithm.DES3, bytes(range(24)), Parameters(block_cipher_mode=BlockCipherMode.CMAC), b"data")
    assert len(code) == 8


def test_wrong_input() -> None:
    with pytest.raises(InvalidField):
        ciphers.mac(None, b"key", Parameters(), b"")
    with pytest.raises(FeatureNotSupported):
        ciphers.mac(Algorithm.RSA, b"key", Parameters(), b"")
    with pytest.raises(FeatureNotSupported):
        ciphers.mac(Algorithm.AES, AES_KEY, Parameters(block_cipher_mode=BlockCipherMode.CBC_MAC), b"")
    with pytest.raises(CryptographicFailure):
        ciphers.mac(Algorithm.AES, b"short", Parameters(), b"")
    with pytest.raises(CryptographicFailure):
        ciphers.mac(Algorithm.POLY1305, b"short", Parameters(), b"")
    with pytest.raises(InvalidField):
        ciphers.mac(Algorithm.HMAC_SHA256, b"k", Parameters(hashing_algorithm=HashingAlgorithm.SHA_1), b"")


HASHES = [
    # FIPS 180-4 and 202: of "abc"
    (HashingAlgorithm.MD5, "900150983cd24fb0d6963f7d28e17f72"),
    (HashingAlgorithm.SHA_1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (HashingAlgorithm.SHA_256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (HashingAlgorithm.SHA3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
    (HashingAlgorithm.RIPEMD_160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
    (HashingAlgorithm.SHA_512_256, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
]


@pytest.mark.parametrize(("algorithm", "expected"), HASHES)
def test_hashes(algorithm: HashingAlgorithm, expected: str) -> None:
    assert ciphers.hash(algorithm, b"abc").hex() == expected


def test_the_digest_is_sha_256() -> None:
    assert ciphers.digest(b"abc").hex() == HASHES[2][1]


def test_hashes_that_are_missing() -> None:
    with pytest.raises(InvalidField):
        ciphers.hash(None, b"")
    with pytest.raises(FeatureNotSupported):
        ciphers.hash(HashingAlgorithm.TIGER, b"")
