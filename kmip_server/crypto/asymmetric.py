"""Encrypt and Decrypt with an RSA key (KMIP 2.1 §6.1.17, §6.1.15; RFC 8017 §7).

Masks: the standard says "if omitted defaults to SHA-1" of the Mask Generator Hashing Algorithm (2.1 §4.16),
a field that 1.4 brought; before it, and in the published signatures of every version (CS-AC-M-2), the mask
uses the hash of the message, as most libraries do. What is made here without the field follows those; what
is read may follow either.
"""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from kmip_server.crypto.hash import primitive
from kmip_server.crypto.keys import Material, load_private, load_public
from kmip_server.crypto.refusals import bad_key, bad_parameters, cannot_decrypt, unsupported_parameters
from kmip_server.errors import CryptographicFailure
from kmip_server.spec.enums import HashingAlgorithm, KeyFormatType, MaskGenerator, PaddingMethod
from kmip_server.spec.structures.parameters import CryptographicParameters


def rsa_encrypt(
    key: Material, key_format: KeyFormatType | None, parameters: CryptographicParameters, data: bytes
) -> bytes:
    """Encrypt to an RSA public key; raises where the Padding Method is missing or the data too long."""
    scheme = _paddings(parameters)[0]
    public = load_public(key, key_format)
    if not isinstance(public, rsa.RSAPublicKey):
        raise bad_key()
    try:
        return public.encrypt(data, scheme)
    except UnsupportedAlgorithm as cause:
        raise unsupported_parameters(_NO_SUCH_OAEP) from cause
    except ValueError as cause:
        raise CryptographicFailure("The data is too long for the key and the padding") from cause


def rsa_decrypt(
    key: Material,
    key_format: KeyFormatType | None,
    parameters: CryptographicParameters,
    data: bytes,
    trusted: bool,
) -> bytes:
    """Decrypt with an RSA private key; for a wrong PKCS#1 v1.5 padding the library gives random bytes."""
    schemes = _paddings(parameters)
    private = load_private(key, key_format, trusted=trusted)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise bad_key()
    failure: Exception | None = None
    for scheme in schemes:
        try:
            return private.decrypt(data, scheme)
        except UnsupportedAlgorithm as cause:
            raise unsupported_parameters(_NO_SUCH_OAEP) from cause
        except ValueError as cause:
            failure = cause
    raise cannot_decrypt() from failure


_NO_SUCH_OAEP = "OAEP with this Hashing Algorithm, or with this one in its mask, is not supported"


def mask_hashes(parameters: CryptographicParameters, hashing: HashingAlgorithm) -> list[HashingAlgorithm]:
    """Return the hashes that the mask may use: the first to make, all of them to read."""
    if parameters.mask_generator not in (None, MaskGenerator.MFG1):
        raise unsupported_parameters("The Mask Generator is not supported")
    named = parameters.mask_generator_hashing_algorithm
    if named is not None:
        return [named]
    return [hashing] if hashing is HashingAlgorithm.SHA_1 else [hashing, HashingAlgorithm.SHA_1]


def _paddings(parameters: CryptographicParameters) -> list[padding.AsymmetricPadding]:
    method = parameters.padding_method
    if method is PaddingMethod.PKCS1_V1_5:
        return [padding.PKCS1v15()]
    if method is PaddingMethod.OAEP:
        hashing = parameters.hashing_algorithm or HashingAlgorithm.SHA_1  # RFC 8017 §A.2.1: the default
        label = parameters.p_source or None
        return [
            padding.OAEP(padding.MGF1(primitive(mask)), primitive(hashing), label)
            for mask in mask_hashes(parameters, hashing)
        ]
    if method is None:
        raise bad_parameters("The Padding Method is missing")
    raise unsupported_parameters("The Padding Method is none of RSA encryption that is served")
