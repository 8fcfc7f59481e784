"""What the rooms promise each other, and nothing else.

The operations see a :class:`Context`. The engine sees :class:`Store`, :class:`Sealer`, :class:`Ciphers` and
:class:`AuditTrail`. Who keeps the promise is the roof's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import Found, Search, Visibility
from kmip_server.domain.subject import Subject
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    State,
    UniqueIdentifierCode,
)
from kmip_server.spec.operations import Use
from kmip_server.spec.structures.keys import KeyValue, ManagedObjectStructure, TransparentKeyMaterial
from kmip_server.spec.version import Version


class Codec(Protocol):
    """How attributes become bytes for the database: KMIP's own encoding, handed in by the roof."""

    def pack(self, attributes: AttributeMap) -> bytes:
        """Attributes to bytes."""

    def unpack(self, packed: bytes) -> AttributeMap:
        """Bytes to attributes."""

    def pack_object(self, structure: ManagedObjectStructure) -> bytes:
        """An object's structure, its secret left out, to bytes."""

    def unpack_object(self, packed: bytes) -> ManagedObjectStructure:
        """Bytes to an object's structure, made anew for each caller."""

    def pack_material(self, material: TransparentKeyMaterial) -> bytes:
        """Transparent key material to bytes, for sealing."""

    def unpack_material(self, packed: bytes) -> TransparentKeyMaterial:
        """Unsealed bytes to transparent key material."""

    def encode_key_value(self, value: KeyValue, version: Version) -> bytes:
        """A key value in TTLV, as the version writes it."""

    def decode_key_value(self, encoded: bytes, version: Version) -> KeyValue:
        """A key value from TTLV; InvalidMessage or InvalidField where the bytes are none."""


class KekRecord(NamedTuple):
    """A key-encryption key as the database keeps it: wrapped by the root key."""

    kek_id: bytes
    """Eight bytes, random."""
    root_id: str
    """Which root key wrapped it."""
    wrapped: bytes
    created: int
    """Seconds since 1970."""
    active: bool
    """New objects are sealed under the active one; there is at most one."""


class AuditRow(NamedTuple):
    """A link of the audit chain as the database keeps it; the audit room gives the fields their meaning."""

    sequence: int
    at: int
    """Microseconds since 1970."""
    fields: tuple[str, ...]
    """The record's text fields, in the audit room's order."""
    previous: bytes
    hash: bytes


class ChainHead(NamedTuple):
    """Where the audit chain ends."""

    sequence: int
    hash: bytes


class Transaction(Protocol):
    """One transaction: everything a round of requests did, with its audit records, or nothing."""

    def load(self, unique_identifier: str, *, for_change: bool = False) -> ManagedObject | None:
        """Read an object; with ``for_change`` no other transaction changes it before this one ends."""

    def insert(self, new: ManagedObject) -> None:
        """Write a new object and its search terms."""

    def replace(self, changed: ManagedObject) -> bool:
        """Write over the revision the object was read at; False when another change came first."""

    def locate(self, search: Search) -> Found:
        """Find objects; every condition is the database's work."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what is done inside when an exception leaves it; costs nothing until something is written."""

    def chain_head(self) -> ChainHead:
        """The end of the audit chain; held against other writers until this transaction ends."""

    def append_audit(self, rows: Sequence[AuditRow]) -> None:
        """Write audit rows and move the chain head to the last of them."""

    def keks(self) -> list[KekRecord]:
        """Every key-encryption key."""

    def insert_kek(self, record: KekRecord) -> None:
        """Keep a new key-encryption key; when it is active the others become inactive."""


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


@dataclass(frozen=True, slots=True)
class AuditEntry:
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


class Encrypted(Protocol):
    """What encryption gives."""

    @property
    def data(self) -> bytes:
        """The ciphertext."""

    @property
    def iv(self) -> bytes | None:
        """The IV, counter or nonce, when the server made it."""

    @property
    def tag(self) -> bytes | None:
        """The authentication tag of an authenticated mode."""


