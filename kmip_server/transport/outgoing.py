"""A connection that the server opens: mutual TLS as a client, one message out, one back, everything in bounded time.

Used beside the loop, in a thread that may wait. The TLS files are read anew for each connection, so that renewed
certificates and revocation lists need no signal. Whoever is at the other end is judged anew when its certificate has
come to its end, and from time to time: a connection is not used for longer.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

CONNECT_SECONDS = 10.0
"""To connect, TLS handshake included."""
EXCHANGE_SECONDS = 30.0
"""From the first byte of a message to the last of its answer."""
LONGEST_SECONDS = 600.0
"""How long a connection is used: what the files say by then holds for the next one."""
_READ_SIZE = 16384


class OutgoingError(Exception):
    """The other end could not be reached, did not prove itself, or broke off; one sentence."""


@dataclass(frozen=True, slots=True)
class OutgoingTls:
    """What we show, and whom we believe."""

    certificate: Path
    private_key: Path
    authorities: Sequence[Path]
    revocation_lists: Sequence[Path] = ()
    """None named, none checked; else the other end's issuer needs its own."""


class Outgoing:
    """One connection to a server."""

    def __init__(self, tls: OutgoingTls, host: str, port: int, name: str) -> None:
        """Connect; ``name`` is the host name or address that the other end's certificate must hold."""
        deadline = time.monotonic() + CONNECT_SECONDS
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            for authority in tls.authorities:
                context.load_verify_locations(authority)
            for revocation_list in tls.revocation_lists:
                context.load_verify_locations(revocation_list)
                context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
            context.load_cert_chain(tls.certificate, tls.private_key)
            raw = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise OutgoingError(f"{host} port {port} cannot be reached: {_words(error)}") from None
        try:
            raw.settimeout(max(0.1, deadline - time.monotonic()))
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = context.wrap_socket(raw, server_hostname=name)
            shown = self._socket.getpeercert() or {}
            self._until = ssl.cert_time_to_seconds(str(shown.get("notAfter")))
        except (OSError, ValueError) as error:
            raw.close()
            raise OutgoingError(f"TLS with {host} port {port} failed: {_words(error)}") from None
        self._since = time.monotonic()

    def exchange(self, data: bytes, receive: Callable[[bytes], Sequence[bytes]]) -> bytes:
        """Send a message; give the first whole one that ``receive`` makes of what comes back."""
        deadline = time.monotonic() + EXCHANGE_SECONDS
        try:
            self._socket.settimeout(EXCHANGE_SECONDS)
            self._socket.sendall(data)
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise OutgoingError("the answer did not come in time")
                self._socket.settimeout(left)
                part = self._socket.recv(_READ_SIZE)
                if not part:
                    raise OutgoingError("the connection was closed before the answer was whole")
                found = receive(part)
                if found:
                    return found[0]
        except (OSError, ValueError) as error:
            raise OutgoingError(f"the connection broke: {_words(error)}") from None

    def idle(self) -> bool:
        """Whether the connection can be used again: nothing has come that was not asked for, its end included.

        Nor is one used whose other end must show anew who it is.
        """
        if time.time() > self._until or time.monotonic() - self._since > LONGEST_SECONDS:
            return False
        try:
            self._socket.setblocking(False)
            self._socket.recv(1)
        except (ssl.SSLWantReadError, BlockingIOError):
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close without a word."""
        self._socket.close()


def _words(error: Exception) -> str:
    """What went wrong, in the system's or OpenSSL's words; they hold nothing that was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
