"""The attribute table: what the rest of the house reads from it."""

from __future__ import annotations

import pytest

from kmip_server.spec.attribute_rules import SetBy
from kmip_server.spec.attribute_values import VendorName
from kmip_server.spec.attributes import ATTRIBUTES, UNTIL_4, UNTIL_6, VENDOR_ATTRIBUTE, by_name, row_of
from kmip_server.spec.enums import ObjectType, State
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_1, V1_3, V1_4, V2_0, V2_1, V3_0, VERSIONS, Version


def test_a_row_stands_under_its_own_tag_once() -> None:
    assert all(row.tag is tag for tag, row in ATTRIBUTES.items())
    assert len({row.name for row in ATTRIBUTES.values()}) == len(ATTRIBUTES)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_every_attribute_has_a_tag_that_its_version_defines(version: Version) -> None:
    late = {row.name for row in ATTRIBUTES.values() if row.in_version(version) and not row.tag.in_version(version)}
    # 1.4 §3.48 defines the attribute, which 1.x sends by name; its tag came with 2.0.
    assert late == ({"Sensitive"} if version == V1_4 else set())


def test_names_of_1x_are_found_letter_for_letter() -> None:
    row = by_name("X.509 Certificate Subject")
    assert row is not None and row.tag is Tag.X_509_CERTIFICATE_SUBJECT
    assert by_name("x.509 certificate subject") is None
    assert by_name("State ") is None
    assert by_name("x-ID") is None
    assert by_name("Custom Attribute") is None
    assert by_name("Short Unique Identifier") is None  # since 2.0, where attributes have no names


def test_keys_of_messages_find_their_row() -> None:
    assert row_of(Tag.STATE) is ATTRIBUTES[Tag.STATE]
    assert row_of(VendorName("x", "ID")) is VENDOR_ATTRIBUTE
    assert row_of(Tag.BATCH_ITEM) is None


def test_ranges_of_versions() -> None:
    assert not ATTRIBUTES[Tag.FRESH].in_version(V1_0)
    assert ATTRIBUTES[Tag.FRESH].in_version(V1_1)
    assert ATTRIBUTES[Tag.OPERATION_POLICY_NAME].in_version(V1_4)
    assert not ATTRIBUTES[Tag.OPERATION_POLICY_NAME].in_version(V2_0)
    assert ATTRIBUTES[Tag.LINK].in_version(V2_1) and not ATTRIBUTES[Tag.LINK].in_version(V3_0)
    assert ATTRIBUTES[Tag.NEXT_LINK].in_version(V3_0) and not ATTRIBUTES[Tag.NEXT_LINK].in_version(V2_1)
    assert not ATTRIBUTES[Tag.SENSITIVE].in_version(V1_3) and ATTRIBUTES[Tag.SENSITIVE].in_version(V1_4)


def test_name_became_text_in_3() -> None:
    assert ATTRIBUTES[Tag.NAME].kind_in(V2_1) is Name
    assert ATTRIBUTES[Tag.NAME].kind_in(V3_0) is ItemType.TEXT_STRING


def test_object_types_widened_with_2() -> None:
    usage_mask = ATTRIBUTES[Tag.CRYPTOGRAPHIC_USAGE_MASK]
    assert not usage_mask.applies_to(ObjectType.OPAQUE_OBJECT, V1_4)
    assert usage_mask.applies_to(ObjectType.OPAQUE_OBJECT, V2_0)
    assert ATTRIBUTES[Tag.CERTIFICATE_TYPE].applies_to(ObjectType.CERTIFICATE, V1_0)
    assert not ATTRIBUTES[Tag.CERTIFICATE_TYPE].applies_to(ObjectType.SYMMETRIC_KEY, V2_1)


def test_what_always_has_a_value() -> None:
    algorithm, fresh = ATTRIBUTES[Tag.CRYPTOGRAPHIC_ALGORITHM], ATTRIBUTES[Tag.FRESH]
    assert algorithm.always_in(ObjectType.SYMMETRIC_KEY, V1_0)
    assert not algorithm.always_in(ObjectType.SECRET_DATA, V2_1)
    assert not algorithm.always_in(ObjectType.OPAQUE_OBJECT, V2_1)
    assert not fresh.always_in(ObjectType.SYMMETRIC_KEY, V1_4)
    assert fresh.always_in(ObjectType.SYMMETRIC_KEY, V2_0)
    assert not ATTRIBUTES[Tag.NAME].always_in(ObjectType.SYMMETRIC_KEY, V2_1)


def test_who_may_do_what() -> None:
    state, name = ATTRIBUTES[Tag.STATE], ATTRIBUTES[Tag.NAME]
    assert not state.client_may_set and not state.client_may_modify.ever and not state.client_may_delete.ever
    assert state.server_may_modify.ever
    assert name.set_by is SetBy.CLIENT and name.client_may_set and name.client_may_delete.ever and name.many
    assert ATTRIBUTES[Tag.UNIQUE_IDENTIFIER].server_may_modify.ever is False


def test_dates_may_change_until_their_transition() -> None:
    assert ATTRIBUTES[Tag.ACTIVATION_DATE].client_may_modify is UNTIL_4
    assert UNTIL_4.while_in == frozenset({State.PRE_ACTIVE})
    assert ATTRIBUTES[Tag.DEACTIVATION_DATE].client_may_modify is UNTIL_6
    assert UNTIL_6.while_in == frozenset({State.PRE_ACTIVE, State.ACTIVE})
    protect_stop = ATTRIBUTES[Tag.PROTECT_STOP_DATE].client_may_modify
    assert protect_stop.before_own_date and protect_stop.while_in == UNTIL_6.while_in
    assert ATTRIBUTES[Tag.USAGE_LIMITS].client_may_delete.before_allocation
