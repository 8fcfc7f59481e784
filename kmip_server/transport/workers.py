"""The parent process and its workers: start, restart, drain, reload.

The parent binds the addresses, reads the certificates, forks the workers and then only waits for signals;
it never touches a client's byte. Each worker makes its own service after the fork (a database connection
or an HSM session must not be shared) and runs one ``Loop``. One worker is no special case: it is restarted
like any other.

Parent and worker share a socket pair. Up goes one byte, "I am serving"; down goes one byte for each SIGHUP;
its end means that the other one is gone, so that no worker outlives its parent.

Session tickets can be opened only with the keys that a context got when it was made. So that a client may
resume with any worker, even after a SIGHUP, the parent makes blank contexts before it forks, and the byte
sent down says which of them the new files are loaded into. (When all are used up, each worker makes its
own: a client that meets another worker then does one full handshake.) Old tickets die with each reload,
so that nobody resumes a session which a new CRL would refuse; and open connections are judged anew.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from OpenSSL import SSL

from kmip_server.transport.limits import Limits
from kmip_server.transport.listening import Listener, Place, address_of, bind
from kmip_server.transport.loop import Loop
from kmip_server.transport.rechecking import Recheck
from kmip_server.transport.service import Service
from kmip_server.transport.tls import TlsConfigurationError, TlsSettings, blank_context, build_context

log = logging.getLogger(__name__)

SPARE_CONTEXTS = 16
FIRST_BACKOFF_SECONDS = 0.1
LAST_BACKOFF_SECONDS = 10.0
STEADY_SECONDS = 30.0
"""A worker that lived so long starts again without delay."""
KILL_GRACE_SECONDS = 5.0
"""How long after the drain limit a worker may still take to end."""

_START_FAILED = 3
_STOP = frozenset({signal.SIGTERM, signal.SIGINT})
_SIGNALS = _STOP | {signal.SIGHUP, signal.SIGCHLD}


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """Where to listen, with how many processes, and within which limits."""

    listen: tuple[Place, ...] = (Place("127.0.0.1", 5696),)
    """Port 0 is any free one."""
    workers: int = 1
    limits: Limits = field(default_factory=Limits)
    slow_threads: int = 2
    """Threads of a worker for work that says it is slow."""
    drain_seconds: float = 10.0
    """After SIGTERM: how long what is in flight may take."""
    backlog: int = 1024

    def __post_init__(self) -> None:
        if not self.listen:
            raise ValueError("no address to listen on is configured")
        for name in ("workers", "slow_threads", "drain_seconds", "backlog"):
            if getattr(self, name) <= 0:
                raise ValueError(f"transport setting {name} must be greater than zero")


def serve(
    settings: TransportSettings,
    tls: TlsSettings,
    make_service: Callable[[], Service],
    *,
    ready: Callable[[list[tuple[str, int]]], None] | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT and return the exit status: 0 when everything ended in good order.

    ``make_service`` is called once in each worker, after the fork. ``ready`` is called in the parent with the
    real addresses once every worker serves. Raises TlsConfigurationError and OSError (with a sentence) when
    files or addresses cannot be used. Only for the main thread.
    """
    context = build_context(tls)
    listeners = bind(settings.listen, settings.backlog)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        return _Parent(settings, tls, make_service, context, listeners).run(ready)
    finally:
        for listener in listeners:
            listener.close()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(slots=True)
class _Worker:
    """What the parent knows of one worker process."""

    pid: int
    control: socket.socket
    started: float
    failures: int


