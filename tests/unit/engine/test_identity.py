"""Who is there: certificates and credentials, good, bad and misleading."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from kmip_server.domain.subject import Subject
from kmip_server.engine import passwords
from kmip_server.engine.failures import Failures
from kmip_server.engine.identity import (
    Account,
    Accounts,
    Authenticator,
    GroupSettings,
    IdentityRefused,
    identify_certificate,
)
from kmip_server.engine.passwords import PasswordHash
from kmip_server.errors import KmipError
from kmip_server.spec.enums import AttestationType, CredentialType, ResultReason, TicketType
from kmip_server.spec.structures.credentials import (
    Attestation,
    Authentication,
    Credential,
    Device,
    HashedPassword,
    Nonce,
    OneTimePassword,
    Ticket,
    TicketCredential,
    UsernameAndPassword,
)

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
ISSUER = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
CN, OU, ORG = NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME


def certificate(*names: tuple[x509.ObjectIdentifier, str], serial: int = 0x1F2E) -> bytes:
    subject = x509.Name([x509.NameAttribute(oid, value, _validate=False) for oid, value in names])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(ISSUER, subject, KEY.public_key(), serial, start, start.replace(year=2030))
    return builder.sign(KEY, None).public_bytes(serialization.Encoding.DER)


def identify(*names: tuple[x509.ObjectIdentifier, str], groups: GroupSettings | None = None) -> Subject:
    return identify_certificate(certificate(*names), "192.0.2.1", groups or GroupSettings())


class TestCertificate:
    def test_it_gives_the_subject_with_all_facts(self) -> None:
        found = identify((ORG, "Acme"), (OU, "storage"), (CN, "client1"))
        assert x509.load_der_x509_certificate(found.certificate).serial_number == 0x1F2E
        assert replace(found, certificate=b"") == Subject(
            name="certificate:client1",
            groups=frozenset({"storage"}),
            certificate_subject="CN=client1,OU=storage,O=Acme",
            issuer="CN=Test CA",
            serial="1f2e",
            address="192.0.2.1",
            authenticated_by="certificate",
        )

    def test_another_department_and_serial_is_the_same_client(self) -> None:
        renewed = identify_certificate(certificate((OU, "b"), (CN, "client1"), serial=9), "192.0.2.9", GroupSettings())
        assert renewed.name == identify((OU, "a"), (CN, "client1")).name

    def test_groups_come_from_every_unit_and_from_the_configuration(self) -> None:
        settings = GroupSettings(by_common_name={"client1": ("backup", "storage"), "client2": ("admins",)})
        found = identify((OU, "storage"), (OU, "berlin"), (CN, "client1"), groups=settings)
        assert found.groups == {"storage", "berlin", "backup"}

    def test_units_are_no_groups_when_switched_off(self) -> None:
        settings = GroupSettings(from_certificate_ou=False, by_common_name={"client1": ("backup",)})
        assert identify((OU, "admins"), (CN, "client1"), groups=settings).groups == {"backup"}

    def test_groups_are_configured_for_the_exact_name(self) -> None:
        settings = GroupSettings(by_common_name={"client1": ("backup",)})
        assert identify((CN, "Client1"), groups=settings).groups == frozenset()

    def test_without_a_common_name_it_is_refused(self) -> None:
        with pytest.raises(IdentityRefused, match=r'^The client certificate "O=Acme" has no common name \(CN\)'):
            identify((ORG, "Acme"))

    def test_several_common_names_are_refused(self) -> None:
        with pytest.raises(IdentityRefused, match="several common names"):
            identify((CN, "client1"), (CN, "admin"))

    @pytest.mark.parametrize("name", [" client1", "client1 ", "a\nb", "a\x00b", "\u200bclient1", "x" * 256])
    def test_a_name_that_could_be_mistaken_is_refused(self, name: str) -> None:
        with pytest.raises(IdentityRefused, match="control characters or outer spaces"):
            identify((CN, name))

    def test_a_name_with_a_colon_stays_a_certificates(self) -> None:
        assert identify((CN, "username:alice")).name == "certificate:username:alice"

    def test_a_name_cannot_write_a_line_of_a_log(self) -> None:
        found = identify((ORG, "Acme\r\nallowed\x1b"), (CN, "client1"))
        assert found.certificate_subject == r"CN=client1,O=Acme\0D\0Aallowed\1B"
        with pytest.raises(IdentityRefused) as caught:
            identify((ORG, "Acme\nallowed"))
        assert str(caught.value).isprintable()

    def test_what_is_no_certificate_is_refused_in_a_sentence(self) -> None:
        for data in (b"", b"\x30\x00", certificate((CN, "a"))[:-5], b"\xff" * 100):
            with pytest.raises(IdentityRefused, match="cannot be read"):
                identify_certificate(data, "192.0.2.1", GroupSettings())

    def test_a_negative_serial_number_is_no_crash(self) -> None:
        data = certificate((CN, "client1"), serial=0x5F2E).replace(b"\x02\x02\x5f\x2e", b"\x02\x02\xff\x2e")
        try:
            assert identify_certificate(data, "192.0.2.1", GroupSettings()).serial == "-d2"
        except IdentityRefused as refused:
            assert "cannot be read" in str(refused)  # a newer library refuses such a certificate itself

    @given(st.integers(0, 200), st.binary(min_size=1, max_size=3))
    def test_a_broken_certificate_gives_a_subject_or_a_sentence(self, position: int, damage: bytes) -> None:
        data = bytearray(certificate((OU, "storage"), (CN, "client1")))
        data[position : position + len(damage)] = damage
        try:
            assert identify_certificate(bytes(data), "", GroupSettings()).authenticated_by == "certificate"
        except IdentityRefused as refused:
            assert str(refused).startswith("The client certificate")


class TestSameClientAgain:
    """A certificate is read once; what is remembered belongs to exactly these bytes, address and settings."""

    def test_it_is_read_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        read: list[bytes] = []
        load = x509.load_der_x509_certificate
        monkeypatch.setattr(x509, "load_der_x509_certificate", lambda data: read.append(data) or load(data))
        authenticator, der = Authenticator(GroupSettings()), certificate((CN, "client1"))
        assert authenticator.identify(der, "192.0.2.1") == authenticator.identify(bytes(bytearray(der)), "192.0.2.1")
        assert read == [der]

    def test_another_address_or_certificate_is_another_subject(self) -> None:
        authenticator, der = Authenticator(GroupSettings()), certificate((CN, "client1"))
        first = authenticator.identify(der, "192.0.2.1")
        assert authenticator.identify(der, "192.0.2.2") == dataclasses.replace(first, address="192.0.2.2")
        assert authenticator.identify(certificate((CN, "client2")), "192.0.2.1").name == "certificate:client2"
        assert authenticator.identify(certificate((CN, "client1"), serial=9), "192.0.2.1").serial == "9"

    def test_another_authenticator_has_its_own_groups(self) -> None:
        der = certificate((OU, "storage"), (CN, "client1"))
        assert Authenticator(GroupSettings()).identify(der, "").groups == {"storage"}
        assert Authenticator(GroupSettings(from_certificate_ou=False)).identify(der, "").groups == frozenset()

    def test_a_refusal_is_said_every_time(self) -> None:
        authenticator, der = Authenticator(GroupSettings()), certificate((ORG, "Acme"))
        for _ in range(2):
            with pytest.raises(IdentityRefused, match="has no common name"):
                authenticator.identify(der, "192.0.2.1")


def hashed(password: str) -> PasswordHash:
    """A hash at the least cost, so that the tests are fast."""
    return PasswordHash(
        10, 1, 1, b"0" * 16, hashlib.scrypt(password.encode(), salt=b"0" * 16, n=1024, r=1, p=1, dklen=32)
    )


ACCOUNTS = Accounts(
    users={"alice": Account(hashed("wonderland"), frozenset({"people"})), "client1": Account(hashed("pw"))},
    devices={"SN-1": Account(hashed("drive"), frozenset({"drives"})), "alice": Account(hashed("box"))},
)
MACHINE = identify((OU, "machines"), (CN, "client1"))
AUTHENTICATOR = Authenticator(GroupSettings(), ACCOUNTS, failures=Failures(1000))
WITHOUT_ACCOUNTS = Authenticator(GroupSettings())


def user(name: str, password: str | None) -> Credential:
    return Credential(
        credential_type=CredentialType.USERNAME_AND_PASSWORD,
        credential_value=UsernameAndPassword(username=name, password=password),
    )


def device(serial: str | None, password: str | None, **more: str) -> Credential:
    value = Device(device_serial_number=serial, password=password, **more)
    return Credential(credential_type=CredentialType.DEVICE, credential_value=value)


def authenticate(*credentials: Credential, by: Authenticator = AUTHENTICATOR, subject: Subject = MACHINE) -> Subject:
    return by.check(subject, Authentication(credential=list(credentials))).run()


def refusal(*credentials: Credential, by: Authenticator = AUTHENTICATOR) -> ResultReason:
    with pytest.raises(KmipError) as caught:
        authenticate(*credentials, by=by)
    return caught.value.reason


def other(kind: CredentialType, value: object) -> Credential:
    return Credential(credential_type=kind, credential_value=value)


NONCE = Nonce(nonce_id=b"1", nonce_value=b"2")
MEASURED = Attestation(nonce=NONCE, attestation_type=AttestationType(1), attestation_measurement=b"m")
TICKET = TicketCredential(ticket=Ticket(ticket_type=TicketType(1), ticket_value=b"ticket"))
ONE_TIME = OneTimePassword(username="alice", password="wonderland", one_time_password="1")
HASHED = HashedPassword(username="alice", timestamp=1, hashed_password=b"x")

OTHERS: list[tuple[Credential, ResultReason]] = [
    (other(CredentialType.ONE_TIME_PASSWORD, ONE_TIME), ResultReason.FEATURE_NOT_SUPPORTED),
    (other(CredentialType.HASHED_PASSWORD, HASHED), ResultReason.FEATURE_NOT_SUPPORTED),
    (other(CredentialType(0x80000001), object()), ResultReason.FEATURE_NOT_SUPPORTED),
]


class TestWithoutAccounts:
    @pytest.mark.parametrize("credential", [user("alice", "guess"), user("", ""), device("SN-1", "guess")])
    def test_passwords_are_not_looked_at(self, credential: Credential) -> None:
        check = WITHOUT_ACCOUNTS.check(MACHINE, Authentication(credential=[credential]))
        assert not check.slow
        assert check.run() is MACHINE

    @pytest.mark.parametrize(("credential", "reason"), OTHERS)
    def test_what_cannot_be_checked_is_refused(self, credential: Credential, reason: ResultReason) -> None:
        assert refusal(credential, by=WITHOUT_ACCOUNTS) is reason


class TestAttestations:
    def test_one_is_left_for_the_round_to_judge(self) -> None:
        measured = other(CredentialType.ATTESTATION, MEASURED)
        for by in (WITHOUT_ACCOUNTS, AUTHENTICATOR):
            check = by.check(MACHINE, Authentication(credential=[measured]))
            assert check.attestation is MEASURED and not check.slow
            assert check.run() is MACHINE
            assert refusal(measured, measured, by=by) is ResultReason.INVALID_FIELD


class TestTickets:
    def test_a_ticket_is_left_for_the_database_to_know(self) -> None:
        check = AUTHENTICATOR.check(MACHINE, Authentication(credential=[other(CredentialType.TICKET, TICKET)]))
        assert not check.slow
        assert check.ticket == hashlib.sha256(b"ticket").digest()
        assert check.run() is MACHINE

    def test_beside_a_password_both_are_checked(self) -> None:
        both = [user("alice", "wonderland"), other(CredentialType.TICKET, TICKET)]
        check = AUTHENTICATOR.check(MACHINE, Authentication(credential=both))
        assert check.ticket == hashlib.sha256(b"ticket").digest()
        assert check.run().name == "username:alice"

    def test_two_tickets_are_refused(self) -> None:
        assert refusal(*[other(CredentialType.TICKET, TICKET)] * 2) is ResultReason.INVALID_FIELD

    def test_a_ticket_of_an_unknown_type_is_refused(self) -> None:
        strange = TicketCredential(ticket=Ticket(ticket_type=TicketType(0x80000001), ticket_value=b"ticket"))
        assert refusal(other(CredentialType.TICKET, strange)) is ResultReason.INVALID_TICKET


class TestWithAccounts:
    @pytest.mark.parametrize(
        "authentication", [None, Authentication(credential=[]), Authentication(credential=[user("", "")])]
    )
    def test_no_credential_or_an_empty_one_leaves_the_certificate(self, authentication: Authentication | None) -> None:
        check = AUTHENTICATOR.check(MACHINE, authentication)
        assert not check.slow
        assert check.run() is MACHINE

    def test_an_empty_user_name_without_a_password_is_an_empty_one(self) -> None:
        assert authenticate(user("", None)) is MACHINE

    def test_a_user_becomes_the_subject_and_keeps_the_certificates_facts(self) -> None:
        assert authenticate(user("alice", "wonderland")) == dataclasses.replace(
            MACHINE, name="username:alice", groups=frozenset({"people"}), authenticated_by="username"
        )

    def test_a_device_becomes_the_subject(self) -> None:
        found = authenticate(device("SN-1", "drive", network_identifier="net"))
        assert (found.name, found.groups, found.authenticated_by) == ("device:SN-1", {"drives"}, "device")

    def test_user_device_and_certificate_of_one_name_are_three_subjects(self) -> None:
        names = {authenticate(user("alice", "wonderland")).name, authenticate(device("alice", "box")).name}
        names.add(identify((CN, "alice")).name)
        assert len(names) == 3

    @pytest.mark.parametrize(
        "credential",
        [
            user("alice", "Wonderland"),
            user("alice", ""),
            user("alice", None),
            user("alice", "box"),
            user("Alice", "wonderland"),
            user("nobody", "wonderland"),
            user("", "wonderland"),
            user("SN-1", "drive"),
            device("SN-1", "pw"),
            device("SN-2", "drive"),
            device("SN-1", None),
            device(None, "drive"),
            device("", ""),
            device("client1", "pw"),
        ],
    )
    def test_a_wrong_credential_is_refused_though_the_certificate_is_good(self, credential: Credential) -> None:
        assert refusal(credential) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL

    def test_refusals_do_not_tell_a_wrong_password_from_an_unknown_name(self) -> None:
        messages = set()
        for credential in (user("alice", "guess"), user("nobody", "guess"), device("SN-1", "guess")):
            with pytest.raises(KmipError) as caught:
                authenticate(credential)
            messages.add((caught.value.message, caught.value.reason))
        assert len(messages) == 1

    @pytest.mark.parametrize(("credential", "reason"), OTHERS)
    def test_what_cannot_be_checked_is_refused(self, credential: Credential, reason: ResultReason) -> None:
        assert refusal(credential) is reason
        assert refusal(user("alice", "wonderland"), credential) is reason

    def test_several_credentials_must_all_be_right(self) -> None:
        """2.1 §9.4: "they must ALL be satisfied"."""
        assert authenticate(user("alice", "wonderland"), device("SN-1", "drive")).name == "username:alice"
        assert authenticate(device("SN-1", "drive"), user("alice", "wonderland")).name == "device:SN-1"
        wrong = ResultReason.AUTHENTICATION_NOT_SUCCESSFUL
        assert refusal(user("alice", "wonderland"), device("SN-1", "guess")) is wrong
        assert refusal(user("nobody", "x"), device("SN-1", "drive")) is wrong

    def test_too_many_credentials_are_refused_unchecked(self) -> None:
        check = AUTHENTICATOR.check(MACHINE, Authentication(credential=[user("alice", "wonderland")] * 5))
        assert not check.slow
        with pytest.raises(KmipError) as caught:
            check.run()
        assert caught.value.reason is ResultReason.INVALID_FIELD


@pytest.fixture
def derivations(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Any, ...]]]:
    """The costs of all password derivations that a test causes."""
    seen: list[tuple[Any, ...]] = []
    derive = passwords._derive

    def counting(password: str, log_n: int, r: int, p: int, salt: bytes) -> bytes:
        seen.append((log_n, r, p))
        return derive(password, log_n, r, p, salt)

    monkeypatch.setattr(passwords, "_derive", counting)
    yield seen


class TestGuessing:
    def test_who_guesses_is_not_listened_to_for_a_minute_and_nobody_else_waits(self) -> None:
        moment = [100.0]
        authenticator = Authenticator(GroupSettings(), ACCOUNTS, failures=Failures(3, lambda: moment[0]))
        right = Authentication(credential=[user("alice", "wonderland")])
        for _ in range(3):
            refusal(user("alice", "guess"), by=authenticator)
        with pytest.raises(KmipError, match="wait a minute"):
            authenticator.check(MACHINE, right).run()
        other = dataclasses.replace(MACHINE, name="certificate:other", certificate_subject="CN=other")
        assert authenticator.check(other, right).run().name == "username:alice"
        moment[0] += 59.9
        with pytest.raises(KmipError, match="wait a minute"):
            authenticator.check(MACHINE, right).run()
        moment[0] += 0.1
        assert authenticator.check(MACHINE, right).run().name == "username:alice"

    def test_whoever_is_remembered_goes_on(self) -> None:
        authenticator = Authenticator(GroupSettings(), ACCOUNTS, failures=Failures(1))
        authenticate(user("alice", "wonderland"), by=authenticator)
        refusal(user("alice", "guess"), by=authenticator)
        assert authenticate(user("alice", "wonderland"), by=authenticator).name == "username:alice"

    def test_what_is_counted_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("kmip_server.engine.failures._MOST_CLIENTS", 2)
        failures = Failures(1)
        for client in "abc":
            failures.note(client)
        assert [failures.too_many(client) for client in "abcd"] == [False, True, True, False]

    def test_the_record_of_a_refusal_may_name_who_was_claimed(self) -> None:
        check = AUTHENTICATOR.check(MACHINE, Authentication(credential=[user("ali\nce" + "x" * 99, "secret")]))
        assert check.said.startswith("claimed to be username:ali?cexxx")
        assert len(check.said) < 100
        assert "secret" not in check.said


class TestWork:
    def test_an_unknown_name_costs_what_a_wrong_password_costs(self, derivations: list[tuple[Any, ...]]) -> None:
        costs = []
        for credential in (user("alice", "guess"), user("nobody", "guess"), device(None, None)):
            derivations.clear()
            refusal(credential)
            costs.append(list(derivations))
        assert costs == [[(10, 1, 1)]] * 3

    def test_a_second_password_is_checked_after_a_wrong_first(self, derivations: list[tuple[Any, ...]]) -> None:
        refusal(user("alice", "guess"), device("SN-1", "drive"))
        assert len(derivations) == 2

    def test_a_credential_that_verified_is_not_derived_again(self, derivations: list[tuple[Any, ...]]) -> None:
        authenticator = Authenticator(GroupSettings(), ACCOUNTS)
        first = authenticator.check(MACHINE, Authentication(credential=[user("alice", "wonderland")]))
        assert first.slow
        found = first.run()
        again = authenticator.check(MACHINE, Authentication(credential=[user("alice", "wonderland")]))
        assert not again.slow
        assert again.run() == found
        assert len(derivations) == 1

    def test_what_is_remembered_is_not_taken_for_anything_else(self) -> None:
        authenticator = Authenticator(GroupSettings(), ACCOUNTS)
        authenticate(user("alice", "wonderland"), by=authenticator)
        renewed = dataclasses.replace(MACHINE, serial="1")
        for subject, credential in (
            (MACHINE, user("alice", "wonderlan")),
            (MACHINE, user("alicew", "onderland")),
            (MACHINE, device("alice", "wonderland")),
            (renewed, user("alice", "wonderland")),
        ):
            assert authenticator.check(subject, Authentication(credential=[credential])).slow

    def test_a_remembered_user_has_the_address_of_the_new_connection(self) -> None:
        authenticator = Authenticator(GroupSettings(), ACCOUNTS)
        authenticate(user("alice", "wonderland"), by=authenticator)
        elsewhere = dataclasses.replace(MACHINE, address="198.51.100.7")
        assert authenticate(user("alice", "wonderland"), by=authenticator, subject=elsewhere).address == "198.51.100.7"

    def test_a_wrong_credential_is_derived_every_time(self, derivations: list[tuple[Any, ...]]) -> None:
        for _ in range(3):
            refusal(user("alice", "guess"))
        assert len(derivations) == 3

    def test_what_is_remembered_is_bounded_and_holds_no_password(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("kmip_server.engine.identity._MOST_REMEMBERED", 2)
        authenticator = Authenticator(GroupSettings(), ACCOUNTS)
        for serial in "1234":
            subject = dataclasses.replace(MACHINE, serial=serial)
            authenticate(user("alice", "wonderland"), by=authenticator, subject=subject)
        assert len(authenticator._remembered) == 2
        assert "wonderland" not in repr(authenticator._remembered)
        assert all(len(key) == 32 for key in authenticator._remembered)

    def test_two_processes_remember_under_different_keys(self) -> None:
        keys = set()
        for _ in range(2):
            authenticator = Authenticator(GroupSettings(), ACCOUNTS)
            authenticate(user("alice", "wonderland"), by=authenticator)
            keys.update(authenticator._remembered)
        assert len(keys) == 2
