"""Encrypt and Decrypt with a symmetric key (KMIP 2.1 §6.1.17, §6.1.15; 1.4 §4.29, §4.30).

Rules of the IV: it "MAY also be omitted from the request if the cryptographic parameters indicate that the
server shall generate a Random IV on behalf of the client or the encryption algorithm does not need" one.
So: an IV that is given is used; with Random IV and none given, one is made and returned; otherwise a mode
that needs one refuses. No IV is ever assumed to be zero: a client that wants zeros sends them.

What an algorithm and mode do is looked up once, in SCHEMES.
"""

from __future__ import annotations

from typing import NamedTuple

from cryptography.hazmat.decrepit.ciphers import modes as legacy_modes
from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, modes

from kmip_server.crypto import aead, stream
from kmip_server.crypto.aead import DecryptFunction, Encrypted, EncryptFunction
from kmip_server.crypto.padding import PADDINGS, Padding
from kmip_server.crypto.refusals import bad_key, bad_parameters, cannot_decrypt, missing_iv, unsupported_parameters
from kmip_server.crypto.registry import ROWS, SYMMETRIC, SymmetricRow
from kmip_server.crypto.rng import random_bytes
from kmip_server.errors import CryptographicFailure, KmipError
from kmip_server.spec.enums import BlockCipherMode, CryptographicAlgorithm, PaddingMethod
from kmip_server.spec.structures.parameters import CryptographicParameters


class Scheme(NamedTuple):
    """What one algorithm does in one mode."""

    row: SymmetricRow
    encrypt: EncryptFunction
    decrypt: DecryptFunction
    authenticates: bool = False
    pads: bool = False


def encrypt(
    algorithm: CryptographicAlgorithm,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    iv: bytes | None,
    aad: bytes | None,
) -> Encrypted:
    """Encrypt; raises KmipError where parameters, key or data do not fit."""
    scheme = scheme_of(algorithm, parameters, aad)
    return scheme.encrypt(scheme.row, key, parameters, data, iv, aad)


def decrypt(
    algorithm: CryptographicAlgorithm,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    iv: bytes | None,
    aad: bytes | None,
    tag: bytes | None,
) -> bytes:
    """Decrypt; raises KmipError, in the same words for every way in which the data can be wrong."""
    scheme = scheme_of(algorithm, parameters, aad)
    if tag and not scheme.authenticates:
        raise bad_parameters("The mode has no Authenticated Encryption Tag")
    return scheme.decrypt(scheme.row, key, parameters, data, iv, aad, tag)


def scheme_of(algorithm: CryptographicAlgorithm, parameters: CryptographicParameters, aad: bytes | None) -> Scheme:
    """What an algorithm does under these parameters; raises KmipError where they do not fit each other."""
    scheme = SCHEMES.get((algorithm, parameters.block_cipher_mode))
    if scheme is None:
        raise _no_scheme(algorithm, parameters.block_cipher_mode)
    if aad and not scheme.authenticates:
        raise bad_parameters("The mode takes no Authenticated Encryption Additional Data")
    padding = parameters.padding_method
    if padding is not None and padding is not PaddingMethod.NONE and not scheme.pads:
        raise bad_parameters("The mode takes no padding")
    if parameters.cryptographic_algorithm is not None and parameters.cryptographic_algorithm != algorithm:
        raise bad_parameters("The Cryptographic Algorithm is not that of the key")
    return scheme


def _no_scheme(algorithm: CryptographicAlgorithm, mode: BlockCipherMode | None) -> KmipError:
    row = SYMMETRIC.get(algorithm)
    if row is not None and row.modes and mode is None:
        return bad_parameters("The Block Cipher Mode is missing")
    if mode is None:
        return unsupported_parameters(f"Encryption with {algorithm.title} is not supported")
    return unsupported_parameters(f"{algorithm.title} with the Block Cipher Mode {mode.title} is not supported")


