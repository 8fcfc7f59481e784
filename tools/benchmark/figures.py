"""The arithmetic of the benchmark: percentiles, medians over rounds, ratios, and the tables that show them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

TARGETS = {"get": 25.0, "encrypt": 25.0, "create": 15.0, "locate-1000": 1000.0, "connect": 4.0}
"""By workload: how many times less server CPU per operation than PyKMIP is asked, at 8 and 32 connections."""
TARGET_CONNECTIONS = (8, 32)
FLAT = 1.3
"""Locate among 10 000 may cost this much of Locate among 1 000: below it, two runs on one machine differ anyway."""
MEMORY_MIB = 120.0
START_SECONDS = 2.0

TITLES = {
    "get": "Get",
    "create": "Create",
    "encrypt": "Encrypt AES-GCM 64 B",
    "locate-1000": "Locate by name, 1 000 objects",
    "locate-10000": "Locate by name, 10 000 objects",
    "connect": "new connection + Get",
    "resume": "resumed connection + Get",
}


@dataclass(frozen=True)
class Measured:
    """What one server did in one interval, or the medians of several."""

    server: str
    workload: str
    connections: int
    operations: int
    """Answered with Success, all rounds together."""
    per_second: float
    cpu_us: float
    """Server CPU (user and system, the whole process tree) per operation."""
    p50_ms: float
    p99_ms: float
    generator_load: float
    """CPU seconds of the load generator per second: near 1, operations per second are a lower bound."""

    @property
    def key(self) -> tuple[str, str, int]:
        """Server, workload, connections."""
        return self.server, self.workload, self.connections


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that ``percent`` of the values do not exceed (nearest rank); ValueError where there are none."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)  # rounded up
    return ordered[min(len(ordered), max(1, int(rank))) - 1]


def medians(rounds: Sequence[Measured]) -> Measured:
    """One figure of several rounds of the same measurement: medians, and the sum of the operations."""
    if len({each.key for each in rounds}) != 1:
        raise ValueError("rounds of different measurements")

    def median(name: str) -> float:
        return float(statistics.median(getattr(each, name) for each in rounds))

    return Measured(
        *rounds[0].key,
        sum(each.operations for each in rounds),
        *(median(name) for name in ("per_second", "cpu_us", "p50_ms", "p99_ms", "generator_load")),
    )


def combine(rounds: Iterable[Measured]) -> list[Measured]:
    """The medians of each measurement, in the order in which they were first made."""
    groups: dict[tuple[str, str, int], list[Measured]] = {}
    for each in rounds:
        groups.setdefault(each.key, []).append(each)
    return [medians(group) for group in groups.values()]


@dataclass(frozen=True)
class Row:
    """Both servers at the same work. PyKMIP's side may stand for more connections than it was measured at."""

    workload: str
    connections: int
    theirs: Measured | None
    ours: Measured | None

    @property
    def ratio(self) -> float | None:
        """PyKMIP's server CPU per operation divided by ours."""
        if self.theirs is None or self.ours is None or not self.ours.cpu_us:
            return None
        return self.theirs.cpu_us / self.ours.cpu_us

    @property
    def target(self) -> float | None:
        """The least ratio asked for, where one is."""
        return TARGETS.get(self.workload) if self.connections in TARGET_CONNECTIONS else None


def rows(measured: Sequence[Measured]) -> list[Row]:
    """Set the servers side by side.

    PyKMIP works under one lock, so its CPU per operation does not depend on the connections: where it was not
    measured at a row's connections, its measurement at the nearest number stands in (and the table says so).
    """
    by_key = {each.key: each for each in measured}
    # Where ours was measured, its connections make the rows; what only PyKMIP did stands in those.
    done_by_us = {each.workload for each in measured if each.server == "ours"}
    wanted = dict.fromkeys(
        (each.workload, each.connections)
        for each in measured
        if each.server == "ours" or each.workload not in done_by_us
    )
    out: list[Row] = []
    for workload, connections in wanted:
        theirs = [each for each in measured if each.server == "pykmip" and each.workload == workload]
        nearest = min(theirs, key=lambda each: abs(each.connections - connections), default=None)
        out.append(Row(workload, connections, nearest, by_key.get(("ours", workload, connections))))
    order = list(TITLES)
    return sorted(out, key=lambda row: (order.index(row.workload), row.connections))


