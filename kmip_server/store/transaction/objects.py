"""Managed objects with their search terms: load, insert, replace, remove, Locate."""

from __future__ import annotations

from kmip_server.domain.objects import Lazy, ManagedObject
from kmip_server.domain.search import Found, Search
from kmip_server.store.rows import (
    IN_COLUMNS,
    TermRow,
    column_values,
    object_of,
    object_row,
    storable,
    term_rows,
)
from kmip_server.store.transaction.held import HeldTransaction

MOST_SEEN = 8192
"""How many objects a store remembers as it read them, sealed; a few kilobytes each."""


class Objects(HeldTransaction):
    """The verbs of objects."""

    __slots__ = ()

    def load(self, unique_identifier: str, *, for_change: bool = False) -> ManagedObject | None:
        """Read an object; attributes are unpacked when first asked for."""
        seen = self._store.seen
        found = seen.get(unique_identifier)
        if found is not None and self._failure is None:
            return found
        if not storable(unique_identifier):
            return None
        row = self._one(self._sql.load_for_change if for_change else self._sql.load, (unique_identifier,))
        if row is None:
            return None
        found = object_of(row, self._store.codec.unpack)
        # What this transaction wrote may yet be undone: it is not remembered.
        if self._store.remembers and unique_identifier not in self._changed:
            if len(seen) >= MOST_SEEN:
                seen.clear()
            seen[unique_identifier] = found
        return found

    def insert(self, new: ManagedObject) -> None:
        """Write a new object and its search terms."""
        row = object_row(new)
        row.append(self._store.codec.pack(new.attributes, IN_COLUMNS))
        row += column_values(new.attributes)
        terms = term_rows(new.attributes)
        self._changed.add(new.unique_identifier)
        self._mark()
        number = self._one(self._sql.insert_object, row)[0]
        self._many(self._sql.insert_term, [(number, *term) for term in terms])

    def replace(self, changed: ManagedObject) -> bool:
        """Write over the revision the object was read at, and count it up; False when another came first.

        Attributes that nobody asked to change are not written again, and of the terms only those that differ.
        """
        row = object_row(changed)
        self._changed.add(changed.unique_identifier)
        self._store.seen.pop(changed.unique_identifier, None)
        values = [row[2], *row[4:]]
        where = (changed.unique_identifier, changed.revision)
        self._mark()
        if isinstance(changed.lazy, Lazy):
            return self._one(self._sql.replace_but_attributes, (*values, *where)) is not None
        packed = self._store.codec.pack(changed.lazy, IN_COLUMNS)
        terms = set(term_rows(changed.lazy))
        found = self._one(self._sql.replace, (*values, packed, *column_values(changed.lazy), *where))
        if found is None:
            return False
        number = found[0]
        before = {TermRow(*term) for term in self._all(self._sql.terms, (number,))}
        self._many(self._sql.delete_term, [(number, *term[:4]) for term in before - terms])
        self._many(self._sql.insert_term, [(number, *term) for term in terms - before])
        return True

    def remove(self, gone: ManagedObject) -> bool:
        """Take out the revision the object was read at, with its search terms."""
        self._changed.add(gone.unique_identifier)
        self._store.seen.pop(gone.unique_identifier, None)
        self._mark()
        found = self._one(self._sql.delete_object, (gone.unique_identifier, gone.revision))
        if found is None:
            return False
        self._run(self._sql.delete_terms, (found[0],))
        return True

    def remove_every_object(self) -> int:
        """Remove every object with its search terms; keys and audit trail stay."""
        self._mark()
        self._store.seen.clear()
        self._run(self._sql.delete_every_stream)
        self._run(self._sql.delete_every_term)
        return self._run(self._sql.delete_every_object).rowcount

    def locate(self, search: Search) -> Found:
        """Find objects with one statement; raises InvalidField for a search that is too long."""
        located = self._store.locator.statement(search)
        if located is None:
            return Found(located_items=0 if search.count else None)
        rows = self._all(*located)
        if not search.count:
            return Found([row[0] for row in rows])
        return Found([row[1] for row in rows if row[1] is not None], rows[0][0])

    def due_for_rotation(self, now: int, most: int) -> list[str]:
        """Objects whose rotation is due, longest first, held until this transaction ends."""
        return [row[0] for row in self._all(self._sql.due, (now, most))]
