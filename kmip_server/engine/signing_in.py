"""The part of a sign-in that needs the database: who the users are that only it knows (``users.py``)."""

from __future__ import annotations

from dataclasses import replace

from kmip_server.domain.subject import CERTIFICATE, USERNAME, Subject, qualified_name
from kmip_server.engine.attesting import require_attestation
from kmip_server.engine.call import Call
from kmip_server.engine.identity import Check
from kmip_server.engine.provisioning import refusal_of
from kmip_server.engine.rooms import Rooms
from kmip_server.engine.sessions import Grant, invalid_ticket
from kmip_server.engine.users import Proven, StoredUsers
from kmip_server.errors import KmipError
from kmip_server.ports import Store, StoreError, Transaction


def sign_in(rooms: Rooms, tx: Transaction, call: Call, now_us: int) -> None:
    """Find out in the round who asks: a refusal of the whole request, or the subject, is left in the call."""
    if rooms.watches_certificates:
        refusal = refusal_of(tx, _carrier(call).certificate)
        if refusal is not None:
            call.refusal, call.ticket = refusal, None
    if call.refusal is None and call.check is not None and call.check.stored:
        _prove(rooms, tx, call, call.check, now_us)
    if rooms.attesting is not None or (call.check is not None and call.check.attestation is not None):
        require_attestation(rooms, tx, call, now_us // 1_000_000)


def _prove(rooms: Rooms, tx: Transaction, call: Call, check: Check, now_us: int) -> None:
    """Check what the client claims to be; the answer is left in the call."""
    try:
        check.admit(tx)
    except KmipError as error:
        call.refusal, call.ticket, call.said = error, None, check.said
        return
    try:
        proven = StoredUsers(rooms, tx, now_us, _carrier(call).certificate).prove(check.stored)
    except KmipError as error:
        call.refusal, call.ticket, call.said = error, None, check.said
        check.settle(tx, False)
        return
    check.settle(tx, True)
    call.said = ""
    if check.names:
        call.subject = _subject(call, proven)
    if call.ticket is not None:
        call.ticket = call.ticket._replace(signed_in=call.subject)
    if proven.server_hashed_password is not None:
        call.extras = {**call.extras, "server_hashed_password": proven.server_hashed_password}


def require_standing(rooms: Rooms, tx: Transaction, grant: Grant, now_us: int) -> None:
    """A ticket of a user is good while the user is, managed object or account; its groups are those of now.

    Raises Invalid Ticket.
    """
    terms = grant.terms
    if terms.user:
        groups = StoredUsers(rooms, tx, now_us, b"").groups_of(terms.user)
    elif terms.holder.startswith(f"{CERTIFICATE}:"):
        return
    else:
        account = rooms.accounts.standing(terms.holder)
        groups = None if account is None else account.groups
    if groups is None:
        raise invalid_ticket()
    grant.subject = replace(grant.subject, groups=groups)


def presume(rooms: Rooms, store: Store, call: Call, now_us: int) -> bool:
    """Before the round: suppose the subject that the round will find, using nothing up; whether there is one.

    What is done for it meanwhile is asked everything again when its item runs.
    """
    if call.check is None or not call.check.stored:
        return True
    try:
        with store.transaction() as tx:
            users = StoredUsers(rooms, tx, now_us, _carrier(call).certificate, keep=False)
            proven = users.prove(call.check.stored)
    except (KmipError, StoreError):
        return False
    if call.check.names:
        call.subject = _subject(call, proven)
    return True


def _carrier(call: Call) -> Subject:
    return call.carrier or call.subject


def _subject(call: Call, proven: Proven) -> Subject:
    own = call.check.stored[0].registration if call.check is not None else b""
    return replace(
        _carrier(call),
        name=qualified_name(USERNAME, proven.name),
        groups=proven.groups,
        authenticated_by=USERNAME,
        registration=own,
        user=proven.uid,
    )
