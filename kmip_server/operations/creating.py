"""What the operations that make objects share: templates, defaults, and the checks on what the client asks."""

from __future__ import annotations

from dataclasses import replace

from kmip_server.domain.admission import new_attributes
from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.search import Comparison, Filter, Search, terms_of
from kmip_server.errors import InvalidField, ItemNotFound, KmipError
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import AttributeItem, Attributes, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import CryptographicAlgorithm, KeyFormatType, ObjectType, Operation, ResultReason
from kmip_server.spec.masks import ProtectionStorageMask
from kmip_server.spec.quantum import NIST_SECURITY_CATEGORIES, is_quantum_safe
from kmip_server.spec.structures.attributes import ApplicationSpecificInformation, Link, Name
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, SymmetricKey, Template
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag

_MADE_FROM_ATTRIBUTES = frozenset({Operation.CREATE, Operation.CREATE_KEY_PAIR, Operation.DERIVE_KEY})
"""Operations that must know algorithm and length before there is an object; what others make tells its own first."""

_MAKES_KEYS = _MADE_FROM_ATTRIBUTES | {Operation.CREATE_SPLIT_KEY, Operation.RE_KEY, Operation.RE_KEY_KEY_PAIR}
_FORMAT_TOO = frozenset({Tag.KEY_FORMAT_TYPE})
"""What whoever has the server make a key may ask for (2.1 §4.26; see making_formats.py)."""


def asked_attributes(
    asked: Attributes | None,
    object_type: ObjectType,
    ctx: Context,
    storage: ProtectionStorageMasks | None = None,
    stated: frozenset[Tag] = frozenset(),
) -> AttributeMap:
    """The attributes the client asks for, those of the templates it names included.

    ``stated`` are attributes of the server's that the client may state in this operation all the same.
    """
    if ctx.operation in _MAKES_KEYS:
        stated = _FORMAT_TOO
    items = [resolved(item, ctx) for item in expanded(asked, ctx)]
    attributes = new_attributes(items, object_type, ctx.version, stated)
    if ctx.operation in _MADE_FROM_ATTRIBUTES:
        ctx.rules.fill(attributes, object_type)
    policy = attributes.one(Tag.OPERATION_POLICY_NAME)
    if policy is not None and not ctx.knows_policy(policy):
        # Under an unknown policy everything is denied: the client would lose its object at once.
        raise InvalidField("there is no operation policy of this name", ResultReason.INVALID_ATTRIBUTE_VALUE)
    require_storage(storage)
    return attributes


def expanded(group: Attributes | None, ctx: Context) -> list[AttributeItem]:
    """What a group of attributes says, the templates it names included (1.4 §4, introduction).

    "the value in the last of the conflicting templates takes precedence", and what the group says itself over all.
    """
    if group is None:
        return []
    items = list(group.items)
    for name in reversed(group.template_names):
        items = over(items, _template_items(name, ctx))
    return items


def over(own: list[AttributeItem], under: list[AttributeItem]) -> list[AttributeItem]:
    """Both: of an attribute with one value that of ``own``, of others "the union of attribute values" (1.4 §4)."""
    said = {item.key for item in own}
    values = [(item.key, item.value) for item in own]
    extra = [
        item
        for item in under
        if (item.key not in said or isinstance(item.key, VendorName) or ATTRIBUTES[item.key].many)
        and (item.key, item.value) not in values
    ]
    return extra + own


def resolved(item: AttributeItem, ctx: Context) -> AttributeItem:
    """The attribute as it is kept: a Link names its object by its identifier, Application Data is there."""
    if item.value is None:
        return item
    if item.key is Tag.LINK:
        return _resolved_link(item, ctx)
    if item.key is Tag.APPLICATION_SPECIFIC_INFORMATION and item.value.application_data is None:
        return AttributeItem(item.key, _with_data(item.value, ctx), item.index)
    return item


def _resolved_link(item: AttributeItem, ctx: Context) -> AttributeItem:
    """A Link that names its object by a code or an index (2.1 §4.31) names it by its identifier from now on."""
    link = item.value
    if isinstance(link.linked_object_identifier, str):
        return item
    uid = ctx.resolve(link.linked_object_identifier)
    return AttributeItem(item.key, Link(link_type=link.link_type, linked_object_identifier=uid), item.index)


def _with_data(asked: ApplicationSpecificInformation, ctx: Context) -> ApplicationSpecificInformation:
    """2.1 §4.4: "if the server supports this namespace ... it SHALL return a suitable Application Data value"."""
    namespace = asked.application_namespace
    if namespace not in ctx.facts.application_namespaces:
        raise KmipError(
            "the server makes no Application Data for this namespace",
            ResultReason.APPLICATION_NAMESPACE_NOT_SUPPORTED,
        )
    return ApplicationSpecificInformation(application_namespace=namespace, application_data=ctx.new_identifier())


