from __future__ import annotations

import pytest

from kmip_server.domain.objects import Head
from kmip_server.domain.search import Term
from kmip_server.ports import AuditRow
from kmip_server.spec.attribute_values import AnyValue, VendorName
from kmip_server.spec.attributes import ATTRIBUTES
from kmip_server.spec.enums import CryptographicAlgorithm, HashingAlgorithm, State
from kmip_server.spec.structures.attributes import CertificateSubject, Digest
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.store.rows import (
    ATTRIBUTE_COLUMNS,
    OBJECT_COLUMNS,
    TermRow,
    attribute_columns,
    attribute_key,
    audit_row_of,
    audit_values,
    object_of,
    object_row,
    storable,
    term_rows,
    term_value,
)
from kmip_server.store.tables import OBJECTS
from tests.store_kit import CODEC, adding, managed


def test_the_columns_are_those_of_the_table_and_hold_the_whole_head() -> None:
    assert {*OBJECT_COLUMNS, *ATTRIBUTE_COLUMNS.values()} == set(OBJECTS.c.keys()) - {"id"}
    start = OBJECT_COLUMNS.index("state")
    assert tuple(OBJECT_COLUMNS[start : start + len(Head._fields)]) == Head._fields


def test_attributes_with_a_column_have_one_number_and_no_terms() -> None:
    assert not any(ATTRIBUTES[tag].many for tag in ATTRIBUTE_COLUMNS)
    for place, tag in enumerate(ATTRIBUTE_COLUMNS):
        attributes = managed("1", adding(tag, 1)).attributes
        assert attribute_columns(attributes)[place] == 1
        assert attribute_key(tag) not in {row.attribute for row in term_rows(attributes)}


def test_a_row_holds_plain_values_and_reads_back() -> None:
    item = managed("1", cryptographic_algorithm=CryptographicAlgorithm.AES, cryptographic_usage_mask=3)
    row = object_row(item)
    assert {type(value) for value in row} <= {str, int, bool, bytes, type(None)}
    row.append(CODEC.pack(item.attributes))
    assert len(row) == len(OBJECT_COLUMNS)
    read = object_of(row, CODEC.unpack)
    assert (read.head, read.attributes, read.body) == (item.head, item.attributes, item.body)
    assert type(read.head.state) is State


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
