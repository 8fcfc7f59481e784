"""What a key is used for: Encrypt, Sign, MAC and their like, whole or in parts, and the wrapping of other keys."""

from __future__ import annotations

from kmip_server.crypto import (
    asymmetric,
    mac,
    parts,
    signatures,
    symmetric,
    wrap,
)
from kmip_server.crypto.aead import Encrypted
from kmip_server.crypto.keys import Material
from kmip_server.crypto.parts import Part, Progress
from kmip_server.crypto.refusals import bad_key, bad_parameters
from kmip_server.crypto.wrap import Wrapped
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    KeyFormatType,
)
from kmip_server.spec.structures.parameters import CryptographicParameters


class KeyUse:
    """The part of :class:`kmip_server.crypto.ciphers.Ciphers` that works with a key."""

    def encrypt(
        self,
        algorithm: CryptographicAlgorithm,
        key: Material,
        parameters: CryptographicParameters,
        data: bytes,
        *,
        iv: bytes | None = None,
        aad: bytes | None = None,
        key_format: KeyFormatType | None = None,
    ) -> Encrypted:
        """Encrypt (2.1 §6.1.17); the IV comes back where the server made it, the tag apart from the data."""
        if algorithm is CryptographicAlgorithm.RSA:
            _refuse_extras(iv, aad, None)
            return Encrypted(asymmetric.rsa_encrypt(key, key_format, parameters, data))
        return symmetric.encrypt(algorithm, _symmetric_key(key), parameters, data, iv, aad)

    def decrypt(
        self,
        algorithm: CryptographicAlgorithm,
        key: Material,
        parameters: CryptographicParameters,
        data: bytes,
        *,
        iv: bytes | None = None,
        aad: bytes | None = None,
        tag: bytes | None = None,
        key_format: KeyFormatType | None = None,
        trusted: bool = False,
    ) -> bytes:
        """Decrypt (2.1 §6.1.15); without a tag, that of GCM is looked for at the end of the data."""
        if algorithm is CryptographicAlgorithm.RSA:
            _refuse_extras(iv, aad, tag)
            return asymmetric.rsa_decrypt(key, key_format, parameters, data, trusted)
        return symmetric.decrypt(algorithm, _symmetric_key(key), parameters, data, iv, aad, tag)

    def encrypt_part(
        self,
        algorithm: CryptographicAlgorithm,
        key: Material,
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
        """Encrypt one part; ``held`` and ``vector`` are the progress that the part before it gave."""
        mode = parameters.block_cipher_mode
        if algorithm is not CryptographicAlgorithm.RSA:
            symmetric.scheme_of(algorithm, parameters, aad)
            if parts.rolls(algorithm, mode):
                progress = Progress(held, vector)
                return parts.roll(True, algorithm, _symmetric_key(key), parameters, progress, data, iv, final)
        whole = held + data
        grows = parts.grows(algorithm, mode)
        if not (final or grows):
            return Part(b"", Progress(whole))
        out = self.encrypt(algorithm, key, parameters, whole, iv=iv, aad=aad, key_format=key_format)
        shown = out.data[len(held) :] if grows else out.data
        return Part(shown, Progress(whole), out.iv, out.tag if final else None)

    def decrypt_part(
        self,
        algorithm: CryptographicAlgorithm,
        key: Material,
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
        """Decrypt one part; an authenticated mode gives nothing before the final one."""
        if algorithm is not CryptographicAlgorithm.RSA:
            scheme = symmetric.scheme_of(algorithm, parameters, aad)
            if tag and not scheme.authenticates:
                raise bad_parameters("The mode has no Authenticated Encryption Tag")
            if parts.rolls(algorithm, parameters.block_cipher_mode):
                progress = Progress(held, vector)
                return parts.roll(False, algorithm, _symmetric_key(key), parameters, progress, data, iv, final)
        whole = held + data
        if not final:
            return Part(b"", Progress(whole))
        plain = self.decrypt(
            algorithm, key, parameters, whole, iv=iv, aad=aad, tag=tag, key_format=key_format, trusted=trusted
        )
        return Part(plain, Progress())

    def sign(
        self,
        algorithm: CryptographicAlgorithm | None,
        key: Material,
        parameters: CryptographicParameters,
        data: bytes | None = None,
        *,
        digested: bytes | None = None,
        key_format: KeyFormatType | None = None,
        trusted: bool = False,
    ) -> bytes:
        """Sign the data or its digest (2.1 §6.1.55)."""
        return signatures.sign(algorithm, key, parameters, data, digested, key_format, trusted)

    def verify(
        self,
        algorithm: CryptographicAlgorithm | None,
        key: Material,
        parameters: CryptographicParameters,
        data: bytes | None = None,
        *,
        signature: bytes,
        digested: bytes | None = None,
        key_format: KeyFormatType | None = None,
    ) -> bool:
        """Tell whether a signature is valid (2.1 §6.1.56)."""
        return signatures.verify(algorithm, key, parameters, data, digested, signature, key_format)

    def recover(
        self,
        algorithm: CryptographicAlgorithm | None,
        key: Material,
        parameters: CryptographicParameters,
        signature: bytes,
        *,
        key_format: KeyFormatType | None = None,
    ) -> bytes | None:
        """Give the data that a signature carries; None where it does not hold (2.1 §6.1.56)."""
        return signatures.recover(algorithm, key, parameters, signature, key_format)

    def fixed_signature(self, der: bytes, size: int) -> bytes:
        """Write an ECDSA or DSA signature as two numbers of so many bytes (PKCS#11 Current Mechanisms 3.0 §2.3.1)."""
        return signatures.fixed_from_der(der, size)

    def der_signature(self, fixed: bytes) -> bytes:
        """Write it in DER (RFC 3279 §2.2.3)."""
        return signatures.der_from_fixed(fixed)

    def mac(
        self,
        algorithm: CryptographicAlgorithm | None,
        key: Material,
        parameters: CryptographicParameters,
        data: bytes,
    ) -> bytes:
        """Make a message authentication code (2.1 §6.1.32)."""
        return mac.mac(algorithm, _symmetric_key(key), parameters, data)

    def mac_verify(
        self,
        algorithm: CryptographicAlgorithm | None,
        key: Material,
        parameters: CryptographicParameters,
        data: bytes,
        code: bytes,
    ) -> bool:
        """Tell whether a code is that of the data (2.1 §6.1.33)."""
        return mac.verify(algorithm, _symmetric_key(key), parameters, data, code)

    def wrap(
        self,
        algorithm: CryptographicAlgorithm,
        key: Material,
        parameters: CryptographicParameters,
        plain: bytes,
        *,
        key_format: KeyFormatType | None = None,
    ) -> Wrapped:
        """Wrap the bytes of a key (2.1 §3.3)."""
        return wrap.wrap(algorithm, key, parameters, plain, key_format)

    def unwrap(
        self,
        algorithm: CryptographicAlgorithm,
        key: Material,
        parameters: CryptographicParameters,
        wrapped: bytes,
        *,
        iv: bytes | None = None,
        key_format: KeyFormatType | None = None,
        trusted: bool = False,
    ) -> bytes:
        """Unwrap the bytes of a key (2.1 §3.3)."""
        return wrap.unwrap(algorithm, key, parameters, wrapped, iv, key_format, trusted)

    def authenticate(
        self,
        algorithm: CryptographicAlgorithm,
        key: Material,
        parameters: CryptographicParameters,
        wrapped: bytes,
        *,
        key_format: KeyFormatType | None = None,
        trusted: bool = False,
    ) -> bytes:
        """Make the MAC/Signature over a key (2.1 §3.3)."""
        return wrap.authenticate(algorithm, key, parameters, wrapped, key_format, trusted)

    def is_authentic(
        self,
        algorithm: CryptographicAlgorithm,
        key: Material,
        parameters: CryptographicParameters,
        wrapped: bytes,
        code: bytes,
        *,
        key_format: KeyFormatType | None = None,
    ) -> bool:
        """Tell whether the MAC/Signature over a key is valid (2.1 §3.3)."""
        return wrap.is_authentic(algorithm, key, parameters, wrapped, code, key_format)


def _symmetric_key(key: Material) -> bytes:
    if isinstance(key, bytes):
        return key
    if key.key is None:
        raise bad_key()
    return key.key


def _refuse_extras(iv: bytes | None, aad: bytes | None, tag: bytes | None) -> None:
    if iv or aad or tag:
        raise bad_parameters("RSA takes no IV/Counter/Nonce, additional data or tag")
