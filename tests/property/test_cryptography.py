"""Whatever parameters, keys and data meet each other: a result, or a refusal of ours, and never another exception."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.errors import KmipError
from kmip_server.ports import Derivation
from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    DerivationMethod,
    DigitalSignatureAlgorithm,
    HashingAlgorithm,
    KeyCompressionType,
    KeyFormatType,
    MaskGenerator,
    PaddingMethod,
    RecommendedCurve,
)
from kmip_server.spec.structures.keys import TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters

A, F = CryptographicAlgorithm, KeyFormatType
ciphers = Ciphers()
ROUNDS = 250
SIZES = (0, 1, 7, 8, 15, 16, 20, 24, 28, 32, 48, 64, 100, 128, 256, 300)
NUMBERS = (None, -1, 0, 1, 3, 1 << 1023, (1 << 1024) + 1, 1 << 20000)
CHANCES: dict[str, tuple[float, tuple[Any, ...]]] = {
    "block_cipher_mode": (0.4, tuple(BlockCipherMode)),
    "padding_method": (0.5, tuple(PaddingMethod)),
    "hashing_algorithm": (0.5, tuple(HashingAlgorithm)),
    "digital_signature_algorithm": (0.3, tuple(DigitalSignatureAlgorithm)),
    "cryptographic_algorithm": (0.2, tuple(A)),
    "random_iv": (0.5, (True, False)),
    "iv_length": (0.2, (-8, 0, 1, 64, 96, 128, 1 << 31)),
    "tag_length": (0.3, (-1, 0, 4, 8, 12, 13, 16, 17, 32, 1 << 31)),
    "fixed_field_length": (0.1, (8,)),
    "counter_length": (0.2, (-8, 0, 8, 32, 64, 128, 1 << 31)),
    "initial_counter_value": (0.2, (-1, 0, 1, 1 << 31, 1 << 62)),
    "salt_length": (0.3, (-5, -1, 0, 20, 32, 64, 1000, 1 << 31)),
    "mask_generator": (0.3, tuple(MaskGenerator)),
    "mask_generator_hashing_algorithm": (0.3, tuple(HashingAlgorithm)),
    "p_source": (0.2, (b"", b"l", bytes(5000))),
    "trailer_field": (0.1, (0, 1, 2, 188)),
}
_PAIRS = (
    (A.RSA, 1024, None),
    (A.DSA, 1024, None),
    (A.DH, 2048, None),
    (A.EC, 256, None),
    (A.ECDH, None, RecommendedCurve.CURVE25519),
    (A.ECDH, None, RecommendedCurve.CURVE448),
    (A.ED25519, None, None),
    (A.ED448, None, None),
    (A.ML_KEM_768, None, None),
    (A.ML_DSA_44, None, None),
)


@cache
def pairs() -> tuple[tuple[CryptographicAlgorithm, Any], ...]:
    return tuple((algorithm, ciphers.generate_pair(algorithm, length, curve)) for algorithm, length, curve in _PAIRS)


class Chance:
    """What meets in one round."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, values: Any, likely: float = 1.0) -> Any:
        return self.random.choice(tuple(values)) if self.random.random() < likely else None

    def data(self) -> bytes:
        return self.random.randbytes(self.pick(SIZES))

    def parameters(self) -> CryptographicParameters:
        return CryptographicParameters(**{name: self.pick(of, chance) for name, (chance, of) in CHANCES.items()})

    def key(self) -> tuple[Any, Any, Any]:
        """Algorithm, material, format: mostly a key, now and then cut off, of another format or no key at all."""
        algorithm, pair = self.pick(pairs())
        of = ((pair.private, pair.private_format), (pair.public, pair.public_format), (self.data(), self.pick(F)))
        material, key_format = self.pick(of)
        if self.random.random() < 0.1:
            material = material[:-1]
        if self.random.random() < 0.1:
            key_format = self.pick(F)
        if self.random.random() < 0.05:
            names = ("p", "q", "g", "x", "y", "modulus", "public_exponent", "private_exponent", "d")
            material = TransparentKeyMaterial(**{name: self.pick(NUMBERS) for name in names})
        return self.pick((algorithm, algorithm, self.pick(A))), material, key_format


