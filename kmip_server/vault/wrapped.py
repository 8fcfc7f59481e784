"""How a wrapped key-encryption key (KEK) looks, whichever guard wrapped it, and how a root key is named.

A wrapped KEK is ``version byte | 12-byte random nonce | AES-256-GCM ciphertext and tag``. What it is bound
to is authenticated under a label, each part after its length, so that nothing made for one purpose is
accepted for another.

The root key's public name is the hash of one block encrypted under it. The last four bytes of that block
are all ones: the counter blocks that GCM encrypts end in the number of a block (SP 800-38D §7.1), which for
a KEK is at most three, so that the published value can never be key stream.
"""

from __future__ import annotations

import hashlib
import struct

from kmip_server.vault.errors import VaultError

KEK_BYTES = 32
"""AES-256 throughout."""
NONCE_BYTES = 12
"""The length for which GCM uses the nonce as it is (SP 800-38D §8.2)."""
TAG_BYTES = 16
BLOCK_BYTES = 16

CHECK_BLOCK = hashlib.sha256(b"kmip-server root key check 1").digest()[:12] + b"\xff" * 4
"""Encrypted under the root key to name it; CBC with this as IV, over one block of zeros, encrypts it."""

_VERSION = b"\x01"
_LENGTH = struct.Struct(">I")


def labelled(label: bytes, *parts: bytes) -> bytes:
    """Join a label and parts unambiguously, each after its length in four bytes, big-endian."""
    pieces = [_LENGTH.pack(len(label)), label]
    for part in parts:
        pieces += (_LENGTH.pack(len(part)), part)
    return b"".join(pieces)


def associated_data(bound: bytes) -> bytes:
    """Give what is authenticated beside a KEK."""
    return labelled(b"kmip-server wrapped kek", _VERSION, bound)


def join(nonce: bytes, ciphertext: bytes) -> bytes:
    """Put a wrapped KEK together."""
    return _VERSION + nonce + ciphertext


def split(wrapped: bytes) -> tuple[bytes, bytes]:
    """Take a wrapped KEK apart into nonce and ciphertext; raises VaultError unless it has exactly that form."""
    if len(wrapped) != 1 + NONCE_BYTES + KEK_BYTES + TAG_BYTES or wrapped[:1] != _VERSION:
        raise VaultError("A wrapped KEK in the database has a form this release does not know; restore it from backup.")
    return wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :]


def require_kek(kek: bytes) -> None:
    """Refuse to wrap anything but a KEK of the one length there is."""
    if len(kek) != KEK_BYTES:
        raise VaultError(f"A key-encryption key has {KEK_BYTES} bytes, not {len(kek)}; this is a fault of the server.")


def root_id_of(check: bytes) -> str:
    """Name the root key under which ``CHECK_BLOCK`` encrypts to ``check``: 16 hexadecimal digits."""
    return hashlib.sha256(labelled(b"kmip-server root id", check)).hexdigest()[:16]
