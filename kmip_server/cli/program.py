"""The program around the commands: how a failure leaves it, and the group that they belong to."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from kmip_server import __version__, pki
from kmip_server.cli.choosing import PROGRAM
from kmip_server.config import ConfigurationError
from kmip_server.logs import one_line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    try:
        status = commands.main(arguments, prog_name=PROGRAM, standalone_mode=False)
        return status if isinstance(status, int) else 0
    except ConfigurationError as error:
        return fail(2, *error.mistakes)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        message = error.format_message()
        path = error.ctx.command_path if error.ctx else PROGRAM
        return fail(2, f"{message}{'' if message.endswith(('.', '?')) else '.'} See {path} --help.")
    except (click.Abort, KeyboardInterrupt):
        return fail(130, "Interrupted.")
    except Exception as error:  # the last wall: nothing leaves as a traceback
        return fail(1, _sentence(error))


def fail(status: int, *sentences: str) -> int:
    """Say what is wrong and return the exit status."""
    for sentence in sentences:
        click.echo(f"{PROGRAM}: {one_line(sentence)}", err=True)
    return status


def _sentence(error: Exception) -> str:
    """A failure in words: its own where it was raised for a person, else where in the program it happened."""
    app = sys.modules.get("kmip_server.app")  # what was never imported cannot have failed
    if isinstance(error, pki.PkiError) or (app is not None and isinstance(error, app.AppError)):
        return f"{str(error).rstrip('.')}."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    # Unforeseen, so its text might hold anything: its kind and place are all that is safe to show.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"Unexpected {type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}; please report this."


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
def commands() -> None:
    """A KMIP key manager: mutual TLS, a key life cycle that holds, an audit trail that proves itself.

    \b
    From nothing to a running server:
      kmip-server init --state DIR
      kmip-server serve --state DIR
    """
