"""Random bytes: the operating system's generator, and nothing between it and the caller.

KMIP 2.1 §6.1.49 (RNG Retrieve) and every key, IV and nonce that the server makes.
"""

from __future__ import annotations

import os


def random_bytes(count: int) -> bytes:
    """Return ``count`` bytes of the kernel's random number generator, fit for keys."""
    return os.urandom(count)
