"""Requests that the server sends, and the answers to them (KMIP 2.1 §6.2; 1.4 §5, §7.1), in TTLV.

1.4 §5.1: such a request has no "Maximum Response Size, Asynchronous Indicator, Batch Error Continuation Option, and
Batch Order Option"; what is left is the version and, before 3.0, the Batch Count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from kmip_server.errors import InvalidMessage
from kmip_server.spec.enums import Operation, ResultReason, ResultStatus
from kmip_server.spec.structures.envelope import RequestHeader
from kmip_server.spec.structures.query import ProtocolVersion
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import Version
from kmip_server.wire import ttlv
from kmip_server.wire.binder import Binder
from kmip_server.wire.tree import DEFAULT_LIMITS, Item, Limits

_STRUCTURE = int(ItemType.STRUCTURE)


class Answered(NamedTuple):
    """How the one item of a response ended."""

    status: ResultStatus
    reason: ResultReason | None
    message: str
    versions: tuple[Version, ...] = ()
    """The Protocol Versions of the payload, as a Discover Versions is answered."""
    operations: tuple[int, ...] = ()
    """The Operations of the payload, as a Query is answered; such as we do not know too."""


def request_message(binder: Binder, version: Version, operation: Operation, payload: Any) -> bytes:
    """One request with one item."""
    header = RequestHeader(protocol_version=ProtocolVersion(major=version.major, minor=version.minor), batch_count=1)
    item: list[Item] = [
        (int(Tag.OPERATION), int(ItemType.ENUMERATION), int(operation)),
        (int(Tag.REQUEST_PAYLOAD), _STRUCTURE, binder.unbind(payload)),
    ]
    return ttlv.print_(
        (
            int(Tag.REQUEST_MESSAGE),
            _STRUCTURE,
            [
                (int(Tag.REQUEST_HEADER), _STRUCTURE, binder.unbind(header)),
                (int(Tag.BATCH_ITEM), _STRUCTURE, item),
            ],
        )
    )


def answered(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Answered:
    """Read a response to such a request; InvalidMessage where it is none."""
    tag, kind, fields = ttlv.parse(data, limits)
    items = [each[2] for each in fields if each[0] == Tag.BATCH_ITEM and each[1] == _STRUCTURE]
    if tag != Tag.RESPONSE_MESSAGE or kind != _STRUCTURE or len(items) != 1:
        raise InvalidMessage("the answer is no response to one item")
    found = {tag: value for tag, _, value in items[0]}
    status, reason, message = (found.get(tag) for tag in (Tag.RESULT_STATUS, Tag.RESULT_REASON, Tag.RESULT_MESSAGE))
    if not isinstance(status, int):
        raise InvalidMessage("the answer has no Result Status")
    payload: Sequence[Item] = next(
        (each[2] for each in items[0] if each[0] == Tag.RESPONSE_PAYLOAD and each[1] == _STRUCTURE), []
    )
    return Answered(
        ResultStatus(status),
        ResultReason(reason) if isinstance(reason, int) else None,
        message if isinstance(message, str) else "",
        tuple(_versions_in(payload)),
        tuple(each[2] for each in payload if each[0] == Tag.OPERATION and isinstance(each[2], int)),
    )


def _versions_in(payload: Sequence[Item]) -> Iterator[Version]:
    for tag, kind, value in payload:
        if tag == Tag.PROTOCOL_VERSION and kind == _STRUCTURE:
            parts = {part: number for part, _, number in value}
            major, minor = parts.get(Tag.PROTOCOL_VERSION_MAJOR), parts.get(Tag.PROTOCOL_VERSION_MINOR)
            if isinstance(major, int) and isinstance(minor, int):
                yield Version(major, minor)
