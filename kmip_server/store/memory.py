"""The store in memory: for tests, and the plain model which the databases are compared with.

One lock, dictionaries, and a list of what to undo. Locate goes through every object; nothing else may.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import TypeVar

from kmip_server.domain.lifecycle import DESTROYED, effective_state
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import IN_HEAD, Comparison, Filter, Found, Search, Term, index_terms
from kmip_server.ports import (
    AuditRow,
    ChainHead,
    JobItemRow,
    JobRow,
    KekRecord,
    OutboxRow,
    StoreError,
    StreamRow,
    TicketRow,
)
from kmip_server.spec.attribute_values import AttributeKey
from kmip_server.spec.enums import ObjectGroupMember
from kmip_server.spec.tags import Tag
from kmip_server.store.locate import require_short
from kmip_server.store.rows import object_row
from kmip_server.store.tables import EMPTY_CHAIN

Instances = dict[AttributeKey, dict[int, set[Term]]]


Row = TypeVar("Row")


class MemoryStore:
    """Implements ``ports.Store``; gone with the process."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._owner: int | None = None
        self.objects: dict[str, ManagedObject] = {}
        self.keks: list[KekRecord] = []
        self.audit: list[AuditRow] = []
        self.settings: dict[str, bytes] = {}
        self.streams: dict[bytes, StreamRow] = {}
        self.jobs: dict[bytes, JobRow] = {}
        self.job_items: dict[bytes, JobItemRow] = {}
        self.tickets: dict[bytes, TicketRow] = {}
        self.outbox: list[OutboxRow] = []

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        """Begin; threads take turns."""
        if self._owner == threading.get_ident():
            raise StoreError("a transaction is already open in this thread")
        with self._turn:
            self._owner = threading.get_ident()
            transaction = MemoryTransaction(self)
            try:
                with transaction.savepoint():
                    yield transaction
                    transaction.require_whole()
            finally:
                transaction.end()
                self._owner = None

    def audit_rows(self, first: int = 1) -> Iterator[AuditRow]:
        """The audit chain from a sequence number on."""
        yield from [row for row in self.audit if row.sequence >= first]

    def audit_head(self) -> ChainHead:
        """The end of the audit chain."""
        return ChainHead(self.audit[-1].sequence, self.audit[-1].hash) if self.audit else EMPTY_CHAIN

    def close(self) -> None:
        """Nothing to give back."""


