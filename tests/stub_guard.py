"""A root key guard for tests: keeps the promise of ``ports.RootKey`` in memory, counts and fails on demand."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from kmip_server.vault.errors import VaultError


class StubGuard:
    """Wraps by keeping: what is stored is a ticket, authenticated together with what it is bound to."""

    name = "stub"

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._kept: dict[bytes, bytes] = {}
        self.unwraps = 0
        self.broken: str | None = None

    @property
    def root_id(self) -> str:
        return hashlib.sha256(b"stub" + self._key).hexdigest()[:16]

    def wrap(self, kek: bytes, bound: bytes) -> bytes:
        if len(kek) != 32:
            raise VaultError("A key-encryption key has 32 bytes; this is a fault of the server.")
        ticket = secrets.token_bytes(16)
        self._kept[ticket] = kek
        return ticket + self._mark(ticket, bound)

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        self.unwraps += 1
        if self.broken:
            raise VaultError(self.broken)
        ticket, mark = wrapped[:16], wrapped[16:]
        if not hmac.compare_digest(mark, self._mark(ticket, bound)):
            raise VaultError("The stub does not open this; use the stub that wrapped it.")
        return self._kept[ticket]

    def _mark(self, ticket: bytes, bound: bytes) -> bytes:
        return hmac.digest(self._key, ticket + bound, "sha256")


class OpenGuard(StubGuard):
    """One that several processes share: it wraps by not wrapping at all."""

    def __init__(self) -> None:
        super().__init__()
        self._key = bytes(32)

    def wrap(self, kek: bytes, bound: bytes) -> bytes:
        return kek

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        return wrapped
