"""One worker process: its rooms, joined."""

from __future__ import annotations

import gc
import logging

from kmip_server.app.attestation import attesting_of
from kmip_server.app.clock import now_us
from kmip_server.app.facts import facts_of
from kmip_server.app.keys import envelope_of
from kmip_server.app.subscribers import deliverer_of, subscribers_of
from kmip_server.audit import AuditChain
from kmip_server.authority import certification_of, client_certification_of
from kmip_server.config import Config, ConfigurationError
from kmip_server.crypto import Ciphers
from kmip_server.domain.policy import Policies, PolicyFileError, load_policies
from kmip_server.engine.failures import SharedFailures
from kmip_server.engine.identity import Account, Accounts, Authenticator, GroupSettings
from kmip_server.engine.passwords import parse_hash
from kmip_server.engine.provisioning import any_replaced
from kmip_server.engine.rooms import Rooms
from kmip_server.engine.server import Engine
from kmip_server.operations import load_all
from kmip_server.packing import WireCodec
from kmip_server.rotating import RotationTimer
from kmip_server.serving import KmipService
from kmip_server.store import open_store
from kmip_server.wire.message import Messages
from kmip_server.wire.tree import Limits as MessageLimits

log = logging.getLogger("kmip_server")

_READ_AGAIN = frozenset({"accounts"})
"""The sections of the configuration that a reload takes up; beside them, the files that others name."""


def policies_of(config: Config) -> Policies:
    """The operation policies, those of the policy directory included."""
    policies = load_policies(config.policy.directory)
    if config.policy.default_policy not in policies.names:
        raise PolicyFileError(f'policy.default_policy: there is no policy "{config.policy.default_policy}".')
    return policies


def make_service(config: Config) -> KmipService:
    """Everything one worker process needs; called after the fork."""
    codec = WireCodec()
    store = open_store(config.database.resolved_url(), codec)
    sealer = envelope_of(config, store)
    table = load_all()
    facts = facts_of(config)
    ciphers = Ciphers()
    subscribers = subscribers_of(config)

    with store.transaction() as tx:
        watches = any_replaced(tx)

    def rooms(accounts: Accounts) -> Rooms:
        """What may be read again while the server runs is read anew, the rest stays."""
        return Rooms(
            codec,
            sealer,
            ciphers,
            policies_of(config),
            facts,
            certification_of(config.certificates),
            subscribers,
            client_certification_of(config.provisioning, config.tls),
            watches,
            attesting_of(config),
            accounts,
        )

    # A worker that starts later than the others, in the place of one that died, knows whom they know by now.
    accounts = accounts_of(config.read_again())
    engine = Engine(store, rooms(accounts), AuditChain(), now_us, table)
    limits = MessageLimits(max_size=config.limits.max_message, max_depth=config.limits.max_depth)
    messages = Messages(
        facts.versions,
        {code: (handler.request, handler.response) for code, handler in table.items()},
        limits,
        config.limits.max_batch_items,
    )

    def reload() -> str:
        try:
            again = config.read_again()
            accounts = accounts_of(again)
            engine.rooms, service.authenticator = rooms(accounts), authenticator(accounts)
        except (ValueError, ConfigurationError) as error:
            return f"policies, accounts, trust anchors and revocation lists stay as they were: {error}"
        waiting = [f"[{name}]" for name in again.differing_from(config) if name not in _READ_AGAIN]
        if waiting:
            log.warning("%s changed in the configuration too, which holds from the next start on", ", ".join(waiting))
        return ""

    # The tables are there for good: the collector need not look at them again and again.
    gc.collect()
    gc.freeze()
    timer = RotationTimer(engine.rotate_due, config.server.rotation_seconds)
    if config.server.rotation_seconds:
        timer.start()

    deliverer = deliverer_of(config, engine, store, subscribers)

    def close() -> None:
        timer.stop()
        deliverer.stop()
        store.close()

    failures = SharedFailures(config.limits.max_failed_sign_ins, store, now_us)

    def authenticator(accounts: Accounts) -> Authenticator:
        return Authenticator(_groups_of(config), accounts, failures=failures)

    service = KmipService(engine, messages, authenticator(accounts), reload, close)
    return service


def _groups_of(config: Config) -> GroupSettings:
    groups = config.groups
    return GroupSettings(from_certificate_ou=groups.from_certificate_ou, by_common_name=dict(groups.by_common_name))


def accounts_of(config: Config) -> Accounts:
    """Who may sign in by a credential."""
    accounts = config.accounts

    def known(hashes: dict[str, str]) -> dict[str, Account]:
        return {
            name: Account(parse_hash(text), frozenset(accounts.groups.get(name, ()))) for name, text in hashes.items()
        }

    return Accounts(known(accounts.users), known(accounts.devices), accounts.device_identity, accounts.stored_users)
