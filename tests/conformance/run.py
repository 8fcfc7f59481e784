"""Runs one published case through a server without a socket, in the encoding that the case is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

from kmip_server.engine.identity import Account, Accounts
from kmip_server.engine.passwords import hash_password, parse_hash
from kmip_server.wire import json, ttlv, xml
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case, all_cases
from tests.conformance.comparison import Difference, compare
from tests.conformance.dialogue import Dialogue
from tests.kit import ALICE, Server
from tests.web_client import MEDIA_TYPE_OF, WebClient

_BEFORE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("SASED-M-3-??", ("SASED-M-1", "SASED-M-2")),
    ("TL-M-2-??", ("TL-M-1",)),
    ("TL-M-3-??", ("TL-M-1", "TL-M-2")),
    ("TC-CREG-[23]-??", ("TC-CREG-1",)),
    ("TC-OTP-?-??", ("TC-OTP-SETUP-1",)),
    ("TC-OTP-CLEANUP-1-??", ("TC-OTP-SETUP-1",)),
)
"""Cases that go on with the objects that other cases left."""

_LATER = {"TC-92-??": (3, 180)}
"""Exchanges before which the case waits: it repeats until a date is reached. The clock is turned instead."""

_SERVERS = {"TC-112-??": "devices", "TC-111-??": "users", "TC-314-??": "devices", "TC-CREG-2-??": "one-time"}
"""Cases that authenticate by credentials, and whom the server then knows."""


@dataclass(slots=True)
class Outcome:
    """How a case went: nothing in ``differences`` means passed."""

    case: Case
    differences: list[tuple[int, Difference | str]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.differences

    def __str__(self) -> str:
        return "; ".join(f"exchange {number}: {difference}" for number, difference in self.differences)


def _account(password: str) -> Account:
    return Account(parse_hash(hash_password(password)))


def _accounts(kind: str) -> Accounts:
    if kind == "users":
        return Accounts(users={"Fred": _account("password1"), "Barney": _account("secret2")})
    if kind == "one-time":
        return Accounts(users={"one-time-user": _account("one-time-password")})
    return Accounts(devices={"serNum123456": _account("secret"), "serNum101010": _account("passwd")})


def server_for(case: Case) -> Server:
    """A fresh server that knows whom the case wants it to know, and is who the case says it is."""
    if fnmatch(case.case_id, "PKCS11-M-1-??"):
        # C_GetInfo prints the manufacturer, the library and its version: facts about a server, which it is told.
        return Server(vendor_identification="TEST      Pty Ltd", server_name="TEST", server_version="1.0")
    for pattern, kind in _SERVERS.items():
        if fnmatch(case.case_id, pattern):
            return Server(accounts=_accounts(kind))
    return Server()


def run(case: Case) -> Outcome:
    """Run a case on a fresh server, after the cases it builds on."""
    server = server_for(case)
    made: set[Any] = set()
    for pattern, stems in _BEFORE:
        if fnmatch(case.case_id, pattern):
            for stem in stems:
                before = _named(f"{stem}-{case.case_id[-2:]}")
                if before is not None:
                    _converse(before, server, made, to_the_end=True)
    return _converse(case, server, made)


def _named(case_id: str) -> Case | None:
    return next((case for case in all_cases() if case.case_id == case_id), None)


def _converse(case: Case, server: Server, made: set[Any], *, to_the_end: bool = False) -> Outcome:
    outcome = Outcome(case)
    dialogue = Dialogue(case, made)
    wait = next((step for pattern, step in _LATER.items() if fnmatch(case.case_id, pattern)), None)
    ask = _asker(case, server)
    for number, exchange in enumerate(case.exchanges):
        if wait is not None and wait[0] == number:
            server.clock.advance(wait[1])
        sent = dialogue.request(exchange.request, server.clock.seconds)
        received = ask(sent)
        dialogue.note_made(sent, received)
        differences = compare(exchange.response, received, sent, dialogue)
        outcome.differences += [(number, difference) for difference in differences]
        if differences and not to_the_end:
            break
        dialogue.answered(sent, received)
    return outcome


def _asker(case: Case, server: Server) -> Callable[[Item], Item]:
    """The way a request goes in and an answer comes out: binary, or the text encoding the case is about."""
    text = {"MSGENC-XML": xml, "MSGENC-JSON": json}.get(case.case_id.rsplit("-M-", 1)[0])
    if not case.case_id.startswith("MSGENC-"):
        return lambda sent: ttlv.parse(server.send(ttlv.print_(sent), ALICE))
    web = WebClient(server, ALICE)
    encoding = text or ttlv
    return lambda sent: encoding.parse(web.post(MEDIA_TYPE_OF[encoding], encoding.print_(sent)))
