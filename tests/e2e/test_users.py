"""Users that the operator makes sign in over TLS, whichever worker they meet, and not once after they are gone."""

from __future__ import annotations

import base64
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from kmip_server.engine.passwords import hash_password
from kmip_server.spec.enums import CredentialType, ResultReason
from kmip_server.spec.structures.credentials import (
    Authentication,
    Credential,
    Device,
    HashedPassword,
    OneTimePassword,
    UsernameAndPassword,
)
from tests.e2e.server_process import ServerProcess, serving
from tests.flows.requests import Query
from tests.flows.test_stored_users import by_password, hashed, signed

NOT = ResultReason.AUTHENTICATION_NOT_SUCCESSFUL


def one_time(code: str, password: str) -> dict[str, Any]:
    value = OneTimePassword(username="alice", password=password, one_time_password=code)
    return {
        "authentication": Authentication(
            credential=[Credential(credential_type=CredentialType.ONE_TIME_PASSWORD, credential_value=value)]
        )
    }


def test_users_are_made_sign_in_and_are_taken_away(tmp_path: Path) -> None:
    settings = {
        "server": {"workers": 2},
        "accounts": {"stored_users": True},
        # With a policy of the operator's own, which says nothing of credentials.
        "policy": {"default_policy": "own"},
    }
    server = ServerProcess(tmp_path / "state", settings)
    (tmp_path / "state" / "policies").mkdir(parents=True)
    (tmp_path / "state" / "policies" / "own.json").write_text('{"own": {"preset": {}}}')
    server.prepare("init")
    (tmp_path / "password").write_text("correct horse\n")
    secret = ("--password-file", tmp_path / "password")
    made = server.command("add-user", "alice", *secret, "--otp", "hotp", "--group", "storage")
    assert (made.returncode, made.stderr) == (0, "")
    (uri,) = re.findall(r"otpauth://hotp/kmip-server:alice[?]\S+", made.stdout)
    seed = base64.b32decode(parse_qs(urlsplit(uri).query)["secret"][0])
    codes = [HOTP(seed, 6, hashes.SHA1()).generate(each).decode() for each in range(4)]
    assert server.command("add-user", "fred", *secret, "--hashed").returncode == 0
    device = server.command("add-user", "array", *secret, "--device", "serial-number=SN-1", "--device", "machine=M")
    assert device.returncode == 0
    again = server.command("add-user", "alice", *secret)
    assert again.returncode == 1 and "there is a user alice already" in again.stderr
    for wrong in ((), ("--hashed",), ("--device", "colour=red"), ("--device", "machine=")):
        assert server.command("add-user", "x", *wrong).returncode == 2
    server.start()
    try:
        clients = [server.client("client1") for _ in range(8)]
        good = [client.one(Query(), **one_time(codes[1], "correct horse")).ok for _, client in clients]
        assert good == [True] + [False] * 7  # whichever worker it meets, it is good once
        client = clients[0][1]
        array = Device(device_serial_number="SN-1", machine_identifier="M", password="correct horse")
        assert client.one(Query(), **signed(array)).ok
        proof: HashedPassword = hashed(time.time_ns() // 1000)
        assert client.one(Query(), **signed(proof)).ok
        assert server.command("remove-user", "alice").returncode == 0
        assert server.command("remove-user", "alice").returncode == 1
        assert clients[7][1].refusal(Query(), **one_time(codes[2], "correct horse")) is NOT
        assert clients[6][1].refusal(Query(), **signed(UsernameAndPassword(username="alice", password="x"))) is NOT
        for connection, _ in clients:
            connection.raw.close()
    finally:
        server.stop()
    everything = b"".join(path.read_bytes() for path in (tmp_path / "state").glob("*.db*"))
    assert seed not in everything and b"correct horse" not in everything
    assert server.command("audit", "verify").returncode == 0


def test_guesses_at_two_workers_count_together_and_outlive_a_restart(tmp_path: Path) -> None:
    settings = {
        "server": {"workers": 2},
        "limits": {"max_failed_sign_ins": 4},
        "accounts.users": {"alice": hash_password("right")},
    }
    with serving(tmp_path, settings) as server:
        workers = server.one_client_of_each_worker(name="client1")
        guessing = [client for _, client in workers.values()]
        for number in range(4):
            answer = guessing[number % 2].one(Query(), **by_password("alice", f"guess {number}"))
            assert answer.reason is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL
            assert "too many" not in (answer.message or "")
        for client in guessing:
            refused = client.one(Query(), **by_password("alice", "right"))
            assert "too many" in (refused.message or "")
        for connection, _ in workers.values():
            connection.close()
        server.stop()
        server.start()
        connection, client = server.client("client1")
        assert "too many" in (client.one(Query(), **by_password("alice", "right")).message or "")
        connection.close()
        connection, client = server.client("client2")
        assert client.one(Query(), **by_password("alice", "right")).ok
        connection.close()
