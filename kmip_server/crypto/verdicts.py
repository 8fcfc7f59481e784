"""What was found out about private keys that nobody vouches for, so that it is found out once.

To hold the numbers of an RSA key against each other takes tenths of a second, and the answer cannot change: it is a
property of the bytes. Neither the bytes nor a digest that could be told from them elsewhere is kept.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict

from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.schema import fields_of
from kmip_server.spec.structures.keys import TransparentKeyMaterial

Material = bytes | TransparentKeyMaterial
MOST = 4096
"""Keys that are remembered; the one asked for longest ago gives way."""


class Verdicts:
    """Key material to whether its numbers agree; for every thread."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._secret = os.urandom(32)
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, bool] = OrderedDict()

    def about(self, material: Material, key_format: Format | None, algorithm: Algorithm | None) -> bool | None:
        """Whether it is a key whose numbers agree, read in this way; None where nobody knows yet."""
        name = self._name(material, key_format, algorithm)
        with self._lock:
            sound = self._known.get(name)
            if sound is not None:
                self._known.move_to_end(name)
        return sound

    def remember(
        self, material: Material, key_format: Format | None, algorithm: Algorithm | None, *, sound: bool
    ) -> None:
        """Keep what was found out."""
        name = self._name(material, key_format, algorithm)
        with self._lock:
            self._known[name] = sound
            if len(self._known) > self._most:
                self._known.popitem(last=False)

    def _name(self, material: Material, key_format: Format | None, algorithm: Algorithm | None) -> bytes:
        found = hashlib.blake2b(f"{key_format!r} {algorithm!r} ".encode(), digest_size=32, key=self._secret)
        if isinstance(material, bytes):
            found.update(material)
        else:
            for name, _ in fields_of(TransparentKeyMaterial):
                value = getattr(material, name)  # hexadecimal, for Python writes no decimal number of such length
                found.update(f"{name} {value:x} ".encode() if isinstance(value, int) else f"{name} {value!r} ".encode())
        return found.digest()
