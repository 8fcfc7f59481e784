"""The configuration: one TOML file, read once into frozen values; a wrong or unknown setting stops the start.

Every setting stands here with its default and its meaning (the text under it, which is also its comment in
``conf/server.toml``). Relative paths are relative to the folder of the configuration file. A secret is never a
setting: the file names another file or an environment variable that holds it.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from kmip_server.config_section import Count, Place, Seconds, Section, beside_the_file
from kmip_server.config_subscribers import Subscribers
from kmip_server.config_text import sentence
from kmip_server.engine.passwords import parse_hash
from kmip_server.spec.version import PREVIEW, VERSIONS, Version, parse_version

SQLITE = "sqlite:///"
"""How the address of an SQLite file begins; what follows is the file's path."""


Item = TypeVar("Item")


class ConfigurationError(Exception):
    """The configuration cannot be used: ``mistakes`` holds every reason found, each one sentence."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


def _address(text: str) -> str:
    """Accept an IP address only: a name may stand for several, and for others tomorrow."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f'{text!r} is not an IP address (such as "127.0.0.1", "0.0.0.0" or "::")') from None


def _not_empty(values: tuple[Item, ...]) -> tuple[Item, ...]:
    """Refuse an empty list. (pydantic's own minimum also complains of a list whose one item is wrong.)"""
    if not values:
        raise ValueError("the list is empty, but must name at least one")
    return values


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


Address = Annotated[str, AfterValidator(_address)]
Released = Annotated[str, AfterValidator(_released)]
Preview = Annotated[str, AfterValidator(_preview)]


class Server(Section):
    """Where the server listens, with how many processes, and which versions of KMIP it speaks."""

    listen: Annotated[tuple[Address, ...], AfterValidator(_not_empty)] = ("127.0.0.1",)
    """IP addresses to listen on; "0.0.0.0" and "::" stand for all of the machine's own."""
    port: int = Field(default=5696, ge=0, le=65535)
    """TCP port; 5696 is the one registered for KMIP. 0 takes any free one and says which."""
    https_port: int | None = Field(default=None, ge=0, le=65535, examples=[5697])
    """TCP port for KMIP over HTTPS, at the path /kmip, in TTLV, XML or JSON; not served unless set."""
    workers: int = Field(default=1, ge=1, le=256)
    """Processes that serve the port together; one per processor core is the most that helps."""
    drain_seconds: Seconds = 30.0
    """How long a server that was told to stop (SIGTERM) lets requests in progress finish."""
    versions: Annotated[tuple[Released, ...], AfterValidator(_not_empty)] = tuple(
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
    client_ca: Annotated[tuple[Place, ...], AfterValidator(_not_empty)] = (Path("certs/ca.pem"),)
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
    """Wrong credentials from one client in a minute, in one worker; then it must wait, and nobody else."""
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


class Database(Section):
    """Where objects and the audit trail are kept."""

    url: str = f"{SQLITE}kmip.db"
    """SQLite: "sqlite:///FILE". PostgreSQL: "postgresql://USER@HOST/NAME", without the password."""
    password_file: Place | None = Field(default=None, examples=["secrets/database"])
    """File that holds the password for PostgreSQL."""
    password_env: str | None = Field(default=None, min_length=1, examples=["KMIP_DATABASE_PASSWORD"])
    """Environment variable that holds the password for PostgreSQL."""

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        """Refuse a password in the address (it would reach logs and backups); find an SQLite file beside this one."""
        # The wrong address is not repeated: it may hold a password.
        if not re.match(r"(sqlite:///|postgresql(\+psycopg)?://).", self.url):
            raise ValueError('url must begin with "sqlite:///" or "postgresql://", followed by the place')
        is_sqlite = self.url.startswith(SQLITE)
        if not is_sqlite and urlsplit(self.url).password is not None:
            raise ValueError("url holds a password; take it out and name password_file or password_env")
        _at_most_one(self.password_file, self.password_env, "password_file", "password_env")
        if is_sqlite and (self.password_file or self.password_env):
            raise ValueError("a password only goes with PostgreSQL, but url names an SQLite file")
        if is_sqlite and info.context:
            path = beside_the_file(Path(self.url.removeprefix(SQLITE)), info)
            object.__setattr__(self, "url", f"{SQLITE}{path}")
        return self

    def resolved_url(self) -> str:
        """The address with the password in it: for the database library only, never for a log."""
        secret = read_secret("the database's password", self.password_file, self.password_env)
        if secret is None:
            return self.url
        parts = urlsplit(self.url)
        user, _, host = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user}:{quote(secret, safe='')}@{host}"))


