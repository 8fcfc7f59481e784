"""From a search to one SQL statement.

A statement is built and compiled once for each *shape* of search: which attributes, compared how, with how many
terms, under which visibility. The values of a search are its parameters. A client's Locate by name therefore
costs the database's own work and a dictionary look-up.

How the database gets at it. When some attribute is compared with a text (a Name, a Link, a Digest), the entries
of that text in ``terms_by_text`` lead to their objects, newest first; every other condition is a probe of the
few. Else the subject's own objects are walked, newest first (``objects_by_owner``), or all, where a policy opens
others' to it, and each condition is one probe of an index.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select, true

from kmip_server.domain.search import Comparison, Search
from kmip_server.errors import InvalidField
from kmip_server.spec.attribute_values import VendorName
from kmip_server.spec.tags import Tag
from kmip_server.store.conditions import (
    FIRST_FILTER,
    GIVEN,
    IN_ROW,
    MAXIMUM,
    OFFSET,
    FilterShape,
    Place,
    Shape,
    condition_of,
    equals,
    given,
    member,
    same_instance,
    storage,
    visible,
    width_of,
)
from kmip_server.store.database import Database
from kmip_server.store.rows import BYTE_COLUMNS, FIRST_IN_ROW, attribute_key, sought_value, term_value
from kmip_server.store.tables import OBJECTS, TERMS

LARGEST_SEARCH = 200
"""How many filters and terms one search may have: SQLite allows expressions of a certain depth only."""

_SHAPES_KEPT = 512
_NO_MAXIMUM = 2**62

_ANY_VENDOR = VendorName("", "")
"""Stands in a shape for every attribute that is not the standard's: clients make these names up."""

_LESS_TELLING = frozenset({Tag.OPERATION_POLICY_NAME, Tag.OBJECT_GROUP, Tag.CONTACT_INFORMATION, Tag.COMMENT})
"""Attributes whose text many objects share: others lead the search when there are any."""


class Statement(NamedTuple):
    """A compiled search: its text, and how the parameters are picked from the values of a search."""

    text: str
    pick: Callable[[list[Any]], tuple[Any, ...]]
    constants: list[Any]


