"""TTLV against the readable vectors, the captured messages of real clients, and the rules of printing."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kmip_server.errors import InvalidMessage
from kmip_server.spec.enums import ResultReason
from kmip_server.wire import ttlv
from kmip_server.wire.tree import Limits
from tests.material import NO_CAPTURES, captures

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "ttlv.txt"


@dataclass
class Vector:
    """One block of a vector file."""

    fields: dict[str, str] = field(default_factory=dict)
    data: bytes = b""


def vectors() -> list[Vector]:
    found = [Vector()]
    for line in [*VECTORS.read_text().splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line:
            if found[-1].data:
                found.append(Vector())
        elif ":" in line:
            key, _, value = line.partition(": ")
            found[-1].fields[key] = value
        else:
            found[-1].data += bytes.fromhex(line.replace("|", " "))
    return found[:-1]


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector.fields["name"])
def test_vector_both_ways(vector: Vector) -> None:
    expectation = vector.fields["expect"]
    if expectation.startswith("InvalidMessage: "):
        with pytest.raises(InvalidMessage) as refused:
            ttlv.parse(vector.data)
        assert refused.value.message == expectation.removeprefix("InvalidMessage: ")
        assert refused.value.reason is ResultReason.INVALID_MESSAGE
        return
    tree = ast.literal_eval(expectation)
    assert ttlv.parse(vector.data) == tree
    if "one way" not in vector.fields:
        assert ttlv.print_(tree) == vector.data


@pytest.mark.skipif(not captures(), reason=NO_CAPTURES)
def test_every_captured_message_is_read_and_printed_byte_for_byte() -> None:
    different = [
        f"{capture.file}:{capture.line}"
        for capture in captures()
        if ttlv.print_(ttlv.parse(capture.data)) != capture.data
    ]
    assert not different


def test_a_boolean_is_a_bool_and_not_a_number() -> None:
    assert ttlv.parse(bytes.fromhex("4200200600000008 0000000000000001"))[2] is True
    assert ttlv.parse(bytes.fromhex("4200200600000008 0000000000000000"))[2] is False


def nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = bytes.fromhex("42002001") + len(data).to_bytes(4, "big") + data
    return data


def test_depth_counts_the_message_itself() -> None:
    limits = Limits(max_depth=3)
    assert ttlv.parse(nested(3), limits)[2][0][2] == [(0x420020, 1, [])]
    with pytest.raises(InvalidMessage, match="offset 24, tag 0x420020: structures are nested more than 3 deep"):
        ttlv.parse(nested(4), limits)


def test_size_limit_is_of_the_whole_message() -> None:
    data = nested(4)
    assert ttlv.parse(data, Limits(max_size=32))
    with pytest.raises(InvalidMessage, match="32 bytes, more than the 31 allowed"):
        ttlv.parse(data, Limits(max_size=31))


@pytest.mark.parametrize(
    ("item", "tag"),
    [
        ((0x420001, 2, 0x80000000), "0x420001"),
        ((0x420002, 5, -1), "0x420002"),
        ((0x420003, 3, 1 << 63), "0x420003"),
        ((0x420004, 7, b"bytes"), "0x420004"),
        ((0x420005, 7, "\ud800"), "0x420005"),
        ((0x420006, 8, "text"), "0x420006"),
        ((0x420007, 0x0F, 0), "0x420007"),
        ((0x420008, 1, [(0x420009, 4, "1")]), "0x420009"),
    ],
)
def test_a_value_its_type_cannot_hold_is_not_printed(item: tuple[int, int, object], tag: str) -> None:
    with pytest.raises(ValueError, match=f"tag {tag}: the value does not fit"):
        ttlv.print_(item)


@pytest.mark.parametrize("value", [0, 1, -1, 127, -128, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**2048, -(2**2048)])
def test_big_integers_have_the_fewest_words(value: int) -> None:
    data = ttlv.print_((0x420020, 4, value))
    body = data[8:]
    assert len(body) % 8 == 0
    assert int.from_bytes(body, "big", signed=True) == value
    if len(body) > 8:
        assert int.from_bytes(body[8:], "big", signed=True) != value
    assert ttlv.parse(data) == (0x420020, 4, value)
