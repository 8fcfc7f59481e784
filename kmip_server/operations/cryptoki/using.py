"""C_Encrypt, C_Decrypt, C_Sign and C_Verify, with recovery too, as operations of KMIP (PKCS#11 3.0 §5.8-§5.16).

Parts are kept in the state until the last one has come: PKCS#11 lets a token give its output at the end, and so
nothing is given out that Final may yet refuse.
"""

from __future__ import annotations

from collections.abc import Callable

from kmip_server.errors import KmipError
from kmip_server.operations.cryptoki.calling import Call, function
from kmip_server.operations.cryptoki.encoding import Mechanism, Room, counted
from kmip_server.operations.cryptoki.mechanisms import UNHASHED, Row, Use, use_of
from kmip_server.operations.cryptoki.refusing import Refusal, refused
from kmip_server.operations.cryptoki.state import Active, Session
from kmip_server.operations.decrypt import DecryptRequest
from kmip_server.operations.encrypt import EncryptRequest
from kmip_server.operations.mac import MacRequest
from kmip_server.operations.mac_verify import MacVerifyRequest
from kmip_server.operations.sign import SignRequest
from kmip_server.operations.signature_verify import SignatureVerifyRequest
from kmip_server.spec.cryptoki import (
    DECRYPTS,
    ENCRYPTS,
    SIGNS,
    SIGNS_RECOVERABLY,
    VERIFIES,
    VERIFIES_RECOVERING,
    ReturnCode,
)
from kmip_server.spec.enums import CryptographicAlgorithm, Operation, ValidityIndicator


class KINDS:
    """The kinds of operation that a session can have active, one of each."""

    FLAGS = {
        "encrypt": ENCRYPTS,
        "decrypt": DECRYPTS,
        "sign": SIGNS,
        "verify": VERIFIES,
        "sign recover": SIGNS_RECOVERABLY,
        "verify recover": VERIFIES_RECOVERING,
    }

    @staticmethod
    def mechanism(active: Active) -> Mechanism:
        """The mechanism an active operation was begun with."""
        return Mechanism(active.mechanism, active.parameter)


def active_in(session: Session, kind: str, *, parts: bool) -> Active:
    """The active operation of a kind, in parts or not."""
    active = session.active.get(kind)
    if active is None:
        raise refused(ReturnCode.OPERATION_NOT_INITIALIZED)
    if active.parts and not parts:
        raise refused(ReturnCode.OPERATION_ACTIVE)
    return active


def append(call: Call, session: Session, kind: str, data: bytes) -> None:
    """Keep a part until Final."""
    active = active_in(session, kind, parts=True)
    try:
        call.state.require_room(len(data))
    except Refusal:
        del session.active[kind]
        raise
    active.data += data
    active.parts = True


def give(call: Call, session: Session, kind: str, room: Room, make: Callable[[], bytes]) -> bytes:
    """Hand over the result and end the operation; it goes on where only the length was asked or the buffer is short.

    PKCS#11 3.0 §5.8.2: "A call to C_Encrypt always terminates the active encryption operation unless it returns
    CKR_BUFFER_TOO_SMALL or is a successful call ... to determine the length of the buffer".
    """
    try:
        output, given = call.fill(room, make)
    except Refusal as refusal:
        if refusal.code is not ReturnCode.BUFFER_TOO_SMALL:
            del session.active[kind]
        raise
    if given:
        del session.active[kind]
    return output


def _init(call: Call, kind: str) -> bytes | None:
    """Begin: the mechanism must fit, the key is looked at when it is used."""
    session, mechanism, key = call.session(), call.reader.mechanism(), call.reader.ulong()
    call.reader.end()
    if kind in session.active:
        raise refused(ReturnCode.OPERATION_ACTIVE)
    row, _ = use_of(mechanism, KINDS.FLAGS[kind])
    unique_identifier = call.state.object(key, ReturnCode.KEY_HANDLE_INVALID)
    try:
        with call.acting_as(_operation(kind, row)) as inner:
            inner.load(unique_identifier)
    except Refusal as refusal:
        raise _of_a_key(refusal) from refusal
    session.active[kind] = Active(mechanism.code, mechanism.parameter, key)
    return None


