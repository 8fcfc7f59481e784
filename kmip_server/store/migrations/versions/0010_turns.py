"""When a member of an object group was last handed out as its default (KMIP 2.1 §6.1.28)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody was handed out in turn before."""
    op.add_column("objects", sa.Column("turn", sa.BigInteger))
