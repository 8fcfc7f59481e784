"""Every value of the standard's enumerations, asked of every operation that takes it: served, or refused by one reason.

What must be served is not written down here: it is read from the library, which has a primitive or has it not. A value
that the library has is served; one that it lacks is refused with the reason of the operation's own error table.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers import algorithms as old_algorithms
from cryptography.hazmat.decrepit.ciphers import modes as old_modes
from cryptography.hazmat.primitives import cmac, hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, CipherAlgorithm, algorithms, modes
from cryptography.hazmat.primitives.ciphers import aead as library_aead

from kmip_server.spec.enums import BlockCipherMode as Mode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import (
    DerivationMethod,
    DigitalSignatureAlgorithm,
    HashingAlgorithm,
    MaskGenerator,
    ObjectType,
    PaddingMethod,
    RecommendedCurve,
    ResultReason,
    ValidityIndicator,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.parameters import CryptographicDomainParameters, DerivationParameters
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1
from tests.flows import objects
from tests.flows.client import Client, attributes
from tests.flows.requests import (
    CreateKeyPair,
    Decrypt,
    DeriveKey,
    Encrypt,
    Get,
    Hash,
    Mac,
    MacVerify,
    Sign,
    SignatureVerify,
)

R = ResultReason
BAD, UNSUPPORTED, FEATURE = (
    R.BAD_CRYPTOGRAPHIC_PARAMETERS,
    R.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS,
    R.FEATURE_NOT_SUPPORTED,
)
VALID, INVALID = ValidityIndicator.VALID, ValidityIndicator.INVALID
_EVERY = int(Mask.ENCRYPT | Mask.DECRYPT | Mask.MAC_GENERATE | Mask.MAC_VERIFY)


def classes(module: Any, kind: type) -> dict[str, Any]:
    """The classes of a kind that a module of the library has for its users."""
    own = vars(module).get("_module", module)  # the library wraps a module that it has moved names out of
    return {
        name: each
        for name, each in vars(own).items()
        if inspect.isclass(each) and issubclass(each, kind) and each is not kind and not name.startswith("_")
    }


# --- ciphers ---------------------------------------------------------------------------------------------------

CIPHERS: dict[str, tuple[Algorithm | None, int]] = {
    "AES": (Algorithm.AES, 16),
    "AES128": (None, 0),  # AES under other names
    "AES256": (None, 0),
    "ChaCha20": (Algorithm.CHACHA20, 32),
    "SM4": (Algorithm.SM4, 16),
    "ARC4": (Algorithm.RC4, 16),
    "TripleDES": (Algorithm.DES3, 24),
    "Blowfish": (Algorithm.BLOWFISH, 16),
    "CAST5": (Algorithm.CAST5, 16),
    "SEED": (Algorithm.SEED, 16),
    "IDEA": (Algorithm.IDEA, 16),
    "Camellia": (Algorithm.CAMELLIA, 16),
    "RC2": (Algorithm.RC2, 16),
}
"""What the library's ciphers are called in KMIP, and how many bytes a key of theirs has."""
MODES: dict[str, Mode | None] = {
    "CBC": Mode.CBC,
    "ECB": Mode.ECB,
    "CFB": Mode.CFB,
    "CFB8": None,  # KMIP has one CFB, and in it a segment is a block (SP 800-38A §6.3)
    "OFB": Mode.OFB,
    "CTR": Mode.CTR,
    "GCM": Mode.GCM,
    "XTS": Mode.XTS,
}
AEADS: dict[str, tuple[Algorithm, Mode] | None] = {
    "AESGCM": (Algorithm.AES, Mode.GCM),
    "AESCCM": (Algorithm.AES, Mode.CCM),
    "ChaCha20Poly1305": (Algorithm.CHACHA20POLY1305, Mode.AEAD),
    "AESOCB3": None,  # no Block Cipher Mode of KMIP's
    "AESSIV": None,
    "AESGCMSIV": None,
}
SYMMETRIC = [
    *(each for each, _ in CIPHERS.values() if each is not None),
    *(Algorithm.DES, Algorithm.CHACHA20POLY1305, Algorithm.POLY1305, Algorithm.MARS, Algorithm.RC5),
    *(Algorithm.SKIPJACK, Algorithm.TWOFISH, Algorithm.ARIA, Algorithm.GOST_28147_89, Algorithm.GOST_R_34_13_2015),
]