def _of_a_key(refusal: Refusal) -> Refusal:
    """An object that is not there is, where a key was asked for, a key that is not there."""
    if refusal.code is ReturnCode.OBJECT_HANDLE_INVALID:
        return Refusal(ReturnCode.KEY_HANDLE_INVALID, refusal.why)
    return refusal


def _operation(kind: str, row: Row) -> Operation:
    return (_MACS if _is_mac(row) else _PLAIN)[kind]


def _is_mac(row: Row) -> bool:
    return bool(row.flags & SIGNS) and row.algorithm not in _ASYMMETRIC


_ASYMMETRIC = frozenset({CryptographicAlgorithm.RSA, CryptographicAlgorithm.EC, CryptographicAlgorithm.ED25519})


_PLAIN = {
    "encrypt": Operation.ENCRYPT,
    "decrypt": Operation.DECRYPT,
    "sign": Operation.SIGN,
    "verify": Operation.SIGNATURE_VERIFY,
    "sign recover": Operation.SIGN,
    "verify recover": Operation.SIGNATURE_VERIFY,
}
_MACS = {"sign": Operation.MAC, "verify": Operation.MAC_VERIFY}


def _run(call: Call, kind: str, active: Active, data: bytes) -> bytes:
    row, use = use_of(KINDS.mechanism(active), KINDS.FLAGS[kind])
    key = call.state.object(active.key, ReturnCode.KEY_HANDLE_INVALID)
    try:
        return _RUNS[kind](call, row, use, key, data)
    except Refusal as refusal:
        if refusal.code is ReturnCode.FUNCTION_FAILED:
            # What PKCS#11 has no better word for: data that does not fit the key, or ciphertext that is none.
            wrong = ReturnCode.ENCRYPTED_DATA_INVALID if kind == "decrypt" else ReturnCode.DATA_INVALID
            raise Refusal(wrong, refusal.why) from refusal
        raise _of_a_key(refusal) from refusal


def _encrypt(call: Call, row: Row, use: Use, key: str, data: bytes) -> bytes:
    request = EncryptRequest(
        unique_identifier=key,
        cryptographic_parameters=use.parameters,
        data=data,
        iv_counter_nonce=use.iv,
        authenticated_encryption_additional_data=use.aad,
    )
    response = call.perform(Operation.ENCRYPT, request)
    return bytes(response.data or b"") + bytes(response.authenticated_encryption_tag or b"")


def _decrypt(call: Call, row: Row, use: Use, key: str, data: bytes) -> bytes:
    if len(data) < use.tag:
        raise refused(ReturnCode.ENCRYPTED_DATA_INVALID)
    end = len(data) - use.tag
    request = DecryptRequest(
        unique_identifier=key,
        cryptographic_parameters=use.parameters,
        data=data[:end],
        iv_counter_nonce=use.iv,
        authenticated_encryption_additional_data=use.aad,
        authenticated_encryption_tag=data[end:] or None,
    )
    return bytes(call.perform(Operation.DECRYPT, request).data or b"")


