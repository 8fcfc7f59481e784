"""The tables, and why they look so.

``objects`` has one row for each managed object, tombstones included: the columns that decide over a use of it
(the :class:`~kmip_server.domain.objects.Head`), its attributes packed in KMIP's own encoding, its form, and its
secret sealed; and, for Locate alone, the numbers that nearly every object has. Reading it is one look-up by
Unique Identifier. Its ``id`` counts up: newest first is by ``id``.

``terms`` is what Locate searches: one row for each comparable piece of each attribute value. Its primary key
leads from an object to its terms; a partial index leads from a text to the objects that hold it, newest last, so
that the database finds a Name among millions without sorting. Numbers tell little (lengths, flags, enumerations):
they never lead, each is one probe by the object. What ``objects`` has a column for is no term.

No column holds anything secret in clear: ``sealed`` and ``wrapped`` are ciphertext, the rest is what Get
Attributes shows. ``audit`` keeps a record's texts as one JSON array: the hash covers the texts, the audit room
knows their meaning, and a field more needs no migration.

A change here needs a migration beside it, in ``migrations/versions``; a test compares the two.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
)

from kmip_server.ports import ChainHead

_NAMES = {
    "pk": "%(table_name)s_key",
    "fk": "%(table_name)s_%(column_0_name)s",
    "uq": "%(table_name)s_by_%(column_0_name)s",
}
METADATA = MetaData(naming_convention=_NAMES)

_COUNTER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only a column whose type is INTEGER by name."""

EMPTY_CHAIN = ChainHead(0, hashlib.sha256(b"kmip-server audit chain 1").digest())
"""Where an audit chain without records ends: the hash that the first record names as the one before it."""

