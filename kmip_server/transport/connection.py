"""One client's connection: from the handshake to the last byte, as a small state machine.

    HANDSHAKING -> READING <-> WAITING -> READING          the answer went out at once (nearly always)
                                       -> WRITING -> READING   the client takes its answer slowly
    any -> LINGERING -> CLOSED                             our last words are out, the client's are discarded
    any -> CLOSED                                          the client is gone

Only READING reads: while an answer is due or waits to be taken, nothing further is taken in, so a client
that asks without listening fills its own socket and not our memory. Messages of one connection are handed
on in the order in which they came, and a slow one is begun only after those before it were answered.

LINGERING is there because closing a socket with unread bytes in it makes the kernel send a reset, which
may overtake the alert or answer that says why.
"""

from __future__ import annotations

import enum
import logging
import select
import socket
from collections import deque
from collections.abc import Callable
from typing import NoReturn

from OpenSSL import SSL

from kmip_server.transport.explain import CertificateRefusal, explain_refusal
from kmip_server.transport.handshaking import let_in, note_failure
from kmip_server.transport.host import Host
from kmip_server.transport.limits import NEVER
from kmip_server.transport.peers import expired
from kmip_server.transport.rechecking import Recheck
from kmip_server.transport.service import Session, Work

log = logging.getLogger(__name__)

READ_SIZE = 16384
"""A whole TLS record (RFC 8446 §5.1), so that OpenSSL keeps nothing decrypted that epoll could not tell of."""

PIPELINE = 16
"""Messages of one connection in one round: the others' turn comes, and the answers stay few."""

LINGER_SECONDS = 2.0

EPOLLIN: int = select.EPOLLIN
EPOLLOUT: int = select.EPOLLOUT


class State(enum.Enum):
    """What the connection does when its socket is ready."""

    HANDSHAKING = 1
    READING = 2
    WAITING = 3
    WRITING = 4
    LINGERING = 5
    CLOSED = 6


HANDSHAKING, READING, WAITING, WRITING, LINGERING, CLOSED = State


def _over(_: object) -> NoReturn:
    """Stand for reading and writing once TLS has been let go."""
    raise SSL.ZeroReturnError


