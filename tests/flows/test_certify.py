"""Certify and Re-certify (2.1 §6.1.6, §6.1.45; 1.4 §4.7, §4.8)."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kmip_server.operations.certify import CertifyRequest
from kmip_server.operations.destroy import DestroyRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.query import QueryRequest
from kmip_server.operations.re_certify import ReCertifyRequest
from kmip_server.operations.revoke import RevokeRequest
from kmip_server.ports import Certification
from kmip_server.spec.enums import (
    CertificateRequestType,
    CertificateType,
    CryptographicAlgorithm,
    KeyFormatType,
    LinkType,
    ObjectType,
    Operation,
    QueryFunction,
    ResultReason,
    RevocationReasonCode,
    State,
)
from kmip_server.spec.structures.attributes import (
    CertificateSubject,
    Link,
    RevocationReason,
    X509CertificateSubject,
)
from kmip_server.spec.structures.keys import CertificateRequest, KeyBlock, KeyValue, PublicKey
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_1, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.authority import DAY, Key, certificate_of, der, give_authority, hash_for, new_key
from tests.flows.client import Client, Mask, attributes, integer, name, raw
from tests.kit import BOB, Server

X_509 = (Tag.CERTIFICATE_TYPE, CertificateType.X_509)
ALGORITHMS = {
    "rsa": (CryptographicAlgorithm.RSA, 2048),
    "ec": (CryptographicAlgorithm.EC, 256),
    "ed25519": (CryptographicAlgorithm.ED25519, 256),
}


@pytest.fixture
def server() -> Server:
    made = Server()
    give_authority(made)
    return made


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server)


def csr(key: Key, subject: str = "CN=Somebody,O=Example", *extensions: tuple[x509.ExtensionType, bool]) -> Any:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name.from_rfc4514_string(subject))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hash_for(key))


def csr_der(key: Key, subject: str = "CN=Somebody,O=Example", *extensions: tuple[x509.ExtensionType, bool]) -> bytes:
    made: bytes = csr(key, subject, *extensions).public_bytes(Encoding.DER)
    return made


def public_key(client: Client, key: Key, kind: str = "ec", mask: int = int(Mask.VERIFY), *more: Any) -> str:
    algorithm, length = ALGORITHMS[kind]
    block = KeyBlock(
        key_format_type=KeyFormatType.X_509,
        key_value=KeyValue(key_material=key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
        cryptographic_algorithm=algorithm,
        cryptographic_length=length,
    )
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, mask), *more)
    return client.register(PublicKey(key_block=block), ObjectType.PUBLIC_KEY, given)


def by_request(key: Key, uid: str | None = None, *pairs: Any, subject: str = "CN=Somebody,O=Example") -> CertifyRequest:
    return CertifyRequest(
        unique_identifier=uid,
        certificate_request_type=CertificateRequestType.PKCS_10,
        certificate_request_value=csr_der(key, subject),
        attributes=attributes(*pairs),
    )


def got(client: Client, uid: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(client.do(GetRequest(unique_identifier=uid)).object.certificate_value)


def links(client: Client, uid: str) -> set[tuple[LinkType, str]]:
    found = client.shown(uid, Tag.LINK).get(Tag.LINK, [])
    return {(each.link_type, each.linked_object_identifier) for each in found}


def extension(certificate: x509.Certificate, kind: Any) -> Any:
    return certificate.extensions.get_extension_for_class(kind).value


# --- Certify ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("authority_kind", ["rsa", "ec", "ed25519"])
@pytest.mark.parametrize("kind", ["rsa", "ec", "ed25519"])
def test_every_kind_of_authority_certifies_every_kind_of_key(kind: str, authority_kind: str) -> None:
    server = Server()
    authority = give_authority(server, authority_kind)
    client = Client(server)
    key = new_key(kind)
    uid = public_key(client, key, kind)
    made = client.do(by_request(key, uid)).unique_identifier
    certificate = got(client, made)
    certificate.verify_directly_issued_by(authority.certificate)
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=Somebody,O=Example"
    assert links(client, uid) == {(LinkType.CERTIFICATE_LINK, made)}
    assert links(client, made) == {(LinkType.PUBLIC_KEY_LINK, uid)}


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_it_is_served_in_every_version(client: Client, version: Version) -> None:
    older = client.speaking(version)
    key = new_key()
    uid = public_key(older, key)
    made = older.do(by_request(key, uid)).unique_identifier
    assert got(older, made).public_key() == key.public_key()
    again = older.do(
        ReCertifyRequest(
            unique_identifier=made,
            certificate_request_type=CertificateRequestType.PKCS_10,
            certificate_request_value=csr_der(key, "CN=Somebody else"),
        )
    ).unique_identifier
    assert got(older, again).subject.rfc4514_string() == "CN=Somebody else"


def test_the_certificate_says_what_rfc_5280_asks(server: Server, client: Client) -> None:
    key = new_key()
    wanted = Mask.SIGN | Mask.WRAP_KEY | Mask.CERTIFICATE_SIGN
    uid = public_key(client, key)
    first = got(client, client.do(by_request(key, uid, (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(wanted)))).unique_identifier)
    second = got(client, client.do(by_request(key, uid)).unique_identifier)
    constraints = first.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical and not constraints.value.ca
    usage = extension(first, x509.KeyUsage)
    assert usage.digital_signature and usage.key_encipherment
    assert not (usage.key_cert_sign or usage.crl_sign or usage.data_encipherment or usage.key_agreement)
    assert extension(second, x509.KeyUsage).digital_signature  # from the public key's mask, which says Verify
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    assert extension(first, x509.SubjectKeyIdentifier) == own
    issuer = give_authority(server)  # an authority without a key identifier: that of its key is told
    third = got(client, client.do(by_request(key, uid)).unique_identifier)
    told = extension(third, x509.AuthorityKeyIdentifier).key_identifier
    assert told == x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()).key_identifier
    serials = {first.serial_number, second.serial_number, third.serial_number}
    assert len(serials) == 3 and all(number.bit_length() > 64 for number in serials)


def test_a_request_never_makes_an_authority(client: Client) -> None:
    key = new_key()
    greedy = (
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (x509.KeyUsage(True, False, False, False, False, True, True, False, False), True),
        (x509.SubjectAlternativeName([x509.DNSName("db.example")]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
    )
    made = client.do(
        CertifyRequest(
            unique_identifier=public_key(client, key),
            certificate_request_type=CertificateRequestType.PKCS_10,
            certificate_request_value=csr_der(key, "CN=Greedy", *greedy),
        )
    ).unique_identifier
    certificate = got(client, made)
    assert not extension(certificate, x509.BasicConstraints).ca
    usage = extension(certificate, x509.KeyUsage)
    assert usage.digital_signature and not usage.key_cert_sign and not usage.crl_sign
    assert extension(certificate, x509.SubjectAlternativeName).get_values_for_type(x509.DNSName) == ["db.example"]
    assert list(extension(certificate, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_dates_become_the_certificates_and_state_follows_them(server: Server, client: Client) -> None:
    key, now = new_key(), server.clock.seconds
    uid = public_key(client, key)
    dates = ((Tag.ACTIVATION_DATE, now + DAY), (Tag.DEACTIVATION_DATE, now + 3 * DAY))
    made = client.do(by_request(key, uid, *dates)).unique_identifier
    certificate = got(client, made)
    assert int(certificate.not_valid_before_utc.timestamp()) == now + DAY
    assert int(certificate.not_valid_after_utc.timestamp()) == now + 3 * DAY
    assert client.shown(made, Tag.STATE)[Tag.STATE] == [State.PRE_ACTIVE]
    server.clock.advance(2 * DAY)
    assert client.shown(made, Tag.STATE)[Tag.STATE] == [State.ACTIVE]
    usual = got(client, client.do(by_request(key, uid)).unique_identifier)
    assert usual.not_valid_after_utc - usual.not_valid_before_utc == datetime.timedelta(days=365)


def test_no_certificate_outlives_its_authority_or_ends_before_it_begins(server: Server, client: Client) -> None:
    key, now = new_key(), server.clock.seconds
    short = new_key()
    authority = give_authority(server, key=short, certificate=certificate_of(short, ends=10))
    uid = public_key(client, key)
    made = got(client, client.do(by_request(key, uid)).unique_identifier)
    assert made.not_valid_after_utc == authority.certificate.not_valid_after_utc
    late = by_request(key, uid, (Tag.DEACTIVATION_DATE, now + 20 * DAY))
    assert client.refusal(late) is ResultReason.INVALID_FIELD
    early = by_request(key, uid, (Tag.DEACTIVATION_DATE, now - 2 * DAY))
    assert client.refusal(early) is ResultReason.INVALID_FIELD


def test_the_server_tells_the_attributes_of_what_it_made(client: Client) -> None:
    key = new_key("rsa")
    made = client.do(by_request(key, public_key(client, key, "rsa"), (Tag.NAME, name("mine")))).unique_identifier
    shown = client.shown(made)
    certificate = got(client, made)
    assert shown[Tag.CRYPTOGRAPHIC_ALGORITHM] == [CryptographicAlgorithm.RSA]
    assert shown[Tag.CRYPTOGRAPHIC_LENGTH] == [2048]
    assert shown[Tag.CERTIFICATE_LENGTH] == [len(der(certificate))]
    assert shown[Tag.X_509_CERTIFICATE_SUBJECT][0].subject_distinguished_name == certificate.subject.public_bytes()
    assert shown[Tag.X_509_CERTIFICATE_ISSUER][0].issuer_distinguished_name == certificate.issuer.public_bytes()
    assert shown[Tag.CERTIFICATE_SUBJECT_CN] == ["Somebody"] and shown[Tag.CERTIFICATE_ISSUER_CN] == ["Authority"]
    assert shown[Tag.NAME] == [name("mine")] and shown[Tag.STATE] == [State.PRE_ACTIVE]
    older = client.speaking(V1_0).shown(made)
    assert older[Tag.CERTIFICATE_IDENTIFIER][0].issuer == "CN=Authority"
    assert older[Tag.CERTIFICATE_SUBJECT][0].certificate_subject_distinguished_name == "CN=Somebody,O=Example"
    assert int(older[Tag.CERTIFICATE_IDENTIFIER][0].serial_number, 16) == certificate.serial_number


SUBJECTS: list[tuple[Version, tuple[Any, ...]]] = [
    (
        V1_1,
        (
            (
                Tag.CERTIFICATE_SUBJECT,
                CertificateSubject(
                    certificate_subject_distinguished_name="CN=Text,O=Example",
                    certificate_subject_alternative_name=["a.example", "10.0.0.1", "x@example.com", "https://e.x/"],
                ),
            ),
        ),
    ),
    (
        V2_0,
        (
            (
                Tag.X_509_CERTIFICATE_SUBJECT,
                X509CertificateSubject(
                    subject_distinguished_name=x509.Name.from_rfc4514_string("CN=Text,O=Example").public_bytes(),
                    subject_alternative_name=[
                        b"\x82\x09a.example",
                        b"\x87\x04\x0a\x00\x00\x01",
                        b"\x81\x0dx@example.com",
                        b"\x86\x0chttps://e.x/",
                    ],
                ),
            ),
        ),
    ),
]


@pytest.mark.parametrize(("version", "given"), SUBJECTS, ids=["text", "DER"])
def test_without_a_request_the_attributes_give_the_subject(
    client: Client, version: Version, given: tuple[Any, ...]
) -> None:
    older = client.speaking(version)
    key = new_key()
    asked = CertifyRequest(unique_identifier=public_key(older, key), attributes=attributes(X_509, *given))
    certificate = got(older, older.do(asked).unique_identifier)
    assert certificate.subject.rfc4514_string() == "CN=Text,O=Example"
    assert certificate.public_key() == key.public_key()
    names = extension(certificate, x509.SubjectAlternativeName)
    assert [each.value if not hasattr(each.value, "packed") else str(each.value) for each in names] == [
        "a.example",
        "10.0.0.1",
        "x@example.com",
        "https://e.x/",
    ]


def test_parts_of_a_subject_stand_from_the_widest_to_the_narrowest(client: Client) -> None:
    parts = (
        (Tag.CERTIFICATE_SUBJECT_CN, "Array 7"),
        (Tag.CERTIFICATE_SUBJECT_OU, "Storage"),
        (Tag.CERTIFICATE_SUBJECT_O, "Example"),
        (Tag.CERTIFICATE_SUBJECT_C, "DE"),
    )
    for version in (V1_4, V2_1):
        older = client.speaking(version)
        asked = CertifyRequest(unique_identifier=public_key(older, new_key()), attributes=attributes(X_509, *parts))
        subject = got(older, older.do(asked).unique_identifier).subject
        assert subject.rfc4514_string() == "CN=Array 7,OU=Storage,O=Example,C=DE"
        assert next(each.oid for each in subject) == NameOID.COUNTRY_NAME


def test_the_request_comes_before_the_attributes(client: Client) -> None:
    key = new_key()
    asked = by_request(key, public_key(client, key), (Tag.CERTIFICATE_SUBJECT_CN, "Another"))
    assert got(client, client.do(asked).unique_identifier).subject.rfc4514_string() == "CN=Somebody,O=Example"


def test_pem_is_pkcs_10_in_text(client: Client) -> None:
    key = new_key()
    pem = csr(key).public_bytes(Encoding.PEM)
    asked = CertifyRequest(
        unique_identifier=public_key(client, key),
        certificate_request_type=CertificateRequestType.PEM,
        certificate_request_value=pem,
    )
    assert got(client, client.do(asked).unique_identifier).public_key() == key.public_key()
    asked.certificate_request_value = csr_der(key)
    assert client.refusal(asked) is ResultReason.INVALID_CSR


def test_the_placeholder_is_the_public_key(client: Client) -> None:
    key = new_key()
    uid = public_key(client, key, "ec", int(Mask.VERIFY), (Tag.NAME, name("key")))
    older = client.speaking(V1_4)
    located, certified = older.ask(
        raw(Operation.LOCATE, *_name_filter(older, "key")), by_request(key), batch_order_option=True
    )
    assert located.ok and certified.ok
    assert (LinkType.CERTIFICATE_LINK, certified.payload.unique_identifier) in links(client, uid)


def _name_filter(client: Client, text_: str) -> list[Any]:
    from kmip_server.operations.locate import LocateRequest
    from tests.flows.client import binder

    return binder(client.version).unbind(LocateRequest(attributes=attributes((Tag.NAME, name(text_)))))


def test_since_2_0_a_request_alone_is_enough_and_before_it_is_not(client: Client) -> None:
    key = new_key()
    made = client.do(by_request(key)).unique_identifier
    assert got(client, made).public_key() == key.public_key() and links(client, made) == set()
    # 1.4 Table 184: "If omitted, then the ID Placeholder value is used", and there is none.
    assert client.speaking(V1_4).refusal(by_request(key)) is ResultReason.ITEM_NOT_FOUND


def test_a_certificate_request_object_is_certified(client: Client) -> None:
    key = new_key()
    uid = public_key(client, key)
    stored = CertificateRequest(
        certificate_request_type=CertificateRequestType.PKCS_10, certificate_request_value=csr_der(key)
    )
    link = Link(link_type=LinkType.PUBLIC_KEY_LINK, linked_object_identifier=uid)
    request = client.register(stored, ObjectType.CERTIFICATE_REQUEST, attributes((Tag.LINK, link)))
    made = client.do(CertifyRequest(unique_identifier=request)).unique_identifier
    assert got(client, made).public_key() == key.public_key()
    assert links(client, made) == {(LinkType.PUBLIC_KEY_LINK, uid)}
    twice = by_request(key, request)
    assert client.refusal(twice) is ResultReason.INVALID_MESSAGE
    again = client.do(
        ReCertifyRequest(unique_identifier=made, certificate_request_unique_identifier=request)
    ).unique_identifier
    assert (LinkType.REPLACED_OBJECT_LINK, made) in links(client, again)


# --- what is refused ----------------------------------------------------------------------------------------


def test_a_request_proves_that_its_sender_has_the_key(client: Client) -> None:
    key = new_key()
    uid = public_key(client, key)
    good = csr_der(key)
    forged = bytearray(good)
    forged[-1] ^= 1
    for value in (bytes(forged), good[:-4], b"", b"\x30\x00", b"nonsense"):
        asked = CertifyRequest(
            unique_identifier=uid,
            certificate_request_type=CertificateRequestType.PKCS_10,
            certificate_request_value=value,
        )
        assert client.refusal(asked) is ResultReason.INVALID_CSR
        # 1.4 §11.8: "does not contain a signed certificate request of the specified ... Type: Invalid Field".
        assert client.speaking(V1_4).refusal(asked) is ResultReason.INVALID_FIELD
    assert links(client, uid) == set()


def test_a_request_for_another_key_is_refused(client: Client) -> None:
    uid = public_key(client, new_key())
    assert client.refusal(by_request(new_key(), uid)) is ResultReason.INVALID_CSR
    assert links(client, uid) == set()


def test_half_a_request_is_no_message(client: Client) -> None:
    uid = public_key(client, new_key())
    half = CertifyRequest(unique_identifier=uid, certificate_request_value=csr_der(new_key()))
    assert client.refusal(half) is ResultReason.INVALID_MESSAGE
    half = CertifyRequest(unique_identifier=uid, certificate_request_type=CertificateRequestType.PKCS_10)
    assert client.refusal(half) is ResultReason.INVALID_MESSAGE


def test_without_a_request_type_and_subject_must_be_said(client: Client) -> None:
    uid = public_key(client, new_key())
    subject = (Tag.CERTIFICATE_SUBJECT_CN, "x")
    assert client.refusal(CertifyRequest(unique_identifier=uid, attributes=attributes(subject))) is (
        ResultReason.INVALID_FIELD
    )
    assert client.refusal(CertifyRequest(unique_identifier=uid, attributes=attributes(X_509))) is (
        ResultReason.INVALID_FIELD
    )
    pgp = attributes((Tag.CERTIFICATE_TYPE, CertificateType.PGP), subject)
    asked = CertifyRequest(unique_identifier=uid, attributes=pgp)
    assert client.refusal(asked) is ResultReason.FEATURE_NOT_SUPPORTED
    wrong = attributes(
        X_509, (Tag.X_509_CERTIFICATE_SUBJECT, X509CertificateSubject(subject_distinguished_name=b"\x04\x01x"))
    )
    assert client.refusal(CertifyRequest(unique_identifier=uid, attributes=wrong)) is ResultReason.INVALID_FIELD
    # 1.0 §4.6: the request is REQUIRED; optional since 1.1.
    oldest = CertifyRequest(unique_identifier=uid, attributes=attributes(X_509))
    assert client.speaking(V1_0).refusal(oldest) is ResultReason.INVALID_MESSAGE


def test_only_public_keys_that_may_still_be_used_are_certified(client: Client) -> None:
    symmetric = client.create()
    assert client.refusal(by_request(new_key(), symmetric)) is ResultReason.INVALID_OBJECT_TYPE
    # 1.4 §11.8: "Object specified is not able to be certified: Permission Denied".
    assert client.speaking(V1_4).refusal(by_request(new_key(), symmetric)) is ResultReason.PERMISSION_DENIED
    # 2.1 Table 181 lists Item Not Found, and not Object Not Found.
    assert client.refusal(by_request(new_key(), "nothing")) is ResultReason.ITEM_NOT_FOUND
    key = new_key()
    uid = public_key(client, key)
    reason = RevocationReason(revocation_reason_code=RevocationReasonCode.KEY_COMPROMISE)
    client.do(RevokeRequest(unique_identifier=uid, revocation_reason=reason, compromise_occurrence_date=1))
    assert client.refusal(by_request(key, uid)) is ResultReason.PERMISSION_DENIED
    client.do(DestroyRequest(unique_identifier=uid))
    assert client.refusal(by_request(key, uid)) is ResultReason.OBJECT_DESTROYED


def test_another_clients_public_key_is_not_certified(server: Server, client: Client) -> None:
    key = new_key()
    uid = public_key(client, key)
    assert Client(server, V2_1, BOB).refusal(by_request(key, uid)) is ResultReason.PERMISSION_DENIED
    assert links(client, uid) == set()


# --- the authority ------------------------------------------------------------------------------------------


def test_without_an_authority_the_operations_are_not_supported() -> None:
    client = Client(Server())
    key = new_key()
    assert client.refusal(by_request(key)) is ResultReason.OPERATION_NOT_SUPPORTED
    assert client.refusal(ReCertifyRequest(unique_identifier="x")) is ResultReason.OPERATION_NOT_SUPPORTED


def test_query_lists_them_where_there_is_an_authority(client: Client) -> None:
    def operations(asking: Client) -> set[Operation]:
        return set(asking.do(QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS])).operation)

    assert operations(client) - operations(Client(Server())) == {Operation.CERTIFY, Operation.RE_CERTIFY}


def test_an_authority_is_named_by_name_and_owner_too() -> None:
    server = Server()
    authority = give_authority(server, by_name=True)
    client = Client(server)
    certificate = got(client, client.do(by_request(new_key())).unique_identifier)
    certificate.verify_directly_issued_by(authority.certificate)
    give_authority(server, by_name=True)  # now two objects have the name, and neither is meant
    assert client.refusal(by_request(new_key())) is ResultReason.FEATURE_NOT_SUPPORTED


def test_an_authority_that_may_not_sign_does_not(server: Server, client: Client) -> None:
    key = new_key()

    def refusal() -> ResultReason | None:
        return client.refusal(by_request(new_key()))

    unusable = [
        dict(certificate=certificate_of(key, ends=-1, begins=-5)),
        dict(certificate=certificate_of(key, ca=False)),
        dict(certificate=certificate_of(key, ca=None)),
        dict(certificate=certificate_of(new_key())),
        dict(
            certificate=certificate_of(
                key, usage=x509.KeyUsage(True, False, False, False, False, False, False, False, False)
            )
        ),
        dict(mask=int(Mask.SIGN)),
    ]
    for given in unusable:
        give_authority(server, key=key, **given)  # type: ignore[arg-type]
        assert refusal() is ResultReason.FEATURE_NOT_SUPPORTED, given
    good = give_authority(server)
    server.engine.rooms.certification = Certification(issuer_key="none", issuer_certificate=good.certificate_id)
    assert refusal() is ResultReason.FEATURE_NOT_SUPPORTED
    server.engine.rooms.certification = Certification(
        issuer_key=good.certificate_id, issuer_certificate=good.certificate_id
    )
    assert refusal() is ResultReason.FEATURE_NOT_SUPPORTED


def test_a_revoked_authority_issues_nothing(server: Server, client: Client) -> None:
    from tests.authority import OWNER

    authority = give_authority(server)
    reason = RevocationReason(revocation_reason_code=RevocationReasonCode.CA_COMPROMISE)
    revoke = RevokeRequest(
        unique_identifier=authority.certificate_id, revocation_reason=reason, compromise_occurrence_date=1
    )
    Client(server, V2_1, OWNER).do(revoke)
    assert client.refusal(by_request(new_key())) is ResultReason.FEATURE_NOT_SUPPORTED


def test_the_authoritys_key_stays_unknown_to_clients(server: Server, client: Client) -> None:
    authority = give_authority(server)
    client.do(by_request(new_key()))
    assert client.refusal(GetRequest(unique_identifier=authority.key_id)) is ResultReason.OBJECT_NOT_FOUND
    assert client.located((Tag.OBJECT_TYPE, ObjectType.PRIVATE_KEY)) == []
    entry = server.store.audit[-3]  # type: ignore[attr-defined]
    assert any(f"issued by {authority.certificate_id}" in text_ for text_ in entry.fields)


# --- Re-certify ---------------------------------------------------------------------------------------------


def certified(client: Client, key: Key, *pairs: Any) -> tuple[str, str]:
    uid = public_key(client, key)
    return uid, client.do(by_request(key, uid, *pairs)).unique_identifier


def test_a_new_certificate_takes_the_place_and_the_names_of_the_old(client: Client) -> None:
    key = new_key()
    uid, old = certified(client, key, (Tag.NAME, name("cert")), (Tag.CONTACT_INFORMATION, "ops"))
    new = client.do(ReCertifyRequest(unique_identifier=old)).unique_identifier
    first, second = got(client, old), got(client, new)
    assert second.subject == first.subject and second.public_key() == first.public_key()
    assert second.serial_number != first.serial_number
    assert links(client, new) == {(LinkType.REPLACED_OBJECT_LINK, old), (LinkType.PUBLIC_KEY_LINK, uid)}
    assert links(client, old) == {(LinkType.REPLACEMENT_OBJECT_LINK, new), (LinkType.PUBLIC_KEY_LINK, uid)}
    assert links(client, uid) == {(LinkType.CERTIFICATE_LINK, new)}
    assert client.shown(new, Tag.NAME)[Tag.NAME] == [name("cert")] and not client.shown(old, Tag.NAME)
    assert client.shown(new, Tag.CONTACT_INFORMATION)[Tag.CONTACT_INFORMATION] == ["ops"]
    digest = client.shown(new, Tag.DIGEST)[Tag.DIGEST]
    assert digest and digest != client.shown(old, Tag.DIGEST)[Tag.DIGEST]
    assert client.refusal(ReCertifyRequest(unique_identifier=old)) is ResultReason.PERMISSION_DENIED


def test_dates_are_copied_without_an_offset_and_moved_with_one(server: Server, client: Client) -> None:
    now = server.clock.seconds
    key = new_key()
    dates = ((Tag.ACTIVATION_DATE, now + DAY), (Tag.DEACTIVATION_DATE, now + 11 * DAY))
    _, old = certified(client, key, *dates)
    server.clock.advance(100)
    copied = client.do(ReCertifyRequest(unique_identifier=old)).unique_identifier
    shown = client.shown(copied)
    assert (shown[Tag.ACTIVATION_DATE], shown[Tag.DEACTIVATION_DATE]) == ([now + DAY], [now + 11 * DAY])
    moved = client.do(ReCertifyRequest(unique_identifier=copied, offset=5 * DAY)).unique_identifier
    begins = now + 100 + 5 * DAY  # 1.4 Table 186: AT2 = IT2 + Offset; DT1 + (AT2 - AT1)
    shown = client.shown(moved)
    assert (shown[Tag.ACTIVATION_DATE], shown[Tag.DEACTIVATION_DATE]) == ([begins], [begins + 10 * DAY])
    certificate = got(client, moved)
    assert int(certificate.not_valid_before_utc.timestamp()) == begins
    assert int(certificate.not_valid_after_utc.timestamp()) == begins + 10 * DAY


def test_an_offset_and_a_date_contradict_each_other(client: Client) -> None:
    _, old = certified(client, new_key())
    both = ReCertifyRequest(unique_identifier=old, offset=5, attributes=attributes((Tag.ACTIVATION_DATE, 1)))
    assert client.refusal(both) is ResultReason.INVALID_MESSAGE
    # 1.4 §4.8 gives an Offset no sign, but the item type Interval has none either.
    assert client.refusal(raw(Operation.RE_CERTIFY, integer(Tag.OFFSET, 1))) is ResultReason.INVALID_MESSAGE


def test_only_the_same_key_and_only_ones_own_certificates_are_renewed(server: Server, client: Client) -> None:
    key = new_key()
    uid, old = certified(client, key)
    other = ReCertifyRequest(
        unique_identifier=old,
        certificate_request_type=CertificateRequestType.PKCS_10,
        certificate_request_value=csr_der(new_key()),
    )
    assert client.refusal(other) is ResultReason.INVALID_CSR
    assert client.refusal(ReCertifyRequest(unique_identifier=uid)) is ResultReason.INVALID_OBJECT_TYPE
    assert client.refusal(ReCertifyRequest(unique_identifier="no")) is ResultReason.OBJECT_NOT_FOUND
    bob = Client(server, V2_1, BOB)
    assert bob.refusal(ReCertifyRequest(unique_identifier=old)) is ResultReason.PERMISSION_DENIED
    reason = RevocationReason(revocation_reason_code=RevocationReasonCode.KEY_COMPROMISE)
    client.do(RevokeRequest(unique_identifier=old, revocation_reason=reason, compromise_occurrence_date=1))
    assert client.refusal(ReCertifyRequest(unique_identifier=old)) is ResultReason.PERMISSION_DENIED


def test_another_usage_and_another_subject_can_be_asked(client: Client) -> None:
    _, old = certified(client, new_key())
    asked = attributes((Tag.CERTIFICATE_SUBJECT_CN, "Renamed"), (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.KEY_AGREEMENT)))
    new = client.do(ReCertifyRequest(unique_identifier=old, attributes=asked)).unique_identifier
    certificate = got(client, new)
    assert certificate.subject.rfc4514_string() == "CN=Renamed"
    assert extension(certificate, x509.KeyUsage).key_agreement
    assert client.shown(new)[Tag.CERTIFICATE_SUBJECT_CN] == ["Renamed"]
    assert Tag.CERTIFICATE_SUBJECT_O not in client.shown(new)
