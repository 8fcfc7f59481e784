"""What the operations that change attributes share."""

from __future__ import annotations

from kmip_server.domain.admission import require_one_replacement
from kmip_server.domain.attribute_map import AttributeMap, Instance
from kmip_server.domain.change import redated
from kmip_server.domain.usage import initial_limits
from kmip_server.errors import KmipError
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeItem, AttributeKey, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import ResultReason
from kmip_server.spec.tags import Tag

_DATES = frozenset({Tag.ACTIVATION_DATE, Tag.PROCESS_START_DATE, Tag.PROTECT_STOP_DATE, Tag.DEACTIVATION_DATE})


def is_many(key: AttributeKey) -> bool:
    """Whether the attribute may have several instances."""
    return isinstance(key, VendorName) or ATTRIBUTES[key].many


def title_of(key: AttributeKey) -> str:
    """The attribute's name, for a message to the client."""
    return f"{key.vendor}-{key.name}" if isinstance(key, VendorName) else key.title


def added(attributes: AttributeMap, item: AttributeItem) -> int:
    """Set a single value or add an instance; return its index."""
    if is_many(item.key):
        return attributes.add(item.key, item.value)
    attributes.put(item.key, item.value)
    return 0


def instance_at(attributes: AttributeMap, key: AttributeKey, index: int | None) -> Instance:
    """The instance with this index, 0 if none is said (1.4 §2.1.1)."""
    if key not in attributes:
        raise KmipError(f"the object has no {title_of(key)}", ResultReason.ATTRIBUTE_NOT_FOUND)
    found = attributes.at(key, index or 0)
    if found is None:
        raise KmipError(
            f"the object has no {title_of(key)} with index {index or 0}", ResultReason.ATTRIBUTE_INSTANCE_NOT_FOUND
        )
    return found


def instance_of_value(attributes: AttributeMap, item: AttributeItem) -> Instance:
    """The instance with this value: how 2.x names one (2.1 §6.1.34)."""
    if item.key not in attributes:
        raise KmipError(f"the object has no {title_of(item.key)}", ResultReason.ATTRIBUTE_NOT_FOUND)
    for instance in attributes.instances(item.key):
        if item.value is None or instance.value == item.value:
            return instance
    raise KmipError(f"the object has no {title_of(item.key)} of this value", ResultReason.ATTRIBUTE_INSTANCE_NOT_FOUND)


def followed_through(attributes: AttributeMap, key: AttributeKey, ctx: Context) -> None:
    """Let what hangs on a changed attribute follow: the state its dates, the flags their history."""
    if key in _DATES:
        redated(attributes, ctx.now)
    elif key is Tag.SENSITIVE:
        # 2.1 §4.3: Always Sensitive is lost for good once Sensitive was False.
        attributes.put(Tag.ALWAYS_SENSITIVE, bool(attributes.one(Tag.ALWAYS_SENSITIVE) and attributes.one(key)))
    elif key is Tag.EXTRACTABLE:
        attributes.put(Tag.NEVER_EXTRACTABLE, bool(attributes.one(Tag.NEVER_EXTRACTABLE) and not attributes.one(key)))
    elif key is Tag.USAGE_LIMITS and key in attributes:
        attributes.put(key, initial_limits(attributes.one(key)))
    elif key is Tag.LINK:
        require_one_replacement(attributes)


def as_it_became(attributes: AttributeMap, key: AttributeKey, index: int) -> AttributeItem:
    """The instance for the answer of 1.x, with what the server added: Usage Limits their Count (TC-51)."""
    return AttributeItem(key, instance_at(attributes, key, index).value, index)
