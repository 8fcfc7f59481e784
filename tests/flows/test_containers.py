"""PKCS#12 in Register, Import and Get (1.4 §2.1.3, §3.45, §4.3, §4.11; 2.1 §4.39, §6.1.19)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.get import GetRequest
from kmip_server.spec.enums import (
    CertificateType,
    CryptographicAlgorithm,
    KeyFormatType,
    LinkType,
    ObjectType,
    ResultReason,
    SecretDataType,
)
from kmip_server.spec.structures.keys import Certificate, KeyBlock, KeyValue, PrivateKey, SecretData
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_0, V2_1, Version
from tests.authority import certificate_of, der, new_key
from tests.flows.client import Client
from tests.flows.containers import (
    PASSWORD,
    SINCE_1_4,
    add_link,
    asked,
    chain,
    container,
    link,
    linked,
    opened,
    password,
)
from tests.kit import BOB, Server


@pytest.fixture
def client() -> Client:
    return Client(Server())


@SINCE_1_4
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_what_goes_in_as_a_container_comes_out_as_one(client: Client, version: Version, kind: str) -> None:
    client = client.speaking(version)
    key = new_key(kind)
    leaf, middle, root = chain(key)
    word = link(LinkType.PKCS_12_PASSWORD_LINK, password(client))
    uid = client.do(asked(version, container(key, leaf, root, middle), word)).unique_identifier
    shown = client.shown(uid)
    algorithm = CryptographicAlgorithm.RSA if isinstance(key, rsa.RSAPrivateKey) else CryptographicAlgorithm.EC
    assert shown[Tag.CRYPTOGRAPHIC_ALGORITHM] == [algorithm]
    assert shown[Tag.PKCS_12_FRIENDLY_NAME] == ["mine"]
    plain = client.do(GetRequest(unique_identifier=uid)).object.key_block
    assert plain.key_format_type is KeyFormatType.PKCS_8
    assert plain.key_value.key_material == key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    found, place = [], uid
    while following := linked(client, place, LinkType.PKCS_12_CERTIFICATE_LINK):
        (place,) = following
        found.append(client.do(GetRequest(unique_identifier=place)).object.certificate_value)
    assert found == [der(leaf), der(middle), der(root)]
    again = opened(client, uid)
    assert again.key is not None and again.key.public_key() == key.public_key()  # type: ignore[union-attr]
    assert again.cert is not None and again.cert.certificate == leaf and again.cert.friendly_name == b"mine"
    assert [each.certificate for each in again.additional_certs] == [middle, root]


def test_the_placeholder_is_the_key(client: Client) -> None:
    key = new_key()
    word = link(LinkType.PKCS_12_PASSWORD_LINK, password(client))
    registered, got = client.ask(asked(V2_1, container(key, *chain(key)), word), GetRequest())
    assert got.payload.unique_identifier == registered.payload.unique_identifier


def test_a_container_without_certificates_is_a_key(client: Client) -> None:
    key = new_key()
    word = link(LinkType.PKCS_12_PASSWORD_LINK, password(client))
    uid = client.do(asked(V2_1, container(key), word)).unique_identifier
    assert linked(client, uid, LinkType.PKCS_12_CERTIFICATE_LINK) == []
    assert opened(client, uid).cert is None


def test_a_key_that_came_otherwise_leaves_with_the_chain_its_links_tell(client: Client) -> None:
    key = new_key()
    certificates = chain(key)
    block = KeyBlock(
        key_format_type=KeyFormatType.PKCS_8,
        key_value=KeyValue(key_material=key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
    )
    uid = client.register(PrivateKey(key_block=block), ObjectType.PRIVATE_KEY)
    assert client.refusal(GetRequest(unique_identifier=uid, key_format_type=KeyFormatType.PKCS_12)) is (
        ResultReason.BAD_PASSWORD
    )
    place = uid
    for each in certificates:
        value = Certificate(certificate_type=CertificateType.X_509, certificate_value=der(each))
        next_ = client.register(value, ObjectType.CERTIFICATE)
        client.do(
            add_link(place, LinkType.PKCS_12_CERTIFICATE_LINK if place == uid else LinkType.CERTIFICATE_LINK, next_)
        )
        place = next_
    client.do(add_link(place, LinkType.CERTIFICATE_LINK, place))  # a root that links to itself ends the chain
    client.do(add_link(uid, LinkType.PKCS_12_PASSWORD_LINK, password(client)))
    made = opened(client, uid)
    assert made.cert is not None and made.cert.friendly_name == b"alias"
    assert [each.certificate for each in (made.cert, *made.additional_certs)] == list(certificates)
    stranger = Certificate(certificate_type=CertificateType.X_509, certificate_value=der(certificate_of(new_key())))
    client.do(add_link(uid, LinkType.PKCS_12_CERTIFICATE_LINK, client.register(stranger, ObjectType.CERTIFICATE)))
    # 2.1 §6.1.19: "It is an error if there is more than one valid certificate chain."
    twice = GetRequest(unique_identifier=uid, key_format_type=KeyFormatType.PKCS_12)
    assert client.refusal(twice) is ResultReason.INVALID_FIELD


@SINCE_1_4
def test_passwords_that_are_none_are_refused(client: Client, version: Version) -> None:
    client = client.speaking(version)
    key = new_key()
    value = container(key, *chain(key))
    # 1.4 §11.3: Invalid Field; 2.1 §11.46: Bad Password.
    bad = ResultReason.INVALID_FIELD if version < V2_0 else ResultReason.BAD_PASSWORD
    word, other = password(client), password(client, b"another")

    def refusal(*uids: str) -> ResultReason | None:
        return client.refusal(asked(version, value, *(link(LinkType.PKCS_12_PASSWORD_LINK, each) for each in uids)))

    assert refusal() is bad and refusal(word, other) is bad and refusal(other) is bad
    assert refusal(client.create()) is bad
    assert refusal(password(client, kind=SecretDataType.SEED)) is bad
    missing = ResultReason.ITEM_NOT_FOUND if version < V2_0 else ResultReason.OBJECT_NOT_FOUND
    assert refusal("nothing") is missing
    assert client.located((Tag.OBJECT_TYPE, ObjectType.CERTIFICATE)) == []  # nothing of it was kept


@SINCE_1_4
def test_a_password_must_be_active(client: Client, version: Version) -> None:
    """TC-PKCS12-2: Permission Denied in 1.4, since 2.0 Wrong Key Lifecycle State."""
    client = client.speaking(version)
    block = KeyBlock(key_format_type=KeyFormatType.OPAQUE, key_value=KeyValue(key_material=PASSWORD))
    secret = SecretData(secret_data_type=SecretDataType.PASSWORD, key_block=block)
    uid = client.register(secret, ObjectType.SECRET_DATA)
    key = new_key()
    request = asked(version, container(key), link(LinkType.PKCS_12_PASSWORD_LINK, uid))
    expected = ResultReason.PERMISSION_DENIED if version < V2_0 else ResultReason.WRONG_KEY_LIFECYCLE_STATE
    assert client.refusal(request) is expected
    client.do(ActivateRequest(unique_identifier=uid))
    client.do(request)


def test_what_is_no_container_is_refused(client: Client) -> None:
    key = new_key()
    word = link(LinkType.PKCS_12_PASSWORD_LINK, password(client))
    good = container(key, *chain(key))
    only = pkcs12.serialize_key_and_certificates(
        b"x", None, certificate_of(key), None, BestAvailableEncryption(PASSWORD)
    )
    for bad in (b"", b"nonsense", good[:-1], good[: len(good) // 2], only):
        assert client.refusal(asked(V2_1, bad, word)) in (ResultReason.INVALID_FIELD, ResultReason.BAD_PASSWORD)
    changed = bytearray(good)
    changed[-40] ^= 1
    assert client.refusal(asked(V2_1, bytes(changed), word)) is ResultReason.BAD_PASSWORD


def test_a_container_that_costs_too_much_work_is_not_opened(client: Client) -> None:
    """A password may be made to cost hours; what the container openly asks is looked at before it is done."""
    key = new_key()
    encryption = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(600_001).build(PASSWORD)
    dear = pkcs12.serialize_key_and_certificates(b"x", key, None, None, encryption)
    word = link(LinkType.PKCS_12_PASSWORD_LINK, password(client))
    assert client.refusal(asked(V2_1, dear, word)) is ResultReason.FEATURE_NOT_SUPPORTED  # 2.1 Table 294


def test_the_friendly_name_asked_for_must_be_there(client: Client) -> None:
    key = new_key()
    word = link(LinkType.PKCS_12_PASSWORD_LINK, password(client))
    named = asked(V2_1, container(key, *chain(key)), word, (Tag.PKCS_12_FRIENDLY_NAME, "MINE"))
    uid = client.do(named).unique_identifier  # RFC 7292: caseIgnoreMatch
    assert client.shown(uid)[Tag.PKCS_12_FRIENDLY_NAME] == ["MINE"]
    other = asked(V2_1, container(key, *chain(key)), word, (Tag.PKCS_12_FRIENDLY_NAME, "yours"))
    assert client.refusal(other) is ResultReason.INVALID_FIELD


def test_anothers_password_protects_nothing_of_mine(client: Client) -> None:
    theirs = password(Client(client.server, who=BOB))
    key = new_key()
    request = asked(V2_1, container(key), link(LinkType.PKCS_12_PASSWORD_LINK, theirs))
    assert client.refusal(request) is ResultReason.OBJECT_NOT_FOUND


def test_a_sensitive_key_does_not_leave_in_a_container(client: Client) -> None:
    key = new_key()
    word = link(LinkType.PKCS_12_PASSWORD_LINK, password(client))
    uid = client.do(asked(V2_1, container(key), word, (Tag.SENSITIVE, True))).unique_identifier
    wanted = GetRequest(unique_identifier=uid, key_format_type=KeyFormatType.PKCS_12)
    assert client.refusal(wanted) is ResultReason.SENSITIVE
