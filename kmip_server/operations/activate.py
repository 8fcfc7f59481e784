"""Activate (KMIP 2.1 §6.1.1, 1.4 §4.19): Pre-Active to Active, now."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.lifecycle import Cause
from kmip_server.operations.moving import move_now
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
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
    return ActivateResponse(unique_identifier=move_now(request.unique_identifier, Cause.ACTIVATE, ctx, "activated"))
