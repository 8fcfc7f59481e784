"""The keys above the objects: the guard of the root key, and the envelope that seals under it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kmip_server.config import Config
from kmip_server.domain.secret import Secret
from kmip_server.ports import KekRecord, RootKey, Store
from kmip_server.vault import Envelope, create_root_file, load_root_file

if TYPE_CHECKING:
    from kmip_server.vault.pkcs11 import TokenSettings


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text.encode())


def token_of(config: Config) -> tuple[TokenSettings, Callable[[], Secret]]:
    """Which key in which token, and what reads its PIN."""
    from kmip_server.vault.pkcs11 import TokenSettings

    root = config.root_key
    settings = TokenSettings(
        token=root.token_label or "",
        label=root.key_label,
        vendor=root.vendor or "generic",
        library="" if root.library is None else str(root.library),
    )

    def pin() -> Secret:
        return Secret((root.pin() or "").encode())

    return settings, pin


def root_key_of(config: Config) -> RootKey:
    """The guard of the root key that the configuration names."""
    if config.root_key.guard == "pkcs11":
        from kmip_server.vault.pkcs11 import Pkcs11Guard

        return Pkcs11Guard(*token_of(config))
    return load_root_file(config.root_key.file, _secret(config.root_key.passphrase()))


def make_root_key(config: Config) -> str:
    """Make the root key; VaultError when there is one already. Returns its public name."""
    if config.root_key.guard == "pkcs11":
        from kmip_server.vault.pkcs11 import init_root

        return init_root(*token_of(config))
    return create_root_file(config.root_key.file, _secret(config.root_key.passphrase()))


def envelope_of(config: Config, store: Store) -> Envelope:
    """What seals secrets for this database; the key-encryption keys are read again when one is unknown."""

    def records() -> list[KekRecord]:
        with store.transaction() as tx:
            return tx.keks()

    return Envelope(root_key_of(config), records(), reload=records)
