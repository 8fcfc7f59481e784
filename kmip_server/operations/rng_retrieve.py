"""RNG Retrieve (KMIP 2.1 §6.1.49, 1.4 §4.35): random bytes for the client."""

from __future__ import annotations

from kmip_server.errors import InvalidField
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@payload
class RngRetrieveRequest:
    """How many bytes."""

    data_length: int = field(Tag.DATA_LENGTH, ItemType.INTEGER)


@payload
class RngRetrieveResponse:
    """The bytes."""

    data: bytes = field(Tag.DATA, ItemType.BYTE_STRING)


@operation(Operation.RNG_RETRIEVE, RngRetrieveRequest, RngRetrieveResponse)
def handle(request: RngRetrieveRequest, ctx: Context) -> RngRetrieveResponse:
    """Draw them; an answer has all that were asked for or there is none."""
    count, most = request.data_length, ctx.facts.maximum_random_bytes
    if not 0 < count <= most:
        raise InvalidField(f"the Data Length is 1 to {most} bytes")
    ctx.note(f"{count} bytes")
    return RngRetrieveResponse(data=ctx.ciphers.random(count))