class GeneratedPair(Protocol):
    """What key pair generation gives."""

    @property
    def private(self) -> bytes:
        """The private key, encoded in ``private_format``."""

    @property
    def private_format(self) -> KeyFormatType:
        """How the private key is encoded."""

    @property
    def public(self) -> bytes:
        """The public key, encoded in ``public_format``."""

    @property
    def public_format(self) -> KeyFormatType:
        """How the public key is encoded."""

    @property
    def length(self) -> int:
        """The Cryptographic Length in bits."""


class Material(NamedTuple):
    """A revealed key, ready for use: its bytes, how they are encoded, whether they were ever checked."""

    algorithm: CryptographicAlgorithm | None
    key_format_type: KeyFormatType | None
    value: bytes | TransparentKeyMaterial
    trusted: bool

    def __repr__(self) -> str:
        return "Material(<withheld>)"


class Prepared(NamedTuple):
    """What was made for a request before its transaction, because making it takes long."""

    pair: GeneratedPair | None = None
    trusted: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the server says of itself."""

    vendor_identification: str
    server_name: str
    server_version: str
    versions: tuple[Version, ...]
    """Newest first."""
    operations: frozenset[Operation]
    """Every operation that is served, in the versions that define it."""
    maximum_locate_items: int
    lease_time: int
    """Seconds."""
    default_policy: str = "default"
    """Operation Policy Name of an object that names none (1.4 §3.18)."""


class Context(Protocol):
    """What one batch item may see and do; nothing of it outlives the item."""

    version: Version
    now: int
    """Seconds since 1970, the same for the whole batch."""
    subject: Subject
    facts: Facts
    operation: Operation
    ciphers: Any
    prepared: Prepared

    def load(
        self, unique_identifier: Any, *, use: Use | None = None, operation: Operation | None = None
    ) -> ManagedObject:
        """Let an object out to be read or used: found, visible, allowed, not archived; fit for ``use`` if given.

        None stands for the ID Placeholder. ``operation`` asks the policy about another operation than the
        item's own, for an object that stands beside the one acted on (a wrapping key).
        """

    def load_for_change(self, unique_identifier: Any, *, operation: Operation | None = None) -> ManagedObject:
        """The same, held against other changes until the round ends; destroyed and archived objects included."""

    def reveal(self, found: ManagedObject) -> ManagedObjectStructure:
        """Open the secret and give the object whole, to be handed out."""

    def material(self, found: ManagedObject) -> Material:
        """Open the secret for use inside the server."""

    def served(self, found: ManagedObject) -> None:
        """Note that the object has been handed out: it is fresh no more (2.1 §4.24)."""

    def spend(self, found: ManagedObject, amount: int) -> None:
        """Count a use of ``amount`` bytes against the object's Usage Limits, if it has any."""

    def admit(
        self,
        object_type: ObjectType,
        structure: ManagedObjectStructure | None,
        attributes: AttributeMap,
        *,
        trusted: bool,
        unique_identifier: str | None = None,
    ) -> ManagedObject:
        """Let a new object in: owner, dates, state, digest set; its secret sealed; written; audited."""

    def save(self, changed: ManagedObject, *, object_changed: bool = True) -> ManagedObject:
        """Write a changed object over the revision it was loaded at; Last Change Date is set here."""

    def locate(self, search: Search) -> Found:
        """Find objects."""

    def knows_policy(self, name: str) -> bool:
        """Whether there is an operation policy of this name."""

    def visibility(self) -> Visibility:
        """What the subject may find."""

    def new_identifier(self) -> str:
        """A fresh Unique Identifier."""

    def remember(self, unique_identifier: str | None, code: UniqueIdentifierCode | None = None) -> None:
        """Set the ID Placeholder, or empty it (1.4 §4, introduction); ``code`` is the name 2.x gives it (2.1 §4.61)."""

    def state_of(self, found: ManagedObject) -> State | None:
        """The state the object is in now, time considered."""

    def encode_key_value(self, value: KeyValue) -> bytes:
        """A key value in TTLV of the request's version: what is wrapped with TTLV encoding (2.1 §11.21)."""

    def decode_key_value(self, encoded: bytes) -> KeyValue:
        """The key value that was encoded so; CryptographicFailure where the bytes are none: the wrong key."""

    def note(self, detail: str) -> None:
        """Add a few words to the audit record; never key material."""
