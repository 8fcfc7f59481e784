"""Keys from keys and passwords: what Derive Key computes (KMIP 2.1 §6.1.14, §7.12, §11.14).

The standard names the methods and leaves some of their forms open; a form is fixed here, once:

* Hash and HMAC give one block, Encrypt the ciphertext: of each, the first bytes are taken.
* SP 800-108: the Derivation Data is the whole fixed input, ``Label || 0x00 || Context`` or what else the client
  builds; nothing is appended to it. A client that wants the length there, [L]2, knows the length and writes it.
  The counter has 32 bits. It stands before the fixed input in Counter Mode, and after the iteration variable in
  Feedback and Double-Pipeline Mode, which use it too (SP 800-108r1 §4.1-§4.3, where it is optional in both).
* Every pseudorandom function of SP 800-108 is HMAC with the hash that is named, or CMAC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.asymmetric.dh import DHPrivateKey, DHPublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from kmip_server.crypto import mac, symmetric
from kmip_server.crypto.hash import hash_data, hash_row, primitive
from kmip_server.crypto.keys import Material, load_private, load_public
from kmip_server.crypto.refusals import bad_key, bad_parameters, unsupported_parameters
from kmip_server.errors import CryptographicFailure
from kmip_server.ports import Derivation
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import DerivationMethod as Method
from kmip_server.spec.enums import HashingAlgorithm, KeyFormatType
from kmip_server.spec.structures.parameters import CryptographicParameters

Prf = Callable[[bytes], bytes]

_COUNTER_BYTES = 4
_AWS_PREFIX, _AWS_SUFFIX = b"AWS4", b"aws4_request"


def derive(asked: Derivation) -> bytes:
    """Derive ``length`` bytes; raises Cryptographic Failure where the method gives fewer."""
    method = _METHODS.get(asked.method)
    if method is None:
        raise unsupported_parameters(f"The Derivation Method {asked.method.title} is not supported")
    if asked.length <= 0:
        raise bad_parameters("The length of what is derived must be positive")
    made = method(asked)
    if len(made) < asked.length:
        raise CryptographicFailure("The length asked for exceeds the output of the derivation method")
    return made[: asked.length]


def rounds_of(asked: Derivation) -> int:
    """How many times the pseudorandom function will be computed, where a client can make it many."""
    if asked.method is not Method.PBKDF2:
        return 0
    size = hash_row(_pbkdf2_hash(asked)).size
    return asked.iteration_count * -(-asked.length // size)


def _hash(asked: Derivation) -> bytes:
    """2.1 §11.14: "computing a hash over the derivation key or the derivation data"."""
    return hash_data(asked.parameters.hashing_algorithm, asked.key or asked.data)


def _hmac(asked: Derivation) -> bytes:
    """2.1 §7.12: the key tells the function; the published cases (TC-DERIVEKEY-2) name a hash for a key of AES."""
    if asked.algorithm in mac.HMAC_HASHES:
        return mac.mac(asked.algorithm, asked.key, CryptographicParameters(), asked.data)
    return mac.hmac_of(_named_hash(asked.parameters), asked.key, asked.data)


def _encrypt(asked: Derivation) -> bytes:
    if asked.algorithm is None:
        raise bad_parameters("The derivation key has no Cryptographic Algorithm")
    if asked.algorithm is Algorithm.ONE_TIME_PAD:
        raise unsupported_parameters("A one-time pad encrypts once, and not to derive")
    # No random IV: what is derived with one could never be derived again.
    parameters = replace(asked.parameters, random_iv=None)
    return symmetric.encrypt(asked.algorithm, asked.key, parameters, asked.data, asked.iv, None).data


def _pbkdf2(asked: Derivation) -> bytes:
    function = primitive(_pbkdf2_hash(asked))
    try:
        return PBKDF2HMAC(function, asked.length, asked.salt, asked.iteration_count).derive(asked.key)
    except (ValueError, UnsupportedAlgorithm, OverflowError) as cause:
        raise bad_parameters("The parameters do not fit PBKDF2") from cause


def _pbkdf2_hash(asked: Derivation) -> HashingAlgorithm:
    """RFC 8018 §5.2, Appendix A.2: HMAC-SHA-1 is the default pseudorandom function."""
    return _maybe_hash(asked.parameters) or HashingAlgorithm.SHA_1


def _hkdf(asked: Derivation) -> bytes:
    """RFC 5869; 2.1 §7.12: "The default hash function is SHA-256"."""
    hashing = _maybe_hash(asked.parameters) or HashingAlgorithm.SHA_256
    if asked.length > 255 * hash_row(hashing).size:
        raise CryptographicFailure("The length asked for exceeds the output of the derivation method")
    return HKDF(primitive(hashing), asked.length, asked.salt or None, asked.data or None).derive(asked.key)


def _aws(asked: Derivation) -> bytes:
    """AWS Signature Version 4; 2.1 §7.12: "the Derivation Data is (in order) the Date, Region, and Service"."""
    key = _AWS_PREFIX + asked.key
    for part in (*asked.parts, _AWS_SUFFIX):
        key = mac.hmac_of(HashingAlgorithm.SHA_256, key, part)
    return key


def _counted(number: int) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big")


def _counter_mode(prf: Prf, asked: Derivation) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield prf(_counted(number) + asked.data)


def _feedback_mode(prf: Prf, asked: Derivation) -> Iterator[bytes]:
    number, last = 0, asked.iv or b""
    while True:
        number += 1
        last = prf(last + _counted(number) + asked.data)
        yield last


def _double_pipeline_mode(prf: Prf, asked: Derivation) -> Iterator[bytes]:
    number, first = 0, asked.data
    while True:
        number += 1
        first = prf(first)
        yield prf(first + _counted(number) + asked.data)


def _sp800_108(mode: Callable[[Prf, Derivation], Iterator[bytes]]) -> Callable[[Derivation], bytes]:
    """One of the three modes, over the pseudorandom function that parameters and key name."""

    def run(asked: Derivation) -> bytes:
        prf, made = _prf(asked), b""
        for block in mode(prf, asked):
            made += block
            if len(made) >= asked.length:
                break
        return made

    return run


def _prf(asked: Derivation) -> Prf:
    """HMAC where a hash is named or the key is one of HMAC, else CMAC with the key's own block cipher."""
    parameters, key = asked.parameters, asked.key
    hashing = _maybe_hash(parameters) or mac.HMAC_HASHES.get(asked.algorithm)
    if hashing is not None:
        return lambda data: mac.hmac_of(hashing, key, data)
    if asked.algorithm is Algorithm.POLY1305:
        raise unsupported_parameters("Poly1305 is no pseudorandom function: two of its codes betray the key")
    plain = replace(parameters, cryptographic_algorithm=None)
    return lambda data: mac.mac(asked.algorithm, key, plain, data)


