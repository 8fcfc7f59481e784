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


@dataclass(frozen=True, slots=True)
class Handler:
    """One operation as it is served."""

    operation: Operation
    request: type[Any]
    response: type[Any]
    handle: Handle
    prepare: Prepare | None = None


TABLE: dict[Operation, Handler] = {}
"""Every operation that is served."""


def operation(
    code: Operation, request: type[Any], response: type[Any], prepare: Prepare | None = None
) -> Callable[[Handle], Handle]:
    """Enter a handler into the table."""

    def enter(handle: Handle) -> Handle:
        if code in TABLE:
            raise ValueError(f"{code.title} has two handlers")
        TABLE[code] = Handler(code, request, response, handle, prepare)
        return handle

    return enter
