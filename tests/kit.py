"""A whole server without a socket: the engine over a store in memory, with a clock that tests can turn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kmip_server.audit import AuditChain
from kmip_server.crypto import Ciphers
from kmip_server.domain.policy import Policies
from kmip_server.domain.subject import CERTIFICATE, Subject, qualified_name
from kmip_server.domain.subscriber import Subscriber
from kmip_server.engine.call import Call
from kmip_server.engine.identity import Accounts, Authenticator, GroupSettings
from kmip_server.engine.rooms import Rooms
from kmip_server.engine.server import Engine
from kmip_server.errors import KmipError
from kmip_server.operations import load_all
from kmip_server.packing import WireCodec
from kmip_server.ports import CERTIFYING, PROVISIONING, Facts, KekRecord, PendingLimits, Store, StoreError, StreamLimits
from kmip_server.spec.enums import Operation
from kmip_server.spec.version import VERSIONS, Version
from kmip_server.store.memory import MemoryStore
from kmip_server.vault import Envelope
from kmip_server.wire import ttlv
from kmip_server.wire.message import Messages
from kmip_server.wire.tree import Item
from tests.stub_guard import StubGuard

CODEC = WireCodec()
TABLE = load_all()


def subject(name: str = "alice", groups: Sequence[str] = (), address: str = "127.0.0.1") -> Subject:
    """A client that came with a certificate of this common name."""
    return Subject(
        name=qualified_name(CERTIFICATE, name),
        groups=frozenset(groups),
        certificate_subject=f"CN={name}",
        issuer="CN=test ca",
        serial="1",
        address=address,
        authenticated_by=CERTIFICATE,
    )


ALICE = subject("alice")
BOB = subject("bob")


@dataclass
class FakeClock:
    """Microseconds since 1970; stands still unless told."""

    now_us: int = field(default_factory=lambda: time.time_ns() // 1000)

    def __call__(self) -> int:
        return self.now_us

    @property
    def seconds(self) -> int:
        return self.now_us // 1_000_000

    def advance(self, seconds: float) -> None:
        self.now_us += int(seconds * 1_000_000)


def _insert_kek(store: Store, record: KekRecord, attempts: int = 20) -> None:
    """Servers of several processes on one database each bring one, and one only is active: whoever comes second."""
    for left in reversed(range(attempts)):
        try:
            with store.transaction() as tx:
                tx.insert_kek(record)
            return
        except StoreError:
            if not left:
                raise


class Server:
    """Bytes in, bytes out: everything between the transport and the database is the real thing."""

    def __init__(
        self,
        *,
        store: Store | None = None,
        policies: Policies | None = None,
        accounts: Accounts | None = None,
        versions: Sequence[Version] = VERSIONS,
        default_policy: str = "default",
        maximum_locate_items: int = 1000,
        stream_limits: StreamLimits | None = None,
        vendor_identification: str = "test",
        server_name: str = "test",
        server_version: str = "0",
        pending_limits: PendingLimits | None = None,
        subscribers: Sequence[Subscriber] = (),
        interop: bool = False,
        lease_time: int = 3600,
        guard: StubGuard | None = None,
        **more_facts: Any,
    ) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore() if store is None else store
        envelope = Envelope(guard or StubGuard(), [])
        record = envelope.new_kek_record(self.clock.seconds)
        _insert_kek(self.store, record)
        envelope.load([record])
        facts = Facts(
            vendor_identification=vendor_identification,
            server_name=server_name,
            server_version=server_version,
            versions=tuple(sorted(versions, reverse=True)),
            # Until tests.authority gives it an authority, it certifies nothing.
            operations=frozenset(TABLE) - CERTIFYING - PROVISIONING - (set() if interop else {Operation.INTEROP}),
            sends=frozenset({Operation.NOTIFY, Operation.PUT}) if subscribers else frozenset(),
            maximum_locate_items=maximum_locate_items,
            lease_time=lease_time,
            default_policy=default_policy,
            stream_limits=stream_limits or StreamLimits(),
            pending_limits=pending_limits or PendingLimits(),
            **more_facts,
        )
        self.envelope = envelope
        rooms = Rooms(
            CODEC,
            envelope,
            Ciphers(),
            policies or Policies(),
            facts,
            subscribers=tuple(subscribers),
            accounts=accounts or Accounts(),
        )
        self.engine = Engine(self.store, rooms, AuditChain(), self.clock, TABLE)
        self.messages = Messages(versions, {code: (row.request, row.response) for code, row in TABLE.items()})
        self.authenticator = Authenticator(GroupSettings(), accounts)

    def call(self, data: bytes, who: Subject = ALICE) -> Call:
        """A request on its way into a round, its slow work done."""
        request = self.messages.read(data)
        call = Call(request, self.messages.writer(request.version), who)
        header = request.header
        if header is not None and header.authentication is not None:
            call.sign_in(self.authenticator.check(who, header.authentication))
        slow = self.engine.slow(call)
        if slow is not None:
            slow()
        return call

    def send(self, data: bytes, who: Subject = ALICE) -> bytes:
        """Answer one request in a round of its own."""
        reply = self.engine.run([self.call(data, who)])[0]
        self._require_unchanged(data)
        return reply

    def keep_no_defaults(self) -> None:
        """What Set Defaults without any does (2.1 §6.1.53)."""
        with self.store.transaction() as tx:
            self.engine.rooms.rules.write_defaults(tx, None)

    def _require_unchanged(self, data: bytes) -> None:
        """What requests of one shape share, nobody may have changed: the request says what it said."""
        again = self.messages.read(data)
        if again.error is None and len(again.items) == 1:
            plain = self.messages.read_tree(ttlv.parse(data)).items[0].request_payload
            assert isinstance(plain, KmipError) or again.items[0].request_payload == plain

    def idle(self) -> None:
        """Do every asynchronous request that is due, as a worker does between rounds."""
        self.engine.pending.wake = 0.0
        while self.engine.pending.wake <= time.monotonic():
            slow = self.engine.pending.chore()
            while slow is not None:
                slow()
                slow = self.engine.pending.chore()

    def exchange(self, tree: Item, who: Subject = ALICE) -> Item:
        """The same for trees."""
        return ttlv.parse(self.send(ttlv.print_(tree), who))
