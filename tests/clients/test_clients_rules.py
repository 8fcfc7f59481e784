"""What real clients want of a server, rule by rule: one test a rule, by its number.

From 18 on they stand in ``test_later_rules.py``.

Rules 1 to 5 are about TLS and are proved by real handshakes:

1. ``tests/e2e/test_transport_handshake.py``: a client with a certificate is served (1.2 and 1.3), extended key
   usage, a self-signed client listed by itself;
2. the same file: static RSA only by opt-in;
3. the same file: resumption with a client certificate, and in ``test_transport_workers.py`` by any worker;
4. ``tests/unit/test_pki.py``: names and addresses in the server's certificate;
5. ``tests/e2e/test_transport_connections.py``: one byte at a time, pipelined messages, abrupt close, silent callers.
"""

from __future__ import annotations

import pytest

from kmip_server.spec.attribute_values import AnyValue, AttributeItem, VendorName
from kmip_server.spec.enums import (
    BatchErrorContinuationOption,
    CredentialType,
    ObjectType,
    Operation,
    QueryFunction,
    ResultReason,
    State,
)
from kmip_server.spec.structures.credentials import Authentication, Credential, UsernameAndPassword
from kmip_server.spec.structures.query import ProtocolVersion
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_4, V2_0, VERSIONS, Version
from kmip_server.wire import ttlv
from tests.flows import strict
from tests.flows.client import CBC, Ask, Client, aes, attributes, custom, enumeration, name, raw, struct, text
from tests.flows.objects import (
    certificate,
    opaque,
    secret,
    symmetric,
)
from tests.flows.requests import (
    Activate,
    AddAttribute,
    Create,
    Decrypt,
    Destroy,
    DiscoverVersions,
    Encrypt,
    Get,
    GetAttributes,
    Locate,
    Query,
    Register,
)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_rule_6_the_answer_is_in_the_requests_version_also_of_errors(client: Client, version: Version) -> None:
    """``strict`` reads every answer: the version, only the header fields that old clients know, a time stamp."""
    speaking = client.speaking(version)
    assert speaking.one(Query()).ok
    assert not speaking.one(Get(unique_identifier="none")).ok
    # A type that does not exist, deep inside.
    broken = ttlv.print_(speaking.message(raw(Operation.QUERY, (Tag.QUERY_FUNCTION, 5, 1)))).replace(
        bytes.fromhex("420074 05"), bytes.fromhex("420074 77")
    )
    (item,) = strict.children(strict.read(client.server.send(broken), version), Tag.BATCH_ITEM)
    assert strict.value(item, Tag.RESULT_REASON) == ResultReason.INVALID_MESSAGE
    assert strict.child(item, Tag.OPERATION) is None


def test_rule_7_header_extras_are_taken(client: Client) -> None:
    """Empty user name and password, a time stamp of another year, options, sizes, correlation."""
    for version in (V1_0, V1_2, V1_4):
        speaking = client.speaking(version)
        nobody = Authentication(
            credential=[
                Credential(
                    credential_type=CredentialType.USERNAME_AND_PASSWORD,
                    credential_value=UsernameAndPassword(username="", password=""),
                )
            ]
        )
        done = speaking.one(
            Query(query_function=[QueryFunction.QUERY_OPERATIONS]),
            maximum_response_size=8192,
            authentication=nobody,
            batch_error_continuation_option=BatchErrorContinuationOption.STOP,
            batch_order_option=True,
            time_stamp=1,
        )
        assert done.ok
    assert client.speaking(V1_4).one(Query(), client_correlation_value="mine").ok


def test_rule_8_an_answer_too_long_is_an_error_and_default_attribute_sets_are_small(client: Client) -> None:
    speaking = client.speaking(V1_0)
    uid = speaking.register(secret(b"x" * 9000), ObjectType.SECRET_DATA, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 0)))
    assert speaking.refusal(Get(unique_identifier=uid), maximum_response_size=8192) is ResultReason.RESPONSE_TOO_LARGE
    assert speaking.do(Get(unique_identifier=uid)).object.key_block.key_value.key_material == b"x" * 9000
    for version in VERSIONS:
        assert client.speaking(version).one(GetAttributes(unique_identifier=uid), maximum_response_size=2048).ok


