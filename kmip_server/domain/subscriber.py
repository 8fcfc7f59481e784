"""Whom the server tells of events by Notify and Put, and which (KMIP 2.1 §6.2: "information known to the server via
unspecified configuration or administrative mechanisms")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.subject import Subject
from kmip_server.spec.enums import ObjectType, QueryFunction
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import Version


class Event(Enum):
    """What can happen to an object; the values are the words of the configuration."""

    CREATION = "creation"
    CHANGE = "change"
    STATE = "state"
    DESTRUCTION = "destruction"
    ROTATION = "rotation"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One receiver. An empty set of types, owners or groups stands for all."""

    name: str
    subject: Subject
    """Whose rights it has: it is told only what this client might ask for."""
    version: Version
    """The protocol version that it is spoken to in; the newest, where it is asked."""
    events: frozenset[Event] = frozenset(Event)
    object_types: frozenset[ObjectType] = frozenset()
    owners: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    """Object Groups (2.1 §4.35)."""
    put: bool = False
    """New objects are sent whole, by Put."""
    discover_versions: bool = False
    """It is asked which versions it speaks, and spoken to in an older one than ``version`` where it must be."""
    query: tuple[QueryFunction, ...] = ()
    """What it is asked about itself (1.4 §5.3)."""
    takes: frozenset[ObjectType] = frozenset()
    """The object types that it supports, as it said itself; empty where it did not say, or was not asked."""
    wrapping_key: str = ""
    """The Unique Identifier of the key that keys are put wrapped by."""
    wrapping_key_name: str = ""
    """The Name of that key, instead; where both are empty, keys go in the clear."""

    def wants(self, event: Event, about: ManagedObject) -> bool:
        """Whether it is to be told."""
        return (
            event in self.events
            and (not self.object_types or about.object_type in self.object_types)
            and (not self.owners or about.owner in self.owners)
            and (not self.groups or not self.groups.isdisjoint(about.attributes.all(Tag.OBJECT_GROUP)))
        )
