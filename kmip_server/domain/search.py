"""What Locate asks, in terms that a database can index (KMIP 2.1 §6.1.28, 1.4 §4.9).

Every attribute value becomes one or more terms: a plain value one, a structure one for each field. An
object matches a filter when one instance of the attribute has every term of the filter.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.spec.attribute_values import AnyValue, AttributeKey
from kmip_server.spec.enums import ObjectGroupMember, ObjectType
from kmip_server.spec.tags import Tag

_LONGEST_TEXT = 256
"""Longer texts and byte strings are indexed by their digest, so that an index entry stays small."""


LARGEST_DATE = 2**63 - 1
"""A date that never comes: "equivalent to an undefined attribute" (2.1 §6.1.28)."""


class Term(NamedTuple):
    """One comparable piece of an attribute value."""

    field: str
    """The field of the structure, or "" for a plain value."""
    value: int | str


class Comparison(Enum):
    """How a filter compares."""

    EQUAL = "one instance has every term"
    BETWEEN = "the date lies between two dates, limits included"
    ALL_BITS = "every bit asked for is set"
    AT_LEAST = "every number is at least as large"
    ABSENT = "the object has no such date, or one that never comes"
    NEVER = "no object can match: the attribute is unknown"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition of a Locate request."""

    key: AttributeKey
    comparison: Comparison
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Visibility:
    """Which objects a subject may find: its own, and those whose policy opens them to it."""

    owner: str
    own: frozenset[tuple[str, ObjectType]]
    """Policy and type of the objects that their owner may locate."""
    any: frozenset[tuple[str, ObjectType]]
    """Policy and type of the objects that this subject may locate whoever owns them."""


@dataclass(frozen=True, slots=True)
class Search:
    """A Locate request, ready for the store."""

    visibility: Visibility
    now: int
    """The moment at which states are judged, seconds since 1970."""
    filters: tuple[Filter, ...] = ()
    offset: int = 0
    maximum: int | None = None
    on_line: bool = True
    archived: bool = False
    destroyed: bool = False
    member: ObjectGroupMember | None = None
    by_turn: bool = False
    """First those handed out longest ago or never, of these the fresh ones, then the oldest; never counted."""
    oldest_first: bool = False
    """Since 1.4 the newest come first (2.0 §6.1.27 says so); before, the order in which they were made."""
    count: bool = False
    """Whether the number of all matches is wanted beside the page of them."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, newest first."""

    unique_identifiers: list[str] = field(default_factory=list)
    located_items: int | None = None


_FIELDS: dict[type[Any], tuple[str, ...]] = {}


def _fields(kind: type[Any]) -> tuple[str, ...]:
    """The names of a structure's fields, found once per class; nothing for a plain value."""
    found = _FIELDS.get(kind)
    if found is None:
        names = tuple(spec.name for spec in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()
        found = _FIELDS[kind] = names
    return found


def terms_of(value: Any) -> tuple[Term, ...]:
    """The terms of one attribute value; fields that are absent give none."""
    names = _fields(type(value))
    if not names:
        return (Term("", _comparable(value)),)
    terms: list[Term] = []
    for name in names:
        found = getattr(value, name)
        if isinstance(found, list):
            terms.extend(Term(name, _comparable(each)) for each in found)
        elif found is not None:
            terms.append(Term(name, _comparable(found)))
    return tuple(terms)


def index_terms(
    attributes: AttributeMap,
    but: Collection[AttributeKey] | None = None,
    but_first: Collection[AttributeKey] = (),
) -> Iterator[tuple[AttributeKey, int, Term]]:
    """Every term of every attribute, with the instance it belongs to: what the store indexes.

    ``but`` names the attributes to leave out; by default those that the object's own row always tells. Of those in
    ``but_first`` the first instance is left out.
    """
    but = UNINDEXED if but is None else but
    for key, instances in attributes.every():
        if key not in but:
            for instance in instances[1:] if key in but_first else instances:
                for term in terms_of(instance.value) or _PRESENT:
                    yield key, instance.index, term


def _comparable(value: Any) -> int | str:
    if isinstance(value, int):
        number = int(value)
        return number if -(2**63) <= number < 2**63 else hex(number)
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else "#" + hashlib.sha256(value.encode()).hexdigest()
    if isinstance(value, bytes):
        return "0x" + value.hex() if len(value) <= _LONGEST_TEXT // 2 else "#" + hashlib.sha256(value).hexdigest()
    if isinstance(value, AnyValue):
        return _comparable(value.value)
    return repr(value)


_PRESENT = (Term("", ""),)
"""Stands for a structure in which no field is set: it is there all the same."""

IN_HEAD: dict[Tag, str] = {
    Tag.OPERATION_POLICY_NAME: "operation_policy_name",
    Tag.CRYPTOGRAPHIC_USAGE_MASK: "cryptographic_usage_mask",
    Tag.CRYPTOGRAPHIC_ALGORITHM: "cryptographic_algorithm",
    Tag.CRYPTOGRAPHIC_LENGTH: "cryptographic_length",
    Tag.ACTIVATION_DATE: "activation_date",
    Tag.DEACTIVATION_DATE: "deactivation_date",
    Tag.PROCESS_START_DATE: "process_start_date",
    Tag.PROTECT_STOP_DATE: "protect_stop_date",
    Tag.DESTROY_DATE: "destroy_date",
    Tag.INITIAL_DATE: "initial_date",
    Tag.SENSITIVE: "sensitive",
    Tag.EXTRACTABLE: "extractable",
    Tag.FRESH: "fresh",
}
"""Attributes that the object's head holds, and under which name: searched there, never stored as terms."""

UNINDEXED: frozenset[AttributeKey] = frozenset({Tag.STATE, Tag.UNIQUE_IDENTIFIER, Tag.OBJECT_TYPE, *IN_HEAD})
"""Attributes that time changes or that the object's own row holds: never a stored term."""
