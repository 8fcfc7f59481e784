"""Which Result Reason a version is told where it lacks the one that fits best (KMIP 2.1 §11.46, 1.4 §9.1.3.2.29).

The server always refuses with the most exact reason of the newest version. 1.0 knew 18 of them; most of today's
came with 2.0, which also took two away. What a version would have said instead is read from its own error
tables (1.4 §11): "not able to be used for encryption: Permission Denied" became, among others, Wrong Key
Lifecycle State and Incompatible Cryptographic Usage Mask.
"""

from __future__ import annotations

from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.version import V2_0, V3_0, VERSIONS, Version

_R = ResultReason

_STANDS_IN: dict[ResultReason, ResultReason] = {
    # 1.0 and 1.1 only; 2.0 reserves both codes.
    _R.ILLEGAL_OPERATION: _R.INVALID_OBJECT_TYPE,
    _R.INDEX_OUT_OF_BOUNDS: _R.SERVER_LIMIT_EXCEEDED,
    # Since 1.1.
    _R.ENCODING_OPTION_ERROR: _R.INVALID_FIELD,
    # Since 1.2. 1.1 §11.12: "the server only has attributes for this object".
    _R.KEY_VALUE_NOT_PRESENT: _R.ILLEGAL_OPERATION,
    _R.ATTESTATION_REQUIRED: _R.PERMISSION_DENIED,
    _R.ATTESTATION_FAILED: _R.PERMISSION_DENIED,
    # Since 1.4.
    _R.SENSITIVE: _R.PERMISSION_DENIED,
    _R.NOT_EXTRACTABLE: _R.PERMISSION_DENIED,
    _R.OBJECT_ALREADY_EXISTS: _R.INVALID_FIELD,
    # Since 2.0.
    _R.INVALID_TICKET: _R.AUTHENTICATION_NOT_SUCCESSFUL,
    _R.USAGE_LIMIT_EXCEEDED: _R.PERMISSION_DENIED,
    _R.NUMERIC_RANGE: _R.INVALID_FIELD,
    _R.INVALID_DATA_TYPE: _R.INVALID_FIELD,
    _R.READ_ONLY_ATTRIBUTE: _R.PERMISSION_DENIED,
    _R.MULTI_VALUED_ATTRIBUTE: _R.ILLEGAL_OPERATION,
    _R.UNSUPPORTED_ATTRIBUTE: _R.INVALID_FIELD,
    _R.ATTRIBUTE_INSTANCE_NOT_FOUND: _R.ITEM_NOT_FOUND,
    _R.ATTRIBUTE_NOT_FOUND: _R.ITEM_NOT_FOUND,
    _R.ATTRIBUTE_READ_ONLY: _R.PERMISSION_DENIED,
    _R.ATTRIBUTE_SINGLE_VALUED: _R.ILLEGAL_OPERATION,
    _R.BAD_CRYPTOGRAPHIC_PARAMETERS: _R.INVALID_FIELD,
    _R.BAD_PASSWORD: _R.INVALID_FIELD,
    _R.CODEC_ERROR: _R.INVALID_MESSAGE,
    _R.ILLEGAL_OBJECT_TYPE: _R.ILLEGAL_OPERATION,
    _R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK: _R.PERMISSION_DENIED,
    _R.INTERNAL_SERVER_ERROR: _R.GENERAL_FAILURE,
    _R.INVALID_ASYNCHRONOUS_CORRELATION_VALUE: _R.ITEM_NOT_FOUND,
    _R.INVALID_ATTRIBUTE: _R.INVALID_FIELD,
    _R.INVALID_ATTRIBUTE_VALUE: _R.INVALID_FIELD,
    _R.INVALID_CORRELATION_VALUE: _R.ITEM_NOT_FOUND,
    _R.INVALID_CSR: _R.INVALID_FIELD,
    _R.INVALID_OBJECT_TYPE: _R.ILLEGAL_OPERATION,
    _R.KEY_WRAP_TYPE_NOT_SUPPORTED: _R.FEATURE_NOT_SUPPORTED,
    _R.MISSING_INITIALIZATION_VECTOR: _R.INVALID_MESSAGE,
    _R.NON_UNIQUE_NAME_ATTRIBUTE: _R.INVALID_FIELD,
    _R.OBJECT_DESTROYED: _R.ITEM_NOT_FOUND,
    _R.OBJECT_NOT_FOUND: _R.ITEM_NOT_FOUND,
    _R.NOT_AUTHORISED: _R.PERMISSION_DENIED,
    _R.SERVER_LIMIT_EXCEEDED: _R.GENERAL_FAILURE,
    _R.UNKNOWN_ENUMERATION: _R.INVALID_FIELD,
    _R.UNKNOWN_MESSAGE_EXTENSION: _R.FEATURE_NOT_SUPPORTED,
    _R.UNKNOWN_TAG: _R.INVALID_FIELD,
    _R.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS: _R.FEATURE_NOT_SUPPORTED,
    _R.UNSUPPORTED_PROTOCOL_VERSION: _R.INVALID_MESSAGE,
    _R.WRAPPING_OBJECT_ARCHIVED: _R.OBJECT_ARCHIVED,
    _R.WRAPPING_OBJECT_DESTROYED: _R.ITEM_NOT_FOUND,
    _R.WRAPPING_OBJECT_NOT_FOUND: _R.ITEM_NOT_FOUND,
    _R.WRONG_KEY_LIFECYCLE_STATE: _R.PERMISSION_DENIED,
    _R.PROTECTION_STORAGE_UNAVAILABLE: _R.FEATURE_NOT_SUPPORTED,
    _R.PRIVATE_PROTECTION_STORAGE_UNAVAILABLE: _R.FEATURE_NOT_SUPPORTED,
    _R.PUBLIC_PROTECTION_STORAGE_UNAVAILABLE: _R.FEATURE_NOT_SUPPORTED,
    _R.PKCS_11_CODEC_ERROR: _R.INVALID_FIELD,
    _R.PKCS_11_INVALID_FUNCTION: _R.FEATURE_NOT_SUPPORTED,
    _R.PKCS_11_INVALID_INTERFACE: _R.FEATURE_NOT_SUPPORTED,
    # Since 2.1; the first is gone again with 3.0, where groups are objects.
    _R.UNKNOWN_OBJECT_GROUP: _R.OBJECT_NOT_FOUND,
    _R.CONSTRAINT_VIOLATION: _R.PERMISSION_DENIED,
    _R.DUPLICATE_PROCESS_REQUEST: _R.INVALID_ASYNCHRONOUS_CORRELATION_VALUE,
    # Since 3.0.
    _R.CIRCULAR_LINK_ERROR: _R.INVALID_ATTRIBUTE_VALUE,
}
"""What an older version, or for the first two a newer one, says instead; may itself need a stand-in."""

