"""The functions made as text: what they read and refuse, and that a traceback can show their lines."""

from __future__ import annotations

import inspect
import traceback
from dataclasses import dataclass
from typing import Any

import pytest

from kmip_server.errors import InvalidField, InvalidMessage
from kmip_server.spec.tags import Tag
from kmip_server.wire.compiling import FieldPrinter, FieldReader, WrongTypeError, function, printing, reading

TEXT, NUMBER = 7, 2
COMMENT, DATA, NAME, STATE = int(Tag.COMMENT), int(Tag.DATA), int(Tag.NAME), int(Tag.STATE)


@dataclass(slots=True, kw_only=True)
class Sample:
    comment: str
    data: list[Any]
    state: str | None
    name: list[Any] | None
    later: int | None


def listed(item_type: int, value: Any) -> Any:
    if item_type != NUMBER:
        raise WrongTypeError
    return [value]


def gathered(so_far: list[Any] | None, item_type: int, value: Any) -> list[Any]:
    return [*(so_far or []), value]


PLAN = [
    FieldReader("comment", COMMENT, listed, TEXT),
    FieldReader("data", DATA, listed, many=True),
    FieldReader("state", STATE, lambda code: f"unlisted {code}", 5, {1: "one"}),
    FieldReader("name", NAME, gathered, gathers=True),
]
ALL = [("comment", False), ("data", True), ("state", False), ("name", False), ("later", False)]
READ = reading(Sample, "9.9", PLAN, [("comment", "Comment")], ALL)


def test_every_sort_of_field_is_read() -> None:
    items = [(COMMENT, TEXT, "c"), (DATA, NUMBER, 1), (DATA, NUMBER, 2), (STATE, 5, 1), (NAME, 7, "n"), (NAME, 7, "m")]
    assert READ(items) == Sample(comment="c", data=[[1], [2]], state="one", name=["n", "m"], later=None)
    assert READ([(STATE, 5, 9), (COMMENT, TEXT, "")]) == Sample(
        comment="", data=[], state="unlisted 9", name=None, later=None
    )


def test_lists_are_nobody_elses() -> None:
    assert READ([(COMMENT, TEXT, "c")]).data is not READ([(COMMENT, TEXT, "c")]).data


@pytest.mark.parametrize(
    ("items", "error", "said"),
    [
        ([], InvalidMessage, "Comment is missing in Sample"),
        ([(COMMENT, NUMBER, 1)], InvalidMessage, "Comment in Sample is of the wrong type"),
        ([(DATA, TEXT, 1)], InvalidMessage, "Data in Sample is of the wrong type"),
        ([(STATE, NUMBER, 1)], InvalidMessage, "State in Sample is of the wrong type"),
        ([(COMMENT, TEXT, "a"), (COMMENT, TEXT, "b")], InvalidMessage, "Comment stands more than once in Sample"),
        ([(STATE, 5, 1), (STATE, 5, 1)], InvalidMessage, "State stands more than once in Sample"),
        ([(int(Tag.D), 4, 1)], InvalidField, "D is not a field of Sample in KMIP 9.9"),
        ([(0x540001, 4, 1)], InvalidField, "Tag 0x540001 is not a field of Sample in KMIP 9.9"),
    ],
)
def test_what_is_wrong_with_a_field_is_said(items: list[Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error) as raised:
        READ(items)
    assert type(raised.value) is error
    assert str(raised.value) == said


def test_a_structure_without_fields_reads_nothing() -> None:
    @dataclass(slots=True)
    class Empty:
        pass

    read = reading(Empty, "9.9", [], [], [])
    assert read([]) == Empty()
    with pytest.raises(InvalidField):
        read([(COMMENT, TEXT, "c")])


def test_fields_are_printed_in_order_and_absent_ones_left_out() -> None:
    plan = [FieldPrinter("comment", "{0}(value)", (str.encode,)), FieldPrinter("data", "b'%d' % value", (), many=True)]
    body = printing(Sample, "9.9", plan)
    assert body(Sample(comment="c", data=[1, 2], state=None, name=None, later=None)) == b"c12"
    assert body(Sample(comment=None, data=[], state=None, name=None, later=None)) == b""  # type: ignore[arg-type]


def test_a_traceback_shows_the_lines_and_the_source_can_be_asked_for() -> None:
    divide = function("divide", "test", ["def divide(a):", "    return unit / a"], {"unit": 1})
    with pytest.raises(ZeroDivisionError) as raised:
        divide(0)
    assert "return unit / a" in "".join(traceback.format_exception(raised.value))
    assert inspect.getsource(divide).startswith("def divide(a):")
    assert f"0x{COMMENT:06X}" in inspect.getsource(READ)
