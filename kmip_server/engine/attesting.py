"""Attestation: the nonce that a client gets, and the judgement on what it sends back over it (KMIP 2.1 §9.3, §9.11).

A client whose request holds an operation that wants attestation, and no attestation, is told so: Attestation Required
where it said that it can (Attestation Capable Indicator), with a Nonce and the types in the header of the answer;
Permission Denied where it cannot ("the server SHALL respond to the request with a failure"). The whole request is
refused then, for it comes once more. A nonce is good once, for a while, and for the client it was given to.

PKCS#11 stands for other operations, which nobody knows before it is done: it wants what any of them wants.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from kmip_server.engine.call import Call
from kmip_server.engine.rooms import Rooms
from kmip_server.errors import KmipError, PermissionDenied
from kmip_server.ports import Attesting, SignInRow, Transaction
from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.structures.credentials import Attestation, Nonce

_ID_BYTES, _VALUE_BYTES = 16, 32


def require_attestation(rooms: Rooms, tx: Transaction, call: Call, now: int) -> None:
    """Judge what the client attested; leave a refusal in the call where it must attest and did not, or falsely."""
    attesting = rooms.attesting
    given = call.check.attestation if call.check is not None else None
    if call.refusal is not None:
        return
    if given is not None:
        # 1.4 §11.1: "the attestation data provided by the client does not validate".
        if attesting is None or not _holds(attesting, tx, call, given, now):
            call.refusal = KmipError("the attestation does not validate", ResultReason.ATTESTATION_FAILED)
            call.ticket = None
        return
    if attesting is None or not _wanted(attesting, call):
        return
    call.ticket = None
    header = call.request.header
    if header is None or not header.attestation_capable_indicator:
        call.refusal = PermissionDenied("an operation of this request needs an attestation")
        return
    call.refusal = KmipError("an operation of this request needs an attestation", ResultReason.ATTESTATION_REQUIRED)
    nonce = Nonce(nonce_id=rooms.ciphers.random(_ID_BYTES), nonce_value=rooms.ciphers.random(_VALUE_BYTES))
    facts = {"holder": _holder(call), "value": nonce.nonce_value.hex()}
    tx.insert_sign_in(SignInRow(_key(nonce.nonce_id), now + attesting.nonce_seconds, json.dumps(facts)), now)
    call.extras = {**call.extras, "nonce": nonce, "attestation_type": list(attesting.types)}


def _wanted(attesting: Attesting, call: Call) -> bool:
    wanting = attesting.operations | {Operation.PKCS_11} if attesting.operations else frozenset()
    return any(item.operation in wanting for item in call.request.items)


def _holds(attesting: Attesting, tx: Transaction, call: Call, given: Attestation, now: int) -> bool:
    key = _key(given.nonce.nonce_id)
    row = tx.sign_in(key, for_change=True)
    if row is None:
        return False
    tx.drop_sign_in(key)
    facts = json.loads(row.facts)
    value = bytes.fromhex(facts["value"])
    known = row.expires > now and facts["holder"] == _holder(call)
    return (
        known
        and hmac.compare_digest(value, given.nonce.nonce_value)
        and given.attestation_type in attesting.types
        and attesting.judge(
            _holder(call),
            given.attestation_type,
            given.attestation_measurement,
            given.attestation_assertion,
            value,
        )
    )


def _holder(call: Call) -> str:
    """The machine: who the certificate says is there, whoever signs in over it."""
    return (call.carrier or call.subject).name


def _key(nonce_id: bytes) -> bytes:
    return hashlib.sha256(b"attestation nonce\0" + nonce_id).digest()