_O = Operation
_USING = (
    _O.ENCRYPT,
    _O.DECRYPT,
    _O.SIGN,
    _O.SIGNATURE_VERIFY,
    _O.MAC,
    _O.MAC_VERIFY,
    _O.RE_KEY,
    _O.RE_KEY_KEY_PAIR,
    _O.CERTIFY,
    _O.RE_CERTIFY,
)

_MAKING = (
    *(_O.CREATE, _O.CREATE_KEY_PAIR, _O.REGISTER, _O.DERIVE_KEY, _O.CERTIFY),
    *(_O.RE_KEY, _O.RE_KEY_KEY_PAIR, _O.RE_CERTIFY, _O.CREATE_SPLIT_KEY, _O.JOIN_SPLIT_KEY, _O.IMPORT),
)

_REPLACING = (_O.CERTIFY, _O.RE_CERTIFY, _O.RE_KEY, _O.RE_KEY_KEY_PAIR)

_BY_OPERATION: dict[tuple[ResultReason, Operation], ResultReason] = {
    # 1.4 §11.22: "Object exists, but has already been destroyed".
    (_R.OBJECT_DESTROYED, _O.DESTROY): _R.PERMISSION_DENIED,
    # 1.4 §11.16: "A specified attribute does not exist (i.e., it needs to first be added)".
    (_R.ATTRIBUTE_NOT_FOUND, _O.MODIFY_ATTRIBUTE): _R.INVALID_FIELD,
    # 1.4 §11.15: "an attribute that is not supported for this object".
    (_R.UNSUPPORTED_ATTRIBUTE, _O.ADD_ATTRIBUTE): _R.PERMISSION_DENIED,
    (_R.INVALID_ATTRIBUTE, _O.ADD_ATTRIBUTE): _R.PERMISSION_DENIED,
    # 1.4 §11.17: "No attribute with the specified name exists".
    (_R.INVALID_ATTRIBUTE, _O.DELETE_ATTRIBUTE): _R.ITEM_NOT_FOUND,
    # 1.4 §11.15, §11.16: "a Name attribute with the same value that another object already has".
    (_R.NON_UNIQUE_NAME_ATTRIBUTE, _O.ADD_ATTRIBUTE): _R.ILLEGAL_OPERATION,
    (_R.NON_UNIQUE_NAME_ATTRIBUTE, _O.MODIFY_ATTRIBUTE): _R.ILLEGAL_OPERATION,
    # 1.4 §11.15: "the server limit on instances has been reached".
    (_R.SERVER_LIMIT_EXCEEDED, _O.ADD_ATTRIBUTE): _R.INDEX_OUT_OF_BOUNDS,
    # 1.4 §11.7: objects "not of the correct type" or "not able to be used to derive a new key".
    (_R.INVALID_OBJECT_TYPE, _O.DERIVE_KEY): _R.INVALID_FIELD,
    (_R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK, _O.DERIVE_KEY): _R.INVALID_FIELD,
    (_R.WRONG_KEY_LIFECYCLE_STATE, _O.DERIVE_KEY): _R.INVALID_FIELD,
    # 1.4 §11.7: "Invalid Derivation Method", "Invalid Derivation Parameters".
    (_R.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS, _O.DERIVE_KEY): _R.INVALID_FIELD,
    # 1.4 §11.2 and its like: "Incorrect attribute value(s) specified".
    **{(_R.ATTRIBUTE_SINGLE_VALUED, operation): _R.INVALID_FIELD for operation in _MAKING},
    **{(_R.READ_ONLY_ATTRIBUTE, operation): _R.INVALID_FIELD for operation in _MAKING},
    # 1.4 §11.12, §11.41: Cryptographic Parameters that "do not match those provided".
    (_R.BAD_CRYPTOGRAPHIC_PARAMETERS, _O.GET): _R.ITEM_NOT_FOUND,
    (_R.BAD_CRYPTOGRAPHIC_PARAMETERS, _O.EXPORT): _R.ITEM_NOT_FOUND,
    # 1.4 §11.4, §11.42: "Object Type does not match type of cryptographic object provided".
    (_R.INVALID_OBJECT_TYPE, _O.REGISTER): _R.INVALID_FIELD,
    (_R.INVALID_OBJECT_TYPE, _O.IMPORT): _R.INVALID_FIELD,
    # 1.4 §11.39, §11.40: "Split Key Method not supported".
    (_R.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS, _O.CREATE_SPLIT_KEY): _R.INVALID_FIELD,
    (_R.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS, _O.JOIN_SPLIT_KEY): _R.INVALID_FIELD,
    # 1.4 §11.2, §11.39, §11.40: "Object Type is not recognized".
    (_R.INVALID_OBJECT_TYPE, _O.CREATE): _R.INVALID_FIELD,
    (_R.INVALID_OBJECT_TYPE, _O.CREATE_SPLIT_KEY): _R.INVALID_FIELD,
    (_R.INVALID_OBJECT_TYPE, _O.JOIN_SPLIT_KEY): _R.INVALID_FIELD,
    # 1.4 §11.12: "the server only has attributes for this object".
    (_R.KEY_VALUE_NOT_PRESENT, _O.GET): _R.ILLEGAL_OPERATION,
    # 1.4 §11.39, §11.40 have no limit: "Incorrect attribute value(s) specified: Invalid Field" stands for it.
    (_R.SERVER_LIMIT_EXCEEDED, _O.CREATE_SPLIT_KEY): _R.INVALID_FIELD,
    (_R.SERVER_LIMIT_EXCEEDED, _O.JOIN_SPLIT_KEY): _R.INVALID_FIELD,
    # 1.4 §11.25: what is named "does not specify a certificate list".
    (_R.OBJECT_NOT_FOUND, _O.VALIDATE): _R.INVALID_MESSAGE,
    (_R.INVALID_OBJECT_TYPE, _O.VALIDATE): _R.INVALID_MESSAGE,
    # 1.4 §11.19: "Object has no Usage Limits attribute".
    (_R.ATTRIBUTE_NOT_FOUND, _O.GET_USAGE_ALLOCATION): _R.ILLEGAL_OPERATION,
    # 1.4 §11.30 and its like: "Object specified is not able to be used for encryption".
    **{(_R.INVALID_OBJECT_TYPE, operation): _R.PERMISSION_DENIED for operation in _USING},
}
"""Where 1.x prints something else for one operation."""

