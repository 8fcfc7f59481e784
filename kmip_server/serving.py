"""Joins the transport to the engine: bytes to requests, subjects to connections, replies to bytes.

The one place where wire and engine meet. It decides nothing: framing is the wire's, identity and
answers are the engine's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from kmip_server.domain.subject import Subject
from kmip_server.engine.call import Call
from kmip_server.engine.identity import Authenticator, IdentityRefused
from kmip_server.engine.server import Engine
from kmip_server.errors import InvalidMessage
from kmip_server.serving_https import HTTPS, HttpSession
from kmip_server.spec.structures.envelope import Request
from kmip_server.transport.service import Peer
from kmip_server.wire.connection import Framer
from kmip_server.wire.message import Messages

log = logging.getLogger(__name__)


class KmipWork:
    """One request waiting for its round."""

    __slots__ = ("call", "slow")

    def __init__(self, call: Call, slow: Callable[[], None] | None) -> None:
        self.call = call
        self.slow = slow

    def reply(self, reply: bytes) -> bytes:
        """What goes out: TTLV over TLS is nothing but the message."""
        return reply


class KmipSession:
    """One connection: a framer and a subject."""

    __slots__ = ("_framer", "_service", "_subject", "closing")

    def __init__(self, service: KmipService, subject: Subject, max_message: int) -> None:
        self._service = service
        self._subject = subject
        self._framer = Framer(max_message)
        self.closing = False

    @property
    def partial(self) -> bool:
        """Whether a message has begun and not ended."""
        return self._framer.partial

    def receive(self, data: bytes) -> Sequence[KmipWork]:
        """The requests that the data completes; after a broken frame one last error to answer."""
        if self.closing:
            return ()
        service, subject = self._service, self._subject
        work = [service.work_for(frame, subject) for frame in self._framer.receive(data)]
        broken = self._framer.error
        if broken is not None:
            self.closing = True
            work.append(service.refusal(broken, subject))
        return work


class KmipService:
    """The server behind the transport."""

    def __init__(
        self,
        engine: Engine,
        messages: Messages,
        authenticator: Authenticator,
        reload: Callable[[], str],
        close: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._messages = messages
        self.authenticator = authenticator
        """Says who is there; replaced as a whole when accounts are reloaded."""
        self._reload = reload
        self._close = close
        self._web = False
        """Whether anybody has come in over HTTPS: their rounds take a step more."""

    def connect(self, peer: Peer) -> KmipSession | HttpSession | str:
        """Find out who is there; a certificate that names nobody is refused in one sentence."""
        try:
            subject = self.authenticator.identify(peer.certificate, peer.address)
        except IdentityRefused as refused:
            return str(refused)
        if peer.entrance == HTTPS:
            self._web = True
            return HttpSession(self, self._messages, subject)
        return KmipSession(self, subject, self._messages.limits.max_size)

    def work_for(self, frame: bytes, subject: Subject) -> KmipWork:
        """Read one message and find out whether it needs time before its round."""
        request = self._messages.read(frame)
        call = Call(request, self._messages.writer(request.version), subject)
        return KmipWork(call, self.before(call))

    def before(self, call: Call) -> Callable[[], None] | None:
        """What must be done for a call before its round because it takes over a millisecond, or None."""
        header = call.request.header
        if header is not None and header.authentication is not None:
            return self._authenticating(call)
        return self._engine.slow(call)

    def _authenticating(self, call: Call) -> Callable[[], None] | None:
        """Check the credentials of a request; a password takes tens of milliseconds when first seen."""
        header = call.request.header
        authentication = header.authentication if header is not None else None
        check = self.authenticator.check(call.subject, authentication)
        rest = self._engine.slow(call)

        def run() -> None:
            if call.sign_in(check) and rest is not None:
                rest()

        if check.slow or rest is not None:
            return run
        run()
        return None

    def refusal(self, error: InvalidMessage, subject: Subject) -> KmipWork:
        """The last answer on a connection whose framing is lost."""
        request = Request(self._messages.nearest(None), error=error)
        return KmipWork(Call(request, self._messages.writer(request.version), subject), None)

    def run(self, work: Sequence[Any], more: Callable[[], Sequence[Any]]) -> Sequence[bytes]:
        """Answer a round."""
        if not self._web:
            return self._engine.run([each.call for each in work], lambda: [each.call for each in more()])
        everything = list(work)

        def latecomers() -> list[Call]:
            late = more()
            everything.extend(late)
            return _calls_of(late)

        calls = _calls_of(work)
        replies = iter(self._engine.run(calls, latecomers) if calls else ())
        return [each.reply(next(replies) if each.call is not None else b"") for each in everything]

    @property
    def wake(self) -> float:
        """When :meth:`chore` is to be called next."""
        return self._engine.pending.wake

    def chore(self) -> Callable[[], None] | None:
        """Do an asynchronous request that is due."""
        return self._engine.pending.chore()

    def reload(self) -> str:
        """Take up changed policies and accounts; why they stay as they were, or nothing."""
        return self._reload()

    def close(self) -> None:
        """Release the database."""
        self._close()


def _calls_of(work: Sequence[Any]) -> list[Call]:
    """What the engine is to answer: HTTP answers some things by itself."""
    return [each.call for each in work if each.call is not None]
