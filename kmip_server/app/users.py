"""Users who are managed objects, made and taken away at the terminal.

They are made by the operations that 3.0 has for it, in requests like any other, with their audit records, and belong to
a subject that no client can be. The server need not serve 3.0 for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from kmip_server.app.clock import now_us
from kmip_server.app.explaining import AppError, explained
from kmip_server.app.facts import facts_of
from kmip_server.app.keys import envelope_of
from kmip_server.audit import AuditChain
from kmip_server.config import Config
from kmip_server.crypto import Ciphers
from kmip_server.domain.objects import DEFAULT_POLICY
from kmip_server.domain.policy import Permission, Policies, ServerPolicy
from kmip_server.domain.subject import qualified_name
from kmip_server.engine.asking import ask, operator
from kmip_server.engine.context import Rooms
from kmip_server.engine.server import Engine
from kmip_server.operations import load_all
from kmip_server.operations.create_credential import CreateCredentialRequest
from kmip_server.operations.create_group import CreateGroupRequest
from kmip_server.operations.create_user import CreateUserRequest
from kmip_server.operations.get_attributes import GetAttributesRequest
from kmip_server.operations.locate import LocateRequest
from kmip_server.operations.obliterate import ObliterateRequest
from kmip_server.packing import WireCodec
from kmip_server.spec.attribute_values import AttributeItem, Attributes
from kmip_server.spec.enums import CredentialType, NameType, ObjectType, Operation
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.structures.credential_objects import (
    CredentialObject,
    DeviceCredential,
    HashedPasswordCredential,
    OtpCredential,
    PasswordCredential,
)
from kmip_server.spec.structures.keys import Certificate
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V3_0
from kmip_server.store import check as check_schema
from kmip_server.store import open_store

OWNER = qualified_name("server", "users")
"""Whose these users are: no client is authenticated by "server", so none can be it."""
_GROUP = "operators"
_LINKS = (Tag.CREDENTIAL_LINK, Tag.GROUP_LINK)
_MAKING = (Operation.CREATE_CREDENTIAL, Operation.CREATE_USER, Operation.CREATE_GROUP)
_KINDS: dict[type, tuple[CredentialType, str]] = {
    PasswordCredential: (CredentialType.PASSWORD, "password_credential"),
    DeviceCredential: (CredentialType.DEVICE, "device_credential"),
    OtpCredential: (CredentialType.ONE_TIME_PASSWORD, "otp_credential"),
    HashedPasswordCredential: (CredentialType.HASHED_PASSWORD, "hashed_password_credential"),
    Certificate: (CredentialType.CERTIFICATE, "certificate"),
}


@dataclass(slots=True)
class _Operator:
    """The operator's requests."""

    engine: Engine

    def ask(self, *asked: tuple[Operation, Any]) -> list[Any]:
        """The response payloads; AppError where it was refused."""
        answered = ask(self.engine, asked, operator(OWNER, "the operator", _GROUP), V3_0)
        if isinstance(answered, str):
            raise AppError(answered)
        return answered

    def called(self, name: str) -> list[str]:
        """The users of this name that were made here."""
        asked = (_named(name), AttributeItem(Tag.OBJECT_TYPE, ObjectType.USER))
        (found,) = self.ask((Operation.LOCATE, LocateRequest(attributes=Attributes(list(asked)))))
        return [str(each) for each in found.unique_identifier]


@contextmanager
def _operator(config: Config) -> Iterator[_Operator]:
    codec = WireCodec()
    with explained():
        check_schema(config.database.resolved_url())
        store = open_store(config.database.resolved_url(), codec)
    allowed = dict.fromkeys(_MAKING, Permission.ALLOW_ALL)
    try:
        rooms = Rooms(
            codec,
            envelope_of(config, store),
            Ciphers(),
            Policies(server=ServerPolicy(groups={_GROUP: allowed})),
            # Their owner is nobody who asks: no policy of the operator's need know of them.
            replace(facts_of(config), default_policy=DEFAULT_POLICY),
        )
        yield _Operator(Engine(store, rooms, AuditChain(), now_us, load_all()))
    finally:
        store.close()


def add_user(
    config: Config, name: str, groups: Sequence[str], credentials: Sequence[CredentialObject | Certificate]
) -> str:
    """Make a user with its groups and credentials; its Unique Identifier. AppError where there is one already."""
    with _operator(config) as who:
        if who.called(name):
            raise AppError(f"there is a user {name} already; take it away first (remove-user)")
        made = who.ask(*map(_credential, credentials), *map(_group, groups))
        links = [Tag.CREDENTIAL_LINK] * len(credentials) + [Tag.GROUP_LINK] * len(groups)
        linked = [AttributeItem(link, str(each.unique_identifier)) for link, each in zip(links, made, strict=True)]
        (user,) = who.ask((Operation.CREATE_USER, CreateUserRequest(attributes=Attributes([_named(name), *linked]))))
        return str(user.unique_identifier)


def remove_user(config: Config, name: str) -> None:
    """Take a user away with its credentials and groups, for good; AppError where there is none."""
    with _operator(config) as who:
        found = who.called(name)
        if not found:
            raise AppError(f"there is no user {name} that add-user made")
        for uid in found:
            (shown,) = who.ask((Operation.GET_ATTRIBUTES, GetAttributesRequest(unique_identifier=uid)))
            linked = [
                item.value for item in shown.attributes.items if item.key in (Tag.CREDENTIAL_LINK, Tag.GROUP_LINK)
            ]
            who.ask(
                *((Operation.OBLITERATE, ObliterateRequest(unique_identifier=str(each))) for each in (uid, *linked))
            )


def _named(name: str) -> AttributeItem:
    return AttributeItem(Tag.NAME, Name(name_value=name, name_type=NameType.UNINTERPRETED_TEXT_STRING))


def _credential(credential: CredentialObject | Certificate) -> tuple[Operation, Any]:
    kind, field = _KINDS[type(credential)]
    given: dict[str, Any] = {field: credential}
    return Operation.CREATE_CREDENTIAL, CreateCredentialRequest(credential_type=kind, **given)


def _group(name: str) -> tuple[Operation, Any]:
    return Operation.CREATE_GROUP, CreateGroupRequest(attributes=Attributes([_named(name)]))
