"""The conditions of a search in SQL: one function for each comparison, one for each rule of Locate.

A condition is written for the *shape* of a search; its values are parameters, named after the place where
they stand in the list of a search's values (see ``locate.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    FromClause,
    LargeBinary,
    Select,
    Text,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)

from kmip_server.domain.search import IN_HEAD, LARGEST_DATE, Comparison
from kmip_server.spec.attribute_values import AttributeKey
from kmip_server.spec.enums import ObjectGroupMember, ObjectType, State
from kmip_server.spec.tags import Tag
from kmip_server.store.rows import BYTE_COLUMNS, FIELD_COLUMNS, FIRST_IN_ROW, PLAIN, attribute_key
from kmip_server.store.tables import OBJECTS, TERMS, shelf_of, start_of

Condition = ColumnElement[bool]


class FilterShape(NamedTuple):
    """A filter without its values."""

    key: AttributeKey
    comparison: Comparison
    texts: tuple[bool, ...]
    """For each term, whether it is a text; else it is a number."""
    fields: tuple[str, ...] = ()
    """For each term, the field it is of."""


class Shape(NamedTuple):
    """A search without its values: what its statement depends on."""

    visibility: tuple[frozenset[tuple[str, ObjectType]], frozenset[tuple[str, ObjectType]]]
    filters: tuple[FilterShape, ...]
    on_line: bool
    archived: bool
    destroyed: bool
    member: ObjectGroupMember | None
    oldest_first: bool
    counted: bool
    by_turn: bool


GIVEN = "given_"
"""A parameter is named after the place of its value among the values of a search: given_0 is the owner."""

OWNER, NOW, MAXIMUM, OFFSET, FIRST_FILTER = range(5)


def given(place: int, *, text: bool = False) -> BindParameter[Any]:
    """The parameter that takes the value at a place."""
    return bindparam(f"{GIVEN}{place}", type_=Text() if text else BigInteger())


class Place(NamedTuple):
    """A filter's shape, and where its values stand."""

    shape: FilterShape
    start: int

    @property
    def attribute(self) -> BindParameter[Any]:
        """The name of the attribute."""
        return given(self.start, text=True)

    def field(self, term: int) -> BindParameter[Any]:
        """The field of a term."""
        return given(self.start + 1 + 2 * term, text=True)

    def value(self, term: int) -> BindParameter[Any]:
        """The value of a term."""
        where = self.start + 2 + 2 * term
        if (self.shape.key, self.shape.fields[term]) in BYTE_COLUMNS:
            return bindparam(f"{GIVEN}{where}", type_=LargeBinary())
        return given(where, text=self.shape.texts[term])

    def further_value(self, term: int) -> BindParameter[Any]:
        """The value of a term as ``terms`` holds it, where the attribute is of FIRST_IN_ROW."""
        where = self.start + 1 + 2 * len(self.shape.texts) + term
        return given(where, text=self.shape.texts[term])


def width_of(shape: FilterShape) -> int:
    """How many values a filter has among those of its search: see ``locate._values``."""
    each = 3 if shape.key in FIRST_IN_ROW else 2
    return 1 + each * len(shape.texts)


def visible(shape: Shape, o: FromClause, owner: ColumnElement[Any]) -> Condition:
    """The subject's own objects where their policy lets the owner locate them, and those open to it whoever's."""
    own, any_owner = shape.visibility
    ways: list[Condition] = []
    if own:
        ways.append(and_(owner == given(OWNER, text=True), _opened(own, o)))
    if any_owner:
        ways.append(_opened(any_owner, o))
    return or_(*ways)


def _opened(pairs: frozenset[tuple[str, ObjectType]], o: FromClause) -> Condition:
    by_policy: dict[str, list[int]] = {}
    for policy, object_type in sorted(pairs):
        by_policy.setdefault(policy, []).append(int(object_type))
    return or_(
        *(
            and_(o.c.operation_policy_name == literal(policy, Text()), o.c.object_type.in_(_numbers(types)))
            for policy, types in by_policy.items()
        )
    )


def _numbers(numbers: list[int]) -> list[ColumnElement[Any]]:
    """Whole numbers written into the statement."""
    return [literal_column(str(number)) for number in numbers]


def _state(o: FromClause) -> ColumnElement[Any]:
    """The state at the moment of the search, as :func:`kmip_server.domain.lifecycle.effective_state` has it."""
    now = given(NOW)
    pre_active, active, deactivated = _numbers([State.PRE_ACTIVE, State.ACTIVE, State.DEACTIVATED])
    started = and_(o.c.state == pre_active, o.c.activation_date <= now)
    over = and_(or_(o.c.state == active, started), o.c.deactivation_date <= now)
    return case((over, deactivated), (started, active), else_=o.c.state)


