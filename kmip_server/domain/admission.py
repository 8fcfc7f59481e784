"""Which attributes a client may give, change and take away: the rows of the table, asked (2.1 §4, 1.4 §3).

One function for each thing a client may want. The reasons raised are the most exact ones of the newest
version; ``spec/reasons.py`` says what an older client is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.errors import InvalidField, KmipError
from kmip_server.spec.attribute_rules import AttributeRow, May
from kmip_server.spec.attribute_values import LINK_TAGS, AttributeItem, AttributeKey, VendorName
from kmip_server.spec.attributes import ATTRIBUTES, is_attribute
from kmip_server.spec.enums import LinkType, ObjectType, ResultReason, State
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import VERSIONS, Version

_SERVER_VENDOR = "y"
"""1.4 §3.39: the server "SHALL NOT accept a client-created or modified attribute" with the prefix y-."""
MAX_INSTANCES = 1000
"""How many instances an attribute may have."""
GIVEN = frozenset({Tag.CERTIFICATE_TYPE, Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH, Tag.UNIQUE_IDENTIFIER})
"""Attributes the server sets from the object itself and the client may state when it makes the object."""


def new_attributes(
    items: Iterable[AttributeItem], object_type: ObjectType, version: Version, stated: frozenset[Tag] = frozenset()
) -> AttributeMap:
    """The attributes of an object to be made, as the client gives them; ``stated`` go beyond what it may set."""
    attributes = AttributeMap()
    for item in items:
        key = item.key
        if isinstance(key, VendorName):
            _require_vendor(key)
            if item.value is None:
                raise InvalidField(f"{key.name} has no value", ResultReason.INVALID_ATTRIBUTE_VALUE)
            attributes.add(key, item.value)
            continue
        row = _row(key, object_type, version)
        if not row.client_may_set and key not in GIVEN and key not in stated:
            raise InvalidField(f"{row.name} is set by the server alone", ResultReason.READ_ONLY_ATTRIBUTE)
        _put_new(attributes, row, item)
    return attributes


def imported_attributes(items: Iterable[AttributeItem], object_type: ObjectType) -> AttributeMap:
    """The attributes of an object that comes from elsewhere, as it had them there, indices included.

    2.1 §6.1.25: "The attribute rules ... for 'Initially set by' and 'When implicitly set' SHALL NOT be enforced".
    """
    attributes = AttributeMap()
    for item in items:
        key = item.key
        if item.value is None:
            raise InvalidField("an attribute has no value", ResultReason.INVALID_ATTRIBUTE_VALUE)
        if isinstance(key, VendorName):
            _require_vendor_name(key)
        elif not _row(key, object_type, VERSIONS[-1]).many:
            if key in attributes:
                raise InvalidField(f"{key.title} is given more than once", ResultReason.ATTRIBUTE_SINGLE_VALUED)
            attributes.put(key, item.value)
            continue
        _require_room(attributes, key)
        there = attributes.instances(key)
        if key is Tag.NAME and item.value in attributes.all(key):
            raise InvalidField("Name is given twice with the same value", _twice(key))
        if item.index is not None and (not there or item.index > there[-1].index):
            attributes.keep(key, item.index, item.value)
        else:
            attributes.add(key, item.value)
    return attributes


def _put_new(attributes: AttributeMap, row: AttributeRow, item: AttributeItem) -> None:
    key = row.tag
    if item.value is None:
        raise InvalidField(f"{row.name} has no value", ResultReason.INVALID_ATTRIBUTE_VALUE)
    if not row.many:
        if key in attributes:
            raise InvalidField(f"{row.name} is given more than once", ResultReason.ATTRIBUTE_SINGLE_VALUED)
        if item.index:
            raise InvalidField(f"{row.name} has one instance, with index 0", ResultReason.INVALID_FIELD)
        attributes.put(key, item.value)
        return
    if item.value in attributes.all(key):
        raise InvalidField(f"{row.name} is given twice with the same value", _twice(key))
    _require_room(attributes, key)
    attributes.add(key, item.value)
    require_one_replacement(attributes)


def require_one_replacement(attributes: AttributeMap) -> None:
    """2.1 §11.28, 1.4 §3.35: "there SHALL be only one such replacement object per Managed Object"."""
    types = [link.link_type for link in attributes.all(Tag.LINK)]
    if types.count(LinkType.REPLACEMENT_OBJECT_LINK) > 1:
        raise InvalidField("an object has one replacement", ResultReason.INVALID_ATTRIBUTE_VALUE)


def _twice(key: AttributeKey) -> ResultReason:
    """2.1 §6.1.8 and its like have a reason for names alone."""
    return ResultReason.NON_UNIQUE_NAME_ATTRIBUTE if key is Tag.NAME else ResultReason.INVALID_FIELD


def may_add(
    attributes: AttributeMap, item: AttributeItem, object_type: ObjectType, state: State | None, version: Version
) -> None:
    """Add Attribute (2.1 §6.1.2): a first value, or one instance more."""
    key = item.key
    if item.index is not None and item.index != 0:
        raise InvalidField("an attribute to be added has no index yet")
    if item.value is None:
        raise InvalidField("the attribute has no value", ResultReason.INVALID_ATTRIBUTE_VALUE)
    if isinstance(key, VendorName):
        _require_vendor(key)
        _require_room(attributes, key)
        return
    row = _row(key, object_type, version)
    if not row.client_may_set:
        raise KmipError(f"{row.name} is read-only", ResultReason.READ_ONLY_ATTRIBUTE)
    if key in attributes and not row.many:
        raise KmipError(f"{row.name} has a value already", ResultReason.ATTRIBUTE_SINGLE_VALUED)
    if item.value in attributes.all(key):
        # BL-M-8: a Name twice on one object is a name that is not unique (2.1 §4.32).
        reason = ResultReason.NON_UNIQUE_NAME_ATTRIBUTE if key is Tag.NAME else ResultReason.ATTRIBUTE_SINGLE_VALUED
        raise KmipError(f"{row.name} has this value already", reason)
    if key not in attributes:
        _require_first(row, state)
    _require_room(attributes, key)


def may_modify(
    attributes: AttributeMap,
    key: AttributeKey,
    object_type: ObjectType,
    state: State | None,
    now: int,
    version: Version,
) -> None:
    """Modify or Set Attribute on an attribute that has a value (2.1 §6.1.34, §6.1.49)."""
    if isinstance(key, VendorName):
        _require_vendor(key)
        return
    row = _row(key, object_type, version)
    _require_may(row, row.client_may_modify, attributes, state, now, "modified")


def may_delete(
    attributes: AttributeMap,
    key: AttributeKey,
    object_type: ObjectType,
    state: State | None,
    now: int,
    version: Version,
) -> None:
    """Delete Attribute (2.1 §6.1.13)."""
    if isinstance(key, VendorName):
        _require_vendor(key)
        return
    row = _row(key, object_type, version)
    _require_may(row, row.client_may_delete, attributes, state, now, "deleted")


def _require_may(
    row: AttributeRow, may: May, attributes: AttributeMap, state: State | None, now: int, what: str
) -> None:
    if not may.ever:
        raise KmipError(f"{row.name} cannot be {what} by a client", ResultReason.ATTRIBUTE_READ_ONLY)
    if may.while_in is not None and state not in may.while_in:
        where = "without a state" if state is None else state.title
        raise KmipError(f"{row.name} cannot be {what}: the object is {where}", ResultReason.WRONG_KEY_LIFECYCLE_STATE)
    if may.before_own_date:
        date = attributes.one(row.tag)
        if date is not None and date <= now:
            raise KmipError(f"the {row.name} has been reached", ResultReason.ATTRIBUTE_READ_ONLY)
    if may.before_allocation:
        limits = attributes.one(row.tag)
        if limits is not None and limits.usage_limits_count not in (None, limits.usage_limits_total):
            raise KmipError(f"{row.name} cannot be {what} after a use", ResultReason.ATTRIBUTE_READ_ONLY)


def _require_first(row: AttributeRow, state: State | None) -> None:
    """A first value that is bound to a state is refused where a change would be (2.1 §4.1, §4.18)."""
    may = row.client_may_modify
    if may.ever and may.while_in is not None and state not in may.while_in:
        where = "without a state" if state is None else state.title
        raise KmipError(f"{row.name} cannot be added: the object is {where}", ResultReason.WRONG_KEY_LIFECYCLE_STATE)


def _row(key: Tag, object_type: ObjectType, version: Version) -> AttributeRow:
    # 1.x prints narrower lists of object types for some attributes; its own profiles' test cases set them on
    # others (CS-AC-M-8: dates on a private key, TC-OTP-SETUP: an algorithm on a secret). The widest list holds.
    row = ATTRIBUTES[key]
    if object_type not in row.objects:
        raise InvalidField(f"a {object_type.title} has no {row.name}", ResultReason.INVALID_ATTRIBUTE)
    return row


def _require_vendor(key: VendorName) -> None:
    _require_vendor_name(key)
    if key.vendor == _SERVER_VENDOR:
        raise KmipError("attributes of the server cannot be set by a client", ResultReason.ATTRIBUTE_READ_ONLY)


def _require_vendor_name(key: VendorName) -> None:
    if not key.vendor:
        # 2.1 §11.46: "Attribute is valid in the specification but unsupported by the Server".
        known = is_attribute(key.name)
        reason = ResultReason.UNSUPPORTED_ATTRIBUTE if known else ResultReason.INVALID_ATTRIBUTE
        raise InvalidField(f"there is no attribute {key.name!r} in this version", reason)
    if not _VENDOR.fullmatch(key.vendor):
        raise InvalidField("a Vendor Identification has other characters than it may", ResultReason.INVALID_ATTRIBUTE)


_VENDOR = re.compile(r"[A-Za-z0-9_.]+")
"""2.1 §4.60: "usage limited to alphanumeric, underscore and period - i.e. [A-Za-z0-9_.]"."""


def _require_room(attributes: AttributeMap, key: AttributeKey) -> None:
    if len(attributes.instances(key)) >= MAX_INSTANCES:
        # 1.4 §11.4: "more instances than the server supports of an attribute"; since 2.0 Server Limit Exceeded.
        raise KmipError(f"the attribute has {MAX_INSTANCES} instances already", ResultReason.INDEX_OUT_OF_BOUNDS)


def link_type_of(key: AttributeKey) -> Any:
    """The Link Type a 3.0 link attribute stands for, or None."""
    return _TYPES_BY_TAG.get(key) if isinstance(key, Tag) else None


_TYPES_BY_TAG = {tag: link_type for link_type, tag in LINK_TAGS.items()}
