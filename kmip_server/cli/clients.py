"""Commands that let clients in and shut them out: issue-client, revoke-client, hash-password."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from kmip_server import pki
from kmip_server.cli.choosing import A_FOLDER, PROGRAM, configured, load
from kmip_server.cli.program import commands


@commands.command("issue-client")
@configured
@click.argument("name")
@click.option("--group", "groups", multiple=True, help="Put the client into this group (OU; repeatable).")
@click.option("--out", type=A_FOLDER, help="Where to put the files.  [default: beside the server's certificate]")
def issue_client(path: Path, name: str, groups: Sequence[str], out: Path | None) -> None:
    """Write the files that the client NAME needs.

    These are its certificate, its key, and the CA to know the server by. NAME becomes the common name of the
    certificate, by which the server knows the client.

    \b
    Examples:
      kmip-server issue-client --state /var/lib/kmip mongodb-1
      kmip-server issue-client --state /var/lib/kmip array-7 --group storage --out ~/array-7
    """
    config = load(path)
    for file in pki.issue_client(config.tls.certificate.parent, name, groups, out):
        click.echo(str(file))


@commands.command("revoke-client")
@configured
@click.argument("name")
def revoke_client(path: Path, name: str) -> None:
    """Revoke the certificate of the client NAME.

    Puts it on the revocation list. A running server heeds it after SIGHUP: open connections of the client end then.

    \b
    Example:
      kmip-server revoke-client --state /var/lib/kmip mongodb-1
    """
    config = load(path)
    crl = pki.revoke_client(config.tls.certificate.parent, name)
    click.echo(f"{name} is revoked in {crl}; send a running server SIGHUP.")
    if crl not in config.tls.crl:
        click.echo(f"{PROGRAM}: {path} does not name this list in tls.crl, so the server does not heed it.", err=True)


@commands.command("hash-password")
def print_password_hash() -> None:
    """Hash a password for the section [accounts] of the configuration.

    Asks for it twice, without showing it; from a pipe, takes the first line.

    \b
    Examples:
      kmip-server hash-password
      kmip-server hash-password < password-file
    """
    from kmip_server.engine.passwords import hash_password

    interactive = sys.stdin.isatty()
    password = (
        click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        if interactive
        else sys.stdin.readline().rstrip("\r\n")
    )
    if not password:
        raise click.UsageError("The password is empty.")
    click.echo(hash_password(password))
