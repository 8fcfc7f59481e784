"""Set Constraints (KMIP 2.1 §6.1.52): what the attributes of objects must be, from now on."""

from __future__ import annotations

from kmip_server.operations.registry import operation
from kmip_server.operations.ruling import possible, supported
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import field, payload
from kmip_server.spec.structures.query import Constraints
from kmip_server.spec.tags import Tag


@payload
class SetConstraintsRequest:
    """The constraints; an empty set lifts them all."""

    constraints: Constraints = field(Tag.CONSTRAINTS, Constraints)


@payload
class SetConstraintsResponse:
    """Nothing."""


@operation(Operation.SET_CONSTRAINTS, SetConstraintsRequest, SetConstraintsResponse)
def handle(request: SetConstraintsRequest, ctx: Context) -> SetConstraintsResponse:
    """Replace the constraints by these; objects that are there already are not touched."""
    for constraint in request.constraints.constraint:
        types = frozenset(() if constraint.object_types is None else constraint.object_types.object_type)
        supported(types, ctx)
        if constraint.attributes is not None:
            constraint.attributes.items = [possible(item, types, ctx) for item in constraint.attributes.items]
    ctx.keep_constraints(request.constraints)
    ctx.note(f"{len(request.constraints.constraint)} constraints")
    return SetConstraintsResponse()
