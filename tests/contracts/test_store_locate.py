"""Locate over memory, SQLite and PostgreSQL: every rule of 2.1 §6.1.28, every attribute of every version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

from kmip_server.domain.lifecycle import effective_state
from kmip_server.domain.search import (
    IN_HEAD,
    LARGEST_DATE,
    UNINDEXED,
    Comparison,
    Filter,
    Found,
    Term,
    Visibility,
    index_terms,
    terms_of,
)
from kmip_server.errors import InvalidField
from kmip_server.ports import Store
from kmip_server.spec.attribute_values import AnyValue, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import (
    HashingAlgorithm,
    KeyFormatType,
    LinkType,
    NameType,
    ObjectGroupMember,
    ObjectType,
    State,
    UsageLimitsUnit,
)
from kmip_server.spec.schema import fields_of, is_structure
from kmip_server.spec.structures.attributes import Digest, Link, Name, UsageLimits
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from tests.store_kit import (
    ALICE,
    ALL,
    BOB,
    NOW,
    STANDARD_ATTRIBUTES,
    adding,
    equal,
    insert,
    locate,
    managed,
    named,
    open_backend,
    search,
)

URI, TEXT = NameType.URI, NameType.UNINTERPRETED_TEXT_STRING


@pytest.fixture(params=ALL)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with open_backend(request.param, tmp_path) as opened:
        yield opened.open()


@pytest.fixture(params=ALL, scope="module")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that every attribute test adds its objects to."""
    with open_backend(request.param, tmp_path_factory.mktemp("shared")) as opened:
        yield opened.open()


def sample(kind: Any, seed: int) -> Any:
    """A value of a kind, another one for another seed."""
    if is_structure(kind):
        return kind(
            **{
                name: [sample(spec.kind, seed)] if spec.many else sample(spec.kind, seed)
                for name, spec in fields_of(kind)
            }
        )
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        members = list(kind)
        return members[seed % len(members)]
    if kind is ItemType.BYTE_STRING:
        return b"bytes %d" % seed
    if kind is ItemType.BOOLEAN:
        return bool(seed % 2)
    if isinstance(kind, ItemType) and kind not in (ItemType.TEXT_STRING, ItemType.IDENTIFIER, ItemType.REFERENCE):
        return 1000 + seed if kind is not ItemType.NAME_REFERENCE else f"text {seed}"
    return f"text {seed}"


FLAGS = {Tag.SENSITIVE: (True, False), Tag.EXTRACTABLE: (False, True), Tag.FRESH: (True, False)}
"""Flags that every object has, if only by default: the value asked for, and the default."""


@pytest.mark.parametrize("tag", STANDARD_ATTRIBUTES, ids=lambda tag: tag.name)
def test_every_attribute_is_found_by_its_value(shared: Store, tag: Tag) -> None:
    kind = ATTRIBUTES[tag].kind
    value, other = FLAGS.get(tag, (sample(kind, 0), sample(kind, 1)))
    owner = f"CN={tag.name}"
    of_type = value if tag is Tag.OBJECT_TYPE else ObjectType.SYMMETRIC_KEY
    uid = value if tag is Tag.UNIQUE_IDENTIFIER else f"with {tag.name}"
    state = value if tag is Tag.STATE else State.ACTIVE
    rest = {} if tag in (Tag.OBJECT_TYPE, Tag.STATE, Tag.UNIQUE_IDENTIFIER) else {tag.name.lower(): value}
    insert(
        shared,
        managed(uid, owner=owner, object_type=of_type, state=state, **rest),
        managed(f"without {tag.name}", owner=owner, state=None, object_type=ObjectType.OPAQUE_OBJECT),
    )
    policies = ("default", str(value)) if tag is Tag.OPERATION_POLICY_NAME else ("default",)
    mine = Visibility(owner, frozenset((policy, each) for policy in policies for each in ObjectType), frozenset())
    found = {"visibility": mine}
    assert locate(shared, equal(tag, value), **found) == [uid]
    assert locate(shared, equal(tag, other), **found) == ([f"without {tag.name}"] if tag in FLAGS else [])
    if is_structure(kind):
        for term in terms_of(value):
            assert locate(shared, Filter(tag, Comparison.EQUAL, (term,)), **found) == [uid], term


