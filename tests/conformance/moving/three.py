"""Between 2.1 and 3.0, as the cases of both show it: no counts, names are text, identifiers a type of their own."""

from __future__ import annotations

from typing import Any

from kmip_server.spec.enums import LinkType, Operation, UniqueIdentifierCode
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case, Exchange, child
from tests.conformance.moving.rewriting import CHANGING, ENUMERATION, INTEGER, STRUCTURE, TEXT, rebuilt, text

IDENTIFIER, REFERENCE = int(ItemType.IDENTIFIER), int(ItemType.REFERENCE)
_IDENTIFIERS = (Tag.UNIQUE_IDENTIFIER, Tag.PRIVATE_KEY_UNIQUE_IDENTIFIER, Tag.PUBLIC_KEY_UNIQUE_IDENTIFIER)
_ON_ONE = (
    *CHANGING,
    Operation.GET,
    Operation.GET_ATTRIBUTES,
    Operation.GET_ATTRIBUTE_LIST,
    Operation.ACTIVATE,
    Operation.DESTROY,
)
"""Operations on one object, which a batch may have named before."""
_LINKS = {LinkType[tag.name]: tag for tag in Tag if tag.name in LinkType.__members__}


def to_three(case: Case, version: str) -> Case:
    """Identifiers, names and links of the new types; nothing is counted."""
    return rebuilt(case, version, _newest)


def _newest(item: Item) -> list[Item]:
    tag, kind, value = item
    if tag in (Tag.BATCH_COUNT, Tag.BATCH_ORDER_OPTION, Tag.UNIQUE_BATCH_ITEM_ID):
        return []
    if tag in _IDENTIFIERS and kind == TEXT:
        return [(tag, IDENTIFIER, value)]
    if tag == Tag.NAME:
        found = child(item, Tag.NAME_VALUE)
        assert found is not None
        return [text(Tag.NAME, found[2])]
    if tag == Tag.LINK:
        linked, link = child(item, Tag.LINK_TYPE), child(item, Tag.LINKED_OBJECT_IDENTIFIER)
        assert linked is not None and link is not None
        return [(int(_LINKS[LinkType(linked[2])]), REFERENCE, link[2])]
    if tag == Tag.BATCH_ITEM:
        return [_placed(item)]
    return [item]


def _placed(item: Item) -> Item:
    """The ID Placeholder is named, where a request of 2.1 says nothing and means it."""
    operation, payload = child(item, Tag.OPERATION), child(item, Tag.REQUEST_PAYLOAD)
    if payload is None or operation is None or operation[2] not in _ON_ONE or child(payload, Tag.UNIQUE_IDENTIFIER):
        return item
    named = int(Tag.UNIQUE_IDENTIFIER), ENUMERATION, int(UniqueIdentifierCode.ID_PLACEHOLDER)
    new = payload[0], payload[1], [named, *payload[2]]
    return item[0], item[1], [new if each is payload else each for each in item[2]]


def from_three(case: Case, version: str) -> Case:
    moved = rebuilt(case, version, _older_than_three)
    exchanges = tuple(Exchange(_counted(each.request), _counted(each.response)) for each in moved.exchanges)
    return Case(moved.version, moved.case_id, moved.family, exchanges)


def _older_than_three(item: Item) -> list[Item]:
    tag, kind, value = item
    if tag in _IDENTIFIERS:
        # 3.0 names the ID Placeholder, which before is meant where nothing is said.
        return [(tag, TEXT, value)] if kind == IDENTIFIER else []
    if tag == Tag.NAME:
        kind_of_name: Any = (int(Tag.NAME_TYPE), ENUMERATION, 1)
        return [(tag, STRUCTURE, [text(Tag.NAME_VALUE, value), kind_of_name])]
    return [item]


def _counted(message: Item) -> Item:
    """The message with the number of its items at the end of its header, and with the items numbered."""
    tag, kind, parts = message
    items = [each for each in parts if each[0] == Tag.BATCH_ITEM]
    header = next(each for each in parts if each[0] != Tag.BATCH_ITEM)
    fields = list(header[2])
    if child(header, Tag.BATCH_ERROR_CONTINUATION_OPTION) is not None:
        fields.append((int(Tag.BATCH_ORDER_OPTION), int(ItemType.BOOLEAN), True))
    fields.append((int(Tag.BATCH_COUNT), INTEGER, len(items)))
    if len(items) > 1:
        items = [_with_number(each, number) for number, each in enumerate(items, 1)]
    return tag, kind, [(header[0], header[1], fields), *items]


def _with_number(item: Item, number: int) -> Item:
    place = 1 if item[2][0][0] == Tag.OPERATION else 0
    said = int(Tag.UNIQUE_BATCH_ITEM_ID), int(ItemType.BYTE_STRING), bytes([number])
    return item[0], item[1], [*item[2][:place], said, *item[2][place:]]
