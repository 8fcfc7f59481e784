"""Who is there: from the certificate of a connection and the credentials of a request to a Subject.

The certificate comes first and is always needed; TLS has verified it, and once per connection it gives the
subject. Credentials in a request (KMIP 2.1 §9.4, §9.11) can make another subject of it, never a better proven one
out of nothing:

* Where nobody can sign in by one, user names, serial numbers and passwords are not looked at: many clients send
  some, and the certificate says who they are.
* Where anybody can, a credential that is sent must verify, all of them if there are several (2.1 §9.4), and
  the first one names the subject; its groups are those of that user or device, not those of the machine it came
  through. An empty user name with an empty password is no credential: clients with an empty setting send it.
* A credential of another type is refused, whatever is configured: what it claims cannot be checked here. What a client
  attests of its machine is judged in the round (``attesting.py``).

Users and devices stand in the configuration, with the hash of a password and no other credential, or are managed
objects (``users.py``), which only the database knows: their credentials are checked inside the round. The configuration
comes first.

Checking a password takes some 50 ms, so it is a step of its own (:class:`Check`) that can run outside the round.
A credential that verified is remembered, under an HMAC of it and of the certificate with a random key of this
process, so that neither memory nor a dump of it holds a password. One that failed is not: guessing stays slow. A client
that fails too often within a minute is not listened to for a while (``failures.py``).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from kmip_server.domain.subject import CERTIFICATE, DEVICE, USERNAME, Subject, qualified_name
from kmip_server.engine.claims import SERIAL_NUMBER, Claim, attestation_in, claims_in, ticket_in, wrong
from kmip_server.engine.failures import Failures
from kmip_server.engine.passwords import PasswordHash, decoy_like
from kmip_server.errors import FeatureNotSupported, KmipError
from kmip_server.ports import Random, Transaction
from kmip_server.spec.structures.credentials import Attestation, Authentication, HashedPassword, OneTimePassword

_LONGEST_NAME = 255
"""Characters of a common name; X.520 asks for 64."""
_MOST_REMEMBERED = 1024
_ONLY_STORED = (OneTimePassword, HashedPassword)
"""Credential values that no user of the configuration has."""
_TOO_MANY = "too many wrong credentials lately: wait a minute"
FAILURES_A_MINUTE = 10
"""Sign-ins that one client may get wrong in a minute, unless the configuration says otherwise."""


class IdentityRefused(ValueError):
    """A certificate names nobody; the message is one sentence for the log of the connection."""


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """Where the groups of a certificate's holder come from."""

    from_certificate_ou: bool = True
    """Each organizational unit (OU) is a group."""
    by_common_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Further groups, by common name."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user or a device with a password."""

    password_hash: PasswordHash
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Accounts:
    """Everyone who can sign in by a credential."""

    users: Mapping[str, Account] = field(default_factory=dict)
    """By user name."""
    devices: Mapping[str, Account] = field(default_factory=dict)
    """By what identifies a device."""
    device_identity: tuple[str, ...] = (SERIAL_NUMBER,)
    """Which fields of a device's credential are its name, together."""
    stored: bool = False
    """Whether users who are managed objects may sign in too."""

    def __bool__(self) -> bool:
        return bool(self.users or self.devices or self.stored)

    def standing(self, holder: str) -> Account | None:
        """The account of a subject by its qualified name, where there is one still."""
        way, _, name = holder.partition(":")
        table = {USERNAME: self.users, DEVICE: self.devices}.get(way, {})
        return table.get(name)


@dataclass(frozen=True, slots=True)
class Check:
    """A check of credentials that is ready to run."""

    slow: bool
    """Whether it takes tens of milliseconds."""
    run: Callable[[], Subject]
    """Give the subject, or raise KmipError."""
    ticket: bytes | None = None
    """The digest of the ticket among the credentials, which the database must know as well."""
    said: str = ""
    """Who the client says it is, for the record of a refusal."""
    stored: tuple[Claim, ...] = ()
    """What must be checked in the round, for only the database knows these users."""
    names: bool = False
    """Whether the first of these names the subject."""
    attestation: Attestation | None = None
    """What the client attests, to be judged in the round."""
    admit: Callable[[Transaction], None] = lambda tx: None
    """In the round, before it is checked: raises KmipError where the client must wait."""
    settle: Callable[[Transaction, bool], None] = lambda tx, right: None
    """Told how the check in the round ended."""


