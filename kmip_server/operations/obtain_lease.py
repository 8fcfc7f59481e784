"""Obtain Lease (KMIP 2.1 §6.1.35, 1.4 §4.17): how long the client may go on using its copy of an object."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.leases import longest, require_leasable
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@payload
class ObtainLeaseRequest:
    """Of which object."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)


@payload
class ObtainLeaseResponse:
    """Seconds until a new lease is needed, zero for no limit; and when anything of the object was changed last."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    lease_time: int = field(Tag.LEASE_TIME, ItemType.INTERVAL)
    last_change_date: int = field(Tag.LAST_CHANGE_DATE, ItemType.DATE_TIME)


@operation(Operation.OBTAIN_LEASE, ObtainLeaseRequest, ObtainLeaseResponse)
def handle(request: ObtainLeaseRequest, ctx: Context) -> ObtainLeaseResponse:
    """Give the longest lease there is; nothing of it is kept, for the client counts its own time."""
    found = ctx.load(request.unique_identifier)
    require_leasable(ctx.state_of(found), found.attributes.one(Tag.USAGE_LIMITS))
    lease = longest(found.attributes.one(Tag.LEASE_TIME), ctx.facts.lease_time)
    ctx.note(f"lease of {lease} seconds" if lease else "lease without limit")
    return ObtainLeaseResponse(
        unique_identifier=found.unique_identifier,
        lease_time=lease,
        last_change_date=found.attributes.one(Tag.LAST_CHANGE_DATE),
    )
