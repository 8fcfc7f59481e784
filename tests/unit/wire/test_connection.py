"""The framer: whole messages out of any cutting of the stream, and a broken stream refused at once."""

from __future__ import annotations

import pytest

from kmip_server.wire.connection import Framer


def message(body: int, tag: bytes = b"\x42\x00\x78") -> bytes:
    return tag + b"\x01" + body.to_bytes(4, "big") + bytes(body)


def test_a_whole_message_is_handed_on_without_a_copy() -> None:
    framer = Framer(1024)
    data = message(24)
    [received] = framer.receive(data)
    assert received is data
    assert not framer.partial
    assert framer.error is None


def test_bytes_one_by_one() -> None:
    framer = Framer(1024)
    stream = message(8) + message(0) + message(64)
    received = []
    for i in range(len(stream)):
        received += framer.receive(stream[i : i + 1])
        assert framer.partial == (i + 1 not in (16, 24, 96))
    assert received == [message(8), message(0), message(64)]


@pytest.mark.parametrize("cut", range(1, 96))
def test_several_messages_cut_anywhere(cut: int) -> None:
    framer = Framer(1024)
    stream = message(8) + message(0) + message(64)
    received = framer.receive(stream[:cut]) + framer.receive(memoryview(stream)[cut:])
    assert received == [message(8), message(0), message(64)]
    assert not framer.partial


def test_what_was_whole_before_the_break_is_still_delivered() -> None:
    framer = Framer(1024)
    assert framer.receive(message(8) + b"GET / HTTP/1.1") == [message(8)]
    assert framer.error is not None
    assert "does not begin with a KMIP tag" in framer.error.message


def test_a_broken_framer_stays_broken_and_holds_nothing() -> None:
    framer = Framer(1024)
    assert framer.receive(b"\x16\x03\x01") == []
    error = framer.error
    assert error is not None
    assert framer.receive(message(8)) == []
    assert framer.error is error
    assert not framer.partial


def test_the_first_byte_is_enough_to_refuse() -> None:
    framer = Framer(1024)
    framer.receive(b"P")
    assert framer.error is not None


def test_a_message_that_is_not_a_structure() -> None:
    framer = Framer(1024)
    framer.receive(bytes.fromhex("4200780200000004"))
    assert framer.error is not None
    assert "not a Structure" in framer.error.message


def test_a_length_that_no_structure_has() -> None:
    framer = Framer(1024)
    framer.receive(bytes.fromhex("4200780100000007"))
    assert framer.error is not None
    assert "multiple of 8" in framer.error.message


def test_the_limit_counts_the_header() -> None:
    framer = Framer(32)
    assert framer.receive(message(24)) == [message(24)]
    framer.receive(message(32)[:8])
    assert framer.error is not None
    assert "longer than the 32 bytes allowed" in framer.error.message


def test_an_overlong_length_is_refused_before_its_bytes_come() -> None:
    framer = Framer(1 << 20)
    framer.receive(bytes.fromhex("42007801FFFFFFF8"))
    assert framer.error is not None
    assert not framer.partial


def test_an_overlong_second_message_breaks_while_held() -> None:
    framer = Framer(32)
    assert framer.receive(message(8)[:10]) == []
    assert framer.partial
    assert framer.receive(message(8)[10:] + message(4096)) == [message(8)]
    assert framer.error is not None
    assert not framer.partial
