"""Create User (3.0, from the test cases BL-M-17-30 to BL-M-19-30): a name, and links to what proves it."""

from __future__ import annotations

from kmip_server.domain.lifecycle import CREDENTIALS
from kmip_server.errors import InvalidField
from kmip_server.operations.creating import asked_attributes
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import ObjectType, Operation, ResultReason
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag

_LINKED = CREDENTIALS | {ObjectType.CERTIFICATE}


@payload
class CreateUserRequest:
    """Its Name, its Credential Links, and what else it is to have."""

    attributes: Attributes = field(Tag.ATTRIBUTES, Special.ATTRIBUTES)


@payload
class CreateUserResponse:
    """The user."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.CREATE_USER, CreateUserRequest, CreateUserResponse)
def handle(request: CreateUserRequest, ctx: Context) -> CreateUserResponse:
    """Make the user; each link must lead to a credential that whoever makes it may see."""
    attributes = asked_attributes(request.attributes, ObjectType.USER, ctx)
    if Tag.NAME not in attributes:
        raise InvalidField("a user needs a Name", ResultReason.INVALID_ATTRIBUTE_VALUE)
    for link in attributes.all(Tag.CREDENTIAL_LINK):
        linked = ctx.load(link, operation=Operation.GET_ATTRIBUTES)
        if linked.object_type not in _LINKED:
            raise InvalidField("a Credential Link leads to no credential", ResultReason.INVALID_ATTRIBUTE_VALUE)
    made = ctx.admit(ObjectType.USER, None, attributes, trusted=True)
    return CreateUserResponse(unique_identifier=made.unique_identifier)
