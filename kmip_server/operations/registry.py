"""The table of operations that are served: which payloads, which handler (collected by ``@operation``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kmip_server.ports import Ciphers, Context, Prepared
from kmip_server.spec.enums import Operation

Handle = Callable[[Any, Context], Any]
Prepare = Callable[[Any, Ciphers], "Callable[[], Prepared] | None"]
"""Payload and ciphers to what must be done before the transaction because it takes over a millisecond."""

Look = Callable[[Context], "Callable[[], Prepared] | None"]
"""A context to what must be done before the transaction; it only reads, and the item will ask everything again."""
Foresee = Callable[[Any], "Look | None"]
"""Payload to what it takes to foresee slow work that depends on stored objects; None where there is none."""


@dataclass(frozen=True, slots=True)
class Handler:
    """One operation as it is served."""

    operation: Operation
    request: type[Any]
    response: type[Any]
    handle: Handle
    prepare: Prepare | None = None
    foresee: Foresee | None = None


TABLE: dict[Operation, Handler] = {}
"""Every operation that is served."""


def operation(
    code: Operation,
    request: type[Any],
    response: type[Any],
    prepare: Prepare | None = None,
    foresee: Foresee | None = None,
) -> Callable[[Handle], Handle]:
    """Enter a handler into the table."""

    def enter(handle: Handle) -> Handle:
        if code in TABLE:
            raise ValueError(f"{code.title} has two handlers")
        TABLE[code] = Handler(code, request, response, handle, prepare, foresee)
        return handle

    return enter