_Mode = modes.ECB | modes.ModeWithInitializationVector | modes.ModeWithTweak
_MODES: dict[BlockCipherMode, type[modes.CBC] | type[legacy_modes.CFB] | type[legacy_modes.OFB] | type[modes.XTS]] = {
    BlockCipherMode.CBC: modes.CBC,
    BlockCipherMode.CFB: legacy_modes.CFB,
    BlockCipherMode.OFB: legacy_modes.OFB,
    BlockCipherMode.XTS: modes.XTS,
}
_PADDED = frozenset({BlockCipherMode.ECB, BlockCipherMode.CBC})
_UNPADDED = Padding(lambda data, block: data, lambda data, block: data)


def padding_of(parameters: CryptographicParameters) -> Padding:
    """The padding of a mode; raises for one that is none of block ciphers."""
    if parameters.block_cipher_mode not in _PADDED:
        return _UNPADDED
    found = PADDINGS.get(parameters.padding_method)
    if found is None:
        raise bad_parameters("The Padding Method is none of block ciphers")
    return found


def cipher_of(row: SymmetricRow, key: bytes, mode: BlockCipherMode | None, iv: bytes | None) -> Cipher[_Mode]:
    """The cipher under a key, in a mode that needs no more than an IV; raises where key or IV do not fit."""
    if row.cipher is None:
        raise bad_key()
    try:
        algorithm: CipherAlgorithm = row.cipher(key)
        if mode is BlockCipherMode.ECB or mode is None:
            if iv:
                raise bad_parameters("ECB takes no IV/Counter/Nonce")
            return Cipher(algorithm, modes.ECB())  # noqa: S305  # a mode of the standard, the client's choice
        if iv is None:
            raise missing_iv()
        if len(iv) != row.block:
            raise bad_parameters(f"The IV/Counter/Nonce must have {row.block} bytes")
        return Cipher(algorithm, _MODES[mode](iv))
    except ValueError as cause:
        raise bad_key() from cause


def iv_for_block_mode(row: SymmetricRow, parameters: CryptographicParameters) -> bytes:
    """Make an IV of one block, if a random one is asked for."""
    if not parameters.random_iv:
        raise missing_iv()
    if parameters.iv_length not in (None, row.block * 8):
        raise bad_parameters("The IV Length does not fit the mode")
    return random_bytes(row.block)


def _block_encrypt(
    row: SymmetricRow, key: bytes, parameters: CryptographicParameters, data: bytes, iv: bytes | None, aad: bytes | None
) -> Encrypted:
    """Encrypt in ECB, CBC, CFB, OFB or XTS (SP 800-38A, 800-38E)."""
    mode = parameters.block_cipher_mode
    made = None
    if iv is None and parameters.random_iv and mode is not BlockCipherMode.ECB:
        made = iv = iv_for_block_mode(row, parameters)
    cipher = cipher_of(row, key, mode, iv)
    padded = padding_of(parameters).pad(data, row.block)
    try:
        encryptor = cipher.encryptor()
        return Encrypted(encryptor.update(padded) + encryptor.finalize(), made)
    except ValueError as cause:
        raise CryptographicFailure("The data or the key does not fit the mode") from cause


def _block_decrypt(
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    iv: bytes | None,
    aad: bytes | None,
    tag: bytes | None,
) -> bytes:
    """Decrypt in ECB, CBC, CFB, OFB or XTS."""
    cipher = cipher_of(row, key, parameters.block_cipher_mode, iv)
    padding = padding_of(parameters)
    try:
        decryptor = cipher.decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
    except ValueError as cause:
        raise cannot_decrypt() from cause
    return padding.unpad(plain, row.block)


