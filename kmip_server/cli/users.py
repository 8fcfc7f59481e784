"""Commands for users who sign in by credentials that only the server keeps: add-user, remove-user."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import click

from kmip_server.cli.choosing import A_FILE, configured, load
from kmip_server.cli.program import commands

if TYPE_CHECKING:
    from kmip_server.spec.structures.credential_objects import CredentialObject, OtpCredential
    from kmip_server.spec.structures.keys import Certificate

_DEVICE_FIELDS = ("serial-number", "identifier", "network", "machine", "media")
_SEED_BYTES = 20
"""RFC 4226 §4, R6: "a shared secret length of 160 bits" is recommended."""


@commands.command("add-user")
@configured
@click.argument("name")
@click.option("--group", "groups", multiple=True, help="Put the user into this group (repeatable).")
@click.option("--password-file", type=A_FILE, help="File that holds the user's password, in one line.")
@click.option("--hashed", is_flag=True, help="Take hashed passwords of this password, and not the password itself.")
@click.option("--otp", type=click.Choice(["totp", "hotp"]), help="Give the user a generator of one-time passwords.")
@click.option("--certificate", type=A_FILE, help="Let the user in by name over this certificate (PEM).")
@click.option(
    "--device",
    "fields",
    multiple=True,
    metavar="FIELD=VALUE",
    help=f"What a device says of itself (repeatable): {', '.join(_DEVICE_FIELDS)}.",
)
def add_user(
    path: Path,
    name: str,
    groups: Sequence[str],
    password_file: Path | None,
    hashed: bool,
    otp: str | None,
    certificate: Path | None,
    fields: Sequence[str],
) -> None:
    """Make the user NAME, who signs in by the credentials given here.

    They lie sealed in the database; the setting accounts.stored_users lets such users sign in. With --otp, prints
    what the user's generator is set up with, once.

    \b
    Examples:
      kmip-server add-user --state /var/lib/kmip alice --password-file alice.password --otp totp
      kmip-server add-user --state /var/lib/kmip bob --password-file bob.password --hashed --group storage
      kmip-server add-user --state /var/lib/kmip array-7 --device serial-number=SN-0815 --password-file array.password
    """
    from kmip_server import app
    from kmip_server.config import read_secret

    config = load(path)
    password = read_secret("the user's password", password_file, None)
    if hashed and password is None:
        raise click.UsageError("--hashed goes with --password-file.")
    credentials: list[CredentialObject | Certificate] = []
    if fields:
        credentials.append(_device(fields, password))
    elif password is not None:
        credentials.append(_password(name, password, hashed))
    generator = None if otp is None else _generator(otp)
    if generator is not None:
        credentials.append(generator)
    if certificate is not None:
        credentials.append(_certificate(certificate))
    if not credentials:
        raise click.UsageError("Give the user a credential: --password-file, --otp, --certificate or --device.")
    app.add_user(config, name, groups, credentials)
    click.echo(f"made the user {name}")
    if generator is not None:
        click.echo(_setup(name, generator))
    if not config.accounts.stored_users:
        click.echo("kmip-server: accounts.stored_users is false, so this user cannot sign in yet.", err=True)


@commands.command("remove-user")
@configured
@click.argument("name")
def remove_user(path: Path, name: str) -> None:
    """Take the user NAME away, with its credentials.

    A running server heeds it at the next request. What the user made stays, and belongs to whoever gets the name.

    \b
    Example:
      kmip-server remove-user --state /var/lib/kmip alice
    """
    from kmip_server import app

    app.remove_user(load(path), name)
    click.echo(f"the user {name} is no more")


def _password(name: str, password: str, hashed: bool) -> CredentialObject:
    from kmip_server.spec.structures.credential_objects import HashedPasswordCredential, PasswordCredential

    if not hashed:
        return PasswordCredential(password=password)
    # KMIP 2.1 §9.11: S1 = Hash(Username || Password), S2 = Hash(Password || Username).
    return HashedPasswordCredential(
        hashed_username_password=hashlib.sha256((name + password).encode()).digest(),
        hashed_password_username=hashlib.sha256((password + name).encode()).digest(),
    )


def _generator(kind: str) -> OtpCredential:
    from kmip_server.spec.enums import OtpAlgorithm
    from kmip_server.spec.structures.credential_objects import OtpCredential

    return OtpCredential(otp_algorithm=OtpAlgorithm[kind.upper()], otp_seed=secrets.token_bytes(_SEED_BYTES))


def _setup(name: str, generator: OtpCredential) -> str:
    """What generators read, as a picture or a line."""
    kind = generator.otp_algorithm.name.lower()
    given = {"secret": base64.b32encode(generator.otp_seed).decode(), "issuer": "kmip-server"}
    if kind == "hotp":
        given["counter"] = "0"
    return f"otpauth://{kind}/kmip-server:{quote(name, safe='')}?{urlencode(given)}"


def _certificate(file: Path) -> Certificate:
    from kmip_server.authority import certificates_in
    from kmip_server.spec.enums import CertificateType
    from kmip_server.spec.structures.keys import Certificate

    (own, *_) = certificates_in(file)
    return Certificate(certificate_type=CertificateType.X_509, certificate_value=own)


def _device(given: Sequence[str], password: str | None) -> CredentialObject:
    from kmip_server.engine.claims import DEVICE_FIELDS
    from kmip_server.spec.structures.credential_objects import DeviceCredential

    device = DeviceCredential(password=password)
    fields = dict(zip(_DEVICE_FIELDS, DEVICE_FIELDS, strict=True))
    for each in given:
        field, _, value = each.partition("=")
        if field not in fields or not value:
            raise click.UsageError(f"--device takes FIELD=VALUE, FIELD being one of {', '.join(_DEVICE_FIELDS)}.")
        setattr(device, fields[field], value)
    return device
