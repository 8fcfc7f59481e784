"""Every setting of a subscriber, from the configuration file to what arrives at it over TLS."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from kmip_server.app.subscribers import deliverer_of, subscribers_of
from kmip_server.config import Config, Subscriber, Subscribers
from kmip_server.domain.policy import Policies, parse_policies
from kmip_server.operations.destroy import DestroyRequest
from kmip_server.operations.get import GetRequest
from kmip_server.packing import WireCodec
from kmip_server.spec.enums import Operation, QueryFunction, ResultReason, ResultStatus
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_4
from kmip_server.store import open_store, upgrade
from kmip_server.wire.tree import Item
from tests.flows.client import EVERY_USE, Client, aes, name
from tests.kit import ALICE, BOB, Server
from tests.subscriber import PATIENCE, TlsSubscriber, child, success
from tests.transport_kit import Pki

SHARED = """{"shared": {
    "preset": {"SYMMETRIC_KEY": {"ACTIVATE": "ALLOW_OWNER"}},
    "groups": {"auditors": {"SYMMETRIC_KEY": {"GET_ATTRIBUTES": "ALLOW_ALL"}}}
}}"""
WRAPPER = (Tag.NAME, name("wrapper"))
GROUP = (Tag.OBJECT_GROUP, "tapes")


class House:
    """A server, and one subscriber as a configuration file has it."""

    def __init__(self, folder: Path, pki: Pki, subscriber: TlsSubscriber, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.pki, self.subscriber, self.monkeypatch = folder, pki, subscriber, monkeypatch
        url = f"sqlite:///{folder / 'kmip.db'}"
        upgrade(url)
        self.store = open_store(url, WireCodec())
        shared = parse_policies(SHARED, "shared")
        self.server = Server(store=self.store, policies=Policies(shared.policies, shared.server))
        self.stop: Callable[[], None] = lambda: None

    def start(self, *lines: str, section: str = "") -> None:
        """Tell the subscriber of what happens from now on; with these lines about it, and these about all of them."""
        shown = self.pki.folder / "kmip-server.pem"
        ours = f'own_certificate = "{shown}"\nown_key = "{shown.with_suffix(".key")}"'
        base = [f'address = "127.0.0.1:{self.subscriber.port}"', 'server_name = "localhost"', 'client = "alice"']
        given = {line.split(" = ")[0] for line in lines}
        text = [
            "[subscribers]",
            "" if "own_certificate" in section else ours,
            "" if section.startswith("ca = ") else f'ca = ["{self.pki.ca_path}"]',
            section,
            "[subscribers.receivers.array]",
            *(line for line in base if line.split(" = ")[0] not in given),
            *lines,
        ]
        (self.folder / "server.toml").write_text("\n".join(text))
        config = Config.load(self.folder / "server.toml")
        subscribers = subscribers_of(config)
        self.server.engine.rooms = replace(self.server.engine.rooms, subscribers=subscribers)
        self.stop = deliverer_of(config, self.server.engine, self.store, subscribers).stop

    def client(self, who: Any = ALICE) -> Client:
        return Client(self.server, V1_4, who)

    def key(self, *more: tuple[Tag, Any], who: Any = ALICE) -> str:
        """Make a key, active."""
        return self.client(who).active(aes(256, EVERY_USE, *more))

    def next(self, of: str) -> Item:
        """The first message, which must be about this object: nothing came before it."""
        message = self.subscriber.next()
        assert child(payload_of(message), Tag.UNIQUE_IDENTIFIER)[2] == of
        return message

    def quiet(self) -> bool:
        """Whether nothing comes that a running thread would have sent by now."""
        time.sleep(1.2)
        return self.subscriber.received.empty()


def payload_of(message: Item) -> Item:
    return child(child(message, Tag.BATCH_ITEM), Tag.REQUEST_PAYLOAD)


def operation_of(message: Item) -> Operation:
    return Operation(child(child(message, Tag.BATCH_ITEM), Tag.OPERATION)[2])


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    folder = tmp_path / "pki"
    folder.mkdir()
    pki = Pki(folder)
    for each in ("receiver", "kmip-server", "another"):
        pki.issue(each)
    subscriber = TlsSubscriber(folder / "receiver.pem", pki.ca_path)
    made = House(tmp_path, pki, subscriber, monkeypatch)
    yield made
    made.stop()
    made.store.close()
    subscriber.close()


# --- one check for each setting -----------------------------------------------------------------------------------


def address(house: House) -> None:
    """What is sent arrives there."""
    house.start()
    house.next(house.key())


def server_name(house: House) -> None:
    house.start('server_name = "other.example"')
    house.key()
    assert house.quiet()


def client(house: House) -> None:
    house.start('client = "bob"')
    house.key()
    house.next(house.key(who=BOB))


def groups(house: House) -> None:
    house.start('client = "nobody"', 'groups = ["auditors"]')
    house.key()
    house.next(house.key((Tag.OPERATION_POLICY_NAME, "shared")))


def version(house: House) -> None:
    house.start('version = "1.2"')
    header = child(house.next(house.key()), Tag.REQUEST_HEADER)
    assert [part[2] for part in child(header, Tag.PROTOCOL_VERSION)[2]] == [1, 2]


def discover_versions(house: House) -> None:
    house.start("discover_versions = false")
    house.next(house.key())
    assert house.subscriber.questions == []


def query(house: House) -> None:
    house.start('query = ["Query Objects", "Query Capabilities"]')
    house.next(house.key())
    discovering, querying = house.subscriber.questions
    assert operation_of(discovering) is Operation.DISCOVER_VERSIONS
    assert [each[2] for each in payload_of(querying)[2]] == [
        QueryFunction.QUERY_OBJECTS,
        QueryFunction.QUERY_CAPABILITIES,
    ]


def put(house: House) -> None:
    house.start("put = true")
    assert operation_of(house.next(house.key())) is Operation.PUT


def wrapping_key(house: House) -> None:
    key = house.key()
    house.start("put = true", f'wrapping_key = "{key}"')
    _require_wrapped_by(house, key)


def wrapping_key_name(house: House) -> None:
    key = house.key(WRAPPER)
    house.start("put = true", 'wrapping_key_name = "wrapper"')
    _require_wrapped_by(house, key)


def _require_wrapped_by(house: House, key: str) -> None:
    """What arrives is unwrapped by that key, and by it alone becomes the key that was made."""
    made = house.key()
    block = child(child(payload_of(house.next(made)), Tag.SYMMETRIC_KEY), Tag.KEY_BLOCK)
    used = child(child(block, Tag.KEY_WRAPPING_DATA), Tag.ENCRYPTION_KEY_INFORMATION)
    assert child(used, Tag.UNIQUE_IDENTIFIER)[2] == key
    wrapped = child(block, Tag.KEY_VALUE)[2]
    plain = _value(house, made)
    assert plain not in wrapped
    assert plain in aes_key_unwrap(_value(house, key), wrapped)


def _value(house: House, uid: str) -> bytes:
    found = house.client().do(GetRequest(unique_identifier=uid)).object
    return bytes(found.key_block.key_value.key_material)


def events(house: House) -> None:
    house.start('events = ["destruction"]')
    house.key()
    uid = house.client().create()
    house.client().do(DestroyRequest(unique_identifier=uid))
    house.next(uid)


def object_types(house: House) -> None:
    house.start('object_types = ["Public Key"]')
    house.key()
    assert house.quiet()


def owners(house: House) -> None:
    house.start('client = "bob"', 'owners = ["bob"]', 'groups = ["auditors"]')
    house.key((Tag.OPERATION_POLICY_NAME, "shared"))
    house.next(house.key(who=BOB))


def object_groups(house: House) -> None:
    house.start('object_groups = ["tapes"]')
    house.key()
    house.next(house.key(GROUP))


def own_certificate(house: House) -> None:
    another = house.pki.folder / "another.pem"
    house.start(section=f'own_certificate = "{another}"\nown_key = "{another.with_suffix(".key")}"')
    house.next(house.key())
    assert house.subscriber.clients == ["another"]


def ca(house: House) -> None:
    folder = house.folder / "others"
    folder.mkdir()
    house.start(section=f'ca = ["{Pki(folder, "Another CA").ca_path}"]')
    house.key()
    assert house.quiet()


def crl(house: House) -> None:
    """Who is revoked hears no more: not on a new connection, and not on the one that is open."""
    folder = house.pki.folder
    house.start(section=f'crl = ["{house.pki.revoke(folder / "another.pem")}"]')
    house.next(house.client().create())  # one message, and no second one on its way
    house.pki.revoke(folder / "receiver.pem")
    house.monkeypatch.setattr("kmip_server.transport.outgoing.LONGEST_SECONDS", 0.0)
    house.key()
    assert house.quiet()


def give_up_seconds(house: House) -> None:
    reason = (Tag.RESULT_REASON, int(ItemType.ENUMERATION), int(ResultReason.PERMISSION_DENIED))
    house.subscriber.reply = lambda request: success(request, ResultStatus.OPERATION_FAILED, reason)
    house.start("put = true", section="give_up_seconds = 0.001")
    house.next(house.key())
    deadline = time.monotonic() + PATIENCE
    while not any("given up after" in row.fields[11] for row in house.store.audit_rows()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


CHECKS: dict[str, Callable[[House], None]] = {
    each.__name__: each
    for each in (
        address, server_name, client, groups, version, discover_versions, query, put, wrapping_key, wrapping_key_name,
        events, object_types, owners, object_groups, own_certificate, ca, crl,
        give_up_seconds,
    )
}  # fmt: skip


@pytest.mark.parametrize("setting", CHECKS)
def test_a_setting_shows_at_the_subscriber(setting: str, house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        CHECKS[setting](house)
    failed = {
        "server_name": "Hostname mismatch",
        "ca": "certificate",
        "crl": "certificate revoked",
        "give_up_seconds": "given up",
    }
    assert failed.get(setting, "") in caplog.text
    assert setting in failed or not caplog.messages


def test_no_setting_is_without_its_check() -> None:
    # own_key goes with own_certificate; the receivers are what all of this is about.
    assert set(CHECKS) == set(Subscriber.model_fields) | set(Subscribers.model_fields) - {"own_key", "receivers"}
