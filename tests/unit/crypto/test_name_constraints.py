"""Names that an authority may certify (RFC 5280 §4.2.1.10): what NIST's suite has no certificates for."""

from __future__ import annotations

import datetime
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID, ObjectIdentifier

from kmip_server.crypto.name_constraints import MOST_COMPARISONS, NameRules, Work, canonical
from kmip_server.spec.enums import ValidityIndicator as Validity

KEY = ec.generate_private_key(ec.SECP256R1())
START = datetime.datetime(2026, 1, 1)
DNS, MAIL, URI, IP = x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier, x509.IPAddress


def named(*names: x509.GeneralName, subject: str = "CN=x") -> x509.Certificate:
    who = x509.Name.from_rfc4514_string(subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(START + datetime.timedelta(days=1))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(KEY, SHA256())


def judged(
    *names: x509.GeneralName,
    permitted: list[x509.GeneralName] | None = None,
    excluded: list[x509.GeneralName] | None = None,
) -> Validity:
    rules = NameRules(Work())
    rules.add(x509.NameConstraints(permitted, excluded))
    return rules.judge(named(*names))


@pytest.mark.parametrize(
    ("name", "constraint", "fits"),
    [
        (DNS("www.example.com"), DNS("example.com"), True),
        (DNS("Example.COM"), DNS("example.com"), True),
        (DNS("badexample.com"), DNS("example.com"), False),
        (DNS("example.com"), DNS(".example.com"), False),
        (DNS("a.example.com"), DNS(".example.com"), True),
        (MAIL("Me@example.com"), MAIL("Me@EXAMPLE.com"), True),
        (MAIL("me@example.com"), MAIL("Me@example.com"), False),
        (MAIL("me@example.com"), MAIL("example.com"), True),
        (MAIL("me@host.example.com"), MAIL("example.com"), False),
        (MAIL("me@host.example.com"), MAIL(".example.com"), True),
        (URI("https://host.example.com:80/x"), URI(".example.com"), True),
        (URI("https://example.com/"), URI("example.com"), True),
        (URI("https://192.0.2.1/"), URI("192.0.2.1"), False),
        (URI("urn:isbn:1"), URI("example.com"), False),
        (IP(ip_address("192.0.2.7")), IP(ip_network("192.0.2.0/24")), True),
        (IP(ip_address("198.51.100.7")), IP(ip_network("192.0.2.0/24")), False),
        (IP(ip_address("2001:db8::1")), IP(ip_network("2001:db8::/32")), True),
        (IP(ip_address("2001:db8::1")), IP(ip_network("192.0.2.0/24")), False),
    ],
    ids=str,
)
def test_what_is_in_a_subtree(name: x509.GeneralName, constraint: x509.GeneralName, fits: bool) -> None:
    assert judged(name, permitted=[constraint]) is (Validity.VALID if fits else Validity.INVALID)
    assert judged(name, excluded=[constraint]) is (Validity.INVALID if fits else Validity.VALID)


def test_a_kind_of_name_that_is_not_constrained_is_free_and_one_not_understood_open() -> None:
    assert judged(MAIL("me@example.com"), permitted=[DNS("example.com")]) is Validity.VALID
    number = x509.RegisteredID(ObjectIdentifier("1.2.3"))
    assert judged(number, permitted=[number]) is Validity.UNKNOWN
    assert judged(number, permitted=[DNS("example.com")]) is Validity.VALID
    assert judged(number, DNS("evil.org"), permitted=[number], excluded=[DNS("evil.org")]) is Validity.INVALID


def test_every_authority_above_must_permit() -> None:
    rules = NameRules(Work())
    rules.add(x509.NameConstraints([DNS("example.com")], None))
    rules.add(x509.NameConstraints([DNS("a.example.com"), DNS("other.org")], None))
    assert rules.judge(named(DNS("x.a.example.com"))) is Validity.VALID
    assert rules.judge(named(DNS("b.example.com"))) is Validity.INVALID
    assert rules.judge(named(DNS("other.org"))) is Validity.INVALID


def test_an_address_in_the_subject_counts_where_there_is_no_other_name() -> None:
    rules = NameRules(Work())
    rules.add(x509.NameConstraints(None, [MAIL("evil.org")]))
    subject = "1.2.840.113549.1.9.1=me@evil.org"
    assert rules.judge(named(subject=subject)) is Validity.INVALID
    assert rules.judge(named(DNS("a.example.com"), subject=subject)) is Validity.VALID


def test_the_work_is_bounded() -> None:
    count = int(MOST_COMPARISONS**0.5) + 1
    many: list[x509.GeneralName] = [DNS(f"{each}.example.com") for each in range(count)]
    others: list[x509.GeneralName] = [DNS(f"{each}.example.org") for each in range(count)]
    assert judged(*many, excluded=others) is Validity.UNKNOWN


def test_names_are_compared_without_case_and_spaces() -> None:
    one = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "  Good   CA ")])
    other = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "good ca")])
    assert one != other and canonical(one) == canonical(other)
