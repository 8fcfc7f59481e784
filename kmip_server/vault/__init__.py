"""The vault: a root key wraps key-encryption keys, a key-encryption key seals one blob per object."""

from kmip_server.vault.envelope import Envelope
from kmip_server.vault.errors import VaultError
from kmip_server.vault.software import create_root_file, load_root_file

__all__ = ["Envelope", "VaultError", "create_root_file", "load_root_file"]
