"""Reads the published OASIS test cases: exchanges of trees, with placeholders where a value is not fixed.

The files are third-party data (see ``tests/material.py``). What is read out of the ordinary: blanks that the
page layout of the older documents left inside values are collapsed; every message gets the case's own
protocol version, for a few print another by mistake; one file prints two requests before their responses; and
some are no well-formed XML.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kmip_server.errors import InvalidMessage
from kmip_server.spec.enums import Operation
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire import value_names, xml
from kmip_server.wire.tree import Item
from tests.material import CASE_FILES

_PLACEHOLDER = re.compile(r"\$([A-Z][A-Z0-9_]*)([+-][0-9]+)?")
_TYPES = {kind.xml_name: int(kind) for kind in ItemType}
_COLLAPSED = ("1.0", "1.1", "1.2")
_RENAMED = {("TC-RNG-ATTR-2-13", "UNIQUE_IDENTIFIER_1"): "UNIQUE_IDENTIFIER_0"}
"""Slips: the placeholder a case prints, and the one it means."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Stands for a whole value: ``$UNIQUE_IDENTIFIER_0``, or ``$NOW-60`` (offset in seconds)."""

    name: str
    offset: int = 0

    @property
    def numbered(self) -> bool:
        """Whether it means the same thing all through its case."""
        return self.name[-1].isdigit()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the response that answers it; values may be placeholders."""

    request: Item
    response: Item


@dataclass(frozen=True, slots=True)
class Case:
    """One published test case."""

    version: str
    case_id: str
    family: str
    exchanges: tuple[Exchange, ...]

    def __str__(self) -> str:
        return f"{self.version} {self.case_id}"


@cache
def all_cases() -> tuple[Case, ...]:
    """Every published case that can be read, by version and name; empty where the material is absent."""
    return tuple(case for case in _read() if isinstance(case, Case))


def unreadable() -> dict[str, str]:
    """The cases that cannot be read, and why not."""
    return dict(case for case in _read() if not isinstance(case, Case))


@cache
def _read() -> tuple[Case | tuple[str, str], ...]:
    return tuple(_case_or_error(path) for path in CASE_FILES)


def _case_or_error(path: Path) -> Case | tuple[str, str]:
    try:
        return load(path)
    except (ValueError, LookupError, InvalidMessage, ElementTree.ParseError) as error:
        return path.stem, f"{type(error).__name__}: {error}"


def load(path: Path) -> Case:
    """Read one file."""
    return read(path.read_bytes(), path.stem)


def read(text: bytes, case_id: str) -> Case:
    """Read the text of a case; the last two digits of its name are its version."""
    version = ".".join(case_id[-2:])
    reader = _Reader(version, case_id)
    exchanges: list[Exchange] = []
    waiting: list[Item] = []
    for each in _messages(text):
        message = reader.item(each, None)
        if each.tag == "RequestMessage":
            waiting.append(message)
        else:
            # The latest request that has no answer yet: TC-DERIVEKEY-4-10 prints the Destroy of an active key before
            # its Revoke, and their answers the other way round.
            exchanges.append(Exchange(waiting.pop(), message))
    if waiting or not exchanges:
        raise ValueError(f"{len(waiting)} requests have no answer")
    return Case(version, case_id, family_of(case_id), tuple(exchanges))


def family_of(case_id: str) -> str:
    """The family that a case belongs to, by its name."""
    numbered = _NUMBERS.sub("", case_id)
    family = next((each for each in ("CS-AC", "CS-BC", "MSGENC", "SUITEB") if case_id.startswith(each)), numbered)
    return "TC-NUM" if family == "TC" else family


_NUMBERS = re.compile(r"(-[MO])?(-[0-9]+)*$")
_ASIDE = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
_MESSAGE = re.compile(r"<(RequestMessage|ResponseMessage)\b.*?</\1\s*>", re.DOTALL)


def _messages(text: bytes) -> list[ElementTree.Element]:
    """The messages of a case. Where the whole is not well-formed they are looked for one by one.

    Some files begin with text before the root, end it twice, or have a dump with ``<`` and ``&`` beside a message.
    """
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        plain = _ASIDE.sub("", text.decode("utf-8-sig"))
        return [ElementTree.fromstring(found[0]) for found in _MESSAGE.finditer(plain)]
    return [each for each in root.iter() if each.tag in ("RequestMessage", "ResponseMessage")]


class _Reader:
    """Turns the elements of one file into items."""

    def __init__(self, version: str, case_id: str) -> None:
        self._case_id = case_id
        self._collapse = version in _COLLAPSED
        major, minor = map(int, version.split("."))
        self._version = [
            (int(Tag.PROTOCOL_VERSION_MAJOR), int(ItemType.INTEGER), major),
            (int(Tag.PROTOCOL_VERSION_MINOR), int(ItemType.INTEGER), minor),
        ]

    def item(self, element: ElementTree.Element, named: int | None) -> Item:
        tag = _tag(element)
        if "type" in element.attrib:
            kind = _TYPES[element.attrib["type"]]
            if kind != ItemType.STRUCTURE:
                return tag, kind, self._value(value_names.names_under(tag, named), kind, element.attrib["value"])
        children: list[Item] = []
        named = None
        for each in element:
            child = self.item(each, named)
            named = value_names.named_after(named, child[0], child[2])
            if child[0] == Tag.PROTOCOL_VERSION and tag in (Tag.REQUEST_HEADER, Tag.RESPONSE_HEADER):
                child = child[0], child[1], self._version
            children.append(child)
        return tag, int(ItemType.STRUCTURE), children

    def _value(self, names_of: int, kind: int, text: str) -> Any:
        if self._collapse:
            text = " ".join(text.split())
        placeholder = _PLACEHOLDER.fullmatch(text)
        if placeholder:
            name = _RENAMED.get((self._case_id, placeholder[1]), placeholder[1])
            return Placeholder(name, int(placeholder[2] or 0))
        return xml.read_value(names_of, kind, text)


def _tag(element: ElementTree.Element) -> int:
    if element.tag == "TTLV":
        return int(element.attrib["tag"], 16)
    tag = value_names.tag_of(element.tag)
    if tag is None:
        raise ValueError(f"{element.tag} is no tag")
    return tag


def children(item: Item | None, tag: int) -> list[Item]:
    """Return the children of a structure that have the tag; of none, none."""
    return [child for child in item[2] if child[0] == tag] if item else []


def child(item: Item | None, tag: int) -> Item | None:
    """Return the first child that has the tag, or None."""
    return next(iter(children(item, tag)), None)


def walk(item: Item) -> list[Item]:
    """Return the item and all below it."""
    found = [item]
    if item[1] == ItemType.STRUCTURE:
        for each in item[2]:
            found += walk(each)
    return found


def operations_of(case: Case) -> frozenset[Operation]:
    """Return the operations that the requests of a case ask for (those a server sends to a client included)."""
    return frozenset(
        Operation(operation[2])
        for exchange in case.exchanges
        for batch_item in children(exchange.request, Tag.BATCH_ITEM)
        for operation in children(batch_item, Tag.OPERATION)
    )


def fill(item: Item, lookup: Callable[[Placeholder, Item], Any]) -> Item:
    """Return the item with every placeholder replaced by what ``lookup(placeholder, its item)`` gives."""
    tag, kind, value = item
    if kind == ItemType.STRUCTURE:
        return tag, kind, [fill(each, lookup) for each in value]
    return (tag, kind, lookup(value, item)) if isinstance(value, Placeholder) else item
