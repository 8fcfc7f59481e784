"""A certificate authority inside a server: its key and its certificate are managed objects."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kmip_server.domain.subject import Subject
from kmip_server.ports import CERTIFYING, PROVISIONING, Certification
from kmip_server.spec.enums import (
    CertificateType,
    CryptographicAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.keys import Certificate, KeyBlock, KeyValue, PrivateKey
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1
from tests.flows.client import Client, attributes, name
from tests.kit import TABLE, Server, subject

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
OWNER: Subject = subject("authority")
NAME = "the authority"
DAY = 86_400


def new_key(kind: str = "ec") -> Key:
    """A key of a kind: ec, rsa or ed25519."""
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())


def hash_for(key: Key) -> hashes.SHA256 | None:
    """The hash a key signs with."""
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _name(text: str | x509.Name) -> x509.Name:
    return text if isinstance(text, x509.Name) else x509.Name.from_rfc4514_string(text)


def certificate_of(
    key: Key,
    subject_text: str | x509.Name = "CN=Authority",
    *,
    signer: Key | None = None,
    issuer_text: str | x509.Name | None = None,
    ca: bool | None = True,
    begins: int = -1,
    ends: int = 3650,
    serial: int | None = None,
    usage: x509.KeyUsage | None = None,
    path_length: int | None = None,
    extra: tuple[tuple[x509.ExtensionType, bool], ...] = (),
) -> x509.Certificate:
    """A certificate of a key; ``begins`` and ``ends`` are days from now, ``ca`` None leaves basic constraints out."""
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject_text))
        .issuer_name(_name(issuer_text or subject_text))
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=begins))
        .not_valid_after(now + datetime.timedelta(days=ends))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_length if ca else None), critical=True)
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    signing = signer or key
    return builder.sign(signing, hash_for(signing))


def der(certificate: x509.Certificate) -> bytes:
    """The certificate as bytes."""
    return certificate.public_bytes(Encoding.DER)


@dataclass
class Authority:
    """What a test knows of the authority it gave a server."""

    key: Key
    certificate: x509.Certificate
    key_id: str
    certificate_id: str


def give_authority(
    server: Server,
    kind: str = "ec",
    subject_text: str | x509.Name = "CN=Authority",
    *,
    by_name: bool = False,
    key: Key | None = None,
    certificate: x509.Certificate | None = None,
    mask: int = int(CryptographicUsageMask.CERTIFICATE_SIGN),
    for_clients: bool = False,
) -> Authority:
    """Register an authority as another client than the one under test, and have the server use it.

    For Certify, or with ``for_clients`` for Re-Provision.
    """
    key = key or new_key(kind)
    certificate = certificate or certificate_of(key, subject_text)
    client = Client(server, V2_1, OWNER)
    algorithm = {"rsa": CryptographicAlgorithm.RSA, "ed25519": CryptographicAlgorithm.ED25519}
    block = KeyBlock(
        key_format_type=KeyFormatType.PKCS_8,
        key_value=KeyValue(
            key_material=key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        ),
        cryptographic_algorithm=algorithm.get(kind, CryptographicAlgorithm.EC),
        cryptographic_length=2048 if kind == "rsa" else 256,
    )
    given = (Tag.NAME, name(NAME))
    key_id = client.register(
        PrivateKey(key_block=block),
        ObjectType.PRIVATE_KEY,
        attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, mask), given),
    )
    client.do(TABLE[Operation.ACTIVATE].request(unique_identifier=key_id))
    value = Certificate(certificate_type=CertificateType.X_509, certificate_value=der(certificate))
    certificate_id = client.register(value, ObjectType.CERTIFICATE, attributes(given))
    rooms = server.engine.rooms
    certification = (
        Certification(issuer_key=NAME, issuer_certificate=NAME, owner=OWNER.name)
        if by_name
        else Certification(issuer_key=key_id, issuer_certificate=certificate_id)
    )
    if for_clients:
        rooms.facts = replace(rooms.facts, operations=rooms.facts.operations | PROVISIONING)
        rooms.client_certification, rooms.watches_certificates = certification, True
    else:
        rooms.facts = replace(rooms.facts, operations=rooms.facts.operations | CERTIFYING)
        rooms.certification = certification
    return Authority(key, certificate, key_id, certificate_id)
