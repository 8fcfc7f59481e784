"""How each error of the specification's tables is come by: by operation and circumstance, a request that meets it.

A circumstance has the name that 2.1 has for its reason, or, where 1.x tells finer, a name of its own. What is made for
it is made in a version that has everything; the request itself is sent in the version under test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kmip_server.errors import CryptographicFailure
from kmip_server.spec.attribute_values import AnyValue, AttributeItem, VendorName
from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    EncodingOption,
    HashingAlgorithm,
    KeyCompressionType,
    KeyFormatType,
    KeyWrapType,
    ObjectType,
    Operation,
    WrappingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask, ProtectionStorageMask
from kmip_server.spec.structures.attributes import ApplicationSpecificInformation
from kmip_server.spec.structures.keys import (
    EncryptionKeyInformation,
    KeyWrappingData,
    KeyWrappingSpecification,
    MacSignatureKeyInformation,
    PrivateKey,
    SymmetricKey,
)
from kmip_server.spec.structures.parameters import (
    CryptographicParameters,
)
from kmip_server.spec.structures.query import (
    ProtectionStorageMasks,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_1
from tests.flows import error_scenes as scenes
from tests.flows import error_works, objects
from tests.flows.client import Client, aes, attributes, name
from tests.flows.error_scenes import ON_ONE, archived, key, pre_active
from tests.flows.requests import (
    AddAttribute,
    Create,
    Decrypt,
    Destroy,
    Encrypt,
    Export,
    Get,
    Mac,
    MacVerify,
    ModifyAttribute,
    Rekey,
    RekeyKeyPair,
    Sign,
    SignatureVerify,
)

Op = Operation
M = CryptographicUsageMask
Recipe = Callable[[Client], Any]


def item(tag: Any, value: Any) -> AttributeItem:
    return AttributeItem(tag, value)


def on(code: Operation, uid: Any) -> Any:
    """The request of an operation on one object."""
    return ON_ONE[code][1](uid)


# --- what any operation on an object can meet ---------------------------------------------------------


class _Failing:
    """Ciphers whose every primitive fails: a fault of the machine, for nothing in a request brings it about."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_: Any, **__: Any) -> Any:
            raise CryptographicFailure("the primitive failed")

        return fail


def failing(code: Operation) -> Recipe:
    """A request that would succeed, on a server whose primitives fail."""

    def build(client: Client) -> Any:
        asked = error_works.works(code, client)
        client.server.engine.rooms.ciphers = _Failing()  # type: ignore[assignment]
        return asked

    return build


def _not_found(code: Operation) -> Recipe:
    return lambda client: on(code, "none")


def _archived(code: Operation) -> Recipe:
    return lambda client: on(code, archived(ON_ONE[code][0])(client))


def wrong_type(code: Operation, make: Any = scenes.opaque) -> Recipe:
    return lambda client: on(code, make(client))


def absent(client: Client, kind: str = "symmetric") -> str:
    """A key that the server knows and does not have (Key Value Location, 1.2)."""
    from tests.flows.test_metadata_only import WHERE

    what: Any = objects.private_key() if kind == "private" else objects.symmetric()
    what = type(what)(key_block=_valueless(what.key_block))
    given = attributes(
        (Tag.CRYPTOGRAPHIC_USAGE_MASK, scenes.EVERY_MASK),
        (Tag.KEY_VALUE_LOCATION, WHERE),
        scenes.ACTIVE,
    )
    object_type = ObjectType.PRIVATE_KEY if kind == "private" else ObjectType.SYMMETRIC_KEY
    return client.speaking(V2_1).register(what, object_type, given)


def _valueless(block: Any) -> Any:
    return replace(block, key_value=None)


def _absent_public(client: Client) -> str:
    from tests.flows.test_metadata_only import WHERE

    what = objects.public_key()
    what = type(what)(key_block=_valueless(what.key_block))
    given = attributes(
        (Tag.CRYPTOGRAPHIC_USAGE_MASK, scenes.EVERY_MASK), (Tag.KEY_VALUE_LOCATION, WHERE), scenes.ACTIVE
    )
    return client.speaking(V2_1).register(what, ObjectType.PUBLIC_KEY, given)


