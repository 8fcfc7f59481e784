"""What the operations that make key pairs share: attributes of two keys at once, their blocks, their storage."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.errors import InvalidField
from kmip_server.operations.creating import asked_attributes, require_storage
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeItem, Attributes, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import CryptographicAlgorithm, KeyFormatType, ObjectType, ResultReason
from kmip_server.spec.structures.keys import KeyBlock, KeyValue
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag


def pair_attributes(
    common: Attributes | None, own: Attributes | None, object_type: ObjectType, ctx: Context
) -> AttributeMap:
    """What is common to both, under what is said of this key alone (1.4 §4.2)."""
    own = own or Attributes()
    common = common or Attributes()
    said = {item.key for item in own.items}
    shared = [
        AttributeItem(item.key, item.value, item.index)
        for item in common.items
        if item.key not in said or isinstance(item.key, VendorName) or ATTRIBUTES[item.key].many
    ]
    merged = Attributes([*shared, *own.items], [*common.template_names, *own.template_names])
    return asked_attributes(merged, object_type, ctx)


def agreed(tag: Tag, private: AttributeMap, public: AttributeMap) -> Any:
    """What both keys must share: said of one it holds for both, said differently it is an error."""
    one, other = private.one(tag), public.one(tag)
    if one is not None and other is not None and one != other:
        raise InvalidField(f"the keys of a pair cannot differ in {tag.title}", ResultReason.INVALID_ATTRIBUTE_VALUE)
    return one if one is not None else other


def key_block(key_format: KeyFormatType, value: bytes, algorithm: CryptographicAlgorithm, length: int) -> KeyBlock:
    """The block of one half of a pair."""
    return KeyBlock(
        key_format_type=key_format,
        key_value=KeyValue(key_material=value),
        cryptographic_algorithm=algorithm,
        cryptographic_length=length,
    )


def require_pair_storage(
    common: ProtectionStorageMasks | None,
    private: ProtectionStorageMasks | None,
    public: ProtectionStorageMasks | None,
) -> None:
    """2.1 §6.1.9: each key is stored in one of the ways asked for, or the pair is not made."""
    require_storage(private or common, ResultReason.PRIVATE_PROTECTION_STORAGE_UNAVAILABLE)
    require_storage(public or common, ResultReason.PUBLIC_PROTECTION_STORAGE_UNAVAILABLE)