def test_the_only_attributes_without_terms_are_those_the_row_or_the_clock_tells() -> None:
    unindexed = set()
    for tag in STANDARD_ATTRIBUTES:
        item = managed("1", adding(tag, sample(ATTRIBUTES[tag].kind, 1)))
        if tag not in {key for key, _, _ in index_terms(item.attributes)}:
            unindexed.add(tag)
    assert unindexed == UNINDEXED == {Tag.STATE, Tag.UNIQUE_IDENTIFIER, Tag.OBJECT_TYPE, *IN_HEAD}


def test_an_object_is_found_by_each_of_its_digests(store: Store) -> None:
    """2.1 §4.21: one over the format it is in, one over the default; never by something of the one and of the other."""
    first = Digest(
        hashing_algorithm=HashingAlgorithm.SHA_256, digest_value=b"a" * 32, key_format_type=KeyFormatType.RAW
    )
    second = replace(first, digest_value=b"b" * 32, key_format_type=KeyFormatType.PKCS_1)
    insert(store, managed("two", adding(Tag.DIGEST, first, second)), managed("one", adding(Tag.DIGEST, first)))

    def by(*terms: Term) -> Filter:
        return Filter(Tag.DIGEST, Comparison.EQUAL, terms)

    assert sorted(locate(store, equal(Tag.DIGEST, first))) == ["one", "two"]
    assert locate(store, equal(Tag.DIGEST, second)) == ["two"]
    assert locate(store, equal(Tag.DIGEST, replace(second, key_format_type=KeyFormatType.RAW))) == []
    assert locate(store, by(Term("key_format_type", int(KeyFormatType.PKCS_1)))) == ["two"]
    assert sorted(locate(store, by(Term("hashing_algorithm", int(HashingAlgorithm.SHA_256))))) == [
        "one",
        "two",
    ]
    assert locate(store, by(*terms_of(b"b" * 32)), equal(Tag.CRYPTOGRAPHIC_LENGTH, 7)) == []


class TestVendorAttributes:
    VALUES = (
        (VendorName("x", "a"), AnyValue(ItemType.TEXT_STRING, "v")),
        (VendorName("x", "A"), AnyValue(ItemType.TEXT_STRING, "v")),
        (VendorName("x:a", "b"), AnyValue(ItemType.TEXT_STRING, "v")),
        (VendorName("x", "a:b"), AnyValue(ItemType.TEXT_STRING, "v")),
        (VendorName("x%3Aa", "b"), AnyValue(ItemType.TEXT_STRING, "v")),
        (VendorName("x", "n" * 1000), AnyValue(ItemType.TEXT_STRING, "v")),
        (VendorName("x", "nul\0"), AnyValue(ItemType.TEXT_STRING, "v")),
        (VendorName("x", "t"), AnyValue(ItemType.TEXT_STRING, "1")),
        (VendorName("x", "t"), AnyValue(ItemType.INTEGER, 1)),
        (VendorName("x", "t"), AnyValue(ItemType.TEXT_STRING, "")),
        (VendorName("x", "t"), AnyValue(ItemType.INTEGER, 0)),
        (VendorName("x", "t"), AnyValue(ItemType.TEXT_STRING, "nul\0")),
        (VendorName("x", "t"), AnyValue(ItemType.TEXT_STRING, "ü" * 1000)),
        (VendorName("x", "t"), AnyValue(ItemType.BYTE_STRING, b"\0" * 5000)),
        (VendorName("x", "t"), AnyValue(ItemType.BIG_INTEGER, 2**200)),
        (VendorName("x", "t"), AnyValue(ItemType.BIG_INTEGER, -(2**200))),
        (VendorName("x", "t"), AnyValue(ItemType.LONG_INTEGER, -(2**63))),
        (VendorName("420053", ""), AnyValue(ItemType.TEXT_STRING, "v")),
    )

    def test_each_is_found_by_name_and_value_and_no_other(self, store: Store) -> None:
        for number, (key, value) in enumerate(self.VALUES):
            insert(store, managed(str(number), adding(key, value)))
        for number, (key, value) in enumerate(self.VALUES):
            assert locate(store, equal(key, value)) == [str(number)], (key, value)


