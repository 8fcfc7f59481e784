"""Stored key material to keys that work: the one place where a key of a client is read (KMIP 2.1 §3, §11.26).

Material is kept unbelieved and refused when it is used. An RSA private key is checked number by number
(tens to hundreds of milliseconds) unless the caller says ``trusted``: this server made the key, or
:func:`check_private` said yes to these very bytes before. No key is kept, only what was found out about it
(``verdicts``). At its use such a key is checked up to a length only: all others wait meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519, mldsa, mlkem, rsa, x448, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from kmip_server.crypto import transparent
from kmip_server.crypto.refusals import bad_key, unsupported_format
from kmip_server.crypto.verdicts import Verdicts
from kmip_server.errors import KmipError
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.structures.keys import TransparentKeyMaterial

Material = bytes | TransparentKeyMaterial
"""Key material as it is kept: the bytes of a format, or the numbers of a transparent one."""

_VERDICTS = Verdicts()

MAXIMUM_RSA_BITS = 8192
"""Of a private key: one operation takes longer than anyone waits beyond that."""
UNCHECKED_RSA_BITS = 4096
"""Of a private key that is not ``trusted``: a longer one takes seconds to check, and is not used."""

_DER_PRIVATE = frozenset({Format.PKCS_1, Format.PKCS_8, Format.ECPRIVATEKEY})
_DER_PUBLIC = frozenset({Format.PKCS_1, Format.PKCS_8, Format.X_509})

EC_PRIVATE_FORMATS = frozenset(
    {
        Format.TRANSPARENT_EC_PRIVATE_KEY,
        Format.TRANSPARENT_ECDSA_PRIVATE_KEY,
        Format.TRANSPARENT_ECDH_PRIVATE_KEY,
        Format.TRANSPARENT_ECMQV_PRIVATE_KEY,
    }
)
"""One form under four names: 1.3 replaced the names of 1.0 by one."""
EC_PUBLIC_FORMATS = frozenset(
    {
        Format.TRANSPARENT_EC_PUBLIC_KEY,
        Format.TRANSPARENT_ECDSA_PUBLIC_KEY,
        Format.TRANSPARENT_ECDH_PUBLIC_KEY,
        Format.TRANSPARENT_ECMQV_PUBLIC_KEY,
    }
)


def _agreeing_private(material: bytes) -> PrivateKeyTypes:
    """The raw private keys of key agreement: those of RFC 7748, told from each other by their length."""
    return (x448.X448PrivateKey if len(material) == _X448_BYTES else x25519.X25519PrivateKey).from_private_bytes(
        material
    )


def _agreeing_public(material: bytes) -> PublicKeyTypes:
    kind = x448.X448PublicKey if len(material) == _X448_BYTES else x25519.X25519PublicKey
    return kind.from_public_bytes(material)


_X448_BYTES = 56
_RAW_PRIVATE: dict[Algorithm, Callable[[bytes], PrivateKeyTypes]] = {
    Algorithm.EC: _agreeing_private,
    Algorithm.ECDH: _agreeing_private,
    Algorithm.ED25519: ed25519.Ed25519PrivateKey.from_private_bytes,
    Algorithm.ED448: ed448.Ed448PrivateKey.from_private_bytes,
    Algorithm.ML_KEM_768: mlkem.MLKEM768PrivateKey.from_seed_bytes,
    Algorithm.ML_KEM_1024: mlkem.MLKEM1024PrivateKey.from_seed_bytes,
    Algorithm.ML_DSA_44: mldsa.MLDSA44PrivateKey.from_seed_bytes,
    Algorithm.ML_DSA_65: mldsa.MLDSA65PrivateKey.from_seed_bytes,
    Algorithm.ML_DSA_87: mldsa.MLDSA87PrivateKey.from_seed_bytes,
}
_RAW_PUBLIC: dict[Algorithm, Callable[[bytes], PublicKeyTypes]] = {
    Algorithm.EC: _agreeing_public,
    Algorithm.ECDH: _agreeing_public,
    Algorithm.ED25519: ed25519.Ed25519PublicKey.from_public_bytes,
    Algorithm.ED448: ed448.Ed448PublicKey.from_public_bytes,
    Algorithm.ML_KEM_768: mlkem.MLKEM768PublicKey.from_public_bytes,
    Algorithm.ML_KEM_1024: mlkem.MLKEM1024PublicKey.from_public_bytes,
    Algorithm.ML_DSA_44: mldsa.MLDSA44PublicKey.from_public_bytes,
    Algorithm.ML_DSA_65: mldsa.MLDSA65PublicKey.from_public_bytes,
    Algorithm.ML_DSA_87: mldsa.MLDSA87PublicKey.from_public_bytes,
}


def load_private(
    material: Material, key_format: Format | None, *, trusted: bool = False, algorithm: Algorithm | None = None
) -> PrivateKeyTypes:
    """Read a private key; the algorithm is needed for Raw material only.

    Raises Cryptographic Failure for material that is no key, Key Format Type Not Supported for a format
    that holds no private key.
    """
    if trusted:
        return _load_private(material, key_format, algorithm, MAXIMUM_RSA_BITS, trusted)
    sound = _VERDICTS.about(material, key_format, algorithm)
    if sound is None:
        return _checked(material, key_format, algorithm, UNCHECKED_RSA_BITS)
    if not sound:
        raise bad_key()
    return _load_private(material, key_format, algorithm, UNCHECKED_RSA_BITS, trusted=True)


def _checked(material: Material, key_format: Format | None, algorithm: Algorithm | None, most: int) -> PrivateKeyTypes:
    """Read a private key, hold its numbers against each other, and remember what came of it."""
    try:
        key = _load_private(material, key_format, algorithm, most, trusted=False)
    except KmipError as error:
        if error.reason is bad_key().reason:
            _VERDICTS.remember(material, key_format, algorithm, sound=False)
        raise
    _VERDICTS.remember(material, key_format, algorithm, sound=True)
    return key


def _load_private(
    material: Material, key_format: Format | None, algorithm: Algorithm | None, most: int, trusted: bool
) -> PrivateKeyTypes:
    """The same; ``most`` are the bits that an RSA key may have."""
    try:
        if isinstance(material, TransparentKeyMaterial):
            return _transparent_private(material, key_format, most, trusted)
        if key_format is Format.RAW and algorithm in _RAW_PRIVATE:
            return _RAW_PRIVATE[algorithm](material)
        if key_format is not None and key_format not in _DER_PRIVATE and key_format is not Format.RAW:
            raise unsupported_format(f"A private key cannot be read from {key_format.title}")
        return _der_private(material, most, trusted)
    except (ValueError, TypeError, UnsupportedAlgorithm, OverflowError) as cause:
        raise bad_key() from cause


def _der_private(material: bytes, most: int, trusted: bool) -> PrivateKeyTypes:
    key = load_der_private_key(material, None, unsafe_skip_rsa_key_validation=True)
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size > most:
            raise bad_key()
        if not trusted:
            key = load_der_private_key(material, None)
    return key


def _transparent_private(
    material: TransparentKeyMaterial, key_format: Format | None, most: int, trusted: bool
) -> PrivateKeyTypes:
    if key_format is Format.TRANSPARENT_RSA_PRIVATE_KEY:
        if material.modulus is None or material.modulus.bit_length() > most:
            raise bad_key()
        return transparent.rsa_private(material, trusted)
    if key_format in EC_PRIVATE_FORMATS:
        return transparent.ec_private(material)
    if key_format is Format.TRANSPARENT_DSA_PRIVATE_KEY:
        return transparent.dsa_private(material)
    if key_format is Format.TRANSPARENT_DH_PRIVATE_KEY:
        return transparent.dh_private(material)
    raise unsupported_format("A private key of this transparent format cannot be used")


def load_public(material: Material, key_format: Format | None, *, algorithm: Algorithm | None = None) -> PublicKeyTypes:
    """Read a public key, or that of a certificate; errors as in :func:`load_private`."""
    try:
        if isinstance(material, TransparentKeyMaterial):
            return _transparent_public(material, key_format)
        if key_format is Format.RAW and algorithm in _RAW_PUBLIC:
            return _RAW_PUBLIC[algorithm](material)
        if key_format is not None and key_format not in _DER_PUBLIC and key_format is not Format.RAW:
            raise unsupported_format(f"A public key cannot be read from {key_format.title}")
        return _der_public(material)
    except (ValueError, TypeError, UnsupportedAlgorithm, OverflowError) as cause:
        raise bad_key() from cause


def _der_public(material: bytes) -> PublicKeyTypes:
    try:
        return load_der_public_key(material)
    except ValueError:
        # Format X.509 is "an encoded object, expressed as a DER-encoded ASN.1 X.509 object" (1.4 §2.1.3):
        # a bare Subject Public Key Info for most clients, a whole certificate for some.
        return cast(PublicKeyTypes, x509.load_der_x509_certificate(material).public_key())


def _transparent_public(material: TransparentKeyMaterial, key_format: Format | None) -> PublicKeyTypes:
    if key_format is Format.TRANSPARENT_RSA_PUBLIC_KEY:
        return transparent.rsa_public(material)
    if key_format in EC_PUBLIC_FORMATS:
        return transparent.ec_public(material)
    if key_format is Format.TRANSPARENT_DSA_PUBLIC_KEY:
        return transparent.dsa_public(material)
    if key_format is Format.TRANSPARENT_DH_PUBLIC_KEY:
        return transparent.dh_public(material)
    raise unsupported_format("A public key of this transparent format cannot be used")


def check_private(material: Material, key_format: Format | None, *, algorithm: Algorithm | None = None) -> bool:
    """Tell whether this is a private key whose numbers agree: worth remembering as ``trusted``. Slow."""
    try:
        _checked(material, key_format, algorithm, MAXIMUM_RSA_BITS)
    except KmipError:
        return False
    return True
