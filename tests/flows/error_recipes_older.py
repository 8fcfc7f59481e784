"""The recipes of what the tables of 1.x tell apart and those of 2.x do not (1.4 §11); see ``error_recipes``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kmip_server.spec.attribute_values import AttributeItem, Attributes
from kmip_server.spec.enums import (
    EncodingOption,
    KeyFormatType,
    LinkType,
    ObjectType,
    Operation,
    RevocationReasonCode,
    SplitKeyMethod,
    WrappingMethod,
)
from kmip_server.spec.structures.attributes import Link
from kmip_server.spec.structures.keys import KeyValue, KeyWrappingData, PrivateKey, SymmetricKey
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_1
from tests.flows import error_scenes as scenes
from tests.flows import error_works, objects
from tests.flows.client import Ask, Client, aes, attributes, binder, name, raw, struct, text
from tests.flows.error_recipes import Recipe, add, on, wrapped
from tests.flows.error_recipes_more import part_of
from tests.flows.error_scenes import archived, key
from tests.flows.requests import (
    AddAttribute,
    Create,
    CreateKeyPair,
    DeleteAttribute,
    Export,
    Get,
    GetAttributes,
    Rekey,
    RekeyKeyPair,
    revoke,
)

Op = Operation
UNKNOWN = 0x80000001
DATED = ((Tag.DEACTIVATION_DATE, 4102444800),)


# --- templates ---------------------------------------------------------------------------------------------


def _by_template(build: Callable[[Client, Attributes], Any], make: Callable[[Client], Any] | None) -> Recipe:
    """A request whose attributes are a template's: of one that is archived, or of none."""

    def made(client: Client) -> Any:
        if make is not None:
            make(client)
        return build(client, Attributes([], [name("t")]))

    return made


def _create(client: Client, given: Attributes) -> Any:
    given.items = aes().items
    return Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=given)


def _pair(client: Client, given: Attributes) -> Any:
    asked = scenes.new_pair()
    given.items = asked.common_attributes.items if asked.common_attributes else []
    return replace(asked, common_attributes=given)


TEMPLATED: dict[Operation, Callable[[Client, Attributes], Any]] = {
    Op.CREATE: _create,
    Op.CREATE_KEY_PAIR: _pair,
    Op.REGISTER: lambda client, given: error_works.register(attributes=given),
    Op.DERIVE_KEY: lambda client, given: scenes.derive(key(client), attributes=given),
    Op.CREATE_SPLIT_KEY: lambda client, given: scenes.split(key(client), attributes=given),
    Op.JOIN_SPLIT_KEY: lambda client, given: error_works.join(scenes.parts(client)[:2], attributes=given),
}
for _code, _build in TEMPLATED.items():
    add(_code, {
        "template not found": _by_template(_build, None),
        "template archived": _by_template(_build, archived(scenes.template)),
    })  # fmt: skip


def _named_inside(client: Client) -> Any:
    """1.4 §2.2.6: the name of a template stands in the Template-Attribute of Register."""
    what = objects.template(AttributeItem(Tag.NAME, name("t")), AttributeItem(Tag.CRYPTOGRAPHIC_LENGTH, 256))
    return error_works.register(object_type=ObjectType.TEMPLATE, object=what, attributes=attributes())


# --- making objects ------------------------------------------------------------------------------------------


def _container(*links: Link) -> Any:
    what = PrivateKey(key_block=objects.block(b"\x30\x00", KeyFormatType.PKCS_12, objects.RSA, 2048))
    given = [(Tag.LINK, each) for each in links]
    return error_works.register(*given, object_type=ObjectType.PRIVATE_KEY, object=what)


def _password(uid: str) -> Link:
    return Link(link_type=LinkType.PKCS_12_PASSWORD_LINK, linked_object_identifier=uid)


