"""What the engine asks of the store, the vault and the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol, TypeVar

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import Found, Search
from kmip_server.ports.rows import AuditRow, ChainHead, JobItemRow, JobRow, KekRecord, OutboxRow, StreamRow
from kmip_server.ports.sessions import SignInRow, TicketRow
from kmip_server.spec.attribute_values import AttributeKey
from kmip_server.spec.structures.keys import KeyValue, ManagedObjectStructure, TransparentKeyMaterial
from kmip_server.spec.version import Version

Packed = TypeVar("Packed")


class Codec(Protocol):
    """How attributes become bytes for the database: KMIP's own encoding, handed in by the roof."""

    def pack(self, attributes: AttributeMap, but: Collection[AttributeKey] = ()) -> bytes:
        """Attributes to bytes, without those of ``but`` that have just one instance."""

    def unpack(self, packed: bytes) -> AttributeMap:
        """Bytes to attributes."""

    def pack_object(self, structure: ManagedObjectStructure) -> bytes:
        """An object's structure, its secret left out, to bytes."""

    def unpack_object(self, packed: bytes) -> ManagedObjectStructure:
        """Bytes to an object's structure, made anew for each caller."""

    def shared_form(self, packed: bytes) -> ManagedObjectStructure:
        """The same structure for every caller: to be read, never to be filled in."""

    def pack_material(self, material: TransparentKeyMaterial) -> bytes:
        """Transparent key material to bytes, for sealing."""

    def unpack_material(self, packed: bytes) -> TransparentKeyMaterial:
        """Unsealed bytes to transparent key material."""

    def pack_structure(self, structure: Any) -> bytes:
        """Any structure or payload of the standard to bytes."""

    def unpack_structure(self, kind: type[Packed], packed: bytes) -> Packed:
        """Bytes to a structure or payload of this class."""

    def pack_payload(self, payload: Any, version: Version) -> bytes:
        """A request or response payload to bytes, as the version writes it."""

    def unpack_payload(self, kind: type[Packed], packed: bytes, version: Version) -> Packed:
        """Bytes to a payload of this class, as the version reads it."""

    def encode_key_value(self, value: KeyValue, version: Version) -> bytes:
        """A key value in TTLV, as the version writes it."""

    def decode_key_value(self, encoded: bytes, version: Version) -> KeyValue:
        """A key value from TTLV; InvalidMessage or InvalidField where the bytes are none."""


