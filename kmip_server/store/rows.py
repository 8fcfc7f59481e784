"""Between objects and rows: enumerations by dictionary, heads by position, attributes as search terms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import Body, Head, Lazy, ManagedObject
from kmip_server.domain.search import UNINDEXED, Term, index_terms
from kmip_server.errors import InvalidField
from kmip_server.ports import AuditRow
from kmip_server.spec.attribute_values import AttributeKey, VendorName
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    HashingAlgorithm,
    KeyFormatType,
    ObjectClass,
    ObjectType,
    State,
)
from kmip_server.spec.structures.attributes import Digest
from kmip_server.spec.tags import Tag

_STATES: dict[int | None, State | None] = {None: None, **{int(state): state for state in State}}
_ALGORITHMS: dict[int, CryptographicAlgorithm] = {int(algorithm): algorithm for algorithm in CryptographicAlgorithm}
_TYPES: dict[int, ObjectType] = {int(object_type): object_type for object_type in ObjectType}

OBJECT_COLUMNS = (
    "unique_identifier object_type owner revision state operation_policy_name cryptographic_usage_mask "
    "cryptographic_algorithm cryptographic_length activation_date deactivation_date process_start_date "
    "protect_stop_date destroy_date initial_date archived sensitive extractable limited parameterised fresh "
    "rotation_due turn trusted form sealed attributes"
).split()
"""The columns of an object in the order of :func:`object_of` and :func:`object_row`."""

PLAIN = ""
"""The field of an attribute that is one plain value."""

FIELD_COLUMNS: dict[tuple[AttributeKey, str], str] = {
    **{
        (tag, PLAIN): tag.name.lower()
        for tag in (
            Tag.LAST_CHANGE_DATE,
            Tag.LEASE_TIME,
            Tag.OBJECT_CLASS,
            Tag.PROTECTION_STORAGE_MASK,
            Tag.ALWAYS_SENSITIVE,
            Tag.NEVER_EXTRACTABLE,
            Tag.KEY_FORMAT_TYPE,
            Tag.ORIGINAL_CREATION_DATE,
            Tag.SHORT_UNIQUE_IDENTIFIER,
        )
    },
    (Tag.DIGEST, "hashing_algorithm"): "digest_hashing_algorithm",
    (Tag.DIGEST, "digest_value"): "digest_value",
    (Tag.DIGEST, "key_format_type"): "digest_key_format_type",
    (Tag.RANDOM_NUMBER_GENERATOR, "rng_algorithm"): "rng_algorithm",
}
"""Values that nearly every object has once: a column for Locate costs far less than a term each.

