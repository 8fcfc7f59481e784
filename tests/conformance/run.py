"""Runs one published case against a server, in the encoding that the case is about.

Here the server is one without a socket, which is fast; ``tools/conformance`` gives a running one instead.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from json import dumps
from types import ModuleType
from typing import Any, Protocol

from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from kmip_server.domain.policy import Policies, parse_policies
from kmip_server.domain.subscriber import Subscriber
from kmip_server.engine.identity import Account, Accounts
from kmip_server.engine.passwords import hash_password, parse_hash
from kmip_server.spec.enums import Operation
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import parse_version
from kmip_server.wire import json, ttlv, xml
from kmip_server.wire.tree import Item
from tests.authority import give_authority
from tests.conformance.cases import Case, load, operations_of
from tests.conformance.comparison import Difference, compare
from tests.conformance.dialogue import Dialogue
from tests.conformance.excuses import excuse_for
from tests.conformance.pushing import (
    SENT,
    Receiver,
    asks,
    compare_question,
    compare_sent,
    operation_of,
    pushes,
    receiver_for,
    subscriber_of,
)
from tests.conformance.wanted import OPTIONS, wanted_by
from tests.flows.client import Client, aes
from tests.kit import ALICE, BOB, Server
from tests.material import CASE_FILES, ROOT
from tests.web_client import MEDIA_TYPE_OF, WebClient

_BEFORE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("SASED-M-3-??", ("SASED-M-1", "SASED-M-2")),
    ("TL-M-2-??", ("TL-M-1",)),
    ("TL-M-3-??", ("TL-M-1", "TL-M-2")),
    ("TC-CREG-[23]-??", ("TC-CREG-1",)),
    ("TC-OTP-[124]-??", ("TC-OTP-SETUP-1",)),
    # A pad without a length and a value: it has as many bytes as are asked for, and Get tells none.
    ("TC-OTP-[35]-??", ("TC-OTP-SETUP-2",)),
    ("TC-OTP-CLEANUP-1-??", ("TC-OTP-SETUP-1",)),
)
"""Cases that go on with the objects that other cases left."""

_OLDER = {"14": "13"}
"""Whose setting-up serves where a version has the cases and not the file that sets them up (TC-OTP-SETUP)."""

WAITING = {"TC-92-??": (3, 180)}
"""Exchanges before which the case waits so many seconds: it repeats until a date is reached."""


_PRINTABLE = _ASN1Type.PrintableString
AUTHORITY = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "US", _PRINTABLE),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TEST", _PRINTABLE),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "OASIS", _PRINTABLE),
        x509.NameAttribute(NameOID.COMMON_NAME, "KMIP", _PRINTABLE),
    ]
)
"""The name of the authority that cases print as issuer, byte for byte."""


@dataclass(slots=True)
class Outcome:
    """How a case went: passed means as printed, explained means that only what the standard contradicts differs."""

    case: Case
    differences: list[tuple[int, Difference | str]] = field(default_factory=list)
    """Exchange by exchange, what has no excuse."""
    excused: list[tuple[int, Difference | str]] = field(default_factory=list)
    """What has one (``excuses.py``)."""

    @property
    def explained(self) -> bool:
        return not self.differences

    @property
    def passed(self) -> bool:
        return not self.differences and not self.excused

    def __str__(self) -> str:
        return "; ".join(f"exchange {number}: {difference}" for number, difference in self.differences or self.excused)


def _account(password: str, *groups: str) -> Account:
    return Account(parse_hash(hash_password(password)), frozenset(groups))


def server_for(case: Case) -> Server:
    """A fresh server without a socket that knows whom the case wants it to know, and is configured as it wants it."""
    wanted = wanted_by(case)
    groups = wanted.settings.get("accounts.groups", {})
    accounts = Accounts(
        users={name: _account(password, *groups.get(name, ())) for name, password in wanted.users.items()},
        devices={name: _account(password) for name, password in wanted.devices.items()},
    )
    if pushes(case):
        return Server(subscribers=[subscriber_of(case)])
    options = next((found for pattern, found in OPTIONS.items() if fnmatch(case.case_id, pattern)), {})
    server = Server(
        accounts=accounts if wanted.users or wanted.devices else None,
        policies=next((_policies(name, given) for name, given in wanted.policies.items()), None),
        interop=True,
        # Who is told of nothing is a subscriber all the same: Query lists Notify and Put.
        subscribers=[Subscriber("nobody", BOB, parse_version(case.version), owners=frozenset({"nobody"}))],
        **options,
    )
    if wants_authority(case):
        give_authority(server, "rsa", AUTHORITY)
    return server


def wants_authority(case: Case) -> bool:
    """Whether the server is to have a certificate authority: without one it neither serves nor lists two operations.

    No case has more than it needs, for everybody's Locate finds the authority's certificate (1.4 Table 93: Locate of
    certificates is "Allowed to all"), and finds it before what a case makes.
    """
    return bool(operations_of(case) & {Operation.CERTIFY, Operation.RE_CERTIFY, Operation.QUERY})


def _policies(name: str, given: dict[str, Any]) -> Policies:
    """What a policy file says."""
    found = parse_policies(dumps(given), name)
    return Policies(found.policies, found.server)


class Endpoint(Protocol):
    """A server that cases are run against."""

    def now(self) -> int:
        """Seconds since 1970, as the server knows them."""

    def pass_time(self, seconds: int) -> None:
        """Let so much time go by."""

    def asker(self, case: Case) -> Callable[[Item], Item]:
        """The way a request goes in and an answer comes out, for one case: its own encoding and transport."""

    def receiver(self, case: Case) -> AbstractContextManager[Receiver | None]:
        """Where the server's own messages arrive, for a case in which it sends any."""


