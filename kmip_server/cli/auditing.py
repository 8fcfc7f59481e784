"""Commands on the audit trail: audit verify, audit export."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from kmip_server.cli.choosing import A_FILE, configured, load
from kmip_server.cli.program import commands, fail
from kmip_server.logs import one_line

SAY_EVERY_SECONDS = 5.0
"""How often long work says how far it is."""


class Progress:
    """Says on standard error, now and then, how many records were read."""

    def __init__(self) -> None:
        self.seen = 0
        self._next = time.monotonic() + SAY_EVERY_SECONDS

    def __call__(self, count: int, total: int) -> None:
        """Take note; ``total`` is 0 where nobody knows."""
        self.seen = count
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + SAY_EVERY_SECONDS
            click.echo(f"{count}{f' of {total}' if total else ''} records read", err=True)


@commands.group()
def audit() -> None:
    """Work with the audit trail."""


@audit.command()
@configured
@click.option("--file", "file", type=A_FILE, help="Verify this export instead of the database of a server.")
@click.option("--known", "known", multiple=True, metavar="NUMBER:HASH", help="A hash noted elsewhere (repeatable).")
def verify(path: Path, file: Path | None, known: Sequence[str]) -> int:
    """Prove that the audit trail is whole.

    Finds any record that was changed, removed, reordered or inserted; with --known also whether a record still has
    the hash that it had when you noted it. With --file no server and no configuration is needed.

    Prints each finding and ends with status 1 if there is one.

    \b
    Examples:
      kmip-server audit verify --state /var/lib/kmip
      kmip-server audit verify --file january.jsonl --known 1234:9f86d081884c7d65...
    """
    from kmip_server import app

    progress, hashes = Progress(), app.known_hashes(known)
    if file is not None:
        report = app.verify_audit_file(file, hashes, progress)
        findings = report.findings
        held = f"{file} holds: {report.records} record(s)"
        if report.records:
            held += f", {report.first} to {report.last}"
            held += (
                ", without a gap" if report.whole else ", each as it was written; those between them were not chosen"
            )
    else:
        findings = app.verify_audit(load(path), progress, hashes)
        held = f"The audit trail holds: {progress.seen} record(s)"
    for finding in findings:
        click.echo(one_line(finding))
    if findings:
        return fail(1, f"{file or 'The audit trail'} does not hold: {len(findings)} finding(s).")
    click.echo(f"{held}.")
    return 0


@audit.command()
@configured
@click.option("--since", metavar="TIME", help="From this moment on (ISO 8601; UTC unless it says otherwise).")
@click.option("--until", metavar="TIME", help="Before this moment.")
@click.option("--object", "object_id", metavar="ID", help="Only records about the object of this Unique Identifier.")
@click.option("--subject", metavar="NAME", help="Only records of this client: its common name, or its whole subject.")
@click.option("--out", type=A_FILE, help="A new file to write to.  [default: standard output]")
def export(
    path: Path, since: str | None, until: str | None, object_id: str | None, subject: str | None, out: Path | None
) -> None:
    """Write audit records, with their hashes, for an auditor who works elsewhere.

    One JSON object a line. "audit verify --file" proves them without this server. A range of time is proved to be
    whole; records chosen by object or client are proved one by one.

    \b
    Examples:
      kmip-server audit export --state /var/lib/kmip --since 2026-01-01 --until 2026-02-01 --out january.jsonl
      kmip-server audit export --state /var/lib/kmip --object 0192d5f0-7b1c-7000-8000-000000000001
    """
    from kmip_server import app

    chosen = app.selection(since, until, object_id, subject)
    count = app.export_audit(load(path), chosen, out, Progress())
    if out is not None:
        click.echo(f"{out} holds {count} record(s).")