def identify_certificate(certificate: bytes, address: str, groups: GroupSettings) -> Subject:
    """The subject that a verified client certificate (DER) names, once per connection; raises IdentityRefused."""
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        common_names = _values(parsed.subject, NameOID.COMMON_NAME)
        units = _values(parsed.subject, NameOID.ORGANIZATIONAL_UNIT_NAME)
        subject, issuer = _on_one_line(parsed.subject), _on_one_line(parsed.issuer)
        serial = f"{parsed.serial_number:x}"
    except (ValueError, TypeError, x509.InvalidVersion) as error:
        raise IdentityRefused(f"The client certificate cannot be read: {error}.") from error
    name = _common_name(common_names, subject)
    found = set(groups.by_common_name.get(name, ()))
    if groups.from_certificate_ou:
        found.update(unit for unit in units if unit)
    return Subject(
        name=qualified_name(CERTIFICATE, name),
        groups=frozenset(found),
        certificate_subject=subject,
        issuer=issuer,
        serial=serial,
        address=address,
        authenticated_by=CERTIFICATE,
        certificate=certificate,
    )


class Authenticator:
    """Says who is there; one for each worker process, and a new one when its settings change."""

    def __init__(
        self,
        groups: GroupSettings,
        accounts: Accounts | None = None,
        *,
        random: Random = os.urandom,
        failures: Failures | None = None,
    ) -> None:
        self._accounts = accounts or Accounts()
        self._failures = failures or Failures(FAILURES_A_MINUTE)
        # The same clients come again and again; reading a certificate takes longer than answering a request.
        self._identified = lru_cache(_MOST_REMEMBERED)(
            lambda certificate, address: identify_certificate(certificate, address, groups)
        )
        self._key = random(32)
        self._lock = threading.Lock()
        self._remembered: OrderedDict[bytes, Subject] = OrderedDict()
        self._proven: OrderedDict[bytes, None] = OrderedDict()
        """What proved right in the round: nothing is skipped for it but the decoy."""
        hashes = [each.password_hash for each in (*self._accounts.users.values(), *self._accounts.devices.values())]
        self._decoy = decoy_like(hashes, random) if hashes else None

    def identify(self, certificate: bytes, address: str) -> Subject:
        """The subject of a new connection; raises IdentityRefused, which is not remembered."""
        return self._identified(certificate, address)

    def check(self, subject: Subject, authentication: Authentication | None) -> Check:
        """Prepare to check a request's credentials against the connection's own subject; never raises."""
        try:
            claims = self._claims(authentication)
            ticket = ticket_in(authentication)
            attestation = attestation_in(authentication)
        except KmipError as error:
            return Check(False, _raising(error))
        check = self._check(subject, claims, ticket)
        return check if attestation is None else replace(check, attestation=attestation)

    def _check(self, subject: Subject, claims: list[Claim], ticket: bytes | None) -> Check:
        if not claims:
            return Check(False, lambda: subject, ticket)
        stored = tuple(claim for claim in claims if self._is_stored(claim))
        if stored:
            return self._in_the_round(subject, claims, stored, ticket)
        key = self._remembrance(subject, claims)
        # It is as good as the password to whoever guesses: it is made anew at every request, and not remembered.
        own = claims[0].registration
        with self._lock:
            known = self._remembered.get(key)
            if known is not None:
                self._remembered.move_to_end(key)
        if known is not None:
            # Only the certificate's facts are part of the key; the address is this connection's own.
            return Check(False, lambda: replace(known, address=subject.address, registration=own), ticket)
        return Check(True, lambda: self._verify(subject, claims, key), ticket, claims[0].said)

    def _claims(self, authentication: Authentication | None) -> list[Claim]:
        """The credentials that must be checked; raises what the standard names for those that cannot be."""
        claims = claims_in(authentication, self._accounts.device_identity)
        if not self._accounts.stored and any(isinstance(each.value, _ONLY_STORED) for each in claims):
            raise FeatureNotSupported("no user signs in by one-time or hashed passwords here")
        return claims if self._accounts else []

    def _is_stored(self, claim: Claim) -> bool:
        """Whether only a user who is a managed object could be meant."""
        return self._accounts.stored and (isinstance(claim.value, _ONLY_STORED) or self._account(claim) is None)

    def _in_the_round(
        self, subject: Subject, claims: list[Claim], stored: tuple[Claim, ...], ticket: bytes | None
    ) -> Check:
        """A check of which only a part can be done before the round."""
        configured = [claim for claim in claims if claim not in stored]
        key = self._remembrance(subject, claims)
        with self._lock:
            proven = key in self._proven

        def before() -> Subject:
            if self._failures.many_here(subject.name):
                raise wrong(_TOO_MANY)
            if configured:
                return self._verify(subject, configured, None)
            if self._decoy is not None and not proven:
                # A name that is not configured costs what a wrong password of one that is costs, until it proves right.
                self._decoy.matches("")
            return subject

        def admit(tx: Transaction) -> None:
            if not proven and self._failures.too_many_in(tx, subject.name):
                raise wrong(_TOO_MANY)

        def settle(tx: Transaction, right: bool) -> None:
            if not right:
                self._failures.note_in(tx, subject.name)
                return
            with self._lock:
                self._proven[key] = None
                if len(self._proven) > _MOST_REMEMBERED:
                    self._proven.popitem(last=False)

        slow = bool(configured) or (self._decoy is not None and not proven)
        names = claims[0] in stored
        return Check(slow, before, ticket, claims[0].said, stored, names, admit=admit, settle=settle)

    def _verify(self, subject: Subject, claims: list[Claim], key: bytes | None) -> Subject:
        if self._failures.too_many(subject.name):
            raise wrong(_TOO_MANY)
        accounts = [self._account(claim) for claim in claims]
        # Every password is checked, also after one was wrong, so that time does not tell which of them it was.
        verified = [self._matches(account, claim) for account, claim in zip(accounts, claims, strict=True)]
        account = accounts[0]
        if account is None or not all(verified):
            self._failures.note(subject.name)
            raise wrong("the credentials are not right")
        way, name = claims[0].way, claims[0].name
        found = replace(subject, name=qualified_name(way, name), groups=account.groups, authenticated_by=way)
        if key is not None:
            with self._lock:
                self._remembered[key] = found
                if len(self._remembered) > _MOST_REMEMBERED:
                    self._remembered.popitem(last=False)
        return replace(found, registration=claims[0].registration)

    def _account(self, claim: Claim) -> Account | None:
        table = self._accounts.users if claim.way == USERNAME else self._accounts.devices
        return table.get(claim.name)

    def _matches(self, account: Account | None, claim: Claim) -> bool:
        """An unknown name costs what a wrong password costs, so that time does not tell which names there are."""
        hashed = self._decoy if account is None else account.password_hash
        matches = hashed is not None and hashed.matches(claim.password)
        return matches and account is not None

    def _remembrance(self, subject: Subject, claims: list[Claim]) -> bytes:
        """What stands for a certificate with credentials; each part is preceded by its length."""
        mac = hmac.new(self._key, digestmod=hashlib.sha256)
        parts = [subject.name, subject.certificate_subject, subject.issuer, subject.serial]
        for claim in claims:
            parts += [claim.way, claim.name, claim.password]
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            mac.update(len(data).to_bytes(8, "big") + data)
        return mac.digest()


