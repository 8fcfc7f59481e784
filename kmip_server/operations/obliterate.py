"""Obliterate (3.0, from the test case BL-M-20-30): the object is gone, attributes and all, as if it had never been.

What may be obliterated is what may be destroyed, and what has been destroyed already: an Active object must first be
deactivated (2.1 §6.1.15, of Destroy). The audit trail keeps its record; nothing else does.
"""

from __future__ import annotations

from typing import Any

from kmip_server.domain.lifecycle import DESTROYED, Cause, has_state, move
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag


@payload
class ObliterateRequest:
    """Which object."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)


@payload
class ObliterateResponse:
    """Nothing: there is nothing left to name."""


@operation(Operation.OBLITERATE, ObliterateRequest, ObliterateResponse)
def handle(request: ObliterateRequest, ctx: Context) -> ObliterateResponse:
    """Take the object out."""
    found = ctx.load_for_change(request.unique_identifier)
    if found.head.state not in DESTROYED and has_state(found.object_type):
        move(ctx.state_of(found), Cause.DESTROY)
    ctx.erase(found)
    return ObliterateResponse()
