"""Notify and Put without a socket: who is told what, in which version, in which order, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kmip_server.audit import AuditChain, verify
from kmip_server.domain.policy import Policies
from kmip_server.domain.policy.rows import OperationPolicy, Permission
from kmip_server.domain.subscriber import Event, Subscriber
from kmip_server.engine.delivery import LEASE_SECONDS, Courier
from kmip_server.engine.post import Outcome, Undelivered
from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.add_attribute import AddAttributeRequest
from kmip_server.operations.delete_attribute import DeleteAttributeRequest
from kmip_server.operations.destroy import DestroyRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.re_key import RekeyRequest
from kmip_server.spec.attribute_values import AttributeItem, VendorName
from kmip_server.spec.enums import ObjectType, Operation, PutFunction, ResultReason, ResultStatus, State
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_4, V2_0, V2_1, VERSIONS, Version
from kmip_server.wire import ttlv
from kmip_server.wire.binder import Binder
from kmip_server.wire.outgoing import request_message
from tests.flows.client import EVERY_USE, Client, aes, custom, name
from tests.kit import ALICE, BOB, Server

OK = Outcome(ResultStatus.SUCCESS)
PUSHED = Subscriber("array", ALICE, V2_1, put=True)
TOLD = Subscriber("monitor", ALICE, V2_1)


class FakePost:
    """Takes what is sent; every message is written as bytes, as the real one does."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Operation, Any]] = []
        self.trees: list[Any] = []
        self.on_reach: Callable[[], None] = lambda: None
        self.reached = 0
        self.hangs_up = False
        self.on_send: Callable[[], Outcome] = lambda: OK

    def reach(self, subscriber: Subscriber) -> bool:
        self.on_reach()
        self.reached += 1
        return self.reached == 1 or self.hangs_up

    def send(self, subscriber: Subscriber, version: Version, operation: Operation, payload: Any) -> Outcome:
        self.trees.append(ttlv.parse(request_message(Binder(version), version, operation, payload)))
        self.sent.append((subscriber.name, operation, payload))
        return self.on_send()


class House:
    """A server with subscribers, and what empties its outbox."""

    def __init__(self, *subscribers: Subscriber, policies: Policies | None = None, known: bool = True) -> None:
        self.server = Server(subscribers=subscribers, policies=policies)
        self.post = FakePost()
        self.courier = Courier(
            self.server.store, lambda: self.server.engine.rooms, AuditChain(), self.server.clock,
            subscribers if known else (), self.post, 3600,
        )  # fmt: skip

    def client(self, version: Version = V2_1) -> Client:
        return Client(self.server, version)

    def deliver(self) -> list[tuple[str, Operation, Any]]:
        """Send all that is due; give what was sent."""
        before = len(self.post.sent)
        while self.courier.deliver_one():
            pass
        return self.post.sent[before:]

    def told(self) -> list[dict[Any, Any]]:
        """The attributes of the notifications that are due."""
        return [shown(payload) for _, operation, payload in self.deliver() if operation is Operation.NOTIFY]

    def audit(self) -> list[tuple[str, ...]]:
        rows = list(self.server.store.audit_rows())
        assert not list(verify(rows, self.server.store.audit_head()))
        return [row.fields for row in rows]

    def outbox(self) -> list[Any]:
        return list(self.server.store.outbox)  # type: ignore[attr-defined]


def shown(payload: Any) -> dict[Any, Any]:
    return {item.key: item.value for item in payload.attributes.items}


def down() -> None:
    raise Undelivered("nobody there")


# --- what is told ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_new_key_is_put_whole_in_every_version(version: Version) -> None:
    house = House(replace(PUSHED, version=version))
    uid = house.client().create(aes(256, EVERY_USE, (Tag.NAME, name("n"))))
    ((who, operation, payload),) = house.deliver()
    assert (who, operation, payload.unique_identifier) == ("array", Operation.PUT, uid)
    assert (payload.put_function, payload.replaced_unique_identifier) == (PutFunction.NEW, None)
    key = house.client().do(GetRequest(unique_identifier=uid)).object
    assert payload.object.key_block.key_value == key.key_block.key_value
    assert shown(payload)[Tag.STATE] is State.PRE_ACTIVE
    assert shown(payload)[Tag.FRESH] is True
    assert house.deliver() == []
    assert house.outbox() == []


