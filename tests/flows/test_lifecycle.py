"""Activate, Revoke, Destroy, dates that pass by themselves, usage limits, and what a tombstone still tells."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import (
    ObjectType,
    Operation,
    ResultReason,
    RevocationReasonCode,
    State,
    UsageLimitsUnit,
)
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_3, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import CBC, Client, aes, attributes, enumeration, name, raw, struct, text
from tests.flows.objects import EVERY_OBJECT, opaque, template
from tests.flows.requests import (
    Activate,
    AddAttribute,
    Create,
    Decrypt,
    DeleteAttribute,
    Destroy,
    Encrypt,
    Get,
    GetAttributes,
    ModifyAttribute,
    Register,
    revoke,
)

R, S, Code = ResultReason, State, RevocationReasonCode
_EARLIER = {R.WRONG_KEY_LIFECYCLE_STATE: R.PERMISSION_DENIED, R.OBJECT_NOT_FOUND: R.ITEM_NOT_FOUND}
_WITH_STATE = [kind for kind in EVERY_OBJECT if kind is not ObjectType.TEMPLATE]


def _state(client: Client, uid: str) -> State:
    (found,) = client.shown(uid, Tag.STATE)[Tag.STATE]
    return State(found)


def _date(client: Client, uid: str, tag: Tag) -> int | None:
    found = client.shown(uid, tag).get(tag)
    return None if found is None else found[0]


def _in_state(client: Client, state: State) -> str:
    """A key brought into a state by the operations that lead there."""
    uid = client.create()
    ways: dict[State, list[Any]] = {
        S.PRE_ACTIVE: [],
        S.ACTIVE: [Activate(unique_identifier=uid)],
        S.DEACTIVATED: [Activate(unique_identifier=uid), revoke(uid)],
        S.COMPROMISED: [revoke(uid, Code.KEY_COMPROMISE)],
        S.DESTROYED: [Destroy(unique_identifier=uid)],
        S.DESTROYED_COMPROMISED: [revoke(uid, Code.CA_COMPROMISE), Destroy(unique_identifier=uid)],
    }
    for step in ways[state]:
        client.do(step)
    assert _state(client, uid) is state
    return uid


# (state, operation) to the state it leads to; a pair that is not here is refused (2.1 §4.57).
_ARROWS = {
    (S.PRE_ACTIVE, "activate"): S.ACTIVE,
    (S.PRE_ACTIVE, "destroy"): S.DESTROYED,
    (S.PRE_ACTIVE, "compromise"): S.COMPROMISED,
    (S.ACTIVE, "compromise"): S.COMPROMISED,
    (S.ACTIVE, "cease"): S.DEACTIVATED,
    (S.DEACTIVATED, "destroy"): S.DESTROYED,
    (S.DEACTIVATED, "compromise"): S.COMPROMISED,
    (S.COMPROMISED, "destroy"): S.DESTROYED_COMPROMISED,
    (S.DESTROYED, "compromise"): S.DESTROYED_COMPROMISED,
}
_STEPS = {
    "activate": lambda uid: Activate(unique_identifier=uid),
    "destroy": lambda uid: Destroy(unique_identifier=uid),
    "compromise": lambda uid: revoke(uid, Code.KEY_COMPROMISE),
    "cease": lambda uid: revoke(uid, Code.CESSATION_OF_OPERATION),
}
_STAMPS = {
    "activate": Tag.ACTIVATION_DATE,
    "destroy": Tag.DESTROY_DATE,
    "compromise": Tag.COMPROMISE_DATE,
    "cease": Tag.DEACTIVATION_DATE,
}


@pytest.mark.parametrize("step", _STEPS)
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_only_the_ten_arrows(client: Client, version: Version, state: State, step: str) -> None:
    speaking = client.speaking(version)
    uid = _in_state(speaking, state)
    client.server.clock.advance(10)
    before = speaking.shown(uid)
    answer = speaking.one(_STEPS[step](uid))
    arrives = _ARROWS.get((state, step))
    if arrives is None:
        assert not answer.ok
        assert speaking.shown(uid) == before
    else:
        assert answer.payload.unique_identifier == uid
        assert _state(speaking, uid) is arrives
        now = client.server.clock.seconds
        assert _date(speaking, uid, _STAMPS[step]) == now
        assert _date(speaking, uid, Tag.LAST_CHANGE_DATE) == now


@pytest.mark.parametrize("kind", _WITH_STATE)
@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_whole_life_of_every_object_in_every_version(client: Client, version: Version, kind: ObjectType) -> None:
    if not kind.in_version(version):
        return
    speaking = client.speaking(version)
    uid = speaking.register(EVERY_OBJECT[kind](), kind)
    for step in (Activate, Get, GetAttributes):
        assert speaking.do(step(unique_identifier=uid)).unique_identifier == uid
    assert not speaking.one(Destroy(unique_identifier=uid)).ok
    speaking.do(revoke(uid, Code.SUPERSEDED))
    speaking.do(Destroy(unique_identifier=uid))
    gone = speaking.one(Get(unique_identifier=uid))
    assert gone.reason is (R.OBJECT_DESTROYED if version >= V2_0 else R.ITEM_NOT_FOUND)
    assert client.server.store.objects[uid].body.sealed is None


def test_a_template_has_no_state_and_can_still_be_destroyed(client: Client) -> None:
    speaking = client.speaking(V1_4)
    uid = speaking.register(template(), ObjectType.TEMPLATE, attributes((Tag.NAME, name("defaults"))))
    assert Tag.STATE not in speaking.shown(uid)
    assert speaking.refusal(Activate(unique_identifier=uid)) is R.ILLEGAL_OPERATION
    assert speaking.refusal(revoke(uid)) is R.ILLEGAL_OPERATION
    assert speaking.located((Tag.NAME, name("defaults"))) == [uid]
    speaking.do(Destroy(unique_identifier=uid))
    assert speaking.located((Tag.NAME, name("defaults")), storage_status_mask=7) == []
    # 1.4 §4.21: "the object itself, including all meta-data, SHALL be destroyed".
    for asked in (GetAttributes, Get, Destroy):
        assert speaking.refusal(asked(unique_identifier=uid)) is R.ITEM_NOT_FOUND
    assert uid not in client.server.store.objects


@pytest.mark.parametrize("code", list(RevocationReasonCode))
def test_each_revocation_reason_leads_to_its_state_and_is_kept(client: Client, code: RevocationReasonCode) -> None:
    uid = client.active()
    client.do(revoke(uid, code))
    compromised = code in (Code.KEY_COMPROMISE, Code.CA_COMPROMISE)
    assert _state(client, uid) is (S.COMPROMISED if compromised else S.DEACTIVATED)
    (kept,) = client.shown(uid, Tag.REVOCATION_REASON)[Tag.REVOCATION_REASON]
    assert kept.revocation_reason_code is code
    assert (_date(client, uid, Tag.COMPROMISE_OCCURRENCE_DATE) is not None) == compromised


def test_when_a_compromise_happened_is_what_the_client_says(client: Client) -> None:
    uid = client.active()
    client.do(revoke(uid, Code.KEY_COMPROMISE, compromise_occurrence_date=1000))
    assert _date(client, uid, Tag.COMPROMISE_OCCURRENCE_DATE) == 1000


def test_revoke_without_a_reason_or_with_an_unknown_one(client: Client) -> None:
    uid = client.active()
    assert client.refusal(raw(Operation.REVOKE, text(Tag.UNIQUE_IDENTIFIER, uid))) is R.INVALID_MESSAGE
    for code in (0, 0x99, 0x80000001):
        reason = struct(Tag.REVOCATION_REASON, enumeration(Tag.REVOCATION_REASON_CODE, code))
        asked = raw(Operation.REVOKE, text(Tag.UNIQUE_IDENTIFIER, uid), reason)
        assert client.refusal(asked) is R.INVALID_FIELD
    assert _state(client, uid) is S.ACTIVE


# --- dates -----------------------------------------------------------------------------------------


def test_dates_move_the_state_by_themselves(client: Client) -> None:
    now = client.server.clock.seconds
    uid = client.create(aes(256, 12, (Tag.ACTIVATION_DATE, now + 100), (Tag.DEACTIVATION_DATE, now + 200)))
    encrypting = Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b"x")
    assert _state(client, uid) is S.PRE_ACTIVE
    assert client.refusal(encrypting) is R.WRONG_KEY_LIFECYCLE_STATE
    client.server.clock.advance(100)
    assert _state(client, uid) is S.ACTIVE
    sealed = client.do(encrypting)
    assert client.located((Tag.STATE, S.ACTIVE)) == [uid]
    client.server.clock.advance(100)
    assert _state(client, uid) is S.DEACTIVATED
    assert client.refusal(encrypting) is R.WRONG_KEY_LIFECYCLE_STATE
    opened = Decrypt(
        unique_identifier=uid, cryptographic_parameters=CBC, data=sealed.data, iv_counter_nonce=sealed.iv_counter_nonce
    )
    assert client.do(opened).data == b"x"
    assert client.located((Tag.STATE, S.ACTIVE)) == []
    assert client.located((Tag.STATE, S.DEACTIVATED)) == [uid]
    client.do(Destroy(unique_identifier=uid))
    assert _date(client, uid, Tag.DEACTIVATION_DATE) == now + 200


def test_dates_in_the_past_are_taken_at_creation(client: Client) -> None:
    now = client.server.clock.seconds
    active = client.create(aes(256, 12, (Tag.ACTIVATION_DATE, now - 100)))
    over = client.create(aes(256, 12, (Tag.ACTIVATION_DATE, now - 100), (Tag.DEACTIVATION_DATE, now - 50)))
    assert (_state(client, active), _state(client, over)) == (S.ACTIVE, S.DEACTIVATED)
    assert _date(client, active, Tag.ACTIVATION_DATE) == now - 100


def test_process_start_and_protect_stop_bound_the_two_purposes(client: Client) -> None:
    now = client.server.clock.seconds
    uid = client.create(
        aes(
            256,
            12,
            (Tag.ACTIVATION_DATE, now),
            (Tag.PROCESS_START_DATE, now + 50),
            (Tag.PROTECT_STOP_DATE, now + 100),
            (Tag.DEACTIVATION_DATE, now + 200),
        )
    )
    encrypting = Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b"x")
    sealed = client.do(encrypting)
    opening = Decrypt(
        unique_identifier=uid, cryptographic_parameters=CBC, data=sealed.data, iv_counter_nonce=sealed.iv_counter_nonce
    )
    assert client.refusal(opening) is R.WRONG_KEY_LIFECYCLE_STATE
    client.server.clock.advance(50)
    assert client.do(opening).data == b"x"
    client.server.clock.advance(51)
    assert client.refusal(encrypting) is R.WRONG_KEY_LIFECYCLE_STATE
    assert client.do(opening).data == b"x"
    assert _state(client, uid) is S.ACTIVE


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Tag.ACTIVATION_DATE, Tag.PROCESS_START_DATE),
        (Tag.PROTECT_STOP_DATE, Tag.DEACTIVATION_DATE),
        (Tag.ACTIVATION_DATE, Tag.DEACTIVATION_DATE),
    ],
)
def test_dates_that_contradict_each_other(client: Client, first: Tag, second: Tag) -> None:
    later = client.server.clock.seconds + 1000
    wrong = aes(256, 12, (first, later), (second, later - 1))
    asked = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=wrong)
    assert client.refusal(asked) is R.INVALID_ATTRIBUTE_VALUE
    assert client.speaking(V1_0).refusal(asked) is R.INVALID_FIELD
    uid = client.create(aes(256, 12, (first, later)))
    item = AttributeItem(second, later - 1)
    # 2.1 Table 169 lists no Invalid Attribute Value.
    assert client.refusal(AddAttribute(unique_identifier=uid, new_attribute=item)) is R.INVALID_FIELD


def test_an_activation_date_is_changed_until_activation_only(client: Client) -> None:
    later = client.server.clock.seconds + 1000
    uid = client.create(aes(256, 12, (Tag.ACTIVATION_DATE, later)))
    sooner = AttributeItem(Tag.ACTIVATION_DATE, client.server.clock.seconds)
    client.do(ModifyAttribute(unique_identifier=uid, new_attribute=sooner))
    assert _state(client, uid) is S.ACTIVE
    assert client.refusal(ModifyAttribute(unique_identifier=uid, new_attribute=sooner)) is R.WRONG_KEY_LIFECYCLE_STATE
    stop = AttributeItem(Tag.DEACTIVATION_DATE, later)
    client.do(AddAttribute(unique_identifier=uid, new_attribute=stop))
    client.server.clock.advance(2000)
    assert client.refusal(ModifyAttribute(unique_identifier=uid, new_attribute=stop)) is R.WRONG_KEY_LIFECYCLE_STATE


# --- usage limits ----------------------------------------------------------------------------------


def _limits(total: int, unit: UsageLimitsUnit) -> tuple[Tag, UsageLimits]:
    return Tag.USAGE_LIMITS, UsageLimits(usage_limits_total=total, usage_limits_unit=unit)


def _left(client: Client, uid: str) -> int | None:
    (limits,) = client.shown(uid, Tag.USAGE_LIMITS)[Tag.USAGE_LIMITS]
    return limits.usage_limits_count  # type: ignore[no-any-return]


@pytest.mark.parametrize(("unit", "cost"), [(UsageLimitsUnit.BYTE, 10), (UsageLimitsUnit.OBJECT, 1)])
def test_protection_is_counted_and_ends(client: Client, unit: UsageLimitsUnit, cost: int) -> None:
    uid = client.active(aes(256, 12, _limits(2 * cost, unit)))
    encrypting = Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(10))
    sealed = client.do(encrypting)
    assert _left(client, uid) == cost
    opening = Decrypt(
        unique_identifier=uid, cryptographic_parameters=CBC, data=sealed.data, iv_counter_nonce=sealed.iv_counter_nonce
    )
    client.do(opening)
    assert _left(client, uid) == cost, "processing is not limited (2.1 §4.59)"
    client.do(encrypting)
    assert _left(client, uid) == 0
    for version in (V1_4, V2_1):
        assert client.speaking(version).refusal(encrypting) is R.PERMISSION_DENIED
    assert client.do(opening).data == bytes(10)


def test_a_use_that_fails_costs_nothing(client: Client) -> None:
    uid = client.active(aes(256, 12, _limits(5, UsageLimitsUnit.BYTE)))
    too_much = Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(6))
    assert not client.one(too_much).ok
    short_iv = Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b"x", iv_counter_nonce=b"short")
    assert not client.one(short_iv).ok
    fitting = Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(5))
    assert client.refusal(fitting, maximum_response_size=100) is R.RESPONSE_TOO_LARGE
    assert _left(client, uid) == 5
    assert client.one(fitting).ok


def test_limits_are_not_reset_after_a_use(client: Client) -> None:
    uid = client.active(aes(256, 12, _limits(5, UsageLimitsUnit.OBJECT)))
    key, more = _limits(99, UsageLimitsUnit.OBJECT)
    change = ModifyAttribute(unique_identifier=uid, new_attribute=AttributeItem(key, more))
    client.do(change)
    assert _left(client, uid) == 99
    client.do(Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b"x"))
    assert client.refusal(change) is R.ATTRIBUTE_READ_ONLY
    assert not client.one(DeleteAttribute(unique_identifier=uid, attribute_reference=Tag.USAGE_LIMITS)).ok
    assert _left(client, uid) == 98


def test_negative_limits_are_refused(client: Client) -> None:
    wrong = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 12, _limits(-1, UsageLimitsUnit.OBJECT)))
    assert client.refusal(wrong) is R.INVALID_ATTRIBUTE_VALUE


# --- tombstones ------------------------------------------------------------------------------------


def test_a_tombstone_tells_its_attributes_and_nothing_else(client: Client) -> None:
    uid = client.create(aes(256, 12, (Tag.NAME, name("was"))))
    client.do(Destroy(unique_identifier=uid))
    assert client.shown(uid, Tag.NAME) == {Tag.NAME: [name("was")]}
    assert client.refusal(Destroy(unique_identifier=uid)) is R.OBJECT_DESTROYED
    assert client.speaking(V1_4).refusal(Destroy(unique_identifier=uid)) is R.PERMISSION_DENIED
    assert client.located((Tag.NAME, name("was"))) == []
    assert client.located((Tag.NAME, name("was")), storage_status_mask=4) == [uid]
    client.do(revoke(uid, Code.KEY_COMPROMISE))
    assert _state(client, uid) is S.DESTROYED_COMPROMISED


def test_an_opaque_object_has_a_life_too_though_1_3_does_not_show_it(client: Client) -> None:
    """1.4 Errata 01 §2.3 strikes "All Cryptographic Objects" out of the rules of State (Table 104 before)."""
    request = Register(object_type=ObjectType.OPAQUE_OBJECT, attributes=attributes(), object=opaque())
    uid = client.do(request).unique_identifier
    assert Tag.STATE in client.shown(uid)
    assert Tag.STATE in client.speaking(V1_4).shown(uid)
    assert Tag.STATE not in client.speaking(V1_3).shown(uid)
