"""A set of policies, compiled so that a decision is two lookups.

How the parts of a policy combine, for one subject, one type of object and one operation:

1. A policy without sections for groups: its preset decides for everybody.
2. A policy with sections for groups: for a subject in any group, the sections of its groups decide and nothing
   else; if the policy has none for them, nothing is allowed. For a subject without groups, the preset decides.
3. Among the sections that decide, DISALLOW_ALL in one of them denies; else ALLOW_ALL in one allows; else
   ALLOW_OWNER in one allows the owner; else nothing is allowed.

PyKMIP, whose files these are, differs twice: there a policy without sections for groups shuts every member of
any group out (with ``default``, of what is their own), and a DISALLOW_ALL of one group gives way to another
group that allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from kmip_server.domain.policy.rows import (
    ADMINISTRATIVE,
    BUILT_IN,
    WITHOUT_OBJECT,
    OperationPolicy,
    Permission,
    Section,
    ServerPolicy,
)
from kmip_server.spec.enums import ObjectType, Operation

_Value = TypeVar("_Value")


class Decision(NamedTuple):
    """Whether something is allowed, and the rule that says so."""

    allowed: bool
    rule: str


class Verdict(NamedTuple):
    """Both answers to one question; indexed by whether the subject is the owner."""

    other: Decision
    owner: Decision


class Source(NamedTuple):
    """A file that policies were read from."""

    name: str
    sha256: str


class Compiled(NamedTuple):
    """A policy as it is for the members of a set of groups."""

    verdicts: Mapping[tuple[ObjectType, Operation], Verdict]
    seen_by_other: frozenset[ObjectType]
    """Types of objects with which somebody who is not their owner may do anything at all."""


class Locatable(NamedTuple):
    """Pairs of policy and type that members of a set of groups may locate."""

    own: frozenset[tuple[str, ObjectType]]
    """If they own the object."""
    any: frozenset[tuple[str, ObjectType]]
    """Whoever owns it."""


_MOST_REMEMBERED = 4096
"""Compiled policies that are kept; there are rarely more than a handful of sets of groups."""


class Policies:
    """All operation policies, never changed; taking up new ones means building another."""

    __slots__ = ("_compiled", "_found", "_policies", "_without_object", "digest", "server", "sources")

    def __init__(
        self,
        policies: Mapping[str, OperationPolicy] | None = None,
        server: ServerPolicy | None = None,
        sources: tuple[Source, ...] = (),
        digest: str = "",
    ) -> None:
        """Take policies beside the built-in ones; ValueError when one would replace those."""
        reserved = sorted(BUILT_IN.keys() & (policies or {}).keys())
        if reserved:
            raise ValueError(f'the policy "{reserved[0]}" is the standard\'s own and cannot be defined anew')
        self._policies: Mapping[str, OperationPolicy] = MappingProxyType({**BUILT_IN, **(policies or {})})
        self.server = server or ServerPolicy()
        self.sources = sources
        self.digest = digest
        """SHA-256 of what was read, hexadecimal; for the log and the audit trail."""
        self._compiled: dict[tuple[str, frozenset[str]], Compiled] = {}
        self._found: dict[frozenset[str], Locatable] = {}
        self._without_object: dict[tuple[frozenset[str], Operation], Decision] = {}

    @property
    def names(self) -> frozenset[str]:
        """Every Operation Policy Name that has a policy."""
        return frozenset(self._policies)

    def compiled(self, policy_name: str, groups: frozenset[str]) -> Compiled | None:
        """A policy as it is for the members of these groups; None when there is none of that name."""
        key = (policy_name, groups)
        known = self._compiled.get(key)
        if known is None:
            policy = self._policies.get(policy_name)
            if policy is None:
                return None
            known = _remember(self._compiled, key, _compile(policy_name, policy, groups))
        return known

    def locatable(self, groups: frozenset[str]) -> Locatable:
        """What members of these groups may locate."""
        known = self._found.get(groups)
        if known is None:
            verdicts = {
                (name, object_type): verdict
                for name, policy in self._policies.items()
                for (object_type, operation), verdict in _compile(name, policy, groups).verdicts.items()
                if operation is Operation.LOCATE
            }
            own = frozenset(pair for pair, verdict in verdicts.items() if verdict.owner.allowed)
            anyone = frozenset(pair for pair, verdict in verdicts.items() if verdict.other.allowed)
            known = _remember(self._found, groups, Locatable(own, anyone))
        return known

    def without_object(self, groups: frozenset[str], operation: Operation) -> Decision:
        """What members of these groups are told when they ask for an operation that needs no object."""
        key = (groups, operation)
        known = self._without_object.get(key)
        if known is None:
            known = _remember(self._without_object, key, _decide_server(self.server, groups, operation))
        return known


def _remember(memory: dict[Any, Any], key: Any, value: _Value) -> _Value:
    if len(memory) >= _MOST_REMEMBERED:
        memory.clear()
    memory[key] = value
    return value


def _compile(name: str, policy: OperationPolicy, groups: frozenset[str]) -> Compiled:
    sections = dict(_sections(name, policy, groups))
    pairs = {
        (object_type, operation)
        for section in sections.values()
        for object_type, row in section.items()
        for operation in row
    }
    verdicts = {pair: _verdict(sections, *pair) for pair in pairs}
    seen = frozenset(object_type for (object_type, _), verdict in verdicts.items() if verdict.other.allowed)
    return Compiled(MappingProxyType(verdicts), seen)


def _sections(name: str, policy: OperationPolicy, groups: frozenset[str]) -> Iterator[tuple[str, Section]]:
    """The sections that decide, each with the words that begin the name of its rules."""
    if policy.groups is None or not groups:
        yield name, policy.preset
    else:
        for group in sorted(groups & policy.groups.keys()):
            yield f"group {group}: {name}", policy.groups[group]


def _verdict(sections: Mapping[str, Section], object_type: ObjectType, operation: Operation) -> Verdict:
    said: dict[Permission, str] = {}
    for prefix, section in sections.items():
        permission = section.get(object_type, {}).get(operation)
        if permission is not None:
            said.setdefault(permission, f"{prefix}/{object_type.name}/{operation.name}: {permission.name}")
    for permission, allowed in ((Permission.DISALLOW_ALL, False), (Permission.ALLOW_ALL, True)):
        if permission in said:
            decision = Decision(allowed, said[permission])
            return Verdict(decision, decision)
    rule = said[Permission.ALLOW_OWNER]
    return Verdict(Decision(False, f"{rule} (not the owner)"), Decision(True, f"{rule} (owner)"))


def _decide_server(server: ServerPolicy, groups: frozenset[str], operation: Operation) -> Decision:
    """Decide over an operation that needs no object; the sections combine as for objects, without an owner."""
    nothing_said = Decision(False, f"without object/{operation.name}: no rule")
    named = [server.preset, *(server.groups or {}).values()]
    if operation not in WITHOUT_OBJECT:
        return nothing_said
    if not any(operation in row for row in named):
        open_to_all = Decision(True, f"without object/{operation.name}: ALLOW_ALL")
        return nothing_said if operation in ADMINISTRATIVE else open_to_all
    if server.groups is None or not groups:
        sections = {"": server.preset}
    else:
        sections = {f"group {group}: ": server.groups[group] for group in sorted(groups & server.groups.keys())}
    said = {
        row[operation]: f"{prefix}without object/{operation.name}: {row[operation].name}"
        for prefix, row in sections.items()
        if operation in row
    }
    for permission, allowed in ((Permission.DISALLOW_ALL, False), (Permission.ALLOW_ALL, True)):
        if permission in said:
            return Decision(allowed, said[permission])
    return nothing_said