def test_what_was_put_is_fresh_no_more_and_nobody_is_told_of_that() -> None:
    house = House(PUSHED)
    uid = house.client().create()
    assert len(house.deliver()) == 1
    assert house.client().shown(uid, Tag.FRESH)[Tag.FRESH] == [False]
    assert house.outbox() == []


def test_a_rotation_is_put_as_replacement_and_the_old_key_s_change_is_told() -> None:
    house = House(PUSHED)
    client = house.client()
    old = client.active()
    house.deliver()
    new = client.do(RekeyRequest(unique_identifier=old)).unique_identifier
    sent = house.deliver()
    put = next(payload for _, operation, payload in sent if operation is Operation.PUT)
    assert (put.unique_identifier, put.put_function) == (new, PutFunction.REPLACE)
    assert put.replaced_unique_identifier == old
    told = [payload for _, operation, payload in sent if operation is Operation.NOTIFY]
    assert [payload.unique_identifier for payload in told] == [old]
    assert Tag.LINK in shown(told[0])


def test_without_put_a_new_object_is_told_with_all_its_attributes_and_no_key() -> None:
    house = House(TOLD)
    house.client().create()
    ((_, operation, payload),) = house.deliver()
    assert operation is Operation.NOTIFY
    assert {Tag.STATE, Tag.DIGEST, Tag.CRYPTOGRAPHIC_LENGTH, Tag.LAST_CHANGE_DATE} <= shown(payload).keys()


def test_changes_are_told_with_just_what_changed() -> None:
    house = House(replace(TOLD, events=frozenset(Event) - {Event.CREATION}))
    client = house.client(V1_4)
    uid = client.create()
    client.do(AddAttributeRequest(unique_identifier=uid, new_attribute=custom("v1")))
    client.do(ActivateRequest(unique_identifier=uid))
    added, activated = house.told()
    assert added.keys() == {VendorName("x", "note"), Tag.LAST_CHANGE_DATE}
    assert activated.keys() == {Tag.STATE, Tag.ACTIVATION_DATE, Tag.LAST_CHANGE_DATE}
    assert activated[Tag.STATE] is State.ACTIVE
    assert house.deliver() == []


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_0, V2_1], ids=str)
def test_a_deleted_attribute_is_named_and_has_no_value(version: Version) -> None:
    house = House(replace(TOLD, version=version, events=frozenset({Event.CHANGE})))
    client = house.client(V1_4)
    uid = client.create(
        aes(256, EVERY_USE, (Tag.NAME, name("a")), (Tag.NAME, name("b")), (Tag.CONTACT_INFORMATION, "me"))
    )
    client.do(DeleteAttributeRequest(unique_identifier=uid, attribute_reference=Tag.CONTACT_INFORMATION))
    client.do(DeleteAttributeRequest(unique_identifier=uid, attribute_reference=Tag.NAME, attribute_index=0))
    (_, _, contact), (_, _, named) = house.deliver()
    gone = AttributeItem(Tag.CONTACT_INFORMATION, None, 0)
    if version < V2_0:
        assert gone in contact.attributes.items
        assert AttributeItem(Tag.NAME, None, 0) in named.attributes.items
    else:
        assert contact.attribute_reference == [Tag.CONTACT_INFORMATION]
        assert named.attribute_reference == []
    assert AttributeItem(Tag.NAME, name("b"), 1) in named.attributes.items


def test_destruction_is_told_and_a_put_that_came_too_late_is_dropped_on_the_record() -> None:
    house = House(PUSHED)
    client = house.client()
    uid = client.create()
    client.do(DestroyRequest(unique_identifier=uid))
    ((_, operation, payload),) = house.deliver()
    assert operation is Operation.NOTIFY
    assert shown(payload)[Tag.STATE] is State.DESTROYED
    assert any("Put" in fields and uid in fields and "Operation Failed" in fields for fields in house.audit())


