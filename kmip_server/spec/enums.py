"""Enumerations: one class each, alphabetical, one row a value (KMIP 2.1 §11 and its forerunners).

A row reads: code, printed name, first version, last version where a later one dropped it.
Rows that start with V3_0 are known from the KMIP 3.0 test cases and its published registries only.
"""

from __future__ import annotations

from kmip_server.spec.kmip_enum import KmipEnum
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_3, V1_4, V2_0, V2_1, V3_0


class AdjustmentType(KmipEnum):
    """Adjustment Type (2.1 §11.1)."""

    INCREMENT = 0x01, "Increment", V2_0
    DECREMENT = 0x02, "Decrement", V2_0
    NEGATE = 0x03, "Negate", V2_0


class AlternativeNameType(KmipEnum):
    """Alternative Name Type (2.1 §11.2)."""

    UNINTERPRETED_TEXT_STRING = 0x01, "Uninterpreted Text String", V1_2
    URI = 0x02, "URI", V1_2
    OBJECT_SERIAL_NUMBER = 0x03, "Object Serial Number", V1_2
    EMAIL_ADDRESS = 0x04, "Email Address", V1_2
    DNS_NAME = 0x05, "DNS Name", V1_2
    X_500_DISTINGUISHED_NAME = 0x06, "X.500 Distinguished Name", V1_2
    IP_ADDRESS = 0x07, "IP Address", V1_2


class AsynchronousIndicator(KmipEnum):
    """Asynchronous Indicator (2.1 §11.3)."""

    MANDATORY = 0x01, "Mandatory", V2_0
    OPTIONAL = 0x02, "Optional", V2_0
    PROHIBITED = 0x03, "Prohibited", V2_0


class AttestationType(KmipEnum):
    """Attestation Type (2.1 §11.4)."""

    TPM_QUOTE = 0x01, "TPM Quote", V1_2
    TCG_INTEGRITY_REPORT = 0x02, "TCG Integrity Report", V1_2
    SAML_ASSERTION = 0x03, "SAML Assertion", V1_2


class BatchErrorContinuationOption(KmipEnum):
    """Batch Error Continuation Option (2.1 §11.5)."""

    CONTINUE = 0x01, "Continue", V1_0
    STOP = 0x02, "Stop", V1_0
    UNDO = 0x03, "Undo", V1_0


class BlockCipherMode(KmipEnum):
    """Block Cipher Mode (2.1 §11.6)."""

    CBC = 0x01, "CBC", V1_0
    ECB = 0x02, "ECB", V1_0
    PCBC = 0x03, "PCBC", V1_0
    CFB = 0x04, "CFB", V1_0
    OFB = 0x05, "OFB", V1_0
    CTR = 0x06, "CTR", V1_0
    CMAC = 0x07, "CMAC", V1_0
    CCM = 0x08, "CCM", V1_0
    GCM = 0x09, "GCM", V1_0
    CBC_MAC = 0x0A, "CBC-MAC", V1_0
    XTS = 0x0B, "XTS", V1_0
    AESKEYWRAPPADDING = 0x0C, "AESKeyWrapPadding", V1_0
    NISTKEYWRAP = 0x0D, "NISTKeyWrap", V1_0
    X9_102_AESKW = 0x0E, "X9.102 AESKW", V1_0
    X9_102_TDKW = 0x0F, "X9.102 TDKW", V1_0
    X9_102_AKW1 = 0x10, "X9.102 AKW1", V1_0
    X9_102_AKW2 = 0x11, "X9.102 AKW2", V1_0
    AEAD = 0x12, "AEAD", V1_4


class CancellationResult(KmipEnum):
    """Cancellation Result (2.1 §11.7)."""

    CANCELED = 0x01, "Canceled", V1_0
    UNABLE_TO_CANCEL = 0x02, "Unable to Cancel", V1_0
    COMPLETED = 0x03, "Completed", V1_0
    FAILED = 0x04, "Failed", V1_0
    UNAVAILABLE = 0x05, "Unavailable", V1_0


class CertificateRequestType(KmipEnum):
    """Certificate Request Type (2.1 §11.8)."""

    CRMF = 0x01, "CRMF", V1_0
    PKCS_10 = 0x02, "PKCS#10", V1_0
    PEM = 0x03, "PEM", V1_0
    PGP = 0x04, "PGP", V1_0, V1_4


class CertificateType(KmipEnum):
    """Certificate Type (2.1 §11.9)."""

    X_509 = 0x01, "X.509", V1_0
    PGP = 0x02, "PGP", V1_0


class ClientRegistrationMethod(KmipEnum):
    """Client Registration Method (2.1 §11.10)."""

    UNSPECIFIED = 0x01, "Unspecified", V1_3
    SERVER_PRE_GENERATED = 0x02, "Server Pre-Generated", V1_3
    SERVER_ON_DEMAND = 0x03, "Server On-Demand", V1_3
    CLIENT_GENERATED = 0x04, "Client Generated", V1_3
    CLIENT_REGISTERED = 0x05, "Client Registered", V1_3


class CredentialType(KmipEnum):
    """Credential Type (2.1 §11.11)."""

    USERNAME_AND_PASSWORD = 0x01, "Username and Password", V1_0
    DEVICE = 0x02, "Device", V1_1
    ATTESTATION = 0x03, "Attestation", V1_2
    ONE_TIME_PASSWORD = 0x04, "One Time Password", V2_0
    HASHED_PASSWORD = 0x05, "Hashed Password", V2_0
    TICKET = 0x06, "Ticket", V2_0
    PASSWORD = 0x07, "Password", V3_0
    CERTIFICATE = 0x08, "Certificate", V3_0


class CryptographicAlgorithm(KmipEnum):
    """Cryptographic Algorithm (2.1 §11.12)."""

    DES = 0x01, "DES", V1_0
    DES3 = 0x02, "3DES", V1_0
    AES = 0x03, "AES", V1_0
    RSA = 0x04, "RSA", V1_0
    DSA = 0x05, "DSA", V1_0
    ECDSA = 0x06, "ECDSA", V1_0
    HMAC_SHA1 = 0x07, "HMAC-SHA1", V1_0
    HMAC_SHA224 = 0x08, "HMAC-SHA224", V1_0
    HMAC_SHA256 = 0x09, "HMAC-SHA256", V1_0
    HMAC_SHA384 = 0x0A, "HMAC-SHA384", V1_0
    HMAC_SHA512 = 0x0B, "HMAC-SHA512", V1_0
    HMAC_MD5 = 0x0C, "HMAC-MD5", V1_0
    DH = 0x0D, "DH", V1_0
    ECDH = 0x0E, "ECDH", V1_0
    ECMQV = 0x0F, "ECMQV", V1_0
    BLOWFISH = 0x10, "Blowfish", V1_0
    CAMELLIA = 0x11, "Camellia", V1_0
    CAST5 = 0x12, "CAST5", V1_0
    IDEA = 0x13, "IDEA", V1_0
    MARS = 0x14, "MARS", V1_0
    RC2 = 0x15, "RC2", V1_0
    RC4 = 0x16, "RC4", V1_0
    RC5 = 0x17, "RC5", V1_0
    SKIPJACK = 0x18, "SKIPJACK", V1_0
    TWOFISH = 0x19, "Twofish", V1_0
    EC = 0x1A, "EC", V1_2
    ONE_TIME_PAD = 0x1B, "One Time Pad", V1_3
    CHACHA20 = 0x1C, "ChaCha20", V1_4
    POLY1305 = 0x1D, "Poly1305", V1_4
    CHACHA20POLY1305 = 0x1E, "ChaCha20Poly1305", V1_4
    SHA3_224 = 0x1F, "SHA3-224", V1_4
    SHA3_256 = 0x20, "SHA3-256", V1_4
    SHA3_384 = 0x21, "SHA3-384", V1_4
    SHA3_512 = 0x22, "SHA3-512", V1_4
    HMAC_SHA3_224 = 0x23, "HMAC-SHA3-224", V1_4
    HMAC_SHA3_256 = 0x24, "HMAC-SHA3-256", V1_4
    HMAC_SHA3_384 = 0x25, "HMAC-SHA3-384", V1_4
    HMAC_SHA3_512 = 0x26, "HMAC-SHA3-512", V1_4
    SHAKE_128 = 0x27, "SHAKE-128", V1_4
    SHAKE_256 = 0x28, "SHAKE-256", V1_4
    ARIA = 0x29, "ARIA", V2_0
    SEED = 0x2A, "SEED", V2_0
    SM2 = 0x2B, "SM2", V2_0
    SM3 = 0x2C, "SM3", V2_0
    SM4 = 0x2D, "SM4", V2_0
    GOST_R_34_10_2012 = 0x2E, "GOST R 34.10-2012", V2_0
    GOST_R_34_11_2012 = 0x2F, "GOST R 34.11-2012", V2_0
    GOST_R_34_13_2015 = 0x30, "GOST R 34.13-2015", V2_0
    GOST_28147_89 = 0x31, "GOST 28147-89", V2_0
    XMSS = 0x32, "XMSS", V2_0
    SPHINCS_256 = 0x33, "SPHINCS-256", V2_0
    MCELIECE = 0x34, "McEliece", V2_0
    MCELIECE_6960119 = 0x35, "McEliece-6960119", V2_0
    MCELIECE_8192128 = 0x36, "McEliece-8192128", V2_0
    ED25519 = 0x37, "Ed25519", V2_0
    ED448 = 0x38, "Ed448", V2_0
    ML_KEM_512 = 0x39, "ML-KEM-512", V3_0
    ML_KEM_768 = 0x3A, "ML-KEM-768", V3_0
    ML_KEM_1024 = 0x3B, "ML-KEM-1024", V3_0
    ML_DSA_44 = 0x3C, "ML-DSA-44", V3_0
    ML_DSA_65 = 0x3D, "ML-DSA-65", V3_0
    ML_DSA_87 = 0x3E, "ML-DSA-87", V3_0
    SLH_DSA_SHA2_128S = 0x3F, "SLH-DSA-SHA2-128s", V3_0
    SLH_DSA_SHA2_128F = 0x40, "SLH-DSA-SHA2-128f", V3_0
    SLH_DSA_SHA2_192S = 0x41, "SLH-DSA-SHA2-192s", V3_0
    SLH_DSA_SHA2_192F = 0x42, "SLH-DSA-SHA2-192f", V3_0
    SLH_DSA_SHA2_256S = 0x43, "SLH-DSA-SHA2-256s", V3_0
    SLH_DSA_SHA2_256F = 0x44, "SLH-DSA-SHA2-256f", V3_0
    SLH_DSA_SHAKE_128S = 0x45, "SLH-DSA-SHAKE-128s", V3_0
    SLH_DSA_SHAKE_128F = 0x46, "SLH-DSA-SHAKE-128f", V3_0
    SLH_DSA_SHAKE_192S = 0x47, "SLH-DSA-SHAKE-192s", V3_0
    SLH_DSA_SHAKE_192F = 0x48, "SLH-DSA-SHAKE-192f", V3_0
    SLH_DSA_SHAKE_256S = 0x49, "SLH-DSA-SHAKE-256s", V3_0
    SLH_DSA_SHAKE_256F = 0x4A, "SLH-DSA-SHAKE-256f", V3_0


