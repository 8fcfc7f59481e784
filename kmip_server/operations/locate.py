"""Locate (KMIP 2.1 §6.1.28, 1.4 §4.9): find objects by their attributes.

Every filter is applied and all must match; an attribute that the version does not have is refused. An ignored
filter would hand a client somebody else's key.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmip_server.domain.search import LARGEST_DATE, Comparison, Filter, Found, Search, Term, terms_of
from kmip_server.errors import InvalidField, ItemNotFound
from kmip_server.operations.creating import expanded
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeItem, AttributeKey, Attributes, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import ObjectGroupMember, Operation, ResultReason
from kmip_server.spec.masks import StorageStatusMask
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_1, V1_3, V1_4

_R = ResultReason
_DEFAULT = ObjectGroupMember.GROUP_MEMBER_DEFAULT
_TRIES = 100
"""How often a member may be got by others who know its identifier before this one has it."""


@payload
class LocateRequest:
    """What to find."""

    maximum_items: int | None = field(Tag.MAXIMUM_ITEMS, ItemType.INTEGER, default=None)
    offset_items: int | None = field(Tag.OFFSET_ITEMS, ItemType.INTEGER, default=None)
    """Since 1.3 by the standard; PyKMIP's client sends it in every version, and means it."""
    storage_status_mask: int | None = field(Tag.STORAGE_STATUS_MASK, StorageStatusMask, default=None)
    object_group_member: ObjectGroupMember | None = field(
        Tag.OBJECT_GROUP_MEMBER, ObjectGroupMember, since=V1_1, default=None
    )
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.ATTRIBUTE, partial=True, default=None
    )
    template_attribute: Attributes | None = field(
        Tag.TEMPLATE_ATTRIBUTE, Special.ATTRIBUTES, until=V1_4, partial=True, default=None
    )
    """Not the standard's, but FortiGate's: ignoring it would find a foreign key."""


@payload
class LocateResponse:
    """What was found, newest first."""

    located_items: int | None = field(Tag.LOCATED_ITEMS, ItemType.INTEGER, since=V1_3, default=None)
    unique_identifier: list[str] = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default_factory=list)


@operation(Operation.LOCATE, LocateRequest, LocateResponse)
def handle(request: LocateRequest, ctx: Context) -> LocateResponse:
    """Search, and set the ID Placeholder when exactly one object was found."""
    for name, number in (("Maximum Items", request.maximum_items), ("Offset Items", request.offset_items)):
        if number is not None and number < 0:
            raise InvalidField(f"{name} is negative")
    items = _items(request, ctx)
    status = request.storage_status_mask
    limit = ctx.facts.maximum_locate_items
    maximum = limit if request.maximum_items is None else min(request.maximum_items, limit)
    search = Search(
        visibility=ctx.visibility(),
        now=ctx.now,
        filters=tuple(filters_of(items)),
        offset=request.offset_items or 0,
        maximum=maximum,
        on_line=status is None or bool(status & StorageStatusMask.ON_LINE_STORAGE),
        archived=status is not None and bool(status & StorageStatusMask.ARCHIVAL_STORAGE),
        destroyed=status is not None and bool(status & StorageStatusMask.DESTROYED_STORAGE),
        member=request.object_group_member,
        oldest_first=ctx.version < V1_4,
        count=ctx.version >= V1_3,
    )
    if search.member is _DEFAULT:
        found = _default_member(search, ctx)
    elif search.member is ObjectGroupMember.GROUP_MEMBER_FRESH and search.maximum == 1 and not search.destroyed:
        found = _fresh_member(search, ctx)
    else:
        found = ctx.locate(search)
    identifiers = found.unique_identifiers
    ctx.remember(identifiers[0] if len(identifiers) == 1 else None)
    ctx.note(f"{len(identifiers)} found")
    return LocateResponse(located_items=found.located_items, unique_identifier=identifiers)


