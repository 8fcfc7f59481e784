"""The report of a run of the published cases: what passed, by version and family, and why each other one did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.conformance.excuses import excuse_for

_HEAD = """# Conformance

The published OASIS test cases, each run against a server over mutual TLS (KMIP over HTTPS where the case is about that)
and compared with the published answer under the variations that the profiles permit and no others (Profiles 1.0 §4.7,
3.0 §4.1; the reading of them stands at the head of `tests/conformance/comparison.py`). Written by `tools/conformance`;
`tools/test` runs the same cases without sockets.

A cell is *passed / all* of a version and a profile family.
"""

_MOVED = """## Cases that are not at hand

Published too, as far as the counts of the whole set tell, but in no file here: each is moved from its nearest sibling
in another version and run like the others.
`tests/conformance/neighbours.py` says which and how, `tests/conformance/test_neighbours.py` proves it on those that are
at hand in two neighbouring versions: what is moved is what is published, but for the edits that it names.
"""


@dataclass(frozen=True, slots=True)
class Result:
    """How one case went: without a failure it passed."""

    version: str
    case_id: str
    family: str
    failure: str = ""
    explained: bool = False
    """Whether nothing else fails than what is excused."""

    @property
    def excuse(self) -> str | None:
        """Why it may fail by the standard's own words, or None."""
        excuse = excuse_for(self.case_id) if self.failure and self.explained else None
        return excuse.reason if excuse is not None else None


def render(results: Sequence[Result]) -> str:
    """The report, in Markdown; the same for the same results."""
    ordered = sorted(results, key=lambda each: (each.version, each.case_id))
    lines = [_HEAD, *_table(ordered), ""]
    for version in sorted({each.version for each in ordered}):
        failed = [each for each in ordered if each.version == version and each.failure]
        if failed:
            lines += [f"## Not passed in {version}", ""]
            lines += [f"- **{each.case_id}**: {_words(each)}" for each in failed]
            lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def render_moved(results: Sequence[Result]) -> str:
    """The section about the cases that are not at hand, each moved here from a sibling."""
    lines = [_MOVED, *_table(results), ""]
    lines += [f"- **{each.case_id}**: {_words(each)}" for each in results if each.failure]
    return "\n".join(lines).rstrip("\n") + "\n"


def _words(result: Result) -> str:
    excuse = result.excuse
    return excuse if excuse is not None else f"NOT EXPLAINED: {result.failure}"


def _table(results: Sequence[Result]) -> list[str]:
    versions = sorted({each.version for each in results})
    every: Counter[tuple[str, str]] = Counter((each.family, each.version) for each in results)
    passed: Counter[tuple[str, str]] = Counter((each.family, each.version) for each in results if not each.failure)
    lines = [f"| family | {' | '.join(versions)} |", f"|---|{'--:|' * len(versions)}"]
    for family in sorted({each.family for each in results}):
        cells = [_cell(passed[family, version], every[family, version]) for version in versions]
        lines.append(f"| {family} | {' | '.join(cells)} |")
    everyone = Counter(each.version for each in results)
    good_ones = Counter(each.version for each in results if not each.failure)
    totals = [_cell(good_ones[version], everyone[version]) for version in versions]
    lines.append(f"| **all** | {' | '.join(f'**{cell}**' for cell in totals)} |")
    good, excused = sum(passed.values()), sum(each.excuse is not None for each in results)
    open_ones = len(results) - good - excused
    lines += ["", f"Passed {good} of {len(results)}; {excused} are excused below, {open_ones} are not explained."]
    return lines


def _cell(passed: int, every: int) -> str:
    return f"{passed} / {every}" if every else ""
