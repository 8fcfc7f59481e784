"""Export and Import: an object with all it has, out of one server and into another; and every refusal."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from kmip_server.spec.attribute_values import AttributeItem, Attributes
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    EncodingOption,
    HashingAlgorithm,
    KeyFormatType,
    KeyValueLocationType,
    KeyWrapType,
    ObjectType,
    Operation,
    ResultReason,
    RevocationReasonCode,
    State,
    UniqueIdentifierCode,
    UsageLimitsUnit,
    WrappingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.attributes import Digest, KeyValueLocation, UsageLimits
from kmip_server.spec.structures.keys import EncryptionKeyInformation, KeyWrappingSpecification
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_3, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import CBC, Client, attributes, custom, name, raw
from tests.flows.objects import AES, EVERY_OBJECT, KEY_BYTES, opaque, private_key, secret, symmetric
from tests.flows.requests import Activate, CreateKeyPair, Destroy, Encrypt, Export, Get, GetAttributes, Import, revoke
from tests.kit import BOB

R = ResultReason
ALGORITHM, LENGTH, MASK = Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH, Tag.CRYPTOGRAPHIC_USAGE_MASK
_LATER = tuple(version for version in VERSIONS if version >= V1_4)


@pytest.fixture
def elsewhere(make_server: Any) -> Client:
    """The same client at another server."""
    return Client(make_server(), V2_1)


def bring(exported: Any, version: Version = V2_1, **changed: Any) -> Import:
    """What Export gave, as it goes into Import."""
    fields = {
        "unique_identifier": exported.unique_identifier,
        "object_type": exported.object_type if version >= V2_0 else None,
        "attributes": exported.attributes,
        "object": exported.object,
    }
    return Import(**{**fields, **changed})


def said(exported: Any) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for item in exported.attributes.items:
        found.setdefault(item.key, []).append(item.value)
    return found


def new(uid: Any = "mine", *pairs: tuple[Any, Any], what: Any = None, **more: Any) -> Import:
    fields: dict[str, Any] = {"attributes": attributes(*pairs), "object": what or symmetric()}
    return Import(unique_identifier=uid, **{**fields, **more})


# --- there and back --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "kind"),
    [(version, kind) for version in _LATER for kind in EVERY_OBJECT if kind.in_version(version)],
    ids=str,
)
def test_every_object_arrives_as_it_was(client: Client, elsewhere: Client, version: Version, kind: ObjectType) -> None:
    client, elsewhere = client.speaking(version), elsewhere.speaking(version)
    elsewhere.server.clock.now_us = client.server.clock.now_us + 5_000_000_000
    given = Attributes(
        [AttributeItem(Tag.NAME, name("n")), custom("hello"), AttributeItem(Tag.CONTACT_INFORMATION, "c")]
    )
    uid = client.register(EVERY_OBJECT[kind](), kind, given)
    out = client.do(Export(unique_identifier=uid))
    assert (out.object_type, out.unique_identifier) == (kind, uid)
    assert said(out) == client.shown(uid) | ({Tag.FRESH: [True]} if Tag.FRESH in said(out) else {})
    arrived = elsewhere.do(bring(out, version)).unique_identifier
    assert arrived == uid
    again = elsewhere.do(Export(unique_identifier=uid))
    assert said(again) == said(out)
    assert again.object == out.object


def test_export_sets_the_placeholder_and_leaves_the_object_fresh(client: Client) -> None:
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    out, named = client.ask(Export(unique_identifier=uid), GetAttributes())
    assert named.payload.unique_identifier == uid
    assert said(out.payload)[Tag.FRESH] == [True]
    # 2.1 §4.24: it is Get that serves an object.
    assert client.shown(uid, Tag.FRESH) == {Tag.FRESH: [True]}


def test_export_in_another_format(client: Client) -> None:
    uid = client.register(private_key(), ObjectType.PRIVATE_KEY)
    out = client.do(Export(unique_identifier=uid, key_format_type=KeyFormatType.PKCS_1))
    assert out.object.key_block.key_format_type is KeyFormatType.PKCS_1
    assert client.refusal(Export(unique_identifier=uid, key_format_type=KeyFormatType.X_509)) is (
        R.KEY_FORMAT_TYPE_NOT_SUPPORTED
    )


@pytest.mark.parametrize("version", _LATER, ids=str)
def test_a_destroyed_object_leaves_without_its_value(client: Client, version: Version) -> None:
    client = client.speaking(version)
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes((Tag.CONTACT_INFORMATION, "c")))
    client.do(Destroy(unique_identifier=uid))
    out = client.do(Export(unique_identifier=uid))
    assert out.object is None
    assert said(out)[Tag.STATE] == [State.DESTROYED]
    assert said(out)[Tag.CONTACT_INFORMATION] == ["c"]


@pytest.mark.parametrize("version", _LATER, ids=str)
def test_a_guarded_object_stays(client: Client, version: Version) -> None:
    client = client.speaking(version)
    for tag, value, reason in ((Tag.EXTRACTABLE, False, R.NOT_EXTRACTABLE), (Tag.SENSITIVE, True, R.SENSITIVE)):
        uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes((tag, value)))
        assert client.refusal(Export(unique_identifier=uid)) is reason
    bob = Client(client.server, version, BOB)
    assert bob.refusal(Export(unique_identifier=uid)) is (R.OBJECT_NOT_FOUND if version >= V2_0 else R.ITEM_NOT_FOUND)


def test_they_came_with_1_4(client: Client) -> None:
    for operation in (Operation.EXPORT, Operation.IMPORT):
        assert client.speaking(V1_3).one(raw(operation)).reason is R.OPERATION_NOT_SUPPORTED


# --- what is supplied holds ------------------------------------------------------------------------


def test_what_is_supplied_holds(client: Client) -> None:
    """2.1 §6.1.25: "all attributes MUST be set to the supplied values rather than any server generated values"."""
    limits = UsageLimits(usage_limits_total=9, usage_limits_count=4, usage_limits_unit=UsageLimitsUnit.OBJECT)
    supplied = {
        Tag.SHORT_UNIQUE_IDENTIFIER: b"short",
        Tag.INITIAL_DATE: 1_000,
        Tag.LAST_CHANGE_DATE: 2_000,
        Tag.ORIGINAL_CREATION_DATE: 500,
        Tag.ACTIVATION_DATE: 1_500,
        Tag.STATE: State.ACTIVE,
        Tag.LEASE_TIME: 77,
        Tag.FRESH: False,
        Tag.SENSITIVE: True,
        Tag.ALWAYS_SENSITIVE: False,
        Tag.EXTRACTABLE: True,
        Tag.NEVER_EXTRACTABLE: False,
        Tag.USAGE_LIMITS: limits,
        MASK: int(Mask.ENCRYPT),
        Tag.DIGEST: Digest(
            hashing_algorithm=HashingAlgorithm.SHA_256,
            digest_value=hashlib.sha256(KEY_BYTES).digest(),
            key_format_type=KeyFormatType.RAW,
        ),
    }
    uid = client.do(new("mine", *supplied.items())).unique_identifier
    shown = client.shown(uid, *supplied)
    assert shown == {key: [value] for key, value in supplied.items()}
    client.do(Encrypt(unique_identifier=uid, data=b"d", cryptographic_parameters=CBC))
    assert client.shown(uid, Tag.USAGE_LIMITS)[Tag.USAGE_LIMITS][0].usage_limits_count == 3


def test_what_is_not_supplied_is_set_as_ever(client: Client) -> None:
    uid = client.do(new("mine")).unique_identifier
    shown = client.shown(uid)
    now = client.server.clock.seconds
    assert shown[Tag.INITIAL_DATE] == shown[Tag.LAST_CHANGE_DATE] == [now]
    assert shown[Tag.STATE] == [State.PRE_ACTIVE]
    assert shown[Tag.DIGEST][0].digest_value == hashlib.sha256(KEY_BYTES).digest()
    assert (shown[ALGORITHM], shown[LENGTH], shown[Tag.FRESH]) == ([AES], [256], [True])


@pytest.mark.parametrize("state", [State.PRE_ACTIVE, State.ACTIVE, State.DEACTIVATED, State.COMPROMISED])
def test_an_object_comes_in_its_state(client: Client, elsewhere: Client, state: State) -> None:
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes((MASK, 12)))
    if state is not State.PRE_ACTIVE:
        client.do(Activate(unique_identifier=uid))
    if state is State.DEACTIVATED:
        client.do(revoke(uid))
    if state is State.COMPROMISED:
        client.do(revoke(uid, RevocationReasonCode.KEY_COMPROMISE, 1))
    elsewhere.do(bring(client.do(Export(unique_identifier=uid))))
    assert elsewhere.shown(uid, Tag.STATE) == {Tag.STATE: [state]}
    answer = elsewhere.one(Encrypt(unique_identifier=uid, data=b"d", cryptographic_parameters=CBC))
    assert answer.ok == (state is State.ACTIVE)


def test_indices_are_kept(client: Client) -> None:
    given = Attributes([AttributeItem(Tag.NAME, name("a"), 2), AttributeItem(Tag.NAME, name("b"), 5)])
    client = client.speaking(V1_4)
    uid = client.do(new("mine", attributes=given)).unique_identifier
    items = client.do(Export(unique_identifier=uid)).attributes.items
    assert [(item.value.name_value, item.index) for item in items if item.key is Tag.NAME] == [("a", 2), ("b", 5)]


def test_the_server_gives_an_identifier_where_there_is_none(client: Client) -> None:
    made, got = client.ask(new(""), Get(unique_identifier=UniqueIdentifierCode.IMPORT))
    assert got.payload.unique_identifier == made.payload.unique_identifier != ""


# --- replacing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", _LATER, ids=str)
def test_an_object_is_replaced_only_if_asked(client: Client, version: Version) -> None:
    client = client.speaking(version)
    client.do(new("mine", (Tag.NAME, name("old"))))
    other = symmetric(bytes(16))
    for replace_existing in (None, False):
        refused = new("mine", (MASK, 12), what=other, replace_existing=replace_existing)
        assert client.refusal(refused) is R.OBJECT_ALREADY_EXISTS
    client.do(new("mine", (Tag.NAME, name("new")), what=other, replace_existing=True))
    block = client.do(Get(unique_identifier="mine")).object.key_block
    assert block.key_value.key_material == bytes(16)
    assert client.located((Tag.NAME, name("old"))) == []
    assert client.located((Tag.NAME, name("new"))) == ["mine"]
    assert client.shown("mine", LENGTH) == {LENGTH: [128]}


def test_what_was_destroyed_comes_back(client: Client) -> None:
    """TC-IMPEXP-4."""
    uid = client.register(private_key(), ObjectType.PRIVATE_KEY)
    out = client.do(Export(unique_identifier=uid))
    client.do(Destroy(unique_identifier=uid))
    assert client.refusal(bring(out)) is R.OBJECT_ALREADY_EXISTS
    client.do(bring(out, replace_existing=True))
    assert client.do(Get(unique_identifier=uid)).object == out.object
    assert client.shown(uid, Tag.STATE) == {Tag.STATE: [State.PRE_ACTIVE]}
    assert Tag.DESTROY_DATE not in client.shown(uid)


def test_another_type_takes_no_place(client: Client) -> None:
    client.do(new("mine"))
    assert client.refusal(new("mine", what=secret(), replace_existing=True)) is R.INVALID_FIELD


def test_nobody_replaces_a_strangers_object(client: Client) -> None:
    client.do(new("mine"))
    bob = Client(client.server, V2_1, BOB)
    for replace_existing in (True, False):
        refused = new("mine", what=symmetric(bytes(16)), replace_existing=replace_existing)
        assert bob.refusal(refused) is R.OBJECT_ALREADY_EXISTS
    assert client.do(Get(unique_identifier="mine")).object.key_block.key_value.key_material == KEY_BYTES
    assert bob.refusal(Get(unique_identifier="mine")) is R.OBJECT_NOT_FOUND


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", _LATER, ids=str)
def test_what_contradicts_itself_is_refused(client: Client, version: Version) -> None:
    client = client.speaking(version)
    value = R.INVALID_ATTRIBUTE_VALUE if version >= V2_0 else R.INVALID_FIELD
    digest = Digest(hashing_algorithm=HashingAlgorithm.SHA_256, digest_value=bytes(32))
    for pair in (
        (Tag.UNIQUE_IDENTIFIER, "another"),
        (Tag.OBJECT_TYPE, ObjectType.SECRET_DATA),
        (ALGORITHM, CryptographicAlgorithm.DES3),
        (LENGTH, 128),
        (Tag.DIGEST, digest),
        (Tag.STATE, State.DESTROYED),
    ):
        assert client.refusal(new("mine", pair)) is value
    late = ((Tag.ACTIVATION_DATE, 20), (Tag.DEACTIVATION_DATE, 10))
    assert client.refusal(new("mine", *late)) is value
    assert client.server.store.objects == {}


def test_other_refusals(client: Client) -> None:
    assert client.refusal(new("mine", object_type=ObjectType.SECRET_DATA)) is R.INVALID_FIELD
    assert client.refusal(new("x" * 256)) is R.INVALID_FIELD
    assert client.refusal(new("line\nline")) is R.INVALID_FIELD
    assert client.refusal(new("mine", object=None)) is R.INVALID_FIELD
    assert client.refusal(new(UniqueIdentifierCode.CREATE)) is R.INVALID_FIELD
    twice = attributes((Tag.LEASE_TIME, 1), (Tag.LEASE_TIME, 2))
    assert client.refusal(new("mine", attributes=twice)) is R.ATTRIBUTE_SINGLE_VALUED
    assert client.refusal(new("mine", (Tag.CERTIFICATE_LENGTH, 1))) is R.INVALID_ATTRIBUTE
    older = client.speaking(V1_4)
    assert older.refusal(new("mine", (Tag.OPERATION_POLICY_NAME, "nobody's"))) is R.INVALID_FIELD
    assert client.server.store.objects == {}


def test_a_key_without_a_value_may_say_where_it_is(client: Client) -> None:
    """2.1 §4.27: "MAY be specified by the client when the Key Value is omitted from the Key Block"."""
    what = symmetric()
    what.key_block.key_value = None
    client.do(new("nowhere", what=what))
    assert client.shown("nowhere", Tag.KEY_VALUE_PRESENT) == {Tag.KEY_VALUE_PRESENT: [False]}
    place = KeyValueLocation(
        key_value_location_value="in the safe", key_value_location_type=KeyValueLocationType.UNINTERPRETED_TEXT_STRING
    )
    client.do(new("mine", (Tag.KEY_VALUE_LOCATION, place), what=what))
    out = client.do(Export(unique_identifier="mine"))
    assert out.object.key_block.key_value is None
    assert said(out)[Tag.KEY_VALUE_PRESENT] == [False]


# --- wrapped ---------------------------------------------------------------------------------------


def _kek(client: Client) -> str:
    use = attributes((MASK, int(Mask.WRAP_KEY | Mask.UNWRAP_KEY)), (Tag.ACTIVATION_DATE, 1))
    return str(
        client.do(
            new("kek", *[(item.key, item.value) for item in use.items], what=symmetric(bytes(32)))
        ).unique_identifier
    )


def _wrapping(kek: str, *names: str) -> KeyWrappingSpecification:
    return KeyWrappingSpecification(
        wrapping_method=WrappingMethod.ENCRYPT,
        encryption_key_information=EncryptionKeyInformation(unique_identifier=kek),
        attribute_name=list(names),
        encoding_option=None if names else EncodingOption.NO_ENCODING,
    )


@pytest.mark.parametrize("version", _LATER, ids=str)
def test_a_sensitive_key_travels_wrapped(client: Client, elsewhere: Client, version: Version) -> None:
    client, elsewhere = client.speaking(version), elsewhere.speaking(version)
    keks = [_kek(client), _kek(elsewhere)]
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes((MASK, 12), (Tag.SENSITIVE, True)))
    out = client.do(Export(unique_identifier=uid, key_wrapping_specification=_wrapping(keks[0])))
    assert isinstance(out.object.key_block.key_value, bytes)
    elsewhere.do(bring(out, version, key_wrap_type=KeyWrapType.NOT_WRAPPED))
    again = elsewhere.do(Export(unique_identifier=uid, key_wrapping_specification=_wrapping(keks[1])))
    assert again.object == out.object
    assert elsewhere.server.store.objects[uid].body.sealed is not None
    assert elsewhere.refusal(Get(unique_identifier=uid)) is R.SENSITIVE


def test_a_private_key_that_came_wrapped_is_checked_once_and_before_the_transaction(
    client: Client, elsewhere: Client
) -> None:
    keks = [_kek(client), _kek(elsewhere)]
    made = client.do(
        CreateKeyPair(
            common_attributes=attributes(
                (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.RSA), (Tag.CRYPTOGRAPHIC_LENGTH, 1024)
            )
        )
    )
    uid = made.private_key_unique_identifier
    out = client.do(
        Export(unique_identifier=uid, key_wrapping_specification=_wrapping(keks[0], "Cryptographic Length"))
    )
    store, rooms = elsewhere.server.store, elsewhere.server.engine.rooms
    checked: list[bool] = []

    class Watching:
        def check_private(self, *what: Any) -> bool:
            checked.append(store._owner is not None)
            return bool(ciphers.check_private(*what))

        def __getattr__(self, wanted: str) -> Any:
            return getattr(ciphers, wanted)

    ciphers, rooms.ciphers = rooms.ciphers, Watching()
    elsewhere.do(bring(out, key_wrap_type=KeyWrapType.NOT_WRAPPED))
    assert checked == [False]
    assert store.objects[uid].body.trusted


def test_a_wrapped_key_is_kept_as_it_came(client: Client, elsewhere: Client) -> None:
    """ "Otherwise the server SHALL store the object as provided": no wrapping key is needed."""
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes((MASK, 12)))
    out = client.do(Export(unique_identifier=uid, key_wrapping_specification=_wrapping(_kek(client))))
    for number, wrap_type in enumerate((None, KeyWrapType.AS_REGISTERED)):
        items = [item for item in out.attributes.items if item.key not in (Tag.UNIQUE_IDENTIFIER, Tag.DIGEST)]
        asked = bring(out, unique_identifier=f"copy {number}", attributes=Attributes(items), key_wrap_type=wrap_type)
        elsewhere.do(asked)
        assert elsewhere.do(Get(unique_identifier=f"copy {number}")).object == out.object
    refused = bring(out, key_wrap_type=KeyWrapType.NOT_WRAPPED)
    assert elsewhere.refusal(refused) is R.WRAPPING_OBJECT_NOT_FOUND


def test_attributes_that_were_wrapped_count(client: Client, elsewhere: Client) -> None:
    keks = [_kek(client), _kek(elsewhere)]
    assert keks == ["kek", "kek"]
    given = attributes((MASK, 12), (Tag.CONTACT_INFORMATION, "c"), (Tag.NAME, name("n")))
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, given)
    specification = _wrapping("kek", "Contact Information", "Name")
    out = client.do(Export(unique_identifier=uid, key_wrapping_specification=specification))
    wrapped = bring(out, attributes=attributes((MASK, 4), (Tag.NAME, name("m"))), key_wrap_type=KeyWrapType.NOT_WRAPPED)
    elsewhere.do(wrapped)
    shown = elsewhere.shown(uid, MASK, Tag.CONTACT_INFORMATION, Tag.NAME)
    assert shown == {MASK: [4], Tag.CONTACT_INFORMATION: ["c"], Tag.NAME: [name("m")]}
    assert elsewhere.do(Get(unique_identifier=uid)).object.key_block.key_value.key_material == KEY_BYTES


def test_only_keys_are_wrapped(client: Client) -> None:
    asked = new("mine", what=opaque(), key_wrap_type=KeyWrapType.AS_REGISTERED)
    assert client.refusal(asked) is R.INVALID_FIELD