class RootKey(Section):
    """The key above all keys: what it seals cannot be read without it, so back it up apart from the database."""

    guard: Literal["software", "pkcs11"] = "software"
    """Who keeps it: "software", a file; "pkcs11", a hardware security module that never gives it out."""
    file: Place = Path("root.key")
    """software: the file, readable by the server alone."""
    passphrase_file: Place | None = Field(default=None, examples=["/run/credentials/kmip-server/passphrase"])
    """software: file that holds a passphrase which seals the key file."""
    passphrase_env: str | None = Field(default=None, min_length=1, examples=["KMIP_ROOT_PASSPHRASE"])
    """software: environment variable that holds this passphrase."""
    library: Place | None = Field(default=None, examples=["/usr/lib/softhsm/libsofthsm2.so"])
    """pkcs11: the module's library."""
    token_label: str | None = Field(default=None, min_length=1, max_length=32, examples=["kmip"])
    """pkcs11: label of the token."""
    key_label: str = Field(default="kmip-server-root", min_length=1)
    """pkcs11: label of the key in the token."""
    pin_file: Place | None = Field(default=None, examples=["/run/credentials/kmip-server/pin"])
    """pkcs11: file that holds the user PIN."""
    pin_env: str | None = Field(default=None, min_length=1, examples=["KMIP_HSM_PIN"])
    """pkcs11: environment variable that holds the user PIN."""
    vendor: str | None = Field(default=None, min_length=1, examples=["softhsm"])
    """pkcs11: whose module it is, where its peculiarities matter; the server finds out by itself when not set."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Ask for what the chosen guard needs, and refuse what only the other one reads."""
        _at_most_one(self.passphrase_file, self.passphrase_env, "passphrase_file", "passphrase_env")
        _at_most_one(self.pin_file, self.pin_env, "pin_file", "pin_env")
        own: dict[str, tuple[str, ...]] = {
            "software": ("passphrase_file", "passphrase_env"),
            "pkcs11": ("library", "token_label", "pin_file", "pin_env", "vendor"),
        }
        other = "software" if self.guard == "pkcs11" else "pkcs11"
        stray = [name for name in own[other] if getattr(self, name) is not None]
        if stray:
            raise ValueError(f'{", ".join(stray)} only goes with guard = "{other}", but guard is "{self.guard}"')
        missing = [name for name in ("library", "token_label") if getattr(self, name) is None]
        if self.pin_file is None and self.pin_env is None:
            missing.append("pin_file or pin_env")
        if self.guard == "pkcs11" and missing:
            raise ValueError(f'guard = "pkcs11" also needs {", ".join(missing)}')
        return self

    def passphrase(self) -> str | None:
        """The passphrase of the key file, or None where it has none."""
        return read_secret("the root key's passphrase", self.passphrase_file, self.passphrase_env)

    def pin(self) -> str | None:
        """The user PIN of the token, or None with the software guard."""
        return read_secret("the token's PIN", self.pin_file, self.pin_env)


class Policy(Section):
    """Who may do what. SIGHUP reads the policies again; a mistake in them keeps the old ones."""

    directory: Place = Path("policies")
    """Folder of operation policies (*.json, in PyKMIP's format)."""
    default_policy: str = Field(default="default", min_length=1)
    """Policy of an object that names none; the standard's "default" and "public" are always there."""


class Groups(Section):
    """Which groups a client belongs to: those that its certificate names and those listed here, together."""

    from_certificate_ou: bool = True
    """Take each organizational unit (OU) in a client's certificate as a group."""
    by_common_name: dict[str, tuple[Annotated[str, Field(min_length=1)], ...]] = Field(
        default_factory=dict, examples=['"client1" = ["backup", "storage"]']
    )
    """Further groups, by the common name (CN) of the client's certificate."""


def _hash(text: str) -> str:
    """Accept what ``kmip-server hash-password`` writes; the text is never repeated in the refusal."""
    parse_hash(text)
    return text


Hash = Annotated[str, AfterValidator(_hash)]


class Accounts(Section):
    """Who may sign in by a credential in the request, beside the client's certificate. While there are none,
    credentials are ignored: the certificate is who the client is. Hashes come from "kmip-server hash-password"."""

    users: dict[str, Hash] = Field(default_factory=dict, examples=['"alice" = "$scrypt$ln=15,r=8,p=1$..."'])
    """Users by name, each with the hash of its password."""
    devices: dict[str, Hash] = Field(default_factory=dict, examples=['"SN-0815" = "$scrypt$ln=15,r=8,p=1$..."'])
    """Devices by serial number, each with the hash of its password."""
    groups: dict[str, tuple[Annotated[str, Field(min_length=1)], ...]] = Field(
        default_factory=dict, examples=['"alice" = ["backup"]']
    )
    """The groups of users and devices; those of the certificate do not count for them."""


