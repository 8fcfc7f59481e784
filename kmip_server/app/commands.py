"""What each command does, once the command line is read; those on the audit trail are in ``auditing``."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable

from kmip_server import __version__
from kmip_server.app.attestation import attesting_of
from kmip_server.app.clock import now_us
from kmip_server.app.explaining import AppError, explained
from kmip_server.app.facts import facts_of
from kmip_server.app.keys import envelope_of, make_root_key, root_key_of
from kmip_server.app.network import tls_settings, transport_settings
from kmip_server.app.service import make_service, policies_of
from kmip_server.app.subscribers import outgoing_tls
from kmip_server.audit import AuditChain
from kmip_server.authority import (
    AuthorityFiles,
    authority_in,
    certification_of,
    client_certification_of,
    make,
    register,
    require_apart,
    require_trusted,
)
from kmip_server.config import Config, ConfigurationError
from kmip_server.crypto import Ciphers
from kmip_server.engine.rooms import Rooms
from kmip_server.engine.server import Engine
from kmip_server.errors import KmipError
from kmip_server.operations import load_all
from kmip_server.packing import WireCodec
from kmip_server.ports import Store, StoreError
from kmip_server.store import check as check_schema
from kmip_server.store import open_store, upgrade
from kmip_server.transport import TlsConfigurationError, build_context, outgoing_problems
from kmip_server.transport import serve as run_transport
from kmip_server.vault import Envelope, VaultError

log = logging.getLogger("kmip_server")


def initialise(config: Config) -> None:
    """Make what is missing: the database's tables, the root key, the first key-encryption key."""
    with explained():
        upgrade(config.database.resolved_url())
        if config.root_key.guard == "software" and not config.root_key.file.exists():
            make_root_key(config)
        store = open_store(config.database.resolved_url(), WireCodec())
        try:
            with store.transaction() as tx:
                if not any(record.active for record in tx.keks()):
                    tx.insert_kek(Envelope(root_key_of(config), tx.keks()).new_kek_record(int(time.time())))
        finally:
            store.close()


def init_root(config: Config) -> str:
    """Make the root key; AppError when there is one already. Returns its public name."""
    with explained():
        return make_root_key(config)


def serve(config: Config, ready: Callable[[list[tuple[str, int]]], None] | None = None) -> int:
    """Serve until told to stop; returns the exit status."""
    with explained():
        check_schema(config.database.resolved_url())
        policies_of(config)
        attesting_of(config)
        _probe(config)
        log.info("kmip-server %s starts, process %d", __version__, os.getpid())
        return run_transport(
            transport_settings(config), tls_settings(config), lambda: make_service(config), ready=ready
        )


def _probe(config: Config) -> None:
    """Open the database and the active key-encryption key once, so that a wrong root key stops the start.

    The same for the certificate authorities: that of Certify must not make client certificates for this server, that
    of Re-Provision makes nothing else.
    """
    certification = certification_of(config.certificates)
    for_clients = client_certification_of(config.provisioning, config.tls)
    codec = WireCodec()
    store = open_store(config.database.resolved_url(), codec)
    try:
        sealer = envelope_of(config, store)
        sealer.warm()
        for each, serves, require in (
            (certification, "Certify", require_apart),
            (for_clients, "Re-Provision", require_trusted),
        ):
            if each.issues:
                rooms = Rooms(codec, sealer, Ciphers(), policies_of(config), facts_of(config), each)
                certificate = _authority_certificate(rooms, store, serves)
                if certificate is not None:
                    require(certificate, config.tls.client_ca)
    finally:
        store.close()


def _authority_certificate(rooms: Rooms, store: Store, serves: str) -> bytes | None:
    with store.transaction() as tx:
        certificate = authority_in(rooms, tx, now_us()).certificate()
    if certificate is None:
        log.warning("the certificate authority for %s cannot be used; it will be refused", serves)
    return certificate


def check(config: Config) -> list[str]:
    """Try everything that a start needs; return what is wrong, each in one sentence."""
    problems: list[str] = []
    for attempt in (
        lambda: build_context(tls_settings(config)),
        lambda: policies_of(config),
        lambda: attesting_of(config),
        lambda: check_schema(config.database.resolved_url()),
        lambda: _probe(config),
    ):
        try:
            attempt()
        except (StoreError, VaultError, TlsConfigurationError, ConfigurationError, OSError, ValueError) as error:
            problems.append(str(error))
    if config.subscribers.receivers:
        problems += outgoing_problems(outgoing_tls(config))
    return problems


def make_ca(kind: str, subject: str, days: int) -> AuthorityFiles:
    """Make a root authority, not yet kept anywhere; AppError where the subject is none."""
    try:
        return make(kind, subject, days, int(time.time()))
    except KmipError as error:
        raise AppError(error.message) from error


def init_ca(config: Config, files: AuthorityFiles, name: str, for_clients: bool = False) -> tuple[str, str]:
    """Take a certificate authority into the vault; returns the identifiers of its key and its certificate."""
    with explained():
        (require_trusted if for_clients else require_apart)(files.certificate, config.tls.client_ca)
        codec = WireCodec()
        check_schema(config.database.resolved_url())
        store = open_store(config.database.resolved_url(), codec)
        try:
            rooms = Rooms(codec, envelope_of(config, store), Ciphers(), policies_of(config), facts_of(config))
            made = register(Engine(store, rooms, AuditChain(), now_us, load_all()), files, name)
        finally:
            store.close()
    if isinstance(made, str):
        raise AppError(f"the authority was not taken in: {made}")
    return made
