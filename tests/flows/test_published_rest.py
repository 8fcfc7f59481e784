"""Published vectors of the older ciphers, hashes and signatures through the operations; see test_published_vectors."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from kmip_server.spec.enums import BlockCipherMode as Mode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import DerivationMethod, HashingAlgorithm, ObjectType, RecommendedCurve
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.keys import TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters
from kmip_server.spec.structures.parameters import DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1
from tests.flows import objects
from tests.flows import test_published_vectors as published
from tests.flows.client import Client, attributes
from tests.flows.requests import Decrypt, DeriveKey, Encrypt, Get, Hash, Sign, SignatureVerify
from tests.flows.test_published_vectors import (
    FAILURE,
    HASHES,
    INVALID,
    VALID,
    authenticates,
    derived,
    private,
    public,
    secret,
    usable,
)
from tests.flows.vectors import data, files, records, sample


@pytest.fixture
def client(server: Any) -> Client:
    return Client(server, V2_1)


CIPHERS = [
    *(
        (algorithm, Mode[mode.upper()], f"ciphers/{folder}/{stem}-{mode}.txt")
        for algorithm, folder, stem, modes in (
            (Algorithm.CAST5, "CAST5", "cast5", ("ecb", "cbc", "cfb", "ofb")),
            (Algorithm.BLOWFISH, "Blowfish", "bf", ("ecb", "cbc", "cfb", "ofb")),
            (Algorithm.IDEA, "IDEA", "idea", ("ecb", "cbc", "cfb", "ofb")),
            (Algorithm.SEED, "SEED", "seed", ("cfb", "ofb")),
            (Algorithm.CAMELLIA, "Camellia", "camellia", ("cfb", "ofb")),
            (Algorithm.SM4, "SM4", "draft-ribose-cfrg-sm4-10", ("cfb", "ofb", "ctr")),
        )
        for mode in modes
    ),
    *((Algorithm.DES3, Mode.CFB, f"ciphers/3DES/CFB/TCFB64MMT{keys}.rsp") for keys in (1, 2, 3)),
    *((Algorithm.DES3, Mode.OFB, f"ciphers/3DES/OFB/TOFBMMT{keys}.rsp") for keys in (1, 2, 3)),
]


@pytest.mark.parametrize(("algorithm", "mode", "name"), CIPHERS, ids=lambda each: str(each).rpartition("/")[2])
def test_older_ciphers(client: Client, algorithm: Algorithm, mode: Mode, name: str) -> None:
    published.test_block_ciphers(client, algorithm, mode, name)


def test_rc2(client: Client) -> None:
    for record in sample(records("ciphers/RC2/rc2-cbc.txt"), 10):
        given: dict[str, Any] = {
            "unique_identifier": secret(client, data(record, "key"), Algorithm.RC2),
            "cryptographic_parameters": Parameters(block_cipher_mode=Mode.CBC),
            "iv_counter_nonce": data(record, "iv"),
        }
        assert client.do(Encrypt(data=data(record, "plaintext"), **given)).data == data(record, "ciphertext")
        assert client.do(Decrypt(data=data(record, "ciphertext"), **given)).data == data(record, "plaintext")
    other = secret(client, bytes(8), Algorithm.RC2)
    asked = {**given, "unique_identifier": other}
    assert client.refusal(Encrypt(data=bytes(8), **asked)).name == "UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS"


@pytest.mark.parametrize("name", files("ciphers/ARC4", "*.txt"), ids=lambda each: str(each).rpartition("/")[2])
def test_rc4(client: Client, name: str) -> None:
    """The key stream from an offset on, which zeros before it bring about."""
    for record in sample(records(name), 10):
        offset = int(record.get("offset", 0))
        uid = secret(client, data(record, "key"), Algorithm.RC4)
        plain = bytes(offset) + data(record, "plaintext")
        assert client.do(Encrypt(unique_identifier=uid, data=plain)).data[offset:] == data(record, "ciphertext")


def test_chacha20(client: Client) -> None:
    for record in sample(records("ciphers/ChaCha20/rfc7539.txt"), 10):
        given: dict[str, Any] = {
            "unique_identifier": secret(client, data(record, "key"), Algorithm.CHACHA20),
            "cryptographic_parameters": Parameters(initial_counter_value=int(record["initial_block_counter"])),
            "iv_counter_nonce": data(record, "nonce"),
        }
        assert client.do(Encrypt(data=data(record, "plaintext"), **given)).data == data(record, "ciphertext")
        assert client.do(Decrypt(data=data(record, "ciphertext"), **given)).data == data(record, "plaintext")


def test_sm4_gcm(client: Client) -> None:
    for record in sample(records("ciphers/SM4/rfc8998.txt"), 10):
        given: dict[str, Any] = {
            "unique_identifier": secret(client, data(record, "key"), Algorithm.SM4),
            "cryptographic_parameters": Parameters(block_cipher_mode=Mode.GCM, tag_length=16),
            "iv_counter_nonce": data(record, "iv"),
            "authenticated_encryption_additional_data": data(record, "aad"),
        }
        sealed, tag = data(record, "ciphertext"), data(record, "tag")
        made = client.do(Encrypt(data=data(record, "plaintext"), **given))
        assert (made.data, made.authenticated_encryption_tag) == (sealed, tag)
        opened = client.do(Decrypt(data=sealed, authenticated_encryption_tag=tag, **given))
        assert opened.data == data(record, "plaintext")
        wrong = bytes((tag[0] ^ 1,)) + tag[1:]
        assert client.refusal(Decrypt(data=sealed, authenticated_encryption_tag=wrong, **given)) is FAILURE


def test_poly1305(client: Client) -> None:
    for record in sample(records("poly1305/rfc7539.txt"), 20):
        uid = secret(client, data(record, "key"), Algorithm.POLY1305)
        authenticates(client, uid, Parameters(), data(record, "msg"), data(record, "tag"))


HASHED = {
    "MD5/rfc-1321.txt": HashingAlgorithm.MD5,
    "SHA1/SHA1ShortMsg.rsp": HashingAlgorithm.SHA_1,
    "SHA1/SHA1LongMsg.rsp": HashingAlgorithm.SHA_1,
    "ripemd160/ripevectors.txt": HashingAlgorithm.RIPEMD_160,
    **{
        f"SHA2/SHA{name}{length}Msg.rsp": HashingAlgorithm[f"SHA_{name}"]
        for name in ("224", "256", "384", "512", "512_224", "512_256")
        for length in ("Short", "Long")
    },
    **{
        f"SHA3/SHA3_{name}{length}Msg.rsp": HashingAlgorithm[f"SHA3_{name}"]
        for name in ("224", "256", "384", "512")
        for length in ("Short", "Long")
    },
}


@pytest.mark.parametrize("name", HASHED)
def test_hashes(client: Client, name: str) -> None:
    how = Parameters(hashing_algorithm=HASHED[name])
    done = 0
    for record in sample((each for each in records(f"hashes/{name}") if "md" in each), 40):
        message = data(record, "msg") if int(record["len"]) else b""
        assert client.do(Hash(cryptographic_parameters=how, data=message)).data == data(record, "md")
        done += 1
    assert done >= 7


def test_dsa(client: Client) -> None:
    seen = set()
    for record in sample(records("asymmetric/DSA/FIPS_186-3/SigVer.rsp"), 120):
        p, q, g, y = (int(record[name], 16) for name in ("p", "q", "g", "y"))
        material = TransparentKeyMaterial(p=p, q=q, g=g, y=y)
        hashing = HASHES[record["section"].split(",")[2].replace("-", "").strip()]
        uid = public(client, material, Format.TRANSPARENT_DSA_PUBLIC_KEY, Algorithm.DSA, p.bit_length())
        asked = SignatureVerify(
            unique_identifier=uid,
            cryptographic_parameters=Parameters(hashing_algorithm=hashing),
            data=data(record, "msg"),
            signature_data=encode_dss_signature(int(record["r"], 16), int(record["s"], 16)),
        )
        passes = record["result"].startswith("P")
        assert client.do(asked).validity_indicator is (VALID if passes else INVALID), record["result"]
        seen.add(passes)
    assert seen == {True, False}


def test_ecdsa_on_secp256k1(client: Client) -> None:
    for record in sample(records("asymmetric/ECDSA/SECP256K1/SigGen.txt"), 40):
        point = b"\x04" + b"".join(int(record[name], 16).to_bytes(32, "big") for name in ("qx", "qy"))
        material = TransparentKeyMaterial(recommended_curve=RecommendedCurve.SECP256K1, q_string=point)
        uid = public(client, material, Format.TRANSPARENT_EC_PUBLIC_KEY, Algorithm.ECDSA, 256)
        asked: dict[str, Any] = {
            "unique_identifier": uid,
            "cryptographic_parameters": Parameters(
                hashing_algorithm=HASHES[record["section"].split(",")[1].replace("-", "")]
            ),
            "signature_data": encode_dss_signature(int(record["r"], 16), int(record["s"], 16)),
        }
        assert client.do(SignatureVerify(data=data(record, "msg"), **asked)).validity_indicator is VALID
        assert client.do(SignatureVerify(data=b"another", **asked)).validity_indicator is INVALID


def test_ed448(client: Client) -> None:
    for record in sample((each for each in records("asymmetric/Ed448/rfc8032.txt") if "context" not in each), 20):
        one = private(client, data(record, "secret"), Format.RAW, Algorithm.ED448, 456)
        two = public(client, data(record, "public"), Format.RAW, Algorithm.ED448, 456)
        message, signature = data(record, "message"), data(record, "signature")
        assert client.do(Sign(unique_identifier=one, data=message)).signature_data == signature
        asked = {"unique_identifier": two, "signature_data": signature}
        assert client.do(SignatureVerify(data=message, **asked)).validity_indicator is VALID
        assert client.do(SignatureVerify(data=message + b"\x00", **asked)).validity_indicator is INVALID


def test_long_hkdf(client: Client) -> None:
    for record in sample(records("KDF/hkdf-generated.txt"), 3):
        how = DerivationParameters(cryptographic_parameters=Parameters(hashing_algorithm=HashingAlgorithm.SHA_256))
        expected = data(record, "okm")
        assert derived(client, data(record, "ikm"), DerivationMethod.HKDF, how, len(expected)) == expected


def test_sp800_108_counter_mode(client: Client) -> None:
    """Those whose counter has 32 bits and stands before the fixed input, as here."""
    done = set()
    found = (
        each
        for each in records("KDF/nist-800-108-KBKDF-CTR.txt")
        if each.get("ctrlocation") == "BEFORE_FIXED" and each.get("rlen") == "32_BITS" and "ko" in each
    )
    for record in sample(found, 90):
        function = record["prf"]
        by_hash = function.startswith("HMAC")
        algorithm = Algorithm[function] if by_hash else (Algorithm.DES3 if "TDES" in function else Algorithm.AES)
        uid = client.register(
            objects.symmetric(data(record, "ki"), algorithm), ObjectType.SYMMETRIC_KEY, usable(Mask.DERIVE_KEY)
        )
        asked = DeriveKey(
            object_type=ObjectType.SECRET_DATA,
            unique_identifier=[uid],
            derivation_method=DerivationMethod.NIST800_108_C,
            derivation_parameters=DerivationParameters(derivation_data=[data(record, "fixedinputdata")]),
            attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, int(record["l"]))),
        )
        made = client.do(Get(unique_identifier=client.do(asked).unique_identifier)).object.key_block
        assert made.key_value.key_material == data(record, "ko"), function
        done.add(function)
    assert len(done) >= 8
