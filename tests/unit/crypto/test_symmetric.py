"""Encrypt and Decrypt with symmetric keys: published vectors, the rules of the IV, and every wrong input."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.errors import CryptographicFailure, FeatureNotSupported, InvalidField, InvalidMessage, KmipError
from kmip_server.spec.enums import BlockCipherMode as Mode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import PaddingMethod, ResultReason
from kmip_server.spec.structures.keys import TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters

ciphers = Ciphers()
KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
IV = bytes(range(16))
PLAIN = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
GCM_KEY = bytes.fromhex("feffe9928665731c6d6a8f9467308308")
GCM_IV = bytes.fromhex("cafebabefacedbaddecaf888")
GCM_AAD = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
SUNSCREEN = (
    b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    b"sunscreen would be it."
)

SP800_38A = [
    # mode, iv, ciphertext of the first two blocks: SP 800-38A F.1.1, F.2.1, F.3.13, F.4.1, F.5.1
    (Mode.ECB, None, "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"),
    (Mode.CBC, IV, "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"),
    (Mode.CFB, IV, "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"),
    (Mode.OFB, IV, "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825"),
    (Mode.CTR, bytes(range(0xF0, 0x100)), "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"),
]


@pytest.mark.parametrize(("mode", "iv", "expected"), SP800_38A, ids=lambda value: getattr(value, "name", ""))
def test_sp800_38a(mode: Mode, iv: bytes | None, expected: str) -> None:
    parameters = Parameters(block_cipher_mode=mode)

    made = ciphers.encrypt(Algorithm.AES, KEY, parameters, PLAIN, iv=iv)

    assert (made.data.hex(), made.iv, made.tag) == (expected, None, None)
    assert ciphers.decrypt(Algorithm.AES, KEY, parameters, made.data, iv=iv) == PLAIN


def test_gcm_test_case_4() -> None:
    """McGrew and Viega, The Galois/Counter Mode of Operation, Appendix B (the base of SP 800-38D)."""
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    parameters = Parameters(block_cipher_mode=Mode.GCM, tag_length=16)

    made = ciphers.encrypt(Algorithm.AES, GCM_KEY, parameters, plain, iv=GCM_IV, aad=GCM_AAD)

    assert made.data.hex() == (
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
        "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
    )
    assert made.tag is not None
    assert made.tag.hex() == "5bc94fbc3221a5db94fae95ae7121a47"
    for length in (12, 13, 14, 15, 16):
        short = Parameters(block_cipher_mode=Mode.GCM, tag_length=length)
        made = ciphers.encrypt(Algorithm.AES, GCM_KEY, short, plain, iv=GCM_IV, aad=GCM_AAD)
        assert made.tag is not None
        assert len(made.tag) == length
        opened = ciphers.decrypt(Algorithm.AES, GCM_KEY, short, made.data, iv=GCM_IV, aad=GCM_AAD, tag=made.tag)
        assert opened == plain
        joined = ciphers.decrypt(Algorithm.AES, GCM_KEY, short, made.data + made.tag, iv=GCM_IV, aad=GCM_AAD)
        assert joined == plain, "before 1.4 the tag stands at the end of the data"


def test_chacha20_poly1305_rfc8439() -> None:
    key, nonce = bytes(range(0x80, 0xA0)), bytes.fromhex("070000004041424344454647")
    aad = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    made = ciphers.encrypt(Algorithm.CHACHA20POLY1305, key, Parameters(), SUNSCREEN, iv=nonce, aad=aad)

    assert made.data.hex().startswith("d31a8d34648e60db7b86afbc53ef7ec2")
    assert made.tag is not None
    assert made.tag.hex() == "1ae10b594f09e26a7e902ecbd0600691"
    aead = Parameters(block_cipher_mode=Mode.AEAD, tag_length=16)
    opened = ciphers.decrypt(Algorithm.CHACHA20POLY1305, key, aead, made.data, iv=nonce, aad=aad, tag=made.tag)
    assert opened == SUNSCREEN


def test_a_truncated_poly1305_tag_is_checked() -> None:
    key, nonce, aad = bytes(range(32)), bytes(12), b"additional"
    short = Parameters(tag_length=12)
    made = ciphers.encrypt(Algorithm.CHACHA20POLY1305, key, short, SUNSCREEN, iv=nonce, aad=aad)
    assert made.tag is not None
    assert len(made.tag) == 12

    opened = ciphers.decrypt(Algorithm.CHACHA20POLY1305, key, short, made.data, iv=nonce, aad=aad, tag=made.tag)

    assert opened == SUNSCREEN
    wrong = bytes((made.tag[0] ^ 1,)) + made.tag[1:]
    for data, given_aad, tag in (
        (made.data, aad, wrong),
        (made.data, b"other", made.tag),
        (made.data[:-1] + b"x", aad, made.tag),
    ):
        with pytest.raises(CryptographicFailure):
            ciphers.decrypt(Algorithm.CHACHA20POLY1305, key, short, data, iv=nonce, aad=given_aad, tag=tag)


def test_chacha20_rfc8439() -> None:
    parameters = Parameters(initial_counter_value=1)
    nonce = bytes.fromhex("000000000000004a00000000")

    made = ciphers.encrypt(Algorithm.CHACHA20, bytes(range(32)), parameters, SUNSCREEN, iv=nonce)

    assert made.data.hex().startswith("6e2e359a2568f98041ba0728dd0d6981")
    assert ciphers.decrypt(Algorithm.CHACHA20, bytes(range(32)), parameters, made.data, iv=nonce) == SUNSCREEN


def test_aes_ccm_round_trip_and_forgery() -> None:
    parameters = Parameters(block_cipher_mode=Mode.CCM, tag_length=14)
    made = ciphers.encrypt(Algorithm.AES, KEY, parameters, PLAIN, iv=bytes(13), aad=b"a")
    assert made.tag is not None

    assert ciphers.decrypt(Algorithm.AES, KEY, parameters, made.data, iv=bytes(13), aad=b"a", tag=made.tag) == PLAIN
    with pytest.raises(CryptographicFailure):
        ciphers.decrypt(Algorithm.AES, KEY, parameters, made.data, iv=bytes(13), aad=b"b", tag=made.tag)


def test_xts_vector_1() -> None:
    """IEEE 1619-2007 B, vector 2: the keys differ, as SP 800-38E asks."""
    key = bytes.fromhex("11" * 16 + "22" * 16)
    tweak = bytes.fromhex("33333333330000000000000000000000")
    parameters = Parameters(block_cipher_mode=Mode.XTS)

    made = ciphers.encrypt(Algorithm.AES, key, parameters, bytes.fromhex("44" * 32), iv=tweak)

    assert made.data.hex() == "c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0"


OLD = [
    (Algorithm.DES3, 24, 8),
    (Algorithm.DES3, 16, 8),
    (Algorithm.BLOWFISH, 16, 8),
    (Algorithm.CAST5, 16, 8),
    (Algorithm.IDEA, 16, 8),
    (Algorithm.SEED, 16, 16),
    (Algorithm.CAMELLIA, 32, 16),
    (Algorithm.SM4, 16, 16),
]


@pytest.mark.parametrize(("algorithm", "size", "block"), OLD, ids=lambda value: getattr(value, "name", str(value)))
@pytest.mark.parametrize("mode", [Mode.ECB, Mode.CBC, Mode.CFB, Mode.OFB], ids=lambda mode: mode.name)
def test_old_ciphers(algorithm: Algorithm, size: int, block: int, mode: Mode) -> None:
    key = bytes(range(1, size + 1))
    iv = None if mode is Mode.ECB else bytes(range(block))
    parameters = Parameters(block_cipher_mode=mode)

    made = ciphers.encrypt(algorithm, key, parameters, PLAIN, iv=iv)

    assert made.data != PLAIN
    assert ciphers.decrypt(algorithm, key, parameters, made.data, iv=iv) == PLAIN


def test_des_is_3des_with_one_key_and_two_keys_are_three() -> None:
    key = bytes.fromhex("0123456789abcdef23456789abcdef01")
    ecb = Parameters(block_cipher_mode=Mode.ECB)

    one = ciphers.encrypt(Algorithm.DES, key[:8], ecb, b"Now is t").data
    two = ciphers.encrypt(Algorithm.DES3, key, ecb, PLAIN).data

    assert one.hex() == "3fa40e8a984d4815", "FIPS 81, table B1"
    assert two == ciphers.encrypt(Algorithm.DES3, key + key[:8], ecb, PLAIN).data
    with pytest.raises(CryptographicFailure):
        ciphers.encrypt(Algorithm.DES, key, ecb, PLAIN)


def test_an_xts_key_of_equal_halves_is_refused() -> None:
    with pytest.raises(CryptographicFailure):
        ciphers.encrypt(Algorithm.AES, bytes(32), Parameters(block_cipher_mode=Mode.XTS), PLAIN, iv=IV)


def test_3des_sp800_67() -> None:
    """SP 800-67 B.1: "The quick brown fox jump" under three keys."""
    key = bytes.fromhex("0123456789abcdef23456789abcdef01456789abcdef0123")
    parameters = Parameters(block_cipher_mode=Mode.ECB)

    made = ciphers.encrypt(Algorithm.DES3, key, parameters, b"The qufck brown fox jump")

    assert made.data.hex() == "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900"


def test_rc4_rfc6229_and_one_time_pad() -> None:
    made = ciphers.encrypt(Algorithm.RC4, bytes.fromhex("0102030405"), Parameters(), bytes(16))
    assert made.data.hex() == "b2396305f03dc027ccc3524a0a1118a8"
    pad = ciphers.encrypt(Algorithm.ONE_TIME_PAD, b"\x0f\xf0\xff\x00", Parameters(), b"\xff\xff\xff")
    assert pad.data == b"\xf0\x0f\x00"
    assert ciphers.decrypt(Algorithm.ONE_TIME_PAD, b"\x0f\xf0\xff", Parameters(), pad.data) == b"\xff\xff\xff"
    with pytest.raises(CryptographicFailure):
        ciphers.encrypt(Algorithm.ONE_TIME_PAD, b"ab", Parameters(), b"abc")


@pytest.mark.parametrize(
    "method", [m for m in PaddingMethod if m.name in {"PKCS5", "ANSI_X9_23", "ISO_10126", "ZEROS"}]
)
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 33])
def test_paddings(method: PaddingMethod, size: int) -> None:
    parameters = Parameters(block_cipher_mode=Mode.CBC, padding_method=method)
    plain = bytes(range(1, size + 1))

    made = ciphers.encrypt(Algorithm.AES, KEY, parameters, plain, iv=IV)

    assert len(made.data) % 16 == 0
    assert ciphers.decrypt(Algorithm.AES, KEY, parameters, made.data, iv=IV) == plain


def test_every_wrong_padding_and_length_is_told_in_the_same_words() -> None:
    said = set()
    for method in (PaddingMethod.PKCS5, PaddingMethod.ANSI_X9_23, PaddingMethod.ISO_10126):
        parameters = Parameters(block_cipher_mode=Mode.CBC, padding_method=method)
        for data in (bytes(16), bytes(32), bytes(15), b""):
            try:
                ciphers.decrypt(Algorithm.AES, bytes(16), parameters, data, iv=IV)
            except CryptographicFailure as failure:
                said.add(failure.message)
    gcm = Parameters(block_cipher_mode=Mode.GCM)
    for data, tag in ((b"x", bytes(16)), (b"x", bytes(12)), (b"short", None)):
        with pytest.raises(CryptographicFailure) as raised:
            ciphers.decrypt(Algorithm.AES, KEY, gcm, data, iv=bytes(12), tag=tag)
        said.add(raised.value.message)

    assert len(said) == 1


RANDOM = [
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.CBC, padding_method=PaddingMethod.PKCS5, random_iv=True), 16),
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.CTR, random_iv=True), 16),
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.CTR, random_iv=True, counter_length=32), 12),
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.CFB, random_iv=True), 16),
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.GCM, random_iv=True, tag_length=16), 12),
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.GCM, random_iv=True, iv_length=128), 16),
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.CCM, random_iv=True), 12),
    (Algorithm.DES3, Parameters(block_cipher_mode=Mode.CBC, padding_method=PaddingMethod.PKCS5, random_iv=True), 8),
    (Algorithm.CHACHA20, Parameters(random_iv=True), 12),
    (Algorithm.CHACHA20POLY1305, Parameters(random_iv=True), 12),
]


@pytest.mark.parametrize(("algorithm", "parameters", "size"), RANDOM)
def test_a_random_iv_is_made_returned_and_fresh(algorithm: Algorithm, parameters: Parameters, size: int) -> None:
    key = ciphers.generate_symmetric(algorithm, 192 if algorithm is Algorithm.DES3 else 256)

    first = ciphers.encrypt(algorithm, key, parameters, b"secret message")
    second = ciphers.encrypt(algorithm, key, parameters, b"secret message")

    assert first.iv is not None
    assert len(first.iv) == size
    assert first.iv != second.iv
    assert ciphers.decrypt(algorithm, key, parameters, first.data, iv=first.iv, tag=first.tag) == b"secret message"


def test_a_given_iv_is_used_even_with_random_iv() -> None:
    parameters = Parameters(block_cipher_mode=Mode.CBC, random_iv=True)

    made = ciphers.encrypt(Algorithm.AES, KEY, parameters, PLAIN, iv=IV)

    assert made.iv is None
    assert made.data.hex() == SP800_38A[1][2]


def test_counter_mode_appends_the_counter_to_a_short_nonce() -> None:
    """RFC 3686 test vector 1: nonce, IV and a block counter that starts at 1."""
    key = bytes.fromhex("ae6852f8121067cc4bf7a5765577f39e")
    parameters = Parameters(block_cipher_mode=Mode.CTR, counter_length=32, initial_counter_value=1)
    nonce = bytes.fromhex("00000030") + bytes(8)

    made = ciphers.encrypt(Algorithm.AES, key, parameters, b"Single block msg", iv=nonce)

    assert made.data.hex() == "e4095d4fb7a7b3792d6175a3261311b8"
    assert ciphers.decrypt(Algorithm.AES, key, parameters, made.data, iv=nonce) == b"Single block msg"


def test_a_transparent_key_encrypts() -> None:
    made = ciphers.encrypt(
        Algorithm.AES, TransparentKeyMaterial(key=KEY), Parameters(block_cipher_mode=Mode.ECB), PLAIN
    )
    assert made.data.hex() == SP800_38A[0][2]


A = Algorithm.AES
BAD = ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS
NO_IV = ResultReason.MISSING_INITIALIZATION_VECTOR
ENCRYPT_ERRORS: list[
    tuple[str, Algorithm, bytes, dict[str, Any], dict[str, Any], bytes, type[KmipError], ResultReason]
] = [
    ("no mode", A, KEY, {}, {"iv": IV}, PLAIN, InvalidField, BAD),
    (
        "no iv",
        A,
        KEY,
        {"block_cipher_mode": Mode.CBC},
        {},
        PLAIN,
        InvalidMessage,
        ResultReason.MISSING_INITIALIZATION_VECTOR,
    ),
    (
        "no nonce",
        A,
        KEY,
        {"block_cipher_mode": Mode.GCM},
        {},
        PLAIN,
        InvalidMessage,
        ResultReason.MISSING_INITIALIZATION_VECTOR,
    ),
    (
        "no counter",
        A,
        KEY,
        {"block_cipher_mode": Mode.CTR},
        {},
        PLAIN,
        InvalidMessage,
        ResultReason.MISSING_INITIALIZATION_VECTOR,
    ),
    ("iv with ecb", A, KEY, {"block_cipher_mode": Mode.ECB}, {"iv": IV}, PLAIN, InvalidField, BAD),
    ("short iv", A, KEY, {"block_cipher_mode": Mode.CBC}, {"iv": IV[:8]}, PLAIN, InvalidField, BAD),
    ("short nonce", A, KEY, {"block_cipher_mode": Mode.GCM}, {"iv": bytes(7)}, PLAIN, InvalidField, BAD),
    ("long nonce", A, KEY, {"block_cipher_mode": Mode.GCM}, {"iv": bytes(129)}, PLAIN, InvalidField, BAD),
    ("aad with cbc", A, KEY, {"block_cipher_mode": Mode.CBC}, {"iv": IV, "aad": b"a"}, PLAIN, InvalidField, BAD),
    (
        "padding with gcm",
        A,
        KEY,
        {"block_cipher_mode": Mode.GCM, "padding_method": PaddingMethod.PKCS5},
        {"iv": IV},
        PLAIN,
        InvalidField,
        BAD,
    ),
    (
        "padding of rsa",
        A,
        KEY,
        {"block_cipher_mode": Mode.CBC, "padding_method": PaddingMethod.OAEP},
        {"iv": IV},
        PLAIN,
        InvalidField,
        BAD,
    ),
    (
        "other algorithm",
        A,
        KEY,
        {"block_cipher_mode": Mode.ECB, "cryptographic_algorithm": Algorithm.DES3},
        {},
        PLAIN,
        InvalidField,
        BAD,
    ),
    (
        "random iv too short",
        A,
        KEY,
        {"block_cipher_mode": Mode.GCM, "random_iv": True, "iv_length": 64},
        {},
        PLAIN,
        InvalidField,
        BAD,
    ),
    (
        "random iv not of a block",
        A,
        KEY,
        {"block_cipher_mode": Mode.CBC, "random_iv": True, "iv_length": 96},
        {},
        PLAIN,
        InvalidField,
        BAD,
    ),
    (
        "counter overruns",
        A,
        KEY,
        {"block_cipher_mode": Mode.CTR, "counter_length": 8, "initial_counter_value": 255},
        {"iv": bytes(15)},
        PLAIN,
        InvalidField,
        BAD,
    ),
    (
        "counter does not fit",
        A,
        KEY,
        {"block_cipher_mode": Mode.CTR, "counter_length": 64},
        {"iv": bytes(12)},
        PLAIN,
        InvalidField,
        BAD,
    ),
    (
        "negative counter",
        Algorithm.CHACHA20,
        bytes(32),
        {"initial_counter_value": -1},
        {"iv": bytes(12)},
        PLAIN,
        InvalidField,
        BAD,
    ),
    ("nonce of chacha", Algorithm.CHACHA20, bytes(32), {}, {"iv": bytes(11)}, PLAIN, InvalidField, BAD),
    (
        "part of a block",
        A,
        KEY,
        {"block_cipher_mode": Mode.CBC},
        {"iv": IV},
        b"part",
        CryptographicFailure,
        ResultReason.CRYPTOGRAPHIC_FAILURE,
    ),
    *(
        (
            f"tag of {length}",
            A,
            KEY,
            {"block_cipher_mode": Mode.GCM, "tag_length": length},
            {"iv": IV},
            PLAIN,
            KmipError,
            ResultReason.GENERAL_FAILURE,
        )
        for length in (-1, 0, 1, 4, 8, 11, 17, 32)
    ),
    *(
        (
            f"key of {len(key)} in {mode.name}",
            A,
            key,
            {"block_cipher_mode": mode},
            {"iv": None if mode in (Mode.ECB, Mode.NISTKEYWRAP) else iv},
            PLAIN,
            CryptographicFailure,
            ResultReason.CRYPTOGRAPHIC_FAILURE,
        )
        for mode, iv in (
            (Mode.ECB, IV),
            (Mode.CBC, IV),
            (Mode.CTR, IV),
            (Mode.GCM, IV),
            (Mode.CCM, bytes(12)),
            (Mode.NISTKEYWRAP, IV),
            (Mode.XTS, IV),
        )
        for key in (b"", b"short", bytes(17), bytes(33))
    ),
    (
        "mode not served",
        A,
        KEY,
        {"block_cipher_mode": Mode.PCBC},
        {"iv": IV},
        PLAIN,
        FeatureNotSupported,
        ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS,
    ),
    (
        "mode unknown",
        A,
        KEY,
        {"block_cipher_mode": Mode(0x80000001)},
        {"iv": IV},
        PLAIN,
        FeatureNotSupported,
        ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS,
    ),
    (
        "algorithm not served",
        Algorithm.SKIPJACK,
        bytes(10),
        {},
        {},
        PLAIN,
        FeatureNotSupported,
        ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS,
    ),
    (
        "algorithm of signatures",
        Algorithm.ECDSA,
        KEY,
        {},
        {},
        PLAIN,
        FeatureNotSupported,
        ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS,
    ),
]


@pytest.mark.parametrize(
    ("algorithm", "key", "parameters", "beside", "data", "error", "reason"),
    [row[1:] for row in ENCRYPT_ERRORS],
    ids=[row[0] for row in ENCRYPT_ERRORS],
)
def test_wrong_input(
    algorithm: Algorithm,
    key: bytes,
    parameters: dict[str, Any],
    beside: dict[str, Any],
    data: bytes,
    error: type[KmipError],
    reason: ResultReason,
) -> None:
    with pytest.raises(error) as raised:
        ciphers.encrypt(algorithm, key, Parameters(**parameters), data, **beside)

    assert raised.value.reason is reason
    with pytest.raises(KmipError):
        ciphers.decrypt(algorithm, key, Parameters(**parameters), data, **beside)


def test_decrypt_never_makes_an_iv() -> None:
    for mode in (Mode.CBC, Mode.CTR, Mode.GCM, Mode.CCM):
        with pytest.raises(InvalidMessage):
            ciphers.decrypt(Algorithm.AES, KEY, Parameters(block_cipher_mode=mode, random_iv=True), bytes(32))


def test_a_tag_where_none_belongs_is_refused() -> None:
    with pytest.raises(InvalidField):
        ciphers.decrypt(Algorithm.AES, KEY, Parameters(block_cipher_mode=Mode.ECB), bytes(16), tag=bytes(16))
