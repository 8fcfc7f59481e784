"""One key, many forms: conversion between Key Format Types as Get asks for them (KMIP 2.1 §4.26, §11.26).

A conversion is a reader by the old format (``keys.py``) and a writer by the new one, from the tables below.
The same format gives back what was registered, byte for byte, whatever it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, mlkem, rsa, x448, x25519
from cryptography.hazmat.primitives.asymmetric.dh import DHPrivateKey, DHPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from kmip_server.crypto import points, transparent
from kmip_server.crypto.keys import EC_PRIVATE_FORMATS, EC_PUBLIC_FORMATS, Material, load_private, load_public
from kmip_server.crypto.refusals import bad_key, unsupported_format
from kmip_server.spec.enums import CryptographicAlgorithm, KeyCompressionType
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.structures.keys import TransparentKeyMaterial

ObjectKind = Literal["public", "private", "symmetric"]
"""What sort of key is converted."""

_SAME = EC_PRIVATE_FORMATS, EC_PUBLIC_FORMATS
"""Formats of one form under several names."""


def convert(
    object_kind: ObjectKind,
    algorithm: CryptographicAlgorithm | None,
    from_format: Format,
    material: Material,
    to_format: Format,
    compression: KeyCompressionType | None = None,
) -> Material:
    """Write the key in another format, its point compressed where it is that of an elliptic curve.

    Raises Key Format Type Not Supported where the key has no such form, Cryptographic Failure where the
    material is no key.
    """
    if compression is not None:
        return points.compressed(load_public(material, from_format, algorithm=algorithm), to_format, compression)
    if from_format == to_format or any(from_format in names and to_format in names for names in _SAME):
        return material
    if object_kind == "symmetric":
        return _convert_symmetric(from_format, material, to_format)
    if object_kind == "private":
        # The key goes back to its owner in another form and is not used: its numbers need no proof.
        private = load_private(material, from_format, trusted=True, algorithm=algorithm)
        return write_private(private, to_format)
    return write_public(load_public(material, from_format, algorithm=algorithm), to_format)


def _convert_symmetric(from_format: Format, material: Material, to_format: Format) -> Material:
    if from_format is Format.RAW and to_format is Format.TRANSPARENT_SYMMETRIC_KEY:
        if isinstance(material, bytes):
            return TransparentKeyMaterial(key=material)
        raise bad_key()
    if from_format is Format.TRANSPARENT_SYMMETRIC_KEY and to_format is Format.RAW:
        if isinstance(material, TransparentKeyMaterial) and material.key is not None:
            return material.key
        raise bad_key()
    if from_format is Format.OPAQUE and to_format is Format.RAW and isinstance(material, bytes):
        return material  # a string of bytes under either name; the default of 2.1 Table 81 is this one
    raise unsupported_format(f"A symmetric key in {from_format.title} cannot be given as {to_format.title}")


def write_private(key: PrivateKeyTypes, to_format: Format) -> Material:
    """Write a private key in a format."""
    kinds, writer = _PRIVATE_WRITERS.get(to_format, _NO_WRITER)
    if not isinstance(key, kinds):
        raise unsupported_format(f"This private key cannot be given as {to_format.title}")
    try:
        return writer(key)
    except (ValueError, UnsupportedAlgorithm) as cause:
        raise bad_key() from cause


def write_public(key: PublicKeyTypes, to_format: Format) -> Material:
    """Write a public key in a format."""
    kinds, writer = _PUBLIC_WRITERS.get(to_format, _NO_WRITER)
    if not isinstance(key, kinds):
        raise unsupported_format(f"This public key cannot be given as {to_format.title}")
    try:
        return writer(key)
    except (ValueError, UnsupportedAlgorithm) as cause:
        raise bad_key() from cause


def public_key_info(material: Material, key_format: Format | None, algorithm: CryptographicAlgorithm | None) -> bytes:
    """Write a public key, or that of a certificate, as Subject Public Key Info (RFC 5280 §4.1.2.7)."""
    try:
        return _spki(load_public(material, key_format, algorithm=algorithm))
    except (ValueError, UnsupportedAlgorithm) as cause:
        raise bad_key() from cause


def _traditional(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _pkcs8(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _raw_private(key: ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes_raw()


def _pkcs1(key: rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _raw_public(key: ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes_raw()


_Writer = tuple[tuple[type, ...], Callable[..., Material]]
"""The kinds of key that the format can hold, and what writes them."""


def _nothing(key: object) -> Material:
    raise unsupported_format("The Key Format Type is none of keys")


_NO_WRITER: _Writer = ((), _nothing)

_RAW_PRIVATE_KINDS = (
    ed25519.Ed25519PrivateKey,
    ed448.Ed448PrivateKey,
    x25519.X25519PrivateKey,
    x448.X448PrivateKey,
    mlkem.MLKEM768PrivateKey,
    mlkem.MLKEM1024PrivateKey,
    mldsa.MLDSA44PrivateKey,
    mldsa.MLDSA65PrivateKey,
    mldsa.MLDSA87PrivateKey,
)
_RAW_PUBLIC_KINDS = (
    ed25519.Ed25519PublicKey,
    ed448.Ed448PublicKey,
    x25519.X25519PublicKey,
    x448.X448PublicKey,
    mlkem.MLKEM768PublicKey,
    mlkem.MLKEM1024PublicKey,
    mldsa.MLDSA44PublicKey,
    mldsa.MLDSA65PublicKey,
    mldsa.MLDSA87PublicKey,
)

_PRIVATE_WRITERS: dict[Format, _Writer] = {
    Format.PKCS_1: ((rsa.RSAPrivateKey,), _traditional),
    Format.ECPRIVATEKEY: ((ec.EllipticCurvePrivateKey,), _traditional),
    Format.PKCS_8: (
        (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, dsa.DSAPrivateKey, DHPrivateKey, *_RAW_PRIVATE_KINDS),
        _pkcs8,
    ),
    Format.RAW: (_RAW_PRIVATE_KINDS, _raw_private),
    Format.TRANSPARENT_RSA_PRIVATE_KEY: ((rsa.RSAPrivateKey,), transparent.from_rsa_private),
    Format.TRANSPARENT_DSA_PRIVATE_KEY: ((dsa.DSAPrivateKey,), transparent.from_dsa_private),
    Format.TRANSPARENT_DH_PRIVATE_KEY: ((DHPrivateKey,), transparent.from_dh_private),
    **{name: ((ec.EllipticCurvePrivateKey,), transparent.from_ec_private) for name in EC_PRIVATE_FORMATS},
}
_PUBLIC_WRITERS: dict[Format, _Writer] = {
    Format.PKCS_1: ((rsa.RSAPublicKey,), _pkcs1),
    Format.X_509: (
        (rsa.RSAPublicKey, ec.EllipticCurvePublicKey, dsa.DSAPublicKey, DHPublicKey, *_RAW_PUBLIC_KINDS),
        _spki,
    ),
    Format.RAW: (_RAW_PUBLIC_KINDS, _raw_public),
    Format.TRANSPARENT_RSA_PUBLIC_KEY: ((rsa.RSAPublicKey,), transparent.from_rsa_public),
    Format.TRANSPARENT_DSA_PUBLIC_KEY: ((dsa.DSAPublicKey,), transparent.from_dsa_public),
    Format.TRANSPARENT_DH_PUBLIC_KEY: ((DHPublicKey,), transparent.from_dh_public),
    **{name: ((ec.EllipticCurvePublicKey,), transparent.from_ec_public) for name in EC_PUBLIC_FORMATS},
}
