"""What a handler sees: the doors through which everything goes."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.rules import Rules
from kmip_server.domain.search import Found, Search, Visibility
from kmip_server.domain.subject import Subject
from kmip_server.errors import KmipError
from kmip_server.ports.certifying import Certification, Issuer, KeyMaterial
from kmip_server.ports.cipher_results import ContainerContent, GeneratedPair
from kmip_server.ports.ciphers import Ciphers
from kmip_server.ports.facts import Facts
from kmip_server.ports.provisioning import Provisioning
from kmip_server.ports.sessions import Tickets
from kmip_server.ports.storing import Packed
from kmip_server.spec.enums import (
    CancellationResult,
    CryptographicAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    ProcessingStage,
    ResultReason,
    ResultStatus,
    State,
    UniqueIdentifierCode,
)
from kmip_server.spec.operations import Use
from kmip_server.spec.structures.keys import KeyValue, ManagedObjectStructure
from kmip_server.spec.structures.query import Constraints, DefaultsInformation
from kmip_server.spec.version import Version


class Material(NamedTuple):
    """A revealed key, ready for use: its bytes, how they are encoded, whether they were ever checked."""

    algorithm: CryptographicAlgorithm | None
    key_format_type: KeyFormatType | None
    value: KeyMaterial
    trusted: bool

    def __repr__(self) -> str:
        return "Material(<withheld>)"


class Derived(NamedTuple):
    """What was derived before the transaction, and from which key or password."""

    key: bytes
    value: bytes

    def __repr__(self) -> str:
        return "Derived(<withheld>)"


class Opened(NamedTuple):
    """What became of a PKCS#12 container before the transaction, and by what it was opened."""

    container: bytes
    password: bytes
    friendly_name: str | None
    content: ContainerContent | KmipError
    """What is in it, or why it does not open."""

    def __repr__(self) -> str:
        return "Opened(<withheld>)"


class Prepared(NamedTuple):
    """What was made for a request before its transaction, because making it takes long."""

    pair: GeneratedPair | None = None
    trusted: bool | None = None
    derived: Derived | None = None
    opened: Opened | None = None
    request: Any = None
    """An asynchronous request whose own preparation was done, for Process."""


@dataclass(slots=True)
class Outcome:
    """What Poll answers with: the answer of another operation, or that there is none yet (2.1 §6.1.38)."""

    operation: Operation
    status: ResultStatus
    reason: ResultReason | None = None
    message: str | None = None
    payload: Any = None
    asynchronous_correlation_value: bytes | None = None


class Streams(Protocol):
    """The door to what operations in several parts carry from one part to the next.

    What is kept is sealed to the client, the operation and the key; a Correlation Value that is not of this
    client, this operation and this key stands for nothing, and that is all the client learns.
    """

    def begin(self, unique_identifier: str, state: Any) -> bytes:
        """Keep the state, a structure, after the first part; returns the Correlation Value.

        KmipError (Server Limit Exceeded) where the client has too many open, or the state is too long.
        """

    def resume(self, correlation_value: bytes, unique_identifier: str, kind: type[Packed]) -> Packed:
        """The state that the part before left; KmipError (Invalid Correlation Value) where there is none."""

    def keep(self, state: Any) -> bytes:
        """Keep the state of the operation resumed, for the next part; returns the Correlation Value."""

    def end(self) -> None:
        """Forget the operation resumed: this was its final part."""


class PendingRequests(Protocol):
    """The door to the asynchronous requests of the client who asks; nobody else's are there for it."""

    def poll(self, correlation_value: bytes) -> Outcome:
        """The result, or that it is pending; KmipError (Invalid Asynchronous Correlation Value) for no such request."""

    def cancel(self, correlation_value: bytes) -> CancellationResult:
        """Cancel a request that is not done yet, or say why not."""

    def process(self, correlation_value: bytes) -> None:
        """Do a request now; KmipError where there is none, or it was done (Duplicate Process Request)."""

    def outstanding(self) -> list[PendingRequest]:
        """Every request whose result the client has not had, oldest first."""


class PendingRequest(NamedTuple):
    """What there is to know of an asynchronous request (2.1 §7.2)."""

    correlation_value: bytes
    operation: Operation
    submitted: int
    """Microseconds since 1970."""
    stage: ProcessingStage


class Authority(Protocol):
    """The certificate authority of this server: two managed objects that the configuration names."""

    @property
    def certification(self) -> Certification:
        """The configuration's word."""

    def require(self) -> None:
        """Pass if there is an authority, else raise OperationNotSupported."""

    def issuer(self) -> Issuer:
        """Open it, to sign certificates and nothing else.

        The one object that comes out without the policy being asked: who may certify a public key need not know
        the authority's key. Raises KmipError where there is none that may sign now.
        """

    def certificate(self) -> bytes | None:
        """Its certificate, DER; None where there is none that counts."""


