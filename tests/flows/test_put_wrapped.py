"""Put to a subscriber that wants keys wrapped: wrapped by that key, or not sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.destroy import DestroyRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.revoke import RevokeRequest
from kmip_server.spec.enums import BlockCipherMode, Operation, RevocationReasonCode
from kmip_server.spec.structures.attributes import RevocationReason
from kmip_server.spec.version import VERSIONS, Version
from tests.flows.client import Client
from tests.flows.test_notify_put import PUSHED, House
from tests.kit import BOB


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
