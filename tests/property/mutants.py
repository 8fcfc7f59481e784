"""Requests with one thing wrong: any one item of a tree dropped, repeated, moved, of another type, value or tag."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from kmip_server.spec.enums import ObjectType
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire.tree import Item

Path = tuple[int, ...]
_STRUCTURE = int(ItemType.STRUCTURE)
_TAGS = [int(tag) for tag in Tag]
_OBJECTS = [int(Tag[kind.name]) for kind in ObjectType if kind.name in Tag.__members__]
_VALUES: dict[int, list[Any]] = {
    int(ItemType.INTEGER): [0, 1, -1, 2, 7, 8, 12, 16, 100, 128, 1000, 2**31 - 1, -(2**31)],
    int(ItemType.LONG_INTEGER): [0, 1, -1, 2**63 - 1, -(2**63)],
    int(ItemType.BIG_INTEGER): [0, 1, -1, 3, 2**64, 2**2048 - 1, -(2**2048)],
    int(ItemType.ENUMERATION): [0, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, *range(1, 80)],
    int(ItemType.BOOLEAN): [False, True],
    int(ItemType.TEXT_STRING): ["", "x", "none", "\x00", "\U0001f511", "x" * 300, "x" * 70_000, "-1", "1", "2", "Name"],
    int(ItemType.BYTE_STRING): [b"", b"\x00", b"x" * 7, bytes(8), bytes(16), bytes(32), b"0\x82\xff\xff", bytes(70000)],
    int(ItemType.DATE_TIME): [0, 1, -1, 2**31, 2**62, 2**63 - 1, -(2**63), 1_700_000_000],
    int(ItemType.INTERVAL): [0, 1, 2**31, 2**32 - 1],
}  # fmt: skip


def paths(item: Item, path: Path = ()) -> Iterator[Path]:
    """Where the items of a tree are; the root is none of them."""
    if item[1] == _STRUCTURE:
        for place, child in enumerate(item[2]):
            yield (*path, place)
            yield from paths(child, (*path, place))


def at(item: Item, path: Path) -> Item:
    """The item at a place."""
    for place in path:
        item = item[2][place]
    return item


def _put(item: Item, path: Path, new: list[Item]) -> Item:
    """The tree with other items in the place of one."""
    place, *rest = path
    fields = list(item[2])
    fields[place : place + 1] = [_put(fields[place], tuple(rest), new)] if rest else new
    return item[0], item[1], fields


def _value(kind: int, old: Any, random: Random) -> Any:
    if kind == _STRUCTURE:
        return []
    if kind not in _VALUES:  # of 3.0 alone
        return old
    if kind == ItemType.BYTE_STRING and isinstance(old, bytes) and old and random.random() < 0.6:
        return _other_bytes(old, random)
    return random.choice(_VALUES[kind])


def _other_bytes(old: bytes, random: Random) -> bytes:
    at_byte = random.randrange(len(old))
    return random.choice(
        [
            old[:at_byte],
            old[at_byte:],
            old + b"\x00",
            old[:at_byte] + bytes([old[at_byte] ^ (1 << random.randrange(8))]) + old[at_byte + 1 :],
            old * 2,
        ]
    )


def _drop(tree: Item, path: Path, random: Random) -> Item:
    return _put(tree, path, [])


def _repeat(tree: Item, path: Path, random: Random) -> Item:
    item = at(tree, path)
    return _put(tree, path, [item] * random.choice([2, 2, 2, 3, 40]))


def _swap(tree: Item, path: Path, random: Random) -> Item:
    *above, place = path
    siblings = list(at(tree, tuple(above))[2])
    other = random.randrange(len(siblings))
    siblings[place], siblings[other] = siblings[other], siblings[place]
    parent = at(tree, tuple(above))
    new = (parent[0], parent[1], siblings)
    return _put(tree, tuple(above), [new]) if above else new


def _retype(tree: Item, path: Path, random: Random) -> Item:
    tag, _, _ = at(tree, path)
    kind = random.choice([*_VALUES, _STRUCTURE])
    return _put(tree, path, [(tag, kind, _value(kind, None, random))])


def _revalue(tree: Item, path: Path, random: Random) -> Item:
    tag, kind, value = at(tree, path)
    return _put(tree, path, [(tag, kind, _value(kind, value, random))])


def _retag(tree: Item, path: Path, random: Random) -> Item:
    _, kind, value = at(tree, path)
    tag = random.choice([*_TAGS, *_OBJECTS * 5, 0x42FFFE, 0x540001])
    return _put(tree, path, [(tag, kind, value)])


def _nest(tree: Item, path: Path, random: Random) -> Item:
    item = at(tree, path)
    for _ in range(random.choice([1, 2, 30, 200])):
        item = (item[0], _STRUCTURE, [item])
    return _put(tree, path, [item])


def _transplant(tree: Item, path: Path, random: Random) -> Item:
    """Another item of the same message beside it, or in its place."""
    other = at(tree, random.choice(list(paths(tree))))
    return _put(tree, path, random.choice([[other], [at(tree, path), other]]))


WAYS: list[Callable[[Item, Path, Random], Item]] = [
    *(_drop, _repeat, _swap, _retype, _retag, _nest, _transplant),
    *[_revalue] * 5,
]


def mutant(tree: Item, random: Random) -> Item:
    """A request with one thing changed."""
    path = random.choice(list(paths(tree)))
    return random.choice(WAYS)(tree, path, random)
