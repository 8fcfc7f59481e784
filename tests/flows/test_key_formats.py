"""Every kind of object in every Key Format Type, in every version: registered, and asked for (KMIP 2.1 §4.26, §11.25).

A cell is a success whose material is the same key, read here by the library alone, or the reason that the standard
names. "If a client registered a key in a given format, the server SHALL be able to return the key ... in the same
format"; "any other format conversion MAY be supported by the server" (2.1 §6.1.19).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.dh import DHParameterNumbers, DHPrivateNumbers, DHPublicNumbers
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from kmip_server.operations.export import ExportRequest
from kmip_server.operations.get import GetRequest
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.enums import ObjectType, RecommendedCurve, SecretDataType
from kmip_server.spec.enums import ResultReason as R
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, PgpKey, PrivateKey, PublicKey, SecretData, SymmetricKey
from kmip_server.spec.structures.keys import TransparentKeyMaterial as Transparent
from kmip_server.spec.version import V1_0, V1_2, V1_3, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import Client
from tests.flows.objects import certificate, opaque, rsa_key, split_key

RAW_BYTES = bytes(range(16))
EC_KEY = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
DSA_KEY = dsa.generate_private_key(1024)
ED25519_KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ED448_KEY = ed448.Ed448PrivateKey.from_private_bytes(bytes(range(57)))
EC_PRIVATE = (
    Format.TRANSPARENT_EC_PRIVATE_KEY,
    Format.TRANSPARENT_ECDSA_PRIVATE_KEY,
    Format.TRANSPARENT_ECDH_PRIVATE_KEY,
    Format.TRANSPARENT_ECMQV_PRIVATE_KEY,
)
EC_PUBLIC = (
    Format.TRANSPARENT_EC_PUBLIC_KEY,
    Format.TRANSPARENT_ECDSA_PUBLIC_KEY,
    Format.TRANSPARENT_ECDH_PUBLIC_KEY,
    Format.TRANSPARENT_ECMQV_PUBLIC_KEY,
)


@dataclass(frozen=True)
class Kind:
    """One key, and all the forms it has."""

    structure: Any
    object_type: ObjectType
    forms: dict[Format, Any]
    algorithm: Algorithm | None = None
    length: int | None = None
    only: dict[Format, frozenset[Format]] = field(default_factory=dict)
    """From which formats a format can be made, where not from every one."""
    since: Version = V1_0


def pkcs8(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def traditional(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()))


def spki(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def rsa_numbers(key: rsa.RSAPrivateKey) -> Transparent:
    n = key.private_numbers()
    return Transparent(
        modulus=n.public_numbers.n,
        private_exponent=n.d,
        public_exponent=n.public_numbers.e,
        p=n.p,
        q=n.q,
        prime_exponent_p=n.dmp1,
        prime_exponent_q=n.dmq1,
        crt_coefficient=n.iqmp,
    )


def point(key: ec.EllipticCurvePublicKey, form: PublicFormat = PublicFormat.UncompressedPoint) -> bytes:
    return key.public_bytes(Encoding.X962, form)


RSA_PUBLIC = rsa_key().public_key()
DSA_NUMBERS = DSA_KEY.private_numbers()
DSA_GROUP = DSA_NUMBERS.public_numbers.parameter_numbers
P256 = RecommendedCurve.P_256
GROUP = {"p": DSA_GROUP.p, "q": DSA_GROUP.q, "g": DSA_GROUP.g}
DH_PUBLIC = DHPublicNumbers(DSA_NUMBERS.public_numbers.y, DHParameterNumbers(DSA_GROUP.p, DSA_GROUP.g, DSA_GROUP.q))
DH_KEY = DHPrivateNumbers(DSA_NUMBERS.x, DH_PUBLIC).private_key()
"""A key of Diffie-Hellman with the numbers of the one of DSA."""

STRINGS = {
    Format.OPAQUE: frozenset({Format.OPAQUE}),
    Format.TRANSPARENT_SYMMETRIC_KEY: frozenset({Format.RAW, Format.TRANSPARENT_SYMMETRIC_KEY}),
}
"""What is opaque leaves as raw bytes, and nothing becomes opaque."""

KINDS: dict[str, Kind] = {
    "RSA private": Kind(
        PrivateKey,
        ObjectType.PRIVATE_KEY,
        {
            Format.PKCS_1: traditional(rsa_key()),
            Format.PKCS_8: pkcs8(rsa_key()),
            Format.TRANSPARENT_RSA_PRIVATE_KEY: rsa_numbers(rsa_key()),
        },
        Algorithm.RSA,
        2048,
    ),
    "RSA public": Kind(
        PublicKey,
        ObjectType.PUBLIC_KEY,
        {
            Format.PKCS_1: RSA_PUBLIC.public_bytes(Encoding.DER, PublicFormat.PKCS1),
            Format.X_509: spki(RSA_PUBLIC),
            Format.TRANSPARENT_RSA_PUBLIC_KEY: Transparent(
                modulus=RSA_PUBLIC.public_numbers().n, public_exponent=RSA_PUBLIC.public_numbers().e
            ),
        },
        Algorithm.RSA,
        2048,
    ),
    "EC private": Kind(
        PrivateKey,
        ObjectType.PRIVATE_KEY,
        {
            Format.ECPRIVATEKEY: traditional(EC_KEY),
            Format.PKCS_8: pkcs8(EC_KEY),
            **dict.fromkeys(EC_PRIVATE, Transparent(recommended_curve=P256, d=EC_KEY.private_numbers().private_value)),
        },
        Algorithm.ECDSA,
        256,
    ),
    "EC public": Kind(
        PublicKey,
        ObjectType.PUBLIC_KEY,
        {
            Format.X_509: spki(EC_KEY.public_key()),
            **dict.fromkeys(EC_PUBLIC, Transparent(recommended_curve=P256, q_string=point(EC_KEY.public_key()))),
        },
        Algorithm.ECDSA,
        256,
    ),
    "DSA private": Kind(
        PrivateKey,
        ObjectType.PRIVATE_KEY,
        {
            Format.PKCS_8: pkcs8(DSA_KEY),
            Format.TRANSPARENT_DSA_PRIVATE_KEY: Transparent(**GROUP, x=DSA_NUMBERS.x),
        },
        Algorithm.DSA,
        1024,
    ),
    "DSA public": Kind(
        PublicKey,
        ObjectType.PUBLIC_KEY,
        {
            Format.X_509: spki(DSA_KEY.public_key()),
            Format.TRANSPARENT_DSA_PUBLIC_KEY: Transparent(**GROUP, y=DSA_NUMBERS.public_numbers.y),
        },
        Algorithm.DSA,
        1024,
    ),
    "DH private": Kind(
        PrivateKey,
        ObjectType.PRIVATE_KEY,
        {Format.PKCS_8: pkcs8(DH_KEY), Format.TRANSPARENT_DH_PRIVATE_KEY: Transparent(**GROUP, x=DSA_NUMBERS.x)},
        Algorithm.DH,
        1024,
    ),
    "DH public": Kind(
        PublicKey,
        ObjectType.PUBLIC_KEY,
        {
            Format.X_509: spki(DH_KEY.public_key()),
            Format.TRANSPARENT_DH_PUBLIC_KEY: Transparent(**GROUP, y=DSA_NUMBERS.public_numbers.y),
        },
        Algorithm.DH,
        1024,
    ),
    "Ed25519 private": Kind(
        PrivateKey,
        ObjectType.PRIVATE_KEY,
        {Format.PKCS_8: pkcs8(ED25519_KEY), Format.RAW: ED25519_KEY.private_bytes_raw()},
        Algorithm.ED25519,
        256,
        since=V2_0,
    ),
    "Ed448 public": Kind(
        PublicKey,
        ObjectType.PUBLIC_KEY,
        {Format.X_509: spki(ED448_KEY.public_key()), Format.RAW: ED448_KEY.public_key().public_bytes_raw()},
        Algorithm.ED448,
        456,
        since=V2_0,
    ),
    "AES": Kind(
        SymmetricKey,
        ObjectType.SYMMETRIC_KEY,
        {
            Format.RAW: RAW_BYTES,
            Format.TRANSPARENT_SYMMETRIC_KEY: Transparent(key=RAW_BYTES),
            Format.OPAQUE: RAW_BYTES,
        },
        Algorithm.AES,
        128,
        only=STRINGS,
    ),
    "Secret": Kind(
        SecretData,
        ObjectType.SECRET_DATA,
        {
            Format.RAW: RAW_BYTES,
            Format.OPAQUE: RAW_BYTES,
            Format.TRANSPARENT_SYMMETRIC_KEY: Transparent(key=RAW_BYTES),
        },
        only=STRINGS,
    ),
    "PGP": Kind(
        PgpKey,
        ObjectType.PGP_KEY,
        {Format.RAW: RAW_BYTES, Format.OPAQUE: RAW_BYTES},
        Algorithm.RSA,
        2048,
        only={Format.OPAQUE: frozenset({Format.OPAQUE})},
        since=V1_2,
    ),
}
BEFORE_THE_STRUCTURE: dict[type, dict[str, Any]] = {
    SecretData: {"secret_data_type": SecretDataType.SEED},
    PgpKey: {"pgp_key_version": 4},
}


def made(kind: Kind, key_format: Format, material: Any = None, **more: Any) -> Any:
    block = KeyBlock(
        key_format_type=key_format,
        key_value=KeyValue(key_material=kind.forms[key_format] if material is None else material),
        cryptographic_algorithm=kind.algorithm,
        cryptographic_length=kind.length,
        **more,
    )
    return kind.structure(key_block=block, **BEFORE_THE_STRUCTURE.get(kind.structure, {}))


def formats_of(version: Version) -> list[Format]:
    return [each for each in Format if each.in_version(version)]


def expected(kind: Kind, kept: Format, wanted: Format) -> R | None:
    """The reason, or None for a success."""
    if kept is wanted or (wanted in kind.forms and kept in kind.only.get(wanted, kind.forms)):
        return None
    if wanted is Format.PKCS_12 and kind.object_type is ObjectType.PRIVATE_KEY:
        return R.BAD_PASSWORD  # it can be had, by who names a password for it
    return R.KEY_FORMAT_TYPE_NOT_SUPPORTED


def same(material: Any, kind: Kind, key_format: Format) -> bool:
    """Whether this is the key; what is DER is read, for it may be written in more than one way."""
    form = kind.forms[key_format]
    if key_format in (Format.PKCS_1, Format.PKCS_8, Format.ECPRIVATEKEY) and kind.structure is PrivateKey:
        return pkcs8(load_der_private_key(material, None)) == pkcs8(load_der_private_key(form, None))
    if key_format in (Format.PKCS_1, Format.X_509):
        return spki(load_der_public_key(material)) == spki(load_der_public_key(form))
    return bool(material == form)


CELLS = [(name, version) for name, kind in KINDS.items() for version in VERSIONS if version >= kind.since]


@pytest.mark.parametrize(("name", "version"), CELLS, ids=str)
def test_every_format_in_every_version(client: Client, name: str, version: Version) -> None:
    kind, client = KINDS[name], client.speaking(version)
    for kept in filter(kind.forms.__contains__, formats_of(version)):
        uid = client.register(made(kind, kept), kind.object_type)
        block = client.do(GetRequest(unique_identifier=uid)).object.key_block
        assert block.key_format_type is kept and block.key_value.key_material == kind.forms[kept]
        for wanted in formats_of(version):
            answer = client.one(GetRequest(unique_identifier=uid, key_format_type=wanted))
            reason = expected(kind, kept, wanted)
            if reason is R.BAD_PASSWORD and version < V2_0:
                reason = R.INVALID_FIELD  # 1.4 §11.12
            assert answer.reason is reason, (kept, wanted, answer)
            if reason is None:
                block = answer.payload.object.key_block
                assert block.key_format_type is wanted
                assert same(block.key_value.key_material, kind, wanted), (kept, wanted)
                assert (block.cryptographic_algorithm, block.cryptographic_length) == (kind.algorithm, kind.length)
            if version >= V1_4:
                exported = client.one(ExportRequest(unique_identifier=uid, key_format_type=wanted))
                assert exported.reason is reason


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_what_is_no_key_has_one_format(client: Client, version: Version) -> None:
    client = client.speaking(version)
    for structure, object_type, own in (
        (certificate(), ObjectType.CERTIFICATE, Format.X_509),
        (opaque(), ObjectType.OPAQUE_OBJECT, Format.OPAQUE),
        (split_key(), ObjectType.SPLIT_KEY, Format.RAW),
    ):
        uid = client.register(structure, object_type)
        for wanted in formats_of(version):
            answer = client.one(GetRequest(unique_identifier=uid, key_format_type=wanted))
            if wanted is own:
                assert answer.payload.object == client.do(GetRequest(unique_identifier=uid)).object
            elif wanted is Format.PKCS_12 and object_type is ObjectType.CERTIFICATE and version >= V2_0:
                assert answer.reason is R.BAD_PASSWORD
            elif not (object_type is ObjectType.SPLIT_KEY and wanted is Format.TRANSPARENT_SYMMETRIC_KEY):
                assert answer.reason is R.KEY_FORMAT_TYPE_NOT_SUPPORTED, (object_type, wanted)


# --- names of one version for another --------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "by", "asked", "told"),
    [
        (Format.TRANSPARENT_ECDSA_PRIVATE_KEY, V1_0, V2_1, Format.TRANSPARENT_EC_PRIVATE_KEY),
        (Format.TRANSPARENT_ECDH_PRIVATE_KEY, V1_2, V2_0, Format.TRANSPARENT_EC_PRIVATE_KEY),
        (Format.TRANSPARENT_ECMQV_PRIVATE_KEY, V1_4, V1_4, Format.TRANSPARENT_ECMQV_PRIVATE_KEY),
        (Format.TRANSPARENT_EC_PRIVATE_KEY, V2_1, V1_0, Format.TRANSPARENT_ECDSA_PRIVATE_KEY),
        (Format.TRANSPARENT_EC_PRIVATE_KEY, V1_3, V1_2, Format.TRANSPARENT_ECDSA_PRIVATE_KEY),
        (Format.TRANSPARENT_EC_PRIVATE_KEY, V2_1, V1_3, Format.TRANSPARENT_EC_PRIVATE_KEY),
    ],
)
def test_a_key_has_the_name_that_the_version_knows(
    client: Client, kept: Format, by: Version, asked: Version, told: Format
) -> None:
    kind = KINDS["EC private"]
    uid = client.speaking(by).register(made(kind, kept), kind.object_type)
    block = client.speaking(asked).do(GetRequest(unique_identifier=uid)).object.key_block
    assert block.key_format_type is told
    assert block.key_value.key_material == kind.forms[kept]


def test_a_key_of_diffie_hellman_keeps_what_its_owner_wrote_into_it(client: Client) -> None:
    """2.1 §3.9: J "No", and Y is none of a private key's; another form of the key does without them."""
    whole = Transparent(**GROUP, j=7, x=DSA_NUMBERS.x, y=5)
    kind = KINDS["DH private"]
    uid = client.register(made(kind, Format.TRANSPARENT_DH_PRIVATE_KEY, whole), kind.object_type)
    assert client.do(GetRequest(unique_identifier=uid)).object.key_block.key_value.key_material == whole
    block = client.do(GetRequest(unique_identifier=uid, key_format_type=Format.PKCS_8)).object.key_block
    assert same(block.key_value.key_material, kind, Format.PKCS_8)
