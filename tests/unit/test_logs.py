"""The log: one line an event, and nothing that a client sent can begin a line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from kmip_server.logs import start_logging


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_of_text_says_when_how_bad_who_and_what() -> None:
    stream = io.StringIO()
    start_logging("info", "text", stream)
    logging.getLogger("kmip_server.x").warning("who: %s", "a\nb\x1b[0m")
    logging.getLogger("kmip_server.x").debug("unseen")
    line = stream.getvalue()
    assert line.endswith("WARNING kmip_server.x: who: a\\nb\\x1b[0m\n")
    assert line[10] == "T" and line.count("\n") == 1


def test_a_line_of_json_is_one_object_with_its_traceback() -> None:
    stream = io.StringIO()
    start_logging("debug", "json", stream)
    said = "bytes of a key\n2026-01-01 a forged line"
    try:
        try:
            raise KeyError(said)
        except KeyError as error:
            raise ValueError(said) from error
    except ValueError:
        logging.getLogger("kmip_server.x").exception("line\nbreak")
    (line,) = stream.getvalue().splitlines()
    event = json.loads(line)
    assert (event["level"], event["logger"], event["message"]) == ("error", "kmip_server.x", "line\nbreak")
    # Types and places, the cause first; never what an exception says: it may quote a client, or a secret.
    told = event["traceback"]
    assert told.index("KeyError") < told.rindex("ValueError") and "test_logs.py" in told
    assert "bytes of a key" not in told and "forged" not in told


def test_starting_twice_writes_each_event_once() -> None:
    stream = io.StringIO()
    start_logging("info", "text", stream)
    start_logging("error", "text", stream)
    logging.getLogger("x").warning("unseen")
    logging.getLogger("x").error("seen")
    assert stream.getvalue().count("\n") == 1
