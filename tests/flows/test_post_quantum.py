"""Post-quantum keys (3.0: ML-KEM, ML-DSA; FIPS 203, 204) and the Quantum Safe attribute (2.1 §4.45)."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_der_public_key,
)

from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.enums import ObjectType, QueryFunction, ResultReason, ValidityIndicator
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.quantum import NIST_SECURITY_CATEGORIES, is_quantum_safe
from kmip_server.spec.structures.keys import PrivateKey, PublicKey
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0, V2_1, V3_0, VERSIONS
from tests.flows import objects
from tests.flows.client import Client, Refused, attributes
from tests.flows.requests import Activate, Create, CreateKeyPair, Decrypt, Encrypt, Get, Query, Sign, SignatureVerify

DSA = [Algorithm.ML_DSA_44, Algorithm.ML_DSA_65, Algorithm.ML_DSA_87]
KEM = [Algorithm.ML_KEM_768, Algorithm.ML_KEM_1024]
SIZES = {  # of the public key and of a signature or ciphertext, in bytes: FIPS 204 Table 2, FIPS 203 Table 3
    Algorithm.ML_DSA_44: (1312, 2420),
    Algorithm.ML_DSA_65: (1952, 3309),
    Algorithm.ML_DSA_87: (2592, 4627),
    Algorithm.ML_KEM_768: (1184, 1088),
    Algorithm.ML_KEM_1024: (1568, 1568),
}


@pytest.fixture
def client(server: Any) -> Client:
    return Client(server, V3_0)


def pair(client: Client, algorithm: Algorithm, *more: tuple[Any, Any]) -> Any:
    asked = attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, algorithm), *more)
    made = client.do(CreateKeyPair(common_attributes=asked))
    return made.private_key_unique_identifier, made.public_key_unique_identifier


def material(client: Client, uid: str, key_format: Format | None = None) -> Any:
    return client.do(Get(unique_identifier=uid, key_format_type=key_format)).object.key_block.key_value.key_material


@pytest.mark.parametrize("algorithm", DSA)
def test_a_pair_signs_and_verifies(client: Client, algorithm: Algorithm) -> None:
    private, public = pair(client, algorithm)
    for uid in (private, public):
        client.do(Activate(unique_identifier=uid))
    signature = client.do(Sign(unique_identifier=private, data=b"data")).signature_data
    assert len(signature) == SIZES[algorithm][1]
    for data, holds in ((b"data", ValidityIndicator.VALID), (b"date", ValidityIndicator.INVALID)):
        asked = SignatureVerify(unique_identifier=public, data=data, signature_data=signature)
        assert client.do(asked).validity_indicator is holds
    # Without the server: the signature is a pure one over the data, with an empty context (FIPS 204 §5.2).
    load_der_public_key(material(client, public)).verify(signature, b"data")  # type: ignore[union-attr,call-arg]


@pytest.mark.parametrize("algorithm", DSA)
def test_a_digest_is_not_signed(client: Client, algorithm: Algorithm) -> None:
    private, _ = pair(client, algorithm)
    client.do(Activate(unique_identifier=private))
    asked = Sign(unique_identifier=private, digested_data=bytes(32))
    assert client.refusal(asked) is ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS


@pytest.mark.parametrize("algorithm", DSA + KEM)
def test_formats(client: Client, algorithm: Algorithm) -> None:
    private, public = pair(client, algorithm)
    seed, raw = material(client, private, Format.RAW), material(client, public, Format.RAW)
    assert len(seed) == (32 if algorithm in DSA else 64) and len(raw) == SIZES[algorithm][0]
    key: Any = load_der_private_key(material(client, private, Format.PKCS_8), None)
    assert key.private_bytes_raw() == seed and key.public_key().public_bytes_raw() == raw
    spki: Any = load_der_public_key(material(client, public, Format.X_509))
    assert spki.public_bytes_raw() == raw
    for uid in (private, public):
        asked = Get(unique_identifier=uid, key_format_type=Format.TRANSPARENT_EC_PUBLIC_KEY)
        assert client.refusal(asked) is ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED


@pytest.mark.parametrize("algorithm", DSA + KEM)
def test_what_the_keys_say_of_themselves(client: Client, algorithm: Algorithm) -> None:
    private, public = pair(client, algorithm, (Tag.QUANTUM_SAFE, True))
    for uid in (private, public):
        shown = client.shown(uid)
        assert shown[Tag.CRYPTOGRAPHIC_ALGORITHM] == [algorithm]
        assert shown[Tag.CRYPTOGRAPHIC_LENGTH] == [SIZES[algorithm][0] * 8]
        assert shown[Tag.QUANTUM_SAFE] == [True]
        assert shown[Tag.NIST_SECURITY_CATEGORY] == [NIST_SECURITY_CATEGORIES[algorithm]]
    masks = {client.shown(uid)[Tag.CRYPTOGRAPHIC_USAGE_MASK][0] for uid in (private, public)}
    assert masks == ({int(Mask.SIGN), int(Mask.VERIFY)} if algorithm in DSA else {int(Mask.KEY_AGREEMENT)})


@pytest.mark.parametrize("algorithm", DSA)
@pytest.mark.parametrize("key_format", [Format.RAW, Format.PKCS_8])
def test_a_registered_key_is_used(client: Client, algorithm: Algorithm, key_format: Format) -> None:
    kind = {size: getattr(mldsa, f"MLDSA{size}PrivateKey") for size in (44, 65, 87)}[int(algorithm.name[-2:])]
    key = kind.from_seed_bytes(bytes(range(32)))
    given = material_of(key, key_format)
    use = (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.SIGN))
    private = PrivateKey(key_block=objects.block(given, key_format, algorithm, SIZES[algorithm][0] * 8))
    uid = client.register(private, ObjectType.PRIVATE_KEY, attributes(use, (Tag.ACTIVATION_DATE, 0)))
    signature = client.do(Sign(unique_identifier=uid, data=b"data")).signature_data
    key.public_key().verify(signature, b"data")
    assert material(client, uid, Format.RAW) == bytes(range(32))


def material_of(key: Any, key_format: Format) -> bytes:
    if key_format is Format.RAW:
        return bytes(key.private_bytes_raw())
    return bytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize("value", [b"", bytes(31), bytes(33), bytes(4000)])
def test_a_key_that_is_none_is_kept_and_refused_when_it_is_used(client: Client, value: bytes) -> None:
    use = (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.SIGN))
    private = PrivateKey(key_block=objects.block(value, Format.RAW, Algorithm.ML_DSA_44, 10496))
    uid = client.register(private, ObjectType.PRIVATE_KEY, attributes(use, (Tag.ACTIVATION_DATE, 0)))
    assert client.refusal(Sign(unique_identifier=uid, data=b"x")) is ResultReason.CRYPTOGRAPHIC_FAILURE
    use = (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.VERIFY))
    public = PublicKey(key_block=objects.block(value, Format.RAW, Algorithm.ML_DSA_44, 10496))
    uid = client.register(public, ObjectType.PUBLIC_KEY, attributes(use, (Tag.ACTIVATION_DATE, 0)))
    asked = SignatureVerify(unique_identifier=uid, data=b"x", signature_data=bytes(2420))
    assert client.refusal(asked) is ResultReason.CRYPTOGRAPHIC_FAILURE


@pytest.mark.parametrize("algorithm", KEM)
def test_no_operation_encapsulates(client: Client, algorithm: Algorithm) -> None:
    """No version defines encapsulation; a KEM key neither encrypts nor signs."""
    every = int(Mask.ENCRYPT | Mask.DECRYPT | Mask.SIGN | Mask.VERIFY)
    private, public = pair(client, algorithm, (Tag.CRYPTOGRAPHIC_USAGE_MASK, every), (Tag.ACTIVATION_DATE, 0))
    unsupported = ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS
    assert client.refusal(Encrypt(unique_identifier=public, data=b"x")) is unsupported
    assert client.refusal(Decrypt(unique_identifier=private, data=b"x")) is unsupported
    assert client.refusal(Sign(unique_identifier=private, data=b"x")) is unsupported
    asked = SignatureVerify(unique_identifier=public, data=b"x", signature_data=b"y")
    assert client.refusal(asked) is unsupported
    key: Any = load_der_private_key(material(client, private, Format.PKCS_8), None)
    assert isinstance(key, mlkem.MLKEM768PrivateKey | mlkem.MLKEM1024PrivateKey)
    secret, sealed = key.public_key().encapsulate()
    assert len(sealed) == SIZES[algorithm][1] and key.decapsulate(sealed) == secret


@pytest.mark.parametrize("algorithm", [Algorithm.ML_KEM_512, Algorithm.SLH_DSA_SHA2_128S])
def test_what_the_library_does_not_have_is_said(client: Client, algorithm: Algorithm) -> None:
    with pytest.raises(Refused) as refused:
        pair(client, algorithm)
    # 2.1 Table 192 (Create Key Pair) knows no Unsupported Cryptographic Parameters.
    assert refused.value.reason is ResultReason.FEATURE_NOT_SUPPORTED


@pytest.mark.parametrize("length", [1, 256, 10496 + 8])
def test_an_algorithm_of_one_size_has_no_other(client: Client, length: int) -> None:
    with pytest.raises(Refused) as refused:
        pair(client, Algorithm.ML_DSA_44, (Tag.CRYPTOGRAPHIC_LENGTH, length))
    # 2.1 §11.46, Invalid Field: "some data in the request (other than an attribute value) has an invalid value".
    assert refused.value.reason is ResultReason.INVALID_ATTRIBUTE_VALUE
    assert client.server.store.objects == {}


# --- versions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [version for version in VERSIONS if version < V3_0])
@pytest.mark.parametrize("algorithm", [*DSA, *KEM])
def test_older_versions_cannot_name_them(client: Client, version: Any, algorithm: Algorithm) -> None:
    older = client.speaking(version)
    asked = attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, Algorithm.AES))
    message = older.message(CreateKeyPair(common_attributes=asked))
    answers = older.send(_swapped(message, int(algorithm)))
    assert not answers[0].ok and answers[0].reason is ResultReason.INVALID_FIELD


def _swapped(tree: Any, code: int) -> Any:
    """The message with another algorithm than its class can say in this version."""
    tag, kind, value = tree
    if isinstance(value, list):
        return tag, kind, [_swapped(each, code) for each in value]
    algorithm = int(Algorithm.AES)
    if kind == 5 and value == algorithm and tag in (Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.ATTRIBUTE_VALUE):
        return tag, kind, code
    return tree


@pytest.mark.parametrize("version", [V1_4, V2_0, V2_1])
def test_older_versions_are_not_shown_the_name(client: Client, version: Any) -> None:
    private, public = pair(client, Algorithm.ML_DSA_44)
    older = client.speaking(version)
    for uid in (private, public):
        shown = older.shown(uid)
        assert Tag.CRYPTOGRAPHIC_ALGORITHM not in shown and Tag.NIST_SECURITY_CATEGORY not in shown
        assert shown[Tag.CRYPTOGRAPHIC_LENGTH] == [10496]
        block = older.do(Get(unique_identifier=uid)).object.key_block
        assert block.cryptographic_algorithm is None and block.key_value.key_material
        older.do(Activate(unique_identifier=uid))
    # The key itself works for them: the format says what it is.
    signature = older.do(Sign(unique_identifier=private, data=b"x")).signature_data
    asked = SignatureVerify(unique_identifier=public, data=b"x", signature_data=signature)
    assert older.do(asked).validity_indicator is ValidityIndicator.VALID


# --- Quantum Safe --------------------------------------------------------------------------------------


def test_query_says_that_quantum_safe_keys_are_made(client: Client) -> None:
    asked = Query(query_function=[QueryFunction.QUERY_CAPABILITIES])
    for version in (V2_0, V2_1, V3_0):
        (told,) = client.speaking(version).do(asked).capability_information
        assert told.quantum_safe_capability is True
    (told,) = client.speaking(V1_4).do(asked).capability_information
    assert told.quantum_safe_capability is None


@pytest.mark.parametrize("version", [V2_0, V2_1, V3_0])
def test_a_pair_that_is_to_be_quantum_safe_is_so_or_is_not_made(client: Client, version: Any) -> None:
    speaking = client.speaking(version)
    wanted = ((Tag.QUANTUM_SAFE, True), (Tag.CRYPTOGRAPHIC_LENGTH, 2048))
    asked = attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, Algorithm.RSA), *wanted)
    assert speaking.refusal(CreateKeyPair(common_attributes=asked)) is ResultReason.GENERAL_FAILURE
    asked = attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, Algorithm.ED25519), (Tag.QUANTUM_SAFE, True))
    assert speaking.refusal(CreateKeyPair(private_key_attributes=asked)) is ResultReason.GENERAL_FAILURE
    assert client.server.store.objects == {}


def test_symmetric_keys_need_256_bits(client: Client) -> None:
    for length, reason in ((128, ResultReason.GENERAL_FAILURE), (256, None)):
        asked = attributes(
            (Tag.CRYPTOGRAPHIC_ALGORITHM, Algorithm.AES),
            (Tag.CRYPTOGRAPHIC_LENGTH, length),
            (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.ENCRYPT)),
            (Tag.QUANTUM_SAFE, True),
        )
        answer = client.one(Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=asked))
        assert answer.reason is reason


def test_registered_keys_too(client: Client) -> None:
    with pytest.raises(Refused) as refused:
        client.register(objects.private_key(), ObjectType.PRIVATE_KEY, attributes((Tag.QUANTUM_SAFE, True)))
    assert refused.value.reason is ResultReason.GENERAL_FAILURE
    client.register(objects.symmetric(), ObjectType.SYMMETRIC_KEY, attributes((Tag.QUANTUM_SAFE, True)))
    client.register(objects.opaque(), ObjectType.OPAQUE_OBJECT, attributes((Tag.QUANTUM_SAFE, True)))


def test_every_algorithm_is_judged() -> None:
    safe = {algorithm for algorithm in Algorithm if is_quantum_safe(algorithm, 256)}
    assert safe.isdisjoint({Algorithm.RSA, Algorithm.EC, Algorithm.ED448, Algorithm.SM2, Algorithm.DH})
    assert {Algorithm.AES, *NIST_SECURITY_CATEGORIES} <= safe and len(NIST_SECURITY_CATEGORIES) == 18
    assert not is_quantum_safe(Algorithm.AES, 192)


def test_parameters_of_another_algorithm_are_refused(client: Client) -> None:
    private, _ = pair(client, Algorithm.ML_DSA_44, (Tag.ACTIVATION_DATE, 0))
    named = CryptographicParameters(digital_signature_algorithm=1)
    asked = Sign(unique_identifier=private, data=b"x", cryptographic_parameters=named)
    assert client.one(asked).reason in (
        ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS,
        ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS,
    )
