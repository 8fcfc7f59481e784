"""C_FindObjects as Locate, C_GetAttributeValue as Get Attributes and Get (PKCS#11 3.0 §5.7)."""

from __future__ import annotations

from kmip_server.domain.search import Comparison, Filter, Search, terms_of
from kmip_server.operations.cryptoki.calling import Call, function
from kmip_server.operations.cryptoki.classes import CLASSES, ID, MASKS, READERS, Shown, class_of
from kmip_server.operations.cryptoki.encoding import Asked, Value, attribute, counted, size_of, ulong
from kmip_server.operations.cryptoki.refusing import Refusal, refused
from kmip_server.operations.cryptoki.templates import algorithm_of
from kmip_server.operations.cryptoki.values import SECRETS, value_of
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AnyValue
from kmip_server.spec.cryptoki import UNAVAILABLE, Attribute, ObjectClass, ReturnCode
from kmip_server.spec.enums import NameType, Operation
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@function("C_FindObjectsInit")
def find_objects_init(call: Call) -> bytes | None:
    """Search at once; what was found is asked for later."""
    session = call.session()
    wanted = {code: asked.value for code, asked in call.reader.template().items()}
    call.reader.end()
    if session.found is not None:
        raise refused(ReturnCode.OPERATION_ACTIVE)
    if None in wanted.values() or not wanted.keys() <= READERS.keys():
        # What is part of the object itself (a key's value) is nothing to search by: it would tell what it is.
        raise refused(ReturnCode.ATTRIBUTE_TYPE_INVALID)
    template = {code: value for code, value in wanted.items() if value is not None}
    with call.acting_as(Operation.LOCATE) as locating:
        identifiers = _located(template, locating)
    if not all(_is_indexed(code, value) for code, value in template.items()):
        with call.acting_as(Operation.GET_ATTRIBUTES) as reading:
            identifiers = [each for each in identifiers if _matches(each, template, reading)]
    session.found = call.state.handles_of(identifiers)
    call.ctx.note(f"{len(identifiers)} found")
    return None


def _located(template: dict[Attribute, Value], ctx: Context) -> list[str]:
    """What the database finds by the attributes it has an index of, newest first by class."""
    filters = _filters(template)
    found: list[str] = []
    for cls, object_type in CLASSES.items():
        said = template.get(Attribute.CLASS)
        if said is not None and said != cls:
            continue
        wanted = {code for code in MASKS[ObjectClass.SECRET_KEY] if template.get(code) is True}
        if not wanted <= MASKS[cls].keys():
            continue  # a public key that signs
        of_type = Filter(Tag.OBJECT_TYPE, Comparison.EQUAL, terms_of(object_type))
        bits = sum(MASKS[cls][code] for code in wanted)
        masks = (Filter(Tag.CRYPTOGRAPHIC_USAGE_MASK, Comparison.ALL_BITS, terms_of(int(bits))),) if bits else ()
        search = Search(
            visibility=ctx.visibility(),
            now=ctx.now,
            filters=(of_type, *filters, *masks),
            maximum=ctx.facts.maximum_locate_items - len(found),
        )
        found.extend(ctx.locate(search).unique_identifiers)
    return found


def _filters(template: dict[Attribute, Value]) -> tuple[Filter, ...]:
    filters: list[Filter] = []
    label = template.get(Attribute.LABEL)
    if isinstance(label, bytes) and label:
        filters.append(_of_name(label))
    identifier = template.get(Attribute.ID)
    if isinstance(identifier, bytes) and identifier:
        filters.append(Filter(ID, Comparison.EQUAL, terms_of(AnyValue(ItemType.BYTE_STRING, identifier))))
    if Attribute.KEY_TYPE in template and template[Attribute.KEY_TYPE] in _EXACT:
        filters.append(Filter(Tag.CRYPTOGRAPHIC_ALGORITHM, Comparison.EQUAL, terms_of(algorithm_of(template))))
    return tuple(filters)


def _of_name(label: bytes) -> Filter:
    """Objects with this label; one that is no text is nobody's name."""
    try:
        text = label.decode()
    except UnicodeDecodeError:
        return Filter(Tag.NAME, Comparison.NEVER)
    name = Name(name_value=text, name_type=NameType.UNINTERPRETED_TEXT_STRING)
    return Filter(Tag.NAME, Comparison.EQUAL, terms_of(name))


