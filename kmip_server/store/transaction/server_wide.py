"""What holds for the whole server: key-encryption keys, settings, and whose turn it is to count."""

from __future__ import annotations

from kmip_server.ports import KekRecord
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
        """Wait until no other transaction counts for this client; READ COMMITTED then counts what they left."""
        hold = self._store.database.dialect.one_for_a_client
        if hold is not None:
            self._run(hold, (owner,))

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
