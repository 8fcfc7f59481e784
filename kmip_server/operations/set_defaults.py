"""Set Defaults (KMIP 2.1 §6.1.53): what new objects get where the client says nothing."""

from __future__ import annotations

from kmip_server.domain.rules import types_of
from kmip_server.errors import InvalidField
from kmip_server.operations.registry import operation
from kmip_server.operations.ruling import settable, supported
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import field, payload
from kmip_server.spec.structures.query import DefaultsInformation, ObjectDefaults
from kmip_server.spec.tags import Tag


@payload
class SetDefaultsRequest:
    """The defaults to begin using; none takes all of them away."""

    defaults_information: DefaultsInformation | None = field(
        Tag.DEFAULTS_INFORMATION, DefaultsInformation, default=None
    )


@payload
class SetDefaultsResponse:
    """Nothing."""


@operation(Operation.SET_DEFAULTS, SetDefaultsRequest, SetDefaultsResponse)
def handle(request: SetDefaultsRequest, ctx: Context) -> SetDefaultsResponse:
    """Replace the defaults by these."""
    given = request.defaults_information
    if given is not None:
        for entry in given.object_defaults:
            _take(entry, ctx)
    ctx.keep_defaults(given)
    ctx.note(f"{0 if given is None else len(given.object_defaults)} object defaults")
    return SetDefaultsResponse()


def _take(entry: ObjectDefaults, ctx: Context) -> None:
    """2.1 §7.22: an entry names its object types, and attributes that a client could give itself."""
    types = types_of(entry)
    if not types:
        raise InvalidField("a default names no object type")
    supported(types, ctx)
    if entry.attributes is None or not entry.attributes.items:
        raise InvalidField("a default has no attributes")
    entry.attributes.items = [settable(item, types, ctx) for item in entry.attributes.items]