class Locator:
    """Makes the statement of a search; keeps those of the shapes that came last."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[Shape, Statement | None] = OrderedDict()

    def statement(self, search: Search) -> tuple[str, tuple[Any, ...]] | None:
        """SQL and its parameters, or None when nothing can match; raises InvalidField for too long a search.

        Rows are (unique_identifier,), or when a count is wanted (total, unique_identifier or None).
        """
        require_short(search)
        shape = shape_of(search)
        try:
            statement = self._kept[shape]
            self._kept.move_to_end(shape)
        except KeyError:
            statement = self._kept[shape] = self._compile(shape)
            if len(self._kept) > _SHAPES_KEPT:
                self._kept.popitem(last=False)
        if statement is None:
            return None
        return statement.text, statement.pick(_values(search) + statement.constants)

    def _compile(self, shape: Shape) -> Statement | None:
        if not any(shape.visibility) or any(each.comparison is Comparison.NEVER for each in shape.filters):
            return None
        prepared = self._database.prepare(_Builder(shape).select())
        size = FIRST_FILTER + sum(map(width_of, shape.filters))
        slots: list[int] = []
        constants: list[Any] = []
        for name in prepared.names:
            if name.startswith(GIVEN):
                slots.append(int(name.removeprefix(GIVEN)))
            else:
                slots.append(size + len(constants))
                constants.append(prepared.constants[name])
        return Statement(prepared.text, itemgetter(*slots), constants)


def require_short(search: Search) -> None:
    """Refuse, with InvalidField, a search that names more than a database takes in one statement."""
    if len(search.filters) + sum([len(each.terms) for each in search.filters]) > LARGEST_SEARCH:
        raise InvalidField("the search names too many attributes")


def shape_of(search: Search) -> Shape:
    """What the statement of a search depends on."""
    filters = [
        FilterShape(
            _ANY_VENDOR if isinstance(each.key, VendorName) else each.key,
            each.comparison,
            tuple([isinstance(term.value, str) for term in each.terms]),
            tuple([term.field for term in each.terms]),
        )
        for each in search.filters
    ]
    return Shape(
        (search.visibility.own, search.visibility.any),
        tuple(filters),
        search.on_line,
        search.archived,
        search.destroyed,
        search.member,
        search.oldest_first,
        search.count,
        search.by_turn,
    )


def _values(search: Search) -> list[Any]:
    maximum = _NO_MAXIMUM if search.maximum is None else search.maximum
    values: list[Any] = [search.visibility.owner, search.now, maximum, search.offset]
    for each in search.filters:
        values.append(attribute_key(each.key))
        for term in each.terms:
            values += (term.field, sought_value(each.key, term))
        if each.key in FIRST_IN_ROW:
            values += map(term_value, each.terms)
    return values


class _Builder:
    """Builds the statement of one shape."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._objects = OBJECTS.alias("o")
        self._places: list[Place] = []
        start = FIRST_FILTER
        for each in shape.filters:
            self._places.append(Place(each, start))
            start += width_of(each)

    def select(self) -> Select[Any]:
        """The whole statement."""
        columns, matched = self._matched()
        if self._shape.by_turn:
            return matched.with_only_columns(columns[1]).order_by(*self._turn(columns[0])).limit(given(MAXIMUM))
        if not self._shape.counted:
            page = matched.with_only_columns(columns[1]).order_by(self._order(columns[0]))
            return page.limit(given(MAXIMUM)).offset(given(OFFSET))
        every = matched.cte("every_match")
        first = select(every).order_by(self._order(every.c.id)).limit(given(MAXIMUM)).offset(given(OFFSET))
        page_of = first.subquery("page")
        total = select(func.count().label("total")).select_from(every).subquery("whole")
        return (
            select(total.c.total, page_of.c.unique_identifier)
            .select_from(total.outerjoin(page_of, true()))
            .order_by(self._order(page_of.c.id))
        )

    def _order(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
        return number.asc() if self._shape.oldest_first else number.desc()

    def _turn(self, number: ColumnElement[Any]) -> list[ColumnElement[Any]]:
        """Those first that were handed out longest ago or never, of these the fresh ones, then the oldest."""
        o = self._objects.c
        zero: ColumnElement[int] = literal_column("0")
        order = [func.coalesce(o.turn, zero), case((o.fresh.is_(True), zero), else_=literal_column("1"))]
        if self._leader():
            # Matches are grouped by their number where terms lead to them: the least of a group is its one value.
            order = [func.min(each) for each in order]
        return [*order, number.asc()]

    def _matched(self) -> tuple[list[ColumnElement[Any]], Select[Any]]:
        """Every match in no order: its number and its Unique Identifier."""
        o = self._objects
        leader = self._leader()
        conditions = [condition_of(place, o) for place in self._places if leader is None or place is not leader[0]]
        conditions += storage(self._shape, o)
        conditions += member(self._shape.member, o)
        # An expression keeps the planner from walking all the owner's objects instead of the few of one value.
        owner = o.c.owner.concat(literal_column("''")) if leader or self._led_by_row() else o.c.owner
        seen = visible(self._shape, o, owner)
        if leader is None:
            where = [seen, *conditions]
            columns: list[ColumnElement[Any]] = [o.c.id, o.c.unique_identifier]
            return columns, select(*columns).select_from(o).where(*where)
        place, term = leader
        d = TERMS.alias("d")
        led = [d.c.attribute == place.attribute, d.c.field == place.field(term), d.c.text == place.value(term)]
        others = [number for number in range(len(place.shape.texts)) if number != term]
        if others:
            led.append(same_instance(place, others, d.c.object, equals, d.c.instance))
        # Several instances may hold the same text: one object is found once. Grouped by what the index is ordered
        # by, the matches need no sorting; the smallest of one identifier is that identifier.
        columns = [d.c.object.label("id"), func.min(o.c.unique_identifier).label("unique_identifier")]
        found = select(*columns).select_from(d.join(o, o.c.id == d.c.object)).where(*led, seen, *conditions)
        return [d.c.object, columns[1]], found.group_by(d.c.object)

    def _leader(self) -> tuple[Place, int] | None:
        """The filter, and its term, whose index entries lead to the objects."""
        best: tuple[int, Place, int] | None = None
        for place in self._places:
            shape = place.shape
            if shape.comparison is Comparison.EQUAL and shape.key not in IN_ROW and any(shape.texts):
                rank = 0 if shape.key is Tag.NAME else 2 if shape.key in _LESS_TELLING else 1
                if best is None or rank < best[0]:
                    best = rank, place, shape.texts.index(True)
        return None if best is None else best[1:]

    def _led_by_row(self) -> bool:
        """Whether a value in the object's own row, which has an index, leads to the objects."""
        return any(
            shape.comparison is Comparison.EQUAL and any((shape.key, field) in BYTE_COLUMNS for field in shape.fields)
            for shape in self._shape.filters
        )
