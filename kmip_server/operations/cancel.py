"""Cancel (KMIP 2.1 §6.1.5, 1.4 §4.27): give up an asynchronous request that is not done yet."""

from __future__ import annotations

from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import CancellationResult, Operation
from kmip_server.spec.schema import field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@payload
class CancelRequest:
    """Which request."""

    asynchronous_correlation_value: bytes = field(Tag.ASYNCHRONOUS_CORRELATION_VALUE, ItemType.BYTE_STRING)


@payload
class CancelResponse:
    """The value of the request, and what became of it."""

    asynchronous_correlation_value: bytes = field(Tag.ASYNCHRONOUS_CORRELATION_VALUE, ItemType.BYTE_STRING)
    cancellation_result: CancellationResult = field(Tag.CANCELLATION_RESULT, CancellationResult)


@operation(Operation.CANCEL, CancelRequest, CancelResponse)
def handle(request: CancelRequest, ctx: Context) -> CancelResponse:
    """Cancel; a value that stands for nothing is no error: the result says Unavailable."""
    value = request.asynchronous_correlation_value
    return CancelResponse(asynchronous_correlation_value=value, cancellation_result=ctx.pending.cancel(value))
