"""Signatures over requests, certificates and lists: one check for every kind of key."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa

_OWN_HASH = (
    ed25519.Ed25519PublicKey,
    ed448.Ed448PublicKey,
    mldsa.MLDSA44PublicKey,
    mldsa.MLDSA65PublicKey,
    mldsa.MLDSA87PublicKey,
)


def verify_signature(
    key: Any, scheme: Any, digest: hashes.HashAlgorithm | None, signature: bytes, signed: bytes
) -> None:
    """Pass if the signature is the key's, by the scheme and hash that it names for itself.

    ``scheme`` is the padding of RSA. Raises InvalidSignature; MD5 proves nothing any more.
    """
    if isinstance(key, _OWN_HASH):
        key.verify(signature, signed)
        return
    if digest is None or digest.name == "md5":
        raise InvalidSignature
    if isinstance(key, rsa.RSAPublicKey) and isinstance(scheme, padding.PKCS1v15 | padding.PSS):
        key.verify(signature, signed, scheme, digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(digest))
    elif isinstance(key, dsa.DSAPublicKey):
        key.verify(signature, signed, digest)
    else:
        raise InvalidSignature