class TestStructures:
    def test_all_fields_must_be_of_one_instance(self, store: Store) -> None:
        insert(
            store,
            managed("crossed", named("a", name_type=URI), named("b", name_type=TEXT)),
            managed("straight", named("b", name_type=URI), named("a", name_type=TEXT)),
        )
        assert locate(store, equal(Tag.NAME, Name(name_value="a", name_type=TEXT))) == ["straight"]
        assert locate(store, equal(Tag.NAME, Name(name_value="a", name_type=URI))) == ["crossed"]

    def test_fields_left_out_match_any(self, store: Store) -> None:
        insert(
            store,
            managed(
                "1",
                adding(Tag.LINK, Link(link_type=LinkType.PARENT_LINK, linked_object_identifier="p")),
                adding(Tag.LINK, Link(link_type=LinkType.CHILD_LINK, linked_object_identifier="c")),
            ),
        )
        to_c = Term("linked_object_identifier", "c")
        assert locate(store, Filter(Tag.LINK, Comparison.EQUAL, (to_c,))) == ["1"]
        parent = Term("link_type", int(LinkType.PARENT_LINK))
        assert locate(store, Filter(Tag.LINK, Comparison.EQUAL, (parent,))) == ["1"]
        assert locate(store, Filter(Tag.LINK, Comparison.EQUAL, (parent, to_c))) == []

    def test_an_object_with_the_value_twice_is_found_once(self, store: Store) -> None:
        insert(store, managed("1", adding(Tag.OBJECT_GROUP, "g", "g"), named("a", "a")))
        both = (equal(Tag.OBJECT_GROUP, "g"), equal(Tag.NAME, Name(name_value="a", name_type=TEXT)))
        for filters in (both, both[:1], both[1:]):
            with store.transaction() as tx:
                assert tx.locate(search(*filters, count=True)) == Found(["1"], 1)


