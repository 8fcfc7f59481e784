"""C_WrapKey as a wrapped Get, C_UnwrapKey as Import of a wrapped key (PKCS#11 3.0 §5.18)."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.cryptoki.calling import Call, function
from kmip_server.operations.cryptoki.classes import CLASSES
from kmip_server.operations.cryptoki.encoding import ulong
from kmip_server.operations.cryptoki.finding import shown_of
from kmip_server.operations.cryptoki.keeping import require_writable
from kmip_server.operations.cryptoki.mechanisms import Use, use_of
from kmip_server.operations.cryptoki.refusing import Refusal, refused
from kmip_server.operations.cryptoki.templates import Template, algorithm_of, attributes, number, plain, require_known
from kmip_server.operations.get import GetRequest
from kmip_server.operations.import_ import ImportRequest
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.cryptoki import UNWRAPS, WRAPS, Attribute, ObjectClass, ReturnCode
from kmip_server.spec.enums import EncodingOption, KeyFormatType, KeyWrapType, Operation, WrappingMethod
from kmip_server.spec.operations import UNWRAPPING
from kmip_server.spec.structures.keys import (
    EncryptionKeyInformation,
    KeyBlock,
    KeyWrappingData,
    KeyWrappingSpecification,
    PrivateKey,
    SymmetricKey,
)
from kmip_server.spec.tags import Tag

_FORMATS = {ObjectClass.SECRET_KEY: KeyFormatType.RAW, ObjectClass.PRIVATE_KEY: KeyFormatType.PKCS_8}
"""What is wrapped of a key: the bytes of a secret one, the PrivateKeyInfo of a private one (§5.18.3)."""
_STRUCTURES: dict[ObjectClass, Any] = {ObjectClass.SECRET_KEY: SymmetricKey, ObjectClass.PRIVATE_KEY: PrivateKey}


def _information(key: str, use: Use) -> EncryptionKeyInformation:
    return EncryptionKeyInformation(unique_identifier=key, cryptographic_parameters=use.parameters)


@function("C_WrapKey")
def wrap_key(call: Call) -> bytes:
    """A key under another one: what Sensitive keeps from leaving in the clear leaves so, and no other way."""
    call.session()
    mechanism, wrapping, key = call.reader.mechanism(), call.reader.ulong(), call.reader.ulong()
    room = call.reader.room()
    call.reader.end()
    _, use = use_of(mechanism, WRAPS)
    wrapper = call.state.object(wrapping, ReturnCode.WRAPPING_KEY_HANDLE_INVALID)
    unique_identifier = call.state.object(key, ReturnCode.KEY_HANDLE_INVALID)
    with call.acting_as(Operation.GET_ATTRIBUTES) as reading:
        shown = shown_of(unique_identifier, reading)
    if shown is None or shown.cls not in _FORMATS:
        raise refused(ReturnCode.KEY_NOT_WRAPPABLE)
    request = GetRequest(
        unique_identifier=unique_identifier,
        key_format_type=_FORMATS[shown.cls],
        key_wrapping_specification=KeyWrappingSpecification(
            wrapping_method=WrappingMethod.ENCRYPT,
            encryption_key_information=_information(wrapper, use),
            encoding_option=EncodingOption.NO_ENCODING,
        ),
    )

    def wrapped() -> bytes:
        value = call.perform(Operation.GET, request).object.key_block.key_value
        if not isinstance(value, bytes):
            raise refused(ReturnCode.KEY_NOT_WRAPPABLE)
        return value

    try:
        return call.fill(room, wrapped)[0]
    except Refusal as refusal:
        raise _of_wrapping(refusal) from refusal


def _of_wrapping(refusal: Refusal) -> Refusal:
    codes = {
        ReturnCode.ATTRIBUTE_SENSITIVE: ReturnCode.KEY_UNEXTRACTABLE,
        ReturnCode.FUNCTION_FAILED: ReturnCode.KEY_SIZE_RANGE,
        ReturnCode.DATA_LEN_RANGE: ReturnCode.KEY_SIZE_RANGE,
    }
    return Refusal(codes.get(refusal.code, refusal.code), refusal.why, refusal.output)


@function("C_UnwrapKey")
def unwrap_key(call: Call) -> bytes:
    """A new key from a wrapped one; nobody can say that it was always sensitive (§4.10)."""
    session = call.session()
    mechanism, unwrapping, wrapped = call.reader.mechanism(), call.reader.ulong(), call.reader.data()
    template = plain(call.reader.template())
    call.reader.end()
    require_writable(session)
    _, use = use_of(mechanism, UNWRAPS)
    cls = _class(template)
    unwrapper = call.state.object(unwrapping, ReturnCode.UNWRAPPING_KEY_HANDLE_INVALID)
    request = ImportRequest(
        unique_identifier="",
        object_type=CLASSES[cls],
        key_wrap_type=KeyWrapType.NOT_WRAPPED,
        attributes=_attributes(template, cls, call.ctx.now),
        object=_STRUCTURES[cls](key_block=_block(cls, wrapped, unwrapper, use)),
    )
    with call.acting_as(Operation.PKCS_11):
        with call.acting_as(Operation.DECRYPT) as inner:
            inner.load(unwrapper, use=UNWRAPPING)
        try:
            made = call.perform(Operation.IMPORT, request)
        except Refusal as refusal:
            if refusal.code is ReturnCode.FUNCTION_FAILED:
                raise Refusal(ReturnCode.WRAPPED_KEY_INVALID, refusal.why) from refusal
            raise
        asked = number(template, Attribute.VALUE_LEN)
        with call.acting_as(Operation.GET_ATTRIBUTES) as reading:
            length = reading.load(made.unique_identifier).head.cryptographic_length or 0
        if asked is not None and asked * 8 != length:
            raise refused(ReturnCode.TEMPLATE_INCONSISTENT)
    return ulong(call.state.handle_of(made.unique_identifier))


def _class(template: Template) -> ObjectClass:
    said = number(template, Attribute.CLASS)
    if said is None:
        raise refused(ReturnCode.TEMPLATE_INCOMPLETE)
    if said not in (ObjectClass.SECRET_KEY, ObjectClass.PRIVATE_KEY):
        raise refused(ReturnCode.ATTRIBUTE_VALUE_INVALID)
    return ObjectClass(said)


def _attributes(template: Template, cls: ObjectClass, now: int) -> Any:
    require_known(template, frozenset({Attribute.VALUE_LEN, Attribute.SUBJECT}))
    algorithm = algorithm_of(template)
    if algorithm is None:
        raise refused(ReturnCode.TEMPLATE_INCOMPLETE)
    given = attributes(template, cls, now, cryptographic_algorithm=algorithm)
    given.items += [AttributeItem(Tag.ALWAYS_SENSITIVE, False), AttributeItem(Tag.NEVER_EXTRACTABLE, False)]
    return given


def _block(cls: ObjectClass, wrapped: bytes, unwrapper: str, use: Use) -> KeyBlock:
    return KeyBlock(
        key_format_type=_FORMATS[cls],
        key_value=wrapped,
        key_wrapping_data=KeyWrappingData(
            wrapping_method=WrappingMethod.ENCRYPT,
            encryption_key_information=_information(unwrapper, use),
            encoding_option=EncodingOption.NO_ENCODING,
        ),
    )
