"""The attributes of one object: for each key its instances, each with the index it keeps for life.

KMIP 1.4 §2.1.1: indices start with 0 and do not change when other instances come and go. 2.x has no
index; there an instance is found by its value.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kmip_server.spec.attribute_values import AttributeKey


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of an attribute."""

    index: int
    value: Any


class AttributeMap:
    """Attribute key to instances, in the order in which they were set. Change a copy, never a shared map."""

    __slots__ = ("_frozen", "_instances")

    def __init__(self, instances: dict[AttributeKey, list[Instance]] | None = None) -> None:
        self._instances: dict[AttributeKey, list[Instance]] = {} if instances is None else instances
        self._frozen = False

    def __contains__(self, key: AttributeKey) -> bool:
        return key in self._instances

    def __iter__(self) -> Iterator[AttributeKey]:
        return iter(self._instances)

    def __len__(self) -> int:
        return len(self._instances)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AttributeMap) and self._instances == other._instances

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"AttributeMap({', '.join(map(str, self._instances))})"

    def one(self, key: AttributeKey) -> Any:
        """The value of the instance with the lowest index, or None."""
        found = self._instances.get(key)
        return found[0].value if found else None

    def firsts(self, keys: Iterable[AttributeKey]) -> list[Any]:
        """What :meth:`one` gives for each of the keys."""
        get = self._instances.get
        return [found[0].value if (found := get(key)) else None for key in keys]

    def all(self, key: AttributeKey) -> list[Any]:
        """The values of every instance."""
        return [instance.value for instance in self._instances.get(key, ())]

    def instances(self, key: AttributeKey) -> tuple[Instance, ...]:
        """Every instance, lowest index first."""
        return tuple(self._instances.get(key, ()))

    def every(self) -> ItemsView[AttributeKey, list[Instance]]:
        """Every attribute with its instances; not to be changed."""
        return self._instances.items()

    def at(self, key: AttributeKey, index: int) -> Instance | None:
        """The instance with this index, or None."""
        for instance in self._instances.get(key, ()):
            if instance.index == index:
                return instance
        return None

    def freeze(self) -> AttributeMap:
        """Refuse changes from now on: a map that several readers share. Copies can be changed."""
        self._frozen = True
        return self

    def _require_own(self) -> None:
        if self._frozen:
            raise TypeError("this attribute map is shared; change a copy")

    def copy(self) -> AttributeMap:
        """A map that can be changed without changing this one."""
        return AttributeMap({key: list(found) for key, found in self._instances.items()})

    def put(self, key: AttributeKey, value: Any) -> None:
        """Set a single-instance attribute; None removes it."""
        self._require_own()
        if value is None:
            self._instances.pop(key, None)
        else:
            self._instances[key] = [Instance(0, value)]

    def fill(self, values: Mapping[AttributeKey, Any]) -> None:
        """Set many single-instance attributes; those whose value is None are left as they are."""
        self._require_own()
        instances = self._instances
        for key, value in values.items():
            if value is not None:
                instances[key] = [Instance(0, value)]

    def add(self, key: AttributeKey, value: Any) -> int:
        """Add an instance; return the index it got."""
        self._require_own()
        found = self._instances.setdefault(key, [])
        index = found[-1].index + 1 if found else 0
        found.append(Instance(index, value))
        return index

    def keep(self, key: AttributeKey, index: int, value: Any) -> None:
        """Put back an instance with the index it had: for reading what was stored."""
        self._require_own()
        self._instances.setdefault(key, []).append(Instance(index, value))

    def replace(self, key: AttributeKey, index: int, value: Any) -> None:
        """Change the value of an instance; KeyError when there is none with this index."""
        self._require_own()
        found = self._instances[key]
        for position, instance in enumerate(found):
            if instance.index == index:
                found[position] = Instance(index, value)
                return
        raise KeyError(index)

    def remove(self, key: AttributeKey, index: int) -> Any:
        """Remove an instance and return its value; KeyError when there is none with this index."""
        self._require_own()
        found = self._instances[key]
        for position, instance in enumerate(found):
            if instance.index == index:
                del found[position]
                if not found:
                    del self._instances[key]
                return instance.value
        raise KeyError(index)

    def remove_all(self, key: AttributeKey) -> None:
        """Remove every instance, if there is any."""
        self._require_own()
        self._instances.pop(key, None)