class WithoutSocket:
    """Implements Endpoint by the engine alone; its clock is turned instead of waiting."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def now(self) -> int:
        return self.server.clock.seconds

    def pass_time(self, seconds: int) -> None:
        self.server.clock.advance(seconds)

    def asker(self, case: Case) -> Callable[[Item], Item]:
        server = self.server
        encoding = encoding_of(case)
        if encoding is None:
            return lambda sent: ttlv.parse(server.send(ttlv.print_(sent), ALICE))
        web = WebClient(server, ALICE)
        return lambda sent: encoding.parse(web.post(MEDIA_TYPE_OF[encoding], encoding.print_(sent)))

    def receiver(self, case: Case) -> AbstractContextManager[Receiver | None]:
        return receiver_for(case, self.server)


def encoding_of(case: Case) -> ModuleType | None:
    """The encoding that a case wants to have carried over HTTPS; None for TTLV over TLS."""
    if not case.case_id.startswith("MSGENC-"):
        return None
    return {"MSGENC-XML": xml, "MSGENC-JSON": json}.get(case.case_id.rsplit("-M-", 1)[0], ttlv)


def run(case: Case, endpoint: Endpoint | None = None, *, as_printed: bool = False) -> Outcome:
    """Run a case, after the cases it builds on; on a fresh server without a socket unless another is given.

    A case whose slip leaves nothing to compare is run without it, unless wanted as it is printed.
    """
    made: set[Any] = set()
    if endpoint is None:
        endpoint = WithoutSocket(server_for(case))
    if fnmatch(case.case_id, "TC-151-1?"):
        # "it is assumed that the server has fresh objects available in the default group"
        made.add(_client(endpoint.asker(case), case).create(aes(256, 12, (Tag.OBJECT_GROUP, "default"))))
    for pattern, stems in _BEFORE:
        if fnmatch(case.case_id, pattern):
            for stem in stems:
                before = _named(f"{stem}-{case.case_id[-2:]}") or _named(f"{stem}-{_OLDER.get(case.case_id[-2:])}")
                if before is not None:
                    _converse(before, endpoint, made, to_the_end=True)
    excuse = excuse_for(case.case_id)
    if excuse is None or excuse.mended is None or as_printed:
        return _converse(case, endpoint, made)
    outcome = _converse(excuse.mended(case), endpoint, made)
    outcome.excused.append((0, "run without the slip"))
    return outcome


@dataclass(frozen=True, slots=True)
class _Through:
    """What ``flows.client.Client`` needs of a server: bytes in, bytes out, here over the way that cases go."""

    ask: Callable[[Item], Item]

    def send(self, data: bytes, who: Any = None) -> bytes:
        return ttlv.print_(self.ask(ttlv.parse(data)))


def _client(ask: Callable[[Item], Item], case: Case) -> Client:
    """The case's client, for what a case takes for granted and does not print."""
    server: Any = _Through(ask)
    return Client(server, parse_version(case.version))


def _named(case_id: str) -> Case | None:
    # A folder may have a case, and not the one that it goes on from: that is published too.
    return next(
        (load(path) for path in [*CASE_FILES, *(ROOT / "testcases").glob("v*/*.xml")] if path.stem == case_id), None
    )


def _converse(case: Case, endpoint: Endpoint, made: set[Any], *, to_the_end: bool = False) -> Outcome:
    with endpoint.receiver(case) as receiver:
        outcome = _exchange(case, endpoint, made, receiver, to_the_end)
        if outcome.passed and receiver is not None and receiver.left_over() is not None:
            outcome.differences.append((len(case.exchanges), "the server sent more than the case prints"))
    return outcome


def _exchange(case: Case, endpoint: Endpoint, made: set[Any], receiver: Receiver | None, to_the_end: bool) -> Outcome:
    outcome = Outcome(case)
    dialogue = Dialogue(case, made)
    wait = next((step for pattern, step in WAITING.items() if fnmatch(case.case_id, pattern)), None)
    ask = endpoint.asker(case)
    excuse = excuse_for(case.case_id)
    for number, exchange in enumerate(case.exchanges):
        if wait is not None and wait[0] == number:
            endpoint.pass_time(wait[1])
        sent = dialogue.request(exchange.request, endpoint.now())
        if receiver is not None and asks(case):
            questions = receiver.answer(dialogue.request(exchange.response, endpoint.now()))
            _client(ask, case).create(aes(256, 12))
            told = compare_question(sent, questions, receiver.receive())
            outcome.differences += [(number, difference) for difference in told]
            continue
        if receiver is not None and operation_of(exchange) in SENT:
            told = compare_sent(sent, receiver.receive(), dialogue, endpoint.now())
            outcome.differences += [(number, difference) for difference in told]
            continue
        received = ask(sent)
        dialogue.note_made(sent, received)
        for difference in compare(exchange.response, received, sent, dialogue):
            covered = excuse is not None and excuse.covers(number, difference.path)
            (outcome.excused if covered else outcome.differences).append((number, difference))
        if outcome.differences and not to_the_end:
            break
        dialogue.answered(sent, received)
    return outcome
