"""Which items of a request are done asynchronously (KMIP 2.1 §9.2, §11.3; 1.4 §6.7).

Since 2.0, Mandatory wants every item done so, and only the operations that the text, or sense, keeps synchronous are
not. Optional, and True in 1.x, leave it to the server: "the server decides which operations are performed
synchronously or asynchronously" (1.4 §6.8). This one then defers what may take long, where it stands alone in its
request; a batch is answered at once, as its items may use what those before them made.
"""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from kmip_server.errors import KmipError
from kmip_server.spec.enums import AsynchronousIndicator, Operation
from kmip_server.spec.structures.envelope import RequestBatchItem
from kmip_server.spec.types import ItemType

if TYPE_CHECKING:
    from kmip_server.engine.call import Call

MANDATORY = (int(ItemType.ENUMERATION), int(AsynchronousIndicator.MANDATORY))
_ALLOWING = (
    (int(ItemType.BOOLEAN), True),
    (int(ItemType.ENUMERATION), int(AsynchronousIndicator.OPTIONAL)),
)
SYNCHRONOUS = frozenset(
    {
        # 2.1 §6.1.38: "The response to this operation SHALL NOT be asynchronous"; §6.1.5 says the same of Cancel.
        Operation.POLL,
        Operation.CANCEL,
        # What is asked about asynchronous requests would itself need to be asked for.
        Operation.PROCESS,
        Operation.QUERY_ASYNCHRONOUS_REQUESTS,
        # A ticket is bound to the connection that it was asked over.
        Operation.LOGIN,
        Operation.DELEGATED_LOGIN,
        Operation.LOGOUT,
    }
)
"""Operations that are always answered at once."""
_TAKES_LONG = frozenset(
    {
        # 1.4 §4.22, §4.23: "This request MAY need asynchronous polling to obtain the response due to delays".
        Operation.ARCHIVE,
        Operation.RECOVER,
        Operation.LOCATE,
        Operation.CREATE_KEY_PAIR,
        Operation.RE_KEY_KEY_PAIR,
    }
)
"""Operations that are deferred where the client leaves it to the server."""


def deferrable(call: Call, table: Container[Operation]) -> frozenset[int]:
    """The positions of the items that are done later; what must be refused is refused at once."""
    request = call.request
    indicator = request.header.asynchronous_indicator if request.header else None
    # What is done later is done without the ticket: its rights and counts would hold for nothing.
    if (
        indicator is None
        or call.ticket is not None
        or call.refusal is not None
        or any(map(_has_critical, request.items))
    ):
        return frozenset()
    if indicator == MANDATORY:
        able = [at for at, item in enumerate(request.items) if item.operation not in SYNCHRONOUS]
    elif indicator in _ALLOWING and len(request.items) == 1:
        able = [at for at, item in enumerate(request.items) if item.operation in _TAKES_LONG]
    else:
        able = []
    return frozenset(at for at in able if _is_servable(call, at, table))


def _has_critical(item: RequestBatchItem) -> bool:
    """2.1 §9.13: such a message is rejected as a whole, and at once."""
    return any(extension.criticality_indicator for extension in item.message_extension)


def _is_servable(call: Call, at: int, table: Container[Operation]) -> bool:
    item = call.request.items[at]
    return (
        item.operation in table
        and item.operation.in_version(call.request.version)
        and not isinstance(item.request_payload, KmipError)
    )
