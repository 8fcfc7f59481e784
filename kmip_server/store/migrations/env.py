"""Alembic's entry: runs the steps in the transaction that :func:`kmip_server.store.upgrade` has begun."""

from __future__ import annotations

from alembic import context

from kmip_server.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite alters a table by copying it.
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
