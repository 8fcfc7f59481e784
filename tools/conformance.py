"""Runs every published OASIS test case against a server over mutual TLS, and writes docs/conformance.md.

Each case has a client certificate of its own, so that it finds its own objects only. Most cases share one server;
those that want other settings, change what holds for all clients, or are sent something by the server, have one for
themselves. Several cases run at once.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conformance.cases import Case
    from tests.conformance.report import Result

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

EXAMPLES = """examples:
  tools/conformance                                  every case; writes docs/conformance.md
  tools/conformance --only 'TC-*-20' --output -      some cases; the report goes to standard output
  tools/conformance ~/kmip/testcases                 the cases of another folder (vX.Y/NAME.xml, INDEX.tsv)

Without --only, the cases that are not at hand are run too, moved from siblings in other versions, and Query is asked in
every version for its operations; the report compares its lists with those of the specifications.

Exit status: 0 all passed or are excused by the specification, 1 a case failed without an excuse or Query's list is not
explained, 2 a wrong call.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the cases; see EXAMPLES for the exit status."""
    parser = argparse.ArgumentParser(
        prog="tools/conformance",
        description=__doc__.splitlines()[0],
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", nargs="?", type=Path, help="the folder of the cases; default: beside the checkout")
    parser.add_argument("--only", metavar="PATTERN", default="*", help="cases whose name fits, such as 'SKFF-*-1[24]'")
    parser.add_argument("--output", metavar="FILE", default=str(ROOT / "docs" / "conformance.md"), help="- for stdout")
    options = parser.parse_args(arguments)
    if options.folder is not None:
        # Read by the modules below when they are first imported.
        os.environ["KMIP_TESTCASES"] = str(options.folder.resolve())
    from tests.conformance.cases import all_cases, unreadable

    cases = [case for case in all_cases() if fnmatch(case.case_id, options.only)]
    illegible = {name: why for name, why in unreadable().items() if fnmatch(name, options.only)}
    if not cases and not illegible:
        parser.error("there are no such cases; name the folder that has them")
    return _report(cases, illegible, options)


def _report(cases: Sequence[Case], illegible: Mapping[str, str], options: argparse.Namespace) -> int:
    """Run everything that is asked for, write the report, and say in a line or two how it went."""
    from listing import ask_listings

    from tests.conformance.cases import family_of
    from tests.conformance.listing import render_listings, unexplained
    from tests.conformance.neighbours import absent, neighbour
    from tests.conformance.report import Result, render, render_moved
    from tests.flows.registry import FILE

    every = options.only == "*"
    absent_ones = [neighbour(*each) for each in absent()] if every and options.folder is None else []
    with tempfile.TemporaryDirectory(prefix="kmip-conformance-") as name:
        folder = Path(name)
        results = list(_run(cases, folder / "cases"))
        results += [Result(".".join(name[-2:]), name, family_of(name), why) for name, why in illegible.items()]
        moved = list(_run(absent_ones, folder / "moved"))
        # What the specifications define is read from an extract of them.
        listings = ask_listings(folder) if every and FILE.exists() else []
    sections = [render(results)]
    sections += [render_moved(moved)] if moved else []
    sections += [render_listings(listings)] if listings else []
    if options.output == "-":
        print("\n".join(sections))
    else:
        Path(options.output).write_text("\n".join(sections))
    for which, some in (("", results), (" of those that are not at hand", moved)):
        if some:
            passed = sum(not each.failure for each in some)
            print(f"{passed} of {len(some)} passed, {_open(some)} failed without an excuse{which}", file=sys.stderr)
    wrong = unexplained(listings)
    for each in wrong:
        print(f"Query: {each}", file=sys.stderr)
    return 1 if _open(results) or _open(moved) or wrong else 0


def _open(results: Sequence[Result]) -> int:
    """How many failed without an excuse."""
    return sum(bool(each.failure) and each.excuse is None for each in results)


class _Progress:
    """Says on standard error how far the run is, now and then."""

    STEP = 25

    def __init__(self, every: int) -> None:
        self._every = every
        self._done = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def __call__(self, _: object) -> None:
        """One more case is through."""
        with self._lock:
            self._done += 1
            if self._done % self.STEP == 0:
                seconds = time.monotonic() - self._began
                print(f"{self._done} of {self._every} cases run, {seconds:.0f} s", file=sys.stderr, flush=True)


def _run(cases: Sequence[Case], folder: Path) -> Iterator[Result]:
    """Run the groups beside each other, those that wait for a date first."""
    from conforming import WAITING_SITE, run_group, site_of

    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(site_of(case), []).append(case)
    ordered = sorted(groups, key=lambda name: (name != WAITING_SITE, -len(groups[name])))
    progress = _Progress(len(cases))
    # One more than there are processors, for a group that waits.
    with ThreadPoolExecutor((os.cpu_count() or 2) + 1) as pool:
        done = [
            pool.submit(run_group, groups[name], folder / f"site-{number}", progress)
            for number, name in enumerate(ordered)
        ]
        again: list[Case] = []
        for each in done:
            for case, result in each.result():
                if result.failure and result.excuse is None:
                    again.append(case)
                else:
                    yield result
        # On a shared server a case may find what others left for everybody: public keys, certificates. What fails
        # there is decided on a server of its own.
        if again:
            print(f"{len(again)} are decided on a server of their own", file=sys.stderr, flush=True)
        alone = [
            pool.submit(run_group, [case], folder / f"alone-{number}", _ignored) for number, case in enumerate(again)
        ]
        for each in alone:
            yield each.result()[0][1]


def _ignored(_: object) -> None:
    """A second run counts for nothing in the progress."""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