class DrbgAlgorithm(KmipEnum):
    """DRBG Algorithm (2.1 §11.17)."""

    UNSPECIFIED = 0x01, "Unspecified", V1_3
    DUAL_EC = 0x02, "Dual-EC", V1_3
    HASH = 0x03, "Hash", V1_3
    HMAC = 0x04, "HMAC", V1_3
    CTR = 0x05, "CTR", V1_3


class DataCode(KmipEnum):
    """Data (2.1 §11.13)."""

    DECRYPT = 0x01, "Decrypt", V2_0
    ENCRYPT = 0x02, "Encrypt", V2_0
    HASH = 0x03, "Hash", V2_0
    MAC_MAC_DATA = 0x04, "MAC MAC Data", V2_0
    RNG_RETRIEVE = 0x05, "RNG Retrieve", V2_0
    SIGN_SIGNATURE_DATA = 0x06, "Sign Signature Data", V2_0
    SIGNATURE_VERIFY = 0x07, "Signature Verify", V2_0


class DeactivationReasonCode(KmipEnum):
    """Deactivation Reason Code (from the 3.0 registries)."""

    UNSPECIFIED = 0x01, "Unspecified", V3_0
    DEACTIVATION_DATE = 0x02, "Deactivation Date", V3_0
    PROTECT_STOP_DATE = 0x03, "Protect Stop Date", V3_0
    USAGE_LIMIT = 0x04, "Usage Limit", V3_0


class DerivationMethod(KmipEnum):
    """Derivation Method (2.1 §11.14)."""

    PBKDF2 = 0x01, "PBKDF2", V1_0
    HASH = 0x02, "HASH", V1_0
    HMAC = 0x03, "HMAC", V1_0
    ENCRYPT = 0x04, "ENCRYPT", V1_0
    NIST800_108_C = 0x05, "NIST800-108-C", V1_0
    NIST800_108_F = 0x06, "NIST800-108-F", V1_0
    NIST800_108_DPI = 0x07, "NIST800-108-DPI", V1_0
    ASYMMETRIC_KEY = 0x08, "Asymmetric Key", V1_4
    AWS_SIGNATURE_VERSION_4 = 0x09, "AWS Signature Version 4", V2_0
    HKDF = 0x0A, "HKDF", V2_0


class DestroyAction(KmipEnum):
    """Destroy Action (2.1 §11.15)."""

    UNSPECIFIED = 0x01, "Unspecified", V1_3
    KEY_MATERIAL_DELETED = 0x02, "Key Material Deleted", V1_3
    KEY_MATERIAL_SHREDDED = 0x03, "Key Material Shredded", V1_3
    META_DATA_DELETED = 0x04, "Meta Data Deleted", V1_3
    META_DATA_SHREDDED = 0x05, "Meta Data Shredded", V1_3
    DELETED = 0x06, "Deleted", V1_3
    SHREDDED = 0x07, "Shredded", V1_3


class DigitalSignatureAlgorithm(KmipEnum):
    """Digital Signature Algorithm (2.1 §11.16)."""

    MD2_WITH_RSA_ENCRYPTION = 0x01, "MD2 with RSA Encryption", V1_1
    MD5_WITH_RSA_ENCRYPTION = 0x02, "MD5 with RSA Encryption", V1_1
    SHA_1_WITH_RSA_ENCRYPTION = 0x03, "SHA-1 with RSA Encryption", V1_1
    SHA_224_WITH_RSA_ENCRYPTION = 0x04, "SHA-224 with RSA Encryption", V1_1
    SHA_256_WITH_RSA_ENCRYPTION = 0x05, "SHA-256 with RSA Encryption", V1_1
    SHA_384_WITH_RSA_ENCRYPTION = 0x06, "SHA-384 with RSA Encryption", V1_1
    SHA_512_WITH_RSA_ENCRYPTION = 0x07, "SHA-512 with RSA Encryption", V1_1
    RSASSA_PSS = 0x08, "RSASSA-PSS", V1_1
    DSA_WITH_SHA_1 = 0x09, "DSA with SHA-1", V1_1
    DSA_WITH_SHA224 = 0x0A, "DSA with SHA224", V1_1
    DSA_WITH_SHA256 = 0x0B, "DSA with SHA256", V1_1
    ECDSA_WITH_SHA_1 = 0x0C, "ECDSA with SHA-1", V1_1
    ECDSA_WITH_SHA224 = 0x0D, "ECDSA with SHA224", V1_1
    ECDSA_WITH_SHA256 = 0x0E, "ECDSA with SHA256", V1_1
    ECDSA_WITH_SHA384 = 0x0F, "ECDSA with SHA384", V1_1
    ECDSA_WITH_SHA512 = 0x10, "ECDSA with SHA512", V1_1
    SHA3_256_WITH_RSA_ENCRYPTION = 0x11, "SHA3-256 with RSA Encryption", V1_4
    SHA3_384_WITH_RSA_ENCRYPTION = 0x12, "SHA3-384 with RSA Encryption", V1_4
    SHA3_512_WITH_RSA_ENCRYPTION = 0x13, "SHA3-512 with RSA Encryption", V1_4


class EncodingOption(KmipEnum):
    """Encoding Option (2.1 §11.18)."""

    NO_ENCODING = 0x01, "No Encoding", V1_1
    TTLV_ENCODING = 0x02, "TTLV Encoding", V1_1


class EndpointRole(KmipEnum):
    """Endpoint Role (2.1 §11.19)."""

    CLIENT = 0x01, "Client", V2_0
    SERVER = 0x02, "Server", V2_0


class Ephemeral(KmipEnum):
    """Ephemeral (from the 3.0 registries)."""

    DATA = 0x01, "Data", V3_0
    EMPTY = 0x02, "Empty", V3_0
    UNIQUE_IDENTIFIER = 0x03, "Unique Identifier", V3_0


class Fips186Variation(KmipEnum):
    """FIPS186 Variation (2.1 §11.20)."""

    UNSPECIFIED = 0x01, "Unspecified", V1_3
    GP_X_ORIGINAL = 0x02, "GP x-Original", V1_3
    GP_X_CHANGE_NOTICE = 0x03, "GP x-Change Notice", V1_3
    X_ORIGINAL = 0x04, "x-Original", V1_3
    X_CHANGE_NOTICE = 0x05, "x-Change Notice", V1_3
    K_ORIGINAL = 0x06, "k-Original", V1_3
    K_CHANGE_NOTICE = 0x07, "k-Change Notice", V1_3


class HashingAlgorithm(KmipEnum):
    """Hashing Algorithm (2.1 §11.21)."""

    MD2 = 0x01, "MD2", V1_0
    MD4 = 0x02, "MD4", V1_0
    MD5 = 0x03, "MD5", V1_0
    SHA_1 = 0x04, "SHA-1", V1_0
    SHA_224 = 0x05, "SHA-224", V1_0
    SHA_256 = 0x06, "SHA-256", V1_0
    SHA_384 = 0x07, "SHA-384", V1_0
    SHA_512 = 0x08, "SHA-512", V1_0
    RIPEMD_160 = 0x09, "RIPEMD-160", V1_0
    TIGER = 0x0A, "Tiger", V1_0
    WHIRLPOOL = 0x0B, "Whirlpool", V1_0
    SHA_512_224 = 0x0C, "SHA-512/224", V1_2
    SHA_512_256 = 0x0D, "SHA-512/256", V1_2
    SHA3_224 = 0x0E, "SHA3-224", V1_4
    SHA3_256 = 0x0F, "SHA3-256", V1_4
    SHA3_384 = 0x10, "SHA3-384", V1_4
    SHA3_512 = 0x11, "SHA3-512", V1_4


class InteropFunction(KmipEnum):
    """Interop Function (2.1 §11.22)."""

    BEGIN = 0x01, "Begin", V2_0
    END = 0x02, "End", V2_0
    RESET = 0x03, "Reset", V2_0


class ItemType(KmipEnum):
    """Item Type (2.1 §11.23)."""

    STRUCTURE = 0x01, "Structure", V2_0
    INTEGER = 0x02, "Integer", V2_0
    LONG_INTEGER = 0x03, "Long Integer", V2_0
    BIG_INTEGER = 0x04, "Big Integer", V2_0
    ENUMERATION = 0x05, "Enumeration", V2_0
    BOOLEAN = 0x06, "Boolean", V2_0
    TEXT_STRING = 0x07, "Text String", V2_0
    BYTE_STRING = 0x08, "Byte String", V2_0
    DATE_TIME = 0x09, "Date Time", V2_0
    INTERVAL = 0x0A, "Interval", V2_0
    DATE_TIME_EXTENDED = 0x0B, "Date Time Extended", V2_0
    IDENTIFIER = 0x0C, "Identifier", V3_0
    REFERENCE = 0x0D, "Reference", V3_0
    NAME_REFERENCE = 0x0E, "Name Reference", V3_0


class KeyCompressionType(KmipEnum):
    """Key Compression Type (2.1 §11.24)."""

    EC_PUBLIC_KEY_TYPE_UNCOMPRESSED = 0x01, "EC Public Key Type Uncompressed", V1_0
    EC_PUBLIC_KEY_TYPE_X9_62_COMPRESSED_PRIME = 0x02, "EC Public Key Type X9.62 Compressed Prime", V1_0
    EC_PUBLIC_KEY_TYPE_X9_62_COMPRESSED_CHAR2 = 0x03, "EC Public Key Type X9.62 Compressed Char2", V1_0
    EC_PUBLIC_KEY_TYPE_X9_62_HYBRID = 0x04, "EC Public Key Type X9.62 Hybrid", V1_0


class KeyFormatType(KmipEnum):
    """Key Format Type (2.1 §11.25)."""

    RAW = 0x01, "Raw", V1_0
    OPAQUE = 0x02, "Opaque", V1_0
    PKCS_1 = 0x03, "PKCS#1", V1_0
    PKCS_8 = 0x04, "PKCS#8", V1_0
    X_509 = 0x05, "X.509", V1_0
    ECPRIVATEKEY = 0x06, "ECPrivateKey", V1_0
    TRANSPARENT_SYMMETRIC_KEY = 0x07, "Transparent Symmetric Key", V1_0
    TRANSPARENT_DSA_PRIVATE_KEY = 0x08, "Transparent DSA Private Key", V1_0
    TRANSPARENT_DSA_PUBLIC_KEY = 0x09, "Transparent DSA Public Key", V1_0
    TRANSPARENT_RSA_PRIVATE_KEY = 0x0A, "Transparent RSA Private Key", V1_0
    TRANSPARENT_RSA_PUBLIC_KEY = 0x0B, "Transparent RSA Public Key", V1_0
    TRANSPARENT_DH_PRIVATE_KEY = 0x0C, "Transparent DH Private Key", V1_0
    TRANSPARENT_DH_PUBLIC_KEY = 0x0D, "Transparent DH Public Key", V1_0
    TRANSPARENT_ECDSA_PRIVATE_KEY = 0x0E, "Transparent ECDSA Private Key", V1_0, V1_4
    TRANSPARENT_ECDSA_PUBLIC_KEY = 0x0F, "Transparent ECDSA Public Key", V1_0, V1_4
    TRANSPARENT_ECDH_PRIVATE_KEY = 0x10, "Transparent ECDH Private Key", V1_0, V1_4
    TRANSPARENT_ECDH_PUBLIC_KEY = 0x11, "Transparent ECDH Public Key", V1_0, V1_4
    TRANSPARENT_ECMQV_PRIVATE_KEY = 0x12, "Transparent ECMQV Private Key", V1_0, V1_4
    TRANSPARENT_ECMQV_PUBLIC_KEY = 0x13, "Transparent ECMQV Public Key", V1_0, V1_4
    TRANSPARENT_EC_PRIVATE_KEY = 0x14, "Transparent EC Private Key", V1_3
    TRANSPARENT_EC_PUBLIC_KEY = 0x15, "Transparent EC Public Key", V1_3
    PKCS_12 = 0x16, "PKCS#12", V1_4
    PKCS_10 = 0x17, "PKCS#10", V2_0


