"""Every Cryptographic Algorithm, asked of Create, Create Key Pair and Derive Key: made, or refused by one reason."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import DerivationMethod as Method
from kmip_server.spec.enums import HashingAlgorithm, ObjectType, ResultReason, SplitKeyMethod
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters
from kmip_server.spec.structures.parameters import DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_1, V3_0, Version
from tests.flows import objects
from tests.flows.client import Client, attributes
from tests.flows.requests import Create, CreateKeyPair, CreateSplitKey, DeriveKey, Encrypt, Get
from tests.flows.test_served_values import HASHES

R = ResultReason
KEYS: dict[Algorithm, tuple[int, ...]] = {
    # RFC 3565; FIPS 46-3 with and without parity; the lengths that each algorithm's own definition has.
    Algorithm.AES: (128, 192, 256, 512),
    Algorithm.DES: (56, 64),
    Algorithm.DES3: (112, 128, 168, 192),
    Algorithm.BLOWFISH: (32, 128, 448),
    Algorithm.CAMELLIA: (128, 192, 256),
    Algorithm.CAST5: (40, 80, 128),
    Algorithm.IDEA: (128,),
    Algorithm.SEED: (128,),
    Algorithm.SM4: (128,),
    Algorithm.RC2: (40, 64, 128, 1024),
    Algorithm.RC4: (40, 128, 256),
    Algorithm.RC5: (40, 128, 2040),
    Algorithm.MARS: (128, 192, 256, 448),
    Algorithm.SKIPJACK: (80,),
    Algorithm.TWOFISH: (128, 192, 256),
    Algorithm.ARIA: (128, 192, 256),
    Algorithm.GOST_28147_89: (256,),
    Algorithm.GOST_R_34_13_2015: (256,),
    Algorithm.CHACHA20: (256,),
    Algorithm.CHACHA20POLY1305: (256,),
    Algorithm.POLY1305: (256,),
    Algorithm.ONE_TIME_PAD: (8, 8192),
    **{each: (64, 256, 4096) for each in Algorithm if each.name.startswith("HMAC_")},
}
"""What Create makes, with lengths that exist."""
PAIRS: dict[Algorithm, int | None] = {
    Algorithm.RSA: 2048,
    Algorithm.DSA: 1024,
    Algorithm.DH: 2048,
    Algorithm.EC: 256,
    Algorithm.ECDSA: 384,
    Algorithm.ECDH: 521,
    Algorithm.ECMQV: 256,
    Algorithm.ED25519: None,
    Algorithm.ED448: None,
    Algorithm.ML_KEM_768: None,
    Algorithm.ML_KEM_1024: None,
    Algorithm.ML_DSA_44: None,
    Algorithm.ML_DSA_65: None,
    Algorithm.ML_DSA_87: None,
}
"""What Create Key Pair makes."""


def asked(algorithm: Algorithm, length: int | None) -> Any:
    given: list[tuple[Any, Any]] = [(Tag.CRYPTOGRAPHIC_ALGORITHM, algorithm)]
    if length is not None:
        given.append((Tag.CRYPTOGRAPHIC_LENGTH, length))
    return attributes(*given, (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.ENCRYPT)))


@pytest.mark.parametrize("version", [V1_4, V2_1, V3_0], ids=str)
def test_create(server: Any, version: Version) -> None:
    client = Client(server, version)
    for algorithm in Algorithm:
        if not algorithm.in_version(version):
            continue
        kind = ObjectType.SYMMETRIC_KEY
        for length in KEYS.get(algorithm, ()):
            made = client.do(Create(object_type=kind, attributes=asked(algorithm, length))).unique_identifier
            block = client.do(Get(unique_identifier=made)).object.key_block if not pad(algorithm) else None
            assert client.shown(made)[Tag.CRYPTOGRAPHIC_LENGTH] == [length]
            if block is not None:
                size = len(block.key_value.key_material)
                assert size == (-(-length * 8 // 7) // 8 if length in (56, 112, 168) else length // 8), algorithm
        impossible = client.one(Create(object_type=kind, attributes=asked(algorithm, 7)))
        # 1.4 §11.2: Invalid Field; 2.1 Table 188: Invalid Attribute Value, Feature Not Supported.
        if algorithm in KEYS:
            assert impossible.reason is (R.INVALID_FIELD if version == V1_4 else R.INVALID_ATTRIBUTE_VALUE)
        else:
            assert impossible.reason is R.FEATURE_NOT_SUPPORTED, algorithm


def pad(algorithm: Algorithm) -> bool:
    return algorithm is Algorithm.ONE_TIME_PAD


@pytest.mark.parametrize("algorithm", [each for each in Algorithm if each.known])
def test_create_key_pair(server: Any, algorithm: Algorithm) -> None:
    client = Client(server, V3_0 if not algorithm.in_version(V2_1) else V2_1)
    if algorithm in PAIRS:
        made = client.do(CreateKeyPair(common_attributes=asked(algorithm, PAIRS[algorithm])))
        for uid in (made.private_key_unique_identifier, made.public_key_unique_identifier):
            assert client.shown(uid)[Tag.CRYPTOGRAPHIC_ALGORITHM] == [algorithm]
        assert client.refusal(CreateKeyPair(common_attributes=asked(algorithm, 7))) is R.INVALID_ATTRIBUTE_VALUE
    else:
        assert client.refusal(CreateKeyPair(common_attributes=asked(algorithm, 256))) is R.FEATURE_NOT_SUPPORTED


def derived(client: Client, base: str, method: Method, how: DerivationParameters) -> Any:
    return client.one(
        DeriveKey(
            object_type=ObjectType.SECRET_DATA,
            unique_identifier=[base],
            derivation_method=method,
            derivation_parameters=how,
            attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 128)),
        )
    )


BY_HASH = {
    Method.PBKDF2: DerivationParameters(salt=b"salt", iteration_count=2),
    Method.HASH: DerivationParameters(),
    Method.HMAC: DerivationParameters(derivation_data=[b"data"]),
    Method.HKDF: DerivationParameters(salt=b"salt", derivation_data=[b"data"]),
    Method.NIST800_108_C: DerivationParameters(derivation_data=[b"data"]),
    Method.NIST800_108_F: DerivationParameters(derivation_data=[b"data"]),
    Method.NIST800_108_DPI: DerivationParameters(derivation_data=[b"data"]),
}


@pytest.mark.parametrize("method", BY_HASH)
def test_every_hash_in_every_derivation(client: Client, method: Method) -> None:
    """What the library lacks is unsupported; RIPEMD-160 is the interpreter's, of no use where the library works."""
    usable = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.DERIVE_KEY)), (Tag.ACTIVATION_DATE, 0))
    base = client.register(objects.secret(bytes(range(16))), ObjectType.SECRET_DATA, usable)
    given = BY_HASH[method]
    for hashing in HashingAlgorithm:
        given.cryptographic_parameters = Parameters(hashing_algorithm=hashing)
        answer = derived(client, base, method, given)
        by_interpreter = hashing is HashingAlgorithm.RIPEMD_160 and method not in (Method.PBKDF2, Method.HKDF)
        if hashing in HASHES.values() or by_interpreter:
            assert answer.ok, (hashing, answer.message)
        else:
            assert answer.reason is R.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS, hashing


