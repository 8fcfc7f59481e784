"""What must be remembered of credentials: which are used up, replaced, or awaited."""

from __future__ import annotations

from kmip_server.ports import SignInRow
from kmip_server.store.memory.held import HeldTransaction


class SignIns(HeldTransaction):
    """The verbs of sign-ins."""

    def sign_in(self, key: bytes, *, for_change: bool = False) -> SignInRow | None:
        """What is remembered under a key."""
        self.require_whole()
        return self._store.sign_ins.get(key)

    def put_sign_in(self, row: SignInRow, now: int) -> None:
        """Remember it, in place of what was; forget what has expired."""
        self.require_whole()
        for key in [key for key, each in self._store.sign_ins.items() if each.expires <= now]:
            self._put(self._store.sign_ins, key, None)
        self._put(self._store.sign_ins, row.key, row)

    def drop_sign_in(self, key: bytes) -> None:
        """Forget it."""
        self.require_whole()
        self._put(self._store.sign_ins, key, None)
