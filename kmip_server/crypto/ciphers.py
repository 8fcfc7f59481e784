"""The room's door: what operations ask of cryptography, by one object (KMIP 2.1 §6.1).

Keys come unsealed, as bytes or as the numbers of a transparent format; results are plain values. Every
refusal is a KmipError and none holds key material.
"""

from __future__ import annotations

from collections.abc import Sequence

from kmip_server.crypto import (
    asymmetric,
    certificate_requests,
    certificates,
    certify,
    chains,
    derive,
    describe,
    formats,
    generate,
    keys,
    mac,
    one_time,
    parts,
    pkcs12,
    rng,
    signatures,
    symmetric,
    wrap,
)
from kmip_server.crypto import hash as hashing
from kmip_server.crypto.aead import Encrypted
from kmip_server.crypto.certificates import CertificateFacts
from kmip_server.crypto.describe import KeyFacts
from kmip_server.crypto.formats import ObjectKind
from kmip_server.crypto.generate import GeneratedPair
from kmip_server.crypto.keys import Material
from kmip_server.crypto.parts import Part, Progress
from kmip_server.crypto.refusals import bad_key, bad_parameters
from kmip_server.crypto.wrap import Wrapped
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
from kmip_server.spec.structures.parameters import CryptographicParameters


class Ciphers:
    """Every cryptographic service of the server; it has no state, one serves all."""

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

    def read_container(self, container: bytes, password: bytes, friendly_name: str | None) -> ContainerContent:
        """Open a PKCS#12 container (2.1 §6.1.43)."""
        return pkcs12.read(container, password, friendly_name)

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
