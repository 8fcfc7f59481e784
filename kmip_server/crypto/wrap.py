"""Keys that protect keys: Key Wrapping Data and Key Wrapping Specification (KMIP 2.1 §3.3, §7.20).

An AES key without a Block Cipher Mode wraps by NIST Key Wrap (RFC 3394). Modes with an IV get a random one,
which goes into IV/Counter/Nonce; there is no field for a tag, so that of GCM, CCM and ChaCha20-Poly1305
stands at the end of the wrapped bytes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from kmip_server.crypto import asymmetric, mac, signatures, symmetric
from kmip_server.crypto.keys import Material
from kmip_server.crypto.refusals import bad_key, unsupported_parameters
from kmip_server.crypto.registry import SYMMETRIC
from kmip_server.spec.enums import BlockCipherMode, CryptographicAlgorithm, KeyFormatType
from kmip_server.spec.structures.parameters import CryptographicParameters


class Wrapped(NamedTuple):
    """A wrapped key, and the IV/Counter/Nonce where the mode has one."""

    data: bytes
    iv: bytes | None


def wrap(
    algorithm: CryptographicAlgorithm,
    key: Material,
    parameters: CryptographicParameters,
    plain: bytes,
    key_format: KeyFormatType | None = None,
) -> Wrapped:
    """Wrap the bytes of a key; raises where the wrapping key or its parameters do not fit them."""
    if algorithm == CryptographicAlgorithm.RSA:
        return Wrapped(asymmetric.rsa_encrypt(key, key_format, parameters, plain), None)
    if algorithm is CryptographicAlgorithm.ONE_TIME_PAD:
        raise unsupported_parameters("A one-time pad encrypts once, and wraps no keys")
    made = symmetric.encrypt(
        algorithm, _bytes(key), replace(_with_mode(algorithm, parameters), random_iv=True), plain, None, None
    )
    return Wrapped(made.data + (made.tag or b""), made.iv)


def unwrap(
    algorithm: CryptographicAlgorithm,
    key: Material,
    parameters: CryptographicParameters,
    wrapped: bytes,
    iv: bytes | None,
    key_format: KeyFormatType | None = None,
    trusted: bool = False,
) -> bytes:
    """Unwrap the bytes of a key; raises Cryptographic Failure where they were not wrapped by this one."""
    if algorithm == CryptographicAlgorithm.RSA:
        return asymmetric.rsa_decrypt(key, key_format, parameters, wrapped, trusted)
    return symmetric.decrypt(algorithm, _bytes(key), _with_mode(algorithm, parameters), wrapped, iv, None, None)


def _with_mode(algorithm: CryptographicAlgorithm, parameters: CryptographicParameters) -> CryptographicParameters:
    if parameters.block_cipher_mode is None and algorithm == CryptographicAlgorithm.AES:
        return replace(parameters, block_cipher_mode=BlockCipherMode.NISTKEYWRAP)
    return parameters


def _bytes(key: Material) -> bytes:
    if isinstance(key, bytes):
        return key
    if key.key is None:
        raise bad_key()
    return key.key


def authenticate(
    algorithm: CryptographicAlgorithm,
    key: Material,
    parameters: CryptographicParameters,
    wrapped: bytes,
    key_format: KeyFormatType | None = None,
    trusted: bool = False,
) -> bytes:
    """Make the MAC/Signature over a key: a code with a symmetric key, a signature with a private one."""
    if algorithm in SYMMETRIC:
        return mac.mac(algorithm, _bytes(key), parameters, wrapped)
    return signatures.sign(algorithm, key, parameters, wrapped, None, key_format, trusted)


def is_authentic(
    algorithm: CryptographicAlgorithm,
    key: Material,
    parameters: CryptographicParameters,
    wrapped: bytes,
    code: bytes,
    key_format: KeyFormatType | None = None,
) -> bool:
    """Tell whether the MAC/Signature is that of the key; the signer's public key verifies signatures."""
    if algorithm in SYMMETRIC:
        return mac.verify(algorithm, _bytes(key), parameters, wrapped, code)
    return signatures.verify(algorithm, key, parameters, wrapped, None, code, key_format)
