"""Hashing, and the table of hashes that every other file of this room reads (KMIP 2.1 §6.1.24, §11.21)."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes

from kmip_server.crypto.refusals import bad_parameters, unsupported_parameters
from kmip_server.spec.enums import HashingAlgorithm


class HashRow(NamedTuple):
    """One hash: its name in hashlib, the library's object for signatures, its size in bytes."""

    name: str
    primitive: hashes.HashAlgorithm | None
    size: int


HASHES: dict[HashingAlgorithm, HashRow] = {
    HashingAlgorithm.MD5: HashRow("md5", hashes.MD5(), 16),  # noqa: S303  # the standard defines it; old clients use it
    HashingAlgorithm.SHA_1: HashRow("sha1", hashes.SHA1(), 20),  # noqa: S303  # the standard's own default for masks
    HashingAlgorithm.SHA_224: HashRow("sha224", hashes.SHA224(), 28),
    HashingAlgorithm.SHA_256: HashRow("sha256", hashes.SHA256(), 32),
    HashingAlgorithm.SHA_384: HashRow("sha384", hashes.SHA384(), 48),
    HashingAlgorithm.SHA_512: HashRow("sha512", hashes.SHA512(), 64),
    HashingAlgorithm.RIPEMD_160: HashRow("ripemd160", None, 20),
    HashingAlgorithm.SHA_512_224: HashRow("sha512_224", hashes.SHA512_224(), 28),
    HashingAlgorithm.SHA_512_256: HashRow("sha512_256", hashes.SHA512_256(), 32),
    HashingAlgorithm.SHA3_224: HashRow("sha3_224", hashes.SHA3_224(), 28),
    HashingAlgorithm.SHA3_256: HashRow("sha3_256", hashes.SHA3_256(), 32),
    HashingAlgorithm.SHA3_384: HashRow("sha3_384", hashes.SHA3_384(), 48),
    HashingAlgorithm.SHA3_512: HashRow("sha3_512", hashes.SHA3_512(), 64),
}
"""The hashes at hand; MD2, MD4, Tiger and Whirlpool are not."""


def hash_row(algorithm: HashingAlgorithm | None) -> HashRow:
    """Return the row of a hash; raises where it is missing or not at hand."""
    if algorithm is None:
        raise bad_parameters("The Hashing Algorithm is missing")
    row = HASHES.get(algorithm)
    if row is None:
        raise unsupported_parameters(f"The Hashing Algorithm {algorithm.title} is not supported")
    return row


def primitive(algorithm: HashingAlgorithm | None) -> hashes.HashAlgorithm:
    """Return the library's object of a hash, for signatures and OAEP."""
    row = hash_row(algorithm)
    if row.primitive is None:
        raise unsupported_parameters(f"{row.name} is not supported here")
    return row.primitive


def hash_data(algorithm: HashingAlgorithm | None, data: bytes) -> bytes:
    """Hash the data (2.1 §6.1.24)."""
    row = hash_row(algorithm)
    try:
        return hashlib.new(row.name, data, usedforsecurity=False).digest()
    except ValueError as cause:
        raise unsupported_parameters("The Hashing Algorithm is not supported on this machine") from cause


def sha256(data: bytes) -> bytes:
    """SHA-256, the hash of the Digest attribute that every object has (2.1 §4.17)."""
    return hashlib.sha256(data).digest()
