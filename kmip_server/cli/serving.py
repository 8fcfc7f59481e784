"""Commands that run a server, or tell whether it would run: serve, check-config."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from kmip_server.cli.choosing import A_PORT, PROGRAM, configured, load
from kmip_server.cli.making import CLIENTS
from kmip_server.cli.program import commands, fail
from kmip_server.config import Config
from kmip_server.logs import start_logging


@commands.command()
@configured
@click.option("--port", type=A_PORT, help="Listen on this port instead of the configured one; 0: any free one.")
@click.option("--hint", help="A command to print, once the server listens, as the way to try it.")
def serve(path: Path, port: int | None, hint: str | None) -> int:
    """Serve KMIP until told to stop.

    SIGTERM (or Ctrl-C) lets requests in progress finish. SIGHUP reads certificates, revocation lists, policies and
    accounts again, and drops only connections of clients that may not come in any more.

    \b
    Examples:
      kmip-server serve --state /var/lib/kmip
      kmip-server serve --config /etc/kmip/server.toml --port 5697
    """
    from kmip_server import app

    config = load(path).with_port(port)
    start_logging(config.log.level, config.log.format)
    return app.serve(config, ready=lambda addresses: _announce(config, addresses, hint))


def _announce(config: Config, addresses: Sequence[tuple[str, int]], hint: str | None) -> None:
    """Say where the server listens and what a client needs."""
    named = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in addresses]
    count = len(named) if config.server.https_port is None else len(config.server.listen)
    click.echo(f"\nKMIP is served on {', '.join(named[:count])}. A client needs:")
    for address in named[count:]:
        click.echo(f"  over HTTPS   https://{address}/kmip")
    folder = config.tls.certificate.parent.resolve()
    click.echo(f"  CA           {folder / 'ca.pem' if (folder / 'ca.pem').exists() else 'of the server certificate'}")
    client = next((name for name in CLIENTS if (folder / f"{name}.key").exists()), None)
    if client:
        click.echo(f"  certificate  {folder / f'{client}.pem'}\n  key          {folder / f'{client}.key'}")
    else:
        click.echo(f"  certificate and key, for example from: {PROGRAM} issue-client NAME")
    if hint:
        click.echo(f"Try it: {hint}")
    sys.stdout.flush()


@commands.command("check-config")
@configured
@click.option("--file-only", is_flag=True, help="Read the file only; leave certificates, database and root key alone.")
def check_config(path: Path, file_only: bool) -> int:
    """Find out whether the server would start.

    Tries settings, certificates (those for subscribers too), policies, database and root key. Every mistake is a
    line. Exit status: 0 none, 1 something that the file names is unusable, 2 the file is wrong.

    \b
    Example:
      kmip-server check-config --state /var/lib/kmip
    """
    config = load(path)
    if not file_only:
        from kmip_server import app

        problems = app.check(config)
        if problems:
            return fail(1, *problems)
    click.echo(f"{path} is in order.")
    return 0
