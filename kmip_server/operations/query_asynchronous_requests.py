"""Query Asynchronous Requests (KMIP 2.1 §6.1.41): which results the client has not had yet."""

from __future__ import annotations

from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation, ProcessingStage
from kmip_server.spec.schema import field, payload, structure
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_1


@structure(Tag.ASYNCHRONOUS_CORRELATION_VALUES)
class AsynchronousCorrelationValues:
    """A list of values (2.1 §7.1)."""

    asynchronous_correlation_value: list[bytes] = field(
        Tag.ASYNCHRONOUS_CORRELATION_VALUE, ItemType.BYTE_STRING, default_factory=list
    )


@structure(Tag.OPERATIONS)
class Operations:
    """A list of operations."""

    operation: list[Operation] = field(Tag.OPERATION, Operation, default_factory=list)


@structure(Tag.ASYNCHRONOUS_REQUEST)
class AsynchronousRequest:
    """One request whose result is outstanding (2.1 §7.2)."""

    asynchronous_correlation_value: bytes = field(Tag.ASYNCHRONOUS_CORRELATION_VALUE, ItemType.BYTE_STRING)
    operation: Operation = field(Tag.OPERATION, Operation)
    submission_date: int = field(Tag.SUBMISSION_DATE, ItemType.DATE_TIME_EXTENDED)
    """Microseconds since 1970."""
    processing_stage: ProcessingStage = field(Tag.PROCESSING_STAGE, ProcessingStage)


@payload
class QueryAsynchronousRequestsRequest:
    """Which ones; all of them where neither is given."""

    asynchronous_correlation_values: AsynchronousCorrelationValues | None = field(
        Tag.ASYNCHRONOUS_CORRELATION_VALUES, AsynchronousCorrelationValues, since=V2_1, default=None
    )
    operations: Operations | None = field(Tag.OPERATIONS, Operations, since=V2_1, default=None)


@payload
class QueryAsynchronousRequestsResponse:
    """The client's own requests, oldest first."""

    asynchronous_request: list[AsynchronousRequest] = field(
        Tag.ASYNCHRONOUS_REQUEST, AsynchronousRequest, since=V2_1, default_factory=list
    )


@operation(Operation.QUERY_ASYNCHRONOUS_REQUESTS, QueryAsynchronousRequestsRequest, QueryAsynchronousRequestsResponse)
def handle(request: QueryAsynchronousRequestsRequest, ctx: Context) -> QueryAsynchronousRequestsResponse:
    """List what is outstanding; where values and operations are given, what fits both."""
    values, operations = request.asynchronous_correlation_values, request.operations
    return QueryAsynchronousRequestsResponse(
        asynchronous_request=[
            AsynchronousRequest(
                asynchronous_correlation_value=each.correlation_value,
                operation=each.operation,
                submission_date=each.submitted,
                processing_stage=each.stage,
            )
            for each in ctx.pending.outstanding()
            if (values is None or each.correlation_value in values.asynchronous_correlation_value)
            and (operations is None or each.operation in operations.operation)
        ]
    )
