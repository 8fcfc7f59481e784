"""The item types of the TTLV encoding (KMIP 2.1 §10.1.2; the last three from the KMIP 3.0 test cases)."""

from __future__ import annotations

from enum import IntEnum


class ItemType(IntEnum):
    """What kind of value an item holds; the number is the type byte on the wire."""

    STRUCTURE = 0x01
    INTEGER = 0x02
    LONG_INTEGER = 0x03
    BIG_INTEGER = 0x04
    ENUMERATION = 0x05
    BOOLEAN = 0x06
    TEXT_STRING = 0x07
    BYTE_STRING = 0x08
    DATE_TIME = 0x09
    INTERVAL = 0x0A
    DATE_TIME_EXTENDED = 0x0B
    IDENTIFIER = 0x0C
    REFERENCE = 0x0D
    NAME_REFERENCE = 0x0E

    @property
    def xml_name(self) -> str:
        """The value of the ``type`` attribute in XML and JSON (Additional Message Encodings 1.0 §3.1.1)."""
        return "".join(part.capitalize() for part in self.name.split("_"))
