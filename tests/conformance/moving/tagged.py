"""Between 1.4 and 2.0: attributes by name and value (1.4 §2.1.1, §2.1.8) against tags of their own (2.0 §2.1.1)."""

from __future__ import annotations

from kmip_server.spec.enums import KeyFormatType, Operation
from kmip_server.spec.tags import Tag
from kmip_server.wire import value_names
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case, Exchange, Placeholder, child, children, operations_of
from tests.conformance.moving.ages import within
from tests.conformance.moving.rewriting import (
    CHANGING,
    ENUMERATION,
    STRUCTURE,
    CannotMoveError,
    rebuilt,
    reference,
    text,
    title_of,
)

_LISTS = {
    Tag.TEMPLATE_ATTRIBUTE: Tag.ATTRIBUTES,
    Tag.COMMON_TEMPLATE_ATTRIBUTE: Tag.COMMON_ATTRIBUTES,
    Tag.PRIVATE_KEY_TEMPLATE_ATTRIBUTE: Tag.PRIVATE_KEY_ATTRIBUTES,
    Tag.PUBLIC_KEY_TEMPLATE_ATTRIBUTE: Tag.PUBLIC_KEY_ATTRIBUTES,
}
"""What 2.0 has instead of templates."""
_TEMPLATES = {new: old for old, new in _LISTS.items()}


def to_tags(case: Case, version: str) -> Case:
    """Attributes get tags of their own."""
    moved = _numbered(rebuilt(case, version, lambda item: [_newer(item)]))
    return rebuilt(moved, version, _default) if Operation.CREATE in operations_of(case) else moved


def _default(item: Item) -> list[Item]:
    """A secret that the server makes has the format that 2.0 Table 81 gives it, where 1.4 left it to the server."""
    tag, kind, value = item
    if tag == Tag.KEY_FORMAT_TYPE and value == KeyFormatType.OPAQUE:
        return [(tag, kind, int(KeyFormatType.RAW))]
    return [item]


def _newer(item: Item) -> Item:
    tag, kind, value = item
    if tag == Tag.TEMPLATE:
        raise CannotMoveError("2.0 has no templates")
    if tag in _LISTS:
        if any(each[0] != Tag.ATTRIBUTE for each in value):
            raise CannotMoveError("2.0 has no templates to name")
        return int(_LISTS[Tag(tag)]), kind, [_tagged(each) for each in value]
    if tag == Tag.KEY_VALUE and kind == STRUCTURE:
        return tag, kind, _gathered(value)
    if tag == Tag.KEY_BLOCK:
        return tag, kind, [_in_key_value(each, item) for each in value]
    if tag == Tag.BATCH_ITEM:
        operation = child(item, Tag.OPERATION)
        return tag, kind, [_newer_payload(each, operation[2] if operation else 0) for each in value]
    return item


def _newer_payload(payload: Item, operation: int) -> Item:
    tag, kind, value = payload
    if tag == Tag.RESPONSE_PAYLOAD and operation in (*CHANGING, Operation.DELETE_ATTRIBUTE):
        return tag, kind, [each for each in value if each[0] != Tag.ATTRIBUTE]
    if tag not in (Tag.REQUEST_PAYLOAD, Tag.RESPONSE_PAYLOAD):
        return payload
    value = [reference(each) if each[0] == Tag.ATTRIBUTE_NAME else each for each in value]
    if operation == Operation.DELETE_ATTRIBUTE:
        return tag, kind, [each for each in value if each[0] != Tag.ATTRIBUTE_INDEX]
    if operation in CHANGING:
        named = [(int(Tag.NEW_ATTRIBUTE), STRUCTURE, [_tagged(each)]) for each in value if each[0] == Tag.ATTRIBUTE]
        return tag, kind, [each for each in value if each[0] != Tag.ATTRIBUTE] + named
    # 2.0 Table 178: "The Unique Identifier"/"Attributes" also where an object has none of those asked for.
    always = tag == Tag.RESPONSE_PAYLOAD and operation == Operation.GET_ATTRIBUTES
    return tag, kind, _gathered(value, always or (tag == Tag.REQUEST_PAYLOAD and operation == Operation.LOCATE))


def _in_key_value(part: Item, block: Item) -> Item:
    """A PKCS#12 file is Key Material since 2.0, and before stands for the whole Key Value (TC-PKCS12)."""
    fmt = child(block, Tag.KEY_FORMAT_TYPE)
    if part[0] != Tag.KEY_VALUE or part[1] == STRUCTURE or fmt is None or fmt[2] != KeyFormatType.PKCS_12:
        return part
    inside = part[2]
    if isinstance(inside, Placeholder):
        inside = Placeholder(inside.name.replace("KEY_VALUE", "KEY_MATERIAL"), inside.offset)
    return part[0], STRUCTURE, [(int(Tag.KEY_MATERIAL), part[1], inside)]


def _gathered(fields: list[Item], always: bool = False) -> list[Item]:
    """Attributes one by one become one structure of them."""
    tagged = [_tagged(each) for each in fields if each[0] == Tag.ATTRIBUTE]
    rest = [each for each in fields if each[0] != Tag.ATTRIBUTE]
    return [*rest, (int(Tag.ATTRIBUTES), STRUCTURE, tagged)] if tagged or always else rest


