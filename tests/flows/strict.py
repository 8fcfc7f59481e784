"""Holds every answer against the standard: whole, in the version of the request, with nothing younger in it.

The reader here is not the server's own binder: it walks the neutral tree and asks the tables of each tag and
of each enumeration value whether the version has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from kmip_server.operations import load_all
from kmip_server.spec.attributes import ATTRIBUTES, by_name
from kmip_server.spec.enums import ObjectType, Operation
from kmip_server.spec.kmip_enum import KmipEnum, KmipMask
from kmip_server.spec.schema import Kind, fields_of, is_structure
from kmip_server.spec.structures.envelope import ResponseBatchItem, ResponseHeader
from kmip_server.spec.structures.keys import OBJECT_STRUCTURES
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_4, V2_0, V3_0, Version
from kmip_server.wire import ttlv
from kmip_server.wire.tree import Item

_NEWER_TYPES = {ItemType.DATE_TIME_EXTENDED: V2_0, ItemType.IDENTIFIER: V3_0, ItemType.REFERENCE: V3_0}


def child(item: Item, tag: int) -> Item | None:
    """The first field with this tag."""
    return next((each for each in item[2] if each[0] == tag), None)


def value(item: Item, *path: int) -> Any:
    """The value at the end of a path of tags; AssertionError where there is none."""
    for tag in path:
        found = child(item, tag)
        assert found is not None, f"no {Tag(tag).title} in {Tag(item[0]).title}"
        item = found
    return item[2]


def children(item: Item, tag: int) -> list[Item]:
    """Every field with this tag."""
    return [each for each in item[2] if each[0] == tag]


def walk(item: Item) -> Iterator[Item]:
    """The item and everything in it."""
    yield item
    if item[1] == ItemType.STRUCTURE:
        for each in item[2]:
            yield from walk(each)


@cache
def _enumerations() -> dict[int, set[type[KmipEnum]]]:
    """Which enumerations may stand under which tag, gathered from every declared structure."""
    found: dict[int, set[type[KmipEnum]]] = {}
    seen: set[Any] = set()

    def enter(tag: int, kind: Kind) -> None:
        if isinstance(kind, type) and issubclass(kind, KmipEnum) and not issubclass(kind, KmipMask):
            found.setdefault(tag, set()).add(kind)
        elif is_structure(kind) and kind not in seen:
            seen.add(kind)
            for _, spec in fields_of(kind):  # type: ignore[arg-type]
                enter(int(spec.tag), spec.kind)

    for handler in load_all().values():
        enter(0, handler.response)
    for cls in (ResponseHeader, ResponseBatchItem, *OBJECT_STRUCTURES.values()):
        enter(0, cls)
    for tag, row in ATTRIBUTES.items():
        enter(int(tag), row.kind)
    found[int(Tag.OBJECT_TYPE)] = {ObjectType}
    found[int(Tag.OPERATION)] = {Operation}
    return found


def younger(answer: Item, version: Version) -> list[str]:
    """What stands in the answer that the version does not define."""
    found: list[str] = []
    named: int | None = None
    for tag, kind, content in walk(answer):
        if not Tag(tag).in_version(version):
            found.append(f"tag {Tag(tag).title}")
        if version < _NEWER_TYPES.get(ItemType(kind), version):
            found.append(f"type {ItemType(kind).name} of {Tag(tag).title}")
        if tag == Tag.ATTRIBUTE_NAME and version <= V1_4:
            row = by_name(content)
            named = None if row is None else int(row.tag)
            if row is not None and not row.in_version(version):
                found.append(f"attribute {content}")
            elif row is None and not content.startswith(("x-", "y-")):
                found.append(f"attribute {content}")
        if kind == ItemType.ENUMERATION:
            found += _strange(named if tag == Tag.ATTRIBUTE_VALUE and named else tag, content, version)
    return found


def _strange(tag: int, content: int, version: Version) -> list[str]:
    if tag == Tag.ATTRIBUTE_REFERENCE:
        return [] if Tag(content).in_version(version) else [f"reference to {Tag(content).title}"]
    kinds = _enumerations().get(tag)
    if not kinds or content >= 0x80000000:
        return []
    if any(kind(content).known and kind(content).in_version(version) for kind in kinds):
        return []
    return [f"{Tag(tag).title} 0x{content:08X}"]


def payload_fields(item: Item) -> list[int]:
    """The tags of the response payload of a batch item, in their order."""
    return [each[0] for each in value(item, Tag.RESPONSE_PAYLOAD)]


def read(data: bytes, version: Version, also: Sequence[Tag] = ()) -> Item:
    """Parse an answer strictly and check its envelope; AssertionError says what is wrong with it.

    ``also`` is what the header must have because of what was asked.
    """
    tree = ttlv.parse(data)
    assert ttlv.print_(tree) == data
    assert tree[0] == Tag.RESPONSE_MESSAGE
    header = tree[2][0]
    assert header[0] == Tag.RESPONSE_HEADER
    numbers = value(header, Tag.PROTOCOL_VERSION)
    assert tuple(item[2] for item in numbers) == version, "the answer is in another version than the request"
    expected = [Tag.PROTOCOL_VERSION, Tag.TIME_STAMP, *also]
    expected.append(Tag.BATCH_COUNT if version < V3_0 else Tag.SERVER_CORRELATION_VALUE)
    assert [item[0] for item in header[2]] == expected, "the header holds what a client does not expect"
    items = children(tree, Tag.BATCH_ITEM)
    assert len(items) == len(tree[2]) - 1
    if version < V3_0:
        assert value(header, Tag.BATCH_COUNT) == len(items)
    found = younger(tree, version)
    assert found == [], f"not of {version}: {found}"
    for item in items:
        _check_item(item)
    return tree


def _check_item(item: Item) -> None:
    """The fields of a batch item, in the standard's order, and those a failure must have (1.4 §7.2)."""
    order = [
        Tag.OPERATION,
        Tag.UNIQUE_BATCH_ITEM_ID,
        Tag.RESULT_STATUS,
        Tag.RESULT_REASON,
        Tag.RESULT_MESSAGE,
        Tag.ASYNCHRONOUS_CORRELATION_VALUE,
        Tag.RESPONSE_PAYLOAD,
    ]
    places = [order.index(Tag(each[0])) for each in item[2]]
    assert places == sorted(set(places))
    tags = {each[0] for each in item[2]}
    status = value(item, Tag.RESULT_STATUS)
    assert (Tag.RESULT_REASON in tags) == (status == 1)
    # A Check that fails tells which fields of it did (2.1 §6.1.7): the one failure with a payload.
    telling = status == 1 and Tag.OPERATION in tags and value(item, Tag.OPERATION) == Operation.CHECK
    if Tag.RESPONSE_PAYLOAD in tags and status == 3:
        # What was undone names its object at most (BL-M-2).
        assert payload_fields(item) == [Tag.UNIQUE_IDENTIFIER]
    else:
        assert (Tag.RESPONSE_PAYLOAD in tags) == (status == 0) or telling
    assert (Tag.ASYNCHRONOUS_CORRELATION_VALUE in tags) == (status == 2)
    if status == 1:
        message = value(item, Tag.RESULT_MESSAGE)
        assert 0 < len(message) < 200 and "Traceback" not in message and "Error(" not in message