def storage(shape: Shape, o: FromClause) -> list[Condition]:
    """On line, archived, destroyed: what the Storage Status Mask includes."""
    # 2.1 §6.1.28: what is destroyed, or archived, is never found unless the mask includes it. No date destroys.
    gone = _numbers([State.DESTROYED, State.DESTROYED_COMPROMISED])
    destroyed = and_(o.c.state.is_not(None), o.c.state.in_(gone))
    conditions: list[Condition] = []
    if not shape.destroyed:
        conditions.append(or_(o.c.state.is_(None), o.c.state.not_in(gone)))
    if not shape.archived:
        conditions.append(o.c.archived.is_(False))
    if not shape.on_line:
        conditions.append(or_(o.c.archived.is_(True), destroyed))
    return conditions


def member(member: ObjectGroupMember | None, o: FromClause) -> list[Condition]:
    """Objects of a group; which is the default of a group no policy here says, and so any of it is."""
    if member is None:
        return []
    t = TERMS.alias()
    conditions: list[Condition] = [
        _exists(t, t.c.object == o.c.id, t.c.attribute == literal(attribute_key(Tag.OBJECT_GROUP), Text()))
    ]
    if member is ObjectGroupMember.GROUP_MEMBER_FRESH:
        conditions.append(o.c.fresh.is_(True))
    return conditions


def _exists(t: FromClause, *conditions: Condition) -> Condition:
    return select(literal_column("1")).select_from(t).where(*conditions).correlate_except(t).exists()


def same_instance(
    place: Place,
    terms: list[int],
    of: ColumnElement[Any],
    compare: Callable[[FromClause, Place, int], Condition],
    instance: ColumnElement[Any] | None = None,
) -> Condition:
    """One instance of the attribute has every one of the terms; ``instance`` says which, if that is known."""
    first = TERMS.alias()
    source: FromClause = first
    conditions: list[Condition] = [first.c.object == of, first.c.attribute == place.attribute]
    aliases: list[FromClause] = [first]
    if instance is not None:
        conditions.append(first.c.instance == instance)
    for number, term in enumerate(terms):
        t = first
        if number:
            t = TERMS.alias()
            aliases.append(t)
            same = and_(
                t.c.object == first.c.object, t.c.attribute == place.attribute, t.c.instance == first.c.instance
            )
            source = source.join(t, same)
        conditions.append(compare(t, place, term))
    inner: Select[Any] = select(literal_column("1")).select_from(source).where(*conditions)
    return inner.correlate_except(*aliases).exists()


def equals(t: FromClause, place: Place, term: int) -> Condition:
    """A row of ``terms`` has the value of a term."""
    column = t.c.text if place.shape.texts[term] else t.c.number
    return and_(t.c.field == place.field(term), column == place.value(term))


def _in_range(t: FromClause, place: Place, term: int, range_: Condition) -> Condition:
    """A number in a range, so written that the probe goes by the object, not through the values of all objects."""
    return and_(t.c.field.concat(literal_column("''")) == place.field(term), range_)


def _equal(place: Place, o: FromClause) -> Condition:
    return same_instance(place, list(range(len(place.shape.texts))), o.c.id, equals)


def _between(place: Place, o: FromClause) -> Condition:
    if place.shape.texts != (False, False):
        return false()

    def compare(t: FromClause, p: Place, term: int) -> Condition:
        return _in_range(t, p, term, t.c.number.between(p.value(0), p.value(1)))

    return same_instance(place, [0], o.c.id, compare)


def _all_bits(place: Place, o: FromClause) -> Condition:
    if any(place.shape.texts):
        return false()

    def compare(t: FromClause, p: Place, term: int) -> Condition:
        return _in_range(t, p, term, t.c.number.bitwise_and(p.value(term)) == p.value(term))

    return same_instance(place, list(range(len(place.shape.texts))), o.c.id, compare)


def _at_least(place: Place, o: FromClause) -> Condition:
    if any(place.shape.texts):
        return false()

    def compare(t: FromClause, p: Place, term: int) -> Condition:
        return _in_range(t, p, term, t.c.number >= p.value(term))

    return same_instance(place, list(range(len(place.shape.texts))), o.c.id, compare)


_NEVER: ColumnElement[int] = literal_column(str(LARGEST_DATE))


def _absent(place: Place, o: FromClause) -> Condition:
    t = TERMS.alias()
    return ~_exists(t, t.c.object == o.c.id, t.c.attribute == place.attribute, t.c.number != _NEVER)


COMPARISONS: dict[Comparison, Callable[[Place, FromClause], Condition]] = {
    Comparison.EQUAL: _equal,
    Comparison.BETWEEN: _between,
    Comparison.ALL_BITS: _all_bits,
    Comparison.AT_LEAST: _at_least,
    Comparison.ABSENT: _absent,
}


def _column(name: str) -> Callable[[FromClause], ColumnElement[Any]]:
    if isinstance(OBJECTS.c[name].type, Boolean):
        return lambda o: case((o.c[name].is_(True), literal_column("1")), else_=literal_column("0"))
    return lambda o: o.c[name]


