"""Bytes in and out: TLS, the loop, the worker processes, the limits. Knows no KMIP word."""

from kmip_server.transport.http import Exchange, HttpFramer
from kmip_server.transport.limits import Limits
from kmip_server.transport.listening import Place, bind, parse_address
from kmip_server.transport.loop import Loop
from kmip_server.transport.outgoing import Outgoing, OutgoingError, OutgoingTls
from kmip_server.transport.outgoing_files import outgoing_problems
from kmip_server.transport.service import Peer, Service, Session, Work
from kmip_server.transport.tls import TlsConfigurationError, TlsSettings, build_context
from kmip_server.transport.workers import TransportSettings, serve

__all__ = [
    "Exchange",
    "HttpFramer",
    "Limits",
    "Loop",
    "Outgoing",
    "OutgoingError",
    "OutgoingTls",
    "Peer",
    "Place",
    "Service",
    "Session",
    "TlsConfigurationError",
    "TlsSettings",
    "TransportSettings",
    "Work",
    "bind",
    "build_context",
    "outgoing_problems",
    "parse_address",
    "serve",
]
