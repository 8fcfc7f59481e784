"""A TPM 2.0 in a few lines: quotes as the Trusted Platform Module Library, Part 2 has them, signed by any key."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PCRS = bytes(range(32))


def sized(data: bytes) -> bytes:
    """A TPM2B."""
    return len(data).to_bytes(2, "big") + data


def attest(nonce: bytes, pcr_digest: bytes = PCRS, magic: int = 0xFF544347, kind: int = 0x8018) -> bytes:
    """A TPMS_ATTEST of PCRs 0 to 7 in the SHA-256 bank."""
    clock_and_firmware = bytes(17 + 8)
    selection = (1).to_bytes(4, "big") + b"\x00\x0b" + b"\x03" + b"\xff\x00\x00"
    head = magic.to_bytes(4, "big") + kind.to_bytes(2, "big") + sized(b"\x00\x0b" + bytes(32))
    return head + sized(nonce) + clock_and_firmware + selection + sized(pcr_digest)


def signature(key: Key, data: bytes, *, pss: bool = False) -> bytes:
    """A TPMT_SIGNATURE with SHA-256."""
    if isinstance(key, rsa.RSAPrivateKey):
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if pss else padding.PKCS1v15()
        made = key.sign(data, scheme, hashes.SHA256())
        return (b"\x00\x16" if pss else b"\x00\x14") + b"\x00\x0b" + sized(made)
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return b"\x00\x18\x00\x0b" + sized(r.to_bytes(32, "big")) + sized(s.to_bytes(32, "big"))


def quote(key: Key, nonce: bytes, *, pss: bool = False, pcr_digest: bytes = PCRS) -> bytes:
    """An Attestation Measurement."""
    made = attest(nonce, pcr_digest)
    return sized(made) + signature(key, made, pss=pss)


def public_pem(key: Key) -> bytes:
    """The public half, as an operator has it in a file."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
