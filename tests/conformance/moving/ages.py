"""Within one form of messages: what a version does not have yet is left out, what it has to have is there."""

from __future__ import annotations

from dataclasses import dataclass

from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import CryptographicAlgorithm, KeyFormatType, ObjectType, Operation, ResultReason
from kmip_server.spec.kmip_enum import KmipEnum
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import parse_version
from kmip_server.wire import value_names
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case, Exchange, child, children, operations_of
from tests.conformance.moving.rewriting import ENUMERATION, changed, only, rebuilt, reference, text, title_of


def within(case: Case, version: str) -> Case:
    """The next version of the same form: what it does not have yet is left out, what it has to have is there."""
    return rebuilt(case, version, _Ages(version).change)


def reasoned(case: Case, version: str) -> Case:
    """2.1 says of a state that is in the way that it is (AKLC-M-3), where 2.0 says that permission is denied."""
    named = {Operation.DESTROY, Operation.MODIFY_ATTRIBUTE}
    denied, state = ResultReason.PERMISSION_DENIED, ResultReason.WRONG_KEY_LIFECYCLE_STATE
    old, new = (denied, state) if version == "2.1" else (state, denied)

    def change(item: Item) -> list[Item]:
        if item[0] != Tag.BATCH_ITEM:
            return [item]
        operation, reason = child(item, Tag.OPERATION), child(item, Tag.RESULT_REASON)
        if operation is None or reason is None or reason[2] != old:
            return [item]
        if old is denied and operation[2] not in named:
            return [item]
        other = reason[0], reason[1], int(new)
        return [(item[0], item[1], [other if each is reason else each for each in item[2]])]

    return rebuilt(case, version, change)


@dataclass(frozen=True, slots=True)
class _Ages:
    """Leaves out attributes of later versions, and adds the format to digests, which have it since 1.1 (§3.17)."""

    version: str

    def change(self, item: Item) -> list[Item]:
        tag = item[0]
        if tag == Tag.ATTRIBUTE_NAME and not self._known(value_names.attribute_tag(str(item[2]))):
            return []
        if tag == Tag.ATTRIBUTE_REFERENCE and item[1] == ENUMERATION and not self._known(item[2]):
            return []
        if self.version < "1.4" and tag in (Tag.BATCH_UNDO_CAPABILITY, Tag.BATCH_CONTINUE_CAPABILITY):
            return []
        if tag == Tag.ATTRIBUTE and child(item, Tag.ATTRIBUTE_NAME) is None:
            return []  # its name has just gone
        if tag == Tag.ATTRIBUTES:
            return [(tag, item[1], [each for each in item[2] if self._known(each[0])])]
        if tag in (Tag.RESPONSE_PAYLOAD, Tag.REQUEST_PAYLOAD):
            fields = [self._digest(each, _format_in(item)) for each in item[2] if not self._later(each)]
            return [(tag, item[1], fields)]
        return [self._elliptic(item)]

    def _elliptic(self, item: Item) -> Item:
        """The algorithm of keys on curves is called ECDSA up to 1.1, and EC from 1.2 on (§9.1.3.2.13)."""
        tag, kind, value = item
        other = {"1.1": _CURVES, "1.2": {new: old for old, new in _CURVES.items()}}.get(self.version, {})
        if tag == Tag.CRYPTOGRAPHIC_ALGORITHM:
            return tag, kind, other.get(value, value)
        if tag != Tag.ATTRIBUTE or value[0][2] != title_of(Tag.CRYPTOGRAPHIC_ALGORITHM):
            return item
        parts = [*value[:-1], (*value[-1][:2], other.get(value[-1][2], value[-1][2]))]
        return tag, kind, parts

    def _later(self, field: Item) -> bool:
        """Whether it is an operation or an object type of a later version, in a list that Query gives."""
        kind: type[KmipEnum] | None = {Tag.OPERATION: Operation, Tag.OBJECT_TYPE: ObjectType}.get(Tag(field[0]))
        return kind is not None and not kind(field[2]).in_version(parse_version(self.version))

    def _known(self, tag: int | None) -> bool:
        row = None if tag is None else next((row for each, row in ATTRIBUTES.items() if each == tag), None)
        return row is None or row.in_version(parse_version(self.version))

    def _digest(self, item: Item, fmt: KeyFormatType | None) -> Item:
        if item[0] != Tag.ATTRIBUTE:
            return item
        name, value = child(item, Tag.ATTRIBUTE_NAME), child(item, Tag.ATTRIBUTE_VALUE)
        if name is None or value is None or name[2] != title_of(Tag.DIGEST):
            return item
        parts = [each for each in value[2] if each[0] != Tag.KEY_FORMAT_TYPE]
        given = child(value, Tag.KEY_FORMAT_TYPE)
        if self.version != "1.0" and (given or fmt):
            parts.append(given or (int(Tag.KEY_FORMAT_TYPE), ENUMERATION, int(fmt or 0)))
        return item[0], item[1], [name, (value[0], value[1], parts)]


