"""Recover (KMIP 2.1 §6.1.42, 1.4 §4.23): bring an archived object back."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag


@payload
class RecoverRequest:
    """Which object."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)


@payload
class RecoverResponse:
    """The object, on line from now on."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.RECOVER, RecoverRequest, RecoverResponse)
def handle(request: RecoverRequest, ctx: Context) -> RecoverResponse:
    """Bring it back; one that was never away is there already, which no table of errors calls a mistake."""
    found = ctx.load_for_change(request.unique_identifier)
    if found.head.archived:
        attributes = found.attributes.copy()
        # 2.1 §4.5: "The server SHALL delete this attribute whenever a Recover operation is performed."
        attributes.put(Tag.ARCHIVE_DATE, None)
        ctx.save(found.with_attributes(attributes).with_archived(False))
    ctx.remember(found.unique_identifier)
    return RecoverResponse(unique_identifier=found.unique_identifier)