class Connection:
    """The state machine of one connection; every method is called by the loop's thread only."""

    __slots__ = (
        "_begun", "_entrance", "_events", "_host", "_last", "_output", "_queue", "_receive", "_recheck", "_send",
        "_session", "_socket", "_tls", "_until", "address", "deadline", "fd", "since", "state", "timer_at",
    )  # fmt: skip

    def __init__(
        self, host: Host, context: SSL.Context, accepted: socket.socket, address: str, entrance: str = ""
    ) -> None:
        self._host = host
        self._entrance = entrance
        self._socket = accepted
        tls = SSL.Connection(context, accepted)
        tls.set_accept_state()
        self._tls: SSL.Connection | None = tls
        self._receive: Callable[[int], bytes] = tls.recv
        self._send: Callable[[bytes | memoryview], int] = tls.send
        self._session: Session | None = None
        self._until = NEVER  # the end of the client's certificate, once it is let in; seconds since 1970
        self._recheck: Recheck | None = None  # what was read again since the handshake began
        self._queue: deque[Work] = deque()
        self._output: memoryview | None = None
        self._begun = False  # a message has begun and not ended
        self._last = False  # nothing more is read: answer what is due, then close
        self._events = 0
        self.address = address
        self.fd = accepted.fileno()
        self.state = HANDSHAKING
        self.since = host.now
        self.timer_at = NEVER
        self.deadline = host.now + host.limits.handshake_seconds
        host.timers.arm(self)
        self._watch(EPOLLIN)

    # -- what the loop tells -------------------------------------------------------------------------

    def on_ready(self) -> None:
        """Go on with what the state says: the socket has become readable, writable or broken."""
        state = self.state
        if state is READING:
            self._read()
        elif state is WRITING:
            self._write()
        elif state is HANDSHAKING:
            self._handshake()
        elif state is LINGERING:
            self._discard()

    def on_deadline(self) -> None:
        """Apply the limit that has been passed."""
        limits = self._host.limits
        if self.state is HANDSHAKING:
            log.warning("TLS handshake with %s failed: it was not finished within %g s; if it is no health check, look"
                        " at the network and the client's log", self.address, limits.handshake_seconds)  # fmt: skip
            self.close()
        elif self.state is READING:
            if self._begun:
                log.warning("%s sent a message that did not end within %g s; closed",
                            self.address, limits.message_seconds)  # fmt: skip
            self.finish()
        elif self.state is WRITING:
            log.warning("%s did not take its answer for %g s; closed", self.address, limits.write_stall_seconds)
            self.close()
        elif self.state is WAITING:
            self._set_deadline()
        else:
            self.close()

    def advance(self) -> None:
        """Hand the next messages of the queue to the round: a slow one alone, others up to the next slow one."""
        queue = self._queue
        if self.state is not WAITING or not queue or self._has_expired():
            return
        if queue[0].slow is not None:
            # Unwatched meanwhile: a hang-up would wake the loop without end.
            self._watch(0)
            self._host.run_slow(self, queue.popleft())
            return
        work = [queue.popleft()]
        while queue and len(work) < PIPELINE and queue[0].slow is None:
            work.append(queue.popleft())
        self._host.enter(self, work)

    def answer(self, data: bytes) -> None:
        """Send the replies of this round; what the client does not take at once waits."""
        if self.state is not WAITING:
            return
        sent = 0
        try:
            if data:
                sent = self._send(data)
        except (SSL.WantWriteError, SSL.WantReadError):
            pass
        except SSL.Error:
            self.close()
            return
        if sent == len(data):
            self._answered()
        elif len(data) - sent > self._host.limits.max_output_bytes:
            log.warning("%s does not take its answers and %d bytes wait for it; closed", self.address, len(data) - sent)
            self.close()
        else:
            self.state = WRITING
            self._output = memoryview(data)[sent:]
            self._watch(EPOLLOUT)
            self.deadline = self._host.now + self._host.limits.write_stall_seconds
            self._host.timers.arm(self)

    def recheck(self, recheck: Recheck) -> None:
        """Close unless the client would be let in now as well."""
        if self._tls is None or self.state is HANDSHAKING:
            self._recheck = recheck  # who the client is, is known at the end
            return
        refusal = recheck.refusal(self._tls)
        if refusal is not None:
            self._refuse(refusal)

    def drain(self) -> None:
        """Close unless something is in flight: called once, when the loop stops taking connections."""
        if self.state is READING:
            self._read()  # what arrived before the word to stop is still served
            if self.state is READING and not self._begun:
                self.finish()
        elif self.state is HANDSHAKING:
            self.close()

    # -- states --------------------------------------------------------------------------------------

    def _handshake(self) -> None:
        tls = self._tls
        if tls is None:  # pragma: no cover - HANDSHAKING has it
            return
        try:
            tls.do_handshake()
        except SSL.WantReadError:
            self._watch(EPOLLIN)
        except SSL.WantWriteError:
            self._watch(EPOLLOUT)
        except SSL.Error as error:
            self._handshake_failed(tls, error)
        else:
            self._establish(tls)

    def _handshake_failed(self, tls: SSL.Connection, error: SSL.Error) -> None:
        self._host.established(self)
        if note_failure(tls, self.address, error):
            self.close()
        else:
            self.finish()

    def _establish(self, tls: SSL.Connection) -> None:
        """Begin the session: the handshake is over and the client's certificate verified."""
        self._host.established(self)
        guest = let_in(self._host, tls, self.address, self._entrance)
        if guest is None:
            self.finish()
            return
        self._session, self._until = guest
        self.state = READING
        self._set_deadline()
        self._watch(EPOLLIN)
        if self._recheck is not None:
            self.recheck(self._recheck)

    def _read(self) -> None:
        try:
            data = self._receive(READ_SIZE)
        except SSL.WantReadError:
            return
        except SSL.WantWriteError:
            self._watch(EPOLLIN | EPOLLOUT)  # a key update of TLS 1.3 wants its answer out first
            return
        except SSL.ZeroReturnError:
            self._say_goodbye()
            self.close()
            return
        except SSL.Error:
            self.close()  # gone without a word: many clients do
            return
        session = self._session
        if session is None or self._host.date >= self._until:  # a comparison, and no call, for each read
            self._turn_away()
            return
        work = session.receive(data)
        self._note_partial(session.partial, completed=bool(work))
        self._last = session.closing
        if self._events != EPOLLIN:
            self._watch(EPOLLIN)
        if len(work) == 1 and work[0].slow is None:
            self.state = WAITING
            self._host.enter(self, work)
        elif work:
            self.state = WAITING
            self._queue.extend(work)
            self.advance()
        elif self._last:
            self.finish()

    def _note_partial(self, partial: bool, completed: bool) -> None:
        """Start the limit on a half-sent message with the read that began it, and end it with the one that ended it."""
        if partial:
            if completed or not self._begun:
                self._begun = True
                self._set_deadline()
        elif self._begun:
            self._begun = False
            self._set_deadline()

    def _answered(self) -> None:
        """Go on after the last byte of an answer was taken."""
        host = self._host
        if self._queue:
            self.state = WAITING
            host.again(self)
        elif self._last or (host.draining and not self._begun):
            self.finish()
        else:
            self.state = READING
            if not self._begun:
                self.deadline = host.now + host.limits.idle_seconds
            if self._events != EPOLLIN:
                self._set_deadline()
                self._watch(EPOLLIN)

    def _write(self) -> None:
        output = self._output
        if output is None:  # pragma: no cover - WRITING has output
            return
        try:
            sent = self._send(output)
        except (SSL.WantWriteError, SSL.WantReadError):
            return
        except SSL.Error:
            self.close()
            return
        if sent == len(output):
            self._output = None
            self._answered()
        else:
            self._output = output[sent:]
            self.deadline = self._host.now + self._host.limits.write_stall_seconds

    def _discard(self) -> None:
        try:
            if not self._socket.recv(READ_SIZE):
                self.close()
        except BlockingIOError:
            return
        except OSError:
            self.close()

    def _has_expired(self) -> bool:
        """Close where the client's certificate has come to its end since the handshake, and say whether it has."""
        if self._host.date < self._until or self._tls is None:
            return False
        self._refuse(expired(self._tls))
        return True

    # -- ends ----------------------------------------------------------------------------------------

    def _turn_away(self) -> None:
        if not self._has_expired():  # pragma: no cover - READING has a session
            self.close()

    def _refuse(self, refusal: CertificateRefusal) -> None:
        log.warning("The connection from %s was closed: %s", self.address, explain_refusal(refusal))
        self.finish()

    def finish(self) -> None:
        """Close in good order: say so to the client, then wait a little for it to close too."""
        if self.state is LINGERING or self.state is CLOSED:
            return
        self._say_goodbye()
        self._let_go()
        self.state = LINGERING
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()
            return
        self.deadline = self._host.now + LINGER_SECONDS
        self._host.timers.arm(self)
        self._watch(EPOLLIN)

    def close(self) -> None:
        """Close at once."""
        if self.state is CLOSED:
            return
        self._let_go()
        self.state = CLOSED
        self._host.timers.forget(self)
        self._host.gone(self)
        self._watch(0)
        self._socket.close()

    def _let_go(self) -> None:
        """Drop what takes memory: the timers may know the connection for some seconds longer."""
        self._session = None
        self._output = None
        self._queue.clear()
        self._tls = None
        self._receive = self._send = _over

    def _say_goodbye(self) -> None:
        try:
            if self._tls is not None:
                self._tls.shutdown()
        except SSL.Error:
            return  # never established, or the client is gone

    def _set_deadline(self) -> None:
        """Start the limit that holds while reading: on the message begun, else on idleness."""
        limits = self._host.limits
        self.deadline = self._host.now + (limits.message_seconds if self._begun else limits.idle_seconds)
        self._host.timers.arm(self)

    def _watch(self, events: int) -> None:
        """Have epoll report ``events`` from now on; 0 is nothing at all, not even a hang-up."""
        if events == self._events:
            return
        epoll = self._host.epoll
        if not self._events:
            epoll.register(self.fd, events)
        elif not events:
            epoll.unregister(self.fd)
        else:
            epoll.modify(self.fd, events)
        self._events = events
