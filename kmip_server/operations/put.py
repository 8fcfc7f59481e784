"""Put (KMIP 2.1 §6.2.3, 1.4 §5.2): the server hands a client an object that it did not ask for.

The server sends it and serves it not: there is no handler here. It is a Get that the receiver would be allowed,
sent to it: what Get refuses, Put never sends.
"""

from __future__ import annotations

from kmip_server.operations import get
from kmip_server.operations.presenting import presented
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import PutFunction
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.keys import ManagedObjectStructure
from kmip_server.spec.tags import Tag


@payload
class PutRequest:
    """The object with its attributes, and which one it replaces."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    put_function: PutFunction = field(Tag.PUT_FUNCTION, PutFunction)
    replaced_unique_identifier: str | None = field(
        Tag.REPLACED_UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None
    )
    object: ManagedObjectStructure = field(Tag.SYMMETRIC_KEY, Special.OBJECT)
    attributes: Attributes | None = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.ATTRIBUTE, default=None)


def pushed(unique_identifier: str, replaced: str, ctx: Context) -> PutRequest:
    """Open an object for the receiver, which the context stands for; raises KmipError where Get would.

    ``replaced`` is the object it takes the place of, or empty.
    """
    found = ctx.load(unique_identifier)
    attributes = Attributes(presented(found, ctx, None))
    opened = get.handle(get.GetRequest(unique_identifier=unique_identifier), ctx)
    return PutRequest(
        unique_identifier=unique_identifier,
        put_function=PutFunction.REPLACE if replaced else PutFunction.NEW,
        replaced_unique_identifier=replaced or None,
        object=opened.object,
        attributes=attributes,
    )
