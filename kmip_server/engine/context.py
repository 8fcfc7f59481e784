"""What one batch item may see and do: the doors of the house.

``load`` is the one way an object comes out of the store, ``admit`` the one way a new one goes in,
``reveal`` and ``material`` the only ways a secret is opened, ``save`` the one way an object changes. Each asks
first: is it there, may this subject know of it, does a rule allow it, does its state permit it. A handler
cannot forget to ask, and every answer is noted for the audit record of the item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.birth import complete
from kmip_server.domain.lifecycle import CREDENTIALS, DESTROYED, effective_state
from kmip_server.domain.objects import Body, ManagedObject, head_of
from kmip_server.domain.policy import (
    WITHOUT_OBJECT,
    Decision,
    Policies,
    decide,
    decide_without_object,
    may_see,
    visibility,
)
from kmip_server.domain.rules import Rules
from kmip_server.domain.search import Found, Search, Visibility
from kmip_server.domain.subject import Subject
from kmip_server.domain.usage import require_usage, require_use, spend, usage_units
from kmip_server.engine.digests import default_digest
from kmip_server.engine.issuing import IssuingAuthority
from kmip_server.engine.material import join, key_material, split
from kmip_server.engine.provisioning import ClientProvisioning
from kmip_server.engine.rooms import Rooms as Rooms
from kmip_server.engine.sessions import Grant, TicketDesk
from kmip_server.engine.streams import ItemStreams
from kmip_server.errors import CryptographicFailure, IllegalOperation, ItemNotFound, KmipError, PermissionDenied
from kmip_server.ports import AuditEntry, Material, PendingRequests, Prepared, Tickets, Transaction
from kmip_server.spec.attributes import REPLACING
from kmip_server.spec.enums import KeyFormatType, ObjectType, Operation, ResultReason, UniqueIdentifierCode
from kmip_server.spec.operations import OPERATIONS, OperationRow, Use, Verb
from kmip_server.spec.structures.keys import KeyValue, ManagedObjectStructure
from kmip_server.spec.structures.query import Constraints, DefaultsInformation
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import Version

_LOW_62 = (1 << 62) - 1

_NOT_FOUND = "no such object"
"""The one answer for an object that does not exist and for one that the subject may not know of."""

_ACTS_ON_DESTROYED = frozenset(
    {
        Operation.GET_ATTRIBUTES,
        Operation.GET_ATTRIBUTE_LIST,
        Operation.REVOKE,
        Operation.DESTROY,
        Operation.OBLITERATE,
        Operation.ADD_ATTRIBUTE,
        Operation.MODIFY_ATTRIBUTE,
        Operation.DELETE_ATTRIBUTE,
        Operation.SET_ATTRIBUTE,
        Operation.EXPORT,
        Operation.IMPORT,
        Operation.ADJUST_ATTRIBUTE,
    }
)
"""Operations for which a destroyed object is still there: its attributes outlive its value (2.1 §6.1.15)."""
_ACTS_ON_ARCHIVED = frozenset(
    {Operation.LOCATE, Operation.RECOVER, Operation.GET_ATTRIBUTES, Operation.GET_ATTRIBUTE_LIST}
)
"""Operations for which an archived object is there. 1.4 §11.13 lists Object Archived for Get Attributes; 2.1 §6.1.20
does not, and the published cases read an Archive Date so, which could not be read at all otherwise (TC-101)."""
_ENDS_STREAMS = frozenset(
    {Operation.REVOKE, Operation.DESTROY, Operation.ARCHIVE, Operation.DEACTIVATE, Operation.OBLITERATE}
)
"""Operations after which what was begun with the object in several parts is forgotten."""


@dataclass(slots=True)
class BatchMemory:
    """What the items of one batch share: the ID Placeholder, and what was answered so far (2.1 §4.58)."""

    placeholder: str | None = None
    answered: list[str] = field(default_factory=list)
    """Every Unique Identifier in the response so far, in its order."""
    by_code: dict[UniqueIdentifierCode, str] = field(default_factory=dict)


@dataclass(slots=True)
class Trace:
    """What the audit record of an item will say."""

    object_id: str = ""
    object_type: str = ""
    rule: str = ""
    allowed: bool | None = None
    details: list[str] = field(default_factory=list)
    earlier: Sequence[AuditEntry] = ()
    """The records of an asynchronous request that was done on the way."""


class ItemContext:
    """The context of one batch item; see :class:`kmip_server.ports.Context`."""

    __slots__ = (
        "_behind",
        "_carrier",
        "_grant",
        "_memory",
        "_now_us",
        "_rooms",
        "_row",
        "_streams",
        "_tx",
        "ciphers",
        "facts",
        "now",
        "operation",
        "pending",
        "prepared",
        "subject",
        "trace",
        "version",
    )

    def __init__(
        self,
        rooms: Rooms,
        tx: Transaction,
        memory: BatchMemory,
        subject: Subject,
        version: Version,
        operation: Operation,
        now_us: int,
        prepared: Prepared,
        trace: Trace,
        grant: Grant | None = None,
        carrier: str = "",
    ) -> None:
        self._rooms = rooms
        self._tx = tx
        self._memory = memory
        self._streams: ItemStreams | None = None
        self._behind: Operation | None = None
        """The operation that this one stands in for: an object's policy must allow both."""
        self._row: OperationRow = OPERATIONS[operation]
        self.operation = operation
        self.subject = subject
        self.version = version
        self._now_us = now_us
        self.now = now_us // 1_000_000
        self.prepared = prepared
        self.pending: PendingRequests
        self.facts = rooms.facts
        self.ciphers = rooms.ciphers
        self.trace = trace
        self._grant = grant
        self._carrier = carrier

    # --- objects out --------------------------------------------------------------------------------

    def load(
        self, unique_identifier: Any, *, use: Use | None = None, operation: Operation | None = None
    ) -> ManagedObject:
        """See :meth:`kmip_server.ports.Context.load`."""
        found = self._find(self.resolve(unique_identifier), operation or self.operation, for_change=False)
        self._require_there(found, operation or self.operation)
        if use is not None:
            require_use(use, found.head, self.state_of(found), self.now)
        elif operation is None:
            require_usage(self._row, found.object_type, found.head, self.state_of(found), self.now)
        return found

    def load_for_change(self, unique_identifier: Any, *, operation: Operation | None = None) -> ManagedObject:
        """See :meth:`kmip_server.ports.Context.load_for_change`."""
        found = self._find(self.resolve(unique_identifier), operation or self.operation, for_change=True)
        self._require_there(found, operation or self.operation)
        if operation is None and self._row.object_types is not None and found.object_type not in self._row.object_types:
            raise IllegalOperation(
                f"{self.operation.title} is not for a {found.object_type.title}", ResultReason.INVALID_OBJECT_TYPE
            )
        return found

    def _find(self, unique_identifier: str, operation: Operation, *, for_change: bool) -> ManagedObject:
        """The one door: nothing comes out of the store but through here."""
        trace = self.trace
        first = not trace.object_id
        if first:
            trace.object_id = unique_identifier
        if self._grant is not None:
            self._grant.touch(unique_identifier)
        found = self._tx.load(unique_identifier, for_change=for_change)
        if found is None:
            raise ItemNotFound(_NOT_FOUND, ResultReason.OBJECT_NOT_FOUND)
        head = found.head
        decision = self._decide(found, operation)
        if self._behind is not None and decision.allowed:
            decision = self._decide(found, self._behind)
        if first or not decision.allowed:
            trace.object_type = found.object_type.title
            trace.rule = decision.rule
            trace.allowed = decision.allowed
        if not decision.allowed:
            if may_see(
                self._rooms.policies,
                self.subject,
                policy_name=head.operation_policy_name,
                object_type=found.object_type,
                owner=found.owner,
            ):
                raise PermissionDenied("the policy of the object does not allow this")
            # Whoever may not see an object learns nothing of it, not even that it exists.
            raise ItemNotFound(_NOT_FOUND, ResultReason.OBJECT_NOT_FOUND)
        if self._grant is not None and self._grant.by_group:
            self._grant.touch_groups(frozenset(found.attributes.all(Tag.OBJECT_GROUP)))
        return found

    def _decide(self, found: ManagedObject, operation: Operation) -> Decision:
        return decide(
            self._rooms.policies,
            self.subject,
            operation,
            policy_name=found.head.operation_policy_name,
            object_type=found.object_type,
            owner=found.owner,
        )

    def _require_there(self, found: ManagedObject, operation: Operation) -> None:
        """Refuse what is archived or destroyed, unless the operation is about just that."""
        if found.head.archived and operation not in _ACTS_ON_ARCHIVED:
            raise IllegalOperation("the object is archived", ResultReason.OBJECT_ARCHIVED)
        if found.head.state in DESTROYED and operation not in _ACTS_ON_DESTROYED:
            raise ItemNotFound("the object has been destroyed", ResultReason.OBJECT_DESTROYED)

    def state_of(self, found: ManagedObject) -> Any:
        """The state the object is in now, time considered."""
        head = found.head
        return effective_state(head.state, head.activation_date, head.deactivation_date, self.now)

    def resolve(self, unique_identifier: Any) -> str:
        """See :meth:`kmip_server.ports.Context.resolve`."""
        if type(unique_identifier) is str:
            return unique_identifier
        memory = self._memory
        meant: str | None
        if unique_identifier is None or unique_identifier == UniqueIdentifierCode.ID_PLACEHOLDER:
            meant = memory.placeholder
        elif isinstance(unique_identifier, UniqueIdentifierCode):
            meant = memory.by_code.get(unique_identifier)
        else:
            # 2.1 Table 145: "Zero based nth Unique Identifier in the response. If negative the count is
            # backwards from the beginning of the current operation's batch item."
            answered = memory.answered
            index = unique_identifier if unique_identifier >= 0 else len(answered) + unique_identifier
            meant = answered[index] if 0 <= index < len(answered) else None
        if meant is None:
            raise ItemNotFound("there is no object that the identifier could stand for", ResultReason.OBJECT_NOT_FOUND)
        return meant

    # --- secrets ------------------------------------------------------------------------------------

    def _open(self, found: ManagedObject) -> bytes | None:
        sealed = found.body.sealed
        if sealed is None:
            return None
        return self._rooms.sealer.open(
            sealed, uid=found.unique_identifier, object_type=int(found.object_type), owner=found.owner
        )

    def reveal(self, found: ManagedObject) -> ManagedObjectStructure:
        """See :meth:`kmip_server.ports.Context.reveal`."""
        return join(found.body.form, self._open(found), self._rooms.codec)

    def material(self, found: ManagedObject) -> Material:
        """See :meth:`kmip_server.ports.Context.material`."""
        body = found.body
        secret = self._open(found)
        key = key_material(body.form, secret, self._rooms.codec)
        if key is not None:
            block, material = key
            algorithm = found.head.cryptographic_algorithm or block.cryptographic_algorithm
            return Material(algorithm, block.key_format_type, material, body.trusted)
        if found.object_type is not ObjectType.CERTIFICATE or secret is None:
            raise IllegalOperation("the object is not a key", ResultReason.INVALID_OBJECT_TYPE)
        # A certificate is used through the public key in it.
        return Material(found.head.cryptographic_algorithm, KeyFormatType.X_509, secret, body.trusted)

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
        code = code or _CODE_OF_OPERATION.get(self.operation)
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


def require_allowed(policies: Policies, subject: Subject, operation: Operation, trace: Trace) -> None:
    """Pass if the subject may ask for an operation that needs no object; PermissionDenied else."""
    decision = decide_without_object(policies, subject, operation)
    trace.rule = decision.rule
    trace.allowed = decision.allowed
    if not decision.allowed:
        raise PermissionDenied(f"no rule allows {operation.title}")


_CODE_OF_OPERATION: dict[Operation, UniqueIdentifierCode] = {
    Operation[code.name]: code for code in UniqueIdentifierCode if code.name in Operation.__members__
}
"""2.1 §4.61: an identifier may stand for what the latest Create (and so on) of the same batch made."""
