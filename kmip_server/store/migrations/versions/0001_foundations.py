"""Objects and their search terms, key-encryption keys, the audit chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_GENESIS = bytes.fromhex("915665155bb472238f54163f2c30d3a287997798c3cf68ee8f764c215292729c")
"""SHA-256 of `kmip-server audit chain 1`: the hash that the first audit record names as the one before it."""


def upgrade() -> None:
    """Make every table."""
    _objects()
    _terms()
    _keks()
    _audit()


def _objects() -> None:
    op.create_table(
        "objects",
        sa.Column("id", _COUNTER, primary_key=True, autoincrement=True),
        sa.Column("unique_identifier", sa.Text, nullable=False),
        sa.Column("object_type", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("state", sa.BigInteger),
        sa.Column("operation_policy_name", sa.Text, nullable=False),
        sa.Column("cryptographic_usage_mask", sa.BigInteger),
        sa.Column("cryptographic_algorithm", sa.BigInteger),
        sa.Column("cryptographic_length", sa.BigInteger),
        sa.Column("activation_date", sa.BigInteger),
        sa.Column("deactivation_date", sa.BigInteger),
        sa.Column("process_start_date", sa.BigInteger),
        sa.Column("protect_stop_date", sa.BigInteger),
        sa.Column("destroy_date", sa.BigInteger),
        sa.Column("initial_date", sa.BigInteger, nullable=False),
        sa.Column("archived", sa.Boolean, nullable=False),
        sa.Column("sensitive", sa.Boolean, nullable=False),
        sa.Column("extractable", sa.Boolean, nullable=False),
        sa.Column("limited", sa.Boolean, nullable=False),
        sa.Column("parameterised", sa.Boolean, nullable=False),
        sa.Column("fresh", sa.Boolean, nullable=False),
        sa.Column("trusted", sa.Boolean, nullable=False),
        sa.Column("form", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("attributes", sa.LargeBinary, nullable=False),
        sa.Column("last_change_date", sa.BigInteger),
        sa.Column("lease_time", sa.BigInteger),
        sa.Column("object_class", sa.BigInteger),
        sa.Column("protection_storage_mask", sa.BigInteger),
        sa.Column("always_sensitive", sa.BigInteger),
        sa.Column("never_extractable", sa.BigInteger),
        sa.Column("key_format_type", sa.BigInteger),
        sa.Column("original_creation_date", sa.BigInteger),
        sa.UniqueConstraint("unique_identifier", name="objects_by_unique_identifier"),
    )
    op.create_index("objects_by_owner", "objects", ["owner", "id"])


def _terms() -> None:
    place = ["object", "attribute", "instance", "field", "position"]
    op.create_table(
        "terms",
        sa.Column("object", sa.BigInteger, sa.ForeignKey("objects.id", ondelete="CASCADE"), nullable=False),
        sa.Column("attribute", sa.Text, nullable=False),
        sa.Column("instance", sa.BigInteger, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("number", sa.BigInteger),
        sa.Column("text", sa.Text),
        sa.PrimaryKeyConstraint(*place, name="terms_key"),
        sa.CheckConstraint("(number IS NULL) <> (text IS NULL)", name="terms_have_one_value"),
        sqlite_with_rowid=False,
    )
    present = sa.column("text").is_not(None)
    op.create_index(
        "terms_by_text",
        "terms",
        ["attribute", "field", "text", "object", "instance"],
        sqlite_where=present,
        postgresql_where=present,
    )


def _keks() -> None:
    op.create_table(
        "keks",
        sa.Column("kek_id", sa.LargeBinary, nullable=False),
        sa.Column("root_id", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("kek_id", name="keks_key"),
    )
    active = sa.column("active", sa.Boolean)
    op.create_index("keks_active", "keks", ["active"], unique=True, sqlite_where=active, postgresql_where=active)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="audit_key"),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="audit_head_key"),
        sa.CheckConstraint("id = 1", name="audit_head_is_one_row"),
    )
    op.bulk_insert(head, [{"id": 1, "sequence": 0, "hash": _GENESIS}])
