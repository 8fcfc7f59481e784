"""Discover Versions (KMIP 2.1 §6.1.16, 1.4 §4.26): which protocol versions both sides speak, newest first."""

from __future__ import annotations

from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import field, payload
from kmip_server.spec.structures.query import ProtocolVersion
from kmip_server.spec.tags import Tag


@payload
class DiscoverVersionsRequest:
    """What the client speaks; nothing means: tell me all."""

    protocol_version: list[ProtocolVersion] = field(Tag.PROTOCOL_VERSION, ProtocolVersion, default_factory=list)


@payload
class DiscoverVersionsResponse:
    """What both speak, in the server's order of preference: kmip-go and others take the first."""

    protocol_version: list[ProtocolVersion] = field(Tag.PROTOCOL_VERSION, ProtocolVersion, default_factory=list)


@operation(Operation.DISCOVER_VERSIONS, DiscoverVersionsRequest, DiscoverVersionsResponse)
def handle(request: DiscoverVersionsRequest, ctx: Context) -> DiscoverVersionsResponse:
    """Answer with what is served, or with its intersection with what was asked."""
    asked = {(version.major, version.minor) for version in request.protocol_version}
    return DiscoverVersionsResponse(
        protocol_version=[
            ProtocolVersion(major=version.major, minor=version.minor)
            for version in ctx.facts.versions
            if not asked or tuple(version) in asked
        ]
    )