class KeyRoleType(KmipEnum):
    """Key Role Type (2.1 §11.26)."""

    BDK = 0x01, "BDK", V1_0
    CVK = 0x02, "CVK", V1_0
    DEK = 0x03, "DEK", V1_0
    MKAC = 0x04, "MKAC", V1_0
    MKSMC = 0x05, "MKSMC", V1_0
    MKSMI = 0x06, "MKSMI", V1_0
    MKDAC = 0x07, "MKDAC", V1_0
    MKDN = 0x08, "MKDN", V1_0
    MKCP = 0x09, "MKCP", V1_0
    MKOTH = 0x0A, "MKOTH", V1_0
    KEK = 0x0B, "KEK", V1_0
    MAC16609 = 0x0C, "MAC16609", V1_0
    MAC97971 = 0x0D, "MAC97971", V1_0
    MAC97972 = 0x0E, "MAC97972", V1_0
    MAC97973 = 0x0F, "MAC97973", V1_0
    MAC97974 = 0x10, "MAC97974", V1_0
    MAC97975 = 0x11, "MAC97975", V1_0
    ZPK = 0x12, "ZPK", V1_0
    PVKIBM = 0x13, "PVKIBM", V1_0
    PVKPVV = 0x14, "PVKPVV", V1_0
    PVKOTH = 0x15, "PVKOTH", V1_0
    DUKPT = 0x16, "DUKPT", V1_4
    IV = 0x17, "IV", V1_4
    TRKBK = 0x18, "TRKBK", V1_4


class KeyValueLocationType(KmipEnum):
    """Key Value Location Type (2.1 §11.27)."""

    UNINTERPRETED_TEXT_STRING = 0x01, "Uninterpreted Text String", V1_2
    URI = 0x02, "URI", V1_2


class KeyWrapType(KmipEnum):
    """Key Wrap Type (2.1 §11.29)."""

    NOT_WRAPPED = 0x01, "Not Wrapped", V1_4
    AS_REGISTERED = 0x02, "As Registered", V1_4


class LinkType(KmipEnum):
    """Link Type (2.1 §11.28)."""

    CERTIFICATE_LINK = 0x101, "Certificate Link", V1_0, V2_1
    PUBLIC_KEY_LINK = 0x102, "Public Key Link", V1_0, V2_1
    PRIVATE_KEY_LINK = 0x103, "Private Key Link", V1_0, V2_1
    DERIVATION_BASE_OBJECT_LINK = 0x104, "Derivation Base Object Link", V1_0, V2_1
    DERIVED_KEY_LINK = 0x105, "Derived Key Link", V1_0, V2_1
    REPLACEMENT_OBJECT_LINK = 0x106, "Replacement Object Link", V1_0, V2_1
    REPLACED_OBJECT_LINK = 0x107, "Replaced Object Link", V1_0, V2_1
    PARENT_LINK = 0x108, "Parent Link", V1_2, V2_1
    CHILD_LINK = 0x109, "Child Link", V1_2, V2_1
    PREVIOUS_LINK = 0x10A, "Previous Link", V1_2, V2_1
    NEXT_LINK = 0x10B, "Next Link", V1_2, V2_1
    PKCS_12_CERTIFICATE_LINK = 0x10C, "PKCS#12 Certificate Link", V1_4, V2_1
    PKCS_12_PASSWORD_LINK = 0x10D, "PKCS#12 Password Link", V1_4, V2_1
    WRAPPING_KEY_LINK = 0x10E, "Wrapping Key Link", V2_0, V2_1


class MaskGenerator(KmipEnum):
    """Mask Generator (2.1 §11.30)."""

    MGF1 = 0x01, "MGF1", V1_4
    MFG1 = MGF1
    """The slip of the pen of 2.0 and 2.1; the test cases of every version write MGF1."""


class NistKeyType(KmipEnum):
    """NIST Key Type (2.1 §11.32)."""

    PRIVATE_SIGNATURE_KEY = 0x01, "Private signature key", V2_0
    PUBLIC_SIGNATURE_VERIFICATION_KEY = 0x02, "Public signature verification key", V2_0
    SYMMETRIC_AUTHENTICATION_KEY = 0x03, "Symmetric authentication key", V2_0
    PRIVATE_AUTHENTICATION_KEY = 0x04, "Private authentication key", V2_0
    PUBLIC_AUTHENTICATION_KEY = 0x05, "Public authentication key", V2_0
    SYMMETRIC_DATA_ENCRYPTION_KEY = 0x06, "Symmetric data encryption key", V2_0
    SYMMETRIC_KEY_WRAPPING_KEY = 0x07, "Symmetric key wrapping key", V2_0
    SYMMETRIC_RANDOM_NUMBER_GENERATION_KEY = 0x08, "Symmetric random number generation key", V2_0
    SYMMETRIC_MASTER_KEY = 0x09, "Symmetric master key", V2_0
    PRIVATE_KEY_TRANSPORT_KEY = 0x0A, "Private key transport key", V2_0
    PUBLIC_KEY_TRANSPORT_KEY = 0x0B, "Public key transport key", V2_0
    SYMMETRIC_KEY_AGREEMENT_KEY = 0x0C, "Symmetric key agreement key", V2_0
    PRIVATE_STATIC_KEY_AGREEMENT_KEY = 0x0D, "Private static key agreement key", V2_0
    PUBLIC_STATIC_KEY_AGREEMENT_KEY = 0x0E, "Public static key agreement key", V2_0
    PRIVATE_EPHEMERAL_KEY_AGREEMENT_KEY = 0x0F, "Private ephemeral key agreement key", V2_0
    PUBLIC_EPHEMERAL_KEY_AGREEMENT_KEY = 0x10, "Public ephemeral key agreement key", V2_0
    SYMMETRIC_AUTHORIZATION_KEY = 0x11, "Symmetric authorization key", V2_0
    PRIVATE_AUTHORIZATION_KEY = 0x12, "Private authorization key", V2_0
    PUBLIC_AUTHORIZATION_KEY = 0x13, "Public authorization key", V2_0


class NameType(KmipEnum):
    """Name Type (2.1 §11.31)."""

    UNINTERPRETED_TEXT_STRING = 0x01, "Uninterpreted Text String", V1_0, V2_1
    URI = 0x02, "URI", V1_0, V2_1


class OtpAlgorithm(KmipEnum):
    """OTP Algorithm (from the 3.0 registries)."""

    HOTP = 0x01, "HOTP", V3_0
    TOTP = 0x02, "TOTP", V3_0


class ObjectClass(KmipEnum):
    """Object Class (from the 3.0 registries)."""

    USER = 0x01, "User", V3_0
    SYSTEM = 0x02, "System", V3_0


class ObjectGroupMember(KmipEnum):
    """Object Group Member (2.1 §11.33)."""

    GROUP_MEMBER_FRESH = 0x01, "Group Member Fresh", V1_1, V2_1
    GROUP_MEMBER_DEFAULT = 0x02, "Group Member Default", V1_1, V2_1


class ObjectType(KmipEnum):
    """Object Type (2.1 §11.34)."""

    CERTIFICATE = 0x01, "Certificate", V1_0
    SYMMETRIC_KEY = 0x02, "Symmetric Key", V1_0
    PUBLIC_KEY = 0x03, "Public Key", V1_0
    PRIVATE_KEY = 0x04, "Private Key", V1_0
    SPLIT_KEY = 0x05, "Split Key", V1_0
    TEMPLATE = 0x06, "Template", V1_0, V1_4
    SECRET_DATA = 0x07, "Secret Data", V1_0
    OPAQUE_OBJECT = 0x08, "Opaque Object", V1_0
    PGP_KEY = 0x09, "PGP Key", V1_2
    CERTIFICATE_REQUEST = 0x0A, "Certificate Request", V2_0
    USER = 0x0B, "User", V3_0
    GROUP = 0x0C, "Group", V3_0
    PASSWORD_CREDENTIAL = 0x0D, "Password Credential", V3_0
    DEVICE_CREDENTIAL = 0x0E, "Device Credential", V3_0
    ONE_TIME_PASSWORD_CREDENTIAL = 0x0F, "One Time Password Credential", V3_0
    HASHED_PASSWORD_CREDENTIAL = 0x10, "Hashed Password Credential", V3_0


