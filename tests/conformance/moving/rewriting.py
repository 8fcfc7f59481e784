"""What every move of a case does: each item is changed from the inside out, and the numbers of the versions with it."""

from __future__ import annotations

from collections.abc import Callable

from kmip_server.spec.enums import Operation
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire import value_names
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case, Exchange

STRUCTURE, TEXT, ENUMERATION = int(ItemType.STRUCTURE), int(ItemType.TEXT_STRING), int(ItemType.ENUMERATION)
INTEGER = int(ItemType.INTEGER)
CHANGING = (Operation.ADD_ATTRIBUTE, Operation.MODIFY_ATTRIBUTE)

Change = Callable[[Item], list[Item]]
"""What stands for an item one version further: nothing, itself, another, or several."""


class CannotMoveError(Exception):
    """The other version has nothing that would say the same."""


def rebuilt(case: Case, version: str, change: Change) -> Case:
    old, new = (each.replace(".", "") for each in (case.version, version))
    case_id = f"{case.case_id[: -len(old)]}{new}"
    major, minor = map(int, version.split("."))
    numbers = (int(Tag.PROTOCOL_VERSION_MAJOR), INTEGER, major), (int(Tag.PROTOCOL_VERSION_MINOR), INTEGER, minor)
    own: Item = (int(Tag.PROTOCOL_VERSION), STRUCTURE, list(numbers))

    def renewed(item: Item) -> list[Item]:
        if item[0] in (Tag.REQUEST_HEADER, Tag.RESPONSE_HEADER):
            return [(item[0], item[1], [own if each[0] == Tag.PROTOCOL_VERSION else each for each in item[2]])]
        if item[1] == TEXT and isinstance(item[2], str):
            # Names of other cases too: SASED-M-3 speaks of what SASED-M-2 made.
            return change((item[0], item[1], _renamed(item[2], old, new)))
        return change(item)

    exchanges = tuple(
        Exchange(*(only(changed(message, renewed)) for message in (each.request, each.response)))
        for each in case.exchanges
    )
    return Case(version, case_id, case.family, exchanges)


def _renamed(text: str, old: str, new: str) -> str:
    """A test identifier with the number of the other version: ``SKFF-M-10-11-name``."""
    parts = text.split("-")
    if len(parts) < 3 or not parts[0].isupper():
        return text
    words = text.split(" ")
    return " ".join("-".join(_number(word.split("-"), old, new)) for word in words)


def _number(parts: list[str], old: str, new: str) -> list[str]:
    """The last number of an identifier is that of its version (SKFF-M-10-10: the tenth case of 1.0)."""
    places = [place for place, part in enumerate(parts) if part == old and place >= 2]
    if places:
        parts[places[-1]] = new
    return parts


def changed(item: Item, change: Change) -> list[Item]:
    """The item after the change, which sees what is inside it first."""
    tag, kind, value = item
    if kind == STRUCTURE:
        value = [new for each in value for new in changed(each, change)]
    return change((tag, kind, value))


def only(items: list[Item]) -> Item:
    (item,) = items
    return item


def title_of(tag: int) -> str:
    return Tag(tag).title


def text(tag: Tag, text: str) -> Item:
    return int(tag), TEXT, text


def reference(name: Item) -> Item:
    vendor = str(name[2]).partition("-")
    if vendor[0] in ("x", "y") and vendor[1]:
        parts = [text(Tag.VENDOR_IDENTIFICATION, vendor[0]), text(Tag.ATTRIBUTE_NAME, vendor[2])]
        return int(Tag.ATTRIBUTE_REFERENCE), STRUCTURE, parts
    tag = value_names.attribute_tag(str(name[2]))
    if tag is None:
        raise CannotMoveError(f"no tag is called {name[2]}")
    return int(Tag.ATTRIBUTE_REFERENCE), ENUMERATION, tag
