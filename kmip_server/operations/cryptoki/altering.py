"""C_SetAttributeValue as Add, Modify and Delete Attribute; C_CopyObject as Get and Register (PKCS#11 3.0 §5.7)."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.add_attribute import AddAttributeRequest
from kmip_server.operations.cryptoki.calling import Call, function
from kmip_server.operations.cryptoki.classes import ID, MASKS, READERS, Shown, copyable
from kmip_server.operations.cryptoki.encoding import Asked, Value, ulong
from kmip_server.operations.cryptoki.finding import shown_of
from kmip_server.operations.cryptoki.keeping import require_writable
from kmip_server.operations.cryptoki.refusing import Refusal, refused
from kmip_server.operations.cryptoki.templates import READ_ONLY, Template, plain, text_of
from kmip_server.operations.cryptoki.values import SECRETS
from kmip_server.operations.delete_attribute import DeleteAttributeRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.modify_attribute import ModifyAttributeRequest
from kmip_server.operations.register import RegisterRequest
from kmip_server.spec.attribute_values import AnyValue, AttributeItem, AttributeKey, Attributes
from kmip_server.spec.cryptoki import Attribute, ReturnCode
from kmip_server.spec.enums import NameType, Operation, State
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType

_WORDS: dict[Attribute, AttributeKey] = {Attribute.LABEL: Tag.NAME, Attribute.ID: ID}
"""What a client may say of its object, and say otherwise."""
_ONE_WAY: dict[Attribute, tuple[Tag, bool]] = {
    Attribute.SENSITIVE: (Tag.SENSITIVE, True),
    Attribute.EXTRACTABLE: (Tag.EXTRACTABLE, False),
}
"""PKCS#11 3.0 §4.9: Sensitive may only become True, Extractable only False."""


@function("C_SetAttributeValue")
def set_attribute_value(call: Call) -> bytes | None:
    """Change attributes of an object: all that the template names, or none."""
    session = call.session()
    handle = call.reader.ulong()
    asked = call.reader.template()
    call.reader.end()
    require_writable(session)
    unique_identifier = call.state.object(handle)
    with call.acting_as(Operation.PKCS_11):
        for code, given in asked.items():
            with call.acting_as(Operation.GET_ATTRIBUTES) as reading:
                shown = shown_of(unique_identifier, reading)
            if shown is None:
                raise refused(ReturnCode.OBJECT_HANDLE_INVALID)
            _set(call, shown, code, given)
    return None


def _set(call: Call, shown: Shown, code: Attribute, given: Asked) -> None:
    """Change one; a value that it has already is no change, unless it is the token's own."""
    if given.value is None:
        raise refused(ReturnCode.ATTRIBUTE_VALUE_INVALID)
    if code in READ_ONLY or code in SECRETS:
        raise refused(ReturnCode.ATTRIBUTE_READ_ONLY)
    read = READERS.get(code)
    now = None if read is None else read(shown)
    if now is None:
        raise refused(ReturnCode.ATTRIBUTE_TYPE_INVALID)
    if now == given.value:
        return
    if code in _WORDS:
        _say(call, shown, _WORDS[code], given.value)
        return
    tag, becomes = _ONE_WAY.get(code, (None, None))
    if tag is None or given.value is not becomes:
        # A use is not among them: Cryptographic Usage Mask is not modifiable by the client (2.1 §4.17).
        raise refused(ReturnCode.ATTRIBUTE_READ_ONLY)
    new = AttributeItem(tag, becomes)
    uid = shown.found.unique_identifier
    call.perform(Operation.MODIFY_ATTRIBUTE, ModifyAttributeRequest(unique_identifier=uid, new_attribute=new))


def _say(call: Call, shown: Shown, key: AttributeKey, value: Value) -> None:
    """Give a label or an identifier, another one, or none."""
    uid = shown.found.unique_identifier
    there = shown.found.attributes.one(key)
    was = None if there is None else AttributeItem(key, there)
    if not value:
        delete = DeleteAttributeRequest(unique_identifier=uid, current_attribute=was)
        call.perform(Operation.DELETE_ATTRIBUTE, delete)
        return
    new = AttributeItem(key, _worded(key, value))
    if was is None:
        call.perform(Operation.ADD_ATTRIBUTE, AddAttributeRequest(unique_identifier=uid, new_attribute=new))
    else:
        modify = ModifyAttributeRequest(unique_identifier=uid, current_attribute=was, new_attribute=new)
        call.perform(Operation.MODIFY_ATTRIBUTE, modify)


