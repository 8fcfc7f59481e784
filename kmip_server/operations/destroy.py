"""Destroy (KMIP 2.1 §6.1.15, 1.4 §4.21): the secret is gone for good; the attributes stay as a tombstone."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.change import moved
from kmip_server.domain.lifecycle import Cause, has_state
from kmip_server.domain.objects import Body
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag


@payload
class DestroyRequest:
    """Which object."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)


@payload
class DestroyResponse:
    """The object that was."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.DESTROY, DestroyRequest, DestroyResponse)
def handle(request: DestroyRequest, ctx: Context) -> DestroyResponse:
    """Take arrow 2, 7 or 9 and erase the sealed secret."""
    found = ctx.load_for_change(request.unique_identifier)
    if not has_state(found.object_type):
        # 1.4 §4.21: of a Template "the object itself, including all meta-data, SHALL be destroyed".
        ctx.erase(found)
        return DestroyResponse(unique_identifier=found.unique_identifier)
    attributes = moved(found.attributes, Cause.DESTROY, ctx.now)
    ctx.save(found.with_attributes(attributes).with_body(Body(found.body.form, None, found.body.trusted)))
    return DestroyResponse(unique_identifier=found.unique_identifier)
