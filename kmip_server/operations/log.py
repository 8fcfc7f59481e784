"""Log (KMIP 2.1 §6.1.29): a client's own words in the audit trail and in the server's log."""

from __future__ import annotations

import logging

from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType

_LONGEST = 1024
"""Characters of a message that are kept."""

log = logging.getLogger(__name__)


@payload
class LogRequest:
    """The message."""

    log_message: str = field(Tag.LOG_MESSAGE, ItemType.TEXT_STRING)


@payload
class LogResponse:
    """Nothing."""


@operation(Operation.LOG, LogRequest, LogResponse)
def handle(request: LogRequest, ctx: Context) -> LogResponse:
    """Keep it, on one line, said to be the client's."""
    message = on_one_line(request.log_message)
    ctx.note(f"message: {message}")
    log.info("%s logs: %s", on_one_line(ctx.subject.name), message)
    return LogResponse()


def on_one_line(text: str) -> str:
    """A client's text as a log can hold it: no line end with which it could forge another record, and not too long."""
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text[:_LONGEST]
    )
    return shown if len(text) <= _LONGEST else f"{shown}... ({len(text)} characters)"