def test_the_library_has_no_cipher_that_this_table_forgets() -> None:
    known = {*classes(algorithms, CipherAlgorithm), *classes(old_algorithms, CipherAlgorithm)}
    assert known - _ABSTRACT == CIPHERS.keys()
    assert {*classes(modes, modes.Mode), *classes(old_modes, modes.Mode)} - _ABSTRACT == MODES.keys()
    assert set(library_aead.__all__) == AEADS.keys()


_ABSTRACT = {
    "BlockCipherAlgorithm",
    *("ModeWithAuthenticationTag", "ModeWithInitializationVector", "ModeWithNonce", "ModeWithTweak"),
}


def key_of(algorithm: Algorithm, mode: Mode | None = None) -> bytes:
    """A key of the usual length; XTS takes two."""
    length = {each: size for each, size in CIPHERS.values()}.get(algorithm)
    if algorithm is Algorithm.DES:
        return bytes(range(8))
    return bytes(range(length or 32)) + (
        bytes(length or 32) if mode is Mode.XTS and algorithm is Algorithm.AES else b""
    )


def library_cipher(algorithm: Algorithm, key: bytes) -> Any:
    name = next((name for name, (each, _) in CIPHERS.items() if each is algorithm), None)
    kinds = {**classes(algorithms, CipherAlgorithm), **classes(old_algorithms, CipherAlgorithm)}
    if algorithm is Algorithm.DES:
        return old_algorithms.TripleDES(key * 3)
    if algorithm is Algorithm.CHACHA20:
        return algorithms.ChaCha20(key, bytes(16))
    return None if name is None else kinds[name](key)


def the_library_encrypts(algorithm: Algorithm, mode: Mode | None) -> bool:
    """Whether the library has this algorithm in this mode."""
    if algorithm is Algorithm.AES and mode in (Mode.NISTKEYWRAP, Mode.AESKEYWRAPPADDING):
        return True  # keywrap.aes_key_wrap, keywrap.aes_key_wrap_with_padding
    if (algorithm, mode) in AEADS.values() or (algorithm is Algorithm.CHACHA20POLY1305 and mode is None):
        return True
    cipher = library_cipher(algorithm, key_of(algorithm, mode))
    if cipher is None:
        return False
    block = getattr(cipher, "block_size", 64) // 8
    made = None
    if mode is not None:
        name = next((name for name, each in MODES.items() if each is mode), None)
        if name is None:
            return False
        kind = {**classes(modes, modes.Mode), **classes(old_modes, modes.Mode)}[name]
        made = kind() if name == "ECB" else kind(bytes(16 if name == "XTS" else block))
    elif isinstance(cipher, BlockCipherAlgorithm):
        return False
    try:
        Cipher(cipher, made).encryptor().update(bytes(2 * block))
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def secret(client: Client, algorithm: Algorithm, value: bytes) -> str:
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, _EVERY), (Tag.ACTIVATION_DATE, 0))
    return client.register(objects.symmetric(value, algorithm), ObjectType.SYMMETRIC_KEY, given)


@pytest.mark.parametrize("algorithm", SYMMETRIC)
def test_algorithm_and_mode(client: Client, algorithm: Algorithm) -> None:
    served = 0
    for mode in (None, *Mode):
        uid = secret(client, algorithm, key_of(algorithm, mode))
        how = Parameters(block_cipher_mode=mode, random_iv=True)
        plain = bytes(range(48))
        answer = client.one(Encrypt(unique_identifier=uid, cryptographic_parameters=how, data=plain))
        if the_library_encrypts(algorithm, mode):
            assert answer.ok, (algorithm, mode, answer.message)
            given = answer.payload
            back = Decrypt(
                unique_identifier=uid,
                cryptographic_parameters=how,
                data=given.data,
                iv_counter_nonce=given.iv_counter_nonce,
                authenticated_encryption_tag=given.authenticated_encryption_tag,
            )
            if mode is Mode.XTS:
                back.iv_counter_nonce = given.iv_counter_nonce
            assert client.do(back).data == plain
            assert given.data != plain
            served += 1
        else:
            by_blocks = mode is None and isinstance(library_cipher(algorithm, key_of(algorithm)), BlockCipherAlgorithm)
            assert answer.reason is (BAD if by_blocks else UNSUPPORTED), (algorithm, mode, answer.message)
    assert bool(served) is (library_cipher(algorithm, key_of(algorithm)) is not None or algorithm in _WHOLE)


