"""PKCS#12 containers (RFC 7292): a private key with its certificates, under a password.

What is read is a key and a chain; what is written is protected as well as the library can (PBES2, AES-256). A
container says itself how much work its password costs; more than a server should do is refused before it is done.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from asn1crypto import pkcs12 as asn1
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from kmip_server.crypto.crmf import DER_MISTAKES
from kmip_server.crypto.keys import load_private
from kmip_server.crypto.refusals import bad_key, unsupported_format
from kmip_server.errors import InvalidField
from kmip_server.ports.cipher_results import ContainerContent
from kmip_server.spec.enums import CryptographicAlgorithm, KeyFormatType, ResultReason
from kmip_server.spec.structures.keys import TransparentKeyMaterial

_MOST_ITERATIONS = 1_000_000
"""Of the functions that make keys from the password, all of them together: about a second."""


class Content(NamedTuple):
    """What a container holds."""

    private: bytes
    """PKCS#8, DER."""
    certificates: tuple[tuple[bytes, str | None], ...]
    """DER and friendly name: the key's own certificate first, then each one's issuer as far as it is there."""

    def __repr__(self) -> str:
        return "Content(<withheld>)"


def read(container: bytes, password: bytes) -> ContainerContent:
    """Open a container; raises Bad Password where it does not open, Invalid Field where it holds no key."""
    if _iterations(container) > _MOST_ITERATIONS:
        raise unsupported_format("The container's password costs too much work")
    try:
        opened = pkcs12.load_pkcs12(container, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as cause:
        # A wrong password and a broken container look alike, and shall.
        raise InvalidField("The container does not open with the password", ResultReason.BAD_PASSWORD) from cause
    if opened.key is None:
        raise InvalidField("The container holds no private key")
    certificates = [each for each in (opened.cert, *opened.additional_certs) if each is not None]
    return Content(
        opened.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        tuple(
            (each.certificate.public_bytes(Encoding.DER), _text(each.friendly_name)) for each in _chain(certificates)
        ),
    )


def write(
    material: bytes | TransparentKeyMaterial,
    key_format: KeyFormatType | None,
    algorithm: CryptographicAlgorithm | None,
    certificates: list[bytes],
    friendly_name: str,
    password: bytes,
) -> bytes:
    """Make a container; raises where the key is none, or is not that of the first certificate."""
    key: Any = load_private(material, key_format, trusted=True, algorithm=algorithm)
    try:
        chain = [x509.load_der_x509_certificate(der) for der in certificates]
        own = chain[0] if chain else None
        if own is not None and own.public_key() != key.public_key():
            raise InvalidField("The certificate is not that of the private key")
        return pkcs12.serialize_key_and_certificates(
            friendly_name.encode(), key, own, chain[1:] or None, BestAvailableEncryption(password)
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as cause:
        raise bad_key() from cause


def _text(name: bytes | None) -> str | None:
    return None if name is None else name.decode("utf-8", "replace")


def _chain(certificates: list[pkcs12.PKCS12Certificate]) -> list[pkcs12.PKCS12Certificate]:
    """The first, then each one's issuer, then what belongs to nothing, as it came."""
    if not certificates:
        return []
    ordered, rest = certificates[:1], certificates[1:]
    while rest:
        last = ordered[-1].certificate
        following = next((each for each in rest if each.certificate.subject == last.issuer), None)
        if following is None:
            break
        ordered.append(following)
        rest.remove(following)
    return ordered


def _iterations(container: bytes) -> int:
    """How often the functions that make keys from the password are to be repeated, where the container tells openly."""
    try:
        outer = asn1.Pfx.load(container, strict=True)
        mac = outer["mac_data"]
        total = 0 if mac.native is None else int(mac["iterations"].native)
        for content in outer.authenticated_safe:
            if content["content_type"].native == "encrypted_data":
                info = content["content"]["encrypted_content_info"]
                total += _of(info["content_encryption_algorithm"])
            elif content["content_type"].native == "data":
                for bag in asn1.SafeContents.load(content["content"].native):
                    if bag["bag_id"].native == "pkcs8_shrouded_key_bag":
                        total += _of(bag["bag_value"]["encryption_algorithm"])
        return total
    except (ValueError, *DER_MISTAKES) as cause:
        raise InvalidField("The key material is no PKCS#12 container") from cause


def _of(algorithm: Any) -> int:
    return int(algorithm.kdf_iterations)
