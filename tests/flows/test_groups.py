"""Object groups: fresh members, and the default one that is handed out next."""

from __future__ import annotations

from kmip_server.spec.enums import ObjectGroupMember
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_1, V1_4, V2_1
from tests.flows.client import EVERY_USE, Client, aes
from tests.flows.requests import Archive, Get

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