_WHOLE = {Algorithm.CHACHA20POLY1305}


PADDED = {
    PaddingMethod.NONE,
    PaddingMethod.PKCS5,
    PaddingMethod.SSL3,
    PaddingMethod.ZEROS,
    PaddingMethod.ANSI_X9_23,
    PaddingMethod.ISO_10126,
}
"""The paddings of blocks; the others are those of RSA."""


@pytest.mark.parametrize("padding", PaddingMethod)
@pytest.mark.parametrize("mode", [Mode.ECB, Mode.CBC])
@pytest.mark.parametrize("algorithm", [Algorithm.AES, Algorithm.DES3])
def test_padding_of_blocks(client: Client, algorithm: Algorithm, mode: Mode, padding: PaddingMethod) -> None:
    uid, how = secret(client, algorithm, key_of(algorithm)), Parameters(block_cipher_mode=mode, padding_method=padding)
    iv = None if mode is Mode.ECB else bytes(16 if algorithm is Algorithm.AES else 8)
    given: dict[str, Any] = {"unique_identifier": uid, "cryptographic_parameters": how, "iv_counter_nonce": iv}
    for size in (0, 1, 7, 8, 15, 16, 17, 31, 32):
        plain = bytes(range(1, size + 1))
        answer = client.one(Encrypt(data=plain, **given))
        if padding not in PADDED:
            assert answer.reason is BAD
        elif padding is PaddingMethod.NONE and size % (16 if algorithm is Algorithm.AES else 8):
            assert answer.reason is R.CRYPTOGRAPHIC_FAILURE
        else:
            assert client.do(Decrypt(data=answer.payload.data, **given)).data == plain


@pytest.mark.parametrize("mode", [each for each in Mode if each not in (Mode.ECB, Mode.CBC)])
def test_no_padding_where_there_are_no_blocks(client: Client, mode: Mode) -> None:
    if not the_library_encrypts(Algorithm.AES, mode):
        return
    uid = secret(client, Algorithm.AES, key_of(Algorithm.AES, mode))
    how = Parameters(block_cipher_mode=mode, padding_method=PaddingMethod.PKCS5, random_iv=True)
    assert client.refusal(Encrypt(unique_identifier=uid, cryptographic_parameters=how, data=bytes(32))) is BAD


# --- message authentication ------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", Algorithm)
def test_message_authentication(client: Client, algorithm: Algorithm) -> None:
    """HMAC by its names, Poly1305, and CMAC of what the library can: by Block Cipher Mode CMAC, or by no mode."""
    if not algorithm.in_version(V2_1):
        return
    key = key_of(algorithm)
    uid = secret(client, algorithm, key)
    for mode in (None, *Mode):
        given: dict[str, Any] = {
            "unique_identifier": uid,
            "cryptographic_parameters": Parameters(block_cipher_mode=mode, cryptographic_algorithm=algorithm),
            "data": b"data",
        }
        answer = client.one(Mac(**given))
        if the_library_authenticates(algorithm, mode):
            code = answer.payload.mac_data
            assert client.do(MacVerify(mac_data=code, **given)).validity_indicator is VALID
            for wrong in (code[:-1], code + b"\0", b"", bytes(len(code))):
                assert client.do(MacVerify(mac_data=wrong, **given)).validity_indicator is INVALID
        elif algorithm.name.startswith("HMAC_") or algorithm is Algorithm.POLY1305:
            assert answer.reason is BAD  # it has no modes
        else:
            # 2.1 Table 261 knows no Unsupported Cryptographic Parameters.
            assert answer.reason is FEATURE, (algorithm, mode, answer.message)


def the_library_authenticates(algorithm: Algorithm, mode: Mode | None) -> bool:
    if algorithm.name.startswith("HMAC_") or algorithm is Algorithm.POLY1305:
        return mode is None
    cipher = library_cipher(algorithm, key_of(algorithm))
    if mode not in (None, Mode.CMAC) or not isinstance(cipher, BlockCipherAlgorithm):
        return False
    try:
        cmac.CMAC(cipher)
    except UnsupportedAlgorithm:
        return False
    return True


