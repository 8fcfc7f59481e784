"""What the credentials of a request claim: who the client says it is, and what is to prove it (KMIP 2.1 §9.11)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kmip_server.domain.subject import DEVICE, USERNAME, qualified_name
from kmip_server.engine.sessions import digest_of
from kmip_server.errors import FeatureNotSupported, InvalidField, KmipError
from kmip_server.spec.enums import CredentialType, ResultReason, TicketType
from kmip_server.spec.structures.credentials import (
    Attestation,
    Authentication,
    Credential,
    Device,
    HashedPassword,
    OneTimePassword,
    TicketCredential,
    UsernameAndPassword,
)

MOST_CREDENTIALS = 4
"""Credentials in one request: each costs a check, some a slow one."""
_LONGEST_SHOWN = 64
"""Characters of a name that nobody has proven which go into a record."""
SERIAL_NUMBER = "device_serial_number"
DEVICE_FIELDS = (
    SERIAL_NUMBER,
    "device_identifier",
    "network_identifier",
    "machine_identifier",
    "media_identifier",
)
"""What a device may say of itself (2.1 Table 412), the password aside."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a credential says the client is."""

    way: str
    name: str
    value: Any = field(repr=False)
    """The Credential Value as it was sent."""
    identity: tuple[str, ...] = ()
    """Which fields are the name of a device."""

    @property
    def password(self) -> str:
        """The password beside the name, where there is one."""
        return getattr(self.value, "password", None) or ""

    @property
    def registration(self) -> bytes:
        """2.1 §11.10: a PKCS#12 "is protected with HEX(SHA256(Username || Password))"; empty without a password."""
        if not isinstance(self.value, UsernameAndPassword) or not self.password:
            return b""
        named = (self.value.username + self.password).encode("utf-8", "surrogatepass")
        return hashlib.sha256(named).hexdigest().encode()

    @property
    def said(self) -> str:
        """Who the client said it was, as it may stand in a record."""
        name = "".join(each if each.isprintable() else "?" for each in self.name[:_LONGEST_SHOWN])
        return f"claimed to be {qualified_name(self.way, name)}"


def claims_in(authentication: Authentication | None, device_identity: Sequence[str]) -> list[Claim]:
    """What must be checked; raises what the standard names for credentials that cannot be."""
    credentials = authentication.credential if authentication is not None else []
    if len(credentials) > MOST_CREDENTIALS:
        raise InvalidField(f"more than {MOST_CREDENTIALS} credentials in one request")
    claims = [_claim(credential, device_identity) for credential in credentials]
    return [claim for claim in claims if claim is not None]


def _claim(credential: Credential, device_identity: Sequence[str]) -> Claim | None:
    """Who a credential says the client is; None for an empty one. Raises for types that cannot be checked."""
    value: Any = credential.credential_value
    if isinstance(value, UsernameAndPassword):
        empty = not value.username and not value.password
        return None if empty else Claim(USERNAME, value.username, value)
    if isinstance(value, OneTimePassword | HashedPassword):
        return Claim(USERNAME, value.username, value)
    if isinstance(value, Device):
        return Claim(DEVICE, identity_of(value, device_identity), value, tuple(device_identity))
    if isinstance(value, TicketCredential | Attestation):
        return None  # not who, but on what terms, or in what state
    raise FeatureNotSupported(f"credentials of type {credential.credential_type.title} are not served")


def identity_of(device: Any, fields: Sequence[str]) -> str:
    """The name of a device: the fields that identify it, joined by "/"; empty where one of them is not there.

    What is no separator is written so that two devices never have one name: "%" as "%25", "/" as "%2F".
    """
    values = [getattr(device, each) or "" for each in fields]
    if not all(values):
        return ""
    if len(values) == 1:
        return str(values[0])
    return "/".join(value.replace("%", "%25").replace("/", "%2F") for value in values)


def ticket_in(authentication: Authentication | None) -> bytes | None:
    """The digest of the ticket among the credentials; raises where there are several or its type is unknown."""
    credentials = authentication.credential if authentication is not None else []
    shown = [each.credential_value.ticket for each in credentials if each.credential_type is CredentialType.TICKET]
    if len(shown) > 1:
        raise InvalidField("more than one ticket in one request")
    if not shown:
        return None
    if shown[0].ticket_type is not TicketType.LOGIN:
        raise KmipError("tickets of this type are not known", ResultReason.INVALID_TICKET)
    return digest_of(shown[0].ticket_value)


def attestation_in(authentication: Authentication | None) -> Attestation | None:
    """What the client attests of its machine; raises where it does so more than once."""
    credentials = authentication.credential if authentication is not None else []
    given = [each.credential_value for each in credentials if isinstance(each.credential_value, Attestation)]
    if len(given) > 1:
        raise InvalidField("more than one attestation in one request")
    return given[0] if given else None


def wrong(message: str) -> KmipError:
    """The refusal of somebody who did not prove who he is."""
    return KmipError(message, ResultReason.AUTHENTICATION_NOT_SUCCESSFUL)
