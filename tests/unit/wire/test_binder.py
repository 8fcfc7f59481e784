"""One structure in every version: fields, tags and values that come and go, and the reason of every refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kmip_server.errors import InvalidField, InvalidMessage
from kmip_server.operations.encrypt import EncryptRequest
from kmip_server.operations.get import GetRequest, GetResponse
from kmip_server.spec.enums import (
    BlockCipherMode,
    CredentialType,
    CryptographicAlgorithm,
    KeyFormatType,
    NameType,
    ObjectType,
    UniqueIdentifierCode,
)
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.structures.credentials import Credential, UsernameAndPassword
from kmip_server.spec.structures.envelope import MessageExtension, RequestHeader
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, OpaqueObject, SymmetricKey
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.structures.query import ProtocolVersion
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_4, V2_0, V2_1, V3_0, VERSIONS, Version
from kmip_server.wire import ttlv
from kmip_server.wire.binder import Binder
from kmip_server.wire.printer import Printer
from kmip_server.wire.tree import Item

BINDERS: dict[Version | None, Binder] = {version: Binder(version) for version in (*VERSIONS, None)}
PRINTERS = {version: Printer(binder) for version, binder in BINDERS.items()}
S, I, E, T, B = (int(kind) for kind in (1, 2, 5, 7, 8))  # noqa: E741  # the types, as short as a table needs them
UID = (int(Tag.UNIQUE_IDENTIFIER), T, "u")
PARAMETERS = CryptographicParameters(
    block_cipher_mode=BlockCipherMode.GCM, cryptographic_algorithm=CryptographicAlgorithm.AES, random_iv=True
)


def tags(items: list[Item]) -> list[int]:
    return [tag for tag, _, _ in items]


# --- versions -------------------------------------------------------------------------------------------


def test_a_field_younger_than_the_version_is_not_written() -> None:
    assert Tag.RANDOM_IV not in tags(BINDERS[V1_1].unbind(PARAMETERS))
    assert Tag.RANDOM_IV in tags(BINDERS[V1_2].unbind(PARAMETERS))


def test_a_field_younger_than_the_version_is_refused() -> None:
    items = [(int(Tag.RANDOM_IV), 6, True)]
    assert BINDERS[V1_2].bind(CryptographicParameters, items).random_iv is True
    with pytest.raises(InvalidField, match="Random IV is not a field of Cryptographic Parameters"):
        BINDERS[V1_1].bind(CryptographicParameters, items)


def test_a_value_younger_than_the_version_is_neither_written_nor_read() -> None:
    structure = CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.ED25519)
    item = (int(Tag.CRYPTOGRAPHIC_ALGORITHM), E, int(CryptographicAlgorithm.ED25519))
    assert item in BINDERS[V2_0].unbind(structure)
    assert BINDERS[V1_4].unbind(structure) == []
    with pytest.raises(InvalidField, match="is not a Cryptographic Algorithm of KMIP"):
        BINDERS[V1_4].bind(CryptographicParameters, [(item[0], E, 0x7777)])


def test_an_extension_passes_through_every_version() -> None:
    items = [(int(Tag.BLOCK_CIPHER_MODE), E, 0x80000001)]
    for binder in BINDERS.values():
        read = binder.bind(CryptographicParameters, items)
        assert not read.block_cipher_mode.known
        assert binder.unbind(read) == items


def test_a_field_gone_with_a_version_is_refused_from_then_on() -> None:
    version = (int(Tag.PROTOCOL_VERSION), S, [(int(Tag.PROTOCOL_VERSION_MAJOR), I, 3), (0x42006B, I, 0)])
    items = [version, (int(Tag.BATCH_COUNT), I, 1)]
    assert BINDERS[V2_1].bind(RequestHeader, items).batch_count == 1
    with pytest.raises(InvalidField, match="Batch Count"):
        BINDERS[V3_0].bind(RequestHeader, items)


def test_an_object_whose_type_the_version_lacks_is_no_field() -> None:
    key = (int(Tag.PGP_KEY), S, [])
    with pytest.raises(InvalidField, match="PGP Key is not a field"):
        BINDERS[V1_1].bind(GetResponse, [key])
    with pytest.raises(InvalidMessage, match="PGP Key Version is missing in Pgp Key"):
        BINDERS[V1_2].bind(GetResponse, [key])
    assert BINDERS[V1_2].object_type_of(Tag.PGP_KEY) is ObjectType.PGP_KEY
    assert BINDERS[V1_1].object_type_of(Tag.PGP_KEY) is None


def test_storage_knows_every_field() -> None:
    assert BINDERS[None].bind(CryptographicParameters, BINDERS[None].unbind(PARAMETERS)) == PARAMETERS


# --- refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "error", "said"),
    [
        ([UID, UID], InvalidMessage, "Unique Identifier stands more than once in Encrypt Request"),
        ([(UID[0], 6, True)], InvalidMessage, "Unique Identifier in Encrypt Request is of the wrong type"),
        ([(UID[0], E, 1)], InvalidMessage, "Unique Identifier in Encrypt Request is of the wrong type"),
        ([(int(Tag.DATA), T, "text")], InvalidMessage, "Data in Encrypt Request is of the wrong type"),
        (
            [(int(Tag.CRYPTOGRAPHIC_PARAMETERS), B, b"")],
            InvalidMessage,
            "Cryptographic Parameters in Encrypt Request is of the wrong type",
        ),
        (
            [(int(Tag.CRYPTOGRAPHIC_PARAMETERS), S, [(int(Tag.BLOCK_CIPHER_MODE), I, 1)])],
            InvalidMessage,
            "Block Cipher Mode in Cryptographic Parameters is of the wrong type",
        ),
        ([(int(Tag.KEY_BLOCK), S, [])], InvalidField, "Key Block is not a field of Encrypt Request"),
    ],
)
def test_a_broken_payload_is_refused_by_name(items: list[Item], error: type[Exception], said: str) -> None:
    with pytest.raises(error) as raised:
        BINDERS[V1_4].bind(EncryptRequest, items)
    assert type(raised.value) is error
    assert said in str(raised.value)


def test_partial_lets_required_fields_be_absent_at_every_depth() -> None:
    assert BINDERS[V1_4].bind(Name, [], partial=True).name_value is None
    with pytest.raises(InvalidMessage, match="Name Value is missing in Name"):
        BINDERS[V1_4].bind(Name, [])
    assert BINDERS[V1_4].bind(SymmetricKey, [(int(Tag.KEY_BLOCK), S, [])], partial=True) is not None


def test_two_objects_in_one_payload_are_refused() -> None:
    opaque = [(int(Tag.OPAQUE_DATA_TYPE), E, 0x80000000), (int(Tag.OPAQUE_DATA_VALUE), B, b"")]
    key = (int(Tag.OPAQUE_OBJECT), S, opaque)
    certificate = (int(Tag.CERTIFICATE), S, [(int(Tag.CERTIFICATE_TYPE), E, 1), (int(Tag.CERTIFICATE_VALUE), B, b"")])
    with pytest.raises(InvalidMessage, match="Certificate stands more than once in Get Response"):
        BINDERS[V1_4].bind(GetResponse, [key, certificate])


def test_a_kind_that_is_none_is_a_mistake_of_the_tables() -> None:
    with pytest.raises(TypeError, match="is no kind of field"):
        BINDERS[V1_4].reader(int)


# --- fields with forms of their own ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "value", "kind"),
    [
        (V1_0, "u", ItemType.TEXT_STRING),
        (V2_1, "u", ItemType.TEXT_STRING),
        (V2_0, UniqueIdentifierCode.ID_PLACEHOLDER, ItemType.ENUMERATION),
        (V2_0, -1, ItemType.INTEGER),
        (V3_0, "u", ItemType.IDENTIFIER),
    ],
)
def test_a_unique_identifier_has_the_form_of_its_version(version: Version, value: Any, kind: ItemType) -> None:
    request = GetRequest(unique_identifier=value)
    items = BINDERS[version].unbind(request)
    assert items == [(Tag.UNIQUE_IDENTIFIER, kind, value)]
    assert BINDERS[version].bind(GetRequest, items) == request
    assert PRINTERS[version].item(Tag.REQUEST_PAYLOAD, request) == ttlv.print_((Tag.REQUEST_PAYLOAD, S, items))


def test_the_credential_type_says_what_the_value_is() -> None:
    items = [
        (int(Tag.CREDENTIAL_TYPE), E, int(CredentialType.USERNAME_AND_PASSWORD)),
        (int(Tag.CREDENTIAL_VALUE), S, [(int(Tag.USERNAME), T, "alice"), (int(Tag.PASSWORD), T, "p")]),
    ]
    credential = BINDERS[V1_0].bind(Credential, items)
    assert credential.credential_value == UsernameAndPassword(username="alice", password="p")
    with pytest.raises(InvalidMessage, match="Credential Value is of the wrong type"):
        BINDERS[V1_0].bind(Credential, [items[0], (int(Tag.CREDENTIAL_VALUE), T, "alice")])
    with pytest.raises(InvalidMessage, match="Credential Value is missing in Credential"):
        BINDERS[V1_0].bind(Credential, items[:1])


def test_what_a_vendor_sent_goes_back_as_it_came() -> None:
    sent = (S, [(0x540001, T, "anything"), (0x540001, I, 1)])
    items = [(int(Tag.VENDOR_IDENTIFICATION), T, "v"), (int(Tag.CRITICALITY_INDICATOR), 6, False)]
    items.append((int(Tag.VENDOR_EXTENSION), *sent))
    extension = BINDERS[V1_4].bind(MessageExtension, items)
    assert extension.vendor_extension == sent
    assert BINDERS[V1_4].unbind(extension) == items
    assert PRINTERS[V1_4].item(Tag.MESSAGE_EXTENSION, extension) == ttlv.print_((Tag.MESSAGE_EXTENSION, S, items))


@pytest.mark.parametrize("value", [b"wrapped", KeyValue(key_material=b"k")], ids=["bytes", "structure"])
def test_a_key_value_is_bytes_or_a_structure(value: Any) -> None:
    block = KeyBlock(key_format_type=KeyFormatType.RAW, key_value=value)
    assert BINDERS[V1_4].bind(KeyBlock, BINDERS[V1_4].unbind(block)) == block
    assert PRINTERS[V1_4].item(Tag.KEY_BLOCK, block) == ttlv.print_((Tag.KEY_BLOCK, S, BINDERS[V1_4].unbind(block)))


# --- what cannot be printed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: ProtocolVersion(major=2**31, minor=0),
        lambda: ProtocolVersion(major="one", minor=0),
        lambda: OpaqueObject(opaque_data_type=0x80000000, opaque_data_value="text"),
        lambda: Name(name_value=b"bytes", name_type=NameType.URI),
        lambda: Name(name_value="\ud800", name_type=NameType.URI),
    ],
)
def test_a_value_its_type_cannot_hold_is_an_error_that_names_the_tag(wrong: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"tag 0x42[0-9A-F]{4}: the value does not fit type"):
        PRINTERS[V1_4].item(Tag.REQUEST_PAYLOAD, wrong())


def test_a_value_alone_is_printed_as_its_field() -> None:
    item = PRINTERS[None].value(Tag.NAME, Name)(Name(name_value="n", name_type=NameType.URI))
    assert ttlv.parse(item) == (Tag.NAME, S, [(Tag.NAME_VALUE, T, "n"), (Tag.NAME_TYPE, E, NameType.URI)])
    assert PRINTERS[V1_0].value(Tag.OBJECT_TYPE, ObjectType)(ObjectType.PGP_KEY) == b""
