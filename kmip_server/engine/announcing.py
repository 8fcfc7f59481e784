"""From a change to the messages that tell of it, written in the change's own transaction (KMIP 2.1 §6.2.2, §6.2.3).

What is written holds no secret: a Notify its attributes as Get Attributes shows them, a Put the identifier alone.
Only what the receiver might ask for by itself is written at all; it is asked again when the message is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.lifecycle import DESTROYED
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.policy import Policies, decide
from kmip_server.domain.subscriber import Event, Subscriber
from kmip_server.ports import Codec, OutboxRow, Transaction
from kmip_server.spec.attribute_values import AttributeItem, AttributeKey, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import LinkType, Operation
from kmip_server.spec.tags import Tag


class Announcer:
    """Writes into the outbox what the subscribers are to be told."""

    def __init__(self, subscribers: tuple[Subscriber, ...], policies: Policies, codec: Codec) -> None:
        self._subscribers = subscribers
        self._policies = policies
        self._codec = codec

    def made(self, tx: Transaction, new: ManagedObject, now_us: int) -> None:
        """Tell of a new object: by Put, or by a Notify with all its attributes."""
        links = new.attributes.all(Tag.LINK)
        replaced = next(
            (link.linked_object_identifier for link in links if link.link_type is LinkType.REPLACED_OBJECT_LINK), ""
        )
        event = Event.ROTATION if replaced else Event.CREATION
        for each in self._told(event, new):
            if each.put and self._may(each, Operation.GET, new):
                self._write(tx, each, new, Operation.PUT, now_us, replaced=str(replaced))
            elif not each.put and self._may(each, Operation.GET_ATTRIBUTES, new):
                self._write(tx, each, new, Operation.NOTIFY, now_us, changed=new.attributes)

    def changed(self, tx: Transaction, before: ManagedObject, after: ManagedObject, now_us: int) -> None:
        """Tell of a change."""
        changed, deleted = difference(before.attributes, after.attributes)
        # 1.4 §5.1: "at least the Last Change Date", even when the last one was in the same second.
        changed.put(Tag.LAST_CHANGE_DATE, after.attributes.one(Tag.LAST_CHANGE_DATE))
        event = Event.CHANGE
        if Tag.STATE in changed:
            event = Event.DESTRUCTION if changed.one(Tag.STATE) in DESTROYED else Event.STATE
        for each in self._told(event, after):
            if self._may(each, Operation.GET_ATTRIBUTES, after):
                self._write(tx, each, after, Operation.NOTIFY, now_us, changed=changed, deleted=deleted)

    def _told(self, event: Event, about: ManagedObject) -> Iterable[Subscriber]:
        return (each for each in self._subscribers if each.wants(event, about))

    def _may(self, subscriber: Subscriber, operation: Operation, about: ManagedObject) -> bool:
        return decide(
            self._policies,
            subscriber.subject,
            operation,
            policy_name=about.head.operation_policy_name,
            object_type=about.object_type,
            owner=about.owner,
        ).allowed

    def _write(
        self,
        tx: Transaction,
        subscriber: Subscriber,
        about: ManagedObject,
        operation: Operation,
        now_us: int,
        *,
        replaced: str = "",
        changed: AttributeMap | None = None,
        deleted: Iterable[tuple[AttributeKey, int]] = (),
    ) -> None:
        tx.insert_message(
            OutboxRow(
                number=0,
                subscriber=subscriber.name,
                object_id=about.unique_identifier,
                operation=int(operation),
                replaced=replaced,
                changed=b"" if changed is None else self._codec.pack(changed),
                deleted=json.dumps([[_key_text(key), index] for key, index in deleted]),
                created=now_us,
                due=now_us,
                attempts=0,
            )
        )


def difference(before: AttributeMap, after: AttributeMap) -> tuple[AttributeMap, list[tuple[AttributeKey, int]]]:
    """What is other in ``after``, with its values; and the instances that are gone.

    Of an attribute that has lost some of its instances, all that are left count as changed: 2.x has no other way to
    say which they were.
    """
    changed = AttributeMap()
    deleted: list[tuple[AttributeKey, int]] = []
    for key in (*before, *(key for key in after if key not in before)):
        old = {instance.index: instance.value for instance in before.instances(key)}
        new = {instance.index: instance.value for instance in after.instances(key)}
        gone = [(key, index) for index in old if index not in new]
        deleted += gone
        for index, value in new.items():
            if gone or index not in old or old[index] != value:
                changed.keep(key, index, value)
    return changed, deleted


def changed_items(row: OutboxRow, codec: Codec) -> list[AttributeItem]:
    """The changed attributes of a message, in the order of the standard's table."""
    attributes = codec.unpack(row.changed) if row.changed else AttributeMap()
    order = {tag: place for place, tag in enumerate(ATTRIBUTES)}
    keys = sorted(attributes, key=lambda key: -1 if isinstance(key, VendorName) else order.get(key, len(order)))
    return [AttributeItem(key, each.value, each.index) for key in keys for each in attributes.instances(key)]


def deleted_items(row: OutboxRow) -> list[AttributeItem]:
    """The attributes that are gone, named only."""
    return [AttributeItem(_key_of(text), None, index) for text, index in json.loads(row.deleted)]


def _key_text(key: AttributeKey) -> list[str]:
    return list(key) if isinstance(key, VendorName) else [f"{int(key):06X}"]


def _key_of(text: list[str]) -> AttributeKey:
    return VendorName(*text) if len(text) == 2 else Tag(int(text[0], 16))
