"""The sections that face the network: where and what the server serves, over which TLS, within which limits."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from kmip_server.config.section import Count, Place, Seconds, Section, not_empty
from kmip_server.spec.enums import ProfileName
from kmip_server.spec.version import PREVIEW, VERSIONS, Version, parse_version


def _address(text: str) -> str:
    """Accept an IP address only: a name may stand for several, and for others tomorrow."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f'{text!r} is not an IP address (such as "127.0.0.1", "0.0.0.0" or "::")') from None


def _released(text: str) -> str:
    """Accept a version that is served without asking."""
    if parse_version(text) in PREVIEW:
        raise ValueError(f"{text!r} is a preview; name it in server.preview_versions")
    return text


def _preview(text: str) -> str:
    """Accept a version that is known from published test cases only."""
    if parse_version(text) not in PREVIEW:
        raise ValueError(f"{text!r} is not a preview; name it in server.versions")
    return text


def _profile(text: str) -> str:
    """Accept a name that the standard lists (2.1 §11.41)."""
    profile_called(text)
    return text


def profile_called(text: str) -> ProfileName:
    """The profile of this name, as the standard writes it; ValueError when there is none."""
    found = next((each for each in ProfileName if each.title == text), None)
    if found is None:
        raise ValueError(f'{text!r} is no profile of KMIP; one is "Tape Library Server KMIP v1.4"')
    return found


Address = Annotated[str, AfterValidator(_address)]
Released = Annotated[str, AfterValidator(_released)]
Preview = Annotated[str, AfterValidator(_preview)]


class Profile(Section):
    """A profile that the operator answers for."""

    name: Annotated[str, AfterValidator(_profile)]
    """As the standard lists it (2.1 §11.41); up to 1.4 with the version in it."""
    uri: str | None = Field(default=None, min_length=1)
    """Where it is served."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """And on which port."""


class Validation(Section):
    """A formal validation of what keys are kept and used with, such as FIPS 140 of a security module (2.1 §7.41)."""

    authority: Literal["unspecified", "nist_cmvp", "common_criteria"] = "nist_cmvp"
    """Who validated it."""
    authority_country: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    """Two letters (ISO 3166-1)."""
    authority_uri: str | None = Field(default=None, min_length=1)
    version_major: int = Field(ge=0, le=2**31 - 1)
    """Of the standard that it was validated by: 2 of FIPS 140-2."""
    version_minor: int | None = Field(default=None, ge=0, le=2**31 - 1)
    type: Literal["unspecified", "hardware", "software", "firmware", "hybrid"]
    level: int = Field(ge=0, le=2**31 - 1)
    certificate_identifier: str | None = Field(default=None, min_length=1)
    certificate_uri: str | None = Field(default=None, min_length=1)
    vendor_uri: str | None = Field(default=None, min_length=1)
    profiles: tuple[str, ...] = ()


class Server(Section):
    """Where the server listens, with how many processes, and which versions of KMIP it speaks."""

    listen: Annotated[tuple[Address, ...], AfterValidator(not_empty)] = ("127.0.0.1",)
    """IP addresses to listen on; "0.0.0.0" and "::" stand for all of the machine's own."""
    port: int = Field(default=5696, ge=0, le=65535)
    """TCP port; 5696 is the one registered for KMIP. 0 takes any free one and says which."""
    https_port: int | None = Field(default=None, ge=0, le=65535, examples=[5697])
    """TCP port for KMIP over HTTPS, at the path /kmip, in TTLV, XML or JSON; not served unless set."""
    workers: int = Field(default=1, ge=1, le=256)
    """Processes that serve the port together; one per processor core is the most that helps."""
    drain_seconds: Seconds = 30.0
    """How long a server that was told to stop (SIGTERM) lets requests in progress finish."""
    versions: Annotated[tuple[Released, ...], AfterValidator(not_empty)] = tuple(
        str(version) for version in VERSIONS if version not in PREVIEW
    )
    """Versions of KMIP that are served."""
    preview_versions: tuple[Preview, ...] = ()
    """Versions served as far as published test cases show them, on request only: "3.0"."""
    vendor_identification: str = Field(default="kmip-server", min_length=1, max_length=127)
    """What the server calls itself when a client asks (Query); some clients have room for 127 characters."""
    rotation_seconds: float = Field(default=60.0, ge=0)
    """How often to look for keys whose automatic rotation is due (Rotate Interval, KMIP 2.1); 0 never looks."""
    serial_number: str | None = Field(default=None, min_length=1, examples=["4711"])
    """A serial number to tell clients that ask for Server Information (Query, since 2.0)."""
    cluster_info: str | None = Field(default=None, min_length=1, examples=["node 1 of 3"])
    """What to tell them of the cluster that the server is part of."""
    failover_endpoints: tuple[str, ...] = ()
    """Other places that serve the same objects, each as "host:port", to tell them."""

    profiles: tuple[Profile, ...] = Field(
        default=(),
        examples=[({"name": "HTTPS Server KMIP v1.4", "uri": "https://kms.example:5697/kmip", "port": 5697},)],
    )
    """Profiles to tell clients that ask (Query) beside those whose published test cases this server passes, or in their
    place, to say where they are served: who declares one answers for it."""
    validations: tuple[Validation, ...] = Field(
        default=(),
        examples=[({"authority": "nist_cmvp", "version_major": 2, "type": "hardware", "level": 3},)],
    )
    """Formal validations of what keys are kept and used with, to tell clients that ask (Query): the program itself has
    none, a security module may."""
    application_namespaces: tuple[str, ...] = ("kmip-server",)
    """Application Namespaces for which the server makes the Application Data that a client leaves out."""
    lease_seconds: int = Field(default=3600, ge=0, le=31_536_000)
    """Lease Time of new objects, and the longest lease that is given (Obtain Lease); 0 is no limit."""
    interop: bool = False
    """Serve the operation Interop, by which any client may remove every object of every other: for interoperability
    tests only, never where keys are kept."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Refuse one port for two things."""
        if self.https_port and self.https_port == self.port:
            raise ValueError("port and https_port are the same; a port serves either TTLV or HTTPS")
        return self

    @property
    def served_versions(self) -> tuple[Version, ...]:
        """All versions that are served, oldest first."""
        return tuple(sorted({parse_version(text) for text in (*self.versions, *self.preview_versions)}))