@pytest.mark.parametrize("other", [Algorithm.POLY1305, Algorithm.DES3, Algorithm.SM4, Algorithm.CAMELLIA])
def test_a_key_authenticates_by_its_own_algorithm_or_hmac(client: Client, other: Algorithm) -> None:
    """Two codes of Poly1305 betray its key: who may have a key of AES make codes must not learn the key so."""
    uid = secret(client, Algorithm.AES, bytes(range(32)))
    how = Parameters(cryptographic_algorithm=other)
    assert client.refusal(Mac(unique_identifier=uid, cryptographic_parameters=how, data=b"x")) is BAD
    asked = MacVerify(unique_identifier=uid, cryptographic_parameters=how, data=b"x", mac_data=bytes(16))
    assert client.refusal(asked) is BAD
    mask = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, _EVERY), (Tag.ACTIVATION_DATE, 0))
    bare = client.register(objects.secret(bytes(32)), ObjectType.SECRET_DATA, mask)
    answer = client.one(Mac(unique_identifier=bare, cryptographic_parameters=how, data=b"x"))
    assert answer.reason is BAD if other is Algorithm.POLY1305 else answer.reason is not BAD


@pytest.mark.parametrize("algorithm", [Algorithm.HMAC_SHA256, Algorithm.AES, Algorithm.POLY1305])
def test_shorter_codes(client: Client, algorithm: Algorithm) -> None:
    """Tag Length, in bytes: of a code the first bytes, 64 bits at least (SP 800-38B Appendix A.1)."""
    uid = secret(client, algorithm, bytes(range(32)))
    asked: dict[str, Any] = {"unique_identifier": uid, "data": b"data"}
    whole = client.do(Mac(**asked)).mac_data
    for length in (8, 12, len(whole)):
        how = Parameters(tag_length=length)
        assert client.do(Mac(cryptographic_parameters=how, **asked)).mac_data == whole[:length]
        for code, holds in ((whole[:length], VALID), (whole[: length - 1], INVALID), (bytes(length), INVALID)):
            verified = client.do(MacVerify(cryptographic_parameters=how, mac_data=code, **asked))
            assert verified.validity_indicator is holds
    for length in (-1, 0, 7, len(whole) + 1):
        assert client.refusal(Mac(cryptographic_parameters=Parameters(tag_length=length), **asked)) is BAD


# --- hashes ----------------------------------------------------------------------------------------------------

HASHES: dict[str, HashingAlgorithm | None] = {
    "MD5": HashingAlgorithm.MD5,
    "SHA1": HashingAlgorithm.SHA_1,
    "SHA224": HashingAlgorithm.SHA_224,
    "SHA256": HashingAlgorithm.SHA_256,
    "SHA384": HashingAlgorithm.SHA_384,
    "SHA512": HashingAlgorithm.SHA_512,
    "SHA512_224": HashingAlgorithm.SHA_512_224,
    "SHA512_256": HashingAlgorithm.SHA_512_256,
    "SHA3_224": HashingAlgorithm.SHA3_224,
    "SHA3_256": HashingAlgorithm.SHA3_256,
    "SHA3_384": HashingAlgorithm.SHA3_384,
    "SHA3_512": HashingAlgorithm.SHA3_512,
    "SHAKE128": None,  # no Hashing Algorithm of KMIP's
    "SHAKE256": None,
    "SM3": None,
    "BLAKE2b": None,
    "BLAKE2s": None,
}


@pytest.mark.parametrize("algorithm", HashingAlgorithm)
def test_hashes(client: Client, algorithm: HashingAlgorithm) -> None:
    assert classes(hashes, hashes.HashAlgorithm).keys() == HASHES.keys()
    answer = client.one(Hash(cryptographic_parameters=Parameters(hashing_algorithm=algorithm), data=b"abc"))
    name = next((name for name, each in HASHES.items() if each is algorithm), None)
    if name is not None:
        context = hashes.Hash(getattr(hashes, name)())
        context.update(b"abc")
        assert answer.payload.data == context.finalize()
    elif algorithm is HashingAlgorithm.RIPEMD_160:  # the interpreter's own library has it
        assert answer.payload.data.hex() == "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"
    else:
        assert answer.reason is FEATURE


# --- signatures ------------------------------------------------------------------------------------------------