class Operation(KmipEnum):
    """Operation (2.1 §11.36)."""

    CREATE = 0x01, "Create", V1_0
    CREATE_KEY_PAIR = 0x02, "Create Key Pair", V1_0
    REGISTER = 0x03, "Register", V1_0
    RE_KEY = 0x04, "Re-key", V1_0
    DERIVE_KEY = 0x05, "Derive Key", V1_0
    CERTIFY = 0x06, "Certify", V1_0
    RE_CERTIFY = 0x07, "Re-certify", V1_0
    LOCATE = 0x08, "Locate", V1_0
    CHECK = 0x09, "Check", V1_0
    GET = 0x0A, "Get", V1_0
    GET_ATTRIBUTES = 0x0B, "Get Attributes", V1_0
    GET_ATTRIBUTE_LIST = 0x0C, "Get Attribute List", V1_0
    ADD_ATTRIBUTE = 0x0D, "Add Attribute", V1_0
    MODIFY_ATTRIBUTE = 0x0E, "Modify Attribute", V1_0
    DELETE_ATTRIBUTE = 0x0F, "Delete Attribute", V1_0
    OBTAIN_LEASE = 0x10, "Obtain Lease", V1_0
    GET_USAGE_ALLOCATION = 0x11, "Get Usage Allocation", V1_0
    ACTIVATE = 0x12, "Activate", V1_0
    REVOKE = 0x13, "Revoke", V1_0
    DESTROY = 0x14, "Destroy", V1_0
    ARCHIVE = 0x15, "Archive", V1_0
    RECOVER = 0x16, "Recover", V1_0
    VALIDATE = 0x17, "Validate", V1_0
    QUERY = 0x18, "Query", V1_0
    CANCEL = 0x19, "Cancel", V1_0
    POLL = 0x1A, "Poll", V1_0
    NOTIFY = 0x1B, "Notify", V1_0
    PUT = 0x1C, "Put", V1_0
    RE_KEY_KEY_PAIR = 0x1D, "Re-key Key Pair", V1_1
    DISCOVER_VERSIONS = 0x1E, "Discover Versions", V1_1
    ENCRYPT = 0x1F, "Encrypt", V1_2
    DECRYPT = 0x20, "Decrypt", V1_2
    SIGN = 0x21, "Sign", V1_2
    SIGNATURE_VERIFY = 0x22, "Signature Verify", V1_2
    MAC = 0x23, "MAC", V1_2
    MAC_VERIFY = 0x24, "MAC Verify", V1_2
    RNG_RETRIEVE = 0x25, "RNG Retrieve", V1_2
    RNG_SEED = 0x26, "RNG Seed", V1_2
    HASH = 0x27, "Hash", V1_2
    CREATE_SPLIT_KEY = 0x28, "Create Split Key", V1_2
    JOIN_SPLIT_KEY = 0x29, "Join Split Key", V1_2
    IMPORT = 0x2A, "Import", V1_4
    EXPORT = 0x2B, "Export", V1_4
    LOG = 0x2C, "Log", V2_0
    LOGIN = 0x2D, "Login", V2_0
    LOGOUT = 0x2E, "Logout", V2_0
    DELEGATED_LOGIN = 0x2F, "Delegated Login", V2_0
    ADJUST_ATTRIBUTE = 0x30, "Adjust Attribute", V2_0
    SET_ATTRIBUTE = 0x31, "Set Attribute", V2_0
    SET_ENDPOINT_ROLE = 0x32, "Set Endpoint Role", V2_0
    PKCS_11 = 0x33, "PKCS#11", V2_0
    INTEROP = 0x34, "Interop", V2_0
    RE_PROVISION = 0x35, "Re-Provision", V2_0
    SET_DEFAULTS = 0x36, "Set Defaults", V2_1
    SET_CONSTRAINTS = 0x37, "Set Constraints", V2_1
    GET_CONSTRAINTS = 0x38, "Get Constraints", V2_1
    QUERY_ASYNCHRONOUS_REQUESTS = 0x39, "Query Asynchronous Requests", V2_1
    PROCESS = 0x3A, "Process", V2_1
    PING = 0x3B, "Ping", V2_1
    CREATE_GROUP = 0x3C, "Create Group", V3_0
    OBLITERATE = 0x3D, "Obliterate", V3_0
    CREATE_USER = 0x3E, "Create User", V3_0
    CREATE_CREDENTIAL = 0x3F, "Create Credential", V3_0
    DEACTIVATE = 0x40, "Deactivate", V3_0


class PaddingMethod(KmipEnum):
    """Padding Method (2.1 §11.37)."""

    NONE = 0x01, "None", V1_0
    OAEP = 0x02, "OAEP", V1_0
    PKCS5 = 0x03, "PKCS5", V1_0
    SSL3 = 0x04, "SSL3", V1_0
    ZEROS = 0x05, "Zeros", V1_0
    ANSI_X9_23 = 0x06, "ANSI X9.23", V1_0
    ISO_10126 = 0x07, "ISO 10126", V1_0
    PKCS1_V1_5 = 0x08, "PKCS1 v1.5", V1_0
    X9_31 = 0x09, "X9.31", V1_0
    PSS = 0x0A, "PSS", V1_0


class ProcessingStage(KmipEnum):
    """Processing Stage (2.1 §11.40)."""

    SUBMITTED = 0x01, "Submitted", V2_1
    IN_PROCESS = 0x02, "In Process", V2_1
    COMPLETED = 0x03, "Completed", V2_1


