"""The bytes of PKCS#11 parameters (KMIP Profiles 2.1 §5.18.1, PKCS#11 Encoding).

A CK_BYTE is one byte, a CK_ULONG eight, big-endian; a count or length is four. A structure stands in line. An array
is preceded by its count. Where the caller may pass no buffer, a byte says whether there is one, and the length of the
buffer follows; the answer has the same form. An attribute is its type, a byte that says whether its value follows, a
byte that says whether its length is known, for an array its count, and the value. A mechanism is its type, a byte
that says whether a parameter follows, the length of the parameter, and the parameter.
"""

from __future__ import annotations

from typing import NamedTuple

from kmip_server.errors import KmipError
from kmip_server.operations.cryptoki.refusing import refused
from kmip_server.spec.cryptoki import Attribute, ReturnCode, ValueKind
from kmip_server.spec.enums import ResultReason

Value = bool | int | bytes | tuple[int, ...]
"""The value of an attribute; nested templates are read and thrown away."""
_ATTRIBUTES = {int(code): code for code in Attribute}
_MOST_ATTRIBUTES = 256
_DEEPEST = 2


class Asked(NamedTuple):
    """An attribute in a request: its value, if it has one, and the count or size of the caller's buffer."""

    value: Value | None
    room: int | None
    """How many elements fit (for a scalar 1); None: the caller asks for the size."""


class Mechanism(NamedTuple):
    """CK_MECHANISM: which, and its parameter as it was encoded."""

    code: int
    parameter: bytes | None


class Room(NamedTuple):
    """The caller's output buffer."""

    present: bool
    size: int


class Reader:
    """Takes parameters off the front; whatever does not fit is a PKCS#11 Codec Error."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """That many bytes."""
        end = self._at + count
        if end > len(self._data):
            raise KmipError("the PKCS#11 Input Parameters end too soon", ResultReason.PKCS_11_CODEC_ERROR)
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def byte(self) -> int:
        """A CK_BYTE."""
        return self.take(1)[0]

    def flag(self) -> bool:
        """A byte that is 0 or 1."""
        value = self.byte()
        if value > 1:
            raise KmipError("a flag in the PKCS#11 Input Parameters is not 0 or 1", ResultReason.PKCS_11_CODEC_ERROR)
        return bool(value)

    def ulong(self) -> int:
        """A CK_ULONG."""
        return int.from_bytes(self.take(8), "big")

    def count(self) -> int:
        """A count or length."""
        return int.from_bytes(self.take(4), "big")

    def data(self) -> bytes:
        """An array of bytes after its count."""
        return self.take(self.count())

    def peek(self, count: int) -> bytes:
        """That many bytes, or what is left of them, without taking them."""
        return self._data[self._at : self._at + count]

    def rest(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self._at

    def room(self) -> Room:
        """The caller's output buffer: whether there is one, how long it is."""
        return Room(self.flag(), self.count())

    def end(self) -> None:
        """Refuse what is left over."""
        if self._at != len(self._data):
            raise KmipError("the PKCS#11 Input Parameters are too long", ResultReason.PKCS_11_CODEC_ERROR)

    def mechanism(self) -> Mechanism:
        """A CK_MECHANISM."""
        code = self.ulong()
        return Mechanism(code, self.take(self.count()) if self.flag() else None)

    def template(self, depth: int = 0) -> dict[Attribute, Asked]:
        """An array of CK_ATTRIBUTE after its count."""
        count = self.count()
        if count > _MOST_ATTRIBUTES or depth > _DEEPEST:
            raise refused(ReturnCode.ARGUMENTS_BAD)
        template: dict[Attribute, Asked] = {}
        for _ in range(count):
            code, asked = self._attribute(depth)
            if code in template:
                raise refused(ReturnCode.TEMPLATE_INCONSISTENT)
            template[code] = asked
        return template

    def _attribute(self, depth: int) -> tuple[Attribute, Asked]:
        code = _ATTRIBUTES.get(self.ulong())
        if code is None:
            # Without the kind of its value nobody can say where the attribute ends.
            raise refused(ReturnCode.ATTRIBUTE_TYPE_INVALID)
        has_value, has_length = self.flag(), self.flag()
        kind = code.kind
        array = kind in (ValueKind.BYTES, ValueKind.ULONGS, ValueKind.TEMPLATE)
        if kind is ValueKind.TEMPLATE and has_value:
            self.template(depth + 1)
            return code, Asked((), None)
        room = (self.count() if array else 1) if has_length else None
        if not has_value:
            return code, Asked(None, room)
        return code, Asked(self._value(kind, room or 0), room)

    def _value(self, kind: ValueKind, count: int) -> Value:
        if kind is ValueKind.BOOL:
            return self.byte() != 0
        if kind is ValueKind.ULONG:
            return self.ulong()
        if kind is ValueKind.DATE:
            return self.take(8)
        if kind is ValueKind.ULONGS:
            raw = self.take(8 * count)
            return tuple(int.from_bytes(raw[at : at + 8], "big") for at in range(0, len(raw), 8))
        return self.take(count)


def ulong(value: int) -> bytes:
    """A CK_ULONG."""
    return value.to_bytes(8, "big")


def counted(value: int) -> bytes:
    """A count or length."""
    return value.to_bytes(4, "big")


def padded(text: str, size: int) -> bytes:
    """A text of fixed size, filled up with blanks, cut between characters where it is too long."""
    raw = text.encode()[:size]
    return raw.decode(errors="ignore").encode().ljust(size)


def attribute(code: Attribute, value: Value | None, *, shown: bool) -> bytes:
    """A CK_ATTRIBUTE of an answer: ``value`` None is "unavailable", ``shown`` False tells the length alone."""
    head = ulong(code) + bytes((value is not None and shown, value is not None))
    if value is None:
        return head
    if isinstance(value, bool):
        return head + (bytes((value,)) if shown else b"")
    if isinstance(value, int):
        return head + (ulong(value) if shown else b"")
    if isinstance(value, tuple):
        return head + counted(len(value)) + (b"".join(map(ulong, value)) if shown else b"")
    if code.kind is ValueKind.DATE:
        return head + (value if shown else b"")
    return head + counted(len(value)) + (value if shown else b"")


def size_of(value: Value) -> int:
    """How many elements a value has; a scalar one."""
    return len(value) if isinstance(value, bytes | tuple) else 1


def octets(value: bytes) -> bytes:
    """A DER OCTET STRING, as CKA_EC_POINT has the point in it (PKCS#11 Mechanisms 3.0 §2.3.3)."""
    size = len(value)
    return b"\x04" + (bytes((size,)) if size < 0x80 else b"\x81" + bytes((size,))) + value


def octets_of(encoded: bytes) -> bytes:
    """What stands in a DER OCTET STRING of 255 bytes at most; Attribute Value Invalid for anything else."""
    value = encoded[3:] if encoded[1:2] == b"\x81" else encoded[2:]
    if len(value) > 255 or octets(value) != encoded:
        raise refused(ReturnCode.ATTRIBUTE_VALUE_INVALID)
    return value