def with_keys(by: Chance) -> list[Callable[[], Any]]:
    algorithm, key, key_format = by.key()
    _, other, other_format = by.key()
    how, data, more = by.parameters(), by.data(), by.data()
    extra = {"iv": by.pick((data, more), 0.5), "aad": by.pick((data, more), 0.3)}
    form = {"key_format": key_format}
    kind = by.pick(("public", "private", "symmetric"))
    return [
        lambda: ciphers.sign(algorithm, key, how, data, **form),
        lambda: ciphers.sign(algorithm, key, how, digested=data, **form),
        lambda: ciphers.verify(algorithm, key, how, data, signature=more, **form),
        lambda: ciphers.verify(algorithm, key, how, digested=data, signature=more, **form),
        lambda: ciphers.recover(algorithm, key, how, data, **form),
        lambda: ciphers.encrypt(algorithm, key, how, data, **extra, **form),
        lambda: ciphers.decrypt(algorithm, key, how, data, tag=more, **extra, **form),
        lambda: ciphers.mac(algorithm, key, how, data),
        lambda: ciphers.wrap(algorithm, key, how, data, **form),
        lambda: ciphers.unwrap(algorithm, key, how, data, iv=extra["iv"], **form),
        lambda: ciphers.authenticate(algorithm, key, how, data, **form),
        lambda: ciphers.is_authentic(algorithm, key, how, data, more, **form),
        lambda: ciphers.agree(key, key_format, other, other_format, algorithm=by.pick(A, 0.3)),
        lambda: ciphers.describe(key, key_format),
        lambda: ciphers.convert(kind, algorithm, key_format, key, by.pick(F), by.pick(KeyCompressionType, 0.1)),
        lambda: ciphers.check_private(key, key_format, algorithm),
    ]


def with_bytes(by: Chance) -> list[Callable[[], Any]]:
    algorithm, key, how, data, more = by.pick(A), by.data(), by.parameters(), by.data(), by.data()
    extra = {"iv": by.pick((data, more), 0.5), "aad": by.pick((data, more), 0.3)}
    part = {"held": more[:16], "vector": by.pick((data, more), 0.5), "final": by.pick((True, False)), **extra}
    derivation = Derivation(
        method=by.pick(DerivationMethod),
        length=by.pick((-1, 0, 1, 16, 33, 10000)),
        parameters=how,
        algorithm=by.pick(A, 0.5),
        key=key,
        data=data,
        parts=(data, more, data),
        iv=extra["iv"],
        salt=more,
        iteration_count=by.pick((0, 1, 2)),
    )
    return [
        lambda: ciphers.encrypt(algorithm, key, how, data, **extra),
        lambda: ciphers.decrypt(algorithm, key, how, data, tag=more, **extra),
        lambda: ciphers.encrypt_part(algorithm, key, how, data, **part),
        lambda: ciphers.decrypt_part(algorithm, key, how, data, **part),
        lambda: ciphers.mac(algorithm, key, how, data),
        lambda: ciphers.derive(derivation),
        lambda: ciphers.generate_symmetric(algorithm, by.pick((-1, 0, 1, 8, 56, 128, 1 << 31))),
        lambda: ciphers.read_container(data, b"x", None),
    ]


@pytest.mark.parametrize("calls", [with_keys, with_bytes])
@pytest.mark.parametrize("seed", range(4))
def test_nothing_but_results_and_refusals(calls: Callable[[Chance], list[Callable[[], Any]]], seed: int) -> None:
    by, done, refused = Chance(seed), 0, 0
    for _ in range(ROUNDS):
        for call in calls(by):
            try:
                call()
                done += 1
            except KmipError:
                refused += 1
    assert done > ROUNDS // 10 and refused > ROUNDS


@pytest.mark.parametrize("mode", [None, *BlockCipherMode])
def test_the_two_keys_of_xts_are_none_of_another_mode(mode: BlockCipherMode | None) -> None:
    how = CryptographicParameters(block_cipher_mode=mode, random_iv=True)
    key = bytes(range(64))
    if mode is BlockCipherMode.XTS:
        assert ciphers.encrypt(A.AES, key, how, bytes(32)).data
        return
    with pytest.raises(KmipError):
        ciphers.encrypt(A.AES, key, how, bytes(32))
    with pytest.raises(KmipError):
        ciphers.mac(A.AES, key, CryptographicParameters(block_cipher_mode=mode), bytes(32))
