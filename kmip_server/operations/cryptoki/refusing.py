"""How a PKCS#11 function says no: by a return code, inside a PKCS#11 operation that succeeded (2.1 §6.1.37).

Only what concerns the operation itself fails it: bytes that cannot be read, a function or interface that there is
not, a rule that forbids PKCS#11 altogether (2.1 Table 275).
"""

from __future__ import annotations

from kmip_server.errors import KmipError
from kmip_server.spec.cryptoki import ReturnCode
from kmip_server.spec.enums import ResultReason


class Refusal(Exception):
    """A function ends with another return code than OK; some give output all the same."""

    def __init__(self, code: ReturnCode, why: str = "", output: bytes | None = None) -> None:
        super().__init__(code.title)
        self.code = code
        self.why = why
        """For the audit record; never key material."""
        self.output = output


def refused(code: ReturnCode) -> Refusal:
    """A refusal without output."""
    return Refusal(code)


_R, _C = ResultReason, ReturnCode
_CODES: dict[ResultReason, ReturnCode] = {
    _R.ITEM_NOT_FOUND: _C.OBJECT_HANDLE_INVALID,
    _R.OBJECT_NOT_FOUND: _C.OBJECT_HANDLE_INVALID,
    _R.OBJECT_DESTROYED: _C.OBJECT_HANDLE_INVALID,
    _R.OBJECT_ARCHIVED: _C.OBJECT_HANDLE_INVALID,
    _R.PERMISSION_DENIED: _C.ACTION_PROHIBITED,
    _R.SENSITIVE: _C.ATTRIBUTE_SENSITIVE,
    _R.NOT_EXTRACTABLE: _C.ATTRIBUTE_SENSITIVE,
    _R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK: _C.KEY_FUNCTION_NOT_PERMITTED,
    _R.WRONG_KEY_LIFECYCLE_STATE: _C.KEY_FUNCTION_NOT_PERMITTED,
    _R.USAGE_LIMIT_EXCEEDED: _C.KEY_FUNCTION_NOT_PERMITTED,
    _R.INVALID_OBJECT_TYPE: _C.KEY_TYPE_INCONSISTENT,
    _R.KEY_FORMAT_TYPE_NOT_SUPPORTED: _C.KEY_TYPE_INCONSISTENT,
    _R.KEY_VALUE_NOT_PRESENT: _C.KEY_HANDLE_INVALID,
    _R.BAD_CRYPTOGRAPHIC_PARAMETERS: _C.MECHANISM_PARAM_INVALID,
    _R.MISSING_INITIALIZATION_VECTOR: _C.MECHANISM_PARAM_INVALID,
    _R.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS: _C.MECHANISM_INVALID,
    _R.CRYPTOGRAPHIC_FAILURE: _C.FUNCTION_FAILED,
    _R.INVALID_FIELD: _C.ATTRIBUTE_VALUE_INVALID,
    _R.INVALID_ATTRIBUTE: _C.ATTRIBUTE_TYPE_INVALID,
    _R.INVALID_ATTRIBUTE_VALUE: _C.ATTRIBUTE_VALUE_INVALID,
    _R.ATTRIBUTE_READ_ONLY: _C.ATTRIBUTE_READ_ONLY,
    _R.READ_ONLY_ATTRIBUTE: _C.ATTRIBUTE_READ_ONLY,
    _R.ATTRIBUTE_SINGLE_VALUED: _C.ATTRIBUTE_VALUE_INVALID,
    _R.NON_UNIQUE_NAME_ATTRIBUTE: _C.ATTRIBUTE_VALUE_INVALID,
    _R.CONSTRAINT_VIOLATION: _C.ACTION_PROHIBITED,
    _R.SERVER_LIMIT_EXCEEDED: _C.DEVICE_MEMORY,
    _R.WRAPPING_OBJECT_NOT_FOUND: _C.WRAPPING_KEY_HANDLE_INVALID,
    _R.WRAPPING_OBJECT_DESTROYED: _C.WRAPPING_KEY_HANDLE_INVALID,
    _R.WRAPPING_OBJECT_ARCHIVED: _C.WRAPPING_KEY_HANDLE_INVALID,
    _R.OPERATION_NOT_SUPPORTED: _C.FUNCTION_NOT_SUPPORTED,
    _R.FEATURE_NOT_SUPPORTED: _C.FUNCTION_NOT_SUPPORTED,
}
"""What the reason of a KMIP operation is called in PKCS#11; General Error for the rest."""


def translated(error: KmipError) -> Refusal:
    """The return code that stands for a refusal of KMIP."""
    return Refusal(_CODES.get(error.reason, _C.GENERAL_ERROR), error.message)
