"""PKCS#12 containers (RFC 7292): a private key with its certificates, under a password.

What is read is one key and its chain; what is written is protected as well as the library can (PBES2, AES-256).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    pkcs12,
)

from kmip_server.crypto.keys import load_private
from kmip_server.crypto.pkcs12_bags import (
    MOST_AT_ONCE,
    MOST_ITERATIONS,
    KeyBag,
    bad_password,
    open_bags,
    require_cheap,
)
from kmip_server.crypto.refusals import bad_key
from kmip_server.errors import InvalidField
from kmip_server.ports.cipher_results import ContainerContent
from kmip_server.spec.enums import CryptographicAlgorithm, KeyFormatType
from kmip_server.spec.structures.keys import TransparentKeyMaterial


class Content(NamedTuple):
    """One key of a container."""

    private: bytes
    """PKCS#8, DER."""
    name: str | None
    """Its friendly name."""
    certificates: tuple[tuple[bytes, str | None], ...]
    """DER and friendly name: the key's own certificate first, then each one's issuer as far as it is there."""

    def __repr__(self) -> str:
        return "Content(<withheld>)"


def read(container: bytes, password: bytes, friendly_name: str | None, at_once: bool = False) -> ContainerContent:
    """Take the key of this friendly name out of a container, or the first one where none is named.

    1.4 §3.45: the name "under which the private key ... SHALL be found in the Key Material"; names are compared as
    RFC 7292 has it, whatever their case. Raises Bad Password where the container does not open, Invalid Field where
    it holds no such key.
    """
    most = MOST_AT_ONCE if at_once else MOST_ITERATIONS
    bags = open_bags(container, password, most)
    chosen = _chosen(bags.keys, friendly_name)
    require_cheap(bags.iterations + chosen.iterations, most)
    try:
        key = load_der_private_key(chosen.der, password if chosen.iterations else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as cause:
        raise bad_password() from cause
    chain = _chain(key, bags.certificates)
    own_name = chain[0][1] if chain else None
    return Content(
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), chosen.name or own_name, tuple(chain)
    )


def _chosen(keys: list[KeyBag], friendly_name: str | None) -> KeyBag:
    if not keys:
        raise InvalidField("The container holds no private key")
    if friendly_name is None or (len(keys) == 1 and keys[0].name is None):
        return keys[0]
    wanted = friendly_name.casefold()
    for each in keys:
        if each.name is not None and each.name.casefold() == wanted:
            return each
    raise InvalidField("The container holds no private key of this friendly name")


def _chain(key: Any, certificates: list[tuple[bytes, str | None]]) -> list[tuple[bytes, str | None]]:
    """The certificate of the key, then each one's issuer, as far as they are there."""
    loaded = _loaded(certificates)
    public = _spki(key.public_key)
    own = next((each for each in loaded if _spki(each[0].public_key) == public), None)
    chain: list[tuple[x509.Certificate, bytes, str | None]] = []
    while own is not None:
        chain.append(own)
        loaded.remove(own)
        own = next((each for each in loaded if _has_issued(each[0], chain[-1][0])), None)
    return [(der, name) for _, der, name in chain]


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """By name and signature: the authorities of several keys may have one name."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _loaded(certificates: list[tuple[bytes, str | None]]) -> list[tuple[x509.Certificate, bytes, str | None]]:
    try:
        loaded = [(x509.load_der_x509_certificate(der), der, name) for der, name in certificates]
        for each, _, _ in loaded:
            list(each.subject), list(each.issuer)
    except ValueError as cause:
        raise InvalidField("The container holds a certificate that is none") from cause
    return loaded


def _spki(public_key: Callable[[], Any]) -> bytes | None:
    """A public key as it is compared; None for one that the library does not know."""
    try:
        encoded: bytes = public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return encoded


def write(
    material: bytes | TransparentKeyMaterial | None,
    key_format: KeyFormatType | None,
    algorithm: CryptographicAlgorithm | None,
    certificates: list[bytes],
    friendly_name: str,
    password: bytes,
) -> bytes:
    """Make a container of a key and its certificates, or of certificates alone.

    Raises where the key is none, or is not that of the first certificate.
    """
    key: Any = None
    if material is not None:
        key = load_private(material, key_format, trusted=True, algorithm=algorithm)
    try:
        chain = [x509.load_der_x509_certificate(der) for der in certificates]
        protection = BestAvailableEncryption(password)
        if key is None:
            named = pkcs12.PKCS12Certificate(chain[0], friendly_name.encode())
            return pkcs12.serialize_key_and_certificates(None, None, None, [named, *chain[1:]], protection)
        own = chain[0] if chain else None
        if own is not None and own.public_key() != key.public_key():
            raise InvalidField("The certificate is not that of the private key")
        return pkcs12.serialize_key_and_certificates(friendly_name.encode(), key, own, chain[1:] or None, protection)
    except (ValueError, TypeError, UnsupportedAlgorithm) as cause:
        raise bad_key() from cause
