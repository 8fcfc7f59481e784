"""Encrypt and Decrypt in parts give, whatever the cuts, what they give at once; published vectors stand behind that."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.crypto.parts import grows, rolls
from kmip_server.crypto.symmetric import SCHEMES
from kmip_server.errors import CryptographicFailure, InvalidField, InvalidMessage, KmipError
from kmip_server.spec.enums import BlockCipherMode as Mode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import PaddingMethod, ResultReason
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters

ciphers = Ciphers()
PLAIN = bytes(range(256)) * 2
AEAD = {Mode.GCM: 12, Mode.CCM: 12, Mode.AEAD: 12}
KEY_BYTES = {
    Algorithm.AES: 16,
    Algorithm.DES: 8,
    Algorithm.DES3: 24,
    Algorithm.CHACHA20: 32,
    Algorithm.CHACHA20POLY1305: 32,
    Algorithm.ONE_TIME_PAD: 1024,
}
PADDINGS = [each for each in PaddingMethod if each.name in ("PKCS5", "ANSI_X9_23", "ISO_10126", "ZEROS")]


def key_of(algorithm: Algorithm, mode: Mode | None) -> bytes:
    size = KEY_BYTES.get(algorithm, 16)
    return bytes(range(256))[: size * 2 if mode is Mode.XTS else size] if size <= 256 else bytes(range(256)) * 4


def iv_of(algorithm: Algorithm, mode: Mode | None) -> bytes | None:
    if mode is Mode.ECB or mode in (Mode.NISTKEYWRAP, Mode.AESKEYWRAPPADDING):
        return None
    if algorithm in (Algorithm.CHACHA20, Algorithm.CHACHA20POLY1305) or mode in AEAD:
        return bytes(range(12))
    if algorithm in (Algorithm.RC4, Algorithm.ONE_TIME_PAD):
        return None
    return bytes(range(SCHEMES[algorithm, mode].row.block))


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """Pieces of these sizes, and the rest; empty ones included."""
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


def in_parts(
    encrypting: bool, algorithm: Algorithm, key: bytes, parameters: Parameters, pieces: list[bytes], **given: Any
) -> tuple[list[bytes], bytes | None, bytes | None]:
    """The output of each part, the IV that was made, the tag."""
    held, vector, iv = b"", None, given.pop("iv", None)
    outs, made, tag = [], None, None
    work = ciphers.encrypt_part if encrypting else ciphers.decrypt_part
    for place, piece in enumerate(pieces):
        final = place == len(pieces) - 1
        part = work(algorithm, key, parameters, piece, held=held, vector=vector, iv=iv, final=final, **given)
        outs.append(part.data)
        made = made or part.iv
        iv, tag = iv or part.iv, part.tag
        held, vector = part.progress.held, part.progress.vector
    return outs, made, tag


CASES = [
    (algorithm, mode, padding)
    for algorithm, mode in SCHEMES
    if algorithm is not Algorithm.IDEA
    for padding in ([None, *PADDINGS] if mode in (Mode.ECB, Mode.CBC) else [None])
]


@pytest.mark.parametrize(("algorithm", "mode", "padding"), CASES, ids=lambda value: getattr(value, "name", ""))
@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(0, 40), max_size=8), size=st.integers(1, 12))
def test_the_parts_are_the_whole(
    algorithm: Algorithm, mode: Mode | None, padding: PaddingMethod | None, sizes: list[int], size: int
) -> None:
    odd = padding is not None or mode not in (Mode.ECB, Mode.CBC, Mode.NISTKEYWRAP)
    plain = PLAIN[: size * 16 + (7 if odd else 0)]
    key, iv = key_of(algorithm, mode), iv_of(algorithm, mode)
    parameters = Parameters(block_cipher_mode=mode, padding_method=padding)
    whole = ciphers.encrypt(algorithm, key, parameters, plain, iv=iv)
    outs, made, tag = in_parts(True, algorithm, key, parameters, cut(plain, sizes), iv=iv)
    assert made is None
    assert tag == whole.tag
    if padding is not PaddingMethod.ISO_10126:  # its padding is random
        assert b"".join(outs) == whole.data
    sealed = b"".join(outs)
    back, _, _ = in_parts(False, algorithm, key, parameters, cut(sealed, sizes), iv=iv, **({"tag": tag} if tag else {}))
    assert b"".join(back) == plain
    if not rolls(algorithm, mode):
        assert not any(back[:-1])


def test_output_comes_as_soon_as_it_is_certain() -> None:
    aes, key = Algorithm.AES, bytes(16)
    pieces = [bytes(15), b"", bytes(1), bytes(17), bytes(3)]
    for mode in (Mode.CTR, Mode.CFB, Mode.OFB):
        outs, _, _ = in_parts(True, aes, key, Parameters(block_cipher_mode=mode), pieces, iv=bytes(16))
        assert [len(out) for out in outs] == [15, 0, 1, 17, 3]
    for mode in (Mode.GCM, Mode.CCM):
        outs, _, tag = in_parts(True, aes, key, Parameters(block_cipher_mode=mode), pieces, iv=bytes(12))
        assert [len(out) for out in outs] == [15, 0, 1, 17, 3]
        assert tag is not None
    padded = Parameters(block_cipher_mode=Mode.CBC, padding_method=PaddingMethod.PKCS5)
    outs, _, _ = in_parts(True, aes, key, padded, pieces, iv=bytes(16))
    assert [len(out) for out in outs] == [0, 0, 16, 16, 16]
    back, _, _ = in_parts(False, aes, key, padded, [*cut(b"".join(outs), [16, 16, 15]), b""], iv=bytes(16))
    assert [len(out) for out in back] == [0, 16, 16, 0, 4]


def test_an_iv_is_made_with_the_first_part_and_held_to_the_end() -> None:
    for algorithm, mode in (
        (Algorithm.AES, Mode.CBC),
        (Algorithm.AES, Mode.CTR),
        (Algorithm.AES, Mode.GCM),
        (Algorithm.CHACHA20, None),
    ):
        key = key_of(algorithm, mode)
        parameters = Parameters(block_cipher_mode=mode, random_iv=True)
        first = ciphers.encrypt_part(algorithm, key, parameters, b"")
        assert first.iv is not None
        outs, made, tag = in_parts(True, algorithm, key, parameters, [b"", PLAIN[:5], PLAIN[5:32]])
        assert made is not None
        given = {"tag": tag} if tag else {}
        assert ciphers.decrypt(algorithm, key, parameters, b"".join(outs), iv=made, **given) == PLAIN[:32]


def test_a_wrong_iv_is_told_with_the_first_part() -> None:
    for mode in (Mode.CBC, Mode.CTR, Mode.GCM):
        parameters = Parameters(block_cipher_mode=mode)
        with pytest.raises(InvalidMessage):
            ciphers.encrypt_part(Algorithm.AES, bytes(16), parameters, b"")
    with pytest.raises(InvalidMessage):
        ciphers.decrypt_part(Algorithm.AES, bytes(16), Parameters(block_cipher_mode=Mode.CBC, random_iv=True), b"")
    with pytest.raises(InvalidField):
        ciphers.encrypt_part(Algorithm.AES, bytes(16), Parameters(block_cipher_mode=Mode.CBC), b"", iv=bytes(12))
    with pytest.raises(InvalidField):
        ciphers.encrypt_part(Algorithm.AES, bytes(16), Parameters(block_cipher_mode=Mode.ECB), b"", iv=bytes(16))
    with pytest.raises(InvalidField):
        ciphers.decrypt_part(
            Algorithm.AES, bytes(16), Parameters(block_cipher_mode=Mode.CBC), b"", iv=bytes(16), tag=bytes(16)
        )


@pytest.mark.parametrize(("algorithm", "key", "block"), [(Algorithm.AES, 16, 16), (Algorithm.CHACHA20, 32, 64)])
def test_the_counter_never_runs_over_into_the_nonce(algorithm: Algorithm, key: int, block: int) -> None:
    mode = Mode.CTR if algorithm is Algorithm.AES else None
    last = 2**32 - 2
    parameters = Parameters(block_cipher_mode=mode, initial_counter_value=last)
    given: dict[str, Any] = {"iv": bytes(12)}
    first = ciphers.encrypt_part(algorithm, bytes(key), parameters, bytes(block), **given)
    second = ciphers.encrypt_part(
        algorithm, bytes(key), parameters, bytes(block), held=first.progress.held, vector=first.progress.vector, **given
    )
    with pytest.raises(KmipError) as refused:
        ciphers.encrypt_part(
            algorithm, bytes(key), parameters, b"x", held=second.progress.held, vector=second.progress.vector, **given
        )
    assert refused.value.reason is ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS


def test_a_wrong_tag_gives_nothing() -> None:
    parameters = Parameters(block_cipher_mode=Mode.GCM)
    outs, _, tag = in_parts(True, Algorithm.AES, bytes(16), parameters, [PLAIN, PLAIN], iv=bytes(12))
    assert tag is not None
    with pytest.raises(CryptographicFailure):
        in_parts(False, Algorithm.AES, bytes(16), parameters, outs, iv=bytes(12), tag=bytes(16))
    with pytest.raises(CryptographicFailure):
        in_parts(False, Algorithm.AES, bytes(16), parameters, outs, iv=bytes(12), tag=tag, aad=b"other")


def test_without_padding_the_whole_must_be_blocks() -> None:
    parameters = Parameters(block_cipher_mode=Mode.CBC)
    for encrypting in (True, False):
        with pytest.raises(CryptographicFailure):
            in_parts(encrypting, Algorithm.AES, bytes(16), parameters, [bytes(16), bytes(3)], iv=bytes(16))


def test_rsa_takes_its_input_at_the_end() -> None:
    assert not rolls(Algorithm.RSA, None)
    assert not grows(Algorithm.RSA, None)
    part = ciphers.encrypt_part(Algorithm.RSA, b"", Parameters(), b"ab", held=b"c")
    assert (part.data, part.progress.held) == (b"", b"cab")
    assert "ab" not in repr(part)
