"""The message around the payloads (KMIP 2.1 §8, §9; 1.4 §6, §7). 3.0 has no Batch Count.

Payloads are bound per item, so that one bad payload is one failed item; until then a batch item
carries its payload as the neutral tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as plain_field
from typing import Any

from kmip_server.spec.enums import (
    AttestationType,
    BatchErrorContinuationOption,
    Operation,
    ResultReason,
    ResultStatus,
)
from kmip_server.spec.schema import Special, field, structure
from kmip_server.spec.structures.credentials import Authentication, Nonce
from kmip_server.spec.structures.query import ProtocolVersion
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_2, V1_4, V2_0, V2_1, Version


@structure(Tag.MESSAGE_EXTENSION)
class MessageExtension:
    """What a vendor adds to a batch item (2.1 §9.13)."""

    vendor_identification: str = field(Tag.VENDOR_IDENTIFICATION, ItemType.TEXT_STRING)
    criticality_indicator: bool = field(Tag.CRITICALITY_INDICATOR, ItemType.BOOLEAN)
    vendor_extension: Any = field(Tag.VENDOR_EXTENSION, Special.ANY, default=None)


@structure(Tag.REQUEST_HEADER)
class RequestHeader:
    """What a client says of its whole request (2.1 §8.2, 1.4 §7.2)."""

    protocol_version: ProtocolVersion = field(Tag.PROTOCOL_VERSION, ProtocolVersion)
    maximum_response_size: int | None = field(Tag.MAXIMUM_RESPONSE_SIZE, ItemType.INTEGER, default=None)
    client_correlation_value: str | None = field(
        Tag.CLIENT_CORRELATION_VALUE, ItemType.TEXT_STRING, since=V1_4, default=None
    )
    server_correlation_value: str | None = field(
        Tag.SERVER_CORRELATION_VALUE, ItemType.TEXT_STRING, since=V1_4, default=None
    )
    asynchronous_indicator: Any = field(Tag.ASYNCHRONOUS_INDICATOR, Special.ANY, default=None)
    """Item type and value: a boolean in 1.x, an enumeration since 2.0 (2.1 §9.2)."""
    attestation_capable_indicator: bool | None = field(
        Tag.ATTESTATION_CAPABLE_INDICATOR, ItemType.BOOLEAN, since=V1_2, default=None
    )
    attestation_type: list[AttestationType] = field(
        Tag.ATTESTATION_TYPE, AttestationType, since=V1_2, default_factory=list
    )
    authentication: Authentication | None = field(Tag.AUTHENTICATION, Authentication, default=None)
    batch_error_continuation_option: BatchErrorContinuationOption | None = field(
        Tag.BATCH_ERROR_CONTINUATION_OPTION, BatchErrorContinuationOption, default=None
    )
    batch_order_option: bool | None = field(Tag.BATCH_ORDER_OPTION, ItemType.BOOLEAN, until=V2_1, default=None)
    time_stamp: int | None = field(Tag.TIME_STAMP, ItemType.DATE_TIME, default=None)
    batch_count: int | None = field(Tag.BATCH_COUNT, ItemType.INTEGER, until=V2_1, default=None)


@structure(Tag.BATCH_ITEM)
class RequestBatchItem:
    """One operation asked for; its payload is bound when its turn comes (2.1 §8.3)."""

    operation: Operation = field(Tag.OPERATION, Operation)
    ephemeral: bool | None = field(Tag.EPHEMERAL, ItemType.BOOLEAN, since=V2_0, default=None)
    unique_batch_item_id: bytes | None = field(Tag.UNIQUE_BATCH_ITEM_ID, ItemType.BYTE_STRING, until=V2_1, default=None)
    request_payload: Any = field(Tag.REQUEST_PAYLOAD, Special.ANY, default=None)
    message_extension: list[MessageExtension] = field(Tag.MESSAGE_EXTENSION, MessageExtension, default_factory=list)


@structure(Tag.RESPONSE_HEADER)
class ResponseHeader:
    """What the server says of its whole response (2.1 §8.5, 1.4 §7.2)."""

    protocol_version: ProtocolVersion = field(Tag.PROTOCOL_VERSION, ProtocolVersion)
    time_stamp: int = field(Tag.TIME_STAMP, ItemType.DATE_TIME)
    nonce: Nonce | None = field(Tag.NONCE, Nonce, since=V1_2, default=None)
    server_hashed_password: bytes | None = field(
        Tag.SERVER_HASHED_PASSWORD, ItemType.BYTE_STRING, since=V2_0, default=None
    )
    attestation_type: list[AttestationType] = field(
        Tag.ATTESTATION_TYPE, AttestationType, since=V1_2, default_factory=list
    )
    client_correlation_value: str | None = field(
        Tag.CLIENT_CORRELATION_VALUE, ItemType.TEXT_STRING, since=V1_4, default=None
    )
    server_correlation_value: str | None = field(
        Tag.SERVER_CORRELATION_VALUE, ItemType.TEXT_STRING, since=V1_4, default=None
    )
    batch_count: int | None = field(Tag.BATCH_COUNT, ItemType.INTEGER, until=V2_1, default=None)


@structure(Tag.BATCH_ITEM)
class ResponseBatchItem:
    """One operation answered (2.1 §8.6)."""

    operation: Operation | None = field(Tag.OPERATION, Operation, default=None)
    unique_batch_item_id: bytes | None = field(Tag.UNIQUE_BATCH_ITEM_ID, ItemType.BYTE_STRING, until=V2_1, default=None)
    result_status: ResultStatus = field(Tag.RESULT_STATUS, ResultStatus)
    result_reason: ResultReason | None = field(Tag.RESULT_REASON, ResultReason, default=None)
    result_message: str | None = field(Tag.RESULT_MESSAGE, ItemType.TEXT_STRING, default=None)
    asynchronous_correlation_value: bytes | None = field(
        Tag.ASYNCHRONOUS_CORRELATION_VALUE, ItemType.BYTE_STRING, default=None
    )
    response_payload: Any = field(Tag.RESPONSE_PAYLOAD, Special.ANY, default=None)
    message_extension: list[MessageExtension] = field(Tag.MESSAGE_EXTENSION, MessageExtension, default_factory=list)


def succeeded(operation: Operation, item_id: bytes | None, payload: Any) -> ResponseBatchItem:
    """The batch item of what succeeded."""
    return ResponseBatchItem(
        operation=operation,
        unique_batch_item_id=item_id,
        result_status=ResultStatus.SUCCESS,
        response_payload=payload,
    )


@dataclass(slots=True)
class Request:
    """A request as the engine gets it, well-formed or not.

    ``error`` says why the message as a whole cannot be served. A batch item whose payload cannot be bound
    carries the error in the payload's place, so that it fails alone.
    """

    version: Version
    """The version to answer in: the request's own, or the nearest one that is served."""
    header: RequestHeader | None = None
    items: list[RequestBatchItem] = plain_field(default_factory=list)
    error: Exception | None = None