class _Parent:
    """Keeps the workers running until it is told to stop."""

    def __init__(
        self,
        settings: TransportSettings,
        tls: TlsSettings,
        make_service: Callable[[], Service],
        context: SSL.Context,
        listeners: list[Listener],
    ) -> None:
        self._settings = settings
        self._tls = tls
        self._make_service = make_service
        self._context = context
        self._listeners = listeners
        self._spares = [blank_context() for _ in range(SPARE_CONTEXTS)]
        self._generation = 0
        self._workers: dict[int, _Worker] = {}
        self._restarts: list[tuple[float, int]] = []  # (moment, failures so far)

    def run(self, ready: Callable[[list[tuple[str, int]]], None] | None) -> int:
        """Start the workers, look after them, stop them; return the exit status."""
        # What exists by now is shared by all: the collector's marks would copy every page of it.
        gc.collect()
        gc.freeze()
        for _ in range(self._settings.workers):
            self._start(0)
        if not self._all_serving():
            return self._stop(1)
        if ready is not None:
            ready([address_of(listener) for listener in self._listeners])
        while True:
            received = self._next_signal()
            if received in _STOP:
                return self._stop(0)
            if received == signal.SIGHUP:
                self._reload()
            self._bury()
            self._restart()

    # -- life of a worker ----------------------------------------------------------------------------

    def _start(self, failures: int) -> None:
        control, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            status = _START_FAILED
            try:
                control.close()
                for other in self._workers.values():
                    other.control.close()
                status = self._work(theirs)
            finally:
                logging.shutdown()
                os._exit(status)
        theirs.close()
        control.setblocking(False)
        self._workers[pid] = _Worker(pid, control, time.monotonic(), failures)

    def _work(self, control: socket.socket) -> int:
        """Be a worker; return the exit status."""
        for ignored in (signal.SIGINT, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)  # they reach the whole group; the parent says what they mean
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            service = self._make_service()
        except Exception as error:
            log.error("A worker could not start: %s: %s", type(error).__name__, error)
            return _START_FAILED
        shared = self._settings.workers > 1
        # The places of all workers together are those of the settings.
        places = -(-self._settings.limits.max_connections // self._settings.workers)
        loop = Loop(
            self._listeners,
            self._context,
            service,
            replace(self._settings.limits, max_connections=places),
            slow_threads=self._settings.slow_threads,
            drain_seconds=self._settings.drain_seconds,
            shared=shared,
        )
        loop.add_reader(control, lambda: self._obey(loop, control))
        signal.signal(signal.SIGTERM, lambda *_: loop.stop())
        signal.set_wakeup_fd(loop.wake_fd, warn_on_full_buffer=False)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        control.send(b"\1")
        loop.run()
        return 0

    def _obey(self, loop: Loop, control: socket.socket) -> None:
        """In a worker: take a word of the parent's."""
        words = control.recv(256)
        if not words:
            control.close()
            loop.stop()
            return
        context = recheck = None
        generation = max(words)
        if generation:
            try:
                context, recheck = build_context(self._tls, self._blank(generation)), Recheck(self._tls)
            except TlsConfigurationError as error:
                log.error("A worker could not take up the new TLS files, it keeps the old ones: %s", error)
        loop.reload(context, recheck)

    def _bury(self) -> None:
        """Take note of workers that ended and plan their successors."""
        for worker, status in self._ended():
            lived = time.monotonic() - worker.started
            failures = 0 if lived > STEADY_SECONDS else worker.failures + 1
            delay = min(FIRST_BACKOFF_SECONDS * 2 ** (failures - 1), LAST_BACKOFF_SECONDS) if failures else 0.0
            log.error("Worker %d ended unexpectedly (%s); a new one starts in %g s", worker.pid, _how(status), delay)
            self._restarts.append((time.monotonic() + delay, failures))

    def _ended(self) -> list[tuple[_Worker, int]]:
        ended = []
        for pid in list(self._workers):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                worker = self._workers.pop(pid)
                worker.control.close()
                ended.append((worker, status))
        return ended

    def _restart(self) -> None:
        now = time.monotonic()
        due = [restart for restart in self._restarts if restart[0] <= now]
        self._restarts = [restart for restart in self._restarts if restart[0] > now]
        for _, failures in due:
            self._start(failures)

    # -- all of them ---------------------------------------------------------------------------------

    def _all_serving(self) -> bool:
        """Wait until every worker has said that it serves; False when one died or we are to stop."""
        silent = [worker.control for worker in self._workers.values()]
        while silent:
            readable, _, _ = select.select(silent, [], [], 0.1)
            for control in readable:
                if not control.recv(1):
                    log.error("A worker ended before it could serve; the server does not start")
                    return False
                silent.remove(control)
            if signal.sigpending() & _STOP:
                return False
        return True

    def _next_signal(self) -> int | None:
        """Wait for a signal, or until a worker is to be restarted (None)."""
        if not self._restarts:
            return signal.sigwaitinfo(_SIGNALS).si_signo
        delay = min(moment for moment, _ in self._restarts) - time.monotonic()
        received = signal.sigtimedwait(_SIGNALS, max(0.0, delay))
        return None if received is None else received.si_signo

    def _blank(self, generation: int) -> SSL.Context | None:
        return self._spares[generation - 1] if generation <= len(self._spares) else None

    def _reload(self) -> None:
        """Read the TLS files again, and have the workers do so and reload their services."""
        self._generation = min(self._generation + 1, 255)
        word = self._generation
        try:
            self._context = build_context(self._tls, self._blank(word))
        except TlsConfigurationError as error:
            log.error("The new TLS files were not taken up, the old ones stay in force: %s", error)
            word = 0
        else:
            log.info("Certificates, CAs and CRLs were read again; new connections use them, open ones are judged anew")
        for worker in self._workers.values():
            try:
                worker.control.send(bytes([word]))
            except OSError:
                continue  # it has just died; its successor starts with the new files

    def _stop(self, status: int) -> int:
        """Have every worker finish what is in flight; kill what does not end."""
        for listener in self._listeners:
            listener.close()
        for pid in self._workers:
            os.kill(pid, signal.SIGTERM)
        limit = time.monotonic() + self._settings.drain_seconds + KILL_GRACE_SECONDS
        while True:
            for worker, code in self._ended():
                if code:
                    log.error("Worker %d ended badly (%s)", worker.pid, _how(code))
                    status = status or 1
            if not self._workers:
                return status
            left = limit - time.monotonic()
            if left <= 0:
                break
            signal.sigtimedwait({signal.SIGCHLD}, left)
        for pid in self._workers:
            log.error("Worker %d did not end within the drain limit; it is killed", pid)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        return 1


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"by signal {os.WTERMSIG(status)}"
    return f"with status {os.WEXITSTATUS(status)}"
