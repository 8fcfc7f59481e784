"""Tickets: giving them out, knowing them again, holding their bearer to what they allow (KMIP 2.1 §6.1.12, §6.1.30).

A Ticket Value is 32 random bytes that the client alone has. The database keeps their SHA-256 with the terms, so
that every worker knows a ticket and every worker forgets it at Logout; whoever reads the database has none. The
standard leaves open who may show a ticket. Here a ticket of Login is bound to the client certificate it was asked
with: shown over another client's connection it is no ticket. One of Delegated Login is made to be passed on: any
client that the server lets in may show it, and acts for the user who delegated, within the rights.

The rights are asked at the one door through which objects come (``ItemContext``), before it is known whether there
is such an object. A right that names objects or groups of objects does not cover an operation that touches none.
What is counted is what was done: a request when its ticket is taken, an operation when it has succeeded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from kmip_server.domain.subject import TICKET, Subject
from kmip_server.errors import KmipError, PermissionDenied
from kmip_server.ports import Allowance, Ciphers, GrantedRight, TicketOrder, TicketRow, Transaction
from kmip_server.spec.enums import Operation, ResultReason, UsageLimitsUnit

_VALUE_BYTES = 32
_NEVER_DELEGATED = "a request that came with a ticket cannot ask for another ticket"


class ShownTicket(NamedTuple):
    """A ticket in a request, not yet looked up."""

    digest: bytes
    carrier: Subject
    """Who the certificate of the connection says is there."""
    signed_in: Subject
    """Who the other credentials of the request say is there; the carrier where there are none."""


@dataclass(slots=True)
class Terms:
    """What a ticket allows, and to whom."""

    holder: str
    """The qualified name of the user it stands for."""
    groups: frozenset[str]
    """The user's groups when it was made."""
    bound: str | None
    """The qualified name of the certificate it may be shown with; None: any (Delegated Login)."""
    requests: int | None
    allowance: Allowance | None
    rights: list[GrantedRight] | None
    user: str = ""
    """Unique Identifier of the user, where it is a managed object."""

    def written(self) -> str:
        """The terms as text for the database."""
        rights = self.rights
        return json.dumps(
            {
                "holder": self.holder,
                "groups": sorted(self.groups),
                "bound": self.bound,
                "requests": self.requests,
                "allowance": self.allowance,
                "rights": None if rights is None else [_right_written(right) for right in rights],
                "user": self.user,
            }
        )


def _right_written(right: GrantedRight) -> list[Any]:
    return [
        None if right.operations is None else sorted(int(code) for code in right.operations),
        None if right.objects is None else sorted(right.objects),
        None if right.object_groups is None else sorted(right.object_groups),
        right.allowance,
    ]


def _terms_of(text: str) -> Terms:
    read = json.loads(text)
    rights = read["rights"]
    return Terms(
        holder=read["holder"],
        groups=frozenset(read["groups"]),
        bound=read["bound"],
        requests=read["requests"],
        allowance=_allowance_of(read["allowance"]),
        rights=None if rights is None else [_right_of(*right) for right in rights],
        user=read.get("user", ""),
    )


def _right_of(operations: Any, objects: Any, object_groups: Any, allowance: Any) -> GrantedRight:
    return GrantedRight(
        None if operations is None else frozenset(Operation(code) for code in operations),
        None if objects is None else frozenset(objects),
        None if object_groups is None else frozenset(object_groups),
        _allowance_of(allowance),
    )


def _allowance_of(read: Any) -> Allowance | None:
    return None if read is None else Allowance(UsageLimitsUnit(read[0]), read[1])


def digest_of(value: bytes) -> bytes:
    """What a ticket is known by; a plain hash is enough, for nobody guesses 256 random bits."""
    return hashlib.sha256(value).digest()


def _name_of(digest: bytes) -> str:
    """How the audit trail names a ticket."""
    return f"ticket {digest.hex()[:12]}"