def _with_unknown_field(client: Client) -> Any:
    payload = binder(client.version).unbind(error_works.import_key())
    return Ask(struct(Tag.REQUEST_PAYLOAD, *payload, (0x42FFFE, int(ItemType.INTEGER), 1)), Op.IMPORT)


def _unencoded() -> SymmetricKey:
    """A key with attributes in its Key Value, MACed without encoding: 1.4 §2.1.5 forbids the two together."""
    data = KeyWrappingData(wrapping_method=WrappingMethod.MAC_SIGN, encoding_option=EncodingOption.NO_ENCODING)
    value = KeyValue(key_material=bytes(32), attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 256)))
    block = objects.block(bytes(32), KeyFormatType.RAW, objects.AES, 256)
    return SymmetricKey(key_block=replace(block, key_value=value, key_wrapping_data=data))


add(Op.CREATE, {
    "unknown object type": lambda client: Create(object_type=ObjectType(UNKNOWN), attributes=aes()),
})  # fmt: skip
add(Op.CREATE_KEY_PAIR, {
    # 1.4 Table 168: the Cryptographic Algorithm "SHALL be included"; of fields the payload has none that is required.
    "required field missing": lambda client: CreateKeyPair(),
})  # fmt: skip
add(Op.REGISTER, {
    "encoding option error": lambda client: error_works.register(object=_unencoded()),
    "unknown object type": lambda client: error_works.register(object_type=ObjectType(UNKNOWN)),
    "template with a name inside": _named_inside,
    "no password link": lambda client: _container(),
    "link to no password": lambda client: _container(_password(key(client))),
})  # fmt: skip
add(Op.IMPORT, {
    "encoding option error": lambda client: error_works.import_key(object=_unencoded()),
    "invalid object type": lambda client: error_works.import_key("imported", (Tag.OBJECT_TYPE, ObjectType.CERTIFICATE)),
    "unknown object type": lambda client: error_works.import_key("imported", (Tag.OBJECT_TYPE, ObjectType(UNKNOWN))),
    "field not supported": _with_unknown_field,
})  # fmt: skip
add(Op.CREATE_SPLIT_KEY, {
    "unknown object type": lambda client: scenes.split(key(client), object_type=ObjectType(UNKNOWN)),
})  # fmt: skip
add(Op.JOIN_SPLIT_KEY, {
    "unknown object type": lambda client: error_works.join(scenes.parts(client)[:2], object_type=ObjectType(UNKNOWN)),
    "too few parts": lambda client: error_works.join(scenes.parts(client)[:1]),
    # Parts of two keys.
    "cryptographic failure": lambda client: error_works.join(
        [scenes.parts(client)[0], part_of(client, SplitKeyMethod.XOR, 2)]
    ),
})  # fmt: skip
add(Op.DERIVE_KEY, {
    "derivation data given twice": lambda client: replace(
        scenes.derive(None), unique_identifier=[key(client), _secret(client)]
    ),
})  # fmt: skip


def _secret(client: Client) -> str:
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, scenes.EVERY_MASK), scenes.ACTIVE)
    return client.speaking(V2_1).register(objects.secret(), ObjectType.SECRET_DATA, given)


# --- other objects in the place of old ones ----------------------------------------------------------------


def _replaced(client: Client) -> str:
    uid = key(client)
    client.speaking(V2_1).do(Rekey(unique_identifier=uid))
    return uid


def _pair_replaced(client: Client) -> str:
    uid = scenes.pair_private(client)
    client.speaking(V2_1).do(RekeyKeyPair(private_key_unique_identifier=uid))
    return uid


def compromised(make: Callable[[Client], str]) -> Callable[[Client], str]:
    """The same object, compromised."""

    def made(client: Client) -> str:
        uid = make(client)
        client.speaking(V2_1).do(revoke(uid, RevocationReasonCode.KEY_COMPROMISE, client.server.clock.seconds))
        return uid

    return made


def _protected(client: Client) -> str:
    """A key with a date to be moved, and no Activation Date to move it from."""
    return scenes.pre_active(client, *DATED)


