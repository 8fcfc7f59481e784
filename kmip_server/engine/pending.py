"""Asynchronous requests: kept in the database, done by whichever worker comes first (KMIP 2.1 §9.2, §6.1.38).

A request is written with everything that doing it later needs: the payloads, the version, who asked. Its results lie
beside it, both sealed to the client. The items of one request run together and in their order, as they would have
at once, so that one may use what the one before it made.

Never twice: a request is done in the transaction that also writes its results and forgets it. A process that dies
before the commit has done nothing; one that dies after it is done. The lease only keeps two workers from doing the
same slow preparation: whoever takes a request up writes a fresh token, and only the holder of the token may finish.
A request that was taken up three times and never finished is answered with General Failure.

Where: in the worker's loop, between rounds; what is slow (key pairs) is prepared in a thread first, as for any request.
A request rests a second before it is begun, so that a client may still cancel it; Poll does not wait for that: what
is quick is done in the Poll's own transaction.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from kmip_server.engine.batch import Batch
from kmip_server.engine.call import Call
from kmip_server.engine.job_form import Result, pack_call, pack_result, unpack_call, unpack_result
from kmip_server.engine.rooms import Rooms
from kmip_server.errors import KmipError
from kmip_server.operations.registry import Handler
from kmip_server.ports import (
    AuditEntry,
    AuditTrail,
    Clock,
    JobItemRow,
    JobRow,
    Prepared,
    Store,
    StoreError,
    Transaction,
)
from kmip_server.spec.enums import Operation, ProcessingStage, ResultReason, ResultStatus
from kmip_server.spec.structures.envelope import ResponseBatchItem, succeeded

log = logging.getLogger(__name__)

REST_US = 1_000_000
"""How long a request rests before it is begun, in microseconds."""
LEASE_US = 60_000_000
"""How long whoever took a request up has for it, in microseconds."""
SWEEP_SECONDS = 5.0
"""How often a worker looks for requests that others left."""
MOST_ATTEMPTS = 3
CANCELED = 4
"""The stage of an item that was canceled; the standard has none (2.1 §11.40)."""
_VALUE_BYTES = 16
_NEVER = 1 << 62
_NOT_AN_OBJECT = 0
"""What stands for the object type in the seal: no managed object has it."""


class _Taken(NamedTuple):
    """A request that this worker has taken up."""

    job: JobRow
    call: Call


class _Keeper:
    """Stands where a call has its writer: answers are kept as they are, not printed."""

    def piece(self, item: ResponseBatchItem) -> Any:
        return item

    def success(self, operation: Operation, item_id: bytes | None, payload: Any) -> Any:
        return succeeded(operation, item_id, payload)

    def size(self, header: Any, pieces: list[Any]) -> int:
        return 0

    def message(self, header: Any, pieces: list[Any]) -> bytes:
        raise AssertionError("what is kept is not printed")


class Pending:
    """The asynchronous requests of a database, as one worker sees them."""

    def __init__(
        self,
        store: Store,
        rooms: Callable[[], Rooms],
        trail: AuditTrail,
        clock: Clock,
        table: Mapping[Operation, Handler],
        slow: Callable[[Call], Callable[[], None] | None],
    ) -> None:
        self._store = store
        self._rooms = rooms
        self._trail = trail
        self._clock = clock
        self._table = table
        self._slow = slow
        self._taken: _Taken | None = None
        self.wake = time.monotonic()
        """When :meth:`chore` is to be called next, in seconds of the monotonic clock."""

    # --- submission ---------------------------------------------------------------------------------

    def new_value(self, tx: Transaction, owner: str, already: int) -> bytes:
        """A Correlation Value for one more item; KmipError where the client has too many."""
        limit = self._rooms().facts.pending_limits.per_client
        tx.hold_client(owner)
        if len(tx.owned_job_items(owner)) + already >= limit:
            raise KmipError(
                f"{limit} asynchronous requests are pending or kept already", ResultReason.SERVER_LIMIT_EXCEEDED
            )
        return self._rooms().ciphers.random(_VALUE_BYTES)

    def submit(self, tx: Transaction, call: Call, values: Mapping[int, bytes], now_us: int, correlation: str) -> None:
        """Keep the items at these positions of a request, each under its value."""
        rooms, owner = self._rooms(), call.subject.name
        job = rooms.ciphers.random(_VALUE_BYTES)
        items = [call.request.items[position] for position in sorted(values)]
        packed = pack_call(call, items, correlation, rooms.codec)
        row = JobRow(job, owner, now_us + REST_US, 0, b"", self._seal(packed, job, owner))
        submitted = int(ProcessingStage.SUBMITTED)
        tx.insert_job(
            row,
            [
                JobItemRow(
                    values[at], job, place, owner, int(item.operation), now_us, submitted, None, False, _NEVER, None
                )
                for place, (at, item) in enumerate(zip(sorted(values), items, strict=True))
            ],
        )
        self.wake = min(self.wake, time.monotonic() + REST_US / 1e6)

    # --- doing --------------------------------------------------------------------------------------

    def chore(self) -> Callable[[], None] | None:
        """Do one request that is due; or return what is slow of it, to be run in a thread before the next call.

        Never raises.
        """
        try:
            if self._taken is None:
                return self._take_up()
            self._finish()
        except StoreError as error:
            log.warning("asynchronous requests wait, the database failed: %s", error)
            self.wake = time.monotonic() + SWEEP_SECONDS
        except Exception:
            log.exception("an asynchronous request failed outside its items")
            self.wake = time.monotonic() + SWEEP_SECONDS
        return None

    def _take_up(self) -> Callable[[], None] | None:
        now_us = self._clock()
        with self._store.transaction() as tx:
            tx.expire_job_items(now_us // 1_000_000)
            tx.expire_streams(now_us // 1_000_000)
            job = tx.next_job()
            if job is None or job.due > now_us:
                rest = SWEEP_SECONDS if job is None else min(SWEEP_SECONDS, (job.due - now_us) / 1e6)
                self.wake = time.monotonic() + rest
                return None
            self.wake = time.monotonic()
            if job.attempts >= MOST_ATTEMPTS:
                self._give_up(tx, job, now_us)
                return None
            taken = job._replace(
                due=now_us + LEASE_US, attempts=job.attempts + 1, token=self._rooms().ciphers.random(_VALUE_BYTES)
            )
            tx.take_job(taken)
        call = self.call_of(taken)
        self._taken = _Taken(taken, call)
        slow = self._slow(call)
        if slow is None:
            self._finish()
        return slow

    def _finish(self) -> None:
        """Do what was taken up, unless somebody else has taken it up since."""
        taken, self._taken = self._taken, None
        if taken is None:
            return
        self.wake = time.monotonic()
        with self._store.transaction() as tx:
            job = tx.load_job(taken.job.job)
            if job is None or job.token != taken.job.token:
                return
            entries = self.execute(tx, job, taken.call)
            tx.append_audit(self._trail.extend(tx.chain_head(), entries))

    def execute(self, tx: Transaction, job: JobRow, call: Call) -> list[AuditEntry]:
        """Do a request in this transaction: its results are written, it is forgotten; returns its audit records."""
        now_us = self._clock()
        rows = tx.job_items(job.job)
        skipped = {row.position for row in rows if row.stage != ProcessingStage.SUBMITTED}
        batch = Batch(self._rooms(), self._table, tx, call, now_us, call.correlation, skipped=skipped)
        batch.run()
        left = [row for row in rows if row.position not in skipped]
        for place, row in enumerate(left):
            if place < len(batch.pieces):
                item: ResponseBatchItem = batch.pieces[place]
                result = Result(item.result_status, item.result_reason, item.result_message, item.response_payload)
            else:
                result = _NOT_BEGUN
            self.keep_result(tx, row, result, ProcessingStage.COMPLETED, now_us, call)
        tx.delete_job(job.job)
        return batch.entries

    def _give_up(self, tx: Transaction, job: JobRow, now_us: int) -> None:
        call = self.call_of(job)
        entries = []
        for row in tx.job_items(job.job):
            if row.stage == ProcessingStage.SUBMITTED:
                self.keep_result(tx, row, _GIVEN_UP, ProcessingStage.COMPLETED, now_us, call)
                entries.append(_record(call, row, now_us))
        tx.delete_job(job.job)
        tx.append_audit(self._trail.extend(tx.chain_head(), entries))

    def hurry(self, tx: Transaction, job: JobRow, now_us: int) -> None:
        """Let a request be begun now: somebody waits for it."""
        tx.take_job(job._replace(due=now_us, token=b""))
        self.wake = time.monotonic()

    def keep_result(
        self, tx: Transaction, row: JobItemRow, result: Result, stage: int, now_us: int, call: Call | None = None
    ) -> None:
        """Write the result of an item, for as long as results are kept."""
        rooms = self._rooms()
        packed = pack_result(result, None if call is None else call.request.version, rooms.codec)
        tx.replace_job_item(
            row._replace(
                stage=int(stage),
                status=int(result.status),
                obtained=row.obtained or stage == CANCELED,
                expires=now_us // 1_000_000 + rooms.facts.pending_limits.seconds,
                sealed=self._seal(packed, row.correlation_value, row.owner),
            )
        )

    def result_of(self, row: JobItemRow) -> Result:
        """The result of an item that has one."""
        rooms = self._rooms()
        packed = self._open(row.sealed or b"", row.correlation_value, row.owner)
        handler = self._table.get(Operation(row.operation))
        return unpack_result(packed, None if handler is None else handler.response, rooms.codec)

    def call_of(self, job: JobRow) -> Call:
        """The request again, as it was submitted."""
        kinds = {operation: handler.request for operation, handler in self._table.items()}
        return unpack_call(self._open(job.sealed, job.job, job.owner), _Keeper(), kinds, self._rooms().codec)

    def is_quick(self, call: Call) -> bool:
        """Whether nothing of a request needs preparation in a thread."""
        return self._slow(call) is None

    def prepare(self, correlation_value: bytes, owner: str) -> Prepared:
        """Do in a thread what is slow of a request that is about to be processed."""
        try:
            with self._store.transaction() as tx:
                row = tx.load_job_item(correlation_value)
                job = None if row is None or row.owner != owner else tx.load_job(row.job)
        except StoreError:
            return Prepared()
        if job is None:
            return Prepared()
        call = self.call_of(job)
        slow = self._slow(call)
        if slow is not None:
            slow()
        return Prepared(request=call)

    # --- seals --------------------------------------------------------------------------------------

    def _seal(self, packed: bytes, name: bytes, owner: str) -> bytes:
        return self._rooms().sealer.seal(packed, uid=_seal_name(name), object_type=_NOT_AN_OBJECT, owner=owner)

    def _open(self, sealed: bytes, name: bytes, owner: str) -> bytes:
        return self._rooms().sealer.open(sealed, uid=_seal_name(name), object_type=_NOT_AN_OBJECT, owner=owner)


def _seal_name(name: bytes) -> str:
    return f"asynchronous {name.hex()}"


_NOT_BEGUN = Result(
    ResultStatus.OPERATION_FAILED,
    ResultReason.GENERAL_FAILURE,
    "not done, because an earlier item of the batch failed",
    None,
)
_GIVEN_UP = Result(
    ResultStatus.OPERATION_FAILED,
    ResultReason.GENERAL_FAILURE,
    "the server could not complete the request; nothing of it was kept",
    None,
)


def _record(call: Call, row: JobItemRow, now_us: int) -> AuditEntry:
    """The audit record of an item that was given up."""
    subject = call.subject
    return AuditEntry(
        now_us,
        subject.certificate_subject,
        subject.issuer,
        subject.serial,
        subject.address,
        Operation(row.operation).title,
        "",
        "",
        "",
        "",
        ResultStatus.OPERATION_FAILED.title,
        ResultReason.GENERAL_FAILURE.title,
        f"given up after {MOST_ATTEMPTS} attempts",
        f"{call.correlation}/{row.position}",
    )
