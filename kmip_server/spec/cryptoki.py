"""What PKCS#11 wrote, as far as KMIP's PKCS#11 operation speaks of it (PKCS#11 3.0 §3, §5; KMIP 2.1 §11.38, §11.39).

The names are those of the header files of PKCS#11, without their prefix where the prefix is the name of the class
(``CKR_OK`` is ``ReturnCode.OK``).
"""

from __future__ import annotations

from enum import Enum, IntEnum

from kmip_server.spec.kmip_enum import KmipEnum
from kmip_server.spec.version import V2_0

_NAMES = (
    "C_Initialize C_Finalize C_GetInfo C_GetFunctionList C_GetSlotList C_GetSlotInfo C_GetTokenInfo "
    "C_GetMechanismList C_GetMechanismInfo C_InitToken C_InitPIN C_SetPIN C_OpenSession C_CloseSession "
    "C_CloseAllSessions C_GetSessionInfo C_GetOperationState C_SetOperationState C_Login C_Logout C_CreateObject "
    "C_CopyObject C_DestroyObject C_GetObjectSize C_GetAttributeValue C_SetAttributeValue C_FindObjectsInit "
    "C_FindObjects C_FindObjectsFinal C_EncryptInit C_Encrypt C_EncryptUpdate C_EncryptFinal C_DecryptInit C_Decrypt "
    "C_DecryptUpdate C_DecryptFinal C_DigestInit C_Digest C_DigestUpdate C_DigestKey C_DigestFinal C_SignInit C_Sign "
    "C_SignUpdate C_SignFinal C_SignRecoverInit C_SignRecover C_VerifyInit C_Verify C_VerifyUpdate C_VerifyFinal "
    "C_VerifyRecoverInit C_VerifyRecover C_DigestEncryptUpdate C_DecryptDigestUpdate C_SignEncryptUpdate "
    "C_DecryptVerifyUpdate C_GenerateKey C_GenerateKeyPair C_WrapKey C_UnwrapKey C_DeriveKey C_SeedRandom "
    "C_GenerateRandom C_GetFunctionStatus C_CancelFunction C_WaitForSlotEvent C_GetInterfaceList C_GetInterface "
    "C_LoginUser C_SessionCancel C_MessageEncryptInit C_EncryptMessage C_EncryptMessageBegin C_EncryptMessageNext "
    "C_MessageEncryptFinal C_MessageDecryptInit C_DecryptMessage C_DecryptMessageBegin C_DecryptMessageNext "
    "C_MessageDecryptFinal C_MessageSignInit C_SignMessage C_SignMessageBegin C_SignMessageNext C_MessageSignFinal "
    "C_MessageVerifyInit C_VerifyMessage C_VerifyMessageBegin C_VerifyMessageNext C_MessageVerifyFinal"
).split()
"""2.1 §11.38: "the 1-based offset count of the function in the CK_FUNCTION_LIST_3_0 structure"."""

FUNCTIONS: dict[int, str] = dict(enumerate(_NAMES, 1))
"""Every function of the interface, by its number."""
NUMBERS: dict[str, int] = {name: number for number, name in FUNCTIONS.items()}
"""Its number by name."""

INTERFACE = "PKCS 11"
"""The name of the standard's own interface (PKCS#11 3.0 §5.4.5)."""


