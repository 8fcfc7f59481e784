"""Links that the server makes, in both directions, and what becomes of them when an object goes (2.1 §4.31).

The text says for each operation which links it "SHALL create"; the table here has a row for each of these sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kmip_server.operations.certify import CertifyRequest
from kmip_server.operations.re_certify import ReCertifyRequest
from kmip_server.spec.enums import (
    BlockCipherMode,
    CertificateType,
    CryptographicAlgorithm,
    DerivationMethod,
    EncodingOption,
    HashingAlgorithm,
    LinkType,
    ObjectType,
    RevocationReasonCode,
    SplitKeyMethod,
    State,
    WrappingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.masks import StorageStatusMask
from kmip_server.spec.structures.attributes import CertificateSubject, Link
from kmip_server.spec.structures.keys import EncryptionKeyInformation, KeyWrappingSpecification
from kmip_server.spec.structures.parameters import CryptographicParameters, DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_4, V2_0, V2_1, V3_0, VERSIONS, Version
from tests.authority import give_authority
from tests.flows.client import Client, aes, attributes
from tests.flows.objects import EVERY_OBJECT, secret
from tests.flows.requests import (
    AddAttribute,
    CreateKeyPair,
    CreateSplitKey,
    DeleteAttribute,
    DeriveKey,
    Destroy,
    Get,
    JoinSplitKey,
    ModifyAttribute,
    Rekey,
    RekeyKeyPair,
    revoke,
)
from tests.kit import Server

L = LinkType
Edge = tuple[str, LinkType, str]


def links(client: Client, uid: str) -> list[tuple[LinkType, str]]:
    found = client.shown(uid, Tag.LINK).get(Tag.LINK, [])
    return sorted((each.link_type, each.linked_object_identifier) for each in found)


def link_to(kind: LinkType, uid: Any) -> Link:
    return Link(link_type=kind, linked_object_identifier=uid)


def both(one: str, there: LinkType, other: str, back: LinkType) -> list[Edge]:
    return [(one, there, other), (other, back, one)]


def pair(client: Client) -> tuple[str, str]:
    kind, length = (CryptographicAlgorithm.EC, 256) if client.version >= V1_2 else (CryptographicAlgorithm.RSA, 2048)
    made = client.do(
        CreateKeyPair(
            common_attributes=attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, kind), (Tag.CRYPTOGRAPHIC_LENGTH, length)),
            private_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.SIGN))),
            public_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.VERIFY))),
        )
    )
    return made.private_key_unique_identifier, made.public_key_unique_identifier


def create_key_pair(client: Client) -> list[Edge]:
    """ "For the Private Key, ... Link Type Public Key ... For the Public Key, ... Link Type Private Key"."""
    private, public = pair(client)
    return both(private, L.PUBLIC_KEY_LINK, public, L.PRIVATE_KEY_LINK)


def re_key(client: Client) -> list[Edge]:
    """ "For the existing key, ... Replacement Object ... For the replacement key, ... Replaced"."""
    old = client.create()
    new = client.do(Rekey(unique_identifier=old)).unique_identifier
    return both(old, L.REPLACEMENT_OBJECT_LINK, new, L.REPLACED_OBJECT_LINK)


def re_key_key_pair(client: Client) -> list[Edge]:
    private, public = pair(client)
    made = client.do(RekeyKeyPair(private_key_unique_identifier=private))
    new_private, new_public = made.private_key_unique_identifier, made.public_key_unique_identifier
    return [
        *both(private, L.PUBLIC_KEY_LINK, public, L.PRIVATE_KEY_LINK),
        *both(new_private, L.PUBLIC_KEY_LINK, new_public, L.PRIVATE_KEY_LINK),
        *both(private, L.REPLACEMENT_OBJECT_LINK, new_private, L.REPLACED_OBJECT_LINK),
        *both(public, L.REPLACEMENT_OBJECT_LINK, new_public, L.REPLACED_OBJECT_LINK),
    ]


def derive_key(client: Client) -> list[Edge]:
    """ "Derived Key pointing to the ... object derived"; "Derivation Base Object pointing to the ... objects"."""
    base = client.active(aes(256, Mask.DERIVE_KEY))
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.DERIVE_KEY)), (Tag.ACTIVATION_DATE, 1))
    data = client.register(secret(), ObjectType.SECRET_DATA, given)
    how = CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
    asked = DeriveKey(
        object_type=ObjectType.SYMMETRIC_KEY,
        unique_identifier=[base, data],
        derivation_method=DerivationMethod.HMAC,
        derivation_parameters=DerivationParameters(cryptographic_parameters=how),
        attributes=aes(128),
    )
    made = client.do(asked).unique_identifier
    return [
        *both(made, L.DERIVATION_BASE_OBJECT_LINK, base, L.DERIVED_KEY_LINK),
        *both(made, L.DERIVATION_BASE_OBJECT_LINK, data, L.DERIVED_KEY_LINK),
    ]


def _certified(client: Client) -> tuple[str, str, str]:
    private, public = pair(client)
    who: tuple[Any, Any] = (Tag.CERTIFICATE_SUBJECT_CN, "one")
    if client.version < V1_4:
        who = (Tag.CERTIFICATE_SUBJECT, CertificateSubject(certificate_subject_distinguished_name="CN=one"))
    subject = attributes((Tag.CERTIFICATE_TYPE, CertificateType.X_509), who)
    made = client.do(CertifyRequest(unique_identifier=public, attributes=subject))
    return private, public, made.unique_identifier


def certify(client: Client) -> list[Edge]:
    """ "For the public key, ... Certificate pointing to the generated certificate. For the ... certificate, ... Public
    Key"."""
    private, public, made = _certified(client)
    return [
        *both(private, L.PUBLIC_KEY_LINK, public, L.PRIVATE_KEY_LINK),
        *both(public, L.CERTIFICATE_LINK, made, L.PUBLIC_KEY_LINK),
    ]


