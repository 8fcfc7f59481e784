"""Set Endpoint Role (KMIP 2.1 §6.1.54): which end of the connection asks and which answers.

This server answers and never asks: it accepts the role that it has, and no other.
"""

from __future__ import annotations

from kmip_server.errors import FeatureNotSupported, InvalidField
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import EndpointRole, Operation
from kmip_server.spec.schema import field, payload
from kmip_server.spec.tags import Tag


@payload
class SetEndpointRoleRequest:
    """The role for the server to take."""

    endpoint_role: EndpointRole = field(Tag.ENDPOINT_ROLE, EndpointRole)


@payload
class SetEndpointRoleResponse:
    """The role it has taken."""

    endpoint_role: EndpointRole = field(Tag.ENDPOINT_ROLE, EndpointRole)


@operation(Operation.SET_ENDPOINT_ROLE, SetEndpointRoleRequest, SetEndpointRoleResponse)
def handle(request: SetEndpointRoleRequest, ctx: Context) -> SetEndpointRoleResponse:
    """Stay what it is: "the endpoint that receives requests and sends responses" (2.1 §11.19)."""
    role = request.endpoint_role
    if not role.known:
        raise InvalidField("the Endpoint Role is not known")
    if role is not EndpointRole.SERVER:
        raise FeatureNotSupported("this server does not become a client")
    return SetEndpointRoleResponse(endpoint_role=role)
