"""Published vectors of key agreement, through Register and Derive Key (2.1 §11.14, Asymmetric Key)."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.dh import DHParameterNumbers, DHPrivateNumbers, DHPublicNumbers

from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import DerivationMethod, ObjectType, RecommendedCurve, ResultReason
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.keys import PrivateKey, PublicKey, TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters
from kmip_server.spec.structures.parameters import DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1
from tests.flows import objects
from tests.flows.client import Client, attributes
from tests.flows.requests import DeriveKey, Get
from tests.flows.test_key_formats import pkcs8, spki
from tests.flows.vectors import Record, data, records, sample

PRIVATE_EC, PUBLIC_EC = Format.TRANSPARENT_EC_PRIVATE_KEY, Format.TRANSPARENT_EC_PUBLIC_KEY
PRIVATE_DH, PUBLIC_DH = Format.TRANSPARENT_DH_PRIVATE_KEY, Format.TRANSPARENT_DH_PUBLIC_KEY
CURVES = {
    "EA": RecommendedCurve.P_192,
    "EB": RecommendedCurve.P_224,
    "EC": RecommendedCurve.P_256,
    "ED": RecommendedCurve.P_384,
    "EE": RecommendedCurve.P_521,
}
BITS = {"EA": 192, "EB": 224, "EC": 256, "ED": 384, "EE": 521}


@pytest.fixture
def client(server: Any) -> Client:
    return Client(server, V2_1)


def registered(
    client: Client, kind: ObjectType, material: Any, key_format: Format, algorithm: Algorithm, bits: int
) -> str:
    structure = PrivateKey if kind is ObjectType.PRIVATE_KEY else PublicKey
    key = structure(key_block=objects.block(material, key_format, algorithm, bits))
    usable = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.DERIVE_KEY)), (Tag.ACTIVATION_DATE, 0))
    return client.register(key, kind, usable)


def agree(
    client: Client, algorithm: Algorithm, private: tuple[Any, Format], public: tuple[Any, Format], bits: int
) -> Any:
    """The request that derives the whole secret of two keys."""
    own = registered(client, ObjectType.PRIVATE_KEY, *private, algorithm, bits)
    other = registered(client, ObjectType.PUBLIC_KEY, *public, algorithm, bits)
    return DeriveKey(
        object_type=ObjectType.SECRET_DATA,
        unique_identifier=[own, other],
        derivation_method=DerivationMethod.ASYMMETRIC_KEY,
        derivation_parameters=DerivationParameters(
            cryptographic_parameters=Parameters(cryptographic_algorithm=algorithm)
        ),
        attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, (bits + 7) // 8 * 8)),
    )


def secret_of(client: Client, asked: Any) -> bytes:
    made = client.do(asked).unique_identifier
    return bytes(client.do(Get(unique_identifier=made)).object.key_block.key_value.key_material)


def point(x: str, y: str, bits: int) -> bytes:
    size = (bits + 7) // 8
    return b"\x04" + b"".join(int(each, 16).to_bytes(size, "big") for each in (x, y))


@pytest.mark.parametrize("role", ["init", "resp"])
def test_ecdh_of_cavp(client: Client, role: str) -> None:
    seen = set()
    name = f"asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_{role}.fax"
    for record in sample((each for each in records(name) if "z" in each), 150):
        which = record["section"][:2]
        curve, bits = CURVES[which], BITS[which]
        own = TransparentKeyMaterial(recommended_curve=curve, d=int(record["dsiut"], 16))
        other = TransparentKeyMaterial(
            recommended_curve=curve, q_string=point(record["qscavsx"], record["qscavsy"], bits)
        )
        asked = agree(client, Algorithm.ECDH, (own, PRIVATE_EC), (other, PUBLIC_EC), bits)
        result = record["result"]
        if result.startswith("F (1") or result.startswith("F (2"):  # the point is none of the curve
            assert client.refusal(asked) is ResultReason.CRYPTOGRAPHIC_FAILURE, result
            seen.add("refused")
            continue
        answer = client.one(asked)
        if not answer.ok:
            assert answer.reason is ResultReason.CRYPTOGRAPHIC_FAILURE and result.startswith("F"), result
            seen.add("refused")
            continue
        given = client.do(Get(unique_identifier=answer.payload.unique_identifier)).object.key_block
        same = int.from_bytes(given.key_value.key_material, "big") == int(record["z"], 16)
        if result.startswith("P"):
            assert same, result
        seen.add((result[0], same))
    assert {("P", True), ("F", False)} <= seen


def test_ecdh_on_brainpool(client: Client) -> None:
    """RFC 7027, Appendix A: both sides come to one secret."""
    for record in sample(records("asymmetric/ECDH/brainpool.txt"), 10):
        curve, bits = RecommendedCurve[record["curve"].upper()], int(record["curve"][10:13])
        for one, two in (("A", "B"), ("B", "A")):
            own = TransparentKeyMaterial(recommended_curve=curve, d=int(record[f"d{one}".lower()], 16))
            names = (f"x_q{two}".lower(), f"y_q{two}".lower())
            other = TransparentKeyMaterial(
                recommended_curve=curve, q_string=point(record[names[0]], record[names[1]], bits)
            )
            asked = agree(client, Algorithm.ECDH, (own, PRIVATE_EC), (other, PUBLIC_EC), bits)
            assert secret_of(client, asked) == data(record, "x_z")


@pytest.mark.parametrize(("name", "bits"), [("X25519", 256), ("X448", 448)])
def test_rfc_7748(client: Client, name: str, bits: int) -> None:
    """Scalars and points are the raw keys themselves."""
    for record in sample(records(f"asymmetric/{name}/rfc7748.txt"), 10):
        own, other = data(record, "input_scalar"), data(record, "input_u")
        asked = agree(client, Algorithm.ECDH, (own, Format.RAW), (other, Format.RAW), bits)
        assert secret_of(client, asked) == data(record, "output_u")
    nothing = agree(client, Algorithm.ECDH, (own, Format.RAW), (bytes(bits // 8), Format.RAW), bits)
    assert client.refusal(nothing) is ResultReason.CRYPTOGRAPHIC_FAILURE  # RFC 7748 §6.1: all zeros are no secret


def rfc_5114() -> list[Record]:
    whole: Record = {}
    found = []
    for piece in records("asymmetric/DH/RFC5114.txt"):
        whole |= piece
        if "result" in piece:
            found.append(whole)
            whole = {}
    return found


def test_diffie_hellman_of_rfc_5114(client: Client) -> None:
    """Transparent, and as PKCS#8 and Subject Public Key Info."""
    found = rfc_5114()
    assert len(found) == 3
    for record in found:
        p, q, g = (int(record[name], 16) for name in ("p", "q", "g"))
        x, y = int(record["xstatiut"], 16), int(record["ystatcavs"], 16)
        bits = p.bit_length()
        own = TransparentKeyMaterial(p=p, q=q, g=g, x=x)
        other = TransparentKeyMaterial(p=p, q=q, g=g, y=y)
        group = DHParameterNumbers(p, g, q)
        der = pkcs8(DHPrivateNumbers(x, DHPublicNumbers(pow(g, x, p), group)).private_key())
        info = spki(DHPublicNumbers(y, group).public_key())
        for private, public in (
            ((own, PRIVATE_DH), (other, PUBLIC_DH)),
            ((der, Format.PKCS_8), (info, Format.X_509)),
        ):
            made = secret_of(client, agree(client, Algorithm.DH, private, public, bits))
            assert made == int(record["z"], 16).to_bytes(bits // 8, "big")


def test_diffie_hellman_without_q(client: Client) -> None:
    """Of the vectors for a generator of 2; primes under 512 bits are none for the library."""
    done = 0
    for record in sample(records("asymmetric/DH/vec.txt"), 10):
        p, g, x, y = (int(record[name]) for name in ("p", "g", "x", "y"))
        own, other = TransparentKeyMaterial(p=p, g=g, x=x), TransparentKeyMaterial(p=p, g=g, y=y)
        asked = agree(client, Algorithm.DH, (own, PRIVATE_DH), (other, PUBLIC_DH), p.bit_length())
        if p.bit_length() < 512:
            assert client.refusal(asked) is ResultReason.CRYPTOGRAPHIC_FAILURE
            continue
        assert int.from_bytes(secret_of(client, asked), "big") == int(record["k"], 16)
        done += 1
    assert done >= 3
