"""Credentials as managed objects (3.0): the shapes are put together from the test cases and the registries of tags.

The registries give the tags of each structure in a row and say nothing of their types: those of the same facts in 2.1
are taken (§9.11), and for one-time passwords those of RFC 4226 and RFC 6238.
"""

from __future__ import annotations

from kmip_server.spec.enums import HashingAlgorithm, OtpAlgorithm
from kmip_server.spec.schema import field, structure
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@structure(Tag.PASSWORD_CREDENTIAL)
class PasswordCredential:
    """A password that a user signs in with (from the test cases)."""

    password: str = field(Tag.PASSWORD, ItemType.TEXT_STRING)

    def __repr__(self) -> str:
        return "PasswordCredential(<withheld>)"


@structure(Tag.DEVICE_CREDENTIAL)
class DeviceCredential:
    """What a device says of itself when it signs in; the same fields as in 2.1 Table 412."""

    device_serial_number: str | None = field(Tag.DEVICE_SERIAL_NUMBER, ItemType.TEXT_STRING, default=None)
    password: str | None = field(Tag.PASSWORD, ItemType.TEXT_STRING, default=None)
    device_identifier: str | None = field(Tag.DEVICE_IDENTIFIER, ItemType.TEXT_STRING, default=None)
    network_identifier: str | None = field(Tag.NETWORK_IDENTIFIER, ItemType.TEXT_STRING, default=None)
    machine_identifier: str | None = field(Tag.MACHINE_IDENTIFIER, ItemType.TEXT_STRING, default=None)
    media_identifier: str | None = field(Tag.MEDIA_IDENTIFIER, ItemType.TEXT_STRING, default=None)

    def __repr__(self) -> str:
        return "DeviceCredential(<withheld>)"


@structure(Tag.OTP_CREDENTIAL)
class OtpCredential:
    """A generator of one-time passwords, by counter (HOTP, RFC 4226) or by time (TOTP, RFC 6238)."""

    otp_algorithm: OtpAlgorithm = field(Tag.OTP_ALGORITHM, OtpAlgorithm)
    otp_digest: HashingAlgorithm | None = field(Tag.OTP_DIGEST, HashingAlgorithm, default=None)
    """None: SHA-1, the hash of RFC 4226."""
    otp_serial: str | None = field(Tag.OTP_SERIAL, ItemType.TEXT_STRING, default=None)
    """The serial number of the generator; nothing hangs on it."""
    otp_seed: bytes = field(Tag.OTP_SEED, ItemType.BYTE_STRING)
    otp_interval: int | None = field(Tag.OTP_INTERVAL, ItemType.INTERVAL, default=None)
    """TOTP: seconds for which one is shown; None: 30."""
    otp_digits: int | None = field(Tag.OTP_DIGITS, ItemType.INTEGER, default=None)
    """None: 6."""
    otp_counter: int | None = field(Tag.OTP_COUNTER, ItemType.INTEGER, default=None)
    """HOTP: the counter of the next one when this was registered; None: 0."""

    def __repr__(self) -> str:
        return "OtpCredential(<withheld>)"


@structure(Tag.HASHED_PASSWORD_CREDENTIAL)
class HashedPasswordCredential:
    """What the server must know of a password to check a Hashed Password: S1 and S2 of 2.1 §9.11, not the password."""

    hashing_algorithm: HashingAlgorithm | None = field(Tag.HASHING_ALGORITHM, HashingAlgorithm, default=None)
    """None: SHA-256, as in 2.1 §9.11."""
    hashed_username_password: bytes = field(Tag.HASHED_USERNAME_PASSWORD, ItemType.BYTE_STRING)
    """S1 = Hash(Username || Password)."""
    hashed_password_username: bytes = field(Tag.HASHED_PASSWORD_USERNAME, ItemType.BYTE_STRING)
    """S2 = Hash(Password || Username)."""

    def __repr__(self) -> str:
        return "HashedPasswordCredential(<withheld>)"


CredentialObject = PasswordCredential | DeviceCredential | OtpCredential | HashedPasswordCredential
"""What proves who a user is, but for certificates."""


def blank(credential: CredentialObject) -> CredentialObject:
    """The same kind of credential with nothing in it: what is kept of one outside its seal."""
    if isinstance(credential, PasswordCredential):
        return PasswordCredential(password="")
    if isinstance(credential, DeviceCredential):
        return DeviceCredential()
    if isinstance(credential, OtpCredential):
        return OtpCredential(otp_algorithm=credential.otp_algorithm, otp_seed=b"")
    return HashedPasswordCredential(hashed_username_password=b"", hashed_password_username=b"")
