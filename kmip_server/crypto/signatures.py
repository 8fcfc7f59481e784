"""Sign and Signature Verify (KMIP 2.1 §6.1.55, §6.1.56; 1.4 §4.31, §4.32).

"either the Digital Signature Algorithm can be specified or the Cryptographic Algorithm and Hashing
Algorithm combination" (2.1 §4.16). The kind of the key decides which signature is made; a Digital Signature
Algorithm of another kind is refused. RSA without a Padding Method is PKCS#1 v1.5. Salt Length absent: as
long as the hash when signing, any when verifying. Digested Data without a Hashing Algorithm is, for RSA
with PKCS#1 v1.5, signed as it is (the client has put what it wants around it); else its length tells.
"""

from __future__ import annotations

from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    NoDigestInfo,
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from kmip_server.crypto.asymmetric import mask_hashes
from kmip_server.crypto.hash import hash_row, primitive
from kmip_server.crypto.keys import Material, load_private, load_public
from kmip_server.crypto.refusals import bad_parameters, missing_data, unsupported_parameters
from kmip_server.errors import CryptographicFailure
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    DigitalSignatureAlgorithm,
    HashingAlgorithm,
    KeyFormatType,
    PaddingMethod,
)
from kmip_server.spec.structures.parameters import CryptographicParameters


class SignatureRow(NamedTuple):
    """What one Digital Signature Algorithm stands for."""

    family: str
    hashing: HashingAlgorithm | None
    padding: PaddingMethod | None = None


_D = DigitalSignatureAlgorithm
_H = HashingAlgorithm
_V15 = PaddingMethod.PKCS1_V1_5
SIGNATURES: dict[DigitalSignatureAlgorithm, SignatureRow] = {
    _D.MD5_WITH_RSA_ENCRYPTION: SignatureRow("RSA", _H.MD5, _V15),
    _D.SHA_1_WITH_RSA_ENCRYPTION: SignatureRow("RSA", _H.SHA_1, _V15),
    _D.SHA_224_WITH_RSA_ENCRYPTION: SignatureRow("RSA", _H.SHA_224, _V15),
    _D.SHA_256_WITH_RSA_ENCRYPTION: SignatureRow("RSA", _H.SHA_256, _V15),
    _D.SHA_384_WITH_RSA_ENCRYPTION: SignatureRow("RSA", _H.SHA_384, _V15),
    _D.SHA_512_WITH_RSA_ENCRYPTION: SignatureRow("RSA", _H.SHA_512, _V15),
    _D.RSASSA_PSS: SignatureRow("RSA", None, PaddingMethod.PSS),
    _D.DSA_WITH_SHA_1: SignatureRow("DSA", _H.SHA_1),
    _D.DSA_WITH_SHA224: SignatureRow("DSA", _H.SHA_224),
    _D.DSA_WITH_SHA256: SignatureRow("DSA", _H.SHA_256),
    _D.ECDSA_WITH_SHA_1: SignatureRow("ECDSA", _H.SHA_1),
    _D.ECDSA_WITH_SHA224: SignatureRow("ECDSA", _H.SHA_224),
    _D.ECDSA_WITH_SHA256: SignatureRow("ECDSA", _H.SHA_256),
    _D.ECDSA_WITH_SHA384: SignatureRow("ECDSA", _H.SHA_384),
    _D.ECDSA_WITH_SHA512: SignatureRow("ECDSA", _H.SHA_512),
    _D.SHA3_256_WITH_RSA_ENCRYPTION: SignatureRow("RSA", _H.SHA3_256, _V15),
    _D.SHA3_384_WITH_RSA_ENCRYPTION: SignatureRow("RSA", _H.SHA3_384, _V15),
    _D.SHA3_512_WITH_RSA_ENCRYPTION: SignatureRow("RSA", _H.SHA3_512, _V15),
}
"""The Digital Signature Algorithms at hand: all but MD2 with RSA."""

_A = CryptographicAlgorithm
_FAMILIES: dict[str, frozenset[CryptographicAlgorithm]] = {
    "RSA": frozenset({_A.RSA}),
    "DSA": frozenset({_A.DSA}),
    "ECDSA": frozenset({_A.ECDSA, _A.EC}),
    "pure": frozenset({_A.ED25519, _A.ED448, _A.ML_DSA_44, _A.ML_DSA_65, _A.ML_DSA_87}),
}
"""The algorithms by whose name each kind of key signs (2.1 §4.16)."""
_BY_DIGEST_SIZE = {
    16: HashingAlgorithm.MD5,
    20: HashingAlgorithm.SHA_1,
    28: HashingAlgorithm.SHA_224,
    32: HashingAlgorithm.SHA_256,
    48: HashingAlgorithm.SHA_384,
    64: HashingAlgorithm.SHA_512,
}
_NOT_AT_HAND = "Signatures with this Hashing Algorithm are not supported"
_PURE = "Signatures of this algorithm are made over the data, not over a digest of it"