class TestComparisons:
    @pytest.fixture
    def dated(self, store: Store) -> Store:
        for number in (5, 10, 15):
            insert(store, managed(str(number), protect_stop_date=number))
        insert(store, managed("none"))
        return store

    @pytest.mark.parametrize(
        ("low", "high", "found"), [(5, 15, "15 10 5"), (6, 14, "10"), (10, 10, "10"), (16, 99, ""), (-9, 5, "5")]
    )
    def test_between_includes_its_limits(self, dated: Store, low: int, high: int, found: str) -> None:
        between = Filter(Tag.PROTECT_STOP_DATE, Comparison.BETWEEN, (Term("", low), Term("", high)))
        assert locate(dated, between) == found.split()

    def test_a_single_date_must_be_the_same(self, dated: Store) -> None:
        assert locate(dated, equal(Tag.PROTECT_STOP_DATE, 10)) == ["10"]
        assert locate(dated, equal(Tag.PROTECT_STOP_DATE, 11)) == []

    def test_absent_means_no_such_attribute(self, dated: Store) -> None:
        assert locate(dated, Filter(Tag.PROTECT_STOP_DATE, Comparison.ABSENT)) == ["none"]
        assert len(locate(dated, Filter(Tag.DESTROY_DATE, Comparison.ABSENT))) == 4
        assert locate(dated, Filter(Tag.INITIAL_DATE, Comparison.ABSENT)) == []

    @pytest.mark.parametrize("date", ["protect_stop_date", "original_creation_date", "archive_date"])
    def test_a_date_that_never_comes_is_absent(self, store: Store, date: str) -> None:
        """In the row, in a column beside it, among the terms (2.1 §6.1.28: "equivalent to an undefined attribute")."""
        for number, value in enumerate((LARGEST_DATE, 5, None)):
            insert(store, managed(str(number), **{date: value}))
        assert locate(store, Filter(Tag[date.upper()], Comparison.ABSENT)) == ["2", "0"]

    def test_never_finds_nothing_whatever_else_is_asked(self, dated: Store) -> None:
        never = Filter(VendorName("", "Nmae"), Comparison.NEVER)
        assert locate(dated, never) == []
        with dated.transaction() as tx:
            assert tx.locate(search(equal(Tag.PROTECT_STOP_DATE, 10), never, count=True)) == Found([], 0)

    def test_every_bit_asked_for_must_be_set(self, store: Store) -> None:
        for mask in (0b0101, 0b0111, 0b1000, -(2**31)):
            insert(store, managed(str(mask), cryptographic_usage_mask=mask))
        insert(store, managed("none"))

        def with_bits(bits: int) -> list[str]:
            return locate(store, Filter(Tag.CRYPTOGRAPHIC_USAGE_MASK, Comparison.ALL_BITS, (Term("", bits),)))

        assert with_bits(0b0101) == ["7", "5"]
        assert with_bits(0b0010) == ["7"]
        assert with_bits(0b1001) == []
        assert with_bits(-(2**31)) == [str(-(2**31))]
        assert with_bits(0) == [str(-(2**31)), "8", "7", "5"]

    def test_usage_limits_match_what_is_as_large(self, store: Store) -> None:
        for total, left in ((100, 50), (100, 10), (20, 20)):
            limits = UsageLimits(
                usage_limits_total=total, usage_limits_count=left, usage_limits_unit=UsageLimitsUnit.BYTE
            )
            insert(store, managed(f"{total}/{left}", usage_limits=limits))

        def at_least(**wanted: int) -> list[str]:
            terms = tuple(Term(f"usage_limits_{name}", value) for name, value in wanted.items())
            return locate(store, Filter(Tag.USAGE_LIMITS, Comparison.AT_LEAST, terms))

        for unit, found in ((UsageLimitsUnit.BYTE, 3), (UsageLimitsUnit.OBJECT, 0)):
            terms = (Term("usage_limits_unit", int(unit)),)
            assert len(locate(store, Filter(Tag.USAGE_LIMITS, Comparison.EQUAL, terms))) == found
        assert at_least(total=100) == ["100/10", "100/50"]
        assert at_least(total=100, count=50) == ["100/50"]
        assert at_least(count=20) == ["20/20", "100/50"]
        assert at_least(total=101) == []

    def test_numbers_beyond_the_database_match_no_number_comparison(self, store: Store) -> None:
        insert(store, managed("1", cryptographic_usage_mask=12, protect_stop_date=5))
        huge = Term("", hex(2**70))
        assert locate(store, Filter(Tag.CRYPTOGRAPHIC_USAGE_MASK, Comparison.ALL_BITS, (huge,))) == []
        assert locate(store, Filter(Tag.USAGE_LIMITS, Comparison.AT_LEAST, (huge,))) == []

    def test_the_row_s_own_attributes_are_compared(self, store: Store) -> None:
        insert(store, managed("1"), managed("2", object_type=ObjectType.SECRET_DATA), managed("3", state=None))
        assert locate(store, equal(Tag.UNIQUE_IDENTIFIER, "2")) == ["2"]
        assert locate(store, equal(Tag.UNIQUE_IDENTIFIER, "4")) == []
        assert locate(store, equal(Tag.OBJECT_TYPE, ObjectType.SECRET_DATA)) == ["2"]
        assert locate(store, Filter(Tag.STATE, Comparison.ABSENT)) == ["3"]
        assert locate(store, Filter(Tag.UNIQUE_IDENTIFIER, Comparison.ABSENT)) == []

    def test_all_filters_must_match(self, store: Store) -> None:
        insert(
            store,
            managed("1", named("a"), cryptographic_length=128),
            managed("2", named("a"), cryptographic_length=256),
            managed("3", named("b"), cryptographic_length=256),
        )
        name, length = equal(Tag.NAME, Name(name_value="a", name_type=TEXT)), equal(Tag.CRYPTOGRAPHIC_LENGTH, 256)
        assert locate(store, name, length) == ["2"]
        assert locate(store, length, name) == ["2"]
        assert locate(store, name, name, length, equal(Tag.STATE, State.ACTIVE)) == ["2"]

    def test_too_long_a_search_is_refused_and_costs_nobody_else_his_work(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.insert(managed("1"))
            with pytest.raises(InvalidField):
                tx.locate(search(*[equal(Tag.CRYPTOGRAPHIC_LENGTH, number) for number in range(1000)]))
        assert locate(store, *[equal(Tag.CRYPTOGRAPHIC_LENGTH, number) for number in range(100)]) == []
        assert locate(store) == ["1"]


class TestState:
    DATES = (None, NOW - 10, NOW, NOW + 1)

    def test_the_state_is_that_of_the_moment_of_the_search(self, store: Store) -> None:
        grid = {
            f"{state}/{activation}/{deactivation}": (state, activation, deactivation)
            for state in (None, *State)
            for activation in self.DATES
            for deactivation in self.DATES
        }
        insert(
            store,
            *(
                managed(uid, state=state, activation_date=activation, deactivation_date=deactivation)
                for uid, (state, activation, deactivation) in grid.items()
            ),
        )
        for now in (NOW - 11, NOW - 1, NOW, NOW + 1):
            for wanted in State:
                expected = {uid for uid, facts in grid.items() if effective_state(*facts, now) is wanted}
                found = locate(store, equal(Tag.STATE, wanted), now=now, destroyed=True)
                assert set(found) == expected, (now, wanted)


class TestStorageStatus:
    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({}, "on-line stateless"),
            ({"archived": True}, "on-line stateless archived"),
            ({"destroyed": True}, "on-line stateless destroyed compromised"),
            ({"on_line": False}, ""),
            ({"on_line": False, "archived": True}, "archived"),
            ({"on_line": False, "destroyed": True}, "destroyed compromised"),
            ({"on_line": False, "archived": True, "destroyed": True}, "archived destroyed compromised both"),
            ({"archived": True, "destroyed": True}, "on-line stateless archived destroyed compromised both"),
        ],
    )
    def test_what_the_mask_leaves_out_is_never_found(self, store: Store, asked: dict[str, bool], found: str) -> None:
        insert(
            store,
            managed("on-line", state=State.COMPROMISED),
            managed("stateless", state=None),
            managed("archived", archived=True),
            managed("destroyed", state=State.DESTROYED),
            managed("compromised", state=State.DESTROYED_COMPROMISED),
            managed("both", state=State.DESTROYED, archived=True),
        )
        assert locate(store, oldest_first=True, **asked) == found.split()