_FROM_ATTRIBUTES = (_O.CREATE, _O.CREATE_KEY_PAIR, _O.RE_KEY, _O.RE_KEY_KEY_PAIR)
_NAMES = frozenset(
    {_O.ENCRYPT, _O.DECRYPT, _O.SIGN, _O.SIGNATURE_VERIFY, _O.DERIVE_KEY, _O.CREATE_SPLIT_KEY, _O.JOIN_SPLIT_KEY}
)
"""The operations whose tables of 2.0 and 2.1 list Unsupported Cryptographic Parameters."""

_IN_EVERY_VERSION: dict[tuple[ResultReason, Operation], ResultReason] = {
    # 2.1 §6.1.51.1 lists the one, §6.1.34.1 (Modify Attribute) the other.
    (_R.ATTRIBUTE_READ_ONLY, _O.SET_ATTRIBUTE): _R.READ_ONLY_ATTRIBUTE,
    # 2.1 §6.1.17 lists both; the profiles' test cases want this one, up to 3.0 (CS-BC-M-7).
    (_R.USAGE_LIMIT_EXCEEDED, _O.ENCRYPT): _R.PERMISSION_DENIED,
    # 2.1 lists it for Decrypt too; the mandatory cases want this, up to 3.0 (CS-BC-M-11 to CS-BC-M-13).
    **{(_R.MISSING_INITIALIZATION_VECTOR, each): _R.INVALID_MESSAGE for each in _O if each is not _O.ENCRYPT},
    # 2.1 Tables 172, 181 and 195 still call it so, unlike those of all other operations.
    (_R.OBJECT_NOT_FOUND, _O.ADJUST_ATTRIBUTE): _R.ITEM_NOT_FOUND,
    (_R.OBJECT_NOT_FOUND, _O.CERTIFY): _R.ITEM_NOT_FOUND,
    (_R.OBJECT_NOT_FOUND, _O.CREATE_SPLIT_KEY): _R.ITEM_NOT_FOUND,
    # 2.1 Table 172 calls it so, and knows no Attribute Read Only.
    (_R.ATTRIBUTE_READ_ONLY, _O.ADJUST_ATTRIBUTE): _R.READ_ONLY_ATTRIBUTE,
    # 2.1 Table 234 lists no state.
    (_R.WRONG_KEY_LIFECYCLE_STATE, _O.GET_USAGE_ALLOCATION): _R.PERMISSION_DENIED,
    # Operations whose tables know neither (2.1 Table 237 and its like): what Create makes is told by attributes.
    **{(_R.BAD_CRYPTOGRAPHIC_PARAMETERS, each): _R.INVALID_ATTRIBUTE_VALUE for each in _FROM_ATTRIBUTES},
    **{(_R.BAD_CRYPTOGRAPHIC_PARAMETERS, each): _R.INVALID_FIELD for each in (_O.HASH, _O.REGISTER, _O.IMPORT)},
    **{(_R.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS, each): _R.FEATURE_NOT_SUPPORTED for each in _O if each not in _NAMES},
}
"""Where one operation says something else whatever the version."""

