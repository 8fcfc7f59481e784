"""Rounds: who comes while one is worked on belongs to it, and a round that fails costs nobody else's request."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from kmip_server.engine.call import Call
from kmip_server.ports import StoreError
from kmip_server.spec.enums import ResultStatus
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire.ttlv import print_
from tests.kit import Server

SUCCESS = print_((Tag.RESULT_STATUS, ItemType.ENUMERATION, ResultStatus.SUCCESS))


QUERY = bytes.fromhex(
    "420078 01 00000070"  # Request Message
    "420077 01 00000038"  # Request Header: protocol version 1.4, one batch item
    "420069 01 00000020 42006a 02 00000004 0000000100000000 42006b 02 00000004 0000000400000000"
    "42000d 02 00000004 0000000100000000"
    "42000f 01 00000028 42005c 05 00000004 0000001800000000"  # Query
    "420079 01 00000010 420074 05 00000004 0000000100000000"
)


@pytest.fixture
def server() -> Server:
    return Server()


def call(server: Server) -> Call:
    return server.call(QUERY)


class Late:
    """Hands over the latecomers once."""

    def __init__(self, *calls: Call) -> None:
        self.calls: Sequence[Call] = calls

    def __call__(self) -> Sequence[Call]:
        calls, self.calls = self.calls, ()
        return calls


def test_latecomers_are_answered_in_the_same_transaction_after_the_others(server: Server) -> None:
    begun: list[Any] = []
    transaction = server.store.transaction

    @contextmanager
    def counted() -> Any:
        with transaction() as tx:
            begun.append(tx)
            yield tx

    server.store.transaction = counted  # type: ignore[method-assign]
    before = server.store.audit_head().sequence
    replies = server.engine.run([call(server)], Late(call(server), call(server)))
    assert [SUCCESS in reply for reply in replies] == [True] * 3
    assert len(begun) == 1
    assert server.store.audit_head().sequence == before + 3


def test_a_round_that_fails_is_tried_call_by_call_latecomers_included(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    transaction = server.store.transaction
    failures = iter((True, False, False))

    @contextmanager
    def failing() -> Any:
        with transaction() as tx:
            yield tx
            if next(failures):
                raise StoreError("the disk of the database is full")

    server.store.transaction = failing  # type: ignore[method-assign]
    replies = server.engine.run([call(server)], Late(call(server)))
    assert [SUCCESS in reply for reply in replies] == [True] * 2
    assert server.store.audit_head().sequence == 2
    assert "a round of 2 requests failed" in caplog.text