# --- making objects: attributes that cannot be ------------------------------------------------------------

TWICE = ((Tag.CONTACT_INFORMATION, "a"), (Tag.CONTACT_INFORMATION, "b"))
MANY = tuple((Tag.NAME, name(f"n{number}")) for number in range(1001))
SAME_NAMES = ((Tag.NAME, name("n")), (Tag.NAME, name("n")))
FOREIGN = ((Tag.CERTIFICATE_LENGTH, 1),)
NAMESPACE = (
    (Tag.APPLICATION_SPECIFIC_INFORMATION, ApplicationSpecificInformation(application_namespace="none.example")),
)
SPOILED: dict[str, tuple[tuple[Any, Any], ...]] = {
    "attribute single valued": TWICE,
    "attribute read only": ((VendorName("y", "theirs"), AnyValue(ItemType.TEXT_STRING, "x")),),
    "invalid attribute": ((VendorName("", "none"), AnyValue(ItemType.TEXT_STRING, "x")),),
    "invalid attribute value": ((VendorName("x", "note"), None),),
    "non unique name attribute": SAME_NAMES,
    "server limit exceeded": MANY,
    "application namespace not supported": NAMESPACE,
}


def _maker(build: Callable[..., Any]) -> dict[str, Recipe]:
    def spoil(given: tuple[tuple[Any, Any], ...]) -> Recipe:
        return lambda client: build(client, *given)

    return {circumstance: spoil(given) for circumstance, given in SPOILED.items()}


HARDWARE = ProtectionStorageMasks(protection_storage_mask=[int(ProtectionStorageMask.HARDWARE)])


def _create(client: Client, *more: tuple[Any, Any]) -> Any:
    return Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, scenes.EVERY_MASK, *more))


MAKERS: dict[Operation, Callable[..., Any]] = {
    Op.CREATE: _create,
    Op.CREATE_KEY_PAIR: lambda client, *more: scenes.new_pair(*more),
    Op.REGISTER: lambda client, *more: error_works.register(*more),
    Op.IMPORT: lambda client, *more: error_works.import_key("imported", *more),
    Op.DERIVE_KEY: lambda client, *more: scenes.derive(key(client), *more),
    Op.CREATE_SPLIT_KEY: lambda client, *more: scenes.split(key(client), *more),
    Op.JOIN_SPLIT_KEY: lambda client, *more: error_works.join(scenes.parts(client)[:2], *more),
    Op.CERTIFY: lambda client, *more: scenes.certify(scenes.public(client), None, *more),
    Op.RE_CERTIFY: lambda client, *more: scenes.re_certify(scenes.certified(client), None, *more),
    Op.RE_KEY: lambda client, *more: Rekey(unique_identifier=key(client), attributes=attributes(*more)),
    Op.RE_KEY_KEY_PAIR: lambda client, *more: RekeyKeyPair(
        private_key_unique_identifier=scenes.pair_private(client), common_attributes=attributes(*more)
    ),
    Op.ADD_ATTRIBUTE: lambda client, *more: AddAttribute(
        unique_identifier=key(client), new_attribute=attributes(*more).items[0]
    ),
    Op.MODIFY_ATTRIBUTE: lambda client, *more: ModifyAttribute(
        unique_identifier=key(client, (Tag.APPLICATION_SPECIFIC_INFORMATION, _DATA)),
        new_attribute=attributes(*more).items[0],
    ),
}
_DATA = ApplicationSpecificInformation(application_namespace="kmip-server", application_data="x")


# --- wrapping -----------------------------------------------------------------------------------------------


def wrapped(uid: str, wrapping: str, **changed: Any) -> KeyWrappingSpecification:
    """Encrypt with a key by RFC 3394."""
    how = changed.pop("how", CryptographicParameters(block_cipher_mode=BlockCipherMode.NISTKEYWRAP))
    given: dict[str, Any] = {
        "wrapping_method": WrappingMethod.ENCRYPT,
        "encryption_key_information": EncryptionKeyInformation(
            unique_identifier=wrapping, cryptographic_parameters=how
        ),
        "encoding_option": EncodingOption.NO_ENCODING,
    }
    return KeyWrappingSpecification(**{**given, **changed})


