"""Authenticated encryption: GCM, CCM and ChaCha20-Poly1305 (KMIP 1.4 §2.1.22, §2.1.23; 2.1 §4.16).

Tag Length is in bytes. It "SHALL be provided" for GCM (2.1 §4.16); where a client leaves it out, the full
16 bytes are made and asked for. Tags under 12 bytes are refused (SP 800-38D §5.2.1.2 knows 8 and 4 for
special uses only), as the test cases do. KMIP 1.2 and 1.3 have modes with a tag, but no field for it: a
message without the field carries it at the end of the data, and `decrypt` takes it from there.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from kmip_server.crypto.refusals import bad_key, bad_parameters, bad_tag_length, cannot_decrypt, missing_iv
from kmip_server.crypto.registry import SymmetricRow
from kmip_server.crypto.rng import random_bytes
from kmip_server.spec.structures.parameters import CryptographicParameters

FULL_TAG = 16
MINIMUM_TAG = 12
NONCE = 12
"""Bytes of the nonce that is made where the length is free: SP 800-38D §8.2 asks for 96 random bits."""


class Encrypted(NamedTuple):
    """What encryption gives: the data; the IV, where the server made it; the tag, where the mode has one."""

    data: bytes
    iv: bytes | None = None
    tag: bytes | None = None


def tag_length(parameters: CryptographicParameters) -> int:
    """Return the length of the tag in bytes; raises General Failure for one out of range."""
    wanted = parameters.tag_length
    if wanted is None:
        return FULL_TAG
    if not MINIMUM_TAG <= wanted <= FULL_TAG:
        raise bad_tag_length()
    return wanted


def nonce_for(parameters: CryptographicParameters, iv: bytes | None, least: int, most: int) -> tuple[bytes, bool]:
    """Return the nonce and whether the server made it; ``least`` and ``most`` are its lengths in bytes.

    A nonce that is given is used even where Random IV is set (2.1 Table 215: the IV is returned "if
    ... the IV/Counter/Nonce value was not provided"). IV Length is in bits.
    """
    if iv is not None:
        if not least <= len(iv) <= most:
            raise bad_parameters(f"The IV/Counter/Nonce must have {_span(least, most)} bytes")
        return iv, False
    if not parameters.random_iv:
        raise missing_iv()
    if parameters.fixed_field_length or parameters.invocation_field_length:
        raise bad_parameters("A random IV has no Fixed Field and no Invocation Field")
    bits = parameters.iv_length
    if least <= NONCE <= most and (not bits or bits == 8 * NONCE):
        return random_bytes(NONCE), True
    bits = bits or 8 * min(max(NONCE, least), most)
    if bits % 8 or not max(min(NONCE, most), least) <= bits // 8 <= most:
        raise bad_parameters("The IV Length does not fit the mode")
    return random_bytes(bits // 8), True


def _span(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def split_tag(parameters: CryptographicParameters, data: bytes, tag: bytes | None) -> tuple[bytes, bytes]:
    """Return ciphertext and tag, taken off the end of the data where the message had no field for it."""
    wanted = tag_length(parameters)
    if tag is None:
        if len(data) < wanted:
            raise cannot_decrypt()
        return data[:-wanted], data[-wanted:]
    if len(tag) != wanted:
        raise cannot_decrypt()
    return data, tag


def gcm_encrypt(
    row: SymmetricRow, key: bytes, parameters: CryptographicParameters, data: bytes, iv: bytes | None, aad: bytes | None
) -> Encrypted:
    """Encrypt in Galois/Counter Mode (SP 800-38D); shorter tags are the first bytes of the full one."""
    length = FULL_TAG if parameters.tag_length is None else tag_length(parameters)
    nonce, made = nonce_for(parameters, iv, 8, 128)
    if row.cipher is algorithms.AES:
        try:
            sealed = AESGCM(key).encrypt(nonce, data, aad)
        except ValueError as cause:
            raise bad_key() from cause
        size = len(data)
        return Encrypted(sealed[:size], nonce if made else None, sealed[size : size + length])
    encryptor = Cipher(keyed(row, key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad or b"")
    sealed = encryptor.update(data) + encryptor.finalize()
    return Encrypted(sealed, nonce if made else None, encryptor.tag[:length])


def keyed(row: SymmetricRow, key: bytes) -> CipherAlgorithm:
    """The algorithm under a key; raises CryptographicFailure for a key it does not take."""
    if row.cipher is None:
        raise bad_key()
    try:
        return row.cipher(key)
    except ValueError as cause:
        raise bad_key() from cause


def gcm_decrypt(
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    iv: bytes | None,
    aad: bytes | None,
    tag: bytes | None,
) -> bytes:
    """Decrypt in Galois/Counter Mode; nothing is returned before the tag is found right."""
    nonce, _ = nonce_for(_GIVEN, iv, 8, 128)
    data, tag = split_tag(parameters, data, tag)
    if row.cipher is algorithms.AES and len(tag) == FULL_TAG:
        return _opened(AESGCM, key, nonce, data + tag, aad)
    decryptor = Cipher(keyed(row, key), modes.GCM(nonce, tag, min_tag_length=MINIMUM_TAG)).decryptor()
    decryptor.authenticate_additional_data(aad or b"")
    try:
        return decryptor.update(data) + decryptor.finalize()
    except InvalidTag as cause:
        raise cannot_decrypt() from cause


def _opened(
    kind: type[AESGCM] | type[ChaCha20Poly1305], key: bytes, nonce: bytes, sealed: bytes, aad: bytes | None
) -> bytes:
    try:
        return kind(key).decrypt(nonce, sealed, aad)
    except InvalidTag as cause:
        raise cannot_decrypt() from cause
    except ValueError as cause:
        raise bad_key() from cause


_GIVEN = CryptographicParameters()
"""For decryption: no IV is ever made, whatever the parameters say of Random IV."""


def ccm_encrypt(
    row: SymmetricRow, key: bytes, parameters: CryptographicParameters, data: bytes, iv: bytes | None, aad: bytes | None
) -> Encrypted:
    """Encrypt in Counter with CBC-MAC mode (SP 800-38C)."""
    ccm = _ccm(key, tag_length(parameters))
    nonce, made = nonce_for(parameters, iv, 7, 13)
    try:
        sealed = ccm.encrypt(nonce, data, aad)
    except ValueError as cause:
        raise bad_parameters("The data is too long for a nonce of this length") from cause
    return Encrypted(sealed[: len(data)], nonce if made else None, sealed[len(data) :])


def ccm_decrypt(
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    iv: bytes | None,
    aad: bytes | None,
    tag: bytes | None,
) -> bytes:
    """Decrypt in Counter with CBC-MAC mode."""
    ccm = _ccm(key, tag_length(parameters))
    nonce, _ = nonce_for(_GIVEN, iv, 7, 13)
    data, tag = split_tag(parameters, data, tag)
    try:
        return ccm.decrypt(nonce, data + tag, aad)
    except (InvalidTag, ValueError) as cause:
        raise cannot_decrypt() from cause


def _ccm(key: bytes, length: int) -> AESCCM:
    if length % 2:
        raise bad_tag_length()
    try:
        return AESCCM(key, length)
    except ValueError as cause:
        raise bad_key() from cause


def chacha_encrypt(
    row: SymmetricRow, key: bytes, parameters: CryptographicParameters, data: bytes, iv: bytes | None, aad: bytes | None
) -> Encrypted:
    """Encrypt with ChaCha20-Poly1305 (RFC 8439 §2.8); shorter tags are the first bytes of the full one."""
    length = tag_length(parameters)
    nonce, made = nonce_for(parameters, iv, NONCE, NONCE)
    sealed = _chacha(key).encrypt(nonce, data, aad)
    size = len(data)
    return Encrypted(sealed[:size], nonce if made else None, sealed[size : size + length])


def chacha_decrypt(
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    iv: bytes | None,
    aad: bytes | None,
    tag: bytes | None,
) -> bytes:
    """Decrypt with ChaCha20-Poly1305.

    The library takes full tags only; the test cases of 2.0 and 2.1 also send one of 12 bytes. For such a
    one the full tag is made anew: the key stream turns the data back (block counter from 1, RFC 8439 §2.8),
    encryption of that gives the tag, and its first bytes are compared before anything is returned.
    """
    nonce, _ = nonce_for(_GIVEN, iv, NONCE, NONCE)
    data, tag = split_tag(parameters, data, tag)
    if len(tag) == FULL_TAG:
        return _opened(ChaCha20Poly1305, key, nonce, data + tag, aad)
    cipher = _chacha(key)
    stream = Cipher(algorithms.ChaCha20(key, (1).to_bytes(4, "little") + nonce), None).decryptor()
    plain = stream.update(data)
    if not hmac.compare_digest(cipher.encrypt(nonce, plain, aad)[len(data) :][: len(tag)], tag):
        raise cannot_decrypt()
    return plain


def _chacha(key: bytes) -> ChaCha20Poly1305:
    try:
        return ChaCha20Poly1305(key)
    except ValueError as cause:
        raise bad_key() from cause


EncryptFunction = Callable[
    [SymmetricRow, bytes, CryptographicParameters, bytes, bytes | None, bytes | None],
    Encrypted,
]
"""Row, key, parameters, data, IV, additional data."""
DecryptFunction = Callable[
    [SymmetricRow, bytes, CryptographicParameters, bytes, bytes | None, bytes | None, bytes | None],
    bytes,
]
"""Row, key, parameters, data, IV, additional data, tag."""
