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

    def insert_sign_in(self, new: SignInRow, now: int) -> None:
        """Remember something new, and forget what has expired."""
        self.require_whole()
        rows = self._store.sign_ins
        for key in [key for key, each in rows.items() if each.expires <= now]:
            self._put(rows, key, None)
        if new.key in rows:
            raise self._fail("the database refused a row that contradicts another")
        self._put(rows, new.key, new)

    def replace_sign_in(self, changed: SignInRow) -> None:
        """Write over what was read."""
        self.require_whole()
        if changed.key in self._store.sign_ins:
            self._put(self._store.sign_ins, changed.key, changed)

    def drop_sign_in(self, key: bytes) -> None:
        """Forget it."""
        self.require_whole()
        self._put(self._store.sign_ins, key, None)
