"""Encrypt (KMIP 2.1 §6.1.17, 1.4 §4.29): apply protection with a stored key."""

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
class EncryptRequest:
    """What to encrypt, with which key, how."""

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


@payload
class EncryptResponse:
    """The ciphertext; the IV when the server made it; the tag of an authenticated mode."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    data: bytes | None = field(Tag.DATA, ItemType.BYTE_STRING, default=None)
    iv_counter_nonce: bytes | None = field(Tag.IV_COUNTER_NONCE, ItemType.BYTE_STRING, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)
    authenticated_encryption_tag: bytes | None = field(
        Tag.AUTHENTICATED_ENCRYPTION_TAG, ItemType.BYTE_STRING, since=V1_4, default=None
    )


@operation(Operation.ENCRYPT, EncryptRequest, EncryptResponse)
def handle(request: EncryptRequest, ctx: Context) -> EncryptResponse:
    """Encrypt, and count the use."""
    if request.correlation_value is not None or request.init_indicator or request.final_indicator:
        if is_part(request):
            return _part(request, ctx)
    data = require_data(request.data)
    key = ctx.load(request.unique_identifier)
    parameters = effective_parameters(request.cryptographic_parameters, key)
    if is_pad(key):
        require_bare(request)
        used = use_pad(key, parameters, data, ctx)
        ctx.spend(key, len(data))
        return EncryptResponse(unique_identifier=key.unique_identifier, data=used)
    material = ctx.material(key)
    out = ctx.ciphers.encrypt(
        chosen_algorithm(parameters, material),
        material.value,
        parameters,
        data,
        iv=request.iv_counter_nonce,
        aad=request.authenticated_encryption_additional_data,
        key_format=material.key_format_type,
    )
    ctx.spend(key, len(data))
    # Before 1.4 there is no field for the tag: it follows the ciphertext, as Decrypt expects it there.
    whole = out.data if out.tag is None or ctx.version >= V1_4 else out.data + out.tag
    return EncryptResponse(
        unique_identifier=key.unique_identifier,
        data=whole,
        iv_counter_nonce=out.iv,
        authenticated_encryption_tag=out.tag,
    )


def _part(request: EncryptRequest, ctx: Context) -> EncryptResponse:
    """Encrypt one part of several."""
    key = ctx.load(request.unique_identifier)
    parts = Parts(request, ctx, key)
    parts.once(request, "iv_counter_nonce")
    parts.once(request, "authenticated_encryption_additional_data")
    if is_pad(key):
        used = use_pad(key, parts.parameters, parts.data, ctx)
        ctx.spend(key, len(parts.data), first=parts.first)
        return EncryptResponse(
            unique_identifier=key.unique_identifier, data=used or None, correlation_value=parts.finish()
        )
    out = parts.through(ctx.ciphers.encrypt_part, ctx.material(key))
    ctx.spend(key, len(parts.data), first=parts.first)
    if out.iv is not None:
        parts.state.iv_counter_nonce = out.iv
    whole = out.data if out.tag is None or ctx.version >= V1_4 else out.data + out.tag
    return EncryptResponse(
        unique_identifier=key.unique_identifier,
        data=whole or None,
        iv_counter_nonce=out.iv,
        correlation_value=parts.finish(),
        authenticated_encryption_tag=out.tag,
    )
