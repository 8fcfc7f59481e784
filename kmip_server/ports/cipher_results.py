"""What cryptography gives back, and the one question that is too long for arguments."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    DerivationMethod,
    KeyFormatType,
    RecommendedCurve,
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
    def name(self) -> str | None:
        """Its friendly name."""

    @property
    def certificates(self) -> tuple[tuple[bytes, str | None], ...]:
        """Certificates (DER) with their friendly names: the key's own first, then each one's issuer."""
