"""The outbox: what subscribers are still to be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; it begins empty."""
    counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "outbox",
        sa.Column("number", counter, nullable=False, autoincrement=True),
        sa.Column("subscriber", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("operation", sa.BigInteger, nullable=False),
        sa.Column("replaced", sa.Text, nullable=False),
        sa.Column("changed", sa.LargeBinary, nullable=False),
        sa.Column("deleted", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", name="outbox_key"),
    )
    op.create_index("outbox_by_object_id", "outbox", ["object_id", "subscriber", "number"])
