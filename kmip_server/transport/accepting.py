"""Taking new connections from the listening sockets: fairly among workers, and not while there is no room.

Workers that share a listening socket take turns: it is watched with EPOLLEXCLUSIVE, which wakes one idle
worker, the longest registered; who accepted registers anew and so stands last in line. A worker without
room (all places taken, no descriptors left) stops watching for a moment: callers wait in the kernel's
queue, another worker may take them, and nothing spins.

The kernel wakes one worker for a caller, once. If that one does not come (it has no room, was stopped, died, or hangs)
nobody else would hear of the caller until the next one calls. So every worker that shares a socket looks at it
four times a second by registering anew, which tells it of whoever waits there.
"""

from __future__ import annotations

import errno
import logging
import select
import socket
import time
from collections.abc import Callable, Sequence

from kmip_server.transport.limits import NEVER
from kmip_server.transport.listening import Listener

log = logging.getLogger(__name__)

BURST_ALONE = 32
"""Connections accepted in one turn by a worker that has the socket for itself."""
BURST_SHARED = 2
"""The same where others might take the next one."""
PAUSE_SECONDS = 0.25
"""How long no connection is accepted after the process ran out of descriptors or places."""
LOOK_SECONDS = 0.25
"""How long a caller waits at most for a worker that was not woken for it."""
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Acceptor:
    """Accepts from ``listeners``, which it owns, while there is room."""

    def __init__(
        self,
        listeners: Sequence[Listener],
        epoll: select.epoll,
        *,
        shared: bool,
        full: Callable[[], str],
        welcome: Callable[[socket.socket, str, str], None],
    ) -> None:
        """``full`` says in words why nobody can be taken, or nothing.

        ``welcome`` gets (socket, IP address, entrance).
        """
        self.listeners = {listener.fileno(): listener for listener in listeners}
        self._entrances = {listener.fileno(): listener.entrance for listener in listeners}
        self.again_at = NEVER
        """When to call ``resume``."""
        self._epoll = epoll
        self._shared = shared
        self._events = select.EPOLLIN | (select.EPOLLEXCLUSIVE if shared else 0)
        self._burst = BURST_SHARED if shared else BURST_ALONE
        self._full = full
        self._welcome = welcome
        self._watching = False
        self._closed = False

    def accept(self, fd: int, now: float) -> None:
        """Take the callers that wait at the listener ``fd``; ``now`` is the loop's clock, in seconds."""
        if not self._watching:
            return
        listener = self.listeners[fd]
        for _ in range(self._burst):
            words = self._full()
            if words:
                self._pause(words, now)
                return
            try:
                accepted, name = listener.accept()
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._pause(f"the process is out of descriptors or memory ({errno.errorcode[error.errno]})", now)
                    return
                continue  # gone while it waited in the queue
            self._welcome(accepted, name[0], self._entrances[fd])
        if self._shared:
            self._epoll.unregister(fd)
            self._epoll.register(fd, self._events)

    def resume(self) -> None:
        """Accept (again), whoever waits already included."""
        if self._closed:
            return
        self._unwatch()
        self._watching = True
        for fd in self.listeners:
            self._epoll.register(fd, self._events)
        if self._shared:
            self.again_at = time.monotonic() + LOOK_SECONDS

    def room(self, now: float) -> None:
        """Note that a place has become free."""
        if not self._watching and not self._closed:
            self.again_at = now

    def close(self) -> None:
        """Accept nothing more, ever."""
        self._closed = True
        self._unwatch()
        for listener in self.listeners.values():
            listener.close()

    def _pause(self, words: str, now: float) -> None:
        log.warning("New connections wait: %s", words)
        self._unwatch()
        self.again_at = now + PAUSE_SECONDS

    def _unwatch(self) -> None:
        # Before closing, too: the parent's copy of the socket would keep it alive in our epoll.
        self.again_at = NEVER
        if self._watching:
            self._watching = False
            for fd in self.listeners:
                self._epoll.unregister(fd)