def _worded(key: AttributeKey, value: Value) -> Any:
    if not isinstance(value, bytes):
        raise refused(ReturnCode.ATTRIBUTE_VALUE_INVALID)
    if key is Tag.NAME:
        return Name(name_value=text_of(value), name_type=NameType.UNINTERPRETED_TEXT_STRING)
    return AnyValue(ItemType.BYTE_STRING, value)


# --- copies ----------------------------------------------------------------------------------------------

_COPIED = (
    Tag.CRYPTOGRAPHIC_PARAMETERS,
    Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS,
    Tag.ACTIVATION_DATE,
    Tag.PROCESS_START_DATE,
    Tag.PROTECT_STOP_DATE,
    Tag.DEACTIVATION_DATE,
    Tag.OBJECT_GROUP,
    Tag.CONTACT_INFORMATION,
)
"""Attributes that a copy has from its original, beside those that a template may change."""


@function("C_CopyObject")
def copy_object(call: Call) -> bytes:
    """Register once more what Get gives: what may not leave (CKA_COPYABLE is False) is not copied either."""
    session = call.session()
    handle = call.reader.ulong()
    template = plain(call.reader.template())
    call.reader.end()
    require_writable(session)
    unique_identifier = call.state.object(handle)
    with call.acting_as(Operation.GET_ATTRIBUTES) as reading:
        shown = shown_of(unique_identifier, reading)
        if shown is None:
            raise refused(ReturnCode.OBJECT_HANDLE_INVALID)
        compromised = reading.state_of(shown.found) is State.COMPROMISED
    if compromised or not copyable(shown):
        raise refused(ReturnCode.ACTION_PROHIBITED)
    attributes = _copied(shown, template)
    try:
        structure = call.perform(Operation.GET, GetRequest(unique_identifier=unique_identifier)).object
    except Refusal as refusal:
        if refusal.code is ReturnCode.ATTRIBUTE_SENSITIVE:
            raise Refusal(ReturnCode.ACTION_PROHIBITED, refusal.why) from refusal
        raise
    request = RegisterRequest(object_type=shown.found.object_type, attributes=attributes, object=structure)
    made = call.perform(Operation.REGISTER, request)
    return ulong(call.state.handle_of(made.unique_identifier))


def _copied(shown: Shown, template: Template) -> Attributes:
    """The attributes of the copy: the original's, over them what the template may change."""
    own = shown.found.attributes
    items = [AttributeItem(tag, value) for tag in _COPIED for value in own.all(tag)]
    for code, key in _WORDS.items():
        if template.get(code, own.one(key)):
            items.append(AttributeItem(key, _worded(key, template[code]) if code in template else own.one(key)))
    for code, (tag, becomes) in _ONE_WAY.items():
        value = template.get(code, own.one(tag))
        if value is not becomes and value != own.one(tag):
            raise refused(ReturnCode.ATTRIBUTE_READ_ONLY)
        if READERS[code](shown) is not None:
            items.append(AttributeItem(tag, value))
    if MASKS[shown.cls]:
        items.append(AttributeItem(Tag.CRYPTOGRAPHIC_USAGE_MASK, _narrowed(shown, template)))
    _require_unchanged(shown, template)
    return Attributes(items)


def _narrowed(shown: Shown, template: Template) -> int:
    """The uses of the copy: those of the original, or fewer."""
    mask = shown.found.head.cryptographic_usage_mask or 0
    for code, bit in MASKS[shown.cls].items():
        if template.get(code) is False:
            mask &= ~bit
        elif template.get(code) is True and not mask & bit:
            raise refused(ReturnCode.ATTRIBUTE_READ_ONLY)
    return int(mask)


def _require_unchanged(shown: Shown, template: Template) -> None:
    """Refuse a template that would have another object than a copy."""
    for code, value in template.items():
        if code in _WORDS or code in _ONE_WAY or code in MASKS[shown.cls]:
            continue
        read = READERS.get(code)
        now = None if read is None else read(shown)
        if now != value and code not in (Attribute.MODIFIABLE, Attribute.COPYABLE):
            raise refused(ReturnCode.ATTRIBUTE_TYPE_INVALID if now is None else ReturnCode.ATTRIBUTE_READ_ONLY)
