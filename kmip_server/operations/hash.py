"""Hash (KMIP 2.1 §6.1.24, 1.4 §4.37): hash data, without any key."""

from __future__ import annotations

from kmip_server.operations.registry import operation
from kmip_server.operations.streaming import Parts, is_part
from kmip_server.operations.using import require_data
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_3


@payload
class HashRequest:
    """What to hash, and with which Hashing Algorithm."""

    cryptographic_parameters: CryptographicParameters = field(Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters)
    data: bytes | None = field(Tag.DATA, Special.DATA, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)
    init_indicator: bool | None = field(Tag.INIT_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)
    final_indicator: bool | None = field(Tag.FINAL_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)


@payload
class HashResponse:
    """The hash."""

    data: bytes | None = field(Tag.DATA, ItemType.BYTE_STRING, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)


@operation(Operation.HASH, HashRequest, HashResponse)
def handle(request: HashRequest, ctx: Context) -> HashResponse:
    """Hash."""
    if is_part(request):
        return _part(request, ctx)
    data = require_data(request.data)
    return HashResponse(data=ctx.ciphers.hash(request.cryptographic_parameters.hashing_algorithm, data))


def _part(request: HashRequest, ctx: Context) -> HashResponse:
    """Take one part of the data, and hash it all with the final one."""
    parts = Parts(request, ctx, None)
    whole = parts.gather()
    hashed = None if whole is None else ctx.ciphers.hash(parts.parameters.hashing_algorithm, whole)
    return HashResponse(data=hashed, correlation_value=parts.finish())
