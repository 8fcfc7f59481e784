"""The roof: builds the rooms from the configuration and joins them. No logic lives here.

Each function is what one command does. Messages of :class:`AppError` are for the person at the terminal.
"""

from __future__ import annotations

import gc
import logging
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING

from kmip_server import __version__
from kmip_server.audit import AuditChain, verify
from kmip_server.authority import (
    AuthorityFiles,
    authority_in,
    certification_of,
    make,
    register,
    require_apart,
)
from kmip_server.config import Config, ConfigurationError
from kmip_server.config_subscribers import object_type_of
from kmip_server.crypto import Ciphers
from kmip_server.domain.policy import Policies, PolicyFileError, load_policies
from kmip_server.domain.secret import Secret
from kmip_server.domain.subject import CERTIFICATE, Subject, qualified_name
from kmip_server.domain.subscriber import Event, Subscriber
from kmip_server.engine.context import Rooms
from kmip_server.engine.delivery import Courier
from kmip_server.engine.failures import Failures
from kmip_server.engine.identity import Account, Accounts, Authenticator, GroupSettings
from kmip_server.engine.passwords import parse_hash
from kmip_server.engine.server import Engine
from kmip_server.errors import KmipError
from kmip_server.notifying import Deliverer, Destination, Postman
from kmip_server.operations import load_all
from kmip_server.packing import WireCodec
from kmip_server.ports import CERTIFYING, Facts, KekRecord, PendingLimits, RootKey, Store, StoreError, StreamLimits
from kmip_server.rotating import RotationTimer
from kmip_server.serving import KmipService
from kmip_server.serving_https import HTTPS
from kmip_server.spec.enums import Operation
from kmip_server.spec.version import parse_version
from kmip_server.store import check as check_schema
from kmip_server.store import open_store, upgrade
from kmip_server.transport import (
    Limits,
    OutgoingTls,
    Place,
    TlsConfigurationError,
    TlsSettings,
    TransportSettings,
    build_context,
    parse_address,
)
from kmip_server.transport import (
    serve as run_transport,
)
from kmip_server.vault import Envelope, VaultError, create_root_file, load_root_file
from kmip_server.wire.message import Messages
from kmip_server.wire.tree import Limits as MessageLimits

if TYPE_CHECKING:
    from kmip_server.vault.pkcs11 import TokenSettings

log = logging.getLogger("kmip_server")


class AppError(Exception):
    """A command cannot do what it was asked; the message is one sentence for the person who asked."""


@contextmanager
def _explained() -> Iterator[None]:
    """Let every room's own failure leave as one sentence."""
    try:
        yield
    except (StoreError, VaultError, TlsConfigurationError, PolicyFileError, ConfigurationError, OSError) as error:
        raise AppError(str(error)) from error


def _now_us() -> int:
    return time.time_ns() // 1000


def _build_date() -> str:
    """The day of the newest file of the package."""
    newest = max(file.stat().st_mtime for file in Path(__file__).parent.rglob("*.py"))
    return datetime.fromtimestamp(newest, UTC).date().isoformat()


def facts_of(config: Config) -> Facts:
    """What the server says of itself."""
    return Facts(
        vendor_identification=config.server.vendor_identification,
        server_name="kmip-server",
        server_version=__version__,
        versions=tuple(sorted(config.server.served_versions, reverse=True)),
        operations=served(config),
        sends=SENT if config.subscribers.receivers else frozenset(),
        maximum_locate_items=config.limits.max_locate_items,
        lease_time=config.server.lease_seconds,
        maximum_ticket_time=config.limits.ticket_seconds,
        maximum_derivation_rounds=config.limits.max_derivation_rounds,
        default_policy=config.policy.default_policy,
        stream_limits=StreamLimits(
            config.limits.stream_seconds, config.limits.max_streams_per_client, config.limits.max_stream_bytes
        ),
        build_level=f"Python {platform.python_version()}, cryptography {package_version('cryptography')}",
        build_date=_build_date(),
        serial_number=config.server.serial_number,
        cluster_info=config.server.cluster_info,
        failover_endpoints=config.server.failover_endpoints,
        load=lambda: f"{os.getloadavg()[0]:.2f}",
        pending_limits=PendingLimits(config.limits.asynchronous_seconds, config.limits.max_asynchronous_per_client),
        application_namespaces=config.server.application_namespaces,
        maximum_random_bytes=config.limits.max_random,
        maximum_seed_bytes=config.limits.max_seed,
    )


SENT = frozenset({Operation.NOTIFY, Operation.PUT})
"""What the server asks of its subscribers."""


def served(config: Config) -> frozenset[Operation]:
    """The operations that are served: Interop only where it is asked for, Certify only where there is an issuer."""
    unwanted = frozenset() if config.server.interop else frozenset({Operation.INTEROP})
    return frozenset(load_all()) - unwanted - (frozenset() if config.certificates.issuer_key else CERTIFYING)


