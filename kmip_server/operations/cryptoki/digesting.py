"""C_Digest as Hash (PKCS#11 3.0 §5.12)."""

from __future__ import annotations

from kmip_server.operations.cryptoki.calling import Call, function
from kmip_server.operations.cryptoki.mechanisms import use_of
from kmip_server.operations.cryptoki.refusing import Refusal, refused
from kmip_server.operations.cryptoki.state import Active
from kmip_server.operations.cryptoki.using import KINDS, active_in, append, give
from kmip_server.operations.get import GetRequest
from kmip_server.spec.cryptoki import DIGESTS, ReturnCode
from kmip_server.spec.enums import KeyFormatType, ObjectType, Operation

_KIND = "digest"


@function("C_DigestInit")
def digest_init(call: Call) -> bytes | None:
    """Begin a digest."""
    session, mechanism = call.session(), call.reader.mechanism()
    call.reader.end()
    if _KIND in session.active:
        raise refused(ReturnCode.OPERATION_ACTIVE)
    use_of(mechanism, DIGESTS)
    session.active[_KIND] = Active(mechanism.code, mechanism.parameter, 0)
    return None


@function("C_Digest")
def digest(call: Call) -> bytes:
    """The digest of data that is given at once."""
    session = call.session()
    data, room = call.reader.data(), call.reader.room()
    call.reader.end()
    active = active_in(session, _KIND, parts=False)
    return give(call, session, _KIND, room, lambda: _digest(call, active, data))


@function("C_DigestUpdate")
def digest_update(call: Call) -> bytes | None:
    """A part of the data."""
    session, data = call.session(), call.reader.data()
    call.reader.end()
    append(call, session, _KIND, data)
    return None


@function("C_DigestKey")
def digest_key(call: Call) -> bytes | None:
    """The value of a secret key as a part of the data: of one that the client may Get, in the clear.

    A digest tells a value from others: who may not have the key learns nothing of it so.
    """
    session, handle = call.session(), call.reader.ulong()
    call.reader.end()
    active_in(session, _KIND, parts=True)
    uid = call.state.object(handle, ReturnCode.KEY_HANDLE_INVALID)
    try:
        found = call.perform(Operation.GET, GetRequest(unique_identifier=uid, key_format_type=KeyFormatType.RAW))
    except Refusal as refusal:
        gone = refusal.code is ReturnCode.OBJECT_HANDLE_INVALID
        code = ReturnCode.KEY_HANDLE_INVALID if gone else ReturnCode.KEY_INDIGESTIBLE
        raise Refusal(code, refusal.why) from refusal
    if found.object_type is not ObjectType.SYMMETRIC_KEY:
        raise refused(ReturnCode.KEY_INDIGESTIBLE)
    append(call, session, _KIND, bytes(found.object.key_block.key_value.key_material))
    return None


@function("C_DigestFinal")
def digest_final(call: Call) -> bytes:
    """The digest of the parts."""
    session, room = call.session(), call.reader.room()
    call.reader.end()
    active = active_in(session, _KIND, parts=True)
    return give(call, session, _KIND, room, lambda: _digest(call, active, active.data))


def _digest(call: Call, active: Active, data: bytes) -> bytes:
    row, _ = use_of(KINDS.mechanism(active), DIGESTS)
    with call.acting_as(Operation.HASH) as inner:
        return inner.ciphers.hash(row.hashing, data)