KINDS: dict[str, dict[Tag, Any]] = {
    "RSA": {Tag.CRYPTOGRAPHIC_ALGORITHM: Algorithm.RSA, Tag.CRYPTOGRAPHIC_LENGTH: 2048},
    "DSA": {Tag.CRYPTOGRAPHIC_ALGORITHM: Algorithm.DSA, Tag.CRYPTOGRAPHIC_LENGTH: 1024},
    "ECDSA": {Tag.CRYPTOGRAPHIC_ALGORITHM: Algorithm.ECDSA, Tag.CRYPTOGRAPHIC_LENGTH: 521},
    "Ed25519": {Tag.CRYPTOGRAPHIC_ALGORITHM: Algorithm.ED25519, Tag.CRYPTOGRAPHIC_LENGTH: 256},
    "Ed448": {Tag.CRYPTOGRAPHIC_ALGORITHM: Algorithm.ED448, Tag.CRYPTOGRAPHIC_LENGTH: 456},
}


def pair(client: Client, of: dict[Tag, Any]) -> tuple[str, str]:
    mask = int(Mask.SIGN | Mask.VERIFY | Mask.ENCRYPT | Mask.DECRYPT)
    given = {**of, Tag.CRYPTOGRAPHIC_USAGE_MASK: mask, Tag.ACTIVATION_DATE: 0}
    made = client.do(CreateKeyPair(common_attributes=attributes(*given.items())))
    return made.private_key_unique_identifier, made.public_key_unique_identifier


def signs(client: Client, keys: tuple[str, str], how: Parameters) -> ResultReason | None:
    """Why a signature cannot be made; None where it is made, and then the public key finds it valid."""
    answer = client.one(Sign(unique_identifier=keys[0], cryptographic_parameters=how, data=b"data"))
    asked: dict[str, Any] = {"unique_identifier": keys[1], "cryptographic_parameters": how}
    if not answer.ok:
        other = client.one(SignatureVerify(data=b"data", signature_data=bytes(64), **asked))
        assert other.reason is answer.reason or (other.ok and other.payload.validity_indicator is INVALID)
        return answer.reason
    made = answer.payload.signature_data
    for data, signature, holds in (
        (b"data", made, VALID),
        (b"date", made, INVALID),
        (b"data", made[:-1], INVALID),
        (b"data", made + b"\0", INVALID),
        (b"data", b"", INVALID),
        (b"data", bytes(len(made)), INVALID),
    ):
        verified = client.do(SignatureVerify(data=data, signature_data=signature, **asked))
        assert verified.validity_indicator is holds, (how, len(signature))
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_digital_signature_algorithms(client: Client, kind: str) -> None:
    """Each with the keys of its kind, MD2 with none; with keys of another kind it is a contradiction."""
    keys = pair(client, KINDS[kind])
    for signature in DigitalSignatureAlgorithm:
        how = Parameters(digital_signature_algorithm=signature)
        if signature is DigitalSignatureAlgorithm.RSASSA_PSS:
            how.hashing_algorithm = HashingAlgorithm.SHA_256
        if signature is DigitalSignatureAlgorithm.MD2_WITH_RSA_ENCRYPTION:
            wanted: ResultReason | None = UNSUPPORTED
        else:
            of = "RSA" if "RSA" in signature.name else signature.name.split("_")[0]
            wanted = None if of == kind else BAD
        assert signs(client, keys, how) is wanted, signature


@pytest.mark.parametrize("kind", ["RSA", "DSA", "ECDSA"])
def test_every_hash_in_every_signature(client: Client, kind: str) -> None:
    keys = pair(client, KINDS[kind])
    paddings = [PaddingMethod.PKCS1_V1_5, PaddingMethod.PSS] if kind == "RSA" else [None]
    for hashing in HashingAlgorithm:
        for padding in paddings:
            how = Parameters(hashing_algorithm=hashing, padding_method=padding, cryptographic_algorithm=Algorithm[kind])
            wanted = None if hashing in HASHES.values() else UNSUPPORTED
            assert signs(client, keys, how) is wanted, (hashing, padding)


@pytest.mark.parametrize("padding", PaddingMethod)
def test_padding_of_rsa(client: Client, padding: PaddingMethod) -> None:
    keys = pair(client, KINDS["RSA"])
    how = Parameters(padding_method=padding, hashing_algorithm=HashingAlgorithm.SHA_256)
    signing = padding in (PaddingMethod.PKCS1_V1_5, PaddingMethod.PSS)
    assert signs(client, keys, how) is (None if signing else UNSUPPORTED)
    given: dict[str, Any] = {"cryptographic_parameters": how}
    answer = client.one(Encrypt(unique_identifier=keys[1], data=b"data", **given))
    if padding in (PaddingMethod.PKCS1_V1_5, PaddingMethod.OAEP):
        sealed = answer.payload.data
        assert client.do(Decrypt(unique_identifier=keys[0], data=sealed, **given)).data == b"data"
    else:
        assert answer.reason is UNSUPPORTED