class TestVisibility:
    def test_own_and_opened_objects_are_told_apart_by_policy_and_type(self, store: Store) -> None:
        for owner in (ALICE, BOB):
            for policy in ("default", "public"):
                for object_type in (ObjectType.SYMMETRIC_KEY, ObjectType.CERTIFICATE):
                    uid = f"{owner[3:]} {policy} {object_type.title}"
                    insert(
                        store,
                        managed(uid, named("n"), owner=owner, object_type=object_type, operation_policy_name=policy),
                    )
        name = equal(Tag.NAME, Name(name_value="n", name_type=TEXT))

        def seen(own: set[tuple[str, ObjectType]], others: set[tuple[str, ObjectType]]) -> set[str]:
            visibility = Visibility(ALICE, frozenset(own), frozenset(others))
            led = locate(store, name, visibility=visibility)
            assert led == locate(store, visibility=visibility)
            assert led == locate(store, equal(Tag.STATE, State.ACTIVE), visibility=visibility)
            return set(led)

        key, certificate = ("default", ObjectType.SYMMETRIC_KEY), ("public", ObjectType.CERTIFICATE)
        assert seen(set(), set()) == set()
        assert seen({key}, set()) == {"alice default Symmetric Key"}
        assert seen(set(), {certificate}) == {"alice public Certificate", "bob public Certificate"}
        assert seen({key}, {certificate}) == {
            "alice default Symmetric Key",
            "alice public Certificate",
            "bob public Certificate",
        }
        assert seen({("unknown", ObjectType.SYMMETRIC_KEY)}, set()) == set()

    def test_a_policy_name_is_a_value_and_no_sql(self, store: Store) -> None:
        insert(store, managed("1", operation_policy_name="a'b%s:c"), managed("2"))
        pair = ("a'b%s:c", ObjectType.SYMMETRIC_KEY)
        assert locate(store, visibility=Visibility(ALICE, frozenset({pair}), frozenset())) == ["1"]


