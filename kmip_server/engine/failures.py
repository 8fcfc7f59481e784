"""Failed sign-ins, counted so that guessing is slow: by the client that tries, never by the name it tries.

Who guesses is known by its certificate, so its failures stop itself alone: nobody can lock out another client, nor the
owner of the name that is guessed. Each worker process counts for itself.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

_SPAN = 60.0
"""Seconds after which a failure is forgotten."""
_MOST_CLIENTS = 4096


class Failures:
    """How often each client failed to sign in lately."""

    def __init__(self, most: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._lock = threading.Lock()
        self._clients: OrderedDict[str, deque[float]] = OrderedDict()

    def too_many(self, client: str) -> bool:
        """Whether a client must wait before it tries again."""
        with self._lock:
            moments = self._clients.get(client)
            if moments is None:
                return False
            while moments and moments[0] <= self._now() - _SPAN:
                moments.popleft()
            return len(moments) >= self._most

    def note(self, client: str) -> None:
        """Count a failure."""
        with self._lock:
            self._clients.setdefault(client, deque(maxlen=self._most)).append(self._now())
            self._clients.move_to_end(client)
            if len(self._clients) > _MOST_CLIENTS:
                self._clients.popitem(last=False)
