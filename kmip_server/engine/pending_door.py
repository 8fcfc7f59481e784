"""What Poll, Cancel, Process and Query Asynchronous Requests may do with the requests of the client who asks."""

from __future__ import annotations

from typing import Any

from kmip_server.engine.call import Call
from kmip_server.engine.job_form import Result
from kmip_server.engine.pending import CANCELED, Pending
from kmip_server.engine.trace import Trace
from kmip_server.errors import KmipError
from kmip_server.ports import JobItemRow, Outcome, PendingRequest, Prepared, Transaction
from kmip_server.spec.enums import CancellationResult, Operation, ProcessingStage, ResultReason, ResultStatus

_LONGEST_VALUE = 64
_DONE = (ProcessingStage.COMPLETED, CANCELED)


class ItemPending:
    """Implements ``ports.PendingRequests`` for one batch item."""

    __slots__ = ("_now_us", "_owner", "_pending", "_prepared", "_trace", "_tx")

    def __init__(
        self, pending: Pending, tx: Transaction, owner: str, now_us: int, prepared: Prepared, trace: Trace
    ) -> None:
        self._pending = pending
        self._tx = tx
        self._owner = owner
        self._now_us = now_us
        self._prepared = prepared
        self._trace = trace

    def poll(self, correlation_value: bytes) -> Outcome:
        """See :meth:`kmip_server.ports.PendingRequests.poll`."""
        row = self._known(correlation_value)
        if row.stage not in _DONE:
            row = self._hurried(row)
        operation = Operation(row.operation)
        if row.stage not in _DONE:
            self._note(row, ResultStatus.OPERATION_PENDING.title)
            return Outcome(
                operation, ResultStatus.OPERATION_PENDING, asynchronous_correlation_value=row.correlation_value
            )
        if not row.obtained:
            self._tx.replace_job_item(row._replace(obtained=True))
        result = self._pending.result_of(row)
        self._note(row, result.status.title)
        return Outcome(operation, result.status, result.reason, result.message, result.payload)

    def cancel(self, correlation_value: bytes) -> CancellationResult:
        """See :meth:`kmip_server.ports.PendingRequests.cancel`."""
        row = self._find(correlation_value)
        if row is None:
            return CancellationResult.UNAVAILABLE
        if row.stage == ProcessingStage.COMPLETED:
            if not row.obtained:
                self._tx.replace_job_item(row._replace(obtained=True))
            done = row.status == ResultStatus.SUCCESS
            ended = CancellationResult.COMPLETED if done else CancellationResult.FAILED
        else:
            if row.stage != CANCELED:
                self._pending.keep_result(self._tx, row, _CANCELED, CANCELED, self._now_us)
                if all(item.stage in _DONE for item in self._tx.job_items(row.job)):
                    self._tx.delete_job(row.job)
            ended = CancellationResult.CANCELED
        self._note(row, ended.title)
        return ended

    def process(self, correlation_value: bytes) -> None:
        """See :meth:`kmip_server.ports.PendingRequests.process`."""
        row = self._known(correlation_value)
        if row.stage == CANCELED:
            raise _unknown()
        job = None if row.stage == ProcessingStage.COMPLETED else self._tx.load_job(row.job)
        if job is None:
            raise KmipError("the request was done already", ResultReason.DUPLICATE_PROCESS_REQUEST)
        call = self._prepared.request
        if not isinstance(call, Call):
            call = self._pending.call_of(job)
        self._trace.earlier = self._pending.execute(self._tx, job, call)
        self._note(row, "done")

    def outstanding(self) -> list[PendingRequest]:
        """See :meth:`kmip_server.ports.PendingRequests.outstanding`."""
        return [
            PendingRequest(row.correlation_value, Operation(row.operation), row.submitted, self._stage_of(row))
            for row in self._tx.owned_job_items(self._owner)
            if not row.obtained
        ]

    def _stage_of(self, row: JobItemRow) -> ProcessingStage:
        if row.stage in _DONE:
            return ProcessingStage.COMPLETED
        job = self._tx.load_job(row.job)
        taken = job is not None and job.token and job.due > self._now_us
        return ProcessingStage.IN_PROCESS if taken else ProcessingStage.SUBMITTED

    def _hurried(self, row: JobItemRow) -> JobItemRow:
        """Somebody waits: do the request here and now if it is quick and nobody has begun it."""
        job = self._tx.load_job(row.job)
        if job is None or not (job.token and job.due > self._now_us):
            if job is not None:
                call: Any = self._pending.call_of(job)
                if not self._pending.is_quick(call):
                    self._pending.hurry(self._tx, job, self._now_us)
                    return row
                self._trace.earlier = self._pending.execute(self._tx, job, call)
            # Done here, or by another worker since the item was read.
            row = self._known(row.correlation_value)
        return row

    def _find(self, correlation_value: bytes) -> JobItemRow | None:
        if not 0 < len(correlation_value) <= _LONGEST_VALUE:
            return None
        row = self._tx.load_job_item(correlation_value)
        return row if row is not None and row.owner == self._owner and row.expires > self._now_us // 1_000_000 else None

    def _known(self, correlation_value: bytes) -> JobItemRow:
        row = self._find(correlation_value)
        if row is None:
            raise _unknown()
        return row

    def _note(self, row: JobItemRow, how: str) -> None:
        title = Operation(row.operation).title
        self._trace.details.append(f"asynchronous request {row.correlation_value.hex()} ({title}): {how}")


_CANCELED = Result(
    ResultStatus.OPERATION_FAILED,
    ResultReason.OPERATION_CANCELED_BY_REQUESTER,
    "the request was canceled",
    None,
)


def _unknown() -> KmipError:
    return KmipError(
        "no asynchronous request has this Asynchronous Correlation Value",
        ResultReason.INVALID_ASYNCHRONOUS_CORRELATION_VALUE,
    )