@pytest.mark.parametrize("method", SplitKeyMethod)
def test_every_split_key_method(server: Any, method: SplitKeyMethod) -> None:
    """Each of the four is served (2.1 §11.54)."""
    client = Client(server, V2_1)
    made = client.do(
        CreateSplitKey(
            object_type=ObjectType.SPLIT_KEY,
            split_key_parts=3,
            split_key_threshold=3 if method is SplitKeyMethod.XOR else 2,
            split_key_method=method,
            prime_field_size=(1 << 257) - 93 if method is SplitKeyMethod.POLYNOMIAL_SHARING_PRIME_FIELD else None,
            attributes=asked(Algorithm.AES, 256),
        )
    )
    assert len(made.unique_identifier) == 3


def test_no_data_is_encrypted_by_everything_that_needs_no_block(client: Client) -> None:
    """A zero-length value is a value: it is encrypted, and not taken for a missing one."""
    usable = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.ENCRYPT)), (Tag.ACTIVATION_DATE, 0))
    for algorithm, size in ((Algorithm.RC4, 16), (Algorithm.CHACHA20, 32), (Algorithm.CHACHA20POLY1305, 32)):
        uid = client.register(objects.symmetric(bytes(size), algorithm), ObjectType.SYMMETRIC_KEY, usable)
        how = Parameters(random_iv=True)
        answer = client.do(Encrypt(unique_identifier=uid, cryptographic_parameters=how, data=b""))
        assert answer.data == b""
        assert (answer.authenticated_encryption_tag is not None) is (algorithm is Algorithm.CHACHA20POLY1305)