@pytest.mark.parametrize(
    "item_id", [b"\x01", b"QLKC\x01\0\0\0", b"\0\0\0\0", bytes(12), b"abcdefghijkl", b"\x00\x00\x00\x01"]
)
def test_rule_9_the_batch_item_id_comes_back_byte_for_byte(client: Client, item_id: bytes) -> None:
    speaking = client.speaking(V1_1)
    assert speaking.one(Ask(Query(), item_id=item_id)).item_id == item_id
    assert speaking.one(Ask(Get(unique_identifier="none"), item_id=item_id)).item_id == item_id
    several = speaking.ask(
        Ask(Query(), item_id=item_id + b"1"),
        Ask(Get(unique_identifier="none"), item_id=item_id + b"2"),
        Ask(Query(), item_id=item_id + b"3"),
        batch_error_continuation_option=BatchErrorContinuationOption.CONTINUE,
    )
    assert [each.item_id for each in several] == [item_id + digit for digit in (b"1", b"2", b"3")]


def test_rule_10_one_object_serves_clients_of_every_version(client: Client) -> None:
    """MongoDB's delegated flow mixes 1.0 and 1.2, pg_tde 1.4 and 1.0."""
    uid = client.speaking(V1_2).create(aes(256, 12, (Tag.NAME, name("shared"))))
    client.speaking(V1_0).do(Activate(unique_identifier=uid))
    sealed = client.speaking(V1_2).do(Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b"dek"))
    for version in VERSIONS:
        speaking = client.speaking(version)
        assert speaking.located((Tag.NAME, name("shared"))) == [uid]
        assert speaking.do(Get(unique_identifier=uid)).unique_identifier == uid
        assert speaking.shown(uid, Tag.STATE)[Tag.STATE] == [State.ACTIVE]
        if version >= V1_2:
            opened = Decrypt(
                unique_identifier=uid,
                cryptographic_parameters=CBC,
                data=sealed.data,
                iv_counter_nonce=sealed.iv_counter_nonce,
            )
            assert speaking.do(opened).data == b"dek"


def test_rule_10_discover_versions_gives_all_newest_first_or_the_intersection(client: Client) -> None:
    speaking = client.speaking(V1_1)
    everything = [(each.major, each.minor) for each in speaking.do(DiscoverVersions()).protocol_version]
    assert everything == sorted(map(tuple, VERSIONS), reverse=True)
    asked = [ProtocolVersion(major=1, minor=0), ProtocolVersion(major=9, minor=9), ProtocolVersion(major=1, minor=4)]
    both = speaking.do(DiscoverVersions(protocol_version=asked)).protocol_version
    assert [(each.major, each.minor) for each in both] == [(1, 4), (1, 0)]
    unknown = DiscoverVersions(protocol_version=[ProtocolVersion(major=9, minor=9)])
    assert speaking.do(unknown).protocol_version == []


def test_rule_11_a_1_0_client_sees_nothing_younger_and_no_attributes_in_the_key_value(client: Client) -> None:
    uid = client.create(
        aes(
            256,
            12,
            (Tag.FRESH, True),
            (Tag.COMMENT, "1.4"),
            (Tag.QUANTUM_SAFE, True),
            (Tag.ROTATE_AUTOMATIC, False),
        )
    )
    old = client.speaking(V1_0)
    seen = old.shown(uid)
    assert not {Tag.FRESH, Tag.COMMENT, Tag.SENSITIVE, Tag.KEY_FORMAT_TYPE, Tag.RANDOM_NUMBER_GENERATOR} & set(seen)
    given = symmetric()
    assert not isinstance(given.key_block.key_value, (bytes, type(None)))
    given.key_block.key_value.attributes = attributes((Tag.NAME, name("inside")))
    for version in (V1_0, V1_2, V1_4):
        speaking = client.speaking(version)
        kept = speaking.register(given, ObjectType.SYMMETRIC_KEY, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12)))
        answer = speaking.one(Get(unique_identifier=kept))
        payload = strict.child(answer.tree, Tag.RESPONSE_PAYLOAD)
        assert payload is not None
        assert [each[0] for each in payload[2]] == [Tag.OBJECT_TYPE, Tag.UNIQUE_IDENTIFIER, Tag.SYMMETRIC_KEY]
        value = strict.value(payload, Tag.SYMMETRIC_KEY, Tag.KEY_BLOCK, Tag.KEY_VALUE)
        assert [each[0] for each in value] == [Tag.KEY_MATERIAL]


