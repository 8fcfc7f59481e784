"""What must be remembered of credentials: which are used up, replaced, or awaited."""

from __future__ import annotations

from kmip_server.ports import SignInRow
from kmip_server.store.transaction.held import HeldTransaction


class SignIns(HeldTransaction):
    """The verbs of sign-ins."""

    __slots__ = ()

    def sign_in(self, key: bytes, *, for_change: bool = False) -> SignInRow | None:
        """What is remembered under a key; held against other changes if wanted."""
        sql = self._sql
        row = self._one(sql.sign_in_for_change if for_change else sql.sign_in, (key,))
        return None if row is None else SignInRow(*row)

    def insert_sign_in(self, new: SignInRow, now: int) -> None:
        """Remember something new, and forget what has expired."""
        self._mark()
        self._run(self._sql.sweep_sign_ins, (now,))
        self._run(self._sql.insert_sign_in, new)

    def replace_sign_in(self, changed: SignInRow) -> None:
        """Write over what was read."""
        self._mark()
        self._run(self._sql.replace_sign_in, (changed.expires, changed.facts, changed.key))

    def drop_sign_in(self, key: bytes) -> None:
        """Forget it."""
        self._mark()
        self._run(self._sql.delete_sign_in, (key,))
