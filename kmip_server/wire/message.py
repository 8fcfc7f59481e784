"""The envelope: bytes to a Request, answers to bytes, in whichever encoding (KMIP 2.1 §8, 1.4 §7).

The Protocol Version is read first and picks the binder. What cannot be parsed is answered all the same,
in the version it claims (1.4 §11.1: "Response message containing a header and a Batch Item without
Operation"). 3.0, from the test cases: no Batch Count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from kmip_server.errors import InvalidMessage, KmipError
from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.structures.envelope import (
    Request,
    RequestBatchItem,
    RequestHeader,
    ResponseBatchItem,
    ResponseHeader,
    succeeded,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import Version
from kmip_server.wire import ttlv
from kmip_server.wire.binder import Binder
from kmip_server.wire.printer import Printer
from kmip_server.wire.shapes import Shapes
from kmip_server.wire.tree import DEFAULT_LIMITS, Item, Limits

_STRUCTURE = int(ItemType.STRUCTURE)
_ENUMERATION = int(ItemType.ENUMERATION)
_INTEGER = int(ItemType.INTEGER)
_BATCH_ITEM = int(Tag.BATCH_ITEM)
_VERSION_MARK = bytes.fromhex("42006901 00000020 42006a02 00000004")
"""How every TTLV Protocol Version begins: the major version follows."""
_MESSAGE_HEADER = 8
_MESSAGE_WORD = Tag.REQUEST_MESSAGE << 40 | _STRUCTURE << 32
"""The first word of a request, less its length."""
_RESPONSE_HEADER = int(Tag.RESPONSE_HEADER)
_RESPONSE_WORD = Tag.RESPONSE_MESSAGE << 40 | _STRUCTURE << 32
"""The same of a response."""
_ITEM_WORD = _BATCH_ITEM << 40 | _STRUCTURE << 32
_RESPONSE_PAYLOAD = int(Tag.RESPONSE_PAYLOAD)
_KEPT_HEADERS = 256
_KEPT_HEADER_SIZE = 512
"""How many request headers are remembered by their bytes, and how long one may be."""

Payloads = Mapping[Operation, tuple[type[Any], type[Any]]]
"""Operation to its request and response payload classes."""


class Messages:
    """Reads requests and writes responses of every version the server serves."""

    def __init__(
        self, versions: Sequence[Version], payloads: Payloads, limits: Limits = DEFAULT_LIMITS, max_items: int = 1000
    ) -> None:
        self.versions = tuple(sorted(versions))
        self.limits = limits
        self._max_items = max_items
        self._payloads = payloads
        self._binders = {version: Binder(version) for version in self.versions}
        self._writers: dict[Version, Writer] = {
            version: TtlvWriter(binder) for version, binder in self._binders.items()
        }
        self._headers: dict[bytes, tuple[Version, RequestHeader]] = {}
        self._shapes = Shapes(self._binders)

    # --- reading ------------------------------------------------------------------------------------

    def read(self, data: bytes) -> Request:
        """A TTLV request; never raises, see ``Request.error``."""
        end = _MESSAGE_HEADER * 2 + int.from_bytes(data[12:16], "big")
        head = data[_MESSAGE_HEADER:end] if end <= _KEPT_HEADER_SIZE else b""
        known = self._headers.get(head)
        if known is not None and int.from_bytes(data[:8], "big") == _MESSAGE_WORD | len(data) - _MESSAGE_HEADER:
            version, header = known
            item = self._shapes.read(head, data)
            if item is not None:
                return Request(version, header, [item])
            request = self._read_after(version, header, data, end)
            if request.error is None and len(request.items) == 1:
                self._shapes.learn(head, data, end, version, request.items[0])
            return request
        try:
            tree = ttlv.parse(data, self.limits)
        except InvalidMessage as error:
            return Request(self.nearest(_salvaged_version(data)), error=error)
        request = self.read_tree(tree)
        if head and request.header is not None and _comes_again(request.header):
            if len(self._headers) >= _KEPT_HEADERS:
                self._headers.clear()
            self._headers[head] = (request.version, request.header)
        return request

    def _read_after(self, version: Version, header: RequestHeader, data: bytes, end: int) -> Request:
        """The rest of a request whose header, up to byte ``end``, has been read before."""
        try:
            return self._read_items(version, header, ttlv.parse_rest(data, end, self.limits))
        except KmipError as error:
            return Request(version, error=error)

    def read_tree(self, tree: Item) -> Request:
        """A request from its tree, whichever encoding it came in."""
        tag, kind, fields = tree
        if tag != Tag.REQUEST_MESSAGE or kind != _STRUCTURE:
            return Request(self.nearest(None), error=InvalidMessage("the message is not a Request Message"))
        claimed = _claimed_version(fields)
        version = self.nearest(claimed)
        try:
            if claimed is None:
                raise InvalidMessage("the request has no Protocol Version where it must stand")
            if claimed not in self._binders:
                raise InvalidMessage(
                    f"protocol version {claimed} is not served", ResultReason.UNSUPPORTED_PROTOCOL_VERSION
                )
            header: RequestHeader = self._binders[version].bind(RequestHeader, fields[0][2])
            return self._read_items(version, header, fields[1:])
        except KmipError as error:
            return Request(version, error=error)

    def _read_items(self, version: Version, header: RequestHeader, fields: list[Item]) -> Request:
        binder = self._binders[version]
        items: list[RequestBatchItem] = []
        for tag, kind, content in fields:
            if tag != _BATCH_ITEM or kind != _STRUCTURE:
                raise InvalidMessage("the message holds something else than batch items")
            if len(items) == self._max_items:
                raise InvalidMessage(f"the message has more than {self._max_items} batch items")
            items.append(self._read_item(binder, content))
        count = header.batch_count
        if not items:
            raise InvalidMessage("the message has no batch item")
        if count is not None and count != len(items):
            raise InvalidMessage(f"Batch Count is {count}, but there are {len(items)} batch items")
        return Request(version, header, items)

    def _read_item(self, binder: Binder, content: list[Item]) -> RequestBatchItem:
        # An operation or a payload that cannot be read fails alone; the envelope of the item must hold.
        try:
            item: RequestBatchItem = binder.bind(RequestBatchItem, content)
        except KmipError as error:
            return _broken_item(content, error)
        classes = self._payloads.get(item.operation)
        payload = item.request_payload
        if payload is None or payload[0] != _STRUCTURE:
            item.request_payload = InvalidMessage("Request Payload is missing or no structure")
        elif classes is not None and binder.defines(item.operation):
            try:
                item.request_payload = binder.bind(classes[0], payload[1])
            except KmipError as error:
                item.request_payload = error
        return item

    def nearest(self, claimed: Version | None) -> Version:
        """The version to answer in: the claimed one, else the newest served one that is not younger."""
        if claimed is None:
            return self.versions[0]
        if claimed in self._binders:
            return claimed
        older = [version for version in self.versions if version < claimed]
        return older[-1] if older else self.versions[0]

    # --- writing ------------------------------------------------------------------------------------

    def writer(self, version: Version, write: Callable[[Item], bytes] | None = None) -> Writer:
        """What writes responses in one version: in TTLV, or in the encoding that prints trees so."""
        return self._writers[version] if write is None else TreeWriter(self._binders[version], write)


class Writer(Protocol):
    """Writes one response, piece by piece; a piece is an item ready to be joined."""

    def piece(self, item: ResponseBatchItem) -> Any:
        """One batch item; a ValueError or AttributeError here is a mistake of the server's."""

    def success(self, operation: Operation, item_id: bytes | None, payload: Any) -> Any:
        """The batch item of what succeeded."""

    def size(self, header: ResponseHeader, pieces: Sequence[Any]) -> int:
        """How many bytes the response would have."""

    def message(self, header: ResponseHeader, pieces: Sequence[Any]) -> bytes:
        """The response."""


