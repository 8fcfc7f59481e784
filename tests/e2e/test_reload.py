"""SIGHUP: policies, accounts, certificates and revocation lists are taken up while connections stay open."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from kmip_server import pki
from kmip_server.engine.passwords import hash_password
from kmip_server.operations.get import GetRequest
from kmip_server.operations.login import LoginRequest
from kmip_server.operations.query import QueryRequest
from kmip_server.spec.enums import CredentialType, QueryFunction, ResultReason
from kmip_server.spec.structures.credentials import Authentication, Credential, TicketCredential, UsernameAndPassword
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4
from tests.e2e.server_process import ServerProcess, serving, write_settings
from tests.flows.client import EVERY_USE, Client, aes

PERMISSIONS = ("ALLOW_ALL", "ALLOW_OWNER", "DISALLOW_ALL")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """Two workers, so that a reload must reach both."""
    with serving(
        tmp_path,
        {"server": {"workers": 2}},
        expected_errors=["stay as they were", "were not taken", "ended unexpectedly"],
    ) as each:
        write_policy(each, "ALLOW_OWNER")
        each.reload()
        yield each


def write_policy(server: ServerProcess, get: str) -> None:
    """Write the policy "shared": what others may do with its objects."""
    rules = {"GET": get, "LOCATE": "ALLOW_ALL", "GET_ATTRIBUTES": "ALLOW_OWNER"}
    policy = {"shared": {"preset": {"SYMMETRIC_KEY": rules}}}
    (server.state / "policies" / "shared.json").write_text(json.dumps(policy))


def shared_key(client: Client) -> str:
    return client.create(aes(256, EVERY_USE, (Tag.OPERATION_POLICY_NAME, "shared")))


def test_a_changed_policy_holds_at_the_next_request_of_an_open_connection(server: ServerProcess) -> None:
    owner = server.one_client_of_each_worker(name="client1", version=V1_4)
    others = server.one_client_of_each_worker(name="client2", version=V1_4)
    uid = shared_key(next(iter(owner.values()))[1])
    asked = GetRequest(unique_identifier=uid)
    for permission, allowed in (("ALLOW_OWNER", False), ("ALLOW_ALL", True), ("ALLOW_OWNER", False)):
        write_policy(server, permission)
        server.reload()
        for _, client in others.values():
            server.wait_for(lambda client=client, allowed=allowed: client.one(asked).ok is allowed, permission)
        for _, client in owner.values():
            assert client.one(asked).ok
    for connection, _ in (*owner.values(), *others.values()):
        connection.close()


def test_a_broken_policy_keeps_the_old_ones_and_is_one_sentence_in_the_log(server: ServerProcess) -> None:
    connection, owner = server.client("client1", version=V1_4)
    other_connection, other = server.client("client2", version=V1_4)
    uid = shared_key(owner)
    assert other.refusal(GetRequest(unique_identifier=uid)) is ResultReason.PERMISSION_DENIED
    (server.state / "policies" / "shared.json").write_text(
        '{"shared": {"preset": {"SYMMETRIC_KEY": {"GET": "ALLOW"}}}}'
    )
    server.reload()
    server.wait_for_log("revocation lists stay as they were", len(server.workers()))
    sentences = [line for line in server.log().splitlines() if "revocation lists stay as they were" in line]
    assert all("shared.json" in line for line in sentences)
    # Nothing after them reads as if all had gone well.
    assert all("NOT all was reloaded in this worker: the TLS files are the new ones; " in line for line in sentences)
    assert server.log().splitlines()[-1] in sentences
    assert other.refusal(GetRequest(unique_identifier=uid)) is ResultReason.PERMISSION_DENIED
    assert owner.one(GetRequest(unique_identifier=uid)).ok
    write_policy(server, "ALLOW_ALL")
    server.reload()
    server.wait_for(lambda: other.one(GetRequest(unique_identifier=uid)).ok, "the mended policy is not taken up")
    connection.close()
    other_connection.close()


def test_a_new_server_certificate_is_shown_to_new_connections(server: ServerProcess, tmp_path: Path) -> None:
    connection, client = server.client()
    uid = client.create()
    old = connection.server_certificate()
    certs = server.state / "certs"
    for name in ("server.pem", "server.key"):
        (certs / name).rename(tmp_path / name)
    pki.ensure(certs, (), ())
    server.reload()
    server.wait_for(lambda: shown_by(server) != {old}, "the old certificate is shown")
    new = x509.load_pem_x509_certificate((certs / "server.pem").read_bytes())
    server.wait_for(lambda: {x509.load_der_x509_certificate(each) for each in shown_by(server)} == {new}, "the old one")
    assert client.one(GetRequest(unique_identifier=uid)).ok  # over the connection from before
    connection.close()


def shown_by(server: ServerProcess) -> set[bytes]:
    """The certificates that a few new connections see."""
    shown = set()
    for _ in range(4):
        with server.connect() as connection:
            shown.add(connection.server_certificate())
    return shown


def test_a_certificate_that_does_not_fit_its_key_is_not_taken_up(server: ServerProcess) -> None:
    connection, client = server.client()
    before = connection.server_certificate()
    shutil.copy(server.state / "certs" / "client1.key", server.state / "certs" / "server.key")
    server.reload("The new TLS files were not taken up, the old ones stay in force")
    with server.connect() as another:
        assert another.server_certificate() == before
    assert client.create()
    connection.close()


# --- accounts --------------------------------------------------------------------------------------------------


def as_user(name: str, password: str) -> dict[str, Authentication]:
    value = UsernameAndPassword(username=name, password=password)
    credential = Credential(credential_type=CredentialType.USERNAME_AND_PASSWORD, credential_value=value)
    return {"authentication": Authentication(credential=[credential])}


def with_users(server: ServerProcess, users: dict[str, str], **sections: dict[str, object]) -> None:
    """Write the configuration with these users; a password that is empty gets what is no hash."""
    hashes = {name: hash_password(password) if password else "none" for name, password in users.items()}
    write_settings(server.state, {"server": {"workers": 2}, "accounts.users": hashes, **sections})


def test_accounts_are_taken_up_and_one_that_is_gone_is_of_no_use_at_the_next_request(server: ServerProcess) -> None:
    with_users(server, {"alice": "one"})
    server.reload()
    clients = server.one_client_of_each_worker(name="client1")
    ask = QueryRequest(query_function=[QueryFunction.QUERY_OBJECTS])
    alice, bob = as_user("alice", "one"), as_user("bob", "two")
    tickets = [client.do(LoginRequest(), **alice).ticket for _, client in clients.values()]
    ticket = Credential(credential_type=CredentialType.TICKET, credential_value=TicketCredential(ticket=tickets[0]))
    shown = {"authentication": Authentication(credential=[ticket])}
    for _, client in clients.values():
        assert client.refusal(ask, **bob) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL
        client.do(ask, **shown)
    with_users(server, {"bob": "two"}, limits={"max_batch_items": 7})
    server.reload()
    for _, client in clients.values():
        client.do(ask, **bob)
        assert client.refusal(ask, **alice) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL
        assert client.refusal(ask, **shown) is ResultReason.INVALID_TICKET
    assert "[limits] changed in the configuration too, which holds from the next start on" in server.log()
    for connection, _ in clients.values():
        connection.close()


def test_a_mistake_in_the_accounts_keeps_them_and_the_policies(server: ServerProcess) -> None:
    with_users(server, {"bob": "two"})
    server.reload()
    connection, owner = server.client("client1", version=V1_4)
    other_connection, other = server.client("client2", version=V1_4)
    uid = shared_key(owner)
    with_users(server, {"alice": ""})
    write_policy(server, "ALLOW_ALL")
    server.reload()
    server.wait_for_log("stay as they were: ", len(server.workers()))
    assert "accounts.users.alice" in server.log()
    assert other.refusal(GetRequest(unique_identifier=uid)) is ResultReason.PERMISSION_DENIED
    owner.do(QueryRequest(query_function=[QueryFunction.QUERY_OBJECTS]), **as_user("bob", "two"))
    # The file must be whole again for a worker, or for the whole server, to start.
    with_users(server, {"bob": "two"})
    server.reload()
    server.wait_for(lambda: other.one(GetRequest(unique_identifier=uid)).ok, "the new policy is not taken up")
    connection.close()
    other_connection.close()


def test_a_worker_that_starts_after_a_reload_knows_the_accounts_of_now(server: ServerProcess) -> None:
    with_users(server, {"alice": "one"})
    server.reload()
    with_users(server, {"bob": "two"})
    server.reload()
    old = set(server.workers())
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    server.wait_for(lambda: len(set(server.workers()) - old) == len(old), "the workers do not start again")
    ask = QueryRequest(query_function=[QueryFunction.QUERY_OBJECTS])
    for connection, client in server.one_client_of_each_worker(name="client1").values():
        client.do(ask, **as_user("bob", "two"))
        assert client.refusal(ask, **as_user("alice", "one")) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL
        connection.close()
