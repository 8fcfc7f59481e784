"""Obtain Lease, Check, Get Usage Allocation, Archive, Recover: the good path in each version, and every refusal."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from kmip_server.spec.enums import ObjectType, Operation, ResultReason, ResultStatus, RevocationReasonCode
from kmip_server.spec.enums import UsageLimitsUnit as Unit
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.masks import StorageStatusMask
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import CBC, EVERY_USE, Client, aes, attributes, name, raw, text
from tests.flows.objects import EVERY_OBJECT
from tests.flows.requests import (
    Activate,
    AddAttribute,
    Archive,
    Check,
    Create,
    DeleteAttribute,
    Destroy,
    Encrypt,
    Get,
    GetAttributeList,
    GetAttributes,
    GetUsageAllocation,
    Locate,
    ObtainLease,
    Recover,
    revoke,
)
from tests.kit import BOB, Server
from tests.store_kit import open_backend

R = ResultReason
NOT_THERE = {True: R.OBJECT_NOT_FOUND, False: R.ITEM_NOT_FOUND}
SOON = 4_000_000_000


def limited(total: int, unit: Unit = Unit.BYTE, *more: tuple[Any, Any], mask: int = EVERY_USE) -> Any:
    """What makes an AES key with Usage Limits."""
    limits = UsageLimits(usage_limits_total=total, usage_limits_unit=unit)
    return aes(256, mask, (Tag.USAGE_LIMITS, limits), *more)


def left(client: Client, uid: str) -> int:
    """The Usage Limits Count."""
    (limits,) = client.shown(uid, Tag.USAGE_LIMITS)[Tag.USAGE_LIMITS]
    count = limits.usage_limits_count
    assert isinstance(count, int)
    return count


# --- Obtain Lease -----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_lease_tells_its_length_and_when_the_object_was_changed(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = speaking.create()
    made = client.server.clock.seconds
    for seconds, change in ((100, None), (100, Activate(unique_identifier=uid)), (100, None)):
        client.server.clock.advance(seconds)
        if change is not None:
            speaking.do(change)
            made = client.server.clock.seconds
        lease = speaking.do(ObtainLease(unique_identifier=uid))
        assert (lease.unique_identifier, lease.lease_time, lease.last_change_date) == (uid, 3600, made)
    assert speaking.shown(uid, Tag.LEASE_TIME)[Tag.LEASE_TIME] == [3600]


@pytest.mark.parametrize(
    ("at_birth", "now", "given"), [(3600, 60, 60), (60, 3600, 60), (0, 60, 60), (60, 0, 60), (0, 0, 0)]
)
def test_the_shorter_of_two_leases_is_given_and_zero_is_no_limit(
    make_server: Any, at_birth: int, now: int, given: int
) -> None:
    first = make_server(lease_time=at_birth)
    uid = Client(first).create()
    second = Server(store=first.store, lease_time=now)
    assert Client(second).do(ObtainLease(unique_identifier=uid)).lease_time == given
    first.answered.append(1)  # what the second server answered stands in the same audit trail


def test_no_lease_of_what_is_compromised_destroyed_archived_or_not_there(client: Client) -> None:
    for version in (V1_4, V2_1):
        speaking = client.speaking(version)
        compromised, destroyed, archived = speaking.active(), speaking.create(), speaking.create()
        speaking.do(revoke(compromised, RevocationReasonCode.KEY_COMPROMISE, 0))
        speaking.do(Destroy(unique_identifier=destroyed))
        speaking.do(Archive(unique_identifier=archived))
        new = version >= V2_0
        for uid, reason in (
            (compromised, R.PERMISSION_DENIED),
            (destroyed, R.OBJECT_DESTROYED if new else R.ITEM_NOT_FOUND),
            (archived, R.OBJECT_ARCHIVED),
            ("none", NOT_THERE[new]),
        ):
            assert speaking.refusal(ObtainLease(unique_identifier=uid)) is reason
    stranger = Client(client.server, who=BOB)
    assert stranger.refusal(ObtainLease(unique_identifier=client.create())) is R.OBJECT_NOT_FOUND


def test_a_deactivated_key_is_leased_and_an_opaque_object_is_not(client: Client) -> None:
    uid = client.active()
    client.do(revoke(uid))
    assert client.do(ObtainLease(unique_identifier=uid)).lease_time == 3600
    opaque = client.register(EVERY_OBJECT[ObjectType.OPAQUE_OBJECT](), ObjectType.OPAQUE_OBJECT)
    assert client.refusal(ObtainLease(unique_identifier=opaque)) is R.INVALID_OBJECT_TYPE


# --- Check ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_what_is_allowed_is_answered_with_the_object_alone(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    uid = speaking.active(limited(1000, mask=int(Mask.ENCRYPT | Mask.DECRYPT)))
    for asked in (
        {},
        {"usage_limits_count": 1000},
        {"cryptographic_usage_mask": int(Mask.DECRYPT)},
        {"lease_time": 3600},
        {"usage_limits_count": 1, "cryptographic_usage_mask": int(Mask.ENCRYPT | Mask.DECRYPT), "lease_time": 0},
    ):
        answer = speaking.do(Check(unique_identifier=uid, **asked))
        told = (answer.usage_limits_count, answer.cryptographic_usage_mask, answer.lease_time)
        assert (answer.unique_identifier, *told) == (uid, None, None, None)
    assert left(speaking, uid) == 1000


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize(
    ("asked", "failing", "reason"),
    [
        ({"cryptographic_usage_mask": 1 | 4}, {"cryptographic_usage_mask"}, R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK),
        ({"usage_limits_count": 1001, "lease_time": 60}, {"usage_limits_count"}, R.USAGE_LIMIT_EXCEEDED),
        ({"lease_time": 3601, "cryptographic_usage_mask": 4}, {"lease_time"}, R.PERMISSION_DENIED),
        (
            {"usage_limits_count": 1001, "lease_time": 3601},
            {"usage_limits_count", "lease_time"},
            R.USAGE_LIMIT_EXCEEDED,
        ),
        (
            {"usage_limits_count": 1000, "cryptographic_usage_mask": 1, "lease_time": 3601},
            {"cryptographic_usage_mask", "lease_time"},
            R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK,
        ),
    ],
)
def test_what_is_not_allowed_is_answered_with_what_fails_alone(
    client: Client, version: Version, asked: dict[str, int], failing: set[str], reason: ResultReason
) -> None:
    speaking = client.speaking(version)
    uid = speaking.active(limited(1000, mask=int(Mask.ENCRYPT | Mask.DECRYPT)))
    answer = speaking.one(Check(unique_identifier=uid, **asked))
    assert answer.status is ResultStatus.OPERATION_FAILED
    assert answer.reason is (reason if version >= V2_0 else R.PERMISSION_DENIED)
    if version >= V2_0 and failing == {"cryptographic_usage_mask"}:
        assert answer.payload is None
        return
    fields = ("unique_identifier", "usage_limits_count", "cryptographic_usage_mask", "lease_time")
    told = {each: getattr(answer.payload, each) for each in fields}
    assert {each: value for each, value in told.items() if value is not None} == {each: asked[each] for each in failing}


def test_a_check_that_fails_empties_the_placeholder(client: Client) -> None:
    create = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes())
    for asked, found in (({"cryptographic_usage_mask": int(Mask.ENCRYPT)}, True), ({"lease_time": 3601}, False)):
        answers = client.ask(create, Check(**asked), Get(), batch_error_continuation_option=1)
        assert [answer.ok for answer in answers] == [True, found, found]
    assert answers[2].reason is R.OBJECT_NOT_FOUND


def test_a_check_of_nothing_and_of_nonsense_is_refused(client: Client) -> None:
    uid = client.create()
    assert client.refusal(Check(unique_identifier=uid, usage_limits_count=-1)) is R.INVALID_FIELD
    assert client.do(Check(unique_identifier=uid, usage_limits_count=2**62)).unique_identifier == uid
    for version in (V1_0, V2_1):
        speaking, new = client.speaking(version), version >= V2_0
        assert speaking.refusal(Check(unique_identifier="none")) is NOT_THERE[new]
        archived = speaking.create()
        speaking.do(Archive(unique_identifier=archived))
        assert speaking.refusal(Check(unique_identifier=archived)) is R.OBJECT_ARCHIVED
    template = client.speaking(V1_4).register(EVERY_OBJECT[ObjectType.TEMPLATE](), ObjectType.TEMPLATE)
    assert client.speaking(V1_4).refusal(Check(unique_identifier=template)) is R.ILLEGAL_OPERATION
    assert client.refusal(Check(unique_identifier=template)) is R.ILLEGAL_OBJECT_TYPE


# --- Get Usage Allocation ---------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("unit", [Unit.BYTE, Unit.OBJECT])
def test_units_are_allocated_until_none_is_left(client: Client, version: Version, unit: Unit) -> None:
    speaking = client.speaking(version)
    uid = speaking.active(limited(10, unit))
    for count, after in ((4, 6), (6, 0)):
        taken = speaking.do(GetUsageAllocation(unique_identifier=uid, usage_limits_count=count))
        assert (taken.unique_identifier, left(speaking, uid)) == (uid, after)
    refused = speaking.refusal(GetUsageAllocation(unique_identifier=uid, usage_limits_count=1))
    assert refused is (R.USAGE_LIMIT_EXCEEDED if version >= V2_0 else R.PERMISSION_DENIED)
    assert left(speaking, uid) == 0


def test_more_than_is_left_takes_nothing(client: Client) -> None:
    uid = client.active(limited(10))
    assert client.refusal(GetUsageAllocation(unique_identifier=uid, usage_limits_count=11)) is R.USAGE_LIMIT_EXCEEDED
    for count in (0, -1, -(2**63)):
        refused = client.refusal(GetUsageAllocation(unique_identifier=uid, usage_limits_count=count))
        assert refused is R.INVALID_FIELD
    assert left(client, uid) == 10


def test_what_the_server_uses_and_what_is_allocated_come_off_the_same_count(client: Client) -> None:
    uid = client.active(limited(100))
    client.do(Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(30)))
    client.do(GetUsageAllocation(unique_identifier=uid, usage_limits_count=60))
    assert left(client, uid) == 10
    too_much = Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(11))
    assert client.refusal(too_much) is R.PERMISSION_DENIED
    client.do(Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(10)))
    assert left(client, uid) == 0


def test_an_allocation_fixes_the_limits_and_is_a_change(client: Client) -> None:
    uid = client.active(limited(100))
    client.server.clock.advance(50)
    client.do(GetUsageAllocation(unique_identifier=uid, usage_limits_count=1))
    assert client.shown(uid, Tag.LAST_CHANGE_DATE)[Tag.LAST_CHANGE_DATE] == [client.server.clock.seconds]
    gone = DeleteAttribute(unique_identifier=uid, attribute_reference=Tag.USAGE_LIMITS)
    assert client.refusal(gone) is R.ATTRIBUTE_READ_ONLY
    assert left(client, uid) == 99


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_only_what_protects_now_and_has_limits_is_allocated(client: Client, version: Version) -> None:
    speaking, new = client.speaking(version), version >= V2_0
    now = client.server.clock.seconds
    cases = {
        "no limits": (speaking.active(), R.ATTRIBUTE_NOT_FOUND if new else R.ILLEGAL_OPERATION),
        "decrypts only": (
            speaking.active(limited(9, mask=int(Mask.DECRYPT | Mask.MAC_VERIFY))),
            R.INVALID_OBJECT_TYPE if new else R.ILLEGAL_OPERATION,
        ),
        "not active yet": (speaking.create(limited(9)), R.PERMISSION_DENIED),
        "protects no more": (
            speaking.active(limited(9, Unit.BYTE, (Tag.PROTECT_STOP_DATE, now + 10))),
            R.PERMISSION_DENIED,
        ),
        "nobody": ("none", NOT_THERE[new]),
    }
    deactivated, archived = speaking.active(limited(9)), speaking.active(limited(9))
    speaking.do(revoke(deactivated))
    speaking.do(Archive(unique_identifier=archived))
    cases |= {"deactivated": (deactivated, R.PERMISSION_DENIED), "archived": (archived, R.OBJECT_ARCHIVED)}
    client.server.clock.advance(20)
    for what, (uid, reason) in cases.items():
        asked = GetUsageAllocation(unique_identifier=uid, usage_limits_count=1)
        assert speaking.refusal(asked) is reason, what
    without = raw(Operation.GET_USAGE_ALLOCATION, text(Tag.UNIQUE_IDENTIFIER, archived))
    assert speaking.refusal(without) is R.INVALID_MESSAGE


@pytest.mark.parametrize("backend", ["memory", "sqlite"])
def test_exactly_one_wins_a_race(backend: str, tmp_path: Path) -> None:
    """Eight clients of two servers over one database want more than half each; none sees a negative count."""
    with open_backend(backend, tmp_path) as opened:
        first = Server(store=opened.open())
        servers = [first, first if backend == "memory" else Server(store=opened.open())]
        uid = Client(first).active(limited(1000))
        won: list[bool] = []
        start = threading.Barrier(8)

        def ask(server: Server) -> None:
            start.wait()
            asked = GetUsageAllocation(unique_identifier=uid, usage_limits_count=501)
            won.append(Client(server).one(asked).ok)

        threads = [threading.Thread(target=ask, args=(servers[place % 2],)) for place in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(won) == [False] * 7 + [True]
        assert left(Client(first), uid) == 499


# --- Archive and Recover ----------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_an_archived_object_is_found_in_the_archive_and_used_again_once_recovered(
    client: Client, version: Version
) -> None:
    speaking = client.speaking(version)
    uid = speaking.create(aes(256, EVERY_USE, (Tag.NAME, name("away"))))
    value = speaking.do(Get(unique_identifier=uid)).object.key_block.key_value
    assert speaking.do(Archive(unique_identifier=uid)).unique_identifier == uid
    away = client.server.clock.seconds
    assert speaking.shown(uid, Tag.ARCHIVE_DATE)[Tag.ARCHIVE_DATE] == [away]
    assert speaking.do(GetAttributeList(unique_identifier=uid)).attribute_reference
    archive, on_line = StorageStatusMask.ARCHIVAL_STORAGE, StorageStatusMask.ON_LINE_STORAGE
    for mask, found in ((None, []), (on_line, []), (archive, [uid]), (archive | on_line, [uid])):
        assert speaking.located((Tag.NAME, name("away")), storage_status_mask=mask) == found
    assert speaking.do(Recover(unique_identifier=uid)).unique_identifier == uid
    assert speaking.shown(uid, Tag.ARCHIVE_DATE) == {}
    for mask, found in ((None, [uid]), (on_line, [uid]), (archive, [])):
        assert speaking.located((Tag.NAME, name("away")), storage_status_mask=mask) == found
    assert speaking.do(Get(unique_identifier=uid)).object.key_block.key_value == value


def test_nothing_else_can_be_done_with_an_archived_object(client: Client) -> None:
    uid = client.active(limited(1000))
    client.do(Archive(unique_identifier=uid))
    (description,) = attributes((Tag.DESCRIPTION, "x")).items
    for asked in (
        Get(unique_identifier=uid),
        Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b"x"),
        AddAttribute(unique_identifier=uid, new_attribute=description),
        Activate(unique_identifier=uid),
        revoke(uid),
        Destroy(unique_identifier=uid),
        Archive(unique_identifier=uid),
        ObtainLease(unique_identifier=uid),
        Check(unique_identifier=uid),
        GetUsageAllocation(unique_identifier=uid, usage_limits_count=1),
    ):
        for version in (V1_4, V2_1):
            assert client.speaking(version).refusal(asked) is R.OBJECT_ARCHIVED, asked
    assert left(client, uid) == 1000


def test_an_archived_key_still_follows_its_dates(client: Client) -> None:
    now = client.server.clock.seconds
    uid = client.active(aes(256, EVERY_USE, (Tag.DEACTIVATION_DATE, now + 60)))
    client.do(Archive(unique_identifier=uid))
    client.server.clock.advance(100)
    client.do(Recover(unique_identifier=uid))
    asked = Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b"x")
    assert client.refusal(asked) is R.WRONG_KEY_LIFECYCLE_STATE


def test_what_was_never_away_is_recovered_without_a_change(client: Client) -> None:
    uid = client.create()
    changed = client.shown(uid, Tag.LAST_CHANGE_DATE)
    client.server.clock.advance(10)
    assert client.do(Recover(unique_identifier=uid)).unique_identifier == uid
    assert client.shown(uid, Tag.LAST_CHANGE_DATE) == changed


def test_a_recovered_object_is_what_the_next_item_means(client: Client) -> None:
    uid = client.create()
    client.do(Archive(unique_identifier=uid))
    recovered, got = client.ask(Recover(unique_identifier=uid), Get())
    assert (recovered.ok, got.payload.unique_identifier) == (True, uid)


def test_others_can_neither_archive_nor_recover_nor_learn_that_there_is_one(client: Client) -> None:
    uid = client.create()
    stranger = Client(client.server, who=BOB)
    for asked in (Archive(unique_identifier=uid), Recover(unique_identifier=uid), Recover(unique_identifier="none")):
        assert stranger.refusal(asked) is R.OBJECT_NOT_FOUND
    client.do(Archive(unique_identifier=uid))
    assert stranger.refusal(Recover(unique_identifier=uid)) is R.OBJECT_NOT_FOUND
    assert stranger.do(Locate(storage_status_mask=int(StorageStatusMask.ARCHIVAL_STORAGE))).unique_identifier == []
    assert client.do(GetAttributes(unique_identifier=uid)).attributes.items
