"""The Key Format Type of what the server makes: asked for, or the default (KMIP 2.1 §4.26, Table 81)."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from kmip_server.crypto.keys import load_private, load_public
from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.create import CreateRequest
from kmip_server.operations.create_key_pair import CreateKeyPairRequest
from kmip_server.operations.create_split_key import CreateSplitKeyRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.re_key import RekeyRequest
from kmip_server.operations.re_key_key_pair import RekeyKeyPairRequest
from kmip_server.operations.sign import SignRequest
from kmip_server.operations.signature_verify import SignatureVerifyRequest
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import HashingAlgorithm, ObjectType, RecommendedCurve, SplitKeyMethod
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.enums import ResultReason as R
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.parameters import CryptographicDomainParameters, CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import Client, aes, attributes

FORMAT = Tag.KEY_FORMAT_TYPE
SINCE_2_0 = pytest.mark.parametrize("version", [each for each in VERSIONS if each >= V2_0], ids=str)


def block_of(client: Client, uid: str) -> Any:
    return client.do(GetRequest(unique_identifier=uid)).object.key_block


def pair_request(algorithm: Algorithm, private: Any = None, public: Any = None) -> CreateKeyPairRequest:
    common = [(Tag.CRYPTOGRAPHIC_ALGORITHM, algorithm)]
    if algorithm is Algorithm.ECDSA:
        domain = CryptographicDomainParameters(recommended_curve=RecommendedCurve.P_256)
        common.append((Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, domain))
    else:
        common.append((Tag.CRYPTOGRAPHIC_LENGTH, 1024))
    return CreateKeyPairRequest(
        common_attributes=attributes(*common),
        private_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.SIGN)), *_asked(private)),
        public_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.VERIFY)), *_asked(public)),
    )


def _asked(key_format: Format | None) -> tuple[tuple[Tag, Format], ...]:
    return () if key_format is None else ((FORMAT, key_format),)


@SINCE_2_0
@pytest.mark.parametrize(
    ("algorithm", "private", "public"),
    [
        (Algorithm.RSA, Format.PKCS_1, Format.PKCS_1),
        (Algorithm.ECDSA, Format.TRANSPARENT_EC_PRIVATE_KEY, Format.TRANSPARENT_EC_PUBLIC_KEY),
        (Algorithm.DSA, Format.TRANSPARENT_DSA_PRIVATE_KEY, Format.TRANSPARENT_DSA_PUBLIC_KEY),
    ],
)
def test_pairs_have_the_default_and_one_digest(
    client: Client, version: Version, algorithm: Algorithm, private: Format, public: Format
) -> None:
    client = client.speaking(version)
    made = client.do(pair_request(algorithm))
    for uid, expected in (
        (made.private_key_unique_identifier, private),
        (made.public_key_unique_identifier, public),
    ):
        assert block_of(client, uid).key_format_type is expected
        shown = client.shown(uid)
        assert shown[FORMAT] == [expected]
        assert [each.key_format_type for each in shown[Tag.DIGEST]] == [expected]


def test_pairs_of_1_x_are_made_as_they_were(client: Client) -> None:
    client = client.speaking(V1_4)
    made = client.do(pair_request(Algorithm.ECDSA))
    assert block_of(client, made.private_key_unique_identifier).key_format_type is Format.PKCS_8
    assert block_of(client, made.public_key_unique_identifier).key_format_type is Format.X_509


@pytest.mark.parametrize(
    ("algorithm", "private", "public", "kinds"),
    [
        (Algorithm.RSA, Format.PKCS_8, Format.X_509, (rsa.RSAPrivateKey, rsa.RSAPublicKey)),
        (
            Algorithm.RSA,
            Format.TRANSPARENT_RSA_PRIVATE_KEY,
            Format.TRANSPARENT_RSA_PUBLIC_KEY,
            (rsa.RSAPrivateKey, rsa.RSAPublicKey),
        ),
        (Algorithm.ECDSA, Format.ECPRIVATEKEY, Format.X_509, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)),
    ],
)
def test_pairs_have_the_format_that_is_asked_for(
    client: Client, algorithm: Algorithm, private: Format, public: Format, kinds: tuple[type, type]
) -> None:
    """2.1 §4.26: "SHALL comply with the client's requested format", and a digest over it and one over the default."""
    made = client.do(pair_request(algorithm, private, public))
    loaded = []
    for uid, expected in ((made.private_key_unique_identifier, private), (made.public_key_unique_identifier, public)):
        block = block_of(client, uid)
        assert block.key_format_type is expected
        read = load_private if expected is private else load_public
        loaded.append(read(block.key_value.key_material, expected))
        assert len(client.shown(uid, Tag.DIGEST)[Tag.DIGEST]) == 2
    assert isinstance(loaded[0], kinds[0]) and isinstance(loaded[1], kinds[1])
    assert loaded[0].public_key().public_numbers() == loaded[1].public_numbers()


@pytest.mark.parametrize("wanted", [Format.PKCS_12, Format.RAW, Format.X_509, Format.TRANSPARENT_EC_PRIVATE_KEY])
def test_a_format_that_the_key_does_not_have_fails_the_request(client: Client, wanted: Format) -> None:
    assert client.refusal(pair_request(Algorithm.RSA, wanted)) is R.INVALID_ATTRIBUTE_VALUE
    assert client.located((Tag.OBJECT_TYPE, ObjectType.PUBLIC_KEY)) == []  # nothing of it was kept


def test_what_was_made_so_works(client: Client) -> None:
    """A pair in its default format signs and verifies."""
    made = client.do(pair_request(Algorithm.ECDSA))
    private, public = made.private_key_unique_identifier, made.public_key_unique_identifier
    for uid in (private, public):
        client.do(ActivateRequest(unique_identifier=uid))
    how = CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
    signature = client.do(
        SignRequest(unique_identifier=private, cryptographic_parameters=how, data=b"x")
    ).signature_data
    asked = SignatureVerifyRequest(
        unique_identifier=public, cryptographic_parameters=how, data=b"x", signature_data=signature
    )
    assert client.do(asked).validity_indicator.name == "VALID"
    new = client.do(RekeyKeyPairRequest(private_key_unique_identifier=private))
    assert block_of(client, new.private_key_unique_identifier).key_format_type is Format.TRANSPARENT_EC_PRIVATE_KEY


@pytest.mark.parametrize(("order", "fits"), [(160, True), (224, False), (256, False)])
def test_the_order_that_is_asked_for_is_made_or_nothing(client: Client, order: int, fits: bool) -> None:
    """2.1 §4.14, Qlength."""
    request = pair_request(Algorithm.DSA)
    assert request.common_attributes is not None
    domain = CryptographicDomainParameters(qlength=order)
    request.common_attributes.items.append(AttributeItem(Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, domain))
    answer = client.one(request)
    assert answer.ok is fits
    if fits:
        block = block_of(client, answer.payload.private_key_unique_identifier)
        assert block.key_value.key_material.q.bit_length() == order
    else:
        assert answer.reason is R.INVALID_ATTRIBUTE_VALUE


def test_symmetric_keys_and_secrets(client: Client) -> None:
    transparent = (FORMAT, Format.TRANSPARENT_SYMMETRIC_KEY)
    uid = client.create(aes(256, 12, transparent))
    block = block_of(client, uid)
    assert block.key_format_type is Format.TRANSPARENT_SYMMETRIC_KEY and len(block.key_value.key_material.key) == 32
    client.do(ActivateRequest(unique_identifier=uid))
    again = client.do(RekeyRequest(unique_identifier=uid)).unique_identifier
    assert block_of(client, again).key_format_type is Format.RAW
    refused = CreateRequest(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 12, (FORMAT, Format.PKCS_8)))
    assert client.refusal(refused) is R.INVALID_ATTRIBUTE_VALUE
    for version, expected in ((V1_4, Format.OPAQUE), (V2_0, Format.RAW), (V2_1, Format.RAW)):
        speaking = client.speaking(version)
        given = attributes((Tag.CRYPTOGRAPHIC_LENGTH, 128), (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.DERIVE_KEY)))
        made = speaking.do(CreateRequest(object_type=ObjectType.SECRET_DATA, attributes=given)).unique_identifier
        assert block_of(speaking, made).key_format_type is expected


def test_parts_have_the_format_of_the_key(client: Client) -> None:
    def asked(key_format: Format) -> CreateSplitKeyRequest:
        return CreateSplitKeyRequest(
            object_type=ObjectType.SPLIT_KEY,
            split_key_parts=3,
            split_key_threshold=3,
            split_key_method=SplitKeyMethod.XOR,
            attributes=aes(256, 12, (FORMAT, key_format)),
        )

    assert len(client.do(asked(Format.RAW)).unique_identifier) == 3
    assert client.refusal(asked(Format.PKCS_8)) is R.INVALID_ATTRIBUTE_VALUE
