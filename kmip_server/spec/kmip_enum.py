"""The row type of every enumeration, mask and tag: a code, a printed name, a range of versions.

Unknown codes survive: ``CryptographicAlgorithm(0x80000001)`` is a nameless member that encodes to
itself, so that an extension passes through unharmed and is refused by meaning, never by the codec.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from kmip_server.spec.names import xml_name
from kmip_server.spec.version import V1_0, V3_0, Version


class KmipEnum(IntEnum):
    """An enumeration of the standard; members compare and hash as their codes."""

    title: str
    """The name as the standard prints it; for an unknown code, the code in hexadecimal."""
    since: Version
    until: Version
    known: bool
    """Whether the tables have a row for this code."""

    def __new__(cls, code: int, title: str = "", since: Version = V1_0, until: Version = V3_0) -> Self:
        """Make a member from its row."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.title = title
        member.since = since
        member.until = until
        member.known = True
        return member

    # Enum would hash the name, in Python; members are dictionary keys on every path, and equal to their codes.
    __hash__ = int.__hash__

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or not 0 <= value <= 0xFFFFFFFF:
            return None
        member = int.__new__(cls, value)
        member._value_ = value
        member._name_ = f"UNKNOWN_{value:08X}"
        member.title = f"0x{value:08X}"
        member.since = V1_0
        member.until = V3_0
        member.known = False
        return member

    @property
    def xml_name(self) -> str:
        """The name that XML and JSON messages use; an unknown code is written in hexadecimal."""
        return xml_name(self.title) if self.known else self.title

    def in_version(self, version: Version) -> bool:
        """Whether the version defines this value; extensions (8XXXXXXX) belong to every version."""
        if self.known:
            return self.since <= version <= self.until
        return int(self) >= 0x80000000


class KmipMask(KmipEnum):
    """A bit mask of the standard: members are single bits, values on the wire are plain integers."""

    @classmethod
    def all_bits(cls, version: Version) -> int:
        """Every bit that the version defines, set."""
        bits = 0
        for member in cls:
            if member.since <= version <= member.until:
                bits |= int(member)
        return bits
