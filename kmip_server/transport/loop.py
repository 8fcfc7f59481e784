"""The loop of one worker: who is ready, what do they want, answer them all together.

One turn is: wait for events; let each ready connection read; run all the messages that this brought in ONE
call of the service (one transaction, one commit, see ``Service.run``); write the answers; apply the limits.
Nothing in it waits, except for events. A piece of work that says it is slow is prepared in a thread first
and joins a later round; its connection waits, the others do not.
"""

from __future__ import annotations

import logging
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from traceback import extract_tb

from OpenSSL import SSL

from kmip_server.transport.accepting import Acceptor
from kmip_server.transport.connection import READING, WAITING, Connection
from kmip_server.transport.limits import NEVER, Limits, Timers
from kmip_server.transport.listening import Listener
from kmip_server.transport.rechecking import Recheck
from kmip_server.transport.service import Service, Work

log = logging.getLogger(__name__)

MAX_EVENTS = 256
HANDSHAKE_GRACE_SECONDS = 1.0
"""Age at which an unfinished handshake gives its place to a new caller when none is free."""


class Loop:
    """Serves the connections of ``listeners`` until it is told to stop; ``run`` may be called in any thread.

    ``call``, ``stop`` and ``reload`` may be called from other threads and from signal handlers, everything
    else only by the loop's own thread. The loop closes the listeners and the service when it ends.
    """

    def __init__(
        self,
        listeners: Sequence[Listener],
        context: SSL.Context,
        service: Service,
        limits: Limits | None = None,
        *,
        slow_threads: int = 2,
        drain_seconds: float = 10.0,
        shared: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits or Limits()
        self.service = service
        self.now = time.monotonic()
        self.date = clock()
        self.draining = False
        self.epoll = select.epoll()
        self.timers: Timers[Connection] = Timers()
        self._clock = clock
        self._context = context
        self._acceptor = Acceptor(listeners, self.epoll, shared=shared, full=self._full, welcome=self._welcome)
        self._connections: dict[int, Connection] = {}
        self._handshakes: dict[Connection, None] = {}
        self._per_address: dict[str, int] = {}
        self._round: list[Work] = []
        self._turns: list[tuple[Connection, int]] = []
        self._again: list[Connection] = []
        self._sharing: list[tuple[Connection, int]] = []
        """Whose requests the round at hand answers, and how many of each."""
        self._busy = False
        """Whether a thread is at a chore of the service."""
        self._slow = ThreadPoolExecutor(slow_threads, thread_name_prefix="slow-work")
        self._drain_seconds = drain_seconds
        self._drain_deadline = NEVER
        self._calls: deque[Callable[[], None]] = deque()
        self._waker, self._woken = socket.socketpair()
        self._readers: dict[int, Callable[[], None]] = {}
        self._waker.setblocking(False)
        self.add_reader(self._woken, self._run_calls)

    # -- from outside --------------------------------------------------------------------------------

    @property
    def wake_fd(self) -> int:
        """A descriptor; a byte written to it wakes the loop (for ``signal.set_wakeup_fd``)."""
        return self._waker.fileno()

    def add_reader(self, source: socket.socket, handler: Callable[[], None]) -> None:
        """Call ``handler`` whenever ``source`` is readable."""
        source.setblocking(False)
        self._readers[source.fileno()] = handler
        self.epoll.register(source.fileno(), select.EPOLLIN)

    def call(self, function: Callable[[], None]) -> None:
        """Have the loop's thread call ``function`` soon."""
        self._calls.append(function)
        try:
            self._waker.send(b"\0")
        except OSError:
            return  # full: it is about to wake anyway; closed: it has ended

    def stop(self) -> None:
        """Accept nothing more, finish what is in flight, then end."""
        self.call(self._begin_drain)

    def reload(self, context: SSL.Context | None = None, recheck: Recheck | None = None) -> None:
        """Use ``context`` for new connections, close those that ``recheck`` refuses, have the service reload too."""
        self.call(partial(self._reload, context, recheck))

    def run(self) -> None:
        """Serve until ``stop`` was called and what was in flight is done or the drain limit is passed."""
        self._acceptor.resume()
        try:
            while not self.draining or self._connections:
                self._turn()
                if self.now >= self._drain_deadline:
                    log.warning("Drain limit of %g s passed; %d connections are cut",
                                self._drain_seconds, len(self._connections))  # fmt: skip
                    break
        finally:
            self._end()

    # -- what a connection asks (Host) ---------------------------------------------------------------

    def enter(self, connection: Connection, work: Sequence[Work]) -> None:
        """Take ``work`` into this round."""
        self._round.extend(work)
        self._turns.append((connection, len(work)))

    def run_slow(self, connection: Connection, work: Work) -> None:
        """Run ``work.slow`` in a thread, then take the work into a round."""
        self._slow.submit(self._prepare, connection, work)

    def again(self, connection: Connection) -> None:
        """Call ``connection.advance`` in the next round."""
        self._again.append(connection)

    def established(self, connection: Connection) -> None:
        """Note that the handshake is over."""
        self._handshakes.pop(connection, None)

    def gone(self, connection: Connection) -> None:
        """Forget the connection, and let a caller have its place."""
        self._handshakes.pop(connection, None)
        if self._connections.pop(connection.fd, None) is None:
            return
        left = self._per_address[connection.address] - 1
        if left:
            self._per_address[connection.address] = left
        else:
            del self._per_address[connection.address]
        self._acceptor.room(self.now)

    # -- the turn ------------------------------------------------------------------------------------

    def _turn(self) -> None:
        events = self.epoll.poll(self._timeout(), MAX_EVENTS)
        self.now = time.monotonic()
        self.date = self._clock()
        if self._again:
            again, self._again = self._again, []
            for connection in again:
                self._guarded(connection, connection.advance)
        self._dispatch(events)
        if self._turns:
            self._run_round()
        if self.timers.next_moment() <= self.now:
            for connection in self.timers.expired(self.now):
                self._guarded(connection, connection.on_deadline)
        if self.now >= self._acceptor.again_at:
            self._acceptor.resume()
        if self.now >= self.service.wake and not self._busy and not self.draining:
            self._chore()

    def _dispatch(self, events: list[tuple[int, int]]) -> None:
        connections = self._connections
        for fd, _ in events:
            connection = connections.get(fd)
            if connection is None:
                self._dispatch_other(fd)
                continue
            try:
                connection.on_ready()
            except Exception as error:
                self._drop(connection, error)

    def _latecomers(self) -> Sequence[Work]:
        """What has arrived while the round was being worked on: it shares the round's commit.

        A commit costs more than a request, and those who were served together ask again one after another: so
        whoever comes before the commit is let in. Only requests of established connections: a handshake takes too
        long to be done while the database is held.
        """
        if len(self._connections) == len(self._sharing):
            return ()
        connections = self._connections
        for fd, _ in self.epoll.poll(0, MAX_EVENTS):
            connection = connections.get(fd)
            if connection is not None and connection.state is READING:
                self._guarded(connection, connection.on_ready)
        late, self._round = self._round, []
        self._sharing += self._turns
        self._turns = []
        return late

    def _dispatch_other(self, fd: int) -> None:
        if fd in self._acceptor.listeners:
            self._acceptor.accept(fd, self.now)
        elif fd in self._readers:
            self._readers[fd]()

    def _timeout(self) -> float | None:
        if self._again:
            return 0.0
        moment = min(self.timers.next_moment(), self._acceptor.again_at, self._drain_deadline)
        if not self._busy and not self.draining:
            moment = min(moment, self.service.wake)
        return None if moment == NEVER else max(0.0, moment - time.monotonic())

    def _run_round(self) -> None:
        """Run the round's work as one, then answer: nothing is written before ``run`` has returned."""
        work, self._sharing = self._round, self._turns
        self._round, self._turns = [], []
        try:
            replies = self.service.run(work, self._latecomers)
            expected = sum([count for _, count in self._sharing])
            if len(replies) != expected:
                raise RuntimeError(f"{len(replies)} replies to {expected} pieces of work")
        except Exception as error:
            for connection, _ in self._sharing:
                self._drop(connection, error)
            return
        at = 0
        for connection, count in self._sharing:
            reply = replies[at] if count == 1 else b"".join(replies[at : at + count])
            at += count
            try:
                connection.answer(reply)
            except Exception as error:
                self._drop(connection, error)

    def _chore(self) -> None:
        """Have the service do one thing that nobody here waits for."""
        slow = self.service.chore()
        if slow is not None:
            self._busy = True
            self._slow.submit(self._work_at, slow)

    def _work_at(self, slow: Callable[[], None]) -> None:
        """Do what is slow of a chore, in its thread."""
        try:
            slow()
        except Exception as error:
            log.error("Internal error %s in a chore of the service", type(error).__name__)
        self.call(self._go_on)

    def _go_on(self) -> None:
        self._busy = False
        self._chore()

    def _guarded(self, connection: Connection, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:
            self._drop(connection, error)

    def _drop(self, connection: Connection, error: Exception) -> None:
        """Close a connection whose handling failed by a mistake of ours; the text of the error is not logged.

        It might quote what the client sent.
        """
        frame = extract_tb(error.__traceback__)[-1]
        log.error("Internal error %s at %s:%s; the connection from %s is closed",
                  type(error).__name__, frame.filename, frame.lineno, connection.address)  # fmt: skip
        connection.close()

    def _prepare(self, connection: Connection, work: Work) -> None:
        """Run one slow job, in its thread."""
        try:
            slow = work.slow
            if slow is not None:
                slow()
        except Exception as error:
            self.call(partial(self._drop, connection, error))
        else:
            self.call(partial(self._join, connection, work))

    def _join(self, connection: Connection, work: Work) -> None:
        if connection.state is WAITING:
            self.enter(connection, (work,))

    def _run_calls(self) -> None:
        self._woken.recv(4096)
        while self._calls:
            self._calls.popleft()()

    def _reload(self, context: SSL.Context | None, recheck: Recheck | None) -> None:
        if context is not None:
            self._context = context
        if recheck is not None:
            for connection in list(self._connections.values()):
                self._guarded(connection, partial(connection.recheck, recheck))
        try:
            failure = self.service.reload()
        except Exception as error:
            failure = f"the service goes on as before, after an internal error {type(error).__name__}"
        connections = len(self._connections)
        if context is not None and not failure:
            log.info("All was reloaded in this worker; it holds for its %d open connections too", connections)
            return
        # One line for both, so that nobody reads of a success and overlooks the rest.
        tls = "the TLS files stay as they were" if context is None else "the TLS files are the new ones"
        log.error("NOT all was reloaded in this worker: %s; %s", tls, failure or "the service was reloaded")

    # -- new connections -----------------------------------------------------------------------------

    def _full(self) -> str:
        """Say why no further connection can be taken, or nothing."""
        if len(self._connections) < self.limits.max_connections or self._make_room():
            return ""
        return f"all {self.limits.max_connections} places of this worker are taken"

    def _welcome(self, accepted: socket.socket, address: str, entrance: str) -> None:
        here = self._per_address.get(address, 0)
        if here >= self.limits.max_connections_per_address:
            log.warning("A connection from %s was closed: it has %d already, which is its limit", address, here)
            accepted.close()
            return
        accepted.setblocking(False)
        connection = Connection(self, self._context, accepted, address, entrance)
        self._connections[connection.fd] = connection
        self._handshakes[connection] = None
        self._per_address[address] = here + 1

    def _make_room(self) -> bool:
        """Close the oldest handshake if it has had its time: whoever has no certificate shall not keep others out."""
        for connection in self._handshakes:
            if self.now - connection.since < HANDSHAKE_GRACE_SECONDS:
                break
            log.warning("TLS handshake with %s failed: all places are taken and it was the slowest; if it is no attack,"
                        " raise max_connections", connection.address)  # fmt: skip
            connection.close()
            return True
        return False

    # -- the end -------------------------------------------------------------------------------------

    def _begin_drain(self) -> None:
        if self.draining:
            return
        self.draining = True
        self._drain_deadline = self.now + self._drain_seconds
        self._acceptor.close()
        for connection in list(self._connections.values()):
            self._guarded(connection, connection.drain)

    def _end(self) -> None:
        for connection in list(self._connections.values()):
            connection.close()
        self._acceptor.close()
        self._slow.shutdown(wait=False, cancel_futures=True)
        self.service.close()
        self.epoll.close()
        self._waker.close()
        self._woken.close()
