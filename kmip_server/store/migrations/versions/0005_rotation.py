"""When an object is due for rotation, as a column with an index of those few objects that ever are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no object of an older program rotates before it is written again."""
    op.add_column("objects", sa.Column("rotation_due", sa.BigInteger))
    some = sa.text("rotation_due IS NOT NULL")
    op.create_index("objects_by_rotation_due", "objects", ["rotation_due"], sqlite_where=some, postgresql_where=some)