def re_certify(client: Client) -> list[Edge]:
    """ "For the public key, the server SHALL change the Link attribute of Link Type Certificate"."""
    private, public, old = _certified(client)
    new = client.do(ReCertifyRequest(unique_identifier=old)).unique_identifier
    return [
        *both(private, L.PUBLIC_KEY_LINK, public, L.PRIVATE_KEY_LINK),
        *both(public, L.CERTIFICATE_LINK, new, L.PUBLIC_KEY_LINK),
        (old, L.PUBLIC_KEY_LINK, public),
        *both(old, L.REPLACEMENT_OBJECT_LINK, new, L.REPLACED_OBJECT_LINK),
    ]


def rotation(client: Client) -> list[Edge]:
    """A rotation that the server does by itself is a Re-key (2.1 §4.48)."""
    given = aes(256, Mask.ENCRYPT, (Tag.ROTATE_AUTOMATIC, True), (Tag.ROTATE_INTERVAL, 60))
    old = client.active(given)
    client.server.clock.advance(61)
    assert client.server.engine.rotate_due(5) == 1
    ((_, new),) = links(client, old)
    return both(old, L.REPLACEMENT_OBJECT_LINK, new, L.REPLACED_OBJECT_LINK)


def register_wrapped(client: Client) -> list[Edge]:
    """2.1 §6.1.43: "a Link attribute of Link Type Wrapping Key Link pointing to the Managed Object" that wrapped."""
    wrapper = client.active(aes(256, Mask.WRAP_KEY | Mask.UNWRAP_KEY))
    plain = client.create()
    how = CryptographicParameters(block_cipher_mode=BlockCipherMode.NISTKEYWRAP)
    asked = KeyWrappingSpecification(
        wrapping_method=WrappingMethod.ENCRYPT,
        encryption_key_information=EncryptionKeyInformation(unique_identifier=wrapper, cryptographic_parameters=how),
        encoding_option=EncodingOption.NO_ENCODING,
    )
    wrapped = client.do(Get(unique_identifier=plain, key_wrapping_specification=asked)).object
    made = client.register(wrapped, ObjectType.SYMMETRIC_KEY, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12)))
    return [(made, L.WRAPPING_KEY_LINK, wrapper)]


MAKERS: tuple[tuple[Callable[[Client], list[Edge]], Version], ...] = (
    (create_key_pair, V1_0),
    (re_key, V1_0),
    (re_key_key_pair, V1_1),
    (derive_key, V1_0),
    (certify, V1_1),
    (re_certify, V1_1),
    (rotation, V2_1),
    (register_wrapped, V2_0),
)
EVERY = [
    pytest.param(maker, version, id=f"{maker.__name__}-{version}")
    for maker, since in MAKERS
    for version in VERSIONS
    if since <= version
]


@pytest.fixture
def client() -> Client:
    server = Server()
    give_authority(server, "ec")
    return Client(server)


def expected(edges: list[Edge]) -> dict[str, list[tuple[LinkType, str]]]:
    by_object: dict[str, list[tuple[LinkType, str]]] = {}
    for uid, kind, other in edges:
        by_object.setdefault(uid, []).append((kind, other))
    return {uid: sorted(found) for uid, found in by_object.items()}


@pytest.mark.parametrize(("maker", "version"), EVERY)
def test_links_are_made_both_ways_and_outlive_what_they_point_at(
    client: Client, maker: Callable[[Client], list[Edge]], version: Version
) -> None:
    """2.1 §6.1.15: Destroy takes the key material; a server "MAY ... retain" the attributes, and this one does."""
    speaking = client.speaking(version)
    wanted = expected(maker(speaking))
    assert {uid: links(speaking, uid) for uid in wanted} == wanted
    for uid in wanted:
        if speaking.shown(uid, Tag.STATE)[Tag.STATE] == [State.ACTIVE]:
            speaking.do(revoke(uid, RevocationReasonCode.CESSATION_OF_OPERATION))
        speaking.do(Destroy(unique_identifier=uid))
        assert {each: links(speaking, each) for each in wanted} == wanted
    gone = int(StorageStatusMask.DESTROYED_STORAGE) if version >= V2_0 else None
    for uid, kind, other in ((uid, *edge) for uid, found in wanted.items() for edge in found):
        sought = (Tag.LINK, link_to(kind, other))
        assert uid not in speaking.located(sought)
        if gone is not None:
            assert uid in speaking.located(sought, storage_status_mask=gone)


