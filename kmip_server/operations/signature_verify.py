"""Signature Verify (KMIP 2.1 §6.1.51, 1.4 §4.32): check a signature with a stored public key."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.objects import ManagedObject
from kmip_server.operations.registry import operation
from kmip_server.operations.streaming import Parts, is_part, require_undigested
from kmip_server.operations.using import effective_parameters, require_data
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation, ValidityIndicator
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_3, V1_4


@payload
class SignatureVerifyRequest:
    """What was signed, and the signature."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    cryptographic_parameters: CryptographicParameters | None = field(
        Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters, default=None
    )
    data: bytes | None = field(Tag.DATA, Special.DATA, default=None)
    digested_data: bytes | None = field(Tag.DIGESTED_DATA, ItemType.BYTE_STRING, since=V1_4, default=None)
    signature_data: bytes | None = field(Tag.SIGNATURE_DATA, ItemType.BYTE_STRING, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)
    init_indicator: bool | None = field(Tag.INIT_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)
    final_indicator: bool | None = field(Tag.FINAL_INDICATOR, ItemType.BOOLEAN, since=V1_3, default=None)


@payload
class SignatureVerifyResponse:
    """Whether it holds; data only where the signature carries it."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    validity_indicator: ValidityIndicator | None = field(Tag.VALIDITY_INDICATOR, ValidityIndicator, default=None)
    data: bytes | None = field(Tag.DATA, ItemType.BYTE_STRING, default=None)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, since=V1_3, default=None)


@operation(Operation.SIGNATURE_VERIFY, SignatureVerifyRequest, SignatureVerifyResponse)
def handle(request: SignatureVerifyRequest, ctx: Context) -> SignatureVerifyResponse:
    """Verify: a signature that does not hold is an answer, not an error (1.4 §4.32)."""
    if request.correlation_value is not None or request.init_indicator or request.final_indicator:
        if is_part(request):
            return _part(request, ctx)
    key = ctx.load(request.unique_identifier)
    if request.digested_data is None and request.data is None:
        return _recovered(request, key, ctx)
    material = ctx.material(key)
    holds = ctx.ciphers.verify(
        material.algorithm,
        material.value,
        effective_parameters(request.cryptographic_parameters, key),
        request.data,
        digested=request.digested_data,
        key_format=material.key_format_type,
        signature=require_data(request.signature_data, "Signature Data"),
    )
    return SignatureVerifyResponse(
        unique_identifier=key.unique_identifier,
        validity_indicator=ValidityIndicator.VALID if holds else ValidityIndicator.INVALID,
    )


def _recovered(request: SignatureVerifyRequest, key: ManagedObject, ctx: Context) -> SignatureVerifyResponse:
    """Verify without the data, where the signature carries it, and give it back (2.1 Table 338)."""
    material = ctx.material(key)
    data = ctx.ciphers.recover(
        material.algorithm,
        material.value,
        effective_parameters(request.cryptographic_parameters, key),
        require_data(request.signature_data, "Signature Data"),
        key_format=material.key_format_type,
    )
    return SignatureVerifyResponse(
        unique_identifier=key.unique_identifier,
        validity_indicator=ValidityIndicator.INVALID if data is None else ValidityIndicator.VALID,
        data=data,
    )


def _part(request: SignatureVerifyRequest, ctx: Context) -> SignatureVerifyResponse:
    """Take one part of the data, and verify it all with the final one; any part may bring the signature."""
    require_undigested(request)
    key = ctx.load(request.unique_identifier)
    parts = Parts(request, ctx, key)
    parts.once(request, "signature_data", late=True)
    whole = parts.gather()
    validity = None
    if whole is not None:
        material = ctx.material(key)
        holds = ctx.ciphers.verify(
            material.algorithm,
            material.value,
            parts.parameters,
            whole,
            key_format=material.key_format_type,
            signature=require_data(parts.state.signature_data, "Signature Data"),
        )
        validity = ValidityIndicator.VALID if holds else ValidityIndicator.INVALID
    return SignatureVerifyResponse(
        unique_identifier=key.unique_identifier, validity_indicator=validity, correlation_value=parts.finish()
    )
