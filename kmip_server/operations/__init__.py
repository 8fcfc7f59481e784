"""One file an operation: what it is asked, what it answers, what it does.

A handler sees a :class:`~kmip_server.ports.Context` and nothing of bytes, SQL, keys in the clear or
algorithms. Whatever has no file here is answered by Operation Not Supported.
"""

from __future__ import annotations

import importlib
import pkgutil

from kmip_server.operations.registry import TABLE, Handler
from kmip_server.spec.enums import Operation


def load_all() -> dict[Operation, Handler]:
    """Import every operation and return the table."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return TABLE
