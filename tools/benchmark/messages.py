"""The benchmark's requests, as bytes, and what a reply must hold to count (KMIP 1.4, the newest both servers speak)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from kmip_server.spec.enums import BlockCipherMode, CryptographicAlgorithm, NameType, ObjectType, Operation
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire.tree import Item
from kmip_server.wire.ttlv import parse, print_

HEADER = 8
"""Bytes of tag, type and length in front of every value."""
PLAINTEXT = bytes(range(64))
"""What Encrypt encrypts: 64 bytes."""
KEY_BITS = 256

SUCCESS = print_((Tag.RESULT_STATUS, ItemType.ENUMERATION, 0))
"""The item that every answered request must have; a reply without it is an error and is never counted."""

EXPECTED: dict[str, bytes] = {
    "get": struct.pack(">II", Tag.KEY_MATERIAL << 8 | ItemType.BYTE_STRING, KEY_BITS // 8),
    "create": struct.pack(">I", Tag.UNIQUE_IDENTIFIER << 8 | ItemType.TEXT_STRING),
    "encrypt": struct.pack(">II", Tag.DATA << 8 | ItemType.BYTE_STRING, len(PLAINTEXT)),
    "locate": struct.pack(">I", Tag.UNIQUE_IDENTIFIER << 8 | ItemType.TEXT_STRING),
}
"""By operation: what a reply holds, exactly once, if it did the work and not only said Success."""


def structure(tag: int, *items: Item) -> Item:
    """A structure of items."""
    return (tag, ItemType.STRUCTURE, list(items))


def message(*batch: tuple[Operation, Sequence[Item]]) -> bytes:
    """A request of one or more operations, each with the items of its payload."""
    version = structure(
        Tag.PROTOCOL_VERSION,
        (Tag.PROTOCOL_VERSION_MAJOR, ItemType.INTEGER, 1),
        (Tag.PROTOCOL_VERSION_MINOR, ItemType.INTEGER, 4),
    )
    header = structure(Tag.REQUEST_HEADER, version, (Tag.BATCH_COUNT, ItemType.INTEGER, len(batch)))
    items = [
        structure(
            Tag.BATCH_ITEM,
            (Tag.OPERATION, ItemType.ENUMERATION, operation),
            # 1.4 §7.2: each item of several has its own Unique Batch Item ID.
            *([(Tag.UNIQUE_BATCH_ITEM_ID, ItemType.BYTE_STRING, struct.pack(">I", n))] if len(batch) > 1 else []),
            structure(Tag.REQUEST_PAYLOAD, *payload),
        )
        for n, (operation, payload) in enumerate(batch)
    ]
    return print_(structure(Tag.REQUEST_MESSAGE, header, *items))


def attribute(name: str, kind: ItemType, value: Any) -> Item:
    """An attribute in the form of the versions before 2.0."""
    return structure(
        Tag.ATTRIBUTE, (Tag.ATTRIBUTE_NAME, ItemType.TEXT_STRING, name), (Tag.ATTRIBUTE_VALUE, kind, value)
    )


def name_attribute(name: str) -> Item:
    """The attribute Name."""
    value = [
        (Tag.NAME_VALUE, ItemType.TEXT_STRING, name),
        (Tag.NAME_TYPE, ItemType.ENUMERATION, NameType.UNINTERPRETED_TEXT_STRING),
    ]
    return attribute("Name", ItemType.STRUCTURE, value)


def creation(name: str | None = None) -> tuple[Operation, list[Item]]:
    """Create an AES-256 key with the three attributes that PyKMIP's client sends, and a name if one is given."""
    mask = CryptographicUsageMask.ENCRYPT | CryptographicUsageMask.DECRYPT
    attributes = [
        attribute("Cryptographic Algorithm", ItemType.ENUMERATION, CryptographicAlgorithm.AES),
        attribute("Cryptographic Length", ItemType.INTEGER, KEY_BITS),
        attribute("Cryptographic Usage Mask", ItemType.INTEGER, int(mask)),
    ]
    if name is not None:
        attributes.append(name_attribute(name))
    object_type = (Tag.OBJECT_TYPE, ItemType.ENUMERATION, ObjectType.SYMMETRIC_KEY)
    return Operation.CREATE, [object_type, structure(Tag.TEMPLATE_ATTRIBUTE, *attributes)]


def create() -> bytes:
    """Create one key."""
    return message(creation())


def create_named(names: Sequence[str]) -> bytes:
    """Create a key for each name, in one batch."""
    return message(*(creation(name) for name in names))


def activate(unique_identifier: str) -> bytes:
    """Activate a key."""
    return message((Operation.ACTIVATE, [_identifier(unique_identifier)]))


def get(unique_identifier: str) -> bytes:
    """Get a key."""
    return message((Operation.GET, [_identifier(unique_identifier)]))


def encrypt(unique_identifier: str) -> bytes:
    """Encrypt 64 bytes with AES-GCM; the server makes the IV, the tag has 16 bytes."""
    parameters = structure(
        Tag.CRYPTOGRAPHIC_PARAMETERS,
        (Tag.BLOCK_CIPHER_MODE, ItemType.ENUMERATION, BlockCipherMode.GCM),
        (Tag.CRYPTOGRAPHIC_ALGORITHM, ItemType.ENUMERATION, CryptographicAlgorithm.AES),
        (Tag.RANDOM_IV, ItemType.BOOLEAN, True),
        (Tag.TAG_LENGTH, ItemType.INTEGER, 16),
    )
    data = (Tag.DATA, ItemType.BYTE_STRING, PLAINTEXT)
    return message((Operation.ENCRYPT, [_identifier(unique_identifier), parameters, data]))


def locate(name: str) -> bytes:
    """Locate by name."""
    return message((Operation.LOCATE, [name_attribute(name)]))


def object_name(number: int) -> str:
    """The name of the object of this number among those that Locate searches."""
    return f"volume-{number:06d}"


def identifiers(reply: bytes) -> list[str]:
    """The Unique Identifier of every batch item; SystemExit, with the server's own words, unless all succeeded."""
    found: list[str] = []
    for batch_item in _children(parse(reply), Tag.BATCH_ITEM):
        fields = {tag: value for tag, _, value in batch_item[2]}
        if fields.get(Tag.RESULT_STATUS) != 0:
            raise SystemExit(f"the server refused: {fields.get(Tag.RESULT_MESSAGE)}")
        payload = fields.get(Tag.RESPONSE_PAYLOAD, [])
        found += [value for tag, _, value in payload if tag == Tag.UNIQUE_IDENTIFIER]
    return found


def _identifier(unique_identifier: str) -> Item:
    return (Tag.UNIQUE_IDENTIFIER, ItemType.TEXT_STRING, unique_identifier)


def _children(item: Item, tag: int) -> list[Item]:
    return [child for child in item[2] if child[0] == tag]
