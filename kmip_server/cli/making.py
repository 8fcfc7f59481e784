"""Commands that make what a server needs: init, init-root, init-ca."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kmip_server import pki
from kmip_server.cli.choosing import A_FILE, A_FOLDER, A_PORT, CONFIGURATION, configured, load
from kmip_server.cli.program import commands
from kmip_server.config import Config
from kmip_server.config.text import render

CLIENTS = ("client1", "client2")
"""The clients that ``init`` gives a certificate, to try the server with."""
HEADING = """Every setting of the server. Lines like "#name = value" show defaults; take the "#" away to change one.

Relative paths start at the folder of this file. Times are seconds, sizes are bytes. A secret is never written here:
name a file or an environment variable that holds it. An unknown or wrong setting stops the start;
"kmip-server check-config" finds it before."""


@commands.command()
@click.option("--state", type=A_FOLDER, default=Path("var"), show_default=True, help="The server's folder.")
@click.option("--port", type=A_PORT, help="Port to write into a new configuration.  [default: 5696]")
@click.option("--certs", type=A_FOLDER, help="Folder of the certificates.  [default: DIR/certs]")
@click.option("--policies", type=A_FOLDER, help="Folder of the operation policies.  [default: DIR/policies]")
@click.option("--name", "names", multiple=True, help="Further host name or address of this server (repeatable).")
def init(state: Path, port: int | None, certs: Path | None, policies: Path | None, names: Sequence[str]) -> None:
    """Make what is missing; keep what exists.

    That is: a configuration, a CA with certificates for the server and two clients, a database, a root key and the
    first key-encryption key. Running it again changes nothing.

    \b
    Examples:
      kmip-server init --state /var/lib/kmip --name kms.example.org
      kmip-server init --state /tmp/second --port 5697
    """
    path = state / CONFIGURATION
    made: list[Path] = []
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        pki.write_new(path, render(Config, HEADING, _chosen(state, port, certs, policies)).encode(), 0o644)
        made.append(path)
    config = Config.load(path)
    if port is not None and config.server.port != port:
        click.echo(
            f"{path} keeps its port {config.server.port}; change it there, or use: serve --port {port}", err=True
        )
    if (config.tls.certificate.name, config.tls.key.name) == ("server.pem", "server.key"):
        made += pki.ensure(config.tls.certificate.parent, CLIENTS, names)
    if not config.policy.directory.exists():
        config.policy.directory.mkdir(parents=True)
    made += _initialise(config)
    for each in made:
        click.echo(f"made {each.resolve()}")
    if not made:
        click.echo(f"{state} has all that a server needs; nothing was changed.")


def _initialise(config: Config) -> list[Path]:
    """Make database and keys; return which files are new."""
    from kmip_server import app

    files = [Path(config.database.url.removeprefix("sqlite:///"))] if config.database.url.startswith("sqlite") else []
    files += [config.root_key.file] if config.root_key.guard == "software" else []
    absent = [file for file in files if not file.exists()]
    app.initialise(config)
    return [file for file in absent if file.exists()]


def _chosen(state: Path, port: int | None, certs: Path | None, policies: Path | None) -> dict[str, Any]:
    """What a new configuration sets: only what differs from the defaults, and the revocation list."""
    folder = certs or state / "certs"
    values: dict[str, Any] = {} if port is None else {"server.port": port}
    if certs:
        values["tls.certificate"] = _reference(folder / "server.pem", state)
        values["tls.key"] = _reference(folder / "server.key", state)
        values["tls.client_ca"] = [_reference(folder / "ca.pem", state)]
    values["tls.crl"] = [_reference(folder / "crl.pem", state)]
    if policies:
        values["policy.directory"] = _reference(policies, state)
    return values


def _reference(path: Path, state: Path) -> str:
    """Name a path in the configuration: relative if it is near, so that the two can be moved together."""
    path, state = path.resolve(), state.resolve()
    return os.path.relpath(path, state) if path.is_relative_to(state.parent) else str(path)


@commands.command("init-root")
@configured
def init_root(path: Path) -> None:
    """Make the root key.

    It is made where the configuration wants it: in a file, or in a hardware security module. One that exists is
    never replaced. "init" does this too, for a software root key.

    \b
    Example:
      kmip-server init-root --config /etc/kmip/server.toml
    """
    from kmip_server import app

    click.echo(f"made the root key {app.init_root(load(path))}")


@commands.command("init-ca")
@configured
@click.option("--name", default="certificate authority", show_default=True, help="Name of the two objects.")
@click.option("--subject", help="Make a root authority of this name (RFC 4514), such as 'CN=Storage CA,O=Example'.")
@click.option(
    "--kind", type=click.Choice(["ec", "rsa", "ed25519"]), default="ec", show_default=True, help="Key to make."
)
@click.option("--days", type=click.IntRange(1, 36_500), default=3650, show_default=True, help="Its validity.")
@click.option("--key", type=A_FILE, help="Or take this key (PEM) in ...")
@click.option("--certificate", type=A_FILE, help="... with its certificate (PEM).")
@click.option("--passphrase-file", type=A_FILE, help="File that holds the passphrase of the key.")
@click.option("--for-clients", is_flag=True, help="It makes client certificates of this server, for Re-Provision.")
def init_ca(
    path: Path,
    name: str,
    subject: str | None,
    kind: str,
    days: int,
    key: Path | None,
    certificate: Path | None,
    passphrase_file: Path | None,
    for_clients: bool,
) -> None:
    """Give the server a certificate authority, for Certify and Re-certify, or for Re-Provision.

    Its key becomes a managed object that nobody can take out. Prints the lines of the configuration that make the
    server use it. One for Certify must not be an authority that tls.client_ca trusts: any client could have itself
    made any other. One for Re-Provision (--for-clients) must be, and signs for the client that asks and nobody else.

    \b
    Examples:
      kmip-server init-ca --state /var/lib/kmip --subject 'CN=Storage CA,O=Example'
      kmip-server init-ca --state /var/lib/kmip --key ca.key --certificate ca.pem
      kmip-server init-ca --for-clients --key certs/ca.key --certificate certs/ca.pem
    """
    from kmip_server import app, authority
    from kmip_server.config import read_secret

    config = load(path)
    if (key is None) != (certificate is None) or (key is None) == (subject is None):
        raise click.UsageError("Give either --subject, or --key and --certificate.")
    if key is not None and certificate is not None:
        files = authority.read(key, certificate, read_secret("the key's passphrase", passphrase_file, None))
    else:
        files = app.make_ca(kind, subject or "", days)
    key_id, certificate_id = app.init_ca(config, files, name, for_clients)
    section = "provisioning" if for_clients else "certificates"
    click.echo(f'[{section}]\nissuer_key = "{key_id}"\nissuer_certificate = "{certificate_id}"')