_EXACT = frozenset({0x00, 0x01, 0x15, 0x1F})
"""Key types that are one algorithm (RSA, DSA, 3DES, AES); the others are compared object by object."""


def _is_indexed(code: Attribute, value: Value) -> bool:
    """Whether the search itself has seen to this attribute, so that no object need be read for it."""
    if code is Attribute.KEY_TYPE:
        return value in _EXACT
    if code in (Attribute.LABEL, Attribute.ID):
        return bool(value)
    if code in (Attribute.CLASS, Attribute.TOKEN):
        return value is not False
    return code in MASKS[ObjectClass.SECRET_KEY] and value is True


def _matches(unique_identifier: str, template: dict[Attribute, Value], ctx: Context) -> bool:
    shown = shown_of(unique_identifier, ctx)
    return shown is not None and all(READERS[code](shown) == value for code, value in template.items())


def shown_of(unique_identifier: str, ctx: Context) -> Shown | None:
    """An object with its class; None where PKCS#11 has no class for it."""
    found = ctx.load(unique_identifier)
    cls = class_of(found)
    return None if cls is None else Shown(found, cls)


@function("C_FindObjects")
def find_objects(call: Call) -> bytes:
    """The next handles of what was found."""
    session = call.session()
    # ulMaxObjectCount is a CK_ULONG that counts; clients write it with eight bytes.
    most = call.reader.ulong() if call.reader.rest() == 8 else call.reader.count()
    call.reader.end()
    if session.found is None:
        raise refused(ReturnCode.OPERATION_NOT_INITIALIZED)
    given, session.found = session.found[:most], session.found[most:]
    return counted(len(given)) + b"".join(map(ulong, given))


@function("C_FindObjectsFinal")
def find_objects_final(call: Call) -> bytes | None:
    """End the search."""
    session = call.session()
    if session.found is None:
        raise refused(ReturnCode.OPERATION_NOT_INITIALIZED)
    session.found = None
    return None


@function("C_GetAttributeValue")
def get_attribute_value(call: Call) -> bytes:
    """Attributes of an object; each stands for itself, the return code tells of one that could not be given."""
    call.session()
    handle = call.reader.ulong()
    asked = call.reader.template()
    call.reader.end()
    unique_identifier = call.state.object(handle)
    with call.acting_as(Operation.GET_ATTRIBUTES) as reading:
        shown = shown_of(unique_identifier, reading)
    if shown is None:
        raise refused(ReturnCode.OBJECT_HANDLE_INVALID)
    code, parts = ReturnCode.OK, [counted(len(asked))]
    for wanted, room in asked.items():
        value, refusal = _value(call, shown, wanted)
        if refusal is None and value is not None and room.room is not None and room.room < size_of(value):
            value, refusal = None, ReturnCode.BUFFER_TOO_SMALL
        parts.append(attribute(wanted, value, shown=_wants(room)))
        code = refusal or code
    output = b"".join(parts)
    if code is not ReturnCode.OK:
        raise Refusal(code, output=output)
    return output


def _wants(asked: Asked) -> bool:
    """Whether the caller has a buffer: then its length is told, and the value itself is never sent in."""
    return asked.room is not None


def _value(call: Call, shown: Shown, code: Attribute) -> tuple[Value | None, ReturnCode | None]:
    try:
        if code in SECRETS:
            return value_of(call, shown, code), None
        read = READERS.get(code)
        value = None if read is None else read(shown)
        return value, ReturnCode.ATTRIBUTE_TYPE_INVALID if value is None else None
    except Refusal as refusal:
        return None, refusal.code


@function("C_GetObjectSize")
def get_object_size(call: Call) -> bytes:
    """PKCS#11 3.0 §5.7.4: a token that "is not capable of determining the size" says that it is not known."""
    call.session()
    handle = call.reader.ulong()
    call.reader.end()
    with call.acting_as(Operation.GET_ATTRIBUTES) as reading:
        if shown_of(call.state.object(handle), reading) is None:
            raise refused(ReturnCode.OBJECT_HANDLE_INVALID)
    return ulong(UNAVAILABLE)