def _wrapping(ask: Callable[..., Any], make: Callable[[Client], str], **changed: Any) -> Recipe:
    return lambda client: ask(
        unique_identifier=key(client), key_wrapping_specification=wrapped("", make(client), **changed)
    )


def _macced(ask: Callable[..., Any], make: Callable[[Client], str]) -> Recipe:
    def build(client: Client) -> Any:
        with_key = MacSignatureKeyInformation(unique_identifier=make(client), cryptographic_parameters=scenes.HMAC)
        specification = KeyWrappingSpecification(
            wrapping_method=WrappingMethod.MAC_SIGN, mac_signature_key_information=with_key
        )
        return ask(unique_identifier=key(client), key_wrapping_specification=specification)

    return build


def destroyed(client: Client) -> str:
    uid = pre_active(client)
    client.speaking(V2_1).do(Destroy(unique_identifier=uid))
    return uid


def _no_key(client: Client) -> str:
    """A certificate that says it wraps, and could not."""
    return scenes.certificate(client, (Tag.CRYPTOGRAPHIC_USAGE_MASK, scenes.EVERY_MASK), scenes.ACTIVE)


def _strangely_wrapped(client: Client) -> str:
    """A key registered wrapped in a way that the server does not undo."""
    data = KeyWrappingData(wrapping_method=WrappingMethod.TR_31)
    block = replace(objects.block(bytes(32), KeyFormatType.RAW, objects.AES, 256), key_wrapping_data=data)
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, scenes.EVERY_MASK))
    return client.speaking(V2_1).register(SymmetricKey(key_block=block), ObjectType.SYMMETRIC_KEY, given)


def _other_parameters(client: Client) -> str:
    """A wrapping key that may be used in one way only, and not in that which is asked for."""
    return key(client, (Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters(block_cipher_mode=BlockCipherMode.CBC)))


def _giving(ask: Callable[..., Any]) -> dict[str, Recipe]:
    """Get and Export."""
    return {
        "bad cryptographic parameters": _wrapping(ask, _other_parameters),
        "encoding option error": _wrapping(ask, key, attribute_name=["Name"]),
        "incompatible cryptographic usage mask": _wrapping(ask, lambda client: key(client, mask=int(M.ENCRYPT))),
        "wrapping with what is no key": _wrapping(ask, _no_key),
        "mac with what is no key": _macced(ask, _no_key),
        "mac with a key not for it": _macced(ask, lambda client: scenes.hmac(client, mask=int(M.ENCRYPT))),
        "invalid object type": _wrapping(ask, _no_key),
        "wrapping object not found": _wrapping(ask, lambda client: "none"),
        "wrapping object archived": _wrapping(ask, archived(key)),
        "wrapping object destroyed": _wrapping(ask, destroyed),
        "key format type not supported": lambda client: ask(
            unique_identifier=key(client), key_format_type=KeyFormatType.PKCS_8
        ),
        "key compression type not supported": lambda client: ask(
            unique_identifier=key(client), key_compression_type=KeyCompressionType.EC_PUBLIC_KEY_TYPE_X9_62_HYBRID
        ),
        "key value not present": lambda client: ask(
            unique_identifier=absent(client), key_wrapping_specification=wrapped("", key(client))
        ),
        "key wrap type not supported": lambda client: ask(
            unique_identifier=_strangely_wrapped(client), key_wrap_type=KeyWrapType.NOT_WRAPPED
        ),
    }


# --- using keys --------------------------------------------------------------------------------------------

