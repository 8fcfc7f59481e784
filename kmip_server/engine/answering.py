"""What a whole request is answered with: its header, or the refusal of all of it (1.4 §6.5, §11.1; 2.1 §8.5)."""

from __future__ import annotations

import secrets
from dataclasses import replace

from kmip_server.engine.call import Call, Writer
from kmip_server.errors import InvalidMessage, KmipError
from kmip_server.spec.enums import ResultStatus
from kmip_server.spec.reasons import reason_in
from kmip_server.spec.structures.envelope import Request, ResponseBatchItem, ResponseHeader
from kmip_server.spec.structures.query import ProtocolVersion
from kmip_server.spec.version import V3_0, Version


def header_of(request: Request, count: int, now: int) -> ResponseHeader:
    """The response header: nothing in it that an old client would not expect (CLIENTS: 1.x chokes on extras)."""
    version = request.version
    known = _HEADERS.get((version, now, count))
    if known is not None:
        return known
    header = ResponseHeader(
        protocol_version=ProtocolVersion(major=version.major, minor=version.minor),
        time_stamp=now,
        # 3.0's cases expect it; older clients stumble over it (libkmip, PyKMIP), and none asks for it.
        server_correlation_value=secrets.token_hex(8) if version >= V3_0 else None,
        batch_count=count,
    )
    if header.server_correlation_value is None:
        if len(_HEADERS) >= _MOST_HEADERS:
            _HEADERS.clear()
        _HEADERS[version, now, count] = header
    return header


def header_for(call: Call, count: int, now: int) -> ResponseHeader:
    """The same with what the client's way of signing in asks for."""
    header = header_of(call.request, count, now)
    return replace(header, **call.extras) if call.extras else header


_HEADERS: dict[tuple[Version, int, int], ResponseHeader] = {}
"""Headers that come again within their second, so that they are made and written once; nobody changes them."""
_MOST_HEADERS = 64


def refuse_message(request: Request, writer: Writer, error: KmipError, now_us: int) -> bytes:
    """Answer a message that cannot be served as a whole: one item without operation (1.4 §11.1)."""
    piece = writer.piece(
        ResponseBatchItem(
            operation=None,
            unique_batch_item_id=None,
            result_status=ResultStatus.OPERATION_FAILED,
            result_reason=reason_in(error.reason, request.version),
            result_message=error.message,
        )
    )
    return writer.message(header_of(request, 1, now_us // 1_000_000), [piece])


def require_served(request: Request, now: int, skew: int) -> None:
    """Refuse what the header asks and the server will not do: raises KmipError for the whole message."""
    header = request.header
    if header is None:
        raise InvalidMessage("the request has no header")
    if skew and header.time_stamp is not None and abs(header.time_stamp - now) > skew:
        # 1.4 §6.5: a server "MAY choose to reject a request if a client's time stamp ... is too far off".
        raise InvalidMessage(f"the request's time stamp is more than {skew} seconds off the server's time")
