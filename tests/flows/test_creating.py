"""Create, Create Key Pair, Register, Re-key: what is made, how it is linked, and every refusal (1.4 §11.2-§11.5)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from kmip_server.spec.attribute_values import AttributeItem, Attributes
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    KeyFormatType,
    KeyValueLocationType,
    LinkType,
    ObjectType,
    Operation,
    RecommendedCurve,
    ResultReason,
    RevocationReasonCode,
    State,
)
from kmip_server.spec.masks import ProtectionStorageMask
from kmip_server.spec.structures.attributes import KeyValueLocation
from kmip_server.spec.structures.keys import KeyBlock, SymmetricKey
from kmip_server.spec.structures.parameters import CryptographicDomainParameters
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import Client, aes, attributes, enumeration, integer, name, raw, struct, text
from tests.flows.objects import AES, EVERY_OBJECT, KEY_BYTES, certificate, secret, symmetric, template
from tests.flows.requests import (
    Activate,
    Create,
    CreateKeyPair,
    Destroy,
    Get,
    Register,
    Rekey,
    revoke,
)
from tests.kit import BOB

R = ResultReason
ALGORITHM, LENGTH, MASK = Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH, Tag.CRYPTOGRAPHIC_USAGE_MASK
_IMPOSSIBLE = frozenset(
    {
        R.INVALID_FIELD,
        R.INVALID_ATTRIBUTE_VALUE,
        R.CRYPTOGRAPHIC_FAILURE,
        R.FEATURE_NOT_SUPPORTED,
        R.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS,
    }
)
"""How a server says that it cannot make such a key: the value is wrong, or it does not serve it."""
_WRONG_VALUE = {False: R.INVALID_FIELD, True: R.INVALID_ATTRIBUTE_VALUE}


def _key(*pairs: tuple[Any, Any]) -> Any:
    return Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=attributes(*pairs))


# --- Create ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("algorithm", "length"),
    [
        (CryptographicAlgorithm.AES, 128),
        (CryptographicAlgorithm.AES, 192),
        (CryptographicAlgorithm.AES, 256),
        (CryptographicAlgorithm.DES3, 168),
        (CryptographicAlgorithm.HMAC_SHA256, 256),
    ],
)
@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_create_in_every_version(
    client: Client, version: Version, algorithm: CryptographicAlgorithm, length: int
) -> None:
    speaking = client.speaking(version)
    uid = speaking.create(attributes((ALGORITHM, algorithm), (LENGTH, length), (MASK, 12)))
    shown = speaking.shown(uid, ALGORITHM, LENGTH, MASK, Tag.STATE)
    assert shown == {ALGORITHM: [algorithm], LENGTH: [length], MASK: [12], Tag.STATE: [State.PRE_ACTIVE]}
    given = speaking.do(Get(unique_identifier=uid)).object.key_block
    assert given.cryptographic_length == length
    assert len(given.key_value.key_material) * 8 >= length


def test_every_key_is_another(client: Client) -> None:
    made = {
        client.do(Get(unique_identifier=client.create())).object.key_block.key_value.key_material for _ in range(20)
    }
    assert len(made) == 20


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_0, V2_1], ids=str)
@pytest.mark.parametrize(
    "pairs",
    [
        [(LENGTH, 256), (MASK, 12)],
        [(ALGORITHM, CryptographicAlgorithm.AES), (LENGTH, 100), (MASK, 12)],
        [(ALGORITHM, CryptographicAlgorithm.AES), (LENGTH, -256), (MASK, 12)],
        [(ALGORITHM, CryptographicAlgorithm.AES), (LENGTH, 1 << 30), (MASK, 12)],
        [(ALGORITHM, CryptographicAlgorithm.RSA), (LENGTH, 2048), (MASK, 12)],
    ],
    ids=["no algorithm", "odd length", "negative length", "huge length", "not symmetric"],
)
def test_create_refuses_what_cannot_be_made(client: Client, version: Version, pairs: list[tuple[Any, Any]]) -> None:
    if version >= V2_0 and ALGORITHM not in dict(pairs):
        # 2.1 §4: "KMIP servers SHALL supply values ... if the client omits them", until all defaults are taken away.
        client.server.keep_no_defaults()
    answer = client.speaking(version).one(_key(*pairs))
    assert answer.reason in _IMPOSSIBLE
    assert client.server.store.objects == {}


@pytest.mark.parametrize("kind", [kind for kind in ObjectType if kind.in_version(V2_1)])
def test_only_keys_and_secrets_are_created(client: Client, kind: ObjectType) -> None:
    answer = client.one(Create(object_type=kind, attributes=aes()))
    assert answer.ok == (kind in (ObjectType.SYMMETRIC_KEY, ObjectType.SECRET_DATA))
    assert answer.reason in (None, R.INVALID_OBJECT_TYPE)


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_create_without_its_required_fields(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    group = Tag.ATTRIBUTES if version >= V2_0 else Tag.TEMPLATE_ATTRIBUTE
    assert speaking.refusal(raw(Operation.CREATE, enumeration(Tag.OBJECT_TYPE, 2))) is R.INVALID_MESSAGE
    assert speaking.refusal(raw(Operation.CREATE, struct(group))) is R.INVALID_MESSAGE
    wrong = raw(Operation.CREATE, integer(Tag.OBJECT_TYPE, 2), struct(group))
    assert speaking.refusal(wrong) is R.INVALID_MESSAGE
    unknown = raw(Operation.CREATE, enumeration(Tag.OBJECT_TYPE, 0x77), struct(group))
    assert speaking.refusal(unknown) is R.INVALID_FIELD


def test_storage_is_software_or_nothing(client: Client) -> None:
    for mask, served in ((ProtectionStorageMask.SOFTWARE, True), (ProtectionStorageMask.HARDWARE, False)):
        masks = ProtectionStorageMasks(protection_storage_mask=[int(mask)])
        answer = client.one(
            Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(), protection_storage_masks=masks)
        )
        assert answer.ok == served
        assert answer.reason in (None, R.PROTECTION_STORAGE_UNAVAILABLE)


def test_an_unknown_operation_policy_is_refused(client: Client) -> None:
    """A key under a policy that does not exist would be lost to its own client."""
    asked = _key((ALGORITHM, AES), (LENGTH, 256), (MASK, 12), (Tag.OPERATION_POLICY_NAME, "nobody's"))
    assert client.speaking(V1_2).refusal(asked) is R.INVALID_FIELD


# --- templates -------------------------------------------------------------------------------------


def test_a_template_fills_what_the_request_leaves_out(client: Client) -> None:
    speaking = client.speaking(V1_2)
    defaults = template(
        AttributeItem(ALGORITHM, AES),
        AttributeItem(LENGTH, 192),
        AttributeItem(MASK, 12),
    )
    speaking.register(defaults, ObjectType.TEMPLATE, attributes((Tag.NAME, name("t"))))
    asked = Attributes([AttributeItem(LENGTH, 128)], [name("t")])
    uid = speaking.create(asked)
    assert speaking.shown(uid, ALGORITHM, LENGTH, MASK) == {ALGORITHM: [AES], LENGTH: [128], MASK: [12]}
    assert Tag.NAME not in speaking.shown(uid)


def test_what_no_object_could_be_given_does_not_stand_in_a_template(client: Client) -> None:
    speaking = client.speaking(V1_1)
    valueless = [struct(Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, each)) for each in ("Name", "Object Group", "x-note")]
    unknown = struct(Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, "Colour"), text(Tag.ATTRIBUTE_VALUE, "red"))
    for item in (*valueless, unknown):
        kind = enumeration(Tag.OBJECT_TYPE, ObjectType.TEMPLATE)
        request = raw(Operation.REGISTER, kind, struct(Tag.TEMPLATE_ATTRIBUTE), struct(Tag.TEMPLATE, item))
        assert speaking.refusal(request) is R.INVALID_FIELD
    assert speaking.located() == []


def test_a_template_that_is_not_there_or_not_ones_own(client: Client) -> None:
    speaking = client.speaking(V1_2)
    asked = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=Attributes([], [name("t")]))
    assert speaking.refusal(asked) is R.ITEM_NOT_FOUND
    bob = Client(client.server, V1_2, BOB)
    bob.register(template(AttributeItem(ALGORITHM, AES)), ObjectType.TEMPLATE, attributes((Tag.NAME, name("t"))))
    assert speaking.refusal(asked) is R.ITEM_NOT_FOUND


# --- Create Key Pair -------------------------------------------------------------------------------


def _pair(*common: tuple[Any, Any], private: Any = (), public: Any = ()) -> Any:
    return CreateKeyPair(
        common_attributes=attributes(*common),
        private_key_attributes=attributes(*private) if private else None,
        public_key_attributes=attributes(*public) if public else None,
    )


_CURVE = (Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, CryptographicDomainParameters(recommended_curve=RecommendedCurve.P_256))


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize(
    "common",
    [
        [(ALGORITHM, CryptographicAlgorithm.RSA), (LENGTH, 2048)],
        [(ALGORITHM, CryptographicAlgorithm.ECDSA), _CURVE],
        [(ALGORITHM, CryptographicAlgorithm.ED25519)],
    ],
    ids=["RSA", "P-256", "Ed25519"],
)
def test_a_pair_is_linked_both_ways(client: Client, version: Version, common: list[tuple[Any, Any]]) -> None:
    if not common[0][1].in_version(version):
        return
    speaking = client.speaking(version)
    made = speaking.do(_pair(*common, private=[(MASK, 1)], public=[(MASK, 2)]))
    private, public = made.private_key_unique_identifier, made.public_key_unique_identifier
    for uid, other, link_type, kind, mask in (
        (private, public, LinkType.PUBLIC_KEY_LINK, ObjectType.PRIVATE_KEY, 1),
        (public, private, LinkType.PRIVATE_KEY_LINK, ObjectType.PUBLIC_KEY, 2),
    ):
        shown = speaking.shown(uid)
        assert shown[Tag.OBJECT_TYPE] == [kind] and shown[MASK] == [mask]
        (link,) = shown[Tag.LINK]
        assert (link.link_type, link.linked_object_identifier) == (link_type, other)
        assert speaking.do(Get(unique_identifier=uid)).object_type is kind
    speaking.do(Destroy(unique_identifier=private))
    assert speaking.one(Get(unique_identifier=public)).ok


def test_attributes_of_one_key_come_before_common_ones(client: Client) -> None:
    made = client.do(
        _pair(
            (ALGORITHM, CryptographicAlgorithm.ED25519),
            (Tag.COMMENT, "both"),
            *[(Tag.OBJECT_GROUP, each) for each in "fg"],
            private=[(Tag.COMMENT, "private"), *[(Tag.OBJECT_GROUP, each) for each in "gh"]],
        )
    )
    private = client.shown(made.private_key_unique_identifier)
    public = client.shown(made.public_key_unique_identifier)
    assert (private[Tag.COMMENT], public[Tag.COMMENT]) == (["private"], ["both"])
    # 1.4 §4.2: "For multi-instance attributes, the union of the values ... SHALL be used."
    assert (private[Tag.OBJECT_GROUP], public[Tag.OBJECT_GROUP]) == (["f", "g", "h"], ["f", "g"])


@pytest.mark.parametrize(
    "request_",
    [
        _pair(),
        _pair((ALGORITHM, CryptographicAlgorithm.AES), (LENGTH, 256)),
        _pair((ALGORITHM, CryptographicAlgorithm.RSA), (LENGTH, 1000)),
        _pair((ALGORITHM, CryptographicAlgorithm.RSA), (LENGTH, 1 << 20)),
        _pair((ALGORITHM, CryptographicAlgorithm.RSA), private=[(LENGTH, 2048)], public=[(LENGTH, 3072)]),
    ],
    ids=["nothing", "symmetric", "too short", "too long", "the two differ"],
)
@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_pairs_that_cannot_be_made(client: Client, version: Version, request_: Any) -> None:
    if version >= V2_0:
        client.server.keep_no_defaults()
    answer = client.speaking(version).one(request_)
    # 1.4 §11.3: "REQUIRED field(s) missing: Invalid Message".
    assert answer.reason in _IMPOSSIBLE | {R.INVALID_MESSAGE}
    assert client.server.store.objects == {}


# --- Register --------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("kind", EVERY_OBJECT)
def test_every_object_comes_back_as_it_went_in(client: Client, version: Version, kind: ObjectType) -> None:
    if not kind.in_version(version):
        return
    speaking = client.speaking(version)
    uid = speaking.register(EVERY_OBJECT[kind](), kind)
    done = speaking.do(Get(unique_identifier=uid))
    assert (done.object_type, done.object) == (kind, EVERY_OBJECT[kind]())


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_what_register_refuses(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    new = version >= V2_0
    missing = Register(object_type=ObjectType.SYMMETRIC_KEY, attributes=attributes((MASK, 12)))
    assert speaking.refusal(missing) is R.INVALID_FIELD
    mistaken = Register(object_type=ObjectType.SECRET_DATA, attributes=attributes(), object=symmetric())
    assert speaking.refusal(mistaken) is (R.INVALID_OBJECT_TYPE if new else R.INVALID_FIELD)  # 1.4 §11.4
    for tag, value in ((LENGTH, 128), (ALGORITHM, CryptographicAlgorithm.DES3)):
        contradicting = Register(
            object_type=ObjectType.SYMMETRIC_KEY, attributes=attributes((tag, value)), object=symmetric()
        )
        assert speaking.refusal(contradicting) is _WRONG_VALUE[new]
    nowhere = SymmetricKey(key_block=KeyBlock(key_format_type=KeyFormatType.RAW))
    empty = Register(object_type=ObjectType.SYMMETRIC_KEY, attributes=attributes(), object=nowhere)
    assert speaking.refusal(empty) is R.INVALID_FIELD
    value = (int(Tag.OPAQUE_DATA_VALUE), 8, b"x")
    thing = struct(Tag.OPAQUE_OBJECT, enumeration(Tag.OPAQUE_DATA_TYPE, 0x80000001), value)
    two = raw(
        Operation.REGISTER,
        enumeration(Tag.OBJECT_TYPE, ObjectType.OPAQUE_OBJECT),
        *([] if new else [struct(Tag.TEMPLATE_ATTRIBUTE)]),
        thing,
        thing,
    )
    assert speaking.refusal(two) is R.INVALID_MESSAGE
    assert client.server.store.objects == {}


def test_a_key_whose_value_lies_elsewhere(client: Client) -> None:
    speaking = client.speaking(V1_4)
    where = KeyValueLocation(
        key_value_location_value="safe 3", key_value_location_type=KeyValueLocationType.UNINTERPRETED_TEXT_STRING
    )
    elsewhere = SymmetricKey(
        key_block=KeyBlock(key_format_type=KeyFormatType.RAW, cryptographic_algorithm=AES, cryptographic_length=256)
    )
    uid = speaking.register(
        elsewhere, ObjectType.SYMMETRIC_KEY, attributes((Tag.KEY_VALUE_LOCATION, where), (MASK, 12))
    )
    assert speaking.shown(uid, Tag.KEY_VALUE_PRESENT) == {Tag.KEY_VALUE_PRESENT: [False]}
    assert speaking.do(Get(unique_identifier=uid)).object == elsewhere
    speaking.do(Activate(unique_identifier=uid))
    assert speaking.refusal(Rekey(unique_identifier=uid)) is R.KEY_VALUE_NOT_PRESENT


def test_a_certificate_tells_its_attributes_itself(client: Client) -> None:
    speaking = client.speaking(V1_4)
    uid = speaking.register(certificate(), ObjectType.CERTIFICATE)
    shown = speaking.shown(uid)
    assert shown[Tag.CERTIFICATE_LENGTH] == [len(certificate().certificate_value)]
    assert shown[Tag.CERTIFICATE_SUBJECT_CN] == ["tests"] and shown[Tag.CERTIFICATE_ISSUER_C] == ["CH"]
    assert {Tag.X_509_CERTIFICATE_IDENTIFIER, Tag.CERTIFICATE_IDENTIFIER, Tag.DIGITAL_SIGNATURE_ALGORITHM} <= set(shown)
    assert Tag.CERTIFICATE_IDENTIFIER not in client.shown(uid)


def test_a_digest_of_what_was_registered(client: Client) -> None:

    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    (digest,) = client.shown(uid, Tag.DIGEST)[Tag.DIGEST]
    assert digest.digest_value == hashlib.sha256(KEY_BYTES).digest()


# --- Re-key ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_rekey_in_every_version(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    old = speaking.active(aes(256, 12, (Tag.NAME, name("n")), (Tag.CONTACT_INFORMATION, "me")))
    client.server.clock.advance(100)
    new = speaking.do(Rekey(unique_identifier=old)).unique_identifier
    was, now = speaking.shown(old), speaking.shown(new)
    assert now[Tag.NAME] == [name("n")] and Tag.NAME not in was
    assert now[Tag.CONTACT_INFORMATION] == ["me"] and now[MASK] == was[MASK] and now[LENGTH] == was[LENGTH]
    assert was[Tag.STATE] == [State.ACTIVE]
    assert now[Tag.INITIAL_DATE] == [client.server.clock.seconds]
    assert was[Tag.LINK][0].linked_object_identifier == new and now[Tag.LINK][0].linked_object_identifier == old
    keys = [speaking.do(Get(unique_identifier=uid)).object.key_block.key_value.key_material for uid in (old, new)]
    assert keys[0] != keys[1]


def test_an_offset_moves_the_dates(client: Client) -> None:
    start = client.server.clock.seconds
    uid = client.create(
        aes(
            256,
            12,
            (Tag.ACTIVATION_DATE, start - 10),
            (Tag.PROTECT_STOP_DATE, start + 50),
            (Tag.DEACTIVATION_DATE, start + 90),
        )
    )
    client.server.clock.advance(20)
    new = client.do(Rekey(unique_identifier=uid, offset=100)).unique_identifier
    shown = client.shown(new)
    activation = start + 20 + 100
    assert shown[Tag.ACTIVATION_DATE] == [activation]
    assert shown[Tag.PROTECT_STOP_DATE] == [activation + 60]
    assert shown[Tag.DEACTIVATION_DATE] == [activation + 100]
    assert shown[Tag.STATE] == [State.PRE_ACTIVE]


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_what_rekey_refuses(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    new = version >= V2_0
    uid = speaking.active()
    both = Rekey(unique_identifier=uid, offset=5, attributes=attributes((Tag.ACTIVATION_DATE, 5)))
    assert speaking.refusal(both) is R.INVALID_MESSAGE
    speaking.do(Rekey(unique_identifier=uid))
    assert speaking.refusal(Rekey(unique_identifier=uid)) is R.PERMISSION_DENIED
    word = speaking.register(secret(), ObjectType.SECRET_DATA)
    assert speaking.refusal(Rekey(unique_identifier=word)) is (R.INVALID_OBJECT_TYPE if new else R.PERMISSION_DENIED)
    gone = speaking.create()
    speaking.do(Destroy(unique_identifier=gone))
    assert speaking.refusal(Rekey(unique_identifier=gone)) is (R.OBJECT_DESTROYED if new else R.ITEM_NOT_FOUND)
    assert speaking.refusal(Rekey(unique_identifier="none")) is (R.OBJECT_NOT_FOUND if new else R.ITEM_NOT_FOUND)


def test_rekey_of_a_compromised_key_begins_a_new_life(client: Client) -> None:
    uid = client.active()
    client.do(revoke(uid, RevocationReasonCode.KEY_COMPROMISE))
    new = client.do(Rekey(unique_identifier=uid)).unique_identifier
    shown = client.shown(new)
    assert not {Tag.COMPROMISE_DATE, Tag.REVOCATION_REASON, Tag.DESTROY_DATE} & set(shown)
    assert shown[Tag.STATE] == [State.ACTIVE], "its Activation Date is that of the old key, and has passed"
