"""Ciphers that add a key stream: counter mode, ChaCha20, RC4, the one-time pad (KMIP 2.1 §4.16).

Counter mode takes either a whole first counter block as IV/Counter/Nonce, or a shorter nonce to which the
counter is appended: Counter Length (bits; what the nonce leaves of the block) and Initial Counter Value
("for [RFC3686] it is 1"; 0 if absent) then say how. The counter never runs over into the nonce.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from kmip_server.crypto.aead import Encrypted, keyed
from kmip_server.crypto.refusals import bad_key, bad_parameters, missing_iv
from kmip_server.crypto.registry import SymmetricRow
from kmip_server.crypto.rng import random_bytes
from kmip_server.errors import CryptographicFailure
from kmip_server.spec.structures.parameters import CryptographicParameters

_CHACHA_BLOCK = 64
_RFC_NONCE = 12
_DJB_NONCE = 8


def _run(cipher: Cipher[modes.CTR] | Cipher[None], data: bytes) -> bytes:
    context = cipher.encryptor()
    return context.update(data) + context.finalize()


def counter_nonce(block: int, parameters: CryptographicParameters) -> bytes:
    """Make the nonce of counter mode, if a random one is asked for: what the Counter Length leaves of a block."""
    counter_bits = parameters.counter_length
    if not parameters.random_iv:
        raise missing_iv()
    if counter_bits is not None and not (0 < counter_bits <= block * 4 and counter_bits % 8 == 0):
        raise bad_parameters("With a random IV, the Counter Length is at most half a block, in whole bytes")
    return random_bytes(block - (counter_bits or 0) // 8)


def counter_block(block: int, parameters: CryptographicParameters, iv: bytes | None, size: int) -> bytes:
    """Return the first counter block for data of so many bytes; raises where the counter would run over."""
    if iv is None:
        raise missing_iv()
    counter_bits = parameters.counter_length
    if len(iv) == block:
        if parameters.initial_counter_value is not None and counter_bits is not None:
            raise bad_parameters("An IV/Counter/Nonce of a whole block leaves no room for an Initial Counter Value")
        return iv
    room = block - len(iv)
    if not 0 < room < block or counter_bits not in (None, room * 8):
        raise bad_parameters("IV/Counter/Nonce and Counter Length do not make one block")
    counter = parameters.initial_counter_value or 0
    if counter < 0 or counter + -(-size // block) > 1 << room * 8:
        raise bad_parameters("The counter is too short for the data")
    return iv + counter.to_bytes(room, "big")


def ctr_encrypt(
    row: SymmetricRow, key: bytes, parameters: CryptographicParameters, data: bytes, iv: bytes | None, aad: bytes | None
) -> Encrypted:
    """Encrypt in counter mode (SP 800-38A §6.5)."""
    made = counter_nonce(row.block, parameters) if iv is None else None
    first = counter_block(row.block, parameters, made or iv, len(data))
    return Encrypted(ctr(row, key, first, data), made)


def ctr_decrypt(
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    iv: bytes | None,
    aad: bytes | None,
    tag: bytes | None,
) -> bytes:
    """Decrypt in counter mode."""
    return ctr(row, key, counter_block(row.block, parameters, iv, len(data)), data)


def ctr(row: SymmetricRow, key: bytes, first: bytes, data: bytes) -> bytes:
    """Add the key stream that begins with this counter block."""
    try:
        return _run(Cipher(keyed(row, key), modes.CTR(first)), data)
    except ValueError as cause:
        raise bad_key() from cause  # the two keys of XTS are none of this mode


def chacha20_encrypt(
    row: SymmetricRow, key: bytes, parameters: CryptographicParameters, data: bytes, iv: bytes | None, aad: bytes | None
) -> Encrypted:
    """Encrypt with ChaCha20: a nonce of 12 bytes as in RFC 8439, or of 8 as in the test cases."""
    if iv is not None:
        return Encrypted(chacha20(key, parameters, data, iv))
    made = chacha20_nonce(parameters)
    return Encrypted(chacha20(key, parameters, data, made), made)


def chacha20_nonce(parameters: CryptographicParameters) -> bytes:
    """Make a nonce, if a random one is asked for."""
    if not parameters.random_iv:
        raise missing_iv()
    if parameters.iv_length not in (None, 8 * _RFC_NONCE):
        raise bad_parameters("A random nonce of ChaCha20 has an IV Length of 96 bits")
    return random_bytes(_RFC_NONCE)


def chacha20_decrypt(
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    iv: bytes | None,
    aad: bytes | None,
    tag: bytes | None,
) -> bytes:
    """Decrypt with ChaCha20."""
    if iv is None:
        raise missing_iv()
    return chacha20(key, parameters, data, iv)


def chacha20(key: bytes, parameters: CryptographicParameters, data: bytes, nonce: bytes) -> bytes:
    """Add the key stream from the Initial Counter Value on."""
    if len(nonce) not in (_RFC_NONCE, _DJB_NONCE):
        raise bad_parameters("The IV/Counter/Nonce of ChaCha20 has 8 or 12 bytes")
    room = 16 - len(nonce)
    counter = parameters.initial_counter_value or 0
    if counter < 0 or counter + -(-len(data) // _CHACHA_BLOCK) > 1 << room * 8:
        raise bad_parameters("The counter is too short for the data")
    try:
        algorithm = algorithms.ChaCha20(key, counter.to_bytes(room, "little") + nonce)
    except ValueError as cause:
        raise bad_key() from cause
    return _run(Cipher(algorithm, None), data)


def keyed_encrypt(
    row: SymmetricRow, key: bytes, parameters: CryptographicParameters, data: bytes, iv: bytes | None, aad: bytes | None
) -> Encrypted:
    """Encrypt with a stream cipher that the key alone drives (RC4)."""
    _refuse_iv(iv)
    return Encrypted(_run(Cipher(keyed(row, key), None), data))


def keyed_decrypt(
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    iv: bytes | None,
    aad: bytes | None,
    tag: bytes | None,
) -> bytes:
    """Decrypt with a stream cipher that the key alone drives."""
    return keyed_encrypt(row, key, parameters, data, iv, aad).data


def pad_encrypt(
    row: SymmetricRow, key: bytes, parameters: CryptographicParameters, data: bytes, iv: bytes | None, aad: bytes | None
) -> Encrypted:
    """Add the one-time pad (1.3 §9.1.3.2.13): the caller hands in the part of it that is still unused."""
    _refuse_iv(iv)
    if len(data) > len(key):
        raise CryptographicFailure("The one-time pad is shorter than the data")
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(key[: len(data)], "big")
    return Encrypted(mixed.to_bytes(len(data), "big"))


def pad_decrypt(
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    iv: bytes | None,
    aad: bytes | None,
    tag: bytes | None,
) -> bytes:
    """Take the one-time pad away again."""
    return pad_encrypt(row, key, parameters, data, iv, aad).data


def _refuse_iv(iv: bytes | None) -> None:
    if iv:
        raise bad_parameters("The algorithm takes no IV/Counter/Nonce")
