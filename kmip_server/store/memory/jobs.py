"""Requests that are done later, and the results of their items."""

from __future__ import annotations

from collections.abc import Sequence

from kmip_server.ports import JobItemRow, JobRow
from kmip_server.store.memory.held import HeldTransaction


class Jobs(HeldTransaction):
    """The verbs of jobs."""

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
