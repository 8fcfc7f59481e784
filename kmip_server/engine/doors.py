"""The doors through which an object, and what is secret of it, come out.

``load`` is the one way an object comes out of the store, ``reveal`` and ``material`` are the only ways a secret
is opened. Each asks first: is it there, may this subject know of it, does a rule allow it, does its state
permit it. Every answer is noted for the audit record of the item.
"""

from __future__ import annotations

from typing import Any

from kmip_server.domain.lifecycle import DESTROYED, effective_state
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.policy import Policies, decide, decide_without_object, may_see
from kmip_server.domain.subject import Subject
from kmip_server.domain.usage import require_type, require_use
from kmip_server.engine.material import join, key_material, opened
from kmip_server.engine.rooms import Rooms
from kmip_server.engine.sessions import Grant
from kmip_server.engine.streams import ItemStreams
from kmip_server.engine.trace import BatchMemory, Trace
from kmip_server.errors import IllegalOperation, ItemNotFound, PermissionDenied
from kmip_server.ports import Material, PendingRequests, Prepared, Transaction
from kmip_server.spec.enums import KeyFormatType, ObjectType, Operation, ResultReason, UniqueIdentifierCode
from kmip_server.spec.operations import OPERATIONS, OperationRow, Use
from kmip_server.spec.structures.keys import ManagedObjectStructure
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import Version

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


class Doors:
    """How objects and their secrets come out; see :class:`kmip_server.ports.Context`."""

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
        if type(unique_identifier) is not str:
            unique_identifier = self.resolve(unique_identifier)
        found = self._find(unique_identifier, operation or self.operation, for_change=False)
        head = found.head
        if head.archived or head.state in DESTROYED:
            self._require_there(found, operation or self.operation)
        if use is not None:
            require_use(use, head, self.state_of(found), self.now)
        elif operation is None:
            row = self._row
            if row.object_types is not None:
                require_type(row, found.object_type)
            if row.use is not None:
                require_use(row.use, head, self.state_of(found), self.now)
        return found

    def load_for_change(self, unique_identifier: Any, *, operation: Operation | None = None) -> ManagedObject:
        """See :meth:`kmip_server.ports.Context.load_for_change`."""
        found = self._find(self.resolve(unique_identifier), operation or self.operation, for_change=True)
        self._require_there(found, operation or self.operation)
        if operation is None:
            require_type(self._row, found.object_type)
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
        policies, subject = self._rooms.policies, self.subject
        name, object_type, owner = head.operation_policy_name, found.object_type, found.owner
        decision = decide(policies, subject, operation, policy_name=name, object_type=object_type, owner=owner)
        if self._behind is not None and decision.allowed:
            decision = decide(policies, subject, self._behind, policy_name=name, object_type=object_type, owner=owner)
        if first or not decision.allowed:
            trace.object_type = object_type.title
            trace.rule = decision.rule
            trace.allowed = decision.allowed
        if not decision.allowed:
            if not self._rooms.facts.conceals or may_see(
                policies, subject, policy_name=name, object_type=object_type, owner=owner
            ):
                raise PermissionDenied("the policy of the object does not allow this")
            # Whoever may not see an object learns nothing of it, not even that it exists.
            raise ItemNotFound(_NOT_FOUND, ResultReason.OBJECT_NOT_FOUND)
        if self._grant is not None and self._grant.by_group:
            self._grant.touch_groups(frozenset(found.attributes.all(Tag.OBJECT_GROUP)))
        return found

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

    def reveal(self, found: ManagedObject) -> ManagedObjectStructure:
        """See :meth:`kmip_server.ports.Context.reveal`."""
        return join(found.body.form, opened(found, self._rooms.sealer), self._rooms.codec)

    def material(self, found: ManagedObject) -> Material:
        """See :meth:`kmip_server.ports.Context.material`."""
        body = found.body
        secret = opened(found, self._rooms.sealer)
        key = key_material(body.form, secret, self._rooms.codec)
        if key is not None:
            block, material = key
            algorithm = found.head.cryptographic_algorithm or block.cryptographic_algorithm
            return Material(algorithm, block.key_format_type, material, body.trusted)
        if found.object_type is not ObjectType.CERTIFICATE or secret is None:
            raise IllegalOperation("the object is not a key", ResultReason.INVALID_OBJECT_TYPE)
        # A certificate is used through the public key in it.
        return Material(found.head.cryptographic_algorithm, KeyFormatType.X_509, secret, body.trusted)


def require_allowed(policies: Policies, subject: Subject, operation: Operation, trace: Trace) -> None:
    """Pass if the subject may ask for an operation that needs no object; PermissionDenied else."""
    decision = decide_without_object(policies, subject, operation)
    trace.rule = decision.rule
    trace.allowed = decision.allowed
    if not decision.allowed:
        raise PermissionDenied(f"no rule allows {operation.title}")
