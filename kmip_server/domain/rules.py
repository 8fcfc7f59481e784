"""What administrators set for every new object: defaults and constraints (KMIP 2.1 §6.1.52, §6.1.53, §7.6, §7.22).

Defaults stand in for attributes that the client leaves out; those for the object's own groups come before those
for every group. A constraint holds for objects of its types and in its groups, all of them where it names none.
The standard leaves open what its attributes ask; here each value of an attribute that a constraint names must be
one that it lists, and there must be one. A mask of usages limits: no bit outside of what is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.spec.attribute_values import AttributeItem, AttributeKey, Attributes, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import CryptographicAlgorithm, ObjectType
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.query import Constraint, Constraints, DefaultsInformation, ObjectDefaults, ObjectGroups
from kmip_server.spec.tags import Tag


def _factory(object_type: ObjectType, algorithm: CryptographicAlgorithm, bits: int, mask: int) -> ObjectDefaults:
    pairs = (Tag.CRYPTOGRAPHIC_ALGORITHM, algorithm), (Tag.CRYPTOGRAPHIC_LENGTH, bits)
    items = [*pairs, (Tag.CRYPTOGRAPHIC_USAGE_MASK, mask)]
    return ObjectDefaults(object_type=object_type, attributes=Attributes([AttributeItem(*each) for each in items]))


FACTORY = DefaultsInformation(
    object_defaults=[
        _factory(ObjectType.SYMMETRIC_KEY, CryptographicAlgorithm.AES, 256, Mask.ENCRYPT | Mask.DECRYPT),
        _factory(ObjectType.PUBLIC_KEY, CryptographicAlgorithm.RSA, 2048, Mask.VERIFY),
        _factory(ObjectType.PRIVATE_KEY, CryptographicAlgorithm.RSA, 2048, Mask.SIGN),
    ]
)
"""What keys are where neither the client nor an administrator says it (2.1 §4, Table 28 of 2.0)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The defaults and the constraints that hold now; never changed."""

    defaults: DefaultsInformation = field(default_factory=DefaultsInformation)
    constraints: Constraints = field(default_factory=Constraints)

    def fill(self, attributes: AttributeMap, object_type: ObjectType) -> None:
        """Give an object that is being made what the client left out, as an administrator wants it."""
        if self.defaults is not FACTORY and self.defaults.object_defaults:
            self._fill(attributes, object_type)

    def supply(self, attributes: AttributeMap, object_type: ObjectType) -> None:
        """Give a key that the server makes what the client left out, where no administrator has said anything.

        A length belongs to the algorithm beside it: a client that names another algorithm gets none.
        """
        if self.defaults is FACTORY:
            named = attributes.one(Tag.CRYPTOGRAPHIC_ALGORITHM)
            length = attributes.one(Tag.CRYPTOGRAPHIC_LENGTH)
            self._fill(attributes, object_type)
            if named is not None:
                attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, length)

    def _fill(self, attributes: AttributeMap, object_type: ObjectType) -> None:
        said = set(attributes)
        groups = frozenset(attributes.all(Tag.OBJECT_GROUP))
        for entry in self._fitting(object_type, groups):
            here: set[AttributeKey] = set()
            for item in _items(entry):
                if item.key in said:
                    continue
                here.add(item.key)
                if isinstance(item.key, VendorName) or ATTRIBUTES[item.key].many:
                    attributes.add(item.key, item.value)
                else:
                    attributes.put(item.key, item.value)
            said |= here

    def _fitting(self, object_type: ObjectType, groups: frozenset[str]) -> Iterator[ObjectDefaults]:
        fitting = [entry for entry in self.defaults.object_defaults if object_type in types_of(entry)]
        yield from (entry for entry in fitting if groups_of(entry.object_groups) & groups)
        yield from (entry for entry in fitting if not groups_of(entry.object_groups))

    def violations(self, attributes: AttributeMap, object_type: ObjectType) -> set[tuple[int, AttributeKey]]:
        """What an object of these attributes violates: the place of each constraint, and the attribute."""
        if not self.constraints.constraint:
            return set()
        groups = frozenset(attributes.all(Tag.OBJECT_GROUP))
        return {
            (place, key)
            for place, constraint in enumerate(self.constraints.constraint)
            if _concerns(constraint, object_type, groups)
            for key, listed in _listed(constraint).items()
            if not _is_met(key, listed, attributes.all(key))
        }


def types_of(entry: ObjectDefaults) -> frozenset[ObjectType]:
    """The object types that an entry of the defaults is for."""
    several = () if entry.object_types is None else entry.object_types.object_type
    return frozenset([*several] if entry.object_type is None else [entry.object_type, *several])


def groups_of(groups: ObjectGroups | None) -> frozenset[str]:
    """The groups named; none means whatever the group."""
    return frozenset(() if groups is None else groups.object_group)


def _items(entry: ObjectDefaults | Constraint) -> Iterable[AttributeItem]:
    return () if entry.attributes is None else entry.attributes.items


def _concerns(constraint: Constraint, object_type: ObjectType, groups: frozenset[str]) -> bool:
    types = () if constraint.object_types is None else constraint.object_types.object_type
    named = groups_of(constraint.object_groups)
    return (not types or object_type in types) and (not named or bool(named & groups))


def _listed(constraint: Constraint) -> dict[AttributeKey, list[Any]]:
    listed: dict[AttributeKey, list[Any]] = {}
    for item in _items(constraint):
        listed.setdefault(item.key, []).append(item.value)
    return listed


def _is_met(key: AttributeKey, listed: list[Any], held: list[Any]) -> bool:
    if key is Tag.CRYPTOGRAPHIC_USAGE_MASK:
        return bool(held) and any(not int(held[0]) & ~int(mask) for mask in listed)
    return bool(held) and all(value in listed for value in held)