def _wrap_encrypt(
    row: SymmetricRow, key: bytes, parameters: CryptographicParameters, data: bytes, iv: bytes | None, aad: bytes | None
) -> Encrypted:
    """Encrypt as NIST Key Wrap (RFC 3394) or with padding (RFC 5649); both have a fixed IV."""
    if iv:
        raise bad_parameters("Key wrap takes no IV/Counter/Nonce")
    padded = parameters.block_cipher_mode is BlockCipherMode.AESKEYWRAPPADDING
    try:
        return Encrypted((keywrap.aes_key_wrap_with_padding if padded else keywrap.aes_key_wrap)(key, data))
    except ValueError as cause:
        raise CryptographicFailure("The data or the key does not fit key wrap") from cause


def _wrap_decrypt(
    row: SymmetricRow,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    iv: bytes | None,
    aad: bytes | None,
    tag: bytes | None,
) -> bytes:
    """Decrypt NIST Key Wrap, with or without padding."""
    if iv:
        raise bad_parameters("Key wrap takes no IV/Counter/Nonce")
    padded = parameters.block_cipher_mode is BlockCipherMode.AESKEYWRAPPADDING
    try:
        return (keywrap.aes_key_unwrap_with_padding if padded else keywrap.aes_key_unwrap)(key, data)
    except (keywrap.InvalidUnwrap, ValueError) as cause:
        raise cannot_decrypt() from cause


class _ModeRow(NamedTuple):
    encrypt: EncryptFunction = _block_encrypt
    decrypt: DecryptFunction = _block_decrypt
    authenticates: bool = False
    pads: bool = False


_BY_MODE: dict[BlockCipherMode, _ModeRow] = {
    BlockCipherMode.ECB: _ModeRow(pads=True),
    BlockCipherMode.CBC: _ModeRow(pads=True),
    BlockCipherMode.CFB: _ModeRow(),
    BlockCipherMode.OFB: _ModeRow(),
    BlockCipherMode.XTS: _ModeRow(),
    BlockCipherMode.CTR: _ModeRow(stream.ctr_encrypt, stream.ctr_decrypt),
    BlockCipherMode.GCM: _ModeRow(aead.gcm_encrypt, aead.gcm_decrypt, authenticates=True),
    BlockCipherMode.CCM: _ModeRow(aead.ccm_encrypt, aead.ccm_decrypt, authenticates=True),
    BlockCipherMode.NISTKEYWRAP: _ModeRow(_wrap_encrypt, _wrap_decrypt),
    BlockCipherMode.AESKEYWRAPPADDING: _ModeRow(_wrap_encrypt, _wrap_decrypt),
}

_CHACHA_POLY = Scheme(
    SYMMETRIC[CryptographicAlgorithm.CHACHA20POLY1305], aead.chacha_encrypt, aead.chacha_decrypt, authenticates=True
)

SCHEMES: dict[tuple[CryptographicAlgorithm, BlockCipherMode | None], Scheme] = {
    **{(row.algorithm, mode): Scheme(row, *_BY_MODE[mode]) for row in ROWS for mode in row.modes},
    (CryptographicAlgorithm.CHACHA20, None): Scheme(
        SYMMETRIC[CryptographicAlgorithm.CHACHA20], stream.chacha20_encrypt, stream.chacha20_decrypt
    ),
    # 2.0 and 2.1 name no mode here, 3.0 names AEAD (CS-BC-M-CHACHA20POLY1305-1).
    (CryptographicAlgorithm.CHACHA20POLY1305, None): _CHACHA_POLY,
    (CryptographicAlgorithm.CHACHA20POLY1305, BlockCipherMode.AEAD): _CHACHA_POLY,
    (CryptographicAlgorithm.RC4, None): Scheme(
        SYMMETRIC[CryptographicAlgorithm.RC4], stream.keyed_encrypt, stream.keyed_decrypt
    ),
    (CryptographicAlgorithm.ONE_TIME_PAD, None): Scheme(
        SYMMETRIC[CryptographicAlgorithm.ONE_TIME_PAD], stream.pad_encrypt, stream.pad_decrypt
    ),
}
"""Every algorithm and mode that can encrypt."""