Each such attribute has one instance, or is of FIRST_IN_ROW. Its other fields are terms.
"""

FIRST_IN_ROW: frozenset[AttributeKey] = frozenset({Tag.DIGEST})
"""Attributes with several instances of which the first is in the columns, and every further one among the terms."""

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
    """A managed object from its row, in the order of LOADED; its attributes are put together when first asked for."""
    (uid, object_type, owner, revision, state, policy, mask, algorithm, length, activation, deactivation, start, stop,
     destroy, initial, archived, sensitive, extractable, limited, parameterised, fresh, due, turn, trusted, form,
     sealed, packed, *columns) = row  # fmt: skip
    if algorithm is not None:
        algorithm = _ALGORITHMS.get(algorithm) or CryptographicAlgorithm(algorithm)
    head = Head(
        _STATES[state], policy, mask, algorithm, length, activation, deactivation, start, stop, destroy, initial,
        bool(archived), bool(sensitive), bool(extractable), bool(limited), bool(parameterised), bool(fresh), due,
        turn,
    )  # fmt: skip
    lazy = Lazy(lambda: attributes_of(unpack(packed), head, columns))
    return ManagedObject(uid, _TYPES[object_type], owner, head, lazy, Body(form, sealed, bool(trusted)), revision)


def attributes_of(attributes: AttributeMap, head: Head, columns: Sequence[Any]) -> AttributeMap:
    """Add to the attributes that were packed those that the columns tell."""
    values: dict[AttributeKey, Any] = {tag: head[place] for tag, place in _TOLD_BY_HEAD}
    for key, make, value in zip(_PLAIN_COLUMNS, _VALUES, columns[: len(_VALUES)], strict=True):
        values[key] = None if value is None else make(value)
    hashing, digest, key_format, _ = columns[len(_PLAIN_COLUMNS) :]
    if hashing is not None:
        values[Tag.DIGEST] = Digest(
            hashing_algorithm=HashingAlgorithm(hashing),
            digest_value=digest,
            key_format_type=None if key_format is None else KeyFormatType(key_format),
        )
    attributes.fill({key: value for key, value in values.items() if key not in attributes})
    return attributes


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


_PLAIN_COLUMNS = tuple(key for key, field in FIELD_COLUMNS if field == PLAIN)
_MAKERS: dict[AttributeKey, Callable[[Any], Any]] = {
    Tag.OBJECT_CLASS: ObjectClass,
    Tag.KEY_FORMAT_TYPE: KeyFormatType,
    Tag.ALWAYS_SENSITIVE: bool,
    Tag.NEVER_EXTRACTABLE: bool,
    Tag.SHORT_UNIQUE_IDENTIFIER: bytes,
}
_VALUES = tuple(_MAKERS.get(key, int) for key in _PLAIN_COLUMNS)
"""What makes an attribute's value of what its column holds."""
_TOLD_BY_HEAD: tuple[tuple[Tag, int], ...] = tuple(
    (tag, Head._fields.index(tag.name.lower()))
    for tag in (
        Tag.STATE,
        Tag.CRYPTOGRAPHIC_USAGE_MASK,
        Tag.CRYPTOGRAPHIC_ALGORITHM,
        Tag.CRYPTOGRAPHIC_LENGTH,
        Tag.ACTIVATION_DATE,
        Tag.DEACTIVATION_DATE,
        Tag.PROCESS_START_DATE,
        Tag.PROTECT_STOP_DATE,
        Tag.DESTROY_DATE,
    )
)
"""Attributes that the head holds as they are, and with None where the object has none; and their place in it."""
IN_COLUMNS: frozenset[AttributeKey] = frozenset({*_PLAIN_COLUMNS, *(tag for tag, _ in _TOLD_BY_HEAD), Tag.DIGEST})
"""Attributes that the columns tell whole, so that they need not be packed as well."""
_STRUCTURED: dict[AttributeKey, tuple[str, ...]] = {
    key: tuple(field for other, field in FIELD_COLUMNS if other == key) for key, field in FIELD_COLUMNS if field
}
"""By attribute, those of its fields that have a column."""
_WHOLE = UNINDEXED | set(_PLAIN_COLUMNS)
"""Attributes of which no term is stored."""


def column_values(attributes: AttributeMap) -> list[int | bytes | None]:
    """The values of FIELD_COLUMNS, in their order."""
    values = [
        value if value is None or type(value) is bytes else int(value) for value in attributes.firsts(_PLAIN_COLUMNS)
    ]
    for found, fields in zip(attributes.firsts(_STRUCTURED), _STRUCTURED.values(), strict=True):
        values += [None if found is None else _bindable(getattr(found, field)) for field in fields]
    return values


def _bindable(value: Any) -> int | bytes | None:
    return value if value is None or type(value) is bytes else int(value)


def sought_value(key: AttributeKey, term: Term) -> int | str | bytes:
    """What a term of a search is compared with: bytes where a column holds them, else what is stored as a term."""
    value = term_value(term)
    if isinstance(value, str) and (key, term.field) in BYTE_COLUMNS:
        # A text that stands for no bytes, or for more than an index takes, is nowhere: nor is this.
        return bytes.fromhex(value[2:]) if value.startswith("0x") else value.encode()
    return value


LOADED = (*OBJECT_COLUMNS, *FIELD_COLUMNS.values())
"""What is read of an object, in the order of :func:`object_of`."""

BYTE_COLUMNS = frozenset({(Tag.SHORT_UNIQUE_IDENTIFIER, PLAIN), (Tag.DIGEST, "digest_value")})
"""Those of FIELD_COLUMNS that hold bytes, and by which an index leads to the objects; the others hold numbers."""


def term_rows(attributes: AttributeMap) -> list[TermRow]:
    """Every search term of an object but for what is in a column."""
    rows: list[TermRow] = []
    last: tuple[str, int, str] | None = None
    position = 0
    for key, instance, (field, value) in index_terms(attributes, _WHOLE, FIRST_IN_ROW):
        if key in _STRUCTURED and key not in FIRST_IN_ROW and field in _STRUCTURED[key]:
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


def _print_fields(fields: Sequence[str]) -> str:
    """A JSON array, ASCII only: a NUL or half a surrogate pair is escaped, and so every database can hold it."""
    plain = '","'.join(fields)
    # Nearly every record has nothing to be escaped: then it is known after one look.
    if plain.isascii() and plain.isprintable() and "\\" not in plain and plain.count('"') == 2 * len(fields) - 2:
        return f'["{plain}"]'
    return f"[{','.join(map(encode_basestring_ascii, fields))}]"


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
