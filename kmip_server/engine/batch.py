"""Runs the items of one request: order, continuation, undo, the answer to each (1.4 §6.13, §10; 2.1 §9.3).

Items run in the order in which they stand, whatever the Batch Order Option says: that is always allowed
(1.4 §6.12). After a failure, Stop answers what was done and nothing more, Continue goes on, Undo rolls
everything back and answers the done items with Operation Undone.

What an item wrote is kept only if its answer can be written and fits: the answer is encoded inside the
item's savepoint, so that a client is never told of a failure that left something behind.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Container, Mapping, Sequence
from typing import Any

from kmip_server.domain.policy import WITHOUT_OBJECT
from kmip_server.domain.subject import CERTIFICATE, Subject
from kmip_server.engine.answering import header_for
from kmip_server.engine.call import Asynchronous, Call
from kmip_server.engine.context import ItemContext
from kmip_server.engine.deferring import SYNCHRONOUS
from kmip_server.engine.doors import require_allowed
from kmip_server.engine.references import TAKES_DATA, forget, note, output_of, repeated, with_data, withhold
from kmip_server.engine.rooms import Rooms
from kmip_server.engine.sessions import Grant
from kmip_server.engine.trace import BatchMemory, Trace
from kmip_server.errors import KmipError, OperationNotSupported
from kmip_server.operations.registry import Handler
from kmip_server.ports import AuditEntry, Outcome, Prepared, StoreError, Transaction
from kmip_server.spec.enums import (
    BatchErrorContinuationOption,
    Operation,
    ResultReason,
    ResultStatus,
)
from kmip_server.spec.reasons import reason_in
from kmip_server.spec.schema import fields_of
from kmip_server.spec.structures.envelope import RequestBatchItem, ResponseBatchItem

log = logging.getLogger(__name__)

_CONTINUE = BatchErrorContinuationOption.CONTINUE
_UNDO = BatchErrorContinuationOption.UNDO


_SETS_PLACEHOLDER = frozenset(
    {
        Operation.CREATE,
        Operation.CREATE_KEY_PAIR,
        Operation.REGISTER,
        Operation.DERIVE_KEY,
        Operation.RE_KEY,
        Operation.RE_KEY_KEY_PAIR,
        Operation.CERTIFY,
        Operation.RE_CERTIFY,
        Operation.LOCATE,
        Operation.RECOVER,
    }
)
"""Operations whose success sets the ID Placeholder (1.4 §4)."""


_NOTHING = Prepared()
"""What is prepared for most items."""


class UndoneError(Exception):
    """An item of an Undo batch failed: everything before it is rolled back."""


class Batch:
    """One request being answered inside one transaction."""

    __slots__ = (
        "_acting", "_asked", "_asynchronous", "_call", "_carrier", "_correlation", "_critical", "_deferred", "_grant",
        "_may_undo", "_memory", "_named", "_now_us", "_rooms", "_several", "_skipped", "_subject", "_table", "_tx",
        "earlier", "entries", "pieces", "values",
    )  # fmt: skip

    def __init__(
        self,
        rooms: Rooms,
        table: Mapping[Operation, Handler],
        tx: Transaction,
        call: Call,
        now_us: int,
        correlation: str,
        asynchronous: Asynchronous | None = None,
        deferred: Container[int] = (),
        skipped: Container[int] = (),
        grant: Grant | None = None,
    ) -> None:
        self._rooms = rooms
        self._table = table
        self._tx = tx
        self._call = call
        self._now_us = now_us
        self._correlation = correlation
        self._memory = BatchMemory()
        self._grant = grant
        self._subject = call.subject if grant is None else grant.subject
        self._carrier = (call.carrier or call.subject).name
        self._acting = (
            (call.said,) if call.said
            else () if self._subject.authenticated_by == CERTIFICATE
            else _acting(self._subject, grant)
        )  # fmt: skip
        self._asynchronous = asynchronous
        self._deferred = deferred
        self._skipped = skipped
        self.values: dict[int, bytes] = {}
        """The Asynchronous Correlation Values of the items that are to be done later, by position."""
        items = call.request.items
        self._several = len(items) > 1
        self._may_undo = False
        self._named: dict[int, Any] = {}
        """Where it may be undone: by place, answers that tell no more than which object they were about."""
        # 2.1 §9.13: whoever does not understand a critical extension "SHALL reject the entire message".
        self._critical = _are_critical(items) if self._several or items[0].message_extension else False
        self.pieces: list[Any] = []
        """The answers so far, in the order of the items."""
        self._asked: list[RequestBatchItem] = []
        """What each of them answers."""
        self.entries: list[AuditEntry] = []
        """Their audit records."""
        self.earlier: list[AuditEntry] = []
        """The records of asynchronous requests that were done on the way."""

    def run(self) -> None:
        """Answer every item that is to be answered."""
        request = self._call.request
        if not self._several and not self._skipped:
            # With one item there is nothing to stop, to go on with or to undo.
            self._run_item(0, request.items[0])
            return
        option = request.header.batch_error_continuation_option if request.header else None
        if option is not _UNDO:
            self._run_items(option)
            return
        self._may_undo = True
        try:
            with self._tx.savepoint():
                self._run_items(option)
        except UndoneError:
            self.values.clear()
            self.earlier.clear()
            self._undo_answers()

    def _run_items(self, option: BatchErrorContinuationOption | None) -> None:
        for position, item in enumerate(self._call.request.items):
            if position in self._skipped:
                continue
            for one in self._items_of(position, item):
                if self._run_item(position, one):
                    continue
                if option is _UNDO:
                    raise UndoneError
                if option is not _CONTINUE:
                    return

    def _items_of(self, position: int, item: RequestBatchItem) -> Sequence[RequestBatchItem]:
        """The item, or as many as it means."""
        if position in self._deferred:
            return (item,)
        return repeated(item, self._memory, len(self.pieces), polled=self._asynchronous is None)

    def _run_item(self, position: int, item: RequestBatchItem) -> bool:
        """Answer one item; tell whether it succeeded."""
        trace = Trace()
        try:
            if position in self._deferred:
                piece = self._piece(item, self._defer(position, item, trace))
                self._keep(position, item, trace, piece, ResultStatus.OPERATION_PENDING, None, "")
                return True
            with self._tx.savepoint():
                payload = self._perform(item, self._context(position, item, trace))
                output = output_of(item.operation, payload) if self._several else None
                if item.ephemeral:
                    withhold(item.operation, payload)
                piece = self._piece(item, payload)
                header = self._call.request.header
                if header is not None and header.maximum_response_size is not None:
                    self._require_size(piece, header.maximum_response_size)
        except StoreError:
            raise
        except KmipError as error:
            self._fail(position, item, trace, error)
            return False
        except Exception:
            incident = secrets.token_hex(6)
            log.exception("request %s, item %d: unexpected failure %s", self._correlation, position, incident)
            self._fail(position, item, trace, KmipError(f"the server failed; its log tells more under {incident}"))
            return False
        if trace.earlier:
            self.earlier += trace.earlier
        self._keep(position, item, trace, piece, ResultStatus.SUCCESS, None, "")
        if self._several:
            note(self._memory, item.operation, payload, output)
            if self._may_undo and _only_names(payload):
                self._named[len(self.pieces) - 1] = payload
        return True

    def _defer(self, position: int, item: RequestBatchItem, trace: Trace) -> Outcome:
        """Promise an item for later; KmipError where the client has too many."""
        if self._asynchronous is None:
            raise AssertionError("nobody keeps asynchronous requests")
        value = self._asynchronous.new_value(self._tx, self._call.subject.name, len(self.values))
        self.values[position] = value
        trace.details.append(f"asynchronous request {value.hex()}")
        return Outcome(item.operation, ResultStatus.OPERATION_PENDING, asynchronous_correlation_value=value)

    def _context(self, position: int, item: RequestBatchItem, trace: Trace) -> ItemContext:
        call = self._call
        if call.refusal is not None:
            raise call.refusal
        operation, version = item.operation, call.request.version
        if operation not in self._rooms.facts.served[version]:
            raise OperationNotSupported(f"{operation.title} is not served")
        if self._critical:
            raise KmipError("a critical message extension is not known", ResultReason.UNKNOWN_MESSAGE_EXTENSION)
        if isinstance(item.request_payload, KmipError):
            raise item.request_payload
        if position in call.failed:
            raise call.failed[position]
        prepared = call.prepared.get(position, _NOTHING) if call.prepared else _NOTHING
        context = ItemContext(
            self._rooms,
            self._tx,
            self._memory,
            self._subject,
            version,
            operation,
            self._now_us,
            prepared,
            trace,
            self._grant,
            self._carrier,
        )
        if operation in SYNCHRONOUS and self._asynchronous is not None:
            context.pending = self._asynchronous.door(self._tx, self._subject.name, self._now_us, prepared, trace)
        return context

    def _perform(self, item: RequestBatchItem, context: ItemContext) -> Any:
        operation = item.operation
        if self._grant is not None:
            self._grant.begin(operation)
        if operation in WITHOUT_OBJECT:
            require_allowed(self._rooms.policies, context.subject, operation, context.trace)
        request = item.request_payload
        if operation in TAKES_DATA:
            request = with_data(request, self._memory)
        payload = self._table[operation].handle(request, context)
        if self._grant is not None:
            self._grant.finish()
        return payload

    def _piece(self, item: RequestBatchItem, payload: Any) -> Any:
        if type(payload) is Outcome:
            return self._call.writer.piece(
                ResponseBatchItem(
                    operation=payload.operation,
                    unique_batch_item_id=item.unique_batch_item_id,
                    result_status=payload.status,
                    result_reason=payload.reason,
                    result_message=payload.message,
                    asynchronous_correlation_value=payload.asynchronous_correlation_value,
                    response_payload=payload.payload,
                )
            )
        return self._call.writer.success(item.operation, item.unique_batch_item_id, payload)

    def _require_size(self, piece: Any, maximum: int) -> None:
        """2.1 §9.16: the client says how long an answer it can take; a longer one is an error, never cut."""
        pieces = [*self.pieces, piece]
        if self._call.writer.size(header_for(self._call, len(pieces), self._now_us // 1_000_000), pieces) > maximum:
            raise KmipError(f"the answer is longer than {maximum} bytes", ResultReason.RESPONSE_TOO_LARGE)

    # --- answers ------------------------------------------------------------------------------------

    def _fail(self, position: int, item: RequestBatchItem, trace: Trace, error: KmipError) -> None:
        if item.operation in _SETS_PLACEHOLDER:
            # What follows under Continue meant the object that was not made, not the one made before it.
            self._memory.placeholder = None
        forget(self._memory, item.operation)
        reason = reason_in(error.reason, self._call.request.version, item.operation)
        piece = self._call.writer.piece(
            ResponseBatchItem(
                operation=item.operation,
                unique_batch_item_id=item.unique_batch_item_id,
                result_status=ResultStatus.OPERATION_FAILED,
                result_reason=reason,
                result_message=error.message,
                response_payload=error.payload,
            )
        )
        self._keep(position, item, trace, piece, ResultStatus.OPERATION_FAILED, reason, error.message)

    def _keep(
        self,
        position: int,
        item: RequestBatchItem,
        trace: Trace,
        piece: Any,
        status: ResultStatus,
        reason: ResultReason | None,
        message: str,
    ) -> None:
        self.pieces.append(piece)
        self._asked.append(item)
        details = trace.details
        if message or self._acting:
            details = [*self._acting, *details, message] if message else [*self._acting, *details]
        subject = self._subject
        self.entries.append(
            AuditEntry(
                self._now_us,
                subject.certificate_subject,
                subject.issuer,
                subject.serial,
                subject.address,
                item.operation.title,
                trace.object_id,
                trace.object_type,
                trace.rule,
                "" if trace.allowed is None else "allow" if trace.allowed else "deny",
                status.title,
                "" if reason is None else reason.title,
                "; ".join(details),
                f"{self._correlation}/{position}",
            )
        )

    def _undo_answers(self) -> None:
        """1.4 §6.13: the answers of the items before the failed one become Operation Undone."""
        for place, item in enumerate(self._asked[:-1]):
            self.pieces[place] = self._call.writer.piece(
                ResponseBatchItem(
                    operation=item.operation,
                    unique_batch_item_id=item.unique_batch_item_id,
                    result_status=ResultStatus.OPERATION_UNDONE,
                    result_message="undone, because a later item of the batch failed",
                    # BL-M-2 repeats the answer; keys and data that were given for nothing are not repeated.
                    response_payload=self._named.get(place),
                )
            )
            self.entries[place] = self.entries[place]._replace(result=ResultStatus.OPERATION_UNDONE.title)


def _acting(subject: Subject, grant: Grant | None) -> tuple[str, ...]:
    """For whom a client acts that is more than its certificate says; for the audit record."""
    if subject.authenticated_by == CERTIFICATE or not subject.name:
        return ()
    return (f"as {subject.name}" if grant is None else f"as {subject.name} by {grant.name}",)


def _only_names(payload: Any) -> bool:
    """Whether an answer is a Unique Identifier and nothing else."""
    if isinstance(payload, Outcome):
        return False
    told = [name for name, _ in fields_of(type(payload)) if getattr(payload, name) not in (None, [])]
    return told == ["unique_identifier"] and isinstance(payload.unique_identifier, str)


def _are_critical(items: list[RequestBatchItem]) -> bool:
    return any(extension.criticality_indicator for item in items for extension in item.message_extension)
