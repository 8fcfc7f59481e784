"""Envelope encryption: the root key wraps a few key-encryption keys (KEKs), a KEK seals each object's secret.

Why three levels. The root key may sit in a device that answers in milliseconds or not at all; it is asked
once per KEK and process, and never again. The KEK lives in memory and costs a microsecond per object. A
stolen database holds blobs and wrapped KEKs, which are worth nothing without the root key.

A blob is ``version byte | KEK id (8) | random nonce (12) | AES-256-GCM ciphertext and tag (16)``.
Authenticated with it, in lengths that leave one way to read them: version, KEK id, object type, Unique
Identifier, owner. A row copied over another, given to another owner or declared another type is therefore
refused, even where someone else writes the database.

What it does not stop: an older blob of the same object put back in its place, and a row deleted. The audit
chain shows those.

The limit. With random nonces one KEK may seal 2^32 times (SP 800-38D §8.3): seven weeks of 1 000 seals a
second. Nothing here counts across processes; the number of rows sealed under a KEK (:func:`kek_id_of`) is a
lower bound. Rotating makes a new active KEK: what is new is sealed under it, what is old is opened under the
KEK named in the blob until it is sealed again. Yearly, or at 2^31 seals, is early enough for most.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kmip_server.ports import KekRecord, Random, RootKey
from kmip_server.vault.errors import SealBroken, VaultError
from kmip_server.vault.wrapped import KEK_BYTES, NONCE_BYTES, TAG_BYTES

_VERSION = b"\x01"
_KEK_ID_BYTES = 8
_HEAD = 1 + _KEK_ID_BYTES
"""Version and KEK id: what names the key that opens a blob."""
_BODY = _HEAD + NONCE_BYTES
_OWNERSHIP = struct.Struct(">III")
"""Object type, length of the Unique Identifier and of the owner, in bytes of UTF-8."""
_pack = _OWNERSHIP.pack
_CREATED = struct.Struct(">q")


class _Kek(NamedTuple):
    """A KEK ready for use: what its blobs begin with, and its cipher; the bare key is not kept."""

    head: bytes
    cipher: AESGCM


class Envelope:
    """Seals and opens secrets under KEKs; safe to use from several threads, and after a fork."""

    def __init__(
        self,
        guard: RootKey,
        records: Iterable[KekRecord],
        *,
        reload: Callable[[], Iterable[KekRecord]] | None = None,
        random: Random = os.urandom,
    ) -> None:
        """Take the KEKs of the database; ``reload`` reads them again when a blob names one that is not known."""
        self._guard = guard
        self._reload = reload
        self._random = random
        self._lock = threading.Lock()
        self._records: dict[bytes, KekRecord] = {}
        self._ready: dict[bytes, _Kek] = {}
        self._sealing: _Kek | None = None
        self.load(records)

    def load(self, records: Iterable[KekRecord]) -> None:
        """Take the KEKs of the database as they are now; those unwrapped before stay so."""
        fresh = {_VERSION + record.kek_id: record for record in records}
        ready = {head: kek for head, kek in self._ready.items() if head in fresh}
        self._records, self._ready, self._sealing = fresh, ready, None

    def new_kek_record(self, created: int) -> KekRecord:
        """Make the first or next KEK, active, ``created`` in seconds since 1970; keep it, then ``load`` all again."""
        kek_id = self._random(_KEK_ID_BYTES)
        wrapped = self._guard.wrap(self._random(KEK_BYTES), _bound(kek_id, created))
        return KekRecord(kek_id=kek_id, root_id=self._guard.root_id, wrapped=wrapped, created=created, active=True)

    def warm(self) -> None:
        """Unwrap the active KEK now, so that a wrong root key stops the start and not the first request."""
        self._active()

    def seal(self, plain: bytes, *, uid: str, object_type: int, owner: str) -> bytes:
        """Seal a secret to the object it belongs to; raises VaultError when there is no usable KEK."""
        head, cipher = self._sealing or self._active()
        nonce = self._random(NONCE_BYTES)
        name, holder = uid.encode(), owner.encode()
        bound = head + _pack(object_type, len(name), len(holder)) + name + holder
        return head + nonce + cipher.encrypt(nonce, plain, bound)

    def open(self, sealed: bytes, *, uid: str, object_type: int, owner: str) -> bytes:
        """Open what was sealed to this object; SealBroken (a CryptographicFailure) when anything differs."""
        head, cipher = self._ready.get(sealed[:_HEAD]) or self._find(sealed, uid)
        name, holder = uid.encode(), owner.encode()
        bound = head + _pack(object_type, len(name), len(holder)) + name + holder
        try:
            return cipher.decrypt(sealed[_HEAD:_BODY], sealed[_BODY:], bound)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(uid, "it was altered, or belongs to another object, owner or object type.") from error

    def _active(self) -> _Kek:
        """The newest active KEK, unwrapped; two may be active for a moment while another process rotates."""
        active = [record for record in self._records.values() if record.active]
        if not active:
            raise VaultError("The database has no active key-encryption key; run: kmip-server init-root")
        newest = max(active, key=lambda record: (record.created, record.kek_id))
        self._sealing = self._unwrapped(_VERSION + newest.kek_id, newest)
        return self._sealing

    def _find(self, sealed: bytes, uid: str) -> _Kek:
        """The KEK of a blob that is not unwrapped yet, or the reason why there is none."""
        head = sealed[:_HEAD]
        if len(sealed) < _BODY + TAG_BYTES:
            raise SealBroken(uid, "it is too short.")
        if head[:1] != _VERSION:
            raise SealBroken(uid, f"this release does not know its version {head[0]}.")
        if head not in self._records and self._reload is not None:
            self.load(self._reload())
        record = self._records.get(head)
        if record is None:
            raise SealBroken(uid, f"the database does not hold its KEK {head[1:].hex()}; restore that from backup.")
        return self._unwrapped(head, record)

    def _unwrapped(self, head: bytes, record: KekRecord) -> _Kek:
        """Ask the guard once per KEK, whichever thread comes first."""
        with self._lock:
            kek = self._ready.get(head)
            if kek is None:
                plain = _unwrap(self._guard, record)
                kek = self._ready[head] = _Kek(head, AESGCM(plain))
            return kek


def kek_id_of(sealed: bytes) -> bytes:
    """Tell which KEK a blob is sealed under: eight bytes; for counting, and for sealing again after a rotation."""
    return sealed[1:_HEAD]


def rewrap(record: KekRecord, old: RootKey, new: RootKey) -> KekRecord:
    """Move a KEK from one root key to another, from a file to a device for instance; the blobs stay as they are."""
    plain = _unwrap(old, record)
    return record._replace(root_id=new.root_id, wrapped=new.wrap(plain, _bound(record.kek_id, record.created)))


def _bound(kek_id: bytes, created: int) -> bytes:
    return kek_id + _CREATED.pack(created)


def _unwrap(guard: RootKey, record: KekRecord) -> bytes:
    if record.root_id != guard.root_id:
        raise VaultError(
            f"KEK {record.kek_id.hex()} was wrapped by root key {record.root_id}, but this server guards "
            f"{guard.root_id}; configure the root key that belongs to the database."
        )
    plain = guard.unwrap(record.wrapped, _bound(record.kek_id, record.created))
    if len(plain) != KEK_BYTES:
        raise VaultError(f"KEK {record.kek_id.hex()} has a wrong length; restore the database from backup.")
    return plain