class MemoryTransaction:
    """Implements ``ports.Transaction``."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._undo: list[Callable[[], object]] = []
        self._failure: str | None = None

    def end(self) -> None:
        """Refuse every later call."""
        self._failure = "the transaction is over"

    def require_whole(self) -> None:
        """Raise StoreError when something failed before."""
        if self._failure is not None:
            raise StoreError(self._failure)

    def _fail(self, sentence: str) -> StoreError:
        self._failure = sentence
        return StoreError(sentence)

    def load(self, unique_identifier: str, *, for_change: bool = False) -> ManagedObject | None:
        """Read an object; its attributes are a copy."""
        self.require_whole()
        found = self._store.objects.get(unique_identifier)
        return None if found is None else replace(found, lazy=found.attributes.copy().freeze())

    def insert(self, new: ManagedObject) -> None:
        """Write a new object."""
        self.require_whole()
        object_row(new)
        objects, uid = self._store.objects, new.unique_identifier
        if uid in objects:
            raise self._fail("the database refused a row that contradicts another")
        objects[uid] = replace(new, lazy=new.attributes.copy())
        self._undo.append(lambda: objects.pop(uid))

    def replace(self, changed: ManagedObject) -> bool:
        """Write over the revision the object was read at; False when another change came first."""
        self.require_whole()
        object_row(changed)
        objects, uid = self._store.objects, changed.unique_identifier
        before = objects.get(uid)
        if before is None or before.revision != changed.revision:
            return False
        objects[uid] = replace(changed, lazy=changed.attributes.copy(), revision=changed.revision + 1)
        self._undo.append(lambda: objects.__setitem__(uid, before))
        return True

    def remove(self, gone: ManagedObject) -> bool:
        """Take out the revision the object was read at; False when another change came first."""
        self.require_whole()
        store, uid = self._store, gone.unique_identifier
        before = store.objects
        if uid not in before or before[uid].revision != gone.revision:
            return False
        # A copy, so that undoing keeps the order in which objects came.
        store.objects = {key: item for key, item in before.items() if key != uid}
        self._undo.append(lambda: setattr(store, "objects", before))
        return True

    def remove_every_object(self) -> int:
        """Remove every object; keys and audit trail stay."""
        self.require_whole()
        before = dict(self._store.objects)
        self._store.objects.clear()
        self._undo.append(lambda: self._store.objects.update(before))
        self._drop_streams(lambda row: True)
        return len(before)

    def locate(self, search: Search) -> Found:
        """Find objects, newest first."""
        self.require_whole()
        require_short(search)
        items = list(self._store.objects.values())
        found = [item.unique_identifier for item in items if matches(item, search)]
        if not search.oldest_first:
            found.reverse()
        end = None if search.maximum is None else search.offset + search.maximum
        return Found(found[search.offset : end], len(found) if search.count else None)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done inside when an exception leaves it."""
        depth = len(self._undo)
        try:
            yield
        except BaseException:
            while len(self._undo) > depth:
                self._undo.pop()()
            raise

    def chain_head(self) -> ChainHead:
        """The end of the audit chain."""
        self.require_whole()
        return self._store.audit_head()

    def append_audit(self, rows: Sequence[AuditRow]) -> None:
        """Write audit rows; StoreError when they do not continue the chain."""
        self.require_whole()
        for row, sequence in zip(rows, count(self._store.audit_head().sequence + 1), strict=False):
            if row.sequence != sequence:
                raise self._fail("the audit records do not continue the chain")
            self._store.audit.append(row)
            self._undo.append(self._store.audit.pop)

    def insert_stream(self, row: StreamRow) -> None:
        """Keep an operation in several parts."""
        self.require_whole()
        if row.correlation_value in self._store.streams:
            raise self._fail("the database refused a row that contradicts another")
        self._put(self._store.streams, row.correlation_value, row)

    def load_stream(self, correlation_value: bytes) -> StreamRow | None:
        """Read one."""
        self.require_whole()
        return self._store.streams.get(correlation_value)

    def replace_stream(self, row: StreamRow) -> bool:
        """Write over the revision it was read at."""
        before = self.load_stream(row.correlation_value)
        if before is None or before.revision != row.revision:
            return False
        changed = before._replace(expires=row.expires, sealed=row.sealed, revision=row.revision + 1)
        self._put(self._store.streams, row.correlation_value, changed)
        return True

    def delete_stream(self, correlation_value: bytes) -> bool:
        """Forget one."""
        known = self.load_stream(correlation_value) is not None
        self._put(self._store.streams, correlation_value, None)
        return known

    def count_streams(self, owner: str) -> int:
        """How many a client has open."""
        self.require_whole()
        return sum(row.owner == owner for row in self._store.streams.values())

    def drop_streams(self, object_id: str) -> None:
        """Forget all that use an object."""
        self._drop_streams(lambda row: row.object_id == object_id)

    def expire_streams(self, now: int) -> None:
        """Forget all whose time has run out."""
        self._drop_streams(lambda row: row.expires <= now)

    def _drop_streams(self, doomed: Callable[[StreamRow], bool]) -> None:
        self.require_whole()
        for row in [row for row in self._store.streams.values() if doomed(row)]:
            self._put(self._store.streams, row.correlation_value, None)

    def insert_job(self, job: JobRow, items: Sequence[JobItemRow]) -> None:
        """Keep a request that is done later."""
        self.require_whole()
        if job.job in self._store.jobs or any(item.correlation_value in self._store.job_items for item in items):
            raise self._fail("the database refused a row that contradicts another")
        self._put(self._store.jobs, job.job, job)
        for item in items:
            self._put(self._store.job_items, item.correlation_value, item)

    def load_job(self, job: bytes) -> JobRow | None:
        """Read one."""
        self.require_whole()
        return self._store.jobs.get(job)

    def next_job(self) -> JobRow | None:
        """Read the one that is due first."""
        self.require_whole()
        return min(self._store.jobs.values(), key=lambda row: (row.due, row.job), default=None)

    def take_job(self, taken: JobRow) -> None:
        """Write who works on it, and until when."""
        before = self.load_job(taken.job)
        if before is not None:
            changed = before._replace(due=taken.due, attempts=taken.attempts, token=taken.token)
            self._put(self._store.jobs, taken.job, changed)

    def delete_job(self, job: bytes) -> None:
        """Forget the request; its items stay."""
        self.require_whole()
        self._put(self._store.jobs, job, None)

    def load_job_item(self, correlation_value: bytes) -> JobItemRow | None:
        """Read one item."""
        self.require_whole()
        return self._store.job_items.get(correlation_value)

    def job_items(self, job: bytes) -> list[JobItemRow]:
        """The items of a request, in their order."""
        self.require_whole()
        found = [row for row in self._store.job_items.values() if row.job == job]
        return sorted(found, key=lambda row: row.position)

    def owned_job_items(self, owner: str) -> list[JobItemRow]:
        """The items of a client, oldest first."""
        self.require_whole()
        found = [row for row in self._store.job_items.values() if row.owner == owner]
        return sorted(found, key=lambda row: (row.submitted, row.job, row.position))

    def replace_job_item(self, changed: JobItemRow) -> None:
        """Write the stage and the result of an item."""
        before = self.load_job_item(changed.correlation_value)
        if before is not None:
            names = ("stage", "status", "obtained", "expires", "sealed")
            values = {name: getattr(changed, name) for name in names}
            self._put(self._store.job_items, changed.correlation_value, before._replace(**values))

    def expire_job_items(self, now: int) -> None:
        """Forget every item whose time has run out."""
        self.require_whole()
        for row in [row for row in self._store.job_items.values() if row.expires <= now]:
            self._put(self._store.job_items, row.correlation_value, None)

    def _put(self, rows: dict[bytes, Row], name: bytes, row: Row | None) -> None:
        """Write, or with None remove, a row; undone with its savepoint."""
        before = dict(rows)
        rows.pop(name, None)
        if row is not None:
            rows[name] = row

        def restore() -> None:
            rows.clear()
            rows.update(before)

        self._undo.append(restore)

    def insert_message(self, row: OutboxRow) -> None:
        """Put a message into the outbox; it gets a number of its own."""
        self.require_whole()
        outbox = self._store.outbox
        self._put_message(outbox[-1].number + 1 if outbox else 1, row)

    def claim_message(self, now: int, until: int) -> OutboxRow | None:
        """Take the next message that is due."""
        self.require_whole()
        first: dict[tuple[str, str], OutboxRow] = {}
        for row in self._store.outbox:
            first.setdefault((row.subscriber, row.object_id), row)
        ready = sorted((row.due, row.number, row) for row in first.values() if row.due <= now)
        if not ready:
            return None
        row = ready[0][2]
        claimed = row._replace(due=until, attempts=row.attempts + 1)
        self._put_message(row.number, claimed)
        return claimed

    def postpone_message(self, row: OutboxRow, due: int) -> bool:
        """Have a claimed message wait; False when it is no longer the caller's."""
        if not self._is_mine(row):
            return False
        self._put_message(row.number, row._replace(due=due))
        return True

    def delete_message(self, row: OutboxRow) -> bool:
        """Forget a claimed message; False when it is no longer the caller's."""
        if not self._is_mine(row):
            return False
        self._put_message(row.number, None)
        return True

    def _is_mine(self, row: OutboxRow) -> bool:
        self.require_whole()
        mine = (row.number, row.created, row.attempts)
        return any((each.number, each.created, each.attempts) == mine for each in self._store.outbox)

    def _put_message(self, number: int, row: OutboxRow | None) -> None:
        before = self._store.outbox
        others = [each for each in before if each.number != number]
        if row is not None:
            others.append(row._replace(number=number))
        self._store.outbox = sorted(others)
        self._undo.append(lambda: setattr(self._store, "outbox", before))

    def keks(self) -> list[KekRecord]:
        """Every key-encryption key, oldest first."""
        self.require_whole()
        return sorted(self._store.keks, key=lambda record: (record.created, record.kek_id))

    def insert_kek(self, record: KekRecord) -> None:
        """Keep a new key-encryption key; when it is active the others become inactive."""
        self.require_whole()
        before = list(self._store.keks)
        if any(kek.kek_id == record.kek_id for kek in before):
            raise self._fail("the database refused a row that contradicts another")
        retired = [kek._replace(active=False) for kek in before] if record.active else before
        self._store.keks[:] = [*retired, record]
        self._undo.append(lambda: self._store.keks.__setitem__(slice(None), before))

    def due_for_rotation(self, now: int, most: int) -> list[str]:
        """Objects whose rotation is due, longest first."""
        self.require_whole()
        due = [
            (item.head.rotation_due, item.unique_identifier)
            for item in self._store.objects.values()
            if item.head.rotation_due is not None and item.head.rotation_due <= now and not item.head.archived
        ]
        return [uid for _, uid in sorted(due)[:most]]

    def setting(self, name: str) -> bytes | None:
        """What holds for the whole server under this name; None when nobody set it."""
        self.require_whole()
        return self._store.settings.get(name)

    def put_setting(self, name: str, value: bytes | None) -> None:
        """Set it; None takes it away."""
        self.require_whole()
        settings = self._store.settings
        before = dict(settings)
        settings.pop(name, None)
        if value is not None:
            settings[name] = value

        def undo() -> None:
            settings.clear()
            settings.update(before)

        self._undo.append(undo)

    def ticket(self, digest: bytes) -> TicketRow | None:
        """A ticket."""
        self.require_whole()
        return self._store.tickets.get(digest)

    def insert_ticket(self, new: TicketRow, now: int) -> None:
        """Keep a new ticket, and forget those that have expired."""
        kept = {digest: row for digest, row in self._store.tickets.items() if row.expires > now}
        if new.digest in kept:
            raise self._fail("the database refused a row that contradicts another")
        self._set_tickets({**kept, new.digest: new})

    def replace_ticket(self, changed: TicketRow) -> None:
        """Write over a ticket's terms; one that is gone stays gone."""
        if changed.digest in self._store.tickets:
            self._set_tickets({**self._store.tickets, changed.digest: changed})

    def delete_ticket(self, digest: bytes) -> None:
        """Forget a ticket."""
        self._set_tickets({key: row for key, row in self._store.tickets.items() if key != digest})

    def _set_tickets(self, tickets: dict[bytes, TicketRow]) -> None:
        self.require_whole()
        store, before = self._store, self._store.tickets
        store.tickets = tickets
        self._undo.append(lambda: setattr(store, "tickets", before))


