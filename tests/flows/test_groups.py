"""Object groups: fresh members, and the default one that is handed out next."""

from __future__ import annotations

from typing import Any

from kmip_server.domain.policy import OperationPolicy, Permission, Policies
from kmip_server.spec.enums import ObjectGroupMember, ObjectType, Operation
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_1, V1_4, V2_1
from tests.flows.client import EVERY_USE, Client, aes, attributes
from tests.flows.requests import Archive, Destroy, Get, Locate
from tests.kit import ALICE, BOB

FRESH, DEFAULT = ObjectGroupMember.GROUP_MEMBER_FRESH, ObjectGroupMember.GROUP_MEMBER_DEFAULT


def _member(client: Client, group: str = "g") -> str:
    return client.create(aes(256, EVERY_USE, (Tag.OBJECT_GROUP, group)))


def test_the_default_member_is_the_oldest_fresh_one_and_then_the_oldest(client: Client) -> None:
    """TC-153: "the three keys are returned one after the other ... for the fourth time, the first key"."""
    for version in (V1_1, V1_4, V2_1):
        speaking, group = client.speaking(version), f"group of {version}"
        members = [_member(speaking, group) for _ in range(3)]
        handed_out = []
        for _ in range(4):
            (found,) = speaking.located((Tag.OBJECT_GROUP, group), object_group_member=DEFAULT)
            speaking.do(Get(unique_identifier=found))
            handed_out.append(found)
        assert handed_out == [*members, members[0]]


def test_the_default_member_stays_the_same_until_it_is_handed_out(client: Client) -> None:
    first, _ = _member(client), _member(client)
    for _ in range(3):
        assert client.located((Tag.OBJECT_GROUP, "g"), object_group_member=DEFAULT) == [first]


def test_members_take_turns_in_one_batch_and_in_many(client: Client) -> None:
    members = [_member(client) for _ in range(3)]
    pair = (Locate(attributes=attributes((Tag.OBJECT_GROUP, "g")), object_group_member=DEFAULT), Get())
    for _ in range(2):
        answers = client.ask(*pair * 5, batch_order_option=True)
        given = [answer.payload.unique_identifier for answer in answers[1::2]]
        assert given == [members[0], members[1], members[2], members[0], members[1]]
        members = [*members[2:], *members[:2]]


def test_whoever_sees_the_group_shares_its_turns(make_server: Any) -> None:
    rules = dict.fromkeys(Operation, Permission.ALLOW_ALL)
    server = make_server(policies=Policies({"ours": OperationPolicy(preset={ObjectType.SYMMETRIC_KEY: rules})}))
    one, other = (Client(server, who=who) for who in (ALICE, BOB))
    given = aes(256, EVERY_USE, (Tag.OBJECT_GROUP, "g"), (Tag.OPERATION_POLICY_NAME, "ours"))
    members = [one.speaking(V1_4).create(given) for _ in range(2)]
    handed_out = []
    for client in (one, other, one, other):
        (found,) = client.located((Tag.OBJECT_GROUP, "g"), object_group_member=DEFAULT)
        client.do(Get(unique_identifier=found))
        handed_out.append(found)
    assert handed_out == [*members, *members]


def test_a_member_used_otherwise_keeps_its_turn_and_one_that_goes_leaves_it_to_the_next(client: Client) -> None:
    members = [_member(client) for _ in range(3)]
    client.do(Get(unique_identifier=members[0]))  # asked for by its name: it was not found as the default
    turns = []
    for _ in range(3):
        (found,) = client.located((Tag.OBJECT_GROUP, "g"), object_group_member=DEFAULT)
        client.do(Get(unique_identifier=found))
        turns.append(found)
        client.server.clock.advance(1)
    assert turns == [members[1], members[2], members[0]]
    client.do(Destroy(unique_identifier=members[1]))
    assert client.located((Tag.OBJECT_GROUP, "g"), object_group_member=DEFAULT) == [members[2]]
    late = _member(client)
    assert client.located((Tag.OBJECT_GROUP, "g"), object_group_member=DEFAULT) == [late]


def test_the_answer_counts_the_one_default(client: Client) -> None:
    _member(client), _member(client)
    asked = Locate(attributes=attributes((Tag.OBJECT_GROUP, "g")), object_group_member=DEFAULT)
    assert client.do(asked).located_items == 1
    assert client.speaking(V1_1).do(asked).located_items is None


def test_being_found_and_handed_out_changes_nothing_that_a_client_sees(client: Client) -> None:
    uid = _member(client)
    before = client.shown(uid)
    client.server.clock.advance(5)
    client.located((Tag.OBJECT_GROUP, "g"), object_group_member=DEFAULT)
    assert client.shown(uid) == before
    client.do(Get(unique_identifier=uid))
    assert client.shown(uid) == {**before, Tag.FRESH: [False]}


def test_an_empty_group_and_no_items_have_no_default_member(client: Client) -> None:
    uid = _member(client)
    assert client.located((Tag.OBJECT_GROUP, "h"), object_group_member=DEFAULT) == []
    assert client.located((Tag.OBJECT_GROUP, "g"), object_group_member=DEFAULT, maximum_items=0) == []
    client.do(Archive(unique_identifier=uid))
    assert client.located((Tag.OBJECT_GROUP, "g"), object_group_member=DEFAULT) == []


def test_fresh_members_are_those_nobody_has_got(client: Client) -> None:
    first, second = _member(client), _member(client)
    client.do(Get(unique_identifier=first))
    assert client.located((Tag.OBJECT_GROUP, "g"), object_group_member=FRESH) == [second]
    assert set(client.located((Tag.OBJECT_GROUP, "g"))) == {first, second}
