"""The report says what it is given: passes counted by version and family, every other case with its reason."""

from __future__ import annotations

import pytest

from tests.conformance import report
from tests.conformance.report import Result, render

RESULTS = [
    Result("1.4", "SKLC-M-1-14", "SKLC"),
    Result("1.4", "SKLC-M-2-14", "SKLC", "exchange 0: ResultStatus: expected 0, got 1"),
    Result("2.0", "TC-X-1-20", "TC-X", "exchange 3: no such field here"),
    Result("2.0", "SKLC-M-1-20", "SKLC"),
]


@pytest.fixture(autouse=True)
def excuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "excuse_for", {"TC-X-1-20": "2.0 §1 says otherwise"}.get)


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
