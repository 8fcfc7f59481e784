"""The tools and the files beside the code: scripts that parse and explain themselves, examples that are valid."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kmip_server.domain.policy import load_policies

ROOT = Path(__file__).parents[2]
SCRIPTS = ["tools/serve", "tools/test", "tools/demo", "tools/environment.sh", ".ci/run"]


def run(*command: object, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=folder, timeout=60)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_parses_and_can_be_run(script: str) -> None:
    assert run("bash", "-n", ROOT / script).stderr == ""
    assert script.endswith(".sh") or os.access(ROOT / script, os.X_OK)


@pytest.mark.parametrize("script", ["tools/serve", "tools/test"])
def test_a_script_explains_itself_from_anywhere(script: str, tmp_path: Path) -> None:
    done = run(ROOT / script, "--help", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: {script}" in done.stdout
    assert "Examples:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tools/serve", "--prot"], "serve: --prot is not known here"),
        (["tools/serve", "--port"], "serve: --port needs a value"),
        (["tools/serve", "--port=x"], "serve: --port needs a number, not x"),
        (["tools/serve", "--state="], "serve: --state needs a value"),
        (["tools/test", "-k"], "test: -k is not known here"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_set_up(arguments: list[str], said: str) -> None:
    done = run(ROOT / arguments[0], *arguments[1:])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)


def demo(*arguments: object) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-W", "ignore", ROOT / "tools" / "demo.py", *arguments)


def test_the_demo_explains_itself_and_refuses_what_it_does_not_know() -> None:
    assert "--state DIR" in demo("--help").stdout
    assert demo("--prot", "1").returncode == 2


def test_the_demo_without_a_server_is_one_sentence(tmp_path: Path) -> None:
    done = demo("--state", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"demo: There is no server in {tmp_path}; start one with tools/serve.\n"


def test_the_demo_names_the_file_that_a_client_lacks(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text("")
    done = demo("--state", tmp_path, "--client", "nobody")
    assert done.returncode == 1
    assert f"{tmp_path}/certs/nobody.pem does not exist; make it with: kmip-server issue-client nobody" in done.stderr


def test_the_example_policy_is_one(tmp_path: Path) -> None:
    assert "example-storage" in load_policies(ROOT / "conf" / "policies").names
    assert "example-storage" not in load_policies(tmp_path).names
