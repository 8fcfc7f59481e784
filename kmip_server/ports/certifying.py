"""What certifying and validating ask: which authority issues, what a request says, what a certificate shall say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from kmip_server.spec.enums import CryptographicAlgorithm, KeyFormatType, Operation
from kmip_server.spec.structures.keys import TransparentKeyMaterial

KeyMaterial = bytes | TransparentKeyMaterial
"""An opened key: bytes, or the numbers of a transparent format."""


CERTIFYING = frozenset({Operation.CERTIFY, Operation.RE_CERTIFY})
"""Operations that are served only where there is a certificate authority."""
PROVISIONING = frozenset({Operation.RE_PROVISION})
"""Operations that are served only where there is a certificate authority for the clients of this server."""


@dataclass(frozen=True, slots=True)
class Certification:
    """Which managed objects are the issuing authority, and by what certificates are judged.

    The objects are named by Unique Identifier, or by Name where ``owner`` says whose they are.
    """

    issuer_key: str | None = None
    issuer_certificate: str | None = None
    owner: str | None = None
    days: int = 365
    """How long a certificate is valid for which the client names no Deactivation Date."""
    anchors: tuple[bytes, ...] = ()
    """Certificates (DER) at which a chain may end, beside the issuing authority's own."""
    crls: tuple[bytes, ...] = ()
    """Certificate revocation lists (DER)."""

    @property
    def issues(self) -> bool:
        """Whether there is an authority."""
        return self.issuer_key is not None and self.issuer_certificate is not None


class Issuer(NamedTuple):
    """The issuing authority, ready to sign."""

    key: KeyMaterial
    key_format_type: KeyFormatType | None
    algorithm: CryptographicAlgorithm | None
    trusted: bool
    """Whether the numbers of the key were checked before."""
    certificate: bytes

    def __repr__(self) -> str:
        return "Issuer(<withheld>)"


class RequestFacts(NamedTuple):
    """What a certificate request says, its proof of possession checked."""

    public_key: bytes
    """Subject Public Key Info (RFC 5280 §4.1.2.7), DER."""
    pkcs10: bytes
    """The request in PKCS#10 form, DER: subject and extensions are read from it."""
    subject: str
    """The subject as RFC 4514 writes it."""


@dataclass(frozen=True, slots=True)
class SubjectAsked:
    """The subject as attributes give it: one of several spellings, the first that is there counts."""

    distinguished_name_der: bytes | None = None
    distinguished_name: str | None = None
    parts: tuple[tuple[str, str], ...] = ()
    """Name part (as in Certificate Subject CN, O, OU ...) and value."""
    alternative_der: tuple[bytes, ...] = ()
    """General Names, DER."""
    alternative: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CertificatePlan:
    """What a certificate shall say; dates are seconds since 1970."""

    public_key: bytes
    request: RequestFacts | None
    """What it says comes before the subject and the usage asked for (2.1 §6.1.6)."""
    subject: SubjectAsked
    usage: int
    """The Cryptographic Usage Mask of the certificate."""
    not_before: int
    not_after: int | None
    """None: ``days`` after it begins, or as long as the authority's own certificate if that is less."""
    days: int
    for_client: bool = False
    """Whether it says that its holder may be a client of TLS (Extended Key Usage, RFC 5280 §4.2.1.12)."""
