"""Deactivate (3.0): Active to Deactivated, now, as a Revoke does that names no compromise (2.1 §6.1.44).

The registries of 3.0 have the operation, and no test case shows it: served is what 2.1 leaves no doubt of, an object
and the arrow. A Deactivation Reason, of which the registries have the name alone, is refused as an unknown field.
"""

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
class DeactivateRequest:
    """Which object."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)


@payload
class DeactivateResponse:
    """The object."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.DEACTIVATE, DeactivateRequest, DeactivateResponse)
def handle(request: DeactivateRequest, ctx: Context) -> DeactivateResponse:
    """Take arrow 6."""
    return DeactivateResponse(
        unique_identifier=move_now(request.unique_identifier, Cause.DEACTIVATE, ctx, "deactivated")
    )
