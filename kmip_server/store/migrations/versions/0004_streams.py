"""Cryptographic operations in several parts: what they carry from one part to the next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; it begins empty."""
    op.create_table(
        "streams",
        sa.Column("correlation_value", sa.LargeBinary, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("correlation_value", name="streams_key"),
    )
    for name in ("owner", "object_id", "expires"):
        op.create_index(f"streams_by_{name}", "streams", [name])
