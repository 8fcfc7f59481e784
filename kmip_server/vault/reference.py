"""Where a passphrase or PIN is read from: a file or an environment variable, never the command line.

A command line is seen by every user of the machine and kept in shell histories. ``file:/path`` and
``env:NAME`` are the two forms; one final line break of a file is not part of the value.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kmip_server.domain.secret import Secret
from kmip_server.vault.errors import VaultError

_LONGEST = 4096
"""Bytes; more than that is a wrong file, not a passphrase."""


def read_reference(reference: str) -> Secret:
    """Read the secret a reference names; raises VaultError saying what is wrong with the reference."""
    kind, colon, name = reference.partition(":")
    if not colon or not name or kind not in ("file", "env"):
        # The text itself may be the secret, put here by mistake: it is not repeated.
        raise VaultError("A secret is named as file:/path or env:NAME; write it to a file and name that.")
    value = _from_file(Path(name)) if kind == "file" else _from_environment(name)
    if not value:
        raise VaultError(f"The secret in {reference} is empty; put the passphrase or PIN there.")
    return Secret(value)


def _from_environment(name: str) -> bytes:
    value = os.environ.get(name)
    if value is None:
        raise VaultError(f"The environment variable {name} is not set; set it to the passphrase or PIN.")
    return os.fsencode(value)


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # Group access is left to the operator: container platforms mount secrets as 0440.
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o007:
                raise VaultError(f"Everybody on this machine can read {path}; run: chmod 600 {path}")
            value = file.read(_LONGEST + 1)
    except OSError as error:
        raise VaultError(
            f"The secret file {path} cannot be read ({error.strerror}); check its path and owner."
        ) from error
    if len(value) > _LONGEST:
        raise VaultError(
            f"{path} holds more than {_LONGEST} bytes; name a file with nothing but the passphrase or PIN."
        )
    return value.removesuffix(b"\n").removesuffix(b"\r")
