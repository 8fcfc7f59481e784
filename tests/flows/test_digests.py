"""The digests of an object: one over the format it is in, one over the default (KMIP 2.1 §4.21, §4.26)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from kmip_server.crypto.transparent import from_ec_private, from_rsa_private
from kmip_server.operations.locate import LocateRequest
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import HashingAlgorithm, ObjectType
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.structures.attributes import Digest
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, PrivateKey, PublicKey, SecretData, SymmetricKey
from kmip_server.spec.structures.keys import TransparentKeyMaterial as Transparent
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_1
from tests.flows.client import Client, attributes
from tests.flows.objects import block, certificate, rsa_key, secret, symmetric
from tests.kit import CODEC

SHA_256 = HashingAlgorithm.SHA_256


def shown(client: Client, uid: str) -> list[tuple[Any, bytes]]:
    """Format and value of every digest."""
    found = client.shown(uid, Tag.DIGEST)[Tag.DIGEST]
    assert all(each.hashing_algorithm is SHA_256 for each in found)
    return [(each.key_format_type, each.digest_value) for each in found]


def sha_256(material: Any) -> bytes:
    plain = material if isinstance(material, bytes) else CODEC.pack_material(material)
    return hashlib.sha256(plain).digest()


def transparent(material: Transparent, key_format: Format, algorithm: Algorithm, length: int) -> KeyBlock:
    return KeyBlock(
        key_format_type=key_format,
        key_value=KeyValue(key_material=material),
        cryptographic_algorithm=algorithm,
        cryptographic_length=length,
    )


def rsa_der(private_format: PrivateFormat) -> bytes:
    return rsa_key().private_bytes(Encoding.DER, private_format, NoEncryption())


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_a_private_key_in_another_format_than_the_default_has_two(client: Client, version: Any) -> None:
    client = client.speaking(version)
    default = Format.PKCS_1, sha_256(rsa_der(PrivateFormat.TraditionalOpenSSL))
    kept = transparent(from_rsa_private(rsa_key()), Format.TRANSPARENT_RSA_PRIVATE_KEY, Algorithm.RSA, 2048)
    uid = client.register(PrivateKey(key_block=kept), ObjectType.PRIVATE_KEY)
    own = Format.TRANSPARENT_RSA_PRIVATE_KEY, sha_256(from_rsa_private(rsa_key()))
    assert shown(client, uid) == [own, default]
    der = rsa_der(PrivateFormat.PKCS8)
    uid = client.register(PrivateKey(key_block=block(der, Format.PKCS_8)), ObjectType.PRIVATE_KEY)
    assert shown(client, uid) == [(Format.PKCS_8, sha_256(der)), default]


def test_a_key_in_the_default_format_has_one(client: Client) -> None:
    der = rsa_der(PrivateFormat.TraditionalOpenSSL)
    uid = client.register(PrivateKey(key_block=block(der, Format.PKCS_1)), ObjectType.PRIVATE_KEY)
    assert shown(client, uid) == [(Format.PKCS_1, sha_256(der))]
    assert len(shown(client, client.register(symmetric(), ObjectType.SYMMETRIC_KEY))) == 1
    assert shown(client, client.register(certificate(), ObjectType.CERTIFICATE)) == [
        (Format.X_509, sha_256(certificate().certificate_value))
    ]


def test_public_keys_elliptic_keys_and_strings_of_bytes(client: Client) -> None:
    spki = rsa_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    uid = client.register(PublicKey(key_block=block(spki, Format.X_509)), ObjectType.PUBLIC_KEY)
    assert shown(client, uid)[1] == (
        Format.PKCS_1,
        sha_256(rsa_key().public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)),
    )
    elliptic = ec.generate_private_key(ec.SECP256R1())
    der = elliptic.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    uid = client.register(PrivateKey(key_block=block(der, Format.PKCS_8)), ObjectType.PRIVATE_KEY)
    assert shown(client, uid)[1] == (Format.TRANSPARENT_EC_PRIVATE_KEY, sha_256(from_ec_private(elliptic)))
    der = dsa.generate_private_key(1024).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    uid = client.register(PrivateKey(key_block=block(der, Format.PKCS_8)), ObjectType.PRIVATE_KEY)
    assert [each for each, _ in shown(client, uid)] == [Format.PKCS_8, Format.TRANSPARENT_DSA_PRIVATE_KEY]
    kept = transparent(Transparent(key=b"k" * 16), Format.TRANSPARENT_SYMMETRIC_KEY, Algorithm.AES, 128)
    uid = client.register(SymmetricKey(key_block=kept), ObjectType.SYMMETRIC_KEY)
    assert shown(client, uid)[1] == (Format.RAW, sha_256(b"k" * 16))
    uid = client.register(secret(b"swordfish"), ObjectType.SECRET_DATA)
    assert shown(client, uid) == [(Format.OPAQUE, sha_256(b"swordfish")), (Format.RAW, sha_256(b"swordfish"))]


def test_what_nobody_can_read_has_the_one_over_its_bytes(client: Client) -> None:
    for key_format in (Format.PKCS_8, Format.OPAQUE):
        nonsense = PrivateKey(key_block=block(b"no key", key_format, Algorithm.RSA, 2048))
        uid = client.register(nonsense, ObjectType.PRIVATE_KEY)
        assert shown(client, uid) == [(key_format, sha_256(b"no key"))]


def test_the_primes_of_a_false_key_are_not_sought(client: Client) -> None:
    """An RSA key may come without its primes (2.1 §3.7); those of numbers that are no key take seconds to miss."""
    numbers = rsa.generate_private_key(65537, 1024).private_numbers()
    for private, count in ((numbers.d, 2), (numbers.d + 2, 1)):
        material = Transparent(modulus=numbers.public_numbers.n, private_exponent=private, public_exponent=65537)
        kept = transparent(material, Format.TRANSPARENT_RSA_PRIVATE_KEY, Algorithm.RSA, 1024)
        uid = client.register(PrivateKey(key_block=kept), ObjectType.PRIVATE_KEY)
        assert len(shown(client, uid)) == count


def test_locate_finds_by_either(client: Client) -> None:
    der = rsa_der(PrivateFormat.PKCS8)
    uid = client.register(PrivateKey(key_block=block(der, Format.PKCS_8)), ObjectType.PRIVATE_KEY)
    client.register(SecretData(secret_data_type=1, key_block=block(b"other", Format.OPAQUE)), ObjectType.SECRET_DATA)
    for key_format, value in shown(client, uid):
        digest = Digest(hashing_algorithm=SHA_256, digest_value=value, key_format_type=key_format)
        asked = LocateRequest(attributes=attributes((Tag.DIGEST, digest)))
        assert client.do(asked).unique_identifier == [uid]
