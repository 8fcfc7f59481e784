"""Templates for new objects: PKCS#11 attributes as the attributes of KMIP (PKCS#11 3.0 §4.1.1)."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.cryptoki.classes import ALGORITHMS, ID, MASKS
from kmip_server.operations.cryptoki.encoding import Asked, Value
from kmip_server.operations.cryptoki.refusing import refused
from kmip_server.spec.attribute_values import AnyValue, AttributeItem, Attributes
from kmip_server.spec.cryptoki import Attribute, KeyType, ObjectClass, ReturnCode
from kmip_server.spec.enums import CryptographicAlgorithm, NameType
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType

Template = dict[Attribute, Value]

READ_ONLY = frozenset({Attribute.UNIQUE_ID, Attribute.LOCAL, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE})
"""What the token alone sets."""
_AS_IT_IS: Template = {
    Attribute.TOKEN: True,
    Attribute.DESTROYABLE: True,
    Attribute.ALWAYS_AUTHENTICATE: False,
    Attribute.WRAP_WITH_TRUSTED: False,
    Attribute.TRUSTED: False,
    Attribute.SIGN_RECOVER: False,
    Attribute.VERIFY_RECOVER: False,
}
"""What is so for every object of this token: a template may say it, and not otherwise. An object is always a token
object: what a client makes stays until it is destroyed."""
_TOLERATED: Template = {Attribute.MODIFIABLE: True, Attribute.COPYABLE: True}
"""What applications ask for without needing it; an object may be less than that (a sensitive key is not copied)."""


def plain(asked: dict[Attribute, Asked]) -> Template:
    """The values of a template for a new object; each attribute must have one."""
    template: Template = {}
    for code, given in asked.items():
        if given.value is None:
            raise refused(ReturnCode.ATTRIBUTE_VALUE_INVALID)
        if code in READ_ONLY:
            raise refused(ReturnCode.ATTRIBUTE_READ_ONLY)
        if given.value != (_AS_IT_IS | _TOLERATED).get(code, given.value):
            raise refused(ReturnCode.TEMPLATE_INCONSISTENT)
        template[code] = given.value
    return template


def number(template: Template, code: Attribute) -> int | None:
    """A CK_ULONG of a template."""
    value = template.get(code)
    return value if isinstance(value, int) else None


def bytes_of(template: Template, code: Attribute) -> bytes:
    """Bytes that the template must have."""
    value = template.get(code)
    if not isinstance(value, bytes):
        raise refused(ReturnCode.TEMPLATE_INCOMPLETE)
    return value


def require_class(template: Template, cls: ObjectClass) -> None:
    """A template may say the class that its function makes, and no other."""
    said = template.get(Attribute.CLASS)
    if said is not None and said != cls:
        raise refused(ReturnCode.TEMPLATE_INCONSISTENT)


def algorithm_of(template: Template) -> CryptographicAlgorithm | None:
    """What the key type says, where the template has one."""
    said = template.get(Attribute.KEY_TYPE)
    if said is None:
        return None
    try:
        return ALGORITHMS[KeyType(int(said))]  # type: ignore[arg-type]  # the kind of the attribute is a number
    except (ValueError, KeyError):
        raise refused(ReturnCode.ATTRIBUTE_VALUE_INVALID) from None


def attributes(template: Template, cls: ObjectClass, now: int, **more: Any) -> Attributes:
    """The attributes of a new object, usable at once: PKCS#11 knows no object that waits to be activated.

    ``more`` are further attributes by the names of their tags. What PKCS#11 leaves out is not allowed, except
    that a key whose template speaks of no use at all gets those of its class.
    """
    items = [AttributeItem(Tag[name.upper()], value) for name, value in more.items() if value is not None]
    if cls not in (ObjectClass.DATA,):
        items.append(AttributeItem(Tag.ACTIVATION_DATE, now))
    label = template.get(Attribute.LABEL)
    if isinstance(label, bytes) and label:
        name = Name(name_value=text_of(label), name_type=NameType.UNINTERPRETED_TEXT_STRING)
        items.append(AttributeItem(Tag.NAME, name))
    identifier = template.get(Attribute.ID)
    if isinstance(identifier, bytes) and identifier:
        items.append(AttributeItem(ID, AnyValue(ItemType.BYTE_STRING, identifier)))
    for code, tag in ((Attribute.SENSITIVE, Tag.SENSITIVE), (Attribute.EXTRACTABLE, Tag.EXTRACTABLE)):
        if code in template and cls in (ObjectClass.SECRET_KEY, ObjectClass.PRIVATE_KEY):
            items.append(AttributeItem(tag, template[code]))
    if MASKS[cls]:
        items.append(AttributeItem(Tag.CRYPTOGRAPHIC_USAGE_MASK, _mask(template, cls)))
    return Attributes(items)


def _mask(template: Template, cls: ObjectClass) -> int:
    bits = MASKS[cls]
    said = {code: bool(template[code]) for code in bits if code in template}
    if any(code in template and template[code] for code in MASKS[ObjectClass.SECRET_KEY] if code not in bits):
        raise refused(ReturnCode.TEMPLATE_INCONSISTENT)  # a private key that encrypts
    if said:
        return sum(bits[code] for code, allowed in said.items() if allowed)
    return sum(bits[code] for code in _NATURAL if code in bits)


_NATURAL = (Attribute.ENCRYPT, Attribute.DECRYPT, Attribute.SIGN, Attribute.VERIFY)
"""What a key is for when nobody says."""


def text_of(label: bytes) -> str:
    """A label as text; Attribute Value Invalid where it is none."""
    try:
        return label.decode()
    except UnicodeDecodeError:
        raise refused(ReturnCode.ATTRIBUTE_VALUE_INVALID) from None


def require_known(template: Template, known: frozenset[Attribute]) -> None:
    """Refuse what an object of this class does not have: what is not understood is not silently dropped."""
    if not template.keys() <= known | _ALWAYS:
        raise refused(ReturnCode.ATTRIBUTE_TYPE_INVALID)


_ALWAYS = frozenset(_AS_IT_IS | _TOLERATED) | {
    Attribute.CLASS,
    Attribute.PRIVATE,
    Attribute.LABEL,
    Attribute.ID,
    Attribute.KEY_TYPE,
    Attribute.SENSITIVE,
    Attribute.EXTRACTABLE,
    *MASKS[ObjectClass.SECRET_KEY],
}
