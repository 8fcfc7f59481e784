"""Sessions, and logging in (PKCS#11 3.0 §5.6)."""

from __future__ import annotations

from kmip_server.operations.cryptoki.calling import Call, function
from kmip_server.operations.cryptoki.encoding import ulong
from kmip_server.operations.cryptoki.general import SLOT, require_slot
from kmip_server.operations.cryptoki.refusing import refused
from kmip_server.operations.cryptoki.state import MOST_SESSIONS, Session
from kmip_server.operations.cryptoki.using import KINDS
from kmip_server.spec.cryptoki import DIGESTS, SESSION_RW, SESSION_SERIAL, USER, ReturnCode, SessionState


@function("C_OpenSession")
def open_session(call: Call) -> bytes:
    """A new session: its handle."""
    require_slot(call)
    flags = call.reader.ulong()
    if not flags & SESSION_SERIAL:
        raise refused(ReturnCode.SESSION_PARALLEL_NOT_SUPPORTED)
    state = call.state
    if len(state.sessions) >= MOST_SESSIONS:
        raise refused(ReturnCode.SESSION_COUNT)
    call.reader.end()
    handle = state.next_session
    state.next_session += 1
    state.sessions[handle] = Session(writable=bool(flags & SESSION_RW))
    return ulong(handle)


@function("C_CloseSession")
def close_session(call: Call) -> bytes | None:
    """Forget the session and what it was doing."""
    handle = call.reader.ulong()
    call.state.session(handle)
    del call.state.sessions[handle]
    _logged_out_without_sessions(call)
    return None


@function("C_CloseAllSessions")
def close_all_sessions(call: Call) -> bytes | None:
    """Forget every session."""
    require_slot(call)
    call.state.sessions.clear()
    _logged_out_without_sessions(call)
    return None


def _logged_out_without_sessions(call: Call) -> None:
    """PKCS#11 3.0 §5.6.2: with its last session, "the login state of the token ... returns to public sessions"."""
    if not call.state.sessions:
        call.state.logged_in = False


@function("C_GetSessionInfo")
def get_session_info(call: Call) -> bytes:
    """CK_SESSION_INFO."""
    session = call.session()
    if session.writable:
        state = SessionState.RW_USER if call.state.logged_in else SessionState.RW_PUBLIC
    else:
        state = SessionState.RO_USER if call.state.logged_in else SessionState.RO_PUBLIC
    flags = SESSION_SERIAL | (SESSION_RW if session.writable else 0)
    return ulong(SLOT) + ulong(state) + ulong(flags) + ulong(0)


@function("C_Login")
def login(call: Call) -> bytes | None:
    """Log in by the protected path, which is the connection: the client has been authenticated there.

    A PIN is not checked and so not accepted: one that opened nothing would look like protection.
    """
    call.session()
    user_type, pin = call.reader.ulong(), call.reader.data()
    if user_type != USER:
        raise refused(ReturnCode.USER_TYPE_INVALID)
    if call.state.logged_in:
        raise refused(ReturnCode.USER_ALREADY_LOGGED_IN)
    if pin:
        raise refused(ReturnCode.PIN_INCORRECT)
    call.state.logged_in = True
    return None


@function("C_Logout")
def logout(call: Call) -> bytes | None:
    """Log out; what the client may do does not change by it."""
    call.session()
    if not call.state.logged_in:
        raise refused(ReturnCode.USER_NOT_LOGGED_IN)
    call.state.logged_in = False
    return None


@function("C_SessionCancel")
def session_cancel(call: Call) -> bytes | None:
    """End the operations that the flags name (PKCS#11 3.0 §5.6.9)."""
    session, flags = call.session(), call.reader.ulong()
    for kind, flag in _CANCELLED.items():
        if flags & flag:
            session.active.pop(kind, None)
    if flags & _FIND_OBJECTS:
        session.found = None
    return None


_CANCELLED = {**KINDS.FLAGS, "digest": DIGESTS}
"""CKF_ENCRYPT and so on."""
_FIND_OBJECTS = 0x40
"""CKF_FIND_OBJECTS."""
