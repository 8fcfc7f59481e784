"""The configuration's section on whom the server tells of events (KMIP 2.1 §6.2: "unspecified configuration")."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from kmip_server.config.section import Place, Seconds, Section
from kmip_server.spec.enums import ObjectType, QueryFunction
from kmip_server.spec.structures.query import ASKED_OF_CLIENTS
from kmip_server.spec.version import VERSIONS, parse_version
from kmip_server.transport.listening import parse_address


def _address(text: str) -> str:
    parse_address(text)
    return text


def _version(text: str) -> str:
    if parse_version(text) not in VERSIONS:
        raise ValueError(f"{text!r} is no version of KMIP")
    return text


def _object_type(text: str) -> str:
    object_type_of(text)
    return text


def object_type_of(text: str) -> ObjectType:
    """The object type of this name, as the standard writes it; ValueError when there is none."""
    found = next((each for each in ObjectType if each.title == text), None)
    if found is None:
        raise ValueError(f"{text!r} is none of: {', '.join(each.title for each in ObjectType)}")
    return found


def _function(text: str) -> str:
    query_function_of(text)
    return text


def query_function_of(text: str) -> QueryFunction:
    """The function of this name, as the standard writes it; ValueError where a client is not asked that."""
    found = next((each for each in ASKED_OF_CLIENTS if each.title == text), None)
    if found is None:
        raise ValueError(f"{text!r} is none of: {', '.join(each.title for each in ASKED_OF_CLIENTS)}")
    return found


class Subscriber(Section):
    """One receiver."""

    address: Annotated[str, AfterValidator(_address)]
    """Where it listens: host and port."""
    server_name: str | None = Field(default=None, min_length=1)
    """The name that its certificate must hold; the host when not set."""
    client: str | None = Field(default=None, min_length=1)
    """Whose rights it has: the common name of a client's certificate; its own name when not set."""
    groups: tuple[str, ...] = ()
    """The groups whose rights it has."""
    version: Annotated[str, AfterValidator(_version)] = "1.4"
    """The version of KMIP it is spoken to in."""
    discover_versions: bool = True
    """Ask it first which versions it speaks (from 1.1 on), and use an older one than "version" where it must be."""
    query: tuple[Annotated[str, AfterValidator(_function)], ...] = ()
    """What to ask it about itself (from 1.3 on), in one Query, such as "Query Operations", "Query Objects"."""
    put: bool = False
    """Send it new objects whole, keys included, by Put."""
    wrapping_key: str | None = Field(default=None, min_length=1)
    """The Unique Identifier of the key that keys are put wrapped by (NIST Key Wrap); in the clear when not set."""
    wrapping_key_name: str | None = Field(default=None, min_length=1)
    """The Name of that key, instead, which must be the client's own: after a Re-key the Name is that of the new key."""
    events: tuple[Literal["creation", "change", "state", "destruction", "rotation"], ...] = (
        "creation",
        "change",
        "state",
        "destruction",
        "rotation",
    )
    """What it is told of."""
    object_types: tuple[Annotated[str, AfterValidator(_object_type)], ...] = ()
    """Of which objects; of all when empty."""
    owners: tuple[str, ...] = ()
    """Whose objects, by the common name of the owner's certificate; everybody's when empty."""
    object_groups: tuple[str, ...] = ()
    """Objects of which Object Groups; of all when empty."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Refuse two wrapping keys."""
        if self.wrapping_key and self.wrapping_key_name:
            raise ValueError("wrapping_key and wrapping_key_name are two ways to name one key; set one of them")
        return self


class Subscribers(Section):
    """Whom the server itself tells of events, by Notify and Put over TLS. A subscriber is told only what the policies
    would let it ask for: a Notify needs Get Attributes, a Put needs Get, under the name "client" has there."""

    own_certificate: Place | None = Field(default=None, examples=["certs/server.pem"])
    """The certificate (PEM) that the server shows to subscribers; tls.certificate when not set."""
    own_key: Place | None = Field(default=None, examples=["certs/server.key"])
    """Its key (PEM, unencrypted); tls.key when not set."""
    ca: tuple[Place, ...] = ()
    """Authorities (PEM) that subscribers' certificates must come from; tls.client_ca when empty."""
    crl: tuple[Place, ...] = ()
    """Lists of revoked certificates of subscribers (PEM). None named, none checked; else each issuer needs its own."""
    give_up_seconds: Seconds = 86_400.0
    """How long a message is tried again; then it is given up, in the log and in the audit trail."""
    receivers: dict[str, Subscriber] = Field(
        default_factory=dict,
        examples=[
            '"array7" = { address = "array7.example:5696", put = true, query = ["Query Objects", "Query Profiles"] }',
            '"monitor" = { address = "192.0.2.9:5696", groups = ["audit"], events = ["destruction"], version = "2.1" }',
        ],
    )
    """The receivers, by name."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Refuse half a pair of files."""
        if (self.own_certificate is None) != (self.own_key is None):
            raise ValueError("own_certificate and own_key go together; set both or neither")
        return self

    def files(self, certificate: Path, key: Path, authorities: tuple[Path, ...]) -> tuple[Path, Path, tuple[Path, ...]]:
        """Certificate, key and authorities, those of the server itself where none are set."""
        return self.own_certificate or certificate, self.own_key or key, self.ca or authorities
