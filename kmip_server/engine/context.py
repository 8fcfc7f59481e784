"""What one batch item may see and do: the doors of the house.

How objects come out of the store is in ``doors.py``; here is how they go in and change: ``admit`` is the one way
a new one goes in, ``save`` the one way an object changes. A handler cannot forget to ask what the doors ask, and
every answer is noted for the audit record of the item.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.birth import complete
from kmip_server.domain.lifecycle import CREDENTIALS
from kmip_server.domain.objects import Body, ManagedObject, head_of
from kmip_server.domain.policy import (
    WITHOUT_OBJECT,
    visibility,
)
from kmip_server.domain.rules import Rules
from kmip_server.domain.search import Found, Search, Visibility
from kmip_server.domain.usage import spend, usage_units
from kmip_server.engine.digests import default_digest
from kmip_server.engine.doors import Doors, require_allowed
from kmip_server.engine.issuing import IssuingAuthority
from kmip_server.engine.material import split
from kmip_server.engine.once import DeviceIndex
from kmip_server.engine.provisioning import ClientProvisioning
from kmip_server.engine.references import CODE_OF_OPERATION
from kmip_server.engine.rooms import Rooms as Rooms
from kmip_server.engine.sessions import TicketDesk
from kmip_server.engine.streams import ItemStreams
from kmip_server.errors import CryptographicFailure, ItemNotFound, KmipError, PermissionDenied
from kmip_server.ports import Tickets
from kmip_server.spec.attributes import REPLACING
from kmip_server.spec.enums import ObjectType, Operation, ResultReason, UniqueIdentifierCode
from kmip_server.spec.operations import Verb
from kmip_server.spec.structures.credential_objects import DeviceCredential
from kmip_server.spec.structures.keys import KeyValue, ManagedObjectStructure
from kmip_server.spec.structures.query import Constraints, DefaultsInformation
from kmip_server.spec.tags import Tag

_LOW_62 = (1 << 62) - 1

_ENDS_STREAMS = frozenset(
    {Operation.REVOKE, Operation.DESTROY, Operation.ARCHIVE, Operation.DEACTIVATE, Operation.OBLITERATE}
)
"""Operations after which what was begun with the object in several parts is forgotten."""


class ItemContext(Doors):
    """The context of one batch item; see :class:`kmip_server.ports.Context`."""

    __slots__ = ()

    def with_secret(self, found: ManagedObject, secret: bytes) -> ManagedObject:
        """See :meth:`kmip_server.ports.Context.with_secret`."""
        sealed = self._rooms.sealer.seal(
            secret, uid=found.unique_identifier, object_type=int(found.object_type), owner=found.owner
        )
        return found.with_body(replace(found.body, sealed=sealed))

    @property
    def authority(self) -> IssuingAuthority:
        """See :class:`kmip_server.ports.Authority`."""
        rooms = self._rooms
        return IssuingAuthority(
            rooms.certification, self._tx, rooms.policies.names, self.now, self.state_of, self.material, self.note
        )

    @property
    def provisioning(self) -> ClientProvisioning:
        """See :attr:`kmip_server.ports.Context.provisioning`."""
        rooms = self._rooms
        names = rooms.policies.names
        authority = IssuingAuthority(
            rooms.client_certification, self._tx, names, self.now, self.state_of, self.material, self.note
        )
        return ClientProvisioning(
            authority, self._tx, self.subject, frozenset(names), self.ciphers, self.now, self._certificate_in, self.save
        )

    def _certificate_in(self, found: ManagedObject) -> Any:
        return self.material(found).value

    # --- changes ------------------------------------------------------------------------------------

    def served(self, found: ManagedObject) -> None:
        """See :meth:`kmip_server.ports.Context.served`."""
        head = found.head
        if not head.fresh and head.turn is None:
            return
        current = self._find(found.unique_identifier, self.operation, for_change=True)
        turn = current.head.turn
        if turn is not None:
            # One more than the last where this round has handed it out before: the next member must come first.
            current = current.with_turn(max(self._now_us, turn + 1))
        if current.head.fresh:
            attributes = current.attributes.copy()
            attributes.put(Tag.FRESH, False)
            current = current.with_attributes(attributes)
        self.save(current, object_changed=False)

    def spend(self, found: ManagedObject, amount: int, *, first: bool = True) -> None:
        """See :meth:`kmip_server.ports.Context.spend`."""
        if self._grant is not None:
            self._grant.spend(amount)
        if not found.head.limited:
            return
        current = self._find(found.unique_identifier, self.operation, for_change=True)
        attributes = current.attributes.copy()
        limits = attributes.one(Tag.USAGE_LIMITS)
        attributes.put(Tag.USAGE_LIMITS, spend(limits, usage_units(limits.usage_limits_unit, amount, first=first)))
        self.save(current.with_attributes(attributes), object_changed=False)

    def admit(
        self,
        object_type: ObjectType,
        structure: ManagedObjectStructure | None,
        attributes: AttributeMap,
        *,
        trusted: bool,
        unique_identifier: str | None = None,
        replacing: ManagedObject | None = None,
    ) -> ManagedObject:
        """See :meth:`kmip_server.ports.Context.admit`."""
        rooms = self._rooms
        rules = self.rules
        if self.operation not in REPLACING:
            rules.fill(attributes, object_type)
        uid = unique_identifier or self.new_identifier()
        owner = self.subject.name if replacing is None else replacing.owner
        form, secret = (b"", None) if structure is None else split(structure, rooms.codec)
        # A password's digest, shown as an attribute, would be an invitation to guess.
        digest = None if secret is None or object_type in CREDENTIALS else rooms.ciphers.digest(secret)
        algorithm = attributes.one(Tag.CRYPTOGRAPHIC_ALGORITHM)
        further = default_digest(structure, object_type, algorithm, rooms.ciphers, rooms.codec, trusted=trusted)
        if Tag.OPERATION_POLICY_NAME not in attributes:
            attributes.put(Tag.OPERATION_POLICY_NAME, rooms.facts.default_policy)
        complete(
            attributes,
            object_type,
            structure,
            digest,
            further,
            self.operation,
            self.now,
            rooms.facts.lease_time,
            # 2.1 §4.56: "SHOULD be generated as a SHA-256 hash of the Unique Identifier".
            rooms.ciphers.digest(uid.encode()),
        )
        if rules.violations(attributes, object_type):
            raise KmipError("a constraint forbids such an object", ResultReason.CONSTRAINT_VIOLATION)
        sealed = (
            None if secret is None else rooms.sealer.seal(secret, uid=uid, object_type=int(object_type), owner=owner)
        )
        admitted = ManagedObject(uid, object_type, owner, head_of(attributes), attributes, Body(form, sealed, trusted))
        self._write(admitted, replacing)
        if isinstance(structure, DeviceCredential):
            DeviceIndex(self._tx).add(uid, structure, self.now)
        if rooms.announcer is not None:
            rooms.announcer.made(self._tx, admitted, self._now_us)
        trace = self.trace
        if trace.object_id:
            trace.details.append(f"made {uid}")
        else:
            trace.object_id = uid
            trace.object_type = object_type.title
        self.remember(uid)
        return admitted

    def _write(self, admitted: ManagedObject, replacing: ManagedObject | None) -> None:
        """Insert a new object, or write it over the one it replaces."""
        if replacing is None:
            self._tx.insert(admitted)
            return
        self._tx.drop_streams(admitted.unique_identifier)
        if not self._tx.replace(replace(admitted, revision=replacing.revision)):
            raise KmipError("the object was changed by another request at the same time; try again")

    def existing(self, unique_identifier: str) -> ManagedObject | None:
        """See :meth:`kmip_server.ports.Context.existing`."""
        if self._tx.load(unique_identifier, for_change=True) is None:
            return None
        try:
            return self.load_for_change(unique_identifier)
        except ItemNotFound as error:
            raise KmipError("there is an object with this identifier", ResultReason.OBJECT_ALREADY_EXISTS) from error

    def save(self, changed: ManagedObject, *, object_changed: bool = True) -> ManagedObject:
        """See :meth:`kmip_server.ports.Context.save`."""
        if self._row.verb is Verb.CHANGE:
            self._require_constraints(changed)
        if object_changed:
            attributes = changed.attributes.copy()
            attributes.put(Tag.LAST_CHANGE_DATE, self.now)
            changed = changed.with_attributes(attributes)
        if self.operation in _ENDS_STREAMS:
            self._tx.drop_streams(changed.unique_identifier)
        announcer = self._rooms.announcer if object_changed else None
        before = None if announcer is None else self._tx.load(changed.unique_identifier)
        if not self._tx.replace(changed):
            raise KmipError("the object was changed by another request at the same time; try again")
        if announcer is not None and before is not None:
            announcer.changed(self._tx, before, changed, self._now_us)
        return replace(changed, revision=changed.revision + 1)

    def erase(self, found: ManagedObject) -> None:
        """See :meth:`kmip_server.ports.Context.erase`."""
        self._tx.drop_streams(found.unique_identifier)
        if not self._tx.remove(found):
            raise KmipError("the object was changed by another request at the same time; try again")

    def _require_constraints(self, changed: ManagedObject) -> None:
        """Refuse a change that violates what was not violated before."""
        violated = self.rules.violations(changed.attributes, changed.object_type)
        if violated:
            before = self._tx.load(changed.unique_identifier)
            if before is None or violated - self.rules.violations(before.attributes, before.object_type):
                raise KmipError("a constraint forbids this change", ResultReason.CONSTRAINT_VIOLATION)

    @property
    def streams(self) -> ItemStreams:
        """See :attr:`kmip_server.ports.Context.streams`."""
        if self._streams is None:
            rooms = self._rooms
            self._streams = ItemStreams(self._tx, rooms, self.subject.name, self.operation, self.now)
        return self._streams

    # --- the rest -----------------------------------------------------------------------------------

    @property
    def tickets(self) -> Tickets:
        """See :attr:`kmip_server.ports.Context.tickets`."""
        longest = self.facts.maximum_ticket_time
        return TicketDesk(
            self._tx, self.subject, self._carrier, self._grant, self.ciphers, self.now, longest, self.note
        )

    def locate(self, search: Search) -> Found:
        """See :meth:`kmip_server.ports.Context.locate`."""
        return self._tx.locate(search)

    @property
    def rules(self) -> Rules:
        """See :attr:`kmip_server.ports.Context.rules`."""
        return self._rooms.rules.read(self._tx)

    def keep_defaults(self, defaults: DefaultsInformation | None) -> None:
        """See :meth:`kmip_server.ports.Context.keep_defaults`."""
        self._rooms.rules.write_defaults(self._tx, defaults)

    def keep_constraints(self, constraints: Constraints) -> None:
        """See :meth:`kmip_server.ports.Context.keep_constraints`."""
        self._rooms.rules.write_constraints(self._tx, constraints)

    def remove_every_object(self) -> int:
        """See :meth:`kmip_server.ports.Context.remove_every_object`."""
        if self.operation is not Operation.INTEROP:
            raise PermissionDenied(f"{self.operation.title} removes no objects")
        self.remember(None)
        return self._tx.remove_every_object()

    def knows_policy(self, name: str) -> bool:
        """See :meth:`kmip_server.ports.Context.knows_policy`."""
        return name in self._rooms.policies.names

    def visibility(self) -> Visibility:
        """See :meth:`kmip_server.ports.Context.visibility`."""
        return visibility(self._rooms.policies, self.subject)

    def new_identifier(self) -> str:
        """See :meth:`kmip_server.ports.Context.new_identifier`."""
        # RFC 9562 §5.7, version 7: neighbours in time are neighbours in the database's index; random ones are not.
        chance = int.from_bytes(self._rooms.ciphers.random(10), "big")
        whole = self._now_us // 1000 << 80 | 7 << 76 | chance >> 68 << 64 | 2 << 62 | chance & _LOW_62
        digits = f"{whole:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def remember(self, unique_identifier: str | None, code: UniqueIdentifierCode | None = None) -> None:
        """See :meth:`kmip_server.ports.Context.remember`."""
        self._memory.placeholder = unique_identifier
        code = code or CODE_OF_OPERATION.get(self.operation)
        if code is None:
            return
        if unique_identifier is None:
            self._memory.by_code.pop(code, None)
        else:
            self._memory.by_code[code] = unique_identifier

    def encode_key_value(self, value: KeyValue) -> bytes:
        """See :meth:`kmip_server.ports.Context.encode_key_value`."""
        return self._rooms.codec.encode_key_value(value, self.version)

    def decode_key_value(self, encoded: bytes) -> KeyValue:
        """See :meth:`kmip_server.ports.Context.decode_key_value`."""
        try:
            return self._rooms.codec.decode_key_value(encoded, self.version)
        except KmipError as error:
            raise CryptographicFailure("the key could not be unwrapped") from error

    def note(self, detail: str) -> None:
        """See :meth:`kmip_server.ports.Context.note`."""
        self.trace.details.append(detail)

    @contextmanager
    def acting_as(self, operation: Operation) -> Iterator[ItemContext]:
        """See :meth:`kmip_server.ports.Context.acting_as`."""
        with self._tx.savepoint():
            if self._grant is not None:
                self._grant.require(operation)
            if operation in WITHOUT_OBJECT:
                require_allowed(self._rooms.policies, self.subject, operation, self.trace)
            inner = ItemContext(
                self._rooms,
                self._tx,
                self._memory,
                self.subject,
                self.version,
                operation,
                self._now_us,
                self.prepared,
                self.trace,
                self._grant,
                self._carrier,
            )
            inner._behind = self._behind or self.operation
            yield inner

    def seal_state(self, plain: bytes) -> bytes:
        """See :meth:`kmip_server.ports.Context.seal_state`."""
        return self._rooms.sealer.seal(plain, uid=self.operation.title, object_type=0, owner=self.subject.name)

    def open_state(self, sealed: bytes) -> bytes:
        """See :meth:`kmip_server.ports.Context.open_state`."""
        return self._rooms.sealer.open(sealed, uid=self.operation.title, object_type=0, owner=self.subject.name)