class ProfileName(KmipEnum):
    """Profile Name (2.1 §11.41)."""

    BASELINE_SERVER_BASIC_KMIP_V1_2 = 0x01, "Baseline Server Basic KMIP v1.2", V1_3, V1_4
    BASELINE_SERVER_TLS_V1_2_KMIP_V1_2 = 0x02, "Baseline Server TLS v1.2 KMIP v1.2", V1_3, V1_4
    BASELINE_CLIENT_BASIC_KMIP_V1_2 = 0x03, "Baseline Client Basic KMIP v1.2", V1_3, V1_4
    BASELINE_CLIENT_TLS_V1_2_KMIP_V1_2 = 0x04, "Baseline Client TLS v1.2 KMIP v1.2", V1_3, V1_4
    COMPLETE_SERVER_BASIC_KMIP_V1_2 = 0x05, "Complete Server Basic KMIP v1.2", V1_3, V1_4
    COMPLETE_SERVER_TLS_V1_2_KMIP_V1_2 = 0x06, "Complete Server TLS v1.2 KMIP v1.2", V1_3, V1_4
    TAPE_LIBRARY_CLIENT_KMIP_V1_0 = 0x07, "Tape Library Client KMIP v1.0", V1_3, V1_4
    TAPE_LIBRARY_CLIENT_KMIP_V1_1 = 0x08, "Tape Library Client KMIP v1.1", V1_3, V1_4
    TAPE_LIBRARY_CLIENT_KMIP_V1_2 = 0x09, "Tape Library Client KMIP v1.2", V1_3, V1_4
    TAPE_LIBRARY_SERVER_KMIP_V1_0 = 0x0A, "Tape Library Server KMIP v1.0", V1_3, V1_4
    TAPE_LIBRARY_SERVER_KMIP_V1_1 = 0x0B, "Tape Library Server KMIP v1.1", V1_3, V1_4
    TAPE_LIBRARY_SERVER_KMIP_V1_2 = 0x0C, "Tape Library Server KMIP v1.2", V1_3, V1_4
    SYMMETRIC_KEY_LIFECYCLE_CLIENT_KMIP_V1_0 = 0x0D, "Symmetric Key Lifecycle Client KMIP v1.0", V1_3, V1_4
    SYMMETRIC_KEY_LIFECYCLE_CLIENT_KMIP_V1_1 = 0x0E, "Symmetric Key Lifecycle Client KMIP v1.1", V1_3, V1_4
    SYMMETRIC_KEY_LIFECYCLE_CLIENT_KMIP_V1_2 = 0x0F, "Symmetric Key Lifecycle Client KMIP v1.2", V1_3, V1_4
    SYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_0 = 0x10, "Symmetric Key Lifecycle Server KMIP v1.0", V1_3, V1_4
    SYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_1 = 0x11, "Symmetric Key Lifecycle Server KMIP v1.1", V1_3, V1_4
    SYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_2 = 0x12, "Symmetric Key Lifecycle Server KMIP v1.2", V1_3, V1_4
    ASYMMETRIC_KEY_LIFECYCLE_CLIENT_KMIP_V1_0 = 0x13, "Asymmetric Key Lifecycle Client KMIP v1.0", V1_3, V1_4
    ASYMMETRIC_KEY_LIFECYCLE_CLIENT_KMIP_V1_1 = 0x14, "Asymmetric Key Lifecycle Client KMIP v1.1", V1_3, V1_4
    ASYMMETRIC_KEY_LIFECYCLE_CLIENT_KMIP_V1_2 = 0x15, "Asymmetric Key Lifecycle Client KMIP v1.2", V1_3, V1_4
    ASYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_0 = 0x16, "Asymmetric Key Lifecycle Server KMIP v1.0", V1_3, V1_4
    ASYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_1 = 0x17, "Asymmetric Key Lifecycle Server KMIP v1.1", V1_3, V1_4
    ASYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_2 = 0x18, "Asymmetric Key Lifecycle Server KMIP v1.2", V1_3, V1_4
    BASIC_CRYPTOGRAPHIC_CLIENT_KMIP_V1_2 = 0x19, "Basic Cryptographic Client KMIP v1.2", V1_3, V1_4
    BASIC_CRYPTOGRAPHIC_SERVER_KMIP_V1_2 = 0x1A, "Basic Cryptographic Server KMIP v1.2", V1_3, V1_4
    ADVANCED_CRYPTOGRAPHIC_CLIENT_KMIP_V1_2 = 0x1B, "Advanced Cryptographic Client KMIP v1.2", V1_3, V1_4
    ADVANCED_CRYPTOGRAPHIC_SERVER_KMIP_V1_2 = 0x1C, "Advanced Cryptographic Server KMIP v1.2", V1_3, V1_4
    RNG_CRYPTOGRAPHIC_CLIENT_KMIP_V1_2 = 0x1D, "RNG Cryptographic Client KMIP v1.2", V1_3, V1_4
    RNG_CRYPTOGRAPHIC_SERVER_KMIP_V1_2 = 0x1E, "RNG Cryptographic Server KMIP v1.2", V1_3, V1_4
    BASIC_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_0 = 0x1F, "Basic Symmetric Key Foundry Client KMIP v1.0", V1_3, V1_4
    INTERMEDIATE_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_0 = (
        0x20,
        "Intermediate Symmetric Key Foundry Client KMIP v1.0",
        V1_3,
        V1_4,
    )
    ADVANCED_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_0 = (
        0x21,
        "Advanced Symmetric Key Foundry Client KMIP v1.0",
        V1_3,
        V1_4,
    )
    BASIC_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_1 = 0x22, "Basic Symmetric Key Foundry Client KMIP v1.1", V1_3, V1_4
    INTERMEDIATE_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_1 = (
        0x23,
        "Intermediate Symmetric Key Foundry Client KMIP v1.1",
        V1_3,
        V1_4,
    )
    ADVANCED_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_1 = (
        0x24,
        "Advanced Symmetric Key Foundry Client KMIP v1.1",
        V1_3,
        V1_4,
    )
    BASIC_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_2 = 0x25, "Basic Symmetric Key Foundry Client KMIP v1.2", V1_3, V1_4
    INTERMEDIATE_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_2 = (
        0x26,
        "Intermediate Symmetric Key Foundry Client KMIP v1.2",
        V1_3,
        V1_4,
    )
    ADVANCED_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_2 = (
        0x27,
        "Advanced Symmetric Key Foundry Client KMIP v1.2",
        V1_3,
        V1_4,
    )
    SYMMETRIC_KEY_FOUNDRY_SERVER_KMIP_V1_0 = 0x28, "Symmetric Key Foundry Server KMIP v1.0", V1_3, V1_4
    SYMMETRIC_KEY_FOUNDRY_SERVER_KMIP_V1_1 = 0x29, "Symmetric Key Foundry Server KMIP v1.1", V1_3, V1_4
    SYMMETRIC_KEY_FOUNDRY_SERVER_KMIP_V1_2 = 0x2A, "Symmetric Key Foundry Server KMIP v1.2", V1_3, V1_4
    OPAQUE_MANAGED_OBJECT_STORE_CLIENT_KMIP_V1_0 = 0x2B, "Opaque Managed Object Store Client KMIP v1.0", V1_3, V1_4
    OPAQUE_MANAGED_OBJECT_STORE_CLIENT_KMIP_V1_1 = 0x2C, "Opaque Managed Object Store Client KMIP v1.1", V1_3, V1_4
    OPAQUE_MANAGED_OBJECT_STORE_CLIENT_KMIP_V1_2 = 0x2D, "Opaque Managed Object Store Client KMIP v1.2", V1_3, V1_4
    OPAQUE_MANAGED_OBJECT_STORE_SERVER_KMIP_V1_0 = 0x2E, "Opaque Managed Object Store Server KMIP v1.0", V1_3, V1_4
    OPAQUE_MANAGED_OBJECT_STORE_SERVER_KMIP_V1_1 = 0x2F, "Opaque Managed Object Store Server KMIP v1.1", V1_3, V1_4
    OPAQUE_MANAGED_OBJECT_STORE_SERVER_KMIP_V1_2 = 0x30, "Opaque Managed Object Store Server KMIP v1.2", V1_3, V1_4
    SUITE_B_MINLOS_128_CLIENT_KMIP_V1_0 = 0x31, "Suite B minLOS_128 Client KMIP v1.0", V1_3, V1_4
    SUITE_B_MINLOS_128_CLIENT_KMIP_V1_1 = 0x32, "Suite B minLOS_128 Client KMIP v1.1", V1_3, V1_4
    SUITE_B_MINLOS_128_CLIENT_KMIP_V1_2 = 0x33, "Suite B minLOS_128 Client KMIP v1.2", V1_3, V1_4
    SUITE_B_MINLOS_128_SERVER_KMIP_V1_0 = 0x34, "Suite B minLOS_128 Server KMIP v1.0", V1_3, V1_4
    SUITE_B_MINLOS_128_SERVER_KMIP_V1_1 = 0x35, "Suite B minLOS_128 Server KMIP v1.1", V1_3, V1_4
    SUITE_B_MINLOS_128_SERVER_KMIP_V1_2 = 0x36, "Suite B minLOS_128 Server KMIP v1.2", V1_3, V1_4
    SUITE_B_MINLOS_192_CLIENT_KMIP_V1_0 = 0x37, "Suite B minLOS_192 Client KMIP v1.0", V1_3, V1_4
    SUITE_B_MINLOS_192_CLIENT_KMIP_V1_1 = 0x38, "Suite B minLOS_192 Client KMIP v1.1", V1_3, V1_4
    SUITE_B_MINLOS_192_CLIENT_KMIP_V1_2 = 0x39, "Suite B minLOS_192 Client KMIP v1.2", V1_3, V1_4
    SUITE_B_MINLOS_192_SERVER_KMIP_V1_0 = 0x3A, "Suite B minLOS_192 Server KMIP v1.0", V1_3, V1_4
    SUITE_B_MINLOS_192_SERVER_KMIP_V1_1 = 0x3B, "Suite B minLOS_192 Server KMIP v1.1", V1_3, V1_4
    SUITE_B_MINLOS_192_SERVER_KMIP_V1_2 = 0x3C, "Suite B minLOS_192 Server KMIP v1.2", V1_3, V1_4
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_CLIENT_KMIP_V1_0 = (
        0x3D,
        "Storage Array with Self Encrypting Drive Client KMIP v1.0",
        V1_3,
        V1_4,
    )
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_CLIENT_KMIP_V1_1 = (
        0x3E,
        "Storage Array with Self Encrypting Drive Client KMIP v1.1",
        V1_3,
        V1_4,
    )
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_CLIENT_KMIP_V1_2 = (
        0x3F,
        "Storage Array with Self Encrypting Drive Client KMIP v1.2",
        V1_3,
        V1_4,
    )
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_SERVER_KMIP_V1_0 = (
        0x40,
        "Storage Array with Self Encrypting Drive Server KMIP v1.0",
        V1_3,
        V1_4,
    )
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_SERVER_KMIP_V1_1 = (
        0x41,
        "Storage Array with Self Encrypting Drive Server KMIP v1.1",
        V1_3,
        V1_4,
    )
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_SERVER_KMIP_V1_2 = (
        0x42,
        "Storage Array with Self Encrypting Drive Server KMIP v1.2",
        V1_3,
        V1_4,
    )
    HTTPS_CLIENT_KMIP_V1_0 = 0x43, "HTTPS Client KMIP v1.0", V1_3, V1_4
    HTTPS_CLIENT_KMIP_V1_1 = 0x44, "HTTPS Client KMIP v1.1", V1_3, V1_4
    HTTPS_CLIENT_KMIP_V1_2 = 0x45, "HTTPS Client KMIP v1.2", V1_3, V1_4
    HTTPS_SERVER_KMIP_V1_0 = 0x46, "HTTPS Server KMIP v1.0", V1_3, V1_4
    HTTPS_SERVER_KMIP_V1_1 = 0x47, "HTTPS Server KMIP v1.1", V1_3, V1_4
    HTTPS_SERVER_KMIP_V1_2 = 0x48, "HTTPS Server KMIP v1.2", V1_3, V1_4
    JSON_CLIENT_KMIP_V1_0 = 0x49, "JSON Client KMIP v1.0", V1_3, V1_4
    JSON_CLIENT_KMIP_V1_1 = 0x4A, "JSON Client KMIP v1.1", V1_3, V1_4
    JSON_CLIENT_KMIP_V1_2 = 0x4B, "JSON Client KMIP v1.2", V1_3, V1_4
    JSON_SERVER_KMIP_V1_0 = 0x4C, "JSON Server KMIP v1.0", V1_3, V1_4
    JSON_SERVER_KMIP_V1_1 = 0x4D, "JSON Server KMIP v1.1", V1_3, V1_4
    JSON_SERVER_KMIP_V1_2 = 0x4E, "JSON Server KMIP v1.2", V1_3, V1_4
    XML_CLIENT_KMIP_V1_0 = 0x4F, "XML Client KMIP v1.0", V1_3, V1_4
    XML_CLIENT_KMIP_V1_1 = 0x50, "XML Client KMIP v1.1", V1_3, V1_4
    XML_CLIENT_KMIP_V1_2 = 0x51, "XML Client KMIP v1.2", V1_3, V1_4
    XML_SERVER_KMIP_V1_0 = 0x52, "XML Server KMIP v1.0", V1_3, V1_4
    XML_SERVER_KMIP_V1_1 = 0x53, "XML Server KMIP v1.1", V1_3, V1_4
    XML_SERVER_KMIP_V1_2 = 0x54, "XML Server KMIP v1.2", V1_3, V1_4
    BASELINE_SERVER_BASIC_KMIP_V1_3 = 0x55, "Baseline Server Basic KMIP v1.3", V1_3, V1_4
    BASELINE_SERVER_TLS_V1_2_KMIP_V1_3 = 0x56, "Baseline Server TLS v1.2 KMIP v1.3", V1_3, V1_4
    BASELINE_CLIENT_BASIC_KMIP_V1_3 = 0x57, "Baseline Client Basic KMIP v1.3", V1_3, V1_4
    BASELINE_CLIENT_TLS_V1_2_KMIP_V1_3 = 0x58, "Baseline Client TLS v1.2 KMIP v1.3", V1_3, V1_4
    COMPLETE_SERVER_BASIC_KMIP_V1_3 = 0x59, "Complete Server Basic KMIP v1.3", V1_3, V1_4
    COMPLETE_SERVER_TLS_V1_2_KMIP_V1_3 = 0x5A, "Complete Server TLS v1.2 KMIP v1.3", V1_3, V1_4
    TAPE_LIBRARY_CLIENT_KMIP_V1_3 = 0x5B, "Tape Library Client KMIP v1.3", V1_3, V1_4
    TAPE_LIBRARY_SERVER_KMIP_V1_3 = 0x5C, "Tape Library Server KMIP v1.3", V1_3, V1_4
    SYMMETRIC_KEY_LIFECYCLE_CLIENT_KMIP_V1_3 = 0x5D, "Symmetric Key Lifecycle Client KMIP v1.3", V1_3, V1_4
    SYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_3 = 0x5E, "Symmetric Key Lifecycle Server KMIP v1.3", V1_3, V1_4
    ASYMMETRIC_KEY_LIFECYCLE_CLIENT_KMIP_V1_3 = 0x5F, "Asymmetric Key Lifecycle Client KMIP v1.3", V1_3, V1_4
    ASYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_3 = 0x60, "Asymmetric Key Lifecycle Server KMIP v1.3", V1_3, V1_4
    BASIC_CRYPTOGRAPHIC_CLIENT_KMIP_V1_3 = 0x61, "Basic Cryptographic Client KMIP v1.3", V1_3, V1_4
    BASIC_CRYPTOGRAPHIC_SERVER_KMIP_V1_3 = 0x62, "Basic Cryptographic Server KMIP v1.3", V1_3, V1_4
    ADVANCED_CRYPTOGRAPHIC_CLIENT_KMIP_V1_3 = 0x63, "Advanced Cryptographic Client KMIP v1.3", V1_3, V1_4
    ADVANCED_CRYPTOGRAPHIC_SERVER_KMIP_V1_3 = 0x64, "Advanced Cryptographic Server KMIP v1.3", V1_3, V1_4
    RNG_CRYPTOGRAPHIC_CLIENT_KMIP_V1_3 = 0x65, "RNG Cryptographic Client KMIP v1.3", V1_3, V1_4
    RNG_CRYPTOGRAPHIC_SERVER_KMIP_V1_3 = 0x66, "RNG Cryptographic Server KMIP v1.3", V1_3, V1_4
    BASIC_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_3 = 0x67, "Basic Symmetric Key Foundry Client KMIP v1.3", V1_3, V1_4
    INTERMEDIATE_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_3 = (
        0x68,
        "Intermediate Symmetric Key Foundry Client KMIP v1.3",
        V1_3,
        V1_4,
    )
    ADVANCED_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_3 = (
        0x69,
        "Advanced Symmetric Key Foundry Client KMIP v1.3",
        V1_3,
        V1_4,
    )
    SYMMETRIC_KEY_FOUNDRY_SERVER_KMIP_V1_3 = 0x6A, "Symmetric Key Foundry Server KMIP v1.3", V1_3, V1_4
    OPAQUE_MANAGED_OBJECT_STORE_CLIENT_KMIP_V1_3 = 0x6B, "Opaque Managed Object Store Client KMIP v1.3", V1_3, V1_4
    OPAQUE_MANAGED_OBJECT_STORE_SERVER_KMIP_V1_3 = 0x6C, "Opaque Managed Object Store Server KMIP v1.3", V1_3, V1_4
    SUITE_B_MINLOS_128_CLIENT_KMIP_V1_3 = 0x6D, "Suite B minLOS_128 Client KMIP v1.3", V1_3, V1_4
    SUITE_B_MINLOS_128_SERVER_KMIP_V1_3 = 0x6E, "Suite B minLOS_128 Server KMIP v1.3", V1_3, V1_4
    SUITE_B_MINLOS_192_CLIENT_KMIP_V1_3 = 0x6F, "Suite B minLOS_192 Client KMIP v1.3", V1_3, V1_4
    SUITE_B_MINLOS_192_SERVER_KMIP_V1_3 = 0x70, "Suite B minLOS_192 Server KMIP v1.3", V1_3, V1_4
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_CLIENT_KMIP_V1_3 = (
        0x71,
        "Storage Array with Self Encrypting Drive Client KMIP v1.3",
        V1_3,
        V1_4,
    )
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_SERVER_KMIP_V1_3 = (
        0x72,
        "Storage Array with Self Encrypting Drive Server KMIP v1.3",
        V1_3,
        V1_4,
    )
    HTTPS_CLIENT_KMIP_V1_3 = 0x73, "HTTPS Client KMIP v1.3", V1_3, V1_4
    HTTPS_SERVER_KMIP_V1_3 = 0x74, "HTTPS Server KMIP v1.3", V1_3, V1_4
    JSON_CLIENT_KMIP_V1_3 = 0x75, "JSON Client KMIP v1.3", V1_3, V1_4
    JSON_SERVER_KMIP_V1_3 = 0x76, "JSON Server KMIP v1.3", V1_3, V1_4
    XML_CLIENT_KMIP_V1_3 = 0x77, "XML Client KMIP v1.3", V1_3, V1_4
    XML_SERVER_KMIP_V1_3 = 0x78, "XML Server KMIP v1.3", V1_3, V1_4
    BASELINE_SERVER_BASIC_KMIP_V1_4 = 0x79, "Baseline Server Basic KMIP v1.4", V1_4, V1_4
    BASELINE_SERVER_TLS_V1_2_KMIP_V1_4 = 0x7A, "Baseline Server TLS v1.2 KMIP v1.4", V1_4, V1_4
    BASELINE_CLIENT_BASIC_KMIP_V1_4 = 0x7B, "Baseline Client Basic KMIP v1.4", V1_4, V1_4
    BASELINE_CLIENT_TLS_V1_2_KMIP_V1_4 = 0x7C, "Baseline Client TLS v1.2 KMIP v1.4", V1_4, V1_4
    COMPLETE_SERVER_BASIC_KMIP_V1_4 = 0x7D, "Complete Server Basic KMIP v1.4", V1_4, V1_4
    COMPLETE_SERVER_TLS_V1_2_KMIP_V1_4 = 0x7E, "Complete Server TLS v1.2 KMIP v1.4", V1_4, V1_4
    TAPE_LIBRARY_CLIENT_KMIP_V1_4 = 0x7F, "Tape Library Client KMIP v1.4", V1_4, V1_4
    TAPE_LIBRARY_SERVER_KMIP_V1_4 = 0x80, "Tape Library Server KMIP v1.4", V1_4, V1_4
    SYMMETRIC_KEY_LIFECYCLE_CLIENT_KMIP_V1_4 = 0x81, "Symmetric Key Lifecycle Client KMIP v1.4", V1_4, V1_4
    SYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_4 = 0x82, "Symmetric Key Lifecycle Server KMIP v1.4", V1_4, V1_4
    ASYMMETRIC_KEY_LIFECYCLE_CLIENT_KMIP_V1_4 = 0x83, "Asymmetric Key Lifecycle Client KMIP v1.4", V1_4, V1_4
    ASYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_4 = 0x84, "Asymmetric Key Lifecycle Server KMIP v1.4", V1_4, V1_4
    BASIC_CRYPTOGRAPHIC_CLIENT_KMIP_V1_4 = 0x85, "Basic Cryptographic Client KMIP v1.4", V1_4, V1_4
    BASIC_CRYPTOGRAPHIC_SERVER_KMIP_V1_4 = 0x86, "Basic Cryptographic Server KMIP v1.4", V1_4, V1_4
    ADVANCED_CRYPTOGRAPHIC_CLIENT_KMIP_V1_4 = 0x87, "Advanced Cryptographic Client KMIP v1.4", V1_4, V1_4
    ADVANCED_CRYPTOGRAPHIC_SERVER_KMIP_V1_4 = 0x88, "Advanced Cryptographic Server KMIP v1.4", V1_4, V1_4
    RNG_CRYPTOGRAPHIC_CLIENT_KMIP_V1_4 = 0x89, "RNG Cryptographic Client KMIP v1.4", V1_4, V1_4
    RNG_CRYPTOGRAPHIC_SERVER_KMIP_V1_4 = 0x8A, "RNG Cryptographic Server KMIP v1.4", V1_4, V1_4
    BASIC_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_4 = 0x8B, "Basic Symmetric Key Foundry Client KMIP v1.4", V1_4, V1_4
    INTERMEDIATE_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_4 = (
        0x8C,
        "Intermediate Symmetric Key Foundry Client KMIP v1.4",
        V1_4,
        V1_4,
    )
    ADVANCED_SYMMETRIC_KEY_FOUNDRY_CLIENT_KMIP_V1_4 = (
        0x8D,
        "Advanced Symmetric Key Foundry Client KMIP v1.4",
        V1_4,
        V1_4,
    )
    SYMMETRIC_KEY_FOUNDRY_SERVER_KMIP_V1_4 = 0x8E, "Symmetric Key Foundry Server KMIP v1.4", V1_4, V1_4
    OPAQUE_MANAGED_OBJECT_STORE_CLIENT_KMIP_V1_4 = 0x8F, "Opaque Managed Object Store Client KMIP v1.4", V1_4, V1_4
    OPAQUE_MANAGED_OBJECT_STORE_SERVER_KMIP_V1_4 = 0x90, "Opaque Managed Object Store Server KMIP v1.4", V1_4, V1_4
    SUITE_B_MINLOS_128_CLIENT_KMIP_V1_4 = 0x91, "Suite B minLOS_128 Client KMIP v1.4", V1_4, V1_4
    SUITE_B_MINLOS_128_SERVER_KMIP_V1_4 = 0x92, "Suite B minLOS_128 Server KMIP v1.4", V1_4, V1_4
    SUITE_B_MINLOS_192_CLIENT_KMIP_V1_4 = 0x93, "Suite B minLOS_192 Client KMIP v1.4", V1_4, V1_4
    SUITE_B_MINLOS_192_SERVER_KMIP_V1_4 = 0x94, "Suite B minLOS_192 Server KMIP v1.4", V1_4, V1_4
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_CLIENT_KMIP_V1_4 = (
        0x95,
        "Storage Array with Self Encrypting Drive Client KMIP v1.4",
        V1_4,
        V1_4,
    )
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_SERVER_KMIP_V1_4 = (
        0x96,
        "Storage Array with Self Encrypting Drive Server KMIP v1.4",
        V1_4,
        V1_4,
    )
    HTTPS_CLIENT_KMIP_V1_4 = 0x97, "HTTPS Client KMIP v1.4", V1_4, V1_4
    HTTPS_SERVER_KMIP_V1_4 = 0x98, "HTTPS Server KMIP v1.4", V1_4, V1_4
    JSON_CLIENT_KMIP_V1_4 = 0x99, "JSON Client KMIP v1.4", V1_4, V1_4
    JSON_SERVER_KMIP_V1_4 = 0x9A, "JSON Server KMIP v1.4", V1_4, V1_4
    XML_CLIENT_KMIP_V1_4 = 0x9B, "XML Client KMIP v1.4", V1_4, V1_4
    XML_SERVER_KMIP_V1_4 = 0x9C, "XML Server KMIP v1.4", V1_4, V1_4
    COMPLETE_SERVER_BASIC = 0x104, "Complete Server Basic", V2_0
    COMPLETE_SERVER_TLS_V1_2 = 0x105, "Complete Server TLS v1.2", V2_0
    TAPE_LIBRARY_CLIENT = 0x106, "Tape Library Client", V2_0
    TAPE_LIBRARY_SERVER = 0x107, "Tape Library Server", V2_0
    SYMMETRIC_KEY_LIFECYCLE_CLIENT = 0x108, "Symmetric Key Lifecycle Client", V2_0
    SYMMETRIC_KEY_LIFECYCLE_SERVER = 0x109, "Symmetric Key Lifecycle Server", V2_0
    ASYMMETRIC_KEY_LIFECYCLE_CLIENT = 0x10A, "Asymmetric Key Lifecycle Client", V2_0
    ASYMMETRIC_KEY_LIFECYCLE_SERVER = 0x10B, "Asymmetric Key Lifecycle Server", V2_0
    BASIC_CRYPTOGRAPHIC_CLIENT = 0x10C, "Basic Cryptographic Client", V2_0
    BASIC_CRYPTOGRAPHIC_SERVER = 0x10D, "Basic Cryptographic Server", V2_0
    ADVANCED_CRYPTOGRAPHIC_CLIENT = 0x10E, "Advanced Cryptographic Client", V2_0
    ADVANCED_CRYPTOGRAPHIC_SERVER = 0x10F, "Advanced Cryptographic Server", V2_0
    RNG_CRYPTOGRAPHIC_CLIENT = 0x110, "RNG Cryptographic Client", V2_0
    RNG_CRYPTOGRAPHIC_SERVER = 0x111, "RNG Cryptographic Server", V2_0
    BASIC_SYMMETRIC_KEY_FOUNDRY_CLIENT = 0x112, "Basic Symmetric Key Foundry Client", V2_0
    INTERMEDIATE_SYMMETRIC_KEY_FOUNDRY_CLIENT = 0x113, "Intermediate Symmetric Key Foundry Client", V2_0
    ADVANCED_SYMMETRIC_KEY_FOUNDRY_CLIENT = 0x114, "Advanced Symmetric Key Foundry Client", V2_0
    SYMMETRIC_KEY_FOUNDRY_SERVER = 0x115, "Symmetric Key Foundry Server", V2_0
    OPAQUE_MANAGED_OBJECT_STORE_CLIENT = 0x116, "Opaque Managed Object Store Client", V2_0
    OPAQUE_MANAGED_OBJECT_STORE_SERVER = 0x117, "Opaque Managed Object Store Server", V2_0
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_CLIENT = 0x11C, "Storage Array with Self Encrypting Drive Client", V2_0
    STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_SERVER = 0x11D, "Storage Array with Self Encrypting Drive Server", V2_0
    HTTPS_CLIENT = 0x11E, "HTTPS Client", V2_0
    HTTPS_SERVER = 0x11F, "HTTPS Server", V2_0
    JSON_CLIENT = 0x120, "JSON Client", V2_0
    JSON_SERVER = 0x121, "JSON Server", V2_0
    XML_CLIENT = 0x122, "XML Client", V2_0
    XML_SERVER = 0x123, "XML Server", V2_0
    AES_XTS_CLIENT = 0x124, "AES XTS Client", V2_0
    AES_XTS_SERVER = 0x125, "AES XTS Server", V2_0
    QUANTUM_SAFE_CLIENT = 0x126, "Quantum Safe Client", V2_0
    QUANTUM_SAFE_SERVER = 0x127, "Quantum Safe Server", V2_0
    PKCS_11_CLIENT = 0x128, "PKCS#11 Client", V2_0
    PKCS_11_SERVER = 0x129, "PKCS#11 Server", V2_0
    BASELINE_CLIENT = 0x12A, "Baseline Client", V2_0
    BASELINE_SERVER = 0x12B, "Baseline Server", V2_0
    COMPLETE_SERVER = 0x12C, "Complete Server", V2_0


