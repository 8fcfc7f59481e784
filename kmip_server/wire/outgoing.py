"""Requests that the server sends, and the answers to them (KMIP 2.1 §6.2; 1.4 §5, §7.1), in TTLV.

1.4 §5.1: such a request has no "Maximum Response Size, Asynchronous Indicator, Batch Error Continuation Option, and
Batch Order Option"; what is left is the version and, before 3.0, the Batch Count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from kmip_server.errors import InvalidMessage, KmipError
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
    payload: Any = None
    """What the payload says; None where no class was given to read it by."""


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


def answered(
    data: bytes, binder: Binder, response: type[Any] | None = None, limits: Limits = DEFAULT_LIMITS
) -> Answered:
    """Read a response to such a request, its payload by its class; InvalidMessage where it is none."""
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
        None if response is None else _understood(binder, response, payload),
    )


def _understood(binder: Binder, response: type[Any], payload: Sequence[Item]) -> Any:
    """What can be read of a payload; its class has no field that is required.

    What a client says of itself is taken as far as the standard has words for it: one field that cannot be read, such
    as the "vendor-specific" Server Information of 1.x, does not spoil the others.
    """
    readable = [each for each in payload if _reads(binder, response, [each])]
    return binder.bind(response, readable) if _reads(binder, response, readable) else response()


def _reads(binder: Binder, response: type[Any], payload: list[Item]) -> bool:
    try:
        binder.bind(response, payload)
    except KmipError:
        return False
    return True
