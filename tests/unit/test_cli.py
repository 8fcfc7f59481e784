"""The command ``kmip-server``: what each command does, and that no mistake leaves as a traceback."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
from click.testing import CliRunner

import kmip_server
from kmip_server import __version__
from kmip_server.cli import commands, main
from kmip_server.config import Config
from kmip_server.engine.passwords import parse_hash


class AppError(Exception):
    """As the application's own."""


class FakeApp(ModuleType):
    """Stands for the application: remembers what it was asked, makes files, fails when told to."""

    AppError = AppError

    def __init__(self) -> None:
        super().__init__("kmip_server.app")
        self.configs: list[Config] = []
        self.failure: Exception | None = None
        self.problems: list[str] = []
        self.findings: list[str] = []

    def _asked(self, config: Config) -> None:
        self.configs.append(config)
        if self.failure:
            raise self.failure

    def initialise(self, config: Config) -> None:
        self._asked(config)
        for file in (config.root_key.file, Path(config.database.url.removeprefix("sqlite:///"))):
            file.touch()

    def serve(self, config: Config, ready: Callable[[list[tuple[str, int]]], None]) -> int:
        self._asked(config)
        ready([("127.0.0.1", config.server.port), ("::1", config.server.port)])
        return 0

    def init_root(self, config: Config) -> str:
        self._asked(config)
        return "root-1"

    def check(self, config: Config) -> list[str]:
        self._asked(config)
        return self.problems

    def known_hashes(self, texts: tuple[str, ...]) -> dict[int, bytes]:
        return dict.fromkeys(map(int, texts), b"")

    def verify_audit(self, config: Config, progress: Callable[[int, int], None], known: dict[int, bytes]) -> list[str]:
        self._asked(config)
        progress(7, 7)
        return self.findings


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeApp:
    fake = FakeApp()
    monkeypatch.setitem(sys.modules, "kmip_server.app", fake)
    monkeypatch.setattr(kmip_server, "app", fake, raising=False)
    monkeypatch.delenv("KMIP_SERVER_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return fake


@pytest.fixture
def state(app: FakeApp, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """An initialised folder, with a space in its name."""
    folder = tmp_path / "the state"
    assert main(["init", "--state", str(folder)]) == 0
    capsys.readouterr()
    app.configs.clear()
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return status, out, err


def every_command(command: click.Command = commands, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from every_command(inner, (*path, name))


@pytest.mark.parametrize("path", list(every_command()), ids=" ".join)
def test_every_command_helps_and_those_that_act_give_an_example(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, *path, "--help")
    assert (status, err) == (0, "")
    assert out.startswith("Usage: kmip-server")
    if path not in ((), ("audit",)):
        assert f"  kmip-server {' '.join(path)} " in out.split("Example")[1]


def test_the_commands_are_those_that_are_promised() -> None:
    promised = {
        "serve",
        "init",
        "init-root",
        "init-ca",
        "check-config",
        "audit verify",
        "audit export",
        "issue-client",
        "revoke-client",
        "hash-password",
        "add-user",
        "remove-user",
        "subscribers",
    }
    assert {" ".join(path) for path in every_command()} - {"", "audit"} == promised


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"kmip-server {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--prot", "1"], "No such option '--prot'"),
        (["serve", "--port", "70000"], "70000 is not in the range 0<=x<=65535"),
        (["issue-client"], "Missing argument 'NAME'"),
        (["sreve"], "No such command 'sreve'"),
        (["check-config", "--state", "a", "--config", "b"], "Use --state or --config, not both"),
        (["check-config"], "var/server.toml does not exist; make it with: kmip-server init --state var"),
        (["serve", "--state", "a b"], "make it with: kmip-server init --state 'a b'"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_status_2(
    app: FakeApp, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("kmip-server: ")
    assert said in err
    assert err.count("\n") == 1


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys)
    assert (status, out) == (2, "")
    assert "check-config" in err


# -- init


def test_init_makes_everything_under_the_state_folder(
    app: FakeApp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "state"
    status, out, _ = run(capsys, "init", "--state", folder, "--port", 5799)
    assert status == 0
    assert folder.stat().st_mode & 0o777 == 0o700
    names = ["ca", "client1", "client2", "server"]
    files = {f"certs/{n}.{e}" for n in names for e in ("pem", "key")} | {
        "certs/crl.pem",
        "server.toml",
        "kmip.db",
        "root.key",
    }
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == files
    assert {line.removeprefix("made ") for line in out.splitlines()} == {str(folder / file) for file in files}
    (config,) = app.configs
    assert config.server.port == 5799
    assert config.tls.crl == (folder / "certs" / "crl.pem",)
    assert config == Config.load(folder / "server.toml")


def test_init_again_changes_nothing_and_says_so(app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    status, out, err = run(capsys, "init", "--state", state, "--port", 5701)
    assert (status, out) == (0, f"{state} has all that a server needs; nothing was changed.\n")
    assert "keeps its port 5696" in err
    assert {path: path.read_bytes() for path in state.rglob("*") if path.is_file()} == before


def test_init_can_keep_certificates_and_policies_elsewhere_and_the_whole_can_be_moved(
    app: FakeApp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout = tmp_path / "checkout"
    places = ["--certs", checkout / "certs", "--policies", checkout / "conf" / "policies"]
    assert run(capsys, "init", "--state", checkout / "var", *places)[0] == 0
    assert (checkout / "certs" / "client2.key").exists()
    assert not (checkout / "var" / "certs").exists()
    checkout.rename(tmp_path / "moved")
    config = Config.load(tmp_path / "moved" / "var" / "server.toml")
    assert config.tls.certificate.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    assert config.policy.directory.resolve() == tmp_path / "moved" / "conf" / "policies"


def test_init_leaves_certificates_with_names_of_their_own_alone(
    app: FakeApp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "server.toml").write_text('[tls]\ncertificate = "own/kms.crt"\nkey = "own/kms.key"\n')
    assert run(capsys, "init", "--state", tmp_path)[0] == 0
    assert not (tmp_path / "own").exists()
    assert not (tmp_path / "certs").exists()


def test_a_configuration_with_a_mistake_stops_init_before_anything_is_made(
    app: FakeApp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "server.toml").write_text("[server]\nprot = 1\n")
    status, _, err = run(capsys, "init", "--state", tmp_path)
    assert status == 2
    assert "did you mean server.port?" in err
    assert [path.name for path in tmp_path.iterdir()] == ["server.toml"]


# -- serve


def test_serve_says_what_a_client_needs_once_it_listens(
    app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "serve", "--state", state, "--port", 5711, "--hint", "tools/demo --port 5711")
    assert (status, err) == (0, "")
    assert "127.0.0.1:5711, [::1]:5711" in out
    for name in ("ca.pem", "client1.pem", "client1.key"):
        assert str(state / "certs" / name) in out
    assert out.endswith("Try it: tools/demo --port 5711\n")
    assert app.configs[0].server.port == 5711


def test_serve_without_client_files_says_how_to_get_them(
    app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (state / "certs").glob("client*"):
        path.unlink()
    assert "kmip-server issue-client NAME" in run(capsys, "serve", "--state", state)[1]


def test_nothing_is_announced_when_the_start_fails(
    app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app.failure = AppError("port 5696 is in use")
    assert run(capsys, "serve", "--state", state) == (1, "", "kmip-server: port 5696 is in use.\n")


def test_the_environment_names_the_configuration_and_an_option_outranks_it(
    app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KMIP_SERVER_CONFIG", str(state / "server.toml"))
    assert run(capsys, "check-config")[0] == 0
    assert "elsewhere/server.toml does not exist" in run(capsys, "check-config", "--state", "elsewhere")[2]


# -- the other commands


def test_every_mistake_of_the_configuration_is_a_line_and_status_2(
    app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (state / "server.toml").write_text('[server]\nprot = 1\n[log]\nlevel = "x"\n')
    for command in ("check-config", "serve", "init-root"):
        status, out, err = run(capsys, command, "--state", state)
        assert (status, out, len(err.splitlines())) == (2, "", 2)
    assert app.configs == []


def test_what_the_configuration_names_is_tried_unless_only_the_file_is_asked_for(
    app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app.problems = ["the key does not fit.", "no database."]
    status, _, err = run(capsys, "check-config", "--state", state)
    assert (status, err) == (1, "kmip-server: the key does not fit.\nkmip-server: no database.\n")
    assert run(capsys, "check-config", "--state", state, "--file-only")[0] == 0


def test_the_audit_trail_is_verified(app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "audit", "verify", "--state", state) == (0, "The audit trail holds: 7 record(s).\n", "")
    app.findings = ["record 3 was changed", "record 5\nis missing"]
    status, out, err = run(capsys, "audit", "verify", "--state", state)
    assert (status, out) == (1, "record 3 was changed\nrecord 5\\nis missing\n")
    assert "2 finding(s)" in err


def test_long_work_on_the_trail_says_how_far_it_is(
    app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kmip_server.cli.auditing.SAY_EVERY_SECONDS", 0.0)
    assert run(capsys, "audit", "verify", "--state", state)[2] == "7 of 7 records read\n"


def test_the_root_key_is_made(app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "init-root", "--state", state) == (0, "made the root key root-1\n", "")


def test_a_client_is_issued_and_revoked(app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out_folder = state / "for the client"
    arguments = ("issue-client", "--state", state, "array", "--group", "storage", "--out", out_folder)
    status, out, err = run(capsys, *arguments)
    assert (status, err) == (0, "")
    assert out.splitlines() == [str(out_folder / name) for name in ("ca.pem", "array.pem", "array.key")]
    status, _, err = run(capsys, *arguments)
    assert (status, err) == (1, f"kmip-server: array.pem exists already in {state / 'certs'}.\n")
    status, out, err = run(capsys, "revoke-client", "--state", state, "array")
    assert (status, err) == (0, "")
    assert "array is revoked" in out


def test_a_revocation_that_nobody_heeds_is_said(app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (state / "server.toml").read_text()
    (state / "server.toml").write_text(text.replace("crl = [", "#crl = ["))
    assert tomllib.loads((state / "server.toml").read_text())["tls"] == {}
    assert "does not name this list in tls.crl" in run(capsys, "revoke-client", "--state", state, "client1")[2]


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (AppError("The token is gone."), "kmip-server: The token is gone.\n"),
        (FileNotFoundError(2, "No such file or directory", "/x"), "kmip-server: /x: No such file or directory.\n"),
        (AppError("two\nlines"), "kmip-server: two\\nlines.\n"),
    ],
)
def test_a_failure_is_one_sentence_and_status_1(
    app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str], failure: Exception, said: str
) -> None:
    app.failure = failure
    assert run(capsys, "serve", "--state", state) == (1, "", said)


def test_what_was_not_foreseen_tells_its_place_and_not_its_text(
    app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app.failure = ValueError("0123456789abcdef is the key")
    status, _, err = run(capsys, "serve", "--state", state)
    assert status == 1
    assert err.startswith("kmip-server: Unexpected ValueError at test_cli.py:")
    assert "0123456789abcdef" not in err


def test_an_interruption_is_no_failure_of_the_program(
    app: FakeApp, state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(config: Config, **_: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "serve", interrupted)
    status, out, err = run(capsys, "serve", "--state", state)
    assert (status, out, err.strip()) == (130, "", "kmip-server: Interrupted.")


def test_a_password_from_a_pipe_becomes_a_hash() -> None:
    result = CliRunner().invoke(commands, ["hash-password"], input="correct horse\n")
    assert result.exit_code == 0, result.output
    assert parse_hash(result.output.strip()).matches("correct horse")
    assert CliRunner().invoke(commands, ["hash-password"], input="\n").exit_code == 2
