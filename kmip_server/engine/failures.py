"""Failed sign-ins, counted so that guessing is slow: by the client that tries, never by the name it tries.

Who guesses is known by its certificate, so its failures stop itself alone: nobody can lock out another client, nor the
owner of the name that is guessed. Each worker process remembers what failed in it; what failed in any is in the
database, which is asked and written only where a credential is not known to be right. It outlives a restart.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from kmip_server.errors import KmipError
from kmip_server.ports import Clock, SignInRow, Store, StoreError, Transaction
from kmip_server.spec.enums import ResultReason

_SPAN = 60
"""Seconds after which a failure is forgotten."""
_MOST_CLIENTS = 4096

log = logging.getLogger(__name__)


class Failures:
    """How often each client failed to sign in lately, in this process."""

    def __init__(self, most: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._lock = threading.Lock()
        self._clients: OrderedDict[str, deque[float]] = OrderedDict()

    def many_here(self, client: str) -> bool:
        """Whether a client must wait before it tries again, as far as this process knows."""
        with self._lock:
            moments = self._clients.get(client)
            if moments is None:
                return False
            while moments and moments[0] <= self._now() - _SPAN:
                moments.popleft()
            return len(moments) >= self._most

    def too_many(self, client: str) -> bool:
        """Whether a client must wait before it tries again. Not inside a transaction."""
        return self.many_here(client)

    def too_many_in(self, tx: Transaction, client: str) -> bool:
        """The same inside one."""
        return self.many_here(client)

    def note(self, client: str) -> None:
        """Count a failure. Not inside a transaction."""
        with self._lock:
            self._clients.setdefault(client, deque(maxlen=self._most)).append(self._now())
            self._clients.move_to_end(client)
            if len(self._clients) > _MOST_CLIENTS:
                self._clients.popitem(last=False)

    def note_in(self, tx: Transaction, client: str) -> None:
        """The same inside one."""
        Failures.note(self, client)


class SharedFailures(Failures):
    """The same for all workers and servers on one database: how many failed in each second of the last minute."""

    def __init__(self, most: int, store: Store, clock: Clock) -> None:
        super().__init__(most)
        self._store = store
        self._clock = clock

    def too_many(self, client: str) -> bool:
        """See :class:`Failures`; KmipError where the database cannot tell."""
        if self.many_here(client):
            return True
        try:
            with self._store.transaction() as tx:
                return self.too_many_in(tx, client)
        except StoreError as error:
            log.error("failed sign-ins cannot be counted: %s", error)
            raise KmipError("the server could not check the credentials", ResultReason.GENERAL_FAILURE) from error

    def too_many_in(self, tx: Transaction, client: str) -> bool:
        """See :class:`Failures`."""
        return self.many_here(client) or sum(self._lately(tx.sign_in(_key_of(client))).values()) >= self._most

    def note(self, client: str) -> None:
        """See :class:`Failures`; what the database does not take, this process knows alone."""
        super().note(client)
        for _ in range(2):  # two workers may be the first to count for a client
            try:
                with self._store.transaction() as tx:
                    self._write(tx, client)
                return
            except StoreError as error:
                log.warning("a failed sign-in could not be counted for the other workers: %s", error)

    def note_in(self, tx: Transaction, client: str) -> None:
        """See :class:`Failures`."""
        super().note_in(tx, client)
        self._write(tx, client)

    def _write(self, tx: Transaction, client: str) -> None:
        now = self._clock() // 1_000_000
        row = tx.sign_in(_key_of(client), for_change=True)
        counted = self._lately(row)
        counted[str(now)] = counted.get(str(now), 0) + 1
        written = SignInRow(_key_of(client), now + _SPAN, json.dumps(counted))
        if row is None:
            tx.insert_sign_in(written, now)
        else:
            tx.replace_sign_in(written)

    def _lately(self, row: SignInRow | None) -> dict[str, int]:
        since = self._clock() // 1_000_000 - _SPAN
        read: dict[str, int] = {} if row is None else json.loads(row.facts)
        return {second: count for second, count in read.items() if int(second) > since}


def _key_of(client: str) -> bytes:
    return hashlib.sha256(b"failed sign-ins:" + client.encode("utf-8", "surrogatepass")).digest()
