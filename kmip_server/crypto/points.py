"""The points of elliptic curve public keys, compressed or not (SEC 1 §2.3.3; KMIP 2.1 §11.24, Key Compression Type)."""

from __future__ import annotations

from asn1crypto import keys
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kmip_server.crypto import transparent
from kmip_server.crypto.keys import EC_PUBLIC_FORMATS
from kmip_server.crypto.refusals import unsupported_format
from kmip_server.errors import KmipError
from kmip_server.spec.enums import KeyCompressionType as Compression
from kmip_server.spec.enums import KeyFormatType, ResultReason
from kmip_server.spec.structures.keys import TransparentKeyMaterial

_UNCOMPRESSED, _HYBRID = 4, 6
"""The first byte of a point; that of a hybrid one has the parity of y added."""


def compressed(
    key: PublicKeyTypes, to_format: KeyFormatType, compression: Compression
) -> bytes | TransparentKeyMaterial:
    """Write a public key with its point as asked.

    Raises Key Compression Type Not Supported where it has no such point, Key Format Type Not Supported where the
    format has none.
    """
    if (
        not isinstance(key, ec.EllipticCurvePublicKey)
        or compression is Compression.EC_PUBLIC_KEY_TYPE_X9_62_COMPRESSED_CHAR2
    ):
        # No curve at hand is over a binary field.
        raise KmipError("The key has no such form", ResultReason.KEY_COMPRESSION_TYPE_NOT_SUPPORTED)
    point = _point(key, compression)
    if to_format in EC_PUBLIC_FORMATS:
        material = transparent.from_ec_public(key)
        material.q_string = point
        return material
    if to_format is not KeyFormatType.X_509:
        raise unsupported_format(f"This public key cannot be given as {to_format.title}")
    info = keys.PublicKeyInfo.load(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    encoded: bytes = keys.PublicKeyInfo(
        {"algorithm": info["algorithm"], "public_key": keys.ECPointBitString(point)}
    ).dump()
    return encoded


def _point(key: ec.EllipticCurvePublicKey, compression: Compression) -> bytes:
    if compression is Compression.EC_PUBLIC_KEY_TYPE_X9_62_COMPRESSED_PRIME:
        return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if compression is Compression.EC_PUBLIC_KEY_TYPE_X9_62_HYBRID:
        return bytes([_HYBRID | point[-1] & 1]) + point[1:]
    return point
