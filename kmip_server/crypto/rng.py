"""Random bytes: the operating system's generator, and nothing between it and the caller.

KMIP 2.1 §6.1.49 (RNG Retrieve) and every key, IV and nonce that the server makes.
"""

from __future__ import annotations

import os

_POOL = "/dev/urandom"
"""Where Linux and the BSDs take seeds."""


def random_bytes(count: int) -> bytes:
    """Return ``count`` bytes of the kernel's random number generator, fit for keys."""
    return os.urandom(count)


def mix_in(seed: bytes) -> int:
    """Mix a seed into the kernel's generator and return how many bytes of it were taken (2.1 §6.1.50).

    The kernel counts nothing written to it as randomness: what it gives is never weaker than without. A machine on
    which it cannot be written to takes none.
    """
    if not seed:
        return 0
    try:
        with open(_POOL, "wb", buffering=0) as pool:
            return pool.write(seed) or 0
    except OSError:
        return 0
