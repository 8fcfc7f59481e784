"""Put to a subscriber that wants keys wrapped: wrapped by that key, or not sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from kmip_server.domain.policy import Policies
from kmip_server.domain.policy.rows import OperationPolicy, Permission
from kmip_server.domain.subject import Subject
from kmip_server.domain.subscriber import Event
from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.destroy import DestroyRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.re_key import RekeyRequest
from kmip_server.operations.revoke import RevokeRequest
from kmip_server.spec.enums import BlockCipherMode, ObjectType, Operation, RevocationReasonCode, State
from kmip_server.spec.structures.attributes import RevocationReason
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, VERSIONS, Version
from tests.flows.client import EVERY_USE, Client, aes, name
from tests.flows.test_notify_put import PUSHED, House
from tests.kit import ALICE, BOB


def house_with(version: Version = PUSHED.version) -> tuple[House, str]:
    """A house whose subscriber wants keys wrapped by a key that is not active yet; and that key."""
    house = House(replace(PUSHED, version=version))
    key = house.client().create()
    house.deliver()
    house.post.sent.clear()
    wanting = replace(PUSHED, version=version, wrapping_key=key)
    house.courier._subscribers[PUSHED.name] = wanting
    return house, key


def value(house: House, uid: str) -> bytes:
    return bytes(house.client().do(GetRequest(unique_identifier=uid)).object.key_block.key_value.key_material)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_key_is_put_wrapped_in_every_version(version: Version) -> None:
    house, key = house_with(version=version)
    house.client().do(ActivateRequest(unique_identifier=key))
    uid = house.client().create()
    block = next(sent for _, operation, sent in house.deliver() if operation is Operation.PUT).object.key_block
    information = block.key_wrapping_data.encryption_key_information
    assert information.unique_identifier == key
    assert information.cryptographic_parameters.block_cipher_mode is BlockCipherMode.NISTKEYWRAP
    assert value(house, uid) in aes_key_unwrap(value(house, key), block.key_value)
    assert value(house, uid) not in repr(house.post.trees).encode("latin-1", "replace")
    assert house.outbox() == []


def test_it_waits_until_the_wrapping_key_may_be_used() -> None:
    house, key = house_with()
    house.client().create()
    assert house.deliver() == []
    assert len(house.outbox()) == 1
    house.client().do(ActivateRequest(unique_identifier=key))
    house.server.clock.advance(1)
    assert [operation for _, operation, _ in house.deliver()].count(Operation.PUT) == 1


@pytest.mark.parametrize("end", ["revoked", "destroyed"])
def test_nothing_leaves_when_the_wrapping_key_is_gone(end: str) -> None:
    house, key = house_with()
    if end == "revoked":
        house.client().do(ActivateRequest(unique_identifier=key))
        reason = RevocationReason(revocation_reason_code=RevocationReasonCode.CESSATION_OF_OPERATION)
        house.client().do(RevokeRequest(unique_identifier=key, revocation_reason=reason))
    else:
        house.client().do(DestroyRequest(unique_identifier=key))
    uid = house.client().create()
    assert Operation.PUT not in [operation for _, operation, _ in house.deliver()]
    assert [row.object_id for row in house.outbox()] == [uid]


def test_one_that_may_not_use_the_wrapping_key_gets_nothing() -> None:
    """The key is Alice's; the subscriber has Bob's rights, and what it is put is Bob's."""
    house = House(replace(PUSHED, subject=BOB))
    key = house.client().active()
    house.courier._subscribers[PUSHED.name] = replace(PUSHED, subject=BOB, wrapping_key=key)
    uid = Client(house.server, PUSHED.version, BOB).create()
    assert house.deliver() == []
    assert [row.object_id for row in house.outbox()] == [uid]


# --- a key by its Name -------------------------------------------------------------------------------------------

NAMED = replace(PUSHED, wrapping_key_name="wrapper")


def named_key(house: House, who: Subject = ALICE, *more: tuple[Tag, str]) -> str:
    """An active key called "wrapper"."""
    client = Client(house.server, V1_4, who)
    uid = client.create(aes(256, EVERY_USE, (Tag.NAME, name("wrapper")), *more))
    client.do(ActivateRequest(unique_identifier=uid))
    return uid


def wrapped_by(house: House) -> list[str]:
    """By which key what is put now is wrapped."""
    puts = [sent for _, operation, sent in house.deliver() if operation is Operation.PUT]
    return [put.object.key_block.key_wrapping_data.encryption_key_information.unique_identifier for put in puts]


def test_a_key_may_be_named_and_its_replacement_follows() -> None:
    house = House(replace(NAMED, events=frozenset({Event.CREATION})))
    first = named_key(house)
    assert wrapped_by(house) == [first]  # itself, by itself
    house.client().create()
    assert wrapped_by(house) == [first]
    second = house.client().do(RekeyRequest(unique_identifier=first)).unique_identifier
    assert house.client().shown(second, Tag.STATE)[Tag.STATE] == [State.ACTIVE]
    house.deliver()
    house.client().create()
    assert wrapped_by(house) == [second]


@pytest.mark.parametrize("others", [0, 2])
def test_it_waits_while_no_key_or_more_than_one_has_the_name(others: int) -> None:
    house = House(NAMED)
    for _ in range(others):
        house.server.store.outbox.clear()  # type: ignore[attr-defined]
        named_key(house)
    house.server.store.outbox.clear()  # type: ignore[attr-defined]
    house.client().create()
    assert wrapped_by(house) == []
    assert len(house.outbox()) == 1


def test_another_s_key_of_that_name_wraps_nothing_though_it_may_be_seen() -> None:
    everybody = {ObjectType.SYMMETRIC_KEY: dict.fromkeys(Operation, Permission.ALLOW_ALL)}
    house = House(NAMED, policies=Policies({"open": OperationPolicy(everybody)}))
    theirs = named_key(house, BOB, (Tag.OPERATION_POLICY_NAME, "open"))
    assert house.client().one(GetRequest(unique_identifier=theirs)).ok
    house.server.store.outbox.clear()  # type: ignore[attr-defined]
    house.client().create()
    assert wrapped_by(house) == []
    assert len(house.outbox()) == 1
    own = named_key(house)
    house.server.clock.advance(10)
    assert set(wrapped_by(house)) == {own}
