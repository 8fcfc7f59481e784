"""Certificate Request Message Format (RFC 4211): the one request that the cryptography library cannot read.

Only a message that asks for one certificate, with a signature as its proof of possession, is taken: the other
proofs need an exchange (RFC 4211 §4.2, §4.3) that KMIP has no words for, and "raVerified" proves nothing to us.
"""

from __future__ import annotations

from typing import Any

from asn1crypto import algos, core, csr, keys, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from kmip_server.crypto.proofs import verify_signature


class _OptionalValidity(core.Sequence):  # type: ignore[misc]  # the library has no types
    _fields = [
        ("not_before", x509.Time, {"explicit": 0, "optional": True}),
        ("not_after", x509.Time, {"explicit": 1, "optional": True}),
    ]


class _CertTemplate(core.Sequence):  # type: ignore[misc]
    _fields = [
        ("version", core.Integer, {"implicit": 0, "optional": True}),
        ("serial_number", core.Integer, {"implicit": 1, "optional": True}),
        ("signing_alg", algos.SignedDigestAlgorithm, {"implicit": 2, "optional": True}),
        ("issuer", x509.Name, {"explicit": 3, "optional": True}),
        ("validity", _OptionalValidity, {"implicit": 4, "optional": True}),
        ("subject", x509.Name, {"explicit": 5, "optional": True}),
        ("public_key", keys.PublicKeyInfo, {"implicit": 6, "optional": True}),
        ("issuer_uid", core.OctetBitString, {"implicit": 7, "optional": True}),
        ("subject_uid", core.OctetBitString, {"implicit": 8, "optional": True}),
        ("extensions", x509.Extensions, {"implicit": 9, "optional": True}),
    ]


class _CertRequest(core.Sequence):  # type: ignore[misc]
    _fields = [
        ("cert_req_id", core.Integer),
        ("cert_template", _CertTemplate),
        ("controls", core.Any, {"optional": True}),
    ]


class _AuthInfo(core.Choice):  # type: ignore[misc]
    _alternatives = [
        ("sender", x509.GeneralName, {"explicit": 0}),
        ("public_key_mac", core.SequenceOf, {"spec": core.Any}),
    ]


class _SigningKeyInput(core.Sequence):  # type: ignore[misc]
    _fields = [("auth_info", _AuthInfo), ("public_key", keys.PublicKeyInfo)]


class _SigningKey(core.Sequence):  # type: ignore[misc]
    _fields = [
        ("poposk_input", _SigningKeyInput, {"implicit": 0, "optional": True}),
        ("algorithm", algos.SignedDigestAlgorithm),
        ("signature", core.OctetBitString),
    ]


class _Proof(core.Choice):  # type: ignore[misc]
    _alternatives = [
        ("ra_verified", core.Null, {"implicit": 0}),
        ("signature", _SigningKey, {"implicit": 1}),
        ("key_encipherment", core.Any, {"explicit": 2}),
        ("key_agreement", core.Any, {"explicit": 3}),
    ]


class _CertReqMsg(core.Sequence):  # type: ignore[misc]
    _fields = [
        ("cert_req", _CertRequest),
        ("popo", _Proof, {"optional": True}),
        ("reg_info", core.SequenceOf, {"spec": core.Any, "optional": True}),
    ]


class _CertReqMessages(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _CertReqMsg


def parse(value: bytes) -> bytes:
    """Read the message, check its proof, and give the request in PKCS#10 form (DER, itself not signed).

    Raises ValueError for bytes that are no such message and for a proof that is missing or of another kind,
    InvalidSignature where the proof is false.
    """
    try:
        return _parse(value)
    except DER_MISTAKES as cause:
        raise ValueError("the bytes are no CRMF message") from cause


DER_MISTAKES = (LookupError, AttributeError, ArithmeticError, RecursionError, TypeError)
"""What the ASN.1 library raises, beside ValueError, over bytes that are not what they should be."""


def _parse(value: bytes) -> bytes:
    messages = _CertReqMessages.load(value, strict=True)
    if len(messages) != 1:
        raise ValueError("a message must ask for one certificate")
    request, proof = messages[0]["cert_req"], messages[0]["popo"]
    template = request["cert_template"]
    public_key, subject = template["public_key"], template["subject"]
    if public_key.native is None or proof.native is None or proof.name != "signature":
        raise ValueError("there is no public key, or no proof of possession by signature")
    public_der = public_key.untag().dump()
    _verify(proof.chosen, request, public_der)
    return _as_pkcs10(subject, public_der, template["extensions"])


def _verify(proof: Any, request: Any, public_der: bytes) -> None:
    """RFC 4211 §4.1: over the request, or over an input that names the same key."""
    given = proof["poposk_input"]
    signed = request.dump()
    if given.native is not None:
        if given["public_key"].dump() != public_der:
            raise ValueError("the proof is for another key")
        signed = given.untag().dump()
    _verify_signature(public_der, proof["algorithm"], proof["signature"].native, signed)


_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303  # of a proof that is checked once, not of the certificate
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def _verify_signature(public_der: bytes, algorithm: Any, signature: bytes, signed: bytes) -> None:
    key = load_der_public_key(public_der)
    kind = algorithm.signature_algo
    digest = None if kind in ("ed25519", "ed448") else _HASHES.get(algorithm.hash_algo)
    scheme: Any = padding.PKCS1v15()
    if kind == "rsassa_pss" and digest is not None:
        scheme = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
    verify_signature(key, scheme, digest, signature, signed)


def _as_pkcs10(subject: Any, public_der: bytes, extensions: Any) -> bytes:
    attributes = []
    if extensions.native is not None:
        own = x509.Extensions.load(extensions.untag().dump())
        attributes.append({"type": "extension_request", "values": [own]})
    name = x509.Name.build({}) if subject.native is None else x509.Name.load(subject.untag().dump())
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": name,
            "subject_pk_info": keys.PublicKeyInfo.load(public_der),
            "attributes": attributes,
        }
    )
    whole = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": {"algorithm": "sha256_rsa"},
            "signature": b"",
        }
    )
    der: bytes = whole.dump()
    return der