OBJECTS = Table(
    "objects",
    METADATA,
    Column("id", _COUNTER, primary_key=True, autoincrement=True),
    Column("unique_identifier", Text, nullable=False),
    Column("object_type", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("state", BigInteger),
    Column("operation_policy_name", Text, nullable=False),
    Column("cryptographic_usage_mask", BigInteger),
    Column("cryptographic_algorithm", BigInteger),
    Column("cryptographic_length", BigInteger),
    Column("activation_date", BigInteger),
    Column("deactivation_date", BigInteger),
    Column("process_start_date", BigInteger),
    Column("protect_stop_date", BigInteger),
    Column("destroy_date", BigInteger),
    Column("initial_date", BigInteger, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("sensitive", Boolean, nullable=False),
    Column("extractable", Boolean, nullable=False),
    Column("limited", Boolean, nullable=False),
    Column("parameterised", Boolean, nullable=False),
    Column("fresh", Boolean, nullable=False),
    Column("rotation_due", BigInteger),
    Column("turn", BigInteger),
    Column("trusted", Boolean, nullable=False),
    Column("form", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
    Column("attributes", LargeBinary, nullable=False),
    Column("last_change_date", BigInteger),
    Column("lease_time", BigInteger),
    Column("object_class", BigInteger),
    Column("protection_storage_mask", BigInteger),
    Column("always_sensitive", BigInteger),
    Column("never_extractable", BigInteger),
    Column("key_format_type", BigInteger),
    Column("original_creation_date", BigInteger),
    Column("short_unique_identifier", LargeBinary),
    Column("digest_hashing_algorithm", BigInteger),
    Column("digest_value", LargeBinary),
    Column("digest_key_format_type", BigInteger),
    Column("rng_algorithm", BigInteger),
    UniqueConstraint("unique_identifier"),
    Index("objects_by_owner", "owner", "id"),
)
"""Managed objects."""


def shelf_of(number: ColumnElement[Any]) -> ColumnElement[Any]:
    """The shelf an object stands on: 256 that were made one after another."""
    return number.bitwise_rshift(literal_column("8"))


def start_of(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first bytes of a random value: in an index as telling as the whole, and a third as large."""
    return func.substr(value, literal_column("1"), literal_column("4"))


for _bytes in ("short_unique_identifier", "digest_value"):
    # By shelf first. A random value by itself falls on another page of its index each time: two such pages cost a
    # tenth of all that Create costs. So new objects share the page of their shelf, and who seeks looks on each shelf.
    Index(f"objects_by_{_bytes}", shelf_of(OBJECTS.c.id), start_of(OBJECTS.c[_bytes]))

Index(
    "objects_by_rotation_due",
    OBJECTS.c.rotation_due,
    sqlite_where=OBJECTS.c.rotation_due.is_not(None),
    postgresql_where=OBJECTS.c.rotation_due.is_not(None),
)

TERMS = Table(
    "terms",
    METADATA,
    Column("object", BigInteger, ForeignKey("objects.id", ondelete="CASCADE"), nullable=False),
    Column("attribute", Text, nullable=False),
    Column("instance", BigInteger, nullable=False),
    Column("field", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("number", BigInteger),
    Column("text", Text),
    PrimaryKeyConstraint("object", "attribute", "instance", "field", "position"),
    CheckConstraint("(number IS NULL) <> (text IS NULL)", name="terms_have_one_value"),
    sqlite_with_rowid=False,
)
"""Search terms: ``attribute`` is the tag in hexadecimal or ``vendor:name``; a value is a number or a text."""

Index(
    "terms_by_text",
    *(TERMS.c[name] for name in ("attribute", "field", "text", "object", "instance")),
    sqlite_where=TERMS.c.text.is_not(None),
    postgresql_where=TERMS.c.text.is_not(None),
)
KEKS = Table(
    "keks",
    METADATA,
    Column("kek_id", LargeBinary, nullable=False),
    Column("root_id", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False),
    PrimaryKeyConstraint("kek_id"),
)
"""Key-encryption keys, wrapped by the root key."""

Index("keks_active", KEKS.c.active, unique=True, sqlite_where=KEKS.c.active, postgresql_where=KEKS.c.active)

SETTINGS = Table(
    "settings",
    METADATA,
    Column("name", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
    PrimaryKeyConstraint("name"),
)
"""What holds for the whole server and is set by clients: defaults and constraints (2.1 §6.1.52, §6.1.53)."""
STREAMS = Table(
    "streams",
    METADATA,
    Column("correlation_value", LargeBinary, nullable=False),
    Column("owner", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("correlation_value"),
    Index("streams_by_owner", "owner"),
    Index("streams_by_object_id", "object_id"),
    Index("streams_by_expires", "expires"),
)
"""Cryptographic operations in several parts, between two of them; few at a time, each a few minutes at most."""
TICKETS = Table(
    "tickets",
    METADATA,
    Column("digest", LargeBinary, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("terms", Text, nullable=False),
    PrimaryKeyConstraint("digest"),
    Index("tickets_by_expires", "expires"),
)
"""Tickets that Login gave out, under the SHA-256 of their value: any worker knows them, nobody can use the row."""

SIGN_INS = Table(
    "sign_ins",
    METADATA,
    Column("key", LargeBinary, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("facts", Text, nullable=False),
    PrimaryKeyConstraint("key"),
    Index("sign_ins_by_expires", "expires"),
)
"""What must be remembered of credentials: which are used up, replaced, or awaited; never a secret."""

JOBS = Table(
    "jobs",
    METADATA,
    Column("job", LargeBinary, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("token", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("job"),
    Index("jobs_by_due", "due"),
)
"""Asynchronous requests that are not done yet."""

JOB_ITEMS = Table(
    "job_items",
    METADATA,
    Column("correlation_value", LargeBinary, nullable=False),
    Column("job", LargeBinary, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("operation", BigInteger, nullable=False),
    Column("submitted", BigInteger, nullable=False),
    Column("stage", BigInteger, nullable=False),
    Column("status", BigInteger),
    Column("obtained", Boolean, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("sealed", LargeBinary),
    PrimaryKeyConstraint("correlation_value"),
    Index("job_items_by_job", "job"),
    Index("job_items_by_owner", "owner"),
    Index("job_items_by_expires", "expires"),
)
"""The items of asynchronous requests, and their results for a while."""

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("number", _COUNTER, primary_key=True, autoincrement=True),
    Column("subscriber", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("operation", BigInteger, nullable=False),
    Column("replaced", Text, nullable=False),
    Column("changed", LargeBinary, nullable=False),
    Column("deleted", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Index("outbox_by_object_id", "object_id", "subscriber", "number"),
)
"""What subscribers are still to be told (2.1 §6.2): attributes that changed, never a secret."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("sequence", _COUNTER, nullable=False, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("fields", Text, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("sequence"),
)
"""The audit chain; ``fields`` is a JSON array of texts."""

AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("id", BigInteger, nullable=False, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("id"),
    CheckConstraint("id = 1", name="audit_head_is_one_row"),
)
"""The end of the chain: one row, which writers hold while they append."""
