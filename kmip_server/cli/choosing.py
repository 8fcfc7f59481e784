"""Which configuration a command works with: the options that name it, and reading it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kmip_server.config import Config, ConfigurationError

PROGRAM = "kmip-server"
CONFIGURATION = "server.toml"

Command = TypeVar("Command", bound=Callable[..., Any])
A_FILE = click.Path(dir_okay=False, path_type=Path)
A_FOLDER = click.Path(file_okay=False, path_type=Path)
A_PORT = click.IntRange(0, 65535)


def configured(command: Command) -> Command:
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


def load(path: Path) -> Config:
    """Read the configuration, and say how to make one where there is none."""
    if not path.exists():
        make = shlex.join([PROGRAM, "init", "--state", str(path.parent)])
        raise ConfigurationError([f"{path} does not exist; make it with: {make}"])
    return Config.load(path)
