"""What real clients want of a server, rules 18 to 29; the first ones stand in ``test_clients_rules.py``."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from kmip_server.spec.enums import (
    BatchErrorContinuationOption,
    BlockCipherMode,
    CryptographicAlgorithm,
    DigitalSignatureAlgorithm,
    EncodingOption,
    HashingAlgorithm,
    KeyCompressionType,
    KeyFormatType,
    LinkType,
    ObjectType,
    Operation,
    QueryFunction,
    RecommendedCurve,
    ResultReason,
    ResultStatus,
    RevocationReasonCode,
    SecretDataType,
    State,
    ValidityIndicator,
    WrappingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.keys import (
    EncryptionKeyInformation,
    KeyWrappingSpecification,
    SymmetricKey,
    TransparentKeyMaterial,
)
from kmip_server.spec.structures.parameters import CryptographicDomainParameters, CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_3, V1_4, V2_0, V2_1, V3_0, VERSIONS
from kmip_server.wire import ttlv
from tests.flows import strict
from tests.flows.client import CBC, Client, aes, attributes, name, raw, text
from tests.flows.objects import (
    AES,
    KEY_BYTES,
    block,
    secret,
    symmetric,
)
from tests.flows.requests import (
    Activate,
    Create,
    CreateKeyPair,
    Decrypt,
    Destroy,
    Encrypt,
    Get,
    GetAttributeList,
    GetAttributes,
    Locate,
    Query,
    Register,
    Rekey,
    Sign,
    SignatureVerify,
    revoke,
)
from tests.kit import BOB


def test_rule_18_the_id_placeholder_of_create_register_and_locate(client: Client) -> None:
    for version in VERSIONS:
        speaking = client.speaking(version)
        made, activated, got, shown, revoked, destroyed = speaking.ask(
            Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 12, (Tag.NAME, name(f"p{version}")))),
            Activate(),
            Get(),
            GetAttributes(),
            revoke(),
            Destroy(),
        )
        uid = made.payload.unique_identifier
        for each in (activated, got, shown, revoked, destroyed):
            assert each.payload.unique_identifier == uid
        kept, again = speaking.ask(
            Register(
                object_type=ObjectType.SECRET_DATA,
                attributes=attributes((Tag.NAME, name(f"s{version}")), (Tag.CRYPTOGRAPHIC_USAGE_MASK, 0)),
                object=secret(),
            ),
            Get(),
        )
        assert kept.payload.unique_identifier == again.payload.unique_identifier
        found, fetched = speaking.ask(Locate(attributes=attributes((Tag.NAME, name(f"s{version}")))), Get())
        assert found.payload.unique_identifier == [fetched.payload.unique_identifier]


def test_rule_18_stop_is_the_default_and_continue_goes_on(client: Client) -> None:
    items = (Get(unique_identifier="none"), Query())
    assert [each.status for each in client.ask(*items)] == [ResultStatus.OPERATION_FAILED]
    on = client.ask(*items, batch_error_continuation_option=BatchErrorContinuationOption.CONTINUE)
    assert [each.status for each in on] == [ResultStatus.OPERATION_FAILED, ResultStatus.SUCCESS]


@pytest.mark.parametrize("mask", [0, 2])
@pytest.mark.parametrize("kind", list(SecretDataType))
def test_rule_19_a_secret_of_mongodb_or_synology(client: Client, kind: SecretDataType, mask: int) -> None:
    speaking = client.speaking(V1_0)
    uid = speaking.register(
        secret(b"k" * 96, kind), ObjectType.SECRET_DATA, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, mask))
    )
    speaking.do(Activate(unique_identifier=uid))
    given = speaking.do(Get(unique_identifier=uid)).object
    assert given.secret_data_type is kind
    assert given.key_block.key_format_type is KeyFormatType.OPAQUE
    assert given.key_block.key_value.key_material == b"k" * 96
    assert given.key_block.cryptographic_algorithm is None
    # libmongocrypt once sent no mask at all.
    assert speaking.register(secret(b"k" * 96, kind), ObjectType.SECRET_DATA)


def test_rule_20_algorithm_and_length_in_the_block_or_in_the_attributes(client: Client) -> None:
    speaking = client.speaking(V1_4)
    mask = (Tag.CRYPTOGRAPHIC_USAGE_MASK, 12)
    in_block = speaking.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes(mask))
    bare = SymmetricKey(key_block=block(KEY_BYTES))
    bare.key_block.key_compression_type = KeyCompressionType.EC_PUBLIC_KEY_TYPE_UNCOMPRESSED
    in_attributes = speaking.register(
        bare,
        ObjectType.SYMMETRIC_KEY,
        attributes(mask, (Tag.CRYPTOGRAPHIC_ALGORITHM, AES), (Tag.CRYPTOGRAPHIC_LENGTH, 256)),
    )
    for uid in (in_block, in_attributes):
        key = speaking.speaking(V1_0).do(Get(unique_identifier=uid)).object.key_block  # Pre-Active, and readable
        assert key.key_format_type is KeyFormatType.RAW
        assert (key.cryptographic_algorithm, key.cryptographic_length) == (AES, 256)
        assert key.key_value.key_material == KEY_BYTES
        assert speaking.shown(uid, Tag.CRYPTOGRAPHIC_LENGTH) == {Tag.CRYPTOGRAPHIC_LENGTH: [256]}
        speaking.do(Activate(unique_identifier=uid))
        assert speaking.shown(uid, Tag.STATE) == {Tag.STATE: [State.ACTIVE]}


@pytest.mark.parametrize("size", [0, 1, 15, 16, 96, 1000])
def test_rule_21_the_server_makes_the_iv_of_a_delegated_encryption(client: Client, size: int) -> None:
    speaking = client.speaking(V1_2)
    uid = speaking.active(aes(256, 12))
    answer = speaking.one(Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(size)))
    assert strict.payload_fields(answer.tree) == [Tag.UNIQUE_IDENTIFIER, Tag.DATA, Tag.IV_COUNTER_NONCE]
    sealed = answer.payload
    assert len(sealed.iv_counter_nonce) == 16
    opened = speaking.do(
        Decrypt(
            unique_identifier=uid,
            cryptographic_parameters=CBC,
            data=sealed.data,
            iv_counter_nonce=sealed.iv_counter_nonce,
        )
    )
    assert opened.data == bytes(size)


def test_rule_21_gcm_with_its_tag_and_parameters_of_the_key(client: Client) -> None:
    speaking = client.speaking(V1_4)
    gcm = CryptographicParameters(
        block_cipher_mode=BlockCipherMode.GCM, cryptographic_algorithm=CryptographicAlgorithm.AES, tag_length=16
    )
    uid = speaking.active(aes(256, 12, (Tag.CRYPTOGRAPHIC_PARAMETERS, gcm)))
    sealed = speaking.do(
        Encrypt(
            unique_identifier=uid,
            data=b"dek",
            iv_counter_nonce=bytes(12),
            authenticated_encryption_additional_data=b"bucket",
        )
    )
    assert len(sealed.authenticated_encryption_tag) == 16
    opened = Decrypt(
        unique_identifier=uid,
        data=sealed.data,
        iv_counter_nonce=bytes(12),
        authenticated_encryption_additional_data=b"bucket",
        authenticated_encryption_tag=sealed.authenticated_encryption_tag,
    )
    assert speaking.do(opened).data == b"dek"
    opened.authenticated_encryption_additional_data = b"another bucket"
    assert speaking.refusal(opened) is ResultReason.CRYPTOGRAPHIC_FAILURE


def test_rule_22_sign_with_the_signature_algorithm_alone_and_over_a_digest(client: Client) -> None:
    speaking = client.speaking(V1_4)
    pair = _pair(
        speaking,
        (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.RSA),
        (Tag.CRYPTOGRAPHIC_LENGTH, 2048),
    )
    alone = CryptographicParameters(digital_signature_algorithm=DigitalSignatureAlgorithm.SHA_256_WITH_RSA_ENCRYPTION)
    _signed_and_verified(speaking, pair, alone)
    curve = CryptographicDomainParameters(recommended_curve=RecommendedCurve.P_256)
    elliptic = _pair(
        speaking,
        (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.ECDSA),
        (Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, curve),
    )
    _signed_and_verified(speaking, elliptic, CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256))
    for wanted in (KeyFormatType.PKCS_8, KeyFormatType.ECPRIVATEKEY, KeyFormatType.TRANSPARENT_EC_PRIVATE_KEY):
        given = speaking.do(Get(unique_identifier=elliptic[0], key_format_type=wanted)).object
        assert given.key_block.key_format_type is wanted
    for wanted in (KeyFormatType.PKCS_1, KeyFormatType.PKCS_8, KeyFormatType.TRANSPARENT_RSA_PRIVATE_KEY):
        assert speaking.do(Get(unique_identifier=pair[0], key_format_type=wanted)).object.key_block.key_value
    raw_form = SymmetricKey(key_block=block(b"", KeyFormatType.TRANSPARENT_SYMMETRIC_KEY, AES, 256))
    assert not isinstance(raw_form.key_block.key_value, (bytes, type(None)))
    raw_form.key_block.key_value.key_material = TransparentKeyMaterial(key=KEY_BYTES)
    uid = speaking.register(raw_form, ObjectType.SYMMETRIC_KEY, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12)))
    given = speaking.do(Get(unique_identifier=uid, key_format_type=KeyFormatType.RAW)).object
    assert given.key_block.key_value.key_material == KEY_BYTES


def _pair(client: Client, *common: tuple[Any, Any]) -> tuple[str, str]:
    done = client.do(CreateKeyPair(common_attributes=attributes(*common)))
    for uid in (done.private_key_unique_identifier, done.public_key_unique_identifier):
        client.do(Activate(unique_identifier=uid))
    return done.private_key_unique_identifier, done.public_key_unique_identifier


def _signed_and_verified(client: Client, pair: tuple[str, str], parameters: CryptographicParameters) -> None:
    message = b"to be signed"
    for part in ({"data": message}, {"digested_data": hashlib.sha256(message).digest()}):
        signed = client.do(Sign(unique_identifier=pair[0], cryptographic_parameters=parameters, **part))
        verified = client.do(
            SignatureVerify(
                unique_identifier=pair[1],
                cryptographic_parameters=parameters,
                signature_data=signed.signature_data,
                data=message,
            )
        )
        assert verified.validity_indicator is ValidityIndicator.VALID


def test_rule_23_a_key_pair_without_usage_masks_signs_and_verifies(client: Client) -> None:
    """Barbican sends the Common Template-Attribute only."""
    speaking = client.speaking(V1_2)
    pair = _pair(speaking, (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.RSA), (Tag.CRYPTOGRAPHIC_LENGTH, 2048))
    masks = [speaking.shown(uid, Tag.CRYPTOGRAPHIC_USAGE_MASK)[Tag.CRYPTOGRAPHIC_USAGE_MASK] for uid in pair]
    assert masks == [[CryptographicUsageMask.SIGN], [CryptographicUsageMask.VERIFY]]


def test_rule_24_not_found_for_unknown_and_foreign_objects_alike(client: Client) -> None:
    for version in VERSIONS:
        speaking = client.speaking(version)
        foreign = speaking.create()
        bob = Client(client.server, version, BOB)
        missing = "0" * len(foreign)
        for request in (Get, GetAttributes, GetAttributeList, Activate, Destroy):
            unknown, hidden = (bob.one(request(unique_identifier=uid)) for uid in (missing, foreign))
            assert unknown.tree == hidden.tree
            newer = version >= V2_0 and not (version >= V3_0 and request is GetAttributes)  # 3.0: BL-M-20-30
            assert unknown.reason is (ResultReason.OBJECT_NOT_FOUND if newer else ResultReason.ITEM_NOT_FOUND)
            assert unknown.operation is not None and unknown.message


def test_rule_24_a_request_that_does_not_parse_is_one_invalid_message(client: Client) -> None:
    speaking = client.speaking(V1_1)
    message = bytearray(ttlv.print_(speaking.message(Query())))
    message[11] = 0x42  # the header is no structure any more
    (item,) = strict.children(strict.ttlv.parse(client.server.send(bytes(message))), Tag.BATCH_ITEM)
    assert strict.value(item, Tag.RESULT_REASON) == ResultReason.INVALID_MESSAGE
    assert speaking.one(Query()).ok


def test_rule_24_missing_differs_from_not_active(client: Client) -> None:
    speaking = client.speaking(V1_2)
    asked = {"cryptographic_parameters": CBC, "data": b"x"}
    sleeping = speaking.refusal(Encrypt(unique_identifier=speaking.create(), **asked))
    missing = speaking.refusal(Encrypt(unique_identifier="none", **asked))
    assert (sleeping, missing) == (ResultReason.PERMISSION_DENIED, ResultReason.ITEM_NOT_FOUND)


def test_rule_25_query_tells_operations_object_types_and_who_serves(client: Client) -> None:
    functions = [
        QueryFunction.QUERY_OPERATIONS,
        QueryFunction.QUERY_OBJECTS,
        QueryFunction.QUERY_SERVER_INFORMATION,
        QueryFunction.QUERY_APPLICATION_NAMESPACES,
    ]
    for version in VERSIONS:
        more = [QueryFunction.QUERY_EXTENSION_LIST, QueryFunction.QUERY_EXTENSION_MAP] if version >= V1_1 else []
        told = client.speaking(version).do(Query(query_function=functions + more))
        assert {Operation.MODIFY_ATTRIBUTE, Operation.REGISTER, Operation.LOCATE, Operation.GET} <= set(told.operation)
        assert {ObjectType.SECRET_DATA, ObjectType.SYMMETRIC_KEY, ObjectType.CERTIFICATE} <= set(told.object_type)
        assert (ObjectType.TEMPLATE in told.object_type) == (version <= V1_4)
        assert 0 < len(told.vendor_identification.encode()) <= 127
        assert told.server_information is not None
        assert told.extension_information == []


def test_rule_26_rekey_links_both_keys_and_leaves_the_old_state(client: Client) -> None:
    speaking = client.speaking(V1_4)
    old = speaking.active(aes(256, 12, (Tag.NAME, name("rotating"))))
    new = speaking.do(Rekey(unique_identifier=old)).unique_identifier
    assert new != old
    links = {uid: speaking.shown(uid, Tag.LINK)[Tag.LINK] for uid in (old, new)}
    assert [(each.link_type, each.linked_object_identifier) for each in links[old]] == [
        (LinkType.REPLACEMENT_OBJECT_LINK, new)
    ]
    assert [(each.link_type, each.linked_object_identifier) for each in links[new]] == [
        (LinkType.REPLACED_OBJECT_LINK, old)
    ]
    assert speaking.shown(old, Tag.STATE) == {Tag.STATE: [State.ACTIVE]}
    assert speaking.located((Tag.NAME, name("rotating"))) == [new]


def test_rule_26_operations_not_served_are_told_so(client: Client) -> None:
    speaking = client.speaking(V1_4)
    uid = text(Tag.UNIQUE_IDENTIFIER, speaking.create())
    for operation in (Operation.NOTIFY, Operation.PUT):  # what a server sends to a client
        assert speaking.refusal(raw(operation, uid)) is ResultReason.OPERATION_NOT_SUPPORTED


def test_rule_27_a_key_leaves_wrapped_by_nist_key_wrap(client: Client) -> None:
    speaking = client.speaking(V1_4)
    mask = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.WRAP_KEY)))
    kek = speaking.register(symmetric(bytes(32)), ObjectType.SYMMETRIC_KEY, mask)
    key = speaking.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12)))
    request = Get(
        unique_identifier=key,
        key_wrapping_specification=KeyWrappingSpecification(
            wrapping_method=WrappingMethod.ENCRYPT,
            encryption_key_information=EncryptionKeyInformation(unique_identifier=kek),
            encoding_option=EncodingOption.NO_ENCODING,
        ),
    )
    assert speaking.refusal(request) is ResultReason.PERMISSION_DENIED  # the wrapping key is Pre-Active
    speaking.do(Activate(unique_identifier=kek))
    given = speaking.do(request).object.key_block
    assert aes_key_unwrap(bytes(32), given.key_value) == KEY_BYTES
    assert given.key_wrapping_data.encoding_option is EncodingOption.NO_ENCODING


def test_rule_28_an_active_key_is_revoked_before_it_is_destroyed(client: Client) -> None:
    for code in (RevocationReasonCode.CESSATION_OF_OPERATION, RevocationReasonCode.KEY_COMPROMISE):
        speaking = client.speaking(V1_2)
        uid = speaking.active()
        assert speaking.refusal(Destroy(unique_identifier=uid)) is ResultReason.PERMISSION_DENIED
        assert speaking.do(Get(unique_identifier=uid))
        speaking.do(revoke(uid, code))
        speaking.do(Destroy(unique_identifier=uid))
        assert speaking.refusal(Get(unique_identifier=uid)) is ResultReason.ITEM_NOT_FOUND


def test_rule_29_identifiers_are_uuids_as_text(client: Client) -> None:
    for version in (V1_0, V1_3, V2_1):
        uid = client.speaking(version).create()
        assert str(uuid.UUID(uid)) == uid
