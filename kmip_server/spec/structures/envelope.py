"""The message around the payloads (KMIP 2.1 §8, §9; 1.4 §6, §7). 3.0 has no Batch Count.

Payloads are bound per item, so that one bad payload is one failed item; until then a batch item
carries its payload as the neutral tree.
"""

from __future__ import annotations

from typing import Any

from kmip_server.spec.enums import (
    AsynchronousIndicator,
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
from kmip_server.spec.version import V1_2, V1_4, V2_0, V2_1


@structure(Tag.MESSAGE_EXTENSION)
class MessageExtension:
    """What a vendor adds to a batch item (2.1 §9.17)."""

    vendor_identification: str = field(Tag.VENDOR_IDENTIFICATION, ItemType.TEXT_STRING, required=True)
    criticality_indicator: bool = field(Tag.CRITICALITY_INDICATOR, ItemType.BOOLEAN, required=True)
    vendor_extension: Any = field(Tag.VENDOR_EXTENSION, Special.ANY)


@structure(Tag.REQUEST_HEADER)
class RequestHeader:
    """What a client says of its whole request (2.1 §8.2, 1.4 §7.2)."""

    protocol_version: ProtocolVersion = field(Tag.PROTOCOL_VERSION, ProtocolVersion, required=True)
    maximum_response_size: int | None = field(Tag.MAXIMUM_RESPONSE_SIZE, ItemType.INTEGER)
    client_correlation_value: str | None = field(Tag.CLIENT_CORRELATION_VALUE, ItemType.TEXT_STRING, since=V1_4)
    server_correlation_value: str | None = field(Tag.SERVER_CORRELATION_VALUE, ItemType.TEXT_STRING, since=V1_4)
    asynchronous_indicator: bool | AsynchronousIndicator | None = field(Tag.ASYNCHRONOUS_INDICATOR, Special.ANY)
    """A boolean in 1.x, an enumeration since 2.0 (2.1 §9.2)."""
    attestation_capable_indicator: bool | None = field(Tag.ATTESTATION_CAPABLE_INDICATOR, ItemType.BOOLEAN, since=V1_2)
    attestation_type: list[AttestationType] = field(Tag.ATTESTATION_TYPE, AttestationType, many=True, since=V1_2)
    authentication: Authentication | None = field(Tag.AUTHENTICATION, Authentication)
    batch_error_continuation_option: BatchErrorContinuationOption | None = field(
        Tag.BATCH_ERROR_CONTINUATION_OPTION, BatchErrorContinuationOption
    )
    batch_order_option: bool | None = field(Tag.BATCH_ORDER_OPTION, ItemType.BOOLEAN, until=V2_1)
    time_stamp: int | None = field(Tag.TIME_STAMP, ItemType.DATE_TIME)
    batch_count: int | None = field(Tag.BATCH_COUNT, ItemType.INTEGER, until=V2_1)


@structure(Tag.BATCH_ITEM)
class RequestBatchItem:
    """One operation asked for; its payload is bound when its turn comes (2.1 §8.3)."""

    operation: Operation = field(Tag.OPERATION, Operation, required=True)
    ephemeral: bool | None = field(Tag.EPHEMERAL, ItemType.BOOLEAN, since=V2_0)
    unique_batch_item_id: bytes | None = field(Tag.UNIQUE_BATCH_ITEM_ID, ItemType.BYTE_STRING, until=V2_1)
    request_payload: Any = field(Tag.REQUEST_PAYLOAD, Special.ANY)
    message_extension: list[MessageExtension] = field(Tag.MESSAGE_EXTENSION, MessageExtension, many=True)


@structure(Tag.RESPONSE_HEADER)
class ResponseHeader:
    """What the server says of its whole response (2.1 §8.2, 1.4 §7.2)."""

    protocol_version: ProtocolVersion = field(Tag.PROTOCOL_VERSION, ProtocolVersion, required=True)
    time_stamp: int = field(Tag.TIME_STAMP, ItemType.DATE_TIME, required=True)
    nonce: Nonce | None = field(Tag.NONCE, Nonce, since=V1_2)
    server_hashed_password: bytes | None = field(Tag.SERVER_HASHED_PASSWORD, ItemType.BYTE_STRING, since=V2_0)
    attestation_type: list[AttestationType] = field(Tag.ATTESTATION_TYPE, AttestationType, many=True, since=V1_2)
    client_correlation_value: str | None = field(Tag.CLIENT_CORRELATION_VALUE, ItemType.TEXT_STRING, since=V1_4)
    server_correlation_value: str | None = field(Tag.SERVER_CORRELATION_VALUE, ItemType.TEXT_STRING, since=V1_4)
    batch_count: int | None = field(Tag.BATCH_COUNT, ItemType.INTEGER, until=V2_1)


@structure(Tag.BATCH_ITEM)
class ResponseBatchItem:
    """One operation answered (2.1 §8.3)."""

    operation: Operation | None = field(Tag.OPERATION, Operation)
    unique_batch_item_id: bytes | None = field(Tag.UNIQUE_BATCH_ITEM_ID, ItemType.BYTE_STRING, until=V2_1)
    result_status: ResultStatus = field(Tag.RESULT_STATUS, ResultStatus, required=True)
    result_reason: ResultReason | None = field(Tag.RESULT_REASON, ResultReason)
    result_message: str | None = field(Tag.RESULT_MESSAGE, ItemType.TEXT_STRING)
    asynchronous_correlation_value: bytes | None = field(Tag.ASYNCHRONOUS_CORRELATION_VALUE, ItemType.BYTE_STRING)
    response_payload: Any = field(Tag.RESPONSE_PAYLOAD, Special.ANY)
    message_extension: list[MessageExtension] = field(Tag.MESSAGE_EXTENSION, MessageExtension, many=True)