def matches(item: ManagedObject, search: Search) -> bool:
    """Whether a search finds an object: the rules of 2.1 §6.1.28, in the plainest words."""
    pair = (item.head.operation_policy_name, item.object_type)
    visibility = search.visibility
    if not (pair in visibility.any or (item.owner == visibility.owner and pair in visibility.own)):
        return False
    instances = instances_of(item, search.now)
    return (
        _stored_as_asked(item, search)
        and (search.member is None or _member_as_asked(item, instances, search.member))
        and all(_satisfies(instances.get(each.key, {}), each) for each in search.filters)
    )


def instances_of(item: ManagedObject, now: int) -> Instances:
    """For every attribute its instances, each with its terms."""
    instances: Instances = {}
    for key, index, term in index_terms(item.attributes):
        instances.setdefault(key, {}).setdefault(index, set()).add(term)
    head = item.head
    state = effective_state(head.state, head.activation_date, head.deactivation_date, now)
    instances[Tag.UNIQUE_IDENTIFIER] = {0: {Term("", item.unique_identifier)}}
    instances[Tag.OBJECT_TYPE] = {0: {Term("", int(item.object_type))}}
    if state is not None:
        instances[Tag.STATE] = {0: {Term("", int(state))}}
    for tag, name in IN_HEAD.items():
        value = getattr(head, name)
        if value is not None:
            instances[tag] = {0: {Term("", value if isinstance(value, str) else int(value))}}
    return instances


