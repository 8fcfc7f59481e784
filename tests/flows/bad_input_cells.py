"""Bad input as a matrix: each kind of mistake, for each operation, in each version: a request, or why there is none.

What there is to get wrong is read from the payload classes and from the recipes of the error tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    ResultReason,
)
from kmip_server.spec.schema import Special, fields_of
from kmip_server.spec.structures.keys import PrivateKey, PublicKey, SymmetricKey
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0, V2_1, VERSIONS, Version
from kmip_server.wire.tree import Item
from tests.flows import error_scenes as scenes
from tests.flows import error_works, objects
from tests.flows.bad_conflicts import CONFLICTS, WITHOUT
from tests.flows.client import Ask, Client, aes, attributes, binder, struct
from tests.flows.error_recipes import RECIPES, USES
from tests.flows.error_recipes_more import destroyed
from tests.flows.error_scenes import ON_ONE
from tests.flows.requests import Create, CreateKeyPair, Get, Rekey, RekeyKeyPair
from tests.flows.test_bad_input import filled
from tests.kit import TABLE

Op, R = Operation, ResultReason
Build = Callable[[Client], list[Any]]
"""Requests that must all be refused; what they are about is made on the way."""


class Cell(NamedTuple):
    """One kind of mistake in one operation in one version."""

    kind: str
    operation: Operation
    version: Version

    def __str__(self) -> str:
        return f"{self.version}-{self.operation.name}-{self.kind}".replace(" ", "_")


def _items(code: Operation, client: Client) -> list[Item]:
    """A request that would succeed, as items."""
    return binder(client.version).unbind(error_works.works(code, client))


def _ask(code: Operation, items: list[Item]) -> Ask:
    return Ask(struct(Tag.REQUEST_PAYLOAD, *items), code)


def _fields(cell: Cell) -> list[Any]:
    return [spec for _, spec in fields_of(TABLE[cell.operation].request) if spec.in_version(cell.version)]


def _missing(cell: Cell) -> Build | str:
    needed = [int(spec.tag_in(cell.version)) for spec in _fields(cell) if spec.required]
    if not needed:
        return "no field of its request is REQUIRED"

    def build(client: Client) -> list[Any]:
        items = _items(cell.operation, client)
        return [_ask(cell.operation, [item for item in items if item[0] != tag]) for tag in needed]

    return build


def _strange(cell: Cell) -> Build | str:
    every = {int(spec.tag) for _, spec in fields_of(TABLE[cell.operation].request)}
    own = {int(spec.tag_in(cell.version)) for spec in _fields(cell)}

    def build(client: Client) -> list[Any]:
        items = _items(cell.operation, client)
        others = [*(every - own - {int(Tag.SYMMETRIC_KEY)}), 0x42FFFE]
        return [_ask(cell.operation, [*items, (tag, int(ItemType.TEXT_STRING), "x")]) for tag in others]

    return build


def _enumerations(items: list[Item], path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Where the enumerations of a request are, at any depth."""
    for place, (_, kind, value) in enumerate(items):
        if kind == ItemType.ENUMERATION:
            yield (*path, place)
        elif kind == ItemType.STRUCTURE:
            yield from _enumerations(value, (*path, place))


def _changed(items: list[Item], path: tuple[int, ...], value: int) -> list[Item]:
    place, *rest = path
    tag, kind, old = items[place]
    new = (tag, kind, _changed(old, tuple(rest), value) if rest else value)
    return [*items[:place], new, *items[place + 1 :]]


def _unknown(cell: Cell) -> Build | str:
    _, items = filled(cell.operation, cell.version)
    found = list(_enumerations(items))
    if not found:
        return "its request has no enumeration"
    return lambda client: [_ask(cell.operation, _changed(items, path, 0x7FFFFFFF)) for path in found]


def _recipe(*circumstances: str) -> Callable[[Cell], Build | str]:
    def found(cell: Cell) -> Build | str:
        recipes = [RECIPES[key] for each in circumstances if (key := (cell.operation, each)) in RECIPES]
        if not recipes:
            return ""
        return lambda client: [recipes[0](client)]

    return found


def _wrong_type(cell: Cell) -> Build | str:
    if cell.operation in _EVERY_TYPE:
        return "it is for objects of every type"
    return _recipe("illegal object type", "invalid object type")(cell) or "its request names no object"


_EVERY_TYPE = {
    *(Op.GET, Op.GET_ATTRIBUTES, Op.GET_ATTRIBUTE_LIST, Op.ADD_ATTRIBUTE, Op.MODIFY_ATTRIBUTE, Op.DELETE_ATTRIBUTE),
    *(Op.SET_ATTRIBUTE, Op.ADJUST_ATTRIBUTE, Op.OBTAIN_LEASE, Op.DESTROY, Op.ARCHIVE, Op.RECOVER, Op.EXPORT),
    *(Op.GET_USAGE_ALLOCATION,),
}


