"""Making and opening PKCS#12 containers, for the tests of what the server makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    pkcs12,
)

from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.add_attribute import AddAttributeRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.register import RegisterRequest
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import (
    KeyFormatType,
    LinkType,
    ObjectType,
    SecretDataType,
)
from kmip_server.spec.structures.attributes import Link
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, PrivateKey, SecretData
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0, V2_1, Version
from tests.authority import Key, certificate_of, new_key
from tests.flows.client import Client, attributes

PASSWORD = b"correct horse"
SINCE_1_4 = pytest.mark.parametrize("version", [V1_4, V2_0, V2_1], ids=str)


def password(client: Client, value: bytes = PASSWORD, kind: SecretDataType = SecretDataType.PASSWORD) -> str:
    block = KeyBlock(key_format_type=KeyFormatType.OPAQUE, key_value=KeyValue(key_material=value))
    uid = client.register(SecretData(secret_data_type=kind, key_block=block), ObjectType.SECRET_DATA)
    client.do(ActivateRequest(unique_identifier=uid))
    return uid


def container(key: Key, *certificates: x509.Certificate, name: bytes = b"mine", word: bytes = PASSWORD) -> bytes:
    own, *others = certificates or [None]
    return pkcs12.serialize_key_and_certificates(name, key, own, others, BestAvailableEncryption(word))  # type: ignore[arg-type]


def link(link_type: LinkType, uid: str) -> tuple[Tag, Link]:
    return Tag.LINK, Link(link_type=link_type, linked_object_identifier=uid)


def asked(version: Version, value: bytes, *pairs: Any) -> RegisterRequest:
    whole = value if version < V2_0 else KeyValue(key_material=value)
    block = KeyBlock(key_format_type=KeyFormatType.PKCS_12, key_value=whole)
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 1), *pairs)
    return RegisterRequest(object_type=ObjectType.PRIVATE_KEY, attributes=given, object=PrivateKey(key_block=block))


def linked(client: Client, uid: str, link_type: LinkType) -> list[str]:
    links = client.shown(uid, Tag.LINK).get(Tag.LINK, [])
    return [each.linked_object_identifier for each in links if each.link_type is link_type]


def opened(client: Client, uid: str, word: bytes = PASSWORD) -> pkcs12.PKCS12KeyAndCertificates:
    block = client.do(GetRequest(unique_identifier=uid, key_format_type=KeyFormatType.PKCS_12)).object.key_block
    assert block.key_format_type is KeyFormatType.PKCS_12
    assert block.cryptographic_algorithm is None and block.cryptographic_length is None
    value = block.key_value
    return pkcs12.load_pkcs12(value if isinstance(value, bytes) else value.key_material, word)


def chain(key: Key) -> tuple[x509.Certificate, x509.Certificate, x509.Certificate]:
    root, middle = new_key(), new_key()
    return (
        certificate_of(key, "CN=Leaf", signer=middle, issuer_text="CN=Middle", ca=False),
        certificate_of(middle, "CN=Middle", signer=root, issuer_text="CN=Root"),
        certificate_of(root, "CN=Root"),
    )


def add_link(uid: str, link_type: LinkType, to: str) -> AddAttributeRequest:
    return AddAttributeRequest(unique_identifier=uid, new_attribute=AttributeItem(*link(link_type, to)))
