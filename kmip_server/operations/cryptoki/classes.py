"""Managed objects as PKCS#11 sees them: class, key type, what each attribute is in KMIP (PKCS#11 3.0 §4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kmip_server.domain.objects import ManagedObject
from kmip_server.operations.cryptoki.encoding import Value
from kmip_server.spec.attribute_values import VendorName
from kmip_server.spec.cryptoki import CERTIFICATE_X_509, Attribute, KeyType, ObjectClass
from kmip_server.spec.enums import CertificateType, CryptographicAlgorithm, ObjectType, RecommendedCurve
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.tags import Tag

ID = VendorName("x", "PKCS#11 ID")
"""The attribute that keeps CKA_ID, which KMIP has no word for; a client of KMIP sees it as its own."""

CLASSES: dict[ObjectClass, ObjectType] = {
    ObjectClass.DATA: ObjectType.OPAQUE_OBJECT,
    ObjectClass.CERTIFICATE: ObjectType.CERTIFICATE,
    ObjectClass.PUBLIC_KEY: ObjectType.PUBLIC_KEY,
    ObjectClass.PRIVATE_KEY: ObjectType.PRIVATE_KEY,
    ObjectClass.SECRET_KEY: ObjectType.SYMMETRIC_KEY,
}
"""The object types that PKCS#11 has a class for; others are not seen through it."""
_CLASS_OF = {object_type: cls for cls, object_type in CLASSES.items()}

ALGORITHMS: dict[KeyType, CryptographicAlgorithm] = {
    KeyType.RSA: CryptographicAlgorithm.RSA,
    KeyType.DSA: CryptographicAlgorithm.DSA,
    KeyType.DH: CryptographicAlgorithm.DH,
    KeyType.EC: CryptographicAlgorithm.EC,
    KeyType.GENERIC_SECRET: CryptographicAlgorithm.HMAC_SHA256,
    KeyType.DES3: CryptographicAlgorithm.DES3,
    KeyType.AES: CryptographicAlgorithm.AES,
    KeyType.SHA_1_HMAC: CryptographicAlgorithm.HMAC_SHA1,
    KeyType.SHA256_HMAC: CryptographicAlgorithm.HMAC_SHA256,
    KeyType.SHA384_HMAC: CryptographicAlgorithm.HMAC_SHA384,
    KeyType.SHA512_HMAC: CryptographicAlgorithm.HMAC_SHA512,
    KeyType.CHACHA20: CryptographicAlgorithm.CHACHA20,
    KeyType.EC_EDWARDS: CryptographicAlgorithm.ED25519,
}
"""The algorithm of a key of each type; a generic secret is used for HMAC, with whatever hash the mechanism names."""
_TYPE_OF = {
    **{algorithm: key_type for key_type, algorithm in ALGORITHMS.items()},
    CryptographicAlgorithm.HMAC_SHA256: KeyType.GENERIC_SECRET,
    CryptographicAlgorithm.ECDSA: KeyType.EC,
    CryptographicAlgorithm.ECDH: KeyType.EC,
    CryptographicAlgorithm.ED448: KeyType.EC_EDWARDS,
}

CURVES: dict[bytes, RecommendedCurve] = {
    bytes.fromhex("06082a8648ce3d030101"): RecommendedCurve.P_192,
    bytes.fromhex("06052b81040021"): RecommendedCurve.P_224,
    bytes.fromhex("06082a8648ce3d030107"): RecommendedCurve.P_256,
    bytes.fromhex("06052b81040022"): RecommendedCurve.P_384,
    bytes.fromhex("06052b81040023"): RecommendedCurve.P_521,
    bytes.fromhex("06052b8104000a"): RecommendedCurve.SECP256K1,
}
"""CKA_EC_PARAMS, the object identifier of a curve in DER (RFC 5480 §2.1.1.1)."""
_PARAMS = {curve: der for der, curve in CURVES.items()}

_M = CryptographicUsageMask
_ANY_KEY = {
    Attribute.ENCRYPT: _M.ENCRYPT,
    Attribute.DECRYPT: _M.DECRYPT,
    Attribute.WRAP: _M.WRAP_KEY,
    Attribute.UNWRAP: _M.UNWRAP_KEY,
    Attribute.DERIVE: _M.DERIVE_KEY,
}
MASKS: dict[ObjectClass, dict[Attribute, CryptographicUsageMask]] = {
    ObjectClass.SECRET_KEY: {**_ANY_KEY, Attribute.SIGN: _M.MAC_GENERATE, Attribute.VERIFY: _M.MAC_VERIFY},
    ObjectClass.PUBLIC_KEY: {
        Attribute.ENCRYPT: _M.ENCRYPT,
        Attribute.WRAP: _M.WRAP_KEY,
        Attribute.VERIFY: _M.VERIFY,
        Attribute.DERIVE: _M.DERIVE_KEY,
    },
    ObjectClass.PRIVATE_KEY: {
        Attribute.DECRYPT: _M.DECRYPT,
        Attribute.UNWRAP: _M.UNWRAP_KEY,
        Attribute.SIGN: _M.SIGN,
        Attribute.DERIVE: _M.DERIVE_KEY,
    },
    ObjectClass.CERTIFICATE: {},
    ObjectClass.DATA: {},
}
"""Which bit of the Cryptographic Usage Mask an attribute is, by class of object."""


