"""New keys: their lengths, their formats, and what is refused."""

from __future__ import annotations

import hashlib

import pytest

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.crypto.groups import prime_of
from kmip_server.crypto.registry import ROWS
from kmip_server.errors import FeatureNotSupported, InvalidField, KmipError
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import HashingAlgorithm, KeyFormatType, RecommendedCurve
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters

ciphers = Ciphers()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.algorithm.name)
def test_every_length_of_every_row(row) -> None:
    for length in row.lengths:
        key = ciphers.generate_symmetric(row.algorithm, length)
        full = {56: 64, 112: 128, 168: 192}.get(length, length) if row.algorithm.name.startswith("DES") else length
        assert len(key) * 8 == full
        assert key != ciphers.generate_symmetric(row.algorithm, length) or length < 64
    for length in (-8, 0, 1, 129, 1 << 30):
        with pytest.raises(InvalidField):
            ciphers.generate_symmetric(row.algorithm, length)


def test_des_keys_have_odd_parity() -> None:
    key = ciphers.generate_symmetric(Algorithm.DES3, 168)
    assert all(byte.bit_count() % 2 == 1 for byte in key)


def test_algorithms_without_symmetric_keys() -> None:
    for algorithm in (Algorithm.RSA, Algorithm.EC, Algorithm(0x80000001)):
        with pytest.raises(FeatureNotSupported):
            ciphers.generate_symmetric(algorithm, 128)


PAIRS = [
    (Algorithm.RSA, 1024, None, 1024),
    (Algorithm.RSA, 2048, None, 2048),
    (Algorithm.EC, 256, None, 256),
    (Algorithm.EC, None, RecommendedCurve.P_521, 521),
    (Algorithm.ECDSA, 384, RecommendedCurve.P_384, 384),
    (Algorithm.ECDSA, None, RecommendedCurve.SECP256K1, 256),
    (Algorithm.ECDH, None, RecommendedCurve.P_192, 192),
    (Algorithm.ECDH, None, RecommendedCurve.BRAINPOOLP512R1, 512),
    (Algorithm.ECDH, None, RecommendedCurve.CURVE25519, 256),
    (Algorithm.EC, 448, RecommendedCurve.CURVE448, 448),
    (Algorithm.ED25519, 256, None, 256),
    (Algorithm.ED448, None, None, 456),
    (Algorithm.ML_KEM_768, None, None, 9472),
    (Algorithm.ML_DSA_44, None, None, 10496),
]


@pytest.mark.parametrize(("algorithm", "length", "curve", "bits"), PAIRS)
def test_pairs_say_what_they_are(
    algorithm: Algorithm, length: int | None, curve: RecommendedCurve | None, bits: int
) -> None:
    pair = ciphers.generate_pair(algorithm, length, curve)

    private = ciphers.describe(pair.private, pair.private_format)
    public = ciphers.describe(pair.public, pair.public_format)
    assert private == public
    assert (pair.length, private.length) == (bits, bits)
    assert curve is None or private.curve is curve
    assert ciphers.check_private(pair.private, pair.private_format)


def test_rsa_pairs_have_the_default_format() -> None:
    """2.1 Table 81: PKCS#1 for both halves of an RSA pair."""
    pair = ciphers.generate_pair(Algorithm.RSA, 1024, None)
    assert (pair.private_format, pair.public_format) == (KeyFormatType.PKCS_1, KeyFormatType.PKCS_1)


SIGNING = [(Algorithm.ED25519, None), (Algorithm.ED448, None), (Algorithm.ML_DSA_65, None), (Algorithm.EC, 256)]


@pytest.mark.parametrize(("algorithm", "length"), SIGNING)
def test_both_halves_belong_together(algorithm: Algorithm, length: int | None) -> None:
    pair = ciphers.generate_pair(algorithm, length, None)
    parameters = Parameters(hashing_algorithm=HashingAlgorithm.SHA_256)

    signature = ciphers.sign(algorithm, pair.private, parameters, b"data", key_format=pair.private_format)

    assert ciphers.verify(
        algorithm, pair.public, parameters, b"data", signature=signature, key_format=pair.public_format
    )
    assert not ciphers.verify(
        algorithm, pair.public, parameters, b"date", signature=signature, key_format=pair.public_format
    )


WRONG = [
    (Algorithm.RSA, None, None),
    (Algorithm.RSA, 512, None),
    (Algorithm.RSA, 2049, None),
    (Algorithm.RSA, 1 << 30, None),
    (Algorithm.EC, None, None),
    (Algorithm.EC, 257, None),
    (Algorithm.EC, 384, RecommendedCurve.P_256),
    (Algorithm.EC, None, RecommendedCurve.K_163),
    (Algorithm.ECDSA, None, RecommendedCurve.CURVE25519),
    (Algorithm.ED25519, 255, None),
    (Algorithm.DH, 1024, None),
    (Algorithm.DH, None, None),
    (Algorithm.ML_KEM_512, None, None),
    (Algorithm.AES, 128, None),
    (Algorithm(0x80000001), 128, None),
]


@pytest.mark.parametrize(("algorithm", "length", "curve"), WRONG)
def test_pairs_that_are_refused(algorithm: Algorithm, length: int | None, curve: RecommendedCurve | None) -> None:
    with pytest.raises(KmipError):
        ciphers.generate_pair(algorithm, length, curve)


PRIMES = {
    2048: "9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966",
    3072: "0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17",
    4096: "4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e",
    6144: "227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7",
    8192: "770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833",
}
"""SHA-256 of the primes ffdhe2048 to ffdhe8192 as OpenSSL 3.0 has them (RFC 7919, Appendix A)."""


@pytest.mark.parametrize("length", PRIMES)
def test_groups_of_rfc_7919(length: int) -> None:
    prime = prime_of(length).to_bytes(length // 8, "big")
    assert prime.startswith(bytes.fromhex("ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1"))
    assert hashlib.sha256(prime).hexdigest() == PRIMES[length]
    made = ciphers.generate_pair(Algorithm.DH, length, None)
    assert made.length == length


def test_random() -> None:
    assert len(ciphers.random(24)) == 24
    assert ciphers.random(16) != ciphers.random(16)