@pytest.mark.parametrize("hashing", HashingAlgorithm)
def test_hashes_and_masks_of_oaep_and_pss(client: Client, hashing: HashingAlgorithm) -> None:
    keys = pair(client, KINDS["RSA"])
    wanted = None if hashing in HASHES.values() else UNSUPPORTED
    for hash_of_data, mask in ((HashingAlgorithm.SHA_256, hashing), (hashing, HashingAlgorithm.SHA_1)):
        how = Parameters(
            padding_method=PaddingMethod.PSS,
            hashing_algorithm=hash_of_data,
            mask_generator=MaskGenerator.MFG1,
            mask_generator_hashing_algorithm=mask,
            salt_length=20,
            trailer_field=1,
        )
        assert signs(client, keys, how) is wanted, (hash_of_data, mask)
        how.padding_method, how.p_source = PaddingMethod.OAEP, b"label"
        answer = client.one(Encrypt(unique_identifier=keys[1], cryptographic_parameters=how, data=b"data"))
        if {hash_of_data, mask} <= OAEP:
            back = Decrypt(unique_identifier=keys[0], cryptographic_parameters=how, data=answer.payload.data)
            assert client.do(back).data == b"data"
        else:
            assert answer.reason is UNSUPPORTED, (hash_of_data, mask, answer.message)
            back = Decrypt(unique_identifier=keys[0], cryptographic_parameters=how, data=bytes(256))
            assert client.refusal(back) is UNSUPPORTED


OAEP = {
    HashingAlgorithm.SHA_1,
    HashingAlgorithm.SHA_224,
    HashingAlgorithm.SHA_256,
    HashingAlgorithm.SHA_384,
    HashingAlgorithm.SHA_512,
}
"""The library has OAEP with these only."""


@pytest.mark.parametrize("kind", KINDS)
def test_an_algorithm_of_another_kind(client: Client, kind: str) -> None:
    """None is made by it; and what is said to be made by it is no signature (TC-ECDSA-SIGN-DIGESTEDDATA-1)."""
    keys = pair(client, KINDS[kind])
    for named in ("RSA", "DSA", "ECDSA", "ED25519"):
        how = Parameters(cryptographic_algorithm=Algorithm[named], hashing_algorithm=HashingAlgorithm.SHA_256)
        same = named == kind.upper() or (named == "ED25519" and kind == "Ed448")
        assert signs(client, keys, how) is (None if same else BAD), named
    how = Parameters(cryptographic_algorithm=Algorithm.AES, hashing_algorithm=HashingAlgorithm.SHA_256)
    assert signs(client, keys, how) is BAD


# --- curves ----------------------------------------------------------------------------------------------------

CURVES = {
    "SECP192R1": RecommendedCurve.P_192,
    "SECP224R1": RecommendedCurve.P_224,
    "SECP256R1": RecommendedCurve.P_256,
    "SECP384R1": RecommendedCurve.P_384,
    "SECP521R1": RecommendedCurve.P_521,
    "SECP256K1": RecommendedCurve.SECP256K1,
    "BrainpoolP256R1": RecommendedCurve.BRAINPOOLP256R1,
    "BrainpoolP384R1": RecommendedCurve.BRAINPOOLP384R1,
    "BrainpoolP512R1": RecommendedCurve.BRAINPOOLP512R1,
}
MONTGOMERY = (RecommendedCurve.CURVE25519, RecommendedCurve.CURVE448)


@pytest.mark.parametrize("algorithm", [Algorithm.EC, Algorithm.ECDSA, Algorithm.ECDH])
def test_curves(client: Client, algorithm: Algorithm) -> None:
    assert classes(ec, ec.EllipticCurve).keys() == CURVES.keys()
    for curve in RecommendedCurve:
        domain = CryptographicDomainParameters(recommended_curve=curve)
        given = {
            Tag.CRYPTOGRAPHIC_ALGORITHM: algorithm,
            Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS: domain,
            Tag.CRYPTOGRAPHIC_USAGE_MASK: int(Mask.SIGN | Mask.VERIFY),
            Tag.ACTIVATION_DATE: 0,
        }
        answer = client.one(CreateKeyPair(common_attributes=attributes(*given.items())))
        if curve in CURVES.values():
            keys = answer.payload.private_key_unique_identifier, answer.payload.public_key_unique_identifier
            assert signs(client, keys, Parameters(hashing_algorithm=HashingAlgorithm.SHA_256)) is None
        elif curve in MONTGOMERY and algorithm is not Algorithm.ECDSA:
            assert answer.ok
        else:
            # Contradictory, or valid in the specification but not at hand (2.1 Table 192).
            wanted = R.INVALID_ATTRIBUTE_VALUE if curve in MONTGOMERY else FEATURE
            assert answer.reason is wanted, curve


