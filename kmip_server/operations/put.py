"""Put (KMIP 2.1 §6.2.3, 1.4 §5.2): the server hands a client an object that it did not ask for.

The server sends it and serves it not: there is no handler here. It is a Get that the receiver would be allowed,
sent to it: what Get refuses, Put never sends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import Comparison, Filter, Search, terms_of
from kmip_server.domain.subscriber import Subscriber
from kmip_server.errors import KmipError
from kmip_server.operations import get
from kmip_server.operations.presenting import presented
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import BlockCipherMode, NameType, ObjectType, PutFunction, ResultReason, WrappingMethod
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.structures.keys import EncryptionKeyInformation, KeyWrappingSpecification, ManagedObjectStructure
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag

_OPEN = frozenset({ObjectType.CERTIFICATE, ObjectType.CERTIFICATE_REQUEST})
"""What has no Key Block and is no secret: it is sent as it is. All else goes wrapped or not at all."""


class NotWrapped(Exception):
    """The object cannot be wrapped as its receiver wants it now, and so may not leave; one sentence."""


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


def pushed(unique_identifier: str, replaced: str, ctx: Context, receiver: Subscriber) -> PutRequest:
    """Open an object for the receiver, whose rights the context has; raises KmipError where Get would.

    ``replaced`` is the object it takes the place of, or empty. The receiver may want it wrapped by a key (RFC 3394);
    raises NotWrapped where that cannot be done. What the receiver says it has no use for is not opened.
    """
    found = ctx.load(unique_identifier)
    if receiver.takes and found.object_type not in receiver.takes:
        # 1.4 §5.3: the answer "SHALL list all the object types that the client supports".
        raise KmipError(
            f"the receiver does not support {found.object_type.title}, by its own Query",
            ResultReason.INVALID_OBJECT_TYPE,
        )
    attributes = Attributes(presented(found, ctx, None))
    opened = _opened(found, receiver, ctx)
    return PutRequest(
        unique_identifier=unique_identifier,
        put_function=PutFunction.REPLACE if replaced else PutFunction.NEW,
        replaced_unique_identifier=replaced or None,
        object=opened.object,
        attributes=attributes,
    )


def _opened(found: ManagedObject, receiver: Subscriber, ctx: Context) -> Any:
    request = get.GetRequest(unique_identifier=found.unique_identifier)
    wrapped = receiver.wrapping_key or receiver.wrapping_key_name
    if not wrapped or found.object_type in _OPEN:
        return get.handle(request, ctx)
    request.key_wrapping_specification = KeyWrappingSpecification(
        wrapping_method=WrappingMethod.ENCRYPT,
        encryption_key_information=EncryptionKeyInformation(
            unique_identifier=receiver.wrapping_key or _called(receiver.wrapping_key_name, ctx),
            cryptographic_parameters=CryptographicParameters(block_cipher_mode=BlockCipherMode.NISTKEYWRAP),
        ),
    )
    try:
        return get.handle(request, ctx)
    except KmipError as error:
        if error.reason is ResultReason.OBJECT_DESTROYED:
            raise
        raise NotWrapped(f"it cannot be wrapped: {error.message}") from error


def _called(name: str, ctx: Context) -> str:
    """The one key of the receiver's own that has the Name; raises NotWrapped where there is none, or several.

    Its own only: whoever else might make a key of that Name, and let it be seen, would have keys wrapped by it.
    """
    wanted = Name(name_value=name, name_type=NameType.UNINTERPRETED_TEXT_STRING)
    listed = ctx.locate(
        Search(
            visibility=replace(ctx.visibility(), any=frozenset()),
            now=ctx.now,
            filters=(
                Filter(Tag.NAME, Comparison.EQUAL, terms_of(wanted)),
                Filter(Tag.OBJECT_TYPE, Comparison.EQUAL, terms_of(ObjectType.SYMMETRIC_KEY)),
            ),
            maximum=2,
        )
    ).unique_identifiers
    if len(listed) != 1:
        number = "several keys have" if listed else "no key has"
        raise NotWrapped(f"it cannot be wrapped: {number} the Name of its wrapping key")
    return listed[0]
