"""Requests of the person at the terminal: by the doors that clients use, but without a wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kmip_server.domain.subject import Subject
from kmip_server.engine.call import Call
from kmip_server.engine.server import Engine
from kmip_server.spec.enums import BatchErrorContinuationOption, Operation, ResultStatus
from kmip_server.spec.structures.envelope import Request, RequestBatchItem, RequestHeader, ResponseBatchItem, succeeded
from kmip_server.spec.structures.query import ProtocolVersion
from kmip_server.spec.version import V2_1, Version


@dataclass(slots=True)
class _Answers:
    """Takes the answers as they are: there is no wire here."""

    items: list[ResponseBatchItem] = field(default_factory=list)

    def piece(self, item: ResponseBatchItem) -> Any:
        """Take the answer to one item."""
        self.items.append(item)
        return item

    def success(self, operation: Operation, item_id: bytes | None, payload: Any) -> Any:
        """Take the answer to an item that succeeded."""
        return self.piece(succeeded(operation, item_id, payload))

    def size(self, header: Any, pieces: list[Any]) -> int:
        """Nothing is sent."""
        return 0

    def message(self, header: Any, pieces: list[Any]) -> bytes:
        """Nothing is sent."""
        return b""


def operator(name: str, told: str, *groups: str) -> Subject:
    """The person at the terminal: the qualified name, and what the audit trail says of it."""
    return Subject(
        name=name,
        groups=frozenset(groups),
        certificate_subject=told,
        issuer="",
        serial="",
        address="",
        authenticated_by="server",
    )


def ask(
    engine: Engine, asked: Sequence[tuple[Operation, Any]], who: Subject, version: Version = V2_1
) -> list[Any] | str:
    """Do everything or nothing: the response payloads, or why it was refused."""
    answers = _Answers()
    header = RequestHeader(
        protocol_version=ProtocolVersion(major=version.major, minor=version.minor),
        batch_error_continuation_option=BatchErrorContinuationOption.UNDO,
        batch_count=len(asked),
    )
    items = [RequestBatchItem(operation=code, request_payload=payload) for code, payload in asked]
    call = Call(Request(version=version, header=header, items=items), answers, who)
    slow = engine.slow(call)
    if slow is not None:
        slow()
    engine.run([call])
    refused = next((item for item in answers.items if item.result_status is not ResultStatus.SUCCESS), None)
    if refused is not None:
        return refused.result_message or "it was refused"
    return [item.response_payload for item in answers.items]
