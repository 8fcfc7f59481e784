"""Wycheproof's vectors of key agreement and derivation: Register the keys, then Derive Key (2.1 §6.1.14, §7.12).

A valid vector gives its secret. A public key that is none (a point off the curve, of another curve, of its twist, of
low order) is refused with Cryptographic Failure, and nothing comes of it; where either is right, it is the vector's
secret that comes or that same refusal.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import DerivationMethod, HashingAlgorithm, ObjectType, RecommendedCurve, ResultReason
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.structures.keys import TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters
from kmip_server.spec.structures.parameters import DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1, V3_0
from tests.flows import objects
from tests.flows.client import Client, attributes
from tests.flows.requests import DeriveKey, Get
from tests.flows.test_published_agreement import agree
from tests.flows.test_published_vectors import FAILURE, Mask, private, public, usable
from tests.flows.wycheproof import Vector, files, vectors

ROOM = "Protocol"
EC_DER = [each for each in files(ROOM, "ecdh_*_test.json") if each.count("_") == 2]
EC_POINT = files(ROOM, "ecdh_*_ecpoint_test.json")
PEM = [*files(ROOM, "ecdh_*_pem_test.json"), *files(ROOM, "x*_pem_test.json")]
X_RAW = ["x25519_test.json", "x448_test.json"]
X_DER = files(ROOM, "x*_asn_test.json")
HKDF = files(ROOM, "hkdf_*_test.json")
SIZES = ("768", "1024")
ML_KEM_SEEDS = [f"mlkem_{size}_{kind}.json" for size in SIZES for kind in ("keygen_seed_test", "test")]
ML_KEM_PUBLIC = [f"mlkem_{size}_encaps_test.json" for size in SIZES]

NOT_RUN = {
    "HPKE-test-vectors.json": "no operation of KMIP is hybrid public key encryption (RFC 9180)",
    "HPKE-PQ-test-vectors.json": "no operation of KMIP is hybrid public key encryption (RFC 9180)",
    **dict.fromkeys(
        [*files(ROOM, "*_webcrypto_test.json"), *files(ROOM, "*_jwk_test.json")],
        "JSON Web Key is no Key Format Type (2.1 §11.25); the same points are in the other files",
    ),
    **dict.fromkeys(files(ROOM, "mlkem_512_*.json"), "ML-KEM-512 is not served: the library has none"),
    **dict.fromkeys(
        [f"mlkem_{size}_semi_expanded_decaps_test.json" for size in SIZES],
        "no version defines decapsulation, and a private key of ML-KEM is its seed here (FIPS 203 §7.1)",
    ),
}
"""Files that no operation of this server can show, with the reason."""


@pytest.fixture
def client(server: Any) -> Client:
    return Client(server, V2_1)


class Agreement(NamedTuple):
    """The keys of a vector as they are registered."""

    own: tuple[Any, Format]
    other: tuple[Any, Format]
    bits: int


CURVES = {"secp224r1": 224, "secp256k1": 256, "secp256r1": 256, "secp384r1": 384, "secp521r1": 521}
BITS = {**CURVES, "curve25519": 256, "curve448": 448}


def transparent(vector: Vector) -> tuple[Any, Format]:
    """The private key of a file that prints its number alone."""
    name = vector.group["curve"]
    curve = RecommendedCurve.SECP256K1 if name == "secp256k1" else RecommendedCurve[f"P_{CURVES[name]}"]
    number = int(vector.test["private"], 16)
    return TransparentKeyMaterial(recommended_curve=curve, d=number), Format.TRANSPARENT_EC_PRIVATE_KEY


def inside(pem: str) -> bytes:
    """What the armour holds, be it a key or not."""
    return base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-")))


def of_der(vector: Vector) -> Agreement:
    return Agreement(transparent(vector), (vector.bytes("public"), Format.X_509), BITS[vector.group["curve"]])


def of_point(vector: Vector) -> Agreement:
    own = transparent(vector)
    point = TransparentKeyMaterial(recommended_curve=own[0].recommended_curve, q_string=vector.bytes("public"))
    return Agreement(own, (point, Format.TRANSPARENT_EC_PUBLIC_KEY), BITS[vector.group["curve"]])


def of_pem(vector: Vector) -> Agreement:
    own, other = (inside(vector.test[name]) for name in ("private", "public"))
    return Agreement((own, Format.PKCS_8), (other, Format.X_509), BITS[vector.group["curve"]])


def of_raw(vector: Vector) -> Agreement:
    own, other = vector.bytes("private"), vector.bytes("public")
    return Agreement((own, Format.RAW), (other, Format.RAW), BITS[vector.group["curve"]])


def of_two_ders(vector: Vector) -> Agreement:
    own, other = vector.bytes("private"), vector.bytes("public")
    return Agreement((own, Format.PKCS_8), (other, Format.X_509), BITS[vector.group["curve"]])


AGREEMENTS = [
    *((file, of_der) for file in EC_DER),
    *((file, of_point) for file in EC_POINT),
    *((file, of_pem) for file in PEM),
    *((file, of_raw) for file in X_RAW),
    *((file, of_two_ders) for file in X_DER),
]
NEVER = {"ZeroSharedSecret"}
"""RFC 7748 §6.1 lets both sides "check, without leaking extra information", that the secret is not zero: checked."""


@pytest.mark.parametrize(("file", "read"), AGREEMENTS, ids=lambda each: each if isinstance(each, str) else "")
def test_key_agreement(client: Client, file: str, read: Any) -> None:
    seen = set()
    for vector in vectors(ROOM, file, 200):
        own, other, bits = read(vector)
        asked = agree(client, Algorithm.ECDH, own, other, bits)
        before = len(client.server.store.objects)
        answer = client.one(asked)
        seen.add((vector.result, answer.ok))
        if not answer.ok:
            assert vector.result != "valid", f"{vector}: {answer.message}"
            assert answer.reason is FAILURE, f"{vector}: {answer.reason}: {answer.message}"
            assert len(client.server.store.objects) == before
            continue
        assert vector.result != "invalid" and not NEVER & set(vector.test["flags"]), vector
        made = client.do(Get(unique_identifier=answer.payload.unique_identifier)).object.key_block
        assert made.key_value.key_material == vector.bytes("shared"), vector
    assert ("valid", True) in seen and {("invalid", False), ("acceptable", False)} & seen


# --- HKDF ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", HKDF)
def test_hkdf(client: Client, file: str) -> None:
    hashing = HashingAlgorithm[file.split("_")[1].upper().replace("SHA", "SHA_")]
    seen = set()
    for vector in vectors(ROOM, file):
        uid = client.register(objects.secret(vector.bytes("ikm")), ObjectType.SECRET_DATA, usable(Mask.DERIVE_KEY))
        info, salt = vector.bytes("info"), vector.bytes("salt")
        how = DerivationParameters(
            cryptographic_parameters=Parameters(hashing_algorithm=hashing),
            derivation_data=[info] if info else [],
            salt=salt or None,
        )
        asked = DeriveKey(
            object_type=ObjectType.SECRET_DATA,
            unique_identifier=[uid],
            derivation_method=DerivationMethod.HKDF,
            derivation_parameters=how,
            attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 8 * vector.test["size"])),
        )
        answer = client.one(asked)
        seen.add(vector.result)
        if vector.result == "invalid":
            # RFC 5869 §2.3: "<= 255*HashLen". What is longer with SHA-512 is longer than anything that is derived.
            longest = hashing is HashingAlgorithm.SHA_512
            assert answer.reason is (ResultReason.INVALID_FIELD if longest else FAILURE), f"{vector} {answer.reason}"
            continue
        assert answer.ok, f"{vector}: {answer.message}"
        made = client.do(Get(unique_identifier=answer.payload.unique_identifier)).object.key_block
        assert made.key_value.key_material == vector.bytes("okm"), vector
    assert seen == {"valid", "invalid"}


# --- ML-KEM (3.0): keys in another format --------------------------------------------------------------


def ml_kem(file: str) -> Algorithm:
    return Algorithm[f"ML_KEM_{file.split('_')[1]}"]


def in_format(client: Client, uid: str, key_format: Format) -> Any:
    return client.one(Get(unique_identifier=uid, key_format_type=key_format))


@pytest.mark.parametrize("file", ML_KEM_SEEDS)
def test_ml_kem_private_keys(server: Any, file: str) -> None:
    """No version defines encapsulation; that a seed is the vector's key, its PKCS#8 shows."""
    client, seen = Client(server, V3_0), set()
    for vector in vectors(ROOM, file, 30):
        uid = private(client, vector.bytes("seed"), Format.RAW, ml_kem(file), 256)
        answer = in_format(client, uid, Format.PKCS_8)
        seen.add(vector.result)
        if len(vector.bytes("seed")) != 64:
            assert vector.result == "invalid" and answer.reason is FAILURE, f"{vector} {answer.reason}"
            continue
        key: Any = load_der_private_key(answer.payload.object.key_block.key_value.key_material, None)
        assert key.public_key().public_bytes_raw() == vector.bytes("ek"), vector
    assert "valid" in seen


@pytest.mark.parametrize("file", ML_KEM_PUBLIC)
def test_ml_kem_public_keys(server: Any, file: str) -> None:
    """FIPS 203 §7.2: a key whose numbers are not reduced, or of another length, is none (its modulus check)."""
    client, seen = Client(server, V3_0), set()
    for vector in vectors(ROOM, file, 60):
        uid = public(client, vector.bytes("ek"), Format.RAW, ml_kem(file), 256)
        answer = in_format(client, uid, Format.X_509)
        seen.add(vector.result)
        if vector.result == "invalid":
            assert answer.reason is FAILURE, f"{vector} {answer.reason}"
            continue
        key: Any = load_der_public_key(answer.payload.object.key_block.key_value.key_material)
        assert key.public_bytes_raw() == vector.bytes("ek"), vector
    assert seen == {"valid", "invalid"}


def run_here() -> Iterator[str]:
    for found in (EC_DER, EC_POINT, PEM, X_RAW, X_DER, HKDF, ML_KEM_SEEDS, ML_KEM_PUBLIC):
        assert found
        yield from found


def test_no_file_is_forgotten() -> None:
    assert sorted([*run_here(), *NOT_RUN]) == files(ROOM, "*.json")