class TestPages:
    @pytest.mark.parametrize("led", [False, True])
    @pytest.mark.parametrize("oldest_first", [False, True])
    def test_pages_follow_each_other_in_order_of_creation(self, store: Store, led: bool, oldest_first: bool) -> None:
        insert(store, *(managed(str(number), named("n")) for number in range(7)))
        filters = [equal(Tag.NAME, Name(name_value="n", name_type=TEXT))] if led else []
        order = [str(number) for number in range(7)]
        if not oldest_first:
            order.reverse()
        with store.transaction() as tx:
            for offset, maximum in ((0, None), (0, 3), (3, 3), (6, 3), (7, 3), (100, None), (0, 0), (2, None)):
                end = None if maximum is None else offset + maximum
                for count in (False, True):
                    asked = search(*filters, offset=offset, maximum=maximum, count=count, oldest_first=oldest_first)
                    assert tx.locate(asked) == Found(order[offset:end], 7 if count else None), asked


class TestGroups:
    def test_fresh_members_only(self, store: Store) -> None:
        insert(
            store,
            managed("fresh", adding(Tag.OBJECT_GROUP, "g"), fresh=True),
            managed("used", adding(Tag.OBJECT_GROUP, "g"), fresh=False),
            managed("unsaid", adding(Tag.OBJECT_GROUP, "g")),
            managed("fresh elsewhere", adding(Tag.OBJECT_GROUP, "h"), fresh=True),
            managed("alone", fresh=True),
        )
        fresh, default = ObjectGroupMember.GROUP_MEMBER_FRESH, ObjectGroupMember.GROUP_MEMBER_DEFAULT
        group = equal(Tag.OBJECT_GROUP, "g")
        assert locate(store, group, member=fresh) == ["fresh"]
        assert locate(store, group, member=default) == ["unsaid", "used", "fresh"]
        assert locate(store, member=fresh) == ["fresh elsewhere", "fresh"]

    def test_members_by_turn(self, store: Store) -> None:
        """Handed out longest ago or never first, of these the fresh ones, then the oldest; one group or all."""
        group = adding(Tag.OBJECT_GROUP, "g")
        insert(
            store,
            managed("late", group, fresh=False).with_turn(9),
            managed("used", group, fresh=False),
            managed("early", group, adding(Tag.OBJECT_GROUP, "g2"), fresh=False).with_turn(5),
            managed("fresh", group, fresh=True),
            managed("fresh too", group, fresh=True).with_turn(0),
            managed("elsewhere", adding(Tag.OBJECT_GROUP, "h"), fresh=True),
        )
        order = ["fresh", "fresh too", "used", "early", "late"]
        default = ObjectGroupMember.GROUP_MEMBER_DEFAULT
        sought = equal(Tag.OBJECT_GROUP, "g")
        for most in (1, 3, None):
            found = locate(store, sought, member=default, by_turn=True, maximum=most)
            assert found == order[:most]
        assert locate(store, member=default, by_turn=True, maximum=3) == ["fresh", "fresh too", "elsewhere"]
        algorithm = equal(Tag.OBJECT_TYPE, ObjectType.SYMMETRIC_KEY)
        assert locate(store, sought, algorithm, member=default, by_turn=True)[-1] == "late"
        with store.transaction() as tx:
            read = tx.load("late")
            assert read is not None and read.head.turn == 9
            assert tx.replace(read.with_attributes(read.attributes.copy()).with_turn(12))
        with store.transaction() as tx:
            read = tx.load("late")
            assert read is not None and read.head.turn == 12
