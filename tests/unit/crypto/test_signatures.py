"""Sign and Signature Verify, and RSA encryption: vectors, defaults, digested data, wrong input."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa, x25519

from kmip_server.crypto import formats
from kmip_server.crypto.ciphers import Ciphers
from kmip_server.crypto.signatures import SIGNATURES
from kmip_server.errors import CryptographicFailure, KmipError
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import DigitalSignatureAlgorithm as Signature
from kmip_server.spec.enums import HashingAlgorithm as Hash
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.enums import MaskGenerator, PaddingMethod, ResultReason
from kmip_server.spec.structures.keys import TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters

ciphers = Ciphers()
DATA = b"the data that is signed"
KEYS: dict[str, Any] = {
    "RSA": rsa.generate_private_key(65537, 2048),
    "ECDSA": ec.generate_private_key(ec.SECP384R1()),
    "DSA": dsa.generate_private_key(1024),
}
PRIVATE = {name: formats.write_private(key, Format.PKCS_8) for name, key in KEYS.items()}
PUBLIC = {name: formats.write_public(key.public_key(), Format.X_509) for name, key in KEYS.items()}


def sign(family: str, parameters: Parameters, data: bytes | None = DATA, digested: bytes | None = None) -> bytes:
    return ciphers.sign(
        None, PRIVATE[family], parameters, data, digested=digested, key_format=Format.PKCS_8, trusted=True
    )


def verify(
    family: str, parameters: Parameters, signature: bytes, data: bytes | None = DATA, digested: bytes | None = None
) -> bool:
    return ciphers.verify(
        None, PUBLIC[family], parameters, data, signature=signature, digested=digested, key_format=Format.X_509
    )


def test_ed25519_rfc8032_test_1() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

    signature = ciphers.sign(Algorithm.ED25519, seed, Parameters(), b"", key_format=Format.RAW)

    assert signature.hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )
    assert ciphers.verify(Algorithm.ED25519, public, Parameters(), b"", signature=signature, key_format=Format.RAW)


@pytest.mark.parametrize("algorithm", SIGNATURES, ids=lambda algorithm: algorithm.name)
def test_every_digital_signature_algorithm(algorithm: Signature) -> None:
    row = SIGNATURES[algorithm]
    parameters = Parameters(
        digital_signature_algorithm=algorithm, hashing_algorithm=None if row.hashing else Hash.SHA_256
    )

    signature = sign(row.family, parameters)

    assert verify(row.family, parameters, signature)
    assert not verify(row.family, parameters, signature, DATA + b"!")
    assert not verify(row.family, parameters, signature[:-1] + bytes((signature[-1] ^ 1,)))
    assert not verify(row.family, parameters, b"")
    digest = ciphers.hash(row.hashing or Hash.SHA_256, DATA)
    assert verify(row.family, parameters, signature, None, digest), "digested data gives the same answer"
    assert verify(row.family, parameters, sign(row.family, parameters, None, digest))


def test_pkcs1_v1_5_is_the_signature_of_rfc8017() -> None:
    signature = sign("RSA", Parameters(padding_method=PaddingMethod.PKCS1_V1_5, hashing_algorithm=Hash.SHA_256))

    assert signature == KEYS["RSA"].sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    assert signature == sign("RSA", Parameters(hashing_algorithm=Hash.SHA_256)), "the padding of RSA by default"


def test_pss_salt_and_mask() -> None:
    pss = Parameters(padding_method=PaddingMethod.PSS, hashing_algorithm=Hash.SHA_256)
    public = KEYS["RSA"].public_key()
    public.verify(sign("RSA", pss), DATA, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())

    exact = Parameters(
        padding_method=PaddingMethod.PSS,
        hashing_algorithm=Hash.SHA_256,
        salt_length=20,
        mask_generator=MaskGenerator.MFG1,
        mask_generator_hashing_algorithm=Hash.SHA_1,
        trailer_field=1,
    )
    signature = sign("RSA", exact)
    public.verify(signature, DATA, padding.PSS(padding.MGF1(hashes.SHA1()), 20), hashes.SHA256())
    assert verify("RSA", exact, signature)
    assert verify("RSA", pss, signature), "2.1 §4.16: the mask's hash is SHA-1 if omitted; any salt"
    other = Parameters(padding_method=PaddingMethod.PSS, hashing_algorithm=Hash.SHA_256, salt_length=32)
    assert not verify("RSA", other, signature), "a Salt Length that is given must be that of the signature"


def test_digested_data_without_a_hash() -> None:
    """TC-RSA-SIGN-DIGESTEDDATA-1, TC-ECDSA-SIGN-DIGESTEDDATA-1: 16 bytes, and no word of hash or padding."""
    digested = bytes(range(1, 17))
    for family in ("RSA", "ECDSA"):
        signature = sign(family, Parameters(), None, digested)
        assert verify(family, Parameters(cryptographic_algorithm=Algorithm[family]), signature, None, digested)
        pss = Parameters(
            padding_method=PaddingMethod.PSS, hashing_algorithm=Hash.SHA_1, cryptographic_algorithm=Algorithm.RSA
        )
        assert not verify(family, pss, signature, digested)


def test_sign_with_transparent_keys() -> None:
    parameters = Parameters(hashing_algorithm=Hash.SHA_256)
    for family, private, public in (
        ("RSA", Format.TRANSPARENT_RSA_PRIVATE_KEY, Format.TRANSPARENT_RSA_PUBLIC_KEY),
        ("ECDSA", Format.TRANSPARENT_ECDSA_PRIVATE_KEY, Format.TRANSPARENT_EC_PUBLIC_KEY),
        ("DSA", Format.TRANSPARENT_DSA_PRIVATE_KEY, Format.TRANSPARENT_DSA_PUBLIC_KEY),
    ):
        signature = ciphers.sign(
            None, formats.write_private(KEYS[family], private), parameters, DATA, key_format=private
        )
        material = formats.write_public(KEYS[family].public_key(), public)
        assert ciphers.verify(None, material, parameters, DATA, signature=signature, key_format=public)


WRONG: list[tuple[str, Parameters, bytes | None, bytes | None, ResultReason]] = [
    ("RSA", Parameters(), DATA, None, ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS),
    ("ECDSA", Parameters(), DATA, None, ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS),
    ("RSA", Parameters(hashing_algorithm=Hash.SHA_256), None, None, ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS),
    ("RSA", Parameters(hashing_algorithm=Hash.SHA_256), DATA, DATA, ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS),
    ("RSA", Parameters(hashing_algorithm=Hash.SHA_256), None, bytes(20), ResultReason.CRYPTOGRAPHIC_FAILURE),
    ("ECDSA", Parameters(), None, bytes(17), ResultReason.CRYPTOGRAPHIC_FAILURE),
    (
        "ECDSA",
        Parameters(digital_signature_algorithm=Signature.RSASSA_PSS),
        DATA,
        None,
        ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS,
    ),
    (
        "RSA",
        Parameters(digital_signature_algorithm=Signature.RSASSA_PSS),
        DATA,
        None,
        ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS,
    ),
    (
        "RSA",
        Parameters(digital_signature_algorithm=Signature.SHA_256_WITH_RSA_ENCRYPTION, hashing_algorithm=Hash.SHA_1),
        DATA,
        None,
        ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS,
    ),
    (
        "RSA",
        Parameters(digital_signature_algorithm=Signature.MD2_WITH_RSA_ENCRYPTION),
        DATA,
        None,
        ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS,
    ),
    (
        "RSA",
        Parameters(hashing_algorithm=Hash.TIGER),
        DATA,
        None,
        ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS,
    ),
    (
        "RSA",
        Parameters(hashing_algorithm=Hash.SHA_256, padding_method=PaddingMethod.OAEP),
        DATA,
        None,
        ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS,
    ),
    (
        "RSA",
        Parameters(hashing_algorithm=Hash.SHA_256, padding_method=PaddingMethod.PSS, salt_length=-1),
        DATA,
        None,
        ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS,
    ),
    (
        "RSA",
        Parameters(hashing_algorithm=Hash.SHA_256, padding_method=PaddingMethod.PSS, salt_length=1 << 20),
        DATA,
        None,
        ResultReason.CRYPTOGRAPHIC_FAILURE,
    ),
    (
        "RSA",
        Parameters(hashing_algorithm=Hash.SHA_256, padding_method=PaddingMethod.PSS, trailer_field=2),
        DATA,
        None,
        ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS,
    ),
]


@pytest.mark.parametrize(("family", "parameters", "data", "digested", "reason"), WRONG)
def test_wrong_input(
    family: str, parameters: Parameters, data: bytes | None, digested: bytes | None, reason: ResultReason
) -> None:
    with pytest.raises(KmipError) as raised:
        sign(family, parameters, data, digested)
    assert raised.value.reason is reason


def test_a_key_that_cannot_sign() -> None:
    pair = ciphers.generate_pair(Algorithm.ML_KEM_768, None, None)
    with pytest.raises(KmipError):
        ciphers.sign(Algorithm.ML_KEM_768, pair.private, Parameters(), DATA, key_format=pair.private_format)
    with pytest.raises(KmipError):
        ciphers.verify(Algorithm.ML_KEM_768, pair.public, Parameters(), DATA, signature=b"x")
    agreement = formats.write_private(x25519.X25519PrivateKey.generate(), Format.PKCS_8)
    with pytest.raises(KmipError):
        ciphers.sign(None, agreement, Parameters(), DATA)


def test_pure_signatures_take_no_digest() -> None:
    pair = ciphers.generate_pair(Algorithm.ED25519, None, None)
    with pytest.raises(KmipError):
        ciphers.sign(None, pair.private, Parameters(), None, digested=hashlib.sha512(DATA).digest())


OAEP = [
    Parameters(padding_method=PaddingMethod.OAEP),
    Parameters(padding_method=PaddingMethod.OAEP, hashing_algorithm=Hash.SHA_256),
    Parameters(padding_method=PaddingMethod.OAEP, hashing_algorithm=Hash.SHA_256, p_source=b"label"),
    Parameters(
        padding_method=PaddingMethod.OAEP,
        hashing_algorithm=Hash.SHA_256,
        mask_generator_hashing_algorithm=Hash.SHA_1,
    ),
    Parameters(padding_method=PaddingMethod.PKCS1_V1_5),
]


@pytest.mark.parametrize("parameters", OAEP)
def test_rsa_encryption(parameters: Parameters) -> None:
    made = ciphers.encrypt(Algorithm.RSA, PUBLIC["RSA"], parameters, b"secret", key_format=Format.X_509)

    plain = ciphers.decrypt(
        Algorithm.RSA, PRIVATE["RSA"], parameters, made.data, key_format=Format.PKCS_8, trusted=True
    )
    assert plain == b"secret"


def test_oaep_without_a_mask_hash_reads_both_habits() -> None:
    loose = Parameters(padding_method=PaddingMethod.OAEP, hashing_algorithm=Hash.SHA_256)
    public = KEYS["RSA"].public_key()
    for mask in (hashes.SHA256(), hashes.SHA1()):
        sealed = public.encrypt(b"secret", padding.OAEP(padding.MGF1(mask), hashes.SHA256(), None))
        assert ciphers.decrypt(Algorithm.RSA, PRIVATE["RSA"], loose, sealed, trusted=True) == b"secret"


def test_wrong_rsa_encryption() -> None:
    oaep = OAEP[1]
    for parameters, key, data in (
        (Parameters(), PUBLIC["RSA"], b"x"),
        (Parameters(padding_method=PaddingMethod.SSL3), PUBLIC["RSA"], b"x"),
        (oaep, PUBLIC["RSA"], bytes(300)),
        (oaep, PUBLIC["ECDSA"], b"x"),
        (oaep, b"no key", b"x"),
        (oaep, TransparentKeyMaterial(), b"x"),
    ):
        with pytest.raises(KmipError):
            ciphers.encrypt(Algorithm.RSA, key, parameters, data)
    with pytest.raises(KmipError):
        ciphers.encrypt(Algorithm.RSA, PUBLIC["RSA"], oaep, b"x", iv=bytes(16))
    for data in (bytes(256), b"", bytes(257)):
        with pytest.raises(CryptographicFailure):
            ciphers.decrypt(Algorithm.RSA, PRIVATE["RSA"], oaep, data, trusted=True)
    labelled = ciphers.encrypt(Algorithm.RSA, PUBLIC["RSA"], OAEP[2], b"secret").data
    with pytest.raises(CryptographicFailure):
        ciphers.decrypt(Algorithm.RSA, PRIVATE["RSA"], OAEP[1], labelled, trusted=True)
