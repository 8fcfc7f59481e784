"""Keeps managed objects, key-encryption keys and the audit chain in SQLite or PostgreSQL."""

from __future__ import annotations

from kmip_server.ports import Codec, Store
from kmip_server.store.database import Database
from kmip_server.store.migrations import check, current, upgrade
from kmip_server.store.sql import SqlStore

__all__ = ["check", "current", "open_store", "upgrade"]


def open_store(url: str, codec: Codec) -> Store:
    """Open the database of an SQLAlchemy URL; raises StoreError when it is absent or at another revision.

    Leaves no connection open: each process opens its own when it begins its first transaction, after the fork.
    """
    database = Database(url)
    check(url)
    return SqlStore(database, codec)