def _wrong_state(cell: Cell) -> Build | str:
    code = cell.operation
    usual = _recipe("wrong key lifecycle state")(cell)
    if usual and code not in (Op.ADD_ATTRIBUTE, Op.DELETE_ATTRIBUTE):
        return usual
    if code in _ANY_STATE:
        return "2.1 §4.57: attributes of an object that is destroyed stay, and may be read, checked and changed"
    if code not in ON_ONE:
        return "its request names no object"

    def build(client: Client) -> list[Any]:
        return [ON_ONE[code][1](_destroyed(code, client))]

    return build


_ANY_STATE = {
    *(Op.GET_ATTRIBUTES, Op.GET_ATTRIBUTE_LIST, Op.ADD_ATTRIBUTE, Op.DELETE_ATTRIBUTE, Op.ARCHIVE, Op.CHECK),
    *(Op.VALIDATE, Op.EXPORT),
}


def _destroyed(code: Operation, client: Client) -> str:
    if code in (Op.RE_KEY_KEY_PAIR, Op.CERTIFY, Op.RE_CERTIFY):
        make = {Op.RE_KEY_KEY_PAIR: scenes.pair_private, Op.CERTIFY: _public, Op.RE_CERTIFY: scenes.certified}[code]
        uid = make(client)
        speaking = client.speaking(V2_1)
        if code is Op.RE_CERTIFY:
            speaking.one(ON_ONE[Op.REVOKE][1](uid))
        speaking.do(ON_ONE[Op.DESTROY][1](uid))
        return uid
    return destroyed(client)


def _public(client: Client) -> str:
    return scenes.public(client, (Tag.COMMENT, "pre-active"))


def _not_found(cell: Cell) -> Build | str:
    if cell.operation is Op.CANCEL:
        return "2.1 §6.1.5: a request that is not there is answered with a Cancellation Result"
    if cell.operation is Op.QUERY and cell.version < V2_1:
        return "it names nothing before 2.1 brought groups"
    return (
        _recipe("object not found", "item not found")(cell)
        or _recipe("invalid asynchronous correlation value", "invalid ticket", "unknown object group")(cell)
        or "its request names nothing that there could not be"
    )


def _repeated(cell: Cell) -> Build | str:
    once = {
        int(spec.tag_in(cell.version)) for spec in _fields(cell) if not spec.many and spec.kind is not Special.OBJECT
    }
    once -= {int(Tag.ATTRIBUTE)}
    if not once:
        return "it has no field, or each of them may be repeated"

    def build(client: Client) -> list[Any]:
        items = _items(cell.operation, client)
        mine = [item for item in items if item[0] in once]
        return [_ask(cell.operation, [*items, item]) for item in mine] or [_twice(cell, client)]

    return build


def _twice(cell: Cell, client: Client) -> Ask:
    """The payload itself stands twice, where the request that succeeds needs none of its fields."""
    return _ask(cell.operation, [(0x42FFFE, int(ItemType.INTEGER), 1)] * 2)


def _conflicting(cell: Cell) -> Build | str:
    if cell.operation is Op.GET_ATTRIBUTES and cell.version >= V2_0:
        return "since 2.0 a reference that stands twice is no error"
    if cell.operation in WITHOUT:
        return WITHOUT[cell.operation]
    builders = [build for since, build in CONFLICTS[cell.operation] if cell.version >= since]
    if not builders:
        return "in this version it has too few fields to contradict themselves"
    return lambda client: [build(client) for build in builders]


# --- keys ---------------------------------------------------------------------------------------------------

GARBAGE = b"\x30\x82\xff\xff"


def _of(algorithm: CryptographicAlgorithm, length: int) -> Any:
    return attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, algorithm), (Tag.CRYPTOGRAPHIC_LENGTH, length))


def _created(algorithm: CryptographicAlgorithm, length: int, client: Client) -> Any:
    return Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=_of(algorithm, length))


_WEAK: dict[Operation, list[Callable[[Client], Any]]] = {
    Op.CREATE: [
        *(partial(_created, CryptographicAlgorithm.AES, length) for length in (8, 127, 129, 4096)),
        partial(_created, CryptographicAlgorithm.RSA, 2048),
    ],
    Op.CREATE_KEY_PAIR: [
        lambda client: CreateKeyPair(common_attributes=_of(CryptographicAlgorithm.RSA, 512)),
        lambda client: CreateKeyPair(common_attributes=_of(CryptographicAlgorithm.EC, 100)),
        lambda client: CreateKeyPair(common_attributes=_of(CryptographicAlgorithm.AES, 128)),
    ],
    Op.RE_KEY: [
        lambda client: Rekey(
            unique_identifier=scenes.key(client), attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 40))
        ),
    ],
    Op.RE_KEY_KEY_PAIR: [
        lambda client: RekeyKeyPair(
            private_key_unique_identifier=scenes.pair_private(client),
            common_attributes=_of(CryptographicAlgorithm.RSA, 512),
        ),
    ],
    Op.DERIVE_KEY: [lambda client: scenes.derive(scenes.key(client), attributes=aes(40))],
}