def _pair_protected(client: Client) -> str:
    return scenes.pair_private(client, *DATED)


add(Op.RE_KEY, {
    "not to be re-keyed": lambda client: Rekey(unique_identifier=_replaced(client)),
    "offset and date": lambda client: Rekey(unique_identifier=key(client), offset=1, attributes=attributes(*DATED)),
    "offset without activation date": lambda client: Rekey(unique_identifier=_protected(client), offset=1),
})  # fmt: skip
add(Op.RE_KEY_KEY_PAIR, {
    "not to be re-keyed": lambda client: RekeyKeyPair(private_key_unique_identifier=_pair_replaced(client)),
    "offset and date": lambda client: RekeyKeyPair(
        private_key_unique_identifier=scenes.pair_private(client), offset=1, common_attributes=attributes(*DATED)
    ),
    "offset without activation date": lambda client: RekeyKeyPair(
        private_key_unique_identifier=_pair_protected(client), offset=1
    ),
})  # fmt: skip
add(Op.CERTIFY, {"not to be certified": lambda client: scenes.certify(compromised(scenes.public)(client))})
add(Op.RE_CERTIFY, {
    "not to be certified": lambda client: scenes.re_certify(compromised(scenes.certified)(client)),
    "offset and date": lambda client: scenes.re_certify(scenes.certified(client), None, *DATED, offset=1),
})  # fmt: skip


# --- what else is asked of an object -----------------------------------------------------------------------


def _unencodable(ask: Callable[..., Any]) -> Recipe:
    """1.4 §2.1.6: without encoding the bytes of the Key Material are wrapped; a transparent key has none."""

    def build(client: Client) -> Any:
        given = wrapped("", key(client), encoding_option=EncodingOption.NO_ENCODING)
        uid = scenes.private(client)
        return ask(
            unique_identifier=uid,
            key_format_type=KeyFormatType.TRANSPARENT_RSA_PRIVATE_KEY,
            key_wrapping_specification=given,
        )

    return build


for _code, _ask in ((Op.GET, Get), (Op.EXPORT, Export)):
    add(_code, {"encoding option not possible": _unencodable(_ask)})
add(Op.GET_ATTRIBUTES, {
    "attribute named twice": lambda client: GetAttributes(
        unique_identifier=key(client), attribute_reference=[Tag.STATE, Tag.STATE]
    ),
})  # fmt: skip
add(Op.ADD_ATTRIBUTE, {
    "index of a new attribute": lambda client: AddAttribute(
        unique_identifier=key(client), new_attribute=AttributeItem(Tag.OBJECT_GROUP, "one", 1)
    ),
})  # fmt: skip
add(Op.DELETE_ATTRIBUTE, {
    "index of a single value": lambda client: DeleteAttribute(
        unique_identifier=key(client, (Tag.CONTACT_INFORMATION, "x")),
        attribute_reference=Tag.CONTACT_INFORMATION,
        attribute_index=1,
    ),
    "no index and many values": lambda client: DeleteAttribute(
        unique_identifier=key(client, (Tag.OBJECT_GROUP, "a"), (Tag.OBJECT_GROUP, "b")),
        attribute_reference=Tag.OBJECT_GROUP,
    ),
})  # fmt: skip
add(Op.OBTAIN_LEASE, {"no lease": lambda client: on(Op.OBTAIN_LEASE, compromised(key)(client))})
add(Op.GET_USAGE_ALLOCATION, {
    "no count": lambda client: raw(Op.GET_USAGE_ALLOCATION, text(Tag.UNIQUE_IDENTIFIER, scenes.limited(client))),
})  # fmt: skip
add(Op.REVOKE, {"unknown revocation reason": lambda client: revoke(key(client), RevocationReasonCode(UNKNOWN))})
add(Op.VALIDATE, {"no certificate list": lambda client: on(Op.VALIDATE, None)})