# --- the root key ---------------------------------------------------------------------------------------


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text.encode())


def _token(config: Config) -> tuple[TokenSettings, Callable[[], Secret]]:
    """Which key in which token, and what reads its PIN."""
    from kmip_server.vault.pkcs11 import TokenSettings

    root = config.root_key
    settings = TokenSettings(
        token=root.token_label or "",
        label=root.key_label,
        vendor=root.vendor or "generic",
        library="" if root.library is None else str(root.library),
    )

    def pin() -> Secret:
        return Secret((root.pin() or "").encode())

    return settings, pin


def root_key_of(config: Config) -> RootKey:
    """The guard of the root key that the configuration names."""
    if config.root_key.guard == "pkcs11":
        from kmip_server.vault.pkcs11 import Pkcs11Guard

        return Pkcs11Guard(*_token(config))
    return load_root_file(config.root_key.file, _secret(config.root_key.passphrase()))


def init_root(config: Config) -> str:
    """Make the root key; AppError when there is one already. Returns its public name."""
    with _explained():
        if config.root_key.guard == "pkcs11":
            from kmip_server.vault.pkcs11 import init_root as init_token

            return init_token(*_token(config))
        return create_root_file(config.root_key.file, _secret(config.root_key.passphrase()))


# --- building -------------------------------------------------------------------------------------------


def policies_of(config: Config) -> Policies:
    """The operation policies, those of the policy directory included."""
    policies = load_policies(config.policy.directory)
    if config.policy.default_policy not in policies.names:
        raise PolicyFileError(f'policy.default_policy: there is no policy "{config.policy.default_policy}".')
    return policies


def _envelope(config: Config, store: Store) -> Envelope:
    def records() -> list[KekRecord]:
        with store.transaction() as tx:
            return tx.keks()

    return Envelope(root_key_of(config), records(), reload=records)


def make_service(config: Config) -> KmipService:
    """Everything one worker process needs; called after the fork."""
    codec = WireCodec()
    store = open_store(config.database.resolved_url(), codec)
    sealer = _envelope(config, store)
    table = load_all()
    facts = facts_of(config)
    ciphers = Ciphers()
    subscribers = subscribers_of(config)

    def rooms() -> Rooms:
        """What may be read again while the server runs is read anew, the rest stays."""
        return Rooms(
            codec, sealer, ciphers, policies_of(config), facts, certification_of(config.certificates), subscribers
        )

    engine = Engine(store, rooms(), AuditChain(), _now_us, table)
    limits = MessageLimits(max_size=config.limits.max_message, max_depth=config.limits.max_depth)
    messages = Messages(
        facts.versions,
        {code: (handler.request, handler.response) for code, handler in table.items()},
        limits,
        config.limits.max_batch_items,
    )

    def reload() -> None:
        try:
            engine.rooms = rooms()
        except (ValueError, ConfigurationError) as error:
            log.error("policies, trust anchors and revocation lists stay as they were: %s", error)

    groups = GroupSettings(
        from_certificate_ou=config.groups.from_certificate_ou, by_common_name=dict(config.groups.by_common_name)
    )
    # The tables are there for good: the collector need not look at them again and again.
    gc.collect()
    gc.freeze()
    timer = RotationTimer(engine.rotate_due, config.server.rotation_seconds)
    if config.server.rotation_seconds:
        timer.start()

    deliverer = _deliverer(config, engine, store, subscribers)

    def close() -> None:
        timer.stop()
        deliverer.stop()
        store.close()

    failures = Failures(config.limits.max_failed_sign_ins)
    authenticator = Authenticator(groups, _accounts(config), failures=failures)
    return KmipService(engine, messages, authenticator, reload, close)


def subscribers_of(config: Config) -> tuple[Subscriber, ...]:
    """Whom the server tells of events."""
    return tuple(
        Subscriber(
            name=name,
            subject=Subject(
                name=qualified_name(CERTIFICATE, each.client or name),
                groups=frozenset(each.groups),
                certificate_subject=f"subscriber {name}",
                issuer="",
                serial="",
                address=parse_address(each.address)[0],
                authenticated_by=CERTIFICATE,
            ),
            version=parse_version(each.version),
            events=frozenset(map(Event, each.events)),
            object_types=frozenset(map(object_type_of, each.object_types)),
            owners=frozenset(qualified_name(CERTIFICATE, owner) for owner in each.owners),
            groups=frozenset(each.object_groups),
            put=each.put,
        )
        for name, each in config.subscribers.receivers.items()
    )


