"""Between objects and rows: enumerations by dictionary, heads by position, attributes as search terms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import Body, Head, Lazy, ManagedObject
from kmip_server.domain.search import Term, index_terms
from kmip_server.errors import InvalidField
from kmip_server.ports import AuditRow
from kmip_server.spec.attribute_values import AttributeKey, VendorName
from kmip_server.spec.enums import CryptographicAlgorithm, ObjectType, State
from kmip_server.spec.tags import Tag

_STATES: dict[int | None, State | None] = {None: None, **{int(state): state for state in State}}
_ALGORITHMS: dict[int, CryptographicAlgorithm] = {int(algorithm): algorithm for algorithm in CryptographicAlgorithm}
_TYPES: dict[int, ObjectType] = {int(object_type): object_type for object_type in ObjectType}

OBJECT_COLUMNS = (
    "unique_identifier object_type owner revision state operation_policy_name cryptographic_usage_mask "
    "cryptographic_algorithm cryptographic_length activation_date deactivation_date process_start_date "
    "protect_stop_date destroy_date initial_date archived sensitive extractable limited parameterised fresh "
    "trusted form sealed attributes"
).split()
"""The columns of an object in the order of :func:`object_of` and :func:`object_row`."""

ATTRIBUTE_COLUMNS: dict[AttributeKey, str] = {
    tag: tag.name.lower()
    for tag in (
        Tag.LAST_CHANGE_DATE,
        Tag.LEASE_TIME,
        Tag.OBJECT_CLASS,
        Tag.PROTECTION_STORAGE_MASK,
        Tag.ALWAYS_SENSITIVE,
        Tag.NEVER_EXTRACTABLE,
        Tag.KEY_FORMAT_TYPE,
        Tag.ORIGINAL_CREATION_DATE,
    )
}
"""Attributes with one number that nearly every object has: a column for Locate costs far less than a term each."""

_LONGEST_KEY = 128
"""Longer names of attributes are indexed by their digest, so that an index entry stays small."""


class TermRow(NamedTuple):
    """A search term as the database keeps it, without the object it belongs to."""

    attribute: str
    instance: int
    field: str
    position: int
    """Tells apart several values of one field."""
    number: int | None
    text: str | None


def object_of(row: Sequence[Any], unpack: Callable[[bytes], AttributeMap]) -> ManagedObject:
    """A managed object from its row; its attributes are unpacked when first asked for."""
    (uid, object_type, owner, revision, state, policy, mask, algorithm, length, activation, deactivation, start, stop,
     destroy, initial, archived, sensitive, extractable, limited, parameterised, fresh, trusted, form, sealed, packed,
    ) = row  # fmt: skip
    if algorithm is not None:
        algorithm = _ALGORITHMS.get(algorithm) or CryptographicAlgorithm(algorithm)
    head = Head(
        _STATES[state], policy, mask, algorithm, length, activation, deactivation, start, stop, destroy, initial,
        bool(archived), bool(sensitive), bool(extractable), bool(limited), bool(parameterised), bool(fresh),
    )  # fmt: skip
    return ManagedObject(
        uid, _TYPES[object_type], owner, head, Lazy(packed, unpack), Body(form, sealed, bool(trusted)), revision
    )


def object_row(item: ManagedObject) -> list[Any]:
    """The row of an object but for its attributes, in the order of OBJECT_COLUMNS; plain values only.

    Raises InvalidField for a text that not every database can hold.
    """
    head, body = item.head, item.body
    for text in (item.unique_identifier, item.owner, head.operation_policy_name):
        if not storable(text):
            raise InvalidField("a text holds characters that cannot be stored")
    row: list[Any] = [item.unique_identifier, int(item.object_type), item.owner, item.revision, *head]
    for place in _ENUMERATED:
        if row[place] is not None:
            row[place] = int(row[place])
    row += (body.trusted, body.form, body.sealed)
    return row


_ENUMERATED = tuple(
    OBJECT_COLUMNS.index(name) for name in ("state", "cryptographic_usage_mask", "cryptographic_algorithm")
)
"""The drivers bind plain integers quickly, enumerations slowly or not at all."""


def storable(text: str) -> bool:
    """Whether every database can hold the text: PostgreSQL knows no NUL, UTF-8 no half of a surrogate pair."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def attribute_columns(attributes: AttributeMap) -> list[int | None]:
    """The values of ATTRIBUTE_COLUMNS, in their order."""
    one = attributes.one
    return [None if (value := one(key)) is None else int(value) for key in ATTRIBUTE_COLUMNS]


def term_rows(attributes: AttributeMap) -> list[TermRow]:
    """Every search term of an object but for what has a column."""
    rows: list[TermRow] = []
    last: tuple[str, int, str] | None = None
    position = 0
    for key, instance, (field, value) in index_terms(attributes):
        if key in ATTRIBUTE_COLUMNS:
            continue
        place = (attribute_key(key), instance, field)
        position = position + 1 if place == last else 0
        last = place
        if type(value) is int:
            rows.append(TermRow(*place, position, value, None))
        else:
            rows.append(TermRow(*place, position, None, term_text(str(value))))
    return rows


def term_value(term: Term) -> int | str:
    """What a term is compared by: the same for what is stored and for what is sought."""
    value = term.value
    return term_text(value) if isinstance(value, str) else value


def term_text(text: str) -> str:
    """A text as its term is stored: one that a database cannot hold is replaced by its digest."""
    return text if storable(text) else _digest(text)


@lru_cache(maxsize=4096)
def attribute_key(key: AttributeKey) -> str:
    """How ``terms`` names an attribute: the tag in hexadecimal, or ``vendor:name``; never the same for two."""
    if not isinstance(key, VendorName):
        return format(int(key), "06X")
    name = f"{key.vendor.replace('%', '%25').replace(':', '%3A')}:{key.name}"
    return name if len(name) <= _LONGEST_KEY and storable(name) else _digest(name)


def _digest(text: str) -> str:
    return "#" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_print_fields = json.JSONEncoder(separators=(",", ":")).encode
"""ASCII only: a NUL or half a surrogate pair in a record is escaped, and so every database can hold it."""


def audit_values(row: AuditRow) -> tuple[int, int, str, bytes, bytes]:
    """A link of the audit chain as its row."""
    return (row.sequence, row.at, _print_fields(row.fields), row.previous, row.hash)


def audit_row_of(sequence: int, at: int, fields: str, previous: bytes, digest: bytes) -> AuditRow:
    """A link of the audit chain from its row; spoilt texts give one field, so that the chain shows the damage."""
    try:
        texts = tuple(map(str, json.loads(fields)))
    except (ValueError, TypeError):
        texts = (fields,)
    return AuditRow(sequence, at, texts, previous, digest)
