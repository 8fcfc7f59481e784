"""Re-Provision (2.1 §6.1.48, 2.0 §6.1.44): another certificate for the client that asks, in place of its own."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from kmip_server.audit.record import entry_of
from kmip_server.domain.subject import USERNAME, Subject
from kmip_server.engine.identity import GroupSettings, identify_certificate
from kmip_server.errors import KmipError
from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.certify import CertifyRequest
from kmip_server.operations.destroy import DestroyRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.locate import LocateRequest
from kmip_server.operations.poll import PollRequest
from kmip_server.operations.query import QueryRequest
from kmip_server.operations.re_provision import ReProvisionRequest
from kmip_server.operations.revoke import RevokeRequest
from kmip_server.spec.enums import (
    AsynchronousIndicator,
    CertificateRequestType,
    CertificateType,
    KeyFormatType,
    LinkType,
    ObjectType,
    Operation,
    QueryFunction,
    ResultReason,
    RevocationReasonCode,
    State,
)
from kmip_server.spec.structures.attributes import RevocationReason
from kmip_server.spec.structures.keys import Certificate, CertificateRequest
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0, V2_1, V3_0, Version
from tests.authority import Authority, Key, certificate_of, der, give_authority, hash_for, new_key
from tests.flows.client import Client, attributes, raw
from tests.kit import BOB, Server

NAME = "CN=alice,OU=storage,O=Example"
AUTHORITY = "CN=Clients CA"
MANDATORY = (5, int(AsynchronousIndicator.MANDATORY))


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def authority(server: Server) -> Authority:
    return give_authority(server, subject_text=AUTHORITY, for_clients=True)


def issued(authority: Authority, name: str = NAME, key: Key | None = None, **options: int) -> bytes:
    """A certificate that lets its holder in."""
    made = certificate_of(key or new_key(), name, signer=authority.key, issuer_text=AUTHORITY, ca=None, **options)
    return der(made)


def who(certificate: bytes) -> Subject:
    return identify_certificate(certificate, "127.0.0.1", GroupSettings())


@pytest.fixture
def client(server: Server, authority: Authority) -> Client:
    return Client(server, V2_1, who(issued(authority)))


def request(key: Key, name: str = NAME, kind: CertificateRequestType = CertificateRequestType.PKCS_10) -> bytes:
    subject = x509.Name.from_rfc4514_string(name) if name else x509.Name([])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hash_for(key))
    return made.public_bytes(Encoding.PEM if kind is CertificateRequestType.PEM else Encoding.DER)


def by_request(value: bytes, kind: CertificateRequestType = CertificateRequestType.PKCS_10) -> ReProvisionRequest:
    structure = CertificateRequest(certificate_request_type=kind, certificate_request_value=value)
    return ReProvisionRequest(certificate_request=structure)


def by_certificate(value: bytes) -> ReProvisionRequest:
    structure = Certificate(certificate_type=CertificateType.X_509, certificate_value=value)
    return ReProvisionRequest(certificate=structure)


def certificate_in(client: Client, uid: str) -> bytes:
    return bytes(client.do(GetRequest(unique_identifier=uid)).object.certificate_value)


def after(client: Client, certificate: bytes) -> Client:
    """The same client, come anew with the new certificate."""
    return Client(client.server, client.version, who(certificate))


# --- the three forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V2_0, V2_1, V3_0], ids=str)
def test_a_request_is_signed_and_the_new_certificate_is_the_client(
    client: Client, authority: Authority, version: Version
) -> None:
    client = client.speaking(version)
    own = client.create()
    key = new_key()
    made, got = client.ask(by_request(request(key)), GetRequest())
    uid, value = made.payload.unique_identifier, got.payload.object.certificate_value
    certificate = x509.load_der_x509_certificate(value)
    certificate.verify_directly_issued_by(authority.certificate)
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == NAME
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert client.refusal(QueryRequest()) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL
    new = after(client, value)
    assert new.who.name == client.who.name and new.who.groups == client.who.groups
    assert new.shown(own, Tag.STATE) and new.shown(uid, Tag.STATE)[Tag.STATE] == [State.ACTIVE]


@pytest.mark.parametrize("name", ["", NAME])
@pytest.mark.parametrize("kind", [CertificateRequestType.PKCS_10, CertificateRequestType.PEM])
def test_a_request_may_name_nobody_and_be_of_any_kind(client: Client, name: str, kind: CertificateRequestType) -> None:
    value = client.ask(by_request(request(new_key("rsa"), name, kind), kind), GetRequest())[1].payload.object
    assert x509.load_der_x509_certificate(value.certificate_value).subject.rfc4514_string() == NAME


def test_a_certificate_of_the_same_name_takes_the_place(client: Client, authority: Authority) -> None:
    new = issued(authority, "CN=alice,OU=archive")
    uid = client.do(by_certificate(new)).unique_identifier
    assert client.refusal(QueryRequest()) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL
    assert certificate_in(after(client, new), uid) == new


@pytest.mark.parametrize(("kind", "curve"), [("ec", None), ("rsa", None), ("ed25519", None)])
def test_without_parameters_the_server_makes_a_pair_of_the_same_kind(
    server: Server, authority: Authority, kind: str, curve: None
) -> None:
    client = Client(server, V2_1, who(issued(authority, key=new_key(kind))))
    made, private, found, got = client.ask(
        ReProvisionRequest(),
        GetRequest(key_format_type=KeyFormatType.PKCS_8),
        LocateRequest(attributes=attributes((Tag.OBJECT_TYPE, ObjectType.CERTIFICATE)), maximum_items=1),
        GetRequest(),
    )
    assert made.payload.unique_identifier == private.payload.unique_identifier
    key = load_der_private_key(private.payload.object.key_block.key_value.key_material, None)
    certificate = x509.load_der_x509_certificate(got.payload.object.certificate_value)
    assert certificate.public_key() == key.public_key()
    assert type(key.public_key()) is type(x509.load_der_x509_certificate(client.who.certificate).public_key())
    certificate.verify_directly_issued_by(authority.certificate)
    new = after(client, got.payload.object.certificate_value)
    (link,) = new.shown(made.payload.unique_identifier, Tag.LINK)[Tag.LINK]
    assert link.link_type is LinkType.PUBLIC_KEY_LINK
    public = {each.link_type: each.linked_object_identifier for each in new.shown(link.linked_object_identifier, Tag.LINK)[Tag.LINK]}  # fmt: skip  # noqa: E501
    assert public == {
        LinkType.PRIVATE_KEY_LINK: made.payload.unique_identifier,
        LinkType.CERTIFICATE_LINK: found.payload.unique_identifier[0],
    }


# --- what becomes of the old one ------------------------------------------------------------------------------


def test_the_old_certificate_is_refused_on_every_path_and_the_refusal_is_recorded(client: Client) -> None:
    client.do(by_request(request(new_key())))
    again = Client(client.server, V1_4, replace(client.who, address="10.0.0.1"))
    assert again.one(QueryRequest()).message == "the client certificate has been replaced (Re-Provision)"
    assert client.refusal(by_request(request(new_key()))) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL
    last = list(client.server.store.audit_rows())[-1]
    assert "has been replaced" in entry_of(last).detail


def test_within_the_same_request_the_client_goes_on_but_not_twice(client: Client) -> None:
    first, second, third = client.ask(
        by_request(request(new_key())),
        by_request(request(new_key())),
        QueryRequest(),
        batch_error_continuation_option=1,
    )
    assert first.ok and third.ok
    assert second.reason is ResultReason.PERMISSION_DENIED


def test_its_object_is_superseded_and_the_new_one_may_be_replaced_in_turn(client: Client, authority: Authority) -> None:
    first = issued(authority)
    one = client.do(by_certificate(first)).unique_identifier
    second = issued(authority)
    two = after(client, first).do(by_certificate(second)).unique_identifier
    new = after(client, second)
    shown = new.shown(one, Tag.STATE, Tag.REVOCATION_REASON)
    assert shown[Tag.STATE] == [State.DEACTIVATED]
    assert shown[Tag.REVOCATION_REASON][0].revocation_reason_code is RevocationReasonCode.SUPERSEDED
    assert new.shown(two, Tag.STATE)[Tag.STATE] == [State.ACTIVE]
    assert after(client, first).refusal(QueryRequest()) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL


@pytest.mark.parametrize("code", [RevocationReasonCode.KEY_COMPROMISE, RevocationReasonCode.CESSATION_OF_OPERATION])
def test_a_certificate_whose_object_is_revoked_lets_nobody_in(
    client: Client, authority: Authority, code: RevocationReasonCode
) -> None:
    new = issued(authority)
    uid = client.do(by_certificate(new)).unique_identifier
    client = after(client, new)
    client.do(RevokeRequest(unique_identifier=uid, revocation_reason=RevocationReason(revocation_reason_code=code)))
    assert client.refusal(QueryRequest()) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL
    other = after(client, issued(authority))  # another certificate of the same client counts
    other.do(DestroyRequest(unique_identifier=uid))
    assert client.refusal(QueryRequest()) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL


# --- refusals -------------------------------------------------------------------------------------------------


def registered(client: Client, certificate: bytes) -> str:
    value = Certificate(certificate_type=CertificateType.X_509, certificate_value=certificate)
    return client.register(value, ObjectType.CERTIFICATE)


@pytest.mark.parametrize("code", [RevocationReasonCode.KEY_COMPROMISE, RevocationReasonCode.SUPERSEDED])
def test_a_revoked_or_compromised_certificate_cannot_be_replaced(client: Client, code: RevocationReasonCode) -> None:
    uid = registered(client, client.who.certificate)
    client.do(ActivateRequest(unique_identifier=uid))
    client.do(RevokeRequest(unique_identifier=uid, revocation_reason=RevocationReason(revocation_reason_code=code)))
    assert client.refusal(by_request(request(new_key()))) is ResultReason.PERMISSION_DENIED


def test_what_another_client_registers_and_revokes_does_not_count(client: Client) -> None:
    other = Client(client.server, V2_1, BOB)
    uid = registered(other, client.who.certificate)
    reason = RevocationReason(revocation_reason_code=RevocationReasonCode.KEY_COMPROMISE)
    other.do(RevokeRequest(unique_identifier=uid, revocation_reason=reason))
    assert client.do(by_request(request(new_key()))).unique_identifier


def test_an_expired_certificate_cannot_be_replaced(server: Server, authority: Authority) -> None:
    client = Client(server, V2_1, who(issued(authority, begins=-9, ends=1)))
    server.clock.advance(datetime.timedelta(days=2).total_seconds())
    assert client.refusal(by_request(request(new_key()))) is ResultReason.PERMISSION_DENIED


def test_who_signed_in_as_somebody_else_cannot_replace_the_certificate_of_the_connection(client: Client) -> None:
    client.who = replace(client.who, name="username:fred", authenticated_by=USERNAME)
    assert client.refusal(by_request(request(new_key()))) is ResultReason.PERMISSION_DENIED


@pytest.mark.parametrize("name", ["CN=bob,OU=storage,O=Example", "CN=alice,OU=admins,O=Example", "CN=alice"])
def test_a_request_for_another_subject_is_refused(client: Client, name: str) -> None:
    assert client.refusal(by_request(request(new_key(), name))) is ResultReason.PERMISSION_DENIED
    assert client.one(QueryRequest()).ok


def test_a_certificate_that_is_not_the_clients_or_not_trusted_is_refused(client: Client, authority: Authority) -> None:
    stranger = Authority(key := new_key(), certificate_of(key, AUTHORITY), "", "")
    for bad, reason in (
        (issued(authority, "CN=bob"), ResultReason.PERMISSION_DENIED),
        (issued(stranger), ResultReason.PERMISSION_DENIED),
        (issued(authority, begins=-9, ends=-1), ResultReason.PERMISSION_DENIED),
        (client.who.certificate, ResultReason.INVALID_FIELD),
        (b"no certificate", ResultReason.INVALID_FIELD),
    ):
        assert client.refusal(by_certificate(bad)) is reason
    pgp = Certificate(certificate_type=CertificateType.PGP, certificate_value=b"x")
    assert client.refusal(ReProvisionRequest(certificate=pgp)) is ResultReason.FEATURE_NOT_SUPPORTED
    assert client.one(QueryRequest()).ok


def test_a_certificate_that_was_replaced_never_comes_back(client: Client, authority: Authority) -> None:
    new = issued(authority)
    client.do(by_certificate(new))
    assert after(client, new).refusal(by_certificate(client.who.certificate)) is ResultReason.INVALID_FIELD


def test_requests_that_prove_nothing_or_say_two_things_are_refused(client: Client) -> None:
    good = request(new_key())
    for bad in (b"", b"none", good[:-3] + bytes(3)):
        assert client.refusal(by_request(bad)) is ResultReason.INVALID_FIELD
    assert client.refusal(by_request(good, CertificateRequestType.CRMF)) is ResultReason.INVALID_FIELD
    both = ReProvisionRequest(
        certificate_request=by_request(good).certificate_request, certificate=by_certificate(b"x").certificate
    )
    assert client.refusal(both) is ResultReason.INVALID_FIELD
    weak = rsa.generate_private_key(65537, 1024)
    assert client.refusal(by_request(request(weak))) is ResultReason.INVALID_FIELD
    (authority,) = client.located((Tag.OBJECT_TYPE, ObjectType.CERTIFICATE))  # nothing half done is left
    assert client.shown(authority, Tag.NAME)
    assert client.one(QueryRequest()).ok


def test_without_an_authority_it_is_neither_served_nor_listed(server: Server) -> None:
    client = Client(server)
    listed = client.do(QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS])).operation
    assert Operation.RE_PROVISION not in listed
    assert client.refusal(ReProvisionRequest()) is ResultReason.OPERATION_NOT_SUPPORTED


def test_with_one_it_is_listed_in_the_versions_that_have_it(client: Client) -> None:
    asked = QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS])
    assert Operation.RE_PROVISION in client.do(asked).operation
    older = client.speaking(V1_4)
    assert Operation.RE_PROVISION not in older.do(asked).operation
    assert older.refusal(raw(Operation.RE_PROVISION)) in (
        ResultReason.OPERATION_NOT_SUPPORTED,
        ResultReason.INVALID_MESSAGE,
    )


def test_the_authority_certifies_nothing_else(client: Client) -> None:
    assert client.refusal(CertifyRequest(unique_identifier="x")) is ResultReason.OPERATION_NOT_SUPPORTED


def test_an_asynchronous_one_is_done_for_the_certificate_it_came_with(client: Client) -> None:
    pending = client.one(by_request(request(new_key())), asynchronous_indicator=MANDATORY)
    assert pending.value is not None
    client.server.idle()
    other = Client(client.server, V2_1, replace(client.who, certificate=b""))
    done = other.one(PollRequest(asynchronous_correlation_value=pending.value))
    assert done.ok and done.payload.unique_identifier
    assert client.refusal(QueryRequest()) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL


def test_a_subject_shows_no_certificate_in_its_repr(client: Client) -> None:
    assert client.who.certificate and "certificate=" not in repr(client.who)
    assert not isinstance(client.who, KmipError)
