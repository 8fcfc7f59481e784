"""From the neutral tree to the structures of the standard and back, compiled once per version.

For each (structure, version) two closures are made when first needed and kept: one that reads the
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
from kmip_server.spec.enums import CredentialType, ObjectType, UniqueIdentifierCode
from kmip_server.spec.kmip_enum import KmipEnum, KmipMask
from kmip_server.spec.schema import FieldSpec, Kind, Special, fields_of, is_structure, tag_of
from kmip_server.spec.structures.credentials import CREDENTIAL_VALUES, Credential
from kmip_server.spec.structures.keys import OBJECT_STRUCTURES, KeyValue, TransparentKeyMaterial
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0, V3_0, Version
from kmip_server.wire.dialect import Dialect, WrongTypeError
from kmip_server.wire.tree import Item

Read = Callable[[int, Any], Any]
"""Item type and value to the Python value; raises KmipError."""
Write = Callable[[Any], tuple[int, Any] | None]
"""Python value to item type and value; None when the version cannot express it."""
Put = Callable[[dict[str, Any], int, Any], None]
"""Reads one item and puts it among the values of the structure."""
Bind = Callable[[list[Item]], Any]
Unbind = Callable[[Any], list[Item]]

_STRUCTURE = int(ItemType.STRUCTURE)
_INTEGER = int(ItemType.INTEGER)
_ENUMERATION = int(ItemType.ENUMERATION)
_TEXT = int(ItemType.TEXT_STRING)
_BYTES = int(ItemType.BYTE_STRING)
_IDENTIFIER = int(ItemType.IDENTIFIER)
_IDENTIFIERS = frozenset({_TEXT, _IDENTIFIER, int(ItemType.REFERENCE), int(ItemType.NAME_REFERENCE)})


class Binder:
    """Binds and unbinds every structure in one version of the protocol."""

    def __init__(self, version: Version | None) -> None:
        self.version = version
        self._binds: dict[tuple[type[Any], bool], Bind] = {}
        self._unbinds: dict[type[Any], Unbind] = {}
        self._readers: dict[tuple[Kind, bool], Read] = {}
        self._writers: dict[Kind, Write] = {}
        self._object_tags = {
            int(tag_of(cls) or 0): cls for kind, cls in OBJECT_STRUCTURES.items() if self.defines(kind)
        }
        self.dialect = Dialect(self)

    # --- what callers use ---------------------------------------------------------------------------

    def bind(self, cls: type[Any], items: list[Item], *, partial: bool = False) -> Any:
        """Make a structure from its items; ``partial`` lets required fields be absent (Locate, 1.4 §4.9)."""
        found = self._binds.get((cls, partial))
        if found is None:
            found = self._binds[(cls, partial)] = self._compile_bind(cls, partial)
        return found(items)

    def unbind(self, value: Any) -> list[Item]:
        """The items of a structure, as this version writes them."""
        found = self._unbinds.get(type(value))
        if found is None:
            found = self._unbinds[type(value)] = self._compile_unbind(type(value))
        return found(value)

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

    def _fields(self, cls: type[Any]) -> list[tuple[str, FieldSpec]]:
        if self.version is None:
            return list(fields_of(cls))
        return [(name, spec) for name, spec in fields_of(cls) if spec.in_version(self.version)]

    def _tag(self, spec: FieldSpec) -> Tag:
        return spec.tag if self.version is None else spec.tag_in(self.version)

    # --- reading ------------------------------------------------------------------------------------

    def _compile_bind(self, cls: type[Any], partial: bool) -> Bind:
        puts = self._puts(cls, partial)
        scalars: dict[str, Any] = {name: None for name, spec in fields_of(cls) if not spec.many}
        lists = [name for name, spec in fields_of(cls) if spec.many]
        required = [(name, self._tag(spec).title) for name, spec in self._fields(cls) if spec.required and not partial]
        title = cls.__name__
        finish = _finish_credential if cls is Credential else None

        def bind(items: list[Item]) -> Any:
            values = scalars.copy()
            for name in lists:
                values[name] = []
            for tag, kind, value in items:
                put = puts.get(tag)
                if put is None:
                    raise InvalidField(f"{_title(tag)} is not a field of {title} in this protocol version")
                put(values, kind, value)
            for name, field_title in required:
                if values[name] is None:
                    raise InvalidMessage(f"{field_title} is missing in {title}")
            if finish is not None:
                finish(self, values)
            return cls(**values)

        return bind

    def _puts(self, cls: type[Any], partial: bool) -> dict[int, Put]:
        """Tag to what reads the item and puts it in its place."""
        puts: dict[int, Put] = {}
        title = cls.__name__
        for name, spec in self._fields(cls):
            tag = self._tag(spec)
            if spec.kind is Special.OBJECT:
                for object_tag in self._object_tags:
                    puts[object_tag] = _put_one(name, Tag(object_tag).title, title, self._object_reader(object_tag))
            elif spec.kind is Special.ATTRIBUTES and tag is Tag.ATTRIBUTE:
                puts[tag] = self.dialect.gatherer(name)
            else:
                read = self.reader(spec.kind, partial=partial or spec.partial)
                puts[tag] = (_put_many if spec.many else _put_one)(name, tag.title, title, read)
        return puts

    def _make_reader(self, kind: Kind, partial: bool) -> Read:
        if isinstance(kind, Special):
            return self._special_reader(kind, partial)
        if isinstance(kind, ItemType):
            return _plain_reader(int(kind))
        if issubclass(kind, KmipMask):
            return _plain_reader(_INTEGER)
        if issubclass(kind, KmipEnum):
            return self._enum_reader(kind)
        if not is_structure(kind):
            raise TypeError(f"{kind!r} is no kind of field")

        def read_structure(item_type: int, value: Any) -> Any:
            if item_type != _STRUCTURE:
                raise WrongTypeError
            return self.bind(kind, value, partial=partial)

        return read_structure

    def _enum_reader(self, kind: type[KmipEnum]) -> Read:
        members = {int(member): member for member in kind if self.defines(member)}

        def read_enum(item_type: int, value: Any) -> Any:
            if item_type != _ENUMERATION:
                raise WrongTypeError
            member = members.get(value)
            if member is not None:
                return member
            if value >= 0x80000000:
                return kind(value)
            raise InvalidField(f"0x{value:08X} is not a value of {kind.__name__} in this protocol version")

        return read_enum

    def _object_reader(self, tag: int) -> Read:
        cls = self._object_tags[tag]

        def read_object(item_type: int, value: Any) -> Any:
            if item_type != _STRUCTURE:
                raise WrongTypeError
            return self.bind(cls, value)

        return read_object

    def _special_reader(self, kind: Special, partial: bool) -> Read:
        dialect = self.dialect
        if kind is Special.ATTRIBUTES:
            return dialect.read_group_partial if partial else dialect.read_group
        readers: dict[Special, Read] = {
            Special.ATTRIBUTE: dialect.read_single,
            Special.ATTRIBUTE_REFERENCE: dialect.read_reference,
            Special.UNIQUE_IDENTIFIER: self._read_unique_identifier,
            Special.KEY_VALUE: self._read_key_value,
            Special.KEY_MATERIAL: self._read_key_material,
            Special.CREDENTIAL_VALUE: _read_any,
            Special.ANY: _read_any,
        }
        return readers[kind]

    def _read_unique_identifier(self, item_type: int, value: Any) -> Any:
        if item_type in _IDENTIFIERS:
            return value
        if self.version is None or self.version >= V2_0:
            if item_type == _ENUMERATION:
                return UniqueIdentifierCode(value)
            if item_type == _INTEGER:
                return value
        raise WrongTypeError

    def _read_key_value(self, item_type: int, value: Any) -> Any:
        if item_type == _BYTES:
            return value
        if item_type != _STRUCTURE:
            raise WrongTypeError
        return self.bind(KeyValue, value)

    def _read_key_material(self, item_type: int, value: Any) -> Any:
        if item_type == _BYTES:
            return value
        if item_type != _STRUCTURE:
            raise WrongTypeError
        return self.bind(TransparentKeyMaterial, value)

    # --- writing ------------------------------------------------------------------------------------

    def _compile_unbind(self, cls: type[Any]) -> Unbind:
        plan = [self._write_field(name, spec) for name, spec in self._fields(cls)]

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
        tag = int(self._tag(spec))
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
            Special.KEY_VALUE: self._write_bytes_or_structure,
            Special.KEY_MATERIAL: self._write_bytes_or_structure,
            Special.CREDENTIAL_VALUE: lambda value: (_STRUCTURE, self.unbind(value)),
            Special.ANY: _write_any,
            Special.OBJECT: self._write_object,
        }
        return writers[kind]

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


def _title(tag: int) -> str:
    known = Tag(tag)
    return known.title if known.known else f"Tag 0x{tag:06X}"


def _put_one(name: str, field_title: str, title: str, read: Read) -> Put:
    def put(values: dict[str, Any], kind: int, value: Any) -> None:
        if values[name] is not None:
            raise InvalidMessage(f"{field_title} stands more than once in {title}")
        try:
            values[name] = read(kind, value)
        except WrongTypeError:
            raise InvalidMessage(f"{field_title} in {title} is of the wrong type") from None

    return put


def _put_many(name: str, field_title: str, title: str, read: Read) -> Put:
    def put(values: dict[str, Any], kind: int, value: Any) -> None:
        try:
            values[name].append(read(kind, value))
        except WrongTypeError:
            raise InvalidMessage(f"{field_title} in {title} is of the wrong type") from None

    return put


def _plain_reader(expected: int) -> Read:
    def read_plain(item_type: int, value: Any) -> Any:
        if item_type != expected:
            raise WrongTypeError
        return value

    return read_plain


def _plain_writer(item_type: int) -> Write:
    return lambda value: (item_type, value)


def _read_any(item_type: int, value: Any) -> Any:
    return item_type, value


def _write_any(value: Any) -> Any:
    return value


def _finish_credential(binder: Binder, values: dict[str, Any]) -> None:
    """The Credential Type says what the Credential Value is (1.4 §2.1.2)."""
    kind: CredentialType = values["credential_type"]
    cls = CREDENTIAL_VALUES.get(kind)
    item_type, items = values["credential_value"]
    if item_type != _STRUCTURE:
        raise InvalidMessage("Credential Value is of the wrong type")
    if cls is not None:
        values["credential_value"] = binder.bind(cls, items)