class Shown(NamedTuple):
    """An object with its class."""

    found: ManagedObject
    cls: ObjectClass


def class_of(found: ManagedObject) -> ObjectClass | None:
    """The class of an object; None where PKCS#11 has none."""
    return _CLASS_OF.get(found.object_type)


def copyable(shown: Shown) -> bool:
    """Whether C_CopyObject copies it: what may leave in the clear, and whose uses are not counted."""
    head = shown.found.head
    return head.extractable and not head.sensitive and not head.limited


def _mask(bit: Attribute) -> Callable[[Shown], Value | None]:
    def read(shown: Shown) -> Value | None:
        mask = MASKS[shown.cls].get(bit)
        return None if mask is None else bool((shown.found.head.cryptographic_usage_mask or 0) & mask)

    return read


def _flag(tag: Tag) -> Callable[[Shown], Value | None]:
    def read(shown: Shown) -> Value | None:
        if shown.cls not in (ObjectClass.SECRET_KEY, ObjectClass.PRIVATE_KEY):
            return None
        return bool(shown.found.attributes.one(tag))

    return read


def _key_type(shown: Shown) -> Value | None:
    algorithm = shown.found.head.cryptographic_algorithm
    if shown.cls in (ObjectClass.CERTIFICATE, ObjectClass.DATA) or algorithm is None:
        return None
    found = _TYPE_OF.get(algorithm)
    return None if found is None else int(found)


def _label(shown: Shown) -> Value:
    name = shown.found.attributes.one(Tag.NAME)
    return b"" if name is None else str(name.name_value).encode()


def _id(shown: Shown) -> Value | None:
    if shown.cls is ObjectClass.DATA:
        return None
    given = shown.found.attributes.one(ID)
    return given.value if given is not None and isinstance(given.value, bytes) else b""


def _value_len(shown: Shown) -> Value | None:
    length = shown.found.head.cryptographic_length
    return length // 8 if shown.cls is ObjectClass.SECRET_KEY and length is not None else None


def _modulus_bits(shown: Shown) -> Value | None:
    head = shown.found.head
    rsa = head.cryptographic_algorithm is CryptographicAlgorithm.RSA
    return head.cryptographic_length if rsa and shown.cls is ObjectClass.PUBLIC_KEY else None


def _ec_params(shown: Shown) -> Value | None:
    domain = shown.found.attributes.one(Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS)
    return None if domain is None else _PARAMS.get(domain.recommended_curve)


def _local(shown: Shown) -> Value | None:
    if shown.cls in (ObjectClass.CERTIFICATE, ObjectClass.DATA):
        return None
    return Tag.RANDOM_NUMBER_GENERATOR in shown.found.attributes


def _certificate_type(shown: Shown) -> Value | None:
    return CERTIFICATE_X_509 if shown.found.attributes.one(Tag.CERTIFICATE_TYPE) is CertificateType.X_509 else None


def _subject(part: str, tag: Tag) -> Callable[[Shown], Value | None]:
    def read(shown: Shown) -> Value | None:
        named = shown.found.attributes.one(tag)
        value = None if named is None else getattr(named, part)
        return value if isinstance(value, bytes) else None

    return read


READERS: dict[Attribute, Callable[[Shown], Value | None]] = {
    Attribute.CLASS: lambda shown: int(shown.cls),
    Attribute.TOKEN: lambda shown: True,
    Attribute.PRIVATE: lambda shown: shown.cls in (ObjectClass.SECRET_KEY, ObjectClass.PRIVATE_KEY),
    Attribute.MODIFIABLE: lambda shown: True,
    Attribute.COPYABLE: lambda shown: copyable(shown),
    Attribute.DESTROYABLE: lambda shown: True,
    Attribute.LABEL: _label,
    Attribute.UNIQUE_ID: lambda shown: shown.found.unique_identifier.encode(),
    Attribute.ID: _id,
    Attribute.KEY_TYPE: _key_type,
    Attribute.VALUE_LEN: _value_len,
    Attribute.MODULUS_BITS: _modulus_bits,
    Attribute.EC_PARAMS: _ec_params,
    Attribute.LOCAL: _local,
    Attribute.SENSITIVE: _flag(Tag.SENSITIVE),
    Attribute.ALWAYS_SENSITIVE: _flag(Tag.ALWAYS_SENSITIVE),
    Attribute.EXTRACTABLE: _flag(Tag.EXTRACTABLE),
    Attribute.NEVER_EXTRACTABLE: _flag(Tag.NEVER_EXTRACTABLE),
    Attribute.CERTIFICATE_TYPE: _certificate_type,
    Attribute.SUBJECT: _subject("subject_distinguished_name", Tag.X_509_CERTIFICATE_SUBJECT),
    Attribute.ISSUER: _subject("issuer_distinguished_name", Tag.X_509_CERTIFICATE_ISSUER),
    Attribute.SERIAL_NUMBER: _subject("certificate_serial_number", Tag.X_509_CERTIFICATE_IDENTIFIER),
    **{bit: _mask(bit) for bit in MASKS[ObjectClass.SECRET_KEY]},
}
"""What the attributes of an object say; None: an object of this class has no such attribute."""
