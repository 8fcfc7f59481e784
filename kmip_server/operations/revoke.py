"""Revoke (KMIP 2.1 §6.1.44, 1.4 §4.20): Active to Deactivated, or anything to Compromised."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.change import moved
from kmip_server.domain.lifecycle import Cause, revocation_cause
from kmip_server.errors import InvalidField
from kmip_server.operations.moving import load_with_state
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.attributes import RevocationReason
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@payload
class RevokeRequest:
    """Which object, and why."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    revocation_reason: RevocationReason = field(Tag.REVOCATION_REASON, RevocationReason)
    compromise_occurrence_date: int | None = field(Tag.COMPROMISE_OCCURRENCE_DATE, ItemType.DATE_TIME, default=None)


@payload
class RevokeResponse:
    """The object."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.REVOKE, RevokeRequest, RevokeResponse)
def handle(request: RevokeRequest, ctx: Context) -> RevokeResponse:
    """Take the arrow that the reason names."""
    reason = request.revocation_reason
    if not reason.revocation_reason_code.known:
        raise InvalidField("the Revocation Reason Code is not known")
    cause = revocation_cause(reason.revocation_reason_code)
    if request.compromise_occurrence_date is not None and cause is not Cause.REVOKE_COMPROMISED:
        # 2.1 Table 295: "SHALL NOT be specified for other Revocation Reason enumerations".
        raise InvalidField("a Compromise Occurrence Date goes with a compromise only")
    found = load_with_state(request.unique_identifier, ctx, "revoked")
    attributes = moved(found.attributes, cause, ctx.now)
    attributes.put(Tag.REVOCATION_REASON, reason)
    if cause is Cause.REVOKE_COMPROMISED:
        # 2.1 §6.1.44: "if a value is not provided ... Compromise Occurrence Date SHOULD be set to the Initial Date".
        occurred = request.compromise_occurrence_date
        known = attributes.one(Tag.INITIAL_DATE) if occurred is None else occurred
        attributes.put(Tag.COMPROMISE_OCCURRENCE_DATE, known)
    ctx.save(found.with_attributes(attributes))
    ctx.note(f"reason {reason.revocation_reason_code.title}")
    return RevokeResponse(unique_identifier=found.unique_identifier)
