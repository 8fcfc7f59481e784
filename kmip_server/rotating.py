"""The clock of automatic rotation: each worker process asks now and then whether anything is due.

A thread of its own, for the loop sleeps while no client speaks; transactions take turns, so that it never stands
between a request and its commit. Which process finds a due object first does not matter: only one can rotate it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from kmip_server.ports import StoreError

log = logging.getLogger(__name__)


class RotationTimer:
    """Calls ``rotate`` every so many seconds until it is stopped."""

    def __init__(self, rotate: Callable[[], int], seconds: float) -> None:
        self._rotate = rotate
        self._seconds = seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rotation", daemon=True)

    def start(self) -> None:
        """Begin; to be called in the process that does the work."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is in progress."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self._rotate()
            except StoreError as error:
                log.warning("automatic rotation waits: %s", error)
