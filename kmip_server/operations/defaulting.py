"""The defaults for new keys, and how Query tells them (KMIP 2.1 §4, §6.1.40, §7.11, §7.22)."""

from __future__ import annotations

from collections.abc import Iterator

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.rules import groups_of, types_of
from kmip_server.domain.search import Comparison, Filter, Search, terms_of
from kmip_server.errors import KmipError
from kmip_server.ports import Context
from kmip_server.spec.enums import ObjectType, ResultReason
from kmip_server.spec.structures.query import DefaultsInformation, ObjectDefaults, ObjectGroups
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_0


def supply(attributes: AttributeMap, object_type: ObjectType, ctx: Context) -> None:
    """2.1 §4: "KMIP servers SHALL supply values for these attributes if the client omits them".

    1.x has no defaults: its clients tell algorithm and mask (1.4 Table 165, Table 168).
    """
    if ctx.version >= V2_0:
        ctx.rules.supply(attributes, object_type)


def require_groups(groups: ObjectGroups, ctx: Context) -> None:
    """Refuse a group that no default names and that no object the client may find is in (2.1 §6.1.40.1)."""
    known = {name for entry in ctx.rules.defaults.object_defaults for name in groups_of(entry.object_groups)}
    for name in groups_of(groups) - known:
        member = Filter(Tag.OBJECT_GROUP, Comparison.EQUAL, terms_of(name))
        found = ctx.locate(Search(visibility=ctx.visibility(), now=ctx.now, filters=(member,), maximum=1))
        if not found.unique_identifiers:
            raise KmipError("there is no object group of this name", ResultReason.UNKNOWN_OBJECT_GROUP)


def defaults_told(groups: ObjectGroups | None, ctx: Context) -> DefaultsInformation | None:
    """The defaults as the version can tell them; those for the groups asked about, if there are such."""
    asked = groups_of(groups)
    entries = [
        told
        for entry in ctx.rules.defaults.object_defaults
        if not asked or not groups_of(entry.object_groups) or asked & groups_of(entry.object_groups)
        for told in _in_version(entry, ctx)
    ]
    return DefaultsInformation(object_defaults=entries) if entries else None


def _in_version(entry: ObjectDefaults, ctx: Context) -> Iterator[ObjectDefaults]:
    """2.0 knows neither Object Types nor Object Groups: one entry a type, and none that is for some groups only."""
    if Tag.OBJECT_TYPES.in_version(ctx.version):
        yield entry
    elif not groups_of(entry.object_groups):
        for object_type in sorted(types_of(entry)):
            yield ObjectDefaults(object_type=object_type, attributes=entry.attributes)
