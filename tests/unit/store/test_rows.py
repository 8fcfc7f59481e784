from __future__ import annotations

from types import SimpleNamespace

import pytest

from kmip_server.domain.objects import Head
from kmip_server.domain.search import Term
from kmip_server.ports import AuditRow
from kmip_server.spec.attribute_values import AnyValue, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    HashingAlgorithm,
    KeyFormatType,
    NameType,
    RngAlgorithm,
    State,
)
from kmip_server.spec.structures.attributes import CertificateSubject, Digest, Name
from kmip_server.spec.structures.parameters import RngParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.store.rows import (
    BYTE_COLUMNS,
    FIELD_COLUMNS,
    FIRST_IN_ROW,
    IN_COLUMNS,
    LOADED,
    OBJECT_COLUMNS,
    PLAIN,
    TermRow,
    attribute_key,
    audit_row_of,
    audit_values,
    column_values,
    object_of,
    object_row,
    storable,
    term_rows,
    term_value,
)
from kmip_server.store.tables import OBJECTS
from tests.store_kit import CODEC, adding, managed


def test_the_columns_are_those_of_the_table_and_hold_the_whole_head() -> None:
    assert {*OBJECT_COLUMNS, *FIELD_COLUMNS.values()} == set(OBJECTS.c.keys()) - {"id"}
    start = OBJECT_COLUMNS.index("state")
    assert tuple(OBJECT_COLUMNS[start : start + len(Head._fields)]) == Head._fields


def test_attributes_with_a_column_are_sought_by_one_value_and_have_no_terms() -> None:
    for place, (key, field) in enumerate(FIELD_COLUMNS):
        assert not isinstance(key, VendorName)
        assert not ATTRIBUTES[key].many or key in FIRST_IN_ROW
        value: int | bytes = b"v" if (key, field) in BYTE_COLUMNS else 1
        attributes = managed("1", adding(key, value if field == PLAIN else SimpleNamespace(**NONE | {field: value})))
        assert column_values(attributes.attributes)[place] == value
        named = {(row.attribute, row.field) for row in term_rows(managed("2", *FILLED).attributes)}
        assert (attribute_key(key), field) not in named


NONE = dict.fromkeys((field for _, field in FIELD_COLUMNS if field != PLAIN), None)
DIGEST = Digest(hashing_algorithm=HashingAlgorithm.SHA_256, digest_value=b"d", key_format_type=KeyFormatType.RAW)
OTHER = Digest(hashing_algorithm=HashingAlgorithm.SHA_512, digest_value=b"e")
NAME = Name(name_value="n", name_type=NameType.UNINTERPRETED_TEXT_STRING)
RNG = RngParameters(rng_algorithm=RngAlgorithm.DRBG, cryptographic_length=256)
FILLED = (
    adding(Tag.DIGEST, DIGEST),
    adding(Tag.RANDOM_NUMBER_GENERATOR, RNG),
    adding(Tag.SHORT_UNIQUE_IDENTIFIER, b"s"),
)


def test_what_a_structure_has_beside_its_columns_is_a_term() -> None:
    rows = term_rows(managed("1", *FILLED).attributes)
    key = attribute_key(Tag.RANDOM_NUMBER_GENERATOR)
    assert [row for row in rows if row.attribute == key] == [TermRow(key, 0, "cryptographic_length", 0, 256, None)]


def test_what_comes_after_the_first_is_among_the_terms() -> None:
    rows = term_rows(managed("1", adding(Tag.DIGEST, DIGEST, OTHER)).attributes)
    key = attribute_key(Tag.DIGEST)
    assert rows == [
        TermRow(key, 1, "hashing_algorithm", 0, int(HashingAlgorithm.SHA_512), None),
        TermRow(key, 1, "digest_value", 0, None, "0x65"),
    ]


def test_a_row_holds_plain_values_and_reads_back() -> None:
    item = managed("1", cryptographic_algorithm=CryptographicAlgorithm.AES, cryptographic_usage_mask=3)
    row = object_row(item)
    assert {type(value) for value in row} <= {str, int, bool, bytes, type(None)}
    row.append(CODEC.pack(item.attributes, IN_COLUMNS))
    assert len(row) == len(OBJECT_COLUMNS)
    row += column_values(item.attributes)
    assert len(row) == len(LOADED)
    read = object_of(row, CODEC.unpack)
    assert (read.head, read.attributes, read.body) == (item.head, item.attributes, item.body)
    assert type(read.head.state) is State


def test_what_was_packed_before_it_had_a_column_is_read_as_it_was() -> None:
    item = managed("1", adding(Tag.DIGEST, DIGEST, DIGEST), cryptographic_length=128)
    row = [*object_row(item), CODEC.pack(item.attributes), *column_values(item.attributes)]
    assert object_of(row, CODEC.unpack).attributes == item.attributes


