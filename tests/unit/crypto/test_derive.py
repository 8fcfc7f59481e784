"""Derive Key: RFC 6070, RFC 5869, SP 800-108, and the keys that two sides agree on."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.asymmetric.dh import DHParameterNumbers

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.crypto.groups import group, prime_of
from kmip_server.errors import KmipError
from kmip_server.ports import Derivation
from kmip_server.spec.enums import BlockCipherMode, HashingAlgorithm, KeyFormatType, ResultReason
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import DerivationMethod as Method
from kmip_server.spec.structures.keys import TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters

ciphers = Ciphers()
SHA_1, SHA_256 = HashingAlgorithm.SHA_1, HashingAlgorithm.SHA_256


def derive(method: Method, length: int, parameters: Parameters | None = None, **inputs: Any) -> bytes:
    return ciphers.derive(Derivation(method, length, parameters or Parameters(), **inputs))


def hashed(name: HashingAlgorithm) -> Parameters:
    return Parameters(hashing_algorithm=name)


def refusal(method: Method, length: int, parameters: Parameters | None = None, **inputs: Any) -> ResultReason:
    with pytest.raises(KmipError) as refused:
        derive(method, length, parameters, **inputs)
    return refused.value.reason


def records(name: str) -> Iterator[dict[str, str]]:
    vectors = pytest.importorskip("cryptography_vectors", reason="cryptography-vectors is not installed")
    record: dict[str, str] = {}
    with vectors.open_vector_file(f"KDF/{name}", "r") as lines:
        for line in [*lines, "\n"]:
            text = line.strip()
            if text.startswith("["):
                section, _, value = text.strip("[]").partition("=")
                record[section] = value
            elif "=" in text and not text.startswith("#"):
                key, _, value = text.partition("=")
                record[key.strip().upper()] = value.strip()
            elif not text and {"KO", "OKM", "DERIVED_KEY"} & record.keys():
                yield dict(record)
                record = {key: record[key] for key in ("PRF", "CTRLOCATION", "RLEN") if key in record}


# --- PBKDF2, HKDF ----------------------------------------------------------------------------------


def test_pbkdf2_of_rfc_6070() -> None:
    """Without a hash, SHA-1: RFC 8018, Appendix A.2."""
    count = 0
    for record in records("rfc-6070-PBKDF2-SHA1.txt"):
        if int(record["ITERATIONS"]) > 100_000:
            continue  # 16,777,216 iterations take seconds
        password, salt = (record[key].replace("\\0", "\0").encode() for key in ("PASSWORD", "SALT"))
        made = derive(
            Method.PBKDF2, int(record["LENGTH"]), key=password, salt=salt, iteration_count=int(record["ITERATIONS"])
        )
        assert made.hex() == record["DERIVED_KEY"]
        count += 1
    assert count >= 4


def test_pbkdf2_names_its_hash_by_either_field() -> None:
    expected = hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 10, 40)
    for parameters in (hashed(SHA_256), Parameters(cryptographic_algorithm=Algorithm.HMAC_SHA256)):
        made = derive(Method.PBKDF2, 40, parameters, key=b"password", salt=b"salt", iteration_count=10)
        assert made == expected
    both = Parameters(cryptographic_algorithm=Algorithm.HMAC_SHA256, hashing_algorithm=SHA_1)
    assert (
        refusal(Method.PBKDF2, 40, both, key=b"p", salt=b"s", iteration_count=1)
        is ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS
    )


def test_rounds_are_iterations_times_blocks() -> None:
    asked = Derivation(Method.PBKDF2, 40, hashed(SHA_256), key=b"p", salt=b"s", iteration_count=1000)
    assert ciphers.derivation_rounds(asked) == 2000
    assert ciphers.derivation_rounds(asked._replace(method=Method.HKDF)) == 0


@pytest.mark.parametrize(
    ("name", "hashing"), [("rfc-5869-HKDF-SHA256.txt", SHA_256), ("rfc-5869-HKDF-SHA1.txt", SHA_1)]
)
def test_hkdf_of_rfc_5869(name: str, hashing: HashingAlgorithm) -> None:
    count = 0
    for record in records(name):
        key, salt, info = (bytes.fromhex(record.get(field, "")) for field in ("IKM", "SALT", "INFO"))
        made = derive(Method.HKDF, int(record["L"]), hashed(hashing), key=key, salt=salt, data=info)
        assert made.hex() == record["OKM"]
        if hashing is SHA_256:
            assert derive(Method.HKDF, int(record["L"]), key=key, salt=salt, data=info) == made
        count += 1
    assert count >= 3


def test_hkdf_ends_at_255_blocks() -> None:
    assert len(derive(Method.HKDF, 255 * 32, key=b"key")) == 255 * 32
    assert refusal(Method.HKDF, 255 * 32 + 1, key=b"key") is ResultReason.CRYPTOGRAPHIC_FAILURE


# --- hash, HMAC, encryption ------------------------------------------------------------------------


def test_hash_takes_key_or_data() -> None:
    digest = hashlib.sha256(b"what").digest()
    assert derive(Method.HASH, 32, hashed(SHA_256), key=b"what") == digest
    assert derive(Method.HASH, 10, hashed(SHA_256), data=b"what") == digest[:10]
    assert refusal(Method.HASH, 33, hashed(SHA_256), key=b"what") is ResultReason.CRYPTOGRAPHIC_FAILURE
    assert refusal(Method.HASH, 16, key=b"what") is ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS


def test_hmac_by_the_keys_algorithm_or_a_named_hash() -> None:
    expected = hmac.digest(b"Jefe", b"data", "sha512")
    keyed = {"key": b"Jefe", "data": b"data"}
    assert derive(Method.HMAC, 64, algorithm=Algorithm.HMAC_SHA512, **keyed) == expected
    # "the Cryptographic Parameters are ignored" where the key tells the function.
    assert derive(Method.HMAC, 64, hashed(SHA_1), algorithm=Algorithm.HMAC_SHA512, **keyed) == expected
    named = hashed(HashingAlgorithm.SHA_512)
    assert derive(Method.HMAC, 64, named, algorithm=Algorithm.AES, **keyed) == expected
    assert refusal(Method.HMAC, 65, named, **keyed) is ResultReason.CRYPTOGRAPHIC_FAILURE
    assert refusal(Method.HMAC, 16, algorithm=Algorithm.AES, **keyed) is ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS


def test_encryption_of_fips_197() -> None:
    """FIPS 197, Appendix C.1."""
    inputs = {
        "algorithm": Algorithm.AES,
        "key": bytes(range(16)),
        "data": bytes.fromhex("00112233445566778899aabbccddeeff"),
    }
    ecb = Parameters(block_cipher_mode=BlockCipherMode.ECB)
    assert derive(Method.ENCRYPT, 16, ecb, **inputs).hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"
    assert derive(Method.ENCRYPT, 5, ecb, **inputs).hex() == "69c4e0d86a"
    assert refusal(Method.ENCRYPT, 17, ecb, **inputs) is ResultReason.CRYPTOGRAPHIC_FAILURE
    cbc = Parameters(block_cipher_mode=BlockCipherMode.CBC)
    assert derive(Method.ENCRYPT, 16, cbc, iv=bytes(16), **inputs).hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


def test_no_key_is_derived_with_a_random_iv() -> None:
    """It could never be derived again."""
    cbc = Parameters(block_cipher_mode=BlockCipherMode.CBC, random_iv=True)
    inputs = {"algorithm": Algorithm.AES, "key": bytes(16), "data": bytes(16)}
    assert refusal(Method.ENCRYPT, 16, cbc, **inputs) is ResultReason.MISSING_INITIALIZATION_VECTOR


def test_aws_signature_version_4() -> None:
    """The example of "Examples of how to derive a signing key", AWS General Reference."""
    made = derive(
        Method.AWS_SIGNATURE_VERSION_4,
        32,
        key=b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        parts=(b"20120215", b"us-east-1", b"iam"),
    )
    assert made.hex() == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"


# --- SP 800-108 ------------------------------------------------------------------------------------

_PRFS: dict[str, tuple[Algorithm | None, Parameters]] = {
    "CMAC_AES128": (Algorithm.AES, Parameters()),
    "CMAC_AES192": (Algorithm.AES, Parameters()),
    "CMAC_AES256": (Algorithm.AES, Parameters(block_cipher_mode=BlockCipherMode.CMAC)),
    "HMAC_SHA1": (Algorithm.HMAC_SHA1, Parameters()),
    "HMAC_SHA224": (None, hashed(HashingAlgorithm.SHA_224)),
    "HMAC_SHA256": (Algorithm.AES, hashed(SHA_256)),
    "HMAC_SHA384": (None, Parameters(cryptographic_algorithm=Algorithm.HMAC_SHA384)),
    "HMAC_SHA512": (Algorithm.HMAC_SHA512, Parameters()),
}


def test_counter_mode_of_cavp() -> None:
    """Every record whose counter of 32 bits stands before the fixed input; DES is left out."""
    count = 0
    for record in records("nist-800-108-KBKDF-CTR.txt"):
        if record["CTRLOCATION"] != "BEFORE_FIXED" or record["RLEN"] != "32_BITS" or record["PRF"] not in _PRFS:
            continue
        algorithm, parameters = _PRFS[record["PRF"]]
        key, data = bytes.fromhex(record["KI"]), bytes.fromhex(record["FIXEDINPUTDATA"])
        made = derive(Method.NIST800_108_C, int(record["L"]) // 8, parameters, algorithm=algorithm, key=key, data=data)
        assert made.hex() == record["KO"]
        count += 1
    assert count >= 8 * 30


def test_feedback_mode_as_openssl_has_it() -> None:
    """Made by ``openssl kdf ... -kdfopt mode:feedback -kdfopt use-l:0 -kdfopt use-separator:0 KBKDF``, 3.0.19."""
    key = bytes(range(16))
    made = derive(Method.NIST800_108_F, 48, hashed(SHA_256), key=key, data=b"label", iv=bytes(range(0xA0, 0xC0)))
    assert made.hex() == (
        "2e3e21f398612d2d5b1eb3d9f8d7a5a14748c4d1caf79abb9234c97d4217f10cec0535f6ce8ab825342fc7e0c00bf420"
    )
    # An empty IV is assumed if none is given (2.1 §7.12).
    made = derive(Method.NIST800_108_F, 48, algorithm=Algorithm.AES, key=key, data=b"label")
    assert made.hex() == (
        "41956b43af50d0520a06eca192ff532f1198532e3942070d5e5540ae11fe064212aca623925c54e623ba597f3b2a32d6"
    )


def test_double_pipeline_mode_by_its_figure() -> None:
    """SP 800-108r1 §4.3: A(i) = PRF(A(i-1)), K(i) = PRF(A(i) || [i] || fixed input); written out for two blocks."""

    def prf(data: bytes) -> bytes:
        return hmac.digest(b"key", data, "sha256")

    first = prf(b"fixed")
    second = prf(first)
    expected = prf(first + b"\0\0\0\1" + b"fixed") + prf(second + b"\0\0\0\2" + b"fixed")
    made = derive(Method.NIST800_108_DPI, 50, hashed(SHA_256), key=b"key", data=b"fixed")
    assert made == expected[:50]


def test_a_key_that_names_no_function_is_refused() -> None:
    for method in (Method.NIST800_108_C, Method.NIST800_108_F, Method.NIST800_108_DPI):
        assert refusal(method, 16, key=b"k", data=b"d") is ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS


# --- agreement -------------------------------------------------------------------------------------


def _encoded(private: Any) -> tuple[bytes, bytes]:
    return (
        private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
    )


def agree(own: Any, other: Any, algorithm: Algorithm | None = Algorithm.ECDH) -> bytes:
    return ciphers.agree(
        _encoded(own)[0], KeyFormatType.PKCS_8, _encoded(other)[1], KeyFormatType.X_509, algorithm=algorithm
    )


def test_ecdh_of_rfc_5903() -> None:
    """RFC 5903 §8.1, 256-bit random ECP group."""
    i = ec.derive_private_key(0xC88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433, ec.SECP256R1())
    r = ec.derive_private_key(0xC6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53, ec.SECP256R1())
    expected = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"
    assert agree(i, r).hex() == agree(r, i).hex() == expected


@pytest.mark.parametrize("kind", [x25519.X25519PrivateKey, x448.X448PrivateKey, ec.SECP521R1])
def test_both_sides_agree(kind: Any) -> None:
    alice, bob = (ec.generate_private_key(kind()) if kind is ec.SECP521R1 else kind.generate() for _ in range(2))
    assert agree(alice, bob) == agree(bob, alice, None)


def test_keys_that_do_not_fit_agree_on_nothing() -> None:
    p256, p384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
    for own, other in ((p256, p384), (p256, x25519.X25519PrivateKey.generate())):
        with pytest.raises(KmipError) as refused:
            agree(own, other)
        assert refused.value.reason is ResultReason.CRYPTOGRAPHIC_FAILURE
    with pytest.raises(KmipError) as refused:
        agree(p256, p256, Algorithm.ECMQV)
    assert refused.value.reason is ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS
    with pytest.raises(KmipError) as refused:
        agree(p256, p256, Algorithm.DH)
    assert refused.value.reason is ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS


@pytest.mark.parametrize("length", [2048, 3072])
def test_diffie_hellman(length: int) -> None:
    """In the groups of RFC 7919; whoever gives a public value that betrays the private one gets no answer."""
    alice, bob = (group(length).generate_private_key() for _ in range(2))
    shared = agree(alice, bob, Algorithm.DH)
    assert shared == agree(bob, alice, None) and len(shared) == length // 8
    prime = prime_of(length)
    for public in (0, 1, prime - 1, prime, prime + 2):
        material = TransparentKeyMaterial(p=prime, g=2, y=public)
        with pytest.raises(KmipError) as refused:
            ciphers.agree(_encoded(alice)[0], KeyFormatType.PKCS_8, material, KeyFormatType.TRANSPARENT_DH_PUBLIC_KEY)
        assert refused.value.reason is ResultReason.CRYPTOGRAPHIC_FAILURE
    other = DHParameterNumbers(prime_of(4096), 2).parameters().generate_private_key()
    with pytest.raises(KmipError) as refused:
        agree(alice, other)
    assert refused.value.reason in (ResultReason.CRYPTOGRAPHIC_FAILURE, ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS)


@pytest.mark.parametrize("kind", [x25519.X25519PrivateKey, x448.X448PrivateKey])
def test_raw_keys_of_rfc_7748(kind: Any) -> None:
    alice, bob = kind.generate(), kind.generate()
    raw = KeyFormatType.RAW
    made = ciphers.agree(alice.private_bytes_raw(), raw, bob.public_key().public_bytes_raw(), raw)
    assert made == alice.exchange(bob.public_key())


def test_nothing_shows_what_is_derived_from() -> None:
    assert "hunter2" not in repr(Derivation(Method.PBKDF2, 16, Parameters(), key=b"hunter2"))