def listed(case: Case) -> Case:
    """Answers to Get Attribute List name what every object has since this version."""
    new = [tag for tag in _ALWAYS_LISTED.get(case.version, ()) if tag != Tag.RANDOM_NUMBER_GENERATOR or _makes(case)]

    def longer(item: Item) -> list[Item]:
        if item[0] != Tag.BATCH_ITEM:
            return [item]
        operation, payload = child(item, Tag.OPERATION), child(item, Tag.RESPONSE_PAYLOAD)
        if payload is None or operation is None or operation[2] != Operation.GET_ATTRIBUTE_LIST:
            return [item]
        names = [reference(name) if case.version >= "2.0" else name for name in (_named(tag) for tag in new)]
        told = payload[0], payload[1], payload[2] + [each for each in names if each not in payload[2]]
        return [(item[0], item[1], [told if each is payload else each for each in item[2]])]

    exchanges = tuple(Exchange(each.request, only(changed(each.response, longer))) for each in case.exchanges)
    return Case(case.version, case.case_id, case.family, exchanges)


def _makes(case: Case) -> bool:
    return bool(operations_of(case) & {Operation.CREATE, Operation.CREATE_KEY_PAIR})


def _named(tag: Tag) -> Item:
    return text(Tag.ATTRIBUTE_NAME, tag.title)


_ALWAYS_LISTED: dict[str, tuple[Tag, ...]] = {
    "1.1": (Tag.FRESH,),
    "1.2": (Tag.ORIGINAL_CREATION_DATE,),
    "1.4": (Tag.ALWAYS_SENSITIVE, Tag.EXTRACTABLE, Tag.NEVER_EXTRACTABLE, Tag.RANDOM_NUMBER_GENERATOR, Tag.SENSITIVE),
    "2.0": (Tag.SHORT_UNIQUE_IDENTIFIER, Tag.KEY_FORMAT_TYPE, Tag.PROTECTION_STORAGE_MASK),
    "3.0": (Tag.OBJECT_CLASS,),
}
"""What a key that the server made has, as the published cases of each version list it."""


def _format_in(payload: Item) -> KeyFormatType | None:
    """The format of the object that a message speaks of, where it says what object it is."""
    for key in [each for name in _OBJECTS for each in children(payload, name)]:
        block = child(key, Tag.KEY_BLOCK)
        given = child(block, Tag.KEY_FORMAT_TYPE)
        if given is not None:
            return KeyFormatType(given[2])
    for attribute in children(payload, Tag.ATTRIBUTE):
        name, value = child(attribute, Tag.ATTRIBUTE_NAME), child(attribute, Tag.ATTRIBUTE_VALUE)
        if name is not None and value is not None and name[2] == title_of(Tag.OBJECT_TYPE):
            return _FORMATS.get(value[2])
    return None


_CURVES: dict[int, int] = {CryptographicAlgorithm.EC: CryptographicAlgorithm.ECDSA}
_OBJECTS = (Tag.SYMMETRIC_KEY, Tag.PUBLIC_KEY, Tag.PRIVATE_KEY, Tag.SECRET_DATA)
_FORMATS: dict[int, KeyFormatType] = {
    ObjectType.SYMMETRIC_KEY: KeyFormatType.RAW,
    ObjectType.PUBLIC_KEY: KeyFormatType.PKCS_1,
    ObjectType.PRIVATE_KEY: KeyFormatType.PKCS_1,
}