class ProtectionLevel(KmipEnum):
    """Protection Level (2.1 §11.42)."""

    HIGH = 0x01, "High", V2_0
    LOW = 0x02, "Low", V2_0


class PutFunction(KmipEnum):
    """Put Function (2.1 §11.43)."""

    NEW = 0x01, "New", V1_0
    REPLACE = 0x02, "Replace", V1_0


class QueryFunction(KmipEnum):
    """Query Function (2.1 §11.44)."""

    QUERY_OPERATIONS = 0x01, "Query Operations", V1_0
    QUERY_OBJECTS = 0x02, "Query Objects", V1_0
    QUERY_SERVER_INFORMATION = 0x03, "Query Server Information", V1_0
    QUERY_APPLICATION_NAMESPACES = 0x04, "Query Application Namespaces", V1_0
    QUERY_EXTENSION_LIST = 0x05, "Query Extension List", V1_1
    QUERY_EXTENSION_MAP = 0x06, "Query Extension Map", V1_1
    QUERY_ATTESTATION_TYPES = 0x07, "Query Attestation Types", V1_2
    QUERY_RNGS = 0x08, "Query RNGs", V1_3
    QUERY_VALIDATIONS = 0x09, "Query Validations", V1_3
    QUERY_PROFILES = 0x0A, "Query Profiles", V1_3
    QUERY_CAPABILITIES = 0x0B, "Query Capabilities", V1_3
    QUERY_CLIENT_REGISTRATION_METHODS = 0x0C, "Query Client Registration Methods", V1_3
    QUERY_DEFAULTS_INFORMATION = 0x0D, "Query Defaults Information", V2_0
    QUERY_STORAGE_PROTECTION_MASKS = 0x0E, "Query Storage Protection Masks", V2_0
    QUERY_CREDENTIAL_INFORMATION = 0x0F, "Query Credential Information", V3_0


