"""What is read from certificates, and that nothing in one brings the reader down."""

from __future__ import annotations

import datetime
import ipaddress
import xml.etree.ElementTree as ET

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.errors import InvalidField
from kmip_server.spec.enums import CryptographicAlgorithm, DigitalSignatureAlgorithm, RecommendedCurve
from tests.material import CASE_FILES, NO_CASES

ciphers = Ciphers()
START = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(serial: int = 0x9BBA23D1B6A48F97) -> bytes:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TEST"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "one"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "two"),
            x509.NameAttribute(NameOID.COMMON_NAME, "a, b"),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@example.org"),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Issuer")]))
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(START)
        .not_valid_after(START + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.DNSName("example.org"),
                    x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
                    x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "D")])),
                ]
            ),
            critical=False,
        )
    )
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def test_facts() -> None:
    der = certificate()

    facts = ciphers.describe_certificate(der)

    assert facts.length == len(der)
    assert facts.subject.text == "E=a@example.org,CN=a\\, b,OU=two,OU=one,O=TEST,C=US"
    assert facts.subject.parts["OU"] == ("one", "two")
    assert facts.subject.parts["EMAIL"] == ("a@example.org",)
    assert facts.issuer.text == "CN=Issuer"
    assert facts.issuer.der.hex() == "3011310f300d06035504030c06497373756572"
    assert facts.serial_number_der.hex() == "0209009bba23d1b6a48f97"
    assert facts.serial_number_text == "9BBA23D1B6A48F97"
    assert facts.subject.alternative_text == ("example.org", "192.0.2.1", "CN=D")
    assert facts.subject.alternative_der[0] == b"\x82\x0bexample.org"
    assert facts.subject.alternative_der[1] == b"\x87\x04\xc0\x00\x02\x01"
    assert len(facts.subject.alternative_der) == 3
    assert facts.issuer.alternative_der == ()
    assert facts.key is not None
    assert (facts.key.algorithm, facts.key.length) == (CryptographicAlgorithm.EC, 256)
    assert facts.key.curve is RecommendedCurve.P_256
    assert facts.digital_signature_algorithm is DigitalSignatureAlgorithm.ECDSA_WITH_SHA256
    assert (facts.not_before, facts.not_after) == (START, START + datetime.timedelta(days=1))


def test_a_negative_serial_number_is_no_traceback() -> None:
    der = certificate(serial=0x7F00000000000001)
    negative = der.replace(bytes.fromhex("02087f00000000000001"), bytes.fromhex("0208ff00000000000001"))
    assert negative != der

    facts = ciphers.describe_certificate(negative)

    assert facts.serial_number_der.hex() == "0208ff00000000000001"
    assert facts.serial_number_text == "-FFFFFFFFFFFFFF"


def test_a_serial_number_of_zero_and_of_one() -> None:
    assert ciphers.describe_certificate(certificate(1)).serial_number_text == "01"


def test_bytes_that_are_no_certificate() -> None:
    der = certificate()
    for data in (b"", b"\x30", b"\x30\x82", b"\x30\x00", b"x" * 100, der[:-1], der[:40]):
        with pytest.raises(InvalidField):
            ciphers.describe_certificate(data)


def test_any_changed_byte_gives_facts_or_one_error() -> None:
    der = certificate()
    refused = 0
    for place in range(len(der)):
        changed = bytearray(der)
        changed[place] ^= 0x81
        try:
            ciphers.describe_certificate(bytes(changed))
        except InvalidField:
            refused += 1
    assert 0 < refused < len(der)


@pytest.mark.skipif(not CASE_FILES, reason=NO_CASES)
def test_the_published_certificates() -> None:
    """Issuer and serial number as TC-CERTATTR and its kin print them."""
    checked = 0
    for path in CASE_FILES:
        if "CERT" not in path.stem and "ECC" not in path.stem:
            continue
        root = ET.fromstring(path.read_text(encoding="utf-8"))
        facts = {
            (made.issuer.der.hex(), made.serial_number_der.hex())
            for made in (
                ciphers.describe_certificate(bytes.fromhex(value.get("value", "")))
                for value in root.iter("CertificateValue")
            )
        }
        for identifier in root.iter("X_509CertificateIdentifier"):
            issuer = identifier.find("IssuerDistinguishedName")
            serial = identifier.find("CertificateSerialNumber")
            if issuer is not None and serial is not None:
                assert (issuer.get("value"), serial.get("value")) in facts, path.stem
                checked += 1
    assert checked > 0
