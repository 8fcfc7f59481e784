"""Rotation: generations after a Re-key, Locate by them, and what the server rotates by itself (2.1 §4.48 to §4.54)."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.operations.certify import CertifyRequest
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import (
    CertificateType,
    CryptographicAlgorithm,
    LinkType,
    ObjectType,
    ResultReason,
    RotateNameType,
    State,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.attributes import RotateName
from kmip_server.spec.structures.query import Constraint, Constraints
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V2_0, V2_1, VERSIONS, Version
from tests.authority import give_authority
from tests.flows.client import CBC, Client, aes, attributes, name
from tests.flows.objects import public_key, secret
from tests.flows.requests import (
    AddAttribute,
    Create,
    CreateKeyPair,
    Decrypt,
    DeleteAttribute,
    Destroy,
    Encrypt,
    Locate,
    ModifyAttribute,
    Rekey,
    SetAttribute,
    revoke,
)

DAY = 86_400
ROTATION = (Tag.ROTATE_DATE, Tag.ROTATE_GENERATION, Tag.ROTATE_LATEST)


def automatic(interval: int = DAY, *more: tuple[Any, Any]) -> Any:
    return aes(256, Mask.ENCRYPT | Mask.DECRYPT, (Tag.ROTATE_AUTOMATIC, True), (Tag.ROTATE_INTERVAL, interval), *more)


def linked(client: Client, uid: str, kind: LinkType) -> str | None:
    links = client.shown(uid).get(Tag.LINK, [])
    return next((each.linked_object_identifier for each in links if each.link_type is kind), None)


def replacement(client: Client, uid: str) -> str:
    found = linked(client, uid, LinkType.REPLACEMENT_OBJECT_LINK)
    assert found is not None
    return found


def rotation(client: Client, uid: str) -> list[Any]:
    shown = client.shown(uid)
    return [shown[tag][0] if tag in shown else None for tag in ROTATION]


# --- asked for --------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_rekey_of_any_version_begins_a_generation(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    first = client.active()
    assert rotation(client, first) == [None, None, None]
    then = client.server.clock.seconds
    second = speaking.do(Rekey(unique_identifier=first)).unique_identifier
    assert rotation(client, first) == [then, 0, False]
    assert rotation(client, second) == [None, 1, True]
    client.server.clock.advance(DAY)
    third = speaking.do(Rekey(unique_identifier=second)).unique_identifier
    assert rotation(client, second) == [then + DAY, 1, False]
    assert rotation(client, third) == [None, 2, True]
    assert all((tag in speaking.shown(second)) == (version >= V2_1) for tag in ROTATION)


def test_interval_offset_name_and_automatic_go_over_to_the_replacement(client: Client) -> None:
    called = RotateName(rotate_name_value="disk keys", rotate_name_type=RotateNameType.UNINTERPRETED_TEXT_STRING)
    first = client.active(automatic(DAY, (Tag.ROTATE_OFFSET, 60), (Tag.ROTATE_NAME, called)))
    shown = client.shown(client.do(Rekey(unique_identifier=first)).unique_identifier)
    kept = (Tag.ROTATE_AUTOMATIC, Tag.ROTATE_INTERVAL, Tag.ROTATE_OFFSET, Tag.ROTATE_NAME)
    assert [shown[tag] for tag in kept] == [[True], [DAY], [60], [called]]
    assert client.shown(first)[Tag.ROTATE_NAME] == [called]
    differently = attributes((Tag.ROTATE_INTERVAL, 5), (Tag.ROTATE_AUTOMATIC, False))
    second = client.active(automatic())
    shown = client.shown(client.do(Rekey(unique_identifier=second, attributes=differently)).unique_identifier)
    assert [shown[tag] for tag in kept[:2]] == [[False], [5]]


def test_locate_finds_by_every_attribute_of_rotation(client: Client) -> None:
    called = RotateName(rotate_name_value="disk keys", rotate_name_type=RotateNameType.URI)
    first = client.active(automatic(DAY, (Tag.ROTATE_OFFSET, 60), (Tag.ROTATE_NAME, called)))
    client.create()
    second = client.do(Rekey(unique_identifier=first)).unique_identifier
    now = client.server.clock.seconds

    def found(*pairs: tuple[Any, Any]) -> set[str]:
        return set(client.do(Locate(attributes=attributes(*pairs))).unique_identifier)

    both = {first, second}
    assert found((Tag.ROTATE_NAME, called)) == both
    assert found((Tag.ROTATE_NAME, called), (Tag.ROTATE_LATEST, True)) == {second}
    assert found((Tag.ROTATE_LATEST, False)) == {first}
    assert found((Tag.ROTATE_GENERATION, 1)) == {second}
    assert found((Tag.ROTATE_DATE, now)) == {first}
    assert found((Tag.ROTATE_AUTOMATIC, True)) == found((Tag.ROTATE_INTERVAL, DAY)) == both
    assert found((Tag.ROTATE_OFFSET, 60)) == both


# --- by itself --------------------------------------------------------------------------------------


def test_what_is_due_is_rotated_once_and_goes_on(client: Client) -> None:
    server = client.server
    first = client.active(automatic(DAY, (Tag.NAME, name("disk"))))
    box = client.do(Encrypt(unique_identifier=first, cryptographic_parameters=CBC, data=b"secret"))
    server.clock.advance(DAY - 1)
    assert server.rotate_due() == 0
    server.clock.advance(1)
    assert server.rotate_due() == 1
    assert server.rotate_due() == 0
    second = replacement(client, first)
    assert rotation(client, first) == [server.clock.seconds, 0, False]
    assert rotation(client, second) == [None, 1, True]
    assert client.do(Locate(attributes=attributes((Tag.NAME, name("disk"))))).unique_identifier == [second]
    assert linked(client, second, LinkType.REPLACED_OBJECT_LINK) == first
    opened = Decrypt(
        unique_identifier=first, cryptographic_parameters=CBC, data=box.data, iv_counter_nonce=box.iv_counter_nonce
    )
    assert client.do(opened).data == b"secret"
    for generation in (2, 3):
        server.clock.advance(DAY)
        assert server.rotate_due() == 1
        assert rotation(client, replacement(client, second)) == [None, generation, True]
        second = replacement(client, second)


def test_the_offset_dates_the_new_key(client: Client) -> None:
    client.server.clock.advance(0)
    start = client.server.clock.seconds
    dates = ((Tag.ACTIVATION_DATE, start), (Tag.DEACTIVATION_DATE, start + 10 * DAY))
    first = client.create(automatic(DAY, (Tag.ROTATE_OFFSET, 3600), *dates))
    client.server.clock.advance(DAY)
    assert client.server.rotate_due() == 1
    shown = client.shown(replacement(client, first))
    assert shown[Tag.INITIAL_DATE] == [start + DAY]
    assert shown[Tag.ACTIVATION_DATE] == [start + DAY + 3600]
    assert shown[Tag.DEACTIVATION_DATE] == [start + 10 * DAY + DAY + 3600]
    assert shown[Tag.STATE] == [State.PRE_ACTIVE]


def test_only_automatic_rotation_with_an_interval_happens(client: Client) -> None:
    given = (
        aes(256, Mask.ENCRYPT, (Tag.ROTATE_INTERVAL, DAY)),
        aes(256, Mask.ENCRYPT, (Tag.ROTATE_AUTOMATIC, True)),
        aes(256, Mask.ENCRYPT, (Tag.ROTATE_AUTOMATIC, False), (Tag.ROTATE_INTERVAL, DAY)),
        aes(256, Mask.ENCRYPT, (Tag.ROTATE_AUTOMATIC, True), (Tag.ROTATE_INTERVAL, 0)),
    )
    for each in given:
        client.create(each)
    client.server.clock.advance(1000 * DAY)
    assert client.server.rotate_due() == 0


def test_rotation_may_be_added_later_and_counts_from_the_initial_date(client: Client) -> None:
    uid = client.create()
    client.server.clock.advance(DAY)
    for tag, value in ((Tag.ROTATE_INTERVAL, DAY), (Tag.ROTATE_AUTOMATIC, True)):
        client.do(AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(tag, value)))
    for tag, value in ((Tag.ROTATE_INTERVAL, 5), (Tag.ROTATE_AUTOMATIC, False)):
        new = AttributeItem(tag, value)
        modified = ModifyAttribute(unique_identifier=uid, new_attribute=new)
        assert client.refusal(modified) is ResultReason.ATTRIBUTE_READ_ONLY
        assert (
            client.refusal(SetAttribute(unique_identifier=uid, new_attribute=new)) is ResultReason.READ_ONLY_ATTRIBUTE
        )
        gone = DeleteAttribute(unique_identifier=uid, attribute_reference=tag)
        assert client.refusal(gone) is ResultReason.ATTRIBUTE_READ_ONLY
    assert client.server.rotate_due() == 1


def test_a_key_that_was_rekeyed_before_is_not_rotated(client: Client) -> None:
    first = client.active(automatic())
    client.server.clock.advance(DAY // 2)
    client.do(Rekey(unique_identifier=first))
    client.server.clock.advance(DAY // 2)
    assert client.server.rotate_due() == 0
    client.server.clock.advance(DAY // 2)
    assert client.server.rotate_due() == 1


def test_what_was_taken_out_of_service_is_not_continued(client: Client) -> None:
    revoked, destroyed = client.active(automatic()), client.create(automatic())
    client.do(revoke(revoked))
    client.do(Destroy(unique_identifier=destroyed))
    start = client.server.clock.seconds
    over = ((Tag.ACTIVATION_DATE, start), (Tag.DEACTIVATION_DATE, start + 60))
    ended = client.create(automatic(DAY, *over))
    client.server.clock.advance(DAY)
    assert client.server.rotate_due() == 1  # found, looked at, and switched off
    assert client.server.rotate_due() == 0
    assert client.shown(ended)[Tag.ROTATE_AUTOMATIC] == [False]
    assert linked(client, ended, LinkType.REPLACEMENT_OBJECT_LINK) is None


def test_what_cannot_be_rotated_is_switched_off_and_the_trail_says_why(client: Client) -> None:
    rotating = attributes((Tag.ROTATE_AUTOMATIC, True), (Tag.ROTATE_INTERVAL, DAY))
    held = client.register(secret(), ObjectType.SECRET_DATA, rotating)
    client.server.clock.advance(DAY)
    assert client.server.rotate_due() == 1
    assert client.server.rotate_due() == 0
    assert client.shown(held)[Tag.ROTATE_AUTOMATIC] == [False]
    record = client.server.own_deeds()[-1]
    assert record[:3] == ("kmip-server", "Re-key", held)
    assert "switched off" in record[-1] and "Operation Failed" in record


def test_a_rotation_that_a_constraint_forbids_leaves_nothing_behind(client: Client) -> None:
    first = client.active(automatic())
    client.server.clock.advance(DAY)
    rules = client.server.engine.rooms.rules
    only = Constraint(attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 128)))
    with client.server.store.transaction() as tx:
        rules.write_constraints(tx, Constraints(constraint=[only]))
    before = client.located()
    assert client.server.rotate_due() == 1
    assert client.located() == before
    assert rotation(client, first) == [None, None, None]


def test_the_trail_names_the_server_and_the_owner_keeps_the_key(client: Client) -> None:
    first = client.active(automatic())
    client.server.clock.advance(DAY)
    client.server.rotate_due()
    second = replacement(client, first)
    record = client.server.own_deeds()[-1]
    assert record[:3] == ("kmip-server", "Re-key", first)
    assert f"made {second}" in record[-1]
    with client.server.store.transaction() as tx:
        owners = {tx.load(uid).owner for uid in (first, second)}
    assert len(owners) == 1


@pytest.mark.parametrize("version", [V1_0, V2_0])
def test_an_older_client_sees_its_new_key_like_any_other(client: Client, version: Version) -> None:
    first = client.active(automatic())
    client.server.clock.advance(DAY)
    client.server.rotate_due()
    shown = client.speaking(version).shown(replacement(client, first))
    assert not any(tag in shown for tag in (*ROTATION, Tag.ROTATE_AUTOMATIC, Tag.ROTATE_INTERVAL))


def test_a_client_may_not_set_what_only_the_server_sets(client: Client) -> None:
    for tag, value in ((Tag.ROTATE_DATE, 5), (Tag.ROTATE_GENERATION, 3), (Tag.ROTATE_LATEST, True)):
        asked = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, Mask.ENCRYPT, (tag, value)))
        assert client.refusal(asked) is ResultReason.READ_ONLY_ATTRIBUTE  # 2.1 Table 188


def test_a_certificate_is_certified_anew(client: Client) -> None:
    give_authority(client.server)
    key = client.register(public_key(), ObjectType.PUBLIC_KEY, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 2)))
    rotating = attributes(
        (Tag.CERTIFICATE_TYPE, CertificateType.X_509),
        (Tag.CERTIFICATE_SUBJECT_CN, "rotating"),
        (Tag.ROTATE_AUTOMATIC, True),
        (Tag.ROTATE_INTERVAL, DAY),
    )
    first = client.do(CertifyRequest(unique_identifier=key, attributes=rotating)).unique_identifier
    client.server.clock.advance(DAY)
    assert client.server.rotate_due() == 1
    assert client.server.own_deeds()[-1][1:4] == ("Re-certify", first, "Success")
    second = replacement(client, first)
    assert rotation(client, first) == [client.server.clock.seconds, 0, False]
    assert rotation(client, second) == [None, 1, True]
    assert client.server.rotate_due() == 0


@pytest.mark.parametrize("where", ["private", "public", "both"])
def test_a_pair_is_rotated_whole_by_whichever_half_asks_for_it(client: Client, where: str) -> None:
    """2.1 §4.48: "via the equivalent of the ReKey, ReKeyKeyPair or ReCertify operation"."""
    turning = ((Tag.ROTATE_AUTOMATIC, True), (Tag.ROTATE_INTERVAL, DAY))
    common = (
        (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.EC),
        (Tag.CRYPTOGRAPHIC_LENGTH, 256),
        (Tag.ACTIVATION_DATE, 1),
    )
    sign, verify = ((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(mask)) for mask in (Mask.SIGN, Mask.VERIFY))
    made = client.do(
        CreateKeyPair(
            common_attributes=attributes(*common),
            private_key_attributes=attributes(sign, *(turning if where != "public" else ())),
            public_key_attributes=attributes(verify, *(turning if where != "private" else ())),
        )
    )
    halves = (made.private_key_unique_identifier, made.public_key_unique_identifier)
    client.server.clock.advance(DAY)
    assert client.server.rotate_due() == 1
    assert client.server.rotate_due() == 0
    new = [replacement(client, uid) for uid in halves]
    assert [linked(client, new[0], LinkType.PUBLIC_KEY_LINK), linked(client, new[1], LinkType.PRIVATE_KEY_LINK)] == [
        new[1],
        new[0],
    ]
    for uid in halves:
        assert rotation(client, uid) == [client.server.clock.seconds, 0, False]
    for uid in new:
        assert rotation(client, uid) == [None, 1, True]
    client.server.clock.advance(DAY)
    assert client.server.rotate_due() == 1
    assert rotation(client, replacement(client, new[0])) == [None, 2, True]
