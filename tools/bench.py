"""Measures this server beside PyKMIP's: same machine, same minute, same requests, same load generator.

Each server has mutual TLS and SQLite in a folder of its own. They take turns (A B A B), so that a noisy moment hits
both; figures are medians of the rounds. The measure is the server's CPU time per operation, which depends least on
what else the machine does. Least is not nothing: differences below about 1.3x mean nothing on a shared one.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmark import figures, messages
from benchmark.load import Job
from benchmark.servers import TOOLS, Ours, PyKmip, Server

KEYS = 100
"""Get and Encrypt take turns on so many keys."""
WORKLOADS = ("get", "create", "encrypt", "locate-1000", "locate-10000", "connect", "resume")
NEW_CONNECTIONS = 8
"""How many clients connect at a time: PyKMIP's listening queue holds 5, more of them would wait for retransmits."""


@dataclass(frozen=True)
class Plan:
    """What is measured, from the command line."""

    only: tuple[str, ...]
    connections: tuple[int, ...]
    seconds: float
    rounds: int
    quick: bool

    def cells(self) -> list[tuple[str, int]]:
        """Workload and connections, in the order of measurement."""
        out = []
        for workload in self.only:
            at = (NEW_CONNECTIONS,) if workload in ("connect", "resume") else self.connections
            out += [(workload, connections) for connections in at]
        return out


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, write the JSON."""
    options = _parser().parse_args(arguments)
    seconds = options.seconds or (1.0 if options.quick else 3.0)
    connections = options.connections or ((8,) if options.quick else (1, 8, 32))
    plan = Plan(
        options.only or WORKLOADS, connections, seconds, options.rounds or (1 if options.quick else 3), options.quick
    )
    sides = [side for side in ("pykmip", "ours") if not ((options.ours_only or options.baseline) and side == "pykmip")]
    sides = [side for side in sides if not (options.pykmip_only and side == "ours")]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="kmip-bench-", dir=options.directory) as folder:
        measured = figures.combine(measure(plan, sides, Path(folder)))
        memory: dict[str, float] = {}
        start_seconds: float | None = None
        if "ours" in sides and not options.skip_start:
            memory, start_seconds = start_up(Path(folder), 10_000 if options.quick else 100_000)
    if options.baseline:
        saved = figures.from_json(json.loads(options.baseline.read_text())["measured"])
        measured = [each for each in saved if each.server == "pykmip" and each.workload in plan.only] + measured
    report = render(measured, memory, start_seconds, plan, time.perf_counter() - began)
    print(report)
    if options.json:
        content = {
            "measured": figures.as_json(measured),
            "memory": memory,
            "start_seconds": start_seconds,
            "python": platform.python_version(),
        }
        options.json.write_text(json.dumps(content, indent=1) + "\n")
    return 0


def measure(plan: Plan, sides: Sequence[str], folder: Path) -> Iterator[figures.Measured]:
    """Start what is needed, take turns, stop it. One pair of servers for each size of database."""
    for objects in dict.fromkeys(_objects(workload) for workload in plan.only):
        cells = [cell for cell in plan.cells() if _objects(cell[0]) == objects]
        with ExitStack() as stack:
            servers = [start(side, objects, folder / f"{side}-{objects}", stack) for side in sides]
            requests = {server.name: _requests(server, objects) for server in servers}
            for turn in range(plan.rounds):
                for workload, connections in cells:
                    for server in servers:
                        limits = _limits(plan, server, workload, connections, turn)
                        if limits is not None:
                            yield run(server, workload, connections, requests[server.name], limits)


def start(side: str, objects: int, folder: Path, stack: ExitStack) -> Server:
    """A server with that many objects, running until the stack is left."""
    _say(f"starting {side} with {objects} objects")
    server: Server = Ours(folder) if side == "ours" else PyKmip(folder)
    if objects:
        server.fill(objects)
    stack.callback(server.stop)
    server.start()
    return server


def _objects(workload: str) -> int:
    """How many objects the workload's database holds before it begins; 0: only those that it uses itself."""
    return int(workload.removeprefix("locate-")) if workload.startswith("locate-") else 0


