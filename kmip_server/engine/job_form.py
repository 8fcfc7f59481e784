"""The form in which an asynchronous request and its results lie in the database; always sealed.

Payloads are KMIP's own encoding in the version of the request, everything around them is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from kmip_server.domain.subject import Subject
from kmip_server.engine.call import Call, Writer
from kmip_server.ports import Codec
from kmip_server.spec.enums import BatchErrorContinuationOption, Operation, ResultReason, ResultStatus
from kmip_server.spec.structures.envelope import Request, RequestBatchItem, RequestHeader
from kmip_server.spec.structures.query import ProtocolVersion
from kmip_server.spec.version import Version

_BYTES = tuple(each.name for each in fields(Subject) if each.type == "bytes")
"""Facts of a subject that JSON cannot say as they are."""


class Result(NamedTuple):
    """How an item ended."""

    status: ResultStatus
    reason: ResultReason | None
    message: str | None
    payload: Any

    def __repr__(self) -> str:
        return f"Result({self.status!r}, {self.reason!r})"


def pack_call(call: Call, items: Sequence[RequestBatchItem], correlation: str, codec: Codec) -> bytes:
    """Some items of a request, with who asked."""
    request = call.request
    option = request.header.batch_error_continuation_option if request.header else None
    packed = {
        "version": list(request.version),
        "option": None if option is None else int(option),
        "correlation": correlation,
        "subject": {each.name: _plain(getattr(call.subject, each.name)) for each in fields(call.subject)},
        "items": [
            {
                "operation": int(item.operation),
                "ephemeral": item.ephemeral,
                "payload": codec.pack_payload(item.request_payload, request.version).hex(),
            }
            for item in items
        ],
    }
    return json.dumps(packed).encode()


def _plain(value: Any) -> Any:
    """A fact of a subject as JSON can say it."""
    return sorted(value) if isinstance(value, frozenset) else value.hex() if isinstance(value, bytes) else value


def unpack_call(packed: bytes, writer: Writer, kinds: Mapping[Operation, type[Any]], codec: Codec) -> Call:
    """The request that was packed; ``kinds`` are the request payloads of the operations."""
    known = json.loads(packed)
    version = Version(*known["version"])
    option = known["option"]
    header = RequestHeader(
        protocol_version=ProtocolVersion(major=version.major, minor=version.minor),
        batch_error_continuation_option=None if option is None else BatchErrorContinuationOption(option),
    )
    items = []
    for each in known["items"]:
        operation = Operation(each["operation"])
        payload = codec.unpack_payload(kinds[operation], bytes.fromhex(each["payload"]), version)
        items.append(RequestBatchItem(operation=operation, ephemeral=each["ephemeral"], request_payload=payload))
    told = {name: value for name, value in known["subject"].items() if name not in _BYTES}
    # A request that an older program kept does not tell all of it.
    given = {name: bytes.fromhex(known["subject"].get(name, "")) for name in _BYTES}
    subject = {**told, **given, "groups": frozenset(told["groups"])}
    return Call(Request(version, header, items), writer, Subject(**subject), correlation=known["correlation"])


def pack_result(result: Result, version: Version | None, codec: Codec) -> bytes:
    """A result; ``version`` is that of the request, and may lack where there is no payload."""
    payload = None
    if result.payload is not None and version is not None:
        payload = codec.pack_payload(result.payload, version).hex()
    packed = {
        "version": None if version is None else list(version),
        "status": int(result.status),
        "reason": None if result.reason is None else int(result.reason),
        "message": result.message,
        "payload": payload,
    }
    return json.dumps(packed).encode()


def unpack_result(packed: bytes, kind: type[Any] | None, codec: Codec) -> Result:
    """The result that was packed; ``kind`` is the response payload of its operation."""
    known = json.loads(packed)
    reason, payload = known["reason"], None
    if known["payload"] is not None and kind is not None:
        payload = codec.unpack_payload(kind, bytes.fromhex(known["payload"]), Version(*known["version"]))
    return Result(
        ResultStatus(known["status"]), None if reason is None else ResultReason(reason), known["message"], payload
    )
