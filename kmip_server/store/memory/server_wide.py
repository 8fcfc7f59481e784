"""What holds for the whole server: key-encryption keys, settings, and whose turn it is to count."""

from __future__ import annotations

from kmip_server.ports import KekRecord
from kmip_server.store.memory.held import HeldTransaction


class ServerWide(HeldTransaction):
    """The verbs of what holds for the whole server."""

    def keks(self) -> list[KekRecord]:
        """Every key-encryption key, oldest first."""
        self.require_whole()
        return sorted(self._store.keks, key=lambda record: (record.created, record.kek_id))

    def insert_kek(self, record: KekRecord) -> None:
        """Keep a new key-encryption key; when it is active the others become inactive."""
        self.require_whole()
        before = list(self._store.keks)
        if any(kek.kek_id == record.kek_id for kek in before):
            raise self._fail("the database refused a row that contradicts another")
        retired = [kek._replace(active=False) for kek in before] if record.active else before
        self._store.keks[:] = [*retired, record]
        self._undo.append(lambda: self._store.keks.__setitem__(slice(None), before))

    def hold_client(self, owner: str) -> None:
        """Nothing to wait for: transactions take turns."""
        self.require_whole()

    def setting(self, name: str) -> bytes | None:
        """What holds for the whole server under this name; None when nobody set it."""
        self.require_whole()
        return self._store.settings.get(name)

    def put_setting(self, name: str, value: bytes | None) -> None:
        """Set it; None takes it away."""
        self.require_whole()
        settings = self._store.settings
        before = dict(settings)
        settings.pop(name, None)
        if value is not None:
            settings[name] = value

        def undo() -> None:
            settings.clear()
            settings.update(before)

        self._undo.append(undo)
