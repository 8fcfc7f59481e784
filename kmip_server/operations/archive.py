"""Archive (KMIP 2.1 §6.1.4, 1.4 §4.22): put an object away until it is recovered.

An archived object is found by those who search the archive (Storage Status Mask), its attributes can be read, and
nothing else can be done with it: "The object SHALL be recovered from the archive before performing the operation".
"""

from __future__ import annotations

from typing import Any

from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag


@payload
class ArchiveRequest:
    """Which object."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)


@payload
class ArchiveResponse:
    """The object."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.ARCHIVE, ArchiveRequest, ArchiveResponse)
def handle(request: ArchiveRequest, ctx: Context) -> ArchiveResponse:
    """Put it away at once: when, "is determined by the policies within the key management system"."""
    found = ctx.load_for_change(request.unique_identifier)
    attributes = found.attributes.copy()
    attributes.put(Tag.ARCHIVE_DATE, ctx.now)
    ctx.save(found.with_attributes(attributes).with_archived(True))
    return ArchiveResponse(unique_identifier=found.unique_identifier)
