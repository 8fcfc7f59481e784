"""What differs between hardware security modules, as rows: one row per vendor, values only.

A new vendor is a new row. Names of mechanisms and errors are those of PKCS#11 in the spelling of
python-pkcs11; they are looked up when a token is opened.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vendor:
    """How to reach the tokens of one vendor, and what their answers mean."""

    name: str
    libraries: tuple[str, ...]
    """Where the PKCS#11 library usually lies; the first that exists is taken. Empty: it must be configured."""
    mechanism: str
    """Seals a KEK; it must authenticate associated data."""
    refusals: frozenset[str]
    """Errors of a decryption which say that the tag does not fit, and not that the device failed."""


VENDORS: dict[str, Vendor] = {
    row.name: row
    for row in (
        Vendor(
            name="softhsm2",
            libraries=(
                "/usr/lib/softhsm/libsofthsm2.so",
                "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
                "/usr/lib64/pkcs11/libsofthsm2.so",
                "/usr/lib64/libsofthsm2.so",
                "/usr/local/lib/softhsm/libsofthsm2.so",
                "/opt/homebrew/lib/softhsm/libsofthsm2.so",
            ),
            mechanism="AES_GCM",
            # SoftHSM 2.6.1 answers CKR_GENERAL_ERROR where CKR_ENCRYPTED_DATA_INVALID is meant.
            refusals=frozenset({"GeneralError", "EncryptedDataInvalid", "EncryptedDataLenRange"}),
        ),
        Vendor(
            name="generic",
            libraries=(),
            mechanism="AES_GCM",
            refusals=frozenset({"EncryptedDataInvalid", "EncryptedDataLenRange"}),
        ),
    )
}
"""Every vendor by name."""
