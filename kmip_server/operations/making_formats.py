"""The Key Format Type of what the server makes: the one that is asked for, else the default (KMIP 2.1 §4.26).

"a particular Key Format Type MAY be requested by the client if the cryptographic material is produced by the server
(i.e., Create, Create Key Pair, Create Split Key, Re-key, Re-key Key Pair, Derive Key) ... The server SHALL comply
with the client's requested format or SHALL fail the request."
"""

from __future__ import annotations

from typing import Literal

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.errors import InvalidField, KmipError
from kmip_server.ports import Context
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import KeyFormatType, ObjectType, ResultReason
from kmip_server.spec.key_formats import default_format
from kmip_server.spec.structures.keys import KeyBlock, KeyValue
from kmip_server.spec.tags import Tag

_KINDS: dict[ObjectType, Literal["public", "private"]] = {
    ObjectType.PUBLIC_KEY: "public",
    ObjectType.PRIVATE_KEY: "private",
}
_KNOWS_A_DEFAULT = ATTRIBUTES[Tag.KEY_FORMAT_TYPE]
"""The versions that have the attribute have the table of defaults as well; before, each server chose."""


def asked_format(attributes: AttributeMap) -> KeyFormatType | None:
    """Take the format out of what the client asks: the object itself will tell which it has."""
    asked: KeyFormatType | None = attributes.one(Tag.KEY_FORMAT_TYPE)
    if asked is not None:
        attributes.remove_all(Tag.KEY_FORMAT_TYPE)
    return asked


def put_in_format(block: KeyBlock, object_type: ObjectType, asked: KeyFormatType | None, ctx: Context) -> None:
    """Bring a new key, in place, into the format asked for, else into the default of the client's version.

    Raises Invalid Attribute Value where the key has no such form (2.1 Tables 188, 192: what these operations may
    answer); one that has no form in the default stays as it is.
    """
    wanted = asked
    if wanted is None and _KNOWS_A_DEFAULT.in_version(ctx.version):
        wanted = default_format(object_type, block.cryptographic_algorithm)
    if wanted is None or wanted is block.key_format_type or not isinstance(block.key_value, KeyValue):
        return
    try:
        material = ctx.ciphers.convert(
            _KINDS.get(object_type, "symmetric"),
            block.cryptographic_algorithm,
            block.key_format_type,
            block.key_value.key_material,
            wanted,
        )
    except KmipError as error:
        if asked is None:
            return
        message = f"the key has no form as {asked.title}"
        raise InvalidField(message, ResultReason.INVALID_ATTRIBUTE_VALUE) from error
    block.key_value.key_material, block.key_format_type = material, wanted
