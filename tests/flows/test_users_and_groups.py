"""What 3.0 added, as its test cases show it: users, groups and credentials as objects, Obliterate, Deactivate."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.domain.lifecycle import CREDENTIALS
from kmip_server.domain.policy import Permission, Policies, ServerPolicy
from kmip_server.operations.create_credential import CreateCredentialRequest as CreateCredential
from kmip_server.operations.create_group import CreateGroupRequest as CreateGroup
from kmip_server.operations.create_user import CreateUserRequest as CreateUser
from kmip_server.operations.deactivate import DeactivateRequest as Deactivate
from kmip_server.operations.obliterate import ObliterateRequest as Obliterate
from kmip_server.spec.enums import (
    BatchErrorContinuationOption,
    CredentialType,
    ObjectType,
    Operation,
    QueryFunction,
    ResultReason,
    RevocationReasonCode,
    State,
)
from kmip_server.spec.structures.credential_objects import PasswordCredential
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1, V3_0
from tests.flows.client import Client, attributes, name, raw
from tests.flows.objects import EVERY_OBJECT
from tests.flows.requests import Activate, Destroy, Get, GetAttributes, Query, revoke
from tests.kit import BOB, subject

R = ResultReason
NEW = (Operation.CREATE_CREDENTIAL, Operation.CREATE_USER, Operation.CREATE_GROUP)
ADMIN = subject("root", ["admins"])
SECRET = "correct horse battery staple"


@pytest.fixture
def server(make_server: Any) -> Any:
    allowed = dict.fromkeys(NEW, Permission.ALLOW_ALL)
    return make_server(policies=Policies(server=ServerPolicy(groups={"admins": allowed})))


@pytest.fixture
def admin(server: Any) -> Client:
    return Client(server, V3_0, ADMIN)


def password(text: str = SECRET) -> CreateCredential:
    return CreateCredential(
        credential_type=CredentialType.PASSWORD, password_credential=PasswordCredential(password=text)
    )


def certificate() -> CreateCredential:
    return CreateCredential(
        credential_type=CredentialType.CERTIFICATE, certificate=EVERY_OBJECT[ObjectType.CERTIFICATE]()
    )


def user(called: str, *links: str) -> CreateUser:
    return CreateUser(attributes=attributes(*((Tag.CREDENTIAL_LINK, link) for link in links), (Tag.NAME, name(called))))


class TestUsers:
    def test_a_user_has_a_name_and_credentials(self, admin: Client) -> None:
        links = [admin.do(each).unique_identifier for each in (certificate(), password())]
        uid = admin.do(user("fred", *links)).unique_identifier
        shown = admin.shown(uid)
        assert shown[Tag.CREDENTIAL_LINK] == links
        assert shown[Tag.OBJECT_TYPE] == [ObjectType.USER]
        assert [given.name_value for given in shown[Tag.NAME]] == ["fred"]
        assert shown[Tag.STATE] == [State.PRE_ACTIVE]
        assert admin.located((Tag.NAME, name("fred"))) == [uid]

    @pytest.mark.parametrize("operation", NEW)
    def test_only_whom_a_policy_file_names_may_make_them(self, server: Any, operation: Operation) -> None:
        request = {NEW[0]: password(), NEW[1]: user("fred"), NEW[2]: CreateGroup(attributes=attributes())}[operation]
        assert Client(server, V3_0).refusal(request) is R.PERMISSION_DENIED

    @pytest.mark.parametrize("operation", [*NEW, Operation.OBLITERATE, Operation.DEACTIVATE])
    def test_2_1_has_none_of_this(self, server: Any, operation: Operation) -> None:
        assert Client(server, V2_1, ADMIN).refusal(raw(operation)) is R.OPERATION_NOT_SUPPORTED

    def test_a_link_leads_to_a_credential_that_its_maker_may_see(self, server: Any, admin: Client) -> None:
        key = admin.create()
        others = Client(server, V3_0, subject("toor", ["admins"])).do(password()).unique_identifier
        assert admin.refusal(user("fred", key)) is R.INVALID_ATTRIBUTE_VALUE
        assert admin.refusal(user("fred", "none")) is R.OBJECT_NOT_FOUND
        assert admin.refusal(user("fred", others)) is R.OBJECT_NOT_FOUND
        assert admin.located((Tag.NAME, name("fred"))) == []

    def test_users_and_groups_need_a_name(self, admin: Client) -> None:
        assert admin.refusal(CreateUser(attributes=attributes())) is R.INVALID_ATTRIBUTE_VALUE
        assert admin.refusal(CreateGroup(attributes=attributes())) is R.INVALID_ATTRIBUTE_VALUE
        assert not admin.one(raw(Operation.CREATE_USER)).ok

    def test_a_group_is_an_object_to_link_to(self, admin: Client) -> None:
        group = admin.do(CreateGroup(attributes=attributes((Tag.NAME, name("tapes"))))).unique_identifier
        uid = admin.do(CreateUser(attributes=attributes((Tag.NAME, name("fred")), (Tag.GROUP_LINK, group))))
        assert admin.shown(uid.unique_identifier, Tag.GROUP_LINK) == {Tag.GROUP_LINK: [group]}

    def test_they_have_no_value_but_a_life(self, admin: Client) -> None:
        group = admin.do(CreateGroup(attributes=attributes((Tag.NAME, name("tapes"))))).unique_identifier
        for uid in (admin.do(user("fred")).unique_identifier, group, admin.do(password()).unique_identifier):
            for request, state in (
                (Activate(unique_identifier=uid), State.ACTIVE),
                (Deactivate(unique_identifier=uid), State.DEACTIVATED),
                (revoke(uid, RevocationReasonCode.KEY_COMPROMISE), State.COMPROMISED),
            ):
                admin.do(request)
                assert admin.shown(uid, Tag.STATE)[Tag.STATE] == [state]
            assert not admin.one(Get(unique_identifier=uid)).ok
            admin.do(Destroy(unique_identifier=uid))
            assert uid not in admin.located()

    def test_query_lists_them_in_3_0_alone(self, server: Any, admin: Client) -> None:
        ask = Query(query_function=[QueryFunction.QUERY_OBJECTS])
        new = {ObjectType.USER, ObjectType.GROUP, *CREDENTIALS}
        assert new <= set(admin.do(ask).object_type)
        assert not new & set(Client(server).do(ask).object_type)


_CREATED = (
    CredentialType.PASSWORD,
    CredentialType.CERTIFICATE,
    CredentialType.DEVICE,
    CredentialType.ONE_TIME_PASSWORD,
    CredentialType.HASHED_PASSWORD,
)


class TestPasswords:
    def test_a_password_goes_in_and_never_comes_out(self, server: Any, admin: Client) -> None:
        uid = admin.do(password()).unique_identifier
        assert admin.refusal(Get(unique_identifier=uid)) in (R.SENSITIVE, R.NOT_EXTRACTABLE)
        shown = admin.shown(uid)
        assert Tag.DIGEST not in shown  # it could be guessed from it
        kept = repr(server.store.objects[uid].body) + repr(server.store.audit) + repr(shown)
        assert SECRET not in kept
        assert SECRET.encode() not in (server.store.objects[uid].body.sealed or b"")

    def test_the_credential_must_be_what_its_type_says(self, admin: Client) -> None:
        both = certificate()
        both.password_credential = PasswordCredential(password=SECRET)
        wrong = password()
        wrong.credential_type = CredentialType.CERTIFICATE
        missing = [CreateCredential(credential_type=each) for each in _CREATED]
        for request in (both, wrong, *missing, password("")):
            assert admin.refusal(request) is R.INVALID_FIELD

    @pytest.mark.parametrize("kind", [CredentialType.ATTESTATION, CredentialType.TICKET])
    def test_other_types_are_not_served(self, admin: Client, kind: CredentialType) -> None:
        assert admin.refusal(CreateCredential(credential_type=kind)) is R.FEATURE_NOT_SUPPORTED


class TestObliterate:
    def test_nothing_of_the_object_is_left(self, server: Any) -> None:
        client = Client(server, V3_0)
        uid = client.create()
        client.do(Obliterate(unique_identifier=uid))
        assert server.store.objects == {}
        assert client.refusal(GetAttributes(unique_identifier=uid)) is R.ITEM_NOT_FOUND  # BL-M-20-30
        assert client.refusal(GetAttributes(unique_identifier="never was")) is R.ITEM_NOT_FOUND
        for request in (Get(unique_identifier=uid), Obliterate(unique_identifier=uid), Destroy(unique_identifier=uid)):
            assert client.refusal(request) is R.OBJECT_NOT_FOUND

    def test_what_is_active_must_be_deactivated_first(self, server: Any) -> None:
        client = Client(server, V3_0)
        uid = client.active()
        assert client.refusal(Obliterate(unique_identifier=uid)) is R.WRONG_KEY_LIFECYCLE_STATE
        client.do(Deactivate(unique_identifier=uid))
        client.do(Obliterate(unique_identifier=uid))

    def test_a_tombstone_can_be_taken_away(self, server: Any) -> None:
        client = Client(server, V3_0)
        uid = client.create()
        client.do(Destroy(unique_identifier=uid))
        client.do(Obliterate(unique_identifier=uid))
        assert client.refusal(GetAttributes(unique_identifier=uid)) is R.ITEM_NOT_FOUND

    def test_nobody_else_may(self, server: Any) -> None:
        uid = Client(server, V3_0).create()
        assert Client(server, V3_0, BOB).refusal(Obliterate(unique_identifier=uid)) is R.OBJECT_NOT_FOUND
        assert list(server.store.objects) == [uid]

    def test_it_can_be_undone_with_its_batch(self, server: Any) -> None:
        client = Client(server, V3_0)
        uid = client.create()
        undo = BatchErrorContinuationOption.UNDO
        fails = Get(unique_identifier="none")
        client.ask(Obliterate(unique_identifier=uid), fails, batch_error_continuation_option=undo)
        assert client.do(Get(unique_identifier=uid)).unique_identifier == uid


class TestDeactivate:
    def test_an_active_key_is_deactivated(self, server: Any) -> None:
        client = Client(server, V3_0)
        uid = client.active()
        client.do(Deactivate(unique_identifier=uid))
        assert client.shown(uid, Tag.STATE) == {Tag.STATE: [State.DEACTIVATED]}

    def test_from_any_other_state_there_is_no_arrow(self, server: Any) -> None:
        client = Client(server, V3_0)
        pre_active, gone = client.create(), client.create()
        client.do(Destroy(unique_identifier=gone))
        assert client.refusal(Deactivate(unique_identifier=pre_active)) is R.WRONG_KEY_LIFECYCLE_STATE
        assert client.refusal(Deactivate(unique_identifier=gone)) is R.OBJECT_DESTROYED
        assert client.refusal(Deactivate(unique_identifier="none")) is R.OBJECT_NOT_FOUND
