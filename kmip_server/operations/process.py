"""Process (KMIP 2.1 §6.1.39): have an asynchronous request done now."""

from __future__ import annotations

from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@payload
class ProcessRequest:
    """Which request."""

    asynchronous_correlation_value: bytes = field(Tag.ASYNCHRONOUS_CORRELATION_VALUE, ItemType.BYTE_STRING)


@payload
class ProcessResponse:
    """Nothing."""


@operation(Operation.PROCESS, ProcessRequest, ProcessResponse)
def handle(request: ProcessRequest, ctx: Context) -> ProcessResponse:
    """Do it, so that "the next Poll ... SHALL NOT return a 'pending' status"; other items of its batch go with it."""
    ctx.pending.process(request.asynchronous_correlation_value)
    return ProcessResponse()
