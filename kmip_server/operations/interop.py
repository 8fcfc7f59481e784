"""Interop (KMIP 2.1 §6.1.26): tests of several vendors begin, end, and start over.

"It SHALL NOT be available in a production server": the roof leaves this operation out of the table unless the
configuration says that the server is there for tests. Reset removes every managed object, whoever owns it, and the
defaults and constraints that were set.
"""

from __future__ import annotations

from kmip_server.errors import InvalidField
from kmip_server.operations.log import on_one_line
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import InteropFunction, Operation
from kmip_server.spec.schema import field, payload
from kmip_server.spec.structures.query import Constraints
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@payload
class InteropRequest:
    """What happens, and in which test."""

    interop_function: InteropFunction = field(Tag.INTEROP_FUNCTION, InteropFunction)
    interop_identifier: str = field(Tag.INTEROP_IDENTIFIER, ItemType.TEXT_STRING)


@payload
class InteropResponse:
    """Nothing."""


@operation(Operation.INTEROP, InteropRequest, InteropResponse)
def handle(request: InteropRequest, ctx: Context) -> InteropResponse:
    """Note a beginning or an end; empty the server for a Reset (2.1 §11.22)."""
    function = request.interop_function
    if not function.known:
        raise InvalidField("the Interop Function is not known")
    ctx.note(f"{function.title} {on_one_line(request.interop_identifier)}")
    if function is InteropFunction.RESET:
        ctx.note(f"{ctx.remove_every_object()} objects removed")
        ctx.keep_defaults(None)
        ctx.keep_constraints(Constraints())
    return InteropResponse()
