"""What the operations ask of cryptography."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from kmip_server.ports.certifying import CertificatePlan, Issuer, KeyMaterial, RequestFacts
from kmip_server.ports.cipher_results import (
    ContainerContent,
    Derivation,
    Encrypted,
    GeneratedPair,
    KeyFacts,
    Part,
    Wrapped,
)
from kmip_server.spec.enums import (
    CertificateRequestType,
    CryptographicAlgorithm,
    HashingAlgorithm,
    KeyCompressionType,
    KeyFormatType,
    RecommendedCurve,
    ValidityIndicator,
)
from kmip_server.spec.structures.parameters import CryptographicParameters


class Ciphers(Protocol):
    """What operations ask of cryptography; every refusal is a KmipError and none holds key material.

    A key comes opened: bytes in a ``key_format``, or the numbers of a transparent format. ``trusted`` says that
    its numbers were checked before.
    """

    def encrypt(
        self,
        algorithm: CryptographicAlgorithm,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        data: bytes,
        *,
        iv: bytes | None = None,
        aad: bytes | None = None,
        key_format: KeyFormatType | None = None,
    ) -> Encrypted:
        """Encrypt."""

    def decrypt(
        self,
        algorithm: CryptographicAlgorithm,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        data: bytes,
        *,
        iv: bytes | None = None,
        aad: bytes | None = None,
        tag: bytes | None = None,
        key_format: KeyFormatType | None = None,
        trusted: bool = False,
    ) -> bytes:
        """Decrypt."""

    def encrypt_part(
        self,
        algorithm: CryptographicAlgorithm,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        data: bytes,
        *,
        held: bytes = b"",
        vector: bytes | None = None,
        iv: bytes | None = None,
        aad: bytes | None = None,
        final: bool = False,
        key_format: KeyFormatType | None = None,
    ) -> Part:
        """Encrypt one part of several, from the progress of the one before it."""

    def decrypt_part(
        self,
        algorithm: CryptographicAlgorithm,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        data: bytes,
        *,
        held: bytes = b"",
        vector: bytes | None = None,
        iv: bytes | None = None,
        aad: bytes | None = None,
        tag: bytes | None = None,
        final: bool = False,
        key_format: KeyFormatType | None = None,
        trusted: bool = False,
    ) -> Part:
        """Decrypt one part of several; nothing unauthenticated comes out of an authenticated mode."""

    def sign(
        self,
        algorithm: CryptographicAlgorithm | None,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        data: bytes | None = None,
        *,
        digested: bytes | None = None,
        key_format: KeyFormatType | None = None,
        trusted: bool = False,
    ) -> bytes:
        """Sign data or its digest."""

    def verify(
        self,
        algorithm: CryptographicAlgorithm | None,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        data: bytes | None = None,
        *,
        signature: bytes,
        digested: bytes | None = None,
        key_format: KeyFormatType | None = None,
    ) -> bool:
        """Tell whether a signature holds."""

    def recover(
        self,
        algorithm: CryptographicAlgorithm | None,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        signature: bytes,
        *,
        key_format: KeyFormatType | None = None,
    ) -> bytes | None:
        """Give the data that a signature carries; None where it does not hold, KmipError where none is carried."""

    def fixed_signature(self, der: bytes, size: int) -> bytes:
        """An ECDSA or DSA signature as its two numbers, of so many bytes each; from DER."""

    def der_signature(self, fixed: bytes) -> bytes:
        """The same back."""

    def mac(
        self,
        algorithm: CryptographicAlgorithm | None,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        data: bytes,
    ) -> bytes:
        """Authenticate."""

    def mac_verify(
        self,
        algorithm: CryptographicAlgorithm | None,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        data: bytes,
        code: bytes,
    ) -> bool:
        """Tell whether a message authentication code holds."""

    def wrap(
        self,
        algorithm: CryptographicAlgorithm,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        plain: bytes,
        *,
        key_format: KeyFormatType | None = None,
    ) -> Wrapped:
        """Wrap the bytes of a key."""

    def unwrap(
        self,
        algorithm: CryptographicAlgorithm,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        wrapped: bytes,
        *,
        iv: bytes | None = None,
        key_format: KeyFormatType | None = None,
        trusted: bool = False,
    ) -> bytes:
        """Unwrap the bytes of a key."""

    def authenticate(
        self,
        algorithm: CryptographicAlgorithm,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        wrapped: bytes,
        *,
        key_format: KeyFormatType | None = None,
        trusted: bool = False,
    ) -> bytes:
        """Make the MAC or signature over a wrapped key."""

    def is_authentic(
        self,
        algorithm: CryptographicAlgorithm,
        key: KeyMaterial,
        parameters: CryptographicParameters,
        wrapped: bytes,
        code: bytes,
        *,
        key_format: KeyFormatType | None = None,
    ) -> bool:
        """Tell whether the MAC or signature over a wrapped key holds."""

    def digest(self, data: bytes) -> bytes:
        """SHA-256."""

    def random(self, count: int) -> bytes:
        """That many random bytes."""

    def seed(self, data: bytes) -> int:
        """Mix a seed into the random number generator; how many of its bytes were used."""

    def hash(self, algorithm: HashingAlgorithm | None, data: bytes) -> bytes:
        """Hash."""

    def one_time_password(self, seed: bytes, counter: int, digits: int, algorithm: HashingAlgorithm) -> str:
        """The one-time password of a counter (RFC 4226)."""

    def generate_symmetric(self, algorithm: CryptographicAlgorithm, length: int) -> bytes:
        """Make a symmetric key of so many bits."""

    def symmetric_bytes(self, algorithm: CryptographicAlgorithm, length: int) -> int | None:
        """How many bytes a symmetric key of so many bits has; None where there is no such key."""

    def generate_pair(
        self, algorithm: CryptographicAlgorithm, length: int | None, curve: RecommendedCurve | None
    ) -> GeneratedPair:
        """Make a key pair of so many bits, or on a curve."""

    def derive(self, asked: Derivation) -> bytes:
        """Derive a key; slow where :meth:`derivation_rounds` is large."""

    def derivation_rounds(self, asked: Derivation) -> int:
        """How often a function will be computed because the client asked for it; 0 where it cannot say."""

    def agree(
        self,
        private: KeyMaterial,
        private_format: KeyFormatType | None,
        public: KeyMaterial,
        public_format: KeyFormatType | None,
        *,
        algorithm: CryptographicAlgorithm | None = None,
        trusted: bool = False,
    ) -> bytes:
        """The secret that a private and a public key share."""

    def convert(
        self,
        object_kind: Literal["public", "private", "symmetric"],
        algorithm: CryptographicAlgorithm | None,
        from_format: KeyFormatType,
        material: KeyMaterial,
        to_format: KeyFormatType,
        compression: KeyCompressionType | None = None,
    ) -> KeyMaterial:
        """Write a key in another format, or its point in another compression."""

    def check_private(
        self, material: KeyMaterial, key_format: KeyFormatType | None, algorithm: CryptographicAlgorithm | None = None
    ) -> bool:
        """Tell whether the numbers of a private key agree; slow."""

    def describe(self, material: KeyMaterial, key_format: KeyFormatType) -> KeyFacts:
        """Read algorithm and length from a key; KmipError where nobody can."""

    def describe_certificate(self, der: bytes) -> Any:
        """Read a certificate: an object with the fields of ``crypto.certificates.CertificateFacts``."""

    def public_key_info(
        self, material: KeyMaterial, key_format: KeyFormatType | None, algorithm: CryptographicAlgorithm | None
    ) -> bytes:
        """Give a public key, or that of a certificate, as Subject Public Key Info, DER."""

    def read_certificate_request(self, kind: CertificateRequestType, value: bytes) -> RequestFacts:
        """Read a certificate request and check its proof of possession; Invalid CSR where it has none."""

    def issue_certificate(self, plan: CertificatePlan, issuer: Issuer, now: int) -> bytes:
        """Make and sign a certificate, DER."""

    def validate_chain(
        self,
        chain: Sequence[bytes],
        others: Sequence[bytes],
        anchors: Sequence[bytes],
        crls: Sequence[bytes],
        moment: int,
    ) -> ValidityIndicator:
        """Judge the one chain that the certificates make, DER, at a moment; ``others`` may stand before an anchor."""

    def read_container(
        self, container: bytes, password: bytes, friendly_name: str | None, *, at_once: bool = False
    ) -> ContainerContent:
        """Take a key out of a PKCS#12 container: that of this name, or the first one. Slow.

        Bad Password where it does not open; Feature Not Supported where that costs too much work: half a second of it,
        less where it must be done ``at_once``.
        """

    def write_container(
        self,
        material: KeyMaterial | None,
        key_format: KeyFormatType | None,
        algorithm: CryptographicAlgorithm | None,
        certificates: list[bytes],
        friendly_name: str,
        password: bytes,
    ) -> bytes:
        """Put a private key, if any, and certificates (DER) into a PKCS#12 container."""
