"""Encrypt and Decrypt in several parts (KMIP 1.4 §4, introduction; 2.1 §6.1): what is carried from part to part.

Any process may get the next part, and the library's contexts cannot be written down. So each part begins anew
from a :class:`Progress`: a few bytes that say where the one before it ended.

Two ways, by mode:

* *Rolling* (ECB, CBC, CFB, OFB, CTR, ChaCha20). A block depends on the key and on one block before it, or on a
  counter. The progress is that block or counter and the input of the block that is not whole yet. A stream may
  be as long as the client likes, and output comes with every part. Where there is padding, Decrypt holds the
  last whole block back, as only the final part shows whether it holds padding.
* *Gathering* (GCM, CCM, ChaCha20-Poly1305, XTS, key wrap, RC4, the one-time pad, RSA). An authenticated mode
  cannot be taken up again from outside the library: its running tag is not given out. The others take their
  input as one unit, or have a key stream without a counter. The progress is all input so far, and whoever keeps
  it limits its length. Encrypt gives out what each part adds where the ciphertext of the beginning is the
  beginning of the ciphertext; Decrypt gives out nothing before the end: of an authenticated mode no plaintext may
  be seen whose tag has not been found right (SP 800-38D §7.2).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import CipherContext

from kmip_server.crypto import stream
from kmip_server.crypto.refusals import missing_iv
from kmip_server.crypto.registry import SYMMETRIC, SymmetricRow
from kmip_server.crypto.symmetric import cipher_of, iv_for_block_mode, padding_of
from kmip_server.errors import CryptographicFailure
from kmip_server.spec.enums import BlockCipherMode, CryptographicAlgorithm, PaddingMethod
from kmip_server.spec.structures.parameters import CryptographicParameters


class Progress(NamedTuple):
    """Where the part before ended; secret, as it holds input."""

    held: bytes = b""
    """Rolling: input whose block is not whole yet or is held back. Gathering: all input so far."""
    vector: bytes | None = None
    """Rolling: the block that the next one depends on, or the number of whole blocks done (eight bytes)."""


class Part(NamedTuple):
    """What one part gives."""

    data: bytes
    progress: Progress
    iv: bytes | None = None
    """The IV, where the server made it."""
    tag: bytes | None = None
    """The tag, with the final part of an authenticated mode."""

    def __repr__(self) -> str:
        return "Part(<withheld>)"


_BLOCKS = frozenset({BlockCipherMode.ECB, BlockCipherMode.CBC})
_FEEDBACK = frozenset({BlockCipherMode.CFB, BlockCipherMode.OFB})
_GROWING = frozenset({BlockCipherMode.GCM, BlockCipherMode.CCM, BlockCipherMode.AEAD})
_GROWING_ALGORITHMS = frozenset(
    {CryptographicAlgorithm.CHACHA20POLY1305, CryptographicAlgorithm.RC4, CryptographicAlgorithm.ONE_TIME_PAD}
)
_CHACHA_BLOCK = 64


def rolls(algorithm: CryptographicAlgorithm, mode: BlockCipherMode | None) -> bool:
    """Whether parts are worked as they come."""
    if algorithm is CryptographicAlgorithm.CHACHA20:
        return mode is None
    return mode in _BLOCKS or mode in _FEEDBACK or mode is BlockCipherMode.CTR


def grows(algorithm: CryptographicAlgorithm, mode: BlockCipherMode | None) -> bool:
    """Whether the ciphertext of a beginning is the beginning of the ciphertext, tag aside."""
    return mode in _GROWING or algorithm in _GROWING_ALGORITHMS


def roll(
    encrypting: bool,
    algorithm: CryptographicAlgorithm,
    key: bytes,
    parameters: CryptographicParameters,
    progress: Progress,
    data: bytes,
    iv: bytes | None,
    final: bool,
) -> Part:
    """Work one part of a rolling mode; ``iv`` is what the first part was given, or what it made."""
    row = SYMMETRIC[algorithm]
    whole = progress.held + data
    made = None
    if progress.vector is None:
        made = _made_iv(encrypting, row, parameters, iv)
        iv = iv if made is None else made
    if algorithm is CryptographicAlgorithm.CHACHA20:
        part = _chacha20(key, parameters, progress, whole, iv)
    elif parameters.block_cipher_mode is BlockCipherMode.CTR:
        part = _counter(row, key, parameters, progress, whole, iv)
    elif parameters.block_cipher_mode in _FEEDBACK:
        part = _feedback(encrypting, row, key, parameters, progress, whole, iv)
    else:
        part = _blocks(encrypting, row, key, parameters, progress, whole, iv, final)
    return part._replace(iv=made)


def _made_iv(
    encrypting: bool, row: SymmetricRow, parameters: CryptographicParameters, iv: bytes | None
) -> bytes | None:
    """An IV of the server's making for the first part, where one is asked for; raises where none may be made."""
    if iv is not None or parameters.block_cipher_mode is BlockCipherMode.ECB:
        return None
    if not encrypting:
        raise missing_iv()
    if row.algorithm is CryptographicAlgorithm.CHACHA20:
        return stream.chacha20_nonce(parameters)
    if parameters.block_cipher_mode is BlockCipherMode.CTR:
        return stream.counter_nonce(row.block, parameters)
    return iv_for_block_mode(row, parameters)


