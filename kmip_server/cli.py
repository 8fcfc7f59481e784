"""The command ``kmip-server``: one function a command, each with its help and examples.

Results go to standard output. A mistake is one sentence on standard error, never a traceback: exit status 2 where the
command line or the configuration is wrong, 1 where something failed. The rooms are imported by the commands that
need them, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from kmip_server import __version__, pki
from kmip_server.config import Config, ConfigurationError
from kmip_server.config_text import render
from kmip_server.logs import one_line, start_logging

PROGRAM = "kmip-server"
CLIENTS = ("client1", "client2")
"""The clients that ``init`` gives a certificate, to try the server with."""
CONFIGURATION = "server.toml"
HEADING = """Every setting of the server. Lines like "#name = value" show defaults; take the "#" away to change one.

Relative paths start at the folder of this file. Times are seconds, sizes are bytes. A secret is never written here:
name a file or an environment variable that holds it. An unknown or wrong setting stops the start;
"kmip-server check-config" finds it before."""

Command = TypeVar("Command", bound=Callable[..., Any])
A_FILE = click.Path(dir_okay=False, path_type=Path)
A_FOLDER = click.Path(file_okay=False, path_type=Path)
A_PORT = click.IntRange(0, 65535)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    try:
        status = commands.main(arguments, prog_name=PROGRAM, standalone_mode=False)
        return status if isinstance(status, int) else 0
    except ConfigurationError as error:
        return _fail(2, *error.mistakes)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        message = error.format_message()
        path = error.ctx.command_path if error.ctx else PROGRAM
        return _fail(2, f"{message}{'' if message.endswith(('.', '?')) else '.'} See {path} --help.")
    except (click.Abort, KeyboardInterrupt):
        return _fail(130, "Interrupted.")
    except Exception as error:  # the last wall: nothing leaves as a traceback
        return _fail(1, _sentence(error))


def _fail(status: int, *sentences: str) -> int:
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


def _configured(command: Command) -> Command:
    """Give a command --state and --config; it receives ``path``, the configuration file's."""

    def chosen(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path:
        state: Path | None = context.params.pop("state", None)
        if state and value and context.get_parameter_source("path") is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError("Use --state or --config, not both", context)
        return state / CONFIGURATION if state else value or Path("var") / CONFIGURATION

    config = click.option(
        "--config",
        "path",
        type=A_FILE,
        envvar="KMIP_SERVER_CONFIG",
        show_envvar=True,
        callback=chosen,
        help=f"The configuration file.  [default: var/{CONFIGURATION}]",
    )
    state = click.option(
        "--state", type=A_FOLDER, is_eager=True, help=f"The server's folder; stands for --config DIR/{CONFIGURATION}."
    )
    return state(config(command))


def _load(path: Path) -> Config:
    """Read the configuration, and say how to make one where there is none."""
    if not path.exists():
        make = shlex.join([PROGRAM, "init", "--state", str(path.parent)])
        raise ConfigurationError([f"{path} does not exist; make it with: {make}"])
    return Config.load(path)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
def commands() -> None:
    """A KMIP key manager: mutual TLS, a key life cycle that holds, an audit trail that proves itself.

    \b
    From nothing to a running server:
      kmip-server init --state DIR
      kmip-server serve --state DIR
    """


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


@commands.command()
@_configured
@click.option("--port", type=A_PORT, help="Listen on this port instead of the configured one; 0: any free one.")
@click.option("--hint", help="A command to print, once the server listens, as the way to try it.")
def serve(path: Path, port: int | None, hint: str | None) -> int:
    """Serve KMIP until told to stop.

    SIGTERM (or Ctrl-C) lets requests in progress finish. SIGHUP reads certificates, revocation lists and policies
    again without dropping a connection.

    \b
    Examples:
      kmip-server serve --state /var/lib/kmip
      kmip-server serve --config /etc/kmip/server.toml --port 5697
    """
    from kmip_server import app

    config = _load(path).with_port(port)
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


@commands.command("init-root")
@_configured
def init_root(path: Path) -> None:
    """Make the root key.

    It is made where the configuration wants it: in a file, or in a hardware security module. One that exists is
    never replaced. "init" does this too, for a software root key.

    \b
    Example:
      kmip-server init-root --config /etc/kmip/server.toml
    """
    from kmip_server import app

    click.echo(f"made the root key {app.init_root(_load(path))}")


@commands.command("init-ca")
@_configured
@click.option("--name", default="certificate authority", show_default=True, help="Name of the two objects.")
@click.option("--subject", help="Make a root authority of this name (RFC 4514), such as 'CN=Storage CA,O=Example'.")
@click.option(
    "--kind", type=click.Choice(["ec", "rsa", "ed25519"]), default="ec", show_default=True, help="Key to make."
)
@click.option("--days", type=click.IntRange(1, 36_500), default=3650, show_default=True, help="Its validity.")
@click.option("--key", type=A_FILE, help="Or take this key (PEM) in ...")
@click.option("--certificate", type=A_FILE, help="... with its certificate (PEM).")
@click.option("--passphrase-file", type=A_FILE, help="File that holds the passphrase of the key.")
def init_ca(
    path: Path,
    name: str,
    subject: str | None,
    kind: str,
    days: int,
    key: Path | None,
    certificate: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Give the server a certificate authority, for Certify and Re-certify.

    Its key becomes a managed object that nobody can take out. Prints the lines of the configuration that make the
    server use it. Must not be an authority that tls.client_ca trusts: any client could have itself made any other.

    \b
    Examples:
      kmip-server init-ca --state /var/lib/kmip --subject 'CN=Storage CA,O=Example'
      kmip-server init-ca --state /var/lib/kmip --key ca.key --certificate ca.pem
    """
    from kmip_server import app, authority
    from kmip_server.config import read_secret

    config = _load(path)
    if (key is None) != (certificate is None) or (key is None) == (subject is None):
        raise click.UsageError("Give either --subject, or --key and --certificate.")
    if key is not None and certificate is not None:
        files = authority.read(key, certificate, read_secret("the key's passphrase", passphrase_file, None))
    else:
        files = app.make_ca(kind, subject or "", days)
    key_id, certificate_id = app.init_ca(config, files, name)
    click.echo(f'[certificates]\nissuer_key = "{key_id}"\nissuer_certificate = "{certificate_id}"')


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


@commands.command("check-config")
@_configured
@click.option("--file-only", is_flag=True, help="Read the file only; leave certificates, database and root key alone.")
def check_config(path: Path, file_only: bool) -> int:
    """Find out whether the server would start.

    Tries settings, certificates, policies, database and root key. Every mistake is a line. Exit status: 0 none, 1
    something that the file names is unusable, 2 the file is wrong.

    \b
    Example:
      kmip-server check-config --state /var/lib/kmip
    """
    config = _load(path)
    if not file_only:
        from kmip_server import app

        problems = app.check(config)
        if problems:
            return _fail(1, *problems)
    click.echo(f"{path} is in order.")
    return 0


@commands.group()
def audit() -> None:
    """Work with the audit trail."""


@audit.command()
@_configured
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

    findings = app.verify_audit(_load(path), progress)
    for finding in findings:
        click.echo(one_line(finding))
    if findings:
        return _fail(1, f"The audit trail does not hold: {len(findings)} finding(s).")
    click.echo(f"The audit trail holds: {seen} record(s).")
    return 0


@commands.command("issue-client")
@_configured
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
    config = _load(path)
    for file in pki.issue_client(config.tls.certificate.parent, name, groups, out):
        click.echo(str(file))


@commands.command("revoke-client")
@_configured
@click.argument("name")
def revoke_client(path: Path, name: str) -> None:
    """Revoke the certificate of the client NAME.

    Puts it on the revocation list. A running server heeds it after SIGHUP.

    \b
    Example:
      kmip-server revoke-client --state /var/lib/kmip mongodb-1
    """
    config = _load(path)
    crl = pki.revoke_client(config.tls.certificate.parent, name)
    click.echo(f"{name} is revoked in {crl}; send a running server SIGHUP.")
    if crl not in config.tls.crl:
        click.echo(f"{PROGRAM}: {path} does not name this list in tls.crl, so the server does not heed it.", err=True)
