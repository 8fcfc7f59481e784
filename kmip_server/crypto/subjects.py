"""Names for certificates to be made: from text, from DER, from the parts that KMIP has as attributes.

KMIP 2.1 §4.6, §4.63; 1.4 §3.11, §3.14. The library's names keep the string types that they were read with.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from asn1crypto import csr as asn1_csr
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509.oid import NameOID

from kmip_server.crypto.certificates import NAME_PARTS
from kmip_server.crypto.crmf import DER_MISTAKES
from kmip_server.errors import InvalidField
from kmip_server.ports.certifying import SubjectAsked

_PART_OIDS = {part: oid for oid, part in NAME_PARTS.items()}


def subject_name(asked: SubjectAsked, public_key: bytes) -> x509.Name:
    """The subject that attributes ask for, empty where they ask for none; raises Invalid Field."""
    if asked.distinguished_name_der:
        return _name_of_der(asked.distinguished_name_der, public_key)
    if asked.distinguished_name:
        return name_of_text(asked.distinguished_name)
    return x509.Name([x509.NameAttribute(_PART_OIDS[part], value) for part, value in asked.parts])


def name_of_text(text: str) -> x509.Name:
    """Read a name as RFC 4514 writes it; raises Invalid Field."""
    try:
        return x509.Name.from_rfc4514_string(text, {"E": NameOID.EMAIL_ADDRESS, "EMAIL": NameOID.EMAIL_ADDRESS})
    except ValueError as cause:
        raise InvalidField("The name is not written as RFC 4514 asks") from cause


def _name_of_der(der: bytes, public_key: bytes) -> x509.Name:
    """The library reads names only where they stand: so it is put into a request."""
    try:
        whole = asn1_csr.CertificationRequest(
            {
                "certification_request_info": {
                    "version": "v1",
                    "subject": asn1_x509.Name.load(der, strict=True),
                    "subject_pk_info": asn1_keys.PublicKeyInfo.load(public_key),
                    "attributes": [],
                },
                "signature_algorithm": {"algorithm": "sha256_rsa"},
                "signature": b"",
            }
        )
        name = x509.load_der_x509_csr(whole.dump()).subject
        list(name)
    except (ValueError, *DER_MISTAKES) as cause:
        raise InvalidField("The name is not a DER Name") from cause
    return name


def alternative_names(asked: SubjectAsked) -> list[x509.GeneralName]:
    """The alternative names that attributes ask for; raises Invalid Field, or ValueError where one is none."""
    if asked.alternative_der:
        try:
            return [_general_name(asn1_x509.GeneralName.load(der, strict=True)) for der in asked.alternative_der]
        except (ValueError, *DER_MISTAKES) as cause:
            raise InvalidField("An alternative name is not a DER General Name") from cause
    return [_alternative_of_text(text) for text in asked.alternative]


def _general_name(one: Any) -> x509.GeneralName:
    if one.name == "dns_name":
        return x509.DNSName(one.native)
    if one.name == "rfc822_name":
        return x509.RFC822Name(one.native)
    if one.name == "uniform_resource_identifier":
        return x509.UniformResourceIdentifier(one.native)
    if one.name == "ip_address":
        return x509.IPAddress(ipaddress.ip_address(one.native))
    raise InvalidField("an alternative name is of a kind that is not served")


def _alternative_of_text(text: str) -> x509.GeneralName:
    """1.0 §3.10 has alternative names as text and does not say how: what the text looks like decides."""
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    if "@" in text:
        return x509.RFC822Name(text)
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