# --- key agreement ---------------------------------------------------------------------------------------------


def derive(client: Client, keys: list[str], algorithm: Algorithm | None, bits: int) -> Any:
    """The answer to Derive Key from two keys."""
    return client.one(
        DeriveKey(
            object_type=ObjectType.SECRET_DATA,
            unique_identifier=keys,
            derivation_method=DerivationMethod.ASYMMETRIC_KEY,
            derivation_parameters=DerivationParameters(
                cryptographic_parameters=Parameters(cryptographic_algorithm=algorithm)
            ),
            attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, bits)),
        )
    )


def value_of(client: Client, answer: Any) -> bytes:
    made = client.do(Get(unique_identifier=answer.payload.unique_identifier)).object
    return bytes(made.key_block.key_value.key_material)


AGREEING: dict[str, dict[Tag, Any]] = {
    "P-256": {Tag.CRYPTOGRAPHIC_ALGORITHM: Algorithm.ECDH, Tag.CRYPTOGRAPHIC_LENGTH: 256},
    "X25519": {
        Tag.CRYPTOGRAPHIC_ALGORITHM: Algorithm.ECDH,
        Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS: CryptographicDomainParameters(
            recommended_curve=RecommendedCurve.CURVE25519
        ),
    },
    "X448": {
        Tag.CRYPTOGRAPHIC_ALGORITHM: Algorithm.EC,
        Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS: CryptographicDomainParameters(recommended_curve=RecommendedCurve.CURVE448),
    },
    "DH": {
        Tag.CRYPTOGRAPHIC_ALGORITHM: Algorithm.DH,
        Tag.CRYPTOGRAPHIC_LENGTH: 2048,
        Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS: CryptographicDomainParameters(qlength=2047),
    },
}


@pytest.mark.parametrize("kind", AGREEING)
def test_pairs_that_agree(client: Client, kind: str) -> None:
    """Made without a usage mask they are for key agreement; each algorithm agrees by its own name, or by none."""
    given = [(tag, value) for tag, value in AGREEING[kind].items()]
    pairs = []
    for _ in range(2):
        made = client.do(CreateKeyPair(common_attributes=attributes(*given, (Tag.ACTIVATION_DATE, 0))))
        pairs.append((made.private_key_unique_identifier, made.public_key_unique_identifier))
    (one, one_public), (two, two_public) = pairs
    own = Algorithm.DH if kind == "DH" else Algorithm.ECDH
    for named in (own, None):
        secrets = {
            value_of(client, derive(client, keys, named, 256)) for keys in ([one, two_public], [one_public, two])
        }
        assert len(secrets) == 1
    other = Algorithm.ECDH if kind == "DH" else Algorithm.DH
    assert derive(client, [one, two_public], other, 256).reason is BAD
    assert derive(client, [one, two_public], Algorithm.ECMQV, 256).reason is UNSUPPORTED
    assert derive(client, [one, two_public], own, 8192).reason is R.CRYPTOGRAPHIC_FAILURE


@pytest.mark.parametrize(("length", "qlength"), [(1024, None), (2049, None), (None, None), (2048, 256), (3072, 2047)])
def test_groups_that_nobody_makes(client: Client, length: int | None, qlength: int | None) -> None:
    given: list[tuple[Any, Any]] = [(Tag.CRYPTOGRAPHIC_ALGORITHM, Algorithm.DH)]
    if length is not None:
        given.append((Tag.CRYPTOGRAPHIC_LENGTH, length))
    if qlength is not None:
        given.append((Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, CryptographicDomainParameters(qlength=qlength)))
    asked = CreateKeyPair(common_attributes=attributes(*given))
    assert client.refusal(asked) is R.INVALID_ATTRIBUTE_VALUE
