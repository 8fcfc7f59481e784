"""Commands on the audit trail: audit verify."""

from __future__ import annotations

from pathlib import Path

import click

from kmip_server.cli.choosing import configured, load
from kmip_server.cli.program import commands, fail
from kmip_server.logs import one_line


@commands.group()
def audit() -> None:
    """Work with the audit trail."""


@audit.command()
@configured
def verify(path: Path) -> int:
    """Prove that the audit trail is whole.

    Finds any record that was changed, removed, reordered or inserted.

    Prints each finding and ends with status 1 if there is one.

    \b
    Example:
      kmip-server audit verify --state /var/lib/kmip
    """
    from kmip_server import app

    seen = 0

    def progress(count: int) -> None:
        nonlocal seen
        seen = count

    findings = app.verify_audit(load(path), progress)
    for finding in findings:
        click.echo(one_line(finding))
    if findings:
        return fail(1, f"The audit trail does not hold: {len(findings)} finding(s).")
    click.echo(f"The audit trail holds: {seen} record(s).")
    return 0