class Grant:
    """A ticket that was taken: what it still allows, for one request."""

    __slots__ = ("_before", "_bytes", "_digest", "_expires", "_fitting", "_touched", "subject", "terms")

    def __init__(self, row: TicketRow, terms: Terms, subject: Subject) -> None:
        self.terms = terms
        self.subject = subject
        """The user that the ticket stands for, over the connection it came by."""
        self._digest, self._expires, self._before = row
        self._fitting: list[int] = []
        self._touched = False
        self._bytes = 0

    @property
    def name(self) -> str:
        """How the audit trail names it."""
        return _name_of(self._digest)

    def permits(self, operation: Operation) -> bool:
        """Whether any right names the operation."""
        rights = self.terms.rights
        return rights is None or any(right.operations is None or operation in right.operations for right in rights)

    def require(self, operation: Operation) -> None:
        """Before one operation does another's work (PKCS#11): raises Not Authorised if no right names that one too."""
        if not self.permits(operation):
            raise _denied()

    def begin(self, operation: Operation) -> None:
        """Before an operation: raises Not Authorised if no right names it."""
        self._touched = False
        self._bytes = 0
        rights = self.terms.rights
        if rights is None:
            return
        # 2.1 §6.1.12: "may only perform operations allowed by at least one of the contained Right structures".
        self._fitting = [
            place for place, right in enumerate(rights) if right.operations is None or operation in right.operations
        ]
        self._require_fitting()

    def touch(self, unique_identifier: str) -> None:
        """Before an object is looked for: raises Not Authorised if no fitting right names it."""
        self._touched = True
        rights = self.terms.rights
        if rights is not None:
            self._keep(lambda right: right.objects is None or unique_identifier in right.objects)

    @property
    def by_group(self) -> bool:
        """Whether the groups of an object matter."""
        rights = self.terms.rights
        return rights is not None and any(rights[place].object_groups is not None for place in self._fitting)

    def touch_groups(self, object_groups: frozenset[str]) -> None:
        """When an object is found: raises Not Authorised if it is in no group that a fitting right names."""
        self._keep(lambda right: right.object_groups is None or bool(right.object_groups & object_groups))

    def spend(self, amount: int) -> None:
        """Count bytes that are used."""
        self._bytes += amount

    def finish(self) -> None:
        """After an operation: raises Not Authorised or Usage Limit Exceeded; otherwise counts it."""
        terms = self.terms
        rights = terms.rights
        if rights is not None and not self._touched:
            self._keep(lambda right: right.objects is None and right.object_groups is None)
        left = self._after(terms.allowance)
        if rights is not None:
            place = next((place for place in self._fitting if self._covers(rights[place].allowance)), None)
            if place is None:
                raise _exceeded()
            rights[place] = rights[place]._replace(allowance=self._after(rights[place].allowance))
        terms.allowance = left

    def settle(self, tx: Transaction) -> None:
        """After the request: write what is left."""
        written = self.terms.written()
        if written != self._before:
            tx.replace_ticket(TicketRow(self._digest, self._expires, written))

    def _keep(self, fits: Callable[[GrantedRight], bool]) -> None:
        rights = self.terms.rights or []
        self._fitting = [place for place in self._fitting if fits(rights[place])]
        self._require_fitting()

    def _require_fitting(self) -> None:
        if not self._fitting:
            raise _denied()

    def _covers(self, allowance: Allowance | None) -> bool:
        return allowance is None or self._cost(allowance.unit) <= allowance.left

    def _after(self, allowance: Allowance | None) -> Allowance | None:
        if allowance is None:
            return None
        if not self._covers(allowance):
            raise _exceeded()
        return allowance._replace(left=allowance.left - self._cost(allowance.unit))

    def _cost(self, unit: UsageLimitsUnit) -> int:
        return self._bytes if unit is UsageLimitsUnit.BYTE else 1


def redeem(tx: Transaction, shown: ShownTicket, now: int) -> Grant:
    """Take a ticket: know it again, count the request. Raises Invalid Ticket, Usage Limit Exceeded or worse."""
    row = tx.ticket(shown.digest)
    carrier = shown.carrier
    if row is None or row.expires <= now:
        raise invalid_ticket()
    terms = _terms_of(row.terms)
    if terms.bound is not None and terms.bound != carrier.name:
        raise invalid_ticket()
    if shown.signed_in.name not in (carrier.name, terms.holder):
        # 2.1 §9.4: "If multiple Credential structures are provided then they must ALL be satisfied."
        raise KmipError("the credentials name different users", ResultReason.AUTHENTICATION_NOT_SUCCESSFUL)
    if terms.requests is not None:
        if terms.requests <= 0:
            raise _exceeded()
        terms.requests -= 1
    # Whoever left a group since does not come back into it by a ticket, where the certificate tells.
    groups = carrier.groups if terms.holder == carrier.name else terms.groups
    return Grant(
        row, terms, replace(carrier, name=terms.holder, groups=groups, authenticated_by=TICKET, user=terms.user)
    )


class TicketDesk:
    """Implements ``ports.Tickets`` for one batch item."""

    __slots__ = ("_carrier", "_ciphers", "_grant", "_longest", "_note", "_now", "_subject", "_tx")

    def __init__(
        self,
        tx: Transaction,
        subject: Subject,
        carrier: str,
        grant: Grant | None,
        ciphers: Ciphers,
        now: int,
        longest: int,
        note: Callable[[str], None],
    ) -> None:
        self._tx = tx
        self._subject = subject
        self._carrier = carrier
        self._grant = grant
        self._ciphers = ciphers
        self._now = now
        self._longest = longest
        self._note = note

    def issue(self, order: TicketOrder) -> bytes:
        """See :meth:`kmip_server.ports.Tickets.issue`."""
        if self._grant is not None:
            raise PermissionDenied(_NEVER_DELEGATED)
        subject = self._subject
        value = self._ciphers.random(_VALUE_BYTES)
        latest = self._now + self._longest
        expires = latest if order.expires is None else min(order.expires, latest)
        terms = Terms(
            holder=subject.name,
            groups=subject.groups,
            bound=self._carrier if order.rights is None else None,
            requests=order.requests,
            allowance=order.allowance,
            rights=None if order.rights is None else list(order.rights),
            user=subject.user,
        )
        digest = digest_of(value)
        self._tx.insert_ticket(TicketRow(digest, expires, terms.written()), self._now)
        self._note(f"{_name_of(digest)} for {subject.name} until {expires}")
        return value

    def revoke(self, value: bytes) -> None:
        """See :meth:`kmip_server.ports.Tickets.revoke`."""
        digest = digest_of(value)
        row = self._tx.ticket(digest)
        if row is None or row.expires <= self._now or _terms_of(row.terms).holder != self._subject.name:
            raise invalid_ticket()
        self._tx.delete_ticket(digest)
        self._note(_name_of(digest))

    def permits(self, operation: Operation) -> bool:
        """See :meth:`kmip_server.ports.Tickets.permits`."""
        return self._grant is None or self._grant.permits(operation)


def invalid_ticket() -> KmipError:
    """One answer for a ticket that never was, that has expired or was taken back, and for somebody else's."""
    return KmipError("the ticket is not valid", ResultReason.INVALID_TICKET)


def _denied() -> KmipError:
    return PermissionDenied("the rights of the ticket do not allow this", ResultReason.NOT_AUTHORISED)


def _exceeded() -> KmipError:
    return PermissionDenied("the ticket is used up", ResultReason.USAGE_LIMIT_EXCEEDED)
