"""The report says what it is given: passes counted by version and family, every other case with its reason."""

from __future__ import annotations

import pytest

from kmip_server.spec.enums import Operation
from kmip_server.spec.version import V2_1
from tests.conformance import report
from tests.conformance.excuses import Excuse
from tests.conformance.listing import Listing, render_listings, specified, unexplained
from tests.conformance.report import Result, render
from tests.flows.registry import FILE, NO_REGISTRY

RESULTS = [
    Result("1.4", "SKLC-M-1-14", "SKLC"),
    Result("1.4", "SKLC-M-2-14", "SKLC", "exchange 0: ResultStatus: expected 0, got 1"),
    Result("2.0", "TC-X-1-20", "TC-X", "exchange 3: no such field here", True),
    Result("2.0", "SKLC-M-1-20", "SKLC"),
]


@pytest.fixture(autouse=True)
def excuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "excuse_for", {"TC-X-1-20": Excuse("2.0 §1 says otherwise")}.get)


def test_passes_are_counted_by_version_and_family() -> None:
    lines = render(RESULTS).splitlines()
    assert "| SKLC | 1 / 2 | 1 / 1 |" in lines
    assert "| TC-X |  | 0 / 1 |" in lines
    assert "| **all** | **1 / 2** | **1 / 2** |" in lines
    assert "Passed 2 of 4; 1 are excused below, 1 are not explained." in lines


def test_every_case_that_does_not_pass_is_named_with_its_reason() -> None:
    text = render(RESULTS)
    assert "- **SKLC-M-2-14**: NOT EXPLAINED: exchange 0: ResultStatus: expected 0, got 1" in text
    assert "- **TC-X-1-20**: 2.0 §1 says otherwise" in text
    assert "## Not passed in 1.4" in text


def test_the_order_of_the_run_does_not_show() -> None:
    assert render(RESULTS[::-1]) == render(RESULTS)


def test_an_excuse_that_is_not_needed_is_none() -> None:
    assert Result("2.0", "TC-X-1-20", "TC-X").excuse is None


@pytest.mark.skipif(not FILE.exists(), reason=NO_REGISTRY)
def test_an_operation_that_query_does_not_list_is_explained_or_said() -> None:
    every = specified(V2_1)
    assert len(every) == 59
    wanting = {Operation.CERTIFY, Operation.PUT}
    good = [Listing(V2_1, every - wanting, every)]
    assert unexplained(good) == []
    text = render_listings(good)
    assert "| 2.1 | 59 | 59 | 57 |" in text
    assert "- **Certify**: `[certificates]`, an authority that signs\n- **Put**" in text
    assert unexplained([Listing(V2_1, every - {Operation.GET}, every)]) == [
        "2.1: Get is not listed by a server as it comes"
    ]
    bad = [Listing(V2_1, every - {Operation.GET}, every - {Operation.GET} | {Operation.OBLITERATE})]
    assert unexplained(bad) == ["2.1: Get is not listed", "2.1: Obliterate is not defined"]
    assert "- NOT EXPLAINED: 2.1: Get is not listed" in render_listings(bad)


def test_an_excuse_covers_no_other_failure() -> None:
    result = Result("2.0", "TC-X-1-20", "TC-X", "exchange 4: expected 1, got 2")
    assert result.excuse is None
    assert "NOT EXPLAINED: exchange 4: expected 1, got 2" in render([result])
