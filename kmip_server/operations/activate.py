"""Activate (KMIP 2.1 §6.1.1, 1.4 §4.19): Pre-Active to Active, now."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.change import moved
from kmip_server.domain.lifecycle import Cause, has_state
from kmip_server.errors import IllegalOperation
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag


@payload
class ActivateRequest:
    """Which object."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)


@payload
class ActivateResponse:
    """The object."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.ACTIVATE, ActivateRequest, ActivateResponse)
def handle(request: ActivateRequest, ctx: Context) -> ActivateResponse:
    """Take arrow 4."""
    found = ctx.load_for_change(request.unique_identifier)
    if not has_state(found.object_type):
        raise IllegalOperation(f"a {found.object_type.title} cannot be activated", ResultReason.INVALID_OBJECT_TYPE)
    ctx.save(found.with_attributes(moved(found.attributes, Cause.ACTIVATE, ctx.now)))
    return ActivateResponse(unique_identifier=found.unique_identifier)