def test_parts_point_at_their_key_and_a_joined_key_at_its_parts(client: Client) -> None:
    """3.0 has links for it, Split Key Base Link and Joined Split Key Parts Link; 2.1 and older have none."""
    newest = client.speaking(V3_0)
    base = newest.create()
    asked = CreateSplitKey(
        object_type=ObjectType.SPLIT_KEY,
        unique_identifier=base,
        split_key_parts=3,
        split_key_threshold=3,
        split_key_method=SplitKeyMethod.XOR,
        attributes=attributes(),
    )
    parts = newest.do(asked).unique_identifier
    joined = JoinSplitKey(object_type=ObjectType.SYMMETRIC_KEY, unique_identifier=parts, attributes=attributes())
    whole = newest.do(joined).unique_identifier
    for uid in parts:
        assert newest.shown(uid)[Tag.SPLIT_KEY_BASE_LINK] == [base]
        assert client.shown(uid, Tag.LINK) == {}
    assert newest.shown(whole)[Tag.JOINED_SPLIT_KEY_PARTS_LINK] == parts
    newest.do(Destroy(unique_identifier=base))
    assert newest.shown(parts[0])[Tag.SPLIT_KEY_BASE_LINK] == [base]


# --- links that the client makes --------------------------------------------------------------------

_BY_CLIENT = [
    pytest.param(kind, version, id=f"{kind.name}-{version}")
    for kind in LinkType
    for version in (V1_0, V1_2, V1_4, V2_0, V2_1)
    if kind.in_version(version)
]


@pytest.mark.parametrize(("kind", "version"), _BY_CLIENT)
def test_a_client_gives_changes_and_takes_away_links_of_every_type(
    client: Client, kind: LinkType, version: Version
) -> None:
    """2.1 Table 92: set by client or server, modifiable and deletable by the client, several instances."""
    speaking = client.speaking(version)
    target, other = speaking.create(), speaking.create()
    uid = speaking.create(aes(256, 12, (Tag.LINK, link_to(kind, target))))
    assert links(speaking, uid) == [(kind, target)]
    assert links(speaking, target) == []  # the other direction is the client's to say
    assert speaking.located((Tag.LINK, link_to(kind, target))) == [uid]
    second = attributes((Tag.LINK, link_to(kind, other))).items[0]
    if kind is L.REPLACEMENT_OBJECT_LINK:
        # 2.1 §11.28: "Note that there SHALL be only one such replacement object per Managed Object."
        assert not speaking.one(AddAttribute(unique_identifier=uid, new_attribute=second)).ok
        return
    speaking.do(AddAttribute(unique_identifier=uid, new_attribute=second))
    assert links(speaking, uid) == sorted([(kind, target), (kind, other)])
    assert not speaking.one(AddAttribute(unique_identifier=uid, new_attribute=second)).ok
    speaking.do(Destroy(unique_identifier=other))
    assert links(speaking, uid) == sorted([(kind, target), (kind, other)])


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_links_of_a_client_are_modified_and_deleted(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    one, two = speaking.create(), speaking.create()
    uid = speaking.create(aes(256, 12, (Tag.LINK, link_to(L.PARENT_LINK, one)), (Tag.LINK, link_to(L.NEXT_LINK, two))))
    was = attributes((Tag.LINK, link_to(L.PARENT_LINK, one))).items[0]
    new = attributes((Tag.LINK, link_to(L.PARENT_LINK, two))).items[0]
    more = {"current_attribute": was} if version >= V2_0 else {}
    speaking.do(ModifyAttribute(unique_identifier=uid, new_attribute=new, **more))
    assert links(speaking, uid) == sorted([(L.PARENT_LINK, two), (L.NEXT_LINK, two)])
    gone = {"current_attribute": new} if version >= V2_0 else {"attribute_reference": Tag.LINK, "attribute_index": 0}
    speaking.do(DeleteAttribute(unique_identifier=uid, **gone))
    assert links(speaking, uid) == [(L.NEXT_LINK, two)]


@pytest.mark.parametrize("kind", EVERY_OBJECT, ids=lambda kind: kind.name)
def test_every_type_of_object_can_be_linked(client: Client, kind: ObjectType) -> None:
    """2.1 Table 92: "All Objects"; a template, which 2.x lacks, is asked for in 1.4 and is no cryptographic object."""
    if kind is ObjectType.TEMPLATE:
        return
    uid = client.register(EVERY_OBJECT[kind](), kind, attributes((Tag.LINK, link_to(L.PARENT_LINK, client.create()))))
    assert len(links(client, uid)) == 1