class _Plan(NamedTuple):
    """What to sign, how it is hashed, and for RSA in which padding."""

    message: bytes
    digested: bool
    hashing: HashingAlgorithm | None
    padding: PaddingMethod | None


def _plan(
    family: str,
    parameters: CryptographicParameters,
    data: bytes | None,
    digested: bytes | None,
    *,
    verifying: bool = False,
) -> _Plan:
    """What to sign or to verify; a signature that is said to be of another kind of key is no signature of this one.

    The published cases (TC-ECDSA-SIGN-DIGESTEDDATA-1) have it found Invalid; who wants such a one made is refused.
    """
    if (data is None) == (digested is None):
        raise bad_parameters("Exactly one of Data and Digested Data is needed")
    named = parameters.cryptographic_algorithm
    if named is not None and named not in _FAMILIES[family]:
        if verifying and any(named in kind for kind in _FAMILIES.values()):
            raise InvalidSignature
        raise bad_parameters("The Cryptographic Algorithm is not of the kind of the key")
    hashing, method = parameters.hashing_algorithm, parameters.padding_method
    signature = parameters.digital_signature_algorithm
    if signature is not None:
        row = SIGNATURES.get(signature)
        if row is None:
            raise unsupported_parameters(f"The Digital Signature Algorithm {signature.title} is not supported")
        if row.family != family:
            raise bad_parameters("The Digital Signature Algorithm is not of the kind of the key")
        if row.hashing is not None and hashing not in (None, row.hashing):
            raise bad_parameters("The Hashing Algorithm is not that of the Digital Signature Algorithm")
        hashing, method = row.hashing or hashing, row.padding
    if data is not None:
        return _Plan(data, False, hashing, method)
    return _Plan(digested or b"", True, hashing, method)


def _hash_for(plan: _Plan) -> HashingAlgorithm:
    """Return the hash, by name or by the length of the digest; raises where neither tells."""
    hashing = plan.hashing
    if plan.digested:
        hashing = hashing or _BY_DIGEST_SIZE.get(len(plan.message))
        if hashing is None or hash_row(hashing).size != len(plan.message):
            raise CryptographicFailure("The Digested Data does not have the length of the hash")
    if hashing is None:
        raise bad_parameters("The Hashing Algorithm is missing")
    return hashing


def _prehashed(plan: _Plan) -> HashAlgorithm | Prehashed:
    chosen = primitive(_hash_for(plan))
    return Prehashed(chosen) if plan.digested else chosen


_RsaForm = tuple[padding.AsymmetricPadding, HashAlgorithm | Prehashed | NoDigestInfo]


def _rsa_forms(plan: _Plan, parameters: CryptographicParameters, verifying: bool) -> list[_RsaForm]:
    """Return padding and hash: the first to sign with, all of them to verify."""
    if plan.padding is PaddingMethod.PSS:
        hashing = _hash_for(plan)
        if parameters.trailer_field not in (None, 1):
            raise unsupported_parameters("The Trailer Field is not supported")
        salt: object = parameters.salt_length
        if salt is None:
            salt = padding.PSS.AUTO if verifying else padding.PSS.DIGEST_LENGTH
        masks = [padding.MGF1(primitive(mask)) for mask in mask_hashes(parameters, hashing)]
        return [(_pss(mask, salt), _prehashed(plan)) for mask in masks]
    if plan.padding not in (None, PaddingMethod.PKCS1_V1_5):
        raise unsupported_parameters("The Padding Method is none of RSA signatures that is served")
    if plan.digested and plan.hashing is None:
        return [(padding.PKCS1v15(), NoDigestInfo())]
    return [(padding.PKCS1v15(), _prehashed(plan))]


def _pss(mask: padding.MGF1, salt: object) -> padding.PSS:
    try:
        return padding.PSS(mask, salt)  # type: ignore[arg-type]  # the library's marks for a length are private types
    except ValueError as cause:
        raise bad_parameters("The Salt Length is invalid") from cause


def sign(
    algorithm: CryptographicAlgorithm | None,
    key: Material,
    parameters: CryptographicParameters,
    data: bytes | None,
    digested: bytes | None,
    key_format: KeyFormatType | None,
    trusted: bool,
) -> bytes:
    """Sign the data, or its digest; ECDSA and DSA signatures are DER (RFC 3279 §2.2.3)."""
    private = load_private(key, key_format, trusted=trusted, algorithm=algorithm)
    try:
        if isinstance(private, rsa.RSAPrivateKey):
            plan = _plan("RSA", parameters, data, digested)
            scheme, hashing = _rsa_forms(plan, parameters, verifying=False)[0]
            return private.sign(plan.message, scheme, hashing)
        if isinstance(private, ec.EllipticCurvePrivateKey):
            plan = _plan("ECDSA", parameters, data, digested)
            return private.sign(plan.message, ec.ECDSA(_prehashed(plan)))
        if isinstance(private, dsa.DSAPrivateKey):
            plan = _plan("DSA", parameters, data, digested)
            return private.sign(plan.message, _prehashed(plan))
        if isinstance(private, _PURE_PRIVATE):
            plan = _plan("pure", parameters, data, digested)
            if plan.digested:
                raise bad_parameters(_PURE)
            return private.sign(plan.message)
    except UnsupportedAlgorithm as cause:
        raise unsupported_parameters(_NOT_AT_HAND) from cause
    except (ValueError, TypeError, OverflowError) as cause:
        raise CryptographicFailure("The signature cannot be made with this key and these parameters") from cause
    raise unsupported_parameters("The key cannot sign")


