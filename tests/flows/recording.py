"""A server that knows how many batch items it has answered."""

from __future__ import annotations

from typing import Any

from kmip_server.audit import verify
from kmip_server.audit.record import entry_of
from kmip_server.domain.subject import Subject
from kmip_server.spec.tags import Tag
from kmip_server.store.memory import MemoryStore
from kmip_server.wire import ttlv
from tests.flows.strict import children
from tests.kit import ALICE, Server


class RecordingServer(Server):
    """Counts answered items, so that the audit trail can be held against them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.answered: list[int] = []
        """Items of each answer; a list, because threads append to it at once."""

    def send(self, data: bytes, who: Subject = ALICE) -> bytes:
        reply = super().send(data, who)
        self.answered.append(len(children(ttlv.parse(reply), Tag.BATCH_ITEM)))
        return reply

    def rotate_due(self) -> int:
        """Let the server rotate what is due; each of its deeds is on the record too."""
        tried = self.engine.rotate_due()
        self.answered.append(tried)
        return tried

    def own_deeds(self) -> list[tuple[str, ...]]:
        """The records of what the server did by itself: who, what, to what, and the rest."""
        assert isinstance(self.store, MemoryStore)
        entries = [entry_of(row) for row in self.store.audit]
        return [
            (entry.subject, entry.operation, entry.object_id, entry.result, entry.reason, entry.detail)
            for entry in entries
            if entry.rule == "automatic rotation"
        ]

    def require_audited(self) -> None:
        """One record per answered item, in a chain that verifies."""
        assert isinstance(self.store, MemoryStore)
        assert len(self.store.audit) == sum(self.answered)
        assert not list(verify(self.store.audit_rows(), self.store.audit_head()))
