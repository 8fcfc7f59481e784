"""Any request that succeeds, with any one thing of it changed, is answered in the standard's words.

The requests are those of the published cases, each sent where its case sends it, and one for each operation in each
version. Whatever is changed at whatever depth: the answer is a message of the standard; a failure names a reason, and
not that the server failed; what was refused left nothing behind; the next request is answered.

``KMIP_MUTANTS`` says how many are tried, the usual number is for every day.
"""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.database import InMemoryExampleDatabase

from kmip_server.spec.enums import Operation, QueryFunction, ResultReason, ResultStatus
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1, V3_0, VERSIONS, Version
from kmip_server.wire import ttlv
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case, all_cases
from tests.conformance.run import WithoutSocket, run, server_for
from tests.flows import error_works, strict
from tests.flows.client import Client
from tests.flows.requests import Query
from tests.kit import ALICE, TABLE, Server
from tests.material import CASE_FILES, NO_CASES
from tests.property.mutants import mutant

HOW_MANY = int(os.environ.get("KMIP_MUTANTS", "300"))
AT_ONCE = 10
"""Mutants of one request before the case is played from its beginning again."""
SLOW = {Operation.CREATE_KEY_PAIR, Operation.RE_KEY_KEY_PAIR, Operation.CERTIFY, Operation.RE_CERTIFY}
SAID_ALL_THE_SAME = ("is not quantum safe", "The Tag Length is invalid")
"""General Failure where the published cases want it (QS-M-2, CS-BC-M-GCM-1)."""


def contents(server: Server) -> dict[str, Any]:
    """All that the store holds, but for the audit trail, and for tickets: a refused request counts as one of theirs."""
    held = vars(server.store).items()
    kept = {name: each for name, each in held if isinstance(each, dict | list | set)}
    return {name: copy.copy(each) for name, each in kept.items() if name not in ("audit", "tickets")}


@contextmanager
def silence() -> Iterator[list[logging.LogRecord]]:
    """What the server logs as a failure of its own."""
    found: list[logging.LogRecord] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record)

    listener = Listener(logging.ERROR)
    logging.getLogger("kmip_server").addHandler(listener)
    try:
        yield found
    finally:
        logging.getLogger("kmip_server").removeHandler(listener)


def answered(server: Server, sent: Item) -> list[Item]:
    """The batch items of the answer, which is of the standard's form."""
    reply = ttlv.parse(server.send(ttlv.print_(sent), ALICE))
    assert reply[0] == Tag.RESPONSE_MESSAGE and reply[2][0][0] == Tag.RESPONSE_HEADER
    items = strict.children(reply, Tag.BATCH_ITEM)
    assert items and len(items) == len(reply[2]) - 1
    return items


def require_in_order(server: Server, sent: Item) -> None:
    """Send it; hold the answer, the log and the store against what is promised."""
    before = contents(server)
    with silence() as logged:
        items = answered(server, sent)
    assert [record.getMessage() for record in logged] == []
    done = False
    for item in items:
        status = ResultStatus(strict.value(item, Tag.RESULT_STATUS))
        reason, message = strict.child(item, Tag.RESULT_REASON), strict.child(item, Tag.RESULT_MESSAGE)
        assert (reason is not None) == (status is ResultStatus.OPERATION_FAILED)
        done |= status in (ResultStatus.SUCCESS, ResultStatus.OPERATION_PENDING)
        if reason is not None and reason[2] == ResultReason.GENERAL_FAILURE:
            assert message is not None and message[2].endswith(SAID_ALL_THE_SAME), message
    if not done:
        assert contents(server) == before
    assert Client(server, V2_1).one(Query(query_function=[QueryFunction.QUERY_PROFILES])).ok


class _Enough(Exception):
    """The step whose mutants were wanted has been reached."""


class _Mutating(WithoutSocket):
    """Plays a case up to a step, and there sends what is nearly its request."""

    def __init__(self, server: Server, step: int, random: Random) -> None:
        super().__init__(server)
        self._step, self._random = step, random

    def asker(self, case: Case) -> Callable[[Item], Item]:
        usual = super().asker(case)

        def ask(sent: Item) -> Item:
            self._step -= 1
            if self._step >= 0:
                return usual(sent)
            for _ in range(AT_ONCE):
                require_in_order(self.server, mutant(sent, self._random))
            raise _Enough

        return ask


SETTINGS = settings(
    deadline=None,
    max_examples=max(1, HOW_MANY // AT_ONCE),
    suppress_health_check=list(HealthCheck),
    database=InMemoryExampleDatabase(),
)


@pytest.mark.skipif(not CASE_FILES, reason=NO_CASES)
@SETTINGS
@given(number=st.integers(0, 10_000), step=st.integers(0, 20), seed=st.integers(0, 2**32))
def test_a_published_request_with_one_thing_changed(number: int, step: int, seed: int) -> None:
    cases = all_cases()
    case = cases[number % len(cases)]
    try:
        run(case, _Mutating(server_for(case), step % len(case.exchanges), Random(seed)))
    except _Enough:
        pass


SERVED: list[tuple[Operation, Version]] = [
    (code, version)
    for code in sorted(TABLE)
    for version in VERSIONS
    if version < V3_0 and code.in_version(version) and code in {*error_works.WITHOUT_OBJECT, *error_works.ON_ONE}
    if code not in SLOW and code is not Operation.RE_PROVISION
]


@SETTINGS
@given(which=st.sampled_from(SERVED), seed=st.integers(0, 2**32))
def test_a_request_of_any_operation_with_one_thing_changed(which: tuple[Operation, Version], seed: int) -> None:
    code, version = which
    client, random = Client(Server(interop=True), version), Random(seed)
    sent = client.message(error_works.works(code, client))
    for _ in range(AT_ONCE):
        require_in_order(client.server, mutant(sent, random))
