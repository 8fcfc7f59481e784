"""Empties the outbox: each message at least once, by one process at a time, in order for each object.

    claimed (leased by compare-and-set) -> receiver reached, greeted -> message made and, for a Put, its release
    recorded, committed -> sent -> answered: forgotten | not: again after a pause that doubles, until it is given up,
    recorded

A message is claimed when it is the oldest to its receiver about its object, so that what is late stays in order. The
key of a Put is opened when the receiver has shown its certificate, and its release is in the audit trail before the
first byte leaves: a record too many is possible, a release without a record is not.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from kmip_server.domain.subscriber import Subscriber
from kmip_server.engine.announcing import changed_items, deleted_items
from kmip_server.engine.context import ItemContext
from kmip_server.engine.greeting import Greeter, NothingInCommon
from kmip_server.engine.post import Post, Undelivered
from kmip_server.engine.rooms import Rooms
from kmip_server.engine.trace import BatchMemory, Trace
from kmip_server.errors import KmipError
from kmip_server.operations.notify import notification
from kmip_server.operations.put import NotWrapped, pushed
from kmip_server.ports import AuditEntry, AuditTrail, Clock, OutboxRow, Prepared, Store, Transaction
from kmip_server.spec.enums import Operation, ResultReason, ResultStatus

log = logging.getLogger(__name__)

SECOND = 1_000_000
LEASE_SECONDS = 120
"""How long a claimed message is one process' own; sending must end earlier."""
LONGEST_PAUSE_SECONDS = 3600
_MOST_DOUBLINGS = 12
_HOPELESS = frozenset({ResultReason.OPERATION_NOT_SUPPORTED, ResultReason.FEATURE_NOT_SUPPORTED})
"""Answers of a receiver that does not know the operation: sending it again changes nothing."""


class Courier:
    """Delivers what lies in the outbox."""

    def __init__(
        self,
        store: Store,
        rooms: Callable[[], Rooms],
        trail: AuditTrail,
        clock: Clock,
        subscribers: Sequence[Subscriber],
        post: Post,
        give_up_seconds: float,
    ) -> None:
        self._store = store
        self._rooms = rooms
        self._trail = trail
        self._clock = clock
        self._subscribers = {each.name: each for each in subscribers}
        self._post = post
        self._greeter = Greeter(post)
        self._give_up = int(give_up_seconds * SECOND)
        self._prefix = secrets.token_hex(6)

    def deliver_one(self) -> bool:
        """Take the next message that is due; False when there is none. Raises StoreError."""
        now = self._clock()
        with self._store.transaction() as tx:
            row = tx.claim_message(now, now + LEASE_SECONDS * SECOND)
        if row is None:
            return False
        subscriber = self._subscribers.get(row.subscriber)
        if subscriber is None:
            self._again(row, None, "no subscriber of that name is configured")
            return True
        try:
            subscriber = self._greeter.greet(subscriber, fresh=self._post.reach(subscriber))
            payload = self._prepare(row, subscriber)
            if payload is None:
                return True
            outcome = self._post.send(subscriber, subscriber.version, Operation(row.operation), payload)
        except (Undelivered, NothingInCommon, NotWrapped) as failure:
            self._again(row, subscriber, str(failure))
            return True
        if outcome.status is ResultStatus.SUCCESS:
            with self._store.transaction() as tx:
                tx.delete_message(row)
            return True
        reason = "" if outcome.reason is None else f", {outcome.reason.title}"
        self._again(row, subscriber, f"the receiver answered {outcome.status.title}{reason}",
                    hopeless=outcome.reason in _HOPELESS)  # fmt: skip
        return True

    def _prepare(self, row: OutboxRow, subscriber: Subscriber) -> Any:
        """Make the message and record that it leaves; None where it may not leave any more, which is recorded too."""
        now_us = self._clock()
        trace = Trace()
        with self._store.transaction() as tx:
            try:
                with tx.savepoint():
                    payload = self._payload(row, subscriber, tx, trace, now_us)
            except KmipError as error:
                log.info("%s of %s is not sent to %s: %s", Operation(row.operation).title, row.object_id,
                         row.subscriber, error.message)  # fmt: skip
                if tx.delete_message(row):
                    self._record(tx, row, subscriber, trace, error.message, error.reason)
                return None
            self._record(tx, row, subscriber, trace, f"sent to subscriber {row.subscriber}, attempt {row.attempts}")
        return payload

    def _payload(self, row: OutboxRow, subscriber: Subscriber, tx: Transaction, trace: Trace, now_us: int) -> Any:
        rooms = self._rooms()
        put = row.operation == Operation.PUT
        asked = Operation.GET if put else Operation.GET_ATTRIBUTES
        context = ItemContext(
            rooms, tx, BatchMemory(), subscriber.subject, subscriber.version, asked, now_us, Prepared(), trace
        )
        if put:
            return pushed(row.object_id, row.replaced, context, subscriber)
        context.load(row.object_id)
        changed = changed_items(row, rooms.codec)
        return notification(row.object_id, changed, deleted_items(row), subscriber.version)

    def _again(self, row: OutboxRow, subscriber: Subscriber | None, words: str, *, hopeless: bool = False) -> None:
        """Try later, or give up and say so."""
        now = self._clock()
        title = Operation(row.operation).title
        if not hopeless and now - row.created < self._give_up:
            pause = min(2 ** min(row.attempts - 1, _MOST_DOUBLINGS), LONGEST_PAUSE_SECONDS)
            log.warning("%s of %s to subscriber %s failed, again in %d s: %s",
                        title, row.object_id, row.subscriber, pause, words)  # fmt: skip
            with self._store.transaction() as tx:
                tx.postpone_message(row, now + pause * SECOND)
            return
        log.error("%s of %s to subscriber %s is given up after %d attempts: %s",
                  title, row.object_id, row.subscriber, row.attempts, words)  # fmt: skip
        with self._store.transaction() as tx:
            if tx.delete_message(row):
                detail = f"given up after {row.attempts} attempts: {words}"
                self._record(tx, row, subscriber, Trace(), detail, ResultReason.GENERAL_FAILURE)

    def _record(
        self,
        tx: Transaction,
        row: OutboxRow,
        subscriber: Subscriber | None,
        trace: Trace,
        detail: str,
        reason: ResultReason | None = None,
    ) -> None:
        """Append one audit record: to whom, what, under which rule, with what end."""
        subject = None if subscriber is None else subscriber.subject
        entry = AuditEntry(
            self._clock(),
            row.subscriber if subject is None else subject.certificate_subject,
            "" if subject is None else subject.issuer,
            "" if subject is None else subject.serial,
            "" if subject is None else subject.address,
            Operation(row.operation).title,
            row.object_id,
            trace.object_type,
            trace.rule,
            "" if trace.allowed is None else "allow" if trace.allowed else "deny",
            (ResultStatus.SUCCESS if reason is None else ResultStatus.OPERATION_FAILED).title,
            "" if reason is None else reason.title,
            detail,
            f"{self._prefix}-outbox-{row.number}/{row.attempts}",
        )
        tx.append_audit(self._trail.extend(tx.chain_head(), [entry]))
