"""Poll (KMIP 2.1 §6.1.38, 1.4 §4.28): the result of an asynchronous request, or that there is none yet."""

from __future__ import annotations

from kmip_server.operations.registry import operation
from kmip_server.ports import Context, Outcome
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@payload
class PollRequest:
    """Which request."""

    asynchronous_correlation_value: bytes = field(Tag.ASYNCHRONOUS_CORRELATION_VALUE, ItemType.BYTE_STRING)


@payload
class PollResponse:
    """Poll has no payload of its own: it answers as the other operation does."""


@operation(Operation.POLL, PollRequest, PollResponse)
def handle(request: PollRequest, ctx: Context) -> Outcome:
    """Answer as the request "would have been ... if the operation had completed synchronously", or Pending."""
    return ctx.pending.poll(request.asynchronous_correlation_value)
