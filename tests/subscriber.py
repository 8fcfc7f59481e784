"""A subscriber: a TLS server in a thread of the test, to which the server sends Notify and Put."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from kmip_server.spec.enums import Operation, ResultStatus
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import Version
from kmip_server.wire import ttlv
from kmip_server.wire.tree import Item

PATIENCE = 20.0
_QUESTIONS = frozenset({Operation.DISCOVER_VERSIONS, Operation.QUERY})
_STRUCTURE = int(ItemType.STRUCTURE)

Reply = Callable[[Item], bytes | None]
"""Request to answer; None closes the connection without one."""


def child(item: Item, tag: int) -> Item:
    return next(each for each in item[2] if each[0] == tag)


def success(request: Item, status: ResultStatus = ResultStatus.SUCCESS, *more: Item) -> bytes:
    """The answer without payload that 1.4 §5.1 wants."""
    version = child(child(request, Tag.REQUEST_HEADER), Tag.PROTOCOL_VERSION)
    operation = child(child(request, Tag.BATCH_ITEM), Tag.OPERATION)
    header = [version, (Tag.TIME_STAMP, int(ItemType.DATE_TIME), 0), (Tag.BATCH_COUNT, int(ItemType.INTEGER), 1)]
    item = [operation, (Tag.RESULT_STATUS, int(ItemType.ENUMERATION), int(status)), *more]
    return ttlv.print_(
        (
            int(Tag.RESPONSE_MESSAGE),
            _STRUCTURE,
            [(int(Tag.RESPONSE_HEADER), _STRUCTURE, header), (int(Tag.BATCH_ITEM), _STRUCTURE, item)],
        )
    )


def telling(request: Item, versions: Sequence[Version] = (), operations: Sequence[int] = ()) -> bytes:
    """The answer to Discover Versions or Query."""
    numbers = (Tag.PROTOCOL_VERSION_MAJOR, Tag.PROTOCOL_VERSION_MINOR)
    parts: list[Item] = [(Tag.OPERATION, int(ItemType.ENUMERATION), each) for each in operations]
    for version in versions:
        pair = [(tag, int(ItemType.INTEGER), number) for tag, number in zip(numbers, version, strict=True)]
        parts.append((Tag.PROTOCOL_VERSION, _STRUCTURE, pair))
    return success(request, ResultStatus.SUCCESS, (Tag.RESPONSE_PAYLOAD, _STRUCTURE, parts))


class TlsSubscriber:
    """Listens with mutual TLS; what comes is in ``received``, in order; ``reply`` may be replaced at any time."""

    def __init__(self, certificate: Path, authority: Path, port: int = 0) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        context.load_verify_locations(authority)
        context.verify_mode = ssl.CERT_REQUIRED
        self._context = context
        self.reply: Reply = success
        self.greeting: Reply = success
        """Answers what is asked before the first message; kept in ``questions``, not in ``received``."""
        self.questions: list[Item] = []
        self.received: queue.Queue[Item] = queue.Queue()
        self.clients: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def next(self) -> Item:
        """The next request; fails when none comes."""
        return self.received.get(timeout=PATIENCE)

    def answer_questions(self, reply: bytes) -> list[Item]:
        """Answer every question with these bytes from now on; gives the list in which questions are kept."""
        self.greeting = lambda request: reply
        return self.questions

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        try:
            with self._context.wrap_socket(raw, server_side=True) as tls:
                shown = tls.getpeercert()
                assert shown is not None
                self.clients.append(str(dict(pair[0] for pair in shown["subject"])["commonName"]))  # type: ignore[misc, union-attr, index]
                while head := _exactly(tls, 8):
                    request = ttlv.parse(head + _exactly(tls, int.from_bytes(head[4:], "big")))
                    if child(child(request, Tag.BATCH_ITEM), Tag.OPERATION)[2] in _QUESTIONS:
                        self.questions.append(request)
                        answer = self.greeting(request)
                    else:
                        answer = self.reply(request)
                        self.received.put(request)
                    if answer is None:
                        return
                    tls.sendall(answer)
        except OSError:
            return


def _exactly(tls: ssl.SSLSocket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = tls.recv(count - len(data))
        if not part:
            return b""
        data += part
    return data
