"""Decisions by the standard's policies, by groups, and under policies that do not exist."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import product
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmip_server.domain.policy import (
    WITHOUT_OBJECT,
    OperationPolicy,
    Permission,
    Policies,
    ServerPolicy,
    decide,
    decide_without_object,
    may_see,
    parse_policies,
    visibility,
)
from kmip_server.domain.policy.rows import ADMINISTRATIVE, ON_OBJECT, REFERENCING_TEMPLATE
from kmip_server.domain.subject import CERTIFICATE, USERNAME, Subject, qualified_name
from kmip_server.spec.enums import ObjectType, Operation

Op = Operation
KEY = ObjectType.SYMMETRIC_KEY
ALL, OWNER, NONE = Permission.ALLOW_ALL, Permission.ALLOW_OWNER, Permission.DISALLOW_ALL


def subject(name: str, *groups: str, way: str = CERTIFICATE) -> Subject:
    return Subject(qualified_name(way, name), frozenset(groups), f"CN={name}", "CN=ca", "1f", "192.0.2.1", way)


ALICE, BOB = subject("alice"), subject("bob")
NOBODY = Subject("", frozenset(), "", "", "", "192.0.2.1", CERTIFICATE)


def ask(
    policies: Policies,
    who: Subject,
    operation: Operation,
    policy: str = "default",
    kind: ObjectType = KEY,
    owner: str = ALICE.name,
) -> tuple[bool, str]:
    return decide(policies, who, operation, policy_name=policy, object_type=kind, owner=owner)


def sees(policies: Policies, who: Subject, policy: str = "default", kind: ObjectType = KEY) -> bool:
    return may_see(policies, who, policy_name=policy, object_type=kind, owner=ALICE.name)


STANDARD = Policies()


class TestDefault:
    def test_the_owner_may_do_with_a_key_whatever_acts_on_one(self) -> None:
        for operation in ON_OBJECT:
            allowed, rule = ask(STANDARD, ALICE, operation)
            assert allowed, operation
            assert rule == f"default/SYMMETRIC_KEY/{operation.name}: ALLOW_OWNER (owner)"

    @pytest.mark.parametrize("kind", [kind for kind in ObjectType if kind.name not in ("CERTIFICATE", "PUBLIC_KEY")])
    def test_others_may_do_nothing_with_a_secret(self, kind: ObjectType) -> None:
        for operation in Operation:
            assert not ask(STANDARD, BOB, operation, kind=kind)[0], operation

    @pytest.mark.parametrize("kind", [ObjectType.CERTIFICATE, ObjectType.PUBLIC_KEY])
    def test_others_may_read_what_is_public_and_change_nothing(self, kind: ObjectType) -> None:
        allowed = {operation for operation in Operation if ask(STANDARD, BOB, operation, kind=kind)[0]}
        assert allowed == {
            Op.LOCATE, Op.CHECK, Op.GET, Op.GET_ATTRIBUTES, Op.GET_ATTRIBUTE_LIST, Op.OBTAIN_LEASE, Op.VALIDATE,
        }  # fmt: skip

    def test_a_denial_names_its_rule(self) -> None:
        assert ask(STANDARD, BOB, Op.GET) == (False, "default/SYMMETRIC_KEY/GET: ALLOW_OWNER (not the owner)")
        assert ask(STANDARD, ALICE, Op.QUERY) == (False, "default/SYMMETRIC_KEY/QUERY: no rule")

    def test_an_unknown_type_or_operation_has_no_rule(self) -> None:
        assert ask(STANDARD, ALICE, Op.GET, kind=ObjectType(0x80000001)) == (
            False,
            "default/UNKNOWN_80000001/GET: no rule",
        )
        assert ask(STANDARD, ALICE, Operation(0x80000001)) == (
            False,
            "default/SYMMETRIC_KEY/UNKNOWN_80000001: no rule",
        )

    def test_rekey_and_activate_ask_for_ownership(self) -> None:
        for operation in (Op.RE_KEY, Op.ACTIVATE, Op.RE_KEY_KEY_PAIR, Op.RE_CERTIFY, Op.IMPORT, Op.EXPORT):
            assert not ask(STANDARD, BOB, operation)[0]

    def test_a_group_does_not_take_from_the_owner(self) -> None:
        assert ask(STANDARD, subject("alice", "staff"), Op.GET)[0]
        assert not ask(STANDARD, subject("bob", "staff"), Op.GET)[0]


class TestPublic:
    def test_all_may_read_and_use_a_template_and_none_may_change_it(self) -> None:
        kind = ObjectType.TEMPLATE
        allowed = {operation for operation in Operation if ask(STANDARD, BOB, operation, "public", kind)[0]}
        assert allowed == {Op.LOCATE, Op.GET, Op.GET_ATTRIBUTES, Op.GET_ATTRIBUTE_LIST} | REFERENCING_TEMPLATE
        assert ask(STANDARD, ALICE, Op.DESTROY, "public", kind) == (False, "public/TEMPLATE/DESTROY: DISALLOW_ALL")

    def test_it_opens_nothing_that_the_standard_does_not_name(self) -> None:
        for who, kind, operation in product((ALICE, BOB), set(ObjectType) - {ObjectType.TEMPLATE}, Operation):
            assert not ask(STANDARD, who, operation, "public", kind)[0]


class TestUnknownPolicy:
    def test_nobody_is_allowed_anything_not_even_the_owner(self) -> None:
        for who in (ALICE, BOB):
            assert ask(STANDARD, who, Op.GET, "lost") == (False, 'policy "lost" unknown')

    def test_its_name_cannot_break_a_line_or_fill_a_log(self) -> None:
        rule = ask(STANDARD, ALICE, Op.GET, "x\r\n\x1b[31m" + "y" * 10_000)[1]
        assert rule.isprintable()
        assert len(rule) < 100

    def test_asking_for_many_takes_no_memory(self) -> None:
        policies = Policies()
        for number in range(100):
            ask(policies, ALICE, Op.GET, f"none-{number}")
        assert policies._compiled == {}


SHARED = {
    "shared": OperationPolicy(
        preset={KEY: {Op.GET: OWNER, Op.LOCATE: OWNER}},
        groups={
            "readers": {KEY: {Op.GET: ALL, Op.LOCATE: ALL}},
            "owners": {KEY: {Op.GET: OWNER, Op.DESTROY: OWNER}},
            "banned": {KEY: {Op.GET: NONE}},
            "empty": {},
        },
    )
}


class TestGroups:
    policies = Policies(SHARED)

    def test_without_a_group_the_preset_decides(self) -> None:
        assert ask(self.policies, ALICE, Op.GET, "shared") == (True, "shared/SYMMETRIC_KEY/GET: ALLOW_OWNER (owner)")
        assert not ask(self.policies, BOB, Op.GET, "shared")[0]

    def test_a_member_is_decided_by_its_groups_section(self) -> None:
        assert ask(self.policies, subject("bob", "readers"), Op.GET, "shared") == (
            True,
            "group readers: shared/SYMMETRIC_KEY/GET: ALLOW_ALL",
        )

    def test_a_member_gets_nothing_from_the_preset(self) -> None:
        assert not ask(self.policies, subject("alice", "empty"), Op.GET, "shared")[0]

    def test_a_group_that_the_policy_does_not_list_is_allowed_nothing(self) -> None:
        assert ask(self.policies, subject("alice", "strangers"), Op.GET, "shared") == (
            False,
            "shared/SYMMETRIC_KEY/GET: no rule",
        )

    def test_of_several_groups_the_most_permissive_allows(self) -> None:
        who = subject("bob", "owners", "readers", "strangers")
        assert ask(self.policies, who, Op.GET, "shared")[0]
        assert not ask(self.policies, who, Op.DESTROY, "shared")[0]

    def test_a_denial_by_one_group_wins(self) -> None:
        assert ask(self.policies, subject("alice", "banned", "readers"), Op.GET, "shared") == (
            False,
            "group banned: shared/SYMMETRIC_KEY/GET: DISALLOW_ALL",
        )

    def test_a_policy_with_no_groups_in_its_groups_shuts_members_out(self) -> None:
        policies = Policies({"closed": OperationPolicy(preset={KEY: {Op.GET: ALL}}, groups={})})
        assert not ask(policies, subject("alice", "any"), Op.GET, "closed")[0]
        assert ask(policies, ALICE, Op.GET, "closed")[0]


class TestMaySee:
    policies = Policies(SHARED)

    def test_a_stranger_may_not_know_of_a_secret(self) -> None:
        assert not sees(STANDARD, BOB)

    def test_the_owner_knows_of_what_it_owns_even_under_a_lost_policy(self) -> None:
        assert sees(STANDARD, ALICE)
        assert sees(STANDARD, ALICE, "lost")

    def test_others_know_nothing_under_a_lost_policy(self) -> None:
        assert not sees(STANDARD, BOB, "lost")

    def test_who_may_read_a_certificate_knows_of_it(self) -> None:
        assert sees(STANDARD, BOB, kind=ObjectType.CERTIFICATE)

    def test_who_may_do_one_thing_knows_of_the_object(self) -> None:
        policies = Policies({"use": OperationPolicy(preset={KEY: {Op.ENCRYPT: ALL, Op.GET: OWNER}})})
        assert sees(policies, BOB, "use")
        assert not sees(policies, BOB, "use", ObjectType.SECRET_DATA)

    def test_a_denied_group_knows_nothing(self) -> None:
        assert not sees(self.policies, subject("bob", "banned"), "shared")

    def test_what_is_allowed_may_be_seen(self) -> None:
        for who, policy, kind, operation in product(
            (ALICE, BOB, subject("bob", "readers"), subject("bob", "banned")),
            ("default", "public", "shared"),
            ObjectType,
            Operation,
        ):
            if ask(self.policies, who, operation, policy, kind)[0]:
                assert sees(self.policies, who, policy, kind)


class TestSubjects:
    def test_a_user_is_not_the_machine_of_the_same_name(self) -> None:
        assert not ask(STANDARD, subject("alice", way=USERNAME), Op.GET)[0]
        assert not sees(STANDARD, subject("alice", way=USERNAME))

    def test_nobody_is_allowed_nothing_even_what_all_are(self) -> None:
        assert ask(STANDARD, NOBODY, Op.GET, kind=ObjectType.CERTIFICATE, owner="") == (False, "not authenticated")
        assert not may_see(STANDARD, NOBODY, policy_name="default", object_type=KEY, owner="")
        assert decide_without_object(STANDARD, NOBODY, Op.QUERY) == (False, "not authenticated")
        found = visibility(STANDARD, NOBODY)
        assert (found.own, found.any) == (frozenset(), frozenset())


class TestWithoutObject:
    def test_every_authenticated_subject_may_by_a_named_rule(self) -> None:
        for operation in WITHOUT_OBJECT - ADMINISTRATIVE:
            assert decide_without_object(STANDARD, BOB, operation) == (
                True,
                f"without object/{operation.name}: ALLOW_ALL",
            )

    def test_what_needs_an_object_is_not_decided_here(self) -> None:
        for operation in set(Operation) - WITHOUT_OBJECT:
            assert not decide_without_object(STANDARD, BOB, operation).allowed

    def test_every_operation_is_decided_somewhere(self) -> None:
        assert set(Operation) - {Op.NOTIFY, Op.PUT} == WITHOUT_OBJECT | ON_OBJECT

    def test_what_changes_things_for_others_is_for_those_whom_a_file_names(self) -> None:
        granted = Policies(server=ServerPolicy(groups={"admins": dict.fromkeys(ADMINISTRATIVE, ALL)}))
        for operation in ADMINISTRATIVE:
            assert not decide_without_object(STANDARD, subject("bob", "admins"), operation).allowed
            assert decide_without_object(granted, subject("bob", "admins"), operation).allowed
            assert not decide_without_object(granted, BOB, operation).allowed

    def test_creation_can_be_a_right_of_groups(self) -> None:
        server = ServerPolicy(
            preset={Op.CREATE: NONE}, groups={"makers": {Op.CREATE: ALL}, "banned": {Op.CREATE: NONE}, "other": {}}
        )
        policies = Policies(server=server)
        decisions = {
            groups: decide_without_object(policies, subject("bob", *groups), Op.CREATE)
            for groups in ((), ("makers",), ("other",), ("unlisted",), ("makers", "other"), ("banned", "makers"))
        }
        assert decisions == {
            (): (False, "without object/CREATE: DISALLOW_ALL"),
            ("makers",): (True, "group makers: without object/CREATE: ALLOW_ALL"),
            ("other",): (False, "without object/CREATE: no rule"),
            ("unlisted",): (False, "without object/CREATE: no rule"),
            ("makers", "other"): (True, "group makers: without object/CREATE: ALLOW_ALL"),
            ("banned", "makers"): (False, "group banned: without object/CREATE: DISALLOW_ALL"),
        }
        assert decide_without_object(policies, BOB, Op.REGISTER).allowed


NAMES = ["red", "green", "blue"]
PERMISSIONS = st.sampled_from(Permission)
SECTIONS = st.dictionaries(
    st.sampled_from([ObjectType.SYMMETRIC_KEY, ObjectType.CERTIFICATE]),
    st.dictionaries(st.sampled_from([Op.LOCATE, Op.GET, Op.DESTROY]), PERMISSIONS),
)
POLICIES = st.builds(
    Policies,
    st.dictionaries(
        st.sampled_from(["one", "two"]),
        st.builds(OperationPolicy, SECTIONS, st.none() | st.dictionaries(st.sampled_from(NAMES), SECTIONS, max_size=3)),
    ),
)
SUBJECTS = st.builds(
    lambda name, groups: subject(name, *groups), st.sampled_from(["alice", "bob"]), st.sets(st.sampled_from(NAMES))
)


def _objects(policies: Policies) -> Iterator[tuple[str, ObjectType, str]]:
    owners: Iterable[str] = (ALICE.name, BOB.name, "username:alice", "")
    return product([*policies.names, "lost"], ObjectType, owners)


# No deadline: the first example compiles policies, which takes longer than the others by far on a busy machine.
@settings(deadline=None)
@given(POLICIES, SUBJECTS)
def test_locate_finds_exactly_what_decide_allows_to_locate(policies: Policies, who: Subject) -> None:
    found = visibility(policies, who)
    for policy, kind, owner in _objects(policies):
        located = (policy, kind) in found.any or (owner == found.owner and (policy, kind) in found.own)
        assert located == ask(policies, who, Op.LOCATE, policy, kind, owner)[0]


@given(POLICIES, SUBJECTS, st.sampled_from([Op.LOCATE, Op.GET, Op.DESTROY]))
def test_decisions_are_those_of_the_plain_reading(policies: Policies, who: Subject, operation: Operation) -> None:
    """The compiled form against the three sentences at the head of policies.py, read anew for each question."""
    for policy, kind, owner in _objects(policies):
        definition = policies._policies.get(policy)
        sections = []
        if definition is not None:
            grouped = definition.groups is not None and who.groups
            sections = (
                [definition.groups[group] for group in who.groups if group in definition.groups]
                if grouped and definition.groups is not None
                else [definition.preset]
            )
        said = {section.get(kind, {}).get(operation) for section in sections}
        expected = NONE not in said and (ALL in said or (OWNER in said and who.name == owner))
        assert ask(policies, who, operation, policy, kind, owner)[0] == expected


def test_policies_cannot_be_changed_through_what_they_show() -> None:
    policies = Policies(SHARED)
    compiled = policies.compiled("shared", frozenset())
    assert compiled is not None
    for shown in (policies._policies, compiled.verdicts):
        assert isinstance(shown, MappingProxyType)


def test_the_map_they_were_made_from_may_change_without_changing_them() -> None:
    given_policies = dict(SHARED)
    policies = Policies(given_policies)
    given_policies.clear()
    assert "shared" in policies.names


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kmip_server.domain.policy.policies._MOST_REMEMBERED", 3)
    policies = Policies()
    for number in range(20):
        who = subject("bob", f"group-{number}")
        assert not ask(policies, who, Op.GET)[0]
        assert visibility(policies, who).any
    assert len(policies._compiled) <= 3
    assert len(policies._found) <= 3


def test_the_built_in_policies_cannot_be_replaced() -> None:
    with pytest.raises(ValueError, match='"public"'):
        Policies({"public": OperationPolicy()})


def test_the_standards_tables_are_those_that_pykmip_reads() -> None:
    """Every row that PyKMIP has for the standard's two policies means the same here."""
    from kmip.core import policy as pykmip

    spelled = {
        name: {
            kind.name: {operation.name: permission.name for operation, permission in rows.items()}
            for kind, rows in bundle["preset"].items()
        }
        for name, bundle in pykmip.policies.items()
    }
    read = parse_policies(json.dumps({f"{name} of pykmip": rows for name, rows in spelled.items()}), "pykmip").policies
    compared = 0
    for name in spelled:
        for kind, rows in read[f"{name} of pykmip"].preset.items():
            for operation, permission in rows.items():
                if operation is Op.SET_ATTRIBUTE and name == "public":
                    continue  # not in the standard's table: here it has no rule, which denies as well
                assert STANDARD._policies[name].preset[kind][operation] is permission, (name, kind, operation)
                compared += 1
    assert compared > 100