class RngAlgorithm(KmipEnum):
    """RNG Algorithm (2.1 §11.49)."""

    UNSPECIFIED = 0x01, "Unspecified", V1_3
    FIPS_186_2 = 0x02, "FIPS 186-2", V1_3
    DRBG = 0x03, "DRBG", V1_3
    NRBG = 0x04, "NRBG", V1_3
    ANSI_X9_31 = 0x05, "ANSI X9.31", V1_3
    ANSI_X9_62 = 0x06, "ANSI X9.62", V1_3


class RngMode(KmipEnum):
    """RNG Mode (2.1 §11.50)."""

    UNSPECIFIED = 0x01, "Unspecified", V1_3
    SHARED_INSTANTIATION = 0x02, "Shared Instantiation", V1_3
    NON_SHARED_INSTANTIATION = 0x03, "Non-Shared Instantiation", V1_3


class RecommendedCurve(KmipEnum):
    """Recommended Curve (2.1 §11.45)."""

    P_192 = 0x01, "P-192", V1_0
    K_163 = 0x02, "K-163", V1_0
    B_163 = 0x03, "B-163", V1_0
    P_224 = 0x04, "P-224", V1_0
    K_233 = 0x05, "K-233", V1_0
    B_233 = 0x06, "B-233", V1_0
    P_256 = 0x07, "P-256", V1_0
    K_283 = 0x08, "K-283", V1_0
    B_283 = 0x09, "B-283", V1_0
    P_384 = 0x0A, "P-384", V1_0
    K_409 = 0x0B, "K-409", V1_0
    B_409 = 0x0C, "B-409", V1_0
    P_521 = 0x0D, "P-521", V1_0
    K_571 = 0x0E, "K-571", V1_0
    B_571 = 0x0F, "B-571", V1_0
    SECP112R1 = 0x10, "SECP112R1", V1_2
    SECP112R2 = 0x11, "SECP112R2", V1_2
    SECP128R1 = 0x12, "SECP128R1", V1_2
    SECP128R2 = 0x13, "SECP128R2", V1_2
    SECP160K1 = 0x14, "SECP160K1", V1_2
    SECP160R1 = 0x15, "SECP160R1", V1_2
    SECP160R2 = 0x16, "SECP160R2", V1_2
    SECP192K1 = 0x17, "SECP192K1", V1_2
    SECP224K1 = 0x18, "SECP224K1", V1_2
    SECP256K1 = 0x19, "SECP256K1", V1_2
    SECT113R1 = 0x1A, "SECT113R1", V1_2
    SECT113R2 = 0x1B, "SECT113R2", V1_2
    SECT131R1 = 0x1C, "SECT131R1", V1_2
    SECT131R2 = 0x1D, "SECT131R2", V1_2
    SECT163R1 = 0x1E, "SECT163R1", V1_2
    SECT193R1 = 0x1F, "SECT193R1", V1_2
    SECT193R2 = 0x20, "SECT193R2", V1_2
    SECT239K1 = 0x21, "SECT239K1", V1_2
    ANSIX9P192V2 = 0x22, "ANSIX9P192V2", V1_2
    ANSIX9P192V3 = 0x23, "ANSIX9P192V3", V1_2
    ANSIX9P239V1 = 0x24, "ANSIX9P239V1", V1_2
    ANSIX9P239V2 = 0x25, "ANSIX9P239V2", V1_2
    ANSIX9P239V3 = 0x26, "ANSIX9P239V3", V1_2
    ANSIX9C2PNB163V1 = 0x27, "ANSIX9C2PNB163V1", V1_2
    ANSIX9C2PNB163V2 = 0x28, "ANSIX9C2PNB163V2", V1_2
    ANSIX9C2PNB163V3 = 0x29, "ANSIX9C2PNB163V3", V1_2
    ANSIX9C2PNB176V1 = 0x2A, "ANSIX9C2PNB176V1", V1_2
    ANSIX9C2TNB191V1 = 0x2B, "ANSIX9C2TNB191V1", V1_2
    ANSIX9C2TNB191V2 = 0x2C, "ANSIX9C2TNB191V2", V1_2
    ANSIX9C2TNB191V3 = 0x2D, "ANSIX9C2TNB191V3", V1_2
    ANSIX9C2PNB208W1 = 0x2E, "ANSIX9C2PNB208W1", V1_2
    ANSIX9C2TNB239V1 = 0x2F, "ANSIX9C2TNB239V1", V1_2
    ANSIX9C2TNB239V2 = 0x30, "ANSIX9C2TNB239V2", V1_2
    ANSIX9C2TNB239V3 = 0x31, "ANSIX9C2TNB239V3", V1_2
    ANSIX9C2PNB272W1 = 0x32, "ANSIX9C2PNB272W1", V1_2
    ANSIX9C2PNB304W1 = 0x33, "ANSIX9C2PNB304W1", V1_2
    ANSIX9C2TNB359V1 = 0x34, "ANSIX9C2TNB359V1", V1_2
    ANSIX9C2PNB368W1 = 0x35, "ANSIX9C2PNB368W1", V1_2
    ANSIX9C2TNB431R1 = 0x36, "ANSIX9C2TNB431R1", V1_2
    BRAINPOOLP160R1 = 0x37, "BRAINPOOLP160R1", V1_2
    BRAINPOOLP160T1 = 0x38, "BRAINPOOLP160T1", V1_2
    BRAINPOOLP192R1 = 0x39, "BRAINPOOLP192R1", V1_2
    BRAINPOOLP192T1 = 0x3A, "BRAINPOOLP192T1", V1_2
    BRAINPOOLP224R1 = 0x3B, "BRAINPOOLP224R1", V1_2
    BRAINPOOLP224T1 = 0x3C, "BRAINPOOLP224T1", V1_2
    BRAINPOOLP256R1 = 0x3D, "BRAINPOOLP256R1", V1_2
    BRAINPOOLP256T1 = 0x3E, "BRAINPOOLP256T1", V1_2
    BRAINPOOLP320R1 = 0x3F, "BRAINPOOLP320R1", V1_2
    BRAINPOOLP320T1 = 0x40, "BRAINPOOLP320T1", V1_2
    BRAINPOOLP384R1 = 0x41, "BRAINPOOLP384R1", V1_2
    BRAINPOOLP384T1 = 0x42, "BRAINPOOLP384T1", V1_2
    BRAINPOOLP512R1 = 0x43, "BRAINPOOLP512R1", V1_2
    BRAINPOOLP512T1 = 0x44, "BRAINPOOLP512T1", V1_2
    CURVE25519 = 0x45, "CURVE25519", V2_0
    CURVE448 = 0x46, "CURVE448", V2_0


