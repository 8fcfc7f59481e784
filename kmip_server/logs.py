"""The log: one line an event on standard error, as text for people or as JSON for programs.

What a client sent can never begin a line of its own: control characters are written as escapes.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from typing import Any, Literal, TextIO

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


class _Line(logging.Formatter):
    """What both forms share: tracebacks without the texts of the exceptions."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the name is the library's
        """Types and places alone: the text of an exception nobody foresaw may quote a client, or a secret."""
        lines: list[str] = []
        error: BaseException | None = ei[1]
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            places = "".join(traceback.format_tb(error.__traceback__))
            lines.insert(0, f"Traceback (most recent call last):\n{places}{type(error).__qualname__}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)


class TextLine(_Line):
    """``2026-01-31T12:00:00.000Z INFO    kmip_server: message``; a traceback of ours follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event."""
        line = f"{_moment(record)} {record.levelname:<7} {record.name}: {one_line(record.getMessage())}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonLine(_Line):
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
