"""The recipes of operations that make objects, and of those that give them out; see ``error_recipes``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmip_server.spec.attribute_values import AnyValue, VendorName
from kmip_server.spec.enums import (
    DerivationMethod,
    KeyFormatType,
    LinkType,
    ObjectType,
    Operation,
)
from kmip_server.spec.masks import CryptographicUsageMask, ProtectionStorageMask
from kmip_server.spec.structures.attributes import Link
from kmip_server.spec.structures.keys import (
    PrivateKey,
)
from kmip_server.spec.structures.parameters import (
    DerivationParameters,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from tests.flows import error_scenes as scenes
from tests.flows import error_works, objects
from tests.flows.client import Client, aes, attributes
from tests.flows.error_recipes import HARDWARE, MAKERS, Recipe, absent, add, failing
from tests.flows.error_scenes import key, pre_active
from tests.flows.requests import (
    Create,
    CreateKeyPair,
    Get,
    Rekey,
    RekeyKeyPair,
)

Op = Operation
M = CryptographicUsageMask
_GONE = (VendorName("", "Operation Policy Name"), AnyValue(ItemType.TEXT_STRING, "x"))


def _sensitive(tag: Tag, value: bool) -> Recipe:
    return lambda client: Get(unique_identifier=key(client, (tag, value)))


def _linked_to(make: Callable[[Client], str] | None) -> Recipe:
    """Register a PKCS#12 container with a password that is none."""

    def build(client: Client) -> Any:
        target = "none" if make is None else make(client)
        link = Link(link_type=LinkType.PKCS_12_PASSWORD_LINK, linked_object_identifier=target)
        what = PrivateKey(key_block=objects.block(b"\x30\x00", KeyFormatType.PKCS_12, objects.RSA, 2048))
        return error_works.register((Tag.LINK, link), object_type=ObjectType.PRIVATE_KEY, object=what)

    return build


add(Op.GET, {"sensitive": _sensitive(Tag.SENSITIVE, True), "not extractable": _sensitive(Tag.EXTRACTABLE, False)})
add(Op.CREATE, {
    "invalid object type": lambda client: Create(object_type=ObjectType.CERTIFICATE, attributes=aes()),
    "cryptographic failure": failing(Op.CREATE),
    "read only attribute": lambda client: MAKERS[Op.CREATE](client, (Tag.INITIAL_DATE, 1)),
    # An attribute of 1.x, which 2.x has no more.
    "unsupported attribute": lambda client: MAKERS[Op.CREATE](client, _GONE),
    "protection storage unavailable": lambda client: Create(
        object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(), protection_storage_masks=HARDWARE
    ),
})  # fmt: skip
add(Op.CREATE_KEY_PAIR, {
    "cryptographic failure": failing(Op.CREATE_KEY_PAIR),
    "private protection storage unavailable": lambda client: CreateKeyPair(
        common_attributes=attributes(*scenes.ELLIPTIC), private_protection_storage_masks=HARDWARE
    ),
    "public protection storage unavailable": lambda client: CreateKeyPair(
        common_attributes=attributes(*scenes.ELLIPTIC), public_protection_storage_masks=HARDWARE
    ),
})  # fmt: skip
add(Op.REGISTER, {
    "invalid object type": lambda client: error_works.register(object_type=ObjectType.CERTIFICATE),
    "bad password": _linked_to(key),
    "protection storage unavailable": lambda client: error_works.register(protection_storage_masks=HARDWARE),
})  # fmt: skip
add(Op.IMPORT, {
    "object already exists": lambda client: error_works.import_key(key(client)),
    "protection storage unavailable": lambda client: error_works.import_key(
        "imported", (Tag.PROTECTION_STORAGE_MASK, int(ProtectionStorageMask.HARDWARE))
    ),
})  # fmt: skip
add(Op.RE_KEY, {
    "key value not present": lambda client: Rekey(unique_identifier=absent(client)),
    "protection storage unavailable": lambda client: Rekey(
        unique_identifier=key(client), protection_storage_masks=HARDWARE
    ),
})  # fmt: skip
add(Op.RE_KEY_KEY_PAIR, {
    "key value not present": lambda client: RekeyKeyPair(private_key_unique_identifier=absent(client, "private")),
    "private protection storage unavailable": lambda client: RekeyKeyPair(
        private_key_unique_identifier=scenes.pair_private(client), private_protection_storage_masks=HARDWARE
    ),
    "public protection storage unavailable": lambda client: RekeyKeyPair(
        private_key_unique_identifier=scenes.pair_private(client), public_protection_storage_masks=HARDWARE
    ),
})  # fmt: skip
add(Op.DERIVE_KEY, {
    "bad cryptographic parameters": lambda client: scenes.derive(
        key(client), derivation_parameters=DerivationParameters(derivation_data=[b"data"])
    ),
    "cryptographic failure": lambda client: scenes.derive(
        key(client),
        object_type=ObjectType.SECRET_DATA,
        derivation_method=DerivationMethod.HASH,
        derivation_parameters=DerivationParameters(cryptographic_parameters=scenes.HASHED),
        attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 4096), (Tag.CRYPTOGRAPHIC_USAGE_MASK, 0)),
    ),
    "incompatible cryptographic usage mask": lambda client: scenes.derive(key(client, mask=int(M.ENCRYPT))),
    "key value not present": lambda client: scenes.derive(absent(client)),
    "unsupported cryptographic parameters": lambda client: scenes.derive(
        key(client), derivation_method=DerivationMethod(0x80000001)
    ),
    "wrong key lifecycle state": lambda client: scenes.derive(pre_active(client)),
})  # fmt: skip
add(Op.CERTIFY, {
    "invalid csr": lambda client: scenes.certify(scenes.public(client), b"no request"),
    "protection storage unavailable": lambda client: scenes.certify(
        scenes.public(client), protection_storage_masks=HARDWARE
    ),
})  # fmt: skip
add(Op.RE_CERTIFY, {
    "invalid csr": lambda client: scenes.re_certify(scenes.certified(client), b"no request"),
    "protection storage unavailable": lambda client: scenes.re_certify(
        scenes.certified(client), protection_storage_masks=HARDWARE
    ),
})  # fmt: skip