# --- who is told ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, 1),
        ({"object_types": frozenset({ObjectType.SYMMETRIC_KEY})}, 1),
        ({"object_types": frozenset({ObjectType.CERTIFICATE})}, 0),
        ({"owners": frozenset({ALICE.name})}, 1),
        ({"owners": frozenset({BOB.name})}, 0),
        ({"groups": frozenset({"tapes", "disks"})}, 1),
        ({"groups": frozenset({"disks"})}, 0),
        ({"events": frozenset({Event.ROTATION})}, 0),
    ],
)  # fmt: skip
def test_a_subscriber_is_told_of_what_it_asked_for(limits: dict[str, Any], expected: int) -> None:
    house = House(replace(PUSHED, **limits))
    house.client().create(aes(256, EVERY_USE, (Tag.OBJECT_GROUP, "tapes")))
    assert len(house.deliver()) == expected


def test_who_may_not_ask_is_not_told() -> None:
    house = House(replace(PUSHED, subject=BOB), replace(TOLD, subject=BOB))
    uid = house.client().active()
    house.client().refusal(DestroyRequest(unique_identifier=uid))
    assert house.outbox() == []


def test_a_policy_may_let_notify_through_and_not_put() -> None:
    rules = {Operation.GET: Permission.ALLOW_OWNER, Operation.GET_ATTRIBUTES: Permission.ALLOW_ALL}
    policies = Policies({"half": OperationPolicy({ObjectType.SYMMETRIC_KEY: rules})})
    house = House(replace(PUSHED, subject=BOB), replace(TOLD, subject=BOB), policies=policies)
    house.client(V1_4).create(aes(256, EVERY_USE, (Tag.OPERATION_POLICY_NAME, "half")))
    assert [(who, operation) for who, operation, _ in house.deliver()] == [("monitor", Operation.NOTIFY)]


def test_a_policy_that_changed_before_the_put_stops_it() -> None:
    open_to_all = {"p": OperationPolicy({ObjectType.SYMMETRIC_KEY: {Operation.GET: Permission.ALLOW_ALL}})}
    house = House(replace(PUSHED, subject=BOB), policies=Policies(open_to_all))
    uid = house.client(V1_4).create(aes(256, EVERY_USE, (Tag.OPERATION_POLICY_NAME, "p")))
    assert len(house.outbox()) == 1
    house.server.engine.rooms.policies = Policies({"p": OperationPolicy({})})
    assert house.deliver() == []
    assert house.outbox() == []
    assert any("Put" in fields and uid in fields and "deny" in fields for fields in house.audit())


def test_a_sensitive_key_is_never_put() -> None:
    house = House(PUSHED)
    house.client().create(aes(256, EVERY_USE, (Tag.SENSITIVE, True)))
    house.client().create(aes(256, EVERY_USE, (Tag.EXTRACTABLE, False)))
    assert house.deliver() == []
    assert house.outbox() == []


# --- what is kept, and how it ends ----------------------------------------------------------------------


def test_a_request_that_fails_tells_nobody() -> None:
    house = House(PUSHED)
    client = house.client()
    uid = client.active()
    house.deliver()
    assert client.refusal(DestroyRequest(unique_identifier=uid)) is not None
    assert house.outbox() == []


def test_nothing_in_the_outbox_is_a_key() -> None:
    house = House(PUSHED, TOLD)
    uid = house.client().create()
    key = house.client().do(GetRequest(unique_identifier=uid)).object.key_block.key_value.key_material
    assert key not in repr(house.outbox()).encode("latin-1", "replace")
    assert all(key not in row.changed for row in house.outbox())


def test_a_put_is_a_release_and_on_record_before_it_leaves() -> None:
    house = House(PUSHED)
    uid = house.client().create()

    def look() -> Outcome:
        last = house.audit()[-1]
        assert {"Put", uid, "Success", "allow", ALICE.certificate_subject} <= set(last)
        assert any("sent to subscriber array, attempt 1" in field for field in last)
        return OK

    house.post.on_send = look
    assert len(house.deliver()) == 1