def told(attributes: AttributeMap, *asked: Attributes | None) -> Attributes | None:
    """The Application Data that the server made for who asked so: "it SHALL return" it (1.4 §3.36).

    Since 2.0 (§4.4) the answer has no place for it, and the client gets the attribute to read it.
    """
    of = Tag.APPLICATION_SPECIFIC_INFORMATION
    if of not in attributes:
        return None
    items = [item for group in asked if group is not None for item in group.items]
    open_ = {item.value.application_namespace for item in items if item.key is of and not item.value.application_data}
    made = [each for each in attributes.instances(of) if each.value.application_namespace in open_]
    return Attributes([AttributeItem(of, each.value, each.index) for each in made]) if made else None


def _template_items(name: Name, ctx: Context) -> list[AttributeItem]:
    """The attributes of the template of this name (1.4 §2.1.8); 1.4 §11.2: one that is archived answers so."""
    named = Filter(Tag.NAME, Comparison.EQUAL, terms_of(name))
    template = Filter(Tag.OBJECT_TYPE, Comparison.EQUAL, terms_of(ObjectType.TEMPLATE))
    search = Search(visibility=ctx.visibility(), now=ctx.now, filters=(named, template), maximum=1)
    found = ctx.locate(search)
    if not found.unique_identifiers:
        found = ctx.locate(replace(search, on_line=False, archived=True))
    if not found.unique_identifiers:
        raise ItemNotFound("there is no template of this name")
    structure = ctx.reveal(ctx.load(found.unique_identifiers[0], operation=ctx.operation))
    if not isinstance(structure, Template):
        raise ItemNotFound("there is no template of this name")
    return [AttributeItem(item.key, item.value) for item in structure.attributes.items if item.key != Tag.NAME]


def require_storage(
    storage: ProtectionStorageMasks | None, reason: ResultReason = ResultReason.PROTECTION_STORAGE_UNAVAILABLE
) -> None:
    """2.1 §6.1.8: the server stores in one of the ways asked for, or not at all; this one stores in software."""
    if storage is None or not storage.protection_storage_mask:
        return
    if not any(mask & ProtectionStorageMask.SOFTWARE for mask in storage.protection_storage_mask):
        raise KmipError("no storage of the kinds asked for", reason)


def require_quantum_safe(attributes: AttributeMap, length: int) -> None:
    """2.1 §4.45: who wants a quantum safe key gets one or none; the profiles want a General Failure (QS-M-2)."""
    algorithm: CryptographicAlgorithm | None = attributes.one(Tag.CRYPTOGRAPHIC_ALGORITHM)
    if attributes.one(Tag.QUANTUM_SAFE) and algorithm is not None and not is_quantum_safe(algorithm, length):
        raise KmipError(f"{algorithm.title} of {length} bits is not quantum safe", ResultReason.GENERAL_FAILURE)


def set_security_category(attributes: AttributeMap) -> None:
    """3.0: the NIST Security Category of a post-quantum key."""
    algorithm: CryptographicAlgorithm | None = attributes.one(Tag.CRYPTOGRAPHIC_ALGORITHM)
    category = None if algorithm is None else NIST_SECURITY_CATEGORIES.get(algorithm)
    if category is not None:
        attributes.put(Tag.NIST_SECURITY_CATEGORY, category)


_USUAL_BITS = {CryptographicAlgorithm.AES: 256, CryptographicAlgorithm.DES3: 168, CryptographicAlgorithm.CHACHA20: 256}
"""The length of a key whose length the client leaves to the server, in bits."""


def symmetric_length(attributes: AttributeMap, algorithm: CryptographicAlgorithm) -> int:
    """The length asked for, or the algorithm's usual one; set on the attributes, in bits."""
    length: int | None = attributes.one(Tag.CRYPTOGRAPHIC_LENGTH) or _USUAL_BITS.get(algorithm)
    if length is None:
        raise InvalidField("Cryptographic Length is missing", ResultReason.INVALID_ATTRIBUTE_VALUE)
    attributes.put(Tag.CRYPTOGRAPHIC_LENGTH, length)
    return length


def symmetric_bytes(algorithm: CryptographicAlgorithm, length: int, ctx: Context) -> int:
    """How many bytes a key of so many bits has; raises Invalid Attribute Value for one that cannot be."""
    count = ctx.ciphers.symmetric_bytes(algorithm, length)
    if count is None:
        raise InvalidField(f"{algorithm.title} has no key of {length} bits", ResultReason.INVALID_ATTRIBUTE_VALUE)
    return count


def symmetric_key(algorithm: CryptographicAlgorithm, length: int, value: bytes) -> SymmetricKey:
    """A raw symmetric key of so many bits."""
    return SymmetricKey(
        key_block=KeyBlock(
            key_format_type=KeyFormatType.RAW,
            key_value=KeyValue(key_material=value),
            cryptographic_algorithm=algorithm,
            cryptographic_length=length,
        )
    )
