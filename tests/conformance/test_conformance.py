"""Every published test case that uses only served operations, each a test with its own name.

``pytest tests/conformance -s -k table`` prints the table of passes by version and family.
"""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatch

import pytest

from kmip_server.operations import load_all
from tests import material
from tests.conformance.cases import Case, all_cases, operations_of
from tests.conformance.excuses import EXCUSES, OF_ABSENT, Excuse, excuse_for
from tests.conformance.pushing import SENT
from tests.conformance.run import run

SERVED = frozenset(load_all())


def cases() -> list[Case]:
    return [case for case in all_cases() if operations_of(case) <= SERVED | SENT] if material.CASE_FILES else []


@pytest.mark.skipif(not material.CASE_FILES, reason=material.NO_CASES)
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.case_id)
def test_case(case: Case) -> None:
    outcome = run(case)
    excuse = excuse_for(case.case_id)
    assert outcome.explained, str(outcome)
    if excuse is None:
        assert outcome.passed, str(outcome)
    elif excuse.mended is not None:
        assert not run(case, as_printed=True).passed, f"its excuse is no longer needed ({excuse.reason})"
    else:
        assert outcome.excused, f"its excuse is no longer needed ({excuse.reason})"


@pytest.mark.skipif(not material.CASE_FILES, reason=material.NO_CASES)
@pytest.mark.parametrize(("pattern", "excuse"), EXCUSES, ids=lambda part: part if isinstance(part, str) else "")
def test_every_place_of_an_excuse_is_needed(pattern: str, excuse: Excuse) -> None:
    excused = [found for case in cases() if fnmatch(case.case_id, pattern) for found in run(case).excused]
    assert excused, "no case at hand has this slip"
    for number, end in excuse.places:
        assert any(found == number and str(what).partition(": ")[0].endswith(end) for found, what in excused), end


def test_what_is_excused_of_absent_cases_is_absent() -> None:
    """Once the case is at hand its places can be shown to be needed."""
    assert not [case for case in all_cases() for pattern, _ in OF_ABSENT if fnmatch(case.case_id, pattern)]


@pytest.mark.skipif(not material.CASE_FILES, reason=material.NO_CASES)
def test_table_of_cases(capsys: pytest.CaptureFixture[str]) -> None:
    """The table: how many cases of each version and family are in reach, and how many of them are excused."""
    total: Counter[tuple[str, str]] = Counter()
    excused: Counter[tuple[str, str]] = Counter()
    for case in cases():
        total[(case.version, case.family)] += 1
        excused[(case.version, case.family)] += excuse_for(case.case_id) is not None
    versions = sorted({version for version, _ in total})
    lines = ["family".ljust(28) + "".join(version.rjust(9) for version in versions)]
    for family in sorted({family for _, family in total}):
        cells = [(total[(version, family)], excused[(version, family)]) for version in versions]
        lines.append(family.ljust(28) + "".join(f"{n - e}/{n}".rjust(9) if n else " " * 9 for n, e in cells))
    sums = [sum(total[key] - excused[key] for key in total if key[0] == version) for version in versions]
    alls = [sum(total[key] for key in total if key[0] == version) for version in versions]
    lines.append("all".ljust(28) + "".join(f"{a}/{b}".rjust(9) for a, b in zip(sums, alls, strict=True)))
    with capsys.disabled():
        print("\n" + "\n".join(lines))
        print(f"passed {sum(sums)} of {sum(alls)}; the reasons of the others stand in tests/conformance/excuses.py")
    assert sum(alls) == len(cases())
