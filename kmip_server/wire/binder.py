"""From the neutral tree to the structures of the standard and back, compiled once per version.

For each (structure, version) two functions are made when first needed and kept: one that reads the
fields the version defines, one that writes them, in the standard's order. A field, tag or enumeration
value that the version does not define is never written: that is how an old client is never shown what
is younger than it (2.1 §9.1; the version stands on the field, never in an ``if``).

``version=None`` compiles the storage form: every field of every version, as the database keeps it.

Errors follow the General Errors table (1.4 §11.1): a missing, repeated or ill-typed field is an Invalid
Message, a field that the version does not know an Invalid Field; both for the batch item alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmip_server.errors import InvalidField, InvalidMessage
from kmip_server.spec.enums import DataCode, ObjectType, UniqueIdentifierCode
from kmip_server.spec.kmip_enum import KmipEnum, KmipMask
from kmip_server.spec.names import spaced_name
from kmip_server.spec.schema import FieldSpec, Kind, Special, fields_of, is_structure, tag_of
from kmip_server.spec.structures.credentials import CREDENTIAL_VALUES, Credential
from kmip_server.spec.structures.keys import OBJECT_STRUCTURES, KeyValue, TransparentKeyMaterial
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0, V3_0, Version
from kmip_server.wire.compiling import FieldReader, WrongTypeError, reading
from kmip_server.wire.dialect import Dialect
from kmip_server.wire.tree import Item

Read = Callable[[int, Any], Any]
"""Item type and value to the Python value; raises KmipError."""
Write = Callable[[Any], tuple[int, Any] | None]
"""Python value to item type and value; None when the version cannot express it."""
Bind = Callable[[list[Item]], Any]
Unbind = Callable[[Any], list[Item]]

_STRUCTURE = int(ItemType.STRUCTURE)
_INTEGER = int(ItemType.INTEGER)
_ENUMERATION = int(ItemType.ENUMERATION)
_TEXT = int(ItemType.TEXT_STRING)
_BYTES = int(ItemType.BYTE_STRING)
_IDENTIFIER = int(ItemType.IDENTIFIER)
_IDENTIFIERS = frozenset({_TEXT, _IDENTIFIER, int(ItemType.REFERENCE), int(ItemType.NAME_REFERENCE)})


class _Made(dict[type[Any], Any]):
    """Structure class to what was made for it when it was first asked for."""

    def __init__(self, make: Callable[[type[Any]], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, cls: type[Any]) -> Any:
        made = self[cls] = self._make(cls)
        return made


class Binder:
    """Binds and unbinds every structure in one version of the protocol."""

    def __init__(self, version: Version | None) -> None:
        self.version = version
        self._binds = _Made(lambda cls: self._compile_bind(cls, False))
        self._partial_binds = _Made(lambda cls: self._compile_bind(cls, True))
        self._unbinds = _Made(self._compile_unbind)
        self._readers: dict[tuple[Kind, bool], Read] = {}
        self._writers: dict[Kind, Write] = {}
        self._object_tags = {
            int(tag_of(cls) or 0): cls for kind, cls in OBJECT_STRUCTURES.items() if self.defines(kind)
        }
        self.dialect = Dialect(self)

    # --- what callers use ---------------------------------------------------------------------------

    def bind(self, cls: type[Any], items: list[Item], *, partial: bool = False) -> Any:
        """Make a structure from its items; ``partial`` lets required fields be absent (Locate, 1.4 §4.9)."""
        return (self._partial_binds if partial else self._binds)[cls](items)

    def unbind(self, value: Any) -> list[Item]:
        """The items of a structure, as this version writes them."""
        items: list[Item] = self._unbinds[type(value)](value)
        return items

    def defines(self, member: KmipEnum) -> bool:
        """Whether this version has the enumeration value or tag."""
        return self.version is None or member.in_version(self.version)

    def reader(self, kind: Kind, *, partial: bool = False) -> Read:
        """What reads a value of this kind."""
        found = self._readers.get((kind, partial))
        if found is None:
            found = self._readers[(kind, partial)] = self._make_reader(kind, partial)
        return found

    def writer(self, kind: Kind) -> Write:
        """What writes a value of this kind."""
        found = self._writers.get(kind)
        if found is None:
            found = self._writers[kind] = self._make_writer(kind)
        return found

    # --- fields -------------------------------------------------------------------------------------

    def fields(self, cls: type[Any]) -> list[tuple[str, FieldSpec]]:
        """The fields of a structure that this version defines, in the standard's order."""
        if self.version is None:
            return list(fields_of(cls))
        return [(name, spec) for name, spec in fields_of(cls) if spec.in_version(self.version)]

    def tag(self, spec: FieldSpec) -> Tag:
        """The tag a field has in this version."""
        return spec.tag if self.version is None else spec.tag_in(self.version)

    # --- reading ------------------------------------------------------------------------------------

    def binding(self, cls: type[Any], *, partial: bool = False) -> Bind:
        """What makes a structure from its items; see :meth:`bind`."""
        bind: Bind = (self._partial_binds if partial else self._binds)[cls]
        return bind

    def _compile_bind(self, cls: type[Any], partial: bool) -> Bind:
        plan = [reader for name, spec in self.fields(cls) for reader in self._field_readers(name, spec, partial)]
        required = [(name, self.tag(spec).title) for name, spec in self.fields(cls) if spec.required and not partial]
        fields = [(name, spec.many) for name, spec in fields_of(cls)]
        bind = reading(cls, str(self.version), plan, required, fields)
        return self._credential_binding(bind) if cls is Credential else bind

    def _field_readers(self, name: str, spec: FieldSpec, partial: bool) -> list[FieldReader]:
        """What reads a field; several where the tag says what stands there."""
        tag, kind = int(self.tag(spec)), spec.kind
        if kind is Special.OBJECT:
            return [FieldReader(name, tag, self._structure_reader(cls)) for tag, cls in self._object_tags.items()]
        if kind is Special.ATTRIBUTES and tag == Tag.ATTRIBUTE:
            return [FieldReader(name, tag, self.dialect.gather, gathers=True)]
        if kind is Special.ANY or kind is Special.CREDENTIAL_VALUE:
            return [FieldReader(name, tag, _read_any, many=spec.many)]
        plain = _item_type_of(kind)
        if plain is not None:
            return [FieldReader(name, tag, _read_any, plain, many=spec.many)]
        if isinstance(kind, type) and issubclass(kind, KmipEnum):
            return [FieldReader(name, tag, self._unlisted(kind), _ENUMERATION, self._members(kind), spec.many)]
        return [FieldReader(name, tag, self.reader(kind, partial=partial or spec.partial), many=spec.many)]

    def _credential_binding(self, bind: Bind) -> Bind:
        """The Credential Type says what the Credential Value is (1.4 §2.1.2)."""

        def bind_credential(items: list[Item]) -> Credential:
            credential: Credential = bind(items)
            item_type, value = credential.credential_value
            if item_type != _STRUCTURE:
                raise InvalidMessage("Credential Value is of the wrong type")
            cls = CREDENTIAL_VALUES.get(credential.credential_type)
            if cls is not None:
                credential.credential_value = self.bind(cls, value)
            return credential

        return bind_credential

    def _make_reader(self, kind: Kind, partial: bool) -> Read:
        if isinstance(kind, Special):
            return self._special_reader(kind, partial)
        plain = _item_type_of(kind)
        if plain is not None:
            return _plain_reader(plain)
        if isinstance(kind, type) and issubclass(kind, KmipEnum):
            return self._enum_reader(kind)
        if not is_structure(kind):
            raise TypeError(f"{kind!r} is no kind of field")
        return self._structure_reader(kind, partial)

    def _unlisted(self, kind: type[KmipEnum]) -> Callable[[int], Any]:
        """What a code means that the version does not list: an extension's passes, any other is refused."""

        def read_unlisted(value: int) -> Any:
            if value >= 0x80000000:
                return kind(value)
            raise InvalidField(f"0x{value:08X} is not a {spaced_name(kind.__name__)} of KMIP {self.version}")

        return read_unlisted

    def _members(self, kind: type[KmipEnum]) -> dict[int, KmipEnum]:
        """The values of an enumeration that this version defines, by code."""
        return {int(member): member for member in kind if self.defines(member)}

    def _enum_reader(self, kind: type[KmipEnum]) -> Read:
        members, unlisted = self._members(kind), self._unlisted(kind)

        def read_enum(item_type: int, value: Any) -> Any:
            if item_type != _ENUMERATION:
                raise WrongTypeError
            member = members.get(value)
            return unlisted(value) if member is None else member

        return read_enum

    def _structure_reader(self, cls: Any, partial: bool = False) -> Read:
        bind: Bind | None = None

        def read_structure(item_type: int, value: Any) -> Any:
            nonlocal bind
            if item_type != _STRUCTURE:
                raise WrongTypeError
            if bind is None:
                bind = self.binding(cls, partial=partial)
            return bind(value)

        return read_structure

    def _special_reader(self, kind: Special, partial: bool) -> Read:
        dialect = self.dialect
        if kind is Special.ATTRIBUTES:
            return dialect.read_group_partial if partial else dialect.read_group
        readers: dict[Special, Read] = {
            Special.ATTRIBUTE: dialect.read_single,
            Special.ATTRIBUTE_REFERENCE: dialect.read_reference,
            Special.UNIQUE_IDENTIFIER: self._read_unique_identifier,
            Special.DATA: self._read_data,
            Special.KEY_VALUE: self._bytes_or_structure(KeyValue),
            Special.KEY_MATERIAL: self._bytes_or_structure(TransparentKeyMaterial),
            Special.CREDENTIAL_VALUE: _read_any,
            Special.ANY: _read_any,
        }
        return readers[kind]

    def _read_unique_identifier(self, item_type: int, value: Any) -> Any:
        return value if item_type in _IDENTIFIERS else self._reference(item_type, value, UniqueIdentifierCode)

    def _read_data(self, item_type: int, value: Any) -> Any:
        return value if item_type == _BYTES else self._reference(item_type, value, DataCode)

    def _reference(self, item_type: int, value: Any, codes: type[KmipEnum]) -> Any:
        """What stands for something else of the same batch: a code, or a place in the response."""
        if self.version is None or self.version >= V2_0:
            if item_type == _ENUMERATION:
                return codes(value)
            if item_type == _INTEGER:
                return value
        raise WrongTypeError

    def _bytes_or_structure(self, cls: type[Any]) -> Read:
        read_structure = self._structure_reader(cls)

        def read_either(item_type: int, value: Any) -> Any:
            return value if item_type == _BYTES else read_structure(item_type, value)

        return read_either

    # --- writing ------------------------------------------------------------------------------------

    def _compile_unbind(self, cls: type[Any]) -> Unbind:
        plan = [self._write_field(name, spec) for name, spec in self.fields(cls)]

        def unbind(value: Any) -> list[Item]:
            items: list[Item] = []
            for name, write in plan:
                found = getattr(value, name)
                if found is not None:
                    write(found, items)
            return items

        return unbind

    def _write_field(self, name: str, spec: FieldSpec) -> tuple[str, Callable[[Any, list[Item]], None]]:
        """What appends the items of one field."""
        tag = int(self.tag(spec))
        if spec.kind is Special.OBJECT:
            return name, lambda value, items: items.append((int(tag_of(type(value)) or 0), *self._write_object(value)))
        if spec.kind is Special.ATTRIBUTES and tag == Tag.ATTRIBUTE:
            write_each = self.dialect.write_each
            return name, lambda group, items: items.extend((tag, _STRUCTURE, inner) for inner in write_each(group))
        write = self.writer(spec.kind)

        def write_one(value: Any, items: list[Item]) -> None:
            written = write(value)
            if written is not None:
                items.append((tag, written[0], written[1]))

        def write_many(values: Any, items: list[Item]) -> None:
            for value in values:
                write_one(value, items)

        return name, write_many if spec.many else write_one

    def _make_writer(self, kind: Kind) -> Write:
        if isinstance(kind, Special):
            return self._special_writer(kind)
        if isinstance(kind, ItemType):
            return _plain_writer(int(kind))
        if issubclass(kind, KmipMask):
            bits = 0x7FFFFFFF if self.version is None else kind.all_bits(self.version)
            return lambda value: (_INTEGER, int(value) & bits)
        if issubclass(kind, KmipEnum):
            defines = self.defines
            allowed = {int(member) for member in kind if defines(member)}
            return lambda value: (_ENUMERATION, int(value)) if value in allowed or value >= 0x80000000 else None
        return lambda value: (_STRUCTURE, self.unbind(value))

    def _special_writer(self, kind: Special) -> Write:
        dialect = self.dialect
        writers: dict[Special, Write] = {
            Special.ATTRIBUTES: dialect.write_group,
            Special.ATTRIBUTE: dialect.write_single,
            Special.ATTRIBUTE_REFERENCE: dialect.write_reference,
            Special.UNIQUE_IDENTIFIER: self._write_unique_identifier,
            Special.DATA: _write_data,
            Special.KEY_VALUE: self._write_bytes_or_structure,
            Special.KEY_MATERIAL: self._write_bytes_or_structure,
            Special.CREDENTIAL_VALUE: lambda value: (_STRUCTURE, self.unbind(value)),
            Special.ANY: self._write_any,
            Special.OBJECT: self._write_object,
        }
        return writers[kind]

    def _write_any(self, value: Any) -> Any:
        """What came as type and value goes as it came; a structure of the standard's is unbound (payloads)."""
        return value if isinstance(value, tuple) else (_STRUCTURE, self.unbind(value))

    def _write_object(self, value: Any) -> tuple[int, Any]:
        return _STRUCTURE, self.unbind(value)

    def _write_unique_identifier(self, value: Any) -> tuple[int, Any]:
        if isinstance(value, str):
            return (_IDENTIFIER if self.version is not None and self.version >= V3_0 else _TEXT), value
        return (_ENUMERATION if isinstance(value, KmipEnum) else _INTEGER), int(value)

    def _write_bytes_or_structure(self, value: Any) -> tuple[int, Any]:
        return (_BYTES, value) if isinstance(value, bytes) else (_STRUCTURE, self.unbind(value))

    def object_type_of(self, tag: int) -> ObjectType | None:
        """Which object type stands under a tag in this version."""
        cls = self._object_tags.get(tag)
        return next((kind for kind, known in OBJECT_STRUCTURES.items() if known is cls), None)


def _item_type_of(kind: Kind) -> int | None:
    """The one item type of values that are taken as they are; None where they are made into something."""
    if isinstance(kind, ItemType):
        return int(kind)
    if isinstance(kind, type) and issubclass(kind, KmipMask):
        return _INTEGER
    return None


def _plain_reader(expected: int) -> Read:
    def read_plain(item_type: int, value: Any) -> Any:
        if item_type != expected:
            raise WrongTypeError
        return value

    return read_plain


def _plain_writer(item_type: int) -> Write:
    return lambda value: (item_type, value)


def _write_data(value: Any) -> tuple[int, Any]:
    if isinstance(value, bytes):
        return _BYTES, value
    return (_ENUMERATION if isinstance(value, KmipEnum) else _INTEGER), int(value)


def _read_any(item_type: int, value: Any) -> Any:
    return item_type, value