def _too_weak(cell: Cell) -> Build | str:
    code = cell.operation
    if code in _WEAK:
        return lambda client: [build(client) for build in _WEAK[code]]
    if code in USES:
        return lambda client: [_used(code, client, bytes(3)), _used(code, client, bytes(15))]
    if code in (Op.REGISTER, Op.IMPORT):
        return "2.1 §6.1.43 stores what it is given; it is refused when it is used"
    return "it neither makes a key nor uses one"


def _used(code: Operation, client: Client, material: bytes) -> Any:
    """A use of a key whose bytes are none of its algorithm."""
    request, fields = USES[code]
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, scenes.EVERY_MASK), scenes.ACTIVE)
    what: Any
    if code in (Op.SIGN, Op.SIGNATURE_VERIFY):
        block = objects.block(material, KeyFormatType.PKCS_1, objects.RSA, 2048)
        what = PrivateKey(key_block=block) if code is Op.SIGN else PublicKey(key_block=block)
    else:
        what = SymmetricKey(key_block=objects.block(material, KeyFormatType.RAW, objects.AES, 8 * len(material)))
    kind = {PrivateKey: ObjectType.PRIVATE_KEY, PublicKey: ObjectType.PUBLIC_KEY}.get(
        type(what), ObjectType.SYMMETRIC_KEY
    )
    if code in (Op.MAC, Op.MAC_VERIFY):
        fields = {
            **fields,
            "cryptographic_parameters": replace(scenes.CBC, block_cipher_mode=_CMAC, random_iv=None),
        }
    uid = client.speaking(V2_1).register(what, kind, given)
    return request(unique_identifier=uid, **fields)


_CMAC = type(scenes.CBC.block_cipher_mode).CMAC  # type: ignore[union-attr]


def _malformed(cell: Cell) -> Build | str:
    code = cell.operation
    if code in USES:
        return lambda client: [_used(code, client, material) for material in (b"", b"\x00", GARBAGE, b"\xff" * 1000)]
    if code is Op.GET:
        return lambda client: [_converted(client, material) for material in (b"", GARBAGE)]
    if code in (Op.REGISTER, Op.IMPORT):
        return "2.1 §6.1.43: it is stored without being believed; test_bad_keys.py does it"
    return "it reads no key material"


def _converted(client: Client, material: bytes) -> Any:
    """A private key that cannot be read, asked for in another format."""
    what = PrivateKey(key_block=objects.block(material, KeyFormatType.PKCS_1, objects.RSA, 2048))
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, scenes.EVERY_MASK), scenes.ACTIVE)
    uid = client.speaking(V2_1).register(what, ObjectType.PRIVATE_KEY, given)
    return Get(unique_identifier=uid, key_format_type=KeyFormatType.PKCS_8)


def _oversize(cell: Cell) -> Build | str:
    """A payload nested deeper than anything of the standard; sizes of answers are of the error tables."""

    def build(client: Client) -> list[Any]:
        deep: Item = (int(Tag.ATTRIBUTE), int(ItemType.STRUCTURE), [])
        for _ in range(100):
            deep = (int(Tag.ATTRIBUTE), int(ItemType.STRUCTURE), [deep])
        items = _items(cell.operation, client)
        return [_ask(cell.operation, [*items, deep]), _ask(cell.operation, [*items, (0x42FFFE, 7, "x" * 1_000_000)])]

    return build


BAD_INPUT: dict[str, Callable[[Cell], Build | str]] = {
    "missing required field": _missing,
    "field of another version": _strange,
    "unknown enumeration value": _unknown,
    "wrong object type": _wrong_type,
    "wrong state": _wrong_state,
    "no permission": lambda cell: lambda client: [error_works.works(cell.operation, client)],
    "not found": _not_found,
    "oversize": _oversize,
    "repeated field": _repeated,
    "conflicting parameters": _conflicting,
    "key too short or algorithm not allowed": _too_weak,
    "malformed key material": _malformed,
}

EXPECTED: dict[str, frozenset[ResultReason]] = {
    "missing required field": frozenset({R.INVALID_MESSAGE}),
    "field of another version": frozenset({R.INVALID_FIELD, R.INVALID_MESSAGE}),
    "no permission": frozenset({R.PERMISSION_DENIED}),
    "repeated field": frozenset({R.INVALID_MESSAGE, R.INVALID_FIELD}),
}
"""The reasons of a kind that is answered alike everywhere; of the others, those of the operation's table."""

OPERATIONS = sorted({*error_works.WITHOUT_OBJECT, *ON_ONE})
CELLS = [
    Cell(kind, code, version)
    for code in OPERATIONS
    for version in VERSIONS
    if code.in_version(version) and version <= V2_1
    for kind in BAD_INPUT
]