def _maybe_hash(parameters: CryptographicParameters) -> HashingAlgorithm | None:
    """The hash that the parameters name, outright or by an HMAC algorithm."""
    by_name = mac.HMAC_HASHES.get(parameters.cryptographic_algorithm)
    given = parameters.hashing_algorithm
    if by_name is not None and given is not None and by_name is not given:
        raise bad_parameters("The Hashing Algorithm is not that of the Cryptographic Algorithm")
    return given or by_name


def _named_hash(parameters: CryptographicParameters) -> HashingAlgorithm:
    found = _maybe_hash(parameters)
    if found is None:
        raise bad_parameters("The Hashing Algorithm is missing")
    return found


_METHODS: dict[Method, Callable[[Derivation], bytes]] = {
    Method.PBKDF2: _pbkdf2,
    Method.HASH: _hash,
    Method.HMAC: _hmac,
    Method.ENCRYPT: _encrypt,
    Method.NIST800_108_C: _sp800_108(_counter_mode),
    Method.NIST800_108_F: _sp800_108(_feedback_mode),
    Method.NIST800_108_DPI: _sp800_108(_double_pipeline_mode),
    Method.AWS_SIGNATURE_VERSION_4: _aws,
    Method.HKDF: _hkdf,
}
"""Every method that works on bytes; key agreement has keys of its own kind, see :func:`agree`."""


def agree(
    private: Material,
    private_format: KeyFormatType | None,
    public: Material,
    public_format: KeyFormatType | None,
    *,
    algorithm: Algorithm | None,
    trusted: bool,
) -> bytes:
    """The shared secret of a private and a public key: ECDH on a curve, X25519, X448, or DH (2.1 §11.14).

    Raises Unsupported Cryptographic Parameters for an algorithm that is none of these, Bad Cryptographic Parameters for
    one that is not the keys', Cryptographic Failure for keys that do not belong to each other's curve or group.
    """
    if algorithm not in (None, Algorithm.ECDH, Algorithm.EC, Algorithm.DH):
        raise unsupported_parameters(f"Key agreement by {algorithm.title} is not supported")
    own = load_private(private, private_format, trusted=trusted, algorithm=Algorithm.ECDH)
    other = load_public(public, public_format, algorithm=Algorithm.ECDH)
    if algorithm is not None and (algorithm is Algorithm.DH) is not isinstance(own, DHPrivateKey):
        raise bad_parameters(f"{algorithm.title} is not for these keys")
    try:
        if isinstance(own, DHPrivateKey) and isinstance(other, DHPublicKey):
            return own.exchange(other)
        if isinstance(own, ec.EllipticCurvePrivateKey) and isinstance(other, ec.EllipticCurvePublicKey):
            return own.exchange(ec.ECDH(), other)
        if isinstance(own, x25519.X25519PrivateKey) and isinstance(other, x25519.X25519PublicKey):
            return own.exchange(other)
        if isinstance(own, x448.X448PrivateKey) and isinstance(other, x448.X448PublicKey):
            return own.exchange(other)
    except ValueError as cause:
        raise CryptographicFailure("The two keys do not agree on a secret") from cause
    raise bad_key()
