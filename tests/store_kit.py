"""Stores of every kind for tests, and objects and searches to try them with.

backend = open_backend("sqlite", tmp_path)   # "memory", "sqlite" or "postgres"
store, other = backend.open(), backend.open()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import Body, ManagedObject, head_of
from kmip_server.domain.search import Comparison, Filter, Search, Visibility, terms_of
from kmip_server.packing import WireCodec
from kmip_server.ports import AuditRow, ChainHead, Store
from kmip_server.spec.attribute_values import AttributeKey
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import NameType, ObjectType, State
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.tags import Tag
from kmip_server.store import open_store, upgrade
from kmip_server.store.memory import MemoryStore
from tests.postgres import postgres_database

CODEC = WireCodec()
ALL = ("memory", "sqlite", "postgres")
DATABASES = ("sqlite", "postgres")

ALICE, BOB = "CN=alice", "CN=bob"
NOW = 1_700_000_000
EVERY_TYPE = frozenset(("default", object_type) for object_type in ObjectType)
HERS = Visibility(ALICE, EVERY_TYPE, frozenset())
EVERYBODYS = Visibility(ALICE, frozenset(), EVERY_TYPE)


class Backend:
    """A database, and stores over it."""

    def __init__(self, name: str, url: str | None) -> None:
        self.name = name
        self._url = url
        self._memory = MemoryStore()
        self._opened: list[Store] = []

    @property
    def url(self) -> str:
        assert self._url is not None
        return self._url

    def open(self) -> Store:
        """A store of its own connection; in memory there is but one."""
        store = self._memory if self._url is None else open_store(self._url, CODEC)
        self._opened.append(store)
        return store

    def close(self) -> None:
        for store in self._opened:
            store.close()


@contextmanager
def open_backend(name: str, folder: Path) -> Iterator[Backend]:
    """A database of its own, with its tables."""
    url = None
    if name == "sqlite":
        url = f"sqlite:///{folder}/kmip.db"
        upgrade(url)
    elif name == "postgres":
        url = postgres_database(upgraded=True)
    backend = Backend(name, url)
    try:
        yield backend
    finally:
        backend.close()


def managed(
    uid: str,
    *set_up: Callable[[AttributeMap], object],
    object_type: ObjectType = ObjectType.SYMMETRIC_KEY,
    owner: str = ALICE,
    state: State | None = State.ACTIVE,
    archived: bool = False,
    body: Body | None = None,
    **plain: Any,
) -> ManagedObject:
    """An object; single attributes by their tag's name, as ``cryptographic_length=256``."""
    attributes = AttributeMap()
    attributes.put(Tag.UNIQUE_IDENTIFIER, uid)
    attributes.put(Tag.OBJECT_TYPE, object_type)
    attributes.put(Tag.STATE, state)
    attributes.put(Tag.INITIAL_DATE, NOW)
    for name, value in plain.items():
        attributes.put(Tag[name.upper()], value)
    for each in set_up:
        each(attributes)
    head = head_of(attributes, archived=archived)
    return ManagedObject(uid, object_type, owner, head, attributes, body or Body(b"form", b"sealed", True))


def named(*texts: str, name_type: NameType = NameType.UNINTERPRETED_TEXT_STRING) -> Callable[[AttributeMap], object]:
    """Set Names."""
    return lambda attributes: [attributes.add(Tag.NAME, Name(name_value=text, name_type=name_type)) for text in texts]


def adding(key: AttributeKey, *values: Any) -> Callable[[AttributeMap], object]:
    """Add instances of an attribute."""
    return lambda attributes: [attributes.add(key, value) for value in values]


def equal(key: AttributeKey, value: Any) -> Filter:
    """The filter for a value."""
    return Filter(key, Comparison.EQUAL, terms_of(value))


def search(*filters: Filter, visibility: Visibility = HERS, now: int = NOW, **more: Any) -> Search:
    """A search of Alice's."""
    return Search(visibility, now, tuple(filters), **more)


def insert(store: Store, *objects: ManagedObject) -> None:
    """Keep objects, each newer than the one before."""
    with store.transaction() as tx:
        for each in objects:
            tx.insert(each)


def locate(store: Store, *filters: Filter, **more: Any) -> list[str]:
    """What a search finds."""
    with store.transaction() as tx:
        return tx.locate(search(*filters, **more)).unique_identifiers


def links(head: ChainHead, count: int, text: str = "Get") -> list[AuditRow]:
    """Rows that continue an audit chain."""
    rows: list[AuditRow] = []
    previous = head.hash
    for number in range(head.sequence + 1, head.sequence + 1 + count):
        digest = number.to_bytes(32, "big")
        rows.append(AuditRow(number, NOW * 1_000_000 + number, (ALICE, text, ""), previous, digest))
        previous = digest
    return rows


STANDARD_ATTRIBUTES = sorted(ATTRIBUTES, key=int)
