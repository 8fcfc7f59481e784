"""A table for what must be remembered of credentials: used up, replaced, or awaited (KMIP 2.1 §6.1.48, §9.11)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sign_ins",
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="sign_ins_key"),
    )
    op.create_index("sign_ins_by_expires", "sign_ins", ["expires"])
