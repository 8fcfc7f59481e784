"""The commands a person runs, as processes, against a server that runs."""

from __future__ import annotations

import json
import shutil
import sqlite3
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from kmip.core import enums

from kmip_server.cli import main
from kmip_server.operations.create import CreateRequest
from kmip_server.operations.query import QueryRequest
from kmip_server.spec.enums import ObjectType, QueryFunction
from tests.e2e.server_process import ServerProcess, command, serving
from tests.flows.client import aes

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its mode and contents."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): (path.stat().st_mode & 0o777, path.read_bytes()) for path in files}


def test_init_makes_what_is_missing_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = command("init", "--state", state)
    assert (first.returncode, first.stderr) == (0, "")
    made = everything(state)
    assert {f"made {state / name}" for name in made} <= set(first.stdout.splitlines())
    private = [name for name in made if name.endswith((".key", ".db"))]
    assert len(private) == 6 and {made[name][0] for name in private} == {0o600}
    second = command("init", "--state", state)
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout == f"{state} has all that a server needs; nothing was changed.\n"
    assert everything(state) == made


def test_init_makes_again_what_was_lost_and_only_that(tmp_path: Path) -> None:
    state = tmp_path / "state"
    command("init", "--state", state)
    before = everything(state)
    (state / "certs" / "client2.pem").unlink()
    (state / "certs" / "client2.key").unlink()
    done = command("init", "--state", state)
    assert done.returncode == 0
    after = everything(state)
    assert set(after) == set(before)
    assert {name for name in before if after[name] != before[name]} == {"certs/client2.pem", "certs/client2.key"}


def test_a_client_that_was_issued_a_certificate_is_served(server: ServerProcess, tmp_path: Path) -> None:
    out = tmp_path / "array7"
    done = server.command("issue-client", "array7", "--group", "storage", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(done.stdout.split()) == {str(out / name) for name in ("array7.pem", "array7.key", "ca.pem")}
    with server.pykmip("array7", folder=out) as client:
        uid = client.create(enums.CryptographicAlgorithm.AES, 128)
        assert len(client.get(uid).value) == 16


def refused(server: ServerProcess, name: str) -> bool:
    """Whether a new connection is refused; TLS 1.3 tells the client with its first read."""
    try:
        connection, client = server.client(name)
    except (ssl.SSLError, ConnectionError):
        return True
    with connection:
        try:
            client.do(QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS]))
        except (ssl.SSLError, ConnectionError, EOFError):
            return True
    return False


