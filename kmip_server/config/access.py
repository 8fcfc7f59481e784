"""The sections on who may do what: policies, groups, and accounts that sign in by a credential."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from kmip_server.config.section import Place, Section
from kmip_server.engine.passwords import parse_hash


class Policy(Section):
    """Who may do what. SIGHUP reads the policies again; a mistake in them keeps the old ones."""

    directory: Place = Path("policies")
    """Folder of operation policies (*.json, in PyKMIP's format)."""
    default_policy: str = Field(default="default", min_length=1)
    """Policy of an object that names none; the standard's "default" and "public" are always there."""
    conceal: bool = True
    """Answer a client that asks for an object which it may not see as if there were none (Item Not Found). When false,
    it is told Permission Denied, as some old clients want, and learns by asking which identifiers exist."""


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


DeviceField = Literal[
    "device_serial_number", "device_identifier", "network_identifier", "machine_identifier", "media_identifier"
]
Hash = Annotated[str, AfterValidator(_hash)]


class Accounts(Section):
    """Who may sign in by a credential in the request, beside the client's certificate. While there are none,
    credentials are ignored: the certificate is who the client is. Hashes come from "kmip-server hash-password".
    SIGHUP reads this section again, and no other."""

    users: dict[str, Hash] = Field(default_factory=dict, examples=['"alice" = "$scrypt$ln=15,r=8,p=1$..."'])
    """Users by name, each with the hash of its password."""
    devices: dict[str, Hash] = Field(default_factory=dict, examples=['"SN-0815" = "$scrypt$ln=15,r=8,p=1$..."'])
    """Devices by what identifies them, each with the hash of its password."""
    device_identity: Annotated[tuple[DeviceField, ...], Field(min_length=1)] = ("device_serial_number",)
    """What identifies a device: one of "device_serial_number", "device_identifier", "network_identifier",
    "machine_identifier" and "media_identifier", or several, which then stand in this order with "/" between them
    ("%" in one is written "%25", "/" as "%2F"). A device that leaves one out does not sign in."""
    stored_users: bool = False
    """Let the users that "kmip-server add-user" or Create User (3.0) made sign in too: by passwords, one-time and
    hashed passwords, as devices, or by name over a certificate of theirs. Then every credential must be right."""
    groups: dict[str, tuple[Annotated[str, Field(min_length=1)], ...]] = Field(
        default_factory=dict, examples=['"alice" = ["backup"]']
    )
    """The groups of users and devices; those of the certificate do not count for them."""
