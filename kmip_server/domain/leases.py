"""How long a client may use what it holds before it must ask again (KMIP 2.1 §4.30, §6.1.35).

Lease times are seconds; zero is no limit: "no lease interval is effective, and the client MAY use the object
without any lease time limit".
"""

from __future__ import annotations

from kmip_server.domain.usage import remaining
from kmip_server.errors import PermissionDenied
from kmip_server.spec.enums import ResultReason, State
from kmip_server.spec.structures.attributes import UsageLimits

_NO_LEASE = frozenset({State.COMPROMISED, State.DESTROYED, State.DESTROYED_COMPROMISED})
"""States in which nobody should go on using an object (TC-95: "no lease given")."""


def longest(own: int | None, granted: int) -> int:
    """The longest lease of an object: its own Lease Time, or what the server grants now where that is shorter."""
    if own is None:
        return granted
    return min(own, granted) if own and granted else own or granted


def allows(lease: int, asked: int) -> bool:
    """Whether a lease of the asked length may be granted where ``lease`` is the longest."""
    return not lease or asked <= lease


def require_leasable(state: State | None, limits: UsageLimits | None) -> None:
    """Pass if an object in the state, with so much use left, may be leased, else raise PermissionDenied.

    1.4 §11.18: "The server determines that a new lease is not permitted"; 2.1 Table 270: Usage Limit Exceeded.
    """
    if state in _NO_LEASE:
        raise PermissionDenied(f"the object is {state.title}: no lease is given")
    if limits is not None and not remaining(limits):
        raise PermissionDenied("the usage limit is used up: no lease is given", ResultReason.USAGE_LIMIT_EXCEEDED)