def _work(context: CipherContext, data: bytes) -> bytes:
    try:
        return context.update(data) + context.finalize()
    except ValueError as cause:
        raise CryptographicFailure("The data or the key does not fit the mode") from cause


def _blocks(
    encrypting: bool,
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    progress: Progress,
    whole: bytes,
    iv: bytes | None,
    final: bool,
) -> Part:
    """ECB and CBC: whole blocks go, the rest waits; padding is put on, or taken off, at the end."""
    vector = iv if progress.vector is None else progress.vector
    chained = parameters.block_cipher_mode is BlockCipherMode.CBC
    cipher = cipher_of(row, key, parameters.block_cipher_mode, vector if chained else iv)
    padding = padding_of(parameters)
    padded = parameters.padding_method not in (None, PaddingMethod.NONE)
    if final:
        ready, rest = padding.pad(whole, row.block) if encrypting else whole, b""
    else:
        spare = 1 if padded and not encrypting and whole else 0
        end = (len(whole) - spare) // row.block * row.block
        ready, rest = whole[:end], whole[end:]
    out = _work(cipher.encryptor() if encrypting else cipher.decryptor(), ready)
    if chained and ready:
        vector = (out if encrypting else ready)[-row.block :]
    if final and not encrypting:
        out = padding.unpad(out, row.block)
    return Part(out, Progress(rest, vector or b""))


def _feedback(
    encrypting: bool,
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    progress: Progress,
    whole: bytes,
    iv: bytes | None,
) -> Part:
    """CFB and OFB: every byte goes at once; the input of a block that is not whole is worked again."""
    vector = iv if progress.vector is None else progress.vector
    cipher = cipher_of(row, key, parameters.block_cipher_mode, vector)
    out = _work(cipher.encryptor() if encrypting else cipher.decryptor(), whole)
    end = len(whole) // row.block * row.block
    if end:
        before, after = whole[end - row.block : end], out[end - row.block : end]
        if parameters.block_cipher_mode is BlockCipherMode.CFB:
            vector = after if encrypting else before
        else:
            vector = bytes(one ^ other for one, other in zip(before, after, strict=True))
    return Part(out[len(progress.held) :], Progress(whole[end:], vector))


def _done(progress: Progress) -> int:
    return int.from_bytes(progress.vector or b"", "big")


def _counted(out: bytes, progress: Progress, whole: bytes, block: int) -> Part:
    blocks = len(whole) // block
    vector = (_done(progress) + blocks).to_bytes(8, "big")
    return Part(out[len(progress.held) :], Progress(whole[blocks * block :], vector))


def _counter(
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    progress: Progress,
    whole: bytes,
    iv: bytes | None,
) -> Part:
    """CTR: the counter of the next block is the first one and the number of those done."""
    done = _done(progress)
    first = stream.counter_block(row.block, parameters, iv, done * row.block + len(whole))
    at = (int.from_bytes(first, "big") + done) % (1 << row.block * 8)
    return _counted(stream.ctr(row, key, at.to_bytes(row.block, "big"), whole), progress, whole, row.block)


def _chacha20(
    key: bytes, parameters: CryptographicParameters, progress: Progress, whole: bytes, iv: bytes | None
) -> Part:
    """ChaCha20: its counter is the Initial Counter Value and the number of blocks done."""
    if iv is None:
        raise missing_iv()
    counter = (parameters.initial_counter_value or 0) + _done(progress)
    out = stream.chacha20(key, replace(parameters, initial_counter_value=counter), whole, iv)
    return _counted(out, progress, whole, _CHACHA_BLOCK)
