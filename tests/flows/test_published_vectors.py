"""Published vectors through the operations: Register the vector's key, then Encrypt, Decrypt, MAC, Sign, Verify.

NIST CAVP, RFCs and RSA Laboratories as ``cryptography_vectors`` carries them. A valid vector gives its result; an
invalid one is refused with Cryptographic Failure, or found Invalid, and nothing else. Read evenly: some thousands stand
for the hundred thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_private_key

from kmip_server.operations.derive_key import DeriveKeyRequest
from kmip_server.spec.enums import BlockCipherMode as Mode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import (
    DerivationMethod,
    HashingAlgorithm,
    MaskGenerator,
    ObjectType,
    PaddingMethod,
    RecommendedCurve,
    ResultReason,
    ValidityIndicator,
)
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.keys import PrivateKey, PublicKey, TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters
from kmip_server.spec.structures.parameters import DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1, V3_0
from tests.flows import objects
from tests.flows.client import Client, attributes
from tests.flows.requests import Decrypt, Encrypt, Get, Mac, MacVerify, Sign, SignatureVerify
from tests.flows.vectors import Record, chapters, data, files, package, records, sample

FAILURE = ResultReason.CRYPTOGRAPHIC_FAILURE
VALID, INVALID = ValidityIndicator.VALID, ValidityIndicator.INVALID
HASHES = {
    "SHA1": HashingAlgorithm.SHA_1,
    "SHA224": HashingAlgorithm.SHA_224,
    "SHA256": HashingAlgorithm.SHA_256,
    "SHA384": HashingAlgorithm.SHA_384,
    "SHA512": HashingAlgorithm.SHA_512,
}


@pytest.fixture
def client(server: Any) -> Client:
    return Client(server, V2_1)


def usable(mask: int) -> Any:
    return attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(mask)), (Tag.ACTIVATION_DATE, 0))


def secret(client: Client, value: bytes, algorithm: Algorithm = Algorithm.AES) -> str:
    every = usable(Mask.ENCRYPT | Mask.DECRYPT | Mask.MAC_GENERATE | Mask.MAC_VERIFY)
    return client.register(objects.symmetric(value, algorithm), ObjectType.SYMMETRIC_KEY, every)


def public(client: Client, material: Any, key_format: Format, algorithm: Algorithm, length: int) -> str:
    key = PublicKey(key_block=objects.block(material, key_format, algorithm, length))
    return client.register(key, ObjectType.PUBLIC_KEY, usable(Mask.VERIFY | Mask.ENCRYPT))


def private(client: Client, material: Any, key_format: Format, algorithm: Algorithm, length: int) -> str:
    key = PrivateKey(key_block=objects.block(material, key_format, algorithm, length))
    return client.register(key, ObjectType.PRIVATE_KEY, usable(Mask.SIGN | Mask.DECRYPT))


# --- ciphers -------------------------------------------------------------------------------------------

AES, DES3 = Algorithm.AES, Algorithm.DES3
KINDS = ("GFSbox", "KeySbox", "MMT", "VarKey", "VarTxt")
CIPHERS: list[tuple[Algorithm, Mode, str]] = [
    *(
        (AES, mode, f"ciphers/AES/{name}/{stem}{kind}{length}.rsp")
        for mode, name, stem in (
            (Mode.ECB, "ECB", "ECB"),
            (Mode.CBC, "CBC", "CBC"),
            (Mode.CFB, "CFB", "CFB128"),
            (Mode.OFB, "OFB", "OFB"),
        )
        for kind in KINDS
        for length in (128, 192, 256)
    ),
    *((AES, Mode.CTR, f"ciphers/AES/CTR/aes-{length}-ctr.txt") for length in (128, 192, 256)),
    *((DES3, Mode.CBC, f"ciphers/3DES/CBC/TCBCMMT{keys}.rsp") for keys in (1, 2, 3)),
    *((DES3, Mode.ECB, f"ciphers/3DES/ECB/TECBMMT{keys}.rsp") for keys in (1, 2, 3)),
    (Algorithm.CAMELLIA, Mode.CBC, "ciphers/Camellia/camellia-cbc.txt"),
    (Algorithm.SM4, Mode.CBC, "ciphers/SM4/draft-ribose-cfrg-sm4-10-cbc.txt"),
    (Algorithm.SM4, Mode.ECB, "ciphers/SM4/draft-ribose-cfrg-sm4-10-ecb.txt"),
    (Algorithm.SEED, Mode.ECB, "ciphers/SEED/rfc-4269.txt"),
    (Algorithm.SEED, Mode.CBC, "ciphers/SEED/rfc-4196.txt"),
]


@pytest.mark.parametrize(("algorithm", "mode", "name"), CIPHERS, ids=lambda each: str(each).rpartition("/")[2])
def test_block_ciphers(client: Client, algorithm: Algorithm, mode: Mode, name: str) -> None:
    for record in sample(records(name), 20):
        names = ("key",) if "key" in record else ("key1", "key2", "key3")
        uid = secret(client, data(record, *names), algorithm)
        how = Parameters(block_cipher_mode=mode, padding_method=PaddingMethod.NONE if mode in _PADDED else None)
        iv = data(record, "iv") if "iv" in record else None
        plain, sealed = data(record, "plaintext"), data(record, "ciphertext")
        given = {"unique_identifier": uid, "cryptographic_parameters": how, "iv_counter_nonce": iv}
        assert client.do(Encrypt(data=plain, **given)).data == sealed
        assert client.do(Decrypt(data=sealed, **given)).data == plain


_PADDED = (Mode.ECB, Mode.CBC)


@pytest.mark.parametrize("length", [128, 256])
def test_xts(client: Client, length: int) -> None:
    for record in sample(records(f"ciphers/AES/XTS/tweak-128hexstr/XTSGenAES{length}.rsp"), 100):
        if int(record["dataunitlen"]) % 8:
            continue  # a part of a byte: no byte string can say it
        uid = secret(client, data(record, "key"))
        how = Parameters(block_cipher_mode=Mode.XTS)
        given = {"unique_identifier": uid, "cryptographic_parameters": how, "iv_counter_nonce": data(record, "i")}
        assert client.do(Encrypt(data=data(record, "pt"), **given)).data == data(record, "ct")
        assert client.do(Decrypt(data=data(record, "ct"), **given)).data == data(record, "pt")


@pytest.mark.parametrize("length", [128, 192, 256])
@pytest.mark.parametrize("file", ["gcmDecrypt", "gcmEncryptExtIV"])
def test_gcm(client: Client, file: str, length: int) -> None:
    seen: set[Any] = set()
    for record in sample(records(f"ciphers/AES/GCM/{file}{length}.rsp"), 300):
        uid = secret(client, data(record, "key"))
        tag = data(record, "tag")
        given: dict[str, Any] = {
            "unique_identifier": uid,
            "cryptographic_parameters": Parameters(block_cipher_mode=Mode.GCM, tag_length=len(tag)),
            "iv_counter_nonce": data(record, "iv"),
            "authenticated_encryption_additional_data": data(record, "aad"),
        }
        asked = Decrypt(data=data(record, "ct"), authenticated_encryption_tag=tag, **given)
        if len(data(record, "iv")) < 8:  # a nonce of one byte comes again soon
            assert client.refusal(asked) is ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS
        elif len(tag) < 12:  # too short to protect anything: refused for its length (CS-BC-M-GCM-1)
            assert client.refusal(asked) is ResultReason.GENERAL_FAILURE
            seen.add("short")
        elif "fail" in record:
            assert client.refusal(asked) is FAILURE
            seen.add("fail")
        else:
            assert client.do(asked).data == data(record, "pt")
            sealed = client.do(Encrypt(data=data(record, "pt"), **given))
            assert (sealed.data, sealed.authenticated_encryption_tag) == (data(record, "ct"), tag)
            seen.add("done")
    assert seen == ({"short", "fail", "done"} if file == "gcmDecrypt" else {"short", "done"})


@pytest.mark.parametrize("length", [128, 192, 256])
def test_ccm(client: Client, length: int) -> None:
    seen: set[Any] = set()
    for record in sample(records(f"ciphers/AES/CCM/DVPT{length}.rsp"), 150):
        size, most, additional = (int(record[name]) for name in ("tlen", "plen", "alen"))
        whole = data(record, "ct")
        given: dict[str, Any] = {
            "unique_identifier": secret(client, data(record, "key")),
            "cryptographic_parameters": Parameters(block_cipher_mode=Mode.CCM, tag_length=size),
            "iv_counter_nonce": data(record, "nonce"),
            "authenticated_encryption_additional_data": data(record, "adata")[:additional],
        }
        asked = Decrypt(data=whole[: len(whole) - size], authenticated_encryption_tag=whole[-size:], **given)
        if size < 12:
            assert client.refusal(asked) is ResultReason.GENERAL_FAILURE
            seen.add("short")
        elif record["result"].startswith("Fail"):
            assert client.refusal(asked) is FAILURE
            seen.add("fail")
        else:
            assert client.do(asked).data == data(record, "payload")[:most]
            seen.add("done")
    assert seen == {"short", "fail", "done"}


def test_chacha20_poly1305(client: Client) -> None:
    seen = set()
    for record in sample(records("ciphers/ChaCha20Poly1305/openssl.txt"), 50):
        given: dict[str, Any] = {
            "unique_identifier": secret(client, data(record, "key"), Algorithm.CHACHA20POLY1305),
            "cryptographic_parameters": Parameters(cryptographic_algorithm=Algorithm.CHACHA20POLY1305),
            "iv_counter_nonce": data(record, "iv"),
            "authenticated_encryption_additional_data": data(record, "aad"),
        }
        tag = data(record, "tag")
        asked = Decrypt(data=data(record, "ciphertext"), authenticated_encryption_tag=tag, **given)
        if "result" in record:
            assert client.refusal(asked) is FAILURE
        else:
            assert client.do(asked).data == data(record, "plaintext")
            sealed = client.do(Encrypt(data=data(record, "plaintext"), **given))
            assert (sealed.data, sealed.authenticated_encryption_tag) == (data(record, "ciphertext"), tag)
        seen.add("result" in record)
    assert seen == {True, False}


@pytest.mark.parametrize("length", [128, 192, 256])
@pytest.mark.parametrize(("kind", "mode"), [("KW", Mode.NISTKEYWRAP), ("KWP", Mode.AESKEYWRAPPADDING)])
def test_key_wrap(client: Client, kind: str, mode: Mode, length: int) -> None:
    how = Parameters(block_cipher_mode=mode)
    for record in sample(records(f"keywrap/kwtestvectors/{kind}_AE_{length}.txt"), 60):
        uid = secret(client, data(record, "k"))
        asked = Encrypt(unique_identifier=uid, cryptographic_parameters=how, data=data(record, "p"))
        assert client.do(asked).data == data(record, "c")
    seen = set()
    for record in sample(records(f"keywrap/kwtestvectors/{kind}_AD_{length}.txt"), 100):
        uid = secret(client, data(record, "k"))
        opened = Decrypt(unique_identifier=uid, cryptographic_parameters=how, data=data(record, "c"))
        if "fail" in record:
            assert client.refusal(opened) is FAILURE
        else:
            assert client.do(opened).data == data(record, "p")
        seen.add("fail" in record)
    assert seen == {True, False}


# --- message authentication ----------------------------------------------------------------------------


def authenticates(client: Client, uid: str, how: Parameters, message: bytes, code: bytes) -> None:
    """The code is that of the message, and no other is."""
    given: dict[str, Any] = {"unique_identifier": uid, "cryptographic_parameters": how, "data": message}
    made = client.do(Mac(**given)).mac_data
    assert made[: len(code)] == code
    assert client.do(MacVerify(mac_data=made, **given)).validity_indicator is VALID
    wrong = bytes((made[0] ^ 1,)) + made[1:]
    assert client.do(MacVerify(mac_data=wrong, **given)).validity_indicator is INVALID


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [
        (Algorithm.HMAC_MD5, "rfc-2202-md5.txt"),
        (Algorithm.HMAC_SHA1, "rfc-2202-sha1.txt"),
        (Algorithm.HMAC_SHA224, "rfc-4231-sha224.txt"),
        (Algorithm.HMAC_SHA256, "rfc-4231-sha256.txt"),
        (Algorithm.HMAC_SHA384, "rfc-4231-sha384.txt"),
        (Algorithm.HMAC_SHA512, "rfc-4231-sha512.txt"),
    ],
)
def test_hmac(client: Client, algorithm: Algorithm, name: str) -> None:
    for record in sample(records(f"HMAC/{name}"), 10):
        uid = secret(client, data(record, "key"), algorithm)
        authenticates(client, uid, Parameters(), data(record, "msg"), data(record, "md"))


@pytest.mark.parametrize("name", ["aes128", "aes192", "aes256", "3des"])
def test_cmac(client: Client, name: str) -> None:
    for record in sample(records(f"CMAC/nist-800-38b-{name}.txt"), 10):
        keys = ("key",) if "key" in record else ("key1", "key2", "key3")
        uid = secret(client, data(record, *keys), DES3 if name == "3des" else AES)
        how = Parameters(block_cipher_mode=Mode.CMAC)
        authenticates(client, uid, how, data(record, "message"), data(record, "output"))


# --- signatures ----------------------------------------------------------------------------------------

CURVES = {
    "P-192": RecommendedCurve.P_192,
    "P-224": RecommendedCurve.P_224,
    "P-256": RecommendedCurve.P_256,
    "P-384": RecommendedCurve.P_384,
    "P-521": RecommendedCurve.P_521,
}


@pytest.mark.parametrize("curve", CURVES)
def test_ecdsa(client: Client, curve: str) -> None:
    seen = set()
    bits = int(curve[2:])
    size = (bits + 7) // 8
    found = (each for each in records("asymmetric/ECDSA/FIPS_186-3/SigVer.rsp") if each["section"].startswith(curve))
    for record in sample(found, 75):
        hashing = HASHES[record["section"].split(",")[1].replace("-", "")]
        point = b"\x04" + b"".join(int(record[name], 16).to_bytes(size, "big") for name in ("qx", "qy"))
        material = TransparentKeyMaterial(recommended_curve=CURVES[curve], q_string=point)
        uid = public(client, material, Format.TRANSPARENT_EC_PUBLIC_KEY, Algorithm.ECDSA, bits)
        signature = encode_dss_signature(int(record["r"], 16), int(record["s"], 16))
        asked = SignatureVerify(
            unique_identifier=uid,
            cryptographic_parameters=Parameters(hashing_algorithm=hashing),
            data=data(record, "msg"),
            signature_data=signature,
        )
        answer = client.one(asked)
        if record["result"].startswith("P"):
            assert answer.payload.validity_indicator is VALID
        elif answer.ok:
            assert answer.payload.validity_indicator is INVALID
        else:  # "Q changed" may be no point of the curve
            assert answer.reason is FAILURE and "Q changed" in record["result"]
        seen.add(record["result"][0])
    assert seen == {"P", "F"}


@pytest.mark.parametrize(
    ("name", "method"),
    [("SigVer15_186-3.rsp", PaddingMethod.PKCS1_V1_5), ("SigVerPSS_186-3.rsp", PaddingMethod.PSS)],
)
def test_rsa_signatures(client: Client, name: str, method: PaddingMethod) -> None:
    seen = set()
    for record in sample(records(f"asymmetric/RSA/FIPS_186-2/{name}"), 270):
        modulus = int(record["n"], 16)
        material = TransparentKeyMaterial(modulus=modulus, public_exponent=int(record["e"], 16))
        length = modulus.bit_length()
        uid = public(client, material, Format.TRANSPARENT_RSA_PUBLIC_KEY, Algorithm.RSA, length)
        hashing = HASHES[record["shaalg"]]
        salt = len(data(record, "saltval")) if method is PaddingMethod.PSS else None
        how = Parameters(
            padding_method=method,
            hashing_algorithm=hashing,
            salt_length=salt,
            mask_generator_hashing_algorithm=hashing if salt is not None else None,
        )
        asked = SignatureVerify(
            unique_identifier=uid,
            cryptographic_parameters=how,
            data=data(record, "msg"),
            signature_data=data(record, "s"),
        )
        passes = record["result"].startswith("P")
        assert client.do(asked).validity_indicator is (VALID if passes else INVALID), record["result"]
        seen.add(passes)
    assert seen == {True, False}


def test_ed25519(client: Client) -> None:
    with package.open_vector_file("asymmetric/Ed25519/sign.input", "r") as lines:
        whole = [line.split(":") for line in lines]
    for seed, key, message, signed, *_ in whole[:: len(whole) // 100]:
        one = private(client, bytes.fromhex(seed)[:32], Format.RAW, Algorithm.ED25519, 256)
        two = public(client, bytes.fromhex(key), Format.RAW, Algorithm.ED25519, 256)
        given, signature = bytes.fromhex(message), bytes.fromhex(signed)[:64]
        assert client.do(Sign(unique_identifier=one, data=given)).signature_data == signature
        asked = {"unique_identifier": two, "signature_data": signature}
        assert client.do(SignatureVerify(data=given, **asked)).validity_indicator is VALID
        assert client.do(SignatureVerify(data=given + b"\x00", **asked)).validity_indicator is INVALID


@pytest.mark.parametrize("size", [44, 65, 87])
def test_ml_dsa(server: Any, size: int) -> None:
    """The known answers have a context, which KMIP cannot say: the key is theirs, the signature holds under none."""
    client, algorithm = Client(server, V3_0), Algorithm[f"ML_DSA_{size}"]
    for record in sample(records(f"asymmetric/MLDSA/kat_MLDSA_{size}_det_pure.rsp"), 10):
        key = data(record, "pk")
        one = private(client, data(record, "xi"), Format.RAW, algorithm, len(key) * 8)
        two = public(client, key, Format.RAW, algorithm, len(key) * 8)
        message = data(record, "msg")
        made = client.do(Sign(unique_identifier=one, data=message)).signature_data
        published = data(record, "sm")[: len(made)]
        for signature, holds in ((made, VALID), (published, INVALID)):
            asked = SignatureVerify(unique_identifier=two, data=message, signature_data=signature)
            assert client.do(asked).validity_indicator is holds


@pytest.mark.parametrize("size", [768, 1024])
def test_ml_kem(server: Any, size: int) -> None:
    client, algorithm = Client(server, V3_0), Algorithm[f"ML_KEM_{size}"]
    for record in sample(records(f"asymmetric/MLKEM/kat_MLKEM_{size}.rsp"), 10):
        key = data(record, "pk")
        uid = private(client, data(record, "d", "z"), Format.RAW, algorithm, len(key) * 8)
        given = client.do(Get(unique_identifier=uid, key_format_type=Format.PKCS_8)).object.key_block
        kept: Any = load_der_private_key(given.key_value.key_material, None)
        assert kept.public_key().public_bytes_raw() == key
        assert kept.decapsulate(data(record, "ct")) == data(record, "ss")


# --- RSA encryption ------------------------------------------------------------------------------------

TITLES = {
    "modulus": "modulus",
    "public exponent": "public",
    "exponent": "exponent",
    "prime 1": "p",
    "prime 2": "q",
    "prime exponent 1": "dp",
    "prime exponent 2": "dq",
    "coefficient": "qi",
    "message": "message",
    "encryption": "output",
}
OAEP = [
    ("asymmetric/RSA/pkcs-1v2-1d2-vec/oaep-vect.txt", "1", "1"),
    *(
        (name, *(part.removeprefix("sha") for part in name.removesuffix(".txt").rsplit("-", 2)[1:]))
        for name in files("asymmetric/RSA/oaep-custom", "oaep-sha*.txt")
    ),
]
"""File, hash of the mask, hash of the label."""


def rsa_private(client: Client, record: Record) -> str:
    names = ("modulus", "public", "exponent", "p", "q", "dp", "dq", "qi")
    modulus, exponent, own, p, q, dp, dq, qi = (int(record[name], 16) for name in names)
    material = TransparentKeyMaterial(
        modulus=modulus,
        public_exponent=exponent,
        private_exponent=own,
        p=p,
        q=q,
        prime_exponent_p=dp,
        prime_exponent_q=dq,
        crt_coefficient=qi,
    )
    return private(client, material, Format.TRANSPARENT_RSA_PRIVATE_KEY, Algorithm.RSA, modulus.bit_length())


def decrypts(client: Client, name: str, how: Parameters, most: int, *, refuses: bool) -> None:
    keys: dict[str, str] = {}
    for record in sample(chapters(name, TITLES), most):
        uid = keys.setdefault(record["modulus"], "") or rsa_private(client, record)
        keys[record["modulus"]] = uid
        sealed = bytes.fromhex(record["output"])
        asked: dict[str, Any] = {"unique_identifier": uid, "cryptographic_parameters": how}
        assert client.do(Decrypt(data=sealed, **asked)).data == bytes.fromhex(record["message"])
        wrong = sealed[:-1] + bytes((sealed[-1] ^ 1,))
        if refuses:
            assert client.refusal(Decrypt(data=wrong, **asked)) is FAILURE
        else:  # implicit rejection: other bytes come out, and nobody learns that the padding was wrong
            assert client.do(Decrypt(data=wrong, **asked)).data != bytes.fromhex(record["message"])
        assert client.refusal(Decrypt(data=sealed[:-1], **asked)) is FAILURE


@pytest.mark.parametrize(("name", "mask", "hashing"), OAEP)
def test_oaep(client: Client, name: str, mask: str, hashing: str) -> None:
    how = Parameters(
        padding_method=PaddingMethod.OAEP,
        hashing_algorithm=HASHES[f"SHA{hashing}"],
        mask_generator=MaskGenerator.MFG1,
        mask_generator_hashing_algorithm=HASHES[f"SHA{mask}"],
    )
    decrypts(client, name, how, 12, refuses=True)


def test_pkcs1_v1_5_encryption(client: Client) -> None:
    how = Parameters(padding_method=PaddingMethod.PKCS1_V1_5)
    decrypts(client, "asymmetric/RSA/pkcs1v15crypt-vectors.txt", how, 60, refuses=False)


# --- derivation ----------------------------------------------------------------------------------------


def derived(client: Client, base: bytes, method: DerivationMethod, how: DerivationParameters, size: int) -> bytes:
    uid = client.register(objects.secret(base), ObjectType.SECRET_DATA, usable(Mask.DERIVE_KEY))
    asked = DeriveKeyRequest(
        object_type=ObjectType.SECRET_DATA,
        unique_identifier=[uid],
        derivation_method=method,
        derivation_parameters=how,
        attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 8 * size)),
    )
    made = client.do(asked).unique_identifier
    return bytes(client.do(Get(unique_identifier=made)).object.key_block.key_value.key_material)


def joined(found: Iterator[Record], last: str) -> Iterator[Record]:
    """Records that empty lines cut into pieces, each whole when it has its last field."""
    whole: Record = {}
    for piece in found:
        whole |= piece
        if last in piece:
            yield whole
            whole = {}


@pytest.mark.parametrize("name", ["SHA1", "SHA256"])
def test_hkdf(client: Client, name: str) -> None:
    for record in sample(joined(records(f"KDF/rfc-5869-HKDF-{name}.txt"), "okm"), 10):
        how = DerivationParameters(
            cryptographic_parameters=Parameters(hashing_algorithm=HASHES[name]),
            salt=data(record, "salt") if record.get("salt") else None,
            derivation_data=[data(record, "info")] if record["info"] else [],
        )
        expected = data(record, "okm")
        assert derived(client, data(record, "ikm"), DerivationMethod.HKDF, how, len(expected)) == expected


def test_pbkdf2(client: Client) -> None:
    done = 0
    for record in sample(records("KDF/rfc-6070-PBKDF2-SHA1.txt"), 10):
        if int(record["iterations"]) > 10_000 or "\\0" in record["password"]:
            continue  # sixteen million rounds take seconds; the text of one has an escape
        how = DerivationParameters(
            cryptographic_parameters=Parameters(hashing_algorithm=HashingAlgorithm.SHA_1),
            salt=record["salt"].encode(),
            iteration_count=int(record["iterations"]),
        )
        expected = data(record, "derived_key")
        made = derived(client, record["password"].encode(), DerivationMethod.PBKDF2, how, len(expected))
        assert made == expected
        done += 1
    assert done >= 4
