"""What a credential must be to be kept, whoever brings it: Create Credential, Register, Import (3.0)."""

from __future__ import annotations

from kmip_server.errors import InvalidField
from kmip_server.ports import Ciphers
from kmip_server.spec.enums import HashingAlgorithm
from kmip_server.spec.structures.credential_objects import (
    DeviceCredential,
    HashedPasswordCredential,
    OtpCredential,
    PasswordCredential,
)

_LEAST_SEED = 16
"""Bytes; RFC 4226 §4, R6: "The length of the shared secret MUST be at least 128 bits"."""
_MOST_SEED = 256
_LONGEST_INTERVAL = 3600
"""Seconds for which one one-time password may be good."""


def require_sound(structure: object, ciphers: Ciphers) -> None:
    """Pass for whatever is no credential, and for a credential by which somebody could sign in; InvalidField else."""
    if isinstance(structure, PasswordCredential):
        _require(bool(structure.password), "the password is empty")
    elif isinstance(structure, DeviceCredential):
        # 2.1 §9.11: "The client SHALL provide at least one field."
        fields = (
            structure.device_serial_number,
            structure.device_identifier,
            structure.network_identifier,
            structure.machine_identifier,
            structure.media_identifier,
        )
        _require(any(fields), "a device has at least one identifier")
        _require("" not in fields and structure.password != "", "a field of the device is empty")
    elif isinstance(structure, OtpCredential):
        _require_generator(structure, ciphers)
    elif isinstance(structure, HashedPasswordCredential):
        size = len(ciphers.hash(structure.hashing_algorithm or HashingAlgorithm.SHA_256, b""))
        lengths = {len(structure.hashed_username_password), len(structure.hashed_password_username)}
        _require(lengths == {size}, "the hashes of a Hashed Password are not those of its Hashing Algorithm")


def _require_generator(given: OtpCredential, ciphers: Ciphers) -> None:
    _require(given.otp_algorithm.known, "the OTP Algorithm is not known")
    _require(_LEAST_SEED <= len(given.otp_seed) <= _MOST_SEED, f"an OTP Seed has {_LEAST_SEED} bytes at least")
    interval = given.otp_interval
    _require(interval is None or 1 <= interval <= _LONGEST_INTERVAL, "the OTP Interval is none")
    _require((given.otp_counter or 0) >= 0, "the OTP Counter is negative")
    # What cannot be computed is refused now, not when somebody wants to sign in.
    ciphers.one_time_password(given.otp_seed, 0, given.otp_digits or 6, given.otp_digest or HashingAlgorithm.SHA_1)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvalidField(otherwise)