def _items(request: LocateRequest, ctx: Context) -> list[AttributeItem]:
    """Every condition, those of a template that is named included; all must be attributes that the version has.

    1.4 §11.10: "Non-existing attributes, attributes that the server does not understand or templates that do not
    exist are given in the request: Invalid Field"; 2.1 Table 249: Invalid Attribute.
    """
    try:
        items = [item for group in (request.attributes, request.template_attribute) for item in expanded(group, ctx)]
    except ItemNotFound as error:
        raise InvalidField(error.message) from error
    for item in items:
        if isinstance(item.key, VendorName) and not item.key.vendor:
            raise InvalidField(f"there is no attribute {item.key.name!r} in this version", _R.INVALID_ATTRIBUTE)
    return items


def _default_member(search: Search, ctx: Context) -> Found:
    """The default object "as defined by server policy" (2.1 §6.1.28): the members take turns (TC-153).

    It is the member that was handed out longest ago; those never handed out come first, the fresh and then the
    oldest before the others. Each Get of a member found so ends its turn. Until then it stays the default.
    """
    if search.maximum == 0:
        return Found([], 0 if search.count else None)
    _hold_group(search, ctx)
    found = ctx.locate(replace(search, maximum=1, by_turn=True, count=False)).unique_identifiers
    if found and not search.destroyed:
        member = ctx.load_for_change(found[0])
        if member.head.turn is None:
            ctx.save(member.with_turn(0), object_changed=False)
    return Found(found, len(found) if search.count else None)


def _fresh_member(search: Search, ctx: Context) -> Found:
    """One fresh member, held until the batch is done: with a Get in the same batch nobody else is given it.

    Whoever comes second waits, and is given the next.
    """
    _hold_group(search, ctx)
    for _ in range(_TRIES):
        found = ctx.locate(search)
        identifiers = found.unique_identifiers
        if not identifiers or ctx.load_for_change(identifiers[0]).head.fresh:
            break
    return found


def _hold_group(search: Search, ctx: Context) -> None:
    """Have others who want a member of the group wait for the end of this batch: its oldest member is held.

    To hold it before anything else of the group is what keeps two from waiting for each other.
    """
    if not search.destroyed:
        oldest = replace(search, member=None, maximum=1, offset=0, oldest_first=True, count=False)
        for uid in ctx.locate(oldest).unique_identifiers:
            ctx.load_for_change(uid)


def filters_of(items: list[AttributeItem]) -> list[Filter]:
    """The conditions of a request; two values of one date are the limits of a range (1.4 §4.9)."""
    filters: list[Filter] = []
    dates: dict[AttributeKey, list[int]] = {}
    for item in items:
        key, value = item.key, item.value
        if isinstance(key, VendorName):
            known = value is not None
            filters.append(Filter(key, Comparison.EQUAL, terms_of(value)) if known else Filter(key, Comparison.NEVER))
        elif value is None:
            filters.append(Filter(key, Comparison.NEVER))
        elif ATTRIBUTES[key].kind is ItemType.DATE_TIME:
            dates.setdefault(key, []).append(value)
        else:
            filters.extend(_filters(key, value))
    filters.extend(_date_filter(key, values) for key, values in dates.items())
    return filters


def _filters(key: Tag, value: Any) -> list[Filter]:
    terms = terms_of(value)
    if key is Tag.CRYPTOGRAPHIC_USAGE_MASK:
        return [Filter(key, Comparison.ALL_BITS, terms)]
    if key is Tag.USAGE_LIMITS:
        # 2.1 §6.1.28: "a Usage Limits Count and Usage Limits Total equal to or larger"; a byte is no object.
        unit = tuple(term for term in terms if term.field == "usage_limits_unit")
        numbers = tuple(term for term in terms if term not in unit)
        pairs = ((Comparison.EQUAL, unit), (Comparison.AT_LEAST, numbers))
        return [Filter(key, comparison, some) for comparison, some in pairs if some]
    return [Filter(key, Comparison.EQUAL, terms)]


def _date_filter(key: AttributeKey, values: list[int]) -> Filter:
    if len(values) > 2:
        return Filter(key, Comparison.NEVER)
    if len(values) == 2:
        return Filter(key, Comparison.BETWEEN, tuple(Term("", value) for value in sorted(values)))
    # 1.4 §4.9: "If a Date attribute is set to its largest possible value, then it is equivalent to an
    # undefined attribute", in the request and in an object.
    if values[0] == LARGEST_DATE:
        return Filter(key, Comparison.ABSENT)
    return Filter(key, Comparison.EQUAL, (Term("", values[0]),))