class Transaction(Protocol):
    """One transaction: everything a round of requests did, with its audit records, or nothing."""

    def load(self, unique_identifier: str, *, for_change: bool = False) -> ManagedObject | None:
        """Read an object; with ``for_change`` no other transaction changes it before this one ends."""

    def insert(self, new: ManagedObject) -> None:
        """Write a new object and its search terms."""

    def replace(self, changed: ManagedObject) -> bool:
        """Write over the revision the object was read at; False when another change came first."""

    def remove(self, gone: ManagedObject) -> bool:
        """Take out the revision the object was read at, with its search terms; False when another change came first."""

    def locate(self, search: Search) -> Found:
        """Find objects; every condition is the database's work."""

    def remove_every_object(self) -> int:
        """Remove every object, and what was begun with any; tell how many there were. Keys and audit trail stay."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what is done inside when an exception leaves it; costs nothing until something is written."""

    def chain_head(self) -> ChainHead:
        """The end of the audit chain; held against other writers until this transaction ends."""

    def append_audit(self, rows: Sequence[AuditRow]) -> None:
        """Write audit rows and move the chain head to the last of them."""

    def insert_stream(self, row: StreamRow) -> None:
        """Keep an operation of which the first part was done."""

    def load_stream(self, correlation_value: bytes) -> StreamRow | None:
        """Read one; no other transaction changes it before this one ends."""

    def replace_stream(self, row: StreamRow) -> bool:
        """Write over the revision it was read at; False when another part, or its end, came first."""

    def delete_stream(self, correlation_value: bytes) -> bool:
        """Forget one; False when it was gone already."""

    def count_streams(self, owner: str) -> int:
        """How many a client has open."""

    def hold_client(self, owner: str) -> None:
        """Before what a client has is counted: nobody else who holds it counts, or adds to it, before this ends."""

    def drop_streams(self, object_id: str) -> None:
        """Forget all that use an object."""

    def expire_streams(self, now: int) -> None:
        """Forget all whose time has run out."""

    def insert_job(self, job: JobRow, items: Sequence[JobItemRow]) -> None:
        """Keep a request that is done later."""

    def load_job(self, job: bytes) -> JobRow | None:
        """Read one; no other transaction changes it before this one ends."""

    def next_job(self) -> JobRow | None:
        """Read the one that is due first, held likewise; what another transaction holds is passed over."""

    def take_job(self, taken: JobRow) -> None:
        """Write ``due``, ``attempts`` and ``token`` of one that was read in this transaction."""

    def delete_job(self, job: bytes) -> None:
        """Forget the request: it was done; its items stay for their results."""

    def load_job_item(self, correlation_value: bytes) -> JobItemRow | None:
        """Read one item."""

    def job_items(self, job: bytes) -> list[JobItemRow]:
        """The items of a request, in their order."""

    def owned_job_items(self, owner: str) -> list[JobItemRow]:
        """The items of a client, oldest first."""

    def replace_job_item(self, changed: JobItemRow) -> None:
        """Write ``stage``, ``status``, ``obtained``, ``expires`` and ``sealed`` of an item."""

    def expire_job_items(self, now: int) -> None:
        """Forget every item whose time has run out."""

    def insert_message(self, row: OutboxRow) -> None:
        """Put a message into the outbox; it gets a number of its own."""

    def claim_message(self, now: int, until: int) -> OutboxRow | None:
        """Take the longest due message that is the oldest to its subscriber about its object; nobody else gets it
        before ``until``. None when there is none, or another process was faster."""

    def postpone_message(self, row: OutboxRow, due: int) -> bool:
        """Have a claimed message wait; False when it is no longer the caller's."""

    def delete_message(self, row: OutboxRow) -> bool:
        """Forget a claimed message; False when it is no longer the caller's."""

    def keks(self) -> list[KekRecord]:
        """Every key-encryption key."""

    def insert_kek(self, record: KekRecord) -> None:
        """Keep a new key-encryption key; when it is active the others become inactive."""

    def due_for_rotation(self, now: int, most: int) -> list[str]:
        """Objects on line whose rotation is due, longest first; what another process rotates just now is left out."""

    def setting(self, name: str) -> bytes | None:
        """What holds for the whole server under this name; None when nobody set it."""

    def put_setting(self, name: str, value: bytes | None) -> None:
        """Set it for every process and node; None takes it away."""

    def ticket(self, digest: bytes) -> TicketRow | None:
        """A ticket, held against other changes until this transaction ends."""

    def insert_ticket(self, new: TicketRow, now: int) -> None:
        """Keep a new ticket, and forget those that have expired (``now``: seconds since 1970)."""

    def replace_ticket(self, changed: TicketRow) -> None:
        """Write over a ticket's terms; one that is gone stays gone."""

    def delete_ticket(self, digest: bytes) -> None:
        """Forget a ticket."""

    def sign_in(self, key: bytes, *, for_change: bool = False) -> SignInRow | None:
        """What is remembered of a credential; held against other changes if wanted."""

    def insert_sign_in(self, new: SignInRow, now: int) -> None:
        """Remember something new, and forget what has expired (``now``: seconds since 1970).

        StoreError where another transaction remembered it first: what both found free is taken once.
        """

    def replace_sign_in(self, changed: SignInRow) -> None:
        """Write over what was read for a change; what is gone stays gone."""

    def drop_sign_in(self, key: bytes) -> None:
        """Forget it."""


class StoreError(Exception):
    """The database failed: the transaction is lost, nothing of it was kept."""


class Store(Protocol):
    """A database of managed objects."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin; commit at the end, durably; roll back when an exception leaves. Raises StoreError."""

    def audit_rows(self, first: int = 1) -> Iterator[AuditRow]:
        """The audit chain from a sequence number on, in bounded memory."""

    def audit_head(self) -> ChainHead:
        """The end of the audit chain, read without holding it."""

    def close(self) -> None:
        """Give back every connection."""


class Sealer(Protocol):
    """Seals secrets for the database and opens them again."""

    def seal(self, plain: bytes, *, uid: str, object_type: int, owner: str) -> bytes:
        """Seal a secret to the object it belongs to."""

    def open(self, sealed: bytes, *, uid: str, object_type: int, owner: str) -> bytes:
        """Open what was sealed to this object; raises CryptographicFailure when it belongs to another."""


class RootKey(Protocol):
    """The guard of the root key: wraps key-encryption keys and nothing else."""

    @property
    def root_id(self) -> str:
        """A public name of this root key."""

    def wrap(self, kek: bytes, bound: bytes) -> bytes:
        """Wrap a key-encryption key, bound to what it is told."""

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        """Unwrap it again."""


class AuditEntry(NamedTuple):
    """What happened to one batch item: who, what, to which object, under which rule, with what result."""

    at: int
    """Microseconds since 1970."""
    subject: str
    issuer: str
    serial: str
    address: str
    operation: str
    object_id: str
    object_type: str
    rule: str
    decision: str
    result: str
    reason: str
    detail: str
    correlation: str


class AuditTrail(Protocol):
    """Turns entries into links of the chain."""

    def extend(self, head: ChainHead, entries: Iterable[AuditEntry]) -> list[AuditRow]:
        """The rows that continue the chain from its head."""


Clock = Callable[[], int]
"""Microseconds since 1970, UTC."""

Random = Callable[[int], bytes]
"""That many random bytes from the operating system's generator."""
