"""Bit masks: one class each, one row a bit (KMIP 2.1 §12).

A row reads: bit, printed name, first version, last version where a later one dropped it.
"""

from __future__ import annotations

from kmip_server.spec.kmip_enum import KmipMask
from kmip_server.spec.version import V1_0, V1_4, V2_0


class CryptographicUsageMask(KmipMask):
    """Cryptographic Usage Mask (2.1 §12.1)."""

    SIGN = 0x00000001, "Sign", V1_0
    VERIFY = 0x00000002, "Verify", V1_0
    ENCRYPT = 0x00000004, "Encrypt", V1_0
    DECRYPT = 0x00000008, "Decrypt", V1_0
    WRAP_KEY = 0x00000010, "Wrap Key", V1_0
    UNWRAP_KEY = 0x00000020, "Unwrap Key", V1_0
    EXPORT = 0x00000040, "Export", V1_0, V1_4
    MAC_GENERATE = 0x00000080, "MAC Generate", V1_0
    MAC_VERIFY = 0x00000100, "MAC Verify", V1_0
    DERIVE_KEY = 0x00000200, "Derive Key", V1_0
    CONTENT_COMMITMENT_NON_REPUDIATION = 0x00000400, "Content Commitment (Non Repudiation)", V1_0
    KEY_AGREEMENT = 0x00000800, "Key Agreement", V1_0
    CERTIFICATE_SIGN = 0x00001000, "Certificate Sign", V1_0
    CRL_SIGN = 0x00002000, "CRL Sign", V1_0
    GENERATE_CRYPTOGRAM = 0x00004000, "Generate Cryptogram", V1_0, V1_4
    VALIDATE_CRYPTOGRAM = 0x00008000, "Validate Cryptogram", V1_0, V1_4
    TRANSLATE_ENCRYPT = 0x00010000, "Translate Encrypt", V1_0, V1_4
    TRANSLATE_DECRYPT = 0x00020000, "Translate Decrypt", V1_0, V1_4
    TRANSLATE_WRAP = 0x00040000, "Translate Wrap", V1_0, V1_4
    TRANSLATE_UNWRAP = 0x00080000, "Translate Unwrap", V1_0, V1_4
    AUTHENTICATE = 0x00100000, "Authenticate", V2_0
    UNRESTRICTED = 0x00200000, "Unrestricted", V2_0
    FPE_ENCRYPT = 0x00400000, "FPE Encrypt", V2_0
    FPE_DECRYPT = 0x00800000, "FPE Decrypt", V2_0


_M = CryptographicUsageMask
APPLYING = (
    _M.SIGN
    | _M.ENCRYPT
    | _M.WRAP_KEY
    | _M.MAC_GENERATE
    | _M.DERIVE_KEY
    | _M.CONTENT_COMMITMENT_NON_REPUDIATION
    | _M.KEY_AGREEMENT
    | _M.CERTIFICATE_SIGN
    | _M.CRL_SIGN
    | _M.GENERATE_CRYPTOGRAM
    | _M.TRANSLATE_ENCRYPT
    | _M.TRANSLATE_WRAP
    | _M.FPE_ENCRYPT
)
"""The uses that apply protection; Usage Limits count these and no others (2.1 §4.59)."""


class ProtectionStorageMask(KmipMask):
    """Protection Storage Mask (2.1 §12.2)."""

    SOFTWARE = 0x00000001, "Software", V2_0
    HARDWARE = 0x00000002, "Hardware", V2_0
    ON_PROCESSOR = 0x00000004, "On Processor", V2_0
    ON_SYSTEM = 0x00000008, "On System", V2_0
    OFF_SYSTEM = 0x00000010, "Off System", V2_0
    HYPERVISOR = 0x00000020, "Hypervisor", V2_0
    OPERATING_SYSTEM = 0x00000040, "Operating System", V2_0
    CONTAINER = 0x00000080, "Container", V2_0
    ON_PREMISES = 0x00000100, "On Premises", V2_0
    OFF_PREMISES = 0x00000200, "Off Premises", V2_0
    SELF_MANAGED = 0x00000400, "Self Managed", V2_0
    OUTSOURCED = 0x00000800, "Outsourced", V2_0
    VALIDATED = 0x00001000, "Validated", V2_0
    SAME_JURISDICTION = 0x00002000, "Same Jurisdiction", V2_0


class StorageStatusMask(KmipMask):
    """Storage Status Mask (2.1 §12.3)."""

    ON_LINE_STORAGE = 0x00000001, "On-line storage", V1_0
    ARCHIVAL_STORAGE = 0x00000002, "Archival storage", V1_0
    DESTROYED_STORAGE = 0x00000004, "Destroyed storage", V2_0
