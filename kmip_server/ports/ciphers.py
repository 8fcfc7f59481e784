"""What the operations ask of cryptography."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol

from kmip_server.ports.certifying import CertificatePlan, Issuer, KeyMaterial, RequestFacts
from kmip_server.spec.enums import (
    CertificateRequestType,
    CryptographicAlgorithm,
    DerivationMethod,
    HashingAlgorithm,
    KeyFormatType,
    RecommendedCurve,
    ValidityIndicator,
)
from kmip_server.spec.structures.parameters import CryptographicParameters


class Encrypted(Protocol):
    """What encryption gives."""

    @property
    def data(self) -> bytes:
        """The ciphertext."""

    @property
    def iv(self) -> bytes | None:
        """The IV, counter or nonce, when the server made it."""

    @property
    def tag(self) -> bytes | None:
        """The authentication tag of an authenticated mode."""


class Progress(Protocol):
    """Where one part of several ended, so that the next can begin there; secret."""

    @property
    def held(self) -> bytes:
        """Input that is not worked yet, or is needed again."""

    @property
    def vector(self) -> bytes | None:
        """What the next block depends on."""


class Part(Protocol):
    """What one part of several gives."""

    @property
    def data(self) -> bytes:
        """The output that this part makes certain; may be empty."""

    @property
    def progress(self) -> Progress:
        """What the next part is to be given."""

    @property
    def iv(self) -> bytes | None:
        """The IV, counter or nonce, when the server made it with this part."""

    @property
    def tag(self) -> bytes | None:
        """The authentication tag, with the final part of an authenticated mode."""


class GeneratedPair(Protocol):
    """What key pair generation gives."""

    @property
    def private(self) -> bytes:
        """The private key, encoded in ``private_format``."""

    @property
    def private_format(self) -> KeyFormatType:
        """How the private key is encoded."""

    @property
    def public(self) -> bytes:
        """The public key, encoded in ``public_format``."""

    @property
    def public_format(self) -> KeyFormatType:
        """How the public key is encoded."""

    @property
    def length(self) -> int:
        """The Cryptographic Length in bits."""


class Wrapped(Protocol):
    """What wrapping gives."""

    @property
    def data(self) -> bytes:
        """The wrapped bytes."""

    @property
    def iv(self) -> bytes | None:
        """The IV/Counter/Nonce, where the mode has one."""


class KeyFacts(Protocol):
    """What a key says of itself."""

    @property
    def algorithm(self) -> CryptographicAlgorithm | None:
        """Its algorithm, where it tells."""

    @property
    def length(self) -> int:
        """Its length in bits."""

    @property
    def curve(self) -> RecommendedCurve | None:
        """The curve it is on, where it is on one that has a name."""


class Derivation(NamedTuple):
    """What is to be derived, from what (2.1 §7.12); every input is opened and in its place."""

    method: DerivationMethod
    length: int
    """Bytes wanted."""
    parameters: CryptographicParameters
    algorithm: CryptographicAlgorithm | None = None
    """What the derivation key is for, where there is a key that says so."""
    key: bytes = b""
    """The derivation key, password or input key material."""
    data: bytes = b""
    """The Derivation Data."""
    parts: tuple[bytes, ...] = ()
    """The Derivation Data of a method that takes several."""
    iv: bytes | None = None
    salt: bytes = b""
    iteration_count: int = 0

    def __repr__(self) -> str:
        return f"Derivation({self.method.title}, <withheld>)"


class ContainerContent(Protocol):
    """What a PKCS#12 container holds."""

    @property
    def private(self) -> bytes:
        """The private key, PKCS#8, DER."""

    @property
    def certificates(self) -> tuple[tuple[bytes, str | None], ...]:
        """Certificates (DER) with their friendly names: the key's own first, then each one's issuer."""


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
    ) -> KeyMaterial:
        """Write a key in another format."""

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

    def read_container(self, container: bytes, password: bytes) -> ContainerContent:
        """Open a PKCS#12 container; Bad Password where it does not open."""

    def write_container(
        self,
        material: KeyMaterial,
        key_format: KeyFormatType | None,
        algorithm: CryptographicAlgorithm | None,
        certificates: list[bytes],
        friendly_name: str,
        password: bytes,
    ) -> bytes:
        """Put a private key and its certificates (DER) into a PKCS#12 container."""
