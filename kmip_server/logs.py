"""The log: one line an event on standard error, as text for people or as JSON for programs.

What a client sent can never begin a line of its own: control characters are written as escapes.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Literal, TextIO

Format = Literal["text", "json"]


def start_logging(level: str, form: Format, stream: TextIO | None = None) -> None:
    """Send everything from ``level`` ("debug" to "error") on to ``stream`` (standard error), replacing what was set."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLine() if form == "json" else TextLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def _moment(record: logging.LogRecord) -> str:
    """When it happened, UTC, in milliseconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"


def one_line(text: str) -> str:
    """The text with whatever could break or forge a line escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class TextLine(logging.Formatter):
    """``2026-01-31T12:00:00.000Z INFO    kmip_server: message``; a traceback of ours follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event."""
        line = f"{_moment(record)} {record.levelname:<7} {record.name}: {one_line(record.getMessage())}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonLine(logging.Formatter):
    """One object a line: time, level, logger, process, message, and a traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event."""
        event: dict[str, object] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return json.dumps(event)
