"""MAC Verify (KMIP 2.1 §6.1.32, 1.4 §4.34): check a MAC with a stored key."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.registry import operation
from kmip_server.operations.streaming import Parts, is_part
from kmip_server.operations.using import chosen_algorithm, effective_parameters, require_data
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation, ValidityIndicator
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_3


@payload
class MacVerifyRequest:
    """What was authenticated, and the MAC."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    cryptographic_parameters: CryptographicParameters | None = field(
        Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters, default=None
    )
    data: bytes | None = field(Tag.DATA, Special.DATA, default=None)
    mac_data: bytes | None = field(Tag.MAC_DATA, ItemType.BYTE_STRING, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)
    init_indicator: bool | None = field(Tag.INIT_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)
    final_indicator: bool | None = field(Tag.FINAL_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)


@payload
class MacVerifyResponse:
    """Whether it holds."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    validity_indicator: ValidityIndicator | None = field(Tag.VALIDITY_INDICATOR, ValidityIndicator, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)


@operation(Operation.MAC_VERIFY, MacVerifyRequest, MacVerifyResponse)
def handle(request: MacVerifyRequest, ctx: Context) -> MacVerifyResponse:
    """Verify: a MAC that does not hold is an answer, not an error (1.4 §4.34)."""
    if request.correlation_value is not None or request.init_indicator or request.final_indicator:
        if is_part(request):
            return _part(request, ctx)
    key = ctx.load(request.unique_identifier)
    parameters = effective_parameters(request.cryptographic_parameters, key)
    material = ctx.material(key)
    holds = ctx.ciphers.mac_verify(
        chosen_algorithm(parameters, material),
        material.value,
        parameters,
        require_data(request.data),
        require_data(request.mac_data, "MAC Data"),
    )
    return MacVerifyResponse(
        unique_identifier=key.unique_identifier,
        validity_indicator=ValidityIndicator.VALID if holds else ValidityIndicator.INVALID,
    )


def _part(request: MacVerifyRequest, ctx: Context) -> MacVerifyResponse:
    """Take one part of the data, and verify it all with the final one; any part may bring the MAC."""
    key = ctx.load(request.unique_identifier)
    parts = Parts(request, ctx, key)
    parts.once(request, "mac_data", late=True)
    whole = parts.gather()
    validity = None
    if whole is not None:
        material = ctx.material(key)
        code = require_data(parts.state.mac_data, "MAC Data")
        algorithm = chosen_algorithm(parts.parameters, material)
        holds = ctx.ciphers.mac_verify(algorithm, material.value, parts.parameters, whole, code)
        validity = ValidityIndicator.VALID if holds else ValidityIndicator.INVALID
    return MacVerifyResponse(
        unique_identifier=key.unique_identifier, validity_indicator=validity, correlation_value=parts.finish()
    )
