"""Finds the OASIS test cases and captured requests: third-party data that is not part of this repository.

They are looked for in the folder that ``KMIP_SHARED`` names, else beside the checkout; the test cases alone in that of
``KMIP_TESTCASES``. Tests which need
them are skipped where they are absent, and say so with a count.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(os.environ.get("KMIP_SHARED") or Path(__file__).resolve().parents[2] / "shared" / "kmip")
"""Where the material lies, if it lies anywhere."""

CASES = Path(os.environ.get("KMIP_TESTCASES") or ROOT / "testcases")
"""Where the test cases lie."""

CASE_FILES: list[Path] = sorted(CASES.glob("v*/*.xml")) or sorted(CASES.rglob("*-[1-3][0-9].xml"))
"""The published test cases, by version and name; in a folder without one for each version, whatever is named so."""

CAPTURE_FILES: list[Path] = sorted(ROOT.glob("captures/*.hex"))
"""Requests, and a few responses, of real clients and servers."""

EXPECTED_CASES = 678
EXPECTED_CAPTURES = 428

NO_CASES = f"the OASIS test cases are absent: {EXPECTED_CASES} cases not run (set KMIP_SHARED)"
NO_CAPTURES = f"the captured messages are absent: {EXPECTED_CAPTURES} messages not run (set KMIP_SHARED)"


@dataclass(frozen=True)
class Capture:
    """One captured message: whence, what it is, its bytes."""

    file: str
    line: int
    description: str
    data: bytes


def captures() -> list[Capture]:
    """Every captured message, requests and responses."""
    found: list[Capture] = []
    for path in CAPTURE_FILES:
        description = ""
        for number, text in enumerate(path.read_text().splitlines(), 1):
            if text.startswith("#"):
                description = text[1:].strip()
            elif text.strip():
                found.append(Capture(path.name, number, description, bytes.fromhex(text)))
    return found
