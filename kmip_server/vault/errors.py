"""What the vault says when it cannot do its work: one text for the operator, another for the client.

The client is told as little as the standard's General Failure tells (KMIP 2.1 §11); paths, labels and
advice are for whoever reads the log or stands at the command line.
"""

from __future__ import annotations

from kmip_server.errors import CryptographicFailure, KmipError


class VaultError(KmipError):
    """The root key or a key-encryption key cannot be used; ``str()`` says in one sentence what to do."""

    def __init__(self, advice: str) -> None:
        super().__init__("The server cannot use the keys that protect its objects; its operator has to act.")
        self.advice = advice

    def __str__(self) -> str:
        return self.advice


class SealBroken(CryptographicFailure):
    """A sealed blob does not belong where it was found, or was altered: worth an alarm, never worth a retry.

    ``str()`` names the object for the log; ``message``, for the client, does not say which check failed.
    """

    def __init__(self, uid: str, what: str) -> None:
        super().__init__("The stored key material cannot be opened.")
        self.uid = uid
        self.what = what

    def __str__(self) -> str:
        return f"the sealed key material of object {self.uid!r} is refused: {self.what}"
