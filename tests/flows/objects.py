"""Objects to be registered: small, fixed, recognisable."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from kmip_server.spec.attribute_values import AttributeItem, Attributes
from kmip_server.spec.enums import (
    CertificateType,
    CryptographicAlgorithm,
    KeyFormatType,
    ObjectType,
    SecretDataType,
    SplitKeyMethod,
)
from kmip_server.spec.structures.keys import (
    Certificate,
    KeyBlock,
    KeyValue,
    OpaqueObject,
    PgpKey,
    PrivateKey,
    PublicKey,
    SecretData,
    SplitKey,
    SymmetricKey,
    Template,
)
from kmip_server.spec.tags import Tag

KEY_BYTES = bytes(range(32))
AES, RSA, EC = CryptographicAlgorithm.AES, CryptographicAlgorithm.RSA, CryptographicAlgorithm.EC


def block(
    value: bytes,
    key_format: KeyFormatType = KeyFormatType.RAW,
    algorithm: CryptographicAlgorithm | None = None,
    length: int | None = None,
) -> KeyBlock:
    """A key block."""
    return KeyBlock(
        key_format_type=key_format,
        key_value=KeyValue(key_material=value),
        cryptographic_algorithm=algorithm,
        cryptographic_length=length,
    )


def symmetric(value: bytes = KEY_BYTES, algorithm: CryptographicAlgorithm = AES) -> SymmetricKey:
    """A symmetric key."""
    return SymmetricKey(key_block=block(value, algorithm=algorithm, length=len(value) * 8))


def secret(value: bytes = b"correct horse", kind: SecretDataType = SecretDataType.PASSWORD) -> SecretData:
    """A secret, as MongoDB and Synology register theirs."""
    return SecretData(secret_data_type=kind, key_block=block(value, KeyFormatType.OPAQUE))


def opaque(value: bytes = b"no idea") -> OpaqueObject:
    """Bytes nobody understands."""
    return OpaqueObject(opaque_data_type=0x80000001, opaque_data_value=value)


def template(*items: Any) -> Template:
    """A template of 1.x; it holds one attribute at least (1.4 §2.2.6)."""
    return Template(attributes=Attributes(list(items or (AttributeItem(Tag.CRYPTOGRAPHIC_LENGTH, 256),))))


def split_key(value: bytes = KEY_BYTES) -> SplitKey:
    """One part of three."""
    return SplitKey(
        split_key_parts=3,
        key_part_identifier=1,
        split_key_threshold=2,
        split_key_method=SplitKeyMethod.XOR,
        key_block=block(value, algorithm=AES, length=len(value) * 8),
    )


def pgp_key() -> PgpKey:
    """Opaque to this server."""
    return PgpKey(pgp_key_version=4, key_block=block(b"pgp", KeyFormatType.OPAQUE, RSA, 2048))


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """One RSA key for all tests: they are slow to make."""
    return rsa.generate_private_key(65537, 2048)


@cache
def rsa_pkcs8() -> bytes:
    """Its private key in PKCS#8."""
    return rsa_key().private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def private_key() -> PrivateKey:
    """An RSA private key."""
    return PrivateKey(key_block=block(rsa_pkcs8(), KeyFormatType.PKCS_8, RSA, 2048))


def public_key() -> PublicKey:
    """Its public key."""
    der = (
        rsa_key().public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return PublicKey(key_block=block(der, KeyFormatType.X_509, RSA, 2048))


@cache
def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests"), x509.NameAttribute(NameOID.COUNTRY_NAME, "CH")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def certificate() -> Certificate:
    """An X.509 certificate."""
    return Certificate(certificate_type=CertificateType.X_509, certificate_value=_certificate())


EVERY_OBJECT: dict[ObjectType, Any] = {
    ObjectType.CERTIFICATE: certificate,
    ObjectType.SYMMETRIC_KEY: symmetric,
    ObjectType.PUBLIC_KEY: public_key,
    ObjectType.PRIVATE_KEY: private_key,
    ObjectType.SPLIT_KEY: split_key,
    ObjectType.TEMPLATE: template,
    ObjectType.SECRET_DATA: secret,
    ObjectType.OPAQUE_OBJECT: opaque,
    ObjectType.PGP_KEY: pgp_key,
}
"""How an object of each type is made."""
