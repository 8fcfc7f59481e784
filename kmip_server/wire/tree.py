"""The neutral item in which TTLV, XML and JSON meet: a plain tuple of tag, type and value.

KMIP 2.1 §10.1 (TTLV) and Additional Message Encodings 1.0. What the value is follows from the type:

=====================================================  =====================================================
Structure                                              ``list[Item]``, in the order of the message
Integer, Long Integer, Big Integer                     int, signed
Enumeration, Interval                                  int, unsigned, 32 bits
Boolean                                                bool
Text String, Identifier, Reference, Name Reference     str without U+0000
Byte String                                            bytes
Date Time                                              int, seconds since 1970 UTC, may be negative
Date Time Extended                                     int, microseconds since 1970 UTC, may be negative
=====================================================  =====================================================

Tags and types are plain ints here (members of ``Tag`` and ``ItemType`` compare equal to them): an unknown
tag is carried like any other, and refused, if at all, by those who know what it means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

Item: TypeAlias = tuple[int, int, Any]
"""(tag, type, value); see the table above for the value."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a message may cost before anything is known of it; both are refused by ``InvalidMessage``."""

    max_size: int = 1 << 20
    """Bytes of one message, in whichever encoding it arrives."""
    max_depth: int = 32
    """Structures inside structures, the message itself counted."""


DEFAULT_LIMITS = Limits()