def _tagged(attribute: Item) -> Item:
    """A 1.x attribute as 2.0 writes it; the index has gone."""
    name, value = child(attribute, Tag.ATTRIBUTE_NAME), child(attribute, Tag.ATTRIBUTE_VALUE)
    if name is None or value is None:
        raise CannotMoveError("an attribute without name or value")
    vendor = str(name[2]).partition("-")
    if vendor[0] in ("x", "y") and vendor[1]:
        parts = [text(Tag.VENDOR_IDENTIFICATION, vendor[0]), text(Tag.ATTRIBUTE_NAME, vendor[2])]
        return int(Tag.ATTRIBUTE), STRUCTURE, [*parts, value]
    tag = value_names.attribute_tag(str(name[2]))
    if tag is None:
        raise CannotMoveError(f"no tag is called {name[2]}")
    return tag, value[1], value[2]


def _numbered(case: Case) -> Case:
    """Requests say since 2.0 which step of which case they are."""
    moved: list[Exchange] = []
    for step, exchange in enumerate(case.exchanges):
        tag, kind, parts = exchange.request
        header = next(each for each in parts if each[0] == Tag.REQUEST_HEADER)
        first = [each for each in header[2] if each[0] in (Tag.PROTOCOL_VERSION, Tag.MAXIMUM_RESPONSE_SIZE)]
        rest = [each for each in header[2] if each not in first and each[0] != Tag.CLIENT_CORRELATION_VALUE]
        said = text(Tag.CLIENT_CORRELATION_VALUE, f"{case.case_id} step={step}")
        new = header[0], header[1], [*first, said, *rest]
        request = tag, kind, [new if each is header else each for each in parts]
        moved.append(Exchange(request, exchange.response))
    return Case(case.version, case.case_id, case.family, tuple(moved))


def from_tags(case: Case, version: str) -> Case:
    """Attributes by name and value again."""
    moved = rebuilt(case, version, _older)
    exchanges = tuple(Exchange(each.request, _echoing(each)) for each in moved.exchanges)
    return within(Case(version, moved.case_id, case.family, exchanges), version)


def _echoing(exchange: Exchange) -> Item:
    """The answer to Add Attribute and Modify Attribute says the attribute again (1.4 §4.14, §4.15)."""
    tag, kind, parts = exchange.response
    asked = iter(children(exchange.request, Tag.BATCH_ITEM))
    return tag, kind, [_echo(each, next(asked)) if each[0] == Tag.BATCH_ITEM else each for each in parts]


def _echo(answer: Item, asked: Item) -> Item:
    operation, payload = child(asked, Tag.OPERATION), child(answer, Tag.RESPONSE_PAYLOAD)
    if payload is None or operation is None or operation[2] not in CHANGING:
        return answer
    told = children(child(asked, Tag.REQUEST_PAYLOAD), Tag.ATTRIBUTE)
    longer = payload[0], payload[1], [*payload[2], *told]
    return answer[0], answer[1], [longer if each is payload else each for each in answer[2]]


def _older(item: Item) -> list[Item]:
    tag, kind, value = item
    if tag == Tag.CLIENT_CORRELATION_VALUE:
        return []
    if tag in _TEMPLATES and tag != Tag.ATTRIBUTES:
        return [(int(_TEMPLATES[Tag(tag)]), kind, [_untagged(each) for each in value])]
    if tag == Tag.ATTRIBUTE_REFERENCE:
        return [text(Tag.ATTRIBUTE_NAME, title_of(value) if kind == ENUMERATION else _vendor_name(item))]
    if tag == Tag.BATCH_ITEM:
        operation = child(item, Tag.OPERATION)
        return [(tag, kind, [_older_payload(each, operation[2] if operation else 0) for each in value])]
    return [item]


def _older_payload(payload: Item, operation: int) -> Item:
    tag, kind, value = payload
    if tag not in (Tag.REQUEST_PAYLOAD, Tag.RESPONSE_PAYLOAD):
        return payload
    if operation in (Operation.GET_ATTRIBUTES, Operation.LOCATE):
        lists = [_untagged(each) for item in value if item[0] == Tag.ATTRIBUTES for each in item[2]]
        return tag, kind, [each for each in value if each[0] != Tag.ATTRIBUTES] + lists
    lists = [
        (int(Tag.TEMPLATE_ATTRIBUTE), each[1], [_untagged(one) for one in each[2]])
        if each[0] == Tag.ATTRIBUTES
        else each
        for each in value
    ]
    if operation == Operation.DELETE_ATTRIBUTE:
        raise CannotMoveError("the answer says what was deleted")
    if operation in CHANGING:
        new = [_untagged(each[2][0]) if each[0] == Tag.NEW_ATTRIBUTE else each for each in value]
        return tag, kind, new
    return tag, kind, [_template(each) if each[0] == Tag.ATTRIBUTES else each for each in value]


def _template(attributes: Item) -> Item:
    return int(Tag.TEMPLATE_ATTRIBUTE), attributes[1], [_untagged(each) for each in attributes[2]]


def _untagged(item: Item) -> Item:
    tag, kind, value = item
    if tag == Tag.ATTRIBUTE:
        found = child(item, Tag.ATTRIBUTE_VALUE)
        assert found is not None
        return tag, kind, [text(Tag.ATTRIBUTE_NAME, _vendor_name(item)), found]
    return (
        int(Tag.ATTRIBUTE),
        STRUCTURE,
        [text(Tag.ATTRIBUTE_NAME, title_of(tag)), (int(Tag.ATTRIBUTE_VALUE), kind, value)],
    )


def _vendor_name(item: Item) -> str:
    vendor, name = child(item, Tag.VENDOR_IDENTIFICATION), child(item, Tag.ATTRIBUTE_NAME)
    assert vendor is not None and name is not None
    return f"{vendor[2]}-{name[2]}"
