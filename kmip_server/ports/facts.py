"""What the server says of itself, and how much it lets one client leave with it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from kmip_server.spec.enums import (
    AttestationType,
    ClientRegistrationMethod,
    Operation,
    ProfileName,
)
from kmip_server.spec.structures.query import ValidationInformation
from kmip_server.spec.version import Version


class StreamLimits(NamedTuple):
    """How much of operations in several parts one client may leave with the server."""

    seconds: int = 600
    """How long the next part may be waited for."""
    per_client: int = 64
    """How many a client may have open."""
    size: int = 1_048_576
    """Bytes kept between two parts of one of them."""


class PendingLimits(NamedTuple):
    """How much of asynchronous requests one client may leave with the server."""

    seconds: int = 3600
    """How long a result is kept."""
    per_client: int = 256
    """Requests pending, and results kept."""


class DeclaredProfile(NamedTuple):
    """A profile that the operator answers for."""

    name: ProfileName
    uri: str | None = None
    port: int | None = None


class Served(dict[Version, frozenset[Operation]]):
    """The operations that are served in each version; found out when a version is first asked for."""

    def __init__(self, operations: Collection[Operation]) -> None:
        super().__init__()
        self._operations = operations

    def __missing__(self, version: Version) -> frozenset[Operation]:
        known = frozenset(operation for operation in self._operations if operation.in_version(version))
        self[version] = known
        return known


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
    maximum_ticket_time: int = 86_400
    """Seconds that a ticket lives at most."""
    maximum_derivation_rounds: int = 2_000_000
    """How often a pseudorandom function is computed for one derived key at most (PBKDF2)."""
    maximum_random_bytes: int = 65_536
    """Bytes that one RNG Retrieve gives at most."""
    maximum_seed_bytes: int = 512
    """Bytes of a seed that are used."""
    sends: frozenset[Operation] = frozenset()
    """Operations that the server itself asks of subscribers (2.1 §6.2); none where there are no subscribers."""
    default_policy: str = "default"
    """Operation Policy Name of an object that names none (1.4 §3.18)."""
    https_port: int | None = None
    """Where KMIP over HTTPS is served, if it is."""
    profiles: tuple[DeclaredProfile, ...] = ()
    """What the operator declares beside, or in place of, what the server claims by itself."""
    validations: tuple[ValidationInformation, ...] = ()
    """Formal validations that the operator declares."""
    conceals: bool = True
    """Answer for an object that one may not see as for one that does not exist."""
    stream_limits: StreamLimits = field(default_factory=StreamLimits)
    application_namespaces: tuple[str, ...] = ("kmip-server",)
    """Namespaces for which the server makes Application Data where the client omits it (2.1 §4.4)."""
    build_level: str | None = None
    """What the program stands on."""
    build_date: str | None = None
    """The day it was built, as 2026-01-31."""
    serial_number: str | None = None
    cluster_info: str | None = None
    failover_endpoints: tuple[str, ...] = ()
    """Where else the same objects are served, as host:port."""
    load: Callable[[], str] | None = None
    """How busy the machine is now."""
    pending_limits: PendingLimits = field(default_factory=PendingLimits)
    client_registration_methods: tuple[ClientRegistrationMethod, ...] = (ClientRegistrationMethod.SERVER_PRE_GENERATED,)
    """How clients come to the certificates by which they are let in (2.1 §11.10)."""
    attestation_types: tuple[AttestationType, ...] = ()
    """What is accepted as an attestation (2.1 §11.4)."""
    served: Served = field(init=False, compare=False)
    """The operations that are served, by version."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "served", Served(self.operations))
