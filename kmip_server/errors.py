"""The only exceptions that cross a room: each carries the Result Reason the client is told.

KMIP 2.1 §11 (Error Handling). The message is for the client and never holds key material; the cause
(``raise ... from cause``) is for the log. Older versions that lack a reason get the one that stands in
for it, see ``spec/reasons.py``.
"""

from __future__ import annotations

from typing import Any

from kmip_server.spec.enums import ResultReason


class KmipError(Exception):
    """A request, or one item of it, is refused: for which reason, in words for the client."""

    reason: ResultReason = ResultReason.GENERAL_FAILURE
    payload: Any = None
    """What the answer holds all the same, where the operation says so (Check, 2.1 §6.1.7)."""

    def __init__(self, message: str, reason: ResultReason | None = None) -> None:
        super().__init__(message)
        self.message = message
        if reason is not None:
            self.reason = reason


class InvalidMessage(KmipError):
    """The bytes do not make a message of the standard."""

    reason = ResultReason.INVALID_MESSAGE


class InvalidField(KmipError):
    """A field is missing, repeated, of the wrong type, or holds what it may not."""

    reason = ResultReason.INVALID_FIELD


class ItemNotFound(KmipError):
    """No object answers to the name, or none that the client may know of."""

    reason = ResultReason.ITEM_NOT_FOUND


class PermissionDenied(KmipError):
    """A rule denies the action on an object that the client may know of."""

    reason = ResultReason.PERMISSION_DENIED


class IllegalOperation(KmipError):
    """The object's state or kind does not permit the operation."""

    reason = ResultReason.ILLEGAL_OPERATION


class OperationNotSupported(KmipError):
    """The server does not serve the operation."""

    reason = ResultReason.OPERATION_NOT_SUPPORTED


class FeatureNotSupported(KmipError):
    """The server does not serve this use of an operation."""

    reason = ResultReason.FEATURE_NOT_SUPPORTED


class CryptographicFailure(KmipError):
    """A primitive refused: wrong key, wrong tag, wrong padding, wrong length."""

    reason = ResultReason.CRYPTOGRAPHIC_FAILURE
