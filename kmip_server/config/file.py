"""The whole configuration and how it is read: TOML in, frozen values or every mistake in one sentence out."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError

from kmip_server.config.access import Accounts, Groups, Policy
from kmip_server.config.attestation import AttestationSection
from kmip_server.config.certificates import Certificates, Provisioning
from kmip_server.config.keeping import Database, RootKey
from kmip_server.config.section import ConfigurationError, Section
from kmip_server.config.serving import Limits, Server, Tls
from kmip_server.config.subscribers import Subscribers
from kmip_server.config.text import sentence


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
    attestation: AttestationSection = Field(default_factory=AttestationSection)
    certificates: Certificates = Field(default_factory=Certificates)
    provisioning: Provisioning = Field(default_factory=Provisioning)
    subscribers: Subscribers = Field(default_factory=Subscribers)
    log: Log = Field(default_factory=Log)
    _path: Path | None = PrivateAttr(default=None)

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
            found = cls.model_validate_json(json.dumps(raw, default=str), context={"folder": path.parent})
        except ValidationError as error:
            raise ConfigurationError([f"{path}: {sentence(each, cls)}" for each in error.errors()]) from None
        found._path = path
        return found

    def read_again(self) -> Self:
        """What the file says now; itself where it came from none. ConfigurationError holds all its mistakes."""
        return self if self._path is None else self.load(self._path).with_port(self.server.port)

    def differing_from(self, other: Self) -> list[str]:
        """The names of the sections in which two configurations differ."""
        return [name for name in type(self).model_fields if getattr(self, name) != getattr(other, name)]

    def with_port(self, port: int | None) -> Self:
        """The same configuration on another port, where one is given."""
        return (
            self if port is None else self.model_copy(update={"server": self.server.model_copy(update={"port": port})})
        )
