"""Secrets that the configuration names but never holds: each is in a file or in an environment variable."""

from __future__ import annotations

import os
from pathlib import Path

from kmip_server.config.section import ConfigurationError


def at_most_one(first: object, second: object, first_name: str, second_name: str) -> None:
    """Refuse two places for one secret: nobody could tell which of them counts."""
    if first is not None and second is not None:
        raise ValueError(f"{first_name} and {second_name} are both set; keep one of them")


def read_secret(what: str, file: Path | None, env: str | None) -> str | None:
    """Read a secret from the file or environment variable that the configuration names; None where it names neither.

    One line end after it is no part of it. An empty or absent secret is a ConfigurationError, never "no secret".
    """
    if file is None and env is None:
        return None
    if file is not None:
        try:
            secret = file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ConfigurationError([f"{what} cannot be read from {file}: {reason}."]) from error
    else:
        secret = os.environ.get(str(env), "")
    if not secret:
        raise ConfigurationError([f"{what} is empty or absent in {file or f'the environment variable {env}'}."])
    return secret
