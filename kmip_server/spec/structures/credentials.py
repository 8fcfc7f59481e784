"""Credentials and what proves them (KMIP 2.1 §9.11, §7.39; 1.4 §2.1.2)."""

from __future__ import annotations

from typing import Any

from kmip_server.spec.enums import AttestationType, CredentialType, HashingAlgorithm, TicketType
from kmip_server.spec.schema import Special, field, structure
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.structures.query import ObjectGroups, Operations
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_1


@structure(Tag.CREDENTIAL_VALUE)
class UsernameAndPassword:
    """User name and password."""

    username: str = field(Tag.USERNAME, ItemType.TEXT_STRING)
    password: str | None = field(Tag.PASSWORD, ItemType.TEXT_STRING, default=None)

    def __repr__(self) -> str:
        return f"UsernameAndPassword({self.username!r}, <withheld>)"


@structure(Tag.CREDENTIAL_VALUE)
class Device:
    """What identifies a device (1.1 §2.1.2)."""

    device_serial_number: str | None = field(Tag.DEVICE_SERIAL_NUMBER, ItemType.TEXT_STRING, default=None)
    password: str | None = field(Tag.PASSWORD, ItemType.TEXT_STRING, default=None)
    device_identifier: str | None = field(Tag.DEVICE_IDENTIFIER, ItemType.TEXT_STRING, default=None)
    network_identifier: str | None = field(Tag.NETWORK_IDENTIFIER, ItemType.TEXT_STRING, default=None)
    machine_identifier: str | None = field(Tag.MACHINE_IDENTIFIER, ItemType.TEXT_STRING, default=None)
    media_identifier: str | None = field(Tag.MEDIA_IDENTIFIER, ItemType.TEXT_STRING, default=None)

    def __repr__(self) -> str:
        return f"Device({self.device_serial_number!r}, <withheld>)"


@structure(Tag.NONCE)
class Nonce:
    """A nonce for attestation (1.2 §2.1.14)."""

    nonce_id: bytes = field(Tag.NONCE_ID, ItemType.BYTE_STRING)
    nonce_value: bytes = field(Tag.NONCE_VALUE, ItemType.BYTE_STRING)


@structure(Tag.CREDENTIAL_VALUE)
class Attestation:
    """An attestation of the client's platform."""

    nonce: Nonce = field(Tag.NONCE, Nonce)
    attestation_type: AttestationType = field(Tag.ATTESTATION_TYPE, AttestationType)
    attestation_measurement: bytes | None = field(Tag.ATTESTATION_MEASUREMENT, ItemType.BYTE_STRING, default=None)
    attestation_assertion: bytes | None = field(Tag.ATTESTATION_ASSERTION, ItemType.BYTE_STRING, default=None)


@structure(Tag.CREDENTIAL_VALUE)
class OneTimePassword:
    """A one-time password."""

    username: str = field(Tag.USERNAME, ItemType.TEXT_STRING)
    password: str | None = field(Tag.PASSWORD, ItemType.TEXT_STRING, default=None)
    one_time_password: str = field(Tag.ONE_TIME_PASSWORD, ItemType.TEXT_STRING)

    def __repr__(self) -> str:
        return f"OneTimePassword({self.username!r}, <withheld>)"


@structure(Tag.CREDENTIAL_VALUE)
class HashedPassword:
    """A password proved by a hash over it and the time."""

    username: str = field(Tag.USERNAME, ItemType.TEXT_STRING)
    timestamp: int = field(Tag.TIME_STAMP, ItemType.DATE_TIME_EXTENDED)
    hashing_algorithm: HashingAlgorithm | None = field(Tag.HASHING_ALGORITHM, HashingAlgorithm, default=None)
    hashed_password: bytes = field(Tag.HASHED_PASSWORD, ItemType.BYTE_STRING)

    def __repr__(self) -> str:
        return f"HashedPassword({self.username!r}, <withheld>)"


@structure(Tag.TICKET)
class Ticket:
    """What Login hands out (2.1 §7.39)."""

    ticket_type: TicketType = field(Tag.TICKET_TYPE, TicketType)
    ticket_value: bytes = field(Tag.TICKET_VALUE, ItemType.BYTE_STRING)

    def __repr__(self) -> str:
        return "Ticket(<withheld>)"


@structure(Tag.CREDENTIAL_VALUE)
class TicketCredential:
    """A ticket shown again."""

    ticket: Ticket = field(Tag.TICKET, Ticket)


@structure(Tag.OBJECTS)
class Objects:
    """The objects that a right is about (2.1 §7.21)."""

    unique_identifier: list[Any] = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default_factory=list)


@structure(Tag.RIGHT)
class Right:
    """A right to perform operations on objects; a field left out restricts nothing (2.1 §7.34)."""

    usage_limits: UsageLimits | None = field(Tag.USAGE_LIMITS, UsageLimits, default=None)
    operations: Operations | None = field(Tag.OPERATIONS, Operations, default=None)
    objects: Objects | None = field(Tag.OBJECTS, Objects, default=None)
    object_groups: ObjectGroups | None = field(Tag.OBJECT_GROUPS, ObjectGroups, since=V2_1, default=None)


@structure(Tag.RIGHTS)
class Rights:
    """What the bearer of a ticket may do (2.1 §7.35)."""

    right: list[Right] = field(Tag.RIGHT, Right, default_factory=list)


CREDENTIAL_VALUES: dict[CredentialType, type[Any]] = {
    CredentialType.USERNAME_AND_PASSWORD: UsernameAndPassword,
    CredentialType.DEVICE: Device,
    CredentialType.ATTESTATION: Attestation,
    CredentialType.ONE_TIME_PASSWORD: OneTimePassword,
    CredentialType.HASHED_PASSWORD: HashedPassword,
    CredentialType.TICKET: TicketCredential,
}
"""Which structure holds the value of a credential of which type."""


@structure(Tag.CREDENTIAL)
class Credential:
    """Something that says who the client is (2.1 §9.11)."""

    credential_type: CredentialType = field(Tag.CREDENTIAL_TYPE, CredentialType)
    credential_value: Any = field(Tag.CREDENTIAL_VALUE, Special.CREDENTIAL_VALUE)


@structure(Tag.AUTHENTICATION)
class Authentication:
    """The credentials of a request (2.1 §9.4); more than one since 1.2."""

    credential: list[Credential] = field(Tag.CREDENTIAL, Credential, default_factory=list)
