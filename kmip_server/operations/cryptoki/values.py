"""What an object holds, given out as Get gives it: the policy, Sensitive and Extractable decide, and it is audited."""

from __future__ import annotations

from kmip_server.operations.cryptoki.calling import Call
from kmip_server.operations.cryptoki.classes import Shown
from kmip_server.operations.cryptoki.encoding import octets
from kmip_server.operations.cryptoki.refusing import refused
from kmip_server.operations.get import GetRequest
from kmip_server.spec.cryptoki import Attribute, ObjectClass, ReturnCode
from kmip_server.spec.enums import CryptographicAlgorithm, KeyFormatType, Operation
from kmip_server.spec.structures.keys import Certificate, KeyValue, OpaqueObject, TransparentKeyMaterial

_RSA: dict[Attribute, str] = {Attribute.MODULUS: "modulus", Attribute.PUBLIC_EXPONENT: "public_exponent"}
_RSA_PRIVATE: dict[Attribute, str] = {
    Attribute.PRIVATE_EXPONENT: "private_exponent",
    Attribute.PRIME_1: "p",
    Attribute.PRIME_2: "q",
    Attribute.EXPONENT_1: "prime_exponent_p",
    Attribute.EXPONENT_2: "prime_exponent_q",
    Attribute.COEFFICIENT: "crt_coefficient",
}
_ELLIPTIC = frozenset({CryptographicAlgorithm.EC, CryptographicAlgorithm.ECDSA, CryptographicAlgorithm.ECDH})
SECRETS = frozenset({Attribute.VALUE, Attribute.PUBLIC_KEY_INFO, Attribute.EC_POINT, *_RSA, *_RSA_PRIVATE})
"""Attributes that are part of the object itself."""


def value_of(call: Call, shown: Shown, code: Attribute) -> bytes:
    """The value of such an attribute; Attribute Type Invalid where an object of this class has none."""
    if code is Attribute.VALUE and shown.cls not in (ObjectClass.PUBLIC_KEY, ObjectClass.PRIVATE_KEY):
        return _value(call, shown)
    if code is Attribute.PUBLIC_KEY_INFO and shown.cls is ObjectClass.PUBLIC_KEY:
        material = _material(call, shown, KeyFormatType.X_509)
        if isinstance(material, bytes):
            return material
    elliptic = shown.found.head.cryptographic_algorithm in _ELLIPTIC
    if elliptic and shown.cls is ObjectClass.PUBLIC_KEY and code is Attribute.EC_POINT:
        return _point(_material(call, shown, KeyFormatType.TRANSPARENT_EC_PUBLIC_KEY))
    if elliptic and shown.cls is ObjectClass.PRIVATE_KEY and code is Attribute.VALUE:
        length = shown.found.head.cryptographic_length or 0
        number = _number(_material(call, shown, KeyFormatType.TRANSPARENT_EC_PRIVATE_KEY), "d")
        return number.rjust((length + 7) // 8, b"\x00")
    rsa = shown.found.head.cryptographic_algorithm is CryptographicAlgorithm.RSA
    if rsa and shown.cls is ObjectClass.PUBLIC_KEY and code in _RSA:
        return _number(_material(call, shown, KeyFormatType.TRANSPARENT_RSA_PUBLIC_KEY), _RSA[code])
    names = _RSA | _RSA_PRIVATE
    if rsa and shown.cls is ObjectClass.PRIVATE_KEY and code in names:
        return _number(_material(call, shown, KeyFormatType.TRANSPARENT_RSA_PRIVATE_KEY), names[code])
    raise refused(ReturnCode.ATTRIBUTE_TYPE_INVALID)


def _value(call: Call, shown: Shown) -> bytes:
    if shown.cls is ObjectClass.SECRET_KEY:
        material = _material(call, shown, KeyFormatType.RAW)
        if isinstance(material, bytes):
            return material
    elif shown.cls in (ObjectClass.CERTIFICATE, ObjectClass.DATA):
        structure = call.perform(Operation.GET, GetRequest(unique_identifier=shown.found.unique_identifier)).object
        if isinstance(structure, Certificate):
            return structure.certificate_value
        if isinstance(structure, OpaqueObject):
            return structure.opaque_data_value
    raise refused(ReturnCode.ATTRIBUTE_TYPE_INVALID)


def _material(call: Call, shown: Shown, key_format: KeyFormatType) -> bytes | TransparentKeyMaterial:
    request = GetRequest(unique_identifier=shown.found.unique_identifier, key_format_type=key_format)
    value = call.perform(Operation.GET, request).object.key_block.key_value
    if not isinstance(value, KeyValue):
        raise refused(ReturnCode.ATTRIBUTE_SENSITIVE)  # it is kept wrapped
    return value.key_material


def _point(material: bytes | TransparentKeyMaterial) -> bytes:
    point = None if isinstance(material, bytes) else material.q_string
    if point is None:
        raise refused(ReturnCode.ATTRIBUTE_TYPE_INVALID)
    return octets(point)


def _number(material: bytes | TransparentKeyMaterial, name: str) -> bytes:
    """A number as PKCS#11 writes a "Big integer": its bytes, without leading zeros."""
    value = None if isinstance(material, bytes) else getattr(material, name)
    if value is None:
        raise refused(ReturnCode.ATTRIBUTE_TYPE_INVALID)
    return int(value).to_bytes((int(value).bit_length() + 7) // 8, "big")
