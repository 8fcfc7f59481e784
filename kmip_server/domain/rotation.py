"""Rotation: the generations of a key, and when the next one is due (KMIP 2.1 §4.48 to §4.54).

Re-key, Re-key Key Pair and Re-certify rotate an object, whoever asks. Of the two objects that a rotation leaves, the
one replaced bears the Rotate Date ("the time when the Managed Object was rotated"), which no rule lets anybody
change later; the one that replaces it counts one generation more, and is the latest. Interval, offset, name and
whether rotation is automatic go over to the replacement, and so rotation goes on; the one replaced stays what it
was, to decrypt and verify what it once protected.
"""

from __future__ import annotations

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.spec.enums import LinkType, State
from kmip_server.spec.tags import Tag

OF_ONE_GENERATION = (Tag.ROTATE_DATE, Tag.ROTATE_GENERATION, Tag.ROTATE_LATEST)
"""What a replacement does not take over from the object that it replaces."""
ROTATABLE = frozenset({State.PRE_ACTIVE, State.ACTIVE})
"""The states in which the server rotates of its own accord: what was taken out of service is not continued."""


def begin_generation(replacement: AttributeMap, replaced: AttributeMap) -> None:
    """Set what the replacement is: one generation more than the object replaced, and the latest."""
    replacement.put(Tag.ROTATE_GENERATION, (replaced.one(Tag.ROTATE_GENERATION) or 0) + 1)
    replacement.put(Tag.ROTATE_LATEST, True)
    replacement.put(Tag.ROTATE_DATE, None)


def end_generation(replaced: AttributeMap, now: int) -> None:
    """Set what the object replaced is from now on."""
    if Tag.ROTATE_GENERATION not in replaced:
        replaced.put(Tag.ROTATE_GENERATION, 0)
    replaced.put(Tag.ROTATE_LATEST, False)
    replaced.put(Tag.ROTATE_DATE, now)


def rotation_due(attributes: AttributeMap) -> int | None:
    """When the server must rotate the object, in seconds since 1970; None where it need not.

    2.1 §4.51: "when the difference between the Initial Date of the Managed Object and the current server time reaches
    or exceeds this value".
    """
    one = attributes.one
    interval = one(Tag.ROTATE_INTERVAL)
    if not one(Tag.ROTATE_AUTOMATIC) or not interval or one(Tag.ROTATE_LATEST) is False:
        return None
    if one(Tag.STATE) not in ROTATABLE:
        return None
    if any(link.link_type is LinkType.REPLACEMENT_OBJECT_LINK for link in attributes.all(Tag.LINK)):
        return None
    return int(one(Tag.INITIAL_DATE) or 0) + int(interval)