def verdict(value: float | None, limit: float | None, *, at_least: bool = True) -> str:
    """Whether a target is met: "yes", "NO", or nothing where there is none or nothing was measured."""
    if value is None or limit is None:
        return ""
    return "yes" if (value >= limit if at_least else value <= limit) else "NO"


def ratio_table(side_by_side: Sequence[Row]) -> str:
    """The table of all measurements, in Markdown."""
    lines = [
        "| operation | connections | PyKMIP op/s | CPU ms/op | p50 / p99 ms | ours op/s | CPU ms/op | p50 / p99 ms "
        "| CPU ratio | target | met |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for row in side_by_side:
        target = "" if row.target is None else f"≥ {_count(row.target)}x"
        ratio = "" if row.ratio is None else f"**{_count(row.ratio)}x**"
        cells = [TITLES[row.workload], str(row.connections), *_cells(row.theirs, row), *_cells(row.ours, row)]
        lines.append("| " + " | ".join([*cells, ratio, target, verdict(row.ratio, row.target)]) + " |")
    return "\n".join(lines)


def _cells(each: Measured | None, row: Row) -> list[str]:
    """Operations per second, CPU, latencies; a figure measured otherwise says where, few operations say how few."""
    if each is None:
        return ["", "", ""]
    notes = [f"at {each.connections}"] if each.connections != row.connections else []
    notes += [f"n={each.operations}"] if each.operations < 100 else []
    rate = _count(each.per_second) + (f" ({', '.join(notes)})" if notes else "")
    return [rate, _count(each.cpu_us / 1000), f"{_count(each.p50_ms)} / {_count(each.p99_ms)}"]


def _count(value: float) -> str:
    """Three figures, thousands apart."""
    if value >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def other_table(measured: Sequence[Measured], memory: dict[str, float], start_seconds: float | None) -> str:
    """The targets that are no ratio to PyKMIP: flatness of Locate, memory, start-up; in Markdown."""
    lines = ["| | measured | target | met |", "|---|--:|--:|---|"]
    for connections, slope in flatness(measured):
        name = f"Locate, 10 000 objects ÷ 1 000 objects, CPU, {connections} connections"
        lines.append(f"| {name} | {_count(slope)}x | ≤ {FLAT}x (flat) | {verdict(slope, FLAT, at_least=False)} |")
    for name, limit in (("rss_mib", MEMORY_MIB), ("pss_mib", None)):
        if name in memory:
            title = f"memory of an idle worker, {name[:3].upper()}"
            value = memory[name]
            target = "" if limit is None else f"< {limit:.0f} MiB"
            lines.append(f"| {title} | {value:.0f} MiB | {target} | {verdict(value, limit, at_least=False)} |")
    if start_seconds is not None:
        met = verdict(start_seconds, START_SECONDS, at_least=False)
        objects = f"{int(memory.get('objects', 0)):,}".replace(",", " ")
        lines.append(f"| start to first answer with {objects} objects | {start_seconds:.2f} s | < 2 s | {met} |")
    return "\n".join(lines)


def flatness(measured: Sequence[Measured]) -> list[tuple[int, float]]:
    """Connections, and our CPU per Locate among 10 000 objects divided by that among 1 000."""
    cost = {(each.workload, each.connections): each.cpu_us for each in measured if each.server == "ours"}
    return [
        (connections, cost["locate-10000", connections] / small)
        for (workload, connections), small in cost.items()
        if workload == "locate-1000" and small and ("locate-10000", connections) in cost
    ]


def as_json(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """The measurements for a file."""
    return [asdict(each) for each in measured]


def from_json(saved: Sequence[dict[str, Any]]) -> list[Measured]:
    """The measurements of a file."""
    return [Measured(**each) for each in saved]
