"""Certificate requests: what each type is, and that a proof that does not hold proves nothing (RFC 2986, RFC 4211)."""

from __future__ import annotations

import pytest
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.errors import KmipError
from kmip_server.spec.enums import CertificateRequestType as Kind
from kmip_server.spec.enums import ResultReason

ciphers = Ciphers()

# The certificate requests within two messages that OpenSSL 3.0.19 wrote:
# openssl cmp -cmd ir -use_mock_srv ... -newkey KEY -subject "/O=Example/CN=crmf client" -sans crmf.example -reqout FILE
CRMF_EC = bytes.fromhex(
    "30820107308201033081a80201003081a2a52a30283110300e060355040a0c074578616d706c653114301206035504030c0b"
    "63726d6620636c69656e74a659301306072a8648ce3d020106082a8648ce3d0301070342000477542884380ff40ddd12ce39"
    "b6e6564e47f14ee7dc0f63b54f0ab4920296b776218ab43100fd43ec226a9a27e2389637a7c7a46240f2f5b8e0753e716363"
    "279da91930170603551d110410300e820c63726d662e6578616d706c65a156300a06082a8648ce3d04030203480030450220"
    "086943c168c654f0651c1503cc229f3afabfb3893d4e5c5c18d27b13ef18863c0221009cc71a0e46c7d12572a2a9eaa70077"
    "6ae47d6eca5ddd4b3f29877b2734c1bd6a"
)
CRMF_RSA = bytes.fromhex(
    "3082029430820290308201740201003082016da52a30283110300e060355040a0c074578616d706c65311430120603550403"
    "0c0b63726d6620636c69656e74a6820122300d06092a864886f70d01010105000382010f003082010a0282010100a9ece670"
    "e596aa1acdd97c7a09eb9feca60daa58efd18f6a94d405ba81ceeebe1d775012b079819fffa0a8d38a1a93a8370ebb73d12c"
    "74936d547d31264d6852ed081e1b49617c3cff0ba143112db657728561d8495d3ee685aafd012bbf7574eb0f1f43c3f2625e"
    "78b7d767b5e8b99bb45fca1331074f47fab97cfc0e37e663e81059b6911eb9af0ab6a3e1ce6857a993801ae8c6a8e10cef00"
    "4b589661f100dfa1af26913e6f743829c9b4434a9b04420c1925f53fce10bc037f7bca11740567cf3064cba35e5d88daf812"
    "3be20e44152c42288dd95e3fc2947c150a5489d2362757a9e5096324f1874a728e19e902db2b9336c809a63588a707a79bc7"
    "320f0203010001a91930170603551d110410300e820c63726d662e6578616d706c65a1820114300d06092a864886f70d0101"
    "0b050003820101002fea3423d36b434d50822a91052df81495df88be6d9281475c1b49a07935b1b46a76569f53e239a3fdc7"
    "08b0facabfed63e10976fd2efb195c9f80495a1dcf1dd08663731abff1db3417b7f17022929b960584a22429666b1e964051"
    "1aea2477e95f3904d1010d26b94b26e9507b24c926a59c867a1aad35bf95b828e02050465883917ba849d76a09fe10809c43"
    "a4835ca716eccb1dd3593b92b92fbf77498150195afc49549c08e95d6051f9c1e5217f033c8916407cf425bd3fc075da70f9"
    "df10823f60e2ff741be0699427f7d6f611b71e70866c550b7b137154cc5eca71bde2fcad2ae8e85a326772a8ba618f7fa55c"
    "f87a8014b235c2ee758492961d92"
)


def refusal(kind: Kind, value: bytes) -> ResultReason:
    with pytest.raises(KmipError) as caught:
        ciphers.read_certificate_request(kind, value)
    return caught.value.reason


@pytest.mark.parametrize(("value", "kind"), [(CRMF_EC, ec.EllipticCurvePublicKey), (CRMF_RSA, rsa.RSAPublicKey)])
def test_crmf_as_openssl_writes_it(value: bytes, kind: type) -> None:
    facts = ciphers.read_certificate_request(Kind.CRMF, value)
    form = x509.load_der_x509_csr(facts.pkcs10)
    assert isinstance(form.public_key(), kind)
    assert form.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == facts.public_key
    assert form.subject.rfc4514_string() == "CN=crmf client,O=Example"
    names = form.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["crmf.example"]


@pytest.mark.parametrize("value", [CRMF_EC, CRMF_RSA], ids=["ec", "rsa"])
def test_a_crmf_message_of_which_any_byte_was_changed_is_refused(value: bytes) -> None:
    accepted = 0
    for place in range(len(value)):
        changed = bytearray(value)
        changed[place] ^= 0x01
        try:
            facts = ciphers.read_certificate_request(Kind.CRMF, bytes(changed))
        except KmipError as error:
            assert error.reason is ResultReason.INVALID_CSR
        else:
            # What the proof does not cover may change: how it names its own algorithm, and nothing that is asked.
            accepted += 1
            assert facts == ciphers.read_certificate_request(Kind.CRMF, value)
    assert accepted <= 4


def test_crmf_that_is_cut_doubled_or_without_proof_is_refused() -> None:
    for end in range(0, len(CRMF_EC), 7):
        assert refusal(Kind.CRMF, CRMF_EC[:end]) is ResultReason.INVALID_CSR
    assert refusal(Kind.CRMF, CRMF_EC + b"\x00") is ResultReason.INVALID_CSR
    one = core.SequenceOf.load(CRMF_EC, spec=core.Any)[0].dump()
    request = core.Sequence.load(one).contents
    inner = core.Any.load(request).dump()  # the CertRequest alone

    def message(*each: bytes) -> bytes:
        body = b"".join(each)
        return b"\x30\x82" + len(body).to_bytes(2, "big") + body

    def sequence(body: bytes) -> bytes:
        return b"\x30\x82" + len(body).to_bytes(2, "big") + body

    assert refusal(Kind.CRMF, message(one, one)) is ResultReason.INVALID_CSR
    assert refusal(Kind.CRMF, message()) is ResultReason.INVALID_CSR
    assert refusal(Kind.CRMF, message(sequence(inner))) is ResultReason.INVALID_CSR  # no proof
    assert refusal(Kind.CRMF, message(sequence(inner + b"\x80\x00"))) is ResultReason.INVALID_CSR  # raVerified


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["rsa", "ec", "ed25519"],
)
def test_pkcs_10_of_every_kind_of_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name.from_rfc4514_string("CN=x"))
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    made = builder.sign(key, digest)
    der = made.public_bytes(Encoding.DER)
    assert ciphers.read_certificate_request(Kind.PKCS_10, der).pkcs10 == der
    assert ciphers.read_certificate_request(Kind.PEM, made.public_bytes(Encoding.PEM)).pkcs10 == der
    assert refusal(Kind.PEM, der) is ResultReason.INVALID_CSR
    assert refusal(Kind.PKCS_10, made.public_bytes(Encoding.PEM)) is ResultReason.INVALID_CSR
    assert refusal(Kind.CRMF, der) is ResultReason.INVALID_CSR
    changed = der[:-1] + bytes([der[-1] ^ 1])
    assert refusal(Kind.PKCS_10, changed) is ResultReason.INVALID_CSR