class TtlvWriter:
    """Writes responses in TTLV; its pieces are bytes."""

    __slots__ = ("_head", "_header", "_printer", "_successes")

    def __init__(self, binder: Binder) -> None:
        self._printer = Printer(binder)
        self._successes: dict[Operation, bytes] = {}
        """What stands before the payload of what succeeded, less the header of the item."""
        self._header: ResponseHeader | None = None
        self._head = b""

    def _printed(self, header: ResponseHeader) -> bytes:
        """A header's bytes; the engine gives the same header to all responses of a second."""
        if header is not self._header:
            self._head, self._header = self._printer.item(_RESPONSE_HEADER, header), header
        return self._head

    def piece(self, item: ResponseBatchItem) -> bytes:
        """One batch item's bytes."""
        return self._printer.item(_BATCH_ITEM, item)

    def success(self, operation: Operation, item_id: bytes | None, payload: Any) -> bytes:
        """The bytes of what succeeded: nearly every answer, of which all but the payload is the same each time."""
        if item_id is not None:
            return self.piece(succeeded(operation, item_id, payload))
        begin = self._successes.get(operation)
        if begin is None:
            begin = self._successes[operation] = self.piece(succeeded(operation, None, None))[_MESSAGE_HEADER:]
        answer = self._printer.item(_RESPONSE_PAYLOAD, payload)
        return b"".join(((_ITEM_WORD | len(begin) + len(answer)).to_bytes(8, "big"), begin, answer))

    def size(self, header: ResponseHeader, pieces: Sequence[bytes]) -> int:
        """How many bytes the response would have."""
        return _MESSAGE_HEADER + len(self._printed(header)) + sum(map(len, pieces))

    def message(self, header: ResponseHeader, pieces: Sequence[bytes]) -> bytes:
        """The response."""
        head = self._printed(header)
        size = len(head) + sum(map(len, pieces))
        return b"".join(((_RESPONSE_WORD | size).to_bytes(8, "big"), head, *pieces))


