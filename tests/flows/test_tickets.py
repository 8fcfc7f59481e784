"""Login, Delegated Login, Logout: what a ticket is good for, for whom, how long, and no more (2.1 §6.1.12, §6.1.30)."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from kmip_server.engine.identity import Account, Accounts
from kmip_server.engine.passwords import PasswordHash, _derive
from kmip_server.engine.sessions import ShownTicket, digest_of, redeem
from kmip_server.engine.signing_in import require_standing
from kmip_server.operations.delegated_login import DelegatedLoginRequest as DelegatedLogin
from kmip_server.operations.login import LoginRequest as Login
from kmip_server.operations.logout import LogoutRequest as Logout
from kmip_server.spec.enums import (
    AsynchronousIndicator,
    BatchErrorContinuationOption,
    CredentialType,
    ObjectType,
    Operation,
    QueryFunction,
    ResultReason,
    TicketType,
    UsageLimitsUnit,
)
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.structures.credentials import (
    Authentication,
    Credential,
    Objects,
    Right,
    Rights,
    Ticket,
    TicketCredential,
    UsernameAndPassword,
)
from kmip_server.spec.structures.query import ObjectGroups, Operations
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_4, V2_0, V2_1, V3_0, Version
from tests.flows.client import CBC, Client, aes, enumeration, raw, struct
from tests.flows.requests import Create, Destroy, Encrypt, Get, GetAttributes, Locate, Query
from tests.kit import ALICE, BOB

R = ResultReason
ASK = Query(query_function=[QueryFunction.QUERY_OPERATIONS])


def shown(ticket: Ticket, *others: Credential) -> dict[str, Any]:
    """The header of a request that comes with a ticket."""
    credential = Credential(credential_type=CredentialType.TICKET, credential_value=TicketCredential(ticket=ticket))
    return {"authentication": Authentication(credential=[*others, credential])}


def interval(seconds: int) -> Any:
    return int(ItemType.INTERVAL), seconds


def limits(unit: UsageLimitsUnit, total: int) -> UsageLimits:
    return UsageLimits(usage_limits_total=total, usage_limits_count=total, usage_limits_unit=unit)


def right(
    *codes: Operation, objects: list[Any] | None = None, groups: list[str] | None = None, limit: Any = None
) -> Right:
    return Right(
        usage_limits=limit,
        operations=Operations(operation=list(codes)) if codes else None,
        objects=None if objects is None else Objects(unique_identifier=objects),
        object_groups=None if groups is None else ObjectGroups(object_group=groups),
    )


def delegated(client: Client, *rights: Right, **more: Any) -> Ticket:
    given: Ticket = client.do(DelegatedLogin(rights=Rights(right=list(rights)), **more)).ticket
    return given


@pytest.mark.parametrize("version", [V2_0, V2_1, V3_0], ids=str)
def test_a_ticket_stands_for_its_user_until_logout(server: Any, version: Version) -> None:
    client = Client(server, version)
    uid = client.create()
    ticket = client.do(Login(lease_time=interval(0), request_count=3)).ticket
    assert ticket.ticket_type is TicketType.LOGIN
    assert client.do(Get(unique_identifier=uid), **shown(ticket)).unique_identifier == uid
    client.do(Logout(ticket=ticket), **shown(ticket))
    assert client.refusal(ASK, **shown(ticket)) is R.INVALID_TICKET


@pytest.mark.parametrize("operation", [Operation.LOGIN, Operation.LOGOUT, Operation.DELEGATED_LOGIN])
def test_1_4_has_none_of_this(server: Any, operation: Operation) -> None:
    assert Client(server, V1_4).refusal(raw(operation)) is R.OPERATION_NOT_SUPPORTED


def test_only_the_hash_of_a_ticket_is_kept(server: Any, client: Client) -> None:
    first, second = (client.do(Login()).ticket.ticket_value for _ in range(2))
    assert len(first) == len(second) == 32
    assert first != second
    kept = repr(server.store.tickets) + repr(server.store.audit)
    for value in (first, second):
        assert repr(value)[2:-1] not in kept
        assert value.hex() not in kept


class TestWho:
    def test_over_another_clients_connection_a_login_ticket_is_none(self, server: Any, client: Client) -> None:
        ticket = client.do(Login()).ticket
        assert Client(server, who=BOB).refusal(ASK, **shown(ticket)) is R.INVALID_TICKET
        client.do(ASK, **shown(ticket))

    def test_a_renewed_certificate_is_the_same_client(self, server: Any, client: Client) -> None:
        ticket = client.do(Login()).ticket
        renewed = dataclasses.replace(ALICE, serial="2", address="192.0.2.7")
        Client(server, who=renewed).do(ASK, **shown(ticket))

    def test_a_delegated_ticket_lets_another_client_act_for_its_user(self, server: Any, client: Client) -> None:
        uid = client.create()
        ticket = delegated(client, right(Operation.GET, Operation.CREATE))
        bob = Client(server, who=BOB)
        assert bob.refusal(Get(unique_identifier=uid)) is R.OBJECT_NOT_FOUND
        assert bob.do(Get(unique_identifier=uid), **shown(ticket)).unique_identifier == uid
        made = bob.do(Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()), **shown(ticket))
        assert client.do(Get(unique_identifier=made.unique_identifier)).unique_identifier == made.unique_identifier

    def test_the_audit_trail_names_both(self, server: Any, client: Client) -> None:
        ticket = delegated(client, right(Operation.QUERY))
        Client(server, who=BOB).do(ASK, **shown(ticket))
        record = server.store.audit[-1].fields
        assert "CN=bob" in record
        assert any(text.startswith("as certificate:alice by ticket ") for text in record)

    @pytest.mark.parametrize("value", [b"", bytes(32), b"x" * 1000])
    def test_an_invented_ticket_is_none(self, client: Client, value: bytes) -> None:
        ticket = Ticket(ticket_type=TicketType.LOGIN, ticket_value=value)
        assert client.refusal(ASK, **shown(ticket)) is R.INVALID_TICKET
        assert client.refusal(Logout(ticket=ticket)) is R.INVALID_TICKET

    def test_a_ticket_of_another_type_is_none(self, client: Client) -> None:
        value = client.do(Login()).ticket.ticket_value
        strange = Ticket(ticket_type=TicketType(0x80000001), ticket_value=value)
        assert client.refusal(ASK, **shown(strange)) is R.INVALID_TICKET
        assert client.refusal(Logout(ticket=strange)) is R.INVALID_TICKET

    def test_nobody_else_takes_a_ticket_back(self, server: Any, client: Client) -> None:
        bob = Client(server, who=BOB)
        for ticket in (client.do(Login()).ticket, delegated(client, right(Operation.QUERY))):
            assert bob.refusal(Logout(ticket=ticket)) is R.INVALID_TICKET
            client.do(ASK, **shown(ticket))
            client.do(Logout(ticket=ticket))
            assert client.refusal(ASK, **shown(ticket)) is R.INVALID_TICKET
            assert client.refusal(Logout(ticket=ticket)) is R.INVALID_TICKET

    def test_whoever_left_a_group_has_left_it_with_a_ticket_too(self, server: Any) -> None:
        member = dataclasses.replace(ALICE, groups=frozenset({"admins"}))
        ticket = Client(server, who=member).do(Login()).ticket
        call = server.call(_bytes(Client(server).message(ASK, **shown(ticket))), ALICE)
        server.engine.run([call])
        with server.store.transaction() as tx:
            from kmip_server.engine.sessions import redeem

            assert call.ticket is not None
            assert redeem(tx, call.ticket, server.clock.seconds).subject.groups == frozenset()
        server.answered.append(1)


def _bytes(tree: Any) -> bytes:
    from kmip_server.wire import ttlv

    return ttlv.print_(tree)


class TestUsers:
    """Tickets of users who sign in by a password."""

    @pytest.fixture
    def server(self, make_server: Any) -> Any:
        def account(password: str) -> Account:
            return Account(PasswordHash(10, 1, 1, b"salt" * 4, _derive(password, 10, 1, 1, b"salt" * 4)))

        return make_server(accounts=Accounts(users={"fred": account("one"), "barney": account("two")}))

    @staticmethod
    def user(name: str, password: str) -> Credential:
        value = UsernameAndPassword(username=name, password=password)
        return Credential(credential_type=CredentialType.USERNAME_AND_PASSWORD, credential_value=value)

    def test_the_ticket_is_the_users_not_the_machines(self, client: Client) -> None:
        fred = {"authentication": Authentication(credential=[self.user("fred", "one")])}
        uid = client.do(Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()), **fred).unique_identifier
        ticket = client.do(Login(), **fred).ticket
        assert client.refusal(Get(unique_identifier=uid)) is R.OBJECT_NOT_FOUND
        assert client.do(Get(unique_identifier=uid), **shown(ticket)).unique_identifier == uid

    def test_it_ends_with_the_account_and_has_its_groups_of_now(self, server: Any, client: Client) -> None:
        fred = {"authentication": Authentication(credential=[self.user("fred", "one")])}
        passed_on = DelegatedLogin(rights=Rights(right=[right()]))
        tickets = [client.do(asked, **fred).ticket for asked in (Login(), passed_on)]
        rooms = server.engine.rooms
        account = rooms.accounts.users["fred"]
        rooms.accounts = Accounts(users={"fred": dataclasses.replace(account, groups=frozenset({"newcomers"}))})
        for ticket in tickets:
            client.do(ASK, **shown(ticket))
            with server.store.transaction() as tx:
                grant = redeem(tx, ShownTicket(digest_of(ticket.ticket_value), ALICE, ALICE), server.clock.seconds)
                require_standing(rooms, tx, grant, server.clock.now_us)
            assert grant.subject.groups == {"newcomers"}
        rooms.accounts = Accounts(users={"barney": account})
        for ticket in tickets:
            assert client.refusal(ASK, **shown(ticket)) is R.INVALID_TICKET

    def test_a_refused_sign_in_is_recorded_with_the_name_and_without_the_password(
        self, server: Any, client: Client
    ) -> None:
        wrong = {"authentication": Authentication(credential=[self.user("fred", "a guess")])}
        assert client.refusal(ASK, **wrong) is R.AUTHENTICATION_NOT_SUCCESSFUL
        record = server.store.audit[-1].fields
        assert any(text.startswith("claimed to be username:fred") for text in record)
        assert "a guess" not in repr(record)

    def test_beside_a_password_both_must_name_the_same_user(self, client: Client) -> None:
        fred = {"authentication": Authentication(credential=[self.user("fred", "one")])}
        ticket = client.do(Login(), **fred).ticket
        client.do(ASK, **shown(ticket, self.user("fred", "one")))
        wrong = R.AUTHENTICATION_NOT_SUCCESSFUL
        assert client.refusal(ASK, **shown(ticket, self.user("fred", "two"))) is wrong
        assert client.refusal(ASK, **shown(ticket, self.user("barney", "two"))) is wrong


class TestHowLong:
    def test_a_lease_ends(self, server: Any, client: Client) -> None:
        now = server.clock.seconds
        tickets = [
            client.do(Login(lease_time=given)).ticket for given in (interval(60), (int(ItemType.DATE_TIME), now + 60))
        ]
        server.clock.advance(59)
        for ticket in tickets:
            client.do(ASK, **shown(ticket))
        server.clock.advance(1)
        for ticket in tickets:
            assert client.refusal(ASK, **shown(ticket)) is R.INVALID_TICKET
            assert client.refusal(Logout(ticket=ticket)) is R.INVALID_TICKET

    @pytest.mark.parametrize("lease", [None, interval(0), interval(2**32 - 1), (int(ItemType.DATE_TIME), 2**40)])
    def test_no_ticket_outlives_what_the_server_allows(self, server: Any, client: Client, lease: Any) -> None:
        ticket = client.do(Login(lease_time=lease)).ticket
        server.clock.advance(86_399)
        client.do(ASK, **shown(ticket))
        server.clock.advance(1)
        assert client.refusal(ASK, **shown(ticket)) is R.INVALID_TICKET

    def test_what_has_expired_is_forgotten(self, server: Any, client: Client) -> None:
        client.do(Login(lease_time=interval(1)))
        server.clock.advance(2)
        client.do(Login())
        assert len(server.store.tickets) == 1

    @pytest.mark.parametrize("lease", [(int(ItemType.DATE_TIME), 1), (int(ItemType.INTEGER), 5)])
    def test_a_lease_in_the_past_or_of_another_type_is_refused(self, client: Client, lease: Any) -> None:
        assert client.refusal(Login(lease_time=lease)) is R.INVALID_FIELD


class TestHowOften:
    def test_requests_are_counted_not_items(self, client: Client) -> None:
        ticket = client.do(Login(request_count=2)).ticket
        answers = client.ask(ASK, ASK, ASK, **shown(ticket))
        assert all(answer.ok for answer in answers)
        client.do(ASK, **shown(ticket))
        assert client.refusal(ASK, **shown(ticket)) is R.USAGE_LIMIT_EXCEEDED

    def test_a_request_that_fails_or_is_undone_counts_too(self, client: Client) -> None:
        ticket = client.do(Login(request_count=2)).ticket
        assert client.refusal(Get(unique_identifier="none"), **shown(ticket)) is R.OBJECT_NOT_FOUND
        undo = BatchErrorContinuationOption.UNDO
        client.ask(ASK, Get(unique_identifier="none"), batch_error_continuation_option=undo, **shown(ticket))
        assert client.refusal(ASK, **shown(ticket)) is R.USAGE_LIMIT_EXCEEDED

    def test_two_requests_of_one_round_do_not_share_the_last_use(self, server: Any, client: Client) -> None:
        ticket = client.do(Login(request_count=1)).ticket
        data = _bytes(client.message(ASK, **shown(ticket)))
        replies = server.engine.run([server.call(data), server.call(data)])
        server.answered += [1, 1]
        assert [b"used up" in reply for reply in replies] == [False, True]

    def test_usage_limits_count_operations(self, client: Client) -> None:
        ticket = client.do(Login(usage_limits=limits(UsageLimitsUnit.OBJECT, 2))).ticket
        answers = client.ask(ASK, ASK, ASK, **shown(ticket))
        assert [answer.reason for answer in answers] == [None, None, R.USAGE_LIMIT_EXCEEDED]

    def test_usage_limits_count_bytes(self, client: Client) -> None:
        uid = client.active()
        ticket = client.do(Login(usage_limits=limits(UsageLimitsUnit.BYTE, 20))).ticket
        encrypt = Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(12))
        client.do(encrypt, **shown(ticket))
        client.do(ASK, **shown(ticket))
        assert client.refusal(encrypt, **shown(ticket)) is R.PERMISSION_DENIED  # Encrypt's word for it, here as ever
        encrypt.data = bytes(8)
        client.do(encrypt, **shown(ticket))

    def test_what_exceeds_a_limit_leaves_nothing(self, server: Any, client: Client) -> None:
        ticket = client.do(Login(usage_limits=limits(UsageLimitsUnit.OBJECT, 0))).ticket
        create = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes())
        assert client.refusal(create, **shown(ticket)) is R.USAGE_LIMIT_EXCEEDED
        assert server.store.objects == {}

    def test_negative_numbers_are_refused(self, client: Client) -> None:
        assert client.refusal(Login(request_count=-1)) is R.INVALID_FIELD
        assert client.refusal(Login(usage_limits=limits(UsageLimitsUnit.BYTE, -1))) is R.INVALID_FIELD
        assert client.refusal(Login(usage_limits=limits(UsageLimitsUnit(0x80000001), 1))) is R.INVALID_FIELD

    def test_nothing_is_put_off_until_the_ticket_is_forgotten(self, server: Any, client: Client) -> None:
        ticket = client.do(Login(request_count=9)).ticket
        mandatory = (int(ItemType.ENUMERATION), int(AsynchronousIndicator.MANDATORY))
        optional = (int(ItemType.ENUMERATION), int(AsynchronousIndicator.OPTIONAL))
        assert client.refusal(Locate(), asynchronous_indicator=mandatory, **shown(ticket)) is R.FEATURE_NOT_SUPPORTED
        assert client.do(Locate(), asynchronous_indicator=optional, **shown(ticket)).unique_identifier == []
        assert client.do(Login(), asynchronous_indicator=mandatory).ticket.ticket_type is TicketType.LOGIN

    def test_a_ticket_asks_for_no_other(self, client: Client) -> None:
        for ticket in (client.do(Login()).ticket, delegated(client, right())):
            assert client.refusal(Login(), **shown(ticket)) is R.PERMISSION_DENIED
            again = DelegatedLogin(rights=Rights(right=[right()]))
            assert client.refusal(again, **shown(ticket)) is R.PERMISSION_DENIED


class TestRights:
    def test_an_operation_that_no_right_names_is_not_authorised(self, client: Client) -> None:
        uid = client.create()
        ticket = delegated(client, right(Operation.QUERY), right(Operation.GET_ATTRIBUTES, objects=[uid]))
        client.do(GetAttributes(unique_identifier=uid), **shown(ticket))
        for refused in (Get(unique_identifier=uid), Destroy(unique_identifier=uid), Locate(), Logout(ticket=ticket)):
            assert client.refusal(refused, **shown(ticket)) is R.NOT_AUTHORISED
        client.do(Get(unique_identifier=uid))

    def test_an_object_that_no_right_names_is_not_authorised_whether_it_exists_or_not(self, client: Client) -> None:
        uid, other = client.create(), client.create()
        ticket = delegated(client, right(Operation.GET, objects=[uid]))
        for refused in (other, "none"):
            assert client.refusal(Get(unique_identifier=refused), **shown(ticket)) is R.NOT_AUTHORISED

    def test_query_lists_what_the_rights_name(self, client: Client) -> None:
        ticket = delegated(client, right(Operation.QUERY, Operation.GET))
        assert client.do(ASK, **shown(ticket)).operation == [Operation.GET, Operation.QUERY]
        assert len(client.do(ASK).operation) > 20

    def test_a_right_to_objects_is_none_to_make_or_find_others(self, server: Any, client: Client) -> None:
        uid = client.create()
        ticket = delegated(client, right(objects=[uid]))
        create = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes())
        for refused in (create, Locate(), ASK):
            assert client.refusal(refused, **shown(ticket)) is R.NOT_AUTHORISED
        assert list(server.store.objects) == [uid]

    def test_a_right_to_groups_is_one_to_their_objects(self, client: Client) -> None:
        inside = client.create(aes(256, 12, (Tag.OBJECT_GROUP, "tapes")))
        outside = client.create(aes(256, 12, (Tag.OBJECT_GROUP, "disks")))
        ticket = delegated(client, right(Operation.GET, groups=["tapes"]))
        client.do(Get(unique_identifier=inside), **shown(ticket))
        assert client.refusal(Get(unique_identifier=outside), **shown(ticket)) is R.NOT_AUTHORISED
        assert client.refusal(Get(unique_identifier="none"), **shown(ticket)) is R.OBJECT_NOT_FOUND

    def test_2_0_has_no_rights_to_groups(self, server: Any) -> None:
        groups = struct(Tag.OBJECT_GROUPS)
        rights = struct(Tag.RIGHTS, struct(Tag.RIGHT, groups))
        assert not Client(server, V2_0).one(raw(Operation.DELEGATED_LOGIN, rights)).ok

    def test_each_right_has_a_limit_of_its_own(self, client: Client) -> None:
        once, twice = client.create(), client.create()
        ticket = delegated(
            client,
            right(Operation.GET, objects=[once], limit=limits(UsageLimitsUnit.OBJECT, 1)),
            right(Operation.GET, objects=[twice], limit=limits(UsageLimitsUnit.OBJECT, 2)),
        )
        for uid, reason in ((once, None), (twice, None), (once, R.USAGE_LIMIT_EXCEEDED), (twice, None)):
            assert client.one(Get(unique_identifier=uid), **shown(ticket)).reason is reason
        assert client.refusal(Get(unique_identifier=twice), **shown(ticket)) is R.USAGE_LIMIT_EXCEEDED

    def test_a_right_never_gives_more_than_its_user_has(self, server: Any, client: Client) -> None:
        uid = Client(server, who=BOB).create()
        ticket = delegated(client, right(Operation.GET, objects=[uid]), right())
        assert client.refusal(Get(unique_identifier=uid), **shown(ticket)) is R.OBJECT_NOT_FOUND

    def test_a_right_may_name_what_the_batch_has_just_made(self, client: Client) -> None:
        create = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes())
        login = DelegatedLogin(rights=Rights(right=[right(Operation.GET, objects=[0])]))
        made, given = client.ask(create, login)
        uid = made.payload.unique_identifier
        assert client.do(Get(unique_identifier=uid), **shown(given.payload.ticket)).unique_identifier == uid
        other = client.create()
        assert client.refusal(Get(unique_identifier=other), **shown(given.payload.ticket)) is R.NOT_AUTHORISED

    def test_no_rights_too_many_or_none_at_all_are_refused(self, client: Client) -> None:
        assert client.refusal(DelegatedLogin(rights=Rights(right=[]))) is R.INVALID_FIELD
        assert client.refusal(DelegatedLogin(rights=Rights(right=[right()] * 101))) is R.INVALID_FIELD
        assert not client.one(raw(Operation.DELEGATED_LOGIN)).ok

    def test_logout_without_a_ticket_is_refused(self, client: Client) -> None:
        assert not client.one(raw(Operation.LOGOUT)).ok
        only_type = struct(Tag.TICKET, enumeration(Tag.TICKET_TYPE, TicketType.LOGIN))
        assert not client.one(raw(Operation.LOGOUT, only_type)).ok
