"""Who asks: the subject of every decision and of every audit record.

``name`` is what an object's owner is compared with, so its form decides what can be taken for what. It is the
way of authentication, a colon, and the name in that way's own space: ``certificate:client1`` (the common
name), ``username:alice``, ``device:SN-0815``. No way of authentication has a colon in its name, so a user who is
called like a machine can never own what the machine made.

The common name, and not the whole distinguished name, stands for a certificate: a renewed certificate, one
from a renewed authority or one that names another department (OU, and with it another group) is still the same
client. It follows that all authorities the configuration trusts share one space of common names.
"""

from __future__ import annotations

from dataclasses import dataclass, field

CERTIFICATE = "certificate"
"""Authenticated by the certificate of the TLS connection alone."""
USERNAME = "username"
"""Authenticated by a user name and password as well (2.1 §9.11)."""
DEVICE = "device"
"""Authenticated by a device's serial number and password as well (2.1 §9.11)."""
TICKET = "ticket"
"""Authenticated by a ticket as well, in the name of whoever asked for it (2.1 §6.1.30); no name begins with it."""


def qualified_name(authenticated_by: str, name: str) -> str:
    """The name of a subject as owners are written: ``certificate:client1``."""
    return f"{authenticated_by}:{name}"


@dataclass(frozen=True, slots=True)
class Subject:
    """An authenticated client. Empty texts are facts that are not known (a client that was never let in)."""

    name: str
    """What an object's owner is compared with; see :func:`qualified_name`."""
    groups: frozenset[str]
    certificate_subject: str
    """The certificate's subject as RFC 4514 writes it."""
    issuer: str
    """The certificate's issuer as RFC 4514 writes it."""
    serial: str
    """The certificate's serial number, hexadecimal."""
    address: str
    """IP address, without the port."""
    authenticated_by: str
    """:data:`CERTIFICATE`, :data:`USERNAME`, :data:`DEVICE` or :data:`TICKET`."""
    certificate: bytes = field(default=b"", repr=False)
    """The certificate of the connection, DER: the client's link level credential (2.1 §6.1.48)."""
    registration: bytes = field(default=b"", repr=False, compare=False)
    """Under what a container for this user is sealed that has no password of its own (2.1 §11.10); empty: none."""
    user: str = ""
    """Unique Identifier of the user, where it is a managed object (3.0)."""
