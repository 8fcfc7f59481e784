"""The end of a handshake: who is let in, and what the log says of who is not."""

from __future__ import annotations

import logging
from typing import NamedTuple

from OpenSSL import SSL

from kmip_server.transport.explain import CertificateRefusal, explain_handshake, explain_refusal
from kmip_server.transport.host import Host
from kmip_server.transport.peers import own_certificate, peer_of
from kmip_server.transport.service import Session

log = logging.getLogger(__name__)


class Guest(NamedTuple):
    """A client that was let in."""

    session: Session
    until: float
    """When its certificate's validity is over, in seconds since 1970: nothing is taken from it any more."""


def let_in(host: Host, tls: SSL.Connection, address: str, entrance: str) -> Guest | None:
    """Begin the session of a client whose certificate is verified; None, and a line in the log, where it may not."""
    peer = peer_of(tls, address, entrance, host.date)
    if isinstance(peer, CertificateRefusal):
        log.warning("TLS handshake with %s failed: %s", address, explain_refusal(peer))
        return None
    session = host.service.connect(peer)
    if isinstance(session, str):
        log.warning("The connection from %s was refused: %s", address, session)
        return None
    return Guest(session, peer.ends)


def note_failure(tls: SSL.Connection, address: str, error: SSL.Error) -> bool:
    """Say in the log why a handshake failed; whether the client has merely hung up."""
    noted = tls.get_app_data()
    refusal = noted if isinstance(noted, CertificateRefusal) else None
    hung_up = isinstance(error, SSL.SysCallError)  # what the health check of a load balancer does all day
    words = explain_handshake(address, error, refusal, own_certificate(tls))
    log.log(logging.INFO if hung_up else logging.WARNING, "%s", words)
    return hung_up
