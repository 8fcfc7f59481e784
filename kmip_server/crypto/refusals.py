"""The refusals of this room, so that each mistake is answered with one reason everywhere.

KMIP 2.1 Tables 184 and 216 (errors of Decrypt and Encrypt) name Bad and Unsupported Cryptographic
Parameters, Missing Initialization Vector and Cryptographic Failure. The published test cases, of every
version up to 3.0, answer a tag length out of range with General Failure (CS-BC-M-GCM-1); they are followed.
"""

from __future__ import annotations

from kmip_server.errors import CryptographicFailure, FeatureNotSupported, InvalidField, InvalidMessage, KmipError
from kmip_server.spec.enums import ResultReason


def bad_parameters(message: str) -> KmipError:
    """Cryptographic parameters, or fields beside them, are missing or contradict each other."""
    return InvalidField(message, ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS)


def unsupported_parameters(message: str) -> KmipError:
    """The standard defines what is asked for; this server does not do it."""
    return FeatureNotSupported(message, ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS)


def unsupported_format(message: str) -> KmipError:
    """The key has no form in the format asked for, or this server cannot read the format it has."""
    return KmipError(message, ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED)


def missing_iv() -> KmipError:
    """The mode needs an IV/Counter/Nonce, none was given, and Random IV is not set."""
    return InvalidMessage("The IV/Counter/Nonce is missing", ResultReason.MISSING_INITIALIZATION_VECTOR)


def missing_data() -> KmipError:
    """Data that was signed is needed to verify the signature, which does not carry it."""
    return InvalidMessage("Data is missing")


def bad_length(message: str) -> KmipError:
    """The Cryptographic Length is none that a key of the algorithm can have: the value of an attribute."""
    return InvalidField(message, ResultReason.INVALID_ATTRIBUTE_VALUE)


def bad_tag_length() -> KmipError:
    """The Tag Length is none that the algorithm defines, or too short to protect anything."""
    return KmipError("The Tag Length is invalid", ResultReason.GENERAL_FAILURE)


def cannot_decrypt() -> KmipError:
    """Say that decryption failed, in the same words for a wrong key, tag, length and padding.

    Words that told a wrong padding from anything else would let a client read what it may not.
    """
    return CryptographicFailure("The data cannot be decrypted with this key and these parameters")


def bad_key() -> KmipError:
    """The key material does not make a key of its algorithm and format."""
    return CryptographicFailure("The key material is not a valid key of its algorithm and format")