class Certificates(Section):
    """The certificate authority whose key is kept here, for Certify and Re-certify, and what Validate trusts.
    "kmip-server init-ca" makes or takes in an authority. While there is none, the two operations are not served."""

    issuer_key: str | None = Field(default=None, min_length=1, examples=["0192d5f0-7b1c-7000-8000-000000000001"])
    """The authority's private key, by its Unique Identifier, or by its Name where issuer_owner is set."""
    issuer_certificate: str | None = Field(
        default=None, min_length=1, examples=["0192d5f0-7b1c-7000-8000-000000000002"]
    )
    """The authority's certificate, named in the same way."""
    issuer_owner: str | None = Field(default=None, min_length=1, examples=["server:authority"])
    """Whose objects the two are; then they are named by Name."""
    certificate_days: int = Field(default=365, ge=1, le=36_500)
    """How many days a certificate is valid for which the client asks no Deactivation Date."""
    trust_anchors: tuple[Place, ...] = ()
    """Certificates (PEM) at which Validate lets a chain end, beside the authority's own."""
    revocation_lists: tuple[Place, ...] = ()
    """Lists of revoked certificates (PEM) that Validate heeds. SIGHUP reads both kinds of file again."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """An authority is a key and a certificate, or neither."""
        if (self.issuer_key is None) != (self.issuer_certificate is None):
            raise ValueError("issuer_key and issuer_certificate go together; one of them is missing")
        if self.issuer_owner is not None and self.issuer_key is None:
            raise ValueError("issuer_owner says whose issuer_key is, but there is none")
        return self


class Log(Section):
    """The log on standard error. It never holds key material."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is worth a line."""
    format: Literal["text", "json"] = "text"
    """"text" for people, "json" (one object a line) for programs."""


class Config(Section):
    """Everything that the server is told."""

    server: Server = Field(default_factory=Server)
    tls: Tls = Field(default_factory=Tls)
    limits: Limits = Field(default_factory=Limits)
    database: Database = Field(default_factory=Database)
    root_key: RootKey = Field(default_factory=RootKey)
    policy: Policy = Field(default_factory=Policy)
    groups: Groups = Field(default_factory=Groups)
    accounts: Accounts = Field(default_factory=Accounts)
    certificates: Certificates = Field(default_factory=Certificates)
    subscribers: Subscribers = Field(default_factory=Subscribers)
    log: Log = Field(default_factory=Log)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a configuration file; ConfigurationError holds all its mistakes."""
        path = path.absolute()
        try:
            raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError([f"{path} is not TOML: {error}."]) from error
        except OSError as error:
            raise ConfigurationError([f"{path} cannot be read: {error.strerror}."]) from error
        # An absent section is read as an empty one, so that its relative paths find the file's folder too.
        raw = {**{name: {} for name in cls.model_fields}, **raw}
        try:
            # Through JSON: pydantic is strict about types there and still takes a list and a path for what they are.
            return cls.model_validate_json(json.dumps(raw, default=str), context={"folder": path.parent})
        except ValidationError as error:
            raise ConfigurationError([f"{path}: {sentence(each, cls)}" for each in error.errors()]) from None

    def with_port(self, port: int | None) -> Self:
        """The same configuration on another port, where one is given."""
        return (
            self if port is None else self.model_copy(update={"server": self.server.model_copy(update={"port": port})})
        )


def _at_most_one(first: object, second: object, first_name: str, second_name: str) -> None:
    """Refuse two places for one secret: nobody could tell which of them counts."""
    if first is not None and second is not None:
        raise ValueError(f"{first_name} and {second_name} are both set; keep one of them")


def read_secret(what: str, file: Path | None, env: str | None) -> str | None:
    """Read a secret from the file or environment variable that the configuration names; None where it names neither.

    One line end after it is no part of it. An empty or absent secret is a ConfigurationError, never "no secret".
    """
    if file is None and env is None:
        return None
    if file is not None:
        try:
            secret = file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ConfigurationError([f"{what} cannot be read from {file}: {reason}."]) from error
    else:
        secret = os.environ.get(str(env), "")
    if not secret:
        raise ConfigurationError([f"{what} is empty or absent in {file or f'the environment variable {env}'}."])
    return secret
