"""Names of tags and values in XML and JSON: every row is found by its name, and strangers have none."""

from __future__ import annotations

from kmip_server.spec.enums import DataCode, ItemType, UniqueIdentifierCode
from kmip_server.spec.tags import Tag
from kmip_server.wire import value_names


def test_every_tag_is_found_by_its_name() -> None:
    assert all(value_names.tag_of(value_names.tag_name(tag)) == tag for tag in Tag)


def test_every_value_is_found_by_the_name_that_is_written_for_it() -> None:
    for tag, enumeration in value_names._enumerations().items():
        for member in enumeration:
            name = value_names.name_of(tag, int(member))
            assert name is not None
            assert value_names.code_of(tag, name) == member


def test_every_enumeration_of_the_standard_has_a_tag() -> None:
    assert {DataCode, ItemType, UniqueIdentifierCode} <= set(value_names._enumerations().values())


def test_an_unknown_tag_has_no_names() -> None:
    assert value_names.tag_name(0x540001) == "0x540001"
    assert not value_names.known_tag(0x540001)
    assert value_names.code_of(0x540001, "Active") is None
    assert value_names.name_of(0x540001, 1) is None
    assert not value_names.is_mask(0x540001)


def test_masks_are_known() -> None:
    masks = {tag for tag in value_names._enumerations() if value_names.is_mask(tag)}
    assert masks >= {Tag.CRYPTOGRAPHIC_USAGE_MASK, Tag.STORAGE_STATUS_MASK, Tag.PROTECTION_STORAGE_MASK}


def test_both_spellings_of_a_name_are_read() -> None:
    assert value_names.code_of(Tag.MASK_GENERATOR, "MGF1") == value_names.code_of(Tag.MASK_GENERATOR, "MFG1") == 1
    assert value_names.code_of(Tag.CRYPTOGRAPHIC_USAGE_MASK, "ContentCommitment") == 0x400
