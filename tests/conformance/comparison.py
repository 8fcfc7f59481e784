"""Compares a response with the published one: equal, but for the variations the standard permits.

Profiles 1.0 §4.7 and Profiles 3.0 §4.1 list them. Whatever is not listed is compared strictly: values, types,
presence, and the order of fields. The places where we read the list one way or another say so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import fields_of
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0, parse_version
from kmip_server.wire import value_names
from kmip_server.wire.tree import Item
from tests.conformance.cases import Placeholder, child, children
from tests.conformance.dialogue import Dialogue
from tests.conformance.variations import ILLUSTRATIVE, About, of_certificate, varies, without_format

TOLERANCE = 300
"""Seconds by which a moment may differ from the one that ``$NOW`` gives."""

_TEMPLATES = {Tag.TEMPLATE_ATTRIBUTE, Tag.PRIVATE_KEY_TEMPLATE_ATTRIBUTE, Tag.PUBLIC_KEY_TEMPLATE_ATTRIBUTE}


@dataclass(frozen=True, slots=True)
class Difference:
    """One departure from the published response that the standard does not permit."""

    path: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, got {self.actual}"


def compare(expected: Item, actual: Item, sent: Item, dialogue: Dialogue) -> list[Difference]:
    """Compare a response with the published one, and bind the placeholders that it gives values to.

    ``sent`` is the request as it was sent. Afterwards ``dialogue.answered`` is to be called.
    """
    comparison = _Comparison(dialogue)
    if _message_shape(expected) != _message_shape(actual):
        return [Difference("ResponseMessage", _shape(expected), _shape(actual))]
    asked = children(sent, Tag.BATCH_ITEM)
    place = 0
    for wanted, got in zip(expected[2], actual[2], strict=True):
        path = value_names.tag_name(wanted[0])
        if wanted[0] == Tag.BATCH_ITEM:
            comparison.batch_item(wanted, got, asked[place] if place < len(asked) else wanted, f"{path}[{place}]")
            place += 1
        else:
            comparison.fields(wanted[2], got[2], path)
    return comparison.differences


def _message_shape(message: Item) -> list[int]:
    return [message[0], *(part[0] for part in message[2])]


def _shape(message: Item) -> str:
    return " ".join(map(value_names.tag_name, _message_shape(message)))


class _Comparison:
    """Collects the differences of one response."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.differences: list[Difference] = []
        self._dialogue = dialogue
        self._sent: Item | None = None
        self._about = About()

    def batch_item(self, expected: Item, actual: Item, asked: Item, path: str) -> None:
        """Compare one batch item, by the rules of the operation that was asked for."""
        self._sent = child(asked, Tag.REQUEST_PAYLOAD)
        self._about = self._dialogue.about(asked, actual)
        self.fields(expected[2], actual[2], path)

    # --- structures -------------------------------------------------------------------------------------

    def fields(self, expected: list[Item], actual: list[Item], path: str) -> None:
        """Compare the fields of a structure in their order."""
        expected, actual = self._without_optional(expected, actual, path)
        named: int | None = None
        i = j = 0
        while i < len(expected) or j < len(actual):
            if i < len(expected) and j < len(actual) and expected[i][0] == actual[j][0]:
                tag = expected[i][0]
                self.item(expected[i], actual[j], f"{path}/{value_names.tag_name(tag)}", named)
                named = value_names.named_after(named, tag, actual[j][2])
                i, j = i + 1, j + 1
            elif j < len(actual) and (i >= len(expected) or expected[i][0] in {item[0] for item in actual[j:]}):
                self._differ(path, "no such field here", value_names.tag_name(actual[j][0]))
                j += 1
            else:
                self._differ(path, value_names.tag_name(expected[i][0]), "no such field here")
                i += 1

    def _without_optional(self, expected: list[Item], actual: list[Item], path: str) -> tuple[list[Item], list[Item]]:
        """Leave out, on both sides, what may or may not be there (§4.1.1, second list).

        The Server Correlation Value is in neither list but among the values that vary (item 18). Cases of one version
        have it or not in the same answer to the same request (SKFF-M-1-21, BL-M-1-21), so it is wanted only where the
        case goes on to use it.
        """
        wanted = {item[0] for item in expected}
        placeholders = {item[0] for item in expected if isinstance(item[2], Placeholder)}

        def needed(item: Item) -> bool:
            tag = item[0]
            if tag == Tag.RESULT_MESSAGE:
                return False
            if tag == Tag.SERVER_CORRELATION_VALUE:
                return tag in placeholders
            if tag == Tag.ATTRIBUTE_INDEX:  # "where the Attribute Index value is 0 for Protocol Versions 1.1 and above"
                return bool(item[2] != 0) or self._dialogue.case.version == "1.0"
            if tag == Tag.VENDOR_IDENTIFICATION:
                return self._about.operation != Operation.QUERY
            if tag == Tag.MESSAGE_EXTENSION:
                critical = child(item, Tag.CRITICALITY_INDICATOR)
                return critical is None or critical[2] is not False
            if tag in _TEMPLATES or tag == Tag.LOCATED_ITEMS:
                return tag in wanted
            return True

        for tag in {item[0] for item in actual if not needed(item)} & _TEXTS:
            if [item[1] for item in actual if item[0] == tag] != [ItemType.TEXT_STRING]:
                self._differ(path, f"one {value_names.tag_name(tag)}, a text", "another")
        return list(filter(needed, expected)), list(filter(needed, actual))

    def item(self, expected: Item, actual: Item, path: str, named: int | None) -> None:
        """Compare two items of one tag."""
        tag = value_names.names_under(expected[0], named)
        if expected[1] != actual[1]:
            self._differ(path, ItemType(expected[1]).xml_name, ItemType(actual[1]).xml_name)
        elif isinstance(expected[2], Placeholder):
            self._placeholder(expected[2], actual[2], path)
        elif not varies(tag, expected, actual, self._about):
            if expected[1] != ItemType.STRUCTURE:
                if expected[2] != actual[2]:
                    self._differ(path, _shown(expected, tag), _shown(actual, tag))
            elif tag in ILLUSTRATIVE:
                self.illustrated(expected[2], actual[2], ILLUSTRATIVE[tag], path)
            else:
                if tag == Tag.DIGEST and of_certificate(actual):
                    expected, actual = without_format(expected), without_format(actual)
                self._structure(expected, actual, path)

    def illustrated(self, expected: list[Item], actual: list[Item], of: type[Any], path: str) -> None:
        """Compare a structure whose values vary: what is required is there, and nothing that the standard has not."""
        rows = [row for _, row in fields_of(of) if row.in_version(parse_version(self._dialogue.case.version))]
        known = [int(row.tag) for row in rows]
        types = {item[0]: item[1] for item in expected}
        given = [item[0] for item in actual]
        if given != [tag for tag in known if tag in given]:
            self._differ(path, "fields of the structure, in their order", " ".join(map(value_names.tag_name, given)))
        for item in actual:
            if types.get(item[0], item[1]) != item[1]:
                self._differ(path, ItemType(types[item[0]]).xml_name, ItemType(item[1]).xml_name)
        needed = {int(row.tag) for row in rows if row.required} or set(types)
        for tag in sorted(needed - set(given)):
            self._differ(path, value_names.tag_name(tag), "no such field here")

    def _structure(self, expected: Item, actual: Item, path: str) -> None:
        tag = expected[0]
        if tag == Tag.RESPONSE_PAYLOAD and self._about.operation in _PAYLOADS:
            _PAYLOADS[self._about.operation](self, expected[2], actual[2], path)
        elif tag == Tag.ATTRIBUTES:
            self.attributes(expected[2], actual[2], path)
        else:
            self.fields(expected[2], actual[2], path)

    # --- placeholders -----------------------------------------------------------------------------------

    def _placeholder(self, wanted: Placeholder, value: Any, path: str) -> None:
        bound = self._dialogue.bound
        if wanted.name == "NOW":
            moment = self._dialogue.now + wanted.offset
            if abs(value - moment) > TOLERANCE:
                self._differ(path, f"about {moment}", str(value))
        elif wanted.name in bound and wanted.numbered:
            if bound[wanted.name] != value:
                self._differ(path, f"the value of ${wanted.name}", "another")
        else:
            others = [name for name, known in bound.items() if known == value and name != wanted.name]
            if wanted.name.startswith("UNIQUE_IDENTIFIER") and others:
                self._differ(path, f"a fresh value for ${wanted.name}", f"that of ${others[0]}")
            bound[wanted.name] = value

    # --- payloads whose order or extent varies ----------------------------------------------------------

    def attributes(self, expected: list[Item], actual: list[Item], path: str) -> None:
        """Compare attributes in any order (§4.1.2 item 5); extra ones where the request named none (item 20)."""
        left = list(actual)
        for wanted in expected:
            key = _attribute_key(wanted)
            same = [item for item in left if _attribute_key(item) == key]
            if not same:
                self._differ(path, key, "no such attribute")
                continue
            chosen = next((item for item in same if self._equal(wanted, item, path)), same[0])
            left.remove(chosen)
            self.item(wanted, chosen, f"{path}/{key}", None)
        if len({repr(item) for item in actual}) != len(actual):
            self._differ(path, "each attribute once", "one of them twice")
        asked = [item for item in (self._sent[2] if self._sent else []) if item[0] in _ASKING]
        for extra in left if asked else []:
            key = _attribute_key(extra)
            if key != "Digest":  # one for each hash algorithm, at the server's choice (item 12)
                self._differ(path, "nothing beyond what was asked for", key)

    def _equal(self, expected: Item, actual: Item, path: str) -> bool:
        """Whether two items would not differ; binds nothing."""
        differences, bound = self.differences, dict(self._dialogue.bound)
        self.differences = []
        self.item(expected, actual, path, None)
        equal = not self.differences
        self.differences = differences
        self._dialogue.bound.clear()
        self._dialogue.bound.update(bound)
        return equal

    def attributes_payload(self, expected: list[Item], actual: list[Item], path: str) -> None:
        """Get Attributes: the object, then its attributes (1.x: repeated; since 2.0 in one structure)."""
        count = sum(item[0] != Tag.ATTRIBUTE for item in expected)
        self.fields(
            [item for item in expected if item[0] != Tag.ATTRIBUTE],
            [item for item in actual if item[0] != Tag.ATTRIBUTE],
            path,
        )
        if any(item[0] == Tag.ATTRIBUTE for item in actual[:count]):
            self._differ(path, "the attributes last", "an attribute before another field")
        self.attributes(children_of(expected, Tag.ATTRIBUTE), children_of(actual, Tag.ATTRIBUTE), path)

    def attribute_list(self, expected: list[Item], actual: list[Item], path: str) -> None:
        """Get Attribute List: the names in any order, and more of them."""
        self.fields([i for i in expected if i[0] not in _ASKING], [i for i in actual if i[0] not in _ASKING], path)
        self._include([i for i in expected if i[0] in _ASKING], [i for i in actual if i[0] in _ASKING], path)

    def query(self, expected: list[Item], actual: list[Item], path: str) -> None:
        """Query: everything published is there, in the published order of kinds.

        Lists of operations and object types may hold more (items 15 and 16), and so may all others, for "the values for
        the returned items ... are illustrative" (§4): TC-Q-PROF are three answers to one question. Extensions and
        application namespaces (13, 14) are not compared.
        """
        facts = (Tag.EXTENSION_INFORMATION, Tag.APPLICATION_NAMESPACE)
        expected, actual = self._without_optional(expected, actual, path)
        wanted = list(dict.fromkeys(item[0] for item in expected if item[0] not in facts))
        got = list(dict.fromkeys(item[0] for item in actual if item[0] not in facts))
        if wanted != got:
            names = value_names.tag_name
            self._differ(path, " ".join(map(names, wanted)), " ".join(map(names, got)))
        for tag in wanted:
            if tag in ILLUSTRATIVE:
                for item in children_of(actual, tag):
                    self.item(children_of(expected, tag)[0], item, path, None)
                self._include([], children_of(actual, tag), path)
            else:
                self._include(children_of(expected, tag), children_of(actual, tag), path)

    def _include(self, expected: list[Item], actual: list[Item], path: str) -> None:
        for item in expected:
            if not any(self._equal(item, other, path) for other in actual):
                self._differ(path, _shown(item, item[0]), "a list without it")
        if len({repr(item) for item in actual}) != len(actual):
            self._differ(path, "each once", "one of them twice")

    def versions(self, expected: list[Item], actual: list[Item], path: str) -> None:
        """Discover Versions: more versions where the client named none of its own."""
        if self._sent and self._sent[2]:
            self.fields(expected, actual, path)
        elif [item for item in actual if item in expected] != expected:
            self._differ(path, "every published version, in that order", "others")

    def located(self, expected: list[Item], actual: list[Item], path: str) -> None:
        """Locate: from 2.0 on in the printed order, "most recently created object first" (2.0 §6.1.27).

        Before, no version says in which order; TC-OFFSET-2-13 has the newest first, and then the oldest.
        """
        known = self._dialogue.bound
        first = [item[0] for item in actual[:1]]
        if child((0, 1, expected), Tag.LOCATED_ITEMS) and first != [Tag.LOCATED_ITEMS]:
            self._differ(path, "LocatedItems first", "another field")
        count = child((0, 1, actual), Tag.LOCATED_ITEMS)
        if (
            count is not None
            and count[1] == ItemType.INTEGER
            and count[2] < len(children_of(actual, Tag.UNIQUE_IDENTIFIER))
        ):
            self._differ(path, "a count of all that was found", str(count[2]))

        def rank(item: Item) -> str:
            if isinstance(item[2], Placeholder):
                return str(known.get(item[2].name, "\uffff"))
            return str(item[2]) if not isinstance(item[2], str) or item[2] in known.values() else "\uffff"

        def ordered(items: list[Item]) -> list[Item]:
            found = children_of(items, Tag.UNIQUE_IDENTIFIER)
            return [item for item in items if item[0] != Tag.UNIQUE_IDENTIFIER] + sorted(found, key=rank)

        if parse_version(self._dialogue.case.version) < V2_0:
            expected, actual = ordered(expected), ordered(actual)
        self.fields(expected, actual, path)

    def _differ(self, path: str, expected: str, actual: str) -> None:
        self.differences.append(Difference(path, expected, actual))


