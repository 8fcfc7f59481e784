"""What a replacement has of the object it replaces (2.1 Tables 299, 304, 309): every attribute that a client can set.

"Attributes requiring special handling" are listed by the text; every other one is the replacement's too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kmip_server.operations.re_certify import ReCertifyRequest
from kmip_server.spec.attribute_values import AnyValue, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import LinkType, ObjectType, State
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_3, V1_4, V2_0, V2_1, Version
from tests.authority import give_authority
from tests.flows.client import EVERY_USE, Client, aes, attributes
from tests.flows.requests import AddAttribute, GetUsageAllocation, Rekey, RekeyKeyPair
from tests.flows.samples import value_of
from tests.flows.test_links import certify, link_to, pair
from tests.kit import Server

_VERSIONS = (V1_0, V1_1, V1_2, V1_3, V1_4, V2_0, V2_1)
_OWN_WAY = frozenset(
    {
        # The rows of the tables; dates are computed from the Offset, or are those of the existing object.
        Tag.INITIAL_DATE,
        Tag.DESTROY_DATE,
        Tag.COMPROMISE_OCCURRENCE_DATE,
        Tag.COMPROMISE_DATE,
        Tag.REVOCATION_REASON,
        Tag.UNIQUE_IDENTIFIER,
        Tag.USAGE_LIMITS,
        Tag.NAME,
        Tag.STATE,
        Tag.DIGEST,
        Tag.LINK,
        Tag.LAST_CHANGE_DATE,
        Tag.RANDOM_NUMBER_GENERATOR,
        # Of the object itself, or what has happened to it: nothing that another could have.
        Tag.FRESH,
        Tag.ORIGINAL_CREATION_DATE,
        Tag.SHORT_UNIQUE_IDENTIFIER,
        Tag.ARCHIVE_DATE,
        Tag.KEY_VALUE_LOCATION,
        Tag.ROTATE_DATE,
        Tag.ROTATE_GENERATION,
        Tag.ROTATE_LATEST,
        # What a certificate says of itself.
        *(tag for tag in Tag if tag.name.startswith(("CERTIFICATE_", "X_509_CERTIFICATE_"))),
    }
)
NOTE = VendorName("x", "note")


def _said(client: Client, kind: ObjectType) -> Iterator[tuple[Tag, Any]]:
    """A value for every attribute that a client can set on such an object and that has no way of its own."""
    for tag, row in ATTRIBUTES.items():
        if tag in _OWN_WAY or not row.client_may_set or not row.in_version(client.version):
            continue
        if row.applies_to(kind, client.version) and tag not in _UNSAYABLE:
            yield tag, value_of(tag, client.version, 1)


_UNSAYABLE = frozenset(
    {
        # Of these the operations make sure themselves (a usage mask, dates, a policy there is, what storage there is).
        Tag.CRYPTOGRAPHIC_USAGE_MASK,
        Tag.ACTIVATION_DATE,
        Tag.DEACTIVATION_DATE,
        Tag.PROCESS_START_DATE,
        Tag.PROTECT_STOP_DATE,
        Tag.OPERATION_POLICY_NAME,
        Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS,
        Tag.CRYPTOGRAPHIC_PARAMETERS,
        Tag.QUANTUM_SAFE,
        Tag.APPLICATION_SPECIFIC_INFORMATION,
    }
)


def dress(client: Client, uid: str) -> None:
    """Give an object everything."""
    kind = client.shown(uid, Tag.OBJECT_TYPE)[Tag.OBJECT_TYPE][0]
    there = client.shown(uid)
    for tag, value in _said(client, kind):
        if tag not in there:
            client.do(AddAttribute(unique_identifier=uid, new_attribute=attributes((tag, value)).items[0]))
    for pairs in (((Tag.NAME, value_of(Tag.NAME, client.version, 1)),), ((NOTE, AnyValue(ItemType.INTEGER, 7)),)):
        client.do(AddAttribute(unique_identifier=uid, new_attribute=attributes(*pairs).items[0]))
    foreign = (Tag.LINK, link_to(LinkType.PARENT_LINK, uid)) if client.version >= V1_2 else None
    if foreign is not None:
        client.do(AddAttribute(unique_identifier=uid, new_attribute=attributes(foreign).items[0]))


def require_replaced(client: Client, before: dict[Any, Any], old: str, new: str) -> None:
    """Hold the replacement against the table, with what the existing object had before."""
    has, left = client.shown(new), client.shown(old)
    kept = {key for key in before if key not in _OWN_WAY}
    assert len(kept) > 5
    assert {key: has.get(key) for key in kept} == {key: before[key] for key in kept}
    assert has[Tag.NAME] == before[Tag.NAME] and Tag.NAME not in left
    assert has[Tag.INITIAL_DATE] == has[Tag.LAST_CHANGE_DATE] == [client.server.clock.seconds]
    assert before[Tag.INITIAL_DATE] == [client.server.clock.seconds - 100]
    for tag in (Tag.DESTROY_DATE, Tag.COMPROMISE_DATE, Tag.COMPROMISE_OCCURRENCE_DATE, Tag.REVOCATION_REASON):
        assert tag not in has
    assert has[Tag.DIGEST] != before[Tag.DIGEST]
    types = [each.link_type for each in has[Tag.LINK]]
    assert types.count(LinkType.REPLACED_OBJECT_LINK) == 1 and LinkType.PARENT_LINK not in types
    assert [each.link_type for each in left[Tag.LINK]].count(LinkType.REPLACEMENT_OBJECT_LINK) == 1


@pytest.fixture
def client() -> Client:
    server = Server()
    give_authority(server, "ec")
    return Client(server)


@pytest.mark.parametrize("version", _VERSIONS, ids=str)
def test_re_key(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    limits = value_of(Tag.USAGE_LIMITS, version, 1)
    uid = speaking.active(aes(256, EVERY_USE, (Tag.USAGE_LIMITS, limits)))
    dress(speaking, uid)
    before = speaking.shown(uid)
    client.server.clock.advance(100)
    speaking.do(GetUsageAllocation(unique_identifier=uid, usage_limits_count=1))
    new = speaking.do(Rekey(unique_identifier=uid)).unique_identifier
    require_replaced(speaking, before, uid, new)
    has = speaking.shown(new)
    (told,) = has[Tag.USAGE_LIMITS]
    assert told.usage_limits_count == told.usage_limits_total == limits.usage_limits_total
    assert has[Tag.STATE] == [State.ACTIVE]


@pytest.mark.parametrize("version", [each for each in _VERSIONS if each >= V1_1], ids=str)
def test_re_key_key_pair(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    halves = pair(speaking)
    for uid in halves:
        dress(speaking, uid)
    before = [speaking.shown(uid) for uid in halves]
    client.server.clock.advance(100)
    made = speaking.do(RekeyKeyPair(private_key_unique_identifier=halves[0]))
    new = (made.private_key_unique_identifier, made.public_key_unique_identifier)
    for had, old, other in zip(before, halves, new, strict=True):
        require_replaced(speaking, had, old, other)


@pytest.mark.parametrize("version", [each for each in _VERSIONS if each >= V1_1], ids=str)
def test_re_certify(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = next(other for _, kind, other in certify(speaking) if kind is LinkType.CERTIFICATE_LINK)
    dress(speaking, uid)
    before = speaking.shown(uid)
    client.server.clock.advance(100)
    new = speaking.do(ReCertifyRequest(unique_identifier=uid)).unique_identifier
    require_replaced(speaking, before, uid, new)
