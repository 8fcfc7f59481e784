"""What the transport is told: where to listen, over which TLS, within which limits."""

from __future__ import annotations

from collections.abc import Iterator

from kmip_server.config import Config
from kmip_server.serving_https import HTTPS
from kmip_server.transport import Limits, Place, TlsSettings, TransportSettings


def tls_settings(config: Config) -> TlsSettings:
    """The server's certificate, and whose clients it trusts."""
    tls = config.tls
    return TlsSettings(
        certificate=tls.certificate,
        private_key=tls.key,
        client_ca=tls.client_ca,
        crl=tls.crl,
        minimum_version=f"TLSv{tls.minimum_version}",
        legacy_ciphers=tls.legacy_ciphers,
        require_client_auth_eku=tls.require_client_auth_eku,
    )


def _places(config: Config) -> Iterator[Place]:
    """Where to listen: TTLV first, then HTTPS if it is wanted."""
    server = config.server
    for port, entrance in ((server.port, ""), (server.https_port, HTTPS)):
        if port is not None:
            yield from (Place(host, port, entrance) for host in server.listen)


def transport_settings(config: Config) -> TransportSettings:
    """Where to listen, with how many processes, and what one client may ask for."""
    limits = config.limits
    return TransportSettings(
        listen=tuple(_places(config)),
        workers=config.server.workers,
        drain_seconds=config.server.drain_seconds,
        limits=Limits(
            max_connections=limits.max_connections,
            max_connections_per_address=limits.max_connections_per_address,
            handshake_seconds=limits.handshake_seconds,
            message_seconds=limits.message_seconds,
            idle_seconds=limits.idle_seconds,
            write_stall_seconds=limits.write_seconds,
        ),
    )
