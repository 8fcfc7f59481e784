"""Users who are managed objects (3.0), and their credentials: found and checked inside the round, at every request.

So a user, a credential or a group that was deactivated, revoked or destroyed is good for nothing at the next request,
on every worker, and what may be used once is written down together with what was done with it.

A user's credentials are several ways to one name, but for one-time passwords: whoever has a generator must show a
one-time password in every request, and with it, in the same credential or beside it, the password if there is one.
Users are made by Create User, which only whom a policy file names may do; their groups are those they link to.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kmip_server.domain.lifecycle import CREDENTIALS, USABLE_PERSONS, effective_state
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import Comparison, Filter, Search, Visibility, terms_of
from kmip_server.engine.claims import DEVICE_FIELDS, Claim, wrong
from kmip_server.engine.material import join, opened
from kmip_server.engine.once import DeviceIndex, Once
from kmip_server.engine.rooms import Rooms
from kmip_server.ports import Transaction
from kmip_server.spec.attribute_values import AttributeKey
from kmip_server.spec.enums import HashingAlgorithm, NameType, ObjectType
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.structures.credential_objects import (
    DeviceCredential,
    HashedPasswordCredential,
    OtpCredential,
    PasswordCredential,
)
from kmip_server.spec.structures.credentials import Device, HashedPassword, OneTimePassword, UsernameAndPassword
from kmip_server.spec.structures.keys import Certificate
from kmip_server.spec.tags import Tag

_KINDS = CREDENTIALS | {ObjectType.CERTIFICATE}
_MOST_OF_ONE_NAME = 50
"""Users whose name it was, those who have ended included."""
_NOT_RIGHT = "the credentials are not right"


@dataclass(slots=True)
class Person:
    """A user who was found: what it could prove itself with, and what it has."""

    uid: str
    name: str
    groups: frozenset[str]
    credentials: list[tuple[str, Any]]
    """Unique Identifier and structure of each that counts now."""
    proven: set[type] = field(default_factory=set)
    """By which kinds of credential it has proven itself in this request."""

    def having(self, kind: type) -> list[tuple[str, Any]]:
        """Its credentials of a kind."""
        return [each for each in self.credentials if isinstance(each[1], kind)]

    @property
    def convincing(self) -> bool:
        """Whether what was proven is enough."""
        if self.having(OtpCredential) and OtpCredential not in self.proven:
            return False
        passwords = self.having(PasswordCredential) or self.having(HashedPasswordCredential)
        return not passwords or self.proven != {OtpCredential}


@dataclass(slots=True)
class Proven:
    """Whom the credentials of a request name."""

    uid: str
    name: str
    groups: frozenset[str]
    server_hashed_password: bytes | None = None
    """What the server answers to a Hashed Password (2.1 §8.5)."""


class StoredUsers:
    """The users of one request; ``keep`` False looks without using anything up."""

    def __init__(self, rooms: Rooms, tx: Transaction, now_us: int, certificate: bytes, *, keep: bool = True) -> None:
        self._rooms = rooms
        self._tx = tx
        self._now = now_us // 1_000_000
        self._certificate = certificate
        self._once = Once(tx, rooms.ciphers, now_us, keep)
        self._answer: bytes | None = None

    def prove(self, claims: Sequence[Claim]) -> Proven:
        """Check every claim (2.1 §9.4: "they must ALL be satisfied"); raises Authentication Not Successful."""
        persons: dict[str, Person] = {}
        holds = True
        for claim in claims:
            found = self._person(claim, persons)
            kind = None if found is None else self._proof(found, claim)
            if found is None or kind is None:
                holds = False
            else:
                found.proven |= kind
        if not holds or not persons or not all(each.convincing for each in persons.values()):
            raise wrong(_NOT_RIGHT)
        first = next(iter(persons.values()))
        return Proven(first.uid, first.name, first.groups, self._answer)

    def groups_of(self, uid: str) -> frozenset[str] | None:
        """The groups of a user who signed in before; None where it counts no more."""
        found = self._usable([uid])
        return self._read(found[0]).groups if found else None

    # --- finding ------------------------------------------------------------------------------------

    def _person(self, claim: Claim, known: dict[str, Person]) -> Person | None:
        """The one user that a claim is about; two of one name are nobody."""
        if isinstance(claim.value, Device):
            found = self._holder(claim)
        else:
            name = Name(name_value=claim.name, name_type=NameType.UNINTERPRETED_TEXT_STRING)
            found = self._users(Tag.NAME, name) if claim.name else []
        if len(found) != 1:
            return None
        user = found[0]
        if user.unique_identifier not in known:
            known[user.unique_identifier] = self._read(user)
        return known[user.unique_identifier]

    def _holder(self, claim: Claim) -> list[ManagedObject]:
        """The users who link to the device credential that the claim names."""
        if not claim.name:
            return []
        found: dict[str, ManagedObject] = {}
        for uid in DeviceIndex(self._tx).named(claim.value, claim.identity):
            if self._matches_device(uid, claim.value):
                found |= {each.unique_identifier: each for each in self._users(Tag.CREDENTIAL_LINK, uid)}
        return list(found.values())

    def _users(self, tag: AttributeKey, value: Any) -> list[ManagedObject]:
        every = frozenset((policy, ObjectType.USER) for policy in self._rooms.policies.names)
        listed = self._tx.locate(
            Search(
                visibility=Visibility(owner="", own=frozenset(), any=every),
                now=self._now,
                filters=(
                    Filter(tag, Comparison.EQUAL, terms_of(value)),
                    Filter(Tag.OBJECT_TYPE, Comparison.EQUAL, terms_of(ObjectType.USER)),
                ),
                maximum=_MOST_OF_ONE_NAME,
            )
        ).unique_identifiers
        return [each for each in self._usable(listed) if each.object_type is ObjectType.USER]

    def _usable(self, uids: Iterable[Any]) -> list[ManagedObject]:
        """Those that are there and count now."""
        loaded = (self._tx.load(str(uid)) for uid in uids)
        return [each for each in loaded if each is not None and self._counts(each)]

    def _counts(self, found: ManagedObject) -> bool:
        head = found.head
        state = effective_state(head.state, head.activation_date, head.deactivation_date, self._now)
        return not head.archived and state in USABLE_PERSONS

    def _read(self, user: ManagedObject) -> Person:
        attributes = user.attributes
        linked = self._usable(attributes.all(Tag.CREDENTIAL_LINK))
        # Who may make users may not thereby put them into the groups of others.
        groups = [
            each
            for each in self._usable(attributes.all(Tag.GROUP_LINK))
            if each.object_type is ObjectType.GROUP and each.owner == user.owner
        ]
        return Person(
            uid=user.unique_identifier,
            name=attributes.one(Tag.NAME).name_value,
            groups=frozenset(name.name_value for group in groups for name in group.attributes.all(Tag.NAME)),
            credentials=[(each.unique_identifier, self._open(each)) for each in linked if each.object_type in _KINDS],
        )

    def _open(self, found: ManagedObject) -> Any:
        """The credential whole: opened here, to be compared and nothing else."""
        return join(found.body.form, opened(found, self._rooms.sealer), self._rooms.codec)

    # --- checking -----------------------------------------------------------------------------------

    def _proof(self, person: Person, claim: Claim) -> set[type] | None:
        """What the claim proves of the person; None if nothing."""
        value = claim.value
        if isinstance(value, OneTimePassword):
            return self._one_time(person, value)
        if isinstance(value, HashedPassword):
            return self._hashed(person, value)
        if isinstance(value, UsernameAndPassword):
            return self._password(person, value.password) if value.password else self._by_certificate(person)
        return {DeviceCredential}

    def _password(self, person: Person, password: str) -> set[type] | None:
        # Every one is compared, also after one was right.
        right = [same(password, credential.password) for _, credential in person.having(PasswordCredential)]
        return {PasswordCredential} if any(right) else None

    def _by_certificate(self, person: Person) -> set[type] | None:
        """A name alone: the certificate of the connection must be one of the user's."""
        own = [credential.certificate_value for _, credential in person.having(Certificate)]
        return {Certificate} if self._certificate and self._certificate in own else None

    def _one_time(self, person: Person, value: OneTimePassword) -> set[type] | None:
        proven: set[type] = {OtpCredential}
        if value.password is not None:
            password = self._password(person, value.password)
            if password is None:
                return None
            proven |= password
        generators = person.having(OtpCredential)
        return proven if self._once.spend(generators, value.one_time_password) else None

    def _hashed(self, person: Person, value: HashedPassword) -> set[type] | None:
        """2.1 §9.11: "Hashed Password = Hash(S1 || Timestamp) || S2"."""
        asked = value.hashing_algorithm or HashingAlgorithm.SHA_256
        stamp = value.timestamp.to_bytes(8, "big", signed=True)
        hashed = self._rooms.ciphers.hash
        for uid, credential in person.having(HashedPasswordCredential):
            if (credential.hashing_algorithm or HashingAlgorithm.SHA_256) is not asked:
                continue
            s1, s2 = credential.hashed_username_password, credential.hashed_password_username
            expected = hashed(asked, s1 + stamp) + s2
            if hmac.compare_digest(expected, value.hashed_password) and self._once.later(uid, value.timestamp):
                # 2.1 §8.5: "Hash(Timestamp || S1 || Hash(S2))"
                self._answer = hashed(asked, stamp + s1 + hashed(asked, s2))
                return {HashedPasswordCredential}
        return None

    def _matches_device(self, uid: str, device: Device) -> bool:
        """Whether a device says everything that its credential has, the password included."""
        found = self._usable([uid])
        credential = self._open(found[0]) if found else None
        if not isinstance(credential, DeviceCredential):
            return False
        fields = ("password", *DEVICE_FIELDS)
        right = [same(getattr(device, each), getattr(credential, each)) for each in fields]
        return all(right)


def same(given: str | None, kept: str | None) -> bool:
    """Compare in a time that does not tell where two texts differ; what is not kept must not be given."""
    if given is None or kept is None:
        return given is kept
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), kept.encode("utf-8", "surrogatepass"))