def test_a_revoked_client_is_refused_at_its_next_request_and_connection(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        for name in ("lost", "kept"):
            assert server.command("issue-client", name).returncode == 0
        assert not refused(server, "lost")
        connection, client = server.client("lost")
        kept_connection, kept = server.client("kept")
        assert client.create() and kept.create()
        done = server.command("revoke-client", "lost")
        assert done.returncode == 0 and "is revoked in" in done.stdout and done.stderr == ""
        server.reload()
        with connection, pytest.raises((OSError, EOFError)):
            client.create()
        with kept_connection:
            assert kept.create()
        assert refused(server, "lost")
        assert not refused(server, "kept")
        server.wait_for_log("revoked")
        sentence = next(line for line in server.log().splitlines() if "revoked" in line)
        assert "lost" in sentence and "Traceback" not in server.log()


def test_two_servers_stand_side_by_side(server: ServerProcess, tmp_path: Path) -> None:
    with serving(tmp_path) as other:
        assert other.address != server.address
        with server.pykmip() as one, other.pykmip() as two:
            uid = one.create(enums.CryptographicAlgorithm.AES, 256)
            assert two.locate() == []
            assert uid in one.locate()
        folder = server.state / "certs"
        with pytest.raises(ssl.SSLError):  # each trusts its own clients only, and its clients trust it alone
            other.connect(folder=folder)


def test_a_server_that_was_never_initialised_says_how(tmp_path: Path) -> None:
    done = command("serve", "--state", tmp_path / "none")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "make it with: kmip-server init --state" in done.stderr


def test_a_second_server_on_the_same_port_says_so(server: ServerProcess) -> None:
    done = server.command("serve", "--port", server.address[1])
    assert done.returncode == 1 and done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert str(server.address[1]) in last and "in use" in last and "Traceback" not in done.stderr


# --- check-config ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("initialised") / "state"
    assert command("init", "--state", state).returncode == 0
    return state


@pytest.fixture
def state(initialised: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(initialised, tmp_path / "state"))


def test_a_good_configuration_is_in_order(state: Path) -> None:
    done = command("check-config", "--state", state)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{state / 'server.toml'} is in order.\n", "")


def set_to(state: Path, line: str, section: str) -> None:
    path = state / "server.toml"
    path.write_text(path.read_text().replace(f"\n[{section}]\n", f"\n[{section}]\n{line}\n", 1))


@pytest.mark.parametrize(
    ("section", "line", "status", "said"),
    [
        ("server", "prot = 5696", 2, "prot"),
        ("server", 'port = "5696"', 2, "server.port"),
        ("limits", "max_depth = 7", 2, "limits.max_depth"),
        ("tls", 'certificate = "none.pem"', 1, "none.pem"),
        ("tls", 'key = "certs/client1.key"', 1, "client1.key"),
        ("database", 'url = "sqlite:///none.db"', 1, "none.db"),
        ("root_key", 'file = "none.key"', 1, "none.key"),
        ("policy", 'default_policy = "none"', 1, "none"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    state: Path, capsys: pytest.CaptureFixture[str], section: str, line: str, status: int, said: str
) -> None:
    set_to(state, line, section)
    assert main(["check-config", "--state", str(state)]) == status
    checked = capsys.readouterr()
    assert checked.out == ""
    sentences = checked.err.splitlines()
    assert all(each.startswith("kmip-server: ") for each in sentences) and said in sentences[0]


@pytest.mark.parametrize(
    ("section", "line", "status", "said"),
    [("server", "prot = 5696", 2, "prot"), ("root_key", 'file = "none.key"', 1, "none.key")],
)
def test_a_server_does_not_start_with_what_is_wrong(
    state: Path, section: str, line: str, status: int, said: str
) -> None:
    set_to(state, line, section)
    done = command("serve", "--port", "0", "--state", state)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr


def test_a_broken_policy_and_a_foreign_root_key_are_named(state: Path, tmp_path: Path) -> None:
    (state / "policies" / "broken.json").write_text("{")
    assert command("init", "--state", tmp_path / "other").returncode == 0
    shutil.copy(tmp_path / "other" / "root.key", state / "root.key")
    done = command("check-config", "--state", state)
    assert done.returncode == 1
    sentences = done.stderr.splitlines()
    assert len(sentences) == 2
    assert "broken.json" in sentences[0] and "root key" in sentences[1]


def test_the_files_for_subscribers_are_tried_where_there_are_subscribers(state: Path, tmp_path: Path) -> None:
    set_to(state, f'own_certificate = "{tmp_path}/none.pem"\nown_key = "certs/client1.key"', "subscribers")
    assert command("check-config", "--state", state).returncode == 0
    set_to(state, '"array" = { address = "127.0.0.1:5696" }', "subscribers.receivers")
    done = command("check-config", "--state", state)
    assert (done.returncode, done.stderr) == (
        1, f"kmip-server: the certificate for subscribers file {tmp_path}/none.pem cannot be read: "
        "No such file or directory\n"
    )  # fmt: skip


# --- audit verify ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a server that has answered a few requests and ended."""
    with serving(tmp_path_factory.mktemp("audited")) as server:
        connection, client = server.client()
        with connection:
            for _ in range(10):
                client.do(CreateRequest(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()))
    return server.state


@pytest.fixture
def tampered(audited: Path, tmp_path: Path) -> Iterator[tuple[Path, sqlite3.Connection]]:
    state = Path(shutil.copytree(audited, tmp_path / "state"))
    connection = sqlite3.connect(state / "kmip.db")
    yield state, connection
    connection.close()


def test_a_trail_that_is_whole_verifies(audited: Path) -> None:
    done = command("audit", "verify", "--state", audited)
    assert (done.returncode, done.stdout, done.stderr) == (0, "The audit trail holds: 10 record(s).\n", "")


def test_what_is_exported_is_verified_without_the_server(audited: Path, tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    done = command("audit", "export", "--state", audited, "--since", "2026-01-01", "--out", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{file} holds 10 record(s).\n", "")
    assert file.stat().st_mode & 0o777 == 0o600
    known = f"10:{json.loads(file.read_text().splitlines()[-1])['last']['hash']}"
    done = command("audit", "verify", "--file", file, "--known", known)
    assert (done.returncode, done.stdout) == (0, f"{file} holds: 10 record(s), 1 to 10, without a gap.\n")
    assert command("audit", "verify", "--state", audited, "--known", known).returncode == 0
    done = command("audit", "export", "--state", audited, "--out", file)
    assert (done.returncode, "File exists" in done.stderr) == (1, True)
    file.write_text(file.read_text().replace('"operation":"Create"', '"operation":"Locate"', 1))
    done = command("audit", "verify", "--file", file)
    assert (done.returncode, done.stdout) == (
        1, "record 1 was changed: its hash does not fit its contents and number.\n"
    )  # fmt: skip
    assert done.stderr == f"kmip-server: {file} does not hold: 1 finding(s).\n"


def test_records_of_one_client_and_of_one_object_are_exported(audited: Path, tmp_path: Path) -> None:
    lines = command("audit", "export", "--state", audited, "--subject", "client1").stdout.splitlines()
    assert len(lines) == 12
    uid = json.loads(lines[3])["object_id"]
    done = command("audit", "export", "--state", audited, "--object", uid)
    assert [json.loads(line).get("object_id") for line in done.stdout.splitlines()] == [None, uid, None]
    assert command("audit", "export", "--state", audited, "--subject", "nobody").stdout.count("\n") == 2
    (tmp_path / "one.jsonl").write_text(done.stdout)
    done = command("audit", "verify", "--file", tmp_path / "one.jsonl")
    assert (done.returncode, "1 record(s), 3 to 3, each as it was written" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "--since", "yesterday"], "'yesterday' is no moment, as in 2026-01-31 or 2026-01-31T12:00:00Z."),
        (["verify", "--known", "7"], "'7' is no NUMBER:HASH of a record, the hash in 64 hexadecimal digits."),
        (["verify", "--file", "/nowhere/at-all"], "No such file or directory"),
    ],
)
def test_what_is_not_understood_of_an_export_is_said(audited: Path, arguments: list[str], said: str) -> None:
    done = command("audit", *arguments, "--state", audited)
    assert (done.returncode, said in done.stderr) == (1, True)


COLUMNS = "at, fields, previous, hash"
TAMPERING = {
    "changed": (
        ["UPDATE audit SET fields = replace(fields, 'Create', 'Locate') WHERE sequence = 4"],
        "record 4 was changed",
    ),
    "time changed": (["UPDATE audit SET at = at + 1 WHERE sequence = 7"], "record 7 was changed"),
    "removed": (["DELETE FROM audit WHERE sequence = 5"], "record 5 was removed"),
    "removed and renumbered": (
        ["DELETE FROM audit WHERE sequence = 5", "UPDATE audit SET sequence = sequence - 1 WHERE sequence > 5"],
        "records 5 to 9 were reordered",
    ),
    "swapped": (
        [
            "UPDATE audit SET sequence = 1000 WHERE sequence = 3",
            "UPDATE audit SET sequence = 3 WHERE sequence = 6",
            "UPDATE audit SET sequence = 6 WHERE sequence = 1000",
        ],
        "record 3 was reordered",
    ),
    "inserted at the end": (
        [f"INSERT INTO audit (sequence, {COLUMNS}) SELECT 11, {COLUMNS} FROM audit WHERE sequence = 2"],
        "record 11 was",
    ),
    "cut at the end": (["DELETE FROM audit WHERE sequence > 8"], "records 9 to 10 were removed"),
    "cut with its head": (
        [
            "DELETE FROM audit WHERE sequence > 8",
            "UPDATE audit_head SET sequence = 8",
        ],
        "record 8 was changed",
    ),
    "all gone": (["DELETE FROM audit"], "records 1 to 10 were removed"),
}  # fmt: skip


@pytest.mark.parametrize("statements, said", TAMPERING.values(), ids=TAMPERING)
def test_tampering_is_found_and_named(
    tampered: tuple[Path, sqlite3.Connection],
    capsys: pytest.CaptureFixture[str],
    statements: list[str],
    said: str,
) -> None:
    state, connection = tampered
    for statement in statements:
        assert connection.execute(statement).rowcount > 0
    connection.commit()
    assert main(["audit", "verify", "--state", str(state)]) == 1
    told = capsys.readouterr()
    assert any(line.startswith(said) for line in told.out.splitlines()), told.out
    assert told.err.startswith("kmip-server: The audit trail does not hold")


def test_a_trail_can_be_verified_while_the_server_runs(server: ServerProcess) -> None:
    connection, client = server.client()
    with connection:
        client.do(CreateRequest(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()))
        done = server.command("audit", "verify")
        assert done.returncode == 0 and done.stdout.startswith("The audit trail holds")
        client.do(CreateRequest(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()))
