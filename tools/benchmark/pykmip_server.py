"""PyKMIP's own server, run through its own class, and its database filled without asking it.

Run as ``python -m benchmark.pykmip_server serve FOLDER`` or ``... fill FOLDER COUNT``.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kmip.core import enums  # type: ignore[import-untyped]  # PyKMIP has no types
from kmip.pie import objects, sqltypes  # type: ignore[import-untyped]
from kmip.services.server import KmipServer  # type: ignore[import-untyped]
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from benchmark.messages import KEY_BITS, object_name


def serve(folder: Path) -> None:
    """Serve until told to stop."""
    server = KmipServer(config_path=str(folder / "server.conf"), log_path=str(folder / "server.log"))
    with server:
        server.serve()


def fill(folder: Path, count: int, owner: str = "client1") -> None:
    """Put active AES-256 keys with the names of :func:`object_name` into the database.

    The first is written by PyKMIP's own classes, the others are copies of its rows, so nothing here knows its types.
    """
    file = folder / "pykmip.db"
    engine = create_engine(f"sqlite:///{file}")
    sqltypes.Base.metadata.create_all(engine)
    masks = [enums.CryptographicUsageMask.ENCRYPT, enums.CryptographicUsageMask.DECRYPT]
    key = objects.SymmetricKey(
        enums.CryptographicAlgorithm.AES, KEY_BITS, os.urandom(KEY_BITS // 8), masks, object_name(1)
    )
    key.state, key.initial_date, key._owner = enums.State.ACTIVE, int(time.time()), owner
    with Session(engine) as session:
        session.add(key)
        session.commit()
    engine.dispose()
    numbers = range(2, count + 1)
    with sqlite3.connect(file) as database:
        for table in ("managed_objects", "crypto_objects", "keys", "symmetric_keys"):
            _copy(database, table, [{"uid": n} for n in numbers])
        names = [{"id": n, "mo_uid": n, "name": object_name(n)} for n in numbers]
        _copy(database, "managed_object_names", names)


def _copy(database: sqlite3.Connection, table: str, changes: Sequence[dict[str, Any]]) -> None:
    """Write the table's one row again for each change, changed so."""
    cursor = database.execute(f"SELECT * FROM {table}")
    columns = [column[0] for column in cursor.description]
    row = dict(zip(columns, cursor.fetchone(), strict=True))
    places = ", ".join(f":{column}" for column in columns)
    database.executemany(f"INSERT INTO {table} VALUES ({places})", [row | change for change in changes])


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(Path(sys.argv[2]))
    else:
        fill(Path(sys.argv[2]), int(sys.argv[3]))
