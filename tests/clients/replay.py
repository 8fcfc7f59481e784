"""Plays captured requests against a live server: what the client named then is mapped to what exists now.

A capture holds each distinct request once and no answers. So identifiers are bound as they are met, to the
object the file made last or, where that has another name already, to one made anew by the same request; and
what a client decrypts or verifies is what this server encrypted or signed, not what PyKMIP once did.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmip_server.spec.enums import Operation
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import Version
from kmip_server.wire import ttlv
from kmip_server.wire.tree import Item
from tests.flows import strict
from tests.flows.client import Client
from tests.kit import Server
from tests.material import Capture, captures

IDENTIFIERS = (Tag.UNIQUE_IDENTIFIER, Tag.PRIVATE_KEY_UNIQUE_IDENTIFIER, Tag.PUBLIC_KEY_UNIQUE_IDENTIFIER)
_OUTPUTS = {
    Operation.ENCRYPT: (Tag.DATA, Tag.IV_COUNTER_NONCE, Tag.AUTHENTICATED_ENCRYPTION_TAG),
    Operation.SIGN: (Tag.SIGNATURE_DATA,),
}
_INPUTS = {Operation.DECRYPT: Operation.ENCRYPT, Operation.SIGNATURE_VERIFY: Operation.SIGN}
_MAKING = (Operation.CREATE, Operation.REGISTER)

Prepare = Callable[[Client], str]
"""Makes, with a client of the request's version, the object that a captured identifier stands for."""


def requests_by_file() -> dict[str, list[Capture]]:
    """The captured requests, responses left out, in their order."""
    found: dict[str, list[Capture]] = {}
    for capture in captures():
        if ttlv.parse(capture.data)[0] == Tag.REQUEST_MESSAGE:
            found.setdefault(capture.file, []).append(capture)
    return found


def version_of(request: Item) -> Version:
    """The version a request speaks."""
    major, minor = (item[2] for item in strict.value(request, Tag.REQUEST_HEADER, Tag.PROTOCOL_VERSION))
    return Version(major, minor)


class Replay:
    """One file being played against one server."""

    def __init__(self, server: Server, prepared: dict[str, Prepare], absent: tuple[str, ...]) -> None:
        self.server = server
        self.prepared = prepared
        self.absent = absent
        """How identifiers begin that named nothing when they were captured."""
        self.live: dict[str, str] = {}
        self._made: list[str] = []
        self._making: Item | None = None
        self._outputs: dict[Operation, dict[int, Any]] = {}

    def play(self, capture: Capture) -> list[Item]:
        """Send one captured request and give the batch items of the answer, strictly read."""
        asked = ttlv.parse(capture.data)
        version = version_of(asked)
        sent = self._mapped(asked, version)
        reply = strict.read(self.server.send(ttlv.print_(sent)), version)
        answered = strict.children(reply, Tag.BATCH_ITEM)
        for question, answer in zip(strict.children(asked, Tag.BATCH_ITEM), answered, strict=False):
            self._learn(asked, question, answer)
        return answered

    def _mapped(self, request: Item, version: Version) -> Item:
        header, *items = request[2]
        mapped = []
        for item in items:
            operation = Operation(strict.value(item, Tag.OPERATION))
            outputs = self._outputs.get(_INPUTS.get(operation, operation), {}) if operation in _INPUTS else {}
            mapped.append(self._fields(item, outputs, version))
        return request[0], request[1], [header, *mapped]

    def _fields(self, item: Item, outputs: dict[int, Any], version: Version) -> Item:
        tag, kind, content = item
        if isinstance(content, list):
            return tag, kind, [self._fields(each, outputs, version) for each in content]
        if tag in IDENTIFIERS and isinstance(content, str):
            return tag, kind, self._live(content, version)
        return tag, kind, outputs.get(tag, content)

    def _live(self, captured: str, version: Version) -> str:
        if captured.startswith(self.absent):
            return captured
        if captured not in self.live:
            prepare = self.prepared.get(captured)
            self.live[captured] = self._next(version) if prepare is None else prepare(Client(self.server, version))
        return self.live[captured]

    def _next(self, version: Version) -> str:
        """The object made last, if nothing names it yet; else another one like it."""
        if self._made and self._made[-1] not in self.live.values():
            return self._made[-1]
        assert self._making is not None, "the file made nothing that the identifier could stand for"
        reply = strict.read(self.server.send(ttlv.print_(self._making)), version_of(self._making))
        answer = strict.children(reply, Tag.BATCH_ITEM)[0]
        return str(strict.value(answer, Tag.RESPONSE_PAYLOAD, Tag.UNIQUE_IDENTIFIER))

    def _learn(self, request: Item, question: Item, answer: Item) -> None:
        operation = Operation(strict.value(question, Tag.OPERATION))
        payload = strict.child(answer, Tag.RESPONSE_PAYLOAD)
        if payload is None:
            return
        if operation in _MAKING:
            self._making = request
            self._made.append(strict.value(payload, Tag.UNIQUE_IDENTIFIER))
        wanted = _OUTPUTS.get(operation, ())
        if wanted:
            self._outputs[operation] = {tag: kept[2] for tag in wanted if (kept := strict.child(payload, tag))}
