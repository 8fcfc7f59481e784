"""Validate (2.1 §6.1.57, 1.4 §4.24)."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from kmip_server.operations.revoke import RevokeRequest
from kmip_server.operations.validate import ValidateRequest
from kmip_server.spec.enums import (
    CertificateType,
    ObjectType,
    Operation,
    ResultReason,
    RevocationReasonCode,
    ValidityIndicator,
)
from kmip_server.spec.structures.attributes import RevocationReason
from kmip_server.spec.structures.keys import Certificate
from kmip_server.spec.version import V1_4, VERSIONS, Version
from tests.authority import DAY, Authority, Key, certificate_of, der, give_authority, new_key
from tests.flows.client import Client, raw
from tests.flows.test_certify import by_request
from tests.kit import BOB, Server

VALID, INVALID, UNKNOWN = ValidityIndicator.VALID, ValidityIndicator.INVALID, ValidityIndicator.UNKNOWN
EVERY_VERSION = pytest.mark.parametrize("version", VERSIONS, ids=str)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server)


@pytest.fixture
def root(server: Server) -> Authority:
    return give_authority(server)


def structure(certificate: x509.Certificate) -> Certificate:
    return Certificate(certificate_type=CertificateType.X_509, certificate_value=der(certificate))


def registered(client: Client, certificate: x509.Certificate) -> str:
    return client.register(structure(certificate), ObjectType.CERTIFICATE)


def judged(client: Client, *given: Any, at: int | None = None) -> ValidityIndicator:
    request = ValidateRequest(
        certificate=[structure(each) for each in given if not isinstance(each, str)],
        unique_identifier=[each for each in given if isinstance(each, str)],
        validity_date=at,
    )
    found: ValidityIndicator = client.do(request).validity_indicator
    return found


def issued(root: Authority, key: Key, text: str = "CN=Leaf", **what: Any) -> x509.Certificate:
    what.setdefault("ca", False)
    what.setdefault("ends", 100)
    return certificate_of(key, text, signer=root.key, issuer_text="CN=Authority", **what)


def crl(root: Authority, *serials: int, ends: int = 10) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.certificate.subject)
        .last_update(now - datetime.timedelta(days=5))
        .next_update(now + datetime.timedelta(days=ends))
    )
    for serial in serials:
        revoked = x509.RevokedCertificateBuilder().serial_number(serial)
        builder = builder.add_revoked_certificate(revoked.revocation_date(now - datetime.timedelta(days=1)).build())
    return builder.sign(root.key, hashes.SHA256()).public_bytes(Encoding.DER)


@EVERY_VERSION
def test_given_and_managed_certificates_make_one_chain(client: Client, root: Authority, version: Version) -> None:
    client = client.speaking(version)
    between, leaf_key = new_key(), new_key()
    middle = issued(root, between, "CN=Between", ca=True)
    leaf = certificate_of(leaf_key, "CN=Leaf", signer=between, issuer_text="CN=Between", ca=False, ends=50)
    assert judged(client, leaf, middle, root.certificate) is VALID
    assert judged(client, registered(client, leaf), middle) is VALID
    assert judged(client, leaf, registered(client, middle)) is VALID
    assert judged(client, leaf) is VALID  # the server finds the one between among the managed ones


def test_what_the_server_itself_certified_is_valid_until_it_is_revoked(client: Client, root: Authority) -> None:
    made = client.do(by_request(new_key())).unique_identifier
    assert judged(client, made) is VALID
    reason = RevocationReason(revocation_reason_code=RevocationReasonCode.KEY_COMPROMISE)
    client.do(RevokeRequest(unique_identifier=made, revocation_reason=reason, compromise_occurrence_date=1))
    assert judged(client, made) is INVALID


def test_the_date_asked_for_counts(server: Server, client: Client, root: Authority) -> None:
    now = server.clock.seconds
    leaf = issued(root, new_key(), ends=10)
    assert judged(client, leaf, at=now + 5 * DAY) is VALID
    assert judged(client, leaf, at=now + 11 * DAY) is INVALID
    assert judged(client, leaf, at=now - 3 * DAY) is INVALID
    server.clock.advance(11 * DAY)
    assert judged(client, leaf) is INVALID


def test_wrong_chains_are_invalid(client: Client, root: Authority) -> None:
    no_authority = new_key()
    middle = issued(root, no_authority, "CN=Between")
    leaf = certificate_of(new_key(), "CN=Leaf", signer=no_authority, issuer_text="CN=Between", ca=False)
    assert judged(client, leaf, middle) is INVALID  # no authority
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    middle = issued(root, no_authority, "CN=Between", ca=True, usage=usage)
    assert judged(client, leaf, middle) is INVALID  # its key may not sign certificates
    forged = certificate_of(new_key(), "CN=Leaf", signer=new_key(), issuer_text="CN=Authority", ca=False)
    assert judged(client, forged) is INVALID
    deep = issued(root, no_authority, "CN=Between", ca=True, path_length=0)
    second = new_key()
    lower = certificate_of(second, "CN=Lower", signer=no_authority, issuer_text="CN=Between", ends=50)
    bottom = certificate_of(new_key(), "CN=Leaf", signer=second, issuer_text="CN=Lower", ca=False, ends=50)
    assert judged(client, lower, deep) is VALID
    assert judged(client, bottom, lower, deep) is INVALID


def test_where_no_anchor_is_nothing_is_known(client: Client, root: Authority) -> None:
    own = certificate_of(new_key(), "CN=Own root")
    assert judged(client, own) is UNKNOWN
    assert judged(client, registered(client, own)) is UNKNOWN  # whoever registers it does not make it trusted
    stranger = certificate_of(new_key(), "CN=Leaf", signer=new_key(), issuer_text="CN=Nobody", ca=False)
    assert judged(client, stranger) is UNKNOWN
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert judged(client, issued(root, new_key(), extra=((odd, True),))) is UNKNOWN
    assert judged(client, issued(root, new_key(), extra=((odd, False),))) is VALID
    assert judged(Client(Server()), root.certificate) is UNKNOWN


def test_anchors_of_the_configuration_count(server: Server, client: Client) -> None:
    key = new_key()
    own = certificate_of(key, "CN=Own root")
    leaf = certificate_of(new_key(), "CN=Leaf", signer=key, issuer_text="CN=Own root", ca=False)
    assert judged(client, leaf, own) is UNKNOWN
    rooms = server.engine.rooms
    rooms.certification = replace(rooms.certification, anchors=(der(own),))
    assert judged(client, leaf, own) is VALID and judged(client, leaf) is VALID


def test_revocation_lists_are_heeded(server: Server, client: Client, root: Authority) -> None:
    leaf, other = issued(root, new_key()), issued(root, new_key())

    def with_lists(*lists: bytes) -> tuple[ValidityIndicator, ValidityIndicator]:
        rooms = server.engine.rooms
        rooms.certification = replace(rooms.certification, crls=lists)
        return judged(client, leaf), judged(client, other)

    assert with_lists() == (VALID, VALID)
    assert with_lists(crl(root, leaf.serial_number)) == (INVALID, VALID)
    assert with_lists(crl(root, leaf.serial_number, ends=-1)) == (UNKNOWN, UNKNOWN)  # out of date: nobody can tell
    stranger = Authority(new_key(), root.certificate, "", "")
    assert with_lists(crl(stranger, leaf.serial_number)) == (UNKNOWN, UNKNOWN)  # not signed by the issuer


@EVERY_VERSION
def test_no_certificate_is_no_list(client: Client, root: Authority, version: Version) -> None:
    # 1.4 §11.25: "does not specify a certificate list: Invalid Message".
    assert client.speaking(version).refusal(raw(Operation.VALIDATE)) is ResultReason.INVALID_MESSAGE


def test_what_is_not_one_chain_is_refused(client: Client, root: Authority) -> None:
    two = ValidateRequest(certificate=[structure(issued(root, new_key(), text)) for text in ("CN=One", "CN=Two")])
    assert client.refusal(two) is ResultReason.INVALID_MESSAGE


def test_a_malformed_certificate_is_kept_and_refused_when_used(client: Client, root: Authority) -> None:
    nonsense = Certificate(certificate_type=CertificateType.X_509, certificate_value=b"no certificate")
    uid = client.register(nonsense, ObjectType.CERTIFICATE)
    assert client.refusal(ValidateRequest(unique_identifier=[uid])) is ResultReason.INVALID_FIELD
    assert client.refusal(ValidateRequest(certificate=[nonsense])) is ResultReason.INVALID_FIELD


def test_other_objects_and_other_types_are_refused(client: Client, root: Authority) -> None:
    symmetric = client.create()
    assert client.refusal(ValidateRequest(unique_identifier=[symmetric])) is ResultReason.INVALID_OBJECT_TYPE
    assert client.refusal(ValidateRequest(unique_identifier=["none"])) is ResultReason.OBJECT_NOT_FOUND
    # 1.4 §11.25: what "does not specify a certificate list: Invalid Message".
    assert client.speaking(V1_4).refusal(ValidateRequest(unique_identifier=["none"])) is ResultReason.INVALID_MESSAGE
    pgp = Certificate(certificate_type=CertificateType.PGP, certificate_value=b"x")
    assert client.refusal(ValidateRequest(certificate=[pgp])) is ResultReason.FEATURE_NOT_SUPPORTED


def test_anybody_may_validate_a_certificate(server: Server, root: Authority) -> None:
    """1.4 §3.18.1: Validate is "allowed for any client at any time"; the default policy opens certificates to all."""
    alice, bob = Client(server), Client(server, who=BOB)
    uid = registered(alice, issued(root, new_key()))
    assert judged(bob, uid) is VALID
