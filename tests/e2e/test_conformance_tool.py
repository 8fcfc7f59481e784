"""tools/conformance: real cases against a real server, and what it says of a wrong call."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import material

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "conformance.py"), *arguments],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tools'}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.skipif(not material.CASE_FILES, reason=material.NO_CASES)
def test_cases_run_over_tls(tmp_path: Path) -> None:
    target = tmp_path / "report.md"
    done = run("--only", "SKLC-M-1-1[24]", "--output", str(target))
    assert (done.returncode, done.stderr) == (0, "2 of 2 passed, 0 failed without an excuse\n")
    assert "| SKLC | 1 / 1 | 1 / 1 |" in target.read_text()


@pytest.mark.skipif(not material.CASE_FILES, reason=material.NO_CASES)
@pytest.mark.parametrize("pattern", ["TC-NP-2-14", "TC-Q-S2C-PROF-2-14", "TC-151-11", "TC-CREG-3-13"])
def test_cases_that_need_a_subscriber_a_fresh_object_or_no_authority(pattern: str) -> None:
    done = run("--only", pattern, "--output", "-")
    assert done.returncode == 0, done.stdout
    assert "1 of 1 passed, 0 failed without an excuse" in done.stderr


def test_an_empty_folder_is_a_wrong_call(tmp_path: Path) -> None:
    done = run(str(tmp_path))
    assert done.returncode == 2
    assert "there are no such cases; name the folder that has them" in done.stderr


@pytest.mark.skipif(not material.CASE_FILES, reason=material.NO_CASES)
def test_a_case_that_fails_without_an_excuse_fails_the_run(tmp_path: Path) -> None:
    text = (material.CASES / "v1.4" / "SKLC-M-1-14.xml").read_text()
    (tmp_path / "v1.4").mkdir()
    (tmp_path / "v1.4" / "SKLC-M-1-14.xml").write_text(text.replace('value="Success"', 'value="OperationUndone"'))
    done = run(str(tmp_path), "--output", "-")
    assert done.returncode == 1
    assert "NOT EXPLAINED: exchange 0: " in done.stdout
    assert "0 of 1 passed, 1 failed without an excuse" in done.stderr
