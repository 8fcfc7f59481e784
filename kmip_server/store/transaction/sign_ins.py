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

    def put_sign_in(self, row: SignInRow, now: int) -> None:
        """Remember it, in place of what was; forget what has expired."""
        self._mark()
        self._run(self._sql.sweep_sign_ins, (now,))
        self._run(self._sql.delete_sign_in, (row.key,))
        self._run(self._sql.insert_sign_in, row)

    def drop_sign_in(self, key: bytes) -> None:
        """Forget it."""
        self._mark()
        self._run(self._sql.delete_sign_in, (key,))
