"""The command about whom the server speaks to by itself: subscribers."""

from __future__ import annotations

from pathlib import Path

import click

from kmip_server.cli.choosing import configured, load
from kmip_server.cli.program import commands
from kmip_server.logs import one_line


@commands.command("subscribers")
@configured
def subscribers(path: Path) -> int:
    """Go to every subscriber, over TLS as the server does, and show what it says of itself.

    Asks for its versions of KMIP and, from 1.3 on, everything that a server may ask a client: operations, object
    types, profiles, capabilities. Exit status: 0 all answered, 1 one did not.

    \b
    Example:
      kmip-server subscribers --state /var/lib/kmip
    """
    from kmip_server import app

    status = 0
    config = load(path)
    for each in app.ask_subscribers(config):
        click.echo(f"{each.subscriber} at {config.subscribers.receivers[each.subscriber].address}")
        for name, values in each.told.items():
            click.echo(f"  {name}: {one_line(', '.join(values))}")
        if each.problem:
            status = 1
            click.echo(f"  NOT ANSWERED: {one_line(each.problem)}")
    return status