class Tls(Section):
    """The server's certificate, and which client certificates are trusted. SIGHUP reads all of these files again."""

    certificate: Place = Path("certs/server.pem")
    """The server's certificate (PEM), with the certificates between it and its root, if any, after it."""
    key: Place = Path("certs/server.key")
    """The key of the server's certificate (PEM, unencrypted, readable by the server alone)."""
    client_ca: Annotated[tuple[Place, ...], AfterValidator(not_empty)] = (Path("certs/ca.pem"),)
    """Files of certificates (PEM) whose holders may say who a client is: certificate authorities, or single
    self-signed client certificates. A client without a certificate from them is never served."""
    crl: tuple[Place, ...] = ()
    """Lists of revoked client certificates (PEM). None named, none checked; else each CA needs its own."""
    require_client_auth_eku: bool = False
    """Refuse a client certificate that does not name client authentication as its extended key usage. When false,
    one without any extended key usage is accepted, as many appliances have; one that names other uses only is not."""
    minimum_version: Literal["1.2", "1.3"] = "1.2"
    """The oldest TLS version that is spoken."""
    legacy_ciphers: bool = False
    """Also offer TLS 1.2 suites without forward secrecy (AES128-SHA256, AES256-SHA256), for old appliances."""


class Limits(Section):
    """What one client may ask of the server, so that it stands for all others."""

    max_message: int = Field(default=1_048_576, ge=1024, le=1_073_741_824)
    """Bytes in one request."""
    max_depth: int = Field(default=32, ge=8, le=256)
    """Structures within structures in one request."""
    max_connections: Count = 4096
    """Connections at the same time, of all workers together."""
    max_connections_per_address: Count = 1024
    """Connections at the same time from one address, in one worker."""
    handshake_seconds: Seconds = 10.0
    """Time for a TLS handshake."""
    message_seconds: Seconds = 30.0
    """Time from the first byte of a request to its last."""
    idle_seconds: Seconds = 3600.0
    """Time between two requests on one connection."""
    max_failed_sign_ins: Count = 10
    """Wrong credentials from one client in a minute, in all workers together; then it must wait, and nobody else."""
    ticket_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 86_400
    """How long a ticket (Login, Delegated Login) is good at most, whatever the client asks for."""
    write_seconds: Seconds = 30.0
    """Time that a client may leave its answer untouched."""
    max_batch_items: Count = 1000
    """Batch items in one request."""
    max_locate_items: Count = 65_536
    """Objects that one Locate lists at most."""
    stream_seconds: Count = 600
    """Time until the next part of an operation in several parts (Init and Final Indicator)."""
    max_streams_per_client: Count = 64
    """Operations in several parts that one client may have open."""
    max_stream_bytes: int = Field(default=1_048_576, ge=1024, le=1_073_741_824)
    """Bytes that the server keeps between two parts: with Sign, MAC, Hash and authenticated encryption, all data."""
    max_derivation_rounds: Count = 2_000_000
    """Iterations that one Derive Key by PBKDF2 may ask for, times the blocks of its output. A million
    keep one processor core busy for a quarter of a second with SHA-256, half a second with SHA-512."""
    asynchronous_seconds: Count = 3600
    """Time for which the result of an asynchronous request is kept (Poll)."""
    max_asynchronous_per_client: Count = 256
    """Asynchronous requests of one client that are pending, or whose results are kept."""
    max_random: Count = 65_536
    """Random bytes that one RNG Retrieve gives at most."""
    max_seed: int = Field(default=512, ge=0, le=10_000_000)
    """Bytes of a client's seed (RNG Seed) that are mixed into the machine's generator; 0 ignores seeds."""
