"""One call of a PKCS#11 function: its parameters, its state, and the KMIP operations it acts as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kmip_server.errors import KmipError, OperationNotSupported
from kmip_server.operations.cryptoki.encoding import Reader, Room, counted
from kmip_server.operations.cryptoki.refusing import Refusal, translated
from kmip_server.operations.cryptoki.state import Session, State
from kmip_server.operations.registry import TABLE
from kmip_server.ports import Ciphers, Context, Prepared
from kmip_server.spec.cryptoki import NUMBERS, ReturnCode
from kmip_server.spec.enums import Operation, ResultReason

_THROUGH = frozenset({ResultReason.PKCS_11_CODEC_ERROR})
"""Reasons that are the PKCS#11 operation's own."""


@dataclass(slots=True)
class Call:
    """A function being run."""

    ctx: Context
    state: State
    reader: Reader

    def session(self) -> Session:
        """The session whose handle stands next."""
        return self.state.session(self.reader.ulong())

    @contextmanager
    def acting_as(self, operation: Operation) -> Iterator[Context]:
        """Run something as another operation: its policy holds, and what it wrote is undone when it is refused."""
        try:
            with self.ctx.acting_as(operation) as inner:
                yield inner
        except KmipError as error:
            if error.reason in _THROUGH:
                raise
            raise translated(error) from error

    def perform(self, operation: Operation, request: Any) -> Any:
        """Have another operation done as if the client had sent it; its response."""
        handler = TABLE.get(operation)
        with self.acting_as(operation) as inner:
            if handler is None:
                raise OperationNotSupported(f"{operation.title} is not served")
            return handler.handle(request, inner)

    def fill(self, room: Room, make: Callable[[], bytes]) -> tuple[bytes, bool]:
        """Put what is made into the caller's buffer, or tell how long it is; and whether it was handed over.

        Raises Buffer Too Small, with the length, where it does not fit. What ``make`` wrote is then undone: its
        result has not been given.
        """
        try:
            with self.ctx.acting_as(Operation.PKCS_11):
                made = make()
                if not room.present or room.size < len(made):
                    raise _Unused(len(made))
        except _Unused as unused:
            told = b"\x00" + counted(unused.size)
            if room.present:
                raise Refusal(ReturnCode.BUFFER_TOO_SMALL, output=told) from None
            return told, False
        return b"\x01" + counted(len(made)) + made, True


class _Unused(Exception):
    """A result that was not handed over."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


Run = Callable[[Call], bytes | None]
FUNCTIONS: dict[int, Run] = {}
"""Every function that is served, by its number."""

PREPARING: dict[int, Callable[[Reader, Ciphers], Callable[[], Prepared] | None]] = {}
"""Functions that do something before the transaction because it takes over a millisecond."""


def function(name: str) -> Callable[[Run], Run]:
    """Enter a function into the table."""

    def enter(run: Run) -> Run:
        FUNCTIONS[NUMBERS[name]] = run
        return run

    return enter