class TreeWriter:
    """Writes responses in any encoding of the tree; its pieces are items."""

    __slots__ = ("_binder", "_write")

    def __init__(self, binder: Binder, write: Callable[[Item], bytes]) -> None:
        self._binder = binder
        self._write = write

    def piece(self, item: ResponseBatchItem) -> Item:
        """One batch item's tree."""
        return _BATCH_ITEM, _STRUCTURE, self._binder.unbind(item)

    def success(self, operation: Operation, item_id: bytes | None, payload: Any) -> Item:
        """The tree of what succeeded."""
        return self.piece(succeeded(operation, item_id, payload))

    def size(self, header: ResponseHeader, pieces: Sequence[Item]) -> int:
        """How many bytes the response would have in TTLV, whatever it is written in.

        Maximum Response Size so means the same in every encoding, and it must: the published cases
        MSGENC-XML-M-1-10 and MSGENC-JSON-M-1-10 allow 2048 bytes and expect an answer that has 672 in TTLV,
        but 2121 in XML and 2639 in JSON as they print it.
        """
        return len(ttlv.print_(self._tree(header, pieces)))

    def message(self, header: ResponseHeader, pieces: Sequence[Item]) -> bytes:
        """The response."""
        return self._write(self._tree(header, pieces))

    def _tree(self, header: ResponseHeader, pieces: Sequence[Item]) -> Item:
        head = (_RESPONSE_HEADER, _STRUCTURE, self._binder.unbind(header))
        return int(Tag.RESPONSE_MESSAGE), _STRUCTURE, [head, *pieces]


def _comes_again(header: RequestHeader) -> bool:
    """Whether a client is likely to send the same header again, and nothing in it may linger here."""
    return (
        header.authentication is None
        and header.time_stamp is None
        and header.client_correlation_value is None
        and header.server_correlation_value is None
    )


def _claimed_version(fields: list[Item]) -> Version | None:
    """The Protocol Version of the header, if it stands where the standard puts it."""
    if not fields or fields[0][0] != Tag.REQUEST_HEADER or fields[0][1] != _STRUCTURE:
        return None
    for tag, kind, content in fields[0][2]:
        if tag == Tag.PROTOCOL_VERSION and kind == _STRUCTURE:
            numbers = {tag: value for tag, kind, value in content if kind == _INTEGER}
            major, minor = numbers.get(Tag.PROTOCOL_VERSION_MAJOR), numbers.get(Tag.PROTOCOL_VERSION_MINOR)
            return None if major is None or minor is None else Version(major, minor)
    return None


def _salvaged_version(data: bytes) -> Version | None:
    """The Protocol Version of a message that does not parse, if its beginning can be read."""
    start = data.find(_VERSION_MARK, _MESSAGE_HEADER, 64)
    if start < 0 or len(data) < start + 40:
        return None
    return Version(
        int.from_bytes(data[start + 16 : start + 20], "big"), int.from_bytes(data[start + 32 : start + 36], "big")
    )


def version_in_text(data: bytes) -> Version | None:
    """The Protocol Version of an XML or JSON message that does not parse, if it stands there in its usual form."""
    found = [_NUMBER_IN_TEXT[name].search(data) for name in ("Major", "Minor")]
    major, minor = (None if each is None else int(each[1]) for each in found)
    return None if major is None or minor is None else Version(major, minor)


_NUMBER_IN_TEXT = {
    name: re.compile(rb'ProtocolVersion%s"?[^<>{}]{0,60}?value"?\s{0,9}[=:]\s{0,9}["\']?([0-9]{1,3})\b' % name.encode())
    for name in ("Major", "Minor")
}


def _broken_item(content: list[Item], error: KmipError) -> RequestBatchItem:
    """What can be told of an item that cannot be bound: its operation and its id, for the answer."""
    operation = next((value for tag, kind, value in content if tag == Tag.OPERATION and kind == _ENUMERATION), None)
    item_id = next(
        (value for tag, _, value in content if tag == Tag.UNIQUE_BATCH_ITEM_ID and isinstance(value, bytes)), None
    )
    if operation is None:
        raise error
    return RequestBatchItem(operation=Operation(operation), unique_batch_item_id=item_id, request_payload=error)
