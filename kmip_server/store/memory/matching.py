"""Whether a search finds an object: the rules of Locate (2.1 §6.1.28) in the plainest words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kmip_server.domain.lifecycle import DESTROYED, effective_state
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import IN_HEAD, LARGEST_DATE, Comparison, Filter, Search, Term, index_terms
from kmip_server.spec.attribute_values import AttributeKey
from kmip_server.spec.enums import ObjectGroupMember
from kmip_server.spec.tags import Tag

Instances = dict[AttributeKey, dict[int, set[Term]]]


def matches(item: ManagedObject, search: Search) -> bool:
    """Whether a search finds an object: the rules of 2.1 §6.1.28, in the plainest words."""
    pair = (item.head.operation_policy_name, item.object_type)
    visibility = search.visibility
    if not (pair in visibility.any or (item.owner == visibility.owner and pair in visibility.own)):
        return False
    instances = instances_of(item, search.now)
    return (
        _stored_as_asked(item, search)
        and (search.member is None or _member_as_asked(item, instances, search.member))
        and all(_satisfies(instances.get(each.key, {}), each) for each in search.filters)
    )


def instances_of(item: ManagedObject, now: int) -> Instances:
    """For every attribute its instances, each with its terms."""
    instances: Instances = {}
    for key, index, term in index_terms(item.attributes):
        instances.setdefault(key, {}).setdefault(index, set()).add(term)
    head = item.head
    state = effective_state(head.state, head.activation_date, head.deactivation_date, now)
    instances[Tag.UNIQUE_IDENTIFIER] = {0: {Term("", item.unique_identifier)}}
    instances[Tag.OBJECT_TYPE] = {0: {Term("", int(item.object_type))}}
    if state is not None:
        instances[Tag.STATE] = {0: {Term("", int(state))}}
    for tag, name in IN_HEAD.items():
        value = getattr(head, name)
        if value is not None:
            instances[tag] = {0: {Term("", value if isinstance(value, str) else int(value))}}
    return instances


def _stored_as_asked(item: ManagedObject, search: Search) -> bool:
    destroyed = item.head.state in DESTROYED
    if destroyed and not search.destroyed:
        return False
    if item.head.archived and not search.archived:
        return False
    return destroyed or item.head.archived or search.on_line


def _member_as_asked(item: ManagedObject, instances: Instances, member: ObjectGroupMember) -> bool:
    return Tag.OBJECT_GROUP in instances and (item.head.fresh or member is not ObjectGroupMember.GROUP_MEMBER_FRESH)


def _satisfies(instances: dict[int, set[Term]], asked: Filter) -> bool:
    if asked.comparison is Comparison.NEVER:
        return False
    if asked.comparison is Comparison.ABSENT:
        return all(LARGEST_DATE in _numbers(terms, "") for terms in instances.values())
    compare = _COMPARE[asked.comparison]
    return any(compare(terms, asked.terms) for terms in instances.values())


def _numbers(terms: set[Term], field: str) -> list[int]:
    return [value for name, value in terms if name == field and isinstance(value, int)]


def _equal(held: set[Term], asked: Sequence[Term]) -> bool:
    return held.issuperset(asked)


def _between(held: set[Term], asked: Sequence[Term]) -> bool:
    (field, low), (_, high) = asked
    return any(low <= number <= high for number in _numbers(held, field))  # type: ignore[operator]


def _all_bits(held: set[Term], asked: Sequence[Term]) -> bool:
    return all(
        isinstance(bits, int) and any(number & bits == bits for number in _numbers(held, field))
        for field, bits in asked
    )


def _at_least(held: set[Term], asked: Sequence[Term]) -> bool:
    return all(
        isinstance(least, int) and any(number >= least for number in _numbers(held, field)) for field, least in asked
    )


_COMPARE: dict[Comparison, Callable[[set[Term], Sequence[Term]], bool]] = {
    Comparison.EQUAL: _equal,
    Comparison.BETWEEN: _between,
    Comparison.ALL_BITS: _all_bits,
    Comparison.AT_LEAST: _at_least,
}