USES: dict[Operation, tuple[type, dict[str, Any]]] = {
    Op.ENCRYPT: (Encrypt, {"cryptographic_parameters": scenes.CBC, "data": bytes(16)}),
    Op.DECRYPT: (
        Decrypt,
        {"cryptographic_parameters": scenes.CBC, "data": bytes(16), "iv_counter_nonce": bytes(16)},
    ),
    Op.SIGN: (Sign, {"cryptographic_parameters": scenes.HASHED, "data": b"x"}),
    Op.SIGNATURE_VERIFY: (
        SignatureVerify,
        {"cryptographic_parameters": scenes.HASHED, "data": b"x", "signature_data": bytes(256)},
    ),
    Op.MAC: (Mac, {"cryptographic_parameters": scenes.HMAC, "data": b"x"}),
    Op.MAC_VERIFY: (MacVerify, {"cryptographic_parameters": scenes.HMAC, "data": b"x", "mac_data": bytes(32)}),
}
_ABSENT: dict[Operation, Callable[[Client], str]] = {
    Op.SIGN: lambda client: absent(client, "private"),
    Op.SIGNATURE_VERIFY: _absent_public,
}
_BROKEN: dict[Operation, dict[str, Any]] = {
    # Half a block, and no padding; a tag that is not the data's; a key that no RSA is.
    Op.ENCRYPT: {
        "data": b"half",
        "cryptographic_parameters": CryptographicParameters(
            block_cipher_mode=BlockCipherMode.CBC,
            cryptographic_algorithm=CryptographicAlgorithm.AES,
            random_iv=True,
        ),
    },
    Op.DECRYPT: {"data": b"half"},
}


def _using(code: Operation) -> dict[str, Recipe]:
    request, fields = USES[code]
    make = ON_ONE[code][0]

    def ask(make: Callable[[Client], str], **changed: Any) -> Recipe:
        return lambda client: request(unique_identifier=make(client), **{**fields, **changed})

    def broken(client: Client) -> str:
        """A key registered with bytes that are no key: stored without being believed, refused when used."""
        what = PrivateKey(key_block=objects.block(b"no key", KeyFormatType.PKCS_8, objects.RSA, 2048))
        given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, scenes.EVERY_MASK), scenes.ACTIVE)
        return client.speaking(V2_1).register(what, ObjectType.PRIVATE_KEY, given)

    found = {
        "bad cryptographic parameters": ask(
            make,
            cryptographic_parameters=CryptographicParameters(
                cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA256,
                hashing_algorithm=HashingAlgorithm.SHA_512,
            )
            if code in (Op.MAC, Op.MAC_VERIFY)
            else CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.CAMELLIA),
        ),
        "incompatible cryptographic usage mask": ask(lambda client: make(client, mask=int(M.EXPORT))),
        "invalid correlation value": ask(make, correlation_value=b"none"),
        "key value not present": ask(_ABSENT.get(code, absent)),
        "wrong key lifecycle state": ask(
            pre_active if make is key else lambda client: make(client, (Tag.COMMENT, "pre-active"))
        ),
        "cryptographic failure": ask(broken)
        if code is Op.SIGN
        else ask(make, **_BROKEN[code])
        if code in _BROKEN
        else failing(code),
    }
    if code in (Op.ENCRYPT, Op.DECRYPT):
        no_iv = CryptographicParameters(
            block_cipher_mode=BlockCipherMode.CBC, cryptographic_algorithm=CryptographicAlgorithm.AES
        )
        found["missing initialization vector"] = ask(make, cryptographic_parameters=no_iv, iv_counter_nonce=None)
        found["unsupported cryptographic parameters"] = ask(
            make,
            cryptographic_parameters=CryptographicParameters(
                block_cipher_mode=BlockCipherMode.CMAC, cryptographic_algorithm=CryptographicAlgorithm.AES
            ),
        )
    elif code in (Op.SIGN, Op.SIGNATURE_VERIFY):
        found["unsupported cryptographic parameters"] = ask(
            make, cryptographic_parameters=CryptographicParameters(hashing_algorithm=HashingAlgorithm.TIGER)
        )
    return found


RECIPES: dict[tuple[Operation, str], Recipe] = {}


def add(code: Operation, found: dict[str, Recipe]) -> None:
    RECIPES.update({(code, circumstance): recipe for circumstance, recipe in found.items()})


for _code in ON_ONE:
    add(_code, {"object not found": _not_found(_code), "object archived": _archived(_code)})
    add(_code, {"item not found": _not_found(_code)})
    add(_code, {"invalid object type": wrong_type(_code)})
for _code, _build in MAKERS.items():
    add(_code, _maker(_build))
for _code in USES:
    add(_code, _using(_code))
add(Op.GET, _giving(Get))
add(Op.EXPORT, _giving(Export))
