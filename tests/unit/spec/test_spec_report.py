"""The rows agree with the published tables, and the report that says so can say otherwise."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "tools"


sys.path.insert(0, str(TOOLS))
comparison = importlib.import_module("spec_comparison")
ABSENT = "the published tables are absent: 8 versions not compared (set KMIP_SHARED)"
needs_registry = pytest.mark.skipif(not comparison.registry_path().exists(), reason=ABSENT)


@pytest.fixture(scope="module")
def registry() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(comparison.registry_path().read_text())
    return loaded


@needs_registry
def test_every_difference_is_explained(registry: dict[str, Any]) -> None:
    faults = [str(d) for d in comparison.differences(registry) if comparison.explanation(d) is None]
    assert faults == []


@needs_registry
def test_no_explanation_is_left_over(registry: dict[str, Any]) -> None:
    found = {comparison.explanation(difference) for difference in comparison.differences(registry)}
    assert set(comparison.EXPLAINED.values()) - found == set()


@needs_registry
def test_a_wrong_row_is_found(registry: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(registry))
    changed["attributes"]["Name"]["2.1"]["rules"]["deletable_by_client"] = "No"
    changed["tags"][0]["name"] = "Something Else"
    changed["operations"]["Get"]["payloads"]["2.1"]["section"] = "9.9"
    next(v for v in changed["masks"]["Cryptographic Usage Mask"]["values"] if v["name"] == "Sign")["versions"] = []
    table = next(t for t in changed["structures"]["1.4"] if t["caption"].endswith("Digest Attribute Structure"))
    table["rows"][1], table["rows"][2] = table["rows"][2], table["rows"][1]
    found = {str(d) for d in comparison.differences(changed)} - {str(d) for d in comparison.differences(registry)}
    assert found == {
        "attribute Name: client_may_delete is printed 'No'",
        "tag Activation Date: 0x420001 is printed 'Something Else'",
        "operation Get: is printed in §9.9",
        "Cryptographic Usage Mask Sign: 0x1 is not in the version",
        "structure Digest: is printed in the order Digest Value, Hashing Algorithm, Key Format Type",
    }


def test_the_tool_says_when_it_has_nothing_to_compare_with(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, TOOLS / "spec_report"], env={"KMIP_SHARED": str(tmp_path)}, capture_output=True, text=True
    )
    assert run.returncode == 2
    assert "KMIP_SHARED" in run.stderr


@needs_registry
def test_the_tool_succeeds() -> None:
    run = subprocess.run([sys.executable, TOOLS / "spec_report"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    assert "0 unexplained" in run.stdout