class ReturnCode(KmipEnum):
    """PKCS#11 Return Code (2.1 §11.39: the CK_RV values); the title is the name that XML messages use."""

    OK = 0x00, "OK", V2_0
    SLOT_ID_INVALID = 0x03, "SLOT_ID_INVALID", V2_0
    GENERAL_ERROR = 0x05, "GENERAL_ERROR", V2_0
    FUNCTION_FAILED = 0x06, "FUNCTION_FAILED", V2_0
    ARGUMENTS_BAD = 0x07, "ARGUMENTS_BAD", V2_0
    NO_EVENT = 0x08, "NO_EVENT", V2_0
    ATTRIBUTE_READ_ONLY = 0x10, "ATTRIBUTE_READ_ONLY", V2_0
    ATTRIBUTE_SENSITIVE = 0x11, "ATTRIBUTE_SENSITIVE", V2_0
    ATTRIBUTE_TYPE_INVALID = 0x12, "ATTRIBUTE_TYPE_INVALID", V2_0
    ATTRIBUTE_VALUE_INVALID = 0x13, "ATTRIBUTE_VALUE_INVALID", V2_0
    ACTION_PROHIBITED = 0x1B, "ACTION_PROHIBITED", V2_0
    DATA_INVALID = 0x20, "DATA_INVALID", V2_0
    DATA_LEN_RANGE = 0x21, "DATA_LEN_RANGE", V2_0
    DEVICE_MEMORY = 0x31, "DEVICE_MEMORY", V2_0
    ENCRYPTED_DATA_INVALID = 0x40, "ENCRYPTED_DATA_INVALID", V2_0
    FUNCTION_NOT_PARALLEL = 0x51, "FUNCTION_NOT_PARALLEL", V2_0
    FUNCTION_NOT_SUPPORTED = 0x54, "FUNCTION_NOT_SUPPORTED", V2_0
    KEY_HANDLE_INVALID = 0x60, "KEY_HANDLE_INVALID", V2_0
    KEY_SIZE_RANGE = 0x62, "KEY_SIZE_RANGE", V2_0
    KEY_TYPE_INCONSISTENT = 0x63, "KEY_TYPE_INCONSISTENT", V2_0
    KEY_INDIGESTIBLE = 0x67, "KEY_INDIGESTIBLE", V2_0
    KEY_FUNCTION_NOT_PERMITTED = 0x68, "KEY_FUNCTION_NOT_PERMITTED", V2_0
    KEY_NOT_WRAPPABLE = 0x69, "KEY_NOT_WRAPPABLE", V2_0
    KEY_UNEXTRACTABLE = 0x6A, "KEY_UNEXTRACTABLE", V2_0
    MECHANISM_INVALID = 0x70, "MECHANISM_INVALID", V2_0
    MECHANISM_PARAM_INVALID = 0x71, "MECHANISM_PARAM_INVALID", V2_0
    OBJECT_HANDLE_INVALID = 0x82, "OBJECT_HANDLE_INVALID", V2_0
    OPERATION_ACTIVE = 0x90, "OPERATION_ACTIVE", V2_0
    OPERATION_NOT_INITIALIZED = 0x91, "OPERATION_NOT_INITIALIZED", V2_0
    PIN_INCORRECT = 0xA0, "PIN_INCORRECT", V2_0
    SESSION_COUNT = 0xB1, "SESSION_COUNT", V2_0
    SESSION_HANDLE_INVALID = 0xB3, "SESSION_HANDLE_INVALID", V2_0
    SESSION_PARALLEL_NOT_SUPPORTED = 0xB4, "SESSION_PARALLEL_NOT_SUPPORTED", V2_0
    SESSION_READ_ONLY = 0xB5, "SESSION_READ_ONLY", V2_0
    SIGNATURE_INVALID = 0xC0, "SIGNATURE_INVALID", V2_0
    TEMPLATE_INCOMPLETE = 0xD0, "TEMPLATE_INCOMPLETE", V2_0
    TEMPLATE_INCONSISTENT = 0xD1, "TEMPLATE_INCONSISTENT", V2_0
    UNWRAPPING_KEY_HANDLE_INVALID = 0xF0, "UNWRAPPING_KEY_HANDLE_INVALID", V2_0
    USER_ALREADY_LOGGED_IN = 0x100, "USER_ALREADY_LOGGED_IN", V2_0
    USER_NOT_LOGGED_IN = 0x101, "USER_NOT_LOGGED_IN", V2_0
    USER_TYPE_INVALID = 0x103, "USER_TYPE_INVALID", V2_0
    WRAPPED_KEY_INVALID = 0x110, "WRAPPED_KEY_INVALID", V2_0
    WRAPPING_KEY_HANDLE_INVALID = 0x113, "WRAPPING_KEY_HANDLE_INVALID", V2_0
    RANDOM_SEED_NOT_SUPPORTED = 0x120, "RANDOM_SEED_NOT_SUPPORTED", V2_0
    CURVE_NOT_SUPPORTED = 0x140, "CURVE_NOT_SUPPORTED", V2_0
    BUFFER_TOO_SMALL = 0x150, "BUFFER_TOO_SMALL", V2_0
    CRYPTOKI_NOT_INITIALIZED = 0x190, "CRYPTOKI_NOT_INITIALIZED", V2_0
    FUNCTION_REJECTED = 0x200, "FUNCTION_REJECTED", V2_0


