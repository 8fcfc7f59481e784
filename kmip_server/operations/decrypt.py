"""Decrypt (KMIP 2.1 §6.1.11, 1.4 §4.30): process what a stored key protects."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.pads import is_pad, require_bare, use_pad
from kmip_server.operations.registry import operation
from kmip_server.operations.streaming import Parts, is_part
from kmip_server.operations.using import chosen_algorithm, effective_parameters, require_data
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_3, V1_4


@payload
class DecryptRequest:
    """What to decrypt, with which key, how."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    cryptographic_parameters: CryptographicParameters | None = field(
        Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters, default=None
    )
    data: bytes | None = field(Tag.DATA, Special.DATA, default=None)
    iv_counter_nonce: bytes | None = field(Tag.IV_COUNTER_NONCE, ItemType.BYTE_STRING, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)
    init_indicator: bool | None = field(Tag.INIT_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)
    final_indicator: bool | None = field(Tag.FINAL_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)
    authenticated_encryption_additional_data: bytes | None = field(
        Tag.AUTHENTICATED_ENCRYPTION_ADDITIONAL_DATA, ItemType.BYTE_STRING, since=V1_4, default=None
    )
    authenticated_encryption_tag: bytes | None = field(
        Tag.AUTHENTICATED_ENCRYPTION_TAG, ItemType.BYTE_STRING, since=V1_4, default=None
    )


@payload
class DecryptResponse:
    """The plaintext."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    data: bytes | None = field(Tag.DATA, ItemType.BYTE_STRING, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)


@operation(Operation.DECRYPT, DecryptRequest, DecryptResponse)
def handle(request: DecryptRequest, ctx: Context) -> DecryptResponse:
    """Decrypt."""
    if request.correlation_value is not None or request.init_indicator or request.final_indicator:
        if is_part(request):
            return _part(request, ctx)
    key = ctx.load(request.unique_identifier)
    parameters = effective_parameters(request.cryptographic_parameters, key)
    if is_pad(key):
        require_bare(request)
        plain = use_pad(key, parameters, require_data(request.data), ctx)
        return DecryptResponse(unique_identifier=key.unique_identifier, data=plain)
    material = ctx.material(key)
    plain = ctx.ciphers.decrypt(
        chosen_algorithm(parameters, material),
        material.value,
        parameters,
        require_data(request.data),
        iv=request.iv_counter_nonce,
        aad=request.authenticated_encryption_additional_data,
        tag=request.authenticated_encryption_tag,
        key_format=material.key_format_type,
        trusted=material.trusted,
    )
    return DecryptResponse(unique_identifier=key.unique_identifier, data=plain)


def _part(request: DecryptRequest, ctx: Context) -> DecryptResponse:
    """Decrypt one part of several; an authenticated mode answers with the final part, once the tag is right."""
    key = ctx.load(request.unique_identifier)
    parts = Parts(request, ctx, key)
    for name in ("iv_counter_nonce", "authenticated_encryption_additional_data", "authenticated_encryption_tag"):
        # 1.4 Table 231 of the last two: "MUST be supplied on the initial Decrypt request".
        parts.once(request, name)
    if is_pad(key):
        used = use_pad(key, parts.parameters, parts.data, ctx)
        return DecryptResponse(
            unique_identifier=key.unique_identifier, data=used or None, correlation_value=parts.finish()
        )
    material = ctx.material(key)
    out = parts.through(
        ctx.ciphers.decrypt_part, material, tag=parts.state.authenticated_encryption_tag, trusted=material.trusted
    )
    return DecryptResponse(
        unique_identifier=key.unique_identifier, data=out.data or None, correlation_value=parts.finish()
    )
