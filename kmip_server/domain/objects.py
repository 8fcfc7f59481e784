"""The managed object as the engine, the operations and the store share it.

An object is its attributes, the form of its structure (everything but the secret) and the sealed
secret. What decisions need on the hot path (state, dates, mask, policy) stands beside the attributes
as a :class:`Head`, projected from them in one place, :func:`head_of`, so that a use of a key need not
unpack its attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.rotation import rotation_due
from kmip_server.spec.enums import CryptographicAlgorithm, ObjectType, State
from kmip_server.spec.tags import Tag


class Head(NamedTuple):
    """What decides over an object, projected from its attributes; dates are seconds since 1970, UTC."""

    state: State | None
    """As last written; :func:`~kmip_server.domain.lifecycle.effective_state` adds what time did since."""
    operation_policy_name: str
    cryptographic_usage_mask: int | None
    cryptographic_algorithm: CryptographicAlgorithm | None
    cryptographic_length: int | None
    activation_date: int | None
    deactivation_date: int | None
    process_start_date: int | None
    protect_stop_date: int | None
    destroy_date: int | None
    initial_date: int
    archived: bool
    sensitive: bool
    extractable: bool
    limited: bool
    """Has Usage Limits."""
    parameterised: bool
    """Has Cryptographic Parameters."""
    fresh: bool = False
    """Has not been handed out yet (2.1 §4.24)."""
    rotation_due: int | None = None
    """When the server must rotate it (2.1 §4.51)."""
    turn: int | None = None
    """When, in microseconds, it was last handed out as the default member of its group; None: it never was found so."""


DEFAULT_POLICY = "default"
"""The Operation Policy Name of an object that names none (1.4 §3.18)."""


def head_of(attributes: AttributeMap, *, archived: bool = False, turn: int | None = None) -> Head:
    """Project what decisions need from the attributes."""
    state, policy, *facts = attributes.firsts(_AS_THEY_ARE)
    initial, sensitive, extractable, fresh = attributes.firsts(_TURNED)
    return Head._make(
        (
            state,
            policy or DEFAULT_POLICY,
            *facts,
            initial or 0,
            archived,
            bool(sensitive),
            True if extractable is None else bool(extractable),
            Tag.USAGE_LIMITS in attributes,
            Tag.CRYPTOGRAPHIC_PARAMETERS in attributes,
            bool(fresh),
            rotation_due(attributes) if Tag.ROTATE_AUTOMATIC in attributes else None,
            turn,
        )
    )


_AS_THEY_ARE = tuple(Tag[name.upper()] for name in Head._fields[: Head._fields.index("initial_date")])
"""The attributes that a head begins with."""
_TURNED = (Tag.INITIAL_DATE, Tag.SENSITIVE, Tag.EXTRACTABLE, Tag.FRESH)
"""Those of which it has what they mean where they are absent."""


class Lazy:
    """Attributes that are put together when first asked for; shared by all who read the object, and so frozen."""

    __slots__ = ("_make", "_map")

    def __init__(self, make: Callable[[], AttributeMap]) -> None:
        self._make = make
        self._map: AttributeMap | None = None

    @property
    def map(self) -> AttributeMap:
        """The attributes."""
        if self._map is None:
            self._map = self._make().freeze()
        return self._map


@dataclass(frozen=True, slots=True)
class Body:
    """What is stored of the object itself."""

    form: bytes
    """The object's structure with its secret left out, packed; tells format, algorithm, length, wrapping."""
    sealed: bytes | None
    """The secret, sealed under a key-encryption key; None when destroyed or never here (Key Value Location)."""
    trusted: bool
    """True when this server made the key or checked it once; an unchecked key is refused when it is used."""


@dataclass(frozen=True, slots=True)
class ManagedObject:
    """An object as it stands in the store; changed by making another one."""

    unique_identifier: str
    object_type: ObjectType
    owner: str
    head: Head
    lazy: Lazy | AttributeMap
    body: Body
    revision: int = 0
    """Counts changes; a change is written only over the revision it was made from."""

    @property
    def attributes(self) -> AttributeMap:
        """The object's attributes; change a copy and give it to :meth:`with_attributes`."""
        return self.lazy.map if isinstance(self.lazy, Lazy) else self.lazy

    def with_attributes(self, attributes: AttributeMap) -> ManagedObject:
        """The same object with other attributes, its head projected anew."""
        head = head_of(attributes, archived=self.head.archived, turn=self.head.turn)
        return replace(self, lazy=attributes, head=head)

    def with_body(self, body: Body) -> ManagedObject:
        """The same object with another body."""
        return replace(self, body=body)

    def with_archived(self, archived: bool) -> ManagedObject:
        """The same object, on line or archived."""
        return replace(self, head=self.head._replace(archived=archived))

    def with_turn(self, turn: int) -> ManagedObject:
        """The same object, behind the members of its group that were handed out before."""
        return replace(self, head=self.head._replace(turn=turn))
