"""What holds for the whole server: key-encryption keys, settings, and whose turn it is to count."""

from __future__ import annotations

from kmip_server.ports import KekRecord, StoreError
from kmip_server.store.transaction.held import HeldTransaction


class ServerWide(HeldTransaction):
    """The verbs of what holds for the whole server."""

    __slots__ = ()

    def keks(self) -> list[KekRecord]:
        """Every key-encryption key, oldest first."""
        return [
            KekRecord(kek_id, root_id, wrapped, created, bool(active))
            for kek_id, root_id, wrapped, created, active in self._all(self._sql.keks)
        ]

    def insert_kek(self, record: KekRecord) -> None:
        """Keep a new key-encryption key; when it is active the others become inactive."""
        self._mark()
        if record.active:
            self._run(self._sql.retire_keks)
        self._run(self._sql.insert_kek, record)

    def hold_client(self, owner: str) -> None:
        """Wait until no other transaction counts for this client; READ COMMITTED then counts what they left.

        Clients are waited for in the order of their names only, so that no two rounds wait for each other. Against
        that order the client is held if it is free, else the transaction fails: its requests, tried one by one, hold
        one client each.
        """
        dialect = self._store.database.dialect
        if dialect.one_for_a_client is None:
            return
        if owner >= self._last_held:
            self._last_held = owner
            self._run(dialect.one_for_a_client, (owner,))
        elif not self._one(dialect.one_for_a_client_at_once or "", (owner,))[0]:
            self._failure = "another transaction counts for this client, and it was asked for out of turn"
            raise StoreError(self._failure)

    def setting(self, name: str) -> bytes | None:
        """What holds for the whole server under this name; None when nobody set it."""
        settings = self._store.settings
        if name in settings and self._failure is None:
            return settings[name]
        row = self._one(self._sql.setting, (name,))
        value = None if row is None else bytes(row[0])
        # What this transaction wrote may yet be undone: it is not remembered.
        if name not in self._set:
            settings[name] = value
        return value

    def put_setting(self, name: str, value: bytes | None) -> None:
        """Set it for every process and node; None takes it away."""
        self._mark()
        self._set.add(name)
        self._store.settings.pop(name, None)
        self._run(self._sql.delete_setting, (name,))
        if value is not None:
            self._run(self._sql.insert_setting, (name, value))