_PAIRS_AND_OBJECTS = (_O.CREATE_KEY_PAIR, _O.REGISTER, _O.IMPORT, _O.JOIN_SPLIT_KEY)
_NO_ATTRIBUTE = (_R.INVALID_ATTRIBUTE, _R.UNSUPPORTED_ATTRIBUTE)
_OF_ATTRIBUTES = (
    *_NO_ATTRIBUTE,
    *(_R.READ_ONLY_ATTRIBUTE, _R.ATTRIBUTE_READ_ONLY, _R.ATTRIBUTE_SINGLE_VALUED, _R.INVALID_ATTRIBUTE_VALUE),
)
_NAMING = (*(each for each in _MAKING if each not in (*_REPLACING, _O.CREATE)), _O.ADD_ATTRIBUTE)
_SINCE_2: dict[tuple[ResultReason, Operation], ResultReason] = {
    # 2.1 §6.1.8.1 lists Read Only and Unsupported Attribute; of the others some list other names, some none.
    **{(_R.READ_ONLY_ATTRIBUTE, each): _R.ATTRIBUTE_READ_ONLY for each in _PAIRS_AND_OBJECTS},
    **{(_R.READ_ONLY_ATTRIBUTE, each): _R.INVALID_ATTRIBUTE for each in (_O.DERIVE_KEY, _O.CREATE_SPLIT_KEY)},
    **{(_R.ATTRIBUTE_READ_ONLY, each): _R.INVALID_ATTRIBUTE for each in (_O.DERIVE_KEY, _O.CREATE_SPLIT_KEY)},
    # 2.1 Tables 207, 169, 267 and 324 name neither a wrong value, nor an attribute that there is not.
    **{(each, _O.DERIVE_KEY): _R.INVALID_FIELD for each in (_R.INVALID_ATTRIBUTE_VALUE, _R.ATTRIBUTE_SINGLE_VALUED)},
    (_R.INVALID_ATTRIBUTE_VALUE, _O.ADD_ATTRIBUTE): _R.INVALID_FIELD,
    # 2.1 Table 240.
    (_R.INVALID_OBJECT_TYPE, _O.IMPORT): _R.INVALID_FIELD,
    **{(each, _O.MODIFY_ATTRIBUTE): _R.ATTRIBUTE_NOT_FOUND for each in _NO_ATTRIBUTE},
    **{(each, _O.SET_ATTRIBUTE): _R.INVALID_FIELD for each in _NO_ATTRIBUTE},
    # 2.1 Tables 181, 302, 307 and 312 have Invalid Field for all that is wrong with attributes.
    **{(each, operation): _R.INVALID_FIELD for each in _OF_ATTRIBUTES for operation in _REPLACING},
    **{(_R.UNSUPPORTED_ATTRIBUTE, each): _R.INVALID_ATTRIBUTE for each in _NAMING},
}
"""Where a table of 2.x has another name for it."""

