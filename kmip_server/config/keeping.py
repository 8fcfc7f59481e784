"""The sections on where objects are kept and which key is above all others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, ValidationInfo, model_validator

from kmip_server.config.secrets import at_most_one, read_secret
from kmip_server.config.section import Place, Section, beside_the_file

SQLITE = "sqlite:///"
"""How the address of an SQLite file begins; what follows is the file's path."""


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
        at_most_one(self.password_file, self.password_env, "password_file", "password_env")
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
        at_most_one(self.passphrase_file, self.passphrase_env, "passphrase_file", "passphrase_env")
        at_most_one(self.pin_file, self.pin_env, "pin_file", "pin_env")
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