_TEXTS = {int(tag) for tag in (Tag.RESULT_MESSAGE, Tag.SERVER_CORRELATION_VALUE, Tag.VENDOR_IDENTIFICATION)}
_ASKING = (Tag.ATTRIBUTE_NAME, Tag.ATTRIBUTE_REFERENCE)

_PAYLOADS: dict[int | None, Callable[[_Comparison, list[Item], list[Item], str], None]] = {
    Operation.GET_ATTRIBUTES: _Comparison.attributes_payload,
    Operation.GET_ATTRIBUTE_LIST: _Comparison.attribute_list,
    Operation.QUERY: _Comparison.query,
    Operation.DISCOVER_VERSIONS: _Comparison.versions,
    Operation.LOCATE: _Comparison.located,
}


def children_of(items: list[Item], tag: int) -> list[Item]:
    """Return those of the items that have the tag."""
    return [item for item in items if item[0] == tag]


def _attribute_key(item: Item) -> str:
    """Return what tells one attribute from another: its name, and its vendor where it has one."""
    if item[0] != Tag.ATTRIBUTE:
        return value_names.tag_name(item[0])
    parts = [child(item, Tag.VENDOR_IDENTIFICATION), child(item, Tag.ATTRIBUTE_NAME)]
    return " ".join(str(part[2]) for part in parts if part)


def _shown(item: Item, tag: int) -> str:
    """Return a value as a difference shows it: the name, under the tag, of a number that has one."""
    _, kind, value = item
    if kind == ItemType.ENUMERATION:
        return value_names.name_of(tag, value) or f"0x{value:08X}"
    return value.hex() if isinstance(value, bytes) else repr(value)
