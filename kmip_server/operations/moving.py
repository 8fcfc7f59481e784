"""What Activate, Deactivate and Revoke share: an object that has a state, held to be moved along one arrow."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.change import moved
from kmip_server.domain.lifecycle import Cause, has_state
from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import IllegalOperation
from kmip_server.ports import Context
from kmip_server.spec.enums import ResultReason


def load_with_state(unique_identifier: Any, ctx: Context, done: str) -> ManagedObject:
    """The object, held against other changes; Invalid Object Type where it has no state: it "cannot be ``done``"."""
    found = ctx.load_for_change(unique_identifier)
    if not has_state(found.object_type):
        raise IllegalOperation(f"a {found.object_type.title} cannot be {done}", ResultReason.INVALID_OBJECT_TYPE)
    return found


def move_now(unique_identifier: Any, cause: Cause, ctx: Context, done: str) -> str:
    """Take the arrow of this cause, now; returns who was moved."""
    found = load_with_state(unique_identifier, ctx, done)
    ctx.save(found.with_attributes(moved(found.attributes, cause, ctx.now)))
    return found.unique_identifier