class ValueKind(Enum):
    """What the value of an attribute is: a scalar, or an array that is preceded by its count."""

    BOOL = "CK_BBOOL"
    ULONG = "CK_ULONG"
    DATE = "CK_DATE"
    BYTES = "bytes or text"
    ULONGS = "an array of CK_ULONG"
    TEMPLATE = "an array of CK_ATTRIBUTE"


class Attribute(IntEnum):
    """The attributes of PKCS#11 objects that are read here, each with the kind of its value."""

    kind: ValueKind

    def __new__(cls, code: int, kind: ValueKind) -> Attribute:
        """Make a member from its row."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.kind = kind
        return member

    CLASS = 0x000, ValueKind.ULONG
    TOKEN = 0x001, ValueKind.BOOL
    PRIVATE = 0x002, ValueKind.BOOL
    LABEL = 0x003, ValueKind.BYTES
    UNIQUE_ID = 0x004, ValueKind.BYTES
    APPLICATION = 0x010, ValueKind.BYTES
    VALUE = 0x011, ValueKind.BYTES
    OBJECT_ID = 0x012, ValueKind.BYTES
    CERTIFICATE_TYPE = 0x080, ValueKind.ULONG
    ISSUER = 0x081, ValueKind.BYTES
    SERIAL_NUMBER = 0x082, ValueKind.BYTES
    TRUSTED = 0x086, ValueKind.BOOL
    CERTIFICATE_CATEGORY = 0x087, ValueKind.ULONG
    URL = 0x089, ValueKind.BYTES
    CHECK_VALUE = 0x090, ValueKind.BYTES
    KEY_TYPE = 0x100, ValueKind.ULONG
    SUBJECT = 0x101, ValueKind.BYTES
    ID = 0x102, ValueKind.BYTES
    SENSITIVE = 0x103, ValueKind.BOOL
    ENCRYPT = 0x104, ValueKind.BOOL
    DECRYPT = 0x105, ValueKind.BOOL
    WRAP = 0x106, ValueKind.BOOL
    UNWRAP = 0x107, ValueKind.BOOL
    SIGN = 0x108, ValueKind.BOOL
    SIGN_RECOVER = 0x109, ValueKind.BOOL
    VERIFY = 0x10A, ValueKind.BOOL
    VERIFY_RECOVER = 0x10B, ValueKind.BOOL
    DERIVE = 0x10C, ValueKind.BOOL
    START_DATE = 0x110, ValueKind.DATE
    END_DATE = 0x111, ValueKind.DATE
    MODULUS = 0x120, ValueKind.BYTES
    MODULUS_BITS = 0x121, ValueKind.ULONG
    PUBLIC_EXPONENT = 0x122, ValueKind.BYTES
    PRIVATE_EXPONENT = 0x123, ValueKind.BYTES
    PRIME_1 = 0x124, ValueKind.BYTES
    PRIME_2 = 0x125, ValueKind.BYTES
    EXPONENT_1 = 0x126, ValueKind.BYTES
    EXPONENT_2 = 0x127, ValueKind.BYTES
    COEFFICIENT = 0x128, ValueKind.BYTES
    PUBLIC_KEY_INFO = 0x129, ValueKind.BYTES
    VALUE_BITS = 0x160, ValueKind.ULONG
    VALUE_LEN = 0x161, ValueKind.ULONG
    EXTRACTABLE = 0x162, ValueKind.BOOL
    LOCAL = 0x163, ValueKind.BOOL
    NEVER_EXTRACTABLE = 0x164, ValueKind.BOOL
    ALWAYS_SENSITIVE = 0x165, ValueKind.BOOL
    KEY_GEN_MECHANISM = 0x166, ValueKind.ULONG
    MODIFIABLE = 0x170, ValueKind.BOOL
    COPYABLE = 0x171, ValueKind.BOOL
    DESTROYABLE = 0x172, ValueKind.BOOL
    EC_PARAMS = 0x180, ValueKind.BYTES
    EC_POINT = 0x181, ValueKind.BYTES
    ALWAYS_AUTHENTICATE = 0x202, ValueKind.BOOL
    WRAP_WITH_TRUSTED = 0x210, ValueKind.BOOL
    WRAP_TEMPLATE = 0x40000211, ValueKind.TEMPLATE
    UNWRAP_TEMPLATE = 0x40000212, ValueKind.TEMPLATE
    DERIVE_TEMPLATE = 0x40000213, ValueKind.TEMPLATE
    ALLOWED_MECHANISMS = 0x40000600, ValueKind.ULONGS


class ObjectClass(IntEnum):
    """CK_OBJECT_CLASS."""

    DATA = 0
    CERTIFICATE = 1
    PUBLIC_KEY = 2
    PRIVATE_KEY = 3
    SECRET_KEY = 4


class KeyType(IntEnum):
    """CK_KEY_TYPE."""

    RSA = 0x00
    DSA = 0x01
    DH = 0x02
    EC = 0x03
    GENERIC_SECRET = 0x10
    DES3 = 0x15
    AES = 0x1F
    SHA_1_HMAC = 0x28
    SHA256_HMAC = 0x2B
    SHA384_HMAC = 0x2C
    SHA512_HMAC = 0x2D
    CHACHA20 = 0x33
    EC_EDWARDS = 0x40


class SessionState(IntEnum):
    """CK_STATE."""

    RO_PUBLIC = 0
    RO_USER = 1
    RW_PUBLIC = 2
    RW_USER = 3


CERTIFICATE_X_509 = 0
"""CKC_X_509, the only CK_CERTIFICATE_TYPE that is kept."""
SESSION_RW, SESSION_SERIAL = 0x02, 0x04
"""CKF_RW_SESSION, CKF_SERIAL_SESSION."""
SLOT_TOKEN_PRESENT = 0x01
"""CKF_TOKEN_PRESENT."""
TOKEN_RNG, TOKEN_PROTECTED_PATH, TOKEN_INITIALIZED = 0x001, 0x100, 0x400
"""CKF_RNG, CKF_PROTECTED_AUTHENTICATION_PATH, CKF_TOKEN_INITIALIZED."""
DONT_BLOCK = 0x01
"""CKF_DONT_BLOCK."""
USER = 1
"""CKU_USER."""
UNAVAILABLE = 0xFFFFFFFFFFFFFFFF
"""CK_UNAVAILABLE_INFORMATION."""
ENCRYPTS, DECRYPTS, DIGESTS, SIGNS, SIGNS_RECOVERABLY, VERIFIES, VERIFIES_RECOVERING = (
    0x00000100, 0x00000200, 0x00000400, 0x00000800, 0x00001000, 0x00002000, 0x00004000,
)  # fmt: skip
GENERATES, GENERATES_PAIRS, WRAPS, UNWRAPS, DERIVES = 0x00008000, 0x00010000, 0x00020000, 0x00040000, 0x00080000
"""CKF_ENCRYPT and so on: what a mechanism does (CK_MECHANISM_INFO)."""
