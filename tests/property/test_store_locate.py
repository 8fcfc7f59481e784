"""Whatever objects there are and whatever is asked: the databases find what the plain model in memory finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import Comparison, Filter, Search, Term, Visibility, terms_of
from kmip_server.ports import Store
from kmip_server.spec.attribute_values import AnyValue, AttributeKey, VendorName
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    NameType,
    ObjectGroupMember,
    ObjectType,
    State,
    UsageLimitsUnit,
)
from kmip_server.spec.structures.attributes import CertificateSubject, Name, UsageLimits
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.store.memory import MemoryStore
from tests.store_kit import ALICE, BOB, DATABASES, NOW, managed, open_backend

TYPES = (ObjectType.SYMMETRIC_KEY, ObjectType.CERTIFICATE)
few = st.integers(-1, 3)
moments = st.integers(NOW - 2, NOW + 2)
letters = st.sampled_from(["a", "b", "", "ü", "%", "nul\0"])
VALUES: dict[AttributeKey, st.SearchStrategy[Any]] = {
    Tag.NAME: st.builds(Name, name_value=letters, name_type=st.sampled_from(NameType)),
    Tag.OBJECT_GROUP: letters,
    Tag.CRYPTOGRAPHIC_LENGTH: few,
    Tag.CRYPTOGRAPHIC_ALGORITHM: st.sampled_from([CryptographicAlgorithm.AES, CryptographicAlgorithm.RSA]),
    Tag.CRYPTOGRAPHIC_USAGE_MASK: st.integers(0, 7),
    Tag.ACTIVATION_DATE: moments,
    Tag.DEACTIVATION_DATE: moments,
    Tag.PROTECT_STOP_DATE: moments,
    Tag.FRESH: st.booleans(),
    Tag.USAGE_LIMITS: st.builds(
        UsageLimits,
        usage_limits_total=few,
        usage_limits_count=st.none() | few,
        usage_limits_unit=st.just(UsageLimitsUnit.BYTE),
    ),
    Tag.CERTIFICATE_SUBJECT: st.builds(
        CertificateSubject,
        certificate_subject_distinguished_name=letters,
        certificate_subject_alternative_name=st.lists(letters, max_size=3),
    ),
    VendorName("x", "v"): st.builds(AnyValue, st.just(ItemType.INTEGER), few)
    | st.builds(AnyValue, st.just(ItemType.TEXT_STRING), letters)
    | st.builds(AnyValue, st.just(ItemType.BIG_INTEGER), st.just(2**70)),
}
MANY = (Tag.NAME, Tag.OBJECT_GROUP, VendorName("x", "v"))
ROW_S_OWN = {
    Tag.STATE: st.sampled_from(State),
    Tag.OBJECT_TYPE: st.sampled_from(TYPES),
    Tag.UNIQUE_IDENTIFIER: st.sampled_from(["0", "1", "x"]),
}


@st.composite
def object_lists(draw: st.DrawFn) -> list[ManagedObject]:
    made: list[ManagedObject] = []
    for number in range(draw(st.integers(0, 6))):

        def fill(attributes: AttributeMap) -> None:
            for key in draw(st.lists(st.sampled_from(list(VALUES)), unique=True, max_size=7)):
                if key in MANY:
                    for value in draw(st.lists(VALUES[key], min_size=1, max_size=3)):
                        attributes.add(key, value)
                else:
                    attributes.put(key, draw(VALUES[key]))

        made.append(
            managed(
                str(number),
                fill,
                object_type=draw(st.sampled_from(TYPES)),
                owner=draw(st.sampled_from([ALICE, ALICE, BOB])),
                state=draw(st.none() | st.sampled_from(State)),
                archived=draw(st.sampled_from([False, False, True])),
                operation_policy_name=draw(st.sampled_from([None, None, "public"])),
            )
        )
    return made


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    key = draw(st.sampled_from([*VALUES, *ROW_S_OWN]))
    value = draw({**VALUES, **ROW_S_OWN}[key])
    # What the row itself tells is compared in two ways only; Locate asks in no other.
    ways = [Comparison.EQUAL, Comparison.ABSENT] if key in ROW_S_OWN else [Comparison.EQUAL] * 4 + list(Comparison)
    comparison = draw(st.sampled_from(ways))
    terms = terms_of(value)
    if comparison is Comparison.BETWEEN:
        terms = (Term("", draw(moments)), Term("", draw(moments)))
    elif comparison is Comparison.ABSENT:
        terms = ()
    elif len(terms) > 1:
        terms = tuple(draw(st.lists(st.sampled_from(terms), min_size=1, max_size=4)))
    return Filter(key, comparison, terms)


pairs = st.frozensets(st.tuples(st.sampled_from(["default", "public"]), st.sampled_from(TYPES)), max_size=4)
searches = st.builds(
    Search,
    visibility=st.builds(Visibility, st.just(ALICE), pairs.map(lambda own: own | {("default", TYPES[0])}), pairs),
    now=moments,
    filters=st.lists(filters(), max_size=3).map(tuple),
    offset=st.integers(0, 2),
    maximum=st.none() | st.integers(0, 4),
    on_line=st.sampled_from([True, True, True, False]),
    archived=st.booleans(),
    destroyed=st.booleans(),
    member=st.sampled_from([None, None, None, *ObjectGroupMember]),
    oldest_first=st.booleans(),
    count=st.booleans(),
)


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("locate")
    with open_backend(request.param, folder) as opened:
        yield opened.open()


class Undo(Exception):
    """Leaves a transaction without a trace."""


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(objects=object_lists(), asked=st.lists(searches, min_size=1, max_size=8))
def test_the_databases_find_what_the_model_finds(
    database: Store, objects: list[ManagedObject], asked: list[Search]
) -> None:
    model = MemoryStore()
    with pytest.raises(Undo), model.transaction() as plain, database.transaction() as tx:
        for each in objects:
            plain.insert(each)
            tx.insert(each)
        for search in asked:
            assert tx.locate(search) == plain.locate(search), search
        raise Undo


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(objects=object_lists(), changes=object_lists(), asked=st.lists(searches, min_size=1, max_size=4))
def test_they_still_do_after_changes(
    database: Store, objects: list[ManagedObject], changes: list[ManagedObject], asked: list[Search]
) -> None:
    model = MemoryStore()
    with pytest.raises(Undo), model.transaction() as plain, database.transaction() as tx:
        for each in objects:
            plain.insert(each)
            tx.insert(each)
        for change in changes:
            # Every property of the change but the type: an object keeps it for life.
            before = plain.load(change.unique_identifier)
            if before is not None and before.object_type is change.object_type:
                assert plain.replace(change)
                assert tx.replace(change)
        for search in asked:
            assert tx.locate(search) == plain.locate(search), search
        raise Undo
