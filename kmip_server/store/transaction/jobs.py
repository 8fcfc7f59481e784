"""Requests that are done later, and the results of their items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kmip_server.ports import JobItemRow, JobRow
from kmip_server.store.transaction.held import HeldTransaction


class Jobs(HeldTransaction):
    """The verbs of jobs."""

    __slots__ = ()

    def insert_job(self, job: JobRow, items: Sequence[JobItemRow]) -> None:
        """Keep a request that is done later."""
        self._mark()
        self._run(self._sql.insert_job, job)
        self._many(self._sql.insert_job_item, items)

    def load_job(self, job: bytes) -> JobRow | None:
        """Read one, held until this transaction ends."""
        row = self._one(self._sql.load_job, (job,))
        return None if row is None else JobRow(*row)

    def next_job(self) -> JobRow | None:
        """Read the one that is due first and that nobody holds."""
        row = self._one(self._sql.next_job)
        return None if row is None else JobRow(*row)

    def take_job(self, taken: JobRow) -> None:
        """Write who works on it, and until when."""
        self._mark()
        self._run(self._sql.take_job, (taken.due, taken.attempts, taken.token, taken.job))

    def delete_job(self, job: bytes) -> None:
        """Forget the request; its items stay."""
        self._mark()
        self._run(self._sql.delete_job, (job,))

    def load_job_item(self, correlation_value: bytes) -> JobItemRow | None:
        """Read one item."""
        row = self._one(self._sql.load_job_item, (correlation_value,))
        return None if row is None else job_item_of(row)

    def job_items(self, job: bytes) -> list[JobItemRow]:
        """The items of a request, in their order."""
        return [job_item_of(row) for row in self._all(self._sql.job_items, (job,))]

    def owned_job_items(self, owner: str) -> list[JobItemRow]:
        """The items of a client, oldest first."""
        return [job_item_of(row) for row in self._all(self._sql.owned_job_items, (owner,))]

    def replace_job_item(self, changed: JobItemRow) -> None:
        """Write the stage and the result of an item."""
        self._mark()
        values = (changed.stage, changed.status, changed.obtained, changed.expires, changed.sealed)
        self._run(self._sql.replace_job_item, (*values, changed.correlation_value))

    def expire_job_items(self, now: int) -> None:
        """Forget every item whose time has run out."""
        self._mark()
        self._run(self._sql.expire_job_items, (now,))


def job_item_of(row: Sequence[Any]) -> JobItemRow:
    """An item from its row; SQLite tells a boolean as a number."""
    item = JobItemRow(*row)
    return item._replace(obtained=bool(item.obtained))
