"""What a tree of processes has used, from /proc (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def stat_fields(text: str) -> list[str]:
    """The fields of /proc/PID/stat from the third on; the name before them may hold anything, blanks included."""
    return text[text.rindex(")") + 2 :].split()


def tree(root: int) -> list[int]:
    """A process and all that descend from it, the root first."""
    parents: dict[int, int] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(stat_fields((entry / "stat").read_text())[1])
            except (OSError, ValueError):
                continue  # it ended while we looked
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def cpu_seconds(root: int) -> float:
    """CPU time, user and system, of a tree of processes, ended and awaited children of the root included."""
    ticks = 0
    for process in tree(root):
        try:
            fields = stat_fields((PROC / str(process) / "stat").read_text())
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11 : 15 if process == root else 13])
    return ticks / TICKS_PER_SECOND


def memory_mib(process: int) -> dict[str, float]:
    """Resident and proportional memory of one process."""
    found: dict[str, float] = {}
    for line in (PROC / str(process) / "smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Pss"):
            found[f"{name.lower()}_mib"] = int(rest.split()[0]) / 1024
    return found
