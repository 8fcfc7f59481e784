"""Managed objects; Locate goes through every one of them."""

from __future__ import annotations

from dataclasses import replace

from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import Found, Search
from kmip_server.store.locate import require_short
from kmip_server.store.memory.matching import matches
from kmip_server.store.memory.streams import Streams
from kmip_server.store.rows import object_row


class Objects(Streams):
    """The verbs of objects; with every object goes what was begun with it."""

    def load(self, unique_identifier: str, *, for_change: bool = False) -> ManagedObject | None:
        """Read an object; its attributes are a copy."""
        self.require_whole()
        found = self._store.objects.get(unique_identifier)
        return None if found is None else replace(found, lazy=found.attributes.copy().freeze())

    def insert(self, new: ManagedObject) -> None:
        """Write a new object."""
        self.require_whole()
        object_row(new)
        objects, uid = self._store.objects, new.unique_identifier
        if uid in objects:
            raise self._fail("the database refused a row that contradicts another")
        objects[uid] = replace(new, lazy=new.attributes.copy())
        self._undo.append(lambda: objects.pop(uid))

    def replace(self, changed: ManagedObject) -> bool:
        """Write over the revision the object was read at; False when another change came first."""
        self.require_whole()
        object_row(changed)
        objects, uid = self._store.objects, changed.unique_identifier
        before = objects.get(uid)
        if before is None or before.revision != changed.revision:
            return False
        objects[uid] = replace(changed, lazy=changed.attributes.copy(), revision=changed.revision + 1)
        self._undo.append(lambda: objects.__setitem__(uid, before))
        return True

    def remove(self, gone: ManagedObject) -> bool:
        """Take out the revision the object was read at; False when another change came first."""
        self.require_whole()
        store, uid = self._store, gone.unique_identifier
        before = store.objects
        if uid not in before or before[uid].revision != gone.revision:
            return False
        # A copy, so that undoing keeps the order in which objects came.
        store.objects = {key: item for key, item in before.items() if key != uid}
        self._undo.append(lambda: setattr(store, "objects", before))
        return True

    def remove_every_object(self) -> int:
        """Remove every object; keys and audit trail stay."""
        self.require_whole()
        before = dict(self._store.objects)
        self._store.objects.clear()
        self._undo.append(lambda: self._store.objects.update(before))
        self._drop_streams(lambda row: True)
        return len(before)

    def locate(self, search: Search) -> Found:
        """Find objects, newest first."""
        self.require_whole()
        require_short(search)
        items = [item for item in self._store.objects.values() if matches(item, search)]
        if search.by_turn:
            items.sort(key=lambda item: (item.head.turn or 0, not item.head.fresh))
            return Found([item.unique_identifier for item in items[: search.maximum]])
        found = [item.unique_identifier for item in items]
        if not search.oldest_first:
            found.reverse()
        end = None if search.maximum is None else search.offset + search.maximum
        return Found(found[search.offset : end], len(found) if search.count else None)

    def due_for_rotation(self, now: int, most: int) -> list[str]:
        """Objects whose rotation is due, longest first."""
        self.require_whole()
        due = [
            (item.head.rotation_due, item.unique_identifier)
            for item in self._store.objects.values()
            if item.head.rotation_due is not None and item.head.rotation_due <= now and not item.head.archived
        ]
        return [uid for _, uid in sorted(due)[:most]]
