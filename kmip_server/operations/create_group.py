"""Create Group (3.0, from the test case BL-M-21-30): a name that other objects link to (Group Link)."""

from __future__ import annotations

from kmip_server.errors import InvalidField
from kmip_server.operations.creating import asked_attributes
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import ObjectType, Operation, ResultReason
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag


@payload
class CreateGroupRequest:
    """Its Name, and what else it is to have."""

    attributes: Attributes = field(Tag.ATTRIBUTES, Special.ATTRIBUTES)


@payload
class CreateGroupResponse:
    """The group."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.CREATE_GROUP, CreateGroupRequest, CreateGroupResponse)
def handle(request: CreateGroupRequest, ctx: Context) -> CreateGroupResponse:
    """Make the group."""
    attributes = asked_attributes(request.attributes, ObjectType.GROUP, ctx)
    if Tag.NAME not in attributes:
        raise InvalidField("a group needs a Name", ResultReason.INVALID_ATTRIBUTE_VALUE)
    made = ctx.admit(ObjectType.GROUP, None, attributes, trusted=True)
    return CreateGroupResponse(unique_identifier=made.unique_identifier)
