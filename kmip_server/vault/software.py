"""The root key in a file: for a machine without a hardware security module.

The file is JSON, mode 0600, with the key in clear or sealed by a passphrase (scrypt, RFC 7914, then
AES-256-GCM). In clear, whoever reads the file and the database reads every key: keep them on different
disks and in different backups. A file that anybody but its owner may read is refused, since it may have
been read already.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kmip_server.domain.secret import Secret
from kmip_server.vault import wrapped as form
from kmip_server.vault.errors import VaultError

_FORMAT = "kmip-server root key"
_VERSION = 1
_SALT_BYTES = 32
_LARGEST_FILE = 65536
_LOWEST_COST, SCRYPT_COST, _HIGHEST_COST = 2**14, 2**17, 2**20
"""scrypt's N: a passphrase takes 128 MiB and about half a second to try; N outside the bounds is refused."""
_BLOCK_SIZE, _PARALLEL = 8, 1


class SoftwareGuard:
    """Guards a root key that this process holds in memory."""

    name: Final = "software"

    def __init__(self, key: Secret, random: Callable[[int], bytes] = os.urandom) -> None:
        plain = key.expose()
        self._cipher = AESGCM(plain)
        self._root_id = _root_id(plain)
        self._random = random

    @property
    def root_id(self) -> str:
        """A public name of the root key."""
        return self._root_id

    def wrap(self, kek: bytes, bound: bytes) -> bytes:
        """Wrap a key-encryption key, bound to what it is told."""
        form.require_kek(kek)
        nonce = self._random(form.NONCE_BYTES)
        return form.join(nonce, self._cipher.encrypt(nonce, kek, form.associated_data(bound)))

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        """Unwrap it again; raises VaultError when it is altered, bound otherwise, or of another root key."""
        nonce, ciphertext = form.split(wrapped)
        try:
            return self._cipher.decrypt(nonce, ciphertext, form.associated_data(bound))
        except InvalidTag as error:
            raise VaultError(
                f"Root key {self._root_id} does not open a KEK of this database; "
                "name the root key file that belongs to it, or restore the KEK from backup."
            ) from error


def create_root_file(
    path: Path, passphrase: Secret | None, *, cost: int = SCRYPT_COST, random: Callable[[int], bytes] = os.urandom
) -> str:
    """Make a root key and write it durably to a new file, mode 0600; return its root id.

    Raises VaultError when the file exists already (a root key is never written over) or cannot be written.
    """
    with Secret(random(form.KEK_BYTES)) as key:
        plain = key.expose()
        root_id = _root_id(plain)
        content: dict[str, Any] = {"format": _FORMAT, "version": _VERSION, "root_id": root_id}
        if passphrase is None:
            content |= {"protection": "none", "key": plain.hex()}
        else:
            content |= _seal(plain, root_id, passphrase, cost, random)
        _write_new(path, (json.dumps(content, indent=1) + "\n").encode())
    return root_id


def load_root_file(path: Path, passphrase: Secret | None) -> SoftwareGuard:
    """Read a root key file; raises VaultError when it is missing, readable by others, altered or not opened."""
    content = _read(path)
    try:
        sealed = content["protection"] == "scrypt"
        if not sealed and content["protection"] != "none":
            raise ValueError("unknown protection")
        root_id = str(content["root_id"])
        key = bytes.fromhex(content["key"])
        if sealed:
            key = _unseal(key, content, root_id, passphrase, path)
        if len(key) != form.KEK_BYTES:
            raise ValueError("wrong length")
    except (KeyError, TypeError, ValueError) as error:
        raise VaultError(f"{path} is no intact root key file; restore it from backup.") from error
    guard = SoftwareGuard(Secret(key))
    if guard.root_id != root_id:
        raise VaultError(f"The key in {path} is not the one the file was made with; restore the file from backup.")
    return guard


def _root_id(key: bytes) -> str:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(form.CHECK_BLOCK)).encryptor()
    return form.root_id_of(encryptor.update(bytes(form.BLOCK_BYTES)) + encryptor.finalize())


def _derive(passphrase: Secret, salt: bytes, cost: int) -> AESGCM:
    if not _LOWEST_COST <= cost <= _HIGHEST_COST or cost & (cost - 1):
        raise ValueError("scrypt cost out of bounds")
    return AESGCM(Scrypt(salt, form.KEK_BYTES, cost, _BLOCK_SIZE, _PARALLEL).derive(passphrase.expose()))


def _associated(root_id: str, salt: bytes, cost: int) -> bytes:
    return form.labelled(b"kmip-server root file", str(_VERSION).encode(), root_id.encode(), salt, str(cost).encode())


def _seal(plain: bytes, root_id: str, passphrase: Secret, cost: int, random: Callable[[int], bytes]) -> dict[str, Any]:
    salt, nonce = random(_SALT_BYTES), random(form.NONCE_BYTES)
    sealed = _derive(passphrase, salt, cost).encrypt(nonce, plain, _associated(root_id, salt, cost))
    return {"protection": "scrypt", "cost": cost, "salt": salt.hex(), "nonce": nonce.hex(), "key": sealed.hex()}


def _unseal(sealed: bytes, content: dict[str, Any], root_id: str, passphrase: Secret | None, path: Path) -> bytes:
    if passphrase is None:
        raise VaultError(
            f"{path} is sealed by a passphrase; configure where the passphrase is (file:/path or env:NAME)."
        )
    salt, nonce, cost = bytes.fromhex(content["salt"]), bytes.fromhex(content["nonce"]), int(content["cost"])
    try:
        return _derive(passphrase, salt, cost).decrypt(nonce, sealed, _associated(root_id, salt, cost))
    except InvalidTag as error:
        raise VaultError(
            f"The passphrase does not open {path}, or the file was altered; check the passphrase, then the backup."
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise VaultError(
                    f"{path} may be read by others than its owner (mode {mode:04o}); "
                    f"find out who has read it, then run: chmod 600 {path}"
                )
            content = json.loads(file.read(_LARGEST_FILE))
    except FileNotFoundError as error:
        raise VaultError(f"There is no root key file {path}; run: kmip-server init-root") from error
    except OSError as error:
        raise VaultError(f"The root key file {path} cannot be read ({error.strerror}); check its owner.") from error
    except (ValueError, RecursionError) as error:
        raise VaultError(f"{path} is no intact root key file; restore it from backup.") from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise VaultError(f"{path} is no root key file; check the path in the configuration.")
    if content.get("version") != _VERSION:
        raise VaultError(
            f"{path} was written by another release (version {content.get('version')!r}); use that release."
        )
    return content


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that either exists whole and durable or not at all, and never replaces another.

    A link, unlike a rename, fails where the name is taken: two runs at once cannot both succeed.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        finally:
            draft.unlink()
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError as error:
        raise VaultError(
            f"{error.filename2 or error.filename} exists and is never written over; move it away."
        ) from error
    except OSError as error:
        raise VaultError(f"The root key file {path} cannot be written ({error.strerror}); check the folder.") from error
