"""Padding to whole blocks and its removal (KMIP 2.1 §11.38, Padding Method).

All removal fails with one error and looks at the whole last block, so that what a client learns from a
failure does not depend on the bytes that were decrypted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.primitives import padding as library

from kmip_server.crypto.refusals import cannot_decrypt
from kmip_server.crypto.rng import random_bytes
from kmip_server.errors import CryptographicFailure
from kmip_server.spec.enums import PaddingMethod


class Padding(NamedTuple):
    """How data is padded, and how the padding is taken off again; sizes in bytes."""

    pad: Callable[[bytes, int], bytes]
    unpad: Callable[[bytes, int], bytes]


def _require_blocks(data: bytes, block: int) -> bytes:
    if len(data) % block:
        raise CryptographicFailure("Without padding, the data must be a whole number of blocks")
    return data


def _keep(data: bytes, block: int) -> bytes:
    return data


def _pad_pkcs5(data: bytes, block: int) -> bytes:
    missing = block - len(data) % block
    return data + bytes((missing,)) * missing


def _unpad_pkcs5(data: bytes, block: int) -> bytes:
    unpadder = library.PKCS7(block * 8).unpadder()
    return _finished(unpadder, data)


def _pad_x923(data: bytes, block: int) -> bytes:
    missing = block - len(data) % block
    return data + bytes(missing - 1) + bytes((missing,))


def _unpad_x923(data: bytes, block: int) -> bytes:
    return _finished(library.ANSIX923(block * 8).unpadder(), data)


def _finished(unpadder: library.PaddingContext, data: bytes) -> bytes:
    try:
        return unpadder.update(data) + unpadder.finalize()
    except ValueError as cause:
        raise cannot_decrypt() from cause


def _pad_iso10126(data: bytes, block: int) -> bytes:
    missing = block - len(data) % block
    return data + random_bytes(missing - 1) + bytes((missing,))


def _unpad_iso10126(data: bytes, block: int) -> bytes:
    count = data[-1] if data else 0
    if not 1 <= count <= block:
        raise cannot_decrypt()
    return data[:-count]


def _pad_ssl3(data: bytes, block: int) -> bytes:
    # RFC 6101 §5.2.3.2: the last byte is the length of the padding before it, which "must be less than the cipher's
    # block length and may be zero".
    missing = block - len(data) % block
    return data + random_bytes(missing - 1) + bytes((missing - 1,))


def _unpad_ssl3(data: bytes, block: int) -> bytes:
    count = data[-1] + 1 if data else 0
    if not 1 <= count <= block:
        raise cannot_decrypt()
    return data[:-count]


def _pad_zeros(data: bytes, block: int) -> bytes:
    return data + bytes(-len(data) % block)


def _unpad_zeros(data: bytes, block: int) -> bytes:
    # Zeros tell nothing of their number: those of the last block go, as the other side could have added no more.
    kept = data[-block:].rstrip(b"\0")
    if not kept and data:
        kept = b"\0"  # a whole block of zeros was never padding: its first byte was data
    return data[:-block] + kept


PADDINGS: dict[PaddingMethod | None, Padding] = {
    None: Padding(_require_blocks, _keep),
    PaddingMethod.NONE: Padding(_require_blocks, _keep),
    PaddingMethod.PKCS5: Padding(_pad_pkcs5, _unpad_pkcs5),
    PaddingMethod.SSL3: Padding(_pad_ssl3, _unpad_ssl3),
    PaddingMethod.ANSI_X9_23: Padding(_pad_x923, _unpad_x923),
    PaddingMethod.ISO_10126: Padding(_pad_iso10126, _unpad_iso10126),
    PaddingMethod.ZEROS: Padding(_pad_zeros, _unpad_zeros),
}
"""The paddings of block ciphers; PKCS5 is what RFC 5652 calls PKCS#7, for every block size."""
