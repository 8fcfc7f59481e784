"""The shape of a row of the attribute table: the columns of the standard's own table of rules (KMIP 2.1 §4)."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import Flag, auto

from kmip_server.spec.enums import ObjectType, Operation, State
from kmip_server.spec.schema import Kind
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_4, V2_0, V3_0, Version


class SetBy(Flag):
    """Who gives the attribute its first value ("Initially set by")."""

    CLIENT = auto()
    SERVER = auto()


@dataclass(frozen=True, slots=True)
class May:
    """Whether, and while what holds, an attribute may be changed or deleted ("Modifiable by", "Deletable by")."""

    ever: bool
    while_in: frozenset[State] | None = None
    """The states in which it may; None: whatever the state. An object that has no state is in none of the others."""
    before_own_date: bool = False
    """Only as long as the date that the attribute holds has not been reached (2.1 §4.40, §4.41)."""
    before_allocation: bool = False
    """Only as long as Get Usage Allocation has not been performed (2.1 §4.59)."""
    by_its_maker: bool = False
    """Only by the side, client or server, that created the attribute (1.4 §3.39)."""
    if_absent: bool = False
    """Only if there is no value, or the client left the value's data out (2.1 §4.2, §4.4)."""


@dataclass(frozen=True, slots=True)
class Always:
    """Whether an attribute always has a value ("SHALL always have a value")."""

    required: bool
    except_for: frozenset[ObjectType] = frozenset()
    since: Version = V1_0
    if_readable: bool = False
    """Only if the server has access to the bytes that the value is computed from (2.1 §4.21)."""


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """What the standard says of one attribute; a column left out has the commonest value."""

    tag: Tag
    kind: Kind
    section: str
    """Where the standard prints it last, e.g. ``2.1 §4.32``."""
    _: KW_ONLY
    since: Version = V1_0
    until: Version = V3_0
    always: Always = Always(required=False)
    set_by: SetBy = SetBy.SERVER
    server_may_modify: May = May(ever=False)
    client_may_modify: May = May(ever=False)
    client_may_delete: May = May(ever=False)
    many: bool = False
    objects: frozenset[ObjectType] = frozenset(ObjectType)
    objects_before_2: frozenset[ObjectType] | None = None
    """The object types of 1.x, where they differ from ``objects``."""
    objects_in_1_4: frozenset[ObjectType] | None = None
    """Those of 1.4, where its errata widened them."""
    implicitly_set_by: frozenset[Operation] = frozenset()
    kind_since_3: Kind | None = None
    """What it holds since 3.0, where that changed."""

    @property
    def name(self) -> str:
        """The name as the standard prints it, which is the Attribute Name of 1.x messages (1.4 §3)."""
        return self.tag.title

    def in_version(self, version: Version) -> bool:
        """Whether the version defines the attribute."""
        return self.since <= version <= self.until

    def kind_in(self, version: Version) -> Kind:
        """What the attribute holds in the version."""
        return self.kind_since_3 if self.kind_since_3 is not None and version >= V3_0 else self.kind

    def applies_to(self, object_type: ObjectType, version: Version) -> bool:
        """Whether objects of the type can have the attribute in the version ("Applies to Object Types")."""
        narrower = self.objects_before_2 if version < V2_0 else None
        if version == V1_4 and self.objects_in_1_4 is not None:
            narrower = self.objects_in_1_4
        return object_type in (self.objects if narrower is None else narrower)

    def always_in(self, object_type: ObjectType, version: Version) -> bool:
        """Whether an object of the type always has a value (``always.if_readable`` may still excuse it)."""
        return (
            self.always.required
            and version >= self.always.since
            and object_type not in self.always.except_for
            and self.applies_to(object_type, version)
        )

    @property
    def client_may_set(self) -> bool:
        """Whether a client may give the first value, at creation or later."""
        return SetBy.CLIENT in self.set_by
