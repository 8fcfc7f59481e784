"""Brings a database to the revision this program needs (Alembic, one file a step in ``versions``).

A new step: add ``versions/NNNN_what_it_does.py`` with ``down_revision`` the one before, change
``store/tables.py`` to match, and set :data:`HEAD`. Steps go forward only: going back is restoring a backup.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from kmip_server.ports import StoreError
from kmip_server.store.database import Database

HEAD = "0010"
"""The revision this program needs; a constant, so that a start need not import Alembic."""


def current(url: str) -> str | None:
    """The revision of a database; None when it holds no tables of ours. Raises StoreError."""
    database = Database(url)
    with database.translated():
        try:
            with database.engine.connect() as connection:
                if not inspect(connection).has_table("alembic_version"):
                    return None
                found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
                return None if found is None else str(found)
        finally:
            database.engine.dispose()


def check(url: str) -> None:
    """Raise StoreError, with one sentence for the operator, unless the database is at the revision needed."""
    found = current(url)
    if found is None:
        raise StoreError("the database has no tables yet: run `kmip-server init`")
    if found != HEAD:
        raise StoreError(
            f"the database is at revision {found}, this program needs {HEAD}: "
            + ("run `kmip-server init` to bring it up" if found < HEAD else "use the newer program that made it")
        )


def upgrade(url: str) -> None:
    """Make or bring up every table, all or nothing; safe when several processes do it at once.

    Raises StoreError, also for a database that a newer program has already brought further.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    database = Database(url, create=True)
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    with database.translated():
        try:
            with database.engine.begin() as connection:
                if database.dialect.one_at_a_time is not None:
                    connection.execute(text(database.dialect.one_at_a_time))
                settings.attributes["connection"] = connection
                command.upgrade(settings, "head")
        except CommandError:
            raise StoreError("the database is at a revision this program does not know: use a newer one") from None
        finally:
            database.engine.dispose()
