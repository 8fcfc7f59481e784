"""Automatic rotation: the server re-keys of its own accord what is due (KMIP 2.1 §4.48, §4.51, §4.54).

The work is that of the operation that a client would ask for, on behalf of the owner, to whom the replacement
belongs as well; no policy is asked, for the attribute that the owner set is the permission. What cannot be rotated
is not tried again and again: its Rotate Automatic becomes False, and the audit trail says why.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.policy import Decision
from kmip_server.domain.rotation import ROTATABLE
from kmip_server.domain.subject import Subject
from kmip_server.engine.context import ItemContext
from kmip_server.engine.rooms import Rooms
from kmip_server.engine.trace import BatchMemory, Trace
from kmip_server.errors import IllegalOperation, KmipError, OperationNotSupported
from kmip_server.operations.registry import Handler
from kmip_server.ports import AuditEntry, Prepared, StoreError, Transaction
from kmip_server.spec.enums import LinkType, ObjectType, Operation, ResultReason, ResultStatus
from kmip_server.spec.tags import Tag

log = logging.getLogger(__name__)

_SELF = "kmip-server"
"""Whom the audit trail names for what the server does of its own accord."""
_RULE = "automatic rotation"
_BY = {
    ObjectType.SYMMETRIC_KEY: (Operation.RE_KEY, "unique_identifier"),
    ObjectType.PRIVATE_KEY: (Operation.RE_KEY_KEY_PAIR, "private_key_unique_identifier"),
    ObjectType.PUBLIC_KEY: (Operation.RE_KEY_KEY_PAIR, "private_key_unique_identifier"),
    ObjectType.CERTIFICATE: (Operation.RE_CERTIFY, "unique_identifier"),
}
"""2.1 §4.48: "the equivalent of the ReKey, ReKeyKeyPair or ReCertify operation"; and its field for the object."""
_UNKNOWN = (Operation.RE_KEY, "")
"""For an object that is not rotated."""


class OwnDeed(ItemContext):
    """The context of what the server does of its own accord, on behalf of the owner of an object."""

    __slots__ = ()

    def _decide(self, found: ManagedObject, operation: Operation) -> Decision:
        return Decision(True, _RULE)


class Rotation:
    """One object being rotated inside one transaction."""

    def __init__(
        self,
        rooms: Rooms,
        table: Mapping[Operation, Handler],
        tx: Transaction,
        now_us: int,
        correlation: str,
        prepared: Prepared,
    ) -> None:
        self._rooms = rooms
        self._table = table
        self._tx = tx
        self._now_us = now_us
        self._correlation = correlation
        self._prepared = prepared
        self.now = now_us // 1_000_000

    def foresee(self, unique_identifier: str) -> Callable[[], Prepared] | None:
        """What must be made before the object is rotated because it takes long, or None."""
        found = self._tx.load(unique_identifier)
        operation, name = _BY.get(found.object_type, _UNKNOWN) if found is not None else _UNKNOWN
        handler = self._table.get(operation)
        if found is None or handler is None or handler.foresee is None:
            return None
        try:
            look = handler.foresee(_request(found, handler, name))
            return None if look is None else look(self._context(found, operation, Trace()))
        except KmipError:
            return None

    def run(self, unique_identifier: str) -> list[AuditEntry]:
        """Rotate the object if it is due still, or switch its rotation off; give the audit record."""
        found = self._tx.load(unique_identifier, for_change=True)
        if found is None or found.head.archived or (found.head.rotation_due or self.now + 1) > self.now:
            return []
        operation, name = _BY.get(found.object_type, _UNKNOWN)
        trace = Trace(object_id=unique_identifier, object_type=found.object_type.title, rule=_RULE, allowed=True)
        try:
            with self._tx.savepoint():
                self._rotate(found, operation, name, trace)
        except StoreError:
            raise
        except KmipError as error:
            return [self._refused(found, operation, trace, error)]
        except Exception:
            incident = secrets.token_hex(6)
            log.exception("rotation of %s: unexpected failure %s", unique_identifier, incident)
            failure = KmipError(f"the server failed; its log tells more under {incident}")
            return [self._refused(found, operation, trace, failure)]
        return [self._entry(operation, trace, ResultStatus.SUCCESS, None)]

    def _context(self, found: ManagedObject, operation: Operation, trace: Trace) -> OwnDeed:
        owner = Subject(
            name=found.owner,
            groups=frozenset(),
            certificate_subject=_SELF,
            issuer="",
            serial="",
            address="",
            authenticated_by=_RULE,
        )
        version = max(self._rooms.facts.versions)
        rooms, memory = self._rooms, BatchMemory()
        return OwnDeed(rooms, self._tx, memory, owner, version, operation, self._now_us, self._prepared, trace)

    def _rotate(self, found: ManagedObject, operation: Operation, name: str, trace: Trace) -> None:
        handler = self._table.get(operation)
        if not name or handler is None:
            raise OperationNotSupported(f"a {found.object_type.title} cannot be rotated")
        context = self._context(found, operation, trace)
        if context.state_of(found) not in ROTATABLE:
            raise IllegalOperation("the object is out of service", ResultReason.WRONG_KEY_LIFECYCLE_STATE)
        handler.handle(_request(found, handler, name), context)

    def _refused(self, found: ManagedObject, operation: Operation, trace: Trace, error: KmipError) -> AuditEntry:
        """Switch the object's rotation off: Rotate Automatic is modifiable by the server (2.1 §4.48)."""
        context = self._context(found, operation, Trace())
        attributes = found.attributes.copy()
        attributes.put(Tag.ROTATE_AUTOMATIC, False)
        context.save(found.with_attributes(attributes))
        log.warning("rotation of %s failed and is switched off: %s", found.unique_identifier, error.message)
        trace.details += [error.message, "automatic rotation is switched off"]
        return self._entry(operation, trace, ResultStatus.OPERATION_FAILED, error.reason)

    def _entry(
        self, operation: Operation, trace: Trace, status: ResultStatus, reason: ResultReason | None
    ) -> AuditEntry:
        return AuditEntry(
            self._now_us,
            _SELF,
            "",
            "",
            "",
            operation.title,
            trace.object_id,
            trace.object_type,
            _RULE,
            "allow",
            status.title,
            "" if reason is None else reason.title,
            "; ".join(trace.details),
            self._correlation,
        )


def _request(found: ManagedObject, handler: Handler, name: str) -> Any:
    """What the owner would ask for; ``name`` is the field for the object."""
    uid = _private_key_of(found) if found.object_type is ObjectType.PUBLIC_KEY else found.unique_identifier
    return handler.request(**{name: uid, "offset": found.attributes.one(Tag.ROTATE_OFFSET)})


def _private_key_of(found: ManagedObject) -> str:
    for link in found.attributes.all(Tag.LINK):
        if link.link_type is LinkType.PRIVATE_KEY_LINK:
            return str(link.linked_object_identifier)
    raise IllegalOperation("the public key has no private key here", ResultReason.INVALID_OBJECT_TYPE)
