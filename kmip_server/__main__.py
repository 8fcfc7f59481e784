"""``python -m kmip_server``: the same as the command ``kmip-server``."""

from __future__ import annotations

import sys

from kmip_server.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