class Context(Protocol):
    """What one batch item may see and do; nothing of it outlives the item."""

    version: Version
    now: int
    """Seconds since 1970, the same for the whole batch."""
    subject: Subject
    facts: Facts
    operation: Operation
    ciphers: Ciphers
    prepared: Prepared
    pending: PendingRequests
    """There for the operations that are about asynchronous requests, and no others."""

    @property
    def authority(self) -> Authority:
        """Who issues certificates here, and by what they are judged."""

    @property
    def provisioning(self) -> Provisioning:
        """The certificate that the client came with, and another in its place."""

    @property
    def rules(self) -> Rules:
        """The defaults and constraints that hold for new objects (2.1 §6.1.52, §6.1.53)."""

    def keep_defaults(self, defaults: DefaultsInformation | None) -> None:
        """Replace the defaults of the server; None takes all of them away."""

    def keep_constraints(self, constraints: Constraints) -> None:
        """Replace the constraints of the server."""

    @property
    def streams(self) -> Streams:
        """Operations in several parts."""

    @property
    def tickets(self) -> Tickets:
        """The desk where tickets are given out and taken back."""

    def load(
        self, unique_identifier: Any, *, use: Use | None = None, operation: Operation | None = None
    ) -> ManagedObject:
        """Let an object out to be read or used: found, visible, allowed, not archived; fit for ``use`` if given.

        None stands for the ID Placeholder. ``operation`` asks the policy about another operation than the
        item's own, for an object that stands beside the one acted on (a wrapping key).
        """

    def load_for_change(self, unique_identifier: Any, *, operation: Operation | None = None) -> ManagedObject:
        """The same, held against other changes until the round ends; destroyed and archived objects included."""

    def resolve(self, unique_identifier: Any) -> str:
        """Whom a Unique Identifier means: itself, the ID Placeholder if omitted, or what a code or an index says.

        2.1 §4.58; raises ItemNotFound where it stands for nothing.
        """

    def reveal(self, found: ManagedObject) -> ManagedObjectStructure:
        """Open the secret and give the object whole, to be handed out."""

    def material(self, found: ManagedObject) -> Material:
        """Open the secret for use inside the server."""

    def with_secret(self, found: ManagedObject, secret: bytes) -> ManagedObject:
        """The object with another secret of the same form, sealed, to be saved: a one-time pad that was used."""

    def served(self, found: ManagedObject) -> None:
        """Note that the object has been handed out: it is fresh no more (2.1 §4.24)."""

    def spend(self, found: ManagedObject, amount: int, *, first: bool = True) -> None:
        """Count a use of ``amount`` bytes against the object's Usage Limits, if it has any.

        ``first`` is False for a later part of a use that was counted when it began.
        """

    def admit(
        self,
        object_type: ObjectType,
        structure: ManagedObjectStructure | None,
        attributes: AttributeMap,
        *,
        trusted: bool,
        unique_identifier: str | None = None,
        replacing: ManagedObject | None = None,
    ) -> ManagedObject:
        """Let a new object in: owner, dates, state, digest set; its secret sealed; written; audited.

        It may take the place of one with the same identifier and type, whose owner stays the owner.
        """

    def existing(self, unique_identifier: str) -> ManagedObject | None:
        """The object that has this identifier, held against other changes, to be replaced; None: it is free.

        Raises Object Already Exists for one that the subject may not know of: whoever chooses an identifier
        cannot be kept from learning that it is taken.
        """

    def save(self, changed: ManagedObject, *, object_changed: bool = True) -> ManagedObject:
        """Write a changed object over the revision it was loaded at; Last Change Date is set here."""

    def erase(self, found: ManagedObject) -> None:
        """Take an object out for good, attributes and all: its identifier stands for nothing from now on."""

    def locate(self, search: Search) -> Found:
        """Find objects."""

    def remove_every_object(self) -> int:
        """Remove every managed object, whoever owns it, and tell how many; refused but for Interop."""

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

    def acting_as(self, operation: Operation) -> AbstractContextManager[Context]:
        """The same item under the rules of another operation, whose policy is asked first.

        What is written inside is undone when an exception leaves it. For an operation that stands for others
        (PKCS#11, 2.1 §6.1.37): what it does with an object is decided as if the client had sent the other, and the
        object's policy must allow both.
        """

    def seal_state(self, plain: bytes) -> bytes:
        """Seal what a client is to carry from one request of this operation to the next: to this subject alone."""

    def open_state(self, sealed: bytes) -> bytes:
        """Open it again; CryptographicFailure where it is another's, another operation's, or altered."""
