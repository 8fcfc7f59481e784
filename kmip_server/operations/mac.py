"""MAC (KMIP 2.1 §6.1.31, 1.4 §4.33): authenticate data with a stored key."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.registry import operation
from kmip_server.operations.streaming import Parts, is_part
from kmip_server.operations.using import chosen_algorithm, effective_parameters, require_data
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_3


@payload
class MacRequest:
    """What to authenticate, with which key, how."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    cryptographic_parameters: CryptographicParameters | None = field(
        Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters, default=None
    )
    data: bytes | None = field(Tag.DATA, Special.DATA, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)
    init_indicator: bool | None = field(Tag.INIT_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)
    final_indicator: bool | None = field(Tag.FINAL_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)


@payload
class MacResponse:
    """The MAC."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    mac_data: bytes | None = field(Tag.MAC_DATA, ItemType.BYTE_STRING, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)


@operation(Operation.MAC, MacRequest, MacResponse)
def handle(request: MacRequest, ctx: Context) -> MacResponse:
    """Authenticate, and count the use."""
    if request.correlation_value is not None or request.init_indicator or request.final_indicator:
        if is_part(request):
            return _part(request, ctx)
    data = require_data(request.data)
    key = ctx.load(request.unique_identifier)
    parameters = effective_parameters(request.cryptographic_parameters, key)
    material = ctx.material(key)
    code = ctx.ciphers.mac(chosen_algorithm(parameters, material), material.value, parameters, data)
    ctx.spend(key, len(data))
    return MacResponse(unique_identifier=key.unique_identifier, mac_data=code)


def _part(request: MacRequest, ctx: Context) -> MacResponse:
    """Take one part of the data, and authenticate it all with the final one."""
    key = ctx.load(request.unique_identifier)
    parts = Parts(request, ctx, key)
    ctx.spend(key, len(parts.data), first=parts.first)
    whole = parts.gather()
    code = None
    if whole is not None:
        material = ctx.material(key)
        algorithm = chosen_algorithm(parts.parameters, material)
        code = ctx.ciphers.mac(algorithm, material.value, parts.parameters, whole)
    return MacResponse(unique_identifier=key.unique_identifier, mac_data=code, correlation_value=parts.finish())