def test_rule_12_perconas_three_ways_to_ask_for_attributes(client: Client) -> None:
    speaking = client.speaking(V2_0)
    uid = speaking.active()
    identifier = text(Tag.UNIQUE_IDENTIFIER, uid)
    first = raw(Operation.GET_ATTRIBUTES, identifier, enumeration(Tag.ARCHIVE_DATE, Tag.ARCHIVE_DATE))
    second = raw(Operation.GET_ATTRIBUTES, identifier, text(Tag.ATTRIBUTE_NAME, "State"))
    assert speaking.refusal(first) is ResultReason.INVALID_FIELD
    assert speaking.refusal(second) is ResultReason.INVALID_FIELD
    assert speaking.shown(uid)[Tag.STATE] == [State.ACTIVE]


def test_rule_13_register_answers_without_and_create_with_object_type(client: Client) -> None:
    for version in VERSIONS:
        speaking = client.speaking(version)
        given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12))
        kept = speaking.one(Register(object_type=ObjectType.SYMMETRIC_KEY, attributes=given, object=symmetric()))
        made = speaking.one(Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()))
        assert strict.payload_fields(kept.tree) == [Tag.UNIQUE_IDENTIFIER]
        assert strict.payload_fields(made.tree) == [Tag.OBJECT_TYPE, Tag.UNIQUE_IDENTIFIER]


def test_rule_14_unknown_attribute_names_are_left_out_and_no_names_mean_all(client: Client) -> None:
    speaking = client.speaking(V1_1)
    uid = speaking.create()
    for asked in ("x-Product_Version", "x-Vendor", "x-Product", "Comment", "nonsense"):
        request = raw(Operation.GET_ATTRIBUTES, text(Tag.UNIQUE_IDENTIFIER, uid), text(Tag.ATTRIBUTE_NAME, asked))
        assert speaking.do(request).attributes is None or speaking.do(request).attributes.items == []
    assert {Tag.STATE, Tag.CRYPTOGRAPHIC_LENGTH, Tag.INITIAL_DATE} <= set(speaking.shown(uid))


def test_rule_15_attributes_are_added_in_a_batch_and_a_renamed_object_answers_to_its_new_name_only(
    client: Client,
) -> None:
    speaking = client.speaking(V1_1)
    uid = speaking.create(aes(256, 12, (Tag.NAME, name("before"))))
    added = speaking.ask(
        *(AddAttribute(unique_identifier=uid, new_attribute=custom("v", "x", what)) for what in ("a", "b", "c"))
    )
    assert [each.payload.attribute.key for each in added] == [VendorName("x", what) for what in ("a", "b", "c")]
    # Attribute Index 0 stands before the value, whether the standard's order has it there or not.
    renamed = speaking.do(
        raw(
            Operation.MODIFY_ATTRIBUTE,
            text(Tag.UNIQUE_IDENTIFIER, uid),
            struct(
                Tag.ATTRIBUTE,
                text(Tag.ATTRIBUTE_NAME, "Name"),
                (Tag.ATTRIBUTE_INDEX, 2, 0),
                struct(Tag.ATTRIBUTE_VALUE, text(Tag.NAME_VALUE, "after"), enumeration(Tag.NAME_TYPE, 1)),
            ),
        )
    )
    assert renamed.attribute.value == name("after")
    assert speaking.located((Tag.NAME, name("before"))) == []
    assert speaking.located((Tag.NAME, name("after"))) == [uid]


_ANY = {
    "integer": AnyValue(ItemType.INTEGER, -7),
    "long": AnyValue(ItemType.LONG_INTEGER, 1 << 40),
    "big": AnyValue(ItemType.BIG_INTEGER, 1 << 100),
    "enumeration": AnyValue(ItemType.ENUMERATION, 3),
    "boolean": AnyValue(ItemType.BOOLEAN, True),
    "text": AnyValue(ItemType.TEXT_STRING, "grüezi"),
    "bytes": AnyValue(ItemType.BYTE_STRING, b"\0\1\2"),
    "date": AnyValue(ItemType.DATE_TIME, 1_700_000_000),
    "interval": AnyValue(ItemType.INTERVAL, 60),
}


