"""The benchmark's own arithmetic and messages: a wrong percentile or an uncounted error make figures lies."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire.ttlv import parse, print_

TOOLS = Path(__file__).resolve().parents[3] / "tools"
sys.path.append(str(TOOLS))

import bench  # noqa: E402  # found by the line above
from benchmark import figures, messages, processes  # noqa: E402
from benchmark.load import Generator, Job  # noqa: E402

GET = figures.Measured("ours", "get", 8, 1000, 5000.0, 100.0, 1.0, 2.0, 0.5)


# --- messages -------------------------------------------------------------------------------------------


def payload_of(request: bytes) -> dict[int, object]:
    """Operation and payload of the first batch item of a request."""
    batch_item = next(item for item in parse(request)[2] if item[0] == Tag.BATCH_ITEM)
    fields = {tag: value for tag, _, value in batch_item[2]}
    return {Tag.OPERATION: fields[Tag.OPERATION]} | {tag: value for tag, _, value in fields[Tag.REQUEST_PAYLOAD]}


def reply(*payload: tuple[int, int, object], status: int = 0, message: str | None = None) -> bytes:
    """A reply with one batch item."""
    fields: list[tuple[int, int, object]] = [(Tag.RESULT_STATUS, ItemType.ENUMERATION, status)]
    if status:
        fields.append((Tag.RESULT_REASON, ItemType.ENUMERATION, ResultReason.ITEM_NOT_FOUND))
    if message is not None:
        fields.append((Tag.RESULT_MESSAGE, ItemType.TEXT_STRING, message))
    if payload:
        fields.append((Tag.RESPONSE_PAYLOAD, ItemType.STRUCTURE, list(payload)))
    batch_item = (Tag.BATCH_ITEM, ItemType.STRUCTURE, fields)
    return print_((Tag.RESPONSE_MESSAGE, ItemType.STRUCTURE, [batch_item]))


def found(*identifiers: str) -> list[tuple[int, int, object]]:
    return [(Tag.UNIQUE_IDENTIFIER, ItemType.TEXT_STRING, each) for each in identifiers]


@pytest.mark.parametrize(
    ("request_bytes", "operation", "identifier"),
    [
        (messages.get("7"), Operation.GET, "7"),
        (messages.activate("7"), Operation.ACTIVATE, "7"),
        (messages.encrypt("7"), Operation.ENCRYPT, "7"),
        (messages.create(), Operation.CREATE, None),
        (messages.locate("volume-000001"), Operation.LOCATE, None),
    ],
)
def test_each_request_is_a_whole_message_of_its_operation(
    request_bytes: bytes, operation: Operation, identifier: str | None
) -> None:
    payload = payload_of(request_bytes)
    assert payload[Tag.OPERATION] == operation
    assert payload.get(Tag.UNIQUE_IDENTIFIER) == identifier


def test_encrypt_asks_for_gcm_of_64_bytes() -> None:
    payload = payload_of(messages.encrypt("7"))
    parameters = {tag: value for tag, _, value in payload[Tag.CRYPTOGRAPHIC_PARAMETERS]}  # type: ignore[attr-defined]
    assert len(payload[Tag.DATA]) == 64  # type: ignore[arg-type]
    assert (parameters[Tag.BLOCK_CIPHER_MODE], parameters[Tag.TAG_LENGTH]) == (9, 16)


def test_a_batch_of_creations_has_an_item_and_an_id_for_each_name() -> None:
    items = [item for item in parse(messages.create_named(["a", "b", "c"]))[2] if item[0] == Tag.BATCH_ITEM]
    ids = {value for item in items for tag, _, value in item[2] if tag == Tag.UNIQUE_BATCH_ITEM_ID}
    assert len(items) == len(ids) == 3


def test_a_single_request_carries_no_batch_item_id() -> None:
    assert Tag.UNIQUE_BATCH_ITEM_ID.to_bytes(3, "big") not in messages.get("7")


def test_identifiers_are_read_from_a_reply() -> None:
    assert messages.identifiers(reply(*found("a", "b"))) == ["a", "b"]


def test_a_refusal_is_told_in_the_servers_words() -> None:
    with pytest.raises(SystemExit, match="no such key"):
        messages.identifiers(reply(status=1, message="no such key"))


# --- what counts as an answer ---------------------------------------------------------------------------


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> Generator:
    """A generator of Locates that has no certificates and connects to nobody."""
    monkeypatch.setattr("benchmark.load._client_context", lambda folder: None)
    expected = messages.EXPECTED["locate"].hex()
    return Generator(Job(0, 0, "", [b"1".hex(), b"2".hex()], messages.SUCCESS.hex(), expected))


def test_a_reply_that_did_the_work_counts(generator: Generator) -> None:
    generator.check(reply(*found("a")))


@pytest.mark.parametrize(
    "answer",
    [
        reply(status=1, message="no"),
        reply(*found("a"), status=1),
        reply(),
        reply(*found("a", "b")),
    ],
    ids=["refused", "refused with a payload", "nothing found", "two found"],
)
def test_any_other_reply_ends_the_run(generator: Generator, answer: bytes) -> None:
    with pytest.raises(SystemExit, match="not the one expected"):
        generator.check(answer)


def test_what_a_get_and_an_encryption_must_hold() -> None:
    key = (Tag.KEY_MATERIAL, ItemType.BYTE_STRING, bytes(32))
    data = (Tag.DATA, ItemType.BYTE_STRING, bytes(64))
    assert messages.EXPECTED["get"] in reply(*found("a"), key)
    assert messages.EXPECTED["encrypt"] in reply(*found("a"), data)
    assert messages.EXPECTED["encrypt"] not in reply(*found("a"), (Tag.DATA, ItemType.BYTE_STRING, bytes(80)))


def test_requests_are_taken_in_turn(generator: Generator) -> None:
    assert [generator.next_request() for _ in range(4)] == [b"2", b"1", b"2", b"1"]


# --- figures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([5.0], 99, 5.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([4.0, 3.0, 2.0, 1.0], 50, 2.0),
        ([float(n) for n in range(1, 101)], 99, 99.0),
        ([float(n) for n in range(1, 101)], 100, 100.0),
        ([float(n) for n in range(1, 101)], 0, 1.0),
        ([float(n) for n in range(1, 201)], 99, 198.0),
    ],
)
def test_percentile_is_the_nearest_rank(values: list[float], percent: float, expected: float) -> None:
    assert figures.percentile(values, percent) == expected


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        figures.percentile([], 50)


def test_rounds_become_their_median_and_the_sum_of_their_operations() -> None:
    rounds = [replace(GET, cpu_us=cost, operations=10) for cost in (90.0, 500.0, 110.0)]
    (one,) = figures.combine(rounds)
    assert (one.cpu_us, one.operations, one.per_second) == (110.0, 30, GET.per_second)


def test_different_measurements_stay_apart() -> None:
    other = replace(GET, connections=32)
    assert figures.combine([GET, other, GET]) == [replace(GET, operations=2000), other]
    with pytest.raises(ValueError, match="different"):
        figures.medians([GET, other])


def test_the_ratio_is_theirs_by_ours() -> None:
    theirs = replace(GET, server="pykmip", cpu_us=2600.0)
    (row,) = figures.rows([theirs, GET])
    assert (row.ratio, row.target) == (26.0, 25.0)
    line = figures.ratio_table([row]).splitlines()[-1]
    assert line.endswith("| **26.0x** | ≥ 25.0x | yes |")


def test_a_missed_target_says_no() -> None:
    theirs = replace(GET, server="pykmip", cpu_us=2400.0)
    assert figures.ratio_table(figures.rows([theirs, GET])).endswith("| **24.0x** | ≥ 25.0x | NO |")


def test_one_connection_has_no_target() -> None:
    (row,) = figures.rows([replace(GET, connections=1), replace(GET, connections=1, server="pykmip", cpu_us=1.0)])
    assert row.target is None
    assert figures.ratio_table([row]).endswith("|  |  |")


def test_the_nearest_measurement_of_pykmip_stands_in_and_says_so() -> None:
    ours = [replace(GET, workload="locate-10000", connections=n) for n in (8, 32)]
    theirs = replace(GET, server="pykmip", workload="locate-10000", connections=1, operations=2, cpu_us=5e6)
    side_by_side = figures.rows([theirs, *ours])
    assert [(row.connections, row.ratio) for row in side_by_side] == [(8, 50_000.0), (32, 50_000.0)]
    assert "(at 1, n=2)" in figures.ratio_table(side_by_side)


def test_a_side_that_was_not_measured_stays_empty() -> None:
    (row,) = figures.rows([GET])
    assert row.ratio is None
    assert figures.ratio_table([row]).endswith("| ≥ 25.0x |  |")


def test_locate_is_flat_or_not() -> None:
    cost = {1000: 100.0, 10000: 131.0}
    ours = [replace(GET, workload=f"locate-{objects}", cpu_us=cpu) for objects, cpu in cost.items()]
    assert figures.flatness(ours) == [(8, 1.31)]
    assert figures.other_table(ours, {}, None).endswith("| NO |")


def test_memory_and_start_up_are_judged() -> None:
    table = figures.other_table([], {"rss_mib": 119.0, "pss_mib": 200.0, "objects": 100_000}, 2.1)
    rss, pss, start = table.splitlines()[2:]
    assert rss.endswith("| < 120 MiB | yes |")
    assert pss.endswith("| 200 MiB |  |  |")
    assert start.startswith("| start to first answer with 100 000 objects | 2.10 s") and start.endswith("| NO |")


def test_figures_survive_a_file() -> None:
    assert figures.from_json(figures.as_json([GET])) == [GET]


# --- processes ------------------------------------------------------------------------------------------


def test_a_processes_name_may_hold_anything() -> None:
    assert processes.stat_fields("12 (a) b (c)) S 34 56") == ["S", "34", "56"]


def test_a_tree_holds_the_children() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        family = processes.tree(os.getpid())
        assert family[0] == os.getpid() and child.pid in family
        assert processes.memory_mib(os.getpid())["rss_mib"] > 1
        child.communicate(b"\n")


def test_work_of_a_process_and_of_its_ended_children_is_counted() -> None:
    before = processes.cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < .2: pass"], check=True)
    assert processes.cpu_seconds(os.getpid()) - before >= 0.15


# --- the plan -------------------------------------------------------------------------------------------


def plan(*only: str, connections: tuple[int, ...] = (1, 8, 32), quick: bool = False) -> bench.Plan:
    return bench.Plan(only, connections, 3.0, 3, quick)


def test_new_connections_are_measured_at_one_number() -> None:
    assert plan("get", "connect").cells() == [("get", 1), ("get", 8), ("get", 32), ("connect", 8)]


def test_locate_names_both_sizes() -> None:
    assert bench._workloads("get,locate") == ("get", "locate-1000", "locate-10000")


@pytest.mark.parametrize("text", ["git", "get,git", ""])
def test_an_unknown_workload_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--only", text])
    assert "choose from get, create" in capsys.readouterr().err
