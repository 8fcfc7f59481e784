"""Whether a client learns that an object exists which it may not see: never, unless the operator says so."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.enums import ResultReason
from kmip_server.spec.version import V1_2, VERSIONS, Version
from tests.flows.client import Client
from tests.flows.requests import Destroy, Get, GetAttributeList, Locate
from tests.kit import BOB


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_an_operator_may_have_it_said_that_an_object_is_there(make_server: Any, version: Version) -> None:
    """1.2 §11.1: "Client is not allowed to perform the specified operation": Permission Denied."""
    server = make_server(conceals=False)
    uid = Client(server, version).create()
    other = Client(server, version, BOB)
    for request in (Get, GetAttributeList, Destroy):
        assert other.refusal(request(unique_identifier=uid)) is ResultReason.PERMISSION_DENIED
        answer = other.one(request(unique_identifier="none"))
        assert answer.reason in (ResultReason.ITEM_NOT_FOUND, ResultReason.OBJECT_NOT_FOUND)
    assert other.do(Locate()).unique_identifier == []


def test_else_it_is_answered_as_one_that_is_not(server: Any) -> None:
    uid = Client(server, V1_2).create()
    other = Client(server, V1_2, BOB)
    answers = [other.one(Get(unique_identifier=each)) for each in (uid, "none")]
    assert {(each.reason, each.message) for each in answers} == {(ResultReason.ITEM_NOT_FOUND, answers[0].message)}