_PURE_PRIVATE = (
    ed25519.Ed25519PrivateKey,
    ed448.Ed448PrivateKey,
    mldsa.MLDSA44PrivateKey,
    mldsa.MLDSA65PrivateKey,
    mldsa.MLDSA87PrivateKey,
)
_PURE_PUBLIC = (
    ed25519.Ed25519PublicKey,
    ed448.Ed448PublicKey,
    mldsa.MLDSA44PublicKey,
    mldsa.MLDSA65PublicKey,
    mldsa.MLDSA87PublicKey,
)


def verify(
    algorithm: CryptographicAlgorithm | None,
    key: Material,
    parameters: CryptographicParameters,
    data: bytes | None,
    digested: bytes | None,
    signature: bytes,
    key_format: KeyFormatType | None,
) -> bool:
    """Tell whether the signature is that of the data; raises only where the question makes no sense."""
    public = load_public(key, key_format, algorithm=algorithm)
    try:
        if isinstance(public, rsa.RSAPublicKey):
            plan = _plan("RSA", parameters, data, digested, verifying=True)
            return any(_rsa_valid(public, signature, plan.message, form) for form in _rsa_forms(plan, parameters, True))
        if isinstance(public, ec.EllipticCurvePublicKey):
            plan = _plan("ECDSA", parameters, data, digested, verifying=True)
            public.verify(signature, plan.message, ec.ECDSA(_prehashed(plan)))
        elif isinstance(public, dsa.DSAPublicKey):
            plan = _plan("DSA", parameters, data, digested, verifying=True)
            public.verify(signature, plan.message, _prehashed(plan))
        elif isinstance(public, _PURE_PUBLIC):
            plan = _plan("pure", parameters, data, digested, verifying=True)
            if plan.digested:
                raise bad_parameters(_PURE)
            public.verify(signature, plan.message)
        else:
            raise unsupported_parameters("The key cannot verify signatures")
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm as cause:
        raise unsupported_parameters(_NOT_AT_HAND) from cause
    except (ValueError, TypeError, OverflowError) as cause:
        raise CryptographicFailure("The signature cannot be checked with this key and these parameters") from cause
    return True


def _rsa_valid(public: rsa.RSAPublicKey, signature: bytes, message: bytes, form: _RsaForm) -> bool:
    scheme, hashing = form
    try:
        public.verify(signature, message, scheme, hashing)  # type: ignore[arg-type]  # its stub forgets NoDigestInfo
    except InvalidSignature:
        return False
    return True


def recover(
    algorithm: CryptographicAlgorithm | None,
    key: Material,
    parameters: CryptographicParameters,
    signature: bytes,
    key_format: KeyFormatType | None,
) -> bytes | None:
    """The data in a signature that carries it: RSA, PKCS#1 v1.5, without a hash; None where it is none of this key.

    2.1 §6.1.56: "for those signature algorithms where data recovery from the signature is supported". Raises Invalid
    Message for all others, which need the data.
    """
    public = load_public(key, key_format, algorithm=algorithm)
    hashed = parameters.hashing_algorithm is not None or parameters.digital_signature_algorithm is not None
    fits = parameters.padding_method in (None, PaddingMethod.PKCS1_V1_5)
    if hashed or not fits or not isinstance(public, rsa.RSAPublicKey):
        raise missing_data()
    try:
        return public.recover_data_from_signature(signature, padding.PKCS1v15(), None)
    except (InvalidSignature, ValueError):
        return None


def fixed_from_der(der: bytes, size: int) -> bytes:
    """Return r and s one after the other, ``size`` bytes each; raises where the signature is none of that size."""
    try:
        return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(der))
    except (ValueError, OverflowError) as cause:
        raise CryptographicFailure("The signature does not have the size of the key") from cause


def der_from_fixed(fixed: bytes) -> bytes:
    """Return the DER form of r and s, which are the two halves; raises where there are no halves."""
    if not fixed or len(fixed) % 2:
        raise CryptographicFailure("The signature is not two numbers of one size")
    half = len(fixed) // 2
    return encode_dss_signature(int.from_bytes(fixed[:half], "big"), int.from_bytes(fixed[half:], "big"))