COLUMNS: dict[tuple[AttributeKey, str], tuple[Callable[[FromClause], ColumnElement[Any]], bool]] = {
    (Tag.UNIQUE_IDENTIFIER, PLAIN): (lambda o: o.c.unique_identifier, True),
    (Tag.OBJECT_TYPE, PLAIN): (lambda o: o.c.object_type, False),
    (Tag.STATE, PLAIN): (_state, False),
    **{(tag, PLAIN): (_column(name), isinstance(OBJECTS.c[name].type, Text)) for tag, name in IN_HEAD.items()},
    **{of: (_column(name), of in BYTE_COLUMNS) for of, name in FIELD_COLUMNS.items()},
}
"""Values that the object's own row tells, and whether a search gives them as texts."""

IN_ROW = frozenset(key for key, _ in COLUMNS)
"""Attributes that the object's own row tells, wholly or in part."""


def condition_of(place: Place, o: FromClause) -> Condition:
    """The condition of one filter."""
    shape = place.shape
    if shape.key not in IN_ROW:
        return COMPARISONS[shape.comparison](place, o)
    if (shape.key, PLAIN) not in COLUMNS:
        return _structured(place, o)
    column, text = COLUMNS[shape.key, PLAIN]
    if shape.comparison is Comparison.ABSENT:
        absent = column(o).is_(None)
        return absent if text else or_(absent, column(o) == _NEVER)
    if shape.comparison is Comparison.EQUAL and shape.texts == (text,):
        return _is(place, 0, column(o), o)
    if shape.comparison is Comparison.BETWEEN and not text and shape.texts == (False, False):
        return column(o).between(place.value(0), place.value(1))
    if shape.comparison is Comparison.ALL_BITS and not text and shape.texts == (False,):
        return column(o).bitwise_and(place.value(0)) == place.value(0)
    if shape.comparison is Comparison.AT_LEAST and not text and shape.texts == (False,):
        return column(o) >= place.value(0)
    return false()


def _is(place: Place, term: int, column: ColumnElement[Any], o: FromClause) -> Condition:
    value = place.value(term)
    if (place.shape.key, place.shape.fields[term]) in BYTE_COLUMNS:
        return and_(shelf_of(o.c.id).in_(_shelves()), start_of(column) == start_of(value), column == value)
    return column == value


def _shelves() -> Select[Any]:
    """The number of every shelf, counted up to that of the newest object."""
    newest = select(shelf_of(func.max(OBJECTS.c.id))).scalar_subquery()
    first = select(literal_column("0").label("number")).cte("shelves", recursive=True)
    further = select(first.c.number + literal_column("1")).where(first.c.number < newest)
    return select(first.union_all(further).c.number)


def _structured(place: Place, o: FromClause) -> Condition:
    """A structure: each field by itself, in the row where it has a column, else by its term."""
    shape = place.shape
    if shape.comparison is not Comparison.EQUAL:
        return false()  # neither dates nor masks nor numbers to be compared otherwise are among them
    if not shape.fields:
        return or_(*(column(o).is_not(None) for (key, _), (column, _) in COLUMNS.items() if key == shape.key))
    if shape.key not in FIRST_IN_ROW:
        return _by_columns(place, o)
    if not any(shape.texts):
        return or_(_by_columns(place, o), same_instance(place, list(range(len(shape.texts))), o.c.id, _further_equals))
    # By number, so that the index of either leads: an OR of a column and a probe would have every object read.
    first = OBJECTS.alias()
    by_columns = select(first.c.id).where(_by_columns(place, first))
    return o.c.id.in_(union_all(by_columns, _further(place)))


def _by_columns(place: Place, o: FromClause) -> Condition:
    """Each field that has a column there, the others among the terms."""
    shape = place.shape
    conditions: list[Condition] = []
    others: list[int] = []
    for term, field in enumerate(shape.fields):
        known = COLUMNS.get((shape.key, field))
        if known is None:
            others.append(term)
            continue
        column, text = known
        conditions.append(_is(place, term, column(o), o) if shape.texts[term] is text else false())
    if others:
        conditions.append(same_instance(place, others, o.c.id, equals))
    return and_(*conditions)


def _further(place: Place) -> Select[Any]:
    """The objects of which a further instance, all of it among the terms, has every term; a text leads."""
    terms = sorted(range(len(place.shape.texts)), key=lambda term: not place.shape.texts[term])
    t = TERMS.alias()
    conditions = [t.c.attribute == place.attribute, _further_equals(t, place, terms[0])]
    if terms[1:]:
        conditions.append(same_instance(place, terms[1:], t.c.object, _further_equals, t.c.instance))
    return select(t.c.object).where(*conditions)


def _further_equals(t: FromClause, place: Place, term: int) -> Condition:
    column = t.c.text if place.shape.texts[term] else t.c.number
    return and_(t.c.field == place.field(term), column == place.further_value(term))
