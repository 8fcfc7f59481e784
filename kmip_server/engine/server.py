"""Runs a round: all requests that came together, in one transaction with their audit records.

The replies are given back only after the commit, so that nothing acknowledged is ever lost, and one
commit serves the whole round. When the database fails, nothing of the round was kept: each request is then
tried once more in a transaction of its own, so that one request cannot take the others down, and what
fails again is answered with General Failure.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from kmip_server.engine.answering import header_for, refuse_message, require_served
from kmip_server.engine.batch import Batch
from kmip_server.engine.call import Call
from kmip_server.engine.context import ItemContext
from kmip_server.engine.deferring import MANDATORY, deferrable
from kmip_server.engine.pending import Pending
from kmip_server.engine.pending_door import ItemPending
from kmip_server.engine.rooms import Rooms
from kmip_server.engine.rotation import Rotation
from kmip_server.engine.sessions import Grant, redeem
from kmip_server.engine.signing_in import presume, require_standing, sign_in
from kmip_server.engine.trace import BatchMemory, Trace
from kmip_server.errors import FeatureNotSupported, KmipError
from kmip_server.operations.registry import Handler, Look
from kmip_server.ports import AuditEntry, AuditTrail, Clock, Prepared, Store, StoreError, Transaction
from kmip_server.spec.enums import Operation, ResultReason, ResultStatus
from kmip_server.spec.reasons import reason_in
from kmip_server.spec.structures.envelope import RequestBatchItem

MOST_ROTATED = 100
"""How many objects are rotated at one time."""

NOTHING = Prepared()

log = logging.getLogger(__name__)


def _done(job: Callable[[], Prepared]) -> Prepared:
    """What slow work gave; where it was refused, whoever needs it will say so."""
    try:
        return job()
    except KmipError:
        return NOTHING


def nobody() -> Sequence[Call]:
    """Nothing has arrived meanwhile."""
    return ()


class _Asynchronous:
    """Gives batches what they ask of asynchronous requests."""

    def __init__(self, pending: Pending) -> None:
        self._pending = pending
        self.new_value = pending.new_value

    def door(self, tx: Transaction, owner: str, now_us: int, prepared: Prepared, trace: Trace) -> ItemPending:
        """The asynchronous requests of a client."""
        return ItemPending(self._pending, tx, owner, now_us, prepared, trace)


class Engine:
    """The server without its bytes: requests in, replies out."""

    def __init__(
        self,
        store: Store,
        rooms: Rooms,
        trail: AuditTrail,
        clock: Clock,
        table: Mapping[Operation, Handler],
        clock_skew: int = 0,
    ) -> None:
        self._store = store
        self._rooms = rooms
        self._trail = trail
        self._clock = clock
        self._table = table
        self._clock_skew = clock_skew
        self.pending = Pending(store, lambda: self._rooms, trail, clock, table, self.slow)
        """The asynchronous requests; :meth:`Pending.chore` does them."""
        self._asynchronous = _Asynchronous(self.pending)
        self._prompt = frozenset(
            operation
            for operation, handler in table.items()
            if handler.prepare is None and handler.foresee is None and operation is not Operation.PROCESS
        )
        """Operations of which nothing is ever done before their round."""
        self._prefix = secrets.token_hex(6)
        self._count = 0

    @property
    def rooms(self) -> Rooms:
        """The rooms the engine works with; replaced as a whole when policies are reloaded."""
        return self._rooms

    @rooms.setter
    def rooms(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def slow(self, call: Call) -> Callable[[], None] | None:
        """What must be done for a call before its round because it takes over a millisecond, or None."""
        items = call.request.items
        if len(items) == 1 and items[0].operation in self._prompt:
            return None
        header = call.request.header
        asks = header is not None and header.asynchronous_indicator is not None
        deferred = deferrable(call, self._table) if asks else ()
        jobs = [
            (position, job)
            for position, item in enumerate(items)
            if position not in deferred and (job := self._job(call, item)) is not None
        ]
        if not jobs:
            return None

        def work() -> None:
            if not presume(self._rooms, self._store, call, self._clock()):
                return
            for position, job in jobs:
                try:
                    call.prepared[position] = job()
                except KmipError as error:
                    call.failed[position] = error

        return work

    def _job(self, call: Call, item: RequestBatchItem) -> Callable[[], Prepared] | None:
        """What must be done before the round for one item."""
        handler = self._table.get(item.operation)
        if handler is None or type(item.request_payload) is not handler.request:
            return None
        if handler.prepare is not None:
            job = handler.prepare(item.request_payload, self._rooms.ciphers)
            if job is not None:
                return job
        if item.operation is Operation.PROCESS:
            # Who asks is known when it runs.
            return lambda: self.pending.prepare(item.request_payload.asynchronous_correlation_value, call.subject.name)
        look = None if handler.foresee is None else handler.foresee(item.request_payload)
        return None if look is None else partial(self._foreseen, call, item.operation, look)

    def _foreseen(self, call: Call, operation: Operation, look: Look) -> Prepared:
        """Look into the store for what slow work needs, end that transaction, then do the work.

        Whoever asks is authenticated by now, and everything goes through the doors of a context. What is refused
        here is refused, and recorded, once more when the item runs.
        """
        version, now_us = call.request.version, self._clock()
        try:
            with self._store.transaction() as tx:
                job = look(
                    ItemContext(
                        self._rooms, tx, BatchMemory(), call.subject, version, operation, now_us, Prepared(), Trace()
                    )
                )
        except (KmipError, StoreError):
            return NOTHING
        return NOTHING if job is None else _done(job)

    def run(self, calls: Sequence[Call], more: Callable[[], Sequence[Call]] = nobody) -> list[bytes]:
        """Answer a round, and those that came meanwhile; never raises, whatever the requests or the database do."""
        calls = list(calls)
        try:
            return self._round(calls, more)
        except StoreError as error:
            if len(calls) > 1:
                log.warning(
                    "a round of %d requests failed in the database, trying them one by one: %s", len(calls), error
                )
                return [reply for call in calls for reply in self.run([call])]
            log.error("the database failed: %s", error)
        except Exception:
            if len(calls) > 1:
                log.exception("a round of %d requests failed, trying them one by one", len(calls))
                return [reply for call in calls for reply in self.run([call])]
            log.exception("a request failed outside its items")
        return [self._failure(call) for call in calls]

    def _round(self, calls: list[Call], more: Callable[[], Sequence[Call]]) -> list[bytes]:
        """Answer the calls, and those that ``more`` adds to them, in one transaction."""
        replies: list[bytes] = []
        entries: list[AuditEntry] = []
        with self._store.transaction() as tx:
            for call in calls:
                replies.append(self._answer(tx, call, entries))
            late = more()
            calls += late
            for call in late:
                replies.append(self._answer(tx, call, entries))
            # The head of the chain is taken last, so that other writers wait for it as shortly as possible.
            tx.append_audit(self._trail.extend(tx.chain_head(), entries))
        return replies

    def _answer(self, tx: Transaction, call: Call, entries: list[AuditEntry]) -> bytes:
        now_us = self._clock()
        request = call.request
        try:
            if request.error is not None:
                raise request.error
            require_served(request, now_us // 1_000_000, self._clock_skew)
        except KmipError as error:
            entries.append(self._refused_entry(call, error, now_us))
            return refuse_message(request, call.writer, error, now_us)
        rooms = self._rooms
        if call.check is not None or rooms.watches_certificates or rooms.attesting is not None:
            sign_in(rooms, tx, call, now_us)
        grant = self._redeemed(tx, call, now_us // 1_000_000) if call.ticket is not None else None
        correlation = self._correlation(call)
        header = request.header
        asks = header is not None and header.asynchronous_indicator is not None
        deferred = deferrable(call, self._table) if asks else ()
        batch = Batch(
            self._rooms, self._table, tx, call, now_us, correlation, self._asynchronous, deferred, grant=grant
        )
        batch.run()
        if grant is not None:
            grant.settle(tx)
        if batch.values:
            self.pending.submit(tx, call, batch.values, now_us, correlation)
        entries += batch.earlier
        entries += batch.entries
        pieces = batch.pieces
        return call.writer.message(header_for(call, len(pieces), now_us // 1_000_000), pieces)

    def _redeemed(self, tx: Transaction, call: Call, now: int) -> Grant | None:
        """Take the ticket of a request; what is wrong with it refuses every item."""
        if call.ticket is None:
            return None
        call.refusal = None
        try:
            if call.request.header is not None and call.request.header.asynchronous_indicator == MANDATORY:
                raise FeatureNotSupported("a request that comes with a ticket is not done asynchronously")
            grant = redeem(tx, call.ticket, now)
            require_standing(self._rooms, tx, grant, now * 1_000_000)
            return grant
        except KmipError as error:
            call.refusal = error
            return None

    def _correlation(self, call: Call) -> str:
        """What the records of one request share: unique in this process' life, and the client's own value after it."""
        self._count += 1
        own = f"{self._prefix}-{self._count:x}"
        header = call.request.header
        client = header.client_correlation_value if header is not None else None
        return f"{own} {client}" if client else own

    def rotate_due(self, most: int = MOST_ROTATED) -> int:
        """Rotate the objects whose rotation is due, each in a transaction of its own; tell how many were tried here.

        What takes long (a new RSA pair) is made between two transactions; another process may then have been faster.
        Raises StoreError when the database fails; what was rotated before is kept.
        """
        tried = 0
        for _ in range(most):
            with self._store.transaction() as tx:
                rotation = self._rotation(tx)
                due = tx.due_for_rotation(rotation.now, 1)
                if not due:
                    break
                job = rotation.foresee(due[0])
                if job is None:
                    tried += self._rotate(tx, rotation, due[0])
            if job is not None:
                prepared = _done(job)
                with self._store.transaction() as tx:
                    tried += self._rotate(tx, self._rotation(tx, prepared), due[0])
        return tried

    def _rotation(self, tx: Transaction, prepared: Prepared = NOTHING) -> Rotation:
        self._count += 1
        return Rotation(self._rooms, self._table, tx, self._clock(), f"{self._prefix}-{self._count:x}", prepared)

    def _rotate(self, tx: Transaction, rotation: Rotation, unique_identifier: str) -> bool:
        entries = rotation.run(unique_identifier)
        tx.append_audit(self._trail.extend(tx.chain_head(), entries))
        return bool(entries)

    def _refused_entry(self, call: Call, error: KmipError, now_us: int) -> AuditEntry:
        subject = call.subject
        reason = reason_in(error.reason, call.request.version)
        return AuditEntry(
            now_us,
            subject.certificate_subject,
            subject.issuer,
            subject.serial,
            subject.address,
            "",
            "",
            "",
            "",
            "",
            ResultStatus.OPERATION_FAILED.title,
            reason.title,
            error.message,
            self._correlation(call),
        )

    def _failure(self, call: Call) -> bytes:
        error = KmipError(
            "the server could not complete the request; nothing of it was kept", ResultReason.GENERAL_FAILURE
        )
        return refuse_message(call.request, call.writer, error, self._clock())
