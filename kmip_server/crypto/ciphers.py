"""The room's door: what operations ask of cryptography, by one object (KMIP 2.1 §6.1).

Keys come unsealed, as bytes or as the numbers of a transparent format; results are plain values. Every
refusal is a KmipError and none holds key material. What a key is used for stands in ``using``; here is what makes keys,
reads them, and certifies them.
"""

from __future__ import annotations

from collections.abc import Sequence

from kmip_server.crypto import (
    certificate_requests,
    certificates,
    certify,
    chains,
    derive,
    describe,
    formats,
    generate,
    keys,
    one_time,
    pkcs12,
    rng,
)
from kmip_server.crypto import hash as hashing
from kmip_server.crypto.certificates import CertificateFacts
from kmip_server.crypto.describe import KeyFacts
from kmip_server.crypto.formats import ObjectKind
from kmip_server.crypto.generate import GeneratedPair
from kmip_server.crypto.keys import Material
from kmip_server.crypto.using import KeyUse
from kmip_server.ports import Derivation
from kmip_server.ports.certifying import CertificatePlan, Issuer, RequestFacts
from kmip_server.ports.cipher_results import ContainerContent
from kmip_server.spec.enums import (
    CertificateRequestType,
    CryptographicAlgorithm,
    HashingAlgorithm,
    KeyCompressionType,
    KeyFormatType,
    RecommendedCurve,
    ValidityIndicator,
)


class Ciphers(KeyUse):
    """Every cryptographic service of the server; it has no state, one serves all."""

    def hash(self, algorithm: HashingAlgorithm | None, data: bytes) -> bytes:
        """Hash the data (2.1 §6.1.24)."""
        return hashing.hash_data(algorithm, data)

    def one_time_password(self, seed: bytes, counter: int, digits: int, algorithm: HashingAlgorithm) -> str:
        """The one-time password of a counter (RFC 4226)."""
        return one_time.one_time_password(seed, counter, digits, algorithm)

    def digest(self, data: bytes) -> bytes:
        """SHA-256, for the Digest attribute (2.1 §4.19)."""
        return hashing.sha256(data)

    def random(self, count: int) -> bytes:
        """Random bytes (2.1 §6.1.49)."""
        return rng.random_bytes(count)

    def seed(self, data: bytes) -> int:
        """Mix a seed into the random number generator; how many bytes were used (2.1 §6.1.50)."""
        return rng.mix_in(data)

    def generate_symmetric(self, algorithm: CryptographicAlgorithm, length: int) -> bytes:
        """Make a symmetric key of so many bits (2.1 §6.1.8)."""
        return generate.generate_symmetric(algorithm, length)

    def symmetric_bytes(self, algorithm: CryptographicAlgorithm, length: int) -> int | None:
        """How many bytes a symmetric key of so many bits has; None where there is no such key."""
        return generate.symmetric_bytes(algorithm, length)

    def generate_pair(
        self, algorithm: CryptographicAlgorithm, length: int | None, curve: RecommendedCurve | None
    ) -> GeneratedPair:
        """Make a key pair of so many bits or on a curve (2.1 §6.1.9)."""
        return generate.generate_pair(algorithm, length, curve)

    def derive(self, asked: Derivation) -> bytes:
        """Derive a key (2.1 §6.1.14)."""
        return derive.derive(asked)

    def derivation_rounds(self, asked: Derivation) -> int:
        """How often the pseudorandom function of a derivation will be computed, where the client says how often."""
        return derive.rounds_of(asked)

    def agree(
        self,
        private: Material,
        private_format: KeyFormatType | None,
        public: Material,
        public_format: KeyFormatType | None,
        *,
        algorithm: CryptographicAlgorithm | None = None,
        trusted: bool = False,
    ) -> bytes:
        """Agree on a secret (2.1 §11.14, Asymmetric Key)."""
        return derive.agree(private, private_format, public, public_format, algorithm=algorithm, trusted=trusted)

    def convert(
        self,
        object_kind: ObjectKind,
        algorithm: CryptographicAlgorithm | None,
        from_format: KeyFormatType,
        material: Material,
        to_format: KeyFormatType,
        compression: KeyCompressionType | None = None,
    ) -> Material:
        """Give a key in another Key Format Type (2.1 §4.26)."""
        return formats.convert(object_kind, algorithm, from_format, material, to_format, compression)

    def check_private(
        self, material: Material, key_format: KeyFormatType | None, algorithm: CryptographicAlgorithm | None = None
    ) -> bool:
        """Tell whether the numbers of a private key agree; slow, once at Register, then ``trusted``."""
        return keys.check_private(material, key_format, algorithm=algorithm)

    def describe(self, material: Material, key_format: KeyFormatType) -> KeyFacts:
        """Read algorithm, length and curve from a key (2.1 §3.1)."""
        return describe.describe(material, key_format)

    def describe_certificate(self, der: bytes) -> CertificateFacts:
        """Read what the server sets from an X.509 certificate (2.1 §4.68-§4.70)."""
        return certificates.describe_certificate(der)

    def public_key_info(
        self, material: Material, key_format: KeyFormatType | None, algorithm: CryptographicAlgorithm | None
    ) -> bytes:
        """Give a public key, or that of a certificate, as Subject Public Key Info, DER (RFC 5280 §4.1.2.7)."""
        return formats.public_key_info(material, key_format, algorithm)

    def read_certificate_request(self, kind: CertificateRequestType, value: bytes) -> RequestFacts:
        """Read a certificate request and check its proof of possession (2.1 §6.1.6)."""
        return certificate_requests.read_request(kind, value)

    def issue_certificate(self, plan: CertificatePlan, issuer: Issuer, now: int) -> bytes:
        """Make and sign a certificate (2.1 §6.1.6)."""
        return certify.issue(plan, issuer, now)

    def validate_chain(
        self,
        chain: Sequence[bytes],
        others: Sequence[bytes],
        anchors: Sequence[bytes],
        crls: Sequence[bytes],
        moment: int,
    ) -> ValidityIndicator:
        """Judge a certificate chain at a moment (2.1 §6.1.57)."""
        return chains.validate(chain, others, anchors, crls, moment)

    def read_container(
        self, container: bytes, password: bytes, friendly_name: str | None, *, at_once: bool = False
    ) -> ContainerContent:
        """Open a PKCS#12 container (2.1 §6.1.43)."""
        return pkcs12.read(container, password, friendly_name, at_once)

    def write_container(
        self,
        material: Material | None,
        key_format: KeyFormatType | None,
        algorithm: CryptographicAlgorithm | None,
        certificates: list[bytes],
        friendly_name: str,
        password: bytes,
    ) -> bytes:
        """Put a private key and its certificates into a PKCS#12 container (2.1 §6.1.19)."""
        return pkcs12.write(material, key_format, algorithm, certificates, friendly_name, password)

    def self_signed(self, subject: str, private: bytes, days: int, now: int) -> bytes:
        """Make the certificate of a root authority for a key in PKCS#8."""
        return certify.self_signed(subject, private, days, now)