@pytest.mark.parametrize("vendor", ["x"])
@pytest.mark.parametrize("kind", _ANY)
def test_rule_16_custom_attributes_of_any_type_on_any_object(client: Client, kind: str, vendor: str) -> None:
    speaking = client.speaking(V1_2)
    key, value = VendorName(vendor, kind), _ANY[kind]
    made = {
        "created": speaking.create(aes(256, 12, (key, value))),
        "registered": speaking.register(opaque(), ObjectType.OPAQUE_OBJECT, attributes((key, value))),
        "added to": speaking.register(certificate(), ObjectType.CERTIFICATE),
    }
    speaking.do(AddAttribute(unique_identifier=made["added to"], new_attribute=AttributeItem(key, value)))
    for uid in made.values():
        assert speaking.shown(uid, key) == {key: [value]}
    assert set(speaking.located((key, value))) == set(made.values())


def test_rule_16_operation_policy_name_is_accepted_and_given_back(client: Client) -> None:
    for version in (V1_0, V1_1, V1_2):
        speaking = client.speaking(version)
        uid = speaking.register(
            secret(),
            ObjectType.SECRET_DATA,
            attributes((Tag.OPERATION_POLICY_NAME, "default"), (Tag.CRYPTOGRAPHIC_USAGE_MASK, 2)),
        )
        assert speaking.shown(uid, Tag.OPERATION_POLICY_NAME) == {Tag.OPERATION_POLICY_NAME: ["default"]}


def test_rule_17_every_filter_is_applied_and_an_unknown_one_is_refused(client: Client) -> None:
    speaking = client.speaking(V1_4)
    mine = speaking.create(aes(256, 12, (Tag.NAME, name("kek")), (Tag.OBJECT_GROUP, "g")))
    speaking.create(aes(128, 12, (Tag.NAME, name("other")), (Tag.OBJECT_GROUP, "g")))
    assert speaking.located((Tag.NAME, name("kek")), (Tag.CRYPTOGRAPHIC_LENGTH, 256)) == [mine]
    assert speaking.located((Tag.NAME, name("kek")), (Tag.CRYPTOGRAPHIC_LENGTH, 128)) == []
    assert speaking.located((Tag.NAME, name("KEK"))) == []
    assert speaking.located((Tag.NAME, name("ke"))) == []
    misspelt = struct(
        Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, "Cryptographic Algoritm"), enumeration(Tag.ATTRIBUTE_VALUE, 3)
    )
    # 1.4 §11.10: "Non-existing attributes, attributes that the server does not understand ...: Invalid Field".
    assert speaking.refusal(raw(Operation.LOCATE, misspelt)) is ResultReason.INVALID_FIELD


def test_rule_17_attributes_in_a_template_attribute_are_filters_too(client: Client) -> None:
    """FortiGate sends them so; ignoring them would hand it a foreign key."""
    for version in (V1_0, V1_2, V1_4):
        speaking = client.speaking(version)
        wanted = speaking.create(aes(256, 12, (Tag.NAME, name(f"forti-{version}"))))
        request = Locate(template_attribute=attributes((Tag.NAME, name(f"forti-{version}"))))
        assert speaking.do(request).unique_identifier == [wanted]
        assert speaking.do(Locate(template_attribute=attributes((Tag.NAME, name("none"))))).unique_identifier == []


def test_rule_17_pages_counts_and_destroyed_objects(client: Client) -> None:
    speaking = client.speaking(V1_4)
    made = [speaking.create(aes(256, 12, (Tag.OBJECT_GROUP, "page"))) for _ in range(5)]
    group = (Tag.OBJECT_GROUP, "page")
    page = speaking.do(Locate(attributes=attributes(group), maximum_items=2, offset_items=1))
    assert page.located_items == 5
    assert page.unique_identifier == [made[3], made[2]]
    assert speaking.located(group, maximum_items=16, storage_status_mask=1) == made[::-1]
    speaking.do(Destroy(unique_identifier=made[0]))
    assert made[0] not in speaking.located(group)
    assert speaking.speaking(V1_0).do(Locate(attributes=attributes(group))).located_items is None