def test_a_receiver_that_is_away_is_tried_again_with_growing_pauses_and_no_key_is_opened() -> None:
    house = House(PUSHED)
    house.client().create()
    records = len(house.audit())
    house.post.on_reach = down
    waited = []
    for _ in range(5):
        assert house.deliver() == []
        (row,) = house.outbox()
        waited.append((row.due - house.server.clock()) // 1_000_000)
        house.server.clock.advance(waited[-1])
    assert waited == [1, 2, 4, 8, 16]
    assert len(house.audit()) == records
    house.post.on_reach = lambda: None
    assert len(house.deliver()) == 1


def test_what_cannot_be_delivered_is_given_up_on_the_record() -> None:
    house = House(PUSHED)
    uid = house.client().create()
    house.post.on_reach = down
    house.deliver()
    house.server.clock.advance(3601)
    house.deliver()
    assert house.outbox() == []
    last = house.audit()[-1]
    assert {"Put", uid, "Operation Failed"} <= set(last)
    assert any("given up after 2 attempts: nobody there" in field for field in last)


def test_an_answer_that_refuses_is_tried_again_and_one_that_knows_no_such_operation_is_not() -> None:
    house = House(PUSHED)
    house.client().create()
    house.post.on_send = lambda: Outcome(ResultStatus.OPERATION_FAILED, ResultReason.PERMISSION_DENIED)
    assert len(house.deliver()) == 1
    assert len(house.outbox()) == 1
    house.server.clock.advance(1)
    house.post.on_send = lambda: Outcome(ResultStatus.OPERATION_FAILED, ResultReason.OPERATION_NOT_SUPPORTED)
    assert len(house.deliver()) == 1
    assert house.outbox() == []


def test_a_failure_while_sending_is_tried_again_and_order_is_kept() -> None:
    house = House(TOLD)
    client = house.client()
    first, other = client.create(), client.create()
    client.do(ActivateRequest(unique_identifier=first))
    failures = [Undelivered("broken"), None, None, None]

    def fail_once() -> Outcome:
        failure = failures.pop(0)
        if failure is not None:
            raise failure
        return OK

    house.post.on_send = fail_once
    assert [payload.unique_identifier for _, _, payload in house.deliver()] == [first, other]
    house.server.clock.advance(1)
    again = house.deliver()
    assert [payload.unique_identifier for _, _, payload in again] == [first, first]
    assert [shown(payload)[Tag.STATE] for _, _, payload in again] == [State.PRE_ACTIVE, State.ACTIVE]


def test_a_message_is_one_process_s_own_until_its_time_is_over() -> None:
    house = House(PUSHED)
    house.client().create()
    other = Courier(
        house.server.store,
        lambda: house.server.engine.rooms,
        AuditChain(),
        house.server.clock,
        [PUSHED],
        house.post,
        3600,
    )

    def meanwhile() -> Outcome:
        assert not other.deliver_one()
        return OK

    house.post.on_send = meanwhile
    assert len(house.deliver()) == 1
    house.client().create()
    with house.server.store.transaction() as tx:  # a process that died after it had claimed
        assert tx.claim_message(house.server.clock(), house.server.clock() + LEASE_SECONDS * 1_000_000) is not None
    assert house.deliver() == []
    house.server.clock.advance(LEASE_SECONDS)
    house.post.on_send = lambda: OK
    assert len(house.deliver()) == 1


def test_a_subscriber_that_is_no_longer_configured_gets_nothing_and_its_messages_end() -> None:
    house = House(PUSHED, known=False)
    house.client().create()
    assert house.deliver() == []
    assert len(house.outbox()) == 1
    house.server.clock.advance(3601)
    assert house.deliver() == []
    assert house.outbox() == []


def test_without_subscribers_nothing_is_done() -> None:
    house = House()
    house.client().active()
    assert house.server.engine.rooms.announcer is None
    assert house.outbox() == []


@pytest.mark.parametrize("operation", [Operation.NOTIFY, Operation.PUT])
def test_the_server_itself_does_not_serve_them(operation: Operation) -> None:
    from tests.flows.client import raw

    assert Client(Server(), V1_4).refusal(raw(operation)) is ResultReason.OPERATION_NOT_SUPPORTED