_SINCE_3: dict[tuple[ResultReason, Operation], ResultReason] = {
    # BL-M-20-30: what Get Attributes is told of an object that was obliterated, and so of any that is not there.
    (_R.OBJECT_NOT_FOUND, _O.GET_ATTRIBUTES): _R.ITEM_NOT_FOUND,
}
"""Where 3.0 says something else for one operation, as its test cases show."""

_PREFERRED: dict[tuple[ResultReason, Version], ResultReason] = {
    # 2.0 defines it, but the test cases of its profiles still want what 1.4 said (AKLC-M-2-20, CS-BC-M-14-20).
    (_R.WRONG_KEY_LIFECYCLE_STATE, V2_0): _R.PERMISSION_DENIED,
}
"""Where a version defines the reason and still uses another one."""


_STILL_EXACT: frozenset[tuple[ResultReason, Version, Operation]] = frozenset(
    (_R.WRONG_KEY_LIFECYCLE_STATE, V2_0, operation)
    for operation in (_O.ACTIVATE, _O.DERIVE_KEY, _O.MAC, _O.MAC_VERIFY, _O.REGISTER, _O.REVOKE)
)
"""Operations that say what 2.0 prints all the same: no case of theirs wants another (TC-PKCS12-2-20 wants it)."""


def _resolve(reason: ResultReason, version: Version) -> ResultReason:
    """Follow the stand-ins until one is of the version."""
    while not reason.in_version(version):
        reason = _STANDS_IN[reason]
    return _PREFERRED.get((reason, version), reason)


_RESOLVED = {(reason, version): _resolve(reason, version) for reason in ResultReason for version in VERSIONS}


def reason_in(reason: ResultReason, version: Version, operation: Operation | None = None) -> ResultReason:
    """The reason to tell a client of the version: always one that the version defines.

    ``operation`` is the one that failed, if it is known; for a few pairs 1.x prints a reason of its own.
    Extensions (8XXXXXXX) belong to every version; any other unknown code becomes General Failure.
    """
    if operation is not None:
        reason = _IN_EVERY_VERSION.get((reason, operation), reason)
        if version >= V3_0:
            reason = _SINCE_3.get((reason, operation), reason)
        table = _BY_OPERATION if version < V2_0 else _SINCE_2
        reason = table.get((reason, operation), reason)
        if (reason, version, operation) in _STILL_EXACT:
            return reason
    if not reason.known:
        return reason if reason.in_version(version) else ResultReason.GENERAL_FAILURE
    return _RESOLVED[reason, version]