def _sign(call: Call, row: Row, use: Use, key: str, data: bytes) -> bytes:
    if _is_mac(row):
        mac = MacRequest(unique_identifier=key, cryptographic_parameters=use.parameters, data=data)
        return bytes(call.perform(Operation.MAC, mac).mac_data)
    whole, digested = (None, data) if row.code in UNHASHED else (data, None)
    request = SignRequest(
        unique_identifier=key, cryptographic_parameters=use.parameters, data=whole, digested_data=digested
    )
    signature = bytes(call.perform(Operation.SIGN, request).signature_data)
    if row.algorithm is not CryptographicAlgorithm.EC:
        return signature
    with call.acting_as(Operation.SIGN) as inner:
        # PKCS#11 wants r and s one after the other, each as long as the order of the curve.
        length = inner.load(key).head.cryptographic_length or 0
        return inner.ciphers.fixed_signature(signature, (length + 7) // 8)


def _recover(call: Call, row: Row, use: Use, key: str, signature: bytes) -> bytes:
    """The data in a signature; Signature Invalid where it does not hold."""
    request = SignatureVerifyRequest(
        unique_identifier=key, cryptographic_parameters=use.parameters, signature_data=signature
    )
    response = call.perform(Operation.SIGNATURE_VERIFY, request)
    if response.validity_indicator is not ValidityIndicator.VALID:
        raise refused(ReturnCode.SIGNATURE_INVALID)
    return bytes(response.data or b"")


_RUNS: dict[str, Callable[[Call, Row, Use, str, bytes], bytes]] = {
    "encrypt": _encrypt,
    "decrypt": _decrypt,
    "sign": _sign,
    "sign recover": _sign,
    "verify recover": _recover,
}


def _verify(call: Call, active: Active, data: bytes, signature: bytes) -> None:
    """Signature Invalid where it does not hold."""
    row, use = use_of(KINDS.mechanism(active), VERIFIES)
    key = call.state.object(active.key, ReturnCode.KEY_HANDLE_INVALID)
    if _is_mac(row):
        mac = MacVerifyRequest(
            unique_identifier=key, cryptographic_parameters=use.parameters, data=data, mac_data=signature
        )
        indicator = call.perform(Operation.MAC_VERIFY, mac).validity_indicator
    else:
        whole, digested = (None, data) if row.code in UNHASHED else (data, None)
        if row.algorithm is CryptographicAlgorithm.EC:
            signature = _der(call, signature)
        request = SignatureVerifyRequest(
            unique_identifier=key,
            cryptographic_parameters=use.parameters,
            data=whole,
            digested_data=digested,
            signature_data=signature,
        )
        indicator = call.perform(Operation.SIGNATURE_VERIFY, request).validity_indicator
    if indicator is not ValidityIndicator.VALID:
        raise refused(ReturnCode.SIGNATURE_INVALID)


def _der(call: Call, signature: bytes) -> bytes:
    try:
        return call.ctx.ciphers.der_signature(signature)
    except KmipError:
        raise refused(ReturnCode.SIGNATURE_INVALID) from None


def _at_once(call: Call, kind: str) -> bytes:
    session = call.session()
    data, room = call.reader.data(), call.reader.room()
    call.reader.end()
    active = active_in(session, kind, parts=False)
    return give(call, session, kind, room, lambda: _run(call, kind, active, data))


def _final(call: Call, kind: str) -> bytes:
    session, room = call.session(), call.reader.room()
    call.reader.end()
    active = active_in(session, kind, parts=True)
    return give(call, session, kind, room, lambda: _run(call, kind, active, active.data))


def _update(call: Call, kind: str) -> bytes:
    """A part with output: there is none before Final."""
    session = call.session()
    data, room = call.reader.data(), call.reader.room()
    call.reader.end()
    active_in(session, kind, parts=True)
    if room.present:
        append(call, session, kind, data)
    return bytes((room.present,)) + counted(0)


def _part(call: Call, kind: str) -> None:
    """A part without output."""
    session, data = call.session(), call.reader.data()
    call.reader.end()
    append(call, session, kind, data)


for _kind, _name in (("encrypt", "C_Encrypt"), ("decrypt", "C_Decrypt"), ("sign", "C_Sign"), ("verify", "C_Verify")):
    function(f"{_name}Init")(lambda call, kind=_kind: _init(call, kind))  # type: ignore[misc]
    if _kind != "verify":
        function(_name)(lambda call, kind=_kind: _at_once(call, kind))  # type: ignore[misc]
        function(f"{_name}Final")(lambda call, kind=_kind: _final(call, kind))  # type: ignore[misc]
    whole = _update if _kind in ("encrypt", "decrypt") else _part
    function(f"{_name}Update")(lambda call, kind=_kind, run=whole: run(call, kind))  # type: ignore[misc]


for _kind, _name in (("sign recover", "C_SignRecover"), ("verify recover", "C_VerifyRecover")):
    function(f"{_name}Init")(lambda call, kind=_kind: _init(call, kind))  # type: ignore[misc]
    function(_name)(lambda call, kind=_kind: _at_once(call, kind))  # type: ignore[misc]


@function("C_Verify")
def verify(call: Call) -> bytes | None:
    """Verify a signature over data that is given at once."""
    session = call.session()
    data, signature = call.reader.data(), call.reader.data()
    call.reader.end()
    active = active_in(session, "verify", parts=False)
    del session.active["verify"]
    _verify(call, active, data, signature)
    return None


@function("C_VerifyFinal")
def verify_final(call: Call) -> bytes | None:
    """Verify a signature over the parts."""
    session, signature = call.session(), call.reader.data()
    call.reader.end()
    active = active_in(session, "verify", parts=True)
    del session.active["verify"]
    _verify(call, active, active.data, signature)
    return None
