"""MAC and MAC Verify (KMIP 2.1 §6.1.32, §6.1.33): HMAC, CMAC of every block cipher, Poly1305.

The algorithm of the parameters, where there is one, is taken before that of the key: a key of any kind may
serve HMAC, and clients do so with keys that were made for AES.
"""

from __future__ import annotations

import hmac
from typing import cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import cmac
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm
from cryptography.hazmat.primitives.poly1305 import Poly1305

from kmip_server.crypto.aead import keyed
from kmip_server.crypto.hash import hash_row
from kmip_server.crypto.refusals import bad_key, bad_parameters, unsupported_parameters
from kmip_server.crypto.registry import SYMMETRIC
from kmip_server.spec.enums import BlockCipherMode, CryptographicAlgorithm, HashingAlgorithm
from kmip_server.spec.structures.parameters import CryptographicParameters

HMAC_HASHES: dict[CryptographicAlgorithm | None, HashingAlgorithm] = {
    CryptographicAlgorithm.HMAC_MD5: HashingAlgorithm.MD5,
    CryptographicAlgorithm.HMAC_SHA1: HashingAlgorithm.SHA_1,
    CryptographicAlgorithm.HMAC_SHA224: HashingAlgorithm.SHA_224,
    CryptographicAlgorithm.HMAC_SHA256: HashingAlgorithm.SHA_256,
    CryptographicAlgorithm.HMAC_SHA384: HashingAlgorithm.SHA_384,
    CryptographicAlgorithm.HMAC_SHA512: HashingAlgorithm.SHA_512,
    CryptographicAlgorithm.HMAC_SHA3_224: HashingAlgorithm.SHA3_224,
    CryptographicAlgorithm.HMAC_SHA3_256: HashingAlgorithm.SHA3_256,
    CryptographicAlgorithm.HMAC_SHA3_384: HashingAlgorithm.SHA3_384,
    CryptographicAlgorithm.HMAC_SHA3_512: HashingAlgorithm.SHA3_512,
}
"""The hash of each HMAC algorithm."""
BLOCK_CIPHERS = frozenset(row.algorithm for row in SYMMETRIC.values() if row.cipher is not None and row.block)
"""The algorithms whose keys make codes by CMAC."""
LEAST_CODE = 8
"""Bytes of the shortest code that is made or believed: SP 800-38B Appendix A.1 asks for 64 bits."""


def mac(
    algorithm: CryptographicAlgorithm | None, key: bytes, parameters: CryptographicParameters, data: bytes
) -> bytes:
    """Compute the code; raises KmipError where no algorithm, or one without codes, is named.

    Tag Length makes it shorter: of a code, the first bytes (RFC 2104 §5, SP 800-38B §6.2).
    """
    whole = _whole(parameters.cryptographic_algorithm or algorithm, key, parameters, data)
    wanted = parameters.tag_length
    if wanted is None:
        return whole
    if not LEAST_CODE <= wanted <= len(whole):
        raise bad_parameters(f"The Tag Length of this code is {LEAST_CODE} to {len(whole)} bytes")
    return whole[:wanted]


def _whole(
    wanted: CryptographicAlgorithm | None, key: bytes, parameters: CryptographicParameters, data: bytes
) -> bytes:
    if wanted is None:
        raise bad_parameters("The Cryptographic Algorithm is missing")
    hashing = HMAC_HASHES.get(wanted)
    moded = parameters.block_cipher_mode is not None
    if moded and (hashing is not None or wanted is CryptographicAlgorithm.POLY1305):
        raise bad_parameters(f"{wanted.title} has no Block Cipher Modes")
    if hashing is not None:
        if parameters.hashing_algorithm not in (None, hashing):
            raise bad_parameters("The Hashing Algorithm is not that of the Cryptographic Algorithm")
        return hmac_of(hashing, key, data)
    if parameters.hashing_algorithm is not None:
        raise bad_parameters(f"A code of {wanted.title} has no Hashing Algorithm")
    if wanted in BLOCK_CIPHERS:
        return _cmac(wanted, key, parameters, data)
    if wanted == CryptographicAlgorithm.POLY1305:
        try:
            return Poly1305.generate_tag(key, data)
        except ValueError as cause:
            raise bad_key() from cause
    raise unsupported_parameters(f"Message authentication with {wanted.title} is not supported")


def hmac_of(hashing: HashingAlgorithm, key: bytes, data: bytes) -> bytes:
    """HMAC with a hash (RFC 2104), whatever the key was made for; raises where the hash is not at hand."""
    name = hash_row(hashing).name
    try:
        return hmac.digest(key, data, name)
    except ValueError as cause:
        raise unsupported_parameters("The Hashing Algorithm is not supported on this machine") from cause


def _cmac(algorithm: CryptographicAlgorithm, key: bytes, parameters: CryptographicParameters, data: bytes) -> bytes:
    """SP 800-38B; the only code of a block cipher that is served."""
    if parameters.block_cipher_mode not in (None, BlockCipherMode.CMAC):
        raise unsupported_parameters("The Block Cipher Mode is none that authenticates; CMAC is served")
    try:
        context = cmac.CMAC(cast(BlockCipherAlgorithm, keyed(SYMMETRIC[algorithm], key)))
    except (ValueError, UnsupportedAlgorithm) as cause:
        raise bad_key() from cause
    context.update(data)
    return context.finalize()


def verify(
    algorithm: CryptographicAlgorithm | None,
    key: bytes,
    parameters: CryptographicParameters,
    data: bytes,
    code: bytes,
) -> bool:
    """Tell whether the code is that of the data, in a time that does not depend on where they differ."""
    return hmac.compare_digest(mac(algorithm, key, parameters, data), code)
