"""The sockets on which callers arrive: addresses read, bound and named.

One listening socket is shared by all workers rather than one each (SO_REUSEPORT): nothing that waits in the
queue is lost when a worker dies or drains, a second server started by mistake is refused the port, and a
worker busy with a long round is passed over. The workers take turns (see ``Loop``).
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """Where to listen, and what the service is told of those who come in there."""

    host: str
    port: int
    entrance: str = ""


class Listener(socket.socket):
    """A listening socket that knows which entrance it is."""

    entrance = ""


def parse_address(text: str) -> tuple[str, int]:
    """Read ``127.0.0.1:5696``, ``[::1]:5696`` or ``name:port``; raises ValueError with a sentence."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"the IPv6 address in {text!r} must stand in brackets, as in [::1]:5696")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text!r} is no address with a port, as in 127.0.0.1:5696")
    return host, int(port)


def bind(places: Iterable[Place | tuple[str, int]], backlog: int = 1024) -> list[Listener]:
    """Listen at each place, port 0 being any free one; raises OSError that names the address."""
    listeners: list[Listener] = []
    try:
        for host, port, entrance in (Place(*place) for place in places):
            listener = _listen(host, port, backlog)
            listener.entrance = entrance
            listeners.append(listener)
    except OSError as error:
        for listener in listeners:
            listener.close()
        raise OSError(error.errno, f"cannot listen on {host} port {port}: {error.strerror}") from error
    return listeners


def _listen(host: str, port: int, backlog: int) -> Listener:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
    )[0]
    listener = Listener(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit this on Linux: an answer is one write and must not wait for the last one's ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setblocking(False)
        listener.bind(address)
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener


def address_of(listener: socket.socket) -> tuple[str, int]:
    """Return the (host, port) on which ``listener`` really listens."""
    name = listener.getsockname()
    return str(name[0]), int(name[1])