def _requests(server: Server, objects: int) -> dict[str, list[bytes]]:
    """By operation, the requests that connections take in turn."""
    if objects:
        step = max(1, objects // KEYS)
        return {"locate": [messages.locate(messages.object_name(n)) for n in range(1, objects + 1, step)]}
    keys = server.keys(KEYS)
    return {
        "get": [messages.get(key) for key in keys],
        "encrypt": [messages.encrypt(key) for key in keys],
        "create": [messages.create()],
    }


def _limits(plan: Plan, server: Server, workload: str, connections: int, turn: int) -> dict[str, float] | None:
    """How long and how many; None where PyKMIP would take minutes for what its next smaller measurement tells."""
    if server.name == "ours" or not _objects(workload):
        return {"seconds": plan.seconds}
    slow = {"seconds": 3600.0, "warmup": 0.0}
    if _objects(workload) > 1000:  # 12 to 18 s each
        return {**slow, "most": 1 if plan.quick else 2} if connections == min(plan.connections) and not turn else None
    if connections > 1 and turn:  # 0.7 s each
        return None
    return {**slow, "most": max(3, connections)}


def run(
    server: Server, workload: str, connections: int, requests: dict[str, list[bytes]], limits: dict[str, float]
) -> figures.Measured:
    """One measurement by a load generator of its own."""
    operation = {"connect": "get", "resume": "get"}.get(workload, workload.partition("-")[0])
    # PyKMIP answers one Locate after the other anyway: more at a time than are made would only stand idle.
    slots = min(connections, int(limits.get("most", connections)))
    job = Job(
        port=server.port,
        server_pid=server.pid,
        certificates=str(server.certificates),
        requests=[each.hex() for each in requests[operation]],
        success=messages.SUCCESS.hex(),
        expected=messages.EXPECTED[operation].hex(),
        connections=slots,
        reconnect=workload in ("connect", "resume"),
        resume=workload == "resume",
        **limits,  # type: ignore[arg-type]  # numbers all of them
    )
    done = subprocess.run(  # our own command line
        [sys.executable, "-c", "from benchmark.load import main; raise SystemExit(main())"],
        input=json.dumps(asdict(job)),
        env=server.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        where = f"{server.name}, {workload}, {connections} connections"
        raise SystemExit(f"{where}: {done.stderr[-3000:]}\n{server.log_end()}")
    measured = figures.Measured(server.name, workload, slots, **json.loads(done.stdout))
    _say(
        f"{measured.server:6} {measured.workload:12} {measured.connections:3} connections: "
        f"{measured.per_second:9.1f}/s {measured.cpu_us:10.1f} us CPU  p50 {measured.p50_ms:.3f} ms "
        f"p99 {measured.p99_ms:.3f} ms  n={measured.operations}  generator {measured.generator_load:.0%}"
    )
    return measured


def start_up(folder: Path, objects: int) -> tuple[dict[str, float], float]:
    """Memory of an idle worker, and the seconds from start to first answer, with that many objects."""
    _say(f"filling a database with {objects} objects")
    server = Ours(folder / "ours-start")
    try:
        server.fill(objects)
        seconds = server.start()
        memory = server.worker_memory()
    finally:
        server.stop()
    return {**memory, "objects": objects}, seconds


def render(
    measured: Sequence[figures.Measured],
    memory: dict[str, float],
    start_seconds: float | None,
    plan: Plan,
    elapsed: float,
) -> str:
    """The report: how it was measured, then the tables."""
    lines = [
        "",
        f"Python {platform.python_version()}, {plan.rounds} rounds of {plan.seconds:g} s in turns, medians; "
        f"{elapsed:.0f} s in all. CPU: the server's process tree, user and system. KMIP 1.4, mutual TLS, SQLite, "
        "every reply checked. One worker of ours, with audit and durable commits; PyKMIP 0.11.0 with its defaults. "
        '"at N": measured at N connections (PyKMIP works under one lock).',
        "",
        figures.ratio_table(figures.rows(measured)),
    ]
    other = figures.other_table(measured, memory, start_seconds)
    if other.count("\n") > 1:
        lines += ["", other]
    busy = [each for each in measured if each.server == "ours" and each.generator_load > 0.9]
    if busy:
        cells = ", ".join(f"{each.workload} at {each.connections}" for each in busy)
        lines += ["", f"The load generator was the limit of: {cells}; there, ours op/s is a lower bound."]
    return "\n".join(lines)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="8 connections, one round of 1 s: about a minute")
    parser.add_argument("--only", type=_workloads, metavar="A,B", help=f"of {', '.join(WORKLOADS)} (locate: both)")
    parser.add_argument("--connections", type=_numbers, metavar="N,M", help="default 1,8,32")
    parser.add_argument("--seconds", type=float, help="length of one measurement; default 3")
    parser.add_argument("--rounds", type=int, help="measurements of each; default 3")
    parser.add_argument("--skip-start", action="store_true", help="not the memory and start-up with 100 000 objects")
    side = parser.add_mutually_exclusive_group()
    side.add_argument("--ours-only", action="store_true", help="without PyKMIP")
    side.add_argument("--pykmip-only", action="store_true", help="without ours")
    parser.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="PyKMIP's side from an earlier --json FILE instead of measuring it",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--directory", type=Path, help="folder for the databases; default: the system's temporary one")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(","))


def _workloads(text: str) -> tuple[str, ...]:
    chosen = [each for name in text.split(",") for each in WORKLOADS if each == name or each.startswith(f"{name}-")]
    if len(chosen) < len(text.split(",")):
        raise argparse.ArgumentTypeError(f"choose from {', '.join(WORKLOADS)}")
    return tuple(chosen)


if __name__ == "__main__":
    assert TOOLS == Path(__file__).resolve().parent
    raise SystemExit(main())
