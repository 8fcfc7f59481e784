"""Notify and Put from running servers to real subscribers: TLS both ways, several workers, restarts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.get import GetRequest
from kmip_server.spec.enums import Operation, ProfileName, QueryFunction, ResultReason, ResultStatus, State
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_1, V1_4, V2_1
from kmip_server.wire.tree import Item
from tests.e2e.server_process import ServerProcess
from tests.flows.client import EVERY_USE, aes, name
from tests.subscriber import TlsSubscriber, child, success, telling
from tests.transport_kit import Pki


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    folder = tmp_path / "pki"
    folder.mkdir()
    made = Pki(folder)
    for each in ("receiver", "kmip-server"):
        made.issue(each)
    return made


@pytest.fixture
def subscriber(pki: Pki) -> Iterator[TlsSubscriber]:
    listening = TlsSubscriber(pki.folder / "receiver.pem", pki.ca_path)
    yield listening
    listening.close()


def server_for(folder: Path, pki: Pki, port: int, name: str = "localhost", **more: Any) -> ServerProcess:
    ours = pki.folder / "kmip-server.pem"
    settings = {
        "server": {"workers": 2},
        "subscribers": {
            "own_certificate": str(ours), "own_key": str(ours.with_suffix(".key")), "ca": [str(pki.ca_path)],
        },
        "subscribers.receivers.array": {
            "address": f"127.0.0.1:{port}", "server_name": name, "client": "client1", "put": True, "version": "1.2",
            **more,
        },
    }  # fmt: skip
    server = ServerProcess(folder / "state", settings)
    server.prepare("init")
    return server


def operation_of(request: Item) -> Operation:
    return Operation(child(child(request, Tag.BATCH_ITEM), Tag.OPERATION)[2])


def payload_of(request: Item) -> Item:
    return child(child(request, Tag.BATCH_ITEM), Tag.REQUEST_PAYLOAD)


def uid_of(request: Item) -> str:
    return str(child(payload_of(request), Tag.UNIQUE_IDENTIFIER)[2])


def state_told(request: Item) -> State | None:
    for attribute in payload_of(request)[2]:
        if attribute[0] == Tag.ATTRIBUTE and child(attribute, Tag.ATTRIBUTE_NAME)[2] == "State":
            return State(child(attribute, Tag.ATTRIBUTE_VALUE)[2])
    return None


def test_keys_are_put_and_changes_told_once_each_in_order_by_two_workers(
    tmp_path: Path, pki: Pki, subscriber: TlsSubscriber
) -> None:
    server = server_for(tmp_path, pki, subscriber.port)
    server.start()
    try:
        clients = [client for _, client in server.one_client_of_each_worker(name="client1").values()]
        keys = {}
        for at in range(20):
            client = clients[at % len(clients)]
            uid = client.create()
            client.do(ActivateRequest(unique_identifier=uid))
            keys[uid] = client.do(GetRequest(unique_identifier=uid)).object.key_block.key_value.key_material
        told: dict[str, list[Operation]] = {}
        for _ in range(40):
            request = subscriber.next()
            uid = uid_of(request)
            told.setdefault(uid, []).append(operation_of(request))
            if operation_of(request) is Operation.PUT:
                block = child(child(payload_of(request), Tag.SYMMETRIC_KEY), Tag.KEY_BLOCK)
                assert child(child(block, Tag.KEY_VALUE), Tag.KEY_MATERIAL)[2] == keys[uid]
            else:
                assert state_told(request) is State.ACTIVE
        assert told == {uid: [Operation.PUT, Operation.NOTIFY] for uid in keys}
        assert set(subscriber.clients) == {"kmip-server"}
        time.sleep(1.5)
        assert subscriber.received.empty()
        stranger = server.client("client2")[1]
        stranger.create()
        time.sleep(1.5)
        assert subscriber.received.empty()
        server.stop()
        server.require_clean_log()
        assert server.command("audit", "verify").returncode == 0
    finally:
        server.close()


def test_a_subscriber_is_asked_first_and_spoken_to_in_the_version_that_it_tells(
    tmp_path: Path, pki: Pki, subscriber: TlsSubscriber
) -> None:
    server = server_for(tmp_path, pki, subscriber.port)
    subscriber.greeting = lambda request: telling(request, [V2_1, V1_1, V1_0])
    server.start()
    try:
        server.client(name="client1")[1].create()
        request = subscriber.next()
        assert operation_of(request) is Operation.PUT
        version = child(child(request, Tag.REQUEST_HEADER), Tag.PROTOCOL_VERSION)
        assert [each[2] for each in version[2]] == [1, 1]
        assert [operation_of(each) for each in subscriber.questions] == [Operation.DISCOVER_VERSIONS]
        assert payload_of(subscriber.questions[0])[2] == []
        server.wait_for_log("is spoken to in KMIP 1.1")
        server.stop()
    finally:
        server.close()


PROFILES = (
    (Tag.VENDOR_IDENTIFICATION, int(ItemType.TEXT_STRING), "ACME\nforged line"),
    (
        Tag.PROFILE_INFORMATION,
        int(ItemType.STRUCTURE),
        [(Tag.PROFILE_NAME, int(ItemType.ENUMERATION), int(ProfileName.TAPE_LIBRARY_CLIENT_KMIP_V1_0))],
    ),
)
TOLD = "Profile Information: Profile Name Tape Library Client KMIP v1.0"


def of_itself(request: Item) -> bytes:
    """Answers to both questions: 1.4, and a vendor and a profile."""
    if operation_of(request) is Operation.DISCOVER_VERSIONS:
        return telling(request, [V1_4])
    return success(request, ResultStatus.SUCCESS, (Tag.RESPONSE_PAYLOAD, int(ItemType.STRUCTURE), list(PROFILES)))


def test_a_subscriber_is_asked_what_it_is_and_the_log_and_the_command_say_it(
    tmp_path: Path, pki: Pki, subscriber: TlsSubscriber
) -> None:
    asked = ["Query Profiles", "Query Server Information"]
    server = server_for(tmp_path, pki, subscriber.port, version="1.4", query=asked)
    subscriber.greeting = of_itself
    server.start()
    try:
        server.client(name="client1")[1].create()
        assert operation_of(subscriber.next()) is Operation.PUT
        assert [operation_of(each) for each in subscriber.questions] == [Operation.DISCOVER_VERSIONS, Operation.QUERY]
        functions = [each[2] for each in payload_of(subscriber.questions[1])[2]]
        assert [QueryFunction(each).title for each in functions] == asked
        server.wait_for_log("says of itself")
        (line,) = [each for each in server.log().splitlines() if "says of itself" in each]
        assert line.endswith(f"subscriber array says of itself: Vendor Identification: ACME\\nforged line; {TOLD}")
        done = server.command("subscribers")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == [
            f"array at 127.0.0.1:{subscriber.port}",
            "  Protocol Version: 1.4",
            "  Vendor Identification: ACME\\nforged line",
            f"  {TOLD}",
        ]
        server.stop()
        server.require_clean_log()
    finally:
        server.close()


def test_the_command_says_what_a_subscriber_does_not_answer(
    tmp_path: Path, pki: Pki, subscriber: TlsSubscriber
) -> None:
    server = server_for(tmp_path, pki, subscriber.port)
    reason = (Tag.RESULT_REASON, int(ItemType.ENUMERATION), int(ResultReason.OPERATION_NOT_SUPPORTED))
    subscriber.greeting = lambda request: success(request, ResultStatus.OPERATION_FAILED, reason)
    done = server.command("subscribers")
    assert done.returncode == 1
    words = "it answered Discover Versions with Operation Failed, Operation Not Supported"
    assert done.stdout.splitlines()[1:] == [f"  NOT ANSWERED: {words}"]
    subscriber.greeting = lambda request: None
    done = server.command("subscribers")
    assert done.returncode == 1
    assert "  NOT ANSWERED: the connection was closed before the answer was whole" in done.stdout
    assert subscriber.received.empty()


def test_keys_are_put_wrapped_by_a_key_that_is_named(tmp_path: Path, pki: Pki, subscriber: TlsSubscriber) -> None:
    server = server_for(tmp_path, pki, subscriber.port, wrapping_key_name="wrapper", events=["creation"])
    server.start()
    try:
        _, client = server.client(name="client1")
        wrapper = client.create(aes(256, EVERY_USE, (Tag.NAME, name("wrapper"))))
        server.wait_for_log("it cannot be wrapped")  # itself by itself, before it may be used: it waits
        client.do(ActivateRequest(unique_identifier=wrapper))
        made = client.create()
        put = next(each for each in iter(subscriber.next, None) if uid_of(each) == made)
        block = child(child(payload_of(put), Tag.SYMMETRIC_KEY), Tag.KEY_BLOCK)
        wrapped = child(block, Tag.KEY_VALUE)[2]
        plain, by = (
            client.do(GetRequest(unique_identifier=uid)).object.key_block.key_value.key_material
            for uid in (made, wrapper)
        )
        assert plain not in wrapped
        assert plain in aes_key_unwrap(by, wrapped)
        server.stop()
    finally:
        server.close()


def test_what_waits_outlives_the_server_and_comes_when_the_subscriber_is_back(
    tmp_path: Path, pki: Pki, subscriber: TlsSubscriber
) -> None:
    server = server_for(tmp_path, pki, subscriber.port)
    subscriber.reply = lambda request: None  # it breaks off instead of answering
    server.start()
    try:
        connection, client = server.client()
        uid = client.create()
        assert operation_of(subscriber.next()) is Operation.PUT
        server.wait_for_log("failed, again in")
        began = time.monotonic()
        client.do(GetRequest(unique_identifier=uid))
        assert time.monotonic() - began < 5
        connection.close()
        server.kill()
        while not subscriber.received.empty():
            subscriber.received.get()
        subscriber.reply = success
        server.start()
        request = subscriber.next()
        assert (operation_of(request), uid_of(request)) == (Operation.PUT, uid)
        server.stop()
    finally:
        server.close()


def test_a_subscriber_that_is_another_than_named_gets_nothing(
    tmp_path: Path, pki: Pki, subscriber: TlsSubscriber
) -> None:
    server = server_for(tmp_path, pki, subscriber.port, name="other.example")
    server.start()
    try:
        server.client()[1].create()
        server.wait_for_log("failed, again in")
        assert "Hostname mismatch" in server.log()
        assert subscriber.received.empty()
        server.stop()
    finally:
        server.close()
