"""Quotes of a TPM 2.0: the state of a machine, signed by a key that never left it, over a nonce of ours.

Trusted Platform Module Library, Part 2: TPMS_ATTEST (§10.12.12), TPMS_QUOTE_INFO (§10.12.4), TPMT_SIGNATURE (§11.3.4).
KMIP leaves open how a quote stands in an Attestation Measurement (2.1 §9.11); here it is a TPM2B_ATTEST, which is the
length in two bytes and the TPMS_ATTEST, and after it the TPMT_SIGNATURE: both as ``tpm2_quote`` writes them.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

_MAGIC = 0xFF544347
"""TPM_GENERATED_VALUE: what the TPM made itself, and nobody had it sign."""
_QUOTE = 0x8018
"""TPM_ST_ATTEST_QUOTE."""
_CLOCK_AND_FIRMWARE = 17 + 8
_HASHES: dict[int, type[hashes.HashAlgorithm]] = {
    0x000B: hashes.SHA256,
    0x000C: hashes.SHA384,
    0x000D: hashes.SHA512,
}
_RSASSA, _RSAPSS, _ECDSA = 0x0014, 0x0016, 0x0018

QuoteKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


def load_quote_key(pem: bytes) -> QuoteKey:
    """The public half of an attestation key; ValueError where it is none."""
    try:
        key = load_pem_public_key(pem)
    except UnsupportedAlgorithm as cause:
        raise ValueError("the key is of an unknown kind") from cause
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise ValueError("an attestation key is an RSA or an EC key")
    return key


@dataclass(slots=True)
class _Reader:
    """Reads big-endian fields; ValueError where the bytes end too early."""

    data: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        """That many bytes."""
        end = self.at + count
        if end > len(self.data):
            raise ValueError("the quote is cut short")
        self.at, taken = end, self.data[self.at : end]
        return taken

    def number(self, count: int) -> int:
        """An unsigned integer of so many bytes."""
        return int.from_bytes(self.take(count), "big")

    def sized(self) -> bytes:
        """A TPM2B: its length, and the bytes."""
        return self.take(self.number(2))

    def end(self) -> None:
        """Refuse what stands after the last field."""
        if self.at != len(self.data):
            raise ValueError("something stands after the quote")


def is_good_quote(measurement: bytes, key: QuoteKey, nonce: bytes, pcr_digest: bytes | None) -> bool:
    """Whether the key signed a quote over the nonce, of the registers that have this digest (None: of any)."""
    try:
        reader = _Reader(measurement)
        attest = reader.sized()
        _verify(key, reader, attest)
        reader.end()
        extra, digest = _facts(attest)
    except (ValueError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return hmac.compare_digest(extra, nonce) and (pcr_digest is None or hmac.compare_digest(digest, pcr_digest))


def _facts(attest: bytes) -> tuple[bytes, bytes]:
    """The qualifying data and the digest of the registers."""
    reader = _Reader(attest)
    if reader.number(4) != _MAGIC or reader.number(2) != _QUOTE:
        raise ValueError("this is no quote")
    reader.sized()
    extra = reader.sized()
    reader.take(_CLOCK_AND_FIRMWARE)
    for _ in range(reader.number(4)):
        reader.take(2)
        reader.take(reader.number(1))
    digest = reader.sized()
    reader.end()
    return extra, digest


def _verify(key: QuoteKey, reader: _Reader, attest: bytes) -> None:
    """Read the signature and check it; raises ValueError or InvalidSignature."""
    scheme, name = reader.number(2), reader.number(2)
    if name not in _HASHES:
        raise ValueError("the hash of the signature is not served")
    algorithm = _HASHES[name]()
    if isinstance(key, rsa.RSAPublicKey) and scheme in (_RSASSA, _RSAPSS):
        pss = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO)
        key.verify(reader.sized(), attest, pss if scheme == _RSAPSS else padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey) and scheme == _ECDSA:
        r, s = (int.from_bytes(reader.sized(), "big") for _ in range(2))
        key.verify(encode_dss_signature(r, s), attest, ec.ECDSA(algorithm))
    else:
        raise ValueError("the signature is not of the key's kind")
