"""A process of its own that works on a database: python -m tests.e2e.store_worker ACTION URL ARGUMENT.

It says ``ready``, waits for a line, works, and prints what it did.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from kmip_server.ports import Store
from kmip_server.spec.enums import ObjectGroupMember
from kmip_server.spec.tags import Tag
from kmip_server.store import open_store
from tests.flows.client import CBC, Client, attributes
from tests.flows.requests import Encrypt, Get, GetUsageAllocation, Locate
from tests.kit import Server
from tests.store_kit import CODEC, insert, links, managed, named
from tests.stub_guard import OpenGuard

DAY = 86_400


def win(store: Store, rounds: str) -> None:
    """For each round change the object at the revision that stood before the line came; print 1 for a win."""
    for _ in range(int(rounds)):
        with store.transaction() as tx:
            read = tx.load("contested")
        assert read is not None
        wait()
        attributes = read.attributes.copy()
        attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, read.revision + 1)
        with store.transaction() as tx:
            won = tx.replace(read.with_attributes(attributes))
        print(int(won), flush=True)


def count(store: Store, times: str) -> None:
    """Read for change, count up, write; every one must win."""
    insert(store)
    wait()
    for _ in range(int(times)):
        with store.transaction() as tx:
            read = tx.load("contested", for_change=True)
            assert read is not None
            attributes = read.attributes.copy()
            attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, (attributes.one(Tag.CRYPTOGRAPHIC_LENGTH) or 0) + 1)
            assert tx.replace(read.with_attributes(attributes))


def audit(store: Store, rounds: str) -> None:
    """Append rounds of one to four records."""
    insert(store)
    wait()
    for number in range(int(rounds)):
        with store.transaction() as tx:
            tx.append_audit(links(tx.chain_head(), number % 4 + 1))


def load(store: Store, prefix: str) -> None:
    """Insert objects, each with its record, and acknowledge each after its commit; never ends."""
    wait()
    number = 0
    while True:
        uid = f"{prefix}-{number}"
        with store.transaction() as tx:
            tx.insert(managed(uid, named(uid)))
            tx.append_audit(links(tx.chain_head(), 1, text=uid))
        print(uid, flush=True)
        number += 1


def rotate(store: Store, most: str) -> None:
    """Rotate what is due a day from now, one object after another; print how many."""
    server = Server(store=store)
    server.clock.advance(DAY)
    wait()
    print(server.engine.rotate_due(int(most)), flush=True)


def use_up(store: Store, uid: str) -> None:
    """Encrypt zeros with a one-time pad, two bytes a time, until it refuses; print the bytes of the pad in hex."""
    client = client_of(store)
    wait()
    know_keys(client)
    used = bytearray()
    while (answer := client.one(Encrypt(unique_identifier=uid, data=bytes(2)))).ok:
        used += answer.payload.data
    print(used.hex(), flush=True)


def spend(store: Store, uid: str) -> None:
    """Use a limited key and have uses allocated in turn, until both are refused; print what was granted."""
    client = client_of(store)
    wait()
    know_keys(client)
    granted, refused = 0, 0
    while refused < 2:
        encrypt = Encrypt(unique_identifier=uid, data=b"x", cryptographic_parameters=CBC)
        asked = GetUsageAllocation(unique_identifier=uid, usage_limits_count=3) if granted % 2 else encrypt
        if client.one(asked).ok:
            granted, refused = granted + (3 if granted % 2 else 1), 0
        elif client.one(encrypt).ok:
            granted, refused = granted + 1, 0
        else:
            refused += 1
    print(granted, flush=True)


def take(store: Store, member: str) -> None:
    """Locate a member of the group and Get it, in one batch, again and again; print what was given."""
    client = client_of(store)
    wait()
    know_keys(client)
    client.server.clock.now_us = 1_800_000_000_000_000  # one clock for all
    asked = Locate(
        maximum_items=1,
        attributes=attributes((Tag.OBJECT_GROUP, "g")),
        object_group_member=ObjectGroupMember[member],
    )
    given = []
    for _ in range(20):
        found, got = client.ask(asked, Get(), batch_order_option=True)
        if not found.payload.unique_identifier:
            break
        given.append(got.payload.unique_identifier)
    print(" ".join(given), flush=True)


def client_of(store: Store) -> Client:
    """A client of a server of this process's own."""
    return Client(Server(store=store, guard=OpenGuard()))


def know_keys(client: Client) -> None:
    """Let its server know the key-encryption keys of the others."""
    with client.server.store.transaction() as tx:
        client.server.envelope.load(tx.keks())


def wait() -> None:
    print("ready", flush=True)
    if not sys.stdin.readline():
        raise SystemExit("nobody is there")


ACTIONS: dict[str, Callable[[Store, str], None]] = {
    "win": win,
    "count": count,
    "audit": audit,
    "load": load,
    "rotate": rotate,
    "use_up": use_up,
    "take": take,
    "spend": spend,
}

if __name__ == "__main__":
    ACTIONS[sys.argv[1]](open_store(sys.argv[2], CODEC), sys.argv[3])
