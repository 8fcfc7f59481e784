"""Certificate requests: PKCS#10, the same in PEM, and CRMF; what they ask, and the proof of possession.

KMIP 2.1 §11.8; RFC 2986, RFC 7468, RFC 4211. Every request is brought into PKCS#10 form, so that what follows
reads one form only. A request whose sender did not prove that it has the private key is refused (2.1 Table 181:
Invalid CSR; 1.4 §11.8: "does not contain a signed certificate request of the specified Certificate Request Type").
"""

from __future__ import annotations

import re

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kmip_server.crypto import crmf
from kmip_server.crypto.certificates import text_of
from kmip_server.crypto.proofs import verify_signature
from kmip_server.errors import InvalidField, KmipError
from kmip_server.ports.certifying import RequestFacts
from kmip_server.spec.enums import CertificateRequestType, ResultReason

_PEM = re.compile(rb"\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----")


def bad_request(message: str = "The Certificate Request is none of its type") -> KmipError:
    """The refusal of a request that cannot be read, or proves nothing."""
    return InvalidField(message, ResultReason.INVALID_CSR)


def read_request(kind: CertificateRequestType, value: bytes) -> RequestFacts:
    """Read a request and check its proof of possession; raises Invalid CSR."""
    try:
        if kind is CertificateRequestType.PKCS_10:
            return _signed(x509.load_der_x509_csr(value))
        if kind is CertificateRequestType.PEM and _PEM.match(value):
            return _signed(x509.load_pem_x509_csr(value))
        if kind is CertificateRequestType.CRMF:
            return _facts(x509.load_der_x509_csr(crmf.parse(value)))
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, InvalidSignature, x509.DuplicateExtension) as e:
        raise bad_request() from e
    raise bad_request()


def _signed(request: x509.CertificateSigningRequest) -> RequestFacts:
    # Not by the library's own word, which calls every SHA-1 signature false: for a proof that is looked at once,
    # while its sender waits, SHA-1 is still good (the published cases of Certify have it).
    try:
        verify_signature(
            request.public_key(),
            request.signature_algorithm_parameters,
            request.signature_hash_algorithm,
            request.signature,
            request.tbs_certrequest_bytes,
        )
    except InvalidSignature as cause:
        raise bad_request("The signature of the Certificate Request is not that of its public key") from cause
    return _facts(request)


def _facts(request: x509.CertificateSigningRequest) -> RequestFacts:
    # What is read lazily must be readable now: later it would be no fault of the request any more.
    list(request.subject)
    list(request.extensions)
    public = request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return RequestFacts(public, request.public_bytes(Encoding.DER), text_of(request.subject))