def _values(name: x509.Name, oid: x509.ObjectIdentifier) -> list[str]:
    found = (attribute.value for attribute in name.get_attributes_for_oid(oid))
    return [value for value in found if isinstance(value, str)]


def _on_one_line(name: x509.Name) -> str:
    """RFC 4514, with every control character escaped as its §2.4 permits: a name must not write lines of a log."""
    return "".join(
        character if character.isprintable() else "".join(f"\\{byte:02X}" for byte in character.encode())
        for character in name.rfc4514_string()
    )


def _common_name(names: list[str], subject: str) -> str:
    """The one common name; none, several, or one that could be mistaken for another is nobody's."""
    shown = f'The client certificate "{subject}"'
    if not names:
        raise IdentityRefused(f"{shown} has no common name (CN), which says who a client is; issue one that has.")
    if len(names) > 1:
        raise IdentityRefused(f"{shown} has several common names (CN); issue one that has a single one.")
    name = names[0]
    if not name.isprintable() or name != name.strip() or not 0 < len(name) <= _LONGEST_NAME:
        raise IdentityRefused(
            f"{shown} has a common name (CN) that is empty, too long, or has control characters or outer spaces."
        )
    return name


def _raising(error: KmipError) -> Callable[[], Subject]:
    def run() -> Subject:
        raise error

    return run