def _deliverer(config: Config, engine: Engine, store: Store, subscribers: tuple[Subscriber, ...]) -> Deliverer:
    """What empties the outbox; started where there is anybody to tell."""
    settings = config.subscribers
    destinations: dict[str, Destination] = {}
    for name, each in settings.receivers.items():
        host, port = parse_address(each.address)
        destinations[name] = Destination(host, port, each.server_name or host)
    tls = OutgoingTls(*settings.files(config.tls.certificate, config.tls.key, config.tls.client_ca))
    postman = Postman(tls, destinations)
    courier = Courier(
        store, lambda: engine.rooms, AuditChain(), _now_us, subscribers, postman, settings.give_up_seconds
    )
    deliverer = Deliverer(courier.deliver_one, postman.close)
    if subscribers:
        deliverer.start()
    return deliverer


def _accounts(config: Config) -> Accounts:
    """Who may sign in by a credential."""
    accounts = config.accounts

    def known(hashes: dict[str, str]) -> dict[str, Account]:
        return {
            name: Account(parse_hash(text), frozenset(accounts.groups.get(name, ()))) for name, text in hashes.items()
        }

    return Accounts(users=known(accounts.users), devices=known(accounts.devices))


def _tls_settings(config: Config) -> TlsSettings:
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


def _transport_settings(config: Config) -> TransportSettings:
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


# --- commands -------------------------------------------------------------------------------------------


def initialise(config: Config) -> None:
    """Make what is missing: the database's tables, the root key, the first key-encryption key."""
    with _explained():
        upgrade(config.database.resolved_url())
        if config.root_key.guard == "software" and not config.root_key.file.exists():
            init_root(config)
        store = open_store(config.database.resolved_url(), WireCodec())
        try:
            with store.transaction() as tx:
                if not any(record.active for record in tx.keks()):
                    tx.insert_kek(Envelope(root_key_of(config), tx.keks()).new_kek_record(int(time.time())))
        finally:
            store.close()


def serve(config: Config, ready: Callable[[list[tuple[str, int]]], None] | None = None) -> int:
    """Serve until told to stop; returns the exit status."""
    with _explained():
        check_schema(config.database.resolved_url())
        policies_of(config)
        _probe(config)
        log.info("kmip-server %s starts, process %d", __version__, os.getpid())
        return run_transport(
            _transport_settings(config), _tls_settings(config), lambda: make_service(config), ready=ready
        )


def _probe(config: Config) -> None:
    """Open the database and the active key-encryption key once, so that a wrong root key stops the start.

    The same for the certificate authority: one that could make client certificates for this server stops it.
    """
    certification = certification_of(config.certificates)
    codec = WireCodec()
    store = open_store(config.database.resolved_url(), codec)
    try:
        sealer = _envelope(config, store)
        sealer.warm()
        if certification.issues:
            rooms = Rooms(codec, sealer, Ciphers(), policies_of(config), facts_of(config), certification)
            _probe_authority(config, rooms, store)
    finally:
        store.close()


def _probe_authority(config: Config, rooms: Rooms, store: Store) -> None:
    with store.transaction() as tx:
        certificate = authority_in(rooms, tx, _now_us()).certificate()
    if certificate is None:
        log.warning("the certificate authority that [certificates] names cannot be used; Certify will be refused")
        return
    require_apart(certificate, config.tls.client_ca)


def check(config: Config) -> list[str]:
    """Try everything that a start needs; return what is wrong, each in one sentence."""
    problems: list[str] = []
    for attempt in (
        lambda: build_context(_tls_settings(config)),
        lambda: policies_of(config),
        lambda: check_schema(config.database.resolved_url()),
        lambda: _probe(config),
    ):
        try:
            attempt()
        except (StoreError, VaultError, TlsConfigurationError, ConfigurationError, OSError, ValueError) as error:
            problems.append(str(error))
    return problems


def make_ca(kind: str, subject: str, days: int) -> AuthorityFiles:
    """Make a root authority, not yet kept anywhere; AppError where the subject is none."""
    try:
        return make(kind, subject, days, int(time.time()))
    except KmipError as error:
        raise AppError(error.message) from error


def init_ca(config: Config, files: AuthorityFiles, name: str) -> tuple[str, str]:
    """Take a certificate authority into the vault; returns the identifiers of its key and its certificate."""
    with _explained():
        require_apart(files.certificate, config.tls.client_ca)
        codec = WireCodec()
        check_schema(config.database.resolved_url())
        store = open_store(config.database.resolved_url(), codec)
        try:
            rooms = Rooms(codec, _envelope(config, store), Ciphers(), policies_of(config), facts_of(config))
            made = register(Engine(store, rooms, AuditChain(), _now_us, load_all()), files, name)
        finally:
            store.close()
    if isinstance(made, str):
        raise AppError(f"the authority was not taken in: {made}")
    return made


def verify_audit(config: Config, progress: Callable[[int], None] | None = None) -> list[str]:
    """Walk the whole audit chain; return where it is broken, each finding one sentence."""
    with _explained():
        store = open_store(config.database.resolved_url(), WireCodec())
        try:
            return [str(finding) for finding in verify(store.audit_rows(), store.audit_head(), progress=progress)]
        finally:
            store.close()
