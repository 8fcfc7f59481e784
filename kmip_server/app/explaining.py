"""How a command's failure leaves the rooms: as one sentence for the person at the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kmip_server.config import ConfigurationError
from kmip_server.domain.policy import PolicyFileError
from kmip_server.ports import StoreError
from kmip_server.transport import TlsConfigurationError
from kmip_server.vault import VaultError


class AppError(Exception):
    """A command cannot do what it was asked; the message is one sentence for the person who asked."""


@contextmanager
def explained() -> Iterator[None]:
    """Let every room's own failure leave as one sentence."""
    try:
        yield
    except (StoreError, VaultError, TlsConfigurationError, PolicyFileError, ConfigurationError, OSError) as error:
        raise AppError(str(error)) from error
