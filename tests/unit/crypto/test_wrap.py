"""Key wrapping: the RFCs, every way to wrap, and what comes back from forged wrappings."""

from __future__ import annotations

import pytest

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.errors import CryptographicFailure, KmipError
from kmip_server.spec.enums import BlockCipherMode as Mode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import HashingAlgorithm, KeyFormatType, PaddingMethod
from kmip_server.spec.structures.keys import TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters

ciphers = Ciphers()
KEK = bytes(range(16))
KEY = bytes.fromhex("00112233445566778899aabbccddeeff")


def test_nist_key_wrap_is_the_default_rfc3394_4_1() -> None:
    for parameters in (Parameters(), Parameters(block_cipher_mode=Mode.NISTKEYWRAP)):
        wrapped = ciphers.wrap(Algorithm.AES, KEK, parameters, KEY)

        assert wrapped.data.hex() == "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"
        assert wrapped.iv is None
        assert ciphers.unwrap(Algorithm.AES, KEK, parameters, wrapped.data) == KEY


def test_key_wrap_with_padding_rfc5649_6() -> None:
    kek = bytes.fromhex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
    plain = bytes.fromhex("c37b7e6492584340bed12207808941155068f738")
    parameters = Parameters(block_cipher_mode=Mode.AESKEYWRAPPADDING)

    wrapped = ciphers.wrap(Algorithm.AES, kek, parameters, plain)

    assert wrapped.data.hex() == "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"
    assert ciphers.unwrap(Algorithm.AES, kek, parameters, wrapped.data) == plain


WAYS = [
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.GCM, tag_length=16), 12),
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.CCM), 12),
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.CBC, padding_method=PaddingMethod.PKCS5), 16),
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.CTR), 16),
    (Algorithm.AES, Parameters(block_cipher_mode=Mode.ECB, padding_method=PaddingMethod.PKCS5), 0),
    (Algorithm.DES3, Parameters(block_cipher_mode=Mode.CBC, padding_method=PaddingMethod.PKCS5), 8),
    (Algorithm.CHACHA20POLY1305, Parameters(), 12),
]


@pytest.mark.parametrize(("algorithm", "parameters", "size"), WAYS)
def test_other_ways_to_wrap(algorithm: Algorithm, parameters: Parameters, size: int) -> None:
    kek = ciphers.generate_symmetric(algorithm, 192 if algorithm is Algorithm.DES3 else 256)

    wrapped = ciphers.wrap(algorithm, kek, parameters, KEY)

    assert len(wrapped.iv or b"") == size
    assert ciphers.unwrap(algorithm, kek, parameters, wrapped.data, iv=wrapped.iv) == KEY


def test_rsa_wraps() -> None:
    pair = ciphers.generate_pair(Algorithm.RSA, 1024, None)
    parameters = Parameters(padding_method=PaddingMethod.OAEP)

    wrapped = ciphers.wrap(Algorithm.RSA, pair.public, parameters, KEY, key_format=pair.public_format)

    plain = ciphers.unwrap(
        Algorithm.RSA, pair.private, parameters, wrapped.data, key_format=pair.private_format, trusted=True
    )
    assert plain == KEY


@pytest.mark.parametrize("data", [b"", bytes(8), bytes(23), bytes(24), bytes(24 + 8)])
def test_forged_wrappings(data: bytes) -> None:
    for mode in (Mode.NISTKEYWRAP, Mode.AESKEYWRAPPADDING, Mode.GCM):
        with pytest.raises(CryptographicFailure):
            ciphers.unwrap(
                Algorithm.AES, KEK, Parameters(block_cipher_mode=mode), data, iv=bytes(12) if mode is Mode.GCM else None
            )


def test_wrong_input() -> None:
    with pytest.raises(CryptographicFailure):
        ciphers.wrap(Algorithm.AES, KEK, Parameters(), b"no whole number of half blocks")
    with pytest.raises(KmipError):
        ciphers.wrap(Algorithm.DES3, bytes(range(24)), Parameters(), KEY)
    with pytest.raises(KmipError):
        ciphers.wrap(Algorithm.AES, TransparentKeyMaterial(), Parameters(), KEY)
    with pytest.raises(KmipError):
        ciphers.unwrap(Algorithm.AES, KEK, Parameters(), bytes(24), iv=bytes(8))


def test_keys_are_authenticated_by_codes_and_signatures() -> None:
    code = ciphers.authenticate(Algorithm.HMAC_SHA256, b"k" * 32, Parameters(), KEY)
    assert ciphers.is_authentic(Algorithm.HMAC_SHA256, b"k" * 32, Parameters(), KEY, code)
    assert not ciphers.is_authentic(Algorithm.HMAC_SHA256, b"k" * 32, Parameters(), KEY[:-1], code)

    pair = ciphers.generate_pair(Algorithm.EC, 256, None)
    parameters = Parameters(hashing_algorithm=HashingAlgorithm.SHA_256)
    signature = ciphers.authenticate(Algorithm.EC, pair.private, parameters, KEY, key_format=KeyFormatType.PKCS_8)
    for data, expected in ((KEY, True), (KEY[1:], False)):
        assert (
            ciphers.is_authentic(Algorithm.EC, pair.public, parameters, data, signature, key_format=KeyFormatType.X_509)
            is expected
        )
