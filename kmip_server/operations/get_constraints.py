"""Get Constraints (KMIP 2.1 §6.1.22): the constraints that hold now."""

from __future__ import annotations

from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import field, payload
from kmip_server.spec.structures.query import Constraints
from kmip_server.spec.tags import Tag


@payload
class GetConstraintsRequest:
    """Nothing."""


@payload
class GetConstraintsResponse:
    """The constraints, as they were set."""

    constraints: Constraints = field(Tag.CONSTRAINTS, Constraints)


@operation(Operation.GET_CONSTRAINTS, GetConstraintsRequest, GetConstraintsResponse)
def handle(request: GetConstraintsRequest, ctx: Context) -> GetConstraintsResponse:
    """Tell them."""
    return GetConstraintsResponse(constraints=ctx.rules.constraints)
