"""Sign (KMIP 2.1 §6.1.50, 1.4 §4.31): sign data, or its digest, with a stored private key."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.registry import operation
from kmip_server.operations.streaming import Parts, is_part, require_undigested
from kmip_server.operations.using import effective_parameters, require_data
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_3, V1_4


@payload
class SignRequest:
    """What to sign, with which key, how."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    cryptographic_parameters: CryptographicParameters | None = field(
        Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters, default=None
    )
    data: bytes | None = field(Tag.DATA, Special.DATA, default=None)
    digested_data: bytes | None = field(Tag.DIGESTED_DATA, ItemType.BYTE_STRING, since=V1_4, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)
    init_indicator: bool | None = field(Tag.INIT_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)
    final_indicator: bool | None = field(Tag.FINAL_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)


@payload
class SignResponse:
    """The signature."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    signature_data: bytes | None = field(Tag.SIGNATURE_DATA, ItemType.BYTE_STRING, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)


@operation(Operation.SIGN, SignRequest, SignResponse)
def handle(request: SignRequest, ctx: Context) -> SignResponse:
    """Sign, and count the use."""
    if request.correlation_value is not None or request.init_indicator or request.final_indicator:
        if is_part(request):
            return _part(request, ctx)
    key = ctx.load(request.unique_identifier)
    if request.digested_data is None:
        require_data(request.data)
    material = ctx.material(key)
    signature = ctx.ciphers.sign(
        material.algorithm,
        material.value,
        effective_parameters(request.cryptographic_parameters, key),
        request.data,
        digested=request.digested_data,
        key_format=material.key_format_type,
        trusted=material.trusted,
    )
    ctx.spend(key, len(request.data or request.digested_data or b""))
    return SignResponse(unique_identifier=key.unique_identifier, signature_data=signature)


def _part(request: SignRequest, ctx: Context) -> SignResponse:
    """Take one part of the data, and sign it all with the final one."""
    require_undigested(request)
    key = ctx.load(request.unique_identifier)
    parts = Parts(request, ctx, key)
    ctx.spend(key, len(parts.data), first=parts.first)
    whole = parts.gather()
    signature = None
    if whole is not None:
        material = ctx.material(key)
        signature = ctx.ciphers.sign(
            material.algorithm,
            material.value,
            parts.parameters,
            whole,
            key_format=material.key_format_type,
            trusted=material.trusted,
        )
    return SignResponse(
        unique_identifier=key.unique_identifier, signature_data=signature, correlation_value=parts.finish()
    )
