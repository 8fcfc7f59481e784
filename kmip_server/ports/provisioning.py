"""What Re-Provision asks: the certificate that a client comes with, and another in its place (KMIP 2.1 §6.1.48)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmip_server.ports.context import Authority


class Provisioning(Protocol):
    """The door to the link level credential of whoever asks: one's own, and nobody else's."""

    @property
    def authority(self) -> Authority:
        """Who issues certificates that this server lets clients in by; another than that of Certify."""

    def current(self) -> bytes:
        """The certificate that the client came with, DER.

        Raises PermissionDenied where the client has none that counts: it acts for somebody else, or the certificate
        has expired, was revoked, compromised or replaced.
        """

    def require_new(self, certificate: bytes) -> None:
        """Pass for a certificate that is trusted in connections now, and is not or was not a client's already."""

    def replace(self, certificate: bytes, unique_identifier: str) -> None:
        """Have a certificate, stored as this object, stand for the client; the current one is good for nothing more."""