def test_attributes_told_by_columns_are_not_packed_again() -> None:
    attributes = managed("1", adding(Tag.NAME, NAME), *FILLED[1:], cryptographic_length=128).attributes
    assert not IN_COLUMNS & set(CODEC.unpack(CODEC.pack(attributes, IN_COLUMNS)))
    two = managed("1", adding(Tag.DIGEST, DIGEST, OTHER)).attributes
    row = [*object_row(managed("1")), CODEC.pack(two, IN_COLUMNS), *column_values(two)]
    assert object_of(row, CODEC.unpack).attributes.all(Tag.DIGEST) == [DIGEST, OTHER]
    assert CODEC.unpack(CODEC.pack(two, IN_COLUMNS)).all(Tag.DIGEST) == [DIGEST, OTHER]


class TestTerms:
    def test_a_structure_gives_a_row_for_each_field_and_place(self) -> None:
        subject = CertificateSubject(
            certificate_subject_distinguished_name="CN=x", certificate_subject_alternative_name=["a", "b"]
        )
        rows = [row for row in term_rows(managed("1", adding(Tag.CERTIFICATE_SUBJECT, subject)).attributes)]
        key = attribute_key(Tag.CERTIFICATE_SUBJECT)
        alternative = "certificate_subject_alternative_name"
        assert [row for row in rows if row.attribute == key] == [
            TermRow(key, 0, "certificate_subject_distinguished_name", 0, None, "CN=x"),
            TermRow(key, 0, alternative, 0, None, "a"),
            TermRow(key, 0, alternative, 1, None, "b"),
        ]

    def test_instances_keep_their_index(self) -> None:
        item = managed("1", adding(Tag.OBJECT_GROUP, "a", "b"))
        item.attributes.remove(Tag.OBJECT_GROUP, 0)
        rows = [row for row in term_rows(item.attributes) if row.attribute == attribute_key(Tag.OBJECT_GROUP)]
        assert [(row.instance, row.text) for row in rows] == [(1, "b")]

    def test_no_two_rows_have_one_place(self) -> None:
        digest = Digest(hashing_algorithm=HashingAlgorithm.SHA_256, digest_value=b"d")
        value = AnyValue(ItemType.TEXT_STRING, "v")
        item = managed("1", adding(Tag.DIGEST, digest, digest), adding(VendorName("x", "a"), value, value))
        places = [row[:4] for row in term_rows(item.attributes)]
        assert len(places) == len(set(places))

    def test_what_is_sought_is_compared_as_it_was_stored(self) -> None:
        for value in ("plain", "nul\0", "\ud800", "ü"):
            item = managed("1", adding(VendorName("x", "a"), AnyValue(ItemType.TEXT_STRING, value)))
            stored = next(row.text for row in term_rows(item.attributes) if row.attribute == "x:a")
            assert stored == term_value(Term("", value))
            assert stored is not None
            assert storable(stored)


class TestAttributeKeys:
    def test_no_two_names_share_a_key(self) -> None:
        names = [
            VendorName("a", "b:c"),
            VendorName("a:b", "c"),
            VendorName("a%3Ab", "c"),
            VendorName("a", "b%3Ac"),
            VendorName("x", "n" * 200),
            VendorName("x", "n" * 201),
            VendorName("x", "n\0"),
            VendorName("420053", ""),
            VendorName("", "420053"),
        ]
        keys = [attribute_key(name) for name in (*names, Tag.NAME)]
        assert len(set(keys)) == len(keys)
        assert all(len(key) <= 128 and storable(key) for key in keys)

    def test_the_standard_s_are_their_tags(self) -> None:
        assert attribute_key(Tag.NAME) == "420053"


@pytest.mark.parametrize(("text", "fits"), [("", True), ("ü🔑", True), ("a\0", False), ("\ud800", False)])
def test_what_every_database_can_hold(text: str, fits: bool) -> None:
    assert storable(text) is fits


class TestAuditRows:
    def test_every_text_survives(self) -> None:
        row = AuditRow(1, 2, ("", '"', "nul\0", "\ud800", "ü🔑", "\n"), b"p", b"h")
        values = audit_values(row)
        assert storable(values[2])
        assert audit_row_of(*values) == row

    @pytest.mark.parametrize("spoilt", ["", "{", "1", '[1,"a"]', '{"a":1}'])
    def test_spoilt_texts_still_give_a_row(self, spoilt: str) -> None:
        read = audit_row_of(1, 2, spoilt, b"p", b"h")
        assert all(isinstance(field, str) for field in read.fields)
        assert audit_values(read)[2] != spoilt
