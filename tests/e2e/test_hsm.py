"""A server whose root key is in a real PKCS#11 token (SoftHSM2), from ``init-root`` to a key's end."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.e2e.pykmip_scenario import live_one_life, require_audited
from tests.e2e.server_process import ServerProcess, serving
from tests.softhsm import PIN, SoftToken, soft_token

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def token() -> SoftToken:
    return soft_token(f"e2e-{secrets.token_hex(4)}")


def settings(token: SoftToken) -> dict[str, dict[str, object]]:
    return {
        "server": {"workers": 2},
        "root_key": {
            "guard": "pkcs11",
            "library": token.library,
            "token_label": token.label,
            "pin_env": "KMIP_TEST_PIN",
        },
    }


def environment(token: SoftToken, pin: str = PIN) -> dict[str, str]:
    return {**token.environment, "KMIP_TEST_PIN": pin}


def test_a_key_lives_and_dies_under_a_root_key_in_a_token(tmp_path: Path, token: SoftToken) -> None:
    with serving(
        tmp_path, settings(token), environment=environment(token), before_init=[("init-root",)]
    ) as server:  # fmt: skip
        assert not (server.state / "root.key").exists()
        done = live_one_life(server)
        server.stop()
        server.start()
        require_audited(server, done + live_one_life(server))
        again = server.command("init-root")  # one that exists is never replaced
        assert again.returncode == 1 and again.stderr.count("\n") == 1
        assert PIN not in server.log()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SoftToken]:
    """The state of a server whose root key is in a token."""
    token = soft_token(f"e2e-{secrets.token_hex(4)}")
    server = ServerProcess(tmp_path_factory.mktemp("guarded") / "state", settings(token), environment(token))
    for arguments in (("init-root",), ("init",)):
        server.prepare(*arguments)
    return server.state, token


@pytest.mark.parametrize(
    ("change", "pin", "said"),
    [
        ({}, "wrong-pin", "PIN"),
        ({"token_label": "another"}, PIN, "another"),
        ({"key_label": "lost"}, PIN, "lost"),
    ],
    ids=["wrong PIN", "no such token", "no such key"],
)
def test_a_token_that_cannot_be_used_stops_the_start_in_one_sentence(
    guarded: tuple[Path, SoftToken], change: dict[str, str], pin: str, said: str
) -> None:
    state, token = guarded
    wrong = settings(token)
    wrong["root_key"].update(change)
    server = ServerProcess(state, wrong, environment(token, pin))
    done = server.command("serve", "--port", "0")
    assert done.returncode == 1 and done.stdout == ""
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr and PIN not in done.stderr and pin not in done.stderr
    assert server.command("check-config").stderr.strip().rstrip(".") == done.stderr.splitlines()[-1].rstrip(".")
