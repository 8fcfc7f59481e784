"""Re-key (KMIP 2.1 §6.1.46, 1.4 §4.4): a new key takes the place, and the names, of an old one."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.rotation import OF_ONE_GENERATION, begin_generation, end_generation
from kmip_server.errors import IllegalOperation, InvalidField, InvalidMessage, KmipError
from kmip_server.operations.creating import asked_attributes, symmetric_key, symmetric_length, told
from kmip_server.operations.making_formats import asked_format, put_in_format
from kmip_server.operations.pads import PAD_COUNTERS
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import LinkType, ObjectType, Operation, ResultReason, State
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.attributes import Link
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_4, V2_0

_LATER_DATES = (Tag.PROCESS_START_DATE, Tag.PROTECT_STOP_DATE, Tag.DEACTIVATION_DATE)
DATES = (Tag.ACTIVATION_DATE, *_LATER_DATES)
_NOT_COPIED = (
    Tag.DESTROY_DATE,
    Tag.COMPROMISE_OCCURRENCE_DATE,
    Tag.COMPROMISE_DATE,
    Tag.REVOCATION_REASON,
    Tag.STATE,
    Tag.DIGEST,
    Tag.LINK,
    Tag.RANDOM_NUMBER_GENERATOR,
    Tag.ORIGINAL_CREATION_DATE,
    Tag.ARCHIVE_DATE,
    Tag.KEY_VALUE_LOCATION,
    Tag.SHORT_UNIQUE_IDENTIFIER,
    Tag.KEY_FORMAT_TYPE,
    Tag.FRESH,
    *PAD_COUNTERS,
    *OF_ONE_GENERATION,
)
"""1.4 Table 173: attributes of the old key that the new one does not take over."""


@payload
class RekeyRequest:
    """Which key, and what of the new one is to differ."""

    unique_identifier: Any = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default=None)
    offset: int | None = field(Tag.OFFSET, ItemType.INTERVAL, default=None)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, default=None
    )
    protection_storage_masks: ProtectionStorageMasks | None = field(
        Tag.PROTECTION_STORAGE_MASKS, ProtectionStorageMasks, since=V2_0, default=None
    )


@payload
class RekeyResponse:
    """The new key."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)
    attributes: Attributes | None = field(
        Tag.ATTRIBUTES, Special.ATTRIBUTES, before_2=Tag.TEMPLATE_ATTRIBUTE, until=V1_4, default=None
    )


@operation(Operation.RE_KEY, RekeyRequest, RekeyResponse)
def handle(request: RekeyRequest, ctx: Context) -> RekeyResponse:
    """Make the new key, and point the two at each other."""
    asked = asked_attributes(request.attributes, ObjectType.SYMMETRIC_KEY, ctx, request.protection_storage_masks)
    key_format = asked_format(asked)
    if request.offset is not None and any(date in asked for date in DATES):
        # 1.4 §11.5: the offset "is not permitted to be specified at the same time as" a date.
        raise InvalidMessage("an offset and a date contradict each other")
    found = ctx.load_for_change(request.unique_identifier)
    require_rekeyable(found, ctx)
    attributes = replacement_attributes(found.attributes, asked, request.offset, ctx.now)
    algorithm = attributes.one(Tag.CRYPTOGRAPHIC_ALGORITHM)
    length = symmetric_length(attributes, algorithm)
    attributes.add(
        Tag.LINK,
        Link(link_type=LinkType.REPLACED_OBJECT_LINK, linked_object_identifier=found.unique_identifier),
    )
    structure = symmetric_key(algorithm, length, ctx.ciphers.generate_symmetric(algorithm, length))
    put_in_format(structure.key_block, ObjectType.SYMMETRIC_KEY, key_format, ctx)
    made = ctx.admit(ObjectType.SYMMETRIC_KEY, structure, attributes, trusted=True)
    old = found.attributes.copy()
    old.remove_all(Tag.NAME)
    old.add(
        Tag.LINK,
        Link(link_type=LinkType.REPLACEMENT_OBJECT_LINK, linked_object_identifier=made.unique_identifier),
    )
    end_generation(old, ctx.now)
    ctx.save(found.with_attributes(old))
    return RekeyResponse(unique_identifier=made.unique_identifier, attributes=told(made.attributes, request.attributes))


def require_rekeyable(found: ManagedObject, ctx: Context) -> None:
    """1.4 §11.5: "Object specified is not able to be re-keyed"."""
    if ctx.state_of(found) in (State.DESTROYED, State.DESTROYED_COMPROMISED):
        raise IllegalOperation("the key has been destroyed", ResultReason.OBJECT_DESTROYED)
    if found.body.sealed is None:
        raise KmipError("the server does not hold this key", ResultReason.KEY_VALUE_NOT_PRESENT)
    if any(link.link_type is LinkType.REPLACEMENT_OBJECT_LINK for link in found.attributes.all(Tag.LINK)):
        raise KmipError("the key has been replaced already", ResultReason.PERMISSION_DENIED)
    if found.head.cryptographic_algorithm is None:
        raise KmipError("the key has no algorithm", ResultReason.INVALID_OBJECT_TYPE)


def replacement_attributes(old: AttributeMap, asked: AttributeMap, offset: int | None, now: int) -> AttributeMap:
    """The attributes of the replacement: the old key's, less Table 173, over them those asked for."""
    attributes = old.copy()
    for tag in _NOT_COPIED:
        attributes.remove_all(tag)
    if offset is not None:
        _shift(attributes, old, offset, now)
    for key in asked:
        if isinstance(key, Tag) and not ATTRIBUTES[key].many:
            attributes.put(key, asked.one(key))
        else:
            for value in asked.all(key):
                if value not in attributes.all(key):
                    attributes.add(key, value)
    begin_generation(attributes, old)
    return attributes


def _shift(attributes: AttributeMap, old: AttributeMap, offset: int, now: int) -> None:
    """1.4 Table 172: the dates of the old key, moved by as much as its activation moves."""
    first = old.one(Tag.ACTIVATION_DATE)
    activation = now + offset
    if first is None and any(date in old for date in _LATER_DATES):
        raise InvalidField("the key has no Activation Date to count from", ResultReason.ILLEGAL_OPERATION)
    attributes.put(Tag.ACTIVATION_DATE, activation)
    for date in _LATER_DATES:
        was = old.one(date)
        if was is not None:
            attributes.put(date, was + activation - first)
