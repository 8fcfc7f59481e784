"""Whom the server tells of events, and what tells them."""

from __future__ import annotations

from collections.abc import Iterator

from kmip_server.app.clock import now_us
from kmip_server.audit import AuditChain
from kmip_server.config import Config, object_type_of, query_function_of
from kmip_server.domain.subject import CERTIFICATE, Subject, qualified_name
from kmip_server.domain.subscriber import Event, Subscriber
from kmip_server.engine.delivery import Courier
from kmip_server.engine.self_description import SelfDescription, describe
from kmip_server.engine.server import Engine
from kmip_server.notifying import Deliverer, Destination, Postman
from kmip_server.ports import Store
from kmip_server.spec.version import parse_version
from kmip_server.transport import OutgoingTls, parse_address


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
            discover_versions=each.discover_versions,
            query=tuple(map(query_function_of, each.query)),
            wrapping_key=each.wrapping_key or "",
            wrapping_key_name=each.wrapping_key_name or "",
        )
        for name, each in config.subscribers.receivers.items()
    )


def outgoing_tls(config: Config) -> OutgoingTls:
    """What is shown to subscribers, and whom they must come from."""
    tls = config.tls
    files = config.subscribers.files(tls.certificate, tls.key, tls.client_ca)
    return OutgoingTls(*files, revocation_lists=config.subscribers.crl)


def _postman(config: Config) -> Postman:
    destinations: dict[str, Destination] = {}
    for name, each in config.subscribers.receivers.items():
        host, port = parse_address(each.address)
        destinations[name] = Destination(host, port, each.server_name or host)
    return Postman(outgoing_tls(config), destinations)


def ask_subscribers(config: Config) -> Iterator[SelfDescription]:
    """Go to each subscriber and ask what it is, as a server would; nothing is sent to it beside the questions."""
    postman = _postman(config)
    try:
        for subscriber in subscribers_of(config):
            yield describe(postman, subscriber)
    finally:
        postman.close()


def deliverer_of(config: Config, engine: Engine, store: Store, subscribers: tuple[Subscriber, ...]) -> Deliverer:
    """What empties the outbox; started where there is anybody to tell."""
    postman, patience = _postman(config), config.subscribers.give_up_seconds
    courier = Courier(store, lambda: engine.rooms, AuditChain(), now_us, subscribers, postman, patience)
    deliverer = Deliverer(courier.deliver_one, postman.close)
    if subscribers:
        deliverer.start()
    return deliverer
