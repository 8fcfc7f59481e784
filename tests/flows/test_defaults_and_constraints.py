"""Set Defaults, Set Constraints, Get Constraints: who may, what is refused, what they do (2.1 §6.1.22, §6.1.52-53)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kmip_server.domain.policy import Permission, Policies, ServerPolicy
from kmip_server.domain.rules import FACTORY
from kmip_server.spec.attribute_values import AttributeItem, Attributes, VendorName
from kmip_server.spec.enums import CryptographicAlgorithm, ObjectType, Operation, QueryFunction, ResultReason
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.query import (
    Constraint,
    Constraints,
    DefaultsInformation,
    ObjectDefaults,
    ObjectGroups,
    ObjectTypes,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import Client, aes, attributes, custom, name
from tests.flows.objects import certificate, private_key, secret, symmetric
from tests.flows.requests import (
    Activate,
    AddAttribute,
    Create,
    CreateKeyPair,
    DeleteAttribute,
    Destroy,
    GetConstraints,
    ModifyAttribute,
    Query,
    Rekey,
    SetAttribute,
    SetConstraints,
    SetDefaults,
    revoke,
)
from tests.kit import BOB, subject

R = ResultReason
KEY, SECRET = ObjectType.SYMMETRIC_KEY, ObjectType.SECRET_DATA
AES = CryptographicAlgorithm.AES
ADMIN = subject("admin", groups=("admins",))
ADMINS = {Operation.SET_DEFAULTS: Permission.ALLOW_ALL, Operation.SET_CONSTRAINTS: Permission.ALLOW_ALL}
SINCE_2_1 = [version for version in VERSIONS if version >= V2_1]


@pytest.fixture
def server(make_server: Any) -> Any:
    return make_server(policies=Policies(server=ServerPolicy(groups={"admins": ADMINS})))


@pytest.fixture
def admin(server: Any) -> Client:
    return Client(server, V2_1, ADMIN)


def types(*several: ObjectType) -> ObjectTypes:
    return ObjectTypes(object_type=list(several))


def groups(*several: str) -> ObjectGroups:
    return ObjectGroups(object_group=list(several))


def default(kind: ObjectType | ObjectTypes, *pairs: tuple[Any, Any], of: ObjectGroups | None = None) -> ObjectDefaults:
    one = kind if isinstance(kind, ObjectType) else None
    several = kind if isinstance(kind, ObjectTypes) else None
    return ObjectDefaults(object_type=one, object_types=several, attributes=attributes(*pairs), object_groups=of)


def defaults(*entries: ObjectDefaults) -> SetDefaults:
    return SetDefaults(defaults_information=DefaultsInformation(object_defaults=list(entries)))


def constraints(*several: Constraint) -> SetConstraints:
    return SetConstraints(constraints=Constraints(constraint=list(several)))


def only(*pairs: tuple[Any, Any], kinds: ObjectTypes | None = None, of: ObjectGroups | None = None) -> Constraint:
    return Constraint(object_types=kinds, object_groups=of, attributes=attributes(*pairs))


# --- who may, and in which version ------------------------------------------------------------------


@pytest.mark.parametrize("asked", [SetDefaults(), constraints()])
def test_only_whom_a_policy_names_may_set_them(make_server: Any, asked: Any) -> None:
    closed = make_server()
    for who in (ADMIN, BOB):
        assert Client(closed, V2_1, who).refusal(asked) is R.PERMISSION_DENIED
    opened = make_server(policies=Policies(server=ServerPolicy(groups={"admins": ADMINS})))
    assert Client(opened, V2_1, BOB).refusal(asked) is R.PERMISSION_DENIED
    assert Client(opened, V2_1, ADMIN).one(asked).ok


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_they_exist_since_2_1(admin: Client, version: Version) -> None:
    speaking = admin.speaking(version)
    for asked in (SetDefaults(), constraints(), GetConstraints()):
        if version >= V2_1:
            assert speaking.one(asked).ok
        else:
            assert speaking.refusal(asked) is R.OPERATION_NOT_SUPPORTED


def test_everybody_may_read_the_constraints(client: Client, admin: Client) -> None:
    assert client.do(GetConstraints()).constraints == Constraints()
    given = constraints(
        only((Tag.CRYPTOGRAPHIC_LENGTH, 256), (Tag.CRYPTOGRAPHIC_LENGTH, 192), kinds=types(KEY), of=groups("a", "b")),
        Constraint(object_types=types(SECRET)),
        Constraint(attributes=Attributes([custom("left"), AttributeItem(Tag.CONTACT_INFORMATION, "us")])),
    )
    admin.do(given)
    assert client.do(GetConstraints()).constraints == given.constraints
    admin.do(constraints())
    assert client.do(GetConstraints()).constraints == Constraints()


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (ObjectDefaults(attributes=attributes((Tag.COMMENT, "x"))), R.INVALID_FIELD),
        (ObjectDefaults(object_type=KEY), R.INVALID_FIELD),
        (ObjectDefaults(object_type=KEY, attributes=Attributes()), R.INVALID_FIELD),
        (default(types(), (Tag.COMMENT, "x")), R.INVALID_FIELD),
        (default(ObjectType(0x80000001), (Tag.COMMENT, "x")), R.INVALID_OBJECT_TYPE),
        (default(types(KEY, ObjectType(0x80000001)), (Tag.COMMENT, "x")), R.INVALID_OBJECT_TYPE),
        (default(KEY, (Tag.INITIAL_DATE, 5)), R.INVALID_FIELD),
        (default(KEY, (Tag.UNIQUE_IDENTIFIER, "mine")), R.INVALID_FIELD),
        (default(KEY, (Tag.OPAQUE_DATA_TYPE, 0x80000001)), R.INVALID_FIELD),
        (default(KEY, (Tag.CERTIFICATE_LENGTH, 5)), R.INVALID_FIELD),
        (ObjectDefaults(object_type=KEY, attributes=Attributes([custom("x", vendor="y")])), R.INVALID_FIELD),
    ],
)
def test_defaults_that_no_client_could_give_are_refused_and_change_nothing(
    admin: Client, entry: ObjectDefaults, reason: ResultReason
) -> None:
    admin.do(defaults(default(KEY, (Tag.COMMENT, "kept"))))
    assert admin.refusal(defaults(default(KEY, (Tag.COMMENT, "new")), entry)) is reason
    assert admin.shown(admin.create())[Tag.COMMENT] == ["kept"]


@pytest.mark.parametrize(
    ("constraint", "reason"),
    [
        (Constraint(object_types=types(KEY, ObjectType(0x80000001))), R.INVALID_OBJECT_TYPE),
        (only((Tag.CERTIFICATE_LENGTH, 5), kinds=types(KEY)), R.INVALID_FIELD),
    ],
)
def test_constraints_that_mean_nothing_are_refused_and_change_nothing(
    admin: Client, constraint: Constraint, reason: ResultReason
) -> None:
    before = constraints(only((Tag.CRYPTOGRAPHIC_LENGTH, 256)))
    admin.do(before)
    assert admin.refusal(constraints(constraint)) is reason
    assert admin.do(GetConstraints()).constraints == before.constraints


# --- what defaults do -------------------------------------------------------------------------------


def test_a_default_stands_in_for_what_the_client_leaves_out(admin: Client, client: Client) -> None:
    admin.do(
        defaults(
            default(KEY, (Tag.CRYPTOGRAPHIC_ALGORITHM, AES), (Tag.CRYPTOGRAPHIC_LENGTH, 192), (Tag.COMMENT, "ours")),
            default(types(KEY, SECRET), (Tag.CONTACT_INFORMATION, "desk")),
        )
    )
    made = client.shown(client.create(Attributes()))
    assert made[Tag.CRYPTOGRAPHIC_ALGORITHM] == [AES]
    assert (made[Tag.CRYPTOGRAPHIC_LENGTH], made[Tag.COMMENT]) == ([192], ["ours"])
    assert made[Tag.CONTACT_INFORMATION] == ["desk"]
    said = client.shown(client.create(aes(256, Mask.ENCRYPT, (Tag.COMMENT, "mine"))))
    assert (said[Tag.CRYPTOGRAPHIC_LENGTH], said[Tag.COMMENT]) == ([256], ["mine"])
    kept = client.shown(client.register(secret(), SECRET))
    assert kept[Tag.CONTACT_INFORMATION] == ["desk"]
    assert Tag.COMMENT not in kept


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_clients_of_every_version_get_them(admin: Client, version: Version) -> None:
    admin.do(defaults(default(KEY, (Tag.CRYPTOGRAPHIC_ALGORITHM, AES), (Tag.CRYPTOGRAPHIC_LENGTH, 128))))
    speaking = admin.speaking(version)
    assert speaking.shown(speaking.create(attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 4))))[Tag.CRYPTOGRAPHIC_LENGTH] == [
        128
    ]


def test_what_an_object_tells_of_itself_comes_before_a_default(admin: Client, client: Client) -> None:
    admin.do(defaults(default(KEY, (Tag.CRYPTOGRAPHIC_LENGTH, 192), (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.ENCRYPT)))))
    shown = client.shown(client.register(symmetric(), KEY))
    assert shown[Tag.CRYPTOGRAPHIC_LENGTH] == [256]
    assert shown[Tag.CRYPTOGRAPHIC_USAGE_MASK] == [Mask.ENCRYPT]


def test_a_default_for_the_objects_group_comes_first(admin: Client, client: Client) -> None:
    admin.do(
        defaults(
            default(KEY, (Tag.COMMENT, "every"), (Tag.DESCRIPTION, "every")),
            default(KEY, (Tag.COMMENT, "disks"), of=groups("disks", "tapes")),
        )
    )
    plain = client.shown(client.create())
    disk = client.shown(client.create(aes(256, Mask.ENCRYPT, (Tag.OBJECT_GROUP, "disks"))))
    assert plain[Tag.COMMENT] == ["every"]
    assert (disk[Tag.COMMENT], disk[Tag.DESCRIPTION]) == (["disks"], ["every"])


def test_several_instances_of_a_default_go_together(admin: Client, client: Client) -> None:
    admin.do(defaults(default(KEY, (Tag.OBJECT_GROUP, "a"), (Tag.OBJECT_GROUP, "b"))))
    assert client.shown(client.create())[Tag.OBJECT_GROUP] == ["a", "b"]
    said = client.create(aes(256, Mask.ENCRYPT, (Tag.OBJECT_GROUP, "c")))
    assert client.shown(said)[Tag.OBJECT_GROUP] == ["c"]


def test_both_keys_of_a_pair_get_their_own(admin: Client, client: Client) -> None:
    ec = ((Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.EC), (Tag.CRYPTOGRAPHIC_LENGTH, 256))
    admin.do(
        defaults(
            default(ObjectType.PRIVATE_KEY, *ec, (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.SIGN | Mask.DECRYPT))),
            default(ObjectType.PUBLIC_KEY, (Tag.COMMENT, "public")),
        )
    )
    pair = client.do(CreateKeyPair())
    private = client.shown(pair.private_key_unique_identifier)
    assert private[Tag.CRYPTOGRAPHIC_USAGE_MASK] == [Mask.SIGN | Mask.DECRYPT]
    assert client.shown(pair.public_key_unique_identifier)[Tag.COMMENT] == ["public"]


def test_a_replacement_is_as_the_key_it_replaces(admin: Client, client: Client) -> None:
    old = client.active()
    admin.do(defaults(default(KEY, (Tag.COMMENT, "new"), (Tag.CRYPTOGRAPHIC_LENGTH, 128))))
    shown = client.shown(client.do(Rekey(unique_identifier=old)).unique_identifier)
    assert Tag.COMMENT not in shown
    assert shown[Tag.CRYPTOGRAPHIC_LENGTH] == [256]


def test_no_defaults_information_takes_all_defaults_away(admin: Client, client: Client) -> None:
    admin.do(defaults(default(KEY, (Tag.COMMENT, "x"))))
    admin.do(SetDefaults())
    assert Tag.COMMENT not in client.shown(client.create())


def test_a_default_may_not_lead_to_what_a_client_could_not_ask_for(admin: Client, client: Client) -> None:
    admin.do(defaults(default(KEY, (Tag.CRYPTOGRAPHIC_LENGTH, 7))))
    asked = Create(object_type=KEY, attributes=attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, AES)))
    assert client.refusal(asked) is not None


# --- how Query tells them ---------------------------------------------------------------------------

ASK = Query(query_function=[QueryFunction.QUERY_DEFAULTS_INFORMATION])


def test_query_tells_the_defaults_in_each_version_that_can_hear_them(admin: Client) -> None:
    # 2.1 §4: "KMIP servers SHALL supply values for these attributes", and "are available via Query".
    assert admin.do(ASK).defaults_information == FACTORY
    admin.do(SetDefaults())
    assert admin.do(ASK).defaults_information is None
    several = default(types(KEY, SECRET), (Tag.COMMENT, "x"))
    grouped = default(KEY, (Tag.COMMENT, "y"), of=groups("a"))
    admin.do(defaults(several, grouped))
    assert admin.do(ASK).defaults_information == DefaultsInformation(object_defaults=[several, grouped])
    told = admin.speaking(V2_0).do(ASK).defaults_information
    assert [(each.object_type, each.object_types, each.object_groups) for each in told.object_defaults] == [
        (KEY, None, None),
        (SECRET, None, None),
    ]
    for version in VERSIONS:
        if version <= V1_4:
            assert admin.speaking(version).one(ASK).ok


def test_query_for_a_group_leaves_out_what_is_for_others(admin: Client, client: Client) -> None:
    general, disks = default(KEY, (Tag.COMMENT, "x")), default(KEY, (Tag.COMMENT, "y"), of=groups("disks"))
    admin.do(defaults(general, disks, default(KEY, (Tag.COMMENT, "z"), of=groups("tapes"))))
    asked = Query(query_function=ASK.query_function, object_groups=groups("disks"))
    assert client.do(asked).defaults_information.object_defaults == [general, disks]
    unknown = Query(query_function=ASK.query_function, object_groups=groups("nobody's"))
    assert client.refusal(unknown) is R.UNKNOWN_OBJECT_GROUP
    client.create(aes(256, Mask.ENCRYPT, (Tag.OBJECT_GROUP, "nobody's")))
    assert client.do(unknown).defaults_information.object_defaults == [general]
    assert Client(client.server, V2_1, BOB).refusal(unknown) is R.UNKNOWN_OBJECT_GROUP


# --- what constraints do ----------------------------------------------------------------------------


@pytest.fixture
def ruled(admin: Client) -> Iterator[Client]:
    """Keys are AES of 192 or 256 bits and encrypt or decrypt only; what is in the group ``vault`` is sensitive."""
    allowed = int(Mask.ENCRYPT | Mask.DECRYPT)
    admin.do(
        constraints(
            only(
                (Tag.CRYPTOGRAPHIC_ALGORITHM, AES),
                (Tag.CRYPTOGRAPHIC_LENGTH, 192),
                (Tag.CRYPTOGRAPHIC_LENGTH, 256),
                (Tag.CRYPTOGRAPHIC_USAGE_MASK, allowed),
                kinds=types(KEY),
            ),
            only((Tag.SENSITIVE, True), of=groups("vault")),
        )
    )
    yield admin


def refused(client: Client, given: Attributes) -> ResultReason | None:
    return client.refusal(Create(object_type=KEY, attributes=given))


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_what_violates_a_constraint_is_not_made(ruled: Client, client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    reason = R.CONSTRAINT_VIOLATION if version >= V2_1 else R.PERMISSION_DENIED
    for length in (192, 256):
        assert speaking.create(aes(length, Mask.ENCRYPT))
    assert refused(speaking, aes(128, Mask.ENCRYPT)) is reason
    assert refused(speaking, aes(256, Mask.ENCRYPT | Mask.WRAP_KEY)) is reason
    if Tag.OBJECT_GROUP.in_version(version):
        assert refused(speaking, aes(256, Mask.DECRYPT, (Tag.OBJECT_GROUP, "vault"))) is reason


def test_every_way_to_make_an_object_is_constrained(ruled: Client, client: Client) -> None:
    short = symmetric(bytes(16))
    with pytest.raises(AssertionError, match="constraint"):
        client.register(short, KEY)
    assert client.register(certificate(), ObjectType.CERTIFICATE)
    assert client.register(private_key(), ObjectType.PRIVATE_KEY)
    pair = CreateKeyPair(
        common_attributes=attributes(
            (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.EC),
            (Tag.CRYPTOGRAPHIC_LENGTH, 256),
            (Tag.OBJECT_GROUP, "vault"),
        )
    )
    assert client.refusal(pair) is R.CONSTRAINT_VIOLATION
    assert len(client.located()) == 2


def test_a_change_that_violates_a_constraint_is_refused(ruled: Client, client: Client) -> None:
    uid = client.create(aes(256, Mask.ENCRYPT, (Tag.SENSITIVE, False)))
    joined = AttributeItem(Tag.OBJECT_GROUP, "vault")
    assert client.refusal(AddAttribute(unique_identifier=uid, new_attribute=joined)) is R.CONSTRAINT_VIOLATION
    client.do(SetAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.SENSITIVE, True)))
    client.do(AddAttribute(unique_identifier=uid, new_attribute=joined))
    open_again = AttributeItem(Tag.SENSITIVE, False)
    for asked in (SetAttribute, ModifyAttribute):
        assert client.refusal(asked(unique_identifier=uid, new_attribute=open_again)) is R.CONSTRAINT_VIOLATION
    assert client.shown(uid)[Tag.SENSITIVE] == [True]


def test_an_object_that_was_there_before_lives_on(admin: Client, client: Client) -> None:
    uid = client.create(aes(128, Mask.ENCRYPT))
    admin.do(constraints(only((Tag.CRYPTOGRAPHIC_LENGTH, 256)), only((Tag.CONTACT_INFORMATION, "desk"))))
    client.do(AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.NAME, name("old"))))
    client.do(AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.CONTACT_INFORMATION, "desk")))
    gone = DeleteAttribute(unique_identifier=uid, attribute_reference=Tag.CONTACT_INFORMATION)
    assert client.refusal(gone) is R.CONSTRAINT_VIOLATION
    client.do(Activate(unique_identifier=uid))
    client.do(revoke(uid))
    client.do(Destroy(unique_identifier=uid))


def test_a_replacement_is_constrained_too(admin: Client, client: Client) -> None:
    uid = client.active(aes(128, Mask.ENCRYPT))
    admin.do(constraints(only((Tag.CRYPTOGRAPHIC_LENGTH, 256))))
    assert client.refusal(Rekey(unique_identifier=uid)) is R.CONSTRAINT_VIOLATION


def test_a_default_can_satisfy_a_constraint(admin: Client, client: Client) -> None:
    admin.do(constraints(only((Tag.CONTACT_INFORMATION, "desk"), (VendorName("x", "note"), custom("left").value))))
    assert refused(client, aes()) is R.CONSTRAINT_VIOLATION
    admin.do(
        defaults(
            ObjectDefaults(
                object_type=KEY,
                attributes=Attributes([AttributeItem(Tag.CONTACT_INFORMATION, "desk"), custom("left")]),
            )
        )
    )
    assert client.create()