class ResultReason(KmipEnum):
    """Result Reason (2.1 §11.46)."""

    ITEM_NOT_FOUND = 0x01, "Item Not Found", V1_0
    RESPONSE_TOO_LARGE = 0x02, "Response Too Large", V1_0
    AUTHENTICATION_NOT_SUCCESSFUL = 0x03, "Authentication Not Successful", V1_0
    INVALID_MESSAGE = 0x04, "Invalid Message", V1_0
    OPERATION_NOT_SUPPORTED = 0x05, "Operation Not Supported", V1_0
    MISSING_DATA = 0x06, "Missing Data", V1_0
    INVALID_FIELD = 0x07, "Invalid Field", V1_0
    FEATURE_NOT_SUPPORTED = 0x08, "Feature Not Supported", V1_0
    OPERATION_CANCELED_BY_REQUESTER = 0x09, "Operation Canceled By Requester", V1_0
    CRYPTOGRAPHIC_FAILURE = 0x0A, "Cryptographic Failure", V1_0
    ILLEGAL_OPERATION = 0x0B, "Illegal Operation", V1_0, V1_4
    PERMISSION_DENIED = 0x0C, "Permission Denied", V1_0
    OBJECT_ARCHIVED = 0x0D, "Object Archived", V1_0
    INDEX_OUT_OF_BOUNDS = 0x0E, "Index Out of Bounds", V1_0, V1_4
    APPLICATION_NAMESPACE_NOT_SUPPORTED = 0x0F, "Application Namespace Not Supported", V1_0
    KEY_FORMAT_TYPE_NOT_SUPPORTED = 0x10, "Key Format Type Not Supported", V1_0
    KEY_COMPRESSION_TYPE_NOT_SUPPORTED = 0x11, "Key Compression Type Not Supported", V1_0
    ENCODING_OPTION_ERROR = 0x12, "Encoding Option Error", V1_1
    KEY_VALUE_NOT_PRESENT = 0x13, "Key Value Not Present", V1_2
    ATTESTATION_REQUIRED = 0x14, "Attestation Required", V1_2
    ATTESTATION_FAILED = 0x15, "Attestation Failed", V1_2
    SENSITIVE = 0x16, "Sensitive", V1_4
    NOT_EXTRACTABLE = 0x17, "Not Extractable", V1_4
    OBJECT_ALREADY_EXISTS = 0x18, "Object Already Exists", V1_4
    INVALID_TICKET = 0x19, "Invalid Ticket", V2_0
    USAGE_LIMIT_EXCEEDED = 0x1A, "Usage Limit Exceeded", V2_0
    NUMERIC_RANGE = 0x1B, "Numeric Range", V2_0
    INVALID_DATA_TYPE = 0x1C, "Invalid Data Type", V2_0
    READ_ONLY_ATTRIBUTE = 0x1D, "Read Only Attribute", V2_0
    MULTI_VALUED_ATTRIBUTE = 0x1E, "Multi Valued Attribute", V2_0
    UNSUPPORTED_ATTRIBUTE = 0x1F, "Unsupported Attribute", V2_0
    ATTRIBUTE_INSTANCE_NOT_FOUND = 0x20, "Attribute Instance Not Found", V2_0
    ATTRIBUTE_NOT_FOUND = 0x21, "Attribute Not Found", V2_0
    ATTRIBUTE_READ_ONLY = 0x22, "Attribute Read Only", V2_0
    ATTRIBUTE_SINGLE_VALUED = 0x23, "Attribute Single Valued", V2_0
    BAD_CRYPTOGRAPHIC_PARAMETERS = 0x24, "Bad Cryptographic Parameters", V2_0
    BAD_PASSWORD = 0x25, "Bad Password", V2_0
    CODEC_ERROR = 0x26, "Codec Error", V2_0
    ILLEGAL_OBJECT_TYPE = 0x28, "Illegal Object Type", V2_0
    INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK = 0x29, "Incompatible Cryptographic Usage Mask", V2_0
    INTERNAL_SERVER_ERROR = 0x2A, "Internal Server Error", V2_0
    INVALID_ASYNCHRONOUS_CORRELATION_VALUE = 0x2B, "Invalid Asynchronous Correlation Value", V2_0
    INVALID_ATTRIBUTE = 0x2C, "Invalid Attribute", V2_0
    INVALID_ATTRIBUTE_VALUE = 0x2D, "Invalid Attribute Value", V2_0
    INVALID_CORRELATION_VALUE = 0x2E, "Invalid Correlation Value", V2_0
    INVALID_CSR = 0x2F, "Invalid CSR", V2_0
    INVALID_OBJECT_TYPE = 0x30, "Invalid Object Type", V2_0
    KEY_WRAP_TYPE_NOT_SUPPORTED = 0x32, "Key Wrap Type Not Supported", V2_0
    MISSING_INITIALIZATION_VECTOR = 0x34, "Missing Initialization Vector", V2_0
    NON_UNIQUE_NAME_ATTRIBUTE = 0x35, "Non Unique Name Attribute", V2_0
    OBJECT_DESTROYED = 0x36, "Object Destroyed", V2_0
    OBJECT_NOT_FOUND = 0x37, "Object Not Found", V2_0
    NOT_AUTHORISED = 0x39, "Not Authorised", V2_0
    SERVER_LIMIT_EXCEEDED = 0x3A, "Server Limit Exceeded", V2_0
    UNKNOWN_ENUMERATION = 0x3B, "Unknown Enumeration", V2_0
    UNKNOWN_MESSAGE_EXTENSION = 0x3C, "Unknown Message Extension", V2_0
    UNKNOWN_TAG = 0x3D, "Unknown Tag", V2_0
    UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS = 0x3E, "Unsupported Cryptographic Parameters", V2_0
    UNSUPPORTED_PROTOCOL_VERSION = 0x3F, "Unsupported Protocol Version", V2_0
    WRAPPING_OBJECT_ARCHIVED = 0x40, "Wrapping Object Archived", V2_0
    WRAPPING_OBJECT_DESTROYED = 0x41, "Wrapping Object Destroyed", V2_0
    WRAPPING_OBJECT_NOT_FOUND = 0x42, "Wrapping Object Not Found", V2_0
    WRONG_KEY_LIFECYCLE_STATE = 0x43, "Wrong Key Lifecycle State", V2_0
    PROTECTION_STORAGE_UNAVAILABLE = 0x44, "Protection Storage Unavailable", V2_0
    PKCS_11_CODEC_ERROR = 0x45, "PKCS#11 Codec Error", V2_0
    PKCS_11_INVALID_FUNCTION = 0x46, "PKCS#11 Invalid Function", V2_0
    PKCS_11_INVALID_INTERFACE = 0x47, "PKCS#11 Invalid Interface", V2_0
    PRIVATE_PROTECTION_STORAGE_UNAVAILABLE = 0x48, "Private Protection Storage Unavailable", V2_0
    PUBLIC_PROTECTION_STORAGE_UNAVAILABLE = 0x49, "Public Protection Storage Unavailable", V2_0
    UNKNOWN_OBJECT_GROUP = 0x4A, "Unknown Object Group", V2_1, V2_1
    CONSTRAINT_VIOLATION = 0x4B, "Constraint Violation", V2_1
    DUPLICATE_PROCESS_REQUEST = 0x4C, "Duplicate Process Request", V2_1
    CIRCULAR_LINK_ERROR = 0x4D, "Circular Link Error", V3_0
    GENERAL_FAILURE = 0x100, "General Failure", V1_0


class ResultStatus(KmipEnum):
    """Result Status (2.1 §11.47)."""

    SUCCESS = 0x00, "Success", V1_0
    OPERATION_FAILED = 0x01, "Operation Failed", V1_0
    OPERATION_PENDING = 0x02, "Operation Pending", V1_0
    OPERATION_UNDONE = 0x03, "Operation Undone", V1_0


class RevocationReasonCode(KmipEnum):
    """Revocation Reason Code (2.1 §11.48)."""

    UNSPECIFIED = 0x01, "Unspecified", V1_0
    KEY_COMPROMISE = 0x02, "Key Compromise", V1_0
    CA_COMPROMISE = 0x03, "CA Compromise", V1_0
    AFFILIATION_CHANGED = 0x04, "Affiliation Changed", V1_0
    SUPERSEDED = 0x05, "Superseded", V1_0
    CESSATION_OF_OPERATION = 0x06, "Cessation of Operation", V1_0
    PRIVILEGE_WITHDRAWN = 0x07, "Privilege Withdrawn", V1_0


class RotateNameType(KmipEnum):
    """Rotate Name Type (2.1 §11.51)."""

    UNINTERPRETED_TEXT_STRING = 0x01, "Uninterpreted Text String", V2_1, V2_1
    URI = 0x02, "URI", V2_1, V2_1


class SecretDataType(KmipEnum):
    """Secret Data Type (2.1 §11.52)."""

    PASSWORD = 0x01, "Password", V1_0
    SEED = 0x02, "Seed", V1_0


class ShreddingAlgorithm(KmipEnum):
    """Shredding Algorithm (2.1 §11.53)."""

    UNSPECIFIED = 0x01, "Unspecified", V1_3
    CRYPTOGRAPHIC = 0x02, "Cryptographic", V1_3
    UNSUPPORTED = 0x03, "Unsupported", V1_3


class SplitKeyMethod(KmipEnum):
    """Split Key Method (2.1 §11.54)."""

    XOR = 0x01, "XOR", V1_0
    POLYNOMIAL_SHARING_GF_216 = 0x02, "Polynomial Sharing GF (2^16)", V1_0
    POLYNOMIAL_SHARING_PRIME_FIELD = 0x03, "Polynomial Sharing Prime Field", V1_0
    POLYNOMIAL_SHARING_GF_28 = 0x04, "Polynomial Sharing GF (2^8)", V1_2


class SplitKeyPolynomial(KmipEnum):
    """Split Key Polynomial (from the 3.0 registries)."""

    POLYNOMIAL_283 = 0x01, "Polynomial-283", V3_0
    POLYNOMIAL_285 = 0x02, "Polynomial-285", V3_0


class State(KmipEnum):
    """State (2.1 §11.55)."""

    PRE_ACTIVE = 0x01, "Pre-Active", V1_0
    ACTIVE = 0x02, "Active", V1_0
    DEACTIVATED = 0x03, "Deactivated", V1_0
    COMPROMISED = 0x04, "Compromised", V1_0
    DESTROYED = 0x05, "Destroyed", V1_0
    DESTROYED_COMPROMISED = 0x06, "Destroyed Compromised", V1_0


class TicketType(KmipEnum):
    """Ticket Type (2.1 §11.57)."""

    LOGIN = 0x01, "Login", V2_0


class UniqueIdentifierCode(KmipEnum):
    """Unique Identifier (2.1 §11.58)."""

    ID_PLACEHOLDER = 0x01, "ID Placeholder", V2_0
    CERTIFY = 0x02, "Certify", V2_0
    CREATE = 0x03, "Create", V2_0
    CREATE_KEY_PAIR = 0x04, "Create Key Pair", V2_0
    CREATE_KEY_PAIR_PRIVATE_KEY = 0x05, "Create Key Pair Private Key", V2_0
    CREATE_KEY_PAIR_PUBLIC_KEY = 0x06, "Create Key Pair Public Key", V2_0
    CREATE_SPLIT_KEY = 0x07, "Create Split Key", V2_0
    DERIVE_KEY = 0x08, "Derive Key", V2_0
    IMPORT = 0x09, "Import", V2_0
    JOIN_SPLIT_KEY = 0x0A, "Join Split Key", V2_0
    LOCATE = 0x0B, "Locate", V2_0
    REGISTER = 0x0C, "Register", V2_0
    RE_KEY = 0x0D, "Re-key", V2_0
    RE_CERTIFY = 0x0E, "Re-certify", V2_0
    RE_KEY_KEY_PAIR = 0x0F, "Re-key Key Pair", V2_0
    RE_KEY_KEY_PAIR_PRIVATE_KEY = 0x10, "Re-key Key Pair Private Key", V2_0
    RE_KEY_KEY_PAIR_PUBLIC_KEY = 0x11, "Re-key Key Pair Public Key", V2_0
    RE_PROVISION = 0x12, "Re-Provision", V3_0
    CREATE_USER = 0x13, "Create User", V3_0
    CREATE_GROUP = 0x14, "Create Group", V3_0
    CREATE_CREDENTIAL = 0x15, "Create Credential", V3_0


class UnwrapMode(KmipEnum):
    """Unwrap Mode (2.1 §11.59)."""

    UNSPECIFIED = 0x01, "Unspecified", V1_3
    PROCESSED = 0x02, "Processed", V1_3
    NOT_PROCESSED = 0x03, "Not Processed", V1_3


class UsageLimitsUnit(KmipEnum):
    """Usage Limits Unit (2.1 §11.60)."""

    BYTE = 0x01, "Byte", V1_0
    OBJECT = 0x02, "Object", V1_0


class ValidationAuthorityType(KmipEnum):
    """Validation Authority Type (2.1 §11.63)."""

    UNSPECIFIED = 0x01, "Unspecified", V1_3
    NIST_CMVP = 0x02, "NIST CMVP", V1_3
    COMMON_CRITERIA = 0x03, "Common Criteria", V1_3


class ValidationType(KmipEnum):
    """Validation Type (2.1 §11.64)."""

    UNSPECIFIED = 0x01, "Unspecified", V1_3
    HARDWARE = 0x02, "Hardware", V1_3
    SOFTWARE = 0x03, "Software", V1_3
    FIRMWARE = 0x04, "Firmware", V1_3
    HYBRID = 0x05, "Hybrid", V1_3


class ValidityIndicator(KmipEnum):
    """Validity Indicator (2.1 §11.61)."""

    VALID = 0x01, "Valid", V1_0
    INVALID = 0x02, "Invalid", V1_0
    UNKNOWN = 0x03, "Unknown", V1_0


class WrappingMethod(KmipEnum):
    """Wrapping Method (2.1 §11.62)."""

    ENCRYPT = 0x01, "Encrypt", V1_0
    MAC_SIGN = 0x02, "MAC/sign", V1_0
    ENCRYPT_THEN_MAC_SIGN = 0x03, "Encrypt then MAC/sign", V1_0
    MAC_SIGN_THEN_ENCRYPT = 0x04, "MAC/sign then encrypt", V1_0
    TR_31 = 0x05, "TR-31", V1_0
