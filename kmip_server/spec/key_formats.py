"""The default Key Format Type of every sort of object (KMIP 2.1 §4.26, Table 81; 2.0 the same)."""

from __future__ import annotations

from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.enums import ObjectType
from kmip_server.spec.version import Version

_ELLIPTIC = (Algorithm.EC, Algorithm.ECDSA, Algorithm.ECDH, Algorithm.ECMQV)

_DEFAULTS: dict[tuple[ObjectType, Algorithm | None], Format] = {
    (ObjectType.CERTIFICATE, None): Format.X_509,
    (ObjectType.CERTIFICATE_REQUEST, None): Format.PKCS_10,
    (ObjectType.OPAQUE_OBJECT, None): Format.OPAQUE,
    (ObjectType.PGP_KEY, None): Format.RAW,
    (ObjectType.SECRET_DATA, None): Format.RAW,
    (ObjectType.SYMMETRIC_KEY, None): Format.RAW,
    (ObjectType.SPLIT_KEY, None): Format.RAW,
    (ObjectType.PRIVATE_KEY, Algorithm.RSA): Format.PKCS_1,
    (ObjectType.PUBLIC_KEY, Algorithm.RSA): Format.PKCS_1,
    **{(ObjectType.PRIVATE_KEY, each): Format.TRANSPARENT_EC_PRIVATE_KEY for each in _ELLIPTIC},
    **{(ObjectType.PUBLIC_KEY, each): Format.TRANSPARENT_EC_PUBLIC_KEY for each in _ELLIPTIC},
    (ObjectType.PRIVATE_KEY, Algorithm.DSA): Format.TRANSPARENT_DSA_PRIVATE_KEY,
    (ObjectType.PUBLIC_KEY, Algorithm.DSA): Format.TRANSPARENT_DSA_PUBLIC_KEY,
}


def default_format(object_type: ObjectType, algorithm: Algorithm | None) -> Format | None:
    """The format that servers produce where none is asked for; None where the table names none.

    The algorithm matters for the halves of a pair only.
    """
    return _DEFAULTS.get((object_type, None)) or _DEFAULTS.get((object_type, algorithm))


_PRIVATE_NAMES = {
    Algorithm.ECDSA: Format.TRANSPARENT_ECDSA_PRIVATE_KEY,
    Algorithm.ECDH: Format.TRANSPARENT_ECDH_PRIVATE_KEY,
    Algorithm.ECMQV: Format.TRANSPARENT_ECMQV_PRIVATE_KEY,
}
_PUBLIC_NAMES = {
    Algorithm.ECDSA: Format.TRANSPARENT_ECDSA_PUBLIC_KEY,
    Algorithm.ECDH: Format.TRANSPARENT_ECDH_PUBLIC_KEY,
    Algorithm.ECMQV: Format.TRANSPARENT_ECMQV_PUBLIC_KEY,
}


def spoken_format(kept: Format, algorithm: Algorithm | None, version: Version) -> Format:
    """The name that a version has for a format which another version calls otherwise.

    1.3 replaced the three names of elliptic curve keys by one, and 2.0 forgot the three (1.4 §9.1.3.2.3).
    """
    for one_name, names in (
        (Format.TRANSPARENT_EC_PRIVATE_KEY, _PRIVATE_NAMES),
        (Format.TRANSPARENT_EC_PUBLIC_KEY, _PUBLIC_NAMES),
    ):
        if kept is one_name or kept in names.values():
            if one_name.in_version(version):
                return one_name
            return names.get(algorithm or Algorithm.ECDSA, names[Algorithm.ECDSA])
    return kept
