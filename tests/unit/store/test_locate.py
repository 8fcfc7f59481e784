"""The shape of the SQL: which index leads, what a client cannot make the server pay for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import Comparison, Filter, Search, Term, Visibility
from kmip_server.spec.attribute_values import AnyValue, VendorName
from kmip_server.spec.enums import HashingAlgorithm, NameType, State
from kmip_server.spec.structures.attributes import Digest, Name
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.store import locate as locate_room
from kmip_server.store.database import Database
from kmip_server.store.locate import Locator
from tests.store_kit import ALICE, EVERY_TYPE, EVERYBODYS, adding, equal, insert, managed, named, open_backend, search

BY_NAME = equal(Tag.NAME, Name(name_value="n", name_type=NameType.UNINTERPRETED_TEXT_STRING))
BY_LENGTH = equal(Tag.CRYPTOGRAPHIC_LENGTH, 256)
DIGEST = Digest(hashing_algorithm=HashingAlgorithm.SHA_256, digest_value=bytes(32))
BY_GROUP = equal(Tag.OBJECT_GROUP, "g")


@pytest.fixture(scope="module", params=["empty", "filled, with statistics"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with open_backend("sqlite", tmp_path_factory.mktemp("plans")) as opened:
        database = Database(opened.url)
        if request.param != "empty":
            insert(opened.open(), *(several(300)))
            connection = database.connect()
            connection.execute("ANALYZE")
            connection.close()
        yield database


def several(count: int) -> list[ManagedObject]:
    return [
        managed(
            str(number),
            named(f"n{number}"),
            adding(Tag.OBJECT_GROUP, "g"),
            adding(Tag.SHORT_UNIQUE_IDENTIFIER, sha256(b"%d" % number).digest()),
            adding(Tag.DIGEST, replace(DIGEST, digest_value=sha256(b"key %d" % number).digest())),
            cryptographic_length=256,
        )
        for number in range(count)
    ]


def plan(database: Database, asked: Search) -> list[str]:
    located = Locator(database).statement(asked)
    assert located is not None
    connection: Any = database.connect()
    try:
        return [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + located[0], located[1])]
    finally:
        connection.close()


@pytest.mark.parametrize("visibility", [None, EVERYBODYS, Visibility(ALICE, EVERY_TYPE, EVERY_TYPE)])
@pytest.mark.parametrize("also", [(), (BY_LENGTH,), (BY_GROUP, BY_LENGTH), (equal(Tag.STATE, State.ACTIVE),)])
@pytest.mark.parametrize("count", [False, True])
def test_a_name_leads_to_its_objects_without_sorting(
    database: Database, visibility: Visibility | None, also: tuple[Filter, ...], count: bool
) -> None:
    more = {} if visibility is None else {"visibility": visibility}
    steps = plan(database, search(*also, BY_NAME, count=count, **more))
    assert not any(step.startswith(("SCAN d", "SCAN o", "SCAN terms")) for step in steps)
    first = next(step for step in steps if step.startswith("SEARCH"))
    assert first == "SEARCH d USING COVERING INDEX terms_by_text (attribute=? AND field=? AND text=?)"
    assert "SEARCH o USING INTEGER PRIMARY KEY (rowid=?)" in steps
    if not count:
        assert not any("TEMP B-TREE" in step for step in steps)


def test_the_more_telling_text_leads(database: Database) -> None:
    located = Locator(database).statement(search(BY_GROUP, equal(Tag.OPERATION_POLICY_NAME, "p"), BY_NAME))
    assert located is not None
    # The conditions of the leading index entries are the first in the statement.
    assert located[1][:3] == ("420053", "name_value", "n")


def test_without_a_text_the_owner_s_objects_are_walked_newest_first(database: Database) -> None:
    steps = plan(database, search(BY_LENGTH))
    assert steps[0] == "SEARCH o USING INDEX objects_by_owner (owner=?)"
    assert not any("TEMP B-TREE" in step for step in steps)


@pytest.mark.parametrize(
    "asked",
    [
        equal(Tag.CERTIFICATE_LENGTH, 128),
        Filter(Tag.ARCHIVE_DATE, Comparison.BETWEEN, (Term("", 1), Term("", 2))),
        Filter(Tag.ARCHIVE_DATE, Comparison.ABSENT),
        Filter(Tag.CERTIFICATE_LENGTH, Comparison.ALL_BITS, (Term("", 1),)),
        Filter(Tag.USAGE_LIMITS, Comparison.AT_LEAST, (Term("usage_limits_total", 1), Term("usage_limits_count", 1))),
        Filter(Tag.USAGE_LIMITS, Comparison.EQUAL, (Term("usage_limits_total", 1), Term("usage_limits_count", 1))),
    ],
    ids=lambda asked: f"{asked.comparison.name}-{len(asked.terms)}",
)
def test_each_condition_is_a_probe_that_knows_the_object(database: Database, asked: Filter) -> None:
    probes = [step for step in plan(database, search(asked, visibility=EVERYBODYS)) if " terms" in step]
    assert probes
    assert all("object=?" in probe for probe in probes), probes
    assert not any("number>" in probe for probe in probes), probes


def test_a_unique_identifier_leads(database: Database) -> None:
    steps = plan(database, search(equal(Tag.UNIQUE_IDENTIFIER, "1"), BY_LENGTH))
    assert steps[0].startswith("SEARCH o USING INDEX") and "unique_identifier=?" in steps[0]


@pytest.mark.parametrize("visibility", [None, EVERYBODYS])
@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (equal(Tag.SHORT_UNIQUE_IDENTIFIER, b"s" * 32), ["o USING INDEX objects_by_short_unique_identifier"]),
        (
            equal(Tag.DIGEST, DIGEST),
            [
                "o USING INTEGER PRIMARY KEY",
                "objects_1 USING INDEX objects_by_digest_value",
                "terms_1 USING COVERING INDEX terms_by_text",
            ],
        ),
    ],
    ids=["Short Unique Identifier", "Digest"],
)
def test_a_random_value_leads_shelf_by_shelf(
    database: Database, visibility: Visibility | None, asked: Filter, index: list[str]
) -> None:
    more = {} if visibility is None else {"visibility": visibility}
    steps = plan(database, search(asked, BY_LENGTH, **more))
    assert steps[0].startswith(f"SEARCH {index[0]} (")
    for each in index:
        assert any(step.startswith(f"SEARCH {each} (") for step in steps), each
    assert not any(step.startswith(("SCAN o", "SCAN terms")) for step in steps)


def test_postgresql_finds_a_name_by_the_same_index(tmp_path: Path) -> None:
    with open_backend("postgres", tmp_path) as opened:
        insert(opened.open(), *several(2000))
        database = Database(opened.url)
        located = Locator(database).statement(search(BY_NAME, BY_LENGTH))
        assert located is not None
        connection = database.connect()
        connection.execute("ANALYZE")
        steps = "\n".join(row[0] for row in connection.execute("EXPLAIN " + located[0], located[1]))
        connection.close()
    assert "terms_by_text" in steps
    assert "Seq Scan" not in steps


class TestShapes:
    def test_values_are_parameters(self, database: Database) -> None:
        locator = Locator(database)
        texts = set()
        for number, text in enumerate(["a", "'; DROP TABLE objects; --", "%s ? :x"]):
            located = locator.statement(search(equal(Tag.OBJECT_GROUP, text), now=number, offset=number, maximum=1))
            assert located is not None
            assert text in located[1]
            texts.add(located[0])
        assert len(texts) == 1
        assert "DROP" not in texts.pop()

    def test_names_that_clients_make_up_share_a_statement(self, database: Database) -> None:
        locator = Locator(database)
        for number in range(50):
            value = AnyValue(ItemType.TEXT_STRING, str(number))
            assert locator.statement(search(equal(VendorName("x", str(number)), value))) is not None
        assert len(locator._kept) == 1

    def test_the_statements_kept_are_bounded(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(locate_room, "_SHAPES_KEPT", 3)
        locator = Locator(database)
        for number in range(6):
            locator.statement(search(*[BY_LENGTH] * number))
        assert len(locator._kept) == 3

    def test_nothing_visible_asks_the_database_nothing(self, database: Database) -> None:
        assert Locator(database).statement(search(visibility=Visibility(ALICE, frozenset(), frozenset()))) is None
