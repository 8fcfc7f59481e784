"""Certificate requests and PGP keys as objects: kept without being believed (KMIP 2.1 §2.2, §2.4, §4.26)."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from kmip_server.operations.certify import CertifyRequest
from kmip_server.operations.encrypt import EncryptRequest
from kmip_server.operations.export import ExportRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.locate import LocateRequest
from kmip_server.operations.register import RegisterRequest
from kmip_server.spec.enums import CertificateRequestType as Kind
from kmip_server.spec.enums import CryptographicAlgorithm, KeyFormatType, ObjectType
from kmip_server.spec.enums import ResultReason as R
from kmip_server.spec.structures.keys import CertificateRequest, KeyBlock, KeyValue, PgpKey
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_2, V1_4, V2_0, V2_1, Version
from tests.authority import give_authority, new_key
from tests.flows.client import Client, attributes
from tests.unit.crypto.test_certificate_requests import CRMF_EC, CRMF_RSA

REQUEST = ObjectType.CERTIFICATE_REQUEST
ARMOURED = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBFHA/dQB\n-----END PGP PUBLIC KEY BLOCK-----\n"


def signed(key: Any, encoding: Encoding = Encoding.DER) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "me")])
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256()).public_bytes(encoding)


def stored(kind: Kind, value: bytes) -> CertificateRequest:
    return CertificateRequest(certificate_request_type=kind, certificate_request_value=value)


def got(client: Client, uid: str, key_format: KeyFormatType | None = None) -> Any:
    return client.do(GetRequest(unique_identifier=uid, key_format_type=key_format)).object


def pgp(value: bytes = ARMOURED, version: int = 4, **more: Any) -> PgpKey:
    block = KeyBlock(key_format_type=KeyFormatType.RAW, key_value=KeyValue(key_material=value), **more)
    return PgpKey(pgp_key_version=version, key_block=block)


# --- certificate requests --------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V2_0, V2_1], ids=str)
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_request_tells_the_key_that_it_is_about(client: Client, version: Version, kind: str) -> None:
    client = client.speaking(version)
    key, length = new_key(kind), 2048 if kind == "rsa" else 256
    algorithm = CryptographicAlgorithm.RSA if kind == "rsa" else CryptographicAlgorithm.EC
    for form, value, key_format in (
        (Kind.PKCS_10, signed(key), KeyFormatType.PKCS_10),
        (Kind.PEM, signed(key, Encoding.PEM), KeyFormatType.PKCS_10),
        (Kind.CRMF, CRMF_RSA if kind == "rsa" else CRMF_EC, KeyFormatType.OPAQUE),
    ):
        uid = client.register(stored(form, value), REQUEST)
        shown = client.shown(uid)
        assert shown[Tag.CRYPTOGRAPHIC_ALGORITHM] == [algorithm]
        assert shown[Tag.CRYPTOGRAPHIC_LENGTH] == [length]
        assert shown[Tag.KEY_FORMAT_TYPE] == [key_format]
        assert shown[Tag.DIGEST][0].key_format_type is key_format
        assert got(client, uid) == stored(form, value)
        assert client.do(ExportRequest(unique_identifier=uid)).object == stored(form, value)


def test_what_the_client_says_beside_a_request_must_agree(client: Client) -> None:
    asked = RegisterRequest(
        object_type=REQUEST,
        attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 77)),
        object=stored(Kind.PKCS_10, signed(new_key())),
    )
    assert client.refusal(asked) is R.INVALID_ATTRIBUTE_VALUE


def test_a_request_in_letters_leaves_as_pkcs_10_too(client: Client) -> None:
    key = new_key()
    whole, pem = signed(key), signed(key, Encoding.PEM)
    uid = client.register(stored(Kind.PEM, pem), REQUEST)
    given = got(client, uid, KeyFormatType.PKCS_10)
    assert given.certificate_request_type is Kind.PKCS_10
    assert x509.load_der_x509_csr(given.certificate_request_value) == x509.load_pem_x509_csr(pem)
    uid = client.register(stored(Kind.PKCS_10, whole), REQUEST)
    assert got(client, uid, KeyFormatType.PKCS_10).certificate_request_value == whole
    for form, value in ((Kind.CRMF, CRMF_EC), (Kind.PEM, b"-----BEGIN nonsense"), (Kind.PKCS_10, whole)):
        uid = client.register(stored(form, value), REQUEST)
        wanted = KeyFormatType.X_509 if form is Kind.PKCS_10 else KeyFormatType.PKCS_10
        refused = GetRequest(unique_identifier=uid, key_format_type=wanted)
        assert client.refusal(refused) is R.KEY_FORMAT_TYPE_NOT_SUPPORTED


@pytest.mark.parametrize("form", list(Kind), ids=lambda form: form.name)
def test_a_malformed_request_is_kept_and_refused_when_it_is_used(client: Client, form: Kind) -> None:
    give_authority(client.server)
    for value in (b"", b"nonsense", signed(new_key())[:-7]):
        if not form.in_version(client.version):
            continue
        uid = client.register(stored(form, value), REQUEST)
        assert got(client, uid) == stored(form, value)
        assert Tag.CRYPTOGRAPHIC_ALGORITHM not in client.shown(uid)
        assert client.refusal(CertifyRequest(unique_identifier=uid)) is R.INVALID_CSR


def test_requests_are_found_by_what_they_tell(client: Client) -> None:
    uid = client.register(stored(Kind.PKCS_10, signed(new_key("ec"))), REQUEST)
    client.register(stored(Kind.PKCS_10, signed(new_key("rsa"))), REQUEST)
    asked = attributes((Tag.OBJECT_TYPE, REQUEST), (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.EC))
    assert client.do(LocateRequest(attributes=asked)).unique_identifier == [uid]


# --- PGP keys --------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_2, V1_4, V2_0, V2_1], ids=str)
def test_a_pgp_key_is_kept_as_it_is(client: Client, version: Version) -> None:
    """2.1 §2.4: "SHOULD treat the Key Block field as an opaque blob": its bytes tell no length."""
    client = client.speaking(version)
    uid = client.register(pgp(), ObjectType.PGP_KEY)
    shown = client.shown(uid)
    assert Tag.CRYPTOGRAPHIC_LENGTH not in shown
    assert [each.key_format_type for each in shown[Tag.DIGEST]] == [KeyFormatType.RAW]
    assert got(client, uid).key_block.key_value.key_material == ARMOURED
    assert got(client, uid).pgp_key_version == 4
    asked = attributes((Tag.OBJECT_TYPE, ObjectType.PGP_KEY))
    assert client.do(LocateRequest(attributes=asked)).unique_identifier == [uid]
    if version >= V1_4:
        assert client.do(ExportRequest(unique_identifier=uid)).object == got(client, uid)
    told = pgp(cryptographic_algorithm=CryptographicAlgorithm.RSA, cryptographic_length=2048)
    shown = client.shown(client.register(told, ObjectType.PGP_KEY))
    assert shown[Tag.CRYPTOGRAPHIC_LENGTH] == [2048]


def test_pgp_keys_are_of_version_3_or_4(client: Client) -> None:
    for version, fits in ((3, True), (4, True), (2, False), (6, False)):
        asked = RegisterRequest(object_type=ObjectType.PGP_KEY, object=pgp(version=version))
        assert client.one(asked).ok is fits
        if not fits:
            assert client.refusal(asked) is R.INVALID_FIELD


def test_a_pgp_key_that_is_nonsense_is_refused_when_it_is_used(client: Client) -> None:
    made = pgp(b"nonsense", cryptographic_algorithm=CryptographicAlgorithm.RSA, cryptographic_length=2048)
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 4), (Tag.ACTIVATION_DATE, 0))
    uid = client.register(made, ObjectType.PGP_KEY, given)
    assert client.refusal(EncryptRequest(unique_identifier=uid, data=b"x")) in (
        R.CRYPTOGRAPHIC_FAILURE,
        R.BAD_CRYPTOGRAPHIC_PARAMETERS,
    )