def _stored_as_asked(item: ManagedObject, search: Search) -> bool:
    destroyed = item.head.state in DESTROYED
    if destroyed and not search.destroyed:
        return False
    if item.head.archived and not search.archived:
        return False
    return destroyed or item.head.archived or search.on_line


def _member_as_asked(item: ManagedObject, instances: Instances, member: ObjectGroupMember) -> bool:
    return Tag.OBJECT_GROUP in instances and (item.head.fresh or member is not ObjectGroupMember.GROUP_MEMBER_FRESH)


def _satisfies(instances: dict[int, set[Term]], asked: Filter) -> bool:
    if asked.comparison is Comparison.NEVER:
        return False
    if asked.comparison is Comparison.ABSENT:
        return not instances
    compare = _COMPARE[asked.comparison]
    return any(compare(terms, asked.terms) for terms in instances.values())


def _numbers(terms: set[Term], field: str) -> list[int]:
    return [value for name, value in terms if name == field and isinstance(value, int)]


def _equal(held: set[Term], asked: Sequence[Term]) -> bool:
    return held.issuperset(asked)


def _between(held: set[Term], asked: Sequence[Term]) -> bool:
    (field, low), (_, high) = asked
    return any(low <= number <= high for number in _numbers(held, field))  # type: ignore[operator]


def _all_bits(held: set[Term], asked: Sequence[Term]) -> bool:
    return all(
        isinstance(bits, int) and any(number & bits == bits for number in _numbers(held, field))
        for field, bits in asked
    )


def _at_least(held: set[Term], asked: Sequence[Term]) -> bool:
    return all(
        isinstance(least, int) and any(number >= least for number in _numbers(held, field)) for field, least in asked
    )


_COMPARE: dict[Comparison, Callable[[set[Term], Sequence[Term]], bool]] = {
    Comparison.EQUAL: _equal,
    Comparison.BETWEEN: _between,
    Comparison.ALL_BITS: _all_bits,
    Comparison.AT_LEAST: _at_least,
}
