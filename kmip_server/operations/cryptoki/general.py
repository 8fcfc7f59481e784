"""The library, its one slot, its token and mechanisms (PKCS#11 3.0 §5.4, §5.5)."""

from __future__ import annotations

from kmip_server.operations.cryptoki.calling import Call, function
from kmip_server.operations.cryptoki.encoding import counted, padded, ulong
from kmip_server.operations.cryptoki.mechanisms import MECHANISMS
from kmip_server.operations.cryptoki.refusing import Refusal, refused
from kmip_server.operations.cryptoki.state import MOST_SESSIONS
from kmip_server.spec.cryptoki import (
    DONT_BLOCK,
    SLOT_TOKEN_PRESENT,
    TOKEN_INITIALIZED,
    TOKEN_PROTECTED_PATH,
    TOKEN_RNG,
    UNAVAILABLE,
    ReturnCode,
)

SLOT = 1
"""The one slot: the objects of the client."""
_ENCODING = 1
"""The version of the parameters' encoding, the one parameter of C_Initialize (Profiles 2.1 §5.18.1)."""
_CRYPTOKI_VERSION = bytes((2, 40))
"""The functions that are served are those of PKCS#11 2.40; 3.0's message functions are not."""


@function("C_Initialize")
def initialize(call: Call) -> bytes | None:
    """Begin: what is remembered from now on is in the Correlation Value."""
    if call.reader.byte() != _ENCODING:
        raise refused(ReturnCode.ARGUMENTS_BAD)
    return None


@function("C_Finalize")
def finalize(call: Call) -> bytes | None:
    """End: sessions and handles are forgotten."""
    call.state.finalized = True
    call.state.sessions.clear()
    call.state.objects.clear()
    return None


@function("C_GetInfo")
def get_info(call: Call) -> bytes:
    """CK_INFO."""
    facts = call.ctx.facts
    return b"".join(
        (
            _CRYPTOKI_VERSION,
            padded(facts.vendor_identification, 32),
            ulong(0),
            padded(facts.server_name, 32),
            _version(facts.server_version),
        )
    )


def _version(text: str) -> bytes:
    """CK_VERSION of a version such as 1.4.2: the first two numbers."""
    numbers = [int(part) for part in text.split(".")[:2] if part.isdigit()]
    return bytes(min(number, 255) for number in (*numbers, 0, 0)[:2])


@function("C_GetSlotList")
def get_slot_list(call: Call) -> bytes:
    """One slot, and its token is always there."""
    call.reader.flag()
    return _list(call, [SLOT])


def _list(call: Call, values: list[int]) -> bytes:
    """An array of CK_ULONG into the caller's buffer, whose length counts elements."""
    room = call.reader.room()
    if not room.present:
        return b"\x00" + counted(len(values))
    if room.size < len(values):
        raise Refusal(ReturnCode.BUFFER_TOO_SMALL, output=b"\x00" + counted(len(values)))
    return b"\x01" + counted(len(values)) + b"".join(map(ulong, values))


def require_slot(call: Call) -> None:
    """Read a slot and refuse any but the one."""
    if call.reader.ulong() != SLOT:
        raise refused(ReturnCode.SLOT_ID_INVALID)


@function("C_GetSlotInfo")
def get_slot_info(call: Call) -> bytes:
    """CK_SLOT_INFO."""
    require_slot(call)
    facts = call.ctx.facts
    return b"".join(
        (
            padded(f"{facts.server_name}, KMIP", 64),
            padded(facts.vendor_identification, 32),
            ulong(SLOT_TOKEN_PRESENT),
            _version(facts.server_version),
            _version(facts.server_version),
        )
    )


@function("C_GetTokenInfo")
def get_token_info(call: Call) -> bytes:
    """CK_TOKEN_INFO: nobody logs in by a PIN, because the connection has authenticated the client."""
    require_slot(call)
    facts, sessions = call.ctx.facts, call.state.sessions.values()
    return b"".join(
        (
            padded(facts.server_name, 32),
            padded(facts.vendor_identification, 32),
            padded("KMIP", 16),
            padded("1", 16),
            ulong(TOKEN_RNG | TOKEN_PROTECTED_PATH | TOKEN_INITIALIZED),
            ulong(MOST_SESSIONS),
            ulong(len(sessions)),
            ulong(MOST_SESSIONS),
            ulong(sum(session.writable for session in sessions)),
            ulong(0),
            ulong(0),
            ulong(UNAVAILABLE) * 4,
            _version(facts.server_version),
            _version(facts.server_version),
            bytes(16).replace(b"\x00", b" "),
        )
    )


@function("C_GetMechanismList")
def get_mechanism_list(call: Call) -> bytes:
    """The mechanisms that are served."""
    require_slot(call)
    return _list(call, sorted(MECHANISMS))


@function("C_GetMechanismInfo")
def get_mechanism_info(call: Call) -> bytes:
    """CK_MECHANISM_INFO."""
    require_slot(call)
    row = MECHANISMS.get(call.reader.ulong())
    if row is None:
        raise refused(ReturnCode.MECHANISM_INVALID)
    return ulong(row.smallest) + ulong(row.largest) + ulong(row.flags)


@function("C_WaitForSlotEvent")
def wait_for_slot_event(call: Call) -> bytes | None:
    """Nothing ever happens to the slot: who does not wait is told so, and nobody is left waiting."""
    if call.reader.ulong() & DONT_BLOCK:
        raise refused(ReturnCode.NO_EVENT)
    raise refused(ReturnCode.FUNCTION_NOT_SUPPORTED)


@function("C_GetFunctionStatus")
@function("C_CancelFunction")
def not_parallel(call: Call) -> bytes | None:
    """PKCS#11 3.0 §5.20: legacy functions "which simply return the value CKR_FUNCTION_NOT_PARALLEL"."""
    call.session()
    raise refused(ReturnCode.FUNCTION_NOT_PARALLEL)
