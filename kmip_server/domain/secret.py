"""A value that must not be shown: key bytes, passphrases, PINs.

What this keeps: nothing of the value reaches a log, an error text, a traceback's ``repr``, a pickle or a
comparison whose time tells something. What it cannot keep: CPython copies bytes freely, so ``wipe`` clears
the copy held here and no other; a core dump or a debugger sees the rest.
"""

from __future__ import annotations

import hmac
from types import TracebackType
from typing import Any, NoReturn, Self

_SHOWN = "<secret>"


class Secret:
    """Bytes that are read by :meth:`expose` alone; as a context manager it wipes itself at the end."""

    __slots__ = ("_held",)

    def __init__(self, value: bytes | bytearray) -> None:
        self._held = bytearray(value)

    def expose(self) -> bytes:
        """Return a copy of the value; the only way to it."""
        return bytes(self._held)

    def matches(self, other: Secret | bytes) -> bool:
        """Compare in a time that depends on the lengths alone."""
        return hmac.compare_digest(self._held, other._held if isinstance(other, Secret) else other)

    def wipe(self) -> None:
        """Overwrite the bytes held here with zeros and forget their number; best effort, see the module."""
        self._held[:] = bytes(len(self._held))
        self._held.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return _SHOWN

    def __str__(self) -> str:
        return _SHOWN

    def __format__(self, spec: str) -> str:
        return _SHOWN

    def __eq__(self, other: object) -> bool:
        raise TypeError("a secret is compared with matches(), in constant time")

    def __bool__(self) -> NoReturn:
        raise TypeError("a secret has no truth value: it would tell whether it is empty")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")
