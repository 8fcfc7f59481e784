"""One-time passwords: HOTP (RFC 4226), on which TOTP (RFC 6238) stands."""

from __future__ import annotations

from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from kmip_server.crypto.hash import primitive
from kmip_server.crypto.refusals import unsupported_parameters
from kmip_server.spec.enums import HashingAlgorithm

_HASHES = frozenset({HashingAlgorithm.SHA_1, HashingAlgorithm.SHA_256, HashingAlgorithm.SHA_512})
"""RFC 6238 §1.2 names these three."""
_FEWEST, _MOST = 6, 8
"""Digits; RFC 4226 §5.3: "extract a 6-digit code at a minimum and possibly 7 and 8-digit code"."""


def one_time_password(seed: bytes, counter: int, digits: int, algorithm: HashingAlgorithm) -> str:
    """The password of a counter; raises KmipError for a hash or a number of digits that the RFCs do not have."""
    if algorithm not in _HASHES or not _FEWEST <= digits <= _MOST:
        raise unsupported_parameters("no one-time passwords are made so")
    made = HOTP(seed, digits, primitive(algorithm), enforce_key_length=False)  # type: ignore[arg-type]
    return made.generate(counter).decode()
