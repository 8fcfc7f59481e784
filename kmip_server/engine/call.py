"""One request on its way through a round, and what a batch asks of those around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from kmip_server.domain.subject import Subject
from kmip_server.engine.identity import Check
from kmip_server.engine.sessions import ShownTicket
from kmip_server.engine.trace import Trace
from kmip_server.errors import KmipError
from kmip_server.ports import PendingRequests, Prepared, Transaction
from kmip_server.spec.enums import Operation
from kmip_server.spec.structures.envelope import Request, ResponseBatchItem, ResponseHeader


class Asynchronous(Protocol):
    """What a batch asks of those who keep asynchronous requests."""

    def new_value(self, tx: Transaction, owner: str, already: int) -> bytes:
        """A Correlation Value for one more item that is done later."""

    def door(self, tx: Transaction, owner: str, now_us: int, prepared: Prepared, trace: Trace) -> PendingRequests:
        """The asynchronous requests of a client."""


class Writer(Protocol):
    """How answers become bytes, in one version and encoding."""

    def piece(self, item: ResponseBatchItem) -> Any:
        """Encode one batch item."""

    def success(self, operation: Operation, item_id: bytes | None, payload: Any) -> Any:
        """Encode the batch item of what succeeded."""

    def size(self, header: ResponseHeader, pieces: list[Any]) -> int:
        """How many bytes the response would have."""

    def message(self, header: ResponseHeader, pieces: list[Any]) -> bytes:
        """The response."""


@dataclass(slots=True)
class Call:
    """One request on its way through a round."""

    request: Request
    writer: Writer
    subject: Subject
    refusal: KmipError | None = None
    """Why nothing of the request may run (authentication); every item is then answered with it."""
    said: str = ""
    """Who a refused client said it was."""
    carrier: Subject | None = None
    """Who the certificate says is there, where credentials say more."""
    ticket: ShownTicket | None = None
    """A ticket among the credentials: looked up in the round, for it may have been taken back just now."""
    prepared: dict[int, Prepared] = field(default_factory=dict)
    """By item: what was made before the round."""
    failed: dict[int, KmipError] = field(default_factory=dict)
    """By item: why its preparation failed."""
    correlation: str = ""
    """What the audit records of the request share, where it was submitted earlier."""
    check: Check | None = None
    """A check of credentials whose rest is done in the round."""
    extras: dict[str, Any] = field(default_factory=dict)
    """What the header of the answer has besides, such as what the server proves itself with (2.1 §8.5)."""

    def sign_in(self, check: Check) -> bool:
        """Run the check of the request's credentials; whether they hold so far."""
        carrier = self.carrier = self.subject
        try:
            self.subject = check.run()
        except KmipError as error:
            self.refusal = error
            self.said = check.said
            return False
        if check.stored or check.attestation is not None:
            self.check = check
            self.said = check.said if check.stored else ""
        if check.ticket is not None:
            self.ticket = ShownTicket(check.ticket, carrier, self.subject)
        return True
