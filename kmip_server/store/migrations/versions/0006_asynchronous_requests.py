"""Asynchronous requests: those that are not done yet, and the results of those that are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; they begin empty."""
    op.create_table(
        "jobs",
        sa.Column("job", sa.LargeBinary, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("job", name="jobs_key"),
    )
    op.create_index("jobs_by_due", "jobs", ["due"])
    op.create_table(
        "job_items",
        sa.Column("correlation_value", sa.LargeBinary, nullable=False),
        sa.Column("job", sa.LargeBinary, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("operation", sa.BigInteger, nullable=False),
        sa.Column("submitted", sa.BigInteger, nullable=False),
        sa.Column("stage", sa.BigInteger, nullable=False),
        sa.Column("status", sa.BigInteger),
        sa.Column("obtained", sa.Boolean, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.PrimaryKeyConstraint("correlation_value", name="job_items_key"),
    )
    for name in ("job", "owner", "expires"):
        op.create_index(f"job_items_by_{name}", "job_items", [name])
